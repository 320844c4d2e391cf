/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The ledger: listings, and the numbers of a device. */
#include <string.h>

#include "base/error.h"
#include "catalog/ledger.h"
#include "db/db.h"

/* ---- listings ---- */

#define COLUMNS                                                                                                        \
    "i.id, i.key, i.name, i.size_bytes, i.modified_us, i.state, i.verify, i.reason,"                                   \
    " coalesce(i.note, a.quality_note), a.uuid, i.sha1,"                                                               \
    " coalesce(i.stored_us, 0), coalesce(i.verified_us, 0), i.updated_us, i.is_gone,"                                  \
    " CASE a.media_state WHEN 2 THEN a.media_reason END, a.thumbhash IS NOT NULL"

/* A stored item's state for answers, from the blob's last result (enum blob_check). */
static enum item_state state_of(int64_t state, int64_t verify)
{
    static const enum item_state stored[] = {ITEM_STORED, ITEM_VERIFIED, ITEM_MISSING, ITEM_CORRUPT};
    return state == ITEM_STORED ? stored[verify & 3] : (enum item_state)state;
}

static void read_item(struct db_rows *rows, struct item *ret_item)
{
    struct item item = {
        .id = db_int(rows, 0),
        .key = db_text(rows, 1),
        .name = db_text(rows, 2),
        .size_bytes = db_int(rows, 3),
        .modified_us = db_int(rows, 4),
        .state = state_of(db_int(rows, 5), db_int(rows, 6)),
        .reason = db_text(rows, 7),
        .note = db_text(rows, 8),
        .stored_us = db_int(rows, 11),
        .verified_us = db_int(rows, 12),
        .updated_us = db_int(rows, 13),
        .is_gone = db_int(rows, 14),
        .media_reason = db_text(rows, 15),
        .has_picture = db_int(rows, 16) != 0,
    };
    item.has_asset = db_blob_exact(rows, 9, item.asset_id.bytes, sizeof item.asset_id.bytes);
    item.has_sha1 = db_blob_exact(rows, 10, item.sha1, sizeof item.sha1);
    *ret_item = item;
}

/* % and _ of LIKE as they are, within %…%. */
static char *like_pattern(const char *search)
{
    if (!search || !*search)
        return NULL;
    GString *pattern = g_string_new("%");
    for (const char *c = search; *c; c++) {
        if (strchr("%_\\", *c))
            g_string_append_c(pattern, '\\');
        g_string_append_c(pattern, *c);
    }
    g_string_append_c(pattern, '%');
    return g_string_free(pattern, FALSE);
}

bool ledger_items(struct db_conn *conn, int64_t device_id, const struct item_filter *filter, items_each *each,
                  void *data, int64_t *ret_cursor, GError **error)
{
    static const char sql[] =
        "SELECT " COLUMNS " FROM ledger_items i LEFT JOIN assets a ON a.id = i.asset_id"
        " WHERE i.device_id = ?1 AND i.id > ?2 AND (?3 < 0 OR i.state = ?3) AND (?4 < 0 OR i.verify = ?4)"
        " AND (?5 IS NULL OR i.reason = ?5)"
        " AND (?6 IS NULL OR i.name LIKE ?6 ESCAPE '\\' OR i.key LIKE ?6 ESCAPE '\\')"
        " ORDER BY i.id LIMIT ?7";
    bool read_again = filter->state > ITEM_STORED;
    int64_t state = read_again ? ITEM_STORED : filter->state;
    int64_t verify = read_again ? filter->state - ITEM_STORED : -1;
    unsigned limit = CLAMP(filter->limit, 1, LEDGER_PAGE_MAX);
    g_autofree char *pattern = like_pattern(filter->search);
    DB_ROWS struct db_rows *rows = db_query(conn, error, sql, "iiiitti", device_id, filter->after_id, state, verify,
                                            filter->reason, pattern, (int64_t)limit + 1);
    if (!rows)
        return false;
    GError *failure = NULL;
    int64_t cursor = 0, last = 0;
    unsigned n = 0;
    for (bool more = true; more && db_next(rows, &failure); n++) {
        if (n == limit) { /* one more than asked for: there is a next page */
            cursor = last;
            break;
        }
        struct item item;
        read_item(rows, &item);
        last = item.id;
        more = each(&item, data);
    }
    if (failure) {
        g_propagate_error(error, failure);
        return false;
    }
    *ret_cursor = cursor;
    return true;
}

bool ledger_origins(struct db_conn *conn, int64_t asset_id, items_each_origin *each, void *data, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT " COLUMNS ", d.owner_id, d.uuid FROM ledger_items i JOIN devices d ON d.id = i.device_id"
                 " LEFT JOIN assets a ON a.id = i.asset_id WHERE i.asset_id = ?1 ORDER BY i.id",
                 "i", asset_id);
    if (!rows)
        return false;
    GError *failure = NULL;
    for (bool more = true; more && db_next(rows, &failure);) {
        struct item item;
        struct uuid uuid = {0};
        DEVICE_AUTO struct device device = {0};
        read_item(rows, &item);
        db_blob_exact(rows, 18, uuid.bytes, sizeof uuid.bytes);
        if (!devices_find(conn, db_int(rows, 17), &uuid, &device, error))
            return false;
        more = each(&device, &item, data);
    }
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

/* ---- numbers ---- */

void ledger_numbers_clear(struct ledger_numbers *numbers)
{
    for (size_t i = 0; i < numbers->n_reasons; i++) {
        g_free(numbers->reasons[i].reason);
        g_free(numbers->reasons[i].example);
        g_free(numbers->reasons[i].note);
    }
    g_free(numbers->reasons);
    *numbers = (struct ledger_numbers){0};
}

