/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The statements that the other tests of this room do not come by, so that together they prepare and run every one:
 * SQL is text to the compiler, and a misspelt column shows only here. A line coverage of src/catalog without a
 * db_query() or db_exec() that was never run is the proof. */
#include <glib.h>
#include <string.h>

#include "base/error.h"
#include "catalog/blobs.h"
#include "catalog/library.h"
#include "catalog/test_fixture.h"

struct page {
    int64_t last_id;
    unsigned n, stop_after;
};

static bool each_asset(const struct asset *asset, void *data)
{
    struct page *page = data;
    g_assert_cmpint(asset->id, >, page->last_id);
    page->last_id = asset->id;
    return ++page->n != page->stop_after;
}

static struct page read_page(struct fixture *fixture, int64_t owner_id, int64_t after_id, unsigned limit,
                             unsigned stop_after)
{
    g_autoptr(GError) error = NULL;
    struct page page = {.last_id = after_id, .stop_after = stop_after};
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    assets_page(conn, owner_id, after_id, limit, each_asset, &page, &error);
    g_assert_no_error(error);
    return page;
}

static void test_pages_of_assets(struct fixture *fixture, gconstpointer data)
{
    for (unsigned i = 1; i <= 5; i++)
        fixture_photo(fixture, i % 2 ? fixture->user_id : fixture->other_id, i, 0);
    struct page first = read_page(fixture, 0, 0, 3, 0);
    g_assert_cmpuint(first.n, ==, 3);
    g_assert_cmpuint(read_page(fixture, 0, first.last_id, 3, 0).n, ==, 2);
    g_assert_cmpuint(read_page(fixture, fixture->user_id, 0, 9, 0).n, ==, 3);
    g_assert_cmpuint(read_page(fixture, fixture->other_id, 0, 9, 0).n, ==, 2);
    g_assert_cmpuint(read_page(fixture, 0, 0, 9, 2).n, ==, 2);
}

struct usage {
    unsigned n;
    int64_t total[2], bytes[2];
};

static bool each_usage(const struct user *user, const struct asset_statistics *statistics, void *data)
{
    struct usage *usage = data;
    g_assert_cmpint(user->usage_bytes, ==, statistics->total_bytes);
    usage->total[usage->n] = statistics->total;
    usage->bytes[usage->n] = statistics->total_bytes;
    return ++usage->n < 2;
}

static void test_usage_of_everybody(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    struct usage usage = {0};
    fixture_photo(fixture, fixture->user_id, 1, 0);
    fixture_photo(fixture, fixture->user_id, 2, 0);
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    library_usage(conn, each_usage, &usage, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(usage.n, ==, 2);
    g_assert_cmpint(usage.total[0], ==, 2);
    g_assert_cmpint(usage.bytes[0], ==, 1001 + 1002);
    g_assert_cmpint(usage.total[1], ==, 0);
}

struct edit {
    struct fixture *fixture;
    struct asset_made photo;
    const struct asset_change *change;
    const struct blob_digest *sidecar;
};

static bool do_change(struct db_conn *conn, void *data, GError **error)
{
    const struct edit *edit = data;
    return asset_change(conn, edit->fixture->user_id, &edit->photo.uuid, edit->change, error);
}

static bool do_sidecar(struct db_conn *conn, void *data, GError **error)
{
    const struct edit *edit = data;
    bool changed;
    return asset_set_sidecar(conn, edit->photo.id, edit->sidecar, &changed, error);
}

static void find(const struct edit *edit, struct asset *ret_asset)
{
    g_autoptr(GError) error = NULL;
    DB_READ struct db_conn *conn = db_read_begin(edit->fixture->db, &error);
    asset_find_id(conn, edit->photo.id, ret_asset, &error);
    g_assert_no_error(error);
}

static void test_pairing_by_hand(struct fixture *fixture, gconstpointer data)
{
    struct asset_new wanted = {
        .owner_id = fixture->user_id, .digest = fixture_digest(2, 10), .file_name = "a.mov", .type = ASSET_VIDEO};
    struct asset_made video = fixture_insert(fixture, &wanted);
    struct edit edit = {fixture, fixture_photo(fixture, fixture->user_id, 1, 0), NULL, NULL};
    edit.change = &(struct asset_change){.set_live_video = true, .live_video = &video.uuid};
    fixture_write(fixture, do_change, &edit);
    {
        ASSET_AUTO struct asset asset = {0};
        find(&edit, &asset);
        g_assert_true(asset.has_live_video && uuid_equal(&asset.live_video, &video.uuid));
    }
    g_assert_cmpint(fixture_ask(fixture, "SELECT visibility FROM assets WHERE type = 1"), ==, ASSET_HIDDEN);
    edit.change = &(struct asset_change){.set_live_video = true};
    fixture_write(fixture, do_change, &edit);
    ASSET_AUTO struct asset asset = {0};
    find(&edit, &asset);
    g_assert_false(asset.has_live_video);
    edit.change = &(struct asset_change){.set_live_video = true, .live_video = &edit.photo.uuid};
    fixture_write_fails(fixture, do_change, &edit, ERR_INVALID); /* a photo is no motion half */
}

static void test_sidecars_follow_each_other(struct fixture *fixture, gconstpointer data)
{
    struct blob_digest one = fixture_digest(100, 7), two = fixture_digest(101, 8);
    struct edit edit = {fixture, fixture_photo(fixture, fixture->user_id, 1, 0), NULL, &one};
    struct edit other = {fixture, fixture_photo(fixture, fixture->user_id, 2, 0), NULL, &one};
    fixture_write(fixture, do_sidecar, &edit);
    fixture_write(fixture, do_sidecar, &other);
    edit.sidecar = &two;
    fixture_write(fixture, do_sidecar, &edit);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM doomed_blobs"), ==, 0); /* the other still has it */
    other.sidecar = &two;
    fixture_write(fixture, do_sidecar, &other);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM doomed_blobs"), ==, 1);
    ASSET_AUTO struct asset asset = {0};
    find(&other, &asset);
    g_assert_cmpmem(asset.sidecar.sha256, SHA256_SIZE, two.id.sha256, SHA256_SIZE);
    other.photo.id = 404;
    fixture_write_fails(fixture, do_sidecar, &other, ERR_NOT_FOUND);
}

static void add(const char *name, void (*test)(struct fixture *, gconstpointer))
{
    g_test_add(name, struct fixture, NULL, fixture_setup, test, fixture_teardown);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/statements/pages", test_pages_of_assets);
    add("/statements/usage", test_usage_of_everybody);
    add("/statements/pairing", test_pairing_by_hand);
    add("/statements/sidecar", test_sidecars_follow_each_other);
    return g_test_run();
}
