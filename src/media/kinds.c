/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/kinds.h"

#include "base/error.h"
#include "catalog/assets.h"
#include "catalog/problems.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "media/media.h"

#define PICTURES "thumbnailGeneration"
#define METADATA "metadataExtraction"
#define VIDEOS "videoConversion"
#define FILES "storageTemplateMigration"
#define OTHERS "backgroundTask"

const struct media_kind media_kinds[] = {
    {"media", PICTURES, "AssetGenerateThumbnails", "pictures and dates", MEDIA_ABOUT_ASSET},
    {"video", PICTURES, "AssetGenerateThumbnails", "pictures of videos", MEDIA_ABOUT_ASSET},
    {"motion", PICTURES, "AssetExtractMetadata", "moving photos", MEDIA_ABOUT_ASSET},
    {"rebuild", PICTURES, "AssetGenerateThumbnailsQueueAll", "pictures to be made again", MEDIA_ABOUT_OWNER},
    {"convert-now", VIDEOS, "AssetEncodeVideo", "videos that somebody waits for", MEDIA_ABOUT_ASSET},
    {"convert", VIDEOS, "AssetEncodeVideo", "videos for browsers", MEDIA_ABOUT_ASSET},
    {"reduce", OTHERS, "AssetFileMigration", "photos to High quality", MEDIA_ABOUT_ASSET},
    {"reduce-video", OTHERS, "AssetFileMigration", "videos to High quality", MEDIA_ABOUT_ASSET},
    {"removal", OTHERS, "UserDelete", "accounts to be deleted", MEDIA_ABOUT_OWNER},
    {"pack", FILES, "AssetFileMigration", "originals to pack", MEDIA_ABOUT_BLOB},
    {"unpack", FILES, "AssetFileMigration", "originals to unpack", MEDIA_ABOUT_BLOB},
};
const size_t media_n_kinds = G_N_ELEMENTS(media_kinds);

const char *const media_queues[] = {PICTURES,
                                    METADATA,
                                    VIDEOS,
                                    "faceDetection",
                                    "facialRecognition",
                                    "smartSearch",
                                    "duplicateDetection",
                                    OTHERS,
                                    FILES,
                                    "migration",
                                    "search",
                                    "sidecar",
                                    "library",
                                    "notifications",
                                    "backupDatabase",
                                    "ocr",
                                    "workflow",
                                    "integrityCheck",
                                    "editor",
                                    NULL};

const struct media_kind *media_kind_find(const char *name)
{
    static const struct media_kind unknown = {"", OTHERS, "AssetFileMigration", "other work", MEDIA_ABOUT_OWNER};
    for (size_t i = 0; i < media_n_kinds; i++)
        if (g_str_equal(media_kinds[i].name, name))
            return &media_kinds[i];
    return &unknown;
}

bool media_kind_is_of(const struct media_kind *kind, const char *queue)
{
    return g_str_equal(kind->queue, g_str_equal(queue, METADATA) ? PICTURES : queue);
}

bool media_job_caption(struct db_conn *conn, const struct media_kind *kind, int64_t subject,
                       struct asset_caption *ret_caption, GError **error)
{
    if (kind->about != MEDIA_ABOUT_OWNER)
        return asset_caption(conn, subject, kind->about == MEDIA_ABOUT_BLOB, ret_caption, error);
    *ret_caption = (struct asset_caption){0};
    return true;
}

/* ---- pausing ---- */

bool media_queue_pause(struct db_conn *conn, const char *queue, GError **error)
{
    for (size_t i = 0; i < media_n_kinds; i++)
        if (media_kind_is_of(&media_kinds[i], queue) && !jobs_pause(conn, media_kinds[i].name, error))
            return false;
    return jobs_pause(conn, queue, error);
}

/* Is @kind in another queue that is stopped? */
static bool is_stopped(struct db_conn *conn, const struct media_kind *kind, bool *ret_stopped, GError **error)
{
    *ret_stopped = false;
    for (const char *const *queue = media_queues; *queue && !*ret_stopped; queue++)
        if (media_kind_is_of(kind, *queue) && !jobs_is_paused(conn, *queue, ret_stopped, error))
            return false;
    return true;
}

bool media_queue_resume(struct db_conn *conn, const char *queue, GError **error)
{
    if (!jobs_resume(conn, queue, error))
        return false;
    for (size_t i = 0; i < media_n_kinds; i++) {
        bool stopped = false;
        if (media_kind_is_of(&media_kinds[i], queue) && (!is_stopped(conn, &media_kinds[i], &stopped, error) ||
                                                         (!stopped && !jobs_resume(conn, media_kinds[i].name, error))))
            return false;
    }
    return true;
}

