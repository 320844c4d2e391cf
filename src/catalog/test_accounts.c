/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Identity, users, sessions, keys, passwords and the throttle. */
#include <glib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/catalog.h"
#include "catalog/keys.h"
#include "catalog/library.h"
#include "catalog/passwords.h"
#include "catalog/sessions.h"
#include "catalog/test_fixture.h"
#include "catalog/throttle.h"

static const int64_t NOW = INT64_C(1790000000000000);
static const int64_t SECOND = INT64_C(1000000);
static const int64_t HOUR = INT64_C(3600000000);
static const int64_t IDLE = INT64_C(400) * 86400 * 1000000;

/* ---- identity ---- */

static void check_identity(struct fixture *fixture, const struct uuid *store, bool empty, enum err_kind expected)
{
    g_autoptr(GError) error = NULL;
    bool ok = catalog_check_identity(fixture->db, store, empty, &error);
    g_assert_cmpint(ok, ==, expected == ERR_N_KINDS);
    if (!ok)
        g_assert_true(err_is(error, expected));
}

static void test_identity(struct fixture *fixture, gconstpointer data)
{
    struct uuid one = uuid_v4(), two = uuid_v4(), known;
    check_identity(fixture, &one, false, ERR_CONFLICT); /* a full store before a new database */
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM library"), ==, 0);
    check_identity(fixture, &one, true, ERR_N_KINDS); /* the first start */
    check_identity(fixture, &one, true, ERR_N_KINDS);
    check_identity(fixture, &one, false, ERR_N_KINDS);
    check_identity(fixture, &two, true, ERR_CONFLICT); /* another store */
    fixture_photo(fixture, fixture->user_id, 1, 0);
    check_identity(fixture, &one, false, ERR_N_KINDS);
    check_identity(fixture, &one, true, ERR_CONFLICT); /* the disk with the originals is not mounted */
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, NULL);
    g_assert_true(library_identity(conn, &known, NULL));
    g_assert_true(uuid_equal(&known, &one));
}

/* ---- users ---- */

struct user_call {
    struct user_new wanted;
    struct user_change change;
    int64_t id;
    int64_t keep;
    int64_t bytes;
    bool force;
    unsigned limit;
    GPtrArray *paths;
    bool is_done;
};

static bool do_create(struct db_conn *conn, void *data, GError **error)
{
    return users_create(conn, &((struct user_call *)data)->wanted, NULL, error);
}

static bool do_create_first(struct db_conn *conn, void *data, GError **error)
{
    return users_create_first(conn, &((struct user_call *)data)->wanted, NULL, error);
}

static bool do_change(struct db_conn *conn, void *data, GError **error)
{
    struct user_call *call = data;
    return users_change(conn, call->id, &call->change, NULL, error);
}

static bool do_delete(struct db_conn *conn, void *data, GError **error)
{
    struct user_call *call = data;
    const struct user_deletion how = {.force = call->force, .limit = call->limit ? call->limit : 100};
    return users_delete(conn, call->id, &how, call->paths, &call->is_done, error);
}

static bool do_password(struct db_conn *conn, void *data, GError **error)
{
    struct user_call *call = data;
    return users_set_password(conn, call->id, "new hash", true, call->keep, error);
}

static bool do_quota(struct db_conn *conn, void *data, GError **error)
{
    struct user_call *call = data;
    return users_check_quota(conn, call->id, call->bytes, error);
}

static void find_user(struct fixture *fixture, int64_t id, struct user *ret_user)
{
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, NULL);
    g_assert_true(users_find_id(conn, id, ret_user, NULL));
}

static void test_emails(void)
{
    static const char *const good[] = {"a@b", "ann.o'neil+photos@mail.example.org", "jörg@exämple.org"};
    static const char *const bad[] = {"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\n", "<a@b>", "\xff@b", "a,b@c"};
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++)
        g_assert_true(user_email_is_valid(good[i]));
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(user_email_is_valid(bad[i]));
    g_assert_false(user_email_is_valid(NULL));
    g_autofree char *local = g_strnfill(300, 'a');
    g_autofree char *endless = g_strconcat(local, "@b", NULL);
    g_assert_false(user_email_is_valid(endless));
}

