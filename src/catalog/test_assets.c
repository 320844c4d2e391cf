/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Assets, blobs, timeline and counters on a real database and store. */
#include <glib.h>
#include <string.h>

#include "base/error.h"
#include "catalog/blobs.h"
#include "catalog/library.h"
#include "catalog/test_fixture.h"

static const int64_t AUGUST = INT64_C(1723552496789000); /* 2024-08-13T12:34:56.789Z */

static void find(struct fixture *fixture, const struct uuid *uuid, struct asset *ret_asset)
{
    g_autoptr(GError) error = NULL;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    asset_find(conn, fixture->user_id, uuid, ret_asset, &error);
    g_assert_no_error(error);
}

static enum asset_known_as known_as(struct fixture *fixture, int64_t owner_id, unsigned seed,
                                    struct asset_known *ret_known)
{
    g_autoptr(GError) error = NULL;
    struct blob_digest digest = fixture_digest(seed, 0);
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    g_assert_true(asset_known(conn, owner_id, digest.sha1, ret_known, &error));
    return ret_known->as;
}

/* ---- pieces ---- */

struct target {
    struct fixture *fixture;
    struct uuid uuid;
    int64_t id;
    const struct asset_change *change;
    const struct media_facts *facts;
    GPtrArray *paths;
    unsigned n;
};

static bool do_delete(struct db_conn *conn, void *data, GError **error)
{
    struct target *target = data;
    return asset_delete(conn, target->fixture->user_id, &target->uuid, target->paths, error);
}

static bool do_trash(struct db_conn *conn, void *data, GError **error)
{
    struct target *target = data;
    return asset_trash(conn, target->fixture->user_id, &target->uuid, error);
}

static bool do_restore(struct db_conn *conn, void *data, GError **error)
{
    struct target *target = data;
    return asset_restore(conn, target->fixture->user_id, &target->uuid, error);
}

static bool do_change(struct db_conn *conn, void *data, GError **error)
{
    struct target *target = data;
    return asset_change(conn, target->fixture->user_id, &target->uuid, target->change, error);
}

static bool do_apply(struct db_conn *conn, void *data, GError **error)
{
    struct target *target = data;
    return asset_media_apply(conn, target->id, target->facts, error);
}

static bool do_fail(struct db_conn *conn, void *data, GError **error)
{
    struct target *target = data;
    return asset_media_fail(conn, target->id, "The file is cut off.", error);
}

static bool do_browse(struct db_conn *conn, void *data, GError **error)
{
    struct target *target = data;
    return asset_set_browse_path(conn, target->id, "Ann/2024/2024-08/IMG_0001.JPG", error);
}

static bool do_empty_trash(struct db_conn *conn, void *data, GError **error)
{
    struct target *target = data;
    return assets_empty_trash(conn, 0, INT64_MAX, 100, target->paths, NULL, &target->n, error);
}

static bool do_insert_again(struct db_conn *conn, void *data, GError **error)
{
    struct asset_made made;
    return asset_insert(conn, data, &made, error);
}

/* ---- coming in ---- */

static void test_insert_and_find(struct fixture *fixture, gconstpointer data)
{
    struct blob_digest sidecar = fixture_digest(900, 77);
    struct asset_new asset = {.owner_id = fixture->user_id,
                              .digest = fixture_digest(1, 3000000),
                              .sidecar = &sidecar,
                              .file_name = "Ürlaub\n1.heic",
                              .mime_type = "image/heic",
                              .is_favorite = true,
                              .visibility = ASSET_ARCHIVE,
                              .taken_us = AUGUST,
                              .modified_us = AUGUST + 5};
    struct asset_made made = fixture_insert(fixture, &asset);
    ASSET_AUTO struct asset found = {0};
    find(fixture, &made.uuid, &found);
    g_assert_cmpint(found.id, ==, made.id);
    g_assert_cmpstr(found.file_name, ==, "Ürlaub\n1.heic");
    g_assert_cmpmem(found.digest.sha1, SHA1_SIZE, asset.digest.sha1, SHA1_SIZE);
    g_assert_cmpint(found.digest.size_bytes, ==, 3000000);
    g_assert_true(found.has_sidecar && found.is_favorite && !found.is_trashed && !found.has_live_video);
    g_assert_cmpmem(found.sidecar.sha256, SHA256_SIZE, sidecar.id.sha256, SHA256_SIZE);
    g_assert_cmpint(found.visibility, ==, ASSET_ARCHIVE);
    g_assert_cmpint(found.local_us, ==, AUGUST);
    g_assert_cmpstr(found.date_source, ==, DATE_SOURCE_CLIENT);
    g_assert_cmpint(found.media_state, ==, MEDIA_WAITING);
    g_assert_cmpint(found.update_id, >, 0);
    g_assert_false(found.exif.has_position || found.exif.has_rating || found.exif.has_taken);
    g_assert_cmpint(fixture_ask(fixture, "SELECT usage_bytes FROM users WHERE id = 1"), ==, 3000000);
    fixture_write_fails(fixture, do_insert_again, &asset, ERR_EXISTS);
    asset.owner_id = fixture->other_id; /* the same bytes of another owner are another asset over the same blob */
    fixture_insert(fixture, &asset);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM blobs"), ==, 2);
}

