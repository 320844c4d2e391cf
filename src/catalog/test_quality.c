/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Quality: who chooses, what is taken, and what the rows say when a smaller file takes the place of an original. */
#include <glib.h>
#include <string.h>

#include "base/clock.h"
#include "catalog/blobs.h"
#include "catalog/devices.h"
#include "catalog/quality.h"
#include "catalog/test_fixture.h"

struct choice {
    struct fixture *fixture;
    struct uuid device;
    enum quality account;
    const enum quality *own;
    struct asset_reduced reduced;
};

static bool do_register(struct db_conn *conn, void *data, GError **error)
{
    const struct choice *choice = data;
    DEVICE_AUTO struct device device = {0};
    const struct device_new wanted = {choice->device, "Shelf", "computer", NULL, NULL};
    return devices_register(conn, choice->fixture->user_id, &wanted, &device, error);
}

static bool do_choose(struct db_conn *conn, void *data, GError **error)
{
    const struct choice *choice = data;
    return quality_set_account(conn, choice->fixture->user_id, choice->account, error) &&
           quality_set_device(conn, choice->fixture->user_id, &choice->device, choice->own, error);
}

static enum quality in_force(struct fixture *fixture, int64_t device_id)
{
    g_autoptr(GError) error = NULL;
    enum quality quality = QUALITY_HIGH;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    g_assert_true(quality_in_force(conn, fixture->user_id, device_id, &quality, &error));
    return quality;
}

static void test_device_before_account(struct fixture *fixture, gconstpointer data)
{
    const enum quality original = QUALITY_ORIGINAL, high = QUALITY_HIGH;
    struct choice choice = {.fixture = fixture, .device = uuid_v4(), .account = QUALITY_ORIGINAL};
    fixture_write(fixture, do_register, &choice);
    int64_t device_id = fixture_ask(fixture, "SELECT id FROM devices");
    g_assert_cmpint(in_force(fixture, device_id), ==, QUALITY_ORIGINAL);
    choice.own = &high;
    fixture_write(fixture, do_choose, &choice);
    g_assert_cmpint(in_force(fixture, device_id), ==, QUALITY_HIGH);
    g_assert_cmpint(in_force(fixture, 0), ==, QUALITY_ORIGINAL);
    choice.account = QUALITY_HIGH;
    choice.own = &original;
    fixture_write(fixture, do_choose, &choice);
    g_assert_cmpint(in_force(fixture, device_id), ==, QUALITY_ORIGINAL);
    choice.own = NULL;
    fixture_write(fixture, do_choose, &choice);
    g_assert_cmpint(in_force(fixture, device_id), ==, QUALITY_HIGH);
    choice.device = uuid_v4();
    fixture_write_fails(fixture, do_choose, &choice, ERR_NOT_FOUND);
}

static void expect_refused(const struct quality_limits *limits, bool is_video, int64_t bytes, const char *wanted)
{
    g_autofree char *note = NULL;
    g_assert_cmpint(quality_takes(limits, is_video, bytes, &note), ==, wanted == NULL);
    g_assert_cmpstr(note, ==, wanted);
}

static void test_limits(void)
{
    const struct quality_limits none = {0}, strict = {.photo_bytes = 20000000, .video_bytes = INT64_C(50000000000)};
    struct quality_limits original = quality_limits_for(QUALITY_ORIGINAL, &none);
    expect_refused(&original, false, INT64_C(1) << 40, NULL);
    struct quality_limits high = quality_limits_for(QUALITY_HIGH, &none);
    expect_refused(&high, false, 75000000, NULL);
    expect_refused(&high, false, 75000001, "75 MB");
    expect_refused(&high, true, 75000001, NULL);
    expect_refused(&high, true, INT64_C(10000000001), "10 GB");
    struct quality_limits both = quality_limits_for(QUALITY_HIGH, &strict);
    expect_refused(&both, false, 20000001, "20 MB");
    expect_refused(&both, true, INT64_C(10000000001), "10 GB");
    g_assert_cmpint(both.photo_pixels, ==, 100000000);
}

