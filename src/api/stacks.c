/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/stacks: some photos shown as one. */
#include "catalog/stacks.h"
#include "api/bulk.h"
#include "api/dto.h"
#include "api/resources.h"
#include "base/error.h"
#include "db/db.h"

/* ---- looking ---- */

static bool write_stack(struct call *call, struct db_conn *conn, struct json *json, const struct stack *stack,
                        GError **error)
{
    g_autoptr(GArray) members = stacks_members(conn, stack->id, error);
    if (!members)
        return false;
    json_begin_object(json, NULL);
    dto_uuid(json, "id", &stack->uuid);
    dto_uuid(json, "primaryAssetId", &stack->primary);
    bool done = bulk_write_assets(call, conn, json, "assets", members, error);
    json_end(json);
    return done;
}

static bool answer_stack(struct call *call, int status, const struct uuid *id, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    struct stack stack;
    if (!conn || !stacks_find(conn, call->who->user.id, id, &stack, error)) {
        call_hide_missing(error, "stack.read");
        return false;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    return write_stack(call, conn, &json, &stack, error) && call_answer(call, status, g_steal_pointer(&text));
}

bool handle_stacks_get(struct call *call, GError **error)
{
    struct uuid id;
    return call_uuid(call, "id", &id, error) && answer_stack(call, 200, &id, error);
}

static bool collect(const struct stack *stack, void *data)
{
    g_array_append_vals(data, stack, 1);
    return true;
}

struct query {
    struct body_uuid primary;
};
static const struct body_field query_fields[] = {
    {.name = "primaryAssetId", .kind = BODY_UUID, .offset = offsetof(struct query, primary)}};
static const struct body_shape query_shape = BODY_SHAPE(struct query, query_fields);

bool handle_stacks_list(struct call *call, GError **error)
{
    struct query query;
    if (!call_query(call, &query_shape, &query, error))
        return false;
    const struct uuid *primary = query.primary.is_set ? &query.primary.value : NULL;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    g_autoptr(GArray) stacks = g_array_new(FALSE, FALSE, sizeof(struct stack));
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    if (!conn || !stacks_list(conn, call->who->user.id, primary, collect, stacks, error))
        return false;
    json_begin_array(&json, NULL);
    for (guint i = 0; i < stacks->len; i++)
        if (!write_stack(call, conn, &json, &g_array_index(stacks, struct stack, i), error))
            return false;
    json_end(&json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

/* ---- making ---- */

struct wish {
    int64_t owner_id;
    struct uuid id;
    struct body_list assets;
    struct body_uuid primary;
};

static bool create_work(struct db_conn *conn, void *data, GError **error)
{
    struct wish *wish = data;
    return stacks_create(conn, wish->owner_id, wish->assets.items, wish->assets.n, &wish->id, error);
}

static const struct body_field create_fields[] = {{.name = "assetIds",
                                                   .kind = BODY_UUIDS,
                                                   .offset = offsetof(struct wish, assets),
                                                   .is_required = true,
                                                   .max = STACK_MAX}};
static const struct body_shape create_shape = BODY_SHAPE(struct wish, create_fields);

bool handle_stacks_create(struct call *call, GError **error)
{
    struct wish wish;
    if (!call_body(call, &create_shape, &wish, error))
        return false;
    if (wish.assets.n < 2)
        return call_problem(call, error, "assetIds", "must have at least 2 ids");
    wish.owner_id = call->who->user.id;
    if (call_write(call, create_work, &wish, error))
        return answer_stack(call, 201, &wish.id, error);
    call_hide_missing(error, "asset.update");
    return false;
}

/* ---- changing ---- */

static bool choose_work(struct db_conn *conn, void *data, GError **error)
{
    const struct wish *wish = data;
    return stacks_choose(conn, wish->owner_id, &wish->id, &wish->primary.value, error);
}

static const struct body_field change_fields[] = {
    {.name = "primaryAssetId", .kind = BODY_UUID, .offset = offsetof(struct wish, primary)}};
static const struct body_shape change_shape = BODY_SHAPE(struct wish, change_fields);

bool handle_stacks_put(struct call *call, GError **error)
{
    struct wish wish;
    struct uuid id;
    if (!call_uuid(call, "id", &id, error) || !call_body(call, &change_shape, &wish, error))
        return false;
    wish.owner_id = call->who->user.id;
    wish.id = id;
    if (wish.primary.is_set && !call_write(call, choose_work, &wish, error)) {
        call_hide_missing(error, "stack.update");
        return false;
    }
    return answer_stack(call, 200, &id, error);
}

static bool take_out_work(struct db_conn *conn, void *data, GError **error)
{
    const struct wish *wish = data;
    return stacks_take_out(conn, wish->owner_id, &wish->id, &wish->primary.value, error);
}

bool handle_stacks_remove_asset(struct call *call, GError **error)
{
    struct wish wish = {.owner_id = call->who->user.id};
    if (!call_uuid(call, "id", &wish.id, error) || !call_uuid(call, "assetId", &wish.primary.value, error))
        return false;
    if (call_write(call, take_out_work, &wish, error))
        return call_answer_empty(call, 204);
    call_hide_missing(error, "stack.update");
    return false;
}

/* ---- deleting ---- */

/* All of them or none. */
static bool delete_work(struct db_conn *conn, void *data, GError **error)
{
    const struct wish *wish = data;
    const struct uuid *ids = wish->assets.items;
    for (size_t i = 0; i < wish->assets.n; i++)
        if (!stacks_delete(conn, wish->owner_id, &ids[i], error))
            return false;
    return true;
}

static bool delete_all(struct call *call, struct uuid *ids, size_t n, GError **error)
{
    struct wish wish = {.owner_id = call->who->user.id, .assets = {.is_set = true, .items = ids, .n = n}};
    if (call_write(call, delete_work, &wish, error))
        return call_answer_empty(call, 204);
    call_hide_missing(error, "stack.delete");
    return false;
}

bool handle_stacks_delete(struct call *call, GError **error)
{
    struct uuid id;
    return call_uuid(call, "id", &id, error) && delete_all(call, &id, 1, error);
}

bool handle_stacks_delete_many(struct call *call, GError **error)
{
    struct body_list ids;
    if (!bulk_ids(call, &ids, error))
        return false;
    if (ids.n > STACK_MAX)
        return call_problem(call, error, "ids", "must have at most %d ids", STACK_MAX);
    return delete_all(call, ids.items, ids.n, error);
}

const struct operation stacks_operations[] = {
    {"searchStacks", .query = &query_shape, ANSWERS(200, "[StackResponseDto]")},
    {"createStack", .body = &create_shape, ANSWERS(201, "StackResponseDto")},
    {"deleteStacks", .body = &bulk_ids_shape, ANSWERS_NOTHING},
    {"getStack", ANSWERS(200, "StackResponseDto")},
    {"updateStack", .body = &change_shape, ANSWERS(200, "StackResponseDto")},
    {"deleteStack", ANSWERS_NOTHING},
    {"removeAssetFromStack", ANSWERS_NOTHING},
    {.name = NULL},
};