static void test_users(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    struct user_call call = {
        .wanted = {.email = "ANN@example.ORG", .name = "Ann", .password_hash = "x", .quota_bytes = -1}};
    fixture_write_fails(fixture, do_create_first, &call, ERR_CONFLICT);
    fixture_write_fails(fixture, do_create, &call, ERR_EXISTS); /* without regard to case */
    call.wanted.email = "not an address";
    fixture_write_fails(fixture, do_create, &call, ERR_INVALID);
    call.wanted.email = "carl@example.org";
    call.wanted.name = "";
    fixture_write_fails(fixture, do_create, &call, ERR_INVALID);
    call.wanted.name = "Carl";
    call.wanted.storage_label = "../etc";
    fixture_write_fails(fixture, do_create, &call, ERR_INVALID);
    call.wanted.storage_label = "carl";
    fixture_write(fixture, do_create, &call);
    USER_AUTO struct user user = {0};
    USER_AUTO struct user again = {0};
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, NULL);
    g_assert_true(users_find_email(conn, "Carl@Example.org", &user, &error));
    g_assert_true(!user.is_admin && user.quota_bytes == -1 && user.usage_bytes == 0 && !user.preferences);
    g_assert_true(users_find_uuid(conn, &user.uuid, &again, &error));
    g_assert_cmpstr(again.email, ==, "carl@example.org");
    g_assert_false(users_find_email(conn, "nobody@example.org", &user, &error));
    g_assert_true(err_is(error, ERR_NOT_FOUND));
    int64_t count = 0;
    g_assert_true(users_count(conn, &count, NULL));
    g_assert_cmpint(count, ==, 3);
}

static void test_change_user(struct fixture *fixture, gconstpointer data)
{
    struct user_call call = {.id = fixture->user_id,
                             .change = {.name = "Anna",
                                        .preferences = "{\"tags\":{}}",
                                        .avatar_color = "pink",
                                        .set_quota = true,
                                        .quota_bytes = 5000}};
    fixture_write(fixture, do_change, &call);
    USER_AUTO struct user user = {0};
    find_user(fixture, fixture->user_id, &user);
    g_assert_cmpstr(user.name, ==, "Anna");
    g_assert_cmpstr(user.email, ==, "Ann@Example.org");
    g_assert_cmpstr(user.preferences, ==, "{\"tags\":{}}");
    g_assert_cmpint(user.quota_bytes, ==, 5000);
    call.change = (struct user_change){.avatar_color = "transparent"};
    fixture_write_fails(fixture, do_change, &call, ERR_INVALID);
    call.change = (struct user_change){.email = "bob@example.org"};
    fixture_write_fails(fixture, do_change, &call, ERR_EXISTS);
    call.change = (struct user_change){.set_admin = true, .is_admin = false};
    fixture_write_fails(fixture, do_change, &call, ERR_CONFLICT); /* the last administrator */
    fixture_photo(fixture, fixture->user_id, 1000, 0);            /* 2000 bytes */
    call.bytes = 3000;
    fixture_write(fixture, do_quota, &call);
    call.bytes = 3001;
    fixture_write_fails(fixture, do_quota, &call, ERR_FULL);
}

static void test_delete_user(struct fixture *fixture, gconstpointer data)
{
    struct user_call call = {.id = fixture->other_id};
    fixture_photo(fixture, fixture->other_id, 1, 0);
    fixture_photo(fixture, fixture->other_id, 2, 0);
    fixture_photo(fixture, fixture->user_id, 2, 0);
    fixture_write_fails(fixture, do_delete, &call, ERR_CONFLICT); /* photos are not lost by the way */
    call.force = true;
    fixture_write(fixture, do_delete, &call);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM assets"), ==, 1);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM doomed_blobs"), ==, 1);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM changes WHERE entity = 'user'"), ==, 1);
    fixture_write_fails(fixture, do_delete, &call, ERR_NOT_FOUND);
    call.wanted =
        (struct user_new){.email = "bob@example.org", .name = "Bob again", .password_hash = "x", .quota_bytes = -1};
    fixture_write(fixture, do_create, &call); /* the address is free again */
    call.id = fixture->user_id;
    fixture_write_fails(fixture, do_delete, &call, ERR_CONFLICT); /* the last administrator, while others remain */
}

