/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/backup/devices/{id}/items: what a device reports of its files, and the ledger's answer. */
#include "api/dto.h"
#include "api/resources.h"
#include "base/encode.h"
#include "base/error.h"
#include "catalog/ledger.h"
#include "db/db.h"

/* ---- reports ---- */

static const char *const reported_states[] = {"seen", "waiting", "skipped", "uploading", "stored", NULL};

struct item_body {
    const char *key, *name, *state, *reason, *note, *checksum;
    struct body_int size, modified;
};
static const struct body_field item_fields[] = {
    {.name = "key",
     .kind = BODY_TEXT,
     .offset = offsetof(struct item_body, key),
     .is_required = true,
     .min = 1,
     .max = LEDGER_KEY_MAX},
    {.name = "name", .kind = BODY_TEXT, .offset = offsetof(struct item_body, name), .max = LEDGER_KEY_MAX},
    {.name = "size",
     .kind = BODY_INT,
     .offset = offsetof(struct item_body, size),
     .is_required = true,
     .min = 0,
     .max = INT64_C(9007199254740991)},
    {.name = "modifiedAt", .kind = BODY_TIME, .offset = offsetof(struct item_body, modified), .is_required = true},
    {.name = "state",
     .kind = BODY_CHOICE,
     .offset = offsetof(struct item_body, state),
     .is_required = true,
     .choices = reported_states},
    {.name = "reason", .kind = BODY_TEXT, .offset = offsetof(struct item_body, reason), .max = 64},
    {.name = "note", .kind = BODY_TEXT, .offset = offsetof(struct item_body, note), .max = LEDGER_NOTE_MAX},
    {.name = "checksum", .kind = BODY_TEXT, .offset = offsetof(struct item_body, checksum), .max = 64},
};
static const struct body_shape item_shape = BODY_SHAPE(struct item_body, item_fields);

struct report_body {
    struct body_list items, gone;
};
static const struct body_field report_fields[] = {
    {.name = "items",
     .kind = BODY_OBJECTS,
     .offset = offsetof(struct report_body, items),
     .is_required = true,
     .max = LEDGER_BATCH_MAX,
     .inner = &item_shape},
    {.name = "gone", .kind = BODY_TEXTS, .offset = offsetof(struct report_body, gone), .max = LEDGER_BATCH_MAX},
};
static const struct body_shape report_shape = BODY_SHAPE(struct report_body, report_fields);

struct report_work {
    int64_t owner_id;
    struct uuid device_id;
    size_t n;
    struct item_report *reports;
    uint8_t (*sha1s)[SHA1_SIZE];
    struct item_result *results;
    const char *const *gone;
    size_t n_gone;
};

static void report_work_clear(struct report_work *work)
{
    g_free(work->reports);
    g_free(work->sha1s);
    g_free(work->results);
}
#define REPORT_WORK_AUTO __attribute__((cleanup(report_work_clear)))

static bool read_item(struct call *call, const struct item_body *item, size_t i, struct report_work *work,
                      GError **error)
{
    struct item_report *report = &work->reports[i];
    *report = (struct item_report){
        .key = item->key,
        .name = item->name,
        .size_bytes = item->size.value,
        .modified_us = item->modified.value,
        .reason = item->reason,
        .note = item->note,
    };
    item_state_parse(item->state, &report->state);
    if (!item->checksum)
        return true;
    if (!hash_decode(item->checksum, work->sha1s[i], SHA1_SIZE)) {
        g_autofree char *path = g_strdup_printf("items.%zu.checksum", i);
        return call_problem(call, error, path, "must be a SHA-1 in hex or base64");
    }
    report->sha1 = work->sha1s[i];
    return true;
}

static bool report(struct db_conn *conn, void *data, GError **error)
{
    struct report_work *work = data;
    DEVICE_AUTO struct device device = {0};
    return devices_find(conn, work->owner_id, &work->device_id, &device, error) &&
           ledger_report(conn, &device, work->reports, work->n, work->gone, work->n_gone, work->results, error);
}

static GString *write_results(const struct report_work *work)
{
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    json_begin_array(&json, "results");
    for (size_t i = 0; i < work->n; i++) {
        json_begin_object(&json, NULL);
        json_text(&json, "key", work->reports[i].key);
        json_text(&json, "state", item_state_name(work->results[i].state));
        if (work->results[i].has_asset)
            dto_uuid(&json, "assetId", &work->results[i].asset_id);
        json_end(&json);
    }
    json_end(&json);
    json_end(&json);
    return text;
}