static void test_strangers_see_nothing(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    struct asset_made made = fixture_photo(fixture, fixture->user_id, 1, AUGUST);
    ASSET_AUTO struct asset asset = {0};
    ASSET_FILE_AUTO struct asset_file file = {0};
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    g_assert_false(asset_find(conn, fixture->other_id, &made.uuid, &asset, &error));
    g_assert_true(err_is(error, ERR_NOT_FOUND));
    g_clear_error(&error);
    g_assert_false(asset_find_file(conn, fixture->other_id, &made.uuid, &file, &error));
    g_assert_true(err_is(error, ERR_NOT_FOUND));
    g_clear_error(&error);
    g_assert_true(asset_find_file(conn, fixture->user_id, &made.uuid, &file, &error));
    g_assert_cmpint(file.size_bytes, ==, 1001);
    struct target theirs = {.fixture = &(struct fixture){.user_id = fixture->other_id}, .uuid = made.uuid};
    fixture_write_fails(fixture, do_delete, &theirs, ERR_NOT_FOUND);
    fixture_write_fails(fixture, do_trash, &theirs, ERR_NOT_FOUND);
    theirs.change = &(struct asset_change){.set_favorite = true, .is_favorite = true};
    fixture_write_fails(fixture, do_change, &theirs, ERR_NOT_FOUND);
}

static void test_known(struct fixture *fixture, gconstpointer data)
{
    struct asset_known known;
    struct target target = {.fixture = fixture};
    g_assert_cmpint(known_as(fixture, fixture->user_id, 5, &known), ==, ASSET_UNKNOWN);
    target.uuid = fixture_photo(fixture, fixture->user_id, 5, AUGUST).uuid;
    g_assert_cmpint(known_as(fixture, fixture->user_id, 5, &known), ==, ASSET_PRESENT);
    g_assert_true(uuid_equal(&known.uuid, &target.uuid) && !known.is_trashed);
    g_assert_cmpint(known_as(fixture, fixture->other_id, 5, &known), ==, ASSET_UNKNOWN);
    fixture_write(fixture, do_trash, &target);
    g_assert_cmpint(known_as(fixture, fixture->user_id, 5, &known), ==, ASSET_PRESENT);
    g_assert_true(known.is_trashed);
    fixture_write(fixture, do_delete, &target);
    g_assert_cmpint(known_as(fixture, fixture->user_id, 5, &known), ==, ASSET_TOMBSTONE);
    g_assert_true(uuid_equal(&known.uuid, &target.uuid));
    fixture_photo(fixture, fixture->user_id, 5, AUGUST); /* on purpose, such as by the web page */
    g_assert_cmpint(known_as(fixture, fixture->user_id, 5, &known), ==, ASSET_PRESENT);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM tombstones"), ==, 0);
}

/* ---- metadata ---- */

