/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/convert_job.h"

#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "media/derived.h"
#include "media/media.h"

/* The worker may take this long for a second of video, and so long in any case: 4K of ten bits takes about 5 s on a
 * core, twice that on a busy machine. */
enum { SECONDS_A_SECOND = 30, SECONDS_BASE = 600, SECONDS_MAX = 86400, GONE_LOOK_US = 5000000 };

/* Room that must stay on the disk, and what is expected of a result: no more than this, nor more than the original. */
#define ROOM_LEFT (INT64_C(512) << 20)
#define BYTES_A_SECOND INT64_C(1500000)

#define MAX_PIXELS INT64_C(1000000000)

/* ---- asking for one ---- */

bool convert_after_look(struct db_conn *conn, struct store *store, const struct asset *asset,
                        const struct video_row *row, GError **error)
{
    if (row->playback != VIDEO_CONVERSION || derived_has(store, &asset->digest.id, MEDIA_PLAYBACK))
        return true;
    return jobs_add_file(conn, CONVERT_JOB, asset->id, JOBS_LATER, asset->taken_us, asset->digest.size_bytes, error);
}

/* ---- doing it ---- */

/* Is there still somebody who wants it? */
struct watch {
    const struct job_context *context;
    int64_t asset_id;
    int64_t next_look_us; /* monotonic */
};

static bool is_gone(const struct job_context *context, int64_t asset_id)
{
    g_autoptr(GError) problem = NULL;
    ASSET_AUTO struct asset asset = {0};
    return !job_load(context, asset_id, &asset, &problem) && err_is(problem, ERR_NOT_FOUND);
}

static bool is_cancelled(void *data)
{
    struct watch *watch = data;
    if (jobs_now_cancelled(NULL))
        return true;
    int64_t now_us = g_get_monotonic_time();
    if (now_us < watch->next_look_us)
        return false;
    watch->next_look_us = now_us + GONE_LOOK_US;
    return is_gone(watch->context, watch->asset_id);
}

static void note_progress(int64_t done_permille, void *data)
{
    jobs_now_progress(done_permille, NULL);
}

static bool check_room(const struct job_context *context, const struct asset *asset, GError **error)
{
    int64_t free_bytes = 0, total_bytes = 0, expected = asset->digest.size_bytes;
    if (asset->duration_ms > 0)
        expected = MIN(expected, asset->duration_ms * BYTES_A_SECOND / 1000);
    if (!store_space(context->store, &free_bytes, &total_bytes, error))
        return false;
    return free_bytes >= expected + ROOM_LEFT ||
           err_set(error, ERR_FULL, "There is no room on the server's disk for a playable copy of this video.");
}

static unsigned time_limit_s(const struct asset *asset)
{
    return (unsigned)MIN(SECONDS_BASE + asset->duration_ms * SECONDS_A_SECOND / 1000, SECONDS_MAX);
}

static bool ask(const struct job_context *context, const struct asset *asset, unsigned threads, int output_fd,
                struct media_reply *ret_reply, GError **error)
{
    int64_t size_bytes;
    AUTO_FD int input = store_open_blob(context->store, &asset->digest.id, &size_bytes, error);
    if (input < 0)
        return false;
    struct media_request request = {
        .job = MEDIA_JOB_CONVERT,
        .file_name = asset->file_name,
        .size_bytes = asset->digest.size_bytes,
        .max_pixels = MAX_PIXELS,
        .convert_threads = threads,
    };
    if (asset->type != ASSET_VIDEO && asset->has_motion) {
        request.stretch_offset = asset->motion_offset;
        request.stretch_bytes = asset->motion_bytes;
    }
    struct watch watch = {
        .context = context, .asset_id = asset->id, .next_look_us = g_get_monotonic_time() + GONE_LOOK_US};
    const struct ask_options options = {
        .time_limit_s = time_limit_s(asset),
        .progress = note_progress,
        .is_cancelled = is_cancelled,
        .data = &watch,
    };
    int fds[MEDIA_CONVERT_FDS] = {input, output_fd};
    return media_ask(context, LANE_CONVERT, &request, fds, MEDIA_CONVERT_FDS, &options, ret_reply, error);
}

