/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Uploads from their begin to their last byte. finish.c stores them, resumable.c carries them over requests. */
#include "ingest/ingest_private.h"

#include "base/error.h"
#include "catalog/blobs.h"

enum { SPACE_LOOK_BYTES = 64 << 20 };
static const int64_t reserve_max_bytes = INT64_C(1) << 30;

static guint uuid_hash(gconstpointer key)
{
    const struct uuid *id = key;
    return (guint)id->bytes[0] << 24 | (guint)id->bytes[1] << 16 | (guint)id->bytes[2] << 8 | id->bytes[3];
}

static gboolean uuid_same(gconstpointer a, gconstpointer b)
{
    return uuid_equal(a, b);
}

struct ingest *ingest_new(struct db *db, struct store *store)
{
    struct ingest *ingest = g_new0(struct ingest, 1);
    ingest->db = db;
    ingest->store = store;
    ingest->reserve_bytes = -1;
    g_mutex_init(&ingest->lock);
    ingest->busy = g_hash_table_new_full(uuid_hash, uuid_same, g_free, NULL);
    ingest->parked = g_queue_new();
    return ingest;
}

void ingest_free(struct ingest *ingest)
{
    if (!ingest)
        return;
    resumable_free_parked(ingest);
    g_queue_free(ingest->parked);
    g_hash_table_destroy(ingest->busy);
    g_mutex_clear(&ingest->lock);
    g_free(ingest);
}

void ingest_set_reserve(struct ingest *ingest, int64_t reserve_bytes)
{
    ingest->reserve_bytes = reserve_bytes;
}

void ingest_set_limits(struct ingest *ingest, const struct quality_limits *limits)
{
    ingest->limits = *limits;
}

const struct quality_limits *ingest_limits(const struct ingest *ingest)
{
    return &ingest->limits;
}

void ingest_on_stored(struct ingest *ingest, void (*wake)(void *data), void *data)
{
    ingest->wake = wake;
    ingest->wake_data = data;
}

bool ingest_check_space(struct ingest *ingest, int64_t more_bytes, GError **error)
{
    int64_t free_bytes, total_bytes;
    if (!store_space(ingest->store, &free_bytes, &total_bytes, error))
        return false;
    int64_t reserve_bytes =
        ingest->reserve_bytes >= 0 ? ingest->reserve_bytes : MIN(total_bytes / 100, reserve_max_bytes);
    if (free_bytes - reserve_bytes >= MAX(more_bytes, 0))
        return true;
    g_autofree char *detail =
        g_strdup_printf("%" G_GINT64_FORMAT " bytes free, %" G_GINT64_FORMAT " in reserve", free_bytes, reserve_bytes);
    return err_set_detail(error, ERR_FULL, detail, "Server storage is full. Nothing was stored.");
}

struct upload *ingest_begin(struct ingest *ingest, int64_t expected_bytes, GError **error)
{
    if (!ingest_check_space(ingest, expected_bytes, error))
        return NULL;
    struct stage *stage = stage_begin(ingest->store, false, error);
    if (!stage)
        return NULL;
    struct upload *upload = g_new0(struct upload, 1);
    upload->ingest = ingest;
    upload->stage = stage;
    upload->length_bytes = -1;
    return upload;
}

/* A body of unknown length must not fill the disk down to the last block. */
static bool look_at_space(struct upload *upload, GError **error)
{
    int64_t size_bytes = stage_size(upload->stage);
    if (size_bytes - upload->space_checked_bytes < SPACE_LOOK_BYTES)
        return true;
    upload->space_checked_bytes = size_bytes;
    return ingest_check_space(upload->ingest, 0, error);
}

bool ingest_write(struct upload *upload, const void *bytes, size_t size, GError **error)
{
    if (!look_at_space(upload, error))
        return false;
    if (!upload->is_resumable)
        return stage_write(upload->stage, bytes, size, error);
    return resumable_check_length(upload, size, error) && stage_write(upload->stage, bytes, size, error) &&
           resumable_after_write(upload, error);
}

void ingest_abandon(struct upload *upload)
{
    if (!upload)
        return;
    if (upload->is_resumable) {
        resumable_abandon(upload);
        return;
    }
    stage_drop(upload->stage);
    g_free(upload);
}

/* ---- sweep ---- */

static bool release_unfinished(const struct blob_id *id, struct store_hold *hold, void *data, GError **error)
{
    struct ingest *ingest = data;
    GError *problem = NULL;
    bool ok = blobs_release(ingest->db, id, hold, &problem);
    if (!ok && err_is(problem, ERR_BUSY)) {
        g_clear_error(&problem); /* an upload of the same bytes is under way: they are its now, and its trace */
        return true;
    }
    if (!ok)
        g_propagate_error(error, problem);
    return ok;
}

bool ingest_sweep(struct ingest *ingest, unsigned *ret_swept, GError **error)
{
    g_autoptr(GArray) keep = g_array_new(FALSE, FALSE, sizeof(struct uuid));
    return resumable_expire(ingest, keep, error) &&
           store_unfinished(ingest->store, release_unfinished, ingest, error) &&
           store_sweep(ingest->store, (const struct uuid *)(void *)keep->data, keep->len, ret_swept, error);
}