static bool do_browse(struct db_conn *conn, void *data, GError **error)
{
    return asset_set_browse_path(conn, *(int64_t *)data, "Bob/2024/a.jpg", error);
}

static void test_delete_user_in_steps(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    struct user_call call = {.id = fixture->other_id, .force = true, .limit = 2, .paths = paths};
    for (unsigned i = 1; i <= 4; i++) {
        struct asset_made made = fixture_photo(fixture, fixture->other_id, i, 0);
        if (i == 1)
            fixture_write(fixture, do_browse, &made.id);
    }
    static const int64_t left[] = {2, 0, 0};
    for (size_t i = 0; i < G_N_ELEMENTS(left); i++) {
        fixture_write(fixture, do_delete, &call);
        g_assert_cmpint(call.is_done, ==, i == 2);
        g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM assets"), ==, left[i]);
        /* Closed from the first step on. */
        g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM users WHERE password_hash <> ''"), ==, 1);
    }
    g_assert_cmpuint(paths->len, ==, 1);
    g_assert_cmpstr(g_ptr_array_index(paths, 0), ==, "Bob/2024/a.jpg");
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM tombstones"), ==, 0);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM doomed_blobs"), ==, 4);
    fixture_write_fails(fixture, do_delete, &call, ERR_NOT_FOUND);
}

/* ---- sessions ---- */

struct session_call {
    struct session_new wanted;
    struct session session;
    char *token;
    int64_t user_id;
};

static bool do_session(struct db_conn *conn, void *data, GError **error)
{
    struct session_call *call = data;
    session_clear(&call->session);
    g_clear_pointer(&call->token, g_free);
    return sessions_create(conn, &call->wanted, &call->token, &call->session, error);
}

static bool do_touch(struct db_conn *conn, void *data, GError **error)
{
    return sessions_touch(conn, ((struct session_call *)data)->session.id, "3.2.2", error);
}

static bool do_session_delete(struct db_conn *conn, void *data, GError **error)
{
    struct session_call *call = data;
    return sessions_delete(conn, call->user_id, &call->session.uuid, error);
}

static bool count_session(const struct session *session, void *data)
{
    (*(unsigned *)data)++;
    return true;
}

static bool finds(struct fixture *fixture, const char *token, bool *ret_touch)
{
    g_autoptr(GError) error = NULL;
    SESSION_AUTO struct session session = {0};
    USER_AUTO struct user user = {0};
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, NULL);
    bool ok = sessions_find(conn, token, IDLE, &session, &user, ret_touch, &error);
    if (!ok)
        g_assert_true(err_is(error, ERR_UNAUTHENTICATED));
    else
        g_assert_cmpint(session.user_id, ==, user.id);
    return ok;
}

static void test_sessions(struct fixture *fixture, gconstpointer data)
{
    bool touch = true;
    clock_set_for_test(NOW);
    struct session_call call = {
        .wanted = {.user_id = fixture->user_id, .device_type = "Chrome", .device_os = "Windows"}};
    fixture_write(fixture, do_session, &call);
    g_assert_cmpuint(strlen(call.token), ==, 43);
    g_assert_true(finds(fixture, call.token, &touch) && !touch);
    clock_set_for_test(NOW + HOUR + SECOND);
    g_assert_true(finds(fixture, call.token, &touch) && touch);
    fixture_write(fixture, do_touch, &call);
    g_assert_true(finds(fixture, call.token, &touch) && !touch);
    g_assert_false(finds(fixture, NULL, &touch));
    g_assert_false(finds(fixture, "", &touch));
    g_assert_false(finds(fixture, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &touch));
    g_assert_false(finds(fixture, "' OR 1=1 --", &touch));
    call.user_id = fixture->other_id;
    fixture_write_fails(fixture, do_session_delete, &call, ERR_NOT_FOUND); /* not his */
    call.user_id = fixture->user_id;
    fixture_write(fixture, do_session_delete, &call);
    g_assert_false(finds(fixture, call.token, &touch));
    call.wanted.expires_us = NOW + 2 * HOUR;
    fixture_write(fixture, do_session, &call);
    g_assert_true(finds(fixture, call.token, &touch));
    clock_set_for_test(NOW + 2 * HOUR);
    g_assert_false(finds(fixture, call.token, &touch));
    clock_set_for_test(-1);
    g_free(call.token);
    session_clear(&call.session);
}

