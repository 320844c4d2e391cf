/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/activities: comments and likes of an album's members. */
#include "catalog/activities.h"

#include "api/dto.h"
#include "api/resources.h"
#include "base/error.h"
#include "db/db.h"

static const char *const kinds[] = {"comment", "like", NULL};

/* ---- looking ---- */

struct listing {
    struct db_conn *conn;
    struct json json;
    GError *problem;
};

static bool write_activity(struct db_conn *conn, struct json *json, const struct activity *activity, GError **error)
{
    USER_AUTO struct user user = {0};
    if (!users_find_id(conn, activity->user_id, &user, error))
        return false;
    json_begin_object(json, NULL);
    dto_uuid(json, "id", &activity->uuid);
    json_text(json, "type", kinds[!activity->comment]);
    dto_uuid_or_null(json, "assetId", activity->has_asset ? &activity->asset : NULL);
    json_text(json, "comment", activity->comment);
    json_time(json, "createdAt", activity->created_us);
    dto_other_user(json, "user", &user);
    json_end(json);
    return true;
}

static bool write_one(const struct activity *activity, void *data)
{
    struct listing *listing = data;
    return write_activity(listing->conn, &listing->json, activity, &listing->problem);
}

struct query {
    struct body_uuid album, asset, user;
    const char *kind, *level;
};
static const char *const levels[] = {"album", "asset", NULL};
#define ALBUM_FIELD                                                                                                    \
    {                                                                                                                  \
        .name = "albumId", .kind = BODY_UUID, .offset = offsetof(struct query, album), .is_required = true             \
    }
#define ASSET_FIELD                                                                                                    \
    {                                                                                                                  \
        .name = "assetId", .kind = BODY_UUID, .offset = offsetof(struct query, asset)                                  \
    }
static const struct body_field list_fields[] = {
    ALBUM_FIELD,
    ASSET_FIELD,
    {.name = "userId", .kind = BODY_UUID, .offset = offsetof(struct query, user)},
    {.name = "type", .kind = BODY_CHOICE, .offset = offsetof(struct query, kind), .choices = kinds},
    {.name = "level", .kind = BODY_CHOICE, .offset = offsetof(struct query, level), .choices = levels},
};
static const struct body_shape list_query = BODY_SHAPE(struct query, list_fields);
static const struct body_field count_fields[] = {ALBUM_FIELD, ASSET_FIELD};
static const struct body_shape count_query = BODY_SHAPE(struct query, count_fields);

/* The album that the query names, which the caller may read. */
static bool find_album(struct call *call, struct db_conn *conn, const struct query *query, int64_t *ret_album_id,
                       GError **error)
{
    struct viewer viewer = call_viewer(call);
    struct album_grant grant;
    if (!grants_album(conn, &viewer, ALBUM_MAY_READ, &query->album.value, &grant, error)) {
        call_hide_missing(error, album_right_name(ALBUM_MAY_READ));
        return false;
    }
    *ret_album_id = grant.album_id;
    return true;
}

static const struct uuid *id_of(const struct body_uuid *id)
{
    return id->is_set ? &id->value : NULL;
}

bool handle_activities_list(struct call *call, GError **error)
{
    struct query query;
    if (!call_query(call, &list_query, &query, error))
        return false;
    struct activity_filter filter = {
        .asset = id_of(&query.asset),
        .user = id_of(&query.user),
        .of_album_alone = query.level && g_str_equal(query.level, levels[0]),
        .kind = !query.kind                         ? ACTIVITY_ANY
                : g_str_equal(query.kind, kinds[0]) ? ACTIVITY_COMMENTS
                                                    : ACTIVITY_LIKES,
    };
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn || !find_album(call, conn, &query, &filter.album_id, error))
        return false;
    g_autoptr(GString) text = g_string_new(NULL);
    struct listing listing = {conn, json_to(text), NULL};
    json_begin_array(&listing.json, NULL);
    if (!activities_list(conn, &filter, write_one, &listing, error))
        return false;
    if (listing.problem) {
        g_propagate_error(error, listing.problem);
        return false;
    }
    json_end(&listing.json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

bool handle_activities_statistics(struct call *call, GError **error)
{
    struct query query;
    int64_t album_id, comments, likes;
    if (!call_query(call, &count_query, &query, error))
        return false;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn || !find_album(call, conn, &query, &album_id, error) ||
        !activities_count(conn, album_id, id_of(&query.asset), &comments, &likes, error))
        return false;
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    json_int(&json, "comments", comments);
    json_int(&json, "likes", likes);
    json_end(&json);
    return call_answer(call, 200, text);
}

