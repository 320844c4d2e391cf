/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who may see what: every way to an asset, and that there is no other. */
#include <glib.h>

#include "catalog/albums.h"
#include "catalog/grants.h"
#include "catalog/partners.h"
#include "catalog/test_fixture.h"
#include "catalog/timeline.h"

/* The first user has a photo with a motion half, in an album; the second is who looks. */
struct scene {
    struct fixture *fixture;
    struct uuid album, me, other, photo, half;
    enum album_role role;
    const char *sql;
    bool in_timeline;
    bool is_member_leaving;
};

static bool make(struct db_conn *conn, void *data, GError **error)
{
    struct scene *scene = data;
    enum album_outcome outcome;
    int64_t owner_id = scene->fixture->user_id;
    USER_AUTO struct user me = {0}, other = {0};
    if (!users_find_id(conn, owner_id, &me, error) || !users_find_id(conn, scene->fixture->other_id, &other, error))
        return false;
    scene->me = me.uuid;
    scene->other = other.uuid;
    return albums_create(conn, &(struct album_new){owner_id, "Sea", NULL}, &scene->album, error) &&
           albums_add(conn, owner_id, &scene->album, &scene->photo, 1, &outcome, error);
}

static bool share(struct db_conn *conn, void *data, GError **error)
{
    struct scene *scene = data;
    struct album_share with = {scene->other, scene->role};
    return albums_share(conn, scene->fixture->user_id, &scene->album, &with, 1, error);
}

static bool set_role(struct db_conn *conn, void *data, GError **error)
{
    struct scene *scene = data;
    struct album_share with = {scene->other, scene->role};
    return albums_set_role(conn, scene->fixture->user_id, &scene->album, &with, error);
}

static bool take_away(struct db_conn *conn, void *data, GError **error)
{
    struct scene *scene = data;
    int64_t actor = scene->is_member_leaving ? scene->fixture->other_id : scene->fixture->user_id;
    return albums_unshare(conn, actor, &scene->album, &scene->other, error);
}

static bool befriend(struct db_conn *conn, void *data, GError **error)
{
    struct scene *scene = data;
    struct partner partner;
    return partners_add(conn, scene->fixture->user_id, &scene->other, &partner, error);
}

static bool mix_in(struct db_conn *conn, void *data, GError **error)
{
    struct scene *scene = data;
    struct partner partner;
    return partners_change(conn, scene->fixture->other_id, &scene->me, scene->in_timeline, &partner, error);
}

static bool part(struct db_conn *conn, void *data, GError **error)
{
    struct scene *scene = data;
    return partners_remove(conn, scene->fixture->user_id, &scene->other, error);
}

static bool run_sql(struct db_conn *conn, void *data, GError **error)
{
    struct scene *scene = data;
    DB_ROWS struct db_rows *rows = db_query_once(conn, error, scene->sql, "");
    return rows && (db_next(rows, error) || !*error);
}

static void sql(struct scene *scene, const char *text)
{
    scene->sql = text;
    fixture_write(scene->fixture, run_sql, scene);
}

static struct scene begin(struct fixture *fixture)
{
    struct scene scene = {.fixture = fixture, .role = ALBUM_VIEWER};
    struct asset_new video = {
        .owner_id = fixture->user_id, .digest = fixture_digest(2, 10), .file_name = "a.mov", .type = ASSET_VIDEO};
    scene.half = fixture_insert(fixture, &video).uuid;
    struct asset_new photo = {.owner_id = fixture->user_id,
                              .digest = fixture_digest(1, 10),
                              .file_name = "a.jpg",
                              .is_favorite = true,
                              .live_video = &scene.half};
    scene.photo = fixture_insert(fixture, &photo).uuid;
    fixture_write(fixture, make, &scene);
    return scene;
}

static bool may(struct scene *scene, enum asset_right right, const struct uuid *uuid)
{
    g_autoptr(GError) error = NULL;
    struct viewer viewer = {.user_id = scene->fixture->other_id};
    int64_t owner_id = 0;
    DB_READ struct db_conn *conn = db_read_begin(scene->fixture->db, &error);
    bool found = grants_asset(conn, &viewer, right, uuid, &owner_id, &error);
    ASSET_FILE_AUTO struct asset_file file = {0};
    g_assert_cmpint(grants_find_file(conn, &viewer, right, uuid, &file, NULL), ==, found);
    if (found)
        g_assert_cmpint(owner_id, ==, scene->fixture->user_id);
    else
        g_assert_true(err_is(error, ERR_NOT_FOUND));
    return found;
}

