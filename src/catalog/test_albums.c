/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Albums: what they hold, what stands for them, and what phones are told when either changes. */
#include <glib.h>

#include "catalog/albums.h"
#include "catalog/grants.h"
#include "catalog/library.h"
#include "catalog/sync.h"
#include "catalog/test_fixture.h"

struct acting {
    int64_t user_id;
    struct uuid album;
    struct uuid assets[4];
    size_t n;
    enum album_outcome outcomes[4];
    struct album_change change;
};

static bool create(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return albums_create(conn, &(struct album_new){acting->user_id, "Sea", NULL}, &acting->album, error);
}

static bool add(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return albums_add(conn, acting->user_id, &acting->album, acting->assets, acting->n, acting->outcomes, error);
}

static bool take_out(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return albums_remove(conn, acting->user_id, &acting->album, acting->assets, acting->n, acting->outcomes, error);
}

static bool change(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return albums_change(conn, acting->user_id, &acting->album, &acting->change, error);
}

static bool delete_album(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return albums_delete(conn, acting->user_id, &acting->album, error);
}

static bool delete_first(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return asset_delete(conn, acting->user_id, &acting->assets[0], NULL, error);
}

static bool trash_first(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return asset_trash(conn, acting->user_id, &acting->assets[0], error);
}

static bool lock_first(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    struct asset_change locking = {.set_visibility = true, .visibility = ASSET_LOCKED};
    return asset_change(conn, acting->user_id, &acting->assets[0], &locking, error);
}

static struct album look(struct fixture *fixture, const struct acting *acting)
{
    g_autoptr(GError) error = NULL;
    struct album album = {0};
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    albums_find(conn, &(struct viewer){.user_id = acting->user_id}, &acting->album, &album, &error);
    g_assert_no_error(error);
    return album;
}

static unsigned n_rows(struct fixture *fixture, enum sync_part part, int64_t after)
{
    g_autoptr(GError) error = NULL;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    DB_ROWS struct db_rows *rows =
        sync_open(conn, part, &(struct sync_range){.user_id = fixture->user_id, .after = after}, &error);
    unsigned n = 0;
    for (int64_t last = after; db_next(rows, &error); n++) {
        g_assert_cmpint(db_int(rows, 0), >, last);
        last = db_int(rows, 0);
    }
    g_assert_no_error(error);
    return n;
}

/* An album with three photos, the third the newest. */
static struct acting filled(struct fixture *fixture)
{
    struct acting acting = {.user_id = fixture->user_id, .n = 3};
    fixture_write(fixture, create, &acting);
    for (unsigned i = 0; i < 3; i++)
        acting.assets[i] = fixture_photo(fixture, fixture->user_id, i + 1, (i + 1) * 1000).uuid;
    fixture_write(fixture, add, &acting);
    for (unsigned i = 0; i < 3; i++)
        g_assert_cmpint(acting.outcomes[i], ==, ALBUM_DONE);
    return acting;
}

static void test_contents(struct fixture *fixture, gconstpointer data)
{
    struct acting acting = filled(fixture);
    {
        ALBUM_AUTO struct album album = look(fixture, &acting);
        g_assert_cmpint(album.n_assets, ==, 3);
        g_assert_cmpint(album.first_us, ==, 1000);
        g_assert_cmpint(album.last_us, ==, 3000);
        g_assert_true(album.has_thumbnail && uuid_equal(&album.thumbnail, &acting.assets[0]));
        g_assert_cmpstr(album.description, ==, "");
    }
    acting.assets[3] = fixture_photo(fixture, fixture->other_id, 9, 1).uuid;
    acting.n = 4;
    fixture_write(fixture, add, &acting);
    g_assert_cmpint(acting.outcomes[0], ==, ALBUM_DUPLICATE);
    g_assert_cmpint(acting.outcomes[3], ==, ALBUM_NO_PERMISSION);
    acting.n = 1;
    fixture_write(fixture, take_out, &acting);
    fixture_write(fixture, take_out, &acting);
    g_assert_cmpint(acting.outcomes[0], ==, ALBUM_NOT_FOUND);
    ALBUM_AUTO struct album album = look(fixture, &acting);
    g_assert_cmpint(album.n_assets, ==, 2);
    g_assert_true(uuid_equal(&album.thumbnail, &acting.assets[2]));
    acting.user_id = fixture->other_id;
    fixture_write_fails(fixture, add, &acting, ERR_NOT_FOUND);
    fixture_write_fails(fixture, change, &acting, ERR_NOT_FOUND);
    fixture_write_fails(fixture, delete_album, &acting, ERR_NOT_FOUND);
}

