/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/side_file.h"

#include "base/error.h"
#include "catalog/assets.h"
#include "catalog/blobs.h"
#include "db/db.h"
#include "ingest/ingest_private.h"
#include "jobs/jobs.h"

bool side_file_keep(struct ingest *ingest, const void *bytes, size_t size, struct blob_digest *ret_digest,
                    struct store_hold **ret_hold, GError **error)
{
    struct stage *stage = stage_begin(ingest->store, false, error);
    if (!stage)
        return false;
    if (!stage_write(stage, bytes, size, error)) {
        stage_drop(stage);
        return false;
    }
    bool is_new;
    return stage_commit_hold(stage, ret_digest, &is_new, ret_hold, error);
}

bool side_file_record(struct db_conn *conn, const struct blob_digest *sidecar, int64_t asset_id, bool *ret_changed,
                      GError **error)
{
    bool changed = false;
    if (!asset_set_sidecar(conn, asset_id, sidecar, &changed, error) ||
        (changed && !jobs_add(conn, INGEST_JOB, asset_id, JOBS_UPLOAD, error)))
        return false;
    *ret_changed = *ret_changed || changed;
    return true;
}

/* ---- of an asset that is there ---- */

struct side_work {
    int64_t owner_id;
    const struct uuid *asset_id;
    struct blob_digest digest;
    bool changed;
};

static bool record(struct db_conn *conn, void *data, GError **error)
{
    struct side_work *work = data;
    ASSET_FILE_AUTO struct asset_file file = {0};
    work->changed = false;
    return asset_find_file(conn, work->owner_id, work->asset_id, &file, error) &&
           side_file_record(conn, &work->digest, file.id, &work->changed, error);
}

bool ingest_sidecar(struct ingest *ingest, int64_t owner_id, const struct uuid *asset_id, const void *bytes,
                    size_t size, bool *ret_changed, GError **error)
{
    struct side_work work = {.owner_id = owner_id, .asset_id = asset_id};
    struct store_hold *hold = NULL;
    if (size == 0)
        return err_set(error, ERR_INVALID, "The side file is empty.");
    if (size > SIDE_FILE_MAX_BYTES)
        return err_set(error, ERR_LIMIT, "The side file is larger than 1 MB.");
    if (!side_file_keep(ingest, bytes, size, &work.digest, &hold, error))
        return false;
    GError *problem = NULL;
    bool ok = db_write(ingest->db, record, &work, &problem);
    /* Where the outcome is uncertain, the next sweep asks the catalog; else what nothing refers to goes again. */
    if (err_is(problem, ERR_UNCERTAIN) ||
        ((!ok || !work.changed) && !blobs_release(ingest->db, &work.digest.id, hold, NULL)))
        store_hold_leave(hold);
    else
        store_hold_free(hold);
    if (!ok) {
        g_propagate_error(error, problem);
        return false;
    }
    if (work.changed && ingest->wake)
        ingest->wake(ingest->wake_data);
    *ret_changed = work.changed;
    return true;
}
