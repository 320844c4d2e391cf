/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The confinement by itself: a child process locks itself in as the worker does, then tries to get out. Each attempt
 * has a child of its own, as most end it. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "media/protocol.h"
#include "worker/confine.h"
#include "worker/escape.h"

enum { MEMORY_BYTES = 256 << 20, CALLS_TRIED = 600 };

static const struct confine_limits limits = {.memory_bytes = MEMORY_BYTES, .file_bytes = 1 << 20};

/* How a child ends that could do what it tried, that could not, or that could not lock itself in. */
enum { ENDS_DONE = 0, ENDS_REFUSED = 100, ENDS_OPEN = 101 };

static int64_t holds; /* what can be had here */

static void lock_in(void)
{
    struct confinement confinement;
    if (!confine_begin(NULL) || !confine(&limits, &confinement, NULL))
        _exit(ENDS_OPEN);
}

/* Runs @act in a child; its wait status. */
static int in_child(bool confined, void (*act)(size_t which), size_t which)
{
    pid_t pid = fork();
    g_assert_cmpint(pid, >=, 0);
    if (pid == 0) {
        if (confined)
            lock_in();
        act(which);
        _exit(ENDS_DONE);
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        g_assert_cmpint(errno, ==, EINTR);
    return status;
}

static void escape(size_t which)
{
    if (escapes[which].attempt() >= 0)
        _exit(ENDS_DONE);
    _exit(errno == escapes[which].refused_with ? ENDS_REFUSED : ENDS_REFUSED + 2);
}

static bool is_filtered(void)
{
    if (holds & CONFINED_SECCOMP)
        return true;
    g_test_skip("a sanitizer build has no system call filter");
    return false;
}

/* The control: attempts that fail in any process would prove nothing. */
static void test_attempts_work_where_nothing_confines(void)
{
    unsigned n = 0;
    for (size_t i = 0; i < n_escapes; i++) {
        if (!escapes[i].works_free)
            continue;
        int status = in_child(false, escape, i);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != ENDS_DONE)
            g_error("%s does not work in a free process: status %x", escapes[i].name, (unsigned)status);
        n++;
    }
    g_assert_cmpint(n, >=, 25);
}

static void test_no_attempt_gets_out(void)
{
    if (!is_filtered())
        return;
    for (size_t i = 0; i < n_escapes; i++) {
        int status = in_child(true, escape, i);
        bool ok = escapes[i].refused_with ? WIFEXITED(status) && WEXITSTATUS(status) == ENDS_REFUSED
                                          : WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
        /* A kernel without the table of 32-bit programs answers its entry so. */
        if (!ok && strcmp(escapes[i].name, "old_entry") == 0)
            ok = WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
        if (!ok)
            g_error("%s: status %x", escapes[i].name, (unsigned)status);
    }
}

/* The calls that the filter lets through, or answers. What is new here needs a reason in confine.c. */
static const int known[] = {
    SYS_read,
    SYS_pread64,
    SYS_write,
    SYS_close,
    SYS_lseek,
    SYS_recvmsg,
    SYS_sendmsg,
    SYS_ppoll,
    SYS_fstat,
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_futex,
    SYS_sched_yield,
    SYS_rt_sigreturn,
    SYS_rt_sigprocmask,
    SYS_set_robust_list,
    SYS_rseq,
    SYS_exit,
    SYS_exit_group,
    SYS_getrusage,
    SYS_clock_gettime,
    SYS_gettimeofday,
    SYS_getpid,
    SYS_gettid,
    SYS_getrandom,
    SYS_nanosleep,
    SYS_clock_nanosleep,
    SYS_restart_syscall,
    SYS_rt_sigaction,
    SYS_sched_getaffinity,
    SYS_newfstatat,
    SYS_getpriority,
    SYS_setpriority,
    SYS_clone3,
    /* Only with certain arguments; escape.c tries others. */
    SYS_mmap,
    SYS_mprotect,
    SYS_clone,
    SYS_prlimit64,
    SYS_tgkill,
    SYS_prctl,
#ifdef SYS_poll
    SYS_poll,
#endif
};

