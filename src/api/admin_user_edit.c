/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/admin/users: making, changing, deleting accounts and bringing them back. */
#include <string.h>

#include "api/admin_users.h"
#include "api/dto.h"
#include "api/events.h"
#include "api/resources.h"
#include "api/words.h"
#include "base/clock.h"
#include "base/error.h"
#include "catalog/passwords.h"
#include "catalog/pins.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "media/media.h"

enum { LABEL_MAX = 63 };

/* The fields of both UserAdminCreateDto and UserAdminUpdateDto. */
struct fields {
    const char *email, *name, *password, *pin, *avatar_color, *storage_label;
    struct body_int quota;
    struct body_bool is_admin, should_change;
};
#define SHARED_FIELDS                                                                                                  \
    {.name = "avatarColor",                                                                                            \
     .kind = BODY_CHOICE,                                                                                              \
     .offset = offsetof(struct fields, avatar_color),                                                                  \
     .choices = words_avatar_color},                                                                                   \
        {.name = "isAdmin", .kind = BODY_BOOL, .offset = offsetof(struct fields, is_admin)},                           \
        {.name = "pinCode", .kind = BODY_TEXT, .offset = offsetof(struct fields, pin), .knows_null = true},            \
        {.name = "quotaSizeInBytes",                                                                                   \
         .kind = BODY_INT,                                                                                             \
         .offset = offsetof(struct fields, quota),                                                                     \
         .min = 0,                                                                                                     \
         .max = G_MAXINT64,                                                                                            \
         .knows_null = true},                                                                                          \
        {.name = "shouldChangePassword", .kind = BODY_BOOL, .offset = offsetof(struct fields, should_change)},         \
    {                                                                                                                  \
        .name = "storageLabel", .kind = BODY_TEXT, .offset = offsetof(struct fields, storage_label), .max = LABEL_MAX, \
        .knows_null = true                                                                                             \
    }
#define IDENTITY_FIELDS(required)                                                                                      \
    {.name = "email",                                                                                                  \
     .kind = BODY_TEXT,                                                                                                \
     .offset = offsetof(struct fields, email),                                                                         \
     .is_required = required,                                                                                          \
     .min = 1,                                                                                                         \
     .max = USER_EMAIL_MAX},                                                                                           \
        {.name = "name",                                                                                               \
         .kind = BODY_TEXT,                                                                                            \
         .offset = offsetof(struct fields, name),                                                                      \
         .is_required = required,                                                                                      \
         .min = 1,                                                                                                     \
         .max = USER_NAME_MAX},                                                                                        \
    {                                                                                                                  \
        .name = "password", .kind = BODY_TEXT, .offset = offsetof(struct fields, password), .is_required = required,   \
        .min = PASSWORD_MIN_CHARS, .max = PASSWORD_MAX_BYTES                                                           \
    }
static const struct body_field create_fields[] = {IDENTITY_FIELDS(true), SHARED_FIELDS};
static const struct body_shape create_shape = BODY_SHAPE(struct fields, create_fields);
static const struct body_field change_fields[] = {IDENTITY_FIELDS(false), SHARED_FIELDS};
static const struct body_shape change_shape = BODY_SHAPE(struct fields, change_fields);

/* null and "" both take a value away. */
static const char *or_none(const char *text)
{
    return text && *text ? text : NULL;
}

struct work {
    const struct access *who;
    const struct fields *given;
    int64_t id; /* 0: to be made */
    int64_t purge_us;
    char *password_hash, *pin_hash;
    struct user user;
};

static void work_clear(struct work *work)
{
    g_free(work->password_hash);
    g_free(work->pin_hash);
    user_clear(&work->user);
}
#define WORK_AUTO __attribute__((cleanup(work_clear)))

