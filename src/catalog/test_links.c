/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Shared links, and what is said in albums. */
#include <glib.h>
#include <string.h>

#include "catalog/activities.h"
#include "catalog/shared_links.h"
#include "catalog/test_fixture.h"

/* An album of the first user with a photo, and a link. */
struct scene {
    struct fixture *fixture;
    int64_t user_id; /* who acts */
    struct uuid album, link, photo, others_photo;
    int64_t album_id;
    struct shared_link_new wanted;
    struct shared_link_change change;
    struct uuid assets[3];
    enum album_outcome outcomes[3];
    struct activity_new said;
    struct uuid activity;
    bool is_new;
    enum asset_visibility visibility;
};

static bool make(struct db_conn *conn, void *data, GError **error)
{
    struct scene *scene = data;
    enum album_outcome outcome;
    return albums_create(conn, &(struct album_new){scene->user_id, "Sea", NULL}, &scene->album, error) &&
           albums_add(conn, scene->user_id, &scene->album, &scene->photo, 1, &outcome, error);
}

static void begin(struct scene *scene, struct fixture *fixture)
{
    *scene = (struct scene){.fixture = fixture, .user_id = fixture->user_id};
    scene->photo = fixture_photo(fixture, fixture->user_id, 1, 0).uuid;
    scene->others_photo = fixture_photo(fixture, fixture->other_id, 2, 0).uuid;
    fixture_write(fixture, make, scene);
    scene->album_id = fixture_ask(fixture, "SELECT id FROM albums");
    scene->wanted =
        (struct shared_link_new){.owner_id = fixture->user_id, .allow_download = true, .show_metadata = true};
    scene->said = (struct activity_new){.album_id = scene->album_id, .user_id = fixture->user_id};
}

static bool create(struct db_conn *conn, void *data, GError **error)
{
    struct scene *scene = data;
    return shared_links_create(conn, &scene->wanted, &scene->link, error);
}

static bool change(struct db_conn *conn, void *data, GError **error)
{
    struct scene *scene = data;
    return shared_links_change(conn, scene->user_id, &scene->link, &scene->change, error);
}

static bool remove_link(struct db_conn *conn, void *data, GError **error)
{
    struct scene *scene = data;
    return shared_links_delete(conn, scene->user_id, &scene->link, error);
}

static bool add(struct db_conn *conn, void *data, GError **error)
{
    struct scene *scene = data;
    SHARED_LINK_AUTO struct shared_link link = {0};
    return shared_links_find(conn, scene->fixture->user_id, &scene->link, &link, error) &&
           shared_links_add(conn, &link, scene->assets, G_N_ELEMENTS(scene->assets), scene->outcomes, error);
}

static bool take_out(struct db_conn *conn, void *data, GError **error)
{
    struct scene *scene = data;
    SHARED_LINK_AUTO struct shared_link link = {0};
    return shared_links_find(conn, scene->fixture->user_id, &scene->link, &link, error) &&
           shared_links_remove(conn, &link, scene->assets, G_N_ELEMENTS(scene->assets), scene->outcomes, error);
}

static bool delete_album(struct db_conn *conn, void *data, GError **error)
{
    struct scene *scene = data;
    return albums_delete(conn, scene->user_id, &scene->album, error);
}

static bool show_as(struct db_conn *conn, void *data, GError **error)
{
    struct scene *scene = data;
    struct asset_change wanted = {.set_visibility = true, .visibility = scene->visibility};
    return asset_change(conn, scene->fixture->user_id, &scene->photo, &wanted, error);
}

static bool trash(struct db_conn *conn, void *data, GError **error)
{
    struct scene *scene = data;
    return asset_trash(conn, scene->fixture->user_id, &scene->photo, error);
}

static bool end_account(struct db_conn *conn, void *data, GError **error)
{
    struct scene *scene = data;
    struct user_deletion how = {true, ASSETS_BATCH};
    bool is_done;
    return users_delete(conn, scene->user_id, &how, NULL, &is_done, error);
}

static void find(struct scene *scene, struct shared_link *ret_link)
{
    g_autoptr(GError) error = NULL;
    DB_READ struct db_conn *conn = db_read_begin(scene->fixture->db, &error);
    shared_links_find(conn, scene->fixture->user_id, &scene->link, ret_link, &error);
    g_assert_no_error(error);
}

