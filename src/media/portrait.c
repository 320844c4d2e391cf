/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/portrait.h"

#include <errno.h>
#include <sys/mman.h>

#include "base/error.h"
#include "base/io.h"
#include "media/heavy.h"

enum { PORTRAIT_MAX_BYTES = 1 << 20 };
#define MAX_PIXELS INT64_C(1000000000)

static GBytes *take(const struct media_reply *reply, int output_fd, GError **error)
{
    if (reply->outcome == MEDIA_OK || reply->outcome == MEDIA_DAMAGED)
        return media_take_output(output_fd, reply->output_bytes, PORTRAIT_MAX_BYTES, error);
    bool is_the_files = reply->outcome != MEDIA_FAULT;
    err_set(error, is_the_files ? ERR_INVALID : ERR_IO, "%s", reply->reason ? reply->reason : "A media worker failed.");
    return NULL;
}

GBytes *portrait_make(const struct job_context *context, int input_fd, int64_t size_bytes, GError **error)
{
    AUTO_FD int output = memfd_create("portrait", MFD_CLOEXEC);
    if (output < 0)
        return err_set_errno(error, errno, "memfd_create", "The picture could not be prepared."), NULL;
    const int fds[MEDIA_PORTRAIT_FDS] = {input_fd, output};
    struct media_request request = {.job = MEDIA_JOB_PORTRAIT, .size_bytes = size_bytes, .max_pixels = MAX_PIXELS};
    struct media_reply reply = {0};
    if (!media_ask_roomy(context, &request, fds, MEDIA_PORTRAIT_FDS, 1, NULL, &reply, error))
        return NULL;
    GBytes *jpeg = take(&reply, output, error);
    media_reply_clear(&reply);
    return jpeg;
}