static const struct media_facts full_facts = {
    .has_taken = true,
    .taken_us = INT64_C(1723552496789000) - INT64_C(7200000000),
    .local_us = INT64_C(1723552496789000),
    .date_source = DATE_SOURCE_EXIF_ORIGINAL,
    .time_zone = "UTC+2",
    .has_modified = true,
    .modified_us = 5,
    .width_px = 3024,
    .height_px = 4032,
    .raw_width_px = 4032,
    .raw_height_px = 3024,
    .orientation = 6,
    .projection = "EQUIRECTANGULAR",
    .thumbhash = (const uint8_t *)"hash of a thumb",
    .thumbhash_size = 15,
    .mime_type = "image/heic",
    .duration_ms = 1500,
    .fps = 29.97,
    .live_id = "ABC-DEF",
    .motion_offset = 20,
    .motion_bytes = 30,
    .make = "Apple",
    .model = "iPhone 15",
    .lens = "Back Camera",
    .f_number = 1.8,
    .focal_length_mm = 6.86,
    .iso = 50,
    .exposure_time = "1/250",
    .profile = "Display P3",
    .has_position = true,
    .latitude = -33.8568,
    .longitude = 151.2153,
    .has_altitude = true,
    .altitude_m = -3.5,
    .description = "The Opera House",
    .has_rating = true,
    .rating = 4,
};

static void test_apply_stores_every_fact(struct fixture *fixture, gconstpointer data)
{
    struct asset_made made = fixture_photo(fixture, fixture->user_id, 1, 0);
    struct target target = {.fixture = fixture, .id = made.id, .facts = &full_facts};
    ASSET_AUTO struct asset before = {0};
    ASSET_AUTO struct asset asset = {0};
    find(fixture, &made.uuid, &before);
    fixture_write(fixture, do_apply, &target);
    find(fixture, &made.uuid, &asset);
    g_assert_cmpint(asset.taken_us, ==, full_facts.taken_us);
    g_assert_cmpint(asset.local_us, ==, full_facts.local_us);
    g_assert_cmpstr(asset.date_source, ==, DATE_SOURCE_EXIF_ORIGINAL);
    g_assert_cmpint(asset.width_px, ==, 3024);
    g_assert_cmpint(asset.height_px, ==, 4032);
    g_assert_cmpmem(asset.thumbhash, asset.thumbhash_size, "hash of a thumb", 15);
    g_assert_cmpint(asset.duration_ms, ==, 1500);
    g_assert_cmpint(asset.media_state, ==, MEDIA_READY);
    g_assert_cmpint(asset.update_id, >, before.update_id);
    g_assert_cmpint(asset.create_id, ==, before.create_id);
    const struct asset_exif *exif = &asset.exif;
    g_assert_cmpstr(exif->time_zone, ==, "UTC+2");
    g_assert_true(exif->has_taken && exif->has_modified && exif->has_position && exif->has_altitude &&
                  exif->has_rating);
    g_assert_cmpint(exif->raw_width_px, ==, 4032);
    g_assert_cmpint(exif->orientation, ==, 6);
    g_assert_cmpstr(exif->projection, ==, "EQUIRECTANGULAR");
    g_assert_cmpfloat(exif->latitude, ==, -33.8568);
    g_assert_cmpfloat(exif->altitude_m, ==, -3.5);
    g_assert_cmpstr(exif->make, ==, "Apple");
    g_assert_cmpstr(exif->model, ==, "iPhone 15");
    g_assert_cmpstr(exif->lens, ==, "Back Camera");
    g_assert_cmpfloat(exif->f_number, ==, 1.8);
    g_assert_cmpint(exif->iso, ==, 50);
    g_assert_cmpstr(exif->exposure_time, ==, "1/250");
    g_assert_cmpstr(exif->profile, ==, "Display P3");
    g_assert_cmpstr(exif->live_id, ==, "ABC-DEF");
    g_assert_true(exif->is_motion_photo);
    g_assert_cmpfloat(exif->fps, ==, 29.97);
    g_assert_cmpstr(exif->description, ==, "The Opera House");
    g_assert_cmpint(exif->rating, ==, 4);
}

