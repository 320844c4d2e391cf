/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/blobs.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "db/db.h"

#define COLUMNS "id, sha256, sha1, size_bytes, stored_us, verify, coalesce(verified_us, 0)"

const char *blob_check_name(enum blob_check check)
{
    static const char *const names[] = {NULL, "ok", "missing", "corrupt"};
    return names[check];
}

static void read_blob(struct db_rows *rows, struct blob *ret_blob)
{
    struct blob blob = {
        .id = db_int(rows, 0),
        .stored_us = db_int(rows, 4),
        .check = (enum blob_check)db_int(rows, 5),
        .verified_us = db_int(rows, 6),
    };
    db_blob_exact(rows, 1, blob.digest.id.sha256, SHA256_SIZE);
    db_blob_exact(rows, 2, blob.digest.sha1, SHA1_SIZE);
    blob.digest.size_bytes = db_int(rows, 3);
    *ret_blob = blob;
}

bool blobs_add(struct db_conn *conn, const struct blob_digest *digest, int64_t *ret_id, GError **error)
{
    const uint8_t *sha256 = digest->id.sha256;
    /* The UPDATE that changes nothing makes RETURNING answer for a row that is there already. */
    DB_ROWS struct db_rows *rows = db_query(
        conn, error,
        "INSERT INTO blobs (sha256, sha1, size_bytes, stored_us) VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT (sha256) DO UPDATE SET id = id RETURNING id, size_bytes",
        "bbii", sha256, (size_t)SHA256_SIZE, digest->sha1, (size_t)SHA1_SIZE, digest->size_bytes, clock_now_us());
    if (!rows || !db_next_required(rows, error, "The blob was not written."))
        return false;
    if (db_int(rows, 1) != digest->size_bytes)
        return err_set(error, ERR_CORRUPT, "The store has other bytes under the same checksum.");
    *ret_id = db_int(rows, 0);
    return db_exec(conn, error, "DELETE FROM doomed_blobs WHERE sha256 = ?1", "b", sha256, (size_t)SHA256_SIZE);
}

bool blobs_find(struct db_conn *conn, const struct blob_id *id, struct blob *ret_blob, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT " COLUMNS " FROM blobs WHERE sha256 = ?1", "b", id->sha256, (size_t)SHA256_SIZE);
    if (!rows || !db_next_required(rows, error, "The catalog does not know these bytes."))
        return false;
    read_blob(rows, ret_blob);
    return true;
}

bool blob_is_referenced(struct db_conn *conn, const struct blob_id *id, bool *ret_referenced, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error,
                                            "SELECT EXISTS (SELECT 1 FROM blobs b WHERE b.sha256 = ?1 AND ("
                                            " EXISTS (SELECT 1 FROM assets WHERE blob_id = b.id) OR"
                                            " EXISTS (SELECT 1 FROM assets WHERE sidecar_blob_id = b.id)))",
                                            "b", id->sha256, (size_t)SHA256_SIZE);
    if (!rows || !db_next_required(rows, error, "The database answers nothing."))
        return false;
    *ret_referenced = db_int(rows, 0) != 0;
    return true;
}

/* ---- reaping ---- */

struct reap {
    struct store *store;
    unsigned limit;
    unsigned reaped;
};

static int read_doomed(struct db_conn *conn, struct blob_id *ret_ids, unsigned limit, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT sha256 FROM doomed_blobs ORDER BY doomed_us LIMIT ?1", "i", (int64_t)limit);
    GError *failure = NULL;
    int n = 0;
    if (!rows)
        return -1;
    while (db_next(rows, &failure))
        n += db_blob_exact(rows, 0, ret_ids[n].sha256, SHA256_SIZE);
    if (!failure)
        return n;
    g_propagate_error(error, failure);
    return -1;
}

/* Unlinks one, or puts it to the end of the line while an upload holds it. */
static bool reap_one(struct db_conn *conn, const struct blob_id *id, struct reap *reap, GError **error)
{
    bool referenced = false;
    if (!blob_is_referenced(conn, id, &referenced, error))
        return false;
    GError *failure = NULL;
    if (!referenced && !store_unlink(reap->store, id, &failure)) {
        bool busy = err_is(failure, ERR_BUSY);
        if (!busy) {
            g_propagate_error(error, failure);
            return false;
        }
        g_error_free(failure);
        return db_exec(conn, error, "UPDATE doomed_blobs SET doomed_us = ?2 WHERE sha256 = ?1", "bi", id->sha256,
                       (size_t)SHA256_SIZE, clock_now_us());
    }
    reap->reaped += !referenced;
    return db_exec(conn, error, "DELETE FROM doomed_blobs WHERE sha256 = ?1", "b", id->sha256, (size_t)SHA256_SIZE);
}

static bool reap_work(struct db_conn *conn, void *data, GError **error)
{
    struct reap *reap = data;
    g_autofree struct blob_id *ids = g_new(struct blob_id, reap->limit);
    int n = read_doomed(conn, ids, reap->limit, error);
    reap->reaped = 0;
    for (int i = 0; i < n; i++) {
        if (!reap_one(conn, &ids[i], reap, error))
            return false;
    }
    return n >= 0;
}

