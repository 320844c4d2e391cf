/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/escape.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "media/protocol.h"

/* One attempt that is one call. */
#define TRY(NAME, ...)                                                                                                 \
    static long NAME(void)                                                                                             \
    {                                                                                                                  \
        return syscall(__VA_ARGS__);                                                                                   \
    }

static char buffer[4096];
static const char *const no_words[] = {NULL};

/* ---- files ---- */

TRY(open_at, SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY)
TRY(open_to_write, SYS_openat, AT_FDCWD, "/tmp", O_RDWR | O_TMPFILE, 0600)
TRY(open_below_descriptor, SYS_openat, PROTOCOL_WORKER_FD, "passwd", O_RDONLY)
TRY(open_own_memory, SYS_openat, AT_FDCWD, "/proc/self/mem", O_RDWR)
TRY(open_own_descriptor, SYS_openat, AT_FDCWD, "/proc/self/fd/0", O_RDWR)
TRY(open_parents_memory, SYS_openat, AT_FDCWD, "/proc/1/environ", O_RDONLY)
TRY(open_by_handle, SYS_open_by_handle_at, AT_FDCWD, buffer, O_RDONLY)
TRY(name_to_handle, SYS_name_to_handle_at, AT_FDCWD, "/etc/passwd", buffer, buffer + 2048, 0)
TRY(stat_path, SYS_newfstatat, AT_FDCWD, "/etc/passwd", buffer, 0)
TRY(stat_path_beside_descriptor, SYS_newfstatat, 0, "/etc/passwd", buffer, AT_EMPTY_PATH)
TRY(statx_path, SYS_statx, AT_FDCWD, "/etc/passwd", 0, 0, buffer)
TRY(access_path, SYS_faccessat, AT_FDCWD, "/etc/passwd", R_OK)
TRY(read_link, SYS_readlinkat, AT_FDCWD, "/proc/self/exe", buffer, sizeof(buffer))
TRY(get_folder, SYS_getcwd, buffer, sizeof(buffer))
TRY(change_folder, SYS_chdir, "/")
TRY(change_root, SYS_chroot, "/")
TRY(list_folder, SYS_getdents64, 0, buffer, sizeof(buffer))
TRY(make_folder, SYS_mkdirat, AT_FDCWD, "/tmp/ambrotype-escape", 0700)
TRY(make_node, SYS_mknodat, AT_FDCWD, "/tmp/ambrotype-escape", S_IFIFO | 0600, 0)
TRY(remove_file, SYS_unlinkat, AT_FDCWD, "/nowhere/ambrotype-escape", 0)
TRY(rename_file, SYS_renameat2, AT_FDCWD, "/nowhere/a", AT_FDCWD, "/nowhere/b", 0)
TRY(link_file, SYS_linkat, AT_FDCWD, "/nowhere/a", AT_FDCWD, "/nowhere/b", 0)
TRY(link_to_file, SYS_symlinkat, "/etc/passwd", AT_FDCWD, "/nowhere/b")
TRY(change_mode, SYS_fchmod, 0, 0666)
TRY(change_length, SYS_ftruncate, 0, 0)
TRY(change_times, SYS_utimensat, AT_FDCWD, "/nowhere/a", NULL, 0)
TRY(watch_files, SYS_inotify_init1, 0)
TRY(watch_all_files, SYS_fanotify_init, 0, 0)
TRY(memory_file, SYS_memfd_create, "escape", 0)
TRY(copy_descriptor, SYS_dup, 0)
TRY(copy_descriptor_to, SYS_dup3, 0, 9, 0)
TRY(control_descriptor, SYS_fcntl, 0, F_DUPFD, 0)
TRY(control_device, SYS_ioctl, 0, 0x5412 /* TIOCSTI: type for the terminal's user */, "x")
TRY(new_pipe, SYS_pipe2, buffer, 0)
TRY(copy_file, SYS_copy_file_range, 0, NULL, 0, NULL, 1, 0)
TRY(send_file, SYS_sendfile, 0, 0, NULL, 1)
TRY(splice_file, SYS_splice, 0, NULL, 0, NULL, 1, 0)
#ifdef SYS_open
TRY(open_file, SYS_open, "/etc/passwd", O_RDONLY)
TRY(create_file, SYS_creat, "/dev/null", 0600)
TRY(stat_file, SYS_stat, "/etc/passwd", buffer)
#endif

/* ---- network ---- */

