/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/reduce.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/io.h"
#include "base/log.h"
#include "catalog/assets.h"
#include "catalog/blobs.h"
#include "catalog/quality.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "media/browse.h"
#include "media/derived.h"
#include "media/reduce_private.h"
#include "media/reduce_words.h"

enum { DERIVATIVE_MAX_BYTES = 64 << 20, COPY_BYTES = 256 << 10, REAP_BATCH = 20 };

static void reduction_end(struct reduction *reduction)
{
    asset_clear(&reduction->asset);
    media_reply_clear(&reduction->made);
    if (reduction->output_fd >= 0 && reduction->output_fd != reduction->file.fd)
        close(reduction->output_fd);
    derived_file_clear(reduction->context->store, &reduction->file);
    g_free(reduction->note);
}

/* ---- what is to be done ---- */

bool reduce_request(struct db_conn *conn, int64_t asset_id, GError **error)
{
    REDUCTION_AUTO struct asset_reduction found = {0};
    ASSET_AUTO struct asset asset = {0};
    if (!asset_reduction_find(conn, asset_id, &found, error))
        return false;
    return found.quality != ASSET_TO_REDUCE ||
           (asset_find_id(conn, asset_id, &asset, error) &&
            jobs_add(conn, asset.type == ASSET_VIDEO ? REDUCE_VIDEO_JOB : REDUCE_JOB, asset_id, JOBS_UPLOAD, error));
}

struct keeping {
    int64_t asset_id;
    const char *note;
};

static bool write_kept(struct db_conn *conn, void *data, GError **error)
{
    const struct keeping *keeping = data;
    return asset_keep(conn, keeping->asset_id, keeping->note, error);
}

static bool keep(const struct reduction *reduction, const char *reason, GError **error)
{
    g_autofree char *note = *reason ? reduce_kept_text(reason) : NULL;
    struct keeping keeping = {reduction->asset.id, note};
    return db_write(reduction->context->db, write_kept, &keeping, error);
}

/* ---- the smaller file ---- */

/* Copied by blocks: what is hashed is what is stored, whatever the worker still does to its own file. */
static bool copy_to_stage(const struct reduction *reduction, struct stage *stage, GError **error)
{
    g_autofree uint8_t *block = g_malloc(COPY_BYTES);
    for (int64_t at = 0; at < reduction->made.output_bytes;) {
        size_t want = (size_t)MIN(COPY_BYTES, reduction->made.output_bytes - at);
        ssize_t got = io_pread_full(reduction->output_fd, block, want, at, error);
        if (got < 0)
            return false;
        if ((size_t)got != want)
            return err_set(error, ERR_WORKER_DIED, "The decoder answered nonsense about this file.");
        if (!stage_write(stage, block, want, error))
            return false;
        at += got;
    }
    return true;
}

static bool fail_at(const char *point, int fault, GError **error)
{
    return err_set_errno(error, fault, point, "The smaller file could not be stored.");
}

static bool store_output(struct reduction *reduction, GError **error)
{
    struct stat status;
    bool is_new;
    if (fstat(reduction->output_fd, &status) != 0 || status.st_size != reduction->made.output_bytes ||
        status.st_size >= reduction->asset.digest.size_bytes)
        return err_set(error, ERR_WORKER_DIED, "The decoder answered nonsense about this file.");
    struct stage *stage = stage_begin(reduction->context->store, false, error);
    if (!stage)
        return false;
    int fault = FAULT("reduce.before-commit");
    if (!(fault ? fail_at("reduce.before-commit", fault, error) : copy_to_stage(reduction, stage, error))) {
        stage_drop(stage);
        return false;
    }
    if (!stage_commit_hold(stage, &reduction->digest, &is_new, &reduction->hold, error))
        return false;
    fault = FAULT("reduce.after-blob");
    return !fault || fail_at("reduce.after-blob", fault, error);
}

/* ---- is it right? ---- */

/* Read from the disk, decoded by a worker, and of the same date, place, camera, identifiers. Its own pictures are kept:
 * no moment without a thumbnail. */