bool blobs_reap(struct db *db, struct store *store, unsigned limit, unsigned *ret_reaped, GError **error)
{
    struct reap reap = {.store = store, .limit = CLAMP(limit, 1, 1000)};
    if (!db_write(db, reap_work, &reap, error))
        return false;
    *ret_reaped = reap.reaped;
    return true;
}

/* ---- verification ---- */

static int read_page(struct db_rows *rows, struct blob *ret_blobs, GError **error)
{
    if (!rows)
        return -1;
    GError *failure = NULL;
    int n = 0;
    while (db_next(rows, &failure))
        read_blob(rows, &ret_blobs[n++]);
    if (!failure)
        return n;
    g_propagate_error(error, failure);
    return -1;
}

int blobs_page(struct db_conn *conn, int64_t after_id, struct blob *ret_blobs, unsigned limit, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT " COLUMNS " FROM blobs WHERE id > ?1 ORDER BY id LIMIT ?2", "ii", after_id,
                 (int64_t)limit);
    return read_page(rows, ret_blobs, error);
}

int blobs_page_by_hash(struct db_conn *conn, const struct blob_id *after, struct blob *ret_blobs, unsigned limit,
                       GError **error)
{
    const void *above = after ? (const void *)after->sha256 : "";
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT " COLUMNS " FROM blobs WHERE sha256 > ?1 ORDER BY sha256 LIMIT ?2", "bi", above,
                 after ? (size_t)SHA256_SIZE : (size_t)0, (int64_t)limit);
    return read_page(rows, ret_blobs, error);
}

bool blobs_record_verified(struct db_conn *conn, const struct blob_result *results, size_t n_results, GError **error)
{
    for (size_t i = 0; i < n_results; i++) {
        const struct blob_result *result = &results[i];
        if (!db_exec(conn, error, "UPDATE blobs SET verify = ?2, verified_us = ?3 WHERE id = ?1", "iii", result->id,
                     (int64_t)result->check, result->verified_us) ||
            !db_exec(conn, error,
                     "UPDATE ledger_items SET verify = ?2, verified_us = ?3 WHERE state = 4 AND asset_id IN"
                     " (SELECT id FROM assets WHERE blob_id = ?1)",
                     "iii", result->id, (int64_t)result->check, result->verified_us))
            return false;
    }
    return true;
}

bool blobs_uses(struct db_conn *conn, int64_t blob_id, blobs_each_use *each, void *data, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT a.uuid, u.email, a.file_name, a.is_trashed, 0 FROM assets a JOIN users u ON u.id = a.owner_id"
                 " WHERE a.blob_id = ?1 UNION ALL"
                 " SELECT a.uuid, u.email, a.file_name, a.is_trashed, 1 FROM assets a JOIN users u ON u.id = a.owner_id"
                 " WHERE a.sidecar_blob_id = ?1",
                 "i", blob_id);
    if (!rows)
        return false;
    GError *failure = NULL;
    for (bool more = true; more && db_next(rows, &failure);) {
        struct blob_use use = {
            .owner_email = db_text(rows, 1),
            .file_name = db_text(rows, 2),
            .is_trashed = db_int(rows, 3),
            .is_sidecar = db_int(rows, 4),
        };
        db_blob_exact(rows, 0, use.asset_id.bytes, sizeof use.asset_id.bytes);
        more = each(&use, data);
    }
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

bool verifications_begin(struct db_conn *conn, double sample, int64_t *ret_id, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "INSERT INTO verifications (started_us, sample) VALUES (?1, ?2) RETURNING id", "id",
                 clock_now_us(), sample);
    if (!rows || !db_next_required(rows, error, "The run was not written."))
        return false;
    *ret_id = db_int(rows, 0);
    return true;
}

bool verifications_finish(struct db_conn *conn, int64_t id, const struct verification *result, GError **error)
{
    return db_exec(conn, error,
                   "UPDATE verifications SET finished_us = ?2, checked = ?3, ok = ?4, missing = ?5, corrupt = ?6,"
                   " unknown = ?7, stray = ?8 WHERE id = ?1",
                   "iiiiiiii", id, clock_now_us(), result->checked, result->ok, result->missing, result->corrupt,
                   result->unknown, result->stray);
}

bool verifications_last(struct db_conn *conn, struct verification *ret_last, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT started_us, coalesce(finished_us, 0), sample, checked, ok, missing, corrupt, unknown, stray"
                 " FROM verifications ORDER BY id DESC LIMIT 1",
                 "");
    if (!rows || !db_next_required(rows, error, "Nothing was verified yet."))
        return false;
    *ret_last = (struct verification){
        .started_us = db_int(rows, 0),
        .finished_us = db_int(rows, 1),
        .sample = db_double(rows, 2),
        .checked = db_int(rows, 3),
        .ok = db_int(rows, 4),
        .missing = db_int(rows, 5),
        .corrupt = db_int(rows, 6),
        .unknown = db_int(rows, 7),
        .stray = db_int(rows, 8),
    };
    return true;
}
