/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/api-keys: keys for programs. The secret is answered once, when the key is made. */
#include "api/dto.h"
#include "api/events.h"
#include "api/resources.h"
#include "api/words.h"
#include "base/error.h"
#include "db/db.h"

enum { MAX_PERMISSIONS = 256 };

struct key_body {
    const char *name;
    struct body_list permissions;
};
static const struct body_field create_fields[] = {
    {.name = "name", .kind = BODY_TEXT, .offset = offsetof(struct key_body, name), .min = 1, .max = KEY_NAME_MAX},
    {.name = "permissions",
     .kind = BODY_TEXTS,
     .offset = offsetof(struct key_body, permissions),
     .is_required = true,
     .min = 1,
     .max = MAX_PERMISSIONS},
};
static const struct body_shape create_shape = BODY_SHAPE(struct key_body, create_fields);
static const struct body_field change_fields[] = {
    {.name = "name", .kind = BODY_TEXT, .offset = offsetof(struct key_body, name), .min = 1, .max = KEY_NAME_MAX},
    {.name = "permissions",
     .kind = BODY_TEXTS,
     .offset = offsetof(struct key_body, permissions),
     .min = 1,
     .max = MAX_PERMISSIONS},
};
static const struct body_shape change_shape = BODY_SHAPE(struct key_body, change_fields);

/* The list as catalog keeps it; NULL with a validation error. A key cannot give what it does not have. */
static char *join_permissions(struct call *call, const struct body_list *list, GError **error)
{
    const char **names = list->items;
    for (size_t i = 0; i < list->n; i++) {
        if (!word_is_permission(names[i])) {
            g_autofree char *path = g_strdup_printf("permissions.%zu", i);
            call_problem(call, error, path, "is no permission of this API");
            return NULL;
        }
        if (!access_require(call->who, names[i], NULL)) {
            err_set(error, ERR_INVALID, "Cannot grant permissions you do not have");
            return NULL;
        }
    }
    return g_strjoinv(",", (char **)names);
}

struct key_work {
    const struct access *who;
    int64_t user_id;
    struct uuid id;
    const char *name, *permissions;
    struct api_key key;
    char *secret;
};

static void key_work_clear(struct key_work *work)
{
    key_clear(&work->key);
    g_clear_pointer(&work->secret, g_free);
}
#define KEY_WORK_AUTO __attribute__((cleanup(key_work_clear)))

static bool create_key(struct db_conn *conn, void *data, GError **error)
{
    struct key_work *work = data;
    key_work_clear(work);
    return keys_create(conn, work->user_id, work->name, work->permissions, &work->secret, &work->key, error);
}

/* Who gets the secret gets what the key may: a key cannot get hold of one that may more than itself. */
static bool check_not_stronger(const struct access *who, const struct api_key *key, GError **error)
{
    g_auto(GStrv) names = g_strsplit(key->permissions, ",", -1);
    for (char **name = names; *name; name++)
        if (!access_require(who, *name, NULL))
            return err_set(error, ERR_INVALID, "Cannot grant permissions you do not have");
    return true;
}

static bool answer_secret(struct call *call, const struct key_work *work)
{
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    dto_api_key_fields(&json, &work->key);
    json_text(&json, "secret", work->secret);
    dto_api_key(&json, "apiKey", &work->key);
    json_end(&json);
    return call_answer(call, 201, text);
}

bool handle_api_keys_create(struct call *call, GError **error)
{
    struct key_body given;
    if (!call_body(call, &create_shape, &given, error))
        return false;
    g_autofree char *permissions = join_permissions(call, &given.permissions, error);
    KEY_WORK_AUTO struct key_work work = {
        .user_id = call->who->user.id, .name = given.name, .permissions = permissions};
    return permissions && call_write(call, create_key, &work, error) && answer_secret(call, &work);
}

static bool rotate_key(struct db_conn *conn, void *data, GError **error)
{
    struct key_work *work = data;
    key_work_clear(work);
    return keys_rotate(conn, work->user_id, &work->id, &work->secret, &work->key, error) &&
           check_not_stronger(work->who, &work->key, error);
}

