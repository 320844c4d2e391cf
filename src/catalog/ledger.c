/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The ledger: words, and what is reported to it. */
#include "catalog/ledger.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/assets.h"
#include "db/db.h"

static const char *const state_names[] = {"seen",   "waiting",  "skipped", "uploading",
                                          "stored", "verified", "missing", "corrupt"};
G_STATIC_ASSERT(G_N_ELEMENTS(state_names) == ITEM_N_STATES);

static const struct {
    const char *reason, *text;
} reasons[] = {
    {REASON_UNSUPPORTED, "not a supported format"},
    {REASON_EMPTY, "the file is empty"},
    {REASON_TOO_LARGE, "larger than the limit"},
    {REASON_UNREADABLE, "the file could not be read"},
    {REASON_CHANGING, "the file was being changed"},
    {REASON_NO_CONNECTION, "no connection to the server"},
    {REASON_NO_WIFI, "no Wi-Fi"},
    {REASON_NO_POWER, "not charging"},
    {REASON_SERVER_FULL, "server storage is full"},
    {REASON_QUOTA, "your quota is used up"},
    {REASON_REFUSED, "the server refused it"},
    {REASON_PAUSED, "backup is paused"},
    {REASON_DELETED, "you deleted it on the server"},
};

const char *item_state_name(enum item_state state)
{
    return state_names[state];
}

bool item_state_parse(const char *name, enum item_state *ret_state)
{
    for (size_t i = 0; name && i < G_N_ELEMENTS(state_names); i++) {
        if (strcmp(name, state_names[i]) == 0) {
            *ret_state = (enum item_state)i;
            return true;
        }
    }
    return false;
}

bool item_reason_is_known(const char *reason)
{
    for (size_t i = 0; reason && i < G_N_ELEMENTS(reasons); i++) {
        if (strcmp(reasons[i].reason, reason) == 0)
            return strcmp(reason, REASON_DELETED) != 0;
    }
    return false;
}

const char *item_reason_text(const char *reason)
{
    for (size_t i = 0; reason && i < G_N_ELEMENTS(reasons); i++) {
        if (strcmp(reasons[i].reason, reason) == 0)
            return reasons[i].text;
    }
    return "for an unknown reason";
}

/* ---- checks ---- */

static bool is_text(const char *text, size_t least, size_t most)
{
    size_t length = text ? strnlen(text, most + 1) : 0;
    return length >= least && length <= most && (length == 0 || g_utf8_validate(text, (gssize)length, NULL));
}

static bool check_report(const struct item_report *report, GError **error)
{
    if (!is_text(report->key, 1, LEDGER_KEY_MAX))
        return err_set(error, ERR_INVALID, "An item's key must have 1 to %d bytes of UTF-8.", LEDGER_KEY_MAX);
    if (!is_text(report->name, 0, LEDGER_KEY_MAX) || !is_text(report->note, 0, LEDGER_NOTE_MAX))
        return err_set(error, ERR_INVALID, "The name or note of item “%s” is too long or not UTF-8.", report->key);
    if (report->size_bytes < 0)
        return err_set(error, ERR_INVALID, "The size of item “%s” is negative.", report->key);
    if (report->state > ITEM_STORED)
        return err_set(error, ERR_INVALID, "The state of item “%s” is not one that a device can report.", report->key);
    if (report->reason && !item_reason_is_known(report->reason))
        return err_set(error, ERR_INVALID, "The reason of item “%s” is not a known one.", report->key);
    bool needs_reason = report->state == ITEM_WAITING || report->state == ITEM_SKIPPED;
    return !needs_reason || report->reason ||
           err_set(error, ERR_INVALID, "Item “%s” waits or was skipped, but does not say why.", report->key);
}

/* The part of a path after its last divider; the whole where that is empty. */
static const char *name_of(const char *key)
{
    const char *name = key;
    for (const char *c = key; *c; c++) {
        if ((*c == '/' || *c == '\\') && c[1])
            name = c + 1;
    }
    return name;
}

/* ---- writing ---- */

/* An item as it is to be written. */
struct entry {
    int64_t device_id;
    const char *key, *name;
    int64_t size_bytes, modified_us;
    enum item_state state;
    const char *reason, *note;
    const uint8_t *sha1;
    int64_t asset_id; /* of a stored one */
};