/* ---- writing ---- */

struct wish {
    struct body_uuid album, asset;
    const char *kind, *comment;
};
static const struct body_field wish_fields[] = {
    {.name = "albumId", .kind = BODY_UUID, .offset = offsetof(struct wish, album), .is_required = true},
    {.name = "assetId", .kind = BODY_UUID, .offset = offsetof(struct wish, asset)},
    {.name = "type", .kind = BODY_CHOICE, .offset = offsetof(struct wish, kind), .is_required = true, .choices = kinds},
    {.name = "comment",
     .kind = BODY_TEXT,
     .offset = offsetof(struct wish, comment),
     .min = 1,
     .max = ACTIVITY_COMMENT_MAX},
};
static const struct body_shape wish_shape = BODY_SHAPE(struct wish, wish_fields);

struct add_work {
    struct viewer viewer;
    const struct wish *wish;
    struct uuid id;
    bool is_new;
};

static bool add_work(struct db_conn *conn, void *data, GError **error)
{
    struct add_work *work = data;
    const struct wish *wish = work->wish;
    ALBUM_AUTO struct album album = {0};
    if (!albums_find(conn, &work->viewer, &wish->album.value, &album, error))
        return false;
    if (!album.is_activity_enabled)
        return err_set(error, ERR_NOT_FOUND, "Nothing is said in this album.");
    struct activity_new wanted = {
        .album_id = album.id,
        .user_id = work->viewer.user_id,
        .asset = wish->asset.is_set ? &wish->asset.value : NULL,
        .comment = wish->comment,
    };
    return activities_add(conn, &wanted, &work->id, &work->is_new, error);
}

static bool answer_one(struct call *call, const struct add_work *work, GError **error)
{
    ACTIVITY_AUTO struct activity activity = {0};
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    return conn && activities_find(conn, &work->id, &activity, error) &&
           write_activity(conn, &json, &activity, error) &&
           call_answer(call, work->is_new ? 201 : 200, g_steal_pointer(&text));
}

bool handle_activities_create(struct call *call, GError **error)
{
    struct wish wish;
    if (!call_body(call, &wish_shape, &wish, error))
        return false;
    bool is_comment = g_str_equal(wish.kind, kinds[0]);
    if (is_comment != (wish.comment != NULL))
        return call_problem(call, error, "comment", is_comment ? "is missing" : "is nothing that a like has");
    struct add_work work = {.viewer = call_viewer(call), .wish = &wish};
    if (call_write(call, add_work, &work, error))
        return answer_one(call, &work, error);
    call_hide_missing(error, "activity.create");
    return false;
}

static bool delete_work(struct db_conn *conn, void *data, GError **error)
{
    void **parts = data;
    return activities_delete(conn, *(int64_t *)parts[0], parts[1], error);
}

bool handle_activities_delete(struct call *call, GError **error)
{
    struct uuid id;
    int64_t user_id = call->who->user.id;
    if (!call_uuid(call, "id", &id, error))
        return false;
    void *parts[] = {&user_id, &id};
    if (call_write(call, delete_work, parts, error))
        return call_answer_empty(call, 204);
    call_hide_missing(error, "activity.delete");
    return false;
}

const struct operation activities_operations[] = {
    {"getActivities", .query = &list_query, ANSWERS(200, "[ActivityResponseDto]")},
    {"getActivityStatistics", .query = &count_query, ANSWERS(200, "ActivityStatisticsResponseDto")},
    {"createActivity", .body = &wish_shape,
     .answers = {{200, "ActivityResponseDto", NULL}, {201, "ActivityResponseDto", NULL}}},
    {"deleteActivity", ANSWERS_NOTHING},
    {.name = NULL},
};
