/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a phone has to learn: rows in the order of their changes, deletes, checkpoints. */
#include <glib.h>
#include <string.h>

#include "catalog/sessions.h"
#include "catalog/sync_private.h"
#include "catalog/test_fixture.h"

/* The rows of @part after @after: how many, and that their change ids rise. @ret_last (may be NULL): the last id. */
static unsigned count(struct fixture *fixture, enum sync_part part, int64_t after, int64_t *ret_last)
{
    g_autoptr(GError) error = NULL;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    DB_ROWS struct db_rows *rows =
        sync_open(conn, part, &(struct sync_range){.user_id = fixture->user_id, .after = after}, &error);
    g_assert_no_error(error);
    unsigned n = 0;
    int64_t last = after;
    for (; db_next(rows, &error); n++) {
        g_assert_cmpint(db_int(rows, 0), >, last);
        last = db_int(rows, 0);
    }
    g_assert_no_error(error);
    if (ret_last)
        *ret_last = last;
    return n;
}

static unsigned count_with(struct db_conn *conn, int64_t user_id, enum sync_part part)
{
    g_autoptr(GError) error = NULL;
    DB_ROWS struct db_rows *rows = sync_open(conn, part, &(struct sync_range){.user_id = user_id}, &error);
    unsigned n = 0;
    while (db_next(rows, &error))
        n++;
    g_assert_no_error(error);
    return n;
}

static bool trash_work(struct db_conn *conn, void *data, GError **error)
{
    struct fixture *fixture = ((void **)data)[0];
    return asset_trash(conn, fixture->user_id, ((void **)data)[1], error);
}

static bool delete_work(struct db_conn *conn, void *data, GError **error)
{
    struct fixture *fixture = ((void **)data)[0];
    return asset_delete(conn, fixture->user_id, ((void **)data)[1], NULL, error);
}

static void test_rows_come_once_and_again_when_they_change(struct fixture *fixture, gconstpointer data)
{
    struct asset_made made = {0};
    for (unsigned i = 1; i <= 4; i++)
        made = fixture_photo(fixture, fixture->user_id, i, i);
    fixture_photo(fixture, fixture->other_id, 9, 9);
    int64_t assets, exif;
    g_assert_cmpuint(count(fixture, SYNC_ASSETS, 0, &assets), ==, 4);
    g_assert_cmpuint(count(fixture, SYNC_EXIF, 0, &exif), ==, 4);
    g_assert_cmpuint(count(fixture, SYNC_ASSETS, assets, NULL), ==, 0);
    void *trash[] = {fixture, &made.uuid};
    fixture_write(fixture, trash_work, trash);
    g_assert_cmpuint(count(fixture, SYNC_ASSETS, assets, &assets), ==, 1);
    g_assert_cmpuint(count(fixture, SYNC_EXIF, exif, NULL), ==, 0);
    g_assert_cmpuint(count(fixture, SYNC_GONE_ASSETS, 0, NULL), ==, 0);
    fixture_write(fixture, delete_work, trash);
    g_assert_cmpuint(count(fixture, SYNC_ASSETS, 0, NULL), ==, 3);
    g_assert_cmpuint(count(fixture, SYNC_GONE_ASSETS, assets, NULL), ==, 1);
}

static void test_a_row_is_read_whole(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    struct asset_made made = fixture_photo(fixture, fixture->user_id, 7, 1234567);
    struct blob_digest digest = fixture_digest(7, 1);
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    DB_ROWS struct db_rows *rows =
        sync_open(conn, SYNC_ASSETS, &(struct sync_range){.user_id = fixture->user_id}, &error);
    struct sync_asset asset;
    g_assert_true(db_next(rows, &error));
    sync_read_asset(rows, &asset);
    g_assert_true(uuid_equal(&asset.uuid, &made.uuid));
    g_assert_cmpmem(asset.sha1, sizeof asset.sha1, digest.sha1, sizeof digest.sha1);
    g_assert_cmpint(asset.taken_us, ==, 1234567);
    g_assert_false(asset.is_trashed || asset.has_live_video || asset.is_favorite);
    g_assert_null(asset.thumbhash);
    struct sync_exif exif;
    DB_ROWS struct db_rows *exifs =
        sync_open(conn, SYNC_EXIF, &(struct sync_range){.user_id = fixture->user_id}, &error);
    g_assert_true(db_next(exifs, &error));
    sync_read_exif(exifs, &exif);
    g_assert_true(uuid_equal(&exif.asset, &made.uuid));
    g_assert_null(exif.exif.make);
    g_assert_false(exif.exif.has_position || exif.exif.has_rating);
    g_assert_no_error(error);
}

