/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which video is the motion half of which still: in any order of arrival, among several, through trash and restore, and
 * against what a client said. Motion photos beside them. */
#include <glib.h>
#include <string.h>

#include "catalog/test_fixture.h"
#include "catalog/timeline.h"

static const int64_t AUGUST = INT64_C(1723552496000000);
static const int64_t SECOND = 1000000;

/* ---- pieces ---- */

struct file {
    struct fixture *fixture;
    struct asset_made made;
    const char *live_id;
    int64_t taken_us, local_us, duration_ms;
    const char *date_source;
    int64_t motion_offset, motion_bytes;
    const struct asset_change *change;
};

static unsigned seed;

static struct file add(struct fixture *fixture, const char *name, const struct uuid *live_video)
{
    bool is_video = g_str_has_suffix(name, ".MOV") || g_str_has_suffix(name, ".mp4");
    const struct asset_new wanted = {.owner_id = fixture->user_id,
                                     .digest = fixture_digest(++seed, 1000),
                                     .file_name = name,
                                     .type = is_video ? ASSET_VIDEO : ASSET_IMAGE,
                                     .taken_us = AUGUST,
                                     .live_video = live_video};
    return (struct file){.fixture = fixture,
                         .made = fixture_insert(fixture, &wanted),
                         .taken_us = AUGUST,
                         .local_us = AUGUST,
                         .duration_ms = is_video ? 2500 : 0,
                         .date_source = is_video ? DATE_SOURCE_CONTAINER : DATE_SOURCE_EXIF_ORIGINAL};
}

static bool do_look(struct db_conn *conn, void *data, GError **error)
{
    const struct file *file = data;
    const struct media_facts facts = {.has_taken = true,
                                      .taken_us = file->taken_us,
                                      .local_us = file->local_us,
                                      .date_source = file->date_source,
                                      .duration_ms = file->duration_ms,
                                      .live_id = file->live_id,
                                      .motion_offset = file->motion_offset,
                                      .motion_bytes = file->motion_bytes};
    return asset_media_apply(conn, file->made.id, &facts, error);
}

/* The worker has looked at it. */
static void look(struct file *file)
{
    fixture_write(file->fixture, do_look, file);
}

static struct file arrive(struct fixture *fixture, const char *name, const char *live_id)
{
    struct file file = add(fixture, name, NULL);
    file.live_id = live_id;
    look(&file);
    return file;
}

static bool do_trash(struct db_conn *conn, void *data, GError **error)
{
    const struct file *file = data;
    return asset_trash(conn, file->fixture->user_id, &file->made.uuid, error);
}

static bool do_restore(struct db_conn *conn, void *data, GError **error)
{
    const struct file *file = data;
    return asset_restore(conn, file->fixture->user_id, &file->made.uuid, error);
}

static bool do_delete(struct db_conn *conn, void *data, GError **error)
{
    const struct file *file = data;
    return asset_delete(conn, file->fixture->user_id, &file->made.uuid, NULL, error);
}

static bool do_change(struct db_conn *conn, void *data, GError **error)
{
    const struct file *file = data;
    return asset_change(conn, file->fixture->user_id, &file->made.uuid, file->change, error);
}

static int64_t ask(const struct file *file, const char *column)
{
    g_autofree char *sql = g_strdup_printf("SELECT %s FROM assets WHERE id = %" G_GINT64_FORMAT, column, file->made.id);
    return fixture_ask(file->fixture, sql);
}

static void expect_pair(const struct file *still, const struct file *video)
{
    g_assert_cmpint(ask(still, "live_video_id"), ==, video->made.id);
    g_assert_cmpint(ask(still, "visibility"), ==, ASSET_TIMELINE);
    g_assert_cmpint(ask(video, "visibility"), ==, ASSET_HIDDEN);
}

static void expect_alone(const struct file *file)
{
    g_assert_cmpint(ask(file, "coalesce(live_video_id, 0)"), ==, 0);
    g_assert_cmpint(ask(file, "visibility"), ==, ASSET_TIMELINE);
}

/* ---- by identifier ---- */

