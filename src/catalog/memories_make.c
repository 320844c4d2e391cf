/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Memories that the server makes by itself: this day in earlier years. */
#include "base/error.h"
#include "catalog/assets.h"
#include "catalog/memories.h"
#include "db/db.h"

static const int64_t DAY_US = INT64_C(86400000000);

bool memories_owners(struct db_conn *conn, memories_each_owner *each, void *data, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT id FROM users WHERE deleted_us IS NULL AND removed_us IS NULL ORDER BY id", "");
    GError *failure = NULL;
    if (!rows)
        return false;
    for (bool more = true; more && db_next(rows, &failure);)
        more = each(db_int(rows, 0), data);
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

/* Some of the day, favourites before others; at most one of a stack. */
static GArray *pick_photos(struct db_conn *conn, int64_t owner_id, int64_t day, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT uuid FROM assets WHERE owner_id = ?1 AND is_trashed = 0 AND day = ?2 AND visibility = ?3"
                 " AND media_state = ?4 AND NOT is_behind ORDER BY is_favorite DESC, taken_us, id LIMIT ?5",
                 "iiiii", owner_id, day, (int64_t)ASSET_TIMELINE, (int64_t)MEDIA_READY, (int64_t)MEMORY_PHOTOS);
    g_autoptr(GArray) photos = g_array_new(FALSE, FALSE, sizeof(struct uuid));
    GError *failure = NULL;
    if (!rows)
        return NULL;
    while (db_next(rows, &failure)) {
        struct uuid id = {0};
        db_blob_exact(rows, 0, id.bytes, sizeof id.bytes);
        g_array_append_val(photos, id);
    }
    if (!failure)
        return g_steal_pointer(&photos);
    g_propagate_error(error, failure);
    return NULL;
}

static bool note_made(struct db_conn *conn, int64_t owner_id, int64_t day, int64_t year, GError **error)
{
    return db_exec(conn, error, "INSERT INTO memories_made (owner_id, day, year) VALUES (?1, ?2, ?3)", "iii", owner_id,
                   day, year);
}

static bool make_one(struct db_conn *conn, int64_t owner_id, int64_t day, int64_t year, int64_t past_day,
                     unsigned *made, GError **error)
{
    g_autoptr(GArray) photos = pick_photos(conn, owner_id, past_day, error);
    enum bulk_outcome outcomes[MEMORY_PHOTOS];
    struct uuid uuid;
    if (!photos || photos->len == 0)
        return photos != NULL;
    const struct memory_new wanted = {
        .owner_id = owner_id,
        .year = year,
        .memory_at_us = past_day * DAY_US,
        .show_at_us = day * DAY_US,
        .hide_at_us = (day + 1) * DAY_US - 1000, /* the API writes milliseconds */
    };
    if (!memories_create(conn, &wanted, &uuid, error))
        return false;
    const struct bulk bulk = {owner_id, false, &uuid, (const struct uuid *)(const void *)photos->data, photos->len};
    ++*made;
    return memories_add(conn, &bulk, outcomes, error) && note_made(conn, owner_id, day, year, error);
}

/* Was it made, or is there nothing as old? */
static bool look(struct db_conn *conn, int64_t owner_id, int64_t day, int64_t year, bool *ret_made, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(
        conn, error, "SELECT EXISTS (SELECT 1 FROM memories_made WHERE owner_id = ?1 AND day = ?2 AND year = ?3)",
        "iii", owner_id, day, year);
    if (!rows || !db_next_required(rows, error, "The database answers nothing."))
        return false;
    *ret_made = db_int(rows, 0);
    return true;
}

/* The day of the oldest photo; INT64_MAX where there is none. */
static bool oldest_day(struct db_conn *conn, int64_t owner_id, int64_t *ret_day, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT coalesce(min(day), ?2) FROM assets WHERE owner_id = ?1 AND is_trashed = 0", "ii",
                 owner_id, INT64_MAX);
    if (!rows || !db_next_required(rows, error, "The database answers nothing."))
        return false;
    *ret_day = db_int(rows, 0);
    return true;
}

bool memories_make(struct db_conn *conn, int64_t owner_id, int64_t day, unsigned *ret_made, GError **error)
{
    g_autoptr(GDateTime) today = g_date_time_new_from_unix_utc(day * 86400);
    int64_t oldest;
    *ret_made = 0;
    if (!today || !oldest_day(conn, owner_id, &oldest, error))
        return today == NULL;
    for (int year = g_date_time_get_year(today) - 1; year > 0; year--) {
        /* NULL: there was no 29th of February that year. */
        g_autoptr(GDateTime) then =
            g_date_time_new_utc(year, g_date_time_get_month(today), g_date_time_get_day_of_month(today), 0, 0, 0);
        int64_t past_day = then ? g_date_time_to_unix(then) / 86400 : INT64_MAX;
        bool is_made;
        if (past_day < oldest)
            break;
        if (then && (!look(conn, owner_id, day, year, &is_made, error) ||
                     (!is_made && !make_one(conn, owner_id, day, year, past_day, ret_made, error))))
            return false;
    }
    return true;
}