static void test_unknown_facts_stay_unknown(struct fixture *fixture, gconstpointer data)
{
    struct asset_made made = fixture_photo(fixture, fixture->user_id, 1, AUGUST);
    struct target target = {.fixture = fixture, .id = made.id};
    static const struct media_facts odd = {
        .width_px = 100, .orientation = 9, .has_position = true, .latitude = 91, .has_rating = true, .rating = 7};
    target.facts = &odd;
    fixture_write(fixture, do_apply, &target);
    ASSET_AUTO struct asset asset = {0};
    find(fixture, &made.uuid, &asset);
    g_assert_cmpint(asset.media_state, ==, MEDIA_READY);
    g_assert_cmpint(asset.taken_us, ==, AUGUST); /* the client's word stays */
    g_assert_cmpstr(asset.date_source, ==, DATE_SOURCE_FILE_TIME);
    g_assert_cmpstr(asset.mime_type, ==, "image/jpeg");
    g_assert_cmpint(asset.width_px, ==, 0);
    g_assert_cmpint(asset.exif.orientation, ==, 0);
    g_assert_false(asset.exif.has_position || asset.exif.has_rating || asset.exif.has_taken);
    fixture_write(fixture, do_fail, &target);
    fixture_write(fixture, do_browse, &target);
    asset_clear(&asset);
    find(fixture, &made.uuid, &asset);
    g_assert_cmpint(asset.media_state, ==, MEDIA_FAILED);
    g_assert_cmpstr(asset.media_reason, ==, "The file is cut off.");
    g_assert_cmpstr(asset.browse_path, ==, "Ann/2024/2024-08/IMG_0001.JPG");
    target.id = 404;
    fixture_write_fails(fixture, do_apply, &target, ERR_NOT_FOUND);
    fixture_write_fails(fixture, do_fail, &target, ERR_NOT_FOUND);
}

static void test_edits_outlive_new_facts(struct fixture *fixture, gconstpointer data)
{
    struct asset_made made = fixture_photo(fixture, fixture->user_id, 1, 0);
    static const struct asset_change by_hand = {.set_taken = true,
                                                .taken_us = 1000,
                                                .local_us = 2000,
                                                .time_zone = "UTC+1",
                                                .set_description = true,
                                                .description = "Mine",
                                                .set_rating = true,
                                                .has_rating = true,
                                                .rating = 1,
                                                .set_position = true,
                                                .latitude = 1,
                                                .longitude = 2,
                                                .set_favorite = true,
                                                .is_favorite = true};
    struct target target = {
        .fixture = fixture, .uuid = made.uuid, .id = made.id, .change = &by_hand, .facts = &full_facts};
    fixture_write(fixture, do_change, &target);
    fixture_write(fixture, do_apply, &target);
    ASSET_AUTO struct asset asset = {0};
    find(fixture, &made.uuid, &asset);
    g_assert_cmpint(asset.taken_us, ==, 1000);
    g_assert_cmpint(asset.local_us, ==, 2000);
    g_assert_cmpstr(asset.date_source, ==, DATE_SOURCE_PERSON);
    g_assert_cmpstr(asset.exif.time_zone, ==, "UTC+1");
    g_assert_cmpstr(asset.exif.description, ==, "Mine");
    g_assert_cmpint(asset.exif.rating, ==, 1);
    g_assert_cmpfloat(asset.exif.latitude, ==, 1);
    g_assert_false(asset.exif.has_altitude);
    g_assert_true(asset.is_favorite);
    g_assert_cmpstr(asset.exif.model, ==, "iPhone 15"); /* the rest is taken */
    target.change = &(struct asset_change){.set_rating = true, .has_rating = true, .rating = 9};
    fixture_write_fails(fixture, do_change, &target, ERR_INVALID);
    target.change = &(struct asset_change){.set_position = true, .latitude = 100};
    fixture_write_fails(fixture, do_change, &target, ERR_INVALID);
}

/* ---- live photos ---- */

static void make_live_photo(struct fixture *fixture, struct asset_made *ret_video, struct asset_made *ret_still)
{
    struct asset_new video = {.owner_id = fixture->user_id,
                              .digest = fixture_digest(1, 10),
                              .file_name = "a.mov",
                              .type = ASSET_VIDEO,
                              .taken_us = AUGUST};
    *ret_video = fixture_insert(fixture, &video);
    struct asset_new still = {.owner_id = fixture->user_id,
                              .digest = fixture_digest(2, 20),
                              .file_name = "a.heic",
                              .taken_us = AUGUST,
                              .live_video = &ret_video->uuid};
    *ret_still = fixture_insert(fixture, &still);
}

