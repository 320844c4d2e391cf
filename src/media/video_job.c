/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/video_job.h"

#include "base/error.h"
#include "catalog/videos.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "media/convert_job.h"
#include "media/media.h"

/* ---- whose work it is ---- */

struct handing {
    const struct asset *asset;
    enum jobs_priority priority; /* of the job that found it out */
};

static bool hand_over(struct db_conn *conn, void *data, GError **error)
{
    const struct handing *handing = data;
    const struct asset *asset = handing->asset;
    return (asset->type == ASSET_VIDEO || asset_set_type(conn, asset->id, ASSET_VIDEO, error)) &&
           jobs_add_file(conn, VIDEO_JOB, asset->id, handing->priority, asset->taken_us, asset->digest.size_bytes,
                         error);
}

bool video_hand_over(const struct job_context *context, const struct asset *asset, GError **error)
{
    struct handing handing = {asset, jobs_now_priority(JOBS_UPLOAD)};
    return db_write_relaxed(context->db, hand_over, &handing, error);
}

static bool make_image(struct db_conn *conn, void *data, GError **error)
{
    const struct asset *asset = data;
    return asset_set_type(conn, asset->id, ASSET_IMAGE, error);
}

/* Not a video, by its content: perhaps a photo. @answer becomes the photo worker's where it says so. */
static bool ask_for_photo(const struct job_context *context, const struct asset *asset, struct job_answer *answer,
                          GError **error)
{
    JOB_ANSWER_AUTO struct job_answer other = JOB_NO_ANSWER;
    if (!job_ask(context, LANE_PHOTO, MEDIA_JOB_PHOTO, asset, &other, error))
        return false;
    if (!other.reply.mime || !g_str_has_prefix(other.reply.mime, "image/"))
        return true;
    struct job_answer none = JOB_NO_ANSWER;
    job_answer_clear(answer);
    *answer = other;
    other = none;
    media_reply_init(&other.reply);
    return db_write_relaxed(context->db, make_image, (void *)asset, error);
}

/* ---- how it can be played ---- */

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

/* A file of which not even a frame can be decoded cannot be converted either. */
static bool judge(const struct job_context *context, const struct asset *asset, const struct media_reply *reply,
                  GError **error)
{
    bool is_shown = reply->outcome == MEDIA_OK || reply->outcome == MEDIA_DAMAGED;
    struct verdict verdict = {
        .store = context->store,
        .asset = asset,
        .row = {.playback = reply->is_playable == 1 ? VIDEO_ORIGINAL
                            : is_shown              ? VIDEO_CONVERSION
                                                    : VIDEO_UNPLAYABLE,
                .video_codec = reply->video_codec,
                .audio_codec = reply->audio_codec},
    };
    if (verdict.row.playback == VIDEO_UNPLAYABLE)
        verdict.row.reason = reply->reason;
    return db_write_relaxed(context->db, write_verdict, &verdict, error);
}

bool video_job_run(const struct job_context *context, int64_t asset_id, GError **error)
{
    GError *problem = NULL;
    ASSET_AUTO struct asset asset = {0};
    if (!job_load(context, asset_id, &asset, &problem))
        return job_unless_gone(false, problem, error);
    JOB_ANSWER_AUTO struct job_answer answer = JOB_NO_ANSWER;
    if (!job_ask(context, LANE_VIDEO, MEDIA_JOB_VIDEO, &asset, &answer, error) ||
        (!job_is_video(&answer.reply) && !ask_for_photo(context, &asset, &answer, error)))
        return false;
    return job_act_on(context, &asset, &answer, error) &&
           (!job_is_video(&answer.reply) || judge(context, &asset, &answer.reply, error));
}
