/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/release.h"

#include "base/error.h"
#include "catalog/blobs.h"
#include "db/db.h"

struct release {
    struct db *db;
    struct store *store;
    const struct blob_id *id;
    struct store_hold *hold;
};

/* Both views must know no reference: the transaction's own, for what was written just before, and the last committed
 * one, because a delete that shares this commit may yet be undone, which an unlink cannot be. */
static bool is_referenced(struct db_conn *conn, const struct release *release, bool *ret_referenced, GError **error)
{
    bool now, before;
    DB_READ struct db_conn *committed = db_read_begin(release->db, error);
    if (!committed || !blob_is_referenced(conn, release->id, &now, error) ||
        !blob_is_referenced(committed, release->id, &before, error))
        return false;
    *ret_referenced = now || before;
    return true;
}

static bool release_work(struct db_conn *conn, void *data, GError **error)
{
    const struct release *release = data;
    bool referenced = true;
    if (!is_referenced(conn, release, &referenced, error))
        return false;
    if (referenced)
        return true;
    GError *problem = NULL;
    bool ok = release->hold ? store_hold_unlink(release->hold, &problem)
                            : store_unlink(release->store, release->id, &problem);
    if (!ok && err_is(problem, ERR_BUSY)) {
        g_clear_error(&problem);
        return true;
    }
    if (!ok)
        g_propagate_error(error, problem);
    return ok;
}

bool release_blob(struct db *db, struct store *store, const struct blob_id *id, struct store_hold *hold, GError **error)
{
    struct release release = {db, store, id, hold};
    return db_write(db, release_work, &release, error);
}
