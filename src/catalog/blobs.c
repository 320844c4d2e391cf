/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/blobs.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "db/db.h"

#define COLUMNS                                                                                                        \
    "id, sha256, sha1, size_bytes, stored_us, verify, coalesce(verified_us, 0), pack, coalesce(packed_bytes, 0)"

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
        .pack = (enum blob_pack)db_int(rows, 7),
        .packed_bytes = db_int(rows, 8),
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

struct doomed {
    struct blob_id id;
    int64_t doomed_us;
    bool is_done; /* unlinked, or wanted again; else it waits for its next turn */
};

struct reap {
    struct db *db;
    struct store *store;
    GArray *doomed; /* struct doomed */
    const struct blobs_reaper *reaper;
    unsigned reaped;
};

static bool read_doomed(const struct reap *reap, unsigned limit, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(reap->db, error);
    if (!conn)
        return false;
    DB_ROWS struct db_rows *rows = db_query(
        conn, error, "SELECT sha256, doomed_us FROM doomed_blobs ORDER BY doomed_us LIMIT ?1", "i", (int64_t)limit);
    GError *failure = NULL;
    while (rows && db_next(rows, &failure)) {
        struct doomed doomed = {.doomed_us = db_int(rows, 1)};
        if (db_blob_exact(rows, 0, doomed.id.sha256, SHA256_SIZE))
            g_array_append_val(reap->doomed, doomed);
    }
    if (failure)
        g_propagate_error(error, failure);
    return rows && !failure;
}

static bool look_referenced(struct db *db, const struct blob_id *id, bool *ret_referenced, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(db, error);
    return conn && blob_is_referenced(conn, id, ret_referenced, error);
}

bool blobs_release(struct db *db, const struct blob_id *id, struct store_hold *hold, GError **error)
{
    bool is_referenced = true;
    if (!look_referenced(db, id, &is_referenced, error))
        return false;
    return is_referenced || store_hold_unlink(hold, error);
}

/* Outside of any transaction: what is asked is what is committed, and a transaction that fails later cannot bring back
 * a row whose bytes are gone. The hold makes the look and the unlink one step to uploads of the same bytes. */
static bool reap_one(struct reap *reap, struct doomed *doomed, GError **error)
{
    struct store_hold *hold = store_hold_take(reap->store, &doomed->id);
    bool is_referenced = true;
    GError *failure = NULL;
    bool ok = look_referenced(reap->db, &doomed->id, &is_referenced, &failure) &&
              (is_referenced || store_hold_unlink(hold, &failure));
    store_hold_free(hold);
    if (!ok && err_is(failure, ERR_BUSY)) {
        g_clear_error(&failure);
        return true;
    }
    if (!ok) {
        g_propagate_error(error, failure);
        return false;
    }
    doomed->is_done = true;
    if (!is_referenced) {
        reap->reaped++;
        if (reap->reaper && reap->reaper->gone)
            reap->reaper->gone(&doomed->id, reap->reaper->data);
    }
    return true;
}

/* One that was doomed again meanwhile carries another time and stays. */
static bool settle_work(struct db_conn *conn, void *data, GError **error)
{
    const struct reap *reap = data;
    for (guint i = 0; i < reap->doomed->len; i++) {
        const struct doomed *doomed = &g_array_index(reap->doomed, struct doomed, i);
        const uint8_t *sha256 = doomed->id.sha256;
        bool ok = doomed->is_done
                      ? db_exec(conn, error, "DELETE FROM doomed_blobs WHERE sha256 = ?1 AND doomed_us = ?2", "bi",
                                sha256, (size_t)SHA256_SIZE, doomed->doomed_us)
                      : db_exec(conn, error, "UPDATE doomed_blobs SET doomed_us = ?2 WHERE sha256 = ?1", "bi", sha256,
                                (size_t)SHA256_SIZE, clock_now_us());
        if (!ok)
            return false;
    }
    return true;
}

bool blobs_reap(struct db *db, struct store *store, unsigned limit, const struct blobs_reaper *reaper,
                unsigned *ret_reaped, GError **error)
{
    g_autoptr(GArray) doomed = g_array_new(FALSE, TRUE, sizeof(struct doomed));
    struct reap reap = {.db = db, .store = store, .doomed = doomed, .reaper = reaper};
    if (!read_doomed(&reap, CLAMP(limit, 1, 1000), error))
        return false;
    bool ok = true;
    for (guint i = 0; ok && i < doomed->len; i++)
        ok = reap_one(&reap, &g_array_index(doomed, struct doomed, i), error);
    /* Also after a failure: what was unlinked before it is done. */
    if (doomed->len > 0 && !db_write(db, settle_work, &reap, ok ? error : NULL))
        return false;
    if (ok)
        *ret_reaped = reap.reaped;
    return ok;
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
