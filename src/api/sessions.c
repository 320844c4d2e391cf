/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/sessions: where one is signed in. */
#include "api/admin_users.h"
#include "api/dto.h"
#include "api/events.h"
#include "api/resources.h"
#include "base/clock.h"
#include "base/error.h"
#include "catalog/sync.h"
#include "db/db.h"

struct listing {
    struct json json;
    int64_t current_id;
};

static bool write_session(const struct session *session, void *data)
{
    struct listing *listing = data;
    dto_session(&listing->json, NULL, session, session->id == listing->current_id);
    return true;
}

bool sessions_answer(struct call *call, int64_t user_id, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn)
        return false;
    g_autoptr(GString) text = g_string_new(NULL);
    struct listing listing = {json_to(text), call->who->session.id};
    json_begin_array(&listing.json, NULL);
    int64_t idle_us = api_session_idle_us(&call->api->config);
    if (!sessions_list(conn, user_id, idle_us, write_session, &listing, error))
        return false;
    json_end(&listing.json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

bool handle_sessions_get(struct call *call, GError **error)
{
    return sessions_answer(call, call->who->user.id, error);
}

static bool delete_others(struct db_conn *conn, void *data, GError **error)
{
    const struct access *who = data;
    return sessions_delete_others(conn, who->user.id, who->session.id, error);
}

bool handle_sessions_delete_all(struct call *call, GError **error)
{
    if (!call_write(call, delete_others, (void *)call->who, error))
        return false;
    events_check(call->api->events, call->who->user.id);
    return call_answer_empty(call, 204);
}

struct one {
    int64_t user_id;
    struct uuid id;
};

static bool delete_one(struct db_conn *conn, void *data, GError **error)
{
    const struct one *one = data;
    return sessions_delete(conn, one->user_id, &one->id, error);
}

bool handle_sessions_delete_one(struct call *call, GError **error)
{
    struct one one = {.user_id = call->who->user.id};
    if (!call_uuid(call, "id", &one.id, error))
        return false;
    if (call_write(call, delete_one, &one, error)) {
        events_check(call->api->events, one.user_id);
        return call_answer_empty(call, 204);
    }
    call_hide_missing(error, "authDevice.delete");
    return false;
}

struct update {
    int64_t user_id;
    struct uuid id;
    struct body_bool reset;
    struct session session;
};

static bool find_one(const struct session *session, void *data)
{
    struct update *update = data;
    if (!uuid_equal(&session->uuid, &update->id))
        return true;
    update->session = *session;
    update->session.device_type = g_strdup(session->device_type);
    update->session.device_os = g_strdup(session->device_os);
    update->session.app_version = g_strdup(session->app_version);
    return false;
}

static bool update_one(struct db_conn *conn, void *data, GError **error)
{
    struct update *update = data;
    session_clear(&update->session);
    if (update->reset.is_set && !sync_want_reset(conn, update->user_id, &update->id, update->reset.value, error))
        return false;
    if (!sessions_list(conn, update->user_id, 0, find_one, update, error))
        return false;
    return update->session.id != 0 || err_set(error, ERR_NOT_FOUND, "There is no such session.");
}

static const struct body_field update_fields[] = {{.name = "isPendingSyncReset", .kind = BODY_BOOL}};
static const struct body_shape update_shape = BODY_SHAPE(struct body_bool, update_fields);

bool handle_sessions_put_one(struct call *call, GError **error)
{
    struct update update = {.user_id = call->who->user.id};
    if (!call_uuid(call, "id", &update.id, error) || !call_body(call, &update_shape, &update.reset, error))
        return false;
    if (!call_write(call, update_one, &update, error)) {
        call_hide_missing(error, "authDevice.update");
        return false;
    }
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    dto_session(&json, NULL, &update.session, update.session.id == call->who->session.id);
    session_clear(&update.session);
    return call_answer(call, 200, text);
}

/* ---- a session of another device, such as a television that shows the photos ---- */

struct wish {
    const char *device_type, *device_os;
    struct body_int duration_s;
};
enum { DEVICE_MAX = 100, DURATION_MAX_S = 400 * 86400 };

struct opening {
    struct session_new wanted;
    char *token;
    struct session session;
};

static void opening_clear(struct opening *opening)
{
    g_clear_pointer(&opening->token, g_free);
    session_clear(&opening->session);
}

static bool open_session(struct db_conn *conn, void *data, GError **error)
{
    struct opening *opening = data;
    opening_clear(opening);
    return sessions_create(conn, &opening->wanted, &opening->token, &opening->session, error);
}

/* It lasts as long as was wished, but not longer than the session that opens it. */
static int64_t end_of(const struct session *parent, const struct body_int *duration_s)
{
    int64_t end_us = duration_s->is_set ? clock_now_us() + duration_s->value * G_USEC_PER_SEC : 0;
    bool parent_ends_first = parent->expires_us > 0 && (end_us == 0 || parent->expires_us < end_us);
    return parent_ends_first ? parent->expires_us : end_us;
}

static bool answer_opened(struct call *call, const struct opening *opening)
{
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    dto_session_fields(&json, &opening->session, false);
    json_text(&json, "token", opening->token);
    json_end(&json);
    return call_answer(call, 201, text);
}

static const struct body_field wish_fields[] = {
    {.name = "deviceType", .kind = BODY_TEXT, .offset = offsetof(struct wish, device_type), .max = DEVICE_MAX},
    {.name = "deviceOS", .kind = BODY_TEXT, .offset = offsetof(struct wish, device_os), .max = DEVICE_MAX},
    {.name = "duration",
     .kind = BODY_INT,
     .offset = offsetof(struct wish, duration_s),
     .min = 1,
     .max = DURATION_MAX_S},
};
static const struct body_shape wish_shape = BODY_SHAPE(struct wish, wish_fields);

bool handle_sessions_create(struct call *call, GError **error)
{
    const struct access *who = call->who;
    struct wish wish;
    /* A session may everything: a key would give itself what it lacks. */
    if (who->kind != ACCESS_SESSION)
        return err_set(error, ERR_FORBIDDEN, "This endpoint can only be used with a session token");
    if (!call_body(call, &wish_shape, &wish, error))
        return false;
    struct opening opening = {.wanted = {.user_id = who->user.id,
                                         .device_type = wish.device_type,
                                         .device_os = wish.device_os,
                                         .expires_us = end_of(&who->session, &wish.duration_s),
                                         .parent_id = who->session.id}};
    bool done = call_write(call, open_session, &opening, error) && answer_opened(call, &opening);
    opening_clear(&opening);
    return done;
}

static bool lock_one(struct db_conn *conn, void *data, GError **error)
{
    const struct one *one = data;
    return sessions_lock(conn, one->user_id, &one->id, error);
}

bool handle_sessions_lock(struct call *call, GError **error)
{
    struct one one = {.user_id = call->who->user.id};
    if (!call_uuid(call, "id", &one.id, error))
        return false;
    if (call_write(call, lock_one, &one, error))
        return call_answer_empty(call, 204);
    call_hide_missing(error, "authDevice.lock");
    return false;
}

const struct operation sessions_operations[] = {
    {"getSessions", ANSWERS(200, "[SessionResponseDto]")},
    {"deleteAllSessions", ANSWERS_NOTHING},
    {"deleteSession", ANSWERS_NOTHING},
    {"createSession", .body = &wish_shape, ANSWERS(201, "SessionCreateResponseDto")},
    {"lockSession", ANSWERS_NOTHING},
    {"updateSession", .body = &update_shape, ANSWERS(200, "SessionResponseDto")},
    {.name = NULL},
};
