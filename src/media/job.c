/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/job.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "catalog/assets.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "media/browse.h"
#include "media/derived.h"
#include "media/facts.h"
#include "media/heavy.h"
#include "media/looked.h"
#include "media/media.h"
#include "media/motion_job.h"
#include "media/pack_jobs.h"
#include "media/reduce.h"
#include "media/side_file.h"
#include "media/video_job.h"

/* Larger pictures exist as files but not as photos. Below this, a worker's memory decides; what is read by rows (PNG)
 * takes next to none, but time. */
#define MAX_PIXELS INT64_C(1000000000)
enum { DERIVATIVE_MAX_BYTES = 64 << 20 };

/* ---- writing the result ---- */

struct outcome {
    int64_t asset_id;
    const struct media_facts *facts; /* NULL: as they are */
    const char *reason;              /* NULL: all is well */
    int64_t pack_blob_id;            /* its original may be packed now; 0: no */
};

static bool write_outcome(struct db_conn *conn, void *data, GError **error)
{
    const struct outcome *outcome = data;
    /* Facts first: also a photo without a picture has its date; then what is wrong with it. */
    return (!outcome->facts || asset_media_apply(conn, outcome->asset_id, outcome->facts, error)) &&
           (!outcome->reason || asset_media_fail(conn, outcome->asset_id, outcome->reason, error)) &&
           (!outcome->pack_blob_id || jobs_add(conn, MEDIA_PACK_JOB, outcome->pack_blob_id, JOBS_REWORK, error)) &&
           (!outcome->facts || outcome->facts->motion_bytes == 0 ||
            jobs_add(conn, MOTION_JOB, outcome->asset_id, JOBS_UPLOAD, error)) &&
           reduce_request(conn, outcome->asset_id, error);
}

bool job_unless_gone(bool ok, GError *problem, GError **error)
{
    if (ok)
        return true;
    if (err_is(problem, ERR_NOT_FOUND)) {
        g_error_free(problem);
        return true;
    }
    g_propagate_error(error, problem);
    return false;
}

bool job_finish(const struct job_context *context, const struct asset *asset, const struct media_reply *reply,
                const char *reason, GError **error)
{
    FACTS_AUTO struct facts facts;
    facts_fill(reply, asset, &facts);
    struct outcome outcome = {.asset_id = asset->id, .facts = &facts.facts, .reason = reason};
    if (reply && pack_is_wanted(context, asset->blob_id, reply->mime))
        outcome.pack_blob_id = asset->blob_id;
    GError *problem = NULL;
    bool ok = db_write_relaxed(context->db, write_outcome, &outcome, &problem);
    bool gone = err_is(problem, ERR_NOT_FOUND);
    if (!job_unless_gone(ok, problem, error))
        return false;
    if (gone)
        return true;
    bool placed = browse_place(context->db, context->store, asset->id, error);
    looked_tell(context->looked, asset);
    return placed;
}

/* ---- derivatives ---- */

static bool keep_derivatives(const struct job_context *context, const struct asset *asset,
                             const struct media_reply *reply, int thumbnail_fd, int preview_fd, GError **error)
{
    g_autoptr(GBytes) thumbnail = media_take_output(thumbnail_fd, reply->thumbnail_bytes, DERIVATIVE_MAX_BYTES, error);
    g_autoptr(GBytes) preview =
        thumbnail ? media_take_output(preview_fd, reply->preview_bytes, DERIVATIVE_MAX_BYTES, error) : NULL;
    return preview && derived_write(context->store, &asset->digest.id, MEDIA_THUMBNAIL, thumbnail, error) &&
           derived_write(context->store, &asset->digest.id, MEDIA_PREVIEW, preview, error);
}

bool job_act_on(const struct job_context *context, const struct asset *asset, const struct job_answer *answer,
                GError **error)
{
    const struct media_reply *reply = &answer->reply;
    switch ((enum media_outcome)reply->outcome) {
    case MEDIA_OK:
    case MEDIA_DAMAGED:
        return keep_derivatives(context, asset, reply, answer->thumbnail_fd, answer->preview_fd, error) &&
               job_finish(context, asset, reply, reply->reason, error);
    case MEDIA_UNSUPPORTED:
    case MEDIA_BROKEN:
    case MEDIA_TOO_LARGE:
        return job_finish(context, asset, reply, reply->reason, error);
    case MEDIA_FAULT:
        break;
    }
    return err_set(error, ERR_IO, "%s", reply->reason ? reply->reason : "A media worker failed.");
}

