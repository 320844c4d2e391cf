/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Accounts that are removed and brought back, and what clients want to have kept with an asset. */
#include <glib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/asset_app_data.h"
#include "catalog/keys.h"
#include "catalog/library.h"
#include "catalog/sessions.h"
#include "catalog/test_fixture.h"

static const int64_t NOW = INT64_C(1790000000000000);
static const int64_t DAY = INT64_C(86400000000);

/* ---- removing accounts ---- */

struct removal {
    int64_t id, purge_us;
    char *token, *secret;
    GPtrArray *paths;
    bool is_done;
};

static bool do_sign_in(struct db_conn *conn, void *data, GError **error)
{
    struct removal *removal = data;
    struct session_new wanted = {.user_id = removal->id};
    return sessions_create(conn, &wanted, &removal->token, NULL, error) &&
           keys_create(conn, removal->id, "key", "all", &removal->secret, NULL, error);
}

static bool do_remove(struct db_conn *conn, void *data, GError **error)
{
    struct removal *removal = data;
    return users_remove(conn, removal->id, removal->purge_us, error);
}

static bool do_restore(struct db_conn *conn, void *data, GError **error)
{
    return users_restore(conn, ((struct removal *)data)->id, error);
}

static bool do_delete(struct db_conn *conn, void *data, GError **error)
{
    struct removal *removal = data;
    const struct user_deletion how = {.force = true, .limit = 100};
    return users_delete(conn, removal->id, &how, removal->paths, &removal->is_done, error);
}

static bool do_promote(struct db_conn *conn, void *data, GError **error)
{
    struct user_change change = {.set_admin = true, .is_admin = true};
    return users_change(conn, ((struct removal *)data)->id, &change, NULL, error);
}

static void count_due(int64_t id, void *data)
{
    (*(unsigned *)data)++;
}

static unsigned due(struct fixture *fixture, int64_t now_us)
{
    unsigned n = 0;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, NULL);
    g_assert_true(users_due(conn, now_us, count_due, &n, NULL));
    return n;
}

static bool is_signed_in(struct fixture *fixture, const struct removal *removal)
{
    USER_AUTO struct user user = {0}, same = {0};
    SESSION_AUTO struct session session = {0};
    KEY_AUTO struct api_key key = {0};
    bool touch;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, NULL);
    bool by_session = sessions_find(conn, removal->token, 0, &session, &user, &touch, NULL);
    bool by_key = keys_find(conn, removal->secret, &key, &same, NULL);
    g_assert_cmpint(by_session, ==, by_key);
    return by_session;
}

static bool count_user(const struct user *user, void *data)
{
    (*(unsigned *)data)++;
    return true;
}

static void assert_listed(struct fixture *fixture, unsigned active, unsigned all)
{
    unsigned n = 0, n_all = 0;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, NULL);
    g_assert_true(users_list(conn, count_user, &n, NULL) && users_list_all(conn, count_user, &n_all, NULL));
    g_assert_cmpuint(n, ==, active);
    g_assert_cmpuint(n_all, ==, all);
}

static void removal_clear(struct removal *removal)
{
    g_free(removal->token);
    g_free(removal->secret);
    clock_set_for_test(-1);
}

static void test_remove_and_restore(struct fixture *fixture, gconstpointer data)
{
    struct removal removal = {.id = fixture->other_id, .purge_us = NOW + 7 * DAY};
    clock_set_for_test(NOW);
    fixture_photo(fixture, fixture->other_id, 1, 0);
    fixture_write(fixture, do_sign_in, &removal);
    g_assert_true(is_signed_in(fixture, &removal));
    int64_t changes = fixture_ask(fixture, "SELECT max(update_id) FROM users");
    fixture_write(fixture, do_remove, &removal);
    g_assert_false(is_signed_in(fixture, &removal));
    assert_listed(fixture, 1, 2);
    g_assert_cmpint(fixture_ask(fixture, "SELECT max(update_id) FROM users"), >, changes); /* phones learn of it */
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM assets"), ==, 1);
    g_assert_cmpuint(due(fixture, NOW + 7 * DAY - 1), ==, 0);
    fixture_write(fixture, do_restore, &removal);
    assert_listed(fixture, 2, 2);
    g_assert_cmpuint(due(fixture, NOW + 8 * DAY), ==, 0);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM sessions"), ==, 0); /* they do not come back */
    removal_clear(&removal);
}

