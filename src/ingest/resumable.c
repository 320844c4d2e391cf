/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Uploads that outlive a request: a row in `uploads`, a kept stage of the same id, and, between two parts, the stage at
 * rest in memory, so that ten gigabytes in parts are hashed once and not once a part.
 *
 * The row's offset is the truth: it is written after the bytes before it are durable, and what the file holds beyond
 * is cut off when the upload is opened again. */
#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "db/db.h"
#include "ingest/ingest_private.h"

enum {
    N_PARKED_MAX = 32, /* each costs a descriptor and two hash states */
    RECORD_BYTES = 64 << 20,
};
static const int64_t park_us = 10 * 60 * G_USEC_PER_SEC;            /* at rest in memory */
static const int64_t life_us = INT64_C(3) * 86400 * G_USEC_PER_SEC; /* without a new part */
static const int64_t result_us = INT64_C(86400) * G_USEC_PER_SEC;   /* the answer of a finished one */

static const char create_sql[] =
    "INSERT INTO uploads (id, owner_id, device_id, length_bytes, offset_bytes, expires_us, metadata, created_us)"
    " VALUES (?1, ?2, nullif(?3, 0), ?4, 0, ?5, ?6, ?7)";
static const char find_sql[] = "SELECT owner_id, coalesce(device_id, 0), length_bytes, offset_bytes, expires_us,"
                               " metadata, result_asset, result_outcome FROM uploads WHERE id = ?1";
static const char offset_sql[] = "UPDATE uploads SET offset_bytes = ?2, expires_us = ?3 WHERE id = ?1";
static const char result_sql[] = "UPDATE uploads SET offset_bytes = ?2, expires_us = ?3, result_asset = ?4,"
                                 " result_outcome = ?5 WHERE id = ?1";
static const char delete_sql[] = "DELETE FROM uploads WHERE id = ?1";
static const char expired_sql[] = "SELECT id FROM uploads WHERE expires_us <= ?1";
static const char kept_sql[] = "SELECT id FROM uploads WHERE result_asset IS NULL";

void ingest_resumable_clear(struct ingest_resumable *resumable)
{
    g_free(resumable->metadata);
    *resumable = (struct ingest_resumable){0};
}

static bool gone(GError **error)
{
    return err_set(error, ERR_NOT_FOUND, "There is no such upload, or it has expired. Begin again.");
}

/* ---- one request at a time ---- */

static bool take(struct ingest *ingest, const struct uuid *id, GError **error)
{
    g_mutex_lock(&ingest->lock);
    bool is_free = !g_hash_table_contains(ingest->busy, id);
    if (is_free)
        g_hash_table_add(ingest->busy, g_memdup2(id, sizeof *id));
    g_mutex_unlock(&ingest->lock);
    return is_free || err_set(error, ERR_BUSY, "Another request is writing to this upload.");
}

static void give_back(struct ingest *ingest, const struct uuid *id)
{
    g_mutex_lock(&ingest->lock);
    g_hash_table_remove(ingest->busy, id);
    g_mutex_unlock(&ingest->lock);
}

/* ---- at rest ---- */

static void free_parked(struct upload *upload)
{
    stage_park(upload->stage);
    g_free(upload);
}

static void drop_parked(struct upload *upload)
{
    stage_drop(upload->stage);
    g_free(upload);
}

void resumable_free_parked(struct ingest *ingest)
{
    struct upload *upload;
    while ((upload = g_queue_pop_head(ingest->parked)))
        free_parked(upload);
}

/* Takes the resting upload @id out of the memory, or NULL. */
static struct upload *unpark(struct ingest *ingest, const struct uuid *id)
{
    struct upload *found = NULL;
    g_mutex_lock(&ingest->lock);
    GList *link = ingest->parked->head;
    while (link && !uuid_equal(&((struct upload *)link->data)->id, id))
        link = link->next;
    if (link) {
        found = link->data;
        g_queue_delete_link(ingest->parked, link);
    }
    g_mutex_unlock(&ingest->lock);
    return found;
}

