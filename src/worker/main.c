/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ambrotype-media: the program that opens photos. How it is started and locked in: program.h. */
#include "worker/colour.h"
#include "worker/formats.h"
#include "worker/metadata.h"
#include "worker/pack.h"
#include "worker/photo.h"
#include "worker/program.h"
#include "worker/raw_develop.h"
#include "worker/reduce.h"

static void warm(void)
{
    metadata_warm();
    colour_warm();
    raw_develop_warm();
}

static void answer(const struct protocol_frame *frame, const struct media_request *request, struct media_reply *reply)
{
    if (request->job == MEDIA_JOB_PHOTO && frame->n_fds == MEDIA_PHOTO_FDS) {
        photo_work(request, frame->fds[0], frame->fds[1], frame->fds[2], reply);
    } else if (request->job == MEDIA_JOB_REDUCE_PHOTO && frame->n_fds == MEDIA_REDUCE_FDS &&
               request->reduce_pixels != MEDIA_NO_INT) {
        reduce_work(request, frame->fds[0], frame->fds[1], reply);
    } else if (request->job == MEDIA_JOB_PORTRAIT && frame->n_fds == MEDIA_PORTRAIT_FDS) {
        photo_portrait(request, frame->fds[0], frame->fds[1], reply);
    } else if (request->job == MEDIA_JOB_PACK && frame->n_fds == MEDIA_PACK_FDS) {
        pack_work(request, frame->fds[0], frame->fds[1], reply);
    } else if (request->job == MEDIA_JOB_UNPACK && frame->n_fds == MEDIA_PACK_FDS) {
        unpack_work(request, frame->fds[0], frame->fds[1], reply);
    } else {
        reply->outcome = MEDIA_UNSUPPORTED;
        reply->reason = g_strdup("This media worker does not know this kind of work.");
    }
}

int main(int argc, char **argv)
{
    static const struct program program = {
        .name = "ambrotype-media",
        .file_bytes_max = 64 << 20,
        .formats = photo_formats,
        .warm = warm,
        .answer = answer,
    };
    return program_main(argc, argv, &program);
}