static bool sees(struct scene *scene)
{
    bool photo = may(scene, ASSET_MAY_VIEW, &scene->photo);
    g_assert_cmpint(may(scene, ASSET_MAY_VIEW, &scene->half), ==, photo);
    g_assert_cmpint(may(scene, ASSET_MAY_READ, &scene->photo), ==, photo);
    g_assert_cmpint(may(scene, ASSET_MAY_DOWNLOAD, &scene->photo), ==, photo);
    g_assert_false(may(scene, ASSET_MAY_EDIT, &scene->photo));
    return photo;
}

static void test_an_album_shows_what_is_in_it(struct fixture *fixture, gconstpointer data)
{
    struct scene scene = begin(fixture);
    g_assert_false(sees(&scene));
    fixture_write(fixture, share, &scene);
    g_assert_true(sees(&scene));
    sql(&scene, "UPDATE assets SET visibility = 1 WHERE type = 0"); /* archived */
    g_assert_true(sees(&scene));
    sql(&scene, "UPDATE assets SET trashed_us = 1 WHERE type = 0");
    g_assert_false(sees(&scene));
    sql(&scene, "UPDATE assets SET trashed_us = NULL, visibility = 2 WHERE type = 0"); /* hidden */
    g_assert_false(sees(&scene));
    sql(&scene, "UPDATE assets SET visibility = 3"); /* locked */
    g_assert_false(sees(&scene));
    sql(&scene, "UPDATE assets SET visibility = 2 * type");
    g_assert_true(sees(&scene));
    fixture_write(fixture, take_away, &scene);
    g_assert_false(sees(&scene));
}

static void test_a_partner_sees_the_timeline(struct fixture *fixture, gconstpointer data)
{
    struct scene scene = begin(fixture);
    fixture_write(fixture, befriend, &scene);
    fixture_write_fails(fixture, befriend, &scene, ERR_INVALID);
    g_assert_true(sees(&scene));
    sql(&scene, "UPDATE assets SET visibility = 1 WHERE type = 0");
    g_assert_false(sees(&scene));
    sql(&scene, "UPDATE assets SET visibility = 0, trashed_us = 1 WHERE type = 0");
    g_assert_false(sees(&scene));
    sql(&scene, "UPDATE assets SET trashed_us = NULL WHERE type = 0");
    g_assert_true(sees(&scene));
    fixture_write(fixture, part, &scene);
    g_assert_false(sees(&scene));
    fixture_write_fails(fixture, part, &scene, ERR_INVALID);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(DISTINCT owner_id) FROM changes WHERE entity = 'partner'"), ==,
                    2);
}

static void test_a_video_inside_follows_its_photo(struct fixture *fixture, gconstpointer data)
{
    struct scene scene = begin(fixture);
    struct uuid part_id = uuid_v4();
    g_autofree char *text = NULL;
    GString *hex = g_string_new(NULL);
    for (size_t i = 0; i < sizeof part_id.bytes; i++)
        g_string_append_printf(hex, "%02x", part_id.bytes[i]);
    text = g_strdup_printf("INSERT INTO motion_parts SELECT id, x'%s', 1, 5 FROM assets WHERE type = 0", hex->str);
    g_string_free(hex, TRUE);
    sql(&scene, text);
    g_assert_false(may(&scene, ASSET_MAY_VIEW, &part_id));
    fixture_write(fixture, share, &scene);
    g_assert_true(may(&scene, ASSET_MAY_VIEW, &part_id));
    g_autoptr(GError) error = NULL;
    ASSET_AUTO struct asset asset = {0};
    struct viewer viewer = {.user_id = fixture->other_id};
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    grants_find_motion(conn, &viewer, ASSET_MAY_READ, &part_id, &asset, &error);
    g_assert_no_error(error);
    g_assert_cmpint(asset.type, ==, ASSET_VIDEO);
}

