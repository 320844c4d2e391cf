/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/playing.h"

#include "base/error.h"
#include "catalog/videos.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "media/convert_job.h"
#include "media/derived.h"
#include "media/media.h"

const char *playing_state_name(enum playing_state state)
{
    static const char *const names[] = {
        [PLAYING_UNKNOWN] = "unknown", [PLAYING_ORIGINAL] = "original",     [PLAYING_CONVERSION] = "conversion",
        [PLAYING_WAITING] = "waiting", [PLAYING_CONVERTING] = "converting", [PLAYING_FAILED] = "failed"};
    return names[state];
}

void playing_clear(struct playing *playing)
{
    g_free(playing->reason);
    g_free(playing->video_codec);
    g_free(playing->audio_codec);
    *playing = (struct playing){0};
}

/* The conversion is not there: which of the two jobs makes it, and how far is it? */
static bool look_at_jobs(struct db_conn *conn, int64_t asset_id, struct playing *playing, GError **error)
{
    static const char *const kinds[] = {CONVERT_NOW_JOB, CONVERT_JOB};
    playing->state = PLAYING_WAITING;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        struct jobs_standing job;
        if (!jobs_find(conn, kinds[i], asset_id, &job, error))
            return false;
        g_autofree char *reason = job.error;
        if (job.state == JOBS_ACTIVE) {
            playing->state = PLAYING_CONVERTING;
            playing->progress_permille = MAX(playing->progress_permille, job.progress_permille);
        } else if (job.state == JOBS_FAILED && playing->state == PLAYING_WAITING) {
            playing->state = PLAYING_FAILED;
            g_free(playing->reason);
            playing->reason = g_steal_pointer(&reason);
        }
    }
    return true;
}

static bool judge(struct db_conn *conn, struct store *store, int64_t asset_id, const struct blob_id *blob,
                  struct video_row *row, struct playing *playing, GError **error)
{
    playing->video_codec = g_steal_pointer(&row->video_codec);
    playing->audio_codec = g_steal_pointer(&row->audio_codec);
    if (row->playback == VIDEO_ORIGINAL) {
        playing->state = PLAYING_ORIGINAL;
    } else if (derived_has(store, blob, MEDIA_PLAYBACK)) {
        playing->state = PLAYING_CONVERSION;
    } else if (row->playback == VIDEO_UNPLAYABLE) {
        playing->state = PLAYING_FAILED;
        playing->reason = g_steal_pointer(&row->reason);
    } else {
        return look_at_jobs(conn, asset_id, playing, error);
    }
    return true;
}

bool playing_find(struct db *db, struct store *store, int64_t asset_id, const struct blob_id *blob,
                  struct playing *ret_playing, GError **error)
{
    PLAYING_AUTO struct playing playing = {0};
    VIDEO_ROW_AUTO struct video_row row = {0};
    GError *problem = NULL;
    DB_READ struct db_conn *conn = db_read_begin(db, error);
    if (!conn)
        return false;
    if (video_find(conn, asset_id, &row, &problem)) {
        if (!judge(conn, store, asset_id, blob, &row, &playing, error))
            return false;
    } else if (!err_is(problem, ERR_NOT_FOUND)) {
        g_propagate_error(error, problem);
        return false;
    }
    g_clear_error(&problem);
    *ret_playing = playing;
    playing = (struct playing){0};
    return true;
}

static bool add_job(struct db_conn *conn, void *data, GError **error)
{
    const int64_t *asset_id = data;
    return jobs_add(conn, CONVERT_NOW_JOB, *asset_id, JOBS_LOOKED_AT, error);
}

bool playing_want(struct db *db, int64_t asset_id, const struct playing *playing, GError **error)
{
    if (playing->state != PLAYING_WAITING)
        return true;
    {
        /* Each look asks again: once is enough. */
        struct jobs_standing job;
        DB_READ struct db_conn *conn = db_read_begin(db, error);
        if (!conn || !jobs_find(conn, CONVERT_NOW_JOB, asset_id, &job, error))
            return false;
        g_free(job.error);
        if (job.state == JOBS_WAITING)
            return true;
    }
    return db_write(db, add_job, &asset_id, error);
}
