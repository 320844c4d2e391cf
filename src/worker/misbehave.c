/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/misbehave.h"

#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "worker/escape.h"

#define COMMAND "misbehave:"

static void tell(struct media_reply *reply, const char *name, int result_errno, bool was_refused)
{
    reply->outcome = was_refused ? MEDIA_UNSUPPORTED : MEDIA_FAULT;
    reply->reason = g_strdup_printf("%s: errno %d", name, result_errno);
}

static void try_escape(const char *number, struct media_reply *reply)
{
    guint64 which = g_ascii_strtoull(number, NULL, 10);
    if (which >= n_escapes) {
        reply->outcome = MEDIA_TOO_LARGE;
        reply->reason = g_strdup("There are no more attempts.");
        return;
    }
    long result = escapes[which].attempt();
    int result_errno = result < 0 ? errno : 0;
    tell(reply, escapes[which].name, result_errno, result < 0 && result_errno == escapes[which].refused_with);
}

static void write_original(int fd, struct media_reply *reply)
{
    bool refused = write(fd, "x", 1) < 0 && errno == EBADF &&
                   mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EACCES;
    tell(reply, "write-original", errno, refused);
}

static bool misbehave(const char *file_name, int original_fd, struct media_reply *reply)
{
    if (!file_name || !g_str_has_prefix(file_name, COMMAND))
        return false;
    const char *what = file_name + strlen(COMMAND);
    if (strcmp(what, "crash") == 0)
        abort();
    while (strcmp(what, "hang") == 0)
        poll(NULL, 0, -1);
    while (strcmp(what, "spin") == 0)
        ;
    if (strcmp(what, "memory") == 0)
        for (size_t total = 0; total < (size_t)4 << 30; total += 64 << 20)
            memset(g_malloc(64 << 20), 1, 64 << 20);
    if (strcmp(what, "garbage") == 0) {
        if (write(PROTOCOL_WORKER_FD, "\xff\xff\xff\xff nonsense", 13) != 13)
            abort();
        poll(NULL, 0, -1);
    }
    if (strcmp(what, "write-original") == 0)
        write_original(original_fd, reply);
    else if (g_str_has_prefix(what, "escape-"))
        try_escape(what + strlen("escape-"), reply);
    else
        abort();
    return true;
}

static struct program honest;

static void answer(const struct protocol_frame *frame, const struct media_request *request, struct media_reply *reply)
{
    if (!misbehave(request->file_name, frame->fds[0], reply))
        honest.answer(frame, request, reply);
}

int misbehave_main(int argc, char **argv, const struct program *program)
{
    honest = *program;
    struct program hostile = *program;
    hostile.answer = answer;
    return program_main(argc, argv, &hostile);
}