static void test_live_photo_goes_together(struct fixture *fixture, gconstpointer data)
{
    struct asset_made video, made;
    make_live_photo(fixture, &video, &made);
    ASSET_AUTO struct asset half = {0};
    ASSET_AUTO struct asset still = {0};
    find(fixture, &video.uuid, &half);
    find(fixture, &made.uuid, &still);
    g_assert_cmpint(half.visibility, ==, ASSET_HIDDEN);
    g_assert_true(still.has_live_video && uuid_equal(&still.live_video, &video.uuid));
    struct asset_new wrong = {.owner_id = fixture->user_id,
                              .digest = fixture_digest(3, 20),
                              .file_name = "b.heic",
                              .live_video = &made.uuid}; /* a photo is no motion half */
    fixture_write_fails(fixture, do_insert_again, &wrong, ERR_INVALID);
    struct target target = {.fixture = fixture, .uuid = made.uuid};
    fixture_write(fixture, do_trash, &target);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM assets WHERE is_trashed"), ==, 2);
    fixture_write(fixture, do_restore, &target);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM assets WHERE is_trashed"), ==, 0);
    fixture_write(fixture, do_delete, &target);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM assets"), ==, 0);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM changes WHERE entity = 'asset'"), ==, 2);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM doomed_blobs"), ==, 2);
}

static void test_deleting_motion_half_unpairs(struct fixture *fixture, gconstpointer data)
{
    struct asset_made video, made;
    make_live_photo(fixture, &video, &made);
    struct target target = {.fixture = fixture, .uuid = video.uuid};
    fixture_write(fixture, do_delete, &target);
    ASSET_AUTO struct asset still = {0};
    find(fixture, &made.uuid, &still);
    g_assert_false(still.has_live_video);
    g_assert_cmpint(still.update_id, >, still.create_id); /* clients are told */
}

/* ---- going ---- */

static void test_delete_leaves_only_a_tombstone(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    struct asset_made made = fixture_photo(fixture, fixture->user_id, 1, AUGUST);
    fixture_photo(fixture, fixture->other_id, 1, AUGUST);
    fixture_photo(fixture, fixture->user_id, 2, AUGUST);
    struct target target = {.fixture = fixture, .uuid = made.uuid, .id = made.id, .paths = paths};
    fixture_write(fixture, do_browse, &target);
    fixture_write(fixture, do_delete, &target);
    g_assert_cmpuint(paths->len, ==, 1);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM assets"), ==, 2);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM exif"), ==, 2);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM doomed_blobs"), ==, 0); /* Bob still has it */
    g_assert_cmpint(fixture_ask(fixture, "SELECT usage_bytes FROM users WHERE id = 1"), ==, 1002);
    fixture_write_fails(fixture, do_delete, &target, ERR_NOT_FOUND);
    target.uuid = fixture_photo(fixture, fixture->user_id, 3, AUGUST).uuid;
    fixture_write(fixture, do_trash, &target);
    fixture_write(fixture, do_empty_trash, &target);
    g_assert_cmpuint(target.n, ==, 1);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM assets"), ==, 2);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM doomed_blobs"), ==, 1);
}

struct moving {
    int64_t owner_id;
    enum asset_move move;
    struct uuid ids[3];
    unsigned limit, count;
};

static bool do_move(struct db_conn *conn, void *data, GError **error)
{
    struct moving *moving = data;
    return assets_move(conn, moving->owner_id, moving->move, moving->ids, G_N_ELEMENTS(moving->ids), NULL, error);
}

static bool do_restore_trash(struct db_conn *conn, void *data, GError **error)
{
    struct moving *moving = data;
    return assets_restore_trash(conn, moving->owner_id, moving->limit, NULL, &moving->count, error);
}

static bool do_delete_owned(struct db_conn *conn, void *data, GError **error)
{
    struct moving *moving = data;
    return assets_delete_owned(conn, moving->owner_id, moving->limit, NULL, &moving->count, error);
}

static bool are_owned(struct fixture *fixture, int64_t owner_id, const struct uuid *ids, size_t n)
{
    g_autoptr(GError) error = NULL;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, NULL);
    bool ok = assets_check_owned(conn, owner_id, true, ids, n, &error);
    g_assert_true(ok || err_is(error, ERR_NOT_FOUND));
    return ok;
}