static bool is_known(int number)
{
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (known[i] == number)
            return true;
    return false;
}

static void call(size_t number)
{
    syscall((long)number, -1, -1, -1, -1, -1, -1);
}

/* Where a probe of the kernel returns (uretprobe and uprobe of x86-64): it lets them through every filter, and ends or
 * refuses whoever calls them from elsewhere than its own code. */
static bool is_probe(int number)
{
#ifdef __x86_64__
    return number == 335 || number == 336;
#else
    return false;
#endif
}

/* Whatever the kernel has now or will have: what is not on the list ends the process. */
static void test_every_other_call_kills(void)
{
    if (!is_filtered())
        return;
    for (int number = 0; number < CALLS_TRIED; number++) {
        if (is_known(number) || is_probe(number))
            continue;
        int status = in_child(true, call, (size_t)number);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS) {
            g_autofree char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
            g_error("system call %d (%s): status %x", number, name ? name : "?", (unsigned)status);
        }
    }
}

/* ---- the second wall: what Landlock alone holds ---- */

static void open_without_filter(size_t which)
{
    static const char *const paths[] = {"/etc/passwd", "/proc/self/status", "/tmp"};
    if (open(paths[which], O_RDONLY) >= 0)
        _exit(ENDS_DONE);
    _exit(errno == EACCES ? ENDS_REFUSED : ENDS_REFUSED + 2);
}

static void test_landlock_alone_denies_files(void)
{
    if (!(holds & CONFINED_LANDLOCK) || holds & CONFINED_SECCOMP) {
        g_test_skip(holds & CONFINED_SECCOMP ? "the filter stands before it; a sanitizer build shows it"
                                             : "this kernel has no Landlock");
        return;
    }
    for (size_t i = 0; i < 3; i++) {
        int status = in_child(true, open_without_filter, i);
        g_assert_true(WIFEXITED(status));
        g_assert_cmpint(WEXITSTATUS(status), ==, ENDS_REFUSED);
    }
}

/* ---- what must still work ---- */

static void size_of_descriptor(size_t which)
{
    struct stat status;
    _exit(fstat(0, &status) == 0 && S_ISCHR(status.st_mode) ? ENDS_DONE : ENDS_REFUSED);
}

static void test_fstat_works(void)
{
    int status = in_child(true, size_of_descriptor, 0);
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, ENDS_DONE);
}

static void fill_memory(size_t which)
{
    for (size_t total = 0; total < (size_t)2 * MEMORY_BYTES; total += 16 << 20) {
        char *block = malloc(16 << 20);
        if (!block)
            _exit(ENDS_REFUSED);
        memset(block, 1, 16 << 20);
    }
}

static void test_memory_ends_at_its_limit(void)
{
    if (!(holds & CONFINED_MEMORY)) {
        g_test_skip("a sanitizer build has no memory limit");
        return;
    }
    int status = in_child(true, fill_memory, 0);
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, ENDS_REFUSED);
}

static void find_out(void)
{
    int ends[2];
    g_assert_cmpint(pipe(ends), ==, 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct confinement confinement = {0};
        /* confine_begin() would close the pipe. */
        if (!confine(&limits, &confinement, NULL) || write(ends[1], &confinement.holds, sizeof(holds)) != sizeof(holds))
            _exit(ENDS_OPEN);
        _exit(ENDS_DONE);
    }
    g_assert_cmpint(read(ends[0], &holds, sizeof(holds)), ==, sizeof(holds));
    close(ends[0]);
    close(ends[1]);
    waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    find_out();
    g_test_add_func("/confine/attempts-work-where-nothing-confines", test_attempts_work_where_nothing_confines);
    g_test_add_func("/confine/no-attempt-gets-out", test_no_attempt_gets_out);
    g_test_add_func("/confine/every-other-call-kills", test_every_other_call_kills);
    g_test_add_func("/confine/landlock-alone-denies-files", test_landlock_alone_denies_files);
    g_test_add_func("/confine/fstat-works", test_fstat_works);
    g_test_add_func("/confine/memory-ends-at-its-limit", test_memory_ends_at_its_limit);
    return g_test_run();
}