/* Lets @upload rest, and sends away whoever rests too long or is one too many. */
static void park(struct upload *upload)
{
    struct ingest *ingest = upload->ingest;
    upload->parked_us = clock_now_us();
    upload->is_guarded = false;
    g_mutex_lock(&ingest->lock);
    g_queue_push_tail(ingest->parked, upload);
    for (;;) {
        struct upload *oldest = g_queue_peek_head(ingest->parked);
        if (ingest->parked->length <= N_PARKED_MAX && upload->parked_us - oldest->parked_us < park_us)
            break;
        free_parked(g_queue_pop_head(ingest->parked));
    }
    g_mutex_unlock(&ingest->lock);
}

/* ---- the table ---- */

struct row_write {
    const struct upload *upload;
    const struct ingest_resumable *wanted;
    int64_t offset_bytes;
};

static bool create_work(struct db_conn *conn, void *data, GError **error)
{
    const struct ingest_resumable *row = ((struct row_write *)data)->wanted;
    return db_exec(conn, error, create_sql, "biiiiti", row->id.bytes, sizeof row->id.bytes, row->owner_id,
                   row->device_id, row->length_bytes, row->expires_us, row->metadata, clock_now_us());
}

static bool offset_work(struct db_conn *conn, void *data, GError **error)
{
    const struct row_write *write = data;
    const struct uuid *id = &write->upload->id;
    if (!db_exec(conn, error, offset_sql, "bii", id->bytes, sizeof id->bytes, write->offset_bytes,
                 clock_now_us() + life_us))
        return false;
    return db_changed(conn) == 1 || gone(error);
}

static bool delete_work(struct db_conn *conn, void *data, GError **error)
{
    const struct uuid *id = data;
    return db_exec(conn, error, delete_sql, "b", id->bytes, sizeof id->bytes);
}

/* The bytes up to here are durable: says so. */
static bool record_offset(struct upload *upload, GError **error)
{
    struct row_write write = {.upload = upload, .offset_bytes = stage_size(upload->stage)};
    if (!stage_sync(upload->stage, error) || !db_write(upload->ingest->db, offset_work, &write, error))
        return false;
    upload->durable_bytes = write.offset_bytes;
    return true;
}

bool resumable_record_result(struct db_conn *conn, const struct upload *upload, const struct ingest_result *result,
                             GError **error)
{
    return db_exec(conn, error, result_sql, "biibi", upload->id.bytes, sizeof upload->id.bytes, upload->length_bytes,
                   clock_now_us() + result_us, result->asset_id.bytes, sizeof result->asset_id.bytes,
                   (int64_t)result->outcome);
}

static struct ingest_resumable read_row(struct db_rows *rows, const struct uuid *id)
{
    struct ingest_resumable row = {
        .id = *id,
        .owner_id = db_int(rows, 0),
        .device_id = db_int(rows, 1),
        .length_bytes = db_int(rows, 2),
        .offset_bytes = db_int(rows, 3),
        .expires_us = db_int(rows, 4),
        .metadata = g_strdup(db_text(rows, 5)),
    };
    row.is_done = db_blob_exact(rows, 6, row.result.asset_id.bytes, sizeof row.result.asset_id.bytes);
    if (row.is_done)
        row.result.outcome = (enum ingest_outcome)db_int(rows, 7);
    return row;
}

bool ingest_resumable_find(struct ingest *ingest, int64_t owner_id, const struct uuid *id,
                           struct ingest_resumable *ret_resumable, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(ingest->db, error);
    DB_ROWS struct db_rows *rows = conn ? db_query(conn, error, find_sql, "b", id->bytes, sizeof id->bytes) : NULL;
    if (!rows)
        return false;
    GError *problem = NULL;
    bool is_there = db_next(rows, &problem);
    if (problem) {
        g_propagate_error(error, problem);
        return false;
    }
    if (!is_there || db_int(rows, 0) != owner_id || db_int(rows, 4) <= clock_now_us())
        return gone(error);
    *ret_resumable = read_row(rows, id);
    return true;
}