bool job_is_video(const struct media_reply *reply)
{
    return reply->mime && g_str_has_prefix(reply->mime, "video/");
}

void job_answer_clear(struct job_answer *answer)
{
    media_reply_clear(&answer->reply);
    io_auto_close(&answer->thumbnail_fd);
    io_auto_close(&answer->preview_fd);
}

bool job_ask(const struct job_context *context, enum media_lane lane, enum media_job job, const struct asset *asset,
             struct job_answer *ret_answer, GError **error)
{
    int64_t size_bytes;
    AUTO_FD int input = store_open_blob(context->store, &asset->digest.id, &size_bytes, error);
    if (input < 0)
        return false;
    AUTO_FD int thumbnail = memfd_create("thumbnail", MFD_CLOEXEC);
    AUTO_FD int preview = memfd_create("preview", MFD_CLOEXEC);
    if (thumbnail < 0 || preview < 0)
        return err_set_errno(error, errno, "memfd_create", "A media job could not be prepared.");
    int fds[MEDIA_PHOTO_FDS + 1] = {input, thumbnail, preview};
    struct media_request request = {
        .job = job,
        .file_name = asset->file_name,
        .size_bytes = asset->digest.size_bytes,
        .max_pixels = MAX_PIXELS,
    };
    unsigned n_fds = MEDIA_PHOTO_FDS;
    AUTO_FD G_GNUC_UNUSED int sidecar = side_file_add(context->store, asset, &request, fds, &n_fds);
    struct job_answer answer;
    bool ok = lane == LANE_PHOTO ? media_ask_roomy(context, &request, fds, n_fds, 1, NULL, &answer.reply, error)
                                 : media_ask(context, lane, &request, fds, n_fds, NULL, &answer.reply, error);
    if (!ok)
        return false;
    answer.thumbnail_fd = io_steal_fd(&thumbnail);
    answer.preview_fd = io_steal_fd(&preview);
    *ret_answer = answer;
    return true;
}

static bool make_pictures(const struct job_context *context, const struct asset *asset, GError **error)
{
    JOB_ANSWER_AUTO struct job_answer answer = JOB_NO_ANSWER;
    if (!job_ask(context, LANE_PHOTO, MEDIA_JOB_PHOTO, asset, &answer, error))
        return false;
    /* A video under the name of a photo. */
    if (job_is_video(&answer.reply))
        return video_hand_over(context, asset, error);
    return job_act_on(context, asset, &answer, error);
}

bool job_load(const struct job_context *context, int64_t asset_id, struct asset *ret_asset, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(context->db, error);
    return conn && asset_find_id(conn, asset_id, ret_asset, error);
}

bool job_run(const struct job_context *context, int64_t asset_id, GError **error)
{
    GError *problem = NULL;
    ASSET_AUTO struct asset asset = {0};
    if (!job_load(context, asset_id, &asset, &problem))
        return job_unless_gone(false, problem, error);
    if (asset.type == ASSET_VIDEO)
        return video_hand_over(context, &asset, error);
    if (asset.type == ASSET_AUDIO)
        return job_finish(context, &asset, NULL, "A sound file has no picture. The file itself is safe.", error);
    return make_pictures(context, &asset, error);
}

void job_give_up(const struct job_context *context, int64_t asset_id, const GError *reason)
{
    g_autoptr(GError) problem = NULL;
    ASSET_AUTO struct asset asset = {0};
    /* Nothing is lost when this fails too: the job's own row keeps the reason. */
    if (!job_load(context, asset_id, &asset, &problem))
        return;
    struct outcome outcome = {.asset_id = asset_id, .reason = reason->message};
    if (asset.media_state == MEDIA_WAITING)
        job_finish(context, &asset, NULL, reason->message, &problem);
    else /* a remake: what is known of the asset stays */
        db_write_relaxed(context->db, write_outcome, &outcome, &problem);
}
