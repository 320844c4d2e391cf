/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/users.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/sessions.h"
#include "catalog/user_private.h"
#include "db/db.h"

#define COLUMNS                                                                                                        \
    "id, uuid, email, name, password_hash, is_admin, should_change_password, avatar_color, storage_label, "            \
    "quota_bytes, usage_bytes, preferences, profile_changed_us, created_us, updated_us, removed_us, purge_us, "        \
    "is_onboarded, has_profile_image"

/* Colours of the Immich API; a new account gets one by its id. */
static const char *const colors[] = {"primary", "pink",   "red",    "yellow", "blue",
                                     "green",   "purple", "orange", "gray",   "amber"};

void user_clear(struct user *user)
{
    g_free(user->email);
    g_free(user->name);
    g_free(user->password_hash);
    g_free(user->avatar_color);
    g_free(user->storage_label);
    g_free(user->preferences);
    *user = (struct user){0};
}

static void read_user(struct db_rows *rows, struct user *ret_user)
{
    struct user user = {
        .id = db_int(rows, 0),
        .email = g_strdup(db_text(rows, 2)),
        .name = g_strdup(db_text(rows, 3)),
        .password_hash = g_strdup(db_text(rows, 4)),
        .is_admin = db_int(rows, 5),
        .should_change_password = db_int(rows, 6),
        .avatar_color = g_strdup(db_text(rows, 7)),
        .storage_label = g_strdup(db_text(rows, 8)),
        .quota_bytes = db_is_null(rows, 9) ? -1 : db_int(rows, 9),
        .usage_bytes = db_int(rows, 10),
        .preferences = g_strdup(db_text(rows, 11)),
        .profile_changed_us = db_int(rows, 12),
        .created_us = db_int(rows, 13),
        .updated_us = db_int(rows, 14),
        .is_removed = !db_is_null(rows, 15),
        .removed_us = db_int(rows, 15),
        .purge_us = db_int(rows, 16),
        .is_onboarded = db_int(rows, 17),
        .has_profile_image = db_int(rows, 18),
    };
    db_blob_exact(rows, 1, user.uuid.bytes, sizeof user.uuid.bytes);
    *ret_user = user;
}

static bool read_one(struct db_rows *rows, struct user *ret_user, GError **error)
{
    if (!rows || !db_next_required(rows, error, "There is no such user."))
        return false;
    read_user(rows, ret_user);
    return true;
}

/* ---- checks ---- */

bool user_email_is_valid(const char *email)
{
    size_t length = email ? strnlen(email, USER_EMAIL_MAX + 1) : 0;
    if (length < 3 || length > USER_EMAIL_MAX || !g_utf8_validate(email, (gssize)length, NULL))
        return false;
    const char *at = strchr(email, '@');
    if (!at || at == email || !at[1] || strchr(at + 1, '@'))
        return false;
    for (const char *c = email; *c; c++) {
        if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("<>,;:\"\\()[]", *c))
            return false;
    }
    return true;
}

static bool check_name(const char *name, GError **error)
{
    size_t length = name ? strnlen(name, USER_NAME_MAX + 1) : 0;
    if (length >= 1 && length <= USER_NAME_MAX && g_utf8_validate(name, (gssize)length, NULL))
        return true;
    return err_set(error, ERR_INVALID, "A name must have 1 to %d bytes of UTF-8.", USER_NAME_MAX);
}

static bool check_email(const char *email, GError **error)
{
    return user_email_is_valid(email) || err_set(error, ERR_INVALID, "This is not an e-mail address.");
}

static bool check_storage_label(const char *label, GError **error)
{
    if (!label)
        return true;
    size_t length = strnlen(label, 64);
    bool ok = length >= 1 && length < 64;
    for (const char *c = label; ok && *c; c++)
        ok = g_ascii_isalnum(*c) || *c == '-' || *c == '_';
    return ok || err_set(error, ERR_INVALID, "A storage label may have up to 63 letters, digits, - and _.");
}

/* The one UNIQUE failure that a person can cause here deserves its own sentence. */
static bool explain_taken(bool ok, GError *failure, GError **error)
{
    if (ok)
        return true;
    if (err_is(failure, ERR_EXISTS)) {
        err_set_detail(error, ERR_EXISTS, err_detail(failure), "%s",
                       strstr(err_detail(failure), "users.storage_label")
                           ? "This storage label is taken."
                           : "There is a user with this e-mail address already.");
        g_error_free(failure);
        return false;
    }
    g_propagate_error(error, failure);
    return false;
}

