/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/auth: signing in and out, the first account, passwords. */
#include <string.h>

#include "api/agent.h"
#include "api/dto.h"
#include "api/events.h"
#include "api/resources.h"
#include "base/error.h"
#include "base/log.h"
#include "catalog/devices.h"
#include "catalog/passwords.h"
#include "catalog/throttle.h"
#include "db/db.h"

/* A browser forgets no cookie before this, and iOS keeps one without an age only while the app runs. */
enum { COOKIE_AGE_S = 400 * 86400 };

static void set_cookies(struct call *call, const char *token, int64_t age_s)
{
    struct http_cookie_options secret = {.max_age_s = age_s, .http_only = true};
    secret.secure = http_is_secure(call->request);
    struct http_cookie_options readable = secret;
    readable.http_only = false;
    bool is_in = age_s > 0;
    http_set_cookie(call->request, "immich_access_token", token, secret);
    http_set_cookie(call->request, "immich_auth_type", is_in ? "password" : "", secret);
    http_set_cookie(call->request, "immich_is_authenticated", is_in ? "true" : "", readable);
}

/* ---- login ---- */

struct credentials {
    const char *email, *password;
};
static const struct body_field credential_fields[] = {
    {.name = "email",
     .kind = BODY_TEXT,
     .offset = offsetof(struct credentials, email),
     .is_required = true,
     .min = 1,
     .max = USER_EMAIL_MAX},
    {.name = "password",
     .kind = BODY_TEXT,
     .offset = offsetof(struct credentials, password),
     .is_required = true,
     .min = 1,
     .max = PASSWORD_MAX_BYTES},
};
static const struct body_shape credential_shape = BODY_SHAPE(struct credentials, credential_fields);

/* Finds the user of right credentials. Unknown accounts cost the same time as wrong passwords. */
static bool find_user(struct call *call, const struct credentials *given, struct user *ret_user, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn)
        return false;
    g_autoptr(GError) reason = NULL;
    if (!users_find_email(conn, given->email, ret_user, &reason) && !err_is(reason, ERR_NOT_FOUND)) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    if (ret_user->is_removed) /* as one that never was */
        user_clear(ret_user);
    return true;
}

static bool check_password(struct call *call, const char *email, const char *hash, const char *password)
{
    g_autofree char *account = g_ascii_strdown(email, -1);
    const char *address = http_remote(call->request);
    if (password_verify(hash, password)) {
        throttle_passed(call->api->throttle, account, address);
        return true;
    }
    throttle_failed(call->api->throttle, account, address);
    log_event(G_LOG_LEVEL_WARNING, "auth.refused", "address", address, NULL);
    return false;
}

struct login_work {
    struct session_new wanted;
    char *token;
};

static bool create_session(struct db_conn *conn, void *data, GError **error)
{
    struct login_work *work = data;
    g_clear_pointer(&work->token, g_free);
    SESSION_AUTO struct session session = {0};
    int64_t device_id;
    /* A phone has its card from the beginning: that it sends nothing is worth seeing. */
    return sessions_create(conn, &work->wanted, &work->token, &session, error) &&
           (!session.app_version || devices_for_session(conn, &session, &device_id, error));
}

static void write_login(GString *text, const struct user *user, const char *token)
{
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    json_text(&json, "accessToken", token);
    dto_uuid(&json, "userId", &user->uuid);
    json_text(&json, "userEmail", user->email);
    json_text(&json, "name", user->name);
    json_bool(&json, "isAdmin", user->is_admin);
    dto_profile_image_path(&json, "profileImagePath", user);
    json_bool(&json, "shouldChangePassword", user->should_change_password);
    json_bool(&json, "isOnboarded", user->is_onboarded);
    json_end(&json);
}

