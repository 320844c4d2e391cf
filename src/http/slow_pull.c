/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Answers whose bytes take their time: while a pool makes the next block the connection is suspended, as it is
 * during handle(). One side at a time has the block, so it needs no lock. (libmicrohttpd 0.9.75, from its source: a
 * reader that answers 0 is asked again after the resume.) */
#include <string.h>
#include <sys/resource.h>

#include "http/private.h"

enum { BEHIND_UPLOADS = 15 /* nice */ };

struct slow_pull {
    struct http_request *request; /* valid while its answer is read: it cannot end in between */
    http_pull *pull;
    void *data;
    GDestroyNotify destroy;
    char *block;
    size_t sent, size; /* of what the block holds */
    bool is_over, is_broken;
};

static size_t take(struct slow_pull *slow, char *buffer, size_t max)
{
    size_t some = MIN(max, slow->size - slow->sent);
    memcpy(buffer, slow->block + slow->sent, some);
    slow->sent += some;
    return some;
}

static ssize_t slow_read(void *data, uint64_t position, char *buffer, size_t max)
{
    struct slow_pull *slow = data;
    if (slow->sent < slow->size)
        return (ssize_t)take(slow, buffer, max);
    if (slow->is_broken)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (slow->is_over)
        return MHD_CONTENT_READER_END_OF_STREAM;
    slow->request->slow = slow;
    return exchange_dispatch(slow->request) ? 0 : MHD_CONTENT_READER_END_WITH_ERROR;
}

/* Eight phones that take whole libraries must not make uploads wait: who makes long answers comes after who takes files
 * in. (Linux: the nice value is one of the thread.) */
static void come_last(void)
{
    static __thread bool is_last;
    if (!is_last)
        setpriority(PRIO_PROCESS, 0, BEHIND_UPLOADS); /* refused, it works all the same */
    is_last = true;
}

void slow_pull_fill(struct slow_pull *slow)
{
    come_last();
    slow->sent = slow->size = 0;
    while (slow->size < PULL_BLOCK_BYTES && !slow->is_over && !slow->is_broken) {
        ssize_t got = slow->pull(slow->data, slow->block + slow->size, PULL_BLOCK_BYTES - slow->size);
        slow->is_over = got == 0;
        slow->is_broken = got < 0;
        slow->size += got > 0 ? (size_t)got : 0;
    }
}

static void slow_free(void *data)
{
    struct slow_pull *slow = data;
    if (slow->destroy)
        slow->destroy(slow->data);
    g_free(slow->block);
    g_free(slow);
}

struct MHD_Response *slow_pull_response(struct http_request *request)
{
    struct answer *answer = &request->answer;
    struct slow_pull *slow = g_new0(struct slow_pull, 1);
    *slow = (struct slow_pull){
        .request = request, .pull = answer->pull, .data = answer->pull_data, .destroy = answer->pull_destroy};
    slow->block = g_malloc(PULL_BLOCK_BYTES);
    uint64_t size = answer->size_bytes < 0 ? MHD_SIZE_UNKNOWN : (uint64_t)answer->size_bytes;
    struct MHD_Response *response = MHD_create_response_from_callback(size, 64 * 1024, slow_read, slow, slow_free);
    if (response) {
        answer->kind = ANSWER_NONE;
    } else {
        g_free(slow->block);
        g_free(slow);
    }
    return response;
}