static void test_many_move_together(struct fixture *fixture, gconstpointer data)
{
    static const char in_trash[] = "SELECT count(*) FROM assets WHERE is_trashed";
    struct moving moving = {.owner_id = fixture->user_id, .move = MOVE_TO_TRASH, .limit = 1};
    for (unsigned i = 0; i < 2; i++)
        moving.ids[i] = fixture_photo(fixture, fixture->user_id, i + 1, AUGUST).uuid;
    moving.ids[2] = fixture_photo(fixture, fixture->other_id, 3, AUGUST).uuid;
    g_assert_true(are_owned(fixture, fixture->user_id, moving.ids, 2));
    g_assert_false(are_owned(fixture, fixture->user_id, moving.ids, 3));
    fixture_write(fixture, do_move, &moving);
    g_assert_cmpint(fixture_ask(fixture, in_trash), ==, 2); /* the stranger's stays where it is */
    fixture_write(fixture, do_restore_trash, &moving);
    g_assert_cmpuint(moving.count, ==, 1);
    g_assert_cmpint(fixture_ask(fixture, in_trash), ==, 1);
    moving.move = MOVE_OUT_OF_TRASH;
    fixture_write(fixture, do_move, &moving);
    g_assert_cmpint(fixture_ask(fixture, in_trash), ==, 0);
    fixture_write(fixture, do_delete_owned, &moving);
    g_assert_cmpuint(moving.count, ==, 1);
    moving.move = MOVE_AWAY;
    fixture_write(fixture, do_move, &moving);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM assets"), ==, 1);
}

static bool do_drop_changes(struct db_conn *conn, void *data, GError **error)
{
    return library_drop_changes(conn, INT64_MAX, 1, data, error);
}

static void test_old_changes_are_dropped(struct fixture *fixture, gconstpointer data)
{
    struct target target = {.fixture = fixture};
    for (unsigned i = 1; i <= 2; i++) {
        target.uuid = fixture_photo(fixture, fixture->user_id, i, AUGUST).uuid;
        fixture_write(fixture, do_delete, &target);
    }
    unsigned dropped = 0;
    fixture_write(fixture, do_drop_changes, &dropped);
    g_assert_cmpuint(dropped, ==, 1);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM changes"), ==, 1);
}

/* ---- blobs ---- */

static struct blob_digest put(struct store *store, const char *text, bool hold, struct store_hold **ret_hold)
{
    g_autoptr(GError) error = NULL;
    struct blob_digest digest;
    bool is_new;
    struct stage *stage = stage_begin(store, false, &error);
    g_assert_no_error(error);
    stage_write(stage, text, strlen(text), &error);
    g_assert_no_error(error);
    if (hold)
        stage_commit_hold(stage, &digest, &is_new, ret_hold, &error);
    else
        stage_commit(stage, &digest, &is_new, &error);
    g_assert_no_error(error);
    return digest;
}

static void count_gone(const struct blob_id *id, void *data)
{
    ++*(unsigned *)data;
}

