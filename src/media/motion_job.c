/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/motion_job.h"

#include <errno.h>
#include <sys/mman.h>

#include "base/error.h"
#include "base/io.h"
#include "catalog/assets.h"
#include "catalog/videos.h"
#include "db/db.h"
#include "media/convert_job.h"
#include "store/store.h"

struct verdict {
    struct store *store;
    const struct asset *asset;
    struct video_row row;
};

static bool write_verdict(struct db_conn *conn, void *data, GError **error)
{
    const struct verdict *verdict = data;
    return video_set(conn, verdict->asset->id, &verdict->row, error) &&
           convert_after_look(conn, verdict->store, verdict->asset, &verdict->row, error);
}

static bool ask(const struct job_context *context, const struct asset *asset, struct media_reply *ret_reply,
                GError **error)
{
    int64_t size_bytes;
    AUTO_FD int input = store_open_blob(context->store, &asset->digest.id, &size_bytes, error);
    if (input < 0)
        return false;
    AUTO_FD int thumbnail = memfd_create("thumbnail", MFD_CLOEXEC);
    AUTO_FD int preview = memfd_create("preview", MFD_CLOEXEC);
    if (thumbnail < 0 || preview < 0)
        return err_set_errno(error, errno, "memfd_create", "A media job could not be prepared.");
    int fds[MEDIA_VIDEO_FDS] = {input, thumbnail, preview};
    struct media_request request = {
        .job = MEDIA_JOB_VIDEO,
        .file_name = asset->file_name,
        .size_bytes = asset->digest.size_bytes,
        .max_pixels = INT64_C(1000000000),
        .stretch_offset = asset->motion_offset,
        .stretch_bytes = asset->motion_bytes,
    };
    return media_ask(context, LANE_VIDEO, &request, fds, MEDIA_VIDEO_FDS, NULL, ret_reply, error);
}

static bool judge(const struct job_context *context, const struct asset *asset, const struct media_reply *reply,
                  GError **error)
{
    if (reply->outcome == MEDIA_FAULT)
        return err_set(error, ERR_IO, "%s", reply->reason ? reply->reason : "A media worker failed.");
    bool is_shown = reply->outcome == MEDIA_OK || reply->outcome == MEDIA_DAMAGED;
    struct verdict verdict = {
        .store = context->store,
        .asset = asset,
        .row = {.playback = reply->is_playable == 1 ? VIDEO_ORIGINAL : VIDEO_CONVERSION,
                .video_codec = reply->video_codec,
                .audio_codec = reply->audio_codec},
    };
    if (!is_shown) {
        verdict.row.playback = VIDEO_UNPLAYABLE;
        verdict.row.reason = reply->reason;
    }
    return db_write_relaxed(context->db, write_verdict, &verdict, error);
}

bool motion_job_run(const struct job_context *context, int64_t asset_id, GError **error)
{
    GError *problem = NULL;
    ASSET_AUTO struct asset asset = {0};
    if (!job_load(context, asset_id, &asset, &problem))
        return job_unless_gone(false, problem, error);
    if (!asset.has_motion)
        return true;
    struct media_reply reply;
    media_reply_init(&reply);
    if (!ask(context, &asset, &reply, error))
        return false;
    bool ok = judge(context, &asset, &reply, error);
    media_reply_clear(&reply);
    return ok;
}

void motion_job_give_up(const struct job_context *context, int64_t asset_id, const GError *reason)
{
    struct asset asset = {.id = asset_id};
    struct verdict verdict = {
        context->store, &asset, {.playback = VIDEO_UNPLAYABLE, .reason = (char *)reason->message}};
    /* Nothing is lost when this fails too: the job's own row keeps the reason. */
    db_write_relaxed(context->db, write_verdict, &verdict, NULL);
}
