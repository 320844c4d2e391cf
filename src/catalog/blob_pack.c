/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/blob_pack.h"

#include "base/error.h"
#include "db/db.h"

bool blobs_find_packing(struct db_conn *conn, int64_t blob_id, struct blob_packing *ret_packing, GError **error)
{
    struct blob_packing packing = {0};
    struct blob_id id;
    {
        DB_ROWS struct db_rows *rows =
            db_query(conn, error, "SELECT sha256, packed_sha256 FROM blobs WHERE id = ?1", "i", blob_id);
        if (!rows || !db_next_required(rows, error, "The catalog does not know these bytes."))
            return false;
        db_blob_exact(rows, 0, id.sha256, SHA256_SIZE);
        db_blob_exact(rows, 1, packing.packed_sha256, SHA256_SIZE);
    }
    if (!blobs_find(conn, &id, &packing.blob, error))
        return false;
    *ret_packing = packing;
    return true;
}

bool blob_is_there(struct store *store, const struct blob *blob)
{
    /* A packed file that the catalog does not know of is one that is there all the same. */
    return store_has(store, &blob->digest.id, blob->digest.size_bytes) ||
           store_has_packed(store, &blob->digest.id, blob->pack == BLOB_PACK_DONE ? blob->packed_bytes : -1);
}

static bool require_change(struct db_conn *conn, GError **error)
{
    return db_changed(conn) > 0 || err_set(error, ERR_NOT_FOUND, "The catalog does not know these bytes any more.");
}

bool blobs_set_packed(struct db_conn *conn, int64_t blob_id, int64_t packed_bytes,
                      const uint8_t packed_sha256[SHA256_SIZE], GError **error)
{
    return db_exec(conn, error,
                   "UPDATE blobs SET pack = 1, packed_bytes = ?2, packed_sha256 = ?3, pack_reason = NULL WHERE id = ?1",
                   "iib", blob_id, packed_bytes, packed_sha256, (size_t)SHA256_SIZE) &&
           require_change(conn, error);
}

bool blobs_set_kept(struct db_conn *conn, int64_t blob_id, const char *reason, GError **error)
{
    return db_exec(
               conn, error,
               "UPDATE blobs SET pack = 2, packed_bytes = NULL, packed_sha256 = NULL, pack_reason = ?2 WHERE id = ?1",
               "it", blob_id, reason) &&
           require_change(conn, error);
}

bool blobs_set_plain(struct db_conn *conn, int64_t blob_id, GError **error)
{
    return db_exec(conn, error,
                   "UPDATE blobs SET pack = 0, packed_bytes = NULL, packed_sha256 = NULL, pack_reason = NULL"
                   " WHERE id = ?1",
                   "i", blob_id) &&
           require_change(conn, error);
}

static int read_ids(struct db_rows *rows, int64_t *ret_ids, GError **error)
{
    if (!rows)
        return -1;
    GError *failure = NULL;
    int n = 0;
    while (db_next(rows, &failure))
        ret_ids[n++] = db_int(rows, 0);
    if (!failure)
        return n;
    g_propagate_error(error, failure);
    return -1;
}

int blobs_to_pack(struct db_conn *conn, int64_t after_id, int64_t *ret_ids, unsigned limit, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(
        conn, error,
        "SELECT b.id FROM blobs b WHERE b.id > ?1 AND b.pack = 0 AND EXISTS (SELECT 1 FROM assets a"
        " WHERE a.blob_id = b.id AND a.mime_type = 'image/jpeg' AND a.media_state <> 0) ORDER BY b.id LIMIT ?2",
        "ii", after_id, (int64_t)limit);
    return read_ids(rows, ret_ids, error);
}

int blobs_packed(struct db_conn *conn, int64_t after_id, int64_t *ret_ids, unsigned limit, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT id FROM blobs WHERE id > ?1 AND pack = 1 ORDER BY id LIMIT ?2", "ii", after_id,
                 (int64_t)limit);
    return read_ids(rows, ret_ids, error);
}

bool blobs_assets(struct db_conn *conn, int64_t blob_id, GArray *ids, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, "SELECT id FROM assets WHERE blob_id = ?1", "i", blob_id);
    GError *failure = NULL;
    while (rows && db_next(rows, &failure)) {
        int64_t id = db_int(rows, 0);
        g_array_append_val(ids, id);
    }
    if (failure)
        g_propagate_error(error, failure);
    return rows && !failure;
}

bool blobs_pack_figures(struct db_conn *conn, struct blobs_pack_figures *ret_figures, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT count(*), coalesce(sum(size_bytes), 0), coalesce(sum(packed_bytes), 0),"
                 " (SELECT count(*) FROM blobs WHERE pack = 2) FROM blobs WHERE pack = 1",
                 "");
    if (!rows || !db_next_required(rows, error, "The database answers nothing."))
        return false;
    *ret_figures = (struct blobs_pack_figures){db_int(rows, 0), db_int(rows, 1), db_int(rows, 2), db_int(rows, 3)};
    return true;
}

bool blobs_kept_reasons(struct db_conn *conn, blobs_each_kept *each, void *data, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT pack_reason, count(*) FROM blobs WHERE pack = 2 GROUP BY pack_reason ORDER BY 2 DESC, 1", "");
    GError *failure = NULL;
    for (bool more = rows != NULL; more && db_next(rows, &failure);)
        more = each(db_text(rows, 0), db_int(rows, 1), data);
    if (failure)
        g_propagate_error(error, failure);
    return rows && !failure;
}