static bool check_facts(struct reduction *reduction, const struct media_reply *reply, GError **error)
{
    bool is_video = reduction->asset.type == ASSET_VIDEO;
    g_autofree char *difference = reply->outcome != MEDIA_OK ? g_strdup("cannot be read")
                                  : is_video                 ? reduce_video_difference(&reduction->made, reply)
                                                             : reduce_photo_difference(&reduction->made, reply);
    reduction->width_px = (int)reply->width_px;
    reduction->height_px = (int)reply->height_px;
    return !difference ||
           err_set_detail(error, ERR_UNSUPPORTED, difference, "Not all that it says of itself could be carried over.");
}

static bool keep_pictures(const struct reduction *reduction, const struct media_reply *reply, int thumbnail_fd,
                          int preview_fd, GError **error)
{
    struct store *store = reduction->context->store;
    const struct blob_id *id = &reduction->digest.id;
    g_autoptr(GBytes) thumbnail = media_take_output(thumbnail_fd, reply->thumbnail_bytes, DERIVATIVE_MAX_BYTES, error);
    g_autoptr(GBytes) preview =
        thumbnail ? media_take_output(preview_fd, reply->preview_bytes, DERIVATIVE_MAX_BYTES, error) : NULL;
    return preview && derived_write(store, id, MEDIA_THUMBNAIL, thumbnail, error) &&
           derived_write(store, id, MEDIA_PREVIEW, preview, error);
}

static bool look_again(struct reduction *reduction, GError **error)
{
    bool is_video = reduction->asset.type == ASSET_VIDEO;
    struct asset smaller = reduction->asset; /* its texts stay the asset's */
    smaller.digest.id = reduction->digest.id;
    smaller.digest.size_bytes = reduction->digest.size_bytes;
    JOB_ANSWER_AUTO struct job_answer answer = JOB_NO_ANSWER;
    return job_ask(reduction->context, is_video ? LANE_VIDEO : LANE_PHOTO, is_video ? MEDIA_JOB_VIDEO : MEDIA_JOB_PHOTO,
                   &smaller, &answer, error) &&
           check_facts(reduction, &answer.reply, error) &&
           keep_pictures(reduction, &answer.reply, answer.thumbnail_fd, answer.preview_fd, error);
}

static bool verify(struct reduction *reduction, GError **error)
{
    if (!store_verify(reduction->context->store, &reduction->digest.id, reduction->digest.size_bytes, error))
        return false;
    reduction->verified_us = clock_now_us();
    return look_again(reduction, error);
}

/* ---- the rows ---- */

static bool write_rows(struct db_conn *conn, void *data, GError **error)
{
    const struct reduction *reduction = data;
    const struct asset_reduced reduced = {
        .asset_id = reduction->asset.id,
        .blob_id = reduction->asset.blob_id,
        .digest = reduction->digest,
        .width_px = reduction->width_px,
        .height_px = reduction->height_px,
        .note = reduction->note,
        .verified_us = reduction->verified_us,
    };
    int fault = FAULT("reduce.in-transaction");
    if (fault)
        return fail_at("reduce.in-transaction", fault, error);
    /* What else is known by its place in the file (the video of a motion photo) is read anew by the usual job. */
    return asset_reduce(conn, &reduced, error) && jobs_add(conn, MEDIA_JOB, reduced.asset_id, JOBS_REWORK, error);
}

static void picture_gone(const struct blob_id *id, void *data)
{
    g_autoptr(GError) error = NULL;
    if (!media_derivative_remove(data, id, &error))
        log_error("reduce.derivative-remove-failed", error);
}

/* What follows the rows; all of it may be done again. */
static bool tidy(const struct job_context *context, const struct asset *asset, GError **error)
{
    const struct blobs_reaper reaper = {picture_gone, context->store};
    unsigned reaped;
    return browse_swap(context->db, context->store, asset->id, error) &&
           blobs_reap(context->db, context->store, REAP_BATCH, &reaper, &reaped, error);
}

