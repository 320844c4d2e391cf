/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/preferences.h"

#include <jansson.h>
#include <string.h>

#include "api/body.h"
#include "api/openapi.h"
#include "api/resources.h"
#include "api/schema.h"
#include "api/words.h"
#include "base/clock.h"
#include "base/error.h"
#include "db/db.h"

enum setting_kind { SETTING_BOOL, SETTING_INT, SETTING_TIME, SETTING_ORDER };

/* In the order of the answer: settings of one group stand together. */
static const struct setting {
    const char *group, *name;
    enum setting_kind kind;
    int64_t number;   /* default of a bool or int */
    int64_t min, max; /* of an int */
    const char *text; /* default of the others */
} settings[] = {
    {.group = "albums", .name = "defaultAssetOrder", .kind = SETTING_ORDER, .text = "desc"},
    {.group = "cast", .name = "gCastEnabled", .kind = SETTING_BOOL, .number = false},
    {.group = "download",
     .name = "archiveSize",
     .kind = SETTING_INT,
     .number = INT64_C(4294967296),
     .min = 1,
     .max = INT64_C(9007199254740991)},
    {.group = "download", .name = "includeEmbeddedVideos", .kind = SETTING_BOOL, .number = false},
    {.group = "emailNotifications", .name = "enabled", .kind = SETTING_BOOL, .number = false},
    {.group = "emailNotifications", .name = "albumInvite", .kind = SETTING_BOOL, .number = false},
    {.group = "emailNotifications", .name = "albumUpdate", .kind = SETTING_BOOL, .number = false},
    {.group = "folders", .name = "enabled", .kind = SETTING_BOOL, .number = false},
    {.group = "folders", .name = "sidebarWeb", .kind = SETTING_BOOL, .number = false},
    {.group = "memories", .name = "enabled", .kind = SETTING_BOOL, .number = true},
    {.group = "memories", .name = "duration", .kind = SETTING_INT, .number = 5, .min = 1, .max = 3600},
    {.group = "memories", .name = "sidebarWeb", .kind = SETTING_BOOL, .number = false},
    {.group = "people", .name = "enabled", .kind = SETTING_BOOL, .number = true},
    {.group = "people", .name = "sidebarWeb", .kind = SETTING_BOOL, .number = false},
    {.group = "people", .name = "minimumFaces", .kind = SETTING_INT, .number = 3, .min = 1, .max = 10000},
    {.group = "purchase", .name = "showSupportBadge", .kind = SETTING_BOOL, .number = false},
    /* Nothing is sold here: the button of apps that would ask stays hidden. */
    {.group = "purchase", .name = "hideBuyButtonUntil", .kind = SETTING_TIME, .text = "9999-01-01T00:00:00.000Z"},
    {.group = "ratings", .name = "enabled", .kind = SETTING_BOOL, .number = false},
    {.group = "recentlyAdded", .name = "sidebarWeb", .kind = SETTING_BOOL, .number = false},
    {.group = "sharedLinks", .name = "enabled", .kind = SETTING_BOOL, .number = true},
    {.group = "sharedLinks", .name = "sidebarWeb", .kind = SETTING_BOOL, .number = false},
    {.group = "tags", .name = "enabled", .kind = SETTING_BOOL, .number = true},
    {.group = "tags", .name = "sidebarWeb", .kind = SETTING_BOOL, .number = false},
};

/* What is wrong with @value for @setting, or NULL. */
static const char *fault_of(const struct setting *setting, const json_t *value)
{
    int64_t us;
    switch (setting->kind) {
    case SETTING_BOOL:
        return json_is_boolean(value) ? NULL : "must be true or false";
    case SETTING_INT:
        return json_is_integer(value) && json_integer_value(value) >= setting->min &&
                       json_integer_value(value) <= setting->max
                   ? NULL
                   : "must be a whole number within its range";
    case SETTING_TIME:
        return json_is_string(value) && iso_parse(json_string_value(value), &us)
                   ? NULL
                   : "must be a date and time in ISO 8601";
    case SETTING_ORDER:
        return word_is_one_of(json_string_value(value), words_asset_order) ? NULL : "must be asc or desc";
    }
    return NULL;
}