static unsigned reap(struct fixture *fixture, struct store *store)
{
    g_autoptr(GError) error = NULL;
    unsigned reaped = 99, gone = 0;
    const struct blobs_reaper reaper = {count_gone, &gone};
    blobs_reap(fixture->db, store, 10, &reaper, &reaped, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(gone, ==, reaped);
    return reaped;
}

static void test_reaper_unlinks_only_the_unused(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = g_build_filename(fixture->dir, "data", NULL);
    struct store *store = store_open(dir, &error);
    g_assert_no_error(error);
    struct asset_new asset = {
        .owner_id = fixture->user_id, .digest = put(store, "photo", false, NULL), .file_name = "a.jpg"};
    struct target target = {.fixture = fixture, .uuid = fixture_insert(fixture, &asset).uuid};
    g_assert_cmpuint(reap(fixture, store), ==, 0);
    fixture_write(fixture, do_delete, &target);
    struct store_hold *hold = NULL; /* the same bytes come again, and their rows are not yet written */
    put(store, "photo", true, &hold);
    g_assert_cmpuint(reap(fixture, store), ==, 0);
    g_assert_true(store_has(store, &asset.digest.id, 5));
    target.uuid = fixture_insert(fixture, &asset).uuid;
    store_hold_free(hold);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM doomed_blobs"), ==, 0);
    g_assert_cmpuint(reap(fixture, store), ==, 0);
    g_assert_true(store_has(store, &asset.digest.id, 5));
    fixture_write(fixture, do_delete, &target);
    g_assert_cmpuint(reap(fixture, store), ==, 1);
    g_assert_false(store_has(store, &asset.digest.id, 5));
    g_assert_cmpuint(reap(fixture, store), ==, 0);
    store_close(store);
}

static bool record_results(struct db_conn *conn, void *data, GError **error)
{
    const struct blob_result results[] = {{1, BLOB_OK, 500}, {2, BLOB_CORRUPT, 501}, {404, BLOB_MISSING, 502}};
    return blobs_record_verified(conn, results, G_N_ELEMENTS(results), error);
}

static bool run_verification(struct db_conn *conn, void *data, GError **error)
{
    int64_t id;
    struct verification result = {.checked = 2, .ok = 1, .corrupt = 1, .stray = 3, .unknown = 4};
    return verifications_begin(conn, 0.5, &id, error) && verifications_finish(conn, id, &result, error);
}

static bool count_use(const struct blob_use *use, void *data)
{
    (*(unsigned *)data)++;
    return true;
}

static void test_verification(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    for (unsigned i = 1; i <= 3; i++)
        fixture_photo(fixture, fixture->user_id, i, AUGUST);
    fixture_photo(fixture, fixture->other_id, 2, AUGUST);
    fixture_write(fixture, record_results, NULL);
    fixture_write(fixture, run_verification, NULL);
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    struct blob blobs[4];
    g_assert_cmpint(blobs_page(conn, 0, blobs, 2, &error), ==, 2);
    g_assert_cmpint(blobs[0].check, ==, BLOB_OK);
    g_assert_cmpint(blobs[1].check, ==, BLOB_CORRUPT);
    g_assert_cmpint(blobs[1].verified_us, ==, 501);
    g_assert_cmpint(blobs_page(conn, blobs[1].id, blobs, 4, &error), ==, 1);
    g_assert_cmpint(blobs[0].check, ==, BLOB_UNCHECKED);
    g_assert_cmpint(blobs_page_by_hash(conn, NULL, blobs, 2, &error), ==, 2);
    g_assert_cmpint(memcmp(blobs[0].digest.id.sha256, blobs[1].digest.id.sha256, SHA256_SIZE), <, 0);
    g_assert_cmpint(blobs_page_by_hash(conn, &blobs[1].digest.id, blobs, 4, &error), ==, 1);
    struct asset_known known; /* what an upload is told of the damaged one */
    known_as(fixture, fixture->user_id, 1, &known);
    g_assert_cmpint(known.verify, ==, BLOB_OK);
    known_as(fixture, fixture->user_id, 2, &known);
    g_assert_cmpint(known.verify, ==, BLOB_CORRUPT);
    struct blob_digest digest = fixture_digest(2, 0);
    struct blob blob;
    bool referenced = false;
    g_assert_true(blobs_find(conn, &digest.id, &blob, &error));
    g_assert_true(blob_is_referenced(conn, &digest.id, &referenced, &error) && referenced);
    unsigned uses = 0;
    g_assert_true(blobs_uses(conn, blob.id, count_use, &uses, &error));
    g_assert_cmpuint(uses, ==, 2);
    struct verification last;
    g_assert_true(verifications_last(conn, &last, &error));
    g_assert_cmpint(last.stray, ==, 3);
    g_assert_cmpfloat(last.sample, ==, 0.5);
    g_assert_cmpint(last.finished_us, >=, last.started_us);
}

static void add(const char *name, void (*test)(struct fixture *, gconstpointer))
{
    g_test_add(name, struct fixture, NULL, fixture_setup, test, fixture_teardown);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/assets/insert-find", test_insert_and_find);
    add("/assets/strangers", test_strangers_see_nothing);
    add("/assets/known", test_known);
    add("/assets/facts/all", test_apply_stores_every_fact);
    add("/assets/facts/unknown", test_unknown_facts_stay_unknown);
    add("/assets/facts/edits-stay", test_edits_outlive_new_facts);
    add("/assets/live/together", test_live_photo_goes_together);
    add("/assets/live/unpair", test_deleting_motion_half_unpairs);
    add("/assets/delete", test_delete_leaves_only_a_tombstone);
    add("/assets/move-many", test_many_move_together);
    add("/assets/changes-dropped", test_old_changes_are_dropped);
    add("/blobs/reaper", test_reaper_unlinks_only_the_unused);
    add("/blobs/verification", test_verification);
    return g_test_run();
}