static void test_either_order(struct fixture *fixture, gconstpointer data)
{
    struct file still = arrive(fixture, "IMG_1.HEIC", "A");
    int64_t before = ask(&still, "update_id");
    struct file video = arrive(fixture, "IMG_1.MOV", "A");
    expect_pair(&still, &video);
    g_assert_cmpint(ask(&still, "update_id"), >, before); /* phones are told of both */
    g_assert_cmpint(ask(&video, "update_id"), >, ask(&video, "create_id"));
    g_assert_cmpint(ask(&video, "update_id"), !=, ask(&still, "update_id"));

    struct file other_video = arrive(fixture, "IMG_2.MOV", "B");
    expect_alone(&other_video);
    struct file other_still = arrive(fixture, "IMG_2.HEIC", "B");
    expect_pair(&other_still, &other_video);
    expect_pair(&still, &video);
    /* Counted as two. */
    g_assert_cmpint(fixture_ask(fixture, "SELECT sum(assets) FROM timeline_months WHERE basis = 0 AND visibility = 0"),
                    ==, 2);
}

static void test_days_apart_and_again(struct fixture *fixture, gconstpointer data)
{
    struct file still = arrive(fixture, "IMG_1.HEIC", "A");
    struct file video = add(fixture, "IMG_1.MOV", NULL);
    video.taken_us = video.local_us = AUGUST + 9 * 86400 * SECOND;
    video.live_id = "A";
    look(&video);
    expect_pair(&still, &video);
    /* A remake changes nothing, also one that finds no identifier any more. */
    int64_t update_id = ask(&video, "update_id");
    look(&still);
    expect_pair(&still, &video);
    g_assert_cmpint(ask(&video, "update_id"), ==, update_id);
    still.live_id = NULL;
    look(&still);
    expect_pair(&still, &video);
    /* One that finds another does. */
    still.live_id = "Z";
    look(&still);
    expect_alone(&still);
    expect_alone(&video);
}

static void test_owners_apart(struct fixture *fixture, gconstpointer data)
{
    struct file still = arrive(fixture, "IMG_1.HEIC", "A");
    struct fixture others = *fixture;
    others.user_id = fixture->other_id;
    struct file video = arrive(&others, "IMG_1.MOV", "A");
    expect_alone(&still);
    expect_alone(&video);
}

/* An edit carries the identifier of its original: each gets its own half, crosswise arrivals included. */
static void test_edits(struct fixture *fixture, gconstpointer data)
{
    static const char *const names[] = {"IMG_1.HEIC", "IMG_1.MOV", "IMG_E1.JPG", "IMG_E1.MOV"};
    for (unsigned order = 0; order < 24; order++) {
        struct file files[4];
        unsigned left[] = {0, 1, 2, 3}, digits = order;
        g_autofree char *live_id = g_strdup_printf("order %u", order);
        for (unsigned n = 4; n > 0; digits /= n, n--) {
            unsigned pick = digits % n, which = left[pick];
            memmove(left + pick, left + pick + 1, (3 - pick) * sizeof *left);
            files[which] = arrive(fixture, names[which], live_id);
        }
        expect_pair(&files[0], &files[1]);
        expect_pair(&files[2], &files[3]);
    }
}

static void test_one_still_of_two(struct fixture *fixture, gconstpointer data)
{
    struct file edit = arrive(fixture, "IMG_E1.JPG", "A");
    struct file still = arrive(fixture, "IMG_1.HEIC", "A");
    struct file video = arrive(fixture, "img_1.MOV", "A");
    expect_pair(&still, &video);
    expect_alone(&edit);
    /* Two videos: the better one by name; the other shows itself. */
    struct file wrong = arrive(fixture, "COPY.MOV", "B");
    struct file other = arrive(fixture, "IMG_2.HEIC", "B");
    expect_pair(&other, &wrong);
    struct file right = arrive(fixture, "IMG_2.MOV", "B");
    expect_pair(&other, &right);
    expect_alone(&wrong);
    /* Equal ones: as it was. */
    struct file third = arrive(fixture, "IMG_2.MOV", "B");
    expect_pair(&other, &right);
    expect_alone(&third);
}

static void test_many(struct fixture *fixture, gconstpointer data)
{
    struct file first = arrive(fixture, "IMG_1.HEIC", "A");
    struct file video = arrive(fixture, "IMG_1.MOV", "A");
    for (unsigned i = 0; i < 80; i++)
        arrive(fixture, i % 2 ? "X.JPG" : "Y.MOV", "A");
    expect_pair(&first, &video);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) - count(DISTINCT live_video_id) FROM assets WHERE"
                                         " live_video_id IS NOT NULL"),
                    ==, 0);
}

/* ---- what a client or a person said ---- */