static void add_stored(struct ledger_numbers *numbers, int64_t verify, int64_t items, int64_t bytes)
{
    int64_t *const parts[] = {NULL, &numbers->verified, &numbers->missing, &numbers->corrupt};
    numbers->stored += items;
    numbers->stored_bytes += bytes;
    if (parts[verify & 3])
        *parts[verify & 3] += items;
}

/* One row of ledger_counts: is_gone, state, verify, reason, items, bytes. */
static void add_row(struct ledger_numbers *numbers, struct db_rows *rows)
{
    int64_t state = db_int(rows, 1), items = db_int(rows, 4), bytes = db_int(rows, 5);
    if (db_int(rows, 0)) {
        numbers->gone += items;
        return;
    }
    numbers->total += items;
    numbers->total_bytes += bytes;
    int64_t *const states[] = {&numbers->seen, &numbers->waiting, &numbers->skipped, &numbers->uploading};
    if (state == ITEM_STORED)
        add_stored(numbers, db_int(rows, 2), items, bytes);
    else
        *states[state & 3] += items;
    if (state == ITEM_SKIPPED && g_strcmp0(db_text(rows, 3), REASON_DELETED) == 0)
        numbers->deleted += items;
}

static bool read_counts(struct db_conn *conn, int64_t device_id, struct ledger_numbers *numbers, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(
        conn, error,
        "SELECT is_gone, state, verify, reason, items, bytes FROM ledger_counts WHERE device_id = ?1 AND items > 0",
        "i", device_id);
    GError *failure = NULL;
    if (!rows)
        return false;
    while (db_next(rows, &failure))
        add_row(numbers, rows);
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

/* The first NULL of verified_us sorts before all times: min() would skip it, so oldest is asked for by order. */
static bool read_times(struct db_conn *conn, int64_t device_id, struct ledger_numbers *numbers, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT (SELECT max(stored_us) FROM ledger_items WHERE device_id = ?1 AND state = 4),"
                 " (SELECT max(verified_us) FROM ledger_items WHERE device_id = ?1 AND state = 4 AND is_gone = 0),"
                 " (SELECT verified_us FROM ledger_items WHERE device_id = ?1 AND state = 4 AND is_gone = 0"
                 "  ORDER BY verified_us LIMIT 1)",
                 "i", device_id);
    if (!rows || !db_next_required(rows, error, "The database answers nothing."))
        return false;
    numbers->last_stored_us = db_int(rows, 0);
    numbers->last_verified_us = db_int(rows, 1);
    numbers->oldest_verified_us = db_int(rows, 2);
    return true;
}

static bool is_image_name(const char *name)
{
    static const char *const videos[] = {".mp4",  ".mov", ".m4v",  ".mkv", ".webm", ".avi", ".3gp", ".3g2",  ".mts",
                                         ".m2ts", ".mpg", ".mpeg", ".wmv", ".flv",  ".ts",  ".vob", ".insv", ".mxf"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < G_N_ELEMENTS(videos); i++) {
        if (g_ascii_strcasecmp(dot, videos[i]) == 0)
            return false;
    }
    return true;
}

/* Are the items of @reason photos, videos, or both? A look at the first few is enough for a word. */
static bool read_example(struct db_conn *conn, int64_t device_id, struct ledger_reason *reason, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(
        conn, error,
        "SELECT name, note FROM ledger_items WHERE device_id = ?1 AND reason = ?2 AND state = ?3 AND is_gone = 0"
        " ORDER BY id LIMIT 1000",
        "iti", device_id, reason->reason, (int64_t)reason->state);
    GError *failure = NULL;
    int64_t images = 0, seen = 0;
    if (!rows)
        return false;
    while (db_next(rows, &failure)) {
        if (seen++ == 0) {
            reason->example = g_strdup(db_text(rows, 0));
            reason->note = g_strdup(db_text(rows, 1));
        }
        images += is_image_name(db_text(rows, 0));
    }
    reason->all_images = seen > 0 && seen == reason->count && images == seen;
    reason->all_videos = seen > 0 && seen == reason->count && images == 0;
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

static bool read_reasons(struct db_conn *conn, int64_t device_id, struct ledger_numbers *numbers, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT state, reason, sum(items) AS n FROM ledger_counts WHERE device_id = ?1 AND is_gone = 0"
                 " AND state IN (1, 2) AND reason <> '' GROUP BY state, reason HAVING n > 0 ORDER BY n DESC, reason",
                 "i", device_id);
    GError *failure = NULL;
    if (!rows)
        return false;
    while (db_next(rows, &failure)) {
        numbers->reasons = g_renew(struct ledger_reason, numbers->reasons, numbers->n_reasons + 1);
        struct ledger_reason *reason = &numbers->reasons[numbers->n_reasons++];
        *reason = (struct ledger_reason){
            .state = (enum item_state)db_int(rows, 0),
            .reason = g_strdup(db_text(rows, 1)),
            .count = db_int(rows, 2),
        };
        if (!read_example(conn, device_id, reason, error))
            return false;
    }
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

bool ledger_numbers(struct db_conn *conn, int64_t device_id, struct ledger_numbers *ret_numbers, GError **error)
{
    LEDGER_NUMBERS_AUTO struct ledger_numbers numbers = {0};
    if (!read_counts(conn, device_id, &numbers, error) || !read_times(conn, device_id, &numbers, error) ||
        !read_reasons(conn, device_id, &numbers, error))
        return false;
    *ret_numbers = numbers;
    numbers = (struct ledger_numbers){0};
    return true;
}