bool handle_backup_report_items(struct call *call, GError **error)
{
    struct report_body given;
    REPORT_WORK_AUTO struct report_work work = {.owner_id = call->who->user.id};
    if (!call_uuid(call, "id", &work.device_id, error) || !call_body(call, &report_shape, &given, error))
        return false;
    work.n = given.items.n;
    work.reports = g_new0(struct item_report, work.n + 1);
    work.results = g_new0(struct item_result, work.n + 1);
    work.sha1s = g_malloc0_n(work.n + 1, SHA1_SIZE);
    work.gone = given.gone.items;
    work.n_gone = given.gone.n;
    for (size_t i = 0; i < work.n; i++)
        if (!read_item(call, (const struct item_body *)given.items.items + i, i, &work, error))
            return false;
    return call_write(call, report, &work, error) && call_answer(call, 200, write_results(&work));
}

/* ---- list ---- */

enum { LIST_LIMIT = 100 }; /* without a word */

static bool write_item(const struct item *item, void *data)
{
    struct json *json = data;
    json_begin_object(json, NULL);
    json_text(json, "key", item->key);
    json_text(json, "name", item->name);
    json_int(json, "size", item->size_bytes);
    json_time(json, "modifiedAt", item->modified_us);
    json_text(json, "state", item_state_name(item->state));
    json_text(json, "reason", item->reason);
    json_text(json, "reasonText", item->reason ? item_reason_text(item->reason) : NULL);
    json_text(json, "note", item->note);
    g_autofree char *problem =
        item->media_reason ? g_strconcat(item->has_picture ? "Stored, but only a part of its picture could be made: "
                                                           : "Stored, but no picture of it could be made: ",
                                         item->media_reason, NULL)
                           : NULL;
    json_text(json, "problem", problem);
    if (item->has_asset)
        dto_uuid(json, "assetId", &item->asset_id);
    else
        json_nil(json, "assetId");
    g_autofree char *checksum = item->has_sha1 ? hex_encode(item->sha1, SHA1_SIZE) : NULL;
    json_text(json, "checksum", checksum);
    if (item->stored_us > 0)
        json_time(json, "storedAt", item->stored_us);
    else
        json_nil(json, "storedAt");
    if (item->verified_us > 0)
        json_time(json, "verifiedAt", item->verified_us);
    else
        json_nil(json, "verifiedAt");
    json_time(json, "updatedAt", item->updated_us);
    json_bool(json, "isGone", item->is_gone);
    json_end(json);
    return true;
}

struct list_query {
    const char *state, *reason, *search;
    struct body_int limit, cursor;
};
static const struct body_field list_fields[] = {
    {.name = "state", .kind = BODY_TEXT, .offset = offsetof(struct list_query, state)},
    {.name = "reason", .kind = BODY_TEXT, .offset = offsetof(struct list_query, reason)},
    {.name = "q", .kind = BODY_TEXT, .offset = offsetof(struct list_query, search)},
    {.name = "limit", .kind = BODY_INT, .offset = offsetof(struct list_query, limit), .min = 1, .max = LEDGER_PAGE_MAX},
    {.name = "cursor", .kind = BODY_INT, .offset = offsetof(struct list_query, cursor), .max = INT64_MAX},
};
static const struct body_shape list_shape = BODY_SHAPE(struct list_query, list_fields);

static bool read_filter(struct call *call, struct item_filter *ret_filter, GError **error)
{
    struct list_query query;
    enum item_state only;
    if (!call_query(call, &list_shape, &query, error))
        return false;
    if (query.state && !item_state_parse(query.state, &only))
        return call_problem(call, error, "state", "is none of the known states");
    *ret_filter = (struct item_filter){
        .state = query.state ? (int)only : -1,
        .reason = query.reason,
        .search = query.search,
        .after_id = query.cursor.value,
        .limit = query.limit.is_set ? (unsigned)query.limit.value : LIST_LIMIT,
    };
    return true;
}

bool handle_backup_list_items(struct call *call, GError **error)
{
    struct uuid id;
    struct item_filter filter;
    if (!call_uuid(call, "id", &id, error) || !read_filter(call, &filter, error))
        return false;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    DEVICE_AUTO struct device device = {0};
    if (!conn || !devices_find(conn, call->who->user.id, &id, &device, error))
        return false;
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    int64_t next = 0;
    json_begin_object(&json, NULL);
    json_begin_array(&json, "items");
    if (!ledger_items(conn, device.id, &filter, write_item, &json, &next, error))
        return false;
    json_end(&json);
    g_autofree char *cursor = next > 0 ? g_strdup_printf("%" G_GINT64_FORMAT, next) : NULL;
    json_text(&json, "nextCursor", cursor);
    json_end(&json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

const struct operation backup_items_operations[] = {
    {"reportBackupItems", .body = &report_shape, ANSWERS(200, "BackupItemResults")},
    {"getBackupItems", .query = &list_shape, ANSWERS(200, "BackupItems")},
    {.name = NULL},
};