/* ---- begin ---- */

static struct upload *resumable_upload(struct ingest *ingest, const struct ingest_resumable *row, struct stage *stage)
{
    struct upload *upload = g_new0(struct upload, 1);
    *upload = (struct upload){
        .ingest = ingest,
        .stage = stage,
        .is_resumable = true,
        .id = row->id,
        .owner_id = row->owner_id,
        .length_bytes = row->length_bytes,
        .durable_bytes = row->offset_bytes,
    };
    return upload;
}

bool ingest_resumable_create(struct ingest *ingest, const struct ingest_resumable *wanted,
                             struct ingest_resumable *ret_resumable, GError **error)
{
    if (wanted->length_bytes < 0)
        return err_set(error, ERR_INVALID, "The length of the upload must be said at its begin.");
    if (!ingest_check_space(ingest, wanted->length_bytes, error))
        return false;
    struct stage *stage = stage_begin(ingest->store, true, error);
    if (!stage)
        return false;
    struct ingest_resumable row = {
        .id = stage_id(stage),
        .owner_id = wanted->owner_id,
        .device_id = wanted->device_id,
        .length_bytes = wanted->length_bytes,
        .expires_us = clock_now_us() + life_us,
        .metadata = g_strdup(wanted->metadata ? wanted->metadata : ""),
    };
    struct row_write write = {.wanted = &row};
    /* The name in staging/ before the row: a row without a file would be an upload that cannot go on. */
    if (!stage_sync(stage, error) || !db_write(ingest->db, create_work, &write, error)) {
        stage_drop(stage);
        ingest_resumable_clear(&row);
        return false;
    }
    park(resumable_upload(ingest, &row, stage));
    *ret_resumable = row;
    return true;
}

/* ---- a part ---- */

/* The stage at @row's offset: from memory, or from the file. */
static struct upload *reopen(struct ingest *ingest, const struct ingest_resumable *row, GError **error)
{
    struct upload *upload = unpark(ingest, &row->id);
    if (upload && stage_size(upload->stage) == row->offset_bytes)
        return upload;
    if (upload)
        free_parked(upload);
    struct stage *stage = stage_reopen(ingest->store, &row->id, row->offset_bytes, error);
    return stage ? resumable_upload(ingest, row, stage) : NULL;
}

static bool check_row(const struct ingest_resumable *row, int64_t offset_bytes, GError **error)
{
    if (row->is_done)
        return err_set(error, ERR_CONFLICT, "This upload is finished.");
    if (row->offset_bytes != offset_bytes)
        return err_set(error, ERR_CONFLICT, "The upload stands at %" G_GINT64_FORMAT " bytes.", row->offset_bytes);
    return true;
}

struct upload *ingest_resumable_open(struct ingest *ingest, int64_t owner_id, const struct uuid *id,
                                     int64_t offset_bytes, GError **error)
{
    if (!take(ingest, id, error))
        return NULL;
    struct ingest_resumable row = {0};
    struct upload *upload = NULL;
    if (ingest_resumable_find(ingest, owner_id, id, &row, error) && check_row(&row, offset_bytes, error))
        upload = reopen(ingest, &row, error);
    ingest_resumable_clear(&row);
    if (upload && stage_mark(upload->stage, error))
        return upload;
    if (upload)
        free_parked(upload);
    give_back(ingest, id);
    return NULL;
}

void ingest_guard_part(struct upload *upload)
{
    upload->is_guarded = true;
}

bool resumable_check_length(const struct upload *upload, size_t size, GError **error)
{
    if (stage_size(upload->stage) + (int64_t)size <= upload->length_bytes)
        return true;
    return err_set(error, ERR_INVALID, "More bytes arrived than the %" G_GINT64_FORMAT " that were announced.",
                   upload->length_bytes);
}