static void write_setting(struct json *json, const struct setting *setting, const json_t *stored)
{
    bool is_set = stored && !fault_of(setting, stored);
    int64_t us;
    switch (setting->kind) {
    case SETTING_BOOL:
        json_bool(json, setting->name, is_set ? json_is_true(stored) : setting->number != 0);
        break;
    case SETTING_INT:
        json_int(json, setting->name, is_set ? json_integer_value(stored) : setting->number);
        break;
    case SETTING_TIME:
        if (iso_parse(is_set ? json_string_value(stored) : setting->text, &us))
            json_time(json, setting->name, us);
        break;
    case SETTING_ORDER:
        json_text(json, setting->name, is_set ? json_string_value(stored) : setting->text);
        break;
    }
}

void preferences_write(struct json *json, const char *stored)
{
    json_t *root = stored ? json_loads(stored, 0, NULL) : NULL;
    json_begin_object(json, NULL);
    const char *group = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
        const struct setting *setting = &settings[i];
        if (!group || strcmp(group, setting->group) != 0) {
            if (group)
                json_end(json);
            json_begin_object(json, setting->group);
            group = setting->group;
        }
        write_setting(json, setting, json_object_get(json_object_get(root, setting->group), setting->name));
    }
    json_end(json);
    json_end(json);
    json_decref(root);
}

static const struct setting *find_setting(const char *group, const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++)
        if (strcmp(settings[i].group, group) == 0 && strcmp(settings[i].name, name) == 0)
            return &settings[i];
    g_assert_not_reached();
}

int64_t preferences_number(const char *stored, const char *group, const char *name)
{
    const struct setting *setting = find_setting(group, name);
    json_t *root = stored ? json_loads(stored, 0, NULL) : NULL;
    const json_t *value = json_object_get(json_object_get(root, group), name);
    int64_t number = setting->number;
    if (value && !fault_of(setting, value))
        number = json_is_integer(value) ? json_integer_value(value) : json_is_true(value);
    json_decref(root);
    return number;
}

/* The colour is the account's own, and may be set here as well. */
struct avatar_wish {
    const char *colour;
};
static const struct body_field avatar_fields[] = {{.name = "color",
                                                   .kind = BODY_CHOICE,
                                                   .offset = offsetof(struct avatar_wish, colour),
                                                   .choices = words_avatar_color}};
static const struct body_shape avatar_shape = BODY_SHAPE(struct avatar_wish, avatar_fields);

/* ---- what they look like ---- */

static void write_setting_schema(struct json *json, const struct setting *setting)
{
    static const char *const types[] = {
        [SETTING_BOOL] = "bool", [SETTING_INT] = "int", [SETTING_TIME] = "time", [SETTING_ORDER] = "AssetOrder"};
    schema_write_type(json, setting->name, types[setting->kind]);
}

static void end_group_schema(struct json *json, const char *group, bool is_whole)
{
    json_end(json);
    if (is_whole) {
        json_begin_array(json, "required");
        for (size_t i = 0; i < G_N_ELEMENTS(settings); i++)
            if (strcmp(settings[i].group, group) == 0)
                json_text(json, NULL, settings[i].name);
        json_end(json);
    }
    json_end(json);
}

static bool begins_group(size_t i)
{
    return i == 0 || strcmp(settings[i].group, settings[i - 1].group) != 0;
}

static void write_schema(struct json *json, const char *key, bool is_whole)
{
    json_begin_object(json, key);
    schema_write_kind(json, "object", false);
    json_begin_object(json, "properties");
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
        if (begins_group(i)) {
            json_begin_object(json, settings[i].group);
            schema_write_kind(json, "object", false);
            json_begin_object(json, "properties");
        }
        write_setting_schema(json, &settings[i]);
        if (i + 1 == G_N_ELEMENTS(settings) || begins_group(i + 1))
            end_group_schema(json, settings[i].group, is_whole);
    }
    if (!is_whole)
        openapi_write_shape(json, "avatar", &avatar_shape);
    json_end(json);
    json_begin_array(json, "required");
    for (size_t i = 0; is_whole && i < G_N_ELEMENTS(settings); i++)
        if (begins_group(i))
            json_text(json, NULL, settings[i].group);
    json_end(json);
    json_end(json);
}

void preferences_write_schema(struct json *json, const char *key)
{
    write_schema(json, key, true);
}

void preferences_write_update_schema(struct json *json, const char *key)
{
    write_schema(json, key, false);
}

/* ---- changing ---- */