static bool write_entry(struct db_conn *conn, const struct entry *entry, GError **error)
{
    static const char sql[] =
        "INSERT INTO ledger_items (device_id, key, name, size_bytes, modified_us, state, reason, note, sha1, asset_id,"
        " verify, verified_us, stored_us, updated_us)"
        " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, coalesce(?9, a.sha1), a.id, coalesce(b.verify, 0), b.verified_us, "
        "?11, ?12"
        " FROM (SELECT 1) LEFT JOIN assets a ON a.id = ?10 LEFT JOIN blobs b ON b.id = a.blob_id WHERE true"
        " ON CONFLICT (device_id, key) DO UPDATE SET name = excluded.name, size_bytes = excluded.size_bytes,"
        " modified_us = excluded.modified_us, state = excluded.state, reason = excluded.reason, note = excluded.note,"
        " sha1 = excluded.sha1, verify = excluded.verify, verified_us = excluded.verified_us,"
        " stored_us = CASE WHEN asset_id = excluded.asset_id THEN stored_us ELSE excluded.stored_us END,"
        " asset_id = excluded.asset_id, updated_us = excluded.updated_us, is_gone = 0";
    bool stored = entry->state == ITEM_STORED;
    int64_t now_us = clock_now_us();
    return db_exec(conn, error, sql, "ittiiittbIIi", entry->device_id, entry->key, entry->name, entry->size_bytes,
                   entry->modified_us, (int64_t)entry->state, entry->reason, entry->note, entry->sha1,
                   (size_t)SHA1_SIZE, stored ? &entry->asset_id : NULL, stored ? &now_us : NULL, now_us);
}

/* Is the same file (size, time, checksum where known) stored from this key already? Then another report does not unmake
 * that. */
static bool find_stored(struct db_conn *conn, int64_t device_id, const struct item_report *report,
                        int64_t *ret_asset_id, struct uuid *ret_uuid, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(
        conn, error,
        "SELECT a.id, a.uuid FROM ledger_items i JOIN assets a ON a.id = i.asset_id WHERE i.device_id = ?1"
        " AND i.key = ?2 AND i.state = 4 AND i.size_bytes = ?3 AND i.modified_us = ?4"
        " AND (?5 IS NULL OR i.sha1 = ?5)",
        "itiib", device_id, report->key, report->size_bytes, report->modified_us, report->sha1, (size_t)SHA1_SIZE);
    GError *failure = NULL;
    int64_t asset_id = 0;
    if (!rows)
        return false;
    if (db_next(rows, &failure)) {
        asset_id = db_int(rows, 0);
        db_blob_exact(rows, 1, ret_uuid->bytes, sizeof ret_uuid->bytes);
    }
    if (failure) {
        g_propagate_error(error, failure);
        return false;
    }
    *ret_asset_id = asset_id;
    return true;
}

/* What a report of "stored" is worth: the catalog's own word. */
static bool judge_stored(struct db_conn *conn, int64_t owner_id, const struct item_report *report, struct entry *entry,
                         struct item_result *result, GError **error)
{
    struct asset_known known = {.as = ASSET_UNKNOWN};
    if (report->sha1 && !asset_known(conn, owner_id, report->sha1, &known, error))
        return false;
    entry->state = ITEM_SEEN;
    if (known.as == ASSET_PRESENT) {
        entry->state = ITEM_STORED;
        entry->asset_id = known.id;
        result->has_asset = true;
        result->asset_id = known.uuid;
    } else if (known.as == ASSET_TOMBSTONE) {
        entry->state = ITEM_SKIPPED;
        entry->reason = REASON_DELETED;
    }
    return true;
}

static void entry_stays_stored(struct entry *entry, int64_t asset_id, struct item_result *result)
{
    entry->state = ITEM_STORED;
    entry->asset_id = asset_id;
    entry->reason = entry->note = NULL;
    entry->sha1 = NULL; /* the asset's is taken */
    result->has_asset = true;
}