static unsigned listed(struct fixture *fixture)
{
    unsigned n = 0;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, NULL);
    g_assert_true(sessions_list(conn, fixture->user_id, IDLE, count_session, &n, NULL));
    return n;
}

static bool do_drop_ended(struct db_conn *conn, void *data, GError **error)
{
    return sessions_drop_ended(conn, IDLE, 10, data, error);
}

static void test_unused_sessions_end(struct fixture *fixture, gconstpointer data)
{
    bool touch;
    unsigned dropped;
    struct session_call used = {.wanted = {.user_id = fixture->user_id}}, left = used;
    clock_set_for_test(NOW);
    fixture_write(fixture, do_session, &used);
    fixture_write(fixture, do_session, &left);
    clock_set_for_test(NOW + IDLE);
    g_assert_true(finds(fixture, left.token, &touch));
    fixture_write(fixture, do_touch, &used);
    fixture_write(fixture, do_drop_ended, &dropped);
    g_assert_cmpuint(dropped, ==, 0);
    clock_set_for_test(NOW + IDLE + SECOND);
    g_assert_false(finds(fixture, left.token, &touch));
    g_assert_true(finds(fixture, used.token, &touch));
    g_assert_cmpuint(listed(fixture), ==, 1);
    fixture_write(fixture, do_drop_ended, &dropped);
    g_assert_cmpuint(dropped, ==, 1);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM sessions"), ==, 1);
    used.wanted.expires_us = NOW + IDLE + 2 * SECOND; /* one that ends by its own time */
    fixture_write(fixture, do_session, &used);
    clock_set_for_test(NOW + IDLE + 2 * SECOND);
    fixture_write(fixture, do_drop_ended, &dropped);
    g_assert_cmpuint(dropped, ==, 1);
    clock_set_for_test(-1);
    g_free(used.token);
    g_free(left.token);
    session_clear(&used.session);
    session_clear(&left.session);
}

static void test_new_password_ends_other_sessions(struct fixture *fixture, gconstpointer data)
{
    struct session_call call = {.wanted = {.user_id = fixture->user_id}};
    fixture_write(fixture, do_session, &call);
    fixture_write(fixture, do_session, &call);
    struct user_call password = {.id = fixture->user_id, .keep = call.session.id};
    fixture_write(fixture, do_password, &password);
    unsigned n = 0;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, NULL);
    g_assert_true(sessions_list(conn, fixture->user_id, 0, count_session, &n, NULL));
    g_assert_cmpuint(n, ==, 1);
    USER_AUTO struct user user = {0};
    find_user(fixture, fixture->user_id, &user);
    g_assert_cmpstr(user.password_hash, ==, "new hash");
    g_assert_true(user.should_change_password);
    g_free(call.token);
    session_clear(&call.session);
}

/* ---- keys ---- */

struct key_call {
    int64_t user_id;
    const char *name, *permissions;
    char *secret;
    struct api_key key;
};

static bool do_key(struct db_conn *conn, void *data, GError **error)
{
    struct key_call *call = data;
    return keys_create(conn, call->user_id, call->name, call->permissions, &call->secret, &call->key, error);
}

static bool do_key_change(struct db_conn *conn, void *data, GError **error)
{
    struct key_call *call = data;
    return keys_change(conn, call->user_id, &call->key.uuid, call->name, call->permissions, NULL, error);
}

static bool do_key_delete(struct db_conn *conn, void *data, GError **error)
{
    struct key_call *call = data;
    return keys_delete(conn, call->user_id, &call->key.uuid, error);
}

static bool first_key(const struct api_key *key, void *data)
{
    *(char **)data = g_strdup(key->permissions);
    return false;
}