/* ---- making ---- */

static bool insert(struct db_conn *conn, const struct user_new *wanted, struct uuid *uuid, GError **error)
{
    int64_t change_id, now_us = clock_now_us();
    if (!db_change_id(conn, &change_id, error))
        return false;
    g_autofree char *key = g_ascii_strdown(wanted->email, -1);
    const int64_t *quota = wanted->quota_bytes < 0 ? NULL : &wanted->quota_bytes;
    GError *failure = NULL;
    bool ok =
        db_exec(conn, &failure,
                "INSERT INTO users (uuid, email, email_key, name, password_hash, is_admin, should_change_password,"
                " avatar_color, storage_label, quota_bytes, profile_changed_us, created_us, updated_us, create_id,"
                " update_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?11, ?12, ?12)",
                "bttttiittIii", uuid->bytes, sizeof uuid->bytes, wanted->email, key, wanted->name,
                wanted->password_hash, (int64_t)wanted->is_admin, (int64_t)wanted->should_change_password,
                colors[uuid->bytes[0] % G_N_ELEMENTS(colors)], wanted->storage_label, quota, now_us, change_id);
    return explain_taken(ok, failure, error);
}

bool users_create(struct db_conn *conn, const struct user_new *wanted, struct user *ret_user, GError **error)
{
    struct uuid uuid = uuid_v4();
    if (!check_email(wanted->email, error) || !check_name(wanted->name, error) ||
        !check_storage_label(wanted->storage_label, error) || !insert(conn, wanted, &uuid, error))
        return false;
    return !ret_user || users_find_uuid(conn, &uuid, ret_user, error);
}

bool users_create_first(struct db_conn *conn, const struct user_new *wanted, struct user *ret_user, GError **error)
{
    int64_t count;
    if (!users_count(conn, &count, error))
        return false;
    if (count > 0)
        return err_set(error, ERR_CONFLICT, "The server already has an admin");
    struct user_new first = *wanted;
    first.is_admin = true;
    return users_create(conn, &first, ret_user, error);
}

/* ---- finding ---- */

bool users_find_email(struct db_conn *conn, const char *email, struct user *ret_user, GError **error)
{
    g_autofree char *key = g_ascii_strdown(email ? email : "", -1);
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT " COLUMNS " FROM users WHERE email_key = ?1 AND deleted_us IS NULL", "t", key);
    return read_one(rows, ret_user, error);
}

bool users_find_id(struct db_conn *conn, int64_t id, struct user *ret_user, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT " COLUMNS " FROM users WHERE id = ?1 AND deleted_us IS NULL", "i", id);
    return read_one(rows, ret_user, error);
}

bool users_find_uuid(struct db_conn *conn, const struct uuid *uuid, struct user *ret_user, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT " COLUMNS " FROM users WHERE uuid = ?1 AND deleted_us IS NULL", "b", uuid->bytes,
                 sizeof uuid->bytes);
    return read_one(rows, ret_user, error);
}

static bool list(struct db_conn *conn, bool with_removed, users_each *each, void *data, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT " COLUMNS " FROM users WHERE deleted_us IS NULL AND (?1 OR removed_us IS NULL) ORDER BY id",
                 "i", (int64_t)with_removed);
    if (!rows)
        return false;
    GError *failure = NULL;
    for (bool more = true; more && db_next(rows, &failure);) {
        USER_AUTO struct user user;
        read_user(rows, &user);
        more = each(&user, data);
    }
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

bool users_list(struct db_conn *conn, users_each *each, void *data, GError **error)
{
    return list(conn, false, each, data, error);
}

bool users_list_all(struct db_conn *conn, users_each *each, void *data, GError **error)
{
    return list(conn, true, each, data, error);
}

bool users_count_where(struct db_conn *conn, const char *sql, int64_t id, int64_t *ret_count, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, sql, "i", id);
    if (!rows || !db_next_required(rows, error, "The database answers nothing."))
        return false;
    *ret_count = db_int(rows, 0);
    return true;
}