static bool report_one(struct db_conn *conn, const struct device *device, const struct item_report *report,
                       struct item_result *ret_result, GError **error)
{
    bool says_stored = report->state == ITEM_STORED;
    struct entry entry = {
        .device_id = device->id,
        .key = report->key,
        .name = report->name && *report->name ? report->name : name_of(report->key),
        .size_bytes = report->size_bytes,
        .modified_us = report->modified_us,
        .state = report->state,
        .reason = says_stored ? NULL : report->reason,
        .note = says_stored ? NULL : report->note,
        .sha1 = report->sha1,
    };
    struct item_result result = {0};
    if (says_stored && !judge_stored(conn, device->owner_id, report, &entry, &result, error))
        return false;
    /* Known as stored before, the same file: stays stored. A checksum that was just looked up has the last word. */
    if (entry.state != ITEM_STORED && !(says_stored && report->sha1)) {
        int64_t asset_id = 0;
        if (!find_stored(conn, device->id, report, &asset_id, &result.asset_id, error))
            return false;
        if (asset_id)
            entry_stays_stored(&entry, asset_id, &result);
    }
    result.state = entry.state;
    if (!write_entry(conn, &entry, error))
        return false;
    *ret_result = result;
    return true;
}

static bool forget_one(struct db_conn *conn, int64_t device_id, const char *key, GError **error)
{
    return db_exec(conn, error, "DELETE FROM ledger_items WHERE device_id = ?1 AND key = ?2 AND state <> 4", "it",
                   device_id, key) &&
           db_exec(conn, error,
                   "UPDATE ledger_items SET is_gone = 1, updated_us = ?3 WHERE device_id = ?1 AND key = ?2", "iti",
                   device_id, key, clock_now_us());
}

bool ledger_report(struct db_conn *conn, const struct device *device, const struct item_report *reports,
                   size_t n_reports, const char *const *gone, size_t n_gone, struct item_result *ret_results,
                   GError **error)
{
    if (n_reports > LEDGER_BATCH_MAX || n_gone > LEDGER_BATCH_MAX)
        return err_set(error, ERR_LIMIT, "At most %d items may be reported at once.", LEDGER_BATCH_MAX);
    for (size_t i = 0; i < n_reports; i++) {
        if (!check_report(&reports[i], error))
            return false;
    }
    for (size_t i = 0; i < n_gone; i++) {
        if (!is_text(gone[i], 1, LEDGER_KEY_MAX))
            return err_set(error, ERR_INVALID, "An item's key must have 1 to %d bytes of UTF-8.", LEDGER_KEY_MAX);
        if (!forget_one(conn, device->id, gone[i], error))
            return false;
    }
    for (size_t i = 0; i < n_reports; i++) {
        if (!report_one(conn, device, &reports[i], &ret_results[i], error))
            return false;
    }
    return db_exec(conn, error, "UPDATE devices SET last_contact_us = ?2 WHERE id = ?1", "ii", device->id,
                   clock_now_us());
}

/* Where a program says no more than the name of a file, two of one name are two items: cameras begin again at IMG_0001.
 * The second is known by its asset, too. @ret_key stays NULL where the name will do. */
static bool find_key(struct db_conn *conn, const struct item_stored *stored, char **ret_key, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(
        conn, error, "SELECT 1 FROM ledger_items WHERE device_id = ?1 AND key = ?2 AND state = 4 AND asset_id <> ?3",
        "iti", stored->device_id, stored->name, stored->asset_id);
    GError *problem = NULL;
    if (!rows)
        return false;
    if (db_next(rows, &problem))
        *ret_key = g_strdup_printf("%s #%" G_GINT64_FORMAT, stored->name, stored->asset_id);
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}

bool ledger_stored(struct db_conn *conn, const struct item_stored *stored, GError **error)
{
    bool has_key = stored->key && *stored->key;
    g_autofree char *made_key = NULL;
    if (!has_key && !find_key(conn, stored, &made_key, error))
        return false;
    struct entry entry = {
        .device_id = stored->device_id,
        .key = has_key    ? stored->key
               : made_key ? made_key
                          : stored->name,
        .name = stored->name,
        .size_bytes = stored->size_bytes,
        .modified_us = stored->modified_us,
        .state = ITEM_STORED,
        .asset_id = stored->asset_id,
    };
    return write_entry(conn, &entry, error) &&
           db_exec(conn, error, "UPDATE devices SET last_contact_us = ?2 WHERE id = ?1", "ii", stored->device_id,
                   clock_now_us());
}