static void test_a_photo_that_goes_leaves_the_album_whole(struct fixture *fixture, gconstpointer data)
{
    struct acting acting = filled(fixture);
    fixture_write(fixture, trash_first, &acting);
    {
        ALBUM_AUTO struct album album = look(fixture, &acting);
        g_assert_cmpint(album.n_assets, ==, 2);
        g_assert_true(uuid_equal(&album.thumbnail, &acting.assets[2]));
    }
    fixture_write(fixture, delete_first, &acting);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM album_assets"), ==, 2);
    g_assert_cmpint(fixture_ask(fixture, "SELECT thumbnail_asset_id FROM albums"), ==, 3);
    acting.assets[0] = acting.assets[2];
    fixture_write(fixture, lock_first, &acting);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM album_assets"), ==, 1);
    g_assert_cmpint(fixture_ask(fixture, "SELECT thumbnail_asset_id FROM albums"), ==, 2);
    acting.n = 1;
    fixture_write(fixture, add, &acting);
    g_assert_cmpint(acting.outcomes[0], ==, ALBUM_NO_PERMISSION);
}

static void test_changes(struct fixture *fixture, gconstpointer data)
{
    struct acting acting = filled(fixture);
    acting.change =
        (struct album_change){.name = "Lake", .thumbnail = &acting.assets[1], .set_order = true, .is_ascending = true};
    fixture_write(fixture, change, &acting);
    ALBUM_AUTO struct album album = look(fixture, &acting);
    g_assert_cmpstr(album.name, ==, "Lake");
    g_assert_true(album.is_ascending && album.is_activity_enabled);
    g_assert_true(uuid_equal(&album.thumbnail, &acting.assets[1]));
    struct uuid stranger = fixture_photo(fixture, fixture->user_id, 8, 1).uuid;
    acting.change = (struct album_change){.thumbnail = &stranger};
    fixture_write_fails(fixture, change, &acting, ERR_INVALID);
    acting.change = (struct album_change){.name = ""};
    fixture_write_fails(fixture, change, &acting, ERR_INVALID);
}

static void test_phones_are_told(struct fixture *fixture, gconstpointer data)
{
    struct acting acting = filled(fixture);
    g_assert_cmpuint(n_rows(fixture, SYNC_ALBUMS, 0), ==, 1);
    g_assert_cmpuint(n_rows(fixture, SYNC_ALBUM_USERS, 0), ==, 1);
    g_assert_cmpuint(n_rows(fixture, SYNC_LINKS, 0), ==, 3);
    int64_t now = fixture_ask(fixture, "SELECT change_id FROM db_state");
    g_assert_cmpuint(n_rows(fixture, SYNC_ALBUMS, now), ==, 0);
    acting.n = 2;
    fixture_write(fixture, take_out, &acting);
    g_assert_cmpuint(n_rows(fixture, SYNC_ALBUMS, now), ==, 1);
    g_assert_cmpuint(n_rows(fixture, SYNC_GONE_LINKS, now), ==, 2);
    fixture_write(fixture, delete_album, &acting);
    g_assert_cmpuint(n_rows(fixture, SYNC_ALBUMS, 0), ==, 0);
    g_assert_cmpuint(n_rows(fixture, SYNC_GONE_ALBUMS, now), ==, 1);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM assets"), ==, 3);
}

