/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/error.h"
#include "base/io.h"
#include "media/reduce_private.h"
#include "media/reduce_words.h"

#define MAX_PIXELS INT64_C(1000000000)

/* What the original says of itself, by the same look that the smaller one gets later. */
static bool look(struct reduction *reduction, GError **error)
{
    struct job_answer answer = JOB_NO_ANSWER;
    if (!job_ask(reduction->context, LANE_VIDEO, MEDIA_JOB_VIDEO, &reduction->asset, &answer, error))
        return false;
    media_reply_clear(&reduction->made);
    reduction->made = answer.reply;
    media_reply_init(&answer.reply);
    job_answer_clear(&answer);
    return true;
}

static bool convert(struct reduction *reduction, struct media_reply *ret_reply, GError **error)
{
    int64_t size_bytes;
    const struct asset *asset = &reduction->asset;
    AUTO_FD int input = store_open_blob(reduction->context->store, &asset->digest.id, &size_bytes, error);
    if (input < 0 || !derived_file_begin(reduction->context->store, &reduction->file, error))
        return false;
    reduction->output_fd = reduction->file.fd;
    struct media_request request = {
        .job = MEDIA_JOB_CONVERT,
        .file_name = asset->file_name,
        .size_bytes = asset->digest.size_bytes,
        .max_pixels = MAX_PIXELS,
        .convert_short_px = reduce_video_short_px(),
        .convert_long_px = REDUCE_VIDEO_LONG_PX,
        .convert_always = 1,
        .convert_metadata = 1,
    };
    const struct ask_options options = {.time_limit_s = reduce_video_limit_s(asset->duration_ms)};
    int fds[MEDIA_CONVERT_FDS] = {input, reduction->output_fd};
    return media_ask(reduction->context, LANE_CONVERT, &request, fds, MEDIA_CONVERT_FDS, &options, ret_reply, error);
}

static bool take(struct reduction *reduction, const struct media_reply *reply, char **ret_keep, GError **error)
{
    if (reply->outcome == MEDIA_FAULT)
        return err_set(error, ERR_IO, "%s", reply->reason ? reply->reason : "A media worker failed.");
    if (reply->outcome != MEDIA_OK) {
        *ret_keep = g_strdup(reply->reason);
        return true;
    }
    if (reply->output_bytes > (double)reduction->asset.digest.size_bytes * REDUCE_GAIN_AT_MOST) {
        *ret_keep = g_strdup("It would not become a tenth smaller.");
        return true;
    }
    reduction->made.output_bytes = reply->output_bytes;
    reduction->made.output_width_px = reply->output_width_px;
    reduction->made.output_height_px = reply->output_height_px;
    reduction->note = reduce_video_text(&reduction->made, reduction->asset.digest.size_bytes);
    return true;
}

bool reduce_video_make(struct reduction *reduction, char **ret_keep, GError **error)
{
    struct media_reply reply;
    if (!look(reduction, error))
        return false;
    const struct media_reply *made = &reduction->made;
    if (made->outcome != MEDIA_OK) {
        *ret_keep = g_strdup(made->reason);
        return true;
    }
    if (MIN(made->width_px, made->height_px) <= reduce_video_short_px()) {
        *ret_keep = g_strdup("");
        return true;
    }
    if (!convert(reduction, &reply, error))
        return false;
    bool ok = take(reduction, &reply, ret_keep, error);
    media_reply_clear(&reply);
    return ok;
}