static void test_accounts(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_assert_cmpuint(count(fixture, SYNC_OWN_USER, 0, NULL), ==, 1);
    g_assert_cmpuint(count(fixture, SYNC_USERS, 0, NULL), ==, 2);
    g_assert_cmpuint(count(fixture, SYNC_GONE_USERS, 0, NULL), ==, 0);
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    DB_ROWS struct db_rows *rows =
        sync_open(conn, SYNC_OWN_USER, &(struct sync_range){.user_id = fixture->user_id}, &error);
    struct sync_user user;
    g_assert_true(db_next(rows, &error));
    sync_read_user(rows, &user);
    g_assert_cmpint(user.quota_bytes, ==, -1);
    g_assert_nonnull(strchr(user.email, '@'));
}

/* ---- statements ---- */

/* Tables that grow with the library, by the names that the statements give them; a phone that is up to date must cost
 * nothing however large they are, so each is reached by a key. */
static bool is_scan(const char *detail)
{
    static const char *const large[] = {"a", "e", "c", "g", "d", "h", "t", "changes", "album_assets_gone", "albums"};
    for (size_t i = 0; i < G_N_ELEMENTS(large); i++) {
        g_autofree char *scan = g_strconcat("SCAN ", large[i], NULL), *more = g_strconcat(scan, " ", NULL);
        if (strcmp(detail, scan) == 0 || g_str_has_prefix(detail, more))
            return true;
    }
    return false;
}

/* What sorts: lists of accounts, albums, partners and stacks of one person, which are short. */
static bool may_sort(enum sync_part part)
{
    return part == SYNC_GONE_USERS || part == SYNC_PARTNERS || part == SYNC_ALBUMS || part == SYNC_ALBUM_USERS_BEFORE ||
           part == SYNC_PARTNER_STACKS;
}

static void test_nothing_is_read_from_end_to_end(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    for (enum sync_part part = 0; part < SYNC_N_PARTS; part++) {
        g_autofree char *sql = g_strconcat("EXPLAIN QUERY PLAN ", sync_statements[part], NULL);
        DB_ROWS struct db_rows *rows = db_query_once(conn, &error, sql, "");
        g_assert_no_error(error);
        while (db_next(rows, &error)) {
            const char *detail = db_text(rows, 3);
            g_test_message("%d: %s", (int)part, detail);
            g_assert_false(is_scan(detail));
            g_assert_true(may_sort(part) || !strstr(detail, "FOR ORDER BY"));
        }
        g_assert_no_error(error);
        struct sync_range range = {.user_id = fixture->user_id, .until = INT64_MAX, .grant = 1};
        DB_ROWS struct db_rows *found = sync_open(conn, part, &range, &error);
        while (db_next(found, &error))
            g_assert_cmpint(sync_change_id(found), >, 0);
        g_assert_no_error(error);
    }
}

/* ---- checkpoints ---- */

struct acting {
    int64_t session_id;
    struct session session;
    const char *entity;
    int64_t change_id;
    int64_t user_id;
};

static bool sign_in(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    g_autofree char *token = NULL;
    struct session_new wanted = {.user_id = acting->user_id};
    return sessions_create(conn, &wanted, &token, &acting->session, error);
}

static bool ack(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    struct sync_checkpoint checkpoint = {.entity = acting->entity, .change_id = acting->change_id};
    return sync_ack(conn, acting->session.id, &checkpoint, error);
}