static bool read_fields(struct call *call, const struct body_shape *shape, struct fields *ret_fields,
                        struct work *ret_work, GError **error)
{
    if (!call_body(call, shape, ret_fields, error))
        return false;
    const char *pin = or_none(ret_fields->pin), *password = ret_fields->password;
    if (ret_fields->email && !user_email_is_valid(ret_fields->email))
        return call_problem(call, error, "email", "must be an e-mail address");
    if (pin && !pin_is_valid(pin))
        return call_problem(call, error, "pinCode", "must be %d digits", PIN_DIGITS);
    ret_work->who = call->who;
    ret_work->given = ret_fields;
    ret_work->password_hash = password ? password_hash(password, error) : NULL;
    if (password && !ret_work->password_hash)
        return false;
    ret_work->pin_hash = pin ? call_pin_hash(pin, error) : NULL;
    return !pin || ret_work->pin_hash;
}

static struct user_change wishes(const struct fields *given)
{
    return (struct user_change){
        .email = given->email,
        .name = given->name,
        .avatar_color = given->avatar_color,
        .set_quota = given->quota.is_set || given->quota.is_null,
        .quota_bytes = given->quota.is_set ? given->quota.value : -1,
        .set_admin = given->is_admin.is_set,
        .is_admin = given->is_admin.value,
        .set_storage_label = given->storage_label != NULL,
        .storage_label = or_none(given->storage_label),
        .set_should_change = given->should_change.is_set,
        .should_change_password = given->should_change.value,
    };
}

static bool make(struct db_conn *conn, struct work *work, GError **error)
{
    const struct fields *given = work->given;
    const struct user_new wanted = {
        .email = given->email,
        .name = given->name,
        .password_hash = work->password_hash,
        .is_admin = given->is_admin.value,
        /* Somebody else chose it. */
        .should_change_password = given->should_change.is_set ? given->should_change.value : true,
        .quota_bytes = given->quota.is_set ? given->quota.value : -1,
        .storage_label = or_none(given->storage_label),
    };
    const struct user_change colour = {.avatar_color = given->avatar_color};
    USER_AUTO struct user made = {0};
    return users_create(conn, &wanted, &made, error) &&
           (!work->pin_hash || pins_set(conn, made.id, work->pin_hash, error)) &&
           users_change(conn, made.id, &colour, &work->user, error);
}

static bool change(struct db_conn *conn, struct work *work, GError **error)
{
    const struct fields *given = work->given;
    struct user_change wanted = wishes(given);
    USER_AUTO struct user before = {0};
    if (!users_find_id(conn, work->id, &before, error))
        return false;
    /* One's own session goes on; those of others end. */
    int64_t keep_session = work->id == work->who->user.id ? work->who->session.id : 0;
    return (!work->password_hash || users_set_password(conn, work->id, work->password_hash,
                                                       before.should_change_password, keep_session, error)) &&
           (!given->pin || pins_set(conn, work->id, work->pin_hash, error)) &&
           users_change(conn, work->id, &wanted, &work->user, error);
}

static bool make_or_change(struct db_conn *conn, void *data, GError **error)
{
    struct work *work = data;
    user_clear(&work->user); /* of a first run that was undone */
    return work->id ? change(conn, work, error) : make(conn, work, error);
}

/* What a person can do about: told as the Immich API tells it. */
static bool explain(struct call *call, GError *problem, GError **error)
{
    bool is_label = err_is(problem, ERR_EXISTS) && strstr(problem->message, "storage label");
    if (err_is(problem, ERR_EXISTS))
        call_problem(call, error, is_label ? "storageLabel" : "email", "belongs to another account");
    else if (err_is(problem, ERR_CONFLICT))
        err_set(error, ERR_INVALID, "%s", problem->message);
    else if (err_is(problem, ERR_NOT_FOUND))
        err_set(error, ERR_INVALID, "User not found");
    else
        g_propagate_error(error, g_steal_pointer(&problem));
    g_clear_error(&problem);
    return false;
}