static void test_keys(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    static const char *const bad[] = {"", ",", "asset.read,", "a b", ",x", "a,,b", NULL};
    struct key_call call = {.user_id = fixture->user_id};
    for (const char *const *list = bad; *list; list++) {
        call.permissions = *list;
        fixture_write_fails(fixture, do_key, &call, ERR_INVALID);
    }
    call.permissions = "asset.upload,asset.read";
    fixture_write(fixture, do_key, &call);
    g_assert_cmpstr(call.key.name, ==, "API Key");
    call.name = "phone";
    call.permissions = "all";
    fixture_write(fixture, do_key_change, &call);
    g_autofree char *list = NULL;
    {
        KEY_AUTO struct api_key key = {0};
        USER_AUTO struct user user = {0};
        DB_READ struct db_conn *conn = db_read_begin(fixture->db, NULL);
        g_assert_true(keys_find(conn, call.secret, &key, &user, &error));
        g_assert_cmpstr(key.name, ==, "phone");
        g_assert_cmpint(user.id, ==, fixture->user_id);
        g_assert_true(keys_list(conn, fixture->user_id, first_key, &list, &error));
        g_assert_cmpstr(list, ==, "all");
    }
    call.user_id = fixture->other_id;
    fixture_write_fails(fixture, do_key_delete, &call, ERR_NOT_FOUND);
    fixture_write_fails(fixture, do_key_change, &call, ERR_NOT_FOUND);
    call.user_id = fixture->user_id;
    fixture_write(fixture, do_key_delete, &call);
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, NULL);
    USER_AUTO struct user user = {0};
    KEY_AUTO struct api_key key = {0};
    g_assert_false(keys_find(conn, call.secret, &key, &user, &error));
    g_assert_true(err_is(error, ERR_UNAUTHENTICATED));
    g_free(call.secret);
    key_clear(&call.key);
}

static void test_permissions(void)
{
    g_assert_true(permission_allows("asset.read,asset.upload", "asset.upload"));
    g_assert_true(permission_allows("all", "anything.at.all"));
    g_assert_true(permission_allows("user.read,all", "asset.read"));
    g_assert_false(permission_allows("asset.readx", "asset.read"));
    g_assert_false(permission_allows("asset.read", "asset.readx"));
    g_assert_false(permission_allows("asset.read", "asset"));
    g_assert_false(permission_allows("allx,xall", "asset.read"));
    g_assert_false(permission_allows("", "asset.read"));
}

/* ---- passwords ---- */

static void test_passwords(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *hash = password_hash("correct horse", &error);
    g_assert_no_error(error);
    g_assert_true(g_str_has_prefix(hash, "$argon2id$v=19$m=65536,t=2,p=1$"));
    g_assert_true(password_verify(hash, "correct horse"));
    g_assert_false(password_verify(hash, "correct house"));
    g_assert_false(password_verify(NULL, "correct horse"));
    g_assert_false(password_verify("", "correct horse"));
    g_assert_false(password_verify("not a hash", "correct horse"));
    g_assert_null(password_hash("seven77", &error));
    g_assert_true(err_is(error, ERR_INVALID));
    g_clear_error(&error);
    g_autofree char *endless = g_strnfill(PASSWORD_MAX_BYTES + 1, 'a');
    g_assert_null(password_hash(endless, &error));
    g_assert_false(password_verify(hash, endless));
}

/* Of all threads of this program: what a busy machine does meanwhile does not count. */
static int64_t cpu_us(void)
{
    struct timespec now;
    g_assert_cmpint(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), ==, 0);
    return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

/* An unknown user must cost what a known one costs; the bound is wide, the real difference is a factor of thousands. */
static void test_unknown_user_takes_as_long(void)
{
    g_autofree char *hash = password_hash("correct horse", NULL);
    password_verify(NULL, "warm up");
    int64_t begun = cpu_us();
    password_verify(hash, "wrong horse");
    int64_t known = cpu_us() - begun;
    begun = cpu_us();
    password_verify(NULL, "wrong horse");
    int64_t unknown = cpu_us() - begun;
    g_assert_cmpint(unknown, >, known / 10);
}

/* ---- throttle ---- */

static void fail_times(struct throttle *throttle, const char *email, const char *address, int n)
{
    for (int i = 0; i < n; i++)
        throttle_failed(throttle, email, address);
}