bool users_count(struct db_conn *conn, int64_t *ret_count, GError **error)
{
    return users_count_where(conn, "SELECT count(*) FROM users WHERE deleted_us IS NULL AND id <> ?1", 0, ret_count,
                             error);
}

/* ---- changing ---- */

/* Was a row there to change? */
static bool found(struct db_conn *conn, GError **error)
{
    return db_changed(conn) > 0 || err_set(error, ERR_NOT_FOUND, "There is no such user.");
}

bool users_set_password(struct db_conn *conn, int64_t id, const char *password_hash, bool should_change,
                        int64_t keep_session_id, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error,
                   "UPDATE users SET password_hash = ?2, should_change_password = ?3, updated_us = ?4, update_id = ?5"
                   " WHERE id = ?1 AND deleted_us IS NULL",
                   "itiii", id, password_hash, (int64_t)should_change, clock_now_us(), change_id) &&
           found(conn, error) && sessions_delete_others(conn, id, keep_session_id, error);
}

bool users_check_not_last_admin(struct db_conn *conn, int64_t id, GError **error)
{
    int64_t others;
    if (!users_count_where(
            conn,
            "SELECT count(*) FROM users WHERE is_admin AND deleted_us IS NULL AND removed_us IS NULL AND id <> ?1", id,
            &others, error))
        return false;
    return others > 0 || err_set(error, ERR_CONFLICT, "This is the last administrator. Make another one first.");
}

static bool check_change(struct db_conn *conn, const struct user *user, const struct user_change *change,
                         GError **error)
{
    if (change->email && !check_email(change->email, error))
        return false;
    if (change->name && !check_name(change->name, error))
        return false;
    if (change->avatar_color) {
        bool known = false;
        for (size_t i = 0; i < G_N_ELEMENTS(colors); i++)
            known = known || strcmp(colors[i], change->avatar_color) == 0;
        if (!known)
            return err_set(error, ERR_INVALID, "There is no such avatar colour.");
    }
    if (change->set_storage_label && !check_storage_label(change->storage_label, error))
        return false;
    return !(change->set_admin && user->is_admin && !change->is_admin) ||
           users_check_not_last_admin(conn, user->id, error);
}

bool users_change(struct db_conn *conn, int64_t id, const struct user_change *change, struct user *ret_user,
                  GError **error)
{
    USER_AUTO struct user user = {0};
    int64_t change_id;
    if (!users_find_id(conn, id, &user, error) || !check_change(conn, &user, change, error) ||
        !db_change_id(conn, &change_id, error))
        return false;
    const char *email = change->email ? change->email : user.email;
    g_autofree char *key = g_ascii_strdown(email, -1);
    int64_t quota = change->set_quota ? change->quota_bytes : user.quota_bytes;
    GError *failure = NULL;
    bool ok =
        db_exec(conn, &failure,
                "UPDATE users SET email = ?2, email_key = ?3, name = ?4, avatar_color = ?5, preferences = ?6,"
                " quota_bytes = ?7, is_admin = ?8, storage_label = ?9, updated_us = ?10, update_id = ?11,"
                " should_change_password = ?12, is_onboarded = ?13 WHERE id = ?1",
                "ittttt"
                "Iitiiii",
                id, email, key, change->name ? change->name : user.name,
                change->avatar_color ? change->avatar_color : user.avatar_color,
                change->preferences ? change->preferences : user.preferences, quota < 0 ? NULL : &quota,
                (int64_t)(change->set_admin ? change->is_admin : user.is_admin),
                change->set_storage_label ? change->storage_label : user.storage_label, clock_now_us(), change_id,
                (int64_t)(change->set_should_change ? change->should_change_password : user.should_change_password),
                (int64_t)(change->set_onboarded ? change->is_onboarded : user.is_onboarded));
    return explain_taken(ok, failure, error) && (!ret_user || users_find_id(conn, id, ret_user, error));
}

bool users_check_quota(struct db_conn *conn, int64_t id, int64_t more_bytes, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(
        conn, error, "SELECT quota_bytes, usage_bytes FROM users WHERE id = ?1 AND deleted_us IS NULL", "i", id);
    if (!rows || !db_next_required(rows, error, "There is no such user."))
        return false;
    bool fits = db_is_null(rows, 0) || more_bytes <= db_int(rows, 0) - db_int(rows, 1);
    return fits || err_set(error, ERR_FULL, "Quota has been exceeded!");
}
