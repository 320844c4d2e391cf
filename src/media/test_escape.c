/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The proof of docs/sandbox.md: an attacker inside of each sandboxed program (src/worker/misbehave.h), in the middle of
 * a job. Arguments: the hostile twins of ambrotype-media and ambrotype-video. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/error.h"
#include "base/io.h"
#include "media/test_asking.h"

enum { MEMORY_MB = 256 };

static void expect_no_child_left(void)
{
    g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
    g_assert_cmpint(errno, ==, ECHILD);
}

static bool is_relaxed(struct worker_process *worker)
{
    if (!(worker->hello.confinement & CONFINED_RELAXED))
        return false;
    worker_end(worker, NULL);
    g_test_skip("a sanitizer build has no system call filter");
    return true;
}

/* What came back instead of ending the worker. One call is for the program of videos to make: it shortens its output,
 * which was handed to it for writing; of what it may only read that is refused. */
static void expect_refusal(const struct media_reply *reply)
{
    bool is_own = g_str_has_suffix(worker_path, "video-hostile") &&
                  g_strcmp0(reply->reason, "change_length: errno 22") == 0; /* EINVAL */
    if (reply->outcome != MEDIA_UNSUPPORTED && !is_own)
        g_error("an attempt was not refused: %s", reply->reason);
}

/* How a process ended is told only if it ends within a moment, which it may not on a busy machine. */
static bool is_told(int signal, int wanted)
{
    return signal == wanted || signal == 0;
}

/* Every attempt of src/worker/escape.c: it ends the worker, or is refused. */
static void test_escapes(const void *path)
{
    worker_path = path;
    struct worker_process *worker = start(MEMORY_MB);
    if (is_relaxed(worker))
        return;
    unsigned n = 0, n_killed = 0;
    for (bool more = true; more; n++) {
        g_autofree char *command = g_strdup_printf("misbehave:escape-%u", n);
        RESULT_AUTO struct result result;
        ask(&worker, command, "x", 1, 60, &result);
        if (!worker) {
            if (!err_is(result.error, ERR_WORKER_DIED))
                g_error("%s: %s", command, result.error->message);
            /* SIGSEGV: the entry of 32-bit programs, where there is none. */
            if (!is_told(result.signal, SIGSYS) && result.signal != SIGSEGV)
                g_error("%s: signal %d", command, result.signal);
            worker = start(MEMORY_MB);
            n_killed++;
        } else if (result.reply.outcome == MEDIA_TOO_LARGE) {
            more = false;
        } else {
            expect_refusal(&result.reply);
        }
    }
    g_test_message("%u attempts, %u of them deadly", n - 1, n_killed);
    g_assert_cmpint(n_killed, >=, 100);
    worker_end(worker, NULL);
    expect_no_child_left();
}

static void test_original_cannot_be_written(const void *path)
{
    worker_path = path;
    struct worker_process *worker = start(MEMORY_MB);
    AUTO_FD int original = open(path, O_RDONLY | O_CLOEXEC);
    AUTO_FD int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    char command[] = "misbehave:write-original";
    const int fds[MEDIA_PHOTO_FDS] = {original, nothing, nothing};
    const struct media_request request = {.job = MEDIA_JOB_PHOTO, .file_name = command, .max_pixels = 1, .cpu_s = 60};
    const struct worker_watch watch = {.deadline_us = g_get_monotonic_time() + 120 * G_USEC_PER_SEC};
    struct media_reply reply;
    g_autoptr(GError) error = NULL;
    g_assert_true(worker_ask(worker, &request, fds, MEDIA_PHOTO_FDS, &watch, &reply, &error));
    g_assert_cmpint(reply.outcome, ==, MEDIA_UNSUPPORTED);
    media_reply_clear(&reply);
    worker_end(worker, NULL);
}

static void expect_death(const char *command, int wanted_signal)
{
    struct worker_process *worker = start(MEMORY_MB);
    bool relaxed = worker->hello.confinement & CONFINED_RELAXED;
    RESULT_AUTO struct result result;
    ask(&worker, command, "x", 1, 60, &result);
    g_assert_null(worker);
    g_assert_error(result.error, ERR_DOMAIN, ERR_WORKER_DIED);
    if (!relaxed)
        g_assert_true(is_told(result.signal, wanted_signal));
}

static void test_crash_memory_and_time(const void *path)
{
    worker_path = path;
    expect_death("misbehave:crash", SIGABRT);
    struct worker_process *worker = start(MEMORY_MB);
    bool is_limited = worker->hello.confinement & CONFINED_MEMORY; /* not in a sanitizer build */
    if (is_limited)
        expect_death("misbehave:memory", SIGTRAP); /* GLib's own end when an allocation fails */
    RESULT_AUTO struct result spinning, garbage;
    ask(&worker, "misbehave:spin", "x", 1, 1, &spinning);
    g_assert_error(spinning.error, ERR_DOMAIN, ERR_WORKER_DIED);
    g_assert_true(is_told(spinning.signal, SIGXCPU));
    worker = start(MEMORY_MB);
    ask(&worker, "misbehave:garbage", "x", 1, 60, &garbage);
    g_assert_error(garbage.error, ERR_DOMAIN, ERR_CORRUPT);
    expect_no_child_left();
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C");
    signal(SIGPIPE, SIG_IGN);
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, ==, 3);
    static const char *const programs[] = {"photos", "videos"};
    for (int i = 0; i < 2; i++) {
        g_autofree char *escapes = g_strconcat("/escape/", programs[i], "/escapes", NULL);
        g_autofree char *original = g_strconcat("/escape/", programs[i], "/original-cannot-be-written", NULL);
        g_autofree char *limits = g_strconcat("/escape/", programs[i], "/crash-memory-and-time", NULL);
        g_test_add_data_func(escapes, argv[1 + i], test_escapes);
        g_test_add_data_func(original, argv[1 + i], test_original_cannot_be_written);
        g_test_add_data_func(limits, argv[1 + i], test_crash_memory_and_time);
    }
    return g_test_run();
}
