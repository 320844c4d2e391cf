/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/tags: words for photos, as a tree. */
#include "catalog/tags.h"

#include <string.h>

#include "api/bulk.h"
#include "api/dto.h"
#include "api/resources.h"
#include "base/error.h"
#include "catalog/assets.h"
#include "db/db.h"

enum { MAX_TAGS = 1000 };

/* ---- looking ---- */

static bool write_tag(const struct tag *tag, void *data)
{
    dto_tag(data, NULL, tag);
    return true;
}

bool handle_tags_list(struct call *call, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_array(&json, NULL);
    if (!conn || !tags_list(conn, call->who->user.id, write_tag, &json, error))
        return false;
    json_end(&json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

static bool find_tag(struct call *call, struct db_conn *conn, const struct uuid *id, const char *permission,
                     struct tag *ret_tag, GError **error)
{
    if (conn && tags_find(conn, call->who->user.id, id, ret_tag, error))
        return true;
    call_hide_missing(error, permission);
    return false;
}

static bool answer_tag(struct call *call, int status, const struct uuid *id, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    TAG_AUTO struct tag tag = {0};
    if (!find_tag(call, conn, id, "tag.read", &tag, error))
        return false;
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    dto_tag(&json, NULL, &tag);
    return call_answer(call, status, text);
}

bool handle_tags_get(struct call *call, GError **error)
{
    struct uuid id;
    return call_uuid(call, "id", &id, error) && answer_tag(call, 200, &id, error);
}

/* ---- making ---- */

struct wish {
    int64_t owner_id;
    const char *name, *color;
    struct body_uuid parent;
    struct body_list values; /* paths */
    struct uuid *ids;        /* of what was made */
};

/* "#rgb", "#rrggbb" or "#rrggbbaa"; "" is none. */
static bool check_color(struct call *call, const char *color, GError **error)
{
    size_t n = color ? strlen(color) : 0;
    bool fits = n == 0 || (color[0] == '#' && (n == 4 || n == 7 || n == 9) &&
                           strspn(color + 1, "0123456789abcdefABCDEF") == n - 1);
    return fits || call_problem(call, error, "color", "must be a color such as #00aaff");
}

static const char *color_of(const struct wish *wish)
{
    return wish->color && *wish->color ? wish->color : NULL;
}

static bool create_work(struct db_conn *conn, void *data, GError **error)
{
    struct wish *wish = data;
    const struct tag_new wanted = {wish->owner_id, wish->name, wish->parent.is_set ? &wish->parent.value : NULL,
                                   color_of(wish)};
    return tags_create(conn, &wanted, wish->ids, error);
}

/* What went wrong with a tag, in the words of the API. */
static bool refuse(GError **error, const char *permission)
{
    if (error && err_is(*error, ERR_EXISTS)) {
        g_clear_error(error);
        return err_set(error, ERR_INVALID, "A tag with that name already exists");
    }
    call_hide_missing(error, permission);
    return false;
}

static const struct body_field create_fields[] = {
    {.name = "name",
     .kind = BODY_TEXT,
     .offset = offsetof(struct wish, name),
     .is_required = true,
     .min = 1,
     .max = TAG_NAME_MAX},
    {.name = "color", .kind = BODY_TEXT, .offset = offsetof(struct wish, color), .max = TAG_COLOR_MAX},
    {.name = "parentId", .kind = BODY_UUID, .offset = offsetof(struct wish, parent)},
};
static const struct body_shape create_shape = BODY_SHAPE(struct wish, create_fields);

bool handle_tags_create(struct call *call, GError **error)
{
    struct wish wish;
    struct uuid id;
    if (!call_body(call, &create_shape, &wish, error) || !check_color(call, wish.color, error))
        return false;
    wish.owner_id = call->who->user.id;
    wish.ids = &id;
    if (call_write(call, create_work, &wish, error))
        return answer_tag(call, 201, &id, error);
    return refuse(error, "tag.read");
}

static bool upsert_work(struct db_conn *conn, void *data, GError **error)
{
    struct wish *wish = data;
    const char *const *values = wish->values.items;
    for (size_t i = 0; i < wish->values.n; i++)
        if (!tags_upsert(conn, wish->owner_id, values[i], &wish->ids[i], error))
            return false;
    return true;
}

static const struct body_field upsert_fields[] = {{.name = "tags",
                                                   .kind = BODY_TEXTS,
                                                   .offset = offsetof(struct wish, values),
                                                   .is_required = true,
                                                   .max = MAX_TAGS}};
static const struct body_shape upsert_shape = BODY_SHAPE(struct wish, upsert_fields);

bool handle_tags_upsert(struct call *call, GError **error)
{
    struct wish wish;
    if (!call_body(call, &upsert_shape, &wish, error))
        return false;
    g_autofree struct uuid *ids = g_new0(struct uuid, wish.values.n + 1);
    wish.owner_id = call->who->user.id;
    wish.ids = ids;
    if (!call_write(call, upsert_work, &wish, error))
        return false;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_array(&json, NULL);
    for (size_t i = 0; i < wish.values.n; i++) {
        TAG_AUTO struct tag tag = {0};
        if (!find_tag(call, conn, &ids[i], "tag.read", &tag, error))
            return false;
        dto_tag(&json, NULL, &tag);
    }
    json_end(&json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

/* ---- changing and deleting ---- */

struct change {
    int64_t owner_id;
    const struct uuid *id;
    const char *name, *color;
    struct tag_progress progress;
    bool is_done;
};

static bool color_work(struct db_conn *conn, void *data, GError **error)
{
    const struct change *change = data;
    return tags_set_color(conn, change->owner_id, change->id, *change->color ? change->color : NULL, error);
}

static bool detach_work(struct db_conn *conn, void *data, GError **error)
{
    struct change *change = data;
    struct tag_progress progress = change->progress;
    if (!tags_detach(conn, change->owner_id, change->id, ASSETS_BATCH, &progress, error))
        return false;
    change->progress = progress;
    return true;
}

static bool rename_work(struct db_conn *conn, void *data, GError **error)
{
    const struct change *change = data;
    return tags_rename(conn, change->owner_id, change->id, change->name, error);
}

/* The photos first, in pieces: whatever happens in between, each state is sound. */
static bool rename_tag(struct call *call, struct change *change, GError **error)
{
    while (!change->progress.is_done)
        if (!call_write(call, detach_work, change, error))
            return false;
    return call_write(call, rename_work, change, error);
}

/* A form that sends all fields back changes nothing by the name that was there. */
static bool is_named(struct call *call, const struct change *change, bool *ret_named, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    TAG_AUTO struct tag tag = {0};
    if (!find_tag(call, conn, change->id, "tag.update", &tag, error))
        return false;
    *ret_named = !change->name || g_str_equal(tag.name, change->name);
    return true;
}

static const struct body_field change_fields[] = {
    {.name = "name", .kind = BODY_TEXT, .offset = offsetof(struct change, name), .min = 1, .max = TAG_NAME_MAX},
    {.name = "color",
     .kind = BODY_TEXT,
     .offset = offsetof(struct change, color),
     .max = TAG_COLOR_MAX,
     .knows_null = true},
};
static const struct body_shape change_shape = BODY_SHAPE(struct change, change_fields);

bool handle_tags_put(struct call *call, GError **error)
{
    struct change change;
    struct uuid id;
    bool is_same = false;
    if (!call_uuid(call, "id", &id, error) || !call_body(call, &change_shape, &change, error) ||
        !check_color(call, change.color, error))
        return false;
    change.owner_id = call->who->user.id;
    change.id = &id;
    if (!is_named(call, &change, &is_same, error))
        return false;
    if ((!is_same && !rename_tag(call, &change, error)) ||
        (change.color && !call_write(call, color_work, &change, error)))
        return refuse(error, "tag.update");
    return answer_tag(call, 200, &id, error);
}

static bool delete_work(struct db_conn *conn, void *data, GError **error)
{
    struct change *change = data;
    return tags_delete(conn, change->owner_id, change->id, ASSETS_BATCH, &change->is_done, error);
}

bool handle_tags_delete(struct call *call, GError **error)
{
    struct uuid id;
    if (!call_uuid(call, "id", &id, error))
        return false;
    struct change change = {.owner_id = call->who->user.id, .id = &id};
    while (!change.is_done)
        if (!call_write(call, delete_work, &change, error))
            return refuse(error, "tag.delete");
    return call_answer_empty(call, 204);
}

/* ---- photos ---- */

bool handle_tags_put_on(struct call *call, GError **error)
{
    return bulk_answer(call, tags_put_on, "tag.asset", error);
}

bool handle_tags_take_off(struct call *call, GError **error)
{
    return bulk_answer(call, tags_take_off, "tag.asset", error);
}

struct many {
    struct body_list tags, assets;
};

static const struct body_field many_fields[] = {
    {.name = "tagIds", .kind = BODY_UUIDS, .offset = offsetof(struct many, tags), .is_required = true, .max = MAX_TAGS},
    {.name = "assetIds",
     .kind = BODY_UUIDS,
     .offset = offsetof(struct many, assets),
     .is_required = true,
     .max = BULK_MAX},
};
static const struct body_shape many_shape = BODY_SHAPE(struct many, many_fields);

bool handle_tags_put_on_many(struct call *call, GError **error)
{
    struct many given;
    int64_t count = 0;
    if (!call_body(call, &many_shape, &given, error))
        return false;
    g_autofree enum bulk_outcome *outcomes = g_new0(enum bulk_outcome, given.assets.n + 1);
    const struct uuid *tags = given.tags.items;
    for (size_t i = 0; i < given.tags.n; i++) {
        const struct bulk bulk = {call->who->user.id, call_is_unlocked(call), &tags[i], given.assets.items,
                                  given.assets.n};
        if (!bulk_run(call, tags_put_on, &bulk, "tag.asset", outcomes, error))
            return false;
        for (size_t k = 0; k < given.assets.n; k++)
            count += outcomes[k] == BULK_DONE;
    }
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    json_int(&json, "count", count);
    json_end(&json);
    return call_answer(call, 200, text);
}

const struct operation tags_operations[] = {
    {"getAllTags", ANSWERS(200, "[TagResponseDto]")},
    {"createTag", .body = &create_shape, ANSWERS(201, "TagResponseDto")},
    {"upsertTags", .body = &upsert_shape, ANSWERS(200, "[TagResponseDto]")},
    {"bulkTagAssets", .body = &many_shape, ANSWERS(200, "TagBulkAssetsResponseDto")},
    {"getTagById", ANSWERS(200, "TagResponseDto")},
    {"updateTag", .body = &change_shape, ANSWERS(200, "TagResponseDto")},
    {"deleteTag", ANSWERS_NOTHING},
    {"tagAssets", .body = &bulk_ids_shape, ANSWERS(200, "[BulkIdResponseDto]")},
    {"untagAssets", .body = &bulk_ids_shape, ANSWERS(200, "[BulkIdResponseDto]")},
    {.name = NULL},
};
