/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Holds: who stands between a blob and its rows. */
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fault.h"
#include "store/store_private.h"

struct store_hold {
    struct store *store;
    struct blob_id id;
    bool has_stage;
    struct uuid stage_id;
};

void store_forget_stage(struct store *store, const struct uuid *id)
{
    char name[UUID_TEXT_SIZE];
    /* A name that cannot be removed now goes with the next sweep. */
    if (!FAULT("store.unlink-staging"))
        (void)unlinkat(store->staging_fd, uuid_format(id, name), 0);
    store_live_remove(store, id);
}

struct store_hold *store_hold_new(struct store *store, const struct blob_id *id, const struct uuid *stage_id)
{
    struct store_hold *hold = g_new0(struct store_hold, 1);
    hold->store = store;
    hold->id = *id;
    hold->has_stage = stage_id != NULL;
    if (stage_id)
        hold->stage_id = *stage_id;
    return hold;
}

struct store_hold *store_hold_take(struct store *store, const struct blob_id *id)
{
    store_hold_add(store, id);
    return store_hold_new(store, id, NULL);
}

void store_hold_leave(struct store_hold *hold)
{
    if (hold->has_stage)
        store_live_remove(hold->store, &hold->stage_id);
    store_hold_remove(hold->store, &hold->id);
    g_free(hold);
}

void store_hold_free(struct store_hold *hold)
{
    if (!hold)
        return;
    if (hold->has_stage)
        store_forget_stage(hold->store, &hold->stage_id);
    store_hold_remove(hold->store, &hold->id);
    g_free(hold);
}

const struct blob_id *store_hold_blob(const struct store_hold *hold)
{
    return &hold->id;
}

static bool check_may_delete(const struct store *store, GError **error)
{
    return !store->is_beside ||
           err_set(error, ERR_FORBIDDEN, "Only the server that holds the library's lock may delete from it.");
}

bool store_hold_unlink(struct store_hold *hold, GError **error)
{
    struct store *store = hold->store;
    const struct blob_driver *driver = store->backend->driver;
    if (!check_may_delete(store, error))
        return false;
    g_mutex_lock(&store->lock);
    const struct holders *holders = g_hash_table_lookup(store->holds, &hold->id);
    bool ok = holders->ever > 1 ? err_set(error, ERR_BUSY, "Another upload of the same file is being stored.")
                                : driver->unlink(store->backend, &hold->id, BLOB_PLAIN, error) &&
                                      driver->unlink(store->backend, &hold->id, BLOB_PACKED, error);
    g_mutex_unlock(&store->lock);
    if (ok && store->unpacked)
        unpacked_forget(store->unpacked, &hold->id);
    return ok;
}

bool store_hold_drop(struct store_hold *hold, enum blob_form form, GError **error)
{
    struct store *store = hold->store;
    const struct blob_driver *driver = store->backend->driver;
    enum blob_form other = form == BLOB_PLAIN ? BLOB_PACKED : BLOB_PLAIN;
    if (!check_may_delete(store, error))
        return false;
    int fault = FAULT("store.pack.drop");
    if (fault)
        return err_set_errno(error, fault, NULL, "A stored file could not be deleted.");
    g_mutex_lock(&store->lock);
    bool ok = driver->has(store->backend, &hold->id, other, -1)
                  ? driver->unlink(store->backend, &hold->id, form, error)
                  : err_set(error, ERR_NOT_FOUND, "The stored file is missing.");
    g_mutex_unlock(&store->lock);
    return ok;
}
