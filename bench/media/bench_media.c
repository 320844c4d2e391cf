/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Drives the real worker, sandbox and all, over photos: bench_media WORKER ROUNDS FILE…. One line a file: processor
 * time a photo in microseconds (the least of the rounds, of which the first is not counted), peak memory in bytes,
 * path. Where PREVIEWS names a folder, the preview of file number N is left there as ours-N.jpg. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
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

static void keep(int preview_fd, int64_t size, int number)
{
    g_autofree uint8_t *bytes = g_malloc((gsize)size);
    g_autofree char *path = g_strdup_printf("%s/ours-%d.jpg", g_getenv("PREVIEWS"), number);
    if (io_pread_full(preview_fd, bytes, (size_t)size, 0, NULL) != size ||
        !g_file_set_contents(path, (char *)bytes, (gssize)size, NULL))
        fail(path, NULL);
}

static void make(struct worker_process *worker, const char *path, int number, struct media_reply *ret_reply)
{
    g_autoptr(GError) error = NULL;
    AUTO_FD int input = open(path, O_RDONLY | O_CLOEXEC);
    AUTO_FD int thumbnail = memfd_create("thumbnail", MFD_CLOEXEC);
    AUTO_FD int preview = memfd_create("preview", MFD_CLOEXEC);
    struct stat status;
    if (input < 0 || thumbnail < 0 || preview < 0 || fstat(input, &status) != 0)
        fail(path, NULL);
    struct media_request request = {
        .job = MEDIA_JOB_PHOTO,
        .size_bytes = status.st_size,
        .max_pixels = INT64_C(1000000000),
        .cpu_s = 120,
    };
    int fds[MEDIA_PHOTO_FDS] = {input, thumbnail, preview};
    const struct worker_watch watch = {.deadline_us = -1};
    if (!worker_ask(worker, &request, fds, MEDIA_PHOTO_FDS, &watch, ret_reply, &error))
        fail(path, error);
    if (ret_reply->outcome > MEDIA_DAMAGED) {
        fprintf(stderr, "%s: %s\n", path, ret_reply->reason);
        exit(1);
    }
    if (g_getenv("PREVIEWS"))
        keep(preview, ret_reply->preview_bytes, number);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: bench_media WORKER ROUNDS FILE...\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    unsigned rounds = (unsigned)g_ascii_strtoull(argv[2], NULL, 10);
    for (int i = 3; i < argc; i++) {
        g_autoptr(GError) error = NULL;
        struct worker_process *worker = worker_start(argv[1], 1024, &error);
        if (!worker)
            fail(argv[1], error);
        int64_t best_us = INT64_MAX, peak_bytes = 0;
        for (unsigned round = 0; round <= rounds; round++) {
            struct media_reply reply;
            make(worker, argv[i], i - 3, &reply);
            if (round > 0)
                best_us = MIN(best_us, reply.cpu_us);
            peak_bytes = reply.peak_memory_bytes;
            media_reply_clear(&reply);
        }
        printf("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s\n", best_us, peak_bytes, argv[i]);
        worker_end(worker, NULL);
    }
    return 0;
}
