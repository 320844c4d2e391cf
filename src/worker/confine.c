/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <seccomp.h>

#include "base/error.h"
#include "media/protocol.h"
#include "worker/landlock.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum { DESCRIPTORS_MAX = 64 };

static bool set_limit(int resource, rlim_t value, GError **error)
{
    struct rlimit limit = {value, value};
    if (setrlimit((__rlimit_resource_t)resource, &limit) != 0)
        return err_set_errno(error, errno, "setrlimit", "The media worker could not limit itself.");
    return true;
}

bool confine_begin(GError **error)
{
    int null = open("/dev/null", O_RDWR);
    /* A sanitizer reports on standard error. */
    for (int fd = 0; fd < (SANITIZED ? 2 : 3); fd++)
        if (null < 0 || dup2(null, fd) < 0)
            return err_set_errno(error, errno, "/dev/null", "The media worker could not close what it was given.");
    if (syscall(SYS_close_range, PROTOCOL_WORKER_FD + 1, ~0u, 0) != 0)
        for (int fd = PROTOCOL_WORKER_FD + 1; fd < 1024; fd++)
            close(fd);
    clearenv();
    /* With a zone of its own, libc looks for no /etc/localtime at every call that knows local time. */
    setenv("TZ", "UTC0", 1);
    tzset();
    umask(077);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return err_set_errno(error, errno, "PR_SET_PDEATHSIG", "The media worker could not limit itself.");
    return set_limit(RLIMIT_CORE, 0, error);
}

/* ---- system calls ---- */

#if !SANITIZED
/* fstat() for the worker and all its libraries. That of glibc is newfstatat() with an empty path, a call which can also
 * ask about any path of the system; this one is a call that knows descriptors alone. Libraries find it before glibc's
 * own, as the program's names come first. */
int confined_fstat(int fd, struct stat *ret_status) __asm__("fstat64");
int confined_fstat(int fd, struct stat *ret_status)
{
    return (int)syscall(SYS_fstat, fd, ret_status);
}
int confined_fstat_alias(int fd, struct stat *ret_status) __asm__("fstat") __attribute__((alias("fstat64")));
#endif

/* What decoding needs; everything else kills the process. No open, no socket, no exec. */
static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(close),
    SCMP_SYS(lseek),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(fstat),
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(sched_yield),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(getrusage),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getrandom),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(restart_syscall),
};

/* The comparisons that seccomp.h builds leave a field out. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
static int add_rules(scmp_filter_ctx filter, const struct confine_limits *limits)
{
    int result = 0;
    if (limits->truncates)
        result |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ftruncate), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(allowed); i++)
        result |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    /* Memory that can be executed is never asked for. */
    result |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    result |=
        seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    /* Threads of codecs give themselves names and a lower rank. The one is harmless, the other is not needed. */
    result |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
    result |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(setpriority), 0);
    result |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(getpriority), 0);
    /* Threads of this process (libde265 starts one), but no process. glibc asks for clone3 first, whose arguments a
     * filter cannot see, and takes "no such call" for an answer. */
    result |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                               SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
    result |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    /* A filter cannot see whether a path is empty, which is how glibc asks about a descriptor: it gets "no such call".
     */
    result |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(newfstatat), 0);
    /* Processor time for the next file; the hard limits stand. */
    result |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, SCMP_A0(SCMP_CMP_EQ, 0),
                               SCMP_A1(SCMP_CMP_EQ, RLIMIT_CPU));
    result |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 3, SCMP_A0(SCMP_CMP_EQ, 0),
                               SCMP_A1(SCMP_CMP_EQ, RLIMIT_DATA), SCMP_A2(SCMP_CMP_EQ, 0));
    /* abort() speaks to itself only. */
    result |=
        seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
    result |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(rt_sigaction), 0);
    return result;
}

#pragma GCC diagnostic pop

static bool filter_calls(const struct confine_limits *limits, GError **error)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    bool ok = filter && seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
              seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
              add_rules(filter, limits) == 0 && seccomp_load(filter) == 0;
    if (filter)
        seccomp_release(filter);
    return ok || err_set_detail(error, ERR_UNSUPPORTED, "seccomp",
                                "This system does not let the media worker restrict its system calls.");
}

/* ---- all of it ---- */

bool confine(const struct confine_limits *limits, struct confinement *ret_confinement, GError **error)
{
    struct confinement made = {.holds = CONFINED_LIMITS};
    if (!set_limit(RLIMIT_NOFILE, DESCRIPTORS_MAX, error) || !set_limit(RLIMIT_FSIZE, limits->file_bytes, error))
        return false;
    /* Private writable memory: unlike the address space, this does not count the libraries. */
    if (!SANITIZED) {
        if (!set_limit(RLIMIT_DATA, limits->memory_bytes, error))
            return false;
        made.holds |= CONFINED_MEMORY;
    }
    if (prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return err_set_errno(error, errno, "prctl", "The media worker could not give up its privileges.");
    made.holds |= CONFINED_NO_NEW_PRIVILEGES;
    made.landlock_abi = landlock_deny_all();
    if (made.landlock_abi > 0)
        made.holds |= CONFINED_LANDLOCK;
    if (SANITIZED) {
        /* Its reports open files and start a helper; its shadow memory is no use of memory. */
        made.holds |= CONFINED_RELAXED;
    } else {
        if (!filter_calls(limits, error))
            return false;
        made.holds |= CONFINED_SECCOMP;
    }
    *ret_confinement = made;
    return true;
}

void confine_allow_cpu(int64_t cpu_s)
{
    struct rusage used;
    struct rlimit limit;
    if (getrusage(RUSAGE_SELF, &used) != 0 || getrlimit(RLIMIT_CPU, &limit) != 0)
        return;
    rlim_t until = (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec + cpu_s + 1);
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? until : MIN(until, limit.rlim_max);
    setrlimit(RLIMIT_CPU, &limit);
}