static bool do_reduce(struct db_conn *conn, void *data, GError **error)
{
    const struct choice *choice = data;
    return asset_reduce(conn, &choice->reduced, error);
}

static bool do_replace(struct db_conn *conn, void *data, GError **error)
{
    const struct choice *choice = data;
    return asset_replace_lost(conn, choice->reduced.asset_id, &choice->reduced.digest, NULL, error);
}

static enum asset_known_as known_as(struct fixture *fixture, unsigned seed)
{
    g_autoptr(GError) error = NULL;
    struct asset_known known;
    struct blob_digest digest = fixture_digest(seed, 0);
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    g_assert_true(asset_known(conn, fixture->user_id, digest.sha1, &known, &error));
    return known.as;
}

static struct quality_saved saved(struct fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    struct quality_saved sum = {0};
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    g_assert_true(quality_saved(conn, fixture->user_id, 0, &sum, &error));
    return sum;
}

static void test_a_smaller_file_takes_the_place(struct fixture *fixture, gconstpointer data)
{
    const struct asset_new wanted = {.owner_id = fixture->user_id,
                                     .digest = fixture_digest(1, 1000),
                                     .file_name = "large.jpg",
                                     .quality = ASSET_TO_REDUCE,
                                     .visibility = ASSET_TIMELINE};
    struct asset_made made = fixture_insert(fixture, &wanted);
    struct choice choice = {
        .fixture = fixture,
        .reduced = {.asset_id = made.id,
                    .blob_id = fixture_ask(fixture, "SELECT blob_id FROM assets"),
                    .digest = fixture_digest(2, 300),
                    .note = "smaller",
                    .verified_us = clock_now_us()},
    };
    choice.reduced.blob_id++;
    fixture_write_fails(fixture, do_reduce, &choice, ERR_CONFLICT);
    choice.reduced.blob_id--;
    fixture_write(fixture, do_reduce, &choice);
    fixture_write_fails(fixture, do_reduce, &choice, ERR_CONFLICT); /* once is enough */
    g_assert_cmpint(known_as(fixture, 1), ==, ASSET_PRESENT);       /* the file that came */
    g_assert_cmpint(known_as(fixture, 2), ==, ASSET_PRESENT);       /* what became of it */
    g_assert_cmpint(known_as(fixture, 3), ==, ASSET_UNKNOWN);
    g_assert_cmpint(fixture_ask(fixture, "SELECT size_bytes FROM assets"), ==, 300);
    g_assert_cmpint(fixture_ask(fixture, "SELECT max(usage_bytes) FROM users"), ==, 300);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM doomed_blobs"), ==, 1);
    g_assert_cmpint(saved(fixture).bytes, ==, 700);
    g_assert_cmpint(saved(fixture).files, ==, 1);
    /* Lost, and the file that came comes again. */
    choice.reduced.digest = fixture_digest(1, 1000);
    fixture_write(fixture, do_replace, &choice);
    g_assert_cmpint(fixture_ask(fixture, "SELECT quality FROM assets"), ==, ASSET_TO_REDUCE);
    g_assert_cmpint(fixture_ask(fixture, "SELECT size_bytes FROM assets"), ==, 1000);
    g_assert_cmpint(saved(fixture).bytes, ==, 0);
    g_assert_cmpint(saved(fixture).files, ==, 0);
    g_assert_cmpint(known_as(fixture, 2), ==, ASSET_UNKNOWN);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/quality/device-before-account", struct fixture, NULL, fixture_setup, test_device_before_account,
               fixture_teardown);
    g_test_add_func("/quality/limits", test_limits);
    g_test_add("/quality/a-smaller-file-takes-the-place", struct fixture, NULL, fixture_setup,
               test_a_smaller_file_takes_the_place, fixture_teardown);
    return g_test_run();
}
