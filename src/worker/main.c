/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ambrotype-media: the program that opens photos. Started by the server with a socket on descriptor 3 (protocol.h) and
 * the memory limit in megabytes as its one argument; it locks itself in, says hello, and works off requests until the
 * socket closes. */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "media/protocol.h"
#include "worker/colour.h"
#include "worker/confine.h"
#include "worker/metadata.h"
#include "worker/photo.h"
#ifdef AMBROTYPE_FAULTS
#include "worker/misbehave.h"
#endif

enum { MEMORY_MIN_MB = 64, MEMORY_MAX_MB = 1 << 20 };

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

static void answer_request(const struct protocol_frame *frame, const struct media_request *request,
                           struct media_reply *reply)
{
#ifdef AMBROTYPE_FAULTS
    misbehave(request->file_name);
#endif
    if (request->job == MEDIA_JOB_PHOTO && frame->n_fds == MEDIA_PHOTO_FDS) {
        photo_work(request, frame->fds[0], frame->fds[1], frame->fds[2], reply);
    } else {
        reply->outcome = MEDIA_UNSUPPORTED;
        reply->reason = g_strdup("This media worker does not know this kind of work.");
    }
}

static bool serve_request(const struct protocol_frame *frame, GError **error)
{
    struct media_request request;
    if (!media_request_read(frame->payload->data, frame->payload->len, &request, error))
        return false;
    struct media_reply reply;
    media_reply_init(&reply);
    int64_t before_us = cpu_used_us();
    confine_allow_cpu(request.cpu_s);
    answer_request(frame, &request, &reply);
    malloc_trim(0);
    reply.cpu_us = cpu_used_us() - before_us;
    reply.peak_memory_bytes = peak_memory_bytes();
    g_autoptr(GByteArray) payload = media_reply_write(&reply);
    bool sent = protocol_send(PROTOCOL_WORKER_FD, PROTOCOL_REPLY, frame->job_id, payload, NULL, 0, error);
    media_reply_clear(&reply);
    media_request_clear(&request);
    return sent;
}

static bool say_hello(const struct confinement *confinement, GError **error)
{
    char program[] = "ambrotype-media " AMBROTYPE_VERSION;
    struct protocol_hello hello = {
        .version = PROTOCOL_VERSION,
        .confinement = confinement->holds,
        .landlock_abi = confinement->landlock_abi,
        .program = program,
    };
    g_autoptr(GByteArray) payload = protocol_hello_write(&hello);
    return protocol_send(PROTOCOL_WORKER_FD, PROTOCOL_HELLO, 0, payload, NULL, 0, error);
}

static bool serve(GError **error)
{
    for (;;) {
        struct protocol_frame frame;
        if (!protocol_receive(PROTOCOL_WORKER_FD, -1, &frame, error))
            return false;
        bool ok = frame.kind != PROTOCOL_REQUEST || serve_request(&frame, error);
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

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    uint64_t memory_bytes = 0;
    int type = 0;
    socklen_t size = sizeof(type);
    if (argc != 2 || !parse_memory(argv[1], &memory_bytes) ||
        getsockopt(PROTOCOL_WORKER_FD, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
        fputs("ambrotype-media is started by the ambrotype server; it is of no use by itself.\n", stderr);
        return 2;
    }
    tune_memory();
    g_log_set_writer_func(log_nothing, NULL, NULL);
    if (!confine_begin(&error))
        return 3;
    (void)g_strerror(EPIPE); /* looks for the converters of the locale, once */
    metadata_warm();
    colour_warm();
    struct confinement confinement;
    if (!confine(memory_bytes, &confinement, &error))
        return 3;
    if (!say_hello(&confinement, &error))
        return 1;
    serve(&error);
    /* The server hung up: the usual end. Destructors of forty libraries have nothing to add. */
    _exit(err_is(error, ERR_WORKER_DIED) ? 0 : 1);
}