static bool write_and_answer(struct call *call, int status, call_work *what, struct work *work, GError **error)
{
    GError *problem = NULL;
    return call_write(call, what, work, &problem) ? admin_answer_user(call, status, &work->user)
                                                  : explain(call, problem, error);
}

bool handle_admin_users_create(struct call *call, GError **error)
{
    struct fields given;
    WORK_AUTO struct work work = {0};
    return read_fields(call, &create_shape, &given, &work, error) &&
           write_and_answer(call, 201, make_or_change, &work, error);
}

bool handle_admin_users_put(struct call *call, GError **error)
{
    struct fields given;
    WORK_AUTO struct work work = {0};
    USER_AUTO struct user user = {0};
    if (!admin_find_user(call, &user, error) || !read_fields(call, &change_shape, &given, &work, error))
        return false;
    work.id = user.id;
    if (!write_and_answer(call, 200, make_or_change, &work, error))
        return false;
    events_check(call->api->events, user.id); /* another password ends sessions */
    return true;
}

/* ---- deleting ---- */

static bool remove_user(struct db_conn *conn, void *data, GError **error)
{
    struct work *work = data;
    user_clear(&work->user);
    return users_remove(conn, work->id, work->purge_us, error) && users_find_id(conn, work->id, &work->user, error);
}

static bool restore_user(struct db_conn *conn, void *data, GError **error)
{
    struct work *work = data;
    user_clear(&work->user);
    return users_restore(conn, work->id, error) && users_find_id(conn, work->id, &work->user, error);
}

static const struct body_field delete_fields[] = {{.name = "force", .kind = BODY_BOOL}};
static const struct body_shape delete_shape = BODY_SHAPE(struct body_bool, delete_fields);

/* A body may be sent. */
static bool read_force(struct call *call, struct body_bool *ret_force, GError **error)
{
    return g_bytes_get_size(http_body(call->request)) == 0 || call_body(call, &delete_shape, ret_force, error);
}

bool handle_admin_users_delete(struct call *call, GError **error)
{
    struct body_bool force = {0};
    WORK_AUTO struct work work = {0};
    USER_AUTO struct user user = {0};
    if (!admin_find_user(call, &user, error) || !read_force(call, &force, error))
        return false;
    if (user.id == call->who->user.id)
        return err_set(error, ERR_FORBIDDEN, "You cannot delete the account that you are signed in with.");
    work.id = user.id;
    int64_t delay_us = (int64_t)call->api->config.user_delete_days * 86400 * G_USEC_PER_SEC;
    work.purge_us = clock_now_us() + (force.value ? 0 : delay_us);
    if (!write_and_answer(call, 200, remove_user, &work, error))
        return false;
    events_check(call->api->events, user.id);
    events_send_id(call->api->events, EVENTS_TO_ALL, "on_user_delete", &user.uuid);
    g_autoptr(GError) problem = NULL;
    if (force.value && media_remove_due(call->api->config.db, &problem))
        jobs_wake(call->api->config.jobs);
    return true; /* what could not be put into the queue now comes there within the hour */
}

bool handle_admin_users_restore(struct call *call, GError **error)
{
    WORK_AUTO struct work work = {0};
    USER_AUTO struct user user = {0};
    if (!admin_find_user(call, &user, error))
        return false;
    work.id = user.id;
    return write_and_answer(call, 200, restore_user, &work, error);
}

const struct operation admin_user_edit_operations[] = {
    {"createUserAdmin", .body = &create_shape, ANSWERS(201, "UserAdminResponseDto")},
    {"updateUserAdmin", .body = &change_shape, ANSWERS(200, "UserAdminResponseDto")},
    {"deleteUserAdmin", .body = &delete_shape, .may_lack_body = true, ANSWERS(200, "UserAdminResponseDto")},
    {"restoreUserAdmin", ANSWERS(200, "UserAdminResponseDto")},
    {.name = NULL},
};
