/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/memories: photos to be shown again. */
#include "catalog/memories.h"
#include "api/bulk.h"
#include "api/dto.h"
#include "api/resources.h"
#include "base/clock.h"
#include "base/error.h"
#include "catalog/assets.h"
#include "db/db.h"

enum { MAX_SIZE = 1000, MAX_PAGE = 1000000 };

static const char *const types[] = {"on_this_day", NULL};

/* ---- looking ---- */

static void write_time(struct json *json, const char *key, int64_t us)
{
    if (us != 0)
        json_time(json, key, us);
}

static bool write_memory(struct call *call, struct db_conn *conn, struct json *json, const struct memory *memory,
                         GError **error)
{
    g_autoptr(GArray) photos = memories_assets(conn, memory->id, error);
    if (!photos)
        return false;
    json_begin_object(json, NULL);
    dto_uuid(json, "id", &memory->uuid);
    dto_uuid(json, "ownerId", &call->who->user.uuid);
    json_text(json, "type", types[0]);
    json_begin_object(json, "data");
    json_int(json, "year", memory->year);
    json_end(json);
    json_time(json, "memoryAt", memory->memory_at_us);
    write_time(json, "showAt", memory->show_at_us);
    write_time(json, "hideAt", memory->hide_at_us);
    write_time(json, "seenAt", memory->seen_at_us);
    write_time(json, "deletedAt", memory->deleted_us);
    json_bool(json, "isSaved", memory->is_saved);
    json_time(json, "createdAt", memory->created_us);
    json_time(json, "updatedAt", memory->updated_us);
    bool done = bulk_write_assets(call, conn, json, "assets", photos, error);
    json_end(json);
    return done;
}

