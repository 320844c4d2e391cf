/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/rebuild.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "catalog/rebuilds.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "media/derived.h"
#include "media/media.h"

struct piece {
    const struct job_context *context;
    struct rebuild from, to;
    unsigned n_seen;
    GArray *needed; /* of struct rebuild_asset */
    bool has_ended;
};

/* ---- one piece ---- */

static bool is_needed(const struct piece *piece, const struct rebuild_asset *asset)
{
    if (piece->from.is_all)
        return true;
    /* What never had a picture would have none now. */
    if (!asset->had_picture && asset->media_state != MEDIA_WAITING)
        return false;
    return !derived_has(piece->context->store, &asset->blob, MEDIA_THUMBNAIL) ||
           !derived_has(piece->context->store, &asset->blob, MEDIA_PREVIEW);
}

static bool see(const struct rebuild_asset *asset, void *data)
{
    struct piece *piece = data;
    piece->n_seen++;
    piece->to.day = asset->day;
    piece->to.taken_us = asset->taken_us;
    piece->to.asset_id = asset->id;
    if (is_needed(piece, asset))
        g_array_append_val(piece->needed, *asset);
    return true;
}

/* The rest of this timeline was seen: then the trash, then no more. */
static void turn_the_page(struct piece *piece)
{
    if (piece->n_seen == ASSETS_BATCH)
        return;
    piece->has_ended = piece->to.is_trashed;
    piece->to.is_trashed = true;
    piece->to.day = piece->to.taken_us = piece->to.asset_id = INT64_MAX;
}

static bool read_piece(struct piece *piece, int64_t owner_id, bool *ret_found, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(piece->context->db, error);
    if (!conn || !rebuild_find(conn, owner_id, &piece->from, ret_found, error))
        return false;
    piece->to = piece->from;
    return !*ret_found || rebuild_page(conn, &piece->from, ASSETS_BATCH, see, piece, error);
}

static bool write_piece(struct db_conn *conn, void *data, GError **error)
{
    const struct piece *piece = data;
    int64_t owner_id = piece->from.owner_id;
    for (guint i = 0; i < piece->needed->len; i++) {
        const struct rebuild_asset *asset = &g_array_index(piece->needed, struct rebuild_asset, i);
        if (!jobs_add_file(conn, MEDIA_JOB, asset->id, JOBS_REWORK, asset->taken_us, asset->size_bytes, error))
            return false;
    }
    if (piece->has_ended)
        return rebuild_end(conn, &owner_id, error);
    /* This job again, once those are done; where several owners wait, the one whose photos are newest goes on. */
    return rebuild_move(conn, &piece->from, &piece->to, error) &&
           jobs_add_file(conn, MEDIA_REBUILD_JOB, owner_id, JOBS_REFILL,
                         piece->to.taken_us == INT64_MAX ? 1 : piece->to.taken_us, 0, error);
}

bool rebuild_run(const struct job_context *context, int64_t owner_id, GError **error)
{
    g_autoptr(GArray) needed = g_array_new(FALSE, FALSE, sizeof(struct rebuild_asset));
    struct piece piece = {.context = context, .needed = needed};
    bool found = false;
    if (!read_piece(&piece, owner_id, &found, error))
        return false;
    if (!found) /* called off */
        return true;
    turn_the_page(&piece);
    return db_write_relaxed(context->db, write_piece, &piece, error);
}

/* ---- to begin with ---- */

static bool begin_owner(struct db_conn *conn, int64_t owner_id, bool is_all, GError **error)
{
    return rebuild_begin(conn, owner_id, is_all, error) &&
           jobs_add(conn, MEDIA_REBUILD_JOB, owner_id, JOBS_REFILL, error);
}

static bool note_owner(int64_t owner_id, void *data, GError **error)
{
    g_array_append_val((GArray *)data, owner_id);
    return true;
}

static bool begin_all(struct db_conn *conn, void *data, GError **error)
{
    const bool *is_all = data;
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    if (!rebuild_owners(conn, note_owner, ids, error))
        return false;
    for (guint i = 0; i < ids->len; i++)
        if (!begin_owner(conn, g_array_index(ids, int64_t, i), *is_all, error))
            return false;
    return true;
}

bool media_rebuild(struct db *db, bool is_all, GError **error)
{
    return db_write(db, begin_all, &is_all, error);
}

/* A rebuild of the owner that has begun already will come to it. */
static bool begin_one(struct db_conn *conn, void *data, GError **error)
{
    const int64_t *owner_id = data;
    struct rebuild known;
    bool found = false;
    return rebuild_find(conn, *owner_id, &known, &found, error) &&
           (found || begin_owner(conn, *owner_id, false, error));
}

bool rebuild_owner_missing(struct db *db, int64_t owner_id, GError **error)
{
    return db_write(db, begin_one, &owner_id, error);
}

static bool end_all(struct db_conn *conn, void *data, GError **error)
{
    int64_t *n = data;
    return rebuild_end(conn, NULL, error) && jobs_forget(conn, MEDIA_REBUILD_JOB, false, UINT_MAX, n, error);
}

bool media_rebuild_call_off(struct db *db, GError **error)
{
    int64_t n = 0;
    return db_write(db, end_all, &n, error);
}

/* Is there anything in derived/? One look, however large the library is. */
static bool is_empty(struct store *store, bool *ret_empty, GError **error)
{
    AUTO_FD int fd = openat(store_derived_dir(store), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir)
        return err_set_errno(error, errno, "derived", "The folder of the thumbnails could not be read.");
    (void)io_steal_fd(&fd);
    bool empty = true;
    for (const struct dirent *entry; empty && (entry = readdir(dir));)
        empty = entry->d_name[0] == '.';
    closedir(dir);
    *ret_empty = empty;
    return true;
}

/* Are there files that were looked into, so that most of them have a picture? */
static bool has_looked(struct db *db, bool *ret_looked, GError **error)
{
    const struct asset_filter all = {.is_favorite = -1, .is_trashed = -1};
    struct asset_statistics statistics;
    int64_t waiting, failed;
    DB_READ struct db_conn *conn = db_read_begin(db, error);
    if (!conn || !asset_statistics(conn, &all, &statistics, error) ||
        !asset_media_counts(conn, 0, &waiting, &failed, error))
        return false;
    *ret_looked = statistics.total > waiting;
    return true;
}

bool media_look_for_loss(struct db *db, struct store *store, bool *ret_lost, GError **error)
{
    bool empty = false, looked = false;
    if (!is_empty(store, &empty, error) || (empty && !has_looked(db, &looked, error)))
        return false;
    *ret_lost = empty && looked;
    return !*ret_lost || media_rebuild(db, false, error);
}