static void test_word_wins(struct fixture *fixture, gconstpointer data)
{
    /* The app sends the video first, then the still with its id, though another still has the identifier. */
    struct file old = arrive(fixture, "IMG_1.HEIC", "A");
    struct file video = arrive(fixture, "IMG_1.MOV", "A");
    expect_pair(&old, &video);
    struct file spare = arrive(fixture, "SPARE.MOV", "A");
    expect_alone(&spare);
    struct file still = add(fixture, "IMG_1.HEIC", &video.made.uuid);
    expect_pair(&still, &video);
    expect_pair(&old, &spare);
    still.live_id = "A";
    look(&still);
    look(&video);
    expect_pair(&still, &video);
    expect_pair(&old, &spare);
    g_assert_cmpint(fixture_ask(fixture,
                                "SELECT count(*) FROM assets s LEFT JOIN assets v ON v.id = s.live_video_id WHERE"
                                " s.live_uuid IS NOT v.uuid"),
                    ==, 0);
    /* Also where the files say otherwise. */
    still.live_id = "B";
    look(&still);
    struct file tempting = arrive(fixture, "IMG_1.MOV", "B");
    expect_pair(&still, &video);
    expect_alone(&tempting);
}

static bool do_offer(struct db_conn *conn, void *data, GError **error)
{
    const struct file *file = data;
    return asset_offer_live_video(conn, file->made.id, file->change->live_video, error);
}

/* An app that sends both halves of what another program has sent before. */
static void test_word_with_a_known_still(struct fixture *fixture, gconstpointer data)
{
    struct file still = arrive(fixture, "IMG_1.HEIC", NULL), video = arrive(fixture, "IMG_2.MOV", NULL),
                other = arrive(fixture, "IMG_3.MOV", NULL);
    still.change = &(struct asset_change){.live_video = &still.made.uuid};
    fixture_write(fixture, do_offer, &still); /* no video: nothing */
    expect_alone(&still);
    still.change = &(struct asset_change){.live_video = &video.made.uuid};
    fixture_write(fixture, do_offer, &still);
    expect_pair(&still, &video);
    still.change = &(struct asset_change){.live_video = &other.made.uuid};
    fixture_write(fixture, do_offer, &still); /* decided before */
    expect_pair(&still, &video);
    expect_alone(&other);
}

static void test_person_unpairs(struct fixture *fixture, gconstpointer data)
{
    struct file still = arrive(fixture, "IMG_1.HEIC", "A");
    struct file video = arrive(fixture, "IMG_1.MOV", "A");
    still.change = &(struct asset_change){.set_live_video = true};
    fixture_write(fixture, do_change, &still);
    expect_alone(&still);
    expect_alone(&video);
    look(&video);
    look(&still);
    expect_alone(&still);
    still.change = &(struct asset_change){.set_live_video = true, .live_video = &video.made.uuid};
    fixture_write(fixture, do_change, &still);
    expect_pair(&still, &video);
}

static void test_lock_is_for_both(struct fixture *fixture, gconstpointer data)
{
    struct file still = arrive(fixture, "IMG_1.HEIC", "A"), video = arrive(fixture, "IMG_1.MOV", "A");
    still.change = &(struct asset_change){.set_visibility = true, .visibility = ASSET_LOCKED};
    fixture_write(fixture, do_change, &still);
    g_assert_cmpint(ask(&video, "visibility"), ==, ASSET_LOCKED);
    look(&still);
    g_assert_cmpint(ask(&still, "live_video_id"), ==, video.made.id);
    still.change = &(struct asset_change){.set_visibility = true, .visibility = ASSET_TIMELINE};
    fixture_write(fixture, do_change, &still);
    expect_pair(&still, &video);
    /* A half that comes later, and deleting. */
    struct file other = arrive(fixture, "IMG_2.HEIC", "B");
    other.change = &(struct asset_change){.set_visibility = true, .visibility = ASSET_LOCKED};
    fixture_write(fixture, do_change, &other);
    struct file half = arrive(fixture, "IMG_2.MOV", "B");
    g_assert_cmpint(ask(&half, "visibility"), ==, ASSET_LOCKED);
    fixture_write(fixture, do_delete, &other);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM assets"), ==, 2);
}

/* ---- trash ---- */