static void test_remove_for_good(struct fixture *fixture, gconstpointer data)
{
    struct removal removal = {.id = fixture->other_id, .purge_us = NOW};
    clock_set_for_test(NOW);
    fixture_photo(fixture, fixture->other_id, 1, 0);
    fixture_write(fixture, do_remove, &removal);
    g_assert_cmpuint(due(fixture, NOW), ==, 1);
    fixture_write_fails(fixture, do_restore, &removal, ERR_CONFLICT); /* too late */
    removal.purge_us = NOW + DAY;
    fixture_write(fixture, do_remove, &removal);
    g_assert_cmpuint(due(fixture, NOW), ==, 1); /* what has begun is not put off */
    fixture_write(fixture, do_delete, &removal);
    g_assert_true(removal.is_done);
    assert_listed(fixture, 1, 1);
    g_assert_cmpuint(due(fixture, NOW + DAY), ==, 0);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM changes WHERE entity = 'user'"), ==, 1);
    removal_clear(&removal);
}

static void test_an_administrator_stays(struct fixture *fixture, gconstpointer data)
{
    struct removal first = {.id = fixture->user_id, .purge_us = NOW}, other = {.id = fixture->other_id};
    fixture_write_fails(fixture, do_remove, &first, ERR_CONFLICT);
    fixture_write(fixture, do_promote, &other);
    fixture_write(fixture, do_remove, &first);
    fixture_write_fails(fixture, do_remove, &other, ERR_CONFLICT); /* a removed one does not count */
}

/* ---- what clients want to have kept ---- */

struct keeping {
    int64_t asset_id;
    const char *key, *value;
};

static bool do_keep(struct db_conn *conn, void *data, GError **error)
{
    const struct keeping *keeping = data;
    return app_data_set(conn, keeping->asset_id, keeping->key, keeping->value, error);
}

static bool do_drop(struct db_conn *conn, void *data, GError **error)
{
    const struct keeping *keeping = data;
    return app_data_drop(conn, keeping->asset_id, keeping->key, error);
}

static void append_item(const struct app_data *item, void *data)
{
    g_string_append_printf(data, "%s=%s;", item->key, item->value);
}

static void assert_kept(struct fixture *fixture, const struct keeping *keeping, const char *key, const char *expected)
{
    g_autoptr(GString) text = g_string_new(NULL);
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, NULL);
    g_assert_true(app_data_list(conn, keeping->asset_id, key, append_item, text, NULL));
    g_assert_cmpstr(text->str, ==, expected);
}

static void test_app_data(struct fixture *fixture, gconstpointer data)
{
    struct keeping keeping = {fixture_photo(fixture, fixture->user_id, 1, 0).id, "mobile-app", "{\"a\":1}"};
    fixture_write(fixture, do_keep, &keeping);
    int64_t before = fixture_ask(fixture, "SELECT update_id FROM asset_app_data");
    keeping.value = "{\"a\":2}";
    fixture_write(fixture, do_keep, &keeping);
    g_assert_cmpint(fixture_ask(fixture, "SELECT update_id FROM asset_app_data"), >, before);
    g_assert_cmpint(fixture_ask(fixture, "SELECT create_id FROM asset_app_data"), ==, before);
    keeping.key = "other";
    fixture_write(fixture, do_keep, &keeping);
    assert_kept(fixture, &keeping, NULL, "mobile-app={\"a\":2};other={\"a\":2};");
    assert_kept(fixture, &keeping, "other", "other={\"a\":2};");
    fixture_write(fixture, do_drop, &keeping);
    fixture_write(fixture, do_drop, &keeping); /* nothing more to say */
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM changes WHERE entity = 'asset_metadata'"
                                         " AND key2 = CAST('other' AS BLOB)"),
                    ==, 1);
    assert_kept(fixture, &keeping, NULL, "mobile-app={\"a\":2};");
}

static void test_app_data_has_bounds(struct fixture *fixture, gconstpointer data)
{
    struct keeping keeping = {fixture_photo(fixture, fixture->user_id, 1, 0).id, "", "{}"};
    fixture_write_fails(fixture, do_keep, &keeping, ERR_INVALID);
    g_autofree char *long_value = g_strnfill(APP_DATA_VALUE_MAX + 1, 'x');
    keeping = (struct keeping){keeping.asset_id, "key", long_value};
    fixture_write_fails(fixture, do_keep, &keeping, ERR_INVALID);
    keeping.value = "{}";
    for (unsigned i = 0; i < APP_DATA_KEYS_MAX; i++) {
        g_autofree char *key = g_strdup_printf("key %u", i);
        keeping.key = key;
        fixture_write(fixture, do_keep, &keeping);
    }
    keeping.key = "key 0";
    fixture_write(fixture, do_keep, &keeping); /* written over */
    keeping.key = "one more";
    fixture_write_fails(fixture, do_keep, &keeping, ERR_LIMIT);
}

static void add(const char *name, void (*test)(struct fixture *, gconstpointer))
{
    g_test_add(name, struct fixture, NULL, fixture_setup, test, fixture_teardown);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/removal/restore", test_remove_and_restore);
    add("/removal/for-good", test_remove_for_good);
    add("/removal/administrators", test_an_administrator_stays);
    add("/app-data/keep", test_app_data);
    add("/app-data/bounds", test_app_data_has_bounds);
    return g_test_run();
}