bool media_queue_is_paused(struct db_conn *conn, const char *queue, bool *ret_paused, GError **error)
{
    return jobs_is_paused(conn, queue, ret_paused, error);
}

/* ---- trying again ---- */

struct retry {
    const char *kind;
    int64_t id;
    GArray *assets; /* of struct asset_problem, without its strings */
    int64_t n;
};

static bool retry_jobs(struct db_conn *conn, void *data, GError **error)
{
    struct retry *retry = data;
    return jobs_retry(conn, retry->kind, retry->id, &retry->n, error);
}

/* Those that a failed job stood behind wait already: adding them changes nothing. */
static bool retry_assets(struct db_conn *conn, void *data, GError **error)
{
    const struct retry *retry = data;
    for (guint i = 0; i < retry->assets->len; i++) {
        const struct asset_problem *problem = &g_array_index(retry->assets, struct asset_problem, i);
        if (!jobs_add_file(conn, MEDIA_JOB, problem->id, JOBS_REWORK, problem->taken_us, problem->size_bytes, error))
            return false;
    }
    return true;
}

static bool note_problem(const struct asset_problem *problem, void *data)
{
    g_array_append_vals(data, problem, 1);
    return true;
}

static bool retry_pictures(struct db *db, int64_t *ret_n, GError **error)
{
    g_autoptr(GArray) page = g_array_new(FALSE, FALSE, sizeof(struct asset_problem));
    struct retry retry = {.assets = page};
    int64_t before_id = 0;
    do {
        g_array_set_size(page, 0);
        {
            DB_READ struct db_conn *conn = db_read_begin(db, error);
            if (!conn || !asset_problems(conn, before_id, ASSETS_BATCH, note_problem, page, error))
                return false;
        }
        if (page->len > 0 && !db_write(db, retry_assets, &retry, error))
            return false;
        *ret_n += page->len;
        if (page->len > 0)
            before_id = g_array_index(page, struct asset_problem, page->len - 1).id;
    } while (page->len == ASSETS_BATCH);
    return true;
}

bool media_retry(struct db *db, const char *queue, int64_t *ret_n, GError **error)
{
    int64_t n = 0, pictures = 0;
    for (size_t i = 0; i < media_n_kinds; i++) {
        struct retry retry = {.kind = media_kinds[i].name};
        if (queue && !media_kind_is_of(&media_kinds[i], queue))
            continue;
        if (!db_write(db, retry_jobs, &retry, error))
            return false;
        /* Files without a picture are counted once, below. */
        if (!g_str_equal(media_kinds[i].queue, PICTURES))
            n += retry.n;
    }
    bool makes_pictures = !queue || g_str_equal(queue, PICTURES) || g_str_equal(queue, METADATA);
    if (makes_pictures && !retry_pictures(db, &pictures, error))
        return false;
    *ret_n = n + pictures;
    return true;
}

static bool retry_asset(struct db_conn *conn, void *data, GError **error)
{
    int64_t id = 0;
    return asset_problem_find(conn, data, &id, error) && jobs_add(conn, MEDIA_JOB, id, JOBS_LOOKED_AT, error);
}

bool media_retry_asset(struct db *db, const struct uuid *uuid, GError **error)
{
    return db_write(db, retry_asset, (void *)uuid, error);
}

bool media_retry_job(struct db *db, int64_t job_id, GError **error)
{
    struct retry retry = {.id = job_id};
    return db_write(db, retry_jobs, &retry, error) &&
           (retry.n > 0 || err_set(error, ERR_NOT_FOUND, "There is no such failed job."));
}

/* ---- forgetting ---- */

struct forget {
    const char *kind;
    bool failed;
    int64_t n;
};

static bool forget_some(struct db_conn *conn, void *data, GError **error)
{
    struct forget *forget = data;
    return jobs_forget(conn, forget->kind, forget->failed, ASSETS_BATCH, &forget->n, error);
}

bool media_queue_forget(struct db *db, const char *queue, bool failed, GError **error)
{
    if (!failed && media_kind_is_of(media_kind_find(MEDIA_REBUILD_JOB), queue) && !media_rebuild_call_off(db, error))
        return false;
    for (size_t i = 0; i < media_n_kinds; i++) {
        struct forget forget = {.kind = media_kinds[i].name, .failed = failed};
        if (!media_kind_is_of(&media_kinds[i], queue))
            continue;
        do {
            if (!db_write(db, forget_some, &forget, error))
                return false;
        } while (forget.n == ASSETS_BATCH);
    }
    return true;
}