static void test_what_others_get_is_masked(struct fixture *fixture, gconstpointer data)
{
    struct scene scene = begin(fixture);
    g_autoptr(GError) error = NULL;
    fixture_write(fixture, share, &scene);
    sql(&scene, "UPDATE assets SET browse_path = 'first/2024/a.jpg'");
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    ASSET_AUTO struct asset own = {0}, shown = {0};
    grants_find_asset(conn, &(struct viewer){.user_id = fixture->user_id}, ASSET_MAY_READ, &scene.photo, &own, &error);
    grants_find_asset(conn, &(struct viewer){.user_id = fixture->other_id}, ASSET_MAY_READ, &scene.photo, &shown,
                      &error);
    g_assert_no_error(error);
    g_assert_true(own.is_favorite && own.browse_path);
    g_assert_false(shown.is_favorite || shown.browse_path);
    g_assert_false(grants_find_asset(conn, &(struct viewer){0}, ASSET_MAY_READ, &scene.photo, &shown, NULL));
}

/* ---- albums ---- */

static unsigned rights_of(struct scene *scene, int64_t user_id)
{
    struct viewer viewer = {.user_id = user_id};
    struct album_grant grant;
    unsigned rights = 0;
    DB_READ struct db_conn *conn = db_read_begin(scene->fixture->db, NULL);
    for (enum album_right right = ALBUM_MAY_READ; right <= ALBUM_MAY_DELETE; right++)
        rights |= grants_album(conn, &viewer, right, &scene->album, &grant, NULL) ? 1u << right : 0;
    return rights;
}

static void test_roles(struct fixture *fixture, gconstpointer data)
{
    struct scene scene = begin(fixture);
    g_assert_cmphex(rights_of(&scene, fixture->user_id), ==, 0x3f);
    g_assert_cmphex(rights_of(&scene, fixture->other_id), ==, 0);
    fixture_write(fixture, share, &scene);
    g_assert_cmphex(rights_of(&scene, fixture->other_id), ==, 1u << ALBUM_MAY_READ);
    scene.role = ALBUM_EDITOR;
    int64_t now = fixture_ask(fixture, "SELECT change_id FROM db_state");
    fixture_write(fixture, set_role, &scene);
    g_assert_cmphex(rights_of(&scene, fixture->other_id), ==,
                    1u << ALBUM_MAY_READ | 1u << ALBUM_MAY_ADD | 1u << ALBUM_MAY_REMOVE);
    g_assert_cmpint(fixture_ask(fixture, "SELECT max(update_id) FROM album_users"), >, now);
    scene.role = ALBUM_OWNER;
    fixture_write_fails(fixture, set_role, &scene, ERR_INVALID);
    fixture_write_fails(fixture, share, &scene, ERR_INVALID);
}

static void test_who_leaves_is_told_and_the_others_too(struct fixture *fixture, gconstpointer data)
{
    struct scene scene = begin(fixture);
    scene.is_member_leaving = true;
    fixture_write_fails(fixture, take_away, &scene, ERR_NOT_FOUND);
    fixture_write(fixture, share, &scene);
    fixture_write_fails(fixture, share, &scene, ERR_INVALID);
    fixture_write(fixture, take_away, &scene);
    g_assert_cmpint(fixture_ask(fixture, "SELECT owner_id FROM changes WHERE entity = 'album'"), ==, fixture->other_id);
    g_assert_cmpint(fixture_ask(fixture, "SELECT owner_id FROM changes WHERE entity = 'album_user'"), ==,
                    fixture->user_id);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM changes"), ==, 2);
}

/* ---- timelines ---- */

static void count_month(int month, int64_t count, void *data)
{
    *(int64_t *)data += count;
}

/* Counted by months; the bucket must agree. */
static int64_t n_in(struct scene *scene, const struct timeline_filter *filter)
{
    g_autoptr(GError) error = NULL;
    int64_t counted = 0, listed = 0;
    DB_READ struct db_conn *conn = db_read_begin(scene->fixture->db, &error);
    timeline_months(conn, filter, count_month, &counted, &error);
    g_assert_no_error(error);
    DB_ROWS struct db_rows *rows = timeline_bucket(conn, filter, 19700101, &error);
    for (struct timeline_item item; timeline_next(rows, &item, &error); listed++)
        ;
    g_assert_no_error(error);
    g_assert_cmpint(counted, ==, listed);
    return counted;
}