bool resumable_after_write(struct upload *upload, GError **error)
{
    if (upload->is_guarded || stage_size(upload->stage) - upload->durable_bytes < RECORD_BYTES)
        return true;
    return record_offset(upload, error);
}

/* Where a step of @upload failed: the file stays, and the next open() cuts it to what the row says. */
static void close_failed(struct upload *upload)
{
    give_back(upload->ingest, &upload->id);
    free_parked(upload);
}

bool ingest_park(struct upload *upload, bool undo, int64_t *ret_offset_bytes, GError **error)
{
    struct ingest *ingest = upload->ingest;
    struct uuid id = upload->id;
    bool ok = !undo || stage_undo(upload->stage, error);
    int fault = FAULT("ingest.park");
    if (ok && fault)
        ok = err_set_errno(error, fault, NULL, "The part could not be kept.");
    /* Also when nothing came: the upload lives on. And after an undo, when part of it was recorded already. */
    if (!ok || !record_offset(upload, error)) {
        close_failed(upload);
        return false;
    }
    *ret_offset_bytes = upload->durable_bytes;
    park(upload);
    give_back(ingest, &id);
    return true;
}

void resumable_rest(struct upload *upload)
{
    int64_t offset_bytes;
    (void)ingest_park(upload, false, &offset_bytes, NULL);
}

void resumable_abandon(struct upload *upload)
{
    close_failed(upload);
}

/* ---- end ---- */

void resumable_finished(struct upload *upload, bool done)
{
    struct ingest *ingest = upload->ingest;
    struct uuid id = upload->id;
    if (!done)
        (void)db_write(ingest->db, delete_work, &id, NULL); /* else it expires: there is no file to go on with */
    stage_drop(upload->stage);
    g_free(upload);
    give_back(ingest, &id);
}

/* The file of an upload that no row knows any more. */
static void drop_file(struct ingest *ingest, const struct uuid *id)
{
    struct upload *parked = unpark(ingest, id);
    if (parked)
        drop_parked(parked);
    else
        stage_drop(stage_reopen(ingest->store, id, 0, NULL));
}

bool ingest_resumable_delete(struct ingest *ingest, int64_t owner_id, const struct uuid *id, GError **error)
{
    if (!take(ingest, id, error))
        return false;
    struct ingest_resumable row = {0};
    struct uuid own = *id;
    bool ok =
        ingest_resumable_find(ingest, owner_id, id, &row, error) && db_write(ingest->db, delete_work, &own, error);
    ingest_resumable_clear(&row);
    if (ok)
        drop_file(ingest, id);
    give_back(ingest, id);
    return ok;
}

/* ---- sweep ---- */

static bool collect(struct ingest *ingest, bool only_expired, GArray *ret_ids, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(ingest->db, error);
    if (!conn)
        return false;
    DB_ROWS struct db_rows *rows =
        only_expired ? db_query(conn, error, expired_sql, "i", clock_now_us()) : db_query(conn, error, kept_sql, "");
    GError *problem = NULL;
    struct uuid id;
    while (rows && db_next(rows, &problem)) {
        if (db_blob_exact(rows, 0, id.bytes, sizeof id.bytes))
            g_array_append_val(ret_ids, id);
    }
    if (problem)
        g_propagate_error(error, problem);
    return rows && !problem;
}

bool resumable_expire(struct ingest *ingest, GArray *ret_ids, GError **error)
{
    g_autoptr(GArray) expired = g_array_new(FALSE, FALSE, sizeof(struct uuid));
    if (!collect(ingest, true, expired, error))
        return false;
    for (unsigned i = 0; i < expired->len; i++) {
        struct uuid *id = &g_array_index(expired, struct uuid, i);
        if (!take(ingest, id, NULL))
            continue; /* a request is writing to it: not so dead after all */
        bool ok = db_write(ingest->db, delete_work, id, error);
        if (ok)
            drop_file(ingest, id);
        give_back(ingest, id);
        if (!ok)
            return false;
    }
    return collect(ingest, false, ret_ids, error);
}
