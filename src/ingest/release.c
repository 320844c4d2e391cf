/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/release.h"

#include "catalog/blobs.h"
#include "db/db.h"

static bool look(struct db *db, const struct blob_id *id, bool *ret_referenced, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(db, error);
    return conn && blob_is_referenced(conn, id, ret_referenced, error);
}

bool release_blob(struct db *db, const struct blob_id *id, struct store_hold *hold, GError **error)
{
    bool is_referenced = true;
    if (!look(db, id, &is_referenced, error))
        return false;
    return is_referenced || store_hold_unlink(hold, error);
}