static bool open_session(struct call *call, const struct user *user, char **ret_token, GError **error)
{
    struct agent agent =
        agent_parse(http_header(call->request, "User-Agent"), http_header(call->request, "deviceModel"),
                    http_header(call->request, "deviceType"));
    struct login_work work = {
        .wanted = {
            .user_id = user->id, .device_type = agent.type, .device_os = agent.os, .app_version = agent.app_version}};
    bool done = call_write(call, create_session, &work, error);
    agent_clear(&agent);
    if (done)
        *ret_token = work.token;
    else
        g_free(work.token);
    return done;
}

bool handle_auth_login(struct call *call, GError **error)
{
    struct credentials given;
    if (!call_body(call, &credential_shape, &given, error))
        return false;
    g_autofree char *account = g_ascii_strdown(given.email, -1);
    USER_AUTO struct user user = {0};
    if (!call_check_throttle(call, account, error) || !find_user(call, &given, &user, error))
        return false;
    if (!check_password(call, given.email, user.password_hash, given.password))
        return err_set(error, ERR_UNAUTHENTICATED, "Incorrect email or password");
    g_autofree char *token = NULL;
    if (!open_session(call, &user, &token, error))
        return false;
    set_cookies(call, token, COOKIE_AGE_S);
    GString *text = g_string_new(NULL);
    write_login(text, &user, token);
    return call_answer(call, 201, text);
}

/* ---- the rest of a session's life ---- */

static bool delete_session(struct db_conn *conn, void *data, GError **error)
{
    const struct access *who = data;
    return sessions_delete(conn, who->user.id, &who->session.uuid, error);
}

bool handle_auth_logout(struct call *call, GError **error)
{
    g_autoptr(GError) reason = NULL;
    if (call->who->kind == ACCESS_SESSION && !call_write(call, delete_session, (void *)call->who, &reason) &&
        !err_is(reason, ERR_NOT_FOUND)) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    events_check(call->api->events, call->who->user.id);
    set_cookies(call, "", -1);
    GString *text = g_string_new("{\"successful\":true,\"redirectUri\":\"/auth/login?autoLaunch=0\"}");
    return call_answer(call, 200, text);
}

bool handle_auth_validate(struct call *call, GError **error)
{
    return call_answer(call, 200, g_string_new("{\"authStatus\":true}"));
}

/* ---- the first account ---- */

struct sign_up {
    const char *email, *password, *name;
};
static const struct body_field sign_up_fields[] = {
    {.name = "email",
     .kind = BODY_TEXT,
     .offset = offsetof(struct sign_up, email),
     .is_required = true,
     .min = 1,
     .max = USER_EMAIL_MAX},
    {.name = "password",
     .kind = BODY_TEXT,
     .offset = offsetof(struct sign_up, password),
     .is_required = true,
     .min = PASSWORD_MIN_CHARS,
     .max = PASSWORD_MAX_BYTES},
    {.name = "name",
     .kind = BODY_TEXT,
     .offset = offsetof(struct sign_up, name),
     .is_required = true,
     .min = 1,
     .max = USER_NAME_MAX},
};
static const struct body_shape sign_up_shape = BODY_SHAPE(struct sign_up, sign_up_fields);

struct sign_up_work {
    struct user_new wanted;
    struct user user;
};

static bool create_first(struct db_conn *conn, void *data, GError **error)
{
    struct sign_up_work *work = data;
    user_clear(&work->user);
    return users_create_first(conn, &work->wanted, &work->user, error);
}

/* Asked before a password is hashed: on a server in use, strangers must not be able to make it work. */
static bool check_no_account(struct call *call, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    int64_t count;
    if (!conn || !users_count(conn, &count, error))
        return false;
    return count == 0 || err_set(error, ERR_INVALID, "The server already has an admin");
}

static bool hash_new_password(struct call *call, const char *path, const char *password, char **ret_hash,
                              GError **error)
{
    g_autoptr(GError) reason = NULL;
    *ret_hash = password_hash(password, &reason);
    if (*ret_hash)
        return true;
    if (err_is(reason, ERR_INVALID))
        return call_problem(call, error, path, "%s", reason->message);
    g_propagate_error(error, g_steal_pointer(&reason));
    return false;
}