/* Is it found by its key and, where @slug is not NULL, by that? */
static bool is_found(struct scene *scene, const struct shared_link *link, const char *slug)
{
    g_autoptr(GError) error = NULL;
    SHARED_LINK_AUTO struct shared_link by_key = {0}, by_slug = {0};
    DB_READ struct db_conn *conn = db_read_begin(scene->fixture->db, &error);
    return shared_links_find_secret(conn, link->key, NULL, &by_key, NULL) &&
           (!slug || (shared_links_find_secret(conn, NULL, slug, &by_slug, NULL) && by_slug.id == by_key.id));
}

static bool count_asset(int64_t asset_id, void *data)
{
    (*(unsigned *)data)++;
    return true;
}

static bool count_link(const struct shared_link *link, void *data)
{
    return count_asset(link->id, data);
}

static unsigned seen(struct scene *scene)
{
    g_autoptr(GError) error = NULL;
    unsigned n = 0;
    DB_READ struct db_conn *conn = db_read_begin(scene->fixture->db, &error);
    shared_links_assets(conn, fixture_ask(scene->fixture, "SELECT max(id) FROM shared_links"), count_asset, &n, &error);
    g_assert_no_error(error);
    return n;
}

static unsigned listed(struct scene *scene, int64_t owner_id, const struct uuid *link, const struct uuid *album)
{
    g_autoptr(GError) error = NULL;
    unsigned n = 0;
    DB_READ struct db_conn *conn = db_read_begin(scene->fixture->db, &error);
    shared_links_list(conn, owner_id, link, album, count_link, &n, &error);
    g_assert_no_error(error);
    return n;
}