static bool answer_memory(struct call *call, int status, const struct uuid *id, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    struct memory memory;
    if (!conn || !memories_find(conn, call->who->user.id, id, &memory, error)) {
        call_hide_missing(error, "memory.read");
        return false;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    return write_memory(call, conn, &json, &memory, error) && call_answer(call, status, g_steal_pointer(&text));
}

bool handle_memories_get(struct call *call, GError **error)
{
    struct uuid id;
    return call_uuid(call, "id", &id, error) && answer_memory(call, 200, &id, error);
}

static int flag_of(const struct body_bool *flag)
{
    return flag->is_set ? flag->value : -1;
}

/* What a list asks for. */
struct query {
    struct body_uuid id;
    struct body_int for_, page, size;
    const char *type, *order;
    struct body_bool is_saved, is_trashed, is_upcoming;
};
static const char *const orders[] = {"desc", "asc", "random", NULL}; /* in the order of enum memory_order */
static const struct body_field query_fields[] = {
    {.name = "id", .kind = BODY_UUID, .offset = offsetof(struct query, id)},
    {.name = "for", .kind = BODY_TIME, .offset = offsetof(struct query, for_)},
    {.name = "type", .kind = BODY_CHOICE, .offset = offsetof(struct query, type), .choices = types},
    {.name = "order", .kind = BODY_CHOICE, .offset = offsetof(struct query, order), .choices = orders},
    {.name = "isSaved", .kind = BODY_BOOL, .offset = offsetof(struct query, is_saved)},
    {.name = "isTrashed", .kind = BODY_BOOL, .offset = offsetof(struct query, is_trashed)},
    {.name = "isUpcoming", .kind = BODY_BOOL, .offset = offsetof(struct query, is_upcoming)},
    {.name = "page", .kind = BODY_INT, .offset = offsetof(struct query, page), .min = 1, .max = MAX_PAGE},
    {.name = "size", .kind = BODY_INT, .offset = offsetof(struct query, size), .min = 1, .max = MAX_SIZE},
};
static const struct body_shape query_shape = BODY_SHAPE(struct query, query_fields);

static bool read_query(struct call *call, struct query *query, struct memory_filter *ret_filter, GError **error)
{
    if (!call_query(call, &query_shape, query, error))
        return false;
    *ret_filter = (struct memory_filter){
        .owner_id = call->who->user.id,
        .uuid = query->id.is_set ? &query->id.value : NULL,
        .set_for = query->for_.is_set,
        .for_us = query->for_.value,
        .is_saved = flag_of(&query->is_saved),
        .is_upcoming = flag_of(&query->is_upcoming),
        .now_us = clock_now_us(),
        .is_trashed = query->is_trashed.value,
    };
    return true;
}

static enum memory_order order_of(const struct query *query)
{
    enum memory_order order = MEMORIES_NEWEST;
    while (query->order && !g_str_equal(query->order, orders[order]))
        order++;
    return order;
}

static bool collect(const struct memory *memory, void *data)
{
    g_array_append_vals(data, memory, 1);
    return true;
}

bool handle_memories_list(struct call *call, GError **error)
{
    struct query query;
    struct memory_filter filter;
    if (!read_query(call, &query, &filter, error))
        return false;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    g_autoptr(GArray) memories = g_array_new(FALSE, FALSE, sizeof(struct memory));
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    int64_t size = query.size.is_set ? query.size.value : -1;
    int64_t offset = query.size.is_set && query.page.is_set ? (query.page.value - 1) * size : 0;
    if (!conn || !memories_list(conn, &filter, order_of(&query), offset, size, collect, memories, error))
        return false;
    json_begin_array(&json, NULL);
    for (guint i = 0; i < memories->len; i++)
        if (!write_memory(call, conn, &json, &g_array_index(memories, struct memory, i), error))
            return false;
    json_end(&json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

bool handle_memories_statistics(struct call *call, GError **error)
{
    struct query query;
    struct memory_filter filter;
    int64_t total;
    if (!read_query(call, &query, &filter, error))
        return false;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn || !memories_count(conn, &filter, &total, error))
        return false;
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    json_int(&json, "total", total);
    json_end(&json);
    return call_answer(call, 200, text);
}

/* ---- making ---- */

struct year {
    struct body_int year;
};

struct wish {
    const char *type;
    struct year data;
    struct body_int memory_at, show_at, hide_at, seen_at;
    struct body_bool is_saved;
    struct body_list assets;
};

static bool create_work(struct db_conn *conn, void *data, GError **error)
{
    void **parts = data;
    return memories_create(conn, parts[0], parts[1], error);
}

/* All of its photos are there, or it is not made. */
static bool check_photos(struct call *call, const struct wish *wish, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (conn && assets_check_owned(conn, call->who->user.id, false, wish->assets.items, wish->assets.n, error))
        return true;
    call_hide_missing(error, "asset.share");
    return false;
}

static bool create(struct call *call, const struct wish *wish, struct uuid *ret_id, GError **error)
{
    const struct memory_new wanted = {
        .owner_id = call->who->user.id,
        .year = wish->data.year.value,
        .memory_at_us = wish->memory_at.value,
        .show_at_us = wish->show_at.value,
        .hide_at_us = wish->hide_at.value,
        .seen_at_us = wish->seen_at.value,
        .is_saved = wish->is_saved.value,
    };
    void *parts[] = {(void *)&wanted, ret_id};
    g_autofree enum bulk_outcome *outcomes = g_new0(enum bulk_outcome, wish->assets.n + 1);
    const struct bulk bulk = {call->who->user.id, false, ret_id, wish->assets.items, wish->assets.n};
    return call_write(call, create_work, parts, error) &&
           bulk_run(call, memories_add, &bulk, "asset.share", outcomes, error);
}

static const struct body_field year_fields[] = {{.name = "year",
                                                 .kind = BODY_INT,
                                                 .offset = offsetof(struct year, year),
                                                 .is_required = true,
                                                 .min = 1,
                                                 .max = 9999}};
static const struct body_shape year_shape = BODY_SHAPE(struct year, year_fields);
static const struct body_field create_fields[] = {
    {.name = "type", .kind = BODY_CHOICE, .offset = offsetof(struct wish, type), .is_required = true, .choices = types},
    {.name = "data",
     .kind = BODY_OBJECT,
     .offset = offsetof(struct wish, data),
     .is_required = true,
     .inner = &year_shape},
    {.name = "memoryAt", .kind = BODY_TIME, .offset = offsetof(struct wish, memory_at), .is_required = true},
    {.name = "showAt", .kind = BODY_TIME, .offset = offsetof(struct wish, show_at)},
    {.name = "hideAt", .kind = BODY_TIME, .offset = offsetof(struct wish, hide_at)},
    {.name = "seenAt", .kind = BODY_TIME, .offset = offsetof(struct wish, seen_at)},
    {.name = "isSaved", .kind = BODY_BOOL, .offset = offsetof(struct wish, is_saved)},
    {.name = "assetIds", .kind = BODY_UUIDS, .offset = offsetof(struct wish, assets), .max = BULK_MAX},
};
static const struct body_shape create_shape = BODY_SHAPE(struct wish, create_fields);

bool handle_memories_create(struct call *call, GError **error)
{
    struct wish wish;
    struct uuid id;
    return call_body(call, &create_shape, &wish, error) && check_photos(call, &wish, error) &&
           create(call, &wish, &id, error) && answer_memory(call, 201, &id, error);
}

/* ---- changing and deleting ---- */

struct edit {
    struct body_int memory_at, seen_at;
    struct body_bool is_saved;
    int64_t owner_id;
    struct uuid id;
};

static bool change_work(struct db_conn *conn, void *data, GError **error)
{
    const struct edit *edit = data;
    const struct memory_change change = {
        .set_saved = edit->is_saved.is_set,
        .is_saved = edit->is_saved.value,
        .set_seen = edit->seen_at.is_set,
        .seen_at_us = edit->seen_at.value,
        .set_memory_at = edit->memory_at.is_set,
        .memory_at_us = edit->memory_at.value,
    };
    return memories_change(conn, edit->owner_id, &edit->id, &change, error);
}

static const struct body_field change_fields[] = {
    {.name = "memoryAt", .kind = BODY_TIME, .offset = offsetof(struct edit, memory_at)},
    {.name = "seenAt", .kind = BODY_TIME, .offset = offsetof(struct edit, seen_at)},
    {.name = "isSaved", .kind = BODY_BOOL, .offset = offsetof(struct edit, is_saved)},
};
static const struct body_shape change_shape = BODY_SHAPE(struct edit, change_fields);

bool handle_memories_put(struct call *call, GError **error)
{
    struct edit edit;
    struct uuid id;
    if (!call_uuid(call, "id", &id, error) || !call_body(call, &change_shape, &edit, error))
        return false;
    edit.owner_id = call->who->user.id;
    edit.id = id;
    if (call_write(call, change_work, &edit, error))
        return answer_memory(call, 200, &id, error);
    call_hide_missing(error, "memory.update");
    return false;
}

static bool delete_work(struct db_conn *conn, void *data, GError **error)
{
    const struct edit *edit = data;
    return memories_delete(conn, edit->owner_id, &edit->id, error);
}

bool handle_memories_delete(struct call *call, GError **error)
{
    struct edit edit = {.owner_id = call->who->user.id};
    if (!call_uuid(call, "id", &edit.id, error))
        return false;
    if (call_write(call, delete_work, &edit, error))
        return call_answer_empty(call, 204);
    call_hide_missing(error, "memory.delete");
    return false;
}

/* ---- photos ---- */

bool handle_memories_add_assets(struct call *call, GError **error)
{
    return bulk_answer(call, memories_add, "memoryAsset.create", error);
}

bool handle_memories_remove_assets(struct call *call, GError **error)
{
    return bulk_answer(call, memories_remove, "memoryAsset.delete", error);
}

const struct operation memories_operations[] = {
    {"searchMemories", .query = &query_shape, ANSWERS(200, "[MemoryResponseDto]")},
    {"createMemory", .body = &create_shape, ANSWERS(201, "MemoryResponseDto")},
    {"memoriesStatistics", .query = &query_shape, ANSWERS(200, "MemoryStatisticsResponseDto")},
    {"getMemory", ANSWERS(200, "MemoryResponseDto")},
    {"updateMemory", .body = &change_shape, ANSWERS(200, "MemoryResponseDto")},
    {"deleteMemory", ANSWERS_NOTHING},
    {"addMemoryAssets", .body = &bulk_ids_shape, ANSWERS(200, "[BulkIdResponseDto]")},
    {"removeMemoryAssets", .body = &bulk_ids_shape, ANSWERS(200, "[BulkIdResponseDto]")},
    {.name = NULL},
};
