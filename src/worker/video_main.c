/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ambrotype-video: the program that opens videos. How it is started and locked in: program.h. It is a program of its
 * own because the libraries of videos would more than double what a worker takes that opens photos alone. */
#include "worker/colour.h"
#include "worker/program.h"
#include "worker/video.h"

/* Ten hours of 1080p; the disk is watched by the server. */
#define OUTPUT_BYTES_MAX (UINT64_C(64) << 30)

static void warm(void)
{
    colour_warm();
    video_warm();
}

static void answer(const struct protocol_frame *frame, const struct media_request *request, struct media_reply *reply)
{
    if (request->job == MEDIA_JOB_VIDEO && frame->n_fds == MEDIA_VIDEO_FDS) {
        video_work(request, frame->fds[0], frame->fds[1], frame->fds[2], reply);
    } else if (request->job == MEDIA_JOB_CONVERT && frame->n_fds == MEDIA_CONVERT_FDS) {
        video_convert(request, frame->fds[0], frame->fds[1], reply);
    } else {
        reply->outcome = MEDIA_UNSUPPORTED;
        reply->reason = g_strdup("This media worker does not know this kind of work.");
    }
}

int main(int argc, char **argv)
{
    static const struct program program = {
        .name = "ambrotype-video",
        .file_bytes_max = OUTPUT_BYTES_MAX,
        .truncates = true,
        .warm = warm,
        .formats = video_formats,
        .answer = answer,
    };
    return program_main(argc, argv, &program);
}