static void merge_setting(json_t *root, const struct setting *setting, json_t *value, struct body_problems *problems)
{
    const char *fault = fault_of(setting, value);
    if (fault) {
        g_autofree char *path = g_strconcat(setting->group, ".", setting->name, NULL);
        body_problem(problems, path, "%s", fault);
        return;
    }
    json_t *group = json_object_get(root, setting->group);
    if (!json_is_object(group)) {
        group = json_object();
        json_object_set_new(root, setting->group, group);
    }
    json_object_set(group, setting->name, value);
}

char *preferences_merge(const char *stored, const void *update, size_t size, struct body_problems *problems,
                        GError **error)
{
    json_t *changes = body_load(update, size, error);
    if (!changes)
        return NULL;
    json_t *root = stored ? json_loads(stored, 0, NULL) : NULL;
    if (!json_is_object(root)) {
        json_decref(root);
        root = json_object();
    }
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
        json_t *value = json_object_get(json_object_get(changes, settings[i].group), settings[i].name);
        if (value)
            merge_setting(root, &settings[i], value, problems);
    }
    char *text = NULL;
    if (body_problems_any(problems)) {
        err_set(error, ERR_INVALID, "Validation failed");
    } else {
        char *dumped = json_dumps(root, JSON_COMPACT);
        text = g_strdup(dumped);
        free(dumped);
    }
    json_decref(root);
    json_decref(changes);
    return text;
}

/* ---- /api/users/me/preferences ---- */

static bool answer(struct call *call, const char *stored)
{
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    preferences_write(&json, stored);
    return call_answer(call, 200, text);
}

bool preferences_answer(struct call *call, const struct user *user)
{
    return answer(call, user->preferences);
}

bool handle_preferences_get(struct call *call, GError **error)
{
    return answer(call, call->who->user.preferences);
}

struct preferences_work {
    int64_t user_id;
    GBytes *update;
    struct body_problems *problems; /* made anew by each run */
    char *stored;
};

static struct body *read_avatar(const void *update, size_t size, struct avatar_wish *ret_wish,
                                struct preferences_work *work, GError **error)
{
    static const struct body_field fields[] = {{.name = "avatar", .kind = BODY_OBJECT, .inner = &avatar_shape}};
    static const struct body_shape shape = BODY_SHAPE(struct avatar_wish, fields);
    struct body_problems *problems = NULL;
    struct body *body = body_parse(update, size, &shape, ret_wish, &problems, error);
    if (problems) {
        body_problems_free(work->problems);
        work->problems = problems;
    }
    return body;
}

/* Reads and writes in one transaction: two pages that change different switches at once must both win. */
static bool change_preferences(struct db_conn *conn, void *data, GError **error)
{
    struct preferences_work *work = data;
    USER_AUTO struct user user = {0};
    if (!users_find_id(conn, work->user_id, &user, error))
        return false;
    body_problems_free(work->problems);
    work->problems = body_problems_new();
    g_free(work->stored);
    gsize size;
    const void *update = g_bytes_get_data(work->update, &size);
    struct avatar_wish avatar;
    BODY_AUTO struct body *body = read_avatar(update, size, &avatar, work, error);
    work->stored = body ? preferences_merge(user.preferences, update, size, work->problems, error) : NULL;
    struct user_change change = {.preferences = work->stored, .avatar_color = avatar.colour};
    return work->stored && users_change(conn, work->user_id, &change, NULL, error);
}

bool preferences_change(struct call *call, int64_t user_id, GError **error)
{
    if (!call_check_json(call, error))
        return false;
    struct preferences_work work = {.user_id = user_id, .update = http_body(call->request)};
    bool done = call_write(call, change_preferences, &work, error);
    if (done)
        answer(call, work.stored);
    else if (work.problems && body_problems_any(work.problems))
        call->problems = g_steal_pointer(&work.problems);
    body_problems_free(work.problems);
    g_free(work.stored);
    return done;
}

bool handle_preferences_put(struct call *call, GError **error)
{
    return preferences_change(call, call->who->user.id, error);
}

const struct operation preferences_operations[] = {
    {"getMyPreferences", ANSWERS(200, "UserPreferencesResponseDto")},
    {"updateMyPreferences", .body_type = "UserPreferencesUpdateDto", ANSWERS(200, "UserPreferencesResponseDto")},
    {.name = NULL},
};