bool handle_auth_sign_up(struct call *call, GError **error)
{
    struct sign_up given;
    if (!check_no_account(call, error) || !call_body(call, &sign_up_shape, &given, error))
        return false;
    if (!user_email_is_valid(given.email))
        return call_problem(call, error, "email", "must be an e-mail address");
    g_autofree char *hash = NULL;
    if (!hash_new_password(call, "password", given.password, &hash, error))
        return false;
    struct sign_up_work work = {
        .wanted = {
            .email = given.email, .name = given.name, .password_hash = hash, .is_admin = true, .quota_bytes = -1}};
    g_autoptr(GError) reason = NULL;
    bool done = call_write(call, create_first, &work, &reason);
    if (done) {
        GString *text = g_string_new(NULL);
        struct json json = json_to(text);
        dto_user(&json, NULL, &work.user);
        call_answer(call, 201, text);
    } else if (err_is(reason, ERR_CONFLICT)) {
        err_set(error, ERR_INVALID, "%s", reason->message);
    } else {
        g_propagate_error(error, g_steal_pointer(&reason));
    }
    user_clear(&work.user);
    return done;
}

/* ---- another password ---- */

struct password_change {
    const char *password, *new_password;
    struct body_bool invalidate_sessions; /* the other sessions end in any case */
};
static const struct body_field password_fields[] = {
    {.name = "password",
     .kind = BODY_TEXT,
     .offset = offsetof(struct password_change, password),
     .is_required = true,
     .min = 1,
     .max = PASSWORD_MAX_BYTES},
    {.name = "newPassword",
     .kind = BODY_TEXT,
     .offset = offsetof(struct password_change, new_password),
     .is_required = true,
     .min = PASSWORD_MIN_CHARS,
     .max = PASSWORD_MAX_BYTES},
    {.name = "invalidateSessions", .kind = BODY_BOOL, .offset = offsetof(struct password_change, invalidate_sessions)},
};
static const struct body_shape password_shape = BODY_SHAPE(struct password_change, password_fields);

struct password_work {
    const struct access *who;
    const char *hash;
    struct user user;
};

static bool set_password(struct db_conn *conn, void *data, GError **error)
{
    struct password_work *work = data;
    const struct access *who = work->who;
    user_clear(&work->user);
    return users_set_password(conn, who->user.id, work->hash, false, who->session.id, error) &&
           users_find_id(conn, who->user.id, &work->user, error);
}

bool handle_auth_change_password(struct call *call, GError **error)
{
    struct password_change given;
    if (!call_body(call, &password_shape, &given, error))
        return false;
    const struct user *user = &call->who->user;
    g_autofree char *account = g_ascii_strdown(user->email, -1);
    if (!call_check_throttle(call, account, error))
        return false;
    if (!check_password(call, user->email, user->password_hash, given.password))
        return err_set(error, ERR_INVALID, "Wrong password");
    g_autofree char *hash = NULL;
    if (!hash_new_password(call, "newPassword", given.new_password, &hash, error))
        return false;
    struct password_work work = {.who = call->who, .hash = hash};
    bool done = call_write(call, set_password, &work, error);
    if (done) {
        events_check(call->api->events, user->id);
        GString *text = g_string_new(NULL);
        struct json json = json_to(text);
        dto_user(&json, NULL, &work.user);
        call_answer(call, 200, text);
    }
    user_clear(&work.user);
    return done;
}

const struct operation auth_operations[] = {
    {"login", .body = &credential_shape, .headers = "deviceModel?: text; deviceType?: text",
     ANSWERS(201, "LoginResponseDto")},
    {"signUpAdmin", .body = &sign_up_shape, ANSWERS(201, "UserAdminResponseDto")},
    {"logout", ANSWERS(200, "LogoutResponseDto")},
    {"validateAccessToken", ANSWERS(200, "ValidateAccessTokenResponseDto")},
    {"changePassword", .body = &password_shape, ANSWERS(200, "UserAdminResponseDto")},
    {.name = NULL},
};