static bool drop_gone(struct db_conn *conn, void *data, GError **error)
{
    return library_drop_gone_links(conn, INT64_MAX, 2, data, error);
}

static void test_what_left_an_album_is_forgotten_in_time(struct fixture *fixture, gconstpointer data)
{
    struct acting acting = filled(fixture);
    unsigned dropped = 0;
    fixture_write(fixture, delete_album, &acting);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM album_assets_gone"), ==, 3);
    fixture_write(fixture, drop_gone, &dropped);
    g_assert_cmpuint(dropped, ==, 2);
    fixture_write(fixture, drop_gone, &dropped);
    g_assert_cmpuint(dropped, ==, 1);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM album_assets_gone"), ==, 0);
}

static bool restore_first(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return asset_restore(conn, acting->user_id, &acting->assets[0], error);
}

/* A phone of somebody else forgot it meanwhile: the photo, what belongs to it, and what it stood for. */
static void test_what_is_shown_again_is_news(struct fixture *fixture, gconstpointer data)
{
    struct acting acting = filled(fixture);
    fixture_write(fixture, trash_first, &acting);
    int64_t now = fixture_ask(fixture, "SELECT change_id FROM db_state");
    g_assert_cmpuint(n_rows(fixture, SYNC_LINKS, now), ==, 0);
    fixture_write(fixture, restore_first, &acting);
    g_assert_cmpuint(n_rows(fixture, SYNC_ASSETS, now), ==, 1);
    g_assert_cmpuint(n_rows(fixture, SYNC_EXIF, now), ==, 1);
    g_assert_cmpuint(n_rows(fixture, SYNC_LINKS, now), ==, 1);
    g_assert_cmpuint(n_rows(fixture, SYNC_ALBUMS, now), ==, 1);
}

static bool count_album(const struct album *album, void *data)
{
    (*(unsigned *)data)++;
    return true;
}

static void test_listing(struct fixture *fixture, gconstpointer data)
{
    struct acting acting = filled(fixture), empty = {.user_id = fixture->user_id},
                  other = {.user_id = fixture->other_id};
    fixture_write(fixture, create, &empty);
    fixture_write(fixture, create, &other);
    const struct {
        struct album_filter filter;
        unsigned n;
    } cases[] = {
        {{.user_id = fixture->user_id, .is_owned = -1, .is_shared = -1}, 2},
        {{.user_id = fixture->user_id, .is_owned = -1, .is_shared = -1, .uuid = &acting.album}, 1},
        {{.user_id = fixture->user_id, .is_owned = -1, .is_shared = -1, .asset = &acting.assets[1]}, 1},
        {{.user_id = fixture->user_id, .is_owned = -1, .is_shared = -1, .name = "Sea"}, 2},
        {{.user_id = fixture->user_id, .is_owned = -1, .is_shared = -1, .name = "sea"}, 0},
        {{.user_id = fixture->user_id, .is_owned = -1, .is_shared = -1, .uuid = &other.album}, 0},
    };
    g_autoptr(GError) error = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        unsigned n = 0;
        DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
        g_assert_true(albums_list(conn, &cases[i].filter, count_album, &n, &error));
        g_assert_cmpuint(n, ==, cases[i].n);
    }
    struct album_counts counts;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    g_assert_true(albums_count(conn, fixture->user_id, &counts, &error));
    g_assert_true(counts.owned == 2 && counts.shared == 0 && counts.not_shared == 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *path;
        void (*run)(struct fixture *fixture, gconstpointer data);
    } tests[] = {
        {"/albums/contents", test_contents},
        {"/albums/going", test_a_photo_that_goes_leaves_the_album_whole},
        {"/albums/changes", test_changes},
        {"/albums/phones", test_phones_are_told},
        {"/albums/listing", test_listing},
        {"/albums/gone", test_what_left_an_album_is_forgotten_in_time},
        {"/albums/shown-again", test_what_is_shown_again_is_news},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, struct fixture, NULL, fixture_setup, tests[i].run, fixture_teardown);
    return g_test_run();
}