static void test_half_of_a_trashed_still(struct fixture *fixture, gconstpointer data)
{
    struct file still = arrive(fixture, "IMG_1.HEIC", "A");
    fixture_write(fixture, do_trash, &still);
    struct file video = arrive(fixture, "IMG_1.MOV", "A");
    expect_pair(&still, &video);
    g_assert_cmpint(ask(&video, "trashed_us"), ==, ask(&still, "trashed_us"));
    fixture_write(fixture, do_restore, &still);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM assets WHERE is_trashed"), ==, 0);
    expect_pair(&still, &video);
    fixture_write(fixture, do_trash, &still);
    fixture_write(fixture, do_delete, &still);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM assets"), ==, 0);
}

static void test_trashed_video_is_no_half(struct fixture *fixture, gconstpointer data)
{
    struct file video = arrive(fixture, "IMG_1.MOV", "A");
    fixture_write(fixture, do_trash, &video);
    struct file still = arrive(fixture, "IMG_1.HEIC", "A");
    expect_alone(&still);
    g_assert_cmpint(ask(&video, "is_trashed"), ==, 1);
    fixture_write(fixture, do_restore, &video);
    expect_pair(&still, &video);
    /* A pair in the trash keeps its half when the next copy of the still arrives. */
    fixture_write(fixture, do_trash, &still);
    struct file again = arrive(fixture, "IMG_1.HEIC", "A");
    expect_alone(&again);
    g_assert_cmpint(ask(&still, "live_video_id"), ==, video.made.id);
}

/* ---- by name ---- */

static bool do_device(struct db_conn *conn, void *data, GError **error)
{
    return db_exec(conn, error,
                   "INSERT INTO devices (id, uuid, owner_id, name, kind, created_us, last_contact_us) SELECT id, "
                   "randomblob(16), 1, 'phone', 'phone', 0, 0 FROM (SELECT 1 AS id UNION SELECT 2)",
                   "");
}

struct place {
    const struct file *file;
    int64_t device_id;
    const char *key;
};

static bool do_place(struct db_conn *conn, void *data, GError **error)
{
    const struct place *place = data;
    return db_exec(
        conn, error,
        "INSERT INTO ledger_items (device_id, key, name, size_bytes, modified_us, state, asset_id, stored_us,"
        " updated_us) VALUES (?1, ?2, ?2, 1, 0, 4, ?3, 0, 0)",
        "iti", place->device_id, place->key, place->file->made.id);
}

/* A still and a video as they come from phones without identifiers, with one thing changed; both orders. */
typedef void spoil_pair(struct file *still, struct file *video, struct place *video_place);

static void try_names(struct fixture *fixture, spoil_pair *spoil, bool are_pair)
{
    for (unsigned order = 0; order < 2; order++) {
        g_autofree char *base = g_strdup_printf("IMG_%u", ++seed);
        g_autofree char *still_name = g_strconcat(base, ".HEIC", NULL), *video_name = g_strconcat(base, ".MOV", NULL);
        g_autofree char *still_key = g_strconcat("DCIM/", still_name, NULL),
                        *video_key = g_strconcat("DCIM/", video_name, NULL),
                        *elsewhere = g_strconcat("Downloads/", video_name, NULL);
        struct file still = add(fixture, still_name, NULL), video = add(fixture, video_name, NULL);
        struct place still_place = {&still, 1, still_key}, video_place = {&video, 1, video_key};
        if (spoil)
            spoil(&still, &video, &video_place);
        if (!video_place.key)
            video_place.key = elsewhere;
        fixture_write(fixture, do_place, &still_place);
        fixture_write(fixture, do_place, &video_place);
        look(order ? &video : &still);
        look(order ? &still : &video);
        if (are_pair) {
            expect_pair(&still, &video);
        } else {
            expect_alone(&still);
            expect_alone(&video);
        }
    }
}

static void a_second_apart(struct file *still, struct file *video, struct place *video_place)
{
    video->taken_us -= 2 * SECOND;
    video->local_us += 7200 * SECOND;
}

static void zone_unknown(struct file *still, struct file *video, struct place *video_place)
{
    still->taken_us += 7200 * SECOND;
    still->local_us = AUGUST + SECOND;
}

static void one_identifier(struct file *still, struct file *video, struct place *video_place)
{
    video->live_id = "alone";
}

static void too_far_apart(struct file *still, struct file *video, struct place *video_place)
{
    video->taken_us = video->local_us = AUGUST + 3 * SECOND;
}

static void too_long(struct file *still, struct file *video, struct place *video_place)
{
    video->duration_ms = 4001;
}

static void length_unknown(struct file *still, struct file *video, struct place *video_place)
{
    video->duration_ms = 0;
}

