/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/assets/metadata, /api/assets/{id}/metadata: what clients want to have kept with an asset
 * (catalog/asset_app_data.h).
 */
#include "catalog/asset_app_data.h"

#include <string.h>

#include "api/app_data_items.h"
#include "api/dto.h"
#include "api/resources.h"
#include "base/error.h"
#include "db/db.h"

enum { ITEMS_MAX = 10000 };

/* One key of one asset, in the bodies of many and of one. */
struct item {
    struct body_uuid asset;
    const char *key, *value;
};
#define ASSET_FIELD                                                                                                    \
    {                                                                                                                  \
        .name = "assetId", .kind = BODY_UUID, .offset = offsetof(struct item, asset), .is_required = true              \
    }
#define KEY_FIELD                                                                                                      \
    {                                                                                                                  \
        .name = "key", .kind = BODY_TEXT, .offset = offsetof(struct item, key), .is_required = true, .min = 1,         \
        .max = APP_DATA_KEY_MAX                                                                                        \
    }
#define VALUE_FIELD                                                                                                    \
    {                                                                                                                  \
        .name = "value", .kind = BODY_JSON, .offset = offsetof(struct item, value), .is_required = true,               \
        .max = APP_DATA_VALUE_MAX                                                                                      \
    }
#define LIST_OF(list, item_shape)                                                                                      \
    static const struct body_field list##_fields[] = {                                                                 \
        {.name = "items", .kind = BODY_OBJECTS, .is_required = true, .max = ITEMS_MAX, .inner = &(item_shape)}};       \
    static const struct body_shape list = BODY_SHAPE(struct body_list, list##_fields)

static const struct body_field one_fields[] = {KEY_FIELD, VALUE_FIELD};
static const struct body_shape one_shape = BODY_SHAPE(struct item, one_fields);
static const struct body_field bulk_fields[] = {ASSET_FIELD, KEY_FIELD, VALUE_FIELD};
static const struct body_shape bulk_shape = BODY_SHAPE(struct item, bulk_fields);
static const struct body_field drop_fields[] = {ASSET_FIELD, KEY_FIELD};
static const struct body_shape drop_shape = BODY_SHAPE(struct item, drop_fields);
LIST_OF(put_body, one_shape);
LIST_OF(put_many_body, bulk_shape);
LIST_OF(delete_many_body, drop_shape);

struct app_data *app_data_parse(const char *text, size_t *ret_n, struct body **ret_body, GError **error)
{
    struct body_list list;
    bool is_list = *text == '[';
    g_autofree char *whole = g_strconcat("{\"items\":", is_list ? "" : "[", text, is_list ? "" : "]", "}", NULL);
    struct body *body = body_parse(whole, strlen(whole), &put_body, &list, NULL, error);
    if (!body)
        return NULL;
    struct app_data *items = g_new0(struct app_data, list.n + 1);
    const struct item *given = list.items;
    for (size_t i = 0; i < list.n; i++)
        items[i] = (struct app_data){.key = given[i].key, .value = given[i].value};
    *ret_n = list.n;
    *ret_body = body;
    return items;
}

/* ---- writing ---- */

struct output {
    struct json json;
    const struct uuid *asset; /* NULL: not named in the items */
};

static void write_item(const struct app_data *item, void *data)
{
    struct output *output = data;
    struct json *json = &output->json;
    json_begin_object(json, NULL);
    if (output->asset)
        dto_uuid(json, "assetId", output->asset);
    json_text(json, "key", item->key);
    json_raw(json, "value", item->value);
    json_time(json, "updatedAt", item->updated_us);
    json_end(json);
}

/* ---- whose ---- */

/* The row of an asset of the caller's that the caller may see now. */
static bool find_asset(struct db_conn *conn, const struct access *who, bool with_locked, const struct uuid *id,
                       int64_t *ret_asset_id, GError **error)
{
    ASSET_FILE_AUTO struct asset_file file = {0};
    if (!asset_find_file(conn, who->user.id, id, &file, error))
        return false;
    *ret_asset_id = file.id;
    return file.visibility != ASSET_LOCKED || with_locked || err_set(error, ERR_NOT_FOUND, "There is no such asset.");
}

struct work {
    const struct access *who;
    bool with_locked;
    const struct uuid *asset; /* NULL: each item names its own */
    const struct item *items;
    size_t n;
    GString *text; /* NULL: the items are dropped */
};

static bool do_item(struct db_conn *conn, const struct work *work, const struct item *item, struct output *output,
                    GError **error)
{
    int64_t asset_id;
    const struct uuid *asset = work->asset ? work->asset : &item->asset.value;
    if (!find_asset(conn, work->who, work->with_locked, asset, &asset_id, error))
        return false;
    if (!work->text)
        return app_data_drop(conn, asset_id, item->key, error);
    output->asset = work->asset ? NULL : asset;
    return app_data_set(conn, asset_id, item->key, item->value, error) &&
           app_data_list(conn, asset_id, item->key, write_item, output, error);
}

static bool do_items(struct db_conn *conn, void *data, GError **error)
{
    const struct work *work = data;
    struct output output = {0};
    if (work->text) {
        g_string_truncate(work->text, 0); /* of a first run that was undone */
        output.json = json_to(work->text);
        json_begin_array(&output.json, NULL);
    }
    for (size_t i = 0; i < work->n; i++)
        if (!do_item(conn, work, &work->items[i], &output, error))
            return false;
    if (work->text)
        json_end(&output.json);
    return true;
}

static bool run(struct call *call, struct work *work, GError **error)
{
    work->who = call->who;
    work->with_locked = call_is_unlocked(call);
    if (call_write(call, do_items, work, error))
        return true;
    call_hide_missing(error, "asset.update");
    return false;
}

static bool set_items(struct call *call, struct work *work, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    work->text = text;
    return run(call, work, error) && call_answer(call, 200, g_steal_pointer(&text));
}

bool handle_app_data_put(struct call *call, GError **error)
{
    struct body_list given;
    struct uuid id;
    if (!call_uuid(call, "id", &id, error) || !call_body(call, &put_body, &given, error))
        return false;
    struct work work = {.asset = &id, .items = given.items, .n = given.n};
    return set_items(call, &work, error);
}

bool handle_app_data_put_many(struct call *call, GError **error)
{
    struct body_list given;
    if (!call_body(call, &put_many_body, &given, error))
        return false;
    struct work work = {.items = given.items, .n = given.n};
    return set_items(call, &work, error);
}

bool handle_app_data_delete(struct call *call, GError **error)
{
    struct uuid id;
    if (!call_uuid(call, "id", &id, error))
        return false;
    const struct item item = {.key = http_param(call->request, "key")};
    struct work work = {.asset = &id, .items = &item, .n = 1};
    return run(call, &work, error) && call_answer_empty(call, 204);
}

bool handle_app_data_delete_many(struct call *call, GError **error)
{
    struct body_list given;
    if (!call_body(call, &delete_many_body, &given, error))
        return false;
    struct work work = {.items = given.items, .n = given.n};
    return run(call, &work, error) && call_answer_empty(call, 204);
}

/* ---- reading ---- */

/* Into @json what is kept under @key (NULL: all). */
static bool read_items(struct call *call, const char *key, struct output *output, GError **error)
{
    struct uuid id;
    int64_t asset_id;
    if (!call_uuid(call, "id", &id, error))
        return false;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (conn && find_asset(conn, call->who, call_is_unlocked(call), &id, &asset_id, error))
        return app_data_list(conn, asset_id, key, write_item, output, error);
    call_hide_missing(error, "asset.read");
    return false;
}

bool handle_app_data_list(struct call *call, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct output output = {.json = json_to(text)};
    json_begin_array(&output.json, NULL);
    if (!read_items(call, NULL, &output, error))
        return false;
    json_end(&output.json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

bool handle_app_data_get(struct call *call, GError **error)
{
    const char *key = http_param(call->request, "key");
    g_autoptr(GString) text = g_string_new(NULL);
    struct output output = {.json = json_to(text)};
    if (!read_items(call, key, &output, error))
        return false;
    if (text->len == 0)
        return err_set(error, ERR_INVALID, "This asset has no metadata with the key %s.", key);
    return call_answer(call, 200, g_steal_pointer(&text));
}

const struct operation asset_app_data_operations[] = {
    {"getAssetMetadata", ANSWERS(200, "[AssetMetadataResponseDto]")},
    {"getAssetMetadataByKey", .params = "key: text", ANSWERS(200, "AssetMetadataResponseDto")},
    {"updateAssetMetadata", .body = &put_body, ANSWERS(200, "[AssetMetadataResponseDto]")},
    {"deleteAssetMetadata", .params = "key: text", ANSWERS_NOTHING},
    {"updateBulkAssetMetadata", .body = &put_many_body, ANSWERS(200, "[AssetMetadataBulkResponseDto]")},
    {"deleteBulkAssetMetadata", .body = &delete_many_body, ANSWERS_NOTHING},
    {.name = NULL},
};