/* Takes back the smaller file where no row came to refer to it. */
static void let_go(struct reduction *reduction)
{
    struct store_hold *hold = g_steal_pointer(&reduction->hold);
    if (!hold)
        return;
    if (!blobs_release(reduction->context->db, &reduction->digest.id, hold, NULL)) {
        store_hold_leave(hold);
        return;
    }
    bool is_referenced = true;
    DB_READ struct db_conn *conn = db_read_begin(reduction->context->db, NULL);
    if (conn && blob_is_referenced(conn, &reduction->digest.id, &is_referenced, NULL) && !is_referenced)
        picture_gone(&reduction->digest.id, reduction->context->store);
    store_hold_free(hold);
}

static bool commit(struct reduction *reduction, GError **error)
{
    GError *problem = NULL;
    bool ok = store_output(reduction, &problem) && verify(reduction, &problem) &&
              db_write(reduction->context->db, write_rows, reduction, &problem);
    if (ok) {
        (void)FAULT("reduce.after-rows");
        store_hold_free(g_steal_pointer(&reduction->hold));
    } else if (err_is(problem, ERR_UNCERTAIN)) {
        store_hold_leave(g_steal_pointer(&reduction->hold)); /* the rows may be there after the next start */
    } else {
        let_go(reduction);
    }
    if (err_is(problem, ERR_UNSUPPORTED)) { /* it is no use to try again */
        ok = keep(reduction, problem->message, error);
        g_clear_error(&problem);
    }
    if (problem)
        g_propagate_error(error, problem);
    return ok;
}

/* ---- the job ---- */

static bool load(const struct job_context *context, int64_t asset_id, struct asset *ret_asset,
                 struct asset_reduction *ret_found, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(context->db, error);
    return conn && asset_find_id(conn, asset_id, ret_asset, error) &&
           asset_reduction_find(conn, asset_id, ret_found, error);
}

static bool finish(const struct job_context *context, int64_t asset_id, GError **error)
{
    ASSET_AUTO struct asset asset = {0};
    REDUCTION_AUTO struct asset_reduction found = {0};
    return load(context, asset_id, &asset, &found, error) &&
           (found.quality != ASSET_REDUCED || tidy(context, &asset, error));
}

static bool make(struct reduction *reduction, GError **error)
{
    g_autofree char *reason = NULL;
    bool ok = reduction->asset.type == ASSET_VIDEO ? reduce_video_make(reduction, &reason, error)
                                                   : reduce_photo_make(reduction, &reason, error);
    if (!ok || reason)
        return ok && keep(reduction, reason, error);
    return commit(reduction, error) && finish(reduction->context, reduction->asset.id, error);
}

static bool work(const struct job_context *context, int64_t asset_id, GError **error)
{
    REDUCTION_AUTO struct asset_reduction found = {0};
    struct reduction reduction = {.context = context, .output_fd = -1, .file = DERIVED_NO_FILE};
    media_reply_init(&reduction.made);
    bool ok = load(context, asset_id, &reduction.asset, &found, error);
    if (ok && found.quality == ASSET_REDUCED)
        ok = tidy(context, &reduction.asset, error);
    else if (ok && found.quality == ASSET_TO_REDUCE && reduction.asset.type != ASSET_AUDIO)
        ok = make(&reduction, error);
    reduction_end(&reduction);
    return ok;
}

bool reduce_run(const struct job_context *context, int64_t asset_id, GError **error)
{
    GError *problem = NULL;
    bool ok = work(context, asset_id, &problem);
    if (ok)
        return true;
    /* Deleted, or changed by somebody else, meanwhile: nothing is left to do. */
    if (err_is(problem, ERR_NOT_FOUND) || err_is(problem, ERR_CONFLICT)) {
        g_error_free(problem);
        return true;
    }
    g_propagate_error(error, problem);
    return false;
}

void reduce_give_up(const struct job_context *context, int64_t asset_id, const GError *reason)
{
    g_autoptr(GError) problem = NULL;
    /* A disk that is full or broken says nothing about the file: the job stays as failed, and can be tried again. */
    if (!err_is(reason, ERR_WORKER_DIED) && !err_is(reason, ERR_TIMEOUT) && !err_is(reason, ERR_LIMIT))
        return;
    g_autofree char *note = reduce_kept_text(reason->message);
    struct keeping keeping = {asset_id, note};
    if (!db_write(context->db, write_kept, &keeping, &problem))
        log_error("reduce.note-failed", problem);
}
