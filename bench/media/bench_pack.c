/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Packs JPEGs and unpacks them again in the real worker, sandbox and all: bench_pack WORKER MEMORY_MB FILE…. One line a
 * file: its size, the packed size, processor time of packing and of unpacking in microseconds, peak memory of each in
 * bytes, and "identical", or the reason why it stays a JPEG; path. The last line is the sum. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "media/worker_process.h"

static void fail(const char *path, const GError *error)
{
    fprintf(stderr, "%s: %s\n", path, error ? error->message : g_strerror(errno));
    exit(1);
}

static int64_t size_of(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 ? status.st_size : -1;
}

/* Each in a worker of its own, so that the peak is this file's. False: it will not; the reply says why. */
static bool go(const char *program, unsigned memory_mb, enum media_job job, const char *path, int from, int to,
               struct media_reply *ret_reply)
{
    g_autoptr(GError) error = NULL;
    struct worker_process *worker = worker_start(program, memory_mb, &error);
    if (!worker)
        fail(program, error);
    struct media_request request = {
        .job = job, .size_bytes = size_of(from), .max_pixels = INT64_MAX >> 11, .cpu_s = 600};
    int fds[MEDIA_PACK_FDS] = {from, to};
    const struct worker_watch watch = {.deadline_us = -1};
    if (!worker_ask(worker, &request, fds, MEDIA_PACK_FDS, &watch, ret_reply, &error)) {
        media_reply_init(ret_reply);
        ret_reply->outcome = MEDIA_FAULT;
        ret_reply->reason = g_strdup(error->message);
    }
    worker_end(worker, NULL);
    return ret_reply->outcome == MEDIA_OK;
}

static bool is_same(int a, int b)
{
    int64_t size = size_of(a);
    if (size != size_of(b))
        return false;
    g_autofree char *x = g_malloc((gsize)size);
    g_autofree char *y = g_malloc((gsize)size);
    return io_pread_full(a, x, (size_t)size, 0, NULL) == size && io_pread_full(b, y, (size_t)size, 0, NULL) == size &&
           memcmp(x, y, (size_t)size) == 0;
}

struct sum {
    unsigned packed, kept;
    int64_t before_bytes, after_bytes, kept_bytes, in_us, out_us;
};

static void try_file(const char *program, unsigned memory_mb, const char *path, struct sum *sum)
{
    AUTO_FD int input = open(path, O_RDONLY | O_CLOEXEC);
    AUTO_FD int packed = memfd_create("packed", MFD_CLOEXEC);
    AUTO_FD int again = memfd_create("again", MFD_CLOEXEC);
    if (input < 0 || packed < 0 || again < 0)
        fail(path, NULL);
    struct media_reply in, out;
    media_reply_init(&in);
    media_reply_init(&out);
    bool ok = go(program, memory_mb, MEDIA_JOB_PACK, path, input, packed, &in) &&
              go(program, memory_mb, MEDIA_JOB_UNPACK, path, packed, again, &out);
    const char *verdict = !ok ? (in.reason ? in.reason : out.reason) : is_same(input, again) ? "identical" : "DIFFERS";
    ok = ok && g_str_equal(verdict, "identical");
    int64_t before = size_of(input), after = size_of(packed);
    printf("%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %s %s\n", before, after, in.cpu_us,
           out.cpu_us, in.peak_memory_bytes, out.peak_memory_bytes, verdict, path);
    sum->packed += ok;
    sum->kept += !ok;
    if (ok) {
        sum->before_bytes += before;
        sum->after_bytes += after;
        sum->in_us += in.cpu_us;
        sum->out_us += out.cpu_us;
    } else {
        sum->kept_bytes += before;
    }
    media_reply_clear(&in);
    media_reply_clear(&out);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: bench_pack WORKER MEMORY_MB FILE...\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    struct sum sum = {0};
    for (int i = 3; i < argc; i++)
        try_file(argv[1], (unsigned)g_ascii_strtoull(argv[2], NULL, 10), argv[i], &sum);
    printf("%u packed, %u kept (%.1f MB); %.1f MB became %.1f MB, %.1f %% saved; in %.1f MB/s, out %.1f MB/s\n",
           sum.packed, sum.kept, (double)sum.kept_bytes / 1e6, (double)sum.before_bytes / 1e6,
           (double)sum.after_bytes / 1e6, 100 - 100.0 * (double)sum.after_bytes / (double)MAX(sum.before_bytes, 1),
           (double)sum.before_bytes / (double)MAX(sum.in_us, 1), (double)sum.before_bytes / (double)MAX(sum.out_us, 1));
    return 0;
}