static bool forget(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return sync_forget(conn, acting->session.id, acting->entity, error);
}

static bool want_reset(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return sync_want_reset(conn, acting->user_id, &acting->session.uuid, true, error);
}

static bool print(const struct sync_checkpoint *checkpoint, void *data)
{
    g_string_append_printf(data, "%s=%d ", checkpoint->entity, (int)checkpoint->change_id);
    return true;
}

static void expect(struct fixture *fixture, const struct acting *acting, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    g_assert_true(sync_checkpoints(conn, acting->session.id, print, text, &error));
    g_assert_cmpstr(text->str, ==, expected);
}

static void test_checkpoints_belong_to_a_session(struct fixture *fixture, gconstpointer data)
{
    struct acting one = {.user_id = fixture->user_id}, two = {.user_id = fixture->user_id};
    fixture_write(fixture, sign_in, &one);
    fixture_write(fixture, sign_in, &two);
    one.entity = "AssetV2", one.change_id = 5;
    fixture_write(fixture, ack, &one);
    one.entity = "UserV1", one.change_id = 3;
    fixture_write(fixture, ack, &one);
    one.change_id = 4;
    fixture_write(fixture, ack, &one);
    expect(fixture, &one, "AssetV2=5 UserV1=4 ");
    expect(fixture, &two, "");
    fixture_write(fixture, forget, &one);
    expect(fixture, &one, "AssetV2=5 ");
    fixture_write(fixture, want_reset, &one);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM sessions WHERE is_pending_sync_reset"), ==, 1);
    one.entity = NULL;
    fixture_write(fixture, forget, &one);
    expect(fixture, &one, "");
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM sessions WHERE is_pending_sync_reset"), ==, 0);
    two.user_id = fixture->other_id;
    fixture_write_fails(fixture, want_reset, &two, ERR_NOT_FOUND);
    session_clear(&one.session);
    session_clear(&two.session);
}

/* ---- the long snapshot ---- */

static void test_a_stream_sees_one_moment_and_leaves_the_pool_alone(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    struct db_conn *streams[64];
    unsigned n = 0;
    fixture_photo(fixture, fixture->user_id, 1, 1);
    while ((streams[n] = db_stream_begin(fixture->db, &error)))
        n++;
    g_assert_cmpuint(n, >=, 16);
    g_assert_true(err_is(error, ERR_BUSY));
    g_clear_error(&error);
    fixture_photo(fixture, fixture->user_id, 2, 2);
    g_assert_cmpuint(count(fixture, SYNC_ASSETS, 0, NULL), ==, 2);
    {
        DB_ROWS struct db_rows *rows =
            sync_open(streams[0], SYNC_ASSETS, &(struct sync_range){.user_id = fixture->user_id}, &error);
        int64_t known;
        g_assert_true(db_last_change_id(streams[0], &known, &error));
        g_assert_true(db_next(rows, &error));
        g_assert_cmpint(db_int(rows, 0), <=, known);
        g_assert_false(db_next(rows, &error));
    }
    while (n > 0)
        db_read_end(streams[--n]);
    /* Connections that are used again see what came meanwhile. */
    fixture_photo(fixture, fixture->user_id, 3, 3);
    struct db_conn *again = db_stream_begin(fixture->db, &error);
    g_assert_cmpuint(count_with(again, fixture->user_id, SYNC_ASSETS), ==, 3);
    db_read_end(again);
    g_assert_no_error(error);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *path;
        void (*run)(struct fixture *fixture, gconstpointer data);
    } tests[] = {
        {"/sync/rows", test_rows_come_once_and_again_when_they_change},
        {"/sync/asset", test_a_row_is_read_whole},
        {"/sync/accounts", test_accounts},
        {"/sync/plans", test_nothing_is_read_from_end_to_end},
        {"/sync/checkpoints", test_checkpoints_belong_to_a_session},
        {"/sync/streams", test_a_stream_sees_one_moment_and_leaves_the_pool_alone},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, struct fixture, NULL, fixture_setup, tests[i].run, fixture_teardown);
    return g_test_run();
}
