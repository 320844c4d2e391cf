/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/problems.h"

#include "base/error.h"
#include "db/db.h"

bool asset_problems(struct db_conn *conn, int64_t before_id, unsigned limit, asset_problems_each *each, void *data,
                    GError **error)
{
    /* "<> 1" for the sake of the index assets_unready, which knows only that. */
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT a.id, a.uuid, a.file_name, a.media_reason, u.name, a.thumbhash IS NOT NULL, a.updated_us,"
                 " a.taken_us, a.size_bytes FROM assets a JOIN users u ON u.id = a.owner_id"
                 " WHERE a.media_state <> 1 AND a.media_state = ?3 AND (?1 = 0 OR a.id < ?1)"
                 " ORDER BY a.id DESC LIMIT ?2",
                 "iii", before_id, (int64_t)limit, (int64_t)MEDIA_FAILED);
    GError *failure = NULL;
    if (!rows)
        return false;
    while (db_next(rows, &failure)) {
        struct asset_problem problem = {
            .id = db_int(rows, 0),
            .file_name = db_text(rows, 2),
            .reason = db_text(rows, 3),
            .owner_name = db_text(rows, 4),
            .has_picture = db_int(rows, 5) != 0,
            .at_us = db_int(rows, 6),
            .taken_us = db_int(rows, 7),
            .size_bytes = db_int(rows, 8),
        };
        db_blob_exact(rows, 1, problem.uuid.bytes, sizeof problem.uuid.bytes);
        if (!each(&problem, data))
            break;
    }
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

bool asset_problem_find(struct db_conn *conn, const struct uuid *uuid, int64_t *ret_id, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, "SELECT id FROM assets WHERE uuid = ?1 AND media_state = ?2",
                                            "bi", uuid->bytes, sizeof uuid->bytes, (int64_t)MEDIA_FAILED);
    if (!rows || !db_next_required(rows, error, "There is no such file with a problem."))
        return false;
    *ret_id = db_int(rows, 0);
    return true;
}

void asset_caption_clear(struct asset_caption *caption)
{
    g_clear_pointer(&caption->file_name, g_free);
    g_clear_pointer(&caption->owner_name, g_free);
}

bool asset_caption(struct db_conn *conn, int64_t id, bool by_blob, struct asset_caption *ret_caption, GError **error)
{
#define CAPTION "SELECT a.uuid, a.file_name, u.name FROM assets a JOIN users u ON u.id = a.owner_id WHERE "
    DB_ROWS struct db_rows *rows = by_blob
                                       ? db_query(conn, error, CAPTION "a.blob_id = ?1 ORDER BY a.id LIMIT 1", "i", id)
                                       : db_query(conn, error, CAPTION "a.id = ?1", "i", id);
    struct asset_caption caption = {0};
    GError *failure = NULL;
    if (!rows)
        return false;
    if (db_next(rows, &failure)) {
        db_blob_exact(rows, 0, caption.uuid.bytes, sizeof caption.uuid.bytes);
        caption.file_name = g_strdup(db_text(rows, 1));
        caption.owner_name = g_strdup(db_text(rows, 2));
    }
    if (failure) {
        g_propagate_error(error, failure);
        return false;
    }
    *ret_caption = caption;
    return true;
}