TRY(socket_internet, SYS_socket, AF_INET, SOCK_STREAM, 0)
TRY(socket_internet_6, SYS_socket, AF_INET6, SOCK_DGRAM, 0)
TRY(socket_unix, SYS_socket, AF_UNIX, SOCK_STREAM, 0)
TRY(socket_netlink, SYS_socket, AF_NETLINK, SOCK_RAW, 0)
TRY(socket_packet, SYS_socket, AF_PACKET, SOCK_RAW, 0)
TRY(socket_pair, SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, buffer)
TRY(listen_on_socket, SYS_listen, PROTOCOL_WORKER_FD, 1)
TRY(accept_on_socket, SYS_accept4, PROTOCOL_WORKER_FD, NULL, NULL, 0)
TRY(ask_socket, SYS_getsockopt, PROTOCOL_WORKER_FD, SOL_SOCKET, SO_PEERCRED, buffer, buffer + 2048)
TRY(who_is_connected, SYS_getpeername, PROTOCOL_WORKER_FD, buffer, buffer + 2048)

static long connect_internet(void)
{
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(80), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    return syscall(SYS_connect, PROTOCOL_WORKER_FD, &there, sizeof(there));
}

static long bind_internet(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    return syscall(SYS_bind, PROTOCOL_WORKER_FD, &here, sizeof(here));
}