static void test_keys_and_slugs(void)
{
    uint8_t key[LINK_KEY_BYTES], again[LINK_KEY_BYTES];
    for (unsigned i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(i * 7 + 1);
    g_autofree char *text = base64url_encode(key, sizeof key), *hex = hex_encode(key, sizeof key);
    g_assert_true(shared_link_parse_key(text, again));
    g_assert_cmpmem(key, sizeof key, again, sizeof again);
    g_assert_true(shared_link_parse_key(hex, again));
    g_assert_cmpmem(key, sizeof key, again, sizeof again);
    g_autofree char *longer = g_strconcat(text, "A", NULL), *padded = g_strconcat(text, "=", NULL);
    const char *const bad[] = {"", "x", text + 1, hex + 1, longer, padded};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(shared_link_parse_key(bad[i], again));
    const char *const slugs[] = {"a", "summer-2024", "Zürich_1", "東京"};
    for (size_t i = 0; i < G_N_ELEMENTS(slugs); i++)
        g_assert_true(shared_link_slug_is_valid(slugs[i]));
    g_autofree char *long_slug = g_strnfill(LINK_SLUG_MAX + 1, 'a');
    const char *const bad_slugs[] = {"",    ".",    "..",   "a/b", "a.b",  "a b",
                                     "a?b", "a%41", "\xff", "<b>", "a\nb", long_slug};
    for (size_t i = 0; i < G_N_ELEMENTS(bad_slugs); i++)
        g_assert_false(shared_link_slug_is_valid(bad_slugs[i]));
}

static void test_life_of_a_link(struct fixture *fixture, gconstpointer data)
{
    struct scene scene;
    begin(&scene, fixture);
    scene.wanted.album_id = scene.album_id;
    scene.wanted.slug = "sea";
    scene.wanted.password_hash = "hash";
    fixture_write(fixture, create, &scene);
    fixture_write_fails(fixture, create, &scene, ERR_EXISTS); /* the slug */
    SHARED_LINK_AUTO struct shared_link link = {0};
    find(&scene, &link);
    g_assert_cmpstr(link.slug, ==, "sea");
    g_assert_true(uuid_equal(&link.album_uuid, &scene.album) && link.album_id == scene.album_id);
    g_assert_true(link.allow_download && link.show_metadata && !link.allow_upload);
    g_assert_false(shared_link_is_over(&link, INT64_MAX));
    g_assert_true(is_found(&scene, &link, "sea"));
    scene.change = (struct shared_link_change){.set_slug = true,
                                               .set_password = true,
                                               .set_expiry = true,
                                               .expires_us = 1000,
                                               .set_upload = true,
                                               .allow_upload = true,
                                               .set_description = true,
                                               .description = "What a day"};
    fixture_write(fixture, change, &scene);
    shared_link_clear(&link);
    find(&scene, &link);
    g_assert_true(!link.slug && !link.password_hash && link.allow_upload && link.allow_download);
    g_assert_cmpstr(link.description, ==, "What a day");
    g_assert_true(shared_link_is_over(&link, 1000) && !shared_link_is_over(&link, 999));
    g_assert_cmpuint(listed(&scene, fixture->user_id, NULL, NULL), ==, 1);
    g_assert_cmpuint(listed(&scene, fixture->user_id, &scene.link, &scene.album), ==, 1);
    g_assert_cmpuint(listed(&scene, fixture->user_id, &scene.album, NULL), ==, 0);
    g_assert_cmpuint(listed(&scene, fixture->other_id, NULL, NULL), ==, 0);
    scene.user_id = fixture->other_id;
    fixture_write_fails(fixture, change, &scene, ERR_NOT_FOUND);
    fixture_write_fails(fixture, remove_link, &scene, ERR_NOT_FOUND);
    scene.user_id = fixture->user_id;
    fixture_write(fixture, remove_link, &scene);
    g_assert_false(is_found(&scene, &link, NULL));
}

static void test_links_go_with_what_they_show(struct fixture *fixture, gconstpointer data)
{
    struct scene scene;
    begin(&scene, fixture);
    scene.wanted.album_id = scene.album_id;
    fixture_write(fixture, create, &scene);
    fixture_write(fixture, delete_album, &scene);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM shared_links"), ==, 0);
    scene.wanted.album_id = 0;
    scene.wanted.owner_id = scene.user_id = fixture->other_id;
    fixture_write(fixture, create, &scene);
    fixture_write(fixture, end_account, &scene);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM shared_links"), ==, 0);
}

static void test_a_list_of_assets(struct fixture *fixture, gconstpointer data)
{
    struct scene scene;
    begin(&scene, fixture);
    fixture_write(fixture, create, &scene);
    scene.assets[0] = scene.assets[1] = scene.photo;
    scene.assets[2] = scene.others_photo;
    fixture_write(fixture, add, &scene);
    g_assert_cmpint(scene.outcomes[0], ==, ALBUM_DONE);
    g_assert_cmpint(scene.outcomes[1], ==, ALBUM_DUPLICATE);
    g_assert_cmpint(scene.outcomes[2], ==, ALBUM_NO_PERMISSION);
    g_assert_cmpuint(seen(&scene), ==, 1);
    scene.visibility = ASSET_LOCKED;
    fixture_write(fixture, show_as, &scene);
    fixture_write(fixture, add, &scene);
    g_assert_cmpint(scene.outcomes[0], ==, ALBUM_NO_PERMISSION);
    scene.visibility = ASSET_ARCHIVE;
    fixture_write(fixture, show_as, &scene);
    g_assert_cmpuint(seen(&scene), ==, 0); /* what was under lock does not come back by itself */
    fixture_write(fixture, add, &scene);
    g_assert_cmpuint(seen(&scene), ==, 1);
    fixture_write(fixture, trash, &scene);
    g_assert_cmpuint(seen(&scene), ==, 0);
    fixture_write(fixture, take_out, &scene);
    g_assert_cmpint(scene.outcomes[0], ==, ALBUM_DONE);
    g_assert_cmpint(scene.outcomes[1], ==, ALBUM_NOT_FOUND);
}

/* ---- activities ---- */

static bool say(struct db_conn *conn, void *data, GError **error)
{
    struct scene *scene = data;
    return activities_add(conn, &scene->said, &scene->activity, &scene->is_new, error);
}

static bool unsay(struct db_conn *conn, void *data, GError **error)
{
    struct scene *scene = data;
    return activities_delete(conn, scene->user_id, &scene->activity, error);
}

static bool leave_album(struct db_conn *conn, void *data, GError **error)
{
    struct scene *scene = data;
    enum album_outcome outcome;
    return albums_remove(conn, scene->fixture->user_id, &scene->album, &scene->photo, 1, &outcome, error);
}

static bool count_activity(const struct activity *activity, void *data)
{
    return count_asset(0, data);
}

static unsigned heard(struct scene *scene, struct activity_filter filter)
{
    g_autoptr(GError) error = NULL;
    unsigned n = 0;
    filter.album_id = scene->album_id;
    DB_READ struct db_conn *conn = db_read_begin(scene->fixture->db, &error);
    activities_list(conn, &filter, count_activity, &n, &error);
    g_assert_no_error(error);
    return n;
}

static void assert_counts(struct scene *scene, const struct uuid *asset, int64_t comments, int64_t likes)
{
    g_autoptr(GError) error = NULL;
    int64_t n_comments, n_likes;
    DB_READ struct db_conn *conn = db_read_begin(scene->fixture->db, &error);
    activities_count(conn, scene->album_id, asset, &n_comments, &n_likes, &error);
    g_assert_no_error(error);
    g_assert_cmpint(n_comments, ==, comments);
    g_assert_cmpint(n_likes, ==, likes);
}

static void test_what_is_said(struct fixture *fixture, gconstpointer data)
{
    struct scene scene;
    begin(&scene, fixture);
    fixture_write(fixture, say, &scene);
    g_assert_true(scene.is_new);
    struct uuid like = scene.activity;
    fixture_write(fixture, say, &scene);
    g_assert_true(!scene.is_new && uuid_equal(&like, &scene.activity));
    scene.said.user_id = fixture->other_id;
    fixture_write(fixture, say, &scene);
    g_assert_true(scene.is_new);
    scene.said.asset = &scene.photo;
    fixture_write(fixture, say, &scene);
    scene.said.comment = "Lovely";
    fixture_write(fixture, say, &scene);
    fixture_write(fixture, say, &scene);
    g_assert_true(scene.is_new); /* the same words may be said again */
    scene.said.asset = &scene.others_photo;
    fixture_write_fails(fixture, say, &scene, ERR_NOT_FOUND);
    assert_counts(&scene, NULL, 2, 3);
    assert_counts(&scene, &scene.photo, 2, 1);
    g_assert_cmpuint(heard(&scene, (struct activity_filter){0}), ==, 5);
    g_assert_cmpuint(heard(&scene, (struct activity_filter){.of_album_alone = true}), ==, 2);
    g_assert_cmpuint(heard(&scene, (struct activity_filter){.asset = &scene.photo}), ==, 3);
    g_assert_cmpuint(heard(&scene, (struct activity_filter){.kind = ACTIVITY_LIKES}), ==, 3);
    g_assert_cmpuint(heard(&scene, (struct activity_filter){.kind = ACTIVITY_COMMENTS}), ==, 2);
    g_assert_cmpuint(heard(&scene, (struct activity_filter){.user = &scene.photo}), ==, 0);
    fixture_write(fixture, trash, &scene);
    assert_counts(&scene, NULL, 0, 2);
    g_assert_cmpuint(heard(&scene, (struct activity_filter){0}), ==, 2);
    fixture_write(fixture, leave_album, &scene);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM activities"), ==, 2);
}

static void test_who_may_unsay(struct fixture *fixture, gconstpointer data)
{
    struct scene scene;
    begin(&scene, fixture);
    fixture_write(fixture, say, &scene);
    scene.user_id = fixture->other_id;
    fixture_write_fails(fixture, unsay, &scene, ERR_NOT_FOUND);
    scene.said.user_id = fixture->other_id;
    fixture_write(fixture, say, &scene);
    fixture_write(fixture, unsay, &scene); /* one's own */
    fixture_write(fixture, say, &scene);
    scene.user_id = fixture->user_id;
    fixture_write(fixture, unsay, &scene); /* in one's own album */
    fixture_write(fixture, say, &scene);
    scene.user_id = fixture->other_id;
    fixture_write(fixture, end_account, &scene);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM activities"), ==, 1);
}

static void add_test(const char *name, void (*test)(struct fixture *, gconstpointer))
{
    g_test_add(name, struct fixture, NULL, fixture_setup, test, fixture_teardown);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/links/keys-and-slugs", test_keys_and_slugs);
    add_test("/links/life", test_life_of_a_link);
    add_test("/links/go-with-what-they-show", test_links_go_with_what_they_show);
    add_test("/links/a-list-of-assets", test_a_list_of_assets);
    add_test("/activities/what-is-said", test_what_is_said);
    add_test("/activities/who-may-unsay", test_who_may_unsay);
    return g_test_run();
}