static void other_folder(struct file *still, struct file *video, struct place *video_place)
{
    video_place->key = NULL;
}

static void other_device(struct file *still, struct file *video, struct place *video_place)
{
    video_place->device_id = 2;
}

static void time_of_the_copy(struct file *still, struct file *video, struct place *video_place)
{
    video->date_source = DATE_SOURCE_CLIENT;
}

static void two_identifiers(struct file *still, struct file *video, struct place *video_place)
{
    still->live_id = "one";
    video->live_id = "other";
}

static void own_motion(struct file *still, struct file *video, struct place *video_place)
{
    still->motion_offset = 500;
    still->motion_bytes = 500;
}

static void test_names(struct fixture *fixture, gconstpointer data)
{
    fixture_write(fixture, do_device, NULL);
    try_names(fixture, NULL, true);
    try_names(fixture, a_second_apart, true);
    try_names(fixture, zone_unknown, true);
    try_names(fixture, one_identifier, true);
    static spoil_pair *const spoils[] = {too_far_apart, too_long,         length_unknown,  other_folder,
                                         other_device,  time_of_the_copy, two_identifiers, own_motion};
    for (size_t i = 0; i < G_N_ELEMENTS(spoils); i++)
        try_names(fixture, spoils[i], false);
}

static void test_identifier_beats_name(struct fixture *fixture, gconstpointer data)
{
    fixture_write(fixture, do_device, NULL);
    struct file named = add(fixture, "IMG_1.JPG", NULL), video = add(fixture, "IMG_1.MOV", NULL);
    struct place places[] = {{&named, 1, "DCIM/IMG_1.JPG"}, {&video, 1, "DCIM/IMG_1.MOV"}};
    fixture_write(fixture, do_place, &places[0]);
    fixture_write(fixture, do_place, &places[1]);
    look(&named);
    video.live_id = "A";
    look(&video);
    expect_pair(&named, &video);
    struct file still = arrive(fixture, "IMG_1.HEIC", "A");
    expect_pair(&still, &video);
    expect_alone(&named);

    /* The other way round: the still has it. */
    struct file carrier = add(fixture, "IMG_2.JPG", NULL), bare = add(fixture, "IMG_2.MOV", NULL);
    struct place others[] = {{&carrier, 1, "DCIM/IMG_2.JPG"}, {&bare, 1, "DCIM/IMG_2.MOV"}};
    fixture_write(fixture, do_place, &others[0]);
    fixture_write(fixture, do_place, &others[1]);
    carrier.live_id = "B";
    look(&carrier);
    look(&bare);
    expect_pair(&carrier, &bare);
    look(&carrier);
    expect_pair(&carrier, &bare);
    struct file right = arrive(fixture, "IMG_9.MOV", "B");
    expect_pair(&carrier, &right);
    expect_alone(&bare);
}

/* ---- motion photos ---- */