static void test_partners_in_the_timeline(struct fixture *fixture, gconstpointer data)
{
    struct scene scene = begin(fixture);
    fixture_photo(fixture, fixture->other_id, 7, 1);
    struct timeline_filter filter = {.owner_id = fixture->other_id, .is_favorite = -1, .with_partners = true};
    fixture_write(fixture, befriend, &scene);
    g_assert_cmpint(n_in(&scene, &filter), ==, 1);
    scene.in_timeline = true;
    fixture_write(fixture, mix_in, &scene);
    for (int variant = 0; variant < 8; variant++) {
        filter.with_place = variant & 1;
        filter.by_upload = false;
        filter.ascending = variant & 4;
        g_assert_cmpint(n_in(&scene, &filter), ==, 2);
    }
    filter.is_favorite = 1;
    g_assert_cmpint(n_in(&scene, &filter), ==, 0);
    filter.is_favorite = -1;
    filter.visibilities = 1u << ASSET_ARCHIVE;
    g_assert_cmpint(n_in(&scene, &filter), ==, 0);
    filter.visibilities = 0;
    sql(&scene, "UPDATE assets SET visibility = 1 WHERE type = 0 AND is_favorite");
    g_assert_cmpint(n_in(&scene, &filter), ==, 1);
}

static void test_the_timeline_of_a_shared_album(struct fixture *fixture, gconstpointer data)
{
    struct scene scene = begin(fixture);
    struct timeline_filter filter = {
        .owner_id = fixture->other_id, .album_id = fixture_ask(fixture, "SELECT id FROM albums"), .is_favorite = -1};
    g_assert_cmpint(n_in(&scene, &filter), ==, 1);
    filter.is_favorite = 1; /* of others, that is not told */
    g_assert_cmpint(n_in(&scene, &filter), ==, 0);
    filter.owner_id = fixture->user_id;
    g_assert_cmpint(n_in(&scene, &filter), ==, 1);
    sql(&scene, "UPDATE assets SET trashed_us = 1 WHERE type = 0");
    filter.is_favorite = -1;
    filter.is_trashed = true;
    g_assert_cmpint(n_in(&scene, &filter), ==, 1);
    filter.owner_id = fixture->other_id;
    g_assert_cmpint(n_in(&scene, &filter), ==, 0);
}

static void test_whose_timeline(struct fixture *fixture, gconstpointer data)
{
    struct scene scene = begin(fixture);
    struct viewer viewer = {.user_id = fixture->other_id};
    int64_t id = 0;
    {
        DB_READ struct db_conn *conn = db_read_begin(fixture->db, NULL);
        g_assert_false(grants_timeline(conn, &viewer, &scene.me, &id, NULL));
        g_assert_true(grants_timeline(conn, &viewer, &scene.other, &id, NULL));
    }
    fixture_write(fixture, befriend, &scene);
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, NULL);
    g_assert_true(grants_timeline(conn, &viewer, &scene.me, &id, NULL));
    g_assert_cmpint(id, ==, fixture->user_id);
    viewer.user_id = fixture->user_id; /* one way */
    g_assert_false(grants_timeline(conn, &viewer, &scene.other, &id, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *path;
        void (*run)(struct fixture *fixture, gconstpointer data);
    } tests[] = {
        {"/grants/album", test_an_album_shows_what_is_in_it},
        {"/grants/partner", test_a_partner_sees_the_timeline},
        {"/grants/motion-part", test_a_video_inside_follows_its_photo},
        {"/grants/mask", test_what_others_get_is_masked},
        {"/grants/roles", test_roles},
        {"/grants/leaving", test_who_leaves_is_told_and_the_others_too},
        {"/grants/partners-in-timeline", test_partners_in_the_timeline},
        {"/grants/album-timeline", test_the_timeline_of_a_shared_album},
        {"/grants/whose-timeline", test_whose_timeline},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, struct fixture, NULL, fixture_setup, tests[i].run, fixture_teardown);
    return g_test_run();
}
