/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/program.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "worker/confine.h"
#include "worker/sidecar.h"
#include "worker/xmp.h"

enum { MEMORY_MIN_MB = 64, MEMORY_MAX_MB = 1 << 20, PROGRESS_PAUSE_US = 500000 };

/* The request under work, for program_progress(). */
static struct {
    uint32_t job_id;
    int64_t permille;
    int64_t told_us; /* monotonic */
} current;

static int64_t cpu_used_us(void)
{
    struct rusage used;
    if (getrusage(RUSAGE_SELF, &used) != 0)
        return 0;
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * G_USEC_PER_SEC + used.ru_utime.tv_usec +
           used.ru_stime.tv_usec;
}

static int64_t peak_memory_bytes(void)
{
    struct rusage used;
    return getrusage(RUSAGE_SELF, &used) == 0 ? (int64_t)used.ru_maxrss << 10 : 0;
}

void program_progress(int64_t done_permille)
{
    struct media_progress progress = {.done_permille = CLAMP(done_permille, 0, 1000)};
    int64_t now_us = g_get_monotonic_time();
    if (progress.done_permille <= current.permille || now_us - current.told_us < PROGRESS_PAUSE_US)
        return;
    current.permille = progress.done_permille;
    current.told_us = now_us;
    g_autoptr(GByteArray) payload = media_progress_write(&progress);
    /* A server that is gone is noticed by the reply. */
    (void)protocol_send(PROTOCOL_WORKER_FD, PROTOCOL_PROGRESS, current.job_id, payload, NULL, 0, NULL);
}

static unsigned side_px(int64_t side)
{
    return side > 0 && side <= G_MAXINT ? (unsigned)side : 0;
}

/* The side file is the same matter for all kinds of work: its descriptor is taken off before, it is read after. */
static void answer(const struct program *program, const struct protocol_frame *frame,
                   const struct media_request *request, struct media_reply *reply)
{
    struct protocol_frame job = *frame;
    bool has_sidecar = request->sidecar == 1 && job.n_fds > 0;
    if (has_sidecar)
        job.n_fds--;
    program->answer(&job, request, reply);
    if (has_sidecar)
        sidecar_read(frame->fds[job.n_fds], side_px(reply->raw_width_px), side_px(reply->raw_height_px), reply);
}

static bool serve_request(const struct program *program, const struct protocol_frame *frame, GError **error)
{
    struct media_request request;
    if (!media_request_read(frame->payload->data, frame->payload->len, &request, error))
        return false;
    struct media_reply reply;
    media_reply_init(&reply);
    int64_t before_us = cpu_used_us();
    confine_allow_cpu(request.cpu_s);
    current.job_id = frame->job_id;
    current.permille = 0;
    current.told_us = 0;
    answer(program, frame, &request, &reply);
    malloc_trim(0);
    reply.cpu_us = cpu_used_us() - before_us;
    reply.peak_memory_bytes = peak_memory_bytes();
    g_autoptr(GByteArray) payload = media_reply_write(&reply);
    bool sent = protocol_send(PROTOCOL_WORKER_FD, PROTOCOL_REPLY, frame->job_id, payload, NULL, 0, error);
    media_reply_clear(&reply);
    media_request_clear(&request);
    return sent;
}

static bool say_hello(const struct program *program, const struct confinement *confinement, GError **error)
{
    g_autofree char *name = g_strconcat(program->name, " " AMBROTYPE_VERSION, NULL);
    struct protocol_hello hello = {
        .version = PROTOCOL_VERSION,
        .confinement = confinement->holds,
        .landlock_abi = confinement->landlock_abi,
        .program = name,
        .formats = program->formats ? (char *)program->formats() : NULL,
    };
    g_autoptr(GByteArray) payload = protocol_hello_write(&hello);
    return protocol_send(PROTOCOL_WORKER_FD, PROTOCOL_HELLO, 0, payload, NULL, 0, error);
}

static bool serve(const struct program *program, GError **error)
{
    for (;;) {
        struct protocol_frame frame;
        if (!protocol_receive(PROTOCOL_WORKER_FD, -1, &frame, error))
            return false;
        bool ok = frame.kind != PROTOCOL_REQUEST || serve_request(program, &frame, error);
        protocol_frame_clear(&frame);
        if (!ok)
            return false;
    }
}

static bool parse_memory(const char *text, uint64_t *ret_bytes)
{
    guint64 megabytes;
    if (!g_ascii_string_to_unsigned(text, 10, MEMORY_MIN_MB, MEMORY_MAX_MB, &megabytes, NULL))
        return false;
    *ret_bytes = megabytes << 20;
    return true;
}

/* One arena, and large blocks straight from the system and back: a worker that waits holds little. */
static void tune_memory(void)
{
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    mallopt(M_TRIM_THRESHOLD, 4 << 20);
}

/* Nothing is logged in here: GLib's own writer would ask the system about terminals and journals. */
static GLogWriterOutput log_nothing(GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
    return G_LOG_WRITER_HANDLED;
}

static int compare_bytes(const void *left, const void *right)
{
    return *(const uint8_t *)left - *(const uint8_t *)right;
}

/* What glibc asks the system for once and then remembers: the converters of the locale; for sorting more than a
 * kilobyte, how much memory there is (libtiff sorts its tags). */
static void warm_libc(void)
{
    (void)g_strerror(EPIPE);
    g_autofree uint8_t *bytes = g_malloc0(4096);
    qsort(bytes, 4096, 1, compare_bytes);
}

int program_main(int argc, char **argv, const struct program *program)
{
    g_autoptr(GError) error = NULL;
    struct confine_limits limits = {.file_bytes = program->file_bytes_max, .truncates = program->truncates};
    int type = 0;
    socklen_t size = sizeof(type);
    if (argc != 2 || !parse_memory(argv[1], &limits.memory_bytes) ||
        getsockopt(PROTOCOL_WORKER_FD, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
        fprintf(stderr, "%s is started by the ambrotype server; it is of no use by itself.\n", program->name);
        return 2;
    }
    tune_memory();
    g_log_set_writer_func(log_nothing, NULL, NULL);
    if (!confine_begin(&error))
        return 3;
    warm_libc();
    program->warm();
    xmp_warm();
    struct confinement confinement;
    if (!confine(&limits, &confinement, &error))
        return 3;
    if (!say_hello(program, &confinement, &error))
        return 1;
    serve(program, &error);
    /* The server hung up: the usual end. Destructors of forty libraries have nothing to add. */
    _exit(err_is(error, ERR_WORKER_DIED) ? 0 : 1);
}
