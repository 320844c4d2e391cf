/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/users: one's own account, and what everybody may know of the others. */
#include "api/dto.h"
#include "api/events.h"
#include "api/resources.h"
#include "api/words.h"
#include "base/error.h"
#include "catalog/passwords.h"
#include "db/db.h"

static bool answer_user(struct call *call, const struct user *user)
{
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    dto_user(&json, NULL, user);
    return call_answer(call, 200, text);
}

bool handle_users_get_me(struct call *call, GError **error)
{
    return answer_user(call, &call->who->user);
}

struct me {
    const char *email, *name, *password, *avatar_color;
};
static const struct body_field me_fields[] = {
    {.name = "email", .kind = BODY_TEXT, .offset = offsetof(struct me, email), .min = 1, .max = USER_EMAIL_MAX},
    {.name = "name", .kind = BODY_TEXT, .offset = offsetof(struct me, name), .min = 1, .max = USER_NAME_MAX},
    {.name = "password",
     .kind = BODY_TEXT,
     .offset = offsetof(struct me, password),
     .min = PASSWORD_MIN_CHARS,
     .max = PASSWORD_MAX_BYTES},
    {.name = "avatarColor",
     .kind = BODY_CHOICE,
     .offset = offsetof(struct me, avatar_color),
     .choices = words_avatar_color},
};
static const struct body_shape me_shape = BODY_SHAPE(struct me, me_fields);

struct me_work {
    const struct access *who;
    struct user_change change;
    const char *password_hash; /* NULL: stays */
    struct user user;
};

static bool change_me(struct db_conn *conn, void *data, GError **error)
{
    struct me_work *work = data;
    int64_t id = work->who->user.id;
    user_clear(&work->user);
    if (work->password_hash && !users_set_password(conn, id, work->password_hash, false, work->who->session.id, error))
        return false;
    return users_change(conn, id, &work->change, &work->user, error);
}

bool handle_users_put_me(struct call *call, GError **error)
{
    struct me given;
    if (!call_body(call, &me_shape, &given, error))
        return false;
    /* With a password one signs in, which gives every right: a key needs the right to change it. */
    if (given.password && !access_require(call->who, "auth.changePassword", error))
        return false;
    if (given.email && !user_email_is_valid(given.email))
        return call_problem(call, error, "email", "must be an e-mail address");
    g_autofree char *hash = NULL;
    if (given.password && !(hash = password_hash(given.password, error)))
        return false;
    struct me_work work = {.who = call->who,
                           .change = {.email = given.email, .name = given.name, .avatar_color = given.avatar_color},
                           .password_hash = hash};
    bool done = call_write(call, change_me, &work, error);
    events_check(call->api->events, call->who->user.id); /* another password ends the other sessions */
    if (done)
        answer_user(call, &work.user);
    else if (error && err_is(*error, ERR_EXISTS))
        call_problem(call, error, "email", "belongs to another account");
    user_clear(&work.user);
    return done;
}

/* ---- others ---- */

static bool write_other(const struct user *user, void *data)
{
    dto_other_user(data, NULL, user);
    return true;
}

bool handle_users_list(struct call *call, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_array(&json, NULL);
    if (!conn || !users_list(conn, write_other, &json, error))
        return false;
    json_end(&json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

bool handle_users_get(struct call *call, GError **error)
{
    struct uuid id;
    USER_AUTO struct user user = {0};
    if (!call_uuid(call, "id", &id, error))
        return false;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn)
        return false;
    if (!users_find_uuid(conn, &id, &user, error)) {
        call_hide_missing(error, "user.read");
        return false;
    }
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    dto_other_user(&json, NULL, &user);
    return call_answer(call, 200, text);
}

/* ---- has the person been shown around? ---- */

static bool answer_onboarding(struct call *call, bool is_onboarded)
{
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    json_bool(&json, "isOnboarded", is_onboarded);
    json_end(&json);
    return call_answer(call, 200, text);
}

bool handle_onboarding_get(struct call *call, GError **error)
{
    return answer_onboarding(call, call->who->user.is_onboarded);
}

static bool set_onboarded(struct call *call, bool is_onboarded, GError **error)
{
    struct me_work work = {.who = call->who, .change = {.set_onboarded = true, .is_onboarded = is_onboarded}};
    bool done = call_write(call, change_me, &work, error);
    user_clear(&work.user);
    return done;
}

static const struct body_field onboarding_fields[] = {{.name = "isOnboarded", .kind = BODY_BOOL, .is_required = true}};
static const struct body_shape onboarding_shape = BODY_SHAPE(struct body_bool, onboarding_fields);

bool handle_onboarding_put(struct call *call, GError **error)
{
    struct body_bool given;
    return call_body(call, &onboarding_shape, &given, error) && set_onboarded(call, given.value, error) &&
           answer_onboarding(call, given.value);
}

bool handle_onboarding_delete(struct call *call, GError **error)
{
    return set_onboarded(call, false, error) && call_answer_empty(call, 204);
}

const struct operation users_operations[] = {
    {"getMyUser", ANSWERS(200, "UserAdminResponseDto")},
    {"updateMyUser", .body = &me_shape, ANSWERS(200, "UserAdminResponseDto")},
    {"searchUsers", ANSWERS(200, "[UserResponseDto]")},
    {"getUser", ANSWERS(200, "UserResponseDto")},
    {"getUserOnboarding", ANSWERS(200, "OnboardingResponseDto")},
    {"setUserOnboarding", .body = &onboarding_shape, ANSWERS(200, "OnboardingResponseDto")},
    {"deleteUserOnboarding", ANSWERS_NOTHING},
    {.name = NULL},
};