static bool refuse(const struct media_reply *reply, GError **error)
{
    static const enum err_kind kinds[] = {[MEDIA_UNSUPPORTED] = ERR_UNSUPPORTED,
                                          [MEDIA_BROKEN] = ERR_CORRUPT,
                                          [MEDIA_TOO_LARGE] = ERR_LIMIT,
                                          [MEDIA_FAULT] = ERR_IO};
    return err_set(error, kinds[reply->outcome], "%s", reply->reason);
}

static bool write_success(struct db_conn *conn, void *data, GError **error)
{
    const struct asset *asset = data;
    return video_set_playback(conn, asset->id, VIDEO_CONVERSION, NULL, error);
}

static bool keep(const struct job_context *context, const struct asset *asset, struct derived_file *file,
                 const struct media_reply *reply, GError **error)
{
    if (reply->outcome != MEDIA_OK && reply->outcome != MEDIA_DAMAGED)
        return refuse(reply, error);
    g_autofree char *cpu = g_strdup_printf("%" G_GINT64_FORMAT, reply->cpu_us / 1000);
    g_autofree char *size = g_strdup_printf("%" G_GINT64_FORMAT, reply->output_bytes);
    g_autofree char *memory = g_strdup_printf("%" G_GINT64_FORMAT, reply->peak_memory_bytes >> 20);
    log_event(G_LOG_LEVEL_INFO, "video.converted", "name", asset->file_name, "cpu_ms", cpu, "bytes", size, "peak_mb",
              memory, NULL);
    return derived_file_keep(context->store, file, &asset->digest.id, MEDIA_PLAYBACK, reply->output_bytes, error) &&
           db_write(context->db, write_success, (void *)asset, error);
}

static bool convert(const struct job_context *context, const struct asset *asset, unsigned threads, GError **error)
{
    struct derived_file file = DERIVED_NO_FILE;
    struct media_reply reply;
    if (!check_room(context, asset, error) || !derived_file_begin(context->store, &file, error))
        return false;
    bool ok = ask(context, asset, threads, file.fd, &reply, error);
    if (ok) {
        ok = keep(context, asset, &file, &reply, error);
        media_reply_clear(&reply);
    }
    derived_file_clear(context->store, &file);
    return ok;
}

/* Does a conversion make sense (any more)? One that failed for good may be tried again by a person. */
static bool is_wanted(const struct job_context *context, const struct asset *asset, bool *ret_wanted, GError **error)
{
    GError *problem = NULL;
    VIDEO_ROW_AUTO struct video_row row = {0};
    DB_READ struct db_conn *conn = db_read_begin(context->db, error);
    if (!conn)
        return false;
    bool is_known = video_find(conn, asset->id, &row, &problem);
    if (!job_unless_gone(is_known, problem, error))
        return false;
    *ret_wanted =
        is_known && row.playback != VIDEO_ORIGINAL && !derived_has(context->store, &asset->digest.id, MEDIA_PLAYBACK);
    return true;
}

bool convert_job_run(const struct job_context *context, int64_t asset_id, unsigned threads, GError **error)
{
    GError *problem = NULL;
    ASSET_AUTO struct asset asset = {0};
    bool wanted = false;
    if (!job_load(context, asset_id, &asset, &problem))
        return job_unless_gone(false, problem, error);
    if (!is_wanted(context, &asset, &wanted, error))
        return false;
    if (!wanted || convert(context, &asset, threads, &problem))
        return true;
    if (err_is(problem, ERR_CANCELLED) && is_gone(context, asset_id)) {
        g_error_free(problem);
        return true;
    }
    g_propagate_error(error, problem);
    return false;
}

struct failure {
    int64_t asset_id;
    const char *reason;
};

static bool write_failure(struct db_conn *conn, void *data, GError **error)
{
    const struct failure *failure = data;
    return video_set_playback(conn, failure->asset_id, VIDEO_UNPLAYABLE, failure->reason, error);
}

void convert_job_give_up(const struct job_context *context, int64_t asset_id, const GError *reason)
{
    bool is_the_files = err_is(reason, ERR_UNSUPPORTED) || err_is(reason, ERR_CORRUPT) || err_is(reason, ERR_LIMIT) ||
                        err_is(reason, ERR_WORKER_DIED) || err_is(reason, ERR_TIMEOUT);
    struct failure failure = {asset_id, reason->message};
    /* Nothing is lost when this fails too: the job's own row keeps the reason. */
    if (is_the_files)
        db_write(context->db, write_failure, &failure, NULL);
}