static long send_to_unix(void)
{
    struct sockaddr_un there = {.sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket"};
    return syscall(SYS_sendto, PROTOCOL_WORKER_FD, "x", 1, 0, &there, sizeof(there));
}

/* ---- processes ---- */

TRY(fork_by_clone, SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL)
TRY(clone_into_namespace, SYS_clone, CLONE_NEWUSER | CLONE_NEWNET | SIGCHLD, NULL, NULL, NULL, NULL)
TRY(execute, SYS_execve, "/bin/true", no_words, no_words)
TRY(execute_descriptor, SYS_execveat, AT_FDCWD, "/bin/true", no_words, no_words, 0)
TRY(kill_parent, SYS_kill, getppid(), 0)
TRY(kill_all, SYS_kill, -1, 0)
TRY(signal_thread, SYS_tkill, 1, 0)
TRY(signal_others_thread, SYS_tgkill, 1, 1, 0)
TRY(queue_signal, SYS_rt_sigqueueinfo, 1, 0, buffer)
TRY(open_process, SYS_pidfd_open, 1, 0)
TRY(take_others_descriptor, SYS_pidfd_getfd, 0, 0, 0)
TRY(signal_by_descriptor, SYS_pidfd_send_signal, 0, 0, NULL, 0)
TRY(trace_other, SYS_ptrace, PTRACE_ATTACH, 1, NULL, NULL)
TRY(trace_itself, SYS_ptrace, PTRACE_TRACEME, 0, NULL, NULL)
TRY(compare_processes, SYS_kcmp, 1, 1, 0, 0, 0)
TRY(wait_for_others, SYS_wait4, -1, NULL, 1 /* WNOHANG */, NULL)
TRY(new_session, SYS_setsid)
TRY(new_group, SYS_setpgid, 0, 0)
TRY(set_affinity, SYS_sched_setaffinity, 0, sizeof(buffer), buffer)
TRY(set_scheduler, SYS_sched_setscheduler, 0, SCHED_FIFO, buffer)
TRY(set_priority, SYS_setpriority, PRIO_PROCESS, 0, 19)

static long clone_by_structure(void)
{
    struct {
        uint64_t words[8];
    } arguments = {{[4] = SIGCHLD}};
    return syscall(SYS_clone3, &arguments, sizeof(arguments));
}

static long read_others_memory(void)
{
    struct iovec here = {buffer, 8}, there = {buffer, 8};
    return syscall(SYS_process_vm_readv, getppid(), &here, 1, &there, 1, 0);
}

static long write_others_memory(void)
{
    struct iovec here = {buffer, 8}, there = {buffer, 8};
    return syscall(SYS_process_vm_writev, getppid(), &here, 1, &there, 1, 0);
}

/* ---- memory ---- */

TRY(map_code, SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
TRY(map_writable_code, SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
TRY(share_memory, SYS_shmget, 1, 4096, 0)
TRY(attach_memory, SYS_shmat, 0, NULL, 0)
TRY(fault_handler, SYS_userfaultfd, 0)
TRY(lock_memory, SYS_mlockall, 1)

static long turn_data_into_code(void)
{
    static char page[8192] __attribute__((aligned(4096)));
    return syscall(SYS_mprotect, page, 4096, PROT_READ | PROT_EXEC);
}

static long turn_data_into_code_by_key(void)
{
    static char page[8192] __attribute__((aligned(4096)));
    return syscall(SYS_pkey_mprotect, page, 4096, PROT_READ | PROT_EXEC, -1);
}

/* ---- its own fetters, and the kernel ---- */

TRY(control_process, SYS_prctl, PR_SET_TIMERSLACK, 1, 0, 0, 0)
TRY(become_dumpable, SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0)
TRY(survive_parent, SYS_prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0)
TRY(change_filter, SYS_seccomp, 0, 0, NULL)
TRY(landlock_rules, SYS_landlock_create_ruleset, NULL, 0, 1)
TRY(landlock_itself, SYS_landlock_restrict_self, 0, 0)
TRY(set_user, SYS_setuid, 0)
TRY(set_group, SYS_setgid, 0)
TRY(set_capabilities, SYS_capset, buffer, buffer)
TRY(unshare_all, SYS_unshare, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET)
TRY(enter_namespace, SYS_setns, 0, 0)
TRY(mount_folder, SYS_mount, "none", "/tmp", "tmpfs", 0, NULL)
TRY(unmount_folder, SYS_umount2, "/nowhere", 0)
TRY(change_root_mount, SYS_pivot_root, "/nowhere", "/nowhere")
TRY(clone_tree, SYS_open_tree, AT_FDCWD, "/", 1)
TRY(open_file_system, SYS_fsopen, "tmpfs", 0)
TRY(ring, SYS_io_uring_setup, 1, buffer)
TRY(ring_enter, SYS_io_uring_enter, 0, 0, 0, 0, NULL, 0)
TRY(old_ring, SYS_io_setup, 1, buffer)
TRY(kernel_program, SYS_bpf, 0, buffer, 8)
TRY(measure_events, SYS_perf_event_open, buffer, 0, -1, -1, 0)
TRY(key_ring, SYS_keyctl, 0, -3, 1)
TRY(add_key, SYS_add_key, "user", "escape", "x", 1, -3)
TRY(request_key, SYS_request_key, "user", "escape", NULL, -3)
TRY(load_module, SYS_finit_module, 0, "", 0)
TRY(load_kernel, SYS_kexec_load, 0, 0, NULL, 0)
TRY(read_kernel_log, SYS_syslog, 10 /* its size */, NULL, 0)
TRY(set_clock, SYS_clock_settime, CLOCK_REALTIME, NULL)
TRY(set_host_name, SYS_sethostname, "escape", 0)
TRY(new_timer, SYS_timer_create, CLOCK_REALTIME, NULL, buffer)
TRY(wait_for_events, SYS_epoll_create1, 0)
TRY(new_event, SYS_eventfd2, 0, 0)
TRY(personality, SYS_personality, 0xffffffff)
TRY(which_system, SYS_uname, buffer)

static long raise_limit(void)
{
    const struct rlimit64 limit = {RLIM64_INFINITY, RLIM64_INFINITY};
    return syscall(SYS_prlimit64, 0, RLIMIT_DATA, &limit, NULL);
}

static long raise_descriptor_limit(void)
{
    const struct rlimit64 limit = {1024, 1024};
    return syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL);
}

static long limit_parent(void)
{
    const struct rlimit64 limit = {0, 0};
    return syscall(SYS_prlimit64, getppid(), RLIMIT_CPU, &limit, NULL);
}

TRY(raise_limit_the_old_way, SYS_setrlimit, RLIMIT_NOFILE, NULL)

#ifdef __x86_64__
TRY(other_numbers, 0x40000000 | SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY) /* the x32 table */
TRY(io_ports, SYS_iopl, 3)

/* The table of 32-bit programs, where open() is number 5. */
static long old_entry(void)
{
    long result = 0;
    char *below_4_gb = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (below_4_gb == MAP_FAILED)
        return 0;
    memcpy(below_4_gb, "/etc/passwd", sizeof("/etc/passwd"));
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(5), "b"(below_4_gb), "c"(O_RDONLY), "d"(0) : "memory");
    return result;
}
#endif

#define ENTRY(NAME)                                                                                                    \
    {                                                                                                                  \
        .name = #NAME, .attempt = NAME                                                                                 \
    }
#define WORKS(NAME)                                                                                                    \
    {                                                                                                                  \
        .name = #NAME, .attempt = NAME, .works_free = true                                                             \
    }
#define ANSWERED(NAME, ERRNO)                                                                                          \
    {                                                                                                                  \
        .name = #NAME, .attempt = NAME, .works_free = true, .refused_with = ERRNO                                      \
    }

const struct escape escapes[] = {
    WORKS(open_at),
    WORKS(open_to_write),
    ENTRY(open_below_descriptor),
    WORKS(open_own_memory),
    WORKS(open_own_descriptor),
    ENTRY(open_parents_memory),
    ENTRY(open_by_handle),
    ENTRY(name_to_handle),
    ANSWERED(stat_path, ENOSYS),
    ANSWERED(stat_path_beside_descriptor, ENOSYS),
    WORKS(statx_path),
    WORKS(access_path),
    WORKS(read_link),
    WORKS(get_folder),
    WORKS(change_folder),
    ENTRY(change_root),
    ENTRY(list_folder),
    ENTRY(make_folder),
    ENTRY(make_node),
    ENTRY(remove_file),
    ENTRY(rename_file),
    ENTRY(link_file),
    ENTRY(link_to_file),
    ENTRY(change_mode),
    ENTRY(change_length),
    ENTRY(change_times),
    WORKS(watch_files),
    ENTRY(watch_all_files),
    WORKS(memory_file),
    WORKS(copy_descriptor),
    WORKS(copy_descriptor_to),
    WORKS(control_descriptor),
    ENTRY(control_device),
    WORKS(new_pipe),
    ENTRY(copy_file),
    ENTRY(send_file),
    ENTRY(splice_file),
#ifdef SYS_open
    WORKS(open_file),
    WORKS(create_file),
    WORKS(stat_file),
#endif
    WORKS(socket_internet),
    ENTRY(socket_internet_6),
    WORKS(socket_unix),
    ENTRY(socket_netlink),
    ENTRY(socket_packet),
    WORKS(socket_pair),
    ENTRY(listen_on_socket),
    ENTRY(accept_on_socket),
    ENTRY(ask_socket),
    ENTRY(who_is_connected),
    ENTRY(connect_internet),
    ENTRY(bind_internet),
    ENTRY(send_to_unix),
    WORKS(fork_by_clone),
    ENTRY(clone_into_namespace),
    WORKS(execute),
    WORKS(execute_descriptor),
    WORKS(kill_parent),
    ENTRY(kill_all),
    ENTRY(signal_thread),
    ENTRY(signal_others_thread),
    ENTRY(queue_signal),
    ENTRY(open_process),
    ENTRY(take_others_descriptor),
    ENTRY(signal_by_descriptor),
    ENTRY(trace_other),
    ENTRY(trace_itself),
    ENTRY(compare_processes),
    ENTRY(wait_for_others),
    ENTRY(new_session),
    WORKS(new_group),
    ENTRY(set_affinity),
    ENTRY(set_scheduler),
    ANSWERED(set_priority, EPERM),
    ANSWERED(clone_by_structure, ENOSYS),
    ENTRY(read_others_memory),
    ENTRY(write_others_memory),
    WORKS(map_code),
    ENTRY(map_writable_code),
    ENTRY(share_memory),
    ENTRY(attach_memory),
    ENTRY(fault_handler),
    ENTRY(lock_memory),
    WORKS(turn_data_into_code),
    ENTRY(turn_data_into_code_by_key),
    WORKS(control_process),
    WORKS(become_dumpable),
    WORKS(survive_parent),
    ENTRY(change_filter),
    ENTRY(landlock_rules),
    ENTRY(landlock_itself),
    ENTRY(set_user),
    ENTRY(set_group),
    ENTRY(set_capabilities),
    ENTRY(unshare_all),
    ENTRY(enter_namespace),
    ENTRY(mount_folder),
    ENTRY(unmount_folder),
    ENTRY(change_root_mount),
    ENTRY(clone_tree),
    ENTRY(open_file_system),
    ENTRY(ring),
    ENTRY(ring_enter),
    ENTRY(old_ring),
    ENTRY(kernel_program),
    ENTRY(measure_events),
    ENTRY(key_ring),
    ENTRY(add_key),
    ENTRY(request_key),
    ENTRY(load_module),
    ENTRY(load_kernel),
    ENTRY(read_kernel_log),
    ENTRY(set_clock),
    ENTRY(set_host_name),
    ENTRY(new_timer),
    WORKS(wait_for_events),
    WORKS(new_event),
    WORKS(personality),
    WORKS(which_system),
    ENTRY(raise_limit),
    WORKS(raise_descriptor_limit),
    ENTRY(limit_parent),
    ENTRY(raise_limit_the_old_way),
#ifdef __x86_64__
    ENTRY(other_numbers),
    ENTRY(io_ports),
    ENTRY(old_entry),
#endif
};
const size_t n_escapes = G_N_ELEMENTS(escapes);