static void test_throttle(void)
{
    g_autoptr(GError) error = NULL;
    clock_set_for_test(NOW);
    struct throttle *throttle = throttle_new();
    fail_times(throttle, "a@b", "10.0.0.1", 4);
    g_assert_true(throttle_check(throttle, "a@b", "10.0.0.1", NULL)); /* a person who mistypes */
    fail_times(throttle, "A@B", "10.0.0.1", 1);
    g_assert_false(throttle_check(throttle, "a@b", "10.0.0.1", &error));
    g_assert_true(err_is(error, ERR_BUSY));
    g_assert_cmpstr(error->message, ==, "Too many attempts. Try again in 1 second.");
    g_assert_true(throttle_check(throttle, "a@b", "10.0.0.2", NULL)); /* its owner elsewhere is not locked out */
    clock_set_for_test(NOW + SECOND);
    g_assert_true(throttle_check(throttle, "a@b", "10.0.0.1", NULL));
    fail_times(throttle, "a@b", "10.0.0.1", 3);
    clock_set_for_test(NOW + 8 * SECOND);
    g_assert_false(throttle_check(throttle, "a@b", "10.0.0.1", NULL)); /* 8 s now */
    clock_set_for_test(NOW + 9 * SECOND);
    g_assert_true(throttle_check(throttle, "a@b", "10.0.0.1", NULL));
    throttle_passed(throttle, "a@b", "10.0.0.1");
    fail_times(throttle, "a@b", "10.0.0.1", 4);
    g_assert_true(throttle_check(throttle, "a@b", "10.0.0.1", NULL));
    throttle_free(throttle);
    clock_set_for_test(-1);
}

static void test_throttle_bounds(void)
{
    clock_set_for_test(NOW);
    struct throttle *throttle = throttle_new();
    for (int i = 0; i < 40; i++) { /* one address, many names */
        g_autofree char *email = g_strdup_printf("user%d@b", i);
        throttle_failed(throttle, email, "10.0.0.9");
    }
    g_assert_false(throttle_check(throttle, "fresh@b", "10.0.0.9", NULL));
    clock_set_for_test(NOW + 899 * SECOND);
    g_assert_false(throttle_check(throttle, "fresh@b", "10.0.0.9", NULL));
    clock_set_for_test(NOW + 900 * SECOND); /* never longer than a quarter of an hour */
    g_assert_true(throttle_check(throttle, "fresh@b", "10.0.0.9", NULL));
    clock_set_for_test(NOW - HOUR); /* nor when the clock is set back */
    g_assert_true(throttle_check(throttle, "fresh@b", "10.0.0.9", NULL));
    clock_set_for_test(NOW);
    for (int i = 0; i < 40; i++) { /* one account, many addresses: slowed, its owner not locked out for long */
        g_autofree char *address = g_strdup_printf("10.1.0.%d", i);
        throttle_failed(throttle, "ann@b", address);
    }
    g_assert_false(throttle_check(throttle, "ann@b", "10.2.0.1", NULL));
    clock_set_for_test(NOW + 10 * SECOND);
    g_assert_true(throttle_check(throttle, "ann@b", "10.2.0.1", NULL));
    for (int i = 0; i < 50000; i++) { /* a flood of names does not grow without bound, and does not crash */
        g_autofree char *name = g_strdup_printf("%d@flood", i);
        throttle_failed(throttle, name, name);
    }
    throttle_free(throttle);
    clock_set_for_test(-1);
}

static void add(const char *name, void (*test)(struct fixture *, gconstpointer))
{
    g_test_add(name, struct fixture, NULL, fixture_setup, test, fixture_teardown);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/identity", test_identity);
    g_test_add_func("/users/emails", test_emails);
    add("/users/create-find", test_users);
    add("/users/change", test_change_user);
    add("/users/delete", test_delete_user);
    add("/users/delete-in-steps", test_delete_user_in_steps);
    add("/sessions/life", test_sessions);
    add("/sessions/unused-end", test_unused_sessions_end);
    add("/sessions/new-password", test_new_password_ends_other_sessions);
    add("/keys/life", test_keys);
    g_test_add_func("/keys/permissions", test_permissions);
    g_test_add_func("/passwords/hash", test_passwords);
    g_test_add_func("/passwords/unknown-user", test_unknown_user_takes_as_long);
    g_test_add_func("/throttle/waits", test_throttle);
    g_test_add_func("/throttle/bounds", test_throttle_bounds);
    return g_test_run();
}