static void test_motion_part(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    struct file photo = add(fixture, "PXL_1.MP.jpg", NULL);
    photo.motion_offset = 400;
    photo.motion_bytes = 500;
    look(&photo);
    struct uuid part;
    {
        DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
        ASSET_AUTO struct asset asset = {0};
        g_assert_true(asset_find(conn, fixture->user_id, &photo.made.uuid, &asset, &error));
        g_assert_true(asset.has_motion && asset.exif.is_motion_photo && !asset.has_live_video);
        part = asset.motion;
        ASSET_AUTO struct asset video = {0};
        g_assert_true(asset_find_motion(conn, fixture->user_id, &part, &video, &error));
        g_assert_true(uuid_equal(&video.uuid, &part) && !video.has_motion);
        g_assert_cmpint(video.type, ==, ASSET_VIDEO);
        g_assert_cmpint(video.visibility, ==, ASSET_HIDDEN);
        g_assert_cmpint(video.digest.size_bytes, ==, 500);
        g_assert_cmpstr(video.file_name, ==, "PXL_1.MP.mp4");
        const struct uuid *ids[] = {&part, &photo.made.uuid};
        for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
            ASSET_FILE_AUTO struct asset_file file = {0};
            g_assert_true(asset_find_motion_file(conn, fixture->user_id, ids[i], &file, &error));
            g_assert_true(file.is_motion_part);
            g_assert_cmpint(file.offset_bytes, ==, 400);
            g_assert_cmpint(file.size_bytes, ==, 500);
        }
        ASSET_FILE_AUTO struct asset_file file = {0};
        g_assert_true(asset_find_file(conn, fixture->user_id, &part, &file, &error));
        g_assert_true(file.is_motion_part);
        /* Nobody else's. */
        ASSET_AUTO struct asset none = {0};
        g_assert_false(asset_find_motion(conn, fixture->other_id, &part, &none, NULL));
        g_assert_false(asset_find_motion_file(conn, fixture->other_id, &part, &file, NULL));
        const struct timeline_filter filter = {.owner_id = fixture->user_id, .is_favorite = -1};
        struct timeline_item item;
        DB_ROWS struct db_rows *rows = timeline_bucket(conn, &filter, 20240801, &error);
        g_assert_true(timeline_next(rows, &item, &error));
        g_assert_true(item.has_live_video && uuid_equal(&item.live_video, &part));
    }
    /* Read again: the same id at the new place; gone: none, and none of a deleted photo. */
    photo.motion_offset = 450;
    look(&photo);
    g_assert_cmpint(fixture_ask(fixture, "SELECT offset_bytes FROM motion_parts"), ==, 450);
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    ASSET_AUTO struct asset again = {0};
    g_assert_true(asset_find(conn, fixture->user_id, &photo.made.uuid, &again, &error));
    g_assert_true(uuid_equal(&again.motion, &part));
    /* A motion half goes before it, and leaves it. */
    struct file half = arrive(fixture, "PXL_1.mp4", NULL);
    static const char same[] =
        "SELECT s.live_uuid = coalesce((SELECT uuid FROM assets WHERE id = s.live_video_id), m.uuid)"
        " FROM assets s JOIN motion_parts m ON m.asset_id = s.id";
    photo.change = &(struct asset_change){.set_live_video = true, .live_video = &half.made.uuid};
    fixture_write(fixture, do_change, &photo);
    g_assert_cmpint(ask(&photo, "live_video_id"), ==, half.made.id);
    g_assert_cmpint(fixture_ask(fixture, same), ==, 1);
    fixture_write(fixture, do_delete, &half);
    g_assert_cmpint(fixture_ask(fixture, same), ==, 1);
    photo.motion_bytes = 0;
    look(&photo);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM motion_parts"), ==, 0);
    g_assert_cmpint(ask(&photo, "live_uuid IS NULL"), ==, 1);
    photo.motion_bytes = 10;
    look(&photo);
    g_assert_cmpint(fixture_ask(fixture, same), ==, 1);
    fixture_write(fixture, do_delete, &photo);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM motion_parts"), ==, 0);
}

static bool do_replace(struct db_conn *conn, void *data, GError **error)
{
    return db_exec(conn, error,
                   "INSERT INTO blobs (sha256, sha1, size_bytes, stored_us) VALUES (randomblob(32), randomblob(20), "
                   "800, 0)",
                   "") &&
           db_exec(conn, error, "UPDATE assets SET blob_id = (SELECT max(id) FROM blobs), size_bytes = 800", "");
}

/* High quality puts a smaller file in the place of the original: what is behind the picture is as far from the end. */
static void test_motion_part_of_a_smaller_file(struct fixture *fixture, gconstpointer data)
{
    struct file photo = add(fixture, "PXL_1.MP.jpg", NULL);
    photo.motion_offset = 600;
    photo.motion_bytes = 400;
    look(&photo);
    fixture_write(fixture, do_replace, NULL);
    g_assert_cmpint(fixture_ask(fixture, "SELECT offset_bytes FROM motion_parts"), ==, 400);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/pairing/" name, struct fixture, NULL, fixture_setup, test, fixture_teardown)
    ADD("either-order", test_either_order);
    ADD("days-apart-and-again", test_days_apart_and_again);
    ADD("owners-apart", test_owners_apart);
    ADD("edits", test_edits);
    ADD("one-still-of-two", test_one_still_of_two);
    ADD("many", test_many);
    ADD("word-wins", test_word_wins);
    ADD("word-with-a-known-still", test_word_with_a_known_still);
    ADD("person-unpairs", test_person_unpairs);
    ADD("lock-is-for-both", test_lock_is_for_both);
    ADD("half-of-a-trashed-still", test_half_of_a_trashed_still);
    ADD("trashed-video-is-no-half", test_trashed_video_is_no_half);
    ADD("names", test_names);
    ADD("identifier-beats-name", test_identifier_beats_name);
    ADD("motion-part", test_motion_part);
    ADD("motion-part-of-a-smaller-file", test_motion_part_of_a_smaller_file);
    return g_test_run();
}
