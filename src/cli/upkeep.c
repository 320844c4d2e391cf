/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/upkeep.h"

#include <glib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "catalog/assets.h"
#include "catalog/blobs.h"
#include "catalog/library.h"
#include "catalog/memories.h"
#include "catalog/sessions.h"
#include "db/db.h"
#include "ingest/ingest.h"
#include "media/media.h"
#include "store/store.h"

enum { BATCH = 200 }; /* rows a transaction, so that uploads never wait long for the writer */

static void log_count(const char *event, unsigned count)
{
    if (count == 0)
        return;
    g_autofree char *text = g_strdup_printf("%u", count);
    log_event(G_LOG_LEVEL_MESSAGE, event, "count", text, NULL);
}

struct batch {
    int64_t age_us; /* older than this */
    GPtrArray *paths;
    unsigned count;
};

static bool empty_trash(struct db_conn *conn, void *data, GError **error)
{
    struct batch *batch = data;
    g_ptr_array_set_size(batch->paths, 0); /* of a first run that was undone */
    return assets_empty_trash(conn, 0, clock_now_us() - batch->age_us, BATCH, batch->paths, NULL, &batch->count, error);
}

static bool drop_changes(struct db_conn *conn, void *data, GError **error)
{
    struct batch *batch = data;
    return library_drop_changes(conn, clock_now_us() - batch->age_us, BATCH, &batch->count, error);
}

static bool drop_gone_links(struct db_conn *conn, void *data, GError **error)
{
    struct batch *batch = data;
    return library_drop_gone_links(conn, clock_now_us() - batch->age_us, BATCH, &batch->count, error);
}

static bool drop_sessions(struct db_conn *conn, void *data, GError **error)
{
    struct batch *batch = data;
    return sessions_drop_ended(conn, batch->age_us, BATCH, &batch->count, error);
}

static bool drop_memories(struct db_conn *conn, void *data, GError **error)
{
    struct batch *batch = data;
    return memories_drop_old(conn, clock_now_us() - batch->age_us, BATCH, &batch->count, error);
}

static void unlink_browse(struct store *store, GPtrArray *paths)
{
    for (guint i = 0; i < paths->len; i++) {
        g_autoptr(GError) error = NULL;
        if (!store_browse_unlink(store, g_ptr_array_index(paths, i), &error) && !err_is(error, ERR_NOT_FOUND))
            log_error("upkeep.browse-unlink-failed", error);
    }
}

/* Runs @work in batches until one is not full. */
static void in_batches(const struct upkeep *upkeep, const char *event, db_work *work, unsigned days)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    struct batch batch = {.age_us = days * INT64_C(86400000000), .paths = paths};
    unsigned total = 0;
    do {
        g_autoptr(GError) error = NULL;
        if (!db_write(upkeep->db, work, &batch, &error)) {
            log_error(event, error);
            break;
        }
        unlink_browse(upkeep->store, paths);
        g_ptr_array_set_size(paths, 0);
        total += batch.count;
    } while (batch.count == BATCH);
    log_count(event, total);
}

/* Nobody shall find a picture that its owner deleted. */
static void remove_derivatives(const struct blob_id *id, void *data)
{
    g_autoptr(GError) error = NULL;
    if (!media_derivative_remove(data, id, &error))
        log_error("upkeep.derivative-remove-failed", error);
}

static void reap_blobs(const struct upkeep *upkeep)
{
    const struct blobs_reaper reaper = {remove_derivatives, upkeep->store};
    unsigned reaped = 0, total = 0;
    do {
        g_autoptr(GError) error = NULL;
        if (!blobs_reap(upkeep->db, upkeep->store, BATCH, &reaper, &reaped, &error)) {
            log_error("upkeep.blobs-reaped", error);
            break;
        }
        total += reaped;
    } while (reaped == BATCH);
    log_count("upkeep.blobs-reaped", total);
}

/* ---- memories ---- */

struct making {
    int64_t owner_id, day;
    unsigned made;
};

static bool make_memories(struct db_conn *conn, void *data, GError **error)
{
    struct making *making = data;
    return memories_make(conn, making->owner_id, making->day, &making->made, error);
}

static bool note_owner(int64_t owner_id, void *data)
{
    g_array_append_val((GArray *)data, owner_id);
    return true;
}

/* For today and the days to come, which phones are to know before. */
static bool make_memories_of(const struct upkeep *upkeep, int64_t owner_id, unsigned *made, GError **error)
{
    int64_t today = clock_now_us() / INT64_C(86400000000);
    for (int64_t day = today; day <= today + MEMORY_DAYS_AHEAD; day++) {
        struct making making = {owner_id, day, 0};
        if (!db_write(upkeep->db, make_memories, &making, error))
            return false;
        *made += making.made;
    }
    return true;
}

static bool list_owners(const struct upkeep *upkeep, GArray *owners, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(upkeep->db, error);
    return conn && memories_owners(conn, note_owner, owners, error);
}

static void remember(const struct upkeep *upkeep)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) owners = g_array_new(FALSE, FALSE, sizeof(int64_t));
    unsigned made = 0;
    bool done = list_owners(upkeep, owners, &error);
    for (guint i = 0; done && i < owners->len; i++)
        done = make_memories_of(upkeep, g_array_index(owners, int64_t, i), &made, &error);
    if (!done)
        log_error("upkeep.memories-made", error);
    log_count("upkeep.memories-made", made);
}

void upkeep(const struct upkeep *upkeep)
{
    g_autoptr(GError) error = NULL;
    unsigned swept = 0;
    if (ingest_sweep(upkeep->ingest, &swept, &error))
        log_count("upkeep.staging-swept", swept);
    else
        log_error("upkeep.staging-swept", error);
    in_batches(upkeep, "upkeep.trash-emptied", empty_trash, upkeep->trash_days);
    in_batches(upkeep, "upkeep.sessions-ended", drop_sessions, upkeep->session_days);
    in_batches(upkeep, "upkeep.changes-dropped", drop_changes, CHANGES_DAYS);
    in_batches(upkeep, "upkeep.gone-links-dropped", drop_gone_links, CHANGES_DAYS);
    in_batches(upkeep, "upkeep.memories-dropped", drop_memories, MEMORY_DAYS);
    remember(upkeep);
    reap_blobs(upkeep);
}
