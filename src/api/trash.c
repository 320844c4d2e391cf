/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * DELETE /api/assets and /api/trash: into the trash, out of it again, and away for good. */
#include "api/asset_events.h"
#include "api/resources.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "catalog/assets.h"
#include "db/db.h"
#include "store/store.h"

enum { MAX_IDS = 100000 };

/* A link that stays behind shows a photo that was deleted: worth a line in the log, not a failed request. */
static void unlink_browse(struct call *call, GPtrArray *paths)
{
    for (guint i = 0; i < paths->len; i++) {
        g_autoptr(GError) error = NULL;
        if (!store_browse_unlink(call->api->config.store, paths->pdata[i], &error) && !err_is(error, ERR_NOT_FOUND))
            log_error("browse.unlink", error);
    }
    g_ptr_array_set_size(paths, 0);
}

/* ---- lists of ids ---- */

struct ids {
    struct body_list ids;
    struct body_bool force;
};
static const struct body_field ids_fields[] = {
    {.name = "ids", .kind = BODY_UUIDS, .offset = offsetof(struct ids, ids), .is_required = true, .max = MAX_IDS},
    {.name = "force", .kind = BODY_BOOL, .offset = offsetof(struct ids, force)},
};
static const struct body_shape ids_shape = BODY_SHAPE(struct ids, ids_fields);

struct move_work {
    int64_t owner_id;
    enum asset_move move;
    const struct uuid *ids;
    size_t n;
    GPtrArray *browse_paths; /* what a deletion for good leaves to unlink */
};

static bool move_some(struct db_conn *conn, void *data, GError **error)
{
    struct move_work *work = data;
    g_ptr_array_set_size(work->browse_paths, 0); /* of a first run that was undone */
    return assets_move(conn, work->owner_id, work->move, work->ids, work->n, work->browse_paths, error);
}

static bool check_owned(struct call *call, const struct ids *given, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (conn &&
        assets_check_owned(conn, call->who->user.id, call_is_unlocked(call), given->ids.items, given->ids.n, error))
        return true;
    call_hide_missing(error, "asset.delete");
    return false;
}

/* A list with one stranger in it changes nothing. The rest goes in pieces, so that uploads get their turn. */
static bool move_all(struct call *call, const struct ids *given, enum asset_move move, GError **error)
{
    if (!check_owned(call, given, error))
        return false;
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    const struct uuid *ids = given->ids.items;
    for (size_t done = 0; done < given->ids.n; done += ASSETS_BATCH) {
        struct move_work work = {
            .owner_id = call->who->user.id,
            .move = move,
            .ids = ids + done,
            .n = MIN(given->ids.n - done, ASSETS_BATCH),
            .browse_paths = paths,
        };
        if (!call_write(call, move_some, &work, error))
            return false;
        unlink_browse(call, paths);
        asset_events_moved(call, move, work.ids, work.n);
    }
    return true;
}

bool handle_assets_delete(struct call *call, GError **error)
{
    struct ids given;
    if (!call_body(call, &ids_shape, &given, error))
        return false;
    enum asset_move move = given.force.value ? MOVE_AWAY : MOVE_TO_TRASH;
    return move_all(call, &given, move, error) && call_answer_empty(call, 204);
}

static bool answer_count(struct call *call, int64_t count)
{
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    json_int(&json, "count", count);
    json_end(&json);
    return call_answer(call, 200, text);
}

bool handle_trash_restore_assets(struct call *call, GError **error)
{
    struct ids given;
    if (!call_body(call, &ids_shape, &given, error))
        return false;
    return move_all(call, &given, MOVE_OUT_OF_TRASH, error) && answer_count(call, (int64_t)given.ids.n);
}

/* ---- the whole trash ---- */

struct trash_work {
    int64_t owner_id;
    int64_t before_us;
    GPtrArray *browse_paths;
    GArray *ids; /* struct uuid */
    unsigned count;
};

static bool empty_some(struct db_conn *conn, void *data, GError **error)
{
    struct trash_work *work = data;
    g_ptr_array_set_size(work->browse_paths, 0); /* of a first run that was undone */
    g_array_set_size(work->ids, 0);
    return assets_empty_trash(conn, work->owner_id, work->before_us, ASSETS_BATCH, work->browse_paths, work->ids,
                              &work->count, error);
}

static bool restore_some(struct db_conn *conn, void *data, GError **error)
{
    struct trash_work *work = data;
    g_array_set_size(work->ids, 0);
    return assets_restore_trash(conn, work->owner_id, ASSETS_BATCH, work->ids, &work->count, error);
}

static bool whole_trash(struct call *call, enum asset_move move, call_work *some, GError **error)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(struct uuid));
    struct trash_work work = {
        .owner_id = call->who->user.id, .before_us = clock_now_us() + 1, .browse_paths = paths, .ids = ids};
    int64_t count = 0;
    do {
        if (!call_write(call, some, &work, error))
            return false;
        unlink_browse(call, paths);
        asset_events_moved(call, move, (const void *)ids->data, ids->len); /* no data where nothing was moved */
        count += work.count;
    } while (work.count == ASSETS_BATCH);
    return answer_count(call, count);
}

bool handle_trash_empty(struct call *call, GError **error)
{
    return whole_trash(call, MOVE_AWAY, empty_some, error);
}

bool handle_trash_restore(struct call *call, GError **error)
{
    return whole_trash(call, MOVE_OUT_OF_TRASH, restore_some, error);
}

const struct operation trash_operations[] = {
    {"deleteAssets", .body = &ids_shape, ANSWERS_NOTHING},
    {"restoreAssets", .body = &ids_shape, ANSWERS(200, "TrashResponseDto")},
    {"restoreTrash", ANSWERS(200, "TrashResponseDto")},
    {"emptyTrash", ANSWERS(200, "TrashResponseDto")},
    {.name = NULL},
};
