/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * DELETE /api/assets and /api/trash: into the trash, out of it again, and away for good. */
#include "api/resources.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "catalog/assets.h"
#include "db/db.h"
#include "store/store.h"

enum { MAX_IDS = 100000, TRASH_BATCH = 1000 };

/* The same work on each of a list of assets, in one transaction: all or none. */
struct each_work {
    int64_t owner_id;
    const struct uuid *ids;
    size_t n;
    GPtrArray *browse_paths; /* what a deletion for good leaves to unlink */
    bool (*one)(struct db_conn *conn, struct each_work *work, const struct uuid *id, GError **error);
};

static bool trash_one(struct db_conn *conn, struct each_work *work, const struct uuid *id, GError **error)
{
    return asset_trash(conn, work->owner_id, id, error);
}

static bool restore_one(struct db_conn *conn, struct each_work *work, const struct uuid *id, GError **error)
{
    return asset_restore(conn, work->owner_id, id, error);
}

static bool delete_one(struct db_conn *conn, struct each_work *work, const struct uuid *id, GError **error)
{
    return asset_delete(conn, work->owner_id, id, work->browse_paths, error);
}

static bool do_each(struct db_conn *conn, void *data, GError **error)
{
    struct each_work *work = data;
    g_ptr_array_set_size(work->browse_paths, 0);
    for (size_t i = 0; i < work->n; i++)
        if (!work->one(conn, work, &work->ids[i], error))
            return false;
    return true;
}

/* A link that stays behind shows a photo that was deleted: worth a line in the log, not a failed request. */
static void unlink_browse(struct call *call, const GPtrArray *paths)
{
    for (guint i = 0; i < paths->len; i++) {
        g_autoptr(GError) error = NULL;
        if (!store_browse_unlink(call->api->config.store, paths->pdata[i], &error) && !err_is(error, ERR_NOT_FOUND))
            log_error("browse.unlink", error);
    }
}

static bool run_each(struct call *call, struct each_work *work, const char *permission, GError **error)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    work->browse_paths = paths;
    work->owner_id = call->who->user.id;
    if (!call_write(call, do_each, work, error)) {
        call_hide_missing(error, permission);
        return false;
    }
    unlink_browse(call, paths);
    return true;
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

bool handle_assets_delete(struct call *call, GError **error)
{
    struct ids given;
    if (!call_body(call, &ids_shape, &given, error))
        return false;
    struct each_work work = {
        .ids = given.ids.items, .n = given.ids.n, .one = given.force.value ? delete_one : trash_one};
    return run_each(call, &work, "asset.delete", error) && call_answer_empty(call, 204);
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
    struct each_work work = {.ids = given.ids.items, .n = given.ids.n, .one = restore_one};
    return run_each(call, &work, "asset.delete", error) && answer_count(call, (int64_t)given.ids.n);
}

/* ---- the whole trash ---- */

struct empty_work {
    int64_t owner_id;
    int64_t before_us;
    GPtrArray *browse_paths;
    unsigned deleted;
};

static bool empty_some(struct db_conn *conn, void *data, GError **error)
{
    struct empty_work *work = data;
    g_ptr_array_set_size(work->browse_paths, 0);
    return assets_empty_trash(conn, work->owner_id, work->before_us, TRASH_BATCH, work->browse_paths, &work->deleted,
                              error);
}

bool handle_trash_empty(struct call *call, GError **error)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    struct empty_work work = {.owner_id = call->who->user.id, .before_us = clock_now_us() + 1, .browse_paths = paths};
    int64_t count = 0;
    do {
        if (!call_write(call, empty_some, &work, error))
            return false;
        unlink_browse(call, paths);
        count += work.deleted;
    } while (work.deleted == TRASH_BATCH);
    return answer_count(call, count);
}
