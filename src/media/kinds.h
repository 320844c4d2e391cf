/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The kinds of jobs as people and other programs see them: under which queue of the Immich API they go, what they are
 * called, what they are about. And steering them: what the API and the command line share. Threads: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct asset_caption;
struct db;
struct db_conn;
struct uuid;

enum media_about { MEDIA_ABOUT_ASSET, MEDIA_ABOUT_BLOB, MEDIA_ABOUT_OWNER };

struct media_kind {
    const char *name;     /* of the kind: struct jobs_kind.name */
    const char *queue;    /* QueueName of the Immich API */
    const char *job_name; /* JobName of the Immich API */
    const char *words;    /* for people: "pictures and dates" */
    enum media_about about;
};
extern const struct media_kind media_kinds[];
extern const size_t media_n_kinds;

/** A row for every kind that stands in the database, also of a newer program. Never NULL. */
const struct media_kind *media_kind_find(const char *name);

/** The queues of the Immich API in its order, ended by NULL. Most of them stand for work that this server has not. */
extern const char *const media_queues[];
/** Does kind @kind belong to queue @queue? "metadataExtraction" is the same as "thumbnailGeneration" here: one job
 * reads the metadata and makes the pictures. */
bool media_kind_is_of(const struct media_kind *kind, const char *queue);

/** Which file a job of @kind is about. Clear with asset_caption_clear(); all NULL where it is about none. */
bool media_job_caption(struct db_conn *conn, const struct media_kind *kind, int64_t subject,
                       struct asset_caption *ret_caption, GError **error);

/** Writes: stops a queue, or lets it go on. A kind goes on when none of its queues is stopped. */
bool media_queue_pause(struct db_conn *conn, const char *queue, GError **error);
bool media_queue_resume(struct db_conn *conn, const char *queue, GError **error);
bool media_queue_is_paused(struct db_conn *conn, const char *queue, bool *ret_paused, GError **error);

/** What failed is tried again: failed jobs (of @queue; NULL: of all) and, where that queue makes pictures, every file
 *  without one. In pieces, each a transaction of its own; jobs_wake() afterwards. */
bool media_retry(struct db *db, const char *queue, int64_t *ret_n, GError **error);
/** The same for one file without a picture, or for one failed job. ERR_NOT_FOUND. */
bool media_retry_asset(struct db *db, const struct uuid *uuid, GError **error);
bool media_retry_job(struct db *db, int64_t job_id, GError **error);

/** Forgets what waits in a queue (@failed: what failed there), in pieces. */
bool media_queue_forget(struct db *db, const char *queue, bool failed, GError **error);