bool handle_api_keys_rotate(struct call *call, GError **error)
{
    KEY_WORK_AUTO struct key_work work = {.user_id = call->who->user.id, .who = call->who};
    if (!call_uuid(call, "id", &work.id, error))
        return false;
    if (call_write(call, rotate_key, &work, error)) {
        events_end_key(call->api->events, work.user_id, &work.id);
        return answer_secret(call, &work);
    }
    call_hide_missing(error, "apiKey.rotate");
    return false;
}

/* ---- looking ---- */

static bool answer_key(struct call *call, const struct api_key *key)
{
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    dto_api_key(&json, NULL, key);
    return call_answer(call, 200, text);
}

static bool write_key(const struct api_key *key, void *data)
{
    dto_api_key(data, NULL, key);
    return true;
}

bool handle_api_keys_list(struct call *call, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn)
        return false;
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_array(&json, NULL);
    if (!keys_list(conn, call->who->user.id, write_key, &json, error))
        return false;
    json_end(&json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

bool handle_api_keys_get_mine(struct call *call, GError **error)
{
    if (call->who->kind != ACCESS_KEY)
        return err_set(error, ERR_FORBIDDEN, "This tells a program about its API key; you are signed in without one.");
    return answer_key(call, &call->who->key);
}

bool handle_api_keys_get(struct call *call, GError **error)
{
    struct uuid id;
    if (!call_uuid(call, "id", &id, error))
        return false;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    KEY_AUTO struct api_key key = {0};
    if (!conn || !keys_find_uuid(conn, call->who->user.id, &id, &key, error)) {
        call_hide_missing(error, "apiKey.read");
        return false;
    }
    return answer_key(call, &key);
}

/* ---- changing ---- */

static bool change_key(struct db_conn *conn, void *data, GError **error)
{
    struct key_work *work = data;
    key_work_clear(work);
    return keys_change(conn, work->user_id, &work->id, work->name, work->permissions, &work->key, error);
}

bool handle_api_keys_put(struct call *call, GError **error)
{
    struct key_body given;
    KEY_WORK_AUTO struct key_work work = {.user_id = call->who->user.id};
    if (!call_uuid(call, "id", &work.id, error) || !call_body(call, &change_shape, &given, error))
        return false;
    g_autofree char *permissions = NULL;
    if (given.permissions.is_set && !(permissions = join_permissions(call, &given.permissions, error)))
        return false;
    work.name = given.name;
    work.permissions = permissions;
    if (call_write(call, change_key, &work, error)) {
        events_check(call->api->events, work.user_id);
        return answer_key(call, &work.key);
    }
    call_hide_missing(error, "apiKey.update");
    return false;
}

static bool delete_key(struct db_conn *conn, void *data, GError **error)
{
    const struct key_work *work = data;
    return keys_delete(conn, work->user_id, &work->id, error);
}

bool handle_api_keys_delete(struct call *call, GError **error)
{
    KEY_WORK_AUTO struct key_work work = {.user_id = call->who->user.id};
    if (!call_uuid(call, "id", &work.id, error))
        return false;
    if (call_write(call, delete_key, &work, error)) {
        events_check(call->api->events, work.user_id);
        return call_answer_empty(call, 204);
    }
    call_hide_missing(error, "apiKey.delete");
    return false;
}

const struct operation api_keys_operations[] = {
    {"getApiKeys", ANSWERS(200, "[ApiKeyResponseDto]")},
    {"createApiKey", .body = &create_shape, ANSWERS(201, "ApiKeyCreateResponseDto")},
    {"getMyApiKey", ANSWERS(200, "ApiKeyResponseDto")},
    {"getApiKey", ANSWERS(200, "ApiKeyResponseDto")},
    {"updateApiKey", .body = &change_shape, ANSWERS(200, "ApiKeyResponseDto")},
    {"deleteApiKey", ANSWERS_NOTHING},
    {"rotateApiKey", ANSWERS(201, "ApiKeyCreateResponseDto")},
    {.name = NULL},
};
