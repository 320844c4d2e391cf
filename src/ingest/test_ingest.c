/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unit tests of ingest: what is taken and refused, duplicates, tombstones, quota, resumable uploads, sweeping, threads.
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <openssl/sha.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/assets.h"
#include "catalog/blobs.h"
#include "catalog/users.h"
#include "db/db.h"
#include "ingest/test_library.h"

static void set_up(struct library *l, gconstpointer unused)
{
    library_new(l, NULL);
}

static void tear_down(struct library *l, gconstpointer unused)
{
    clock_set_for_test(-1);
    library_remove(l);
}

static struct ingest_result upload(struct library *l, const char *name, const char *text)
{
    g_autoptr(GError) error = NULL;
    struct ingest_result result;
    bool ok = library_upload(l, name, text, strlen(text), &result, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    return result;
}

/* Nothing of a refused upload may stay anywhere. */
static void assert_nothing_stored(struct library *l)
{
    g_assert_cmpint(library_number(l, "SELECT count(*) FROM assets"), ==, 0);
    g_assert_cmpint(library_number(l, "SELECT count(*) FROM blobs"), ==, 0);
    g_assert_cmpint(library_number(l, "SELECT count(*) FROM jobs"), ==, 0);
    g_assert_cmpuint(library_count_files(l, "store"), ==, 0);
    g_assert_cmpuint(library_count_files(l, "staging"), ==, 0);
}

static void count_wake(void *data)
{
    (*(unsigned *)data)++;
}

static void test_created_with_ledger_and_job(struct library *l, gconstpointer unused)
{
    unsigned wakes = 0;
    ingest_on_stored(l->ingest, count_wake, &wakes);
    struct ingest_result result = upload(l, "DCIM/IMG_1.JPG", "not really a photo, but whole");
    g_assert_cmpint(result.outcome, ==, INGEST_CREATED);
    g_assert_cmpuint(wakes, ==, 1);
    DB_READ struct db_conn *conn = db_read_begin(l->db, NULL);
    ASSET_AUTO struct asset asset = {0};
    g_assert_true(asset_find(conn, l->owner_id, &result.asset_id, &asset, NULL));
    g_assert_cmpstr(asset.file_name, ==, "IMG_1.JPG");
    g_assert_cmpstr(asset.mime_type, ==, "image/jpeg");
    g_assert_cmpint(asset.type, ==, ASSET_IMAGE);
    g_assert_true(store_verify(l->store, &asset.digest.id, 29, NULL));
    g_assert_cmpint(library_number(l, "SELECT count(*) FROM jobs WHERE kind = 'media' AND priority = 20"), ==, 1);
    g_assert_cmpint(library_number(l, "SELECT state FROM ledger_items WHERE name = 'IMG_1.JPG'"), ==, 4);
    g_assert_cmpuint(library_count_files(l, "staging"), ==, 0);
}

static void test_duplicate_is_stored_once(struct library *l, gconstpointer unused)
{
    struct ingest_result first = upload(l, "a.jpg", "same"), second = upload(l, "b.png", "same");
    g_assert_cmpint(second.outcome, ==, INGEST_DUPLICATE);
    g_assert_true(uuid_equal(&first.asset_id, &second.asset_id));
    g_assert_cmpint(library_number(l, "SELECT count(*) FROM assets"), ==, 1);
    g_assert_cmpint(library_number(l, "SELECT count(*) FROM ledger_items WHERE state = 4"), ==, 2);
    g_assert_cmpuint(library_count_files(l, "store"), ==, 1);
    g_assert_cmpuint(library_count_files(l, "staging"), ==, 0);
}

static struct ingest_result upload_beside(struct library *l, const char *text, const char *sidecar)
{
    g_autoptr(GError) error = NULL;
    struct upload *upload = ingest_begin(l->ingest, -1, NULL);
    g_assert_true(ingest_write(upload, text, strlen(text), NULL));
    struct ingest_offer offer = library_offer(l, "a.jpg");
    offer.sidecar = sidecar;
    offer.sidecar_size = strlen(sidecar);
    struct ingest_result result;
    ingest_finish(upload, &offer, &result, &error);
    g_assert_no_error(error);
    return result;
}

static void assert_sidecar(struct library *l, const struct uuid *id, const char *text)
{
    DB_READ struct db_conn *conn = db_read_begin(l->db, NULL);
    ASSET_AUTO struct asset asset = {0};
    struct blob_id wanted;
    SHA256((const unsigned char *)text, strlen(text), wanted.sha256);
    g_assert_true(asset_find(conn, l->owner_id, id, &asset, NULL));
    g_assert_true(asset.has_sidecar);
    g_assert_cmpmem(asset.sidecar.sha256, SHA256_SIZE, wanted.sha256, SHA256_SIZE);
    g_assert_true(store_verify(l->store, &wanted, (int64_t)strlen(text), NULL));
}

static bool delete_work(struct db_conn *conn, void *data, GError **error);

static void test_newest_sidecar_counts(struct library *l, gconstpointer unused)
{
    static const char changes[] = "SELECT update_id FROM assets";
    struct ingest_result result = upload(l, "a.jpg", "photo");
    g_assert_cmpint(upload_beside(l, "photo", "<first/>").outcome, ==, INGEST_DUPLICATE);
    assert_sidecar(l, &result.asset_id, "<first/>");
    int64_t change = library_number(l, changes);
    upload_beside(l, "photo", "<first/>");
    upload(l, "a.jpg", "photo"); /* none given: none taken away */
    assert_sidecar(l, &result.asset_id, "<first/>");
    g_assert_cmpint(library_number(l, changes), ==, change);
    upload_beside(l, "photo", "<second/>");
    assert_sidecar(l, &result.asset_id, "<second/>");
    g_assert_cmpint(library_number(l, changes), >, change);
    g_assert_cmpint(library_number(l, "SELECT count(*) FROM assets"), ==, 1);
    g_assert_cmpint(library_number(l, "SELECT count(*) FROM doomed_blobs"), ==, 1);
    g_assert_cmpint(library_number(l, "SELECT count(*) FROM ledger_items"), ==, 1);
    unsigned reaped;
    g_assert_true(blobs_reap(l->db, l->store, 10, NULL, &reaped, NULL));
    g_assert_cmpuint(library_count_files(l, "store"), ==, 2);
    /* What was thrown away does not come back by its sidecar. */
    g_assert_true(db_write(l->db, delete_work, &result, NULL));
    g_assert_true(blobs_reap(l->db, l->store, 10, NULL, &reaped, NULL));
    upload_beside(l, "photo", "<third/>");
    g_assert_cmpuint(library_count_files(l, "store"), ==, 0);
    g_assert_cmpuint(library_count_files(l, "staging"), ==, 0);
}

struct refusal {
    const char *name, *bytes, *message;
    int64_t announced_bytes;
    bool wrong_sha1, wrong_sha256;
    const char *visibility;
};

static void test_refused_uploads_leave_nothing(struct library *l, gconstpointer unused)
{
    static const struct refusal rows[] = {
        {.name = "empty.jpg", .bytes = "", .message = "empty.jpg is empty.", .announced_bytes = -1},
        {.name = "notes.txt", .bytes = "x", .message = "notes.txt is not a photo or video.", .announced_bytes = -1},
        {.name = "side.xmp",
         .bytes = "x",
         .message = "side.xmp is a side file, and the photo or video it belongs to is not here. Upload that first, or "
                    "both together.",
         .announced_bytes = -1},
        {.name = "a.jpg", .bytes = "abc", .message = "a.jpg arrived with 3 bytes instead of 4.", .announced_bytes = 4},
        {.name = "a.jpg", .bytes = "abc", .message = "a.jpg arrived with 3 bytes instead of 2.", .announced_bytes = 2},
        {.name = "../../a.jpg",
         .bytes = "abc",
         .message = "a.jpg did not arrive as it was sent: its checksum differs.",
         .announced_bytes = 3,
         .wrong_sha1 = true},
        {.name = "a.jpg",
         .bytes = "abc",
         .message = "a.jpg did not arrive as it was sent: its checksum differs.",
         .announced_bytes = 3,
         .wrong_sha256 = true},
        {.name = "a.jpg",
         .bytes = "abc",
         .message = "This is not a visibility that an asset can have.",
         .announced_bytes = 3,
         .visibility = "public"},
    };
    static const uint8_t wrong[SHA256_SIZE] = {1};
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        struct upload *upload = ingest_begin(l->ingest, -1, NULL);
        g_assert_true(ingest_write(upload, rows[i].bytes, strlen(rows[i].bytes), NULL));
        struct ingest_offer offer = library_offer(l, rows[i].name);
        struct ingest_result result;
        offer.announced_bytes = rows[i].announced_bytes;
        offer.announced_sha1 = rows[i].wrong_sha1 ? wrong : NULL;
        offer.announced_sha256 = rows[i].wrong_sha256 ? wrong : NULL;
        offer.visibility = rows[i].visibility;
        g_assert_false(ingest_finish(upload, &offer, &result, &error));
        g_assert_error(error, ERR_DOMAIN, ERR_INVALID);
        g_assert_cmpstr(error->message, ==, rows[i].message);
    }
    ingest_abandon(ingest_begin(l->ingest, 5, NULL));
    assert_nothing_stored(l);
}

static void test_content_tells_where_the_name_does_not(struct library *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    struct ingest_result result;
    g_assert_true(library_upload(l, "1001", "\xff\xd8\xff\xe0rest", 8, &result, &error));
    g_assert_no_error(error);
    g_assert_cmpint(library_number(l, "SELECT count(*) FROM assets WHERE mime_type = 'image/jpeg'"), ==, 1);
}

static void test_names_are_data(struct library *l, gconstpointer unused)
{
    g_autofree char *longest = g_strnfill(4096, 'a');
    g_autofree char *long_jpg = g_strconcat(longest, ".jpg", NULL);
    const char *names[] = {"new\nline.jpg", "../../etc/passwd.jpg", "\xff\xfe.jpg", long_jpg, "C:\\x\\y.jpg"};
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *bytes = g_strdup_printf("content %u", i);
        upload(l, names[i], bytes);
    }
    g_assert_cmpint(library_number(l, "SELECT max(length(file_name)) FROM assets"), ==, 255);
    g_assert_cmpint(library_number(l, "SELECT count(*) FROM assets WHERE file_name GLOB '*[/\n\\]*'"), ==, 0);
    g_assert_cmpint(library_number(l, "SELECT count(*) FROM assets"), ==, G_N_ELEMENTS(names));
}

static void test_no_room_is_said_at_the_begin(struct library *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(ingest_begin(l->ingest, INT64_MAX / 2, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_FULL);
    assert_nothing_stored(l);
}

static bool quota_work(struct db_conn *conn, void *data, GError **error)
{
    struct user_change change = {.set_quota = true, .quota_bytes = 10};
    return users_change(conn, ((struct library *)data)->owner_id, &change, NULL, error);
}

static void test_quota(struct library *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(db_write(l->db, quota_work, l, NULL));
    upload(l, "a.jpg", "12345678");
    struct ingest_result result;
    g_assert_false(library_upload(l, "b.jpg", "abc", 3, &result, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_FULL);
    g_assert_cmpstr(error->message, ==, "Quota has been exceeded!");
    g_assert_cmpuint(library_count_files(l, "store"), ==, 1);
    g_assert_cmpint(upload(l, "c.jpg", "12345678").outcome, ==, INGEST_DUPLICATE); /* costs nothing */
}

static bool delete_work(struct db_conn *conn, void *data, GError **error)
{
    struct ingest_result *result = data;
    return asset_delete(conn, 1, &result->asset_id, NULL, error);
}

static void test_deleted_for_good_stays_deleted(struct library *l, gconstpointer unused)
{
    struct ingest_result first = upload(l, "a.jpg", "thrown away");
    g_assert_cmpint(l->owner_id, ==, 1);
    g_assert_true(db_write(l->db, delete_work, &first, NULL));
    unsigned reaped;
    g_assert_true(blobs_reap(l->db, l->store, 10, NULL, &reaped, NULL));
    g_assert_cmpuint(reaped, ==, 1);
    g_assert_cmpuint(library_count_files(l, "store"), ==, 0);
    struct ingest_result again = upload(l, "a.jpg", "thrown away");
    g_assert_cmpint(again.outcome, ==, INGEST_DUPLICATE);
    g_assert_true(uuid_equal(&again.asset_id, &first.asset_id));
    g_assert_cmpuint(library_count_files(l, "store"), ==, 0);
    struct upload *deliberate = ingest_begin(l->ingest, -1, NULL);
    g_assert_true(ingest_write(deliberate, "thrown away", 11, NULL));
    struct ingest_offer offer = library_offer(l, "a.jpg");
    offer.is_deliberate = true;
    g_assert_true(ingest_finish(deliberate, &offer, &again, NULL));
    g_assert_cmpint(again.outcome, ==, INGEST_CREATED);
    g_assert_cmpuint(library_count_files(l, "store"), ==, 1);
}

static void test_known_without_bytes(struct library *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    struct ingest_result first = upload(l, "a.jpg", "abc"), result;
    struct ingest_offer offer = library_offer(l, "copy of a.jpg");
    uint8_t sha1[SHA1_SIZE];
    bool is_known = false;
    g_assert_true(hex_decode("a9993e364706816aba3e25717850c26c9cd0d89d", sha1, sizeof sha1));
    offer.announced_sha1 = sha1;
    g_assert_true(ingest_known(l->ingest, &offer, &is_known, &result, &error));
    g_assert_no_error(error);
    g_assert_true(is_known);
    g_assert_true(uuid_equal(&first.asset_id, &result.asset_id));
    g_assert_cmpint(library_number(l, "SELECT count(*) FROM ledger_items WHERE state = 4 AND size_bytes = 3"), ==, 2);
    sha1[0] ^= 1;
    g_assert_true(ingest_known(l->ingest, &offer, &is_known, &result, NULL));
    g_assert_false(is_known);
}

static void test_duplicate_heals_lost_bytes(struct library *l, gconstpointer unused)
{
    upload(l, "a.jpg", "precious");
    g_autofree char *store_path = g_build_filename(l->dir, "store", NULL);
    const char *argv[] = {"find", store_path, "-type", "f", "-delete", NULL};
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_assert_cmpuint(library_count_files(l, "store"), ==, 0);
    g_assert_cmpint(upload(l, "a.jpg", "precious").outcome, ==, INGEST_DUPLICATE);
    g_assert_cmpuint(library_count_files(l, "store"), ==, 1);
}

static void test_sidecar_is_kept(struct library *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    struct upload *upload = ingest_begin(l->ingest, -1, NULL);
    g_assert_true(ingest_write(upload, "photo", 5, NULL));
    struct ingest_offer offer = library_offer(l, "a.jpg");
    struct ingest_result result;
    offer.sidecar = "<x:xmpmeta/>";
    offer.sidecar_size = 12;
    g_assert_true(ingest_finish(upload, &offer, &result, &error));
    g_assert_cmpuint(library_count_files(l, "store"), ==, 2);
    g_assert_cmpint(library_number(l, "SELECT count(*) FROM assets WHERE sidecar_blob_id IS NOT NULL"), ==, 1);
    g_assert_cmpuint(library_count_files(l, "staging"), ==, 0);
}

static int64_t sidecars(struct library *l)
{
    return library_number(l, "SELECT count(*) FROM assets WHERE sidecar_blob_id IS NOT NULL");
}

static void test_side_files_alone_find_their_photo(struct library *l, gconstpointer unused)
{
    struct ingest_result photo = upload(l, "a.jpg", "photo a"), raw = upload(l, "b.cr2", "raw b");
    upload(l, "b.jpg", "photo b");
    upload(l, "b.edited.jpg", "photo b, edited");
    struct ingest_result result = upload(l, "A.JPG.xmp", "of a");
    g_assert_cmpint(result.outcome, ==, INGEST_DUPLICATE);
    g_assert_cmpmem(&result.asset_id, sizeof result.asset_id, &photo.asset_id, sizeof photo.asset_id);
    g_assert_cmpint(sidecars(l), ==, 1);
    result = upload(l, "b.xmp", "of both");
    g_assert_cmpmem(&result.asset_id, sizeof result.asset_id, &raw.asset_id, sizeof raw.asset_id);
    g_assert_cmpint(sidecars(l), ==, 3);
    /* The same again changes nothing, another one takes its place. */
    upload(l, "b.xmp", "of both");
    g_assert_cmpuint(library_count_files(l, "store"), ==, 6);
    upload(l, "b.cr2.xmp", "of the raw alone");
    g_assert_cmpint(library_number(l, "SELECT count(DISTINCT sidecar_blob_id) FROM assets"), ==, 3);
    g_assert_cmpuint(library_count_files(l, "staging"), ==, 0);
}

static void test_side_files_alone_need_one_photo(struct library *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    struct ingest_result result;
    upload(l, "a.jpg", "one");
    upload(l, "a.jpg", "two");
    g_assert_false(library_upload(l, "a.jpg.xmp", "whose?", 6, &result, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_CONFLICT);
    g_assert_cmpint(sidecars(l), ==, 0);
    g_assert_cmpuint(library_count_files(l, "store"), ==, 2);
    /* The device's ledger knows which lies beside it. */
    struct upload *in_folder = ingest_begin(l->ingest, -1, NULL);
    struct ingest_offer offer = library_offer(l, "a.jpg");
    offer.item_key = "/home/me/2024/a.jpg";
    g_assert_true(ingest_write(in_folder, "three", 5, NULL));
    g_assert_true(ingest_finish(in_folder, &offer, &result, NULL));
    struct uuid third = result.asset_id;
    struct upload *side = ingest_begin(l->ingest, -1, NULL);
    offer = library_offer(l, "a.jpg.xmp");
    offer.item_key = "/home/me/2024/a.jpg.xmp";
    g_assert_true(ingest_write(side, "of three", 8, NULL));
    g_assert_true(ingest_finish(side, &offer, &result, NULL));
    g_assert_cmpmem(&result.asset_id, sizeof third, &third, sizeof third);
    g_assert_cmpint(sidecars(l), ==, 1);
}

static void test_side_file_of_a_known_asset(struct library *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    bool changed = false;
    struct ingest_result photo = upload(l, "a.jpg", "photo");
    g_assert_true(ingest_sidecar(l->ingest, l->owner_id, &photo.asset_id, "first", 5, &changed, &error));
    g_assert_true(changed);
    g_assert_true(ingest_sidecar(l->ingest, l->owner_id, &photo.asset_id, "first", 5, &changed, &error));
    g_assert_false(changed);
    g_assert_cmpuint(library_count_files(l, "store"), ==, 2);
    g_assert_false(ingest_sidecar(l->ingest, l->owner_id + 1, &photo.asset_id, "other", 5, &changed, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_NOT_FOUND);
    g_clear_error(&error);
    g_assert_false(ingest_sidecar(l->ingest, l->owner_id, &photo.asset_id, "", 0, &changed, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_INVALID);
    g_assert_cmpuint(library_count_files(l, "store"), ==, 2);
    g_assert_cmpuint(library_count_files(l, "staging"), ==, 0);
}

enum { N_THREADS = 8, N_FILES = 25 };

static gpointer upload_many(gpointer data)
{
    unsigned created = 0;
    for (unsigned i = 0; i < N_FILES; i++) {
        g_autofree char *bytes = g_strdup_printf("photo %u", i), *name = g_strdup_printf("%u.jpg", i);
        created += upload(data, name, bytes).outcome == INGEST_CREATED;
    }
    return GUINT_TO_POINTER(created);
}

static void test_threads_with_the_same_files(struct library *l, gconstpointer unused)
{
    GThread *threads[N_THREADS];
    unsigned created = 0;
    for (unsigned i = 0; i < N_THREADS; i++)
        threads[i] = g_thread_new("upload", upload_many, l);
    for (unsigned i = 0; i < N_THREADS; i++)
        created += GPOINTER_TO_UINT(g_thread_join(threads[i]));
    g_assert_cmpuint(created, ==, N_FILES);
    g_assert_cmpint(library_number(l, "SELECT count(*) FROM assets"), ==, N_FILES);
    g_assert_cmpint(library_number(l, "SELECT count(*) FROM jobs"), ==, N_FILES);
    g_assert_cmpuint(library_count_files(l, "store"), ==, N_FILES);
    g_assert_cmpuint(library_count_files(l, "staging"), ==, 0);
}

/* One thread uploads and deletes the same bytes over and over while another reaps: an asset must never be without. */
static gpointer reap_always(gpointer data)
{
    struct library *l = data;
    unsigned reaped;
    for (unsigned i = 0; i < 200; i++)
        g_assert_true(blobs_reap(l->db, l->store, 10, NULL, &reaped, NULL));
    return NULL;
}

static void test_reaper_beside_uploads(struct library *l, gconstpointer unused)
{
    GThread *reaper = g_thread_new("reap", reap_always, l);
    for (unsigned i = 0; i < 60; i++) {
        struct upload *u = ingest_begin(l->ingest, -1, NULL);
        g_assert_true(ingest_write(u, "again", 5, NULL));
        struct ingest_offer offer = library_offer(l, "a.jpg");
        struct ingest_result result;
        offer.is_deliberate = true;
        g_assert_true(ingest_finish(u, &offer, &result, NULL));
        g_assert_cmpint(result.outcome, ==, INGEST_CREATED);
        g_assert_cmpuint(library_count_files(l, "store"), ==, 1);
        g_assert_true(db_write(l->db, delete_work, &result, NULL));
    }
    g_thread_join(reaper);
}

/* ---- resumable ---- */

static struct ingest_resumable resumable(struct library *l, int64_t length_bytes)
{
    g_autoptr(GError) error = NULL;
    struct ingest_resumable wanted = {.owner_id = l->owner_id,
                                      .device_id = l->device_id,
                                      .length_bytes = length_bytes,
                                      .metadata = (char *)"filename x"};
    struct ingest_resumable made;
    bool ok = ingest_resumable_create(l->ingest, &wanted, &made, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    return made;
}

static struct upload *reopened(struct library *l, const struct uuid *id, int64_t offset)
{
    g_autoptr(GError) error = NULL;
    struct upload *upload = ingest_resumable_open(l->ingest, l->owner_id, id, offset, &error);
    g_assert_no_error(error);
    return upload;
}

static void restart(struct library *l)
{
    g_autofree char *dir = g_strdup(l->dir);
    unsigned swept;
    library_close(l);
    library_open(l, dir);
    g_assert_true(ingest_sweep(l->ingest, &swept, NULL));
}

static void test_resumable_over_a_restart(struct library *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    struct ingest_resumable made = resumable(l, 9), found;
    int64_t offset = 0;
    struct upload *upload = reopened(l, &made.id, 0);
    g_assert_true(ingest_write(upload, "abc", 3, NULL) && ingest_park(upload, false, &offset, NULL));
    g_assert_cmpint(offset, ==, 3);
    upload = reopened(l, &made.id, 3); /* from memory */
    g_assert_null(ingest_resumable_open(l->ingest, l->owner_id, &made.id, 3, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_BUSY);
    g_clear_error(&error);
    g_assert_true(ingest_write(upload, "XXX", 3, NULL) && ingest_park(upload, true, &offset, NULL));
    g_assert_cmpint(offset, ==, 3);
    upload = reopened(l, &made.id, 3);
    g_assert_true(ingest_write(upload, "lost", 4, NULL));
    ingest_abandon(upload);
    restart(l);
    g_assert_null(ingest_resumable_open(l->ingest, l->owner_id, &made.id, 7, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_CONFLICT);
    g_clear_error(&error);
    upload = reopened(l, &made.id, 3); /* from the file */
    g_assert_true(ingest_write(upload, "defghi", 6, NULL));
    g_assert_false(ingest_write(upload, "j", 1, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_INVALID);
    struct ingest_offer offer = library_offer(l, "a.jpg");
    struct ingest_result result;
    uint8_t sha1[SHA1_SIZE];
    SHA1((const unsigned char *)"abcdefghi", 9, sha1);
    offer.announced_sha1 = sha1;
    g_assert_true(ingest_finish(upload, &offer, &result, NULL));
    restart(l); /* the answer was lost: it is told for a day */
    g_assert_true(ingest_resumable_find(l->ingest, l->owner_id, &made.id, &found, NULL));
    g_assert_true(found.is_done && found.result.outcome == INGEST_CREATED && found.offset_bytes == 9);
    g_assert_true(uuid_equal(&found.result.asset_id, &result.asset_id));
    g_assert_cmpuint(library_count_files(l, "staging"), ==, 0);
    ingest_resumable_clear(&made);
    ingest_resumable_clear(&found);
}

static void test_resumable_is_its_owners(struct library *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    struct ingest_resumable made = resumable(l, 3), found;
    g_assert_false(ingest_resumable_find(l->ingest, l->owner_id + 1, &made.id, &found, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_NOT_FOUND);
    g_clear_error(&error);
    g_assert_false(ingest_resumable_delete(l->ingest, l->owner_id + 1, &made.id, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_NOT_FOUND);
    g_assert_true(ingest_resumable_delete(l->ingest, l->owner_id, &made.id, NULL));
    g_assert_cmpuint(library_count_files(l, "staging"), ==, 0);
    ingest_resumable_clear(&made);
}

static void test_resumable_expires(struct library *l, gconstpointer unused)
{
    struct ingest_resumable made = resumable(l, 3), kept = resumable(l, 4), found;
    int64_t offset;
    unsigned swept;
    clock_set_for_test(clock_now_us() + INT64_C(2) * 86400 * G_USEC_PER_SEC);
    g_assert_true(ingest_park(reopened(l, &kept.id, 0), false, &offset, NULL));
    clock_set_for_test(clock_now_us() + INT64_C(2) * 86400 * G_USEC_PER_SEC);
    g_assert_true(ingest_sweep(l->ingest, &swept, NULL));
    g_assert_cmpuint(library_count_files(l, "staging"), ==, 1);
    g_assert_false(ingest_resumable_find(l->ingest, l->owner_id, &made.id, &found, NULL));
    g_assert_true(ingest_resumable_find(l->ingest, l->owner_id, &kept.id, &found, NULL));
    ingest_resumable_clear(&made);
    ingest_resumable_clear(&kept);
    ingest_resumable_clear(&found);
}

static void test_wrong_checksum_ends_a_resumable(struct library *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    struct ingest_resumable made = resumable(l, 3), found;
    struct upload *upload = reopened(l, &made.id, 0);
    static const uint8_t wrong[SHA1_SIZE] = {1};
    struct ingest_offer offer = library_offer(l, "a.jpg");
    struct ingest_result result;
    offer.announced_sha1 = wrong;
    g_assert_true(ingest_write(upload, "abc", 3, NULL));
    g_assert_false(ingest_finish(upload, &offer, &result, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_INVALID);
    g_assert_false(ingest_resumable_find(l->ingest, l->owner_id, &made.id, &found, NULL));
    assert_nothing_stored(l);
    ingest_resumable_clear(&made);
}

static void test_full_quota_keeps_a_resumable(struct library *l, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(db_write(l->db, quota_work, l, NULL));
    struct ingest_resumable made = resumable(l, 11), found;
    struct upload *upload = reopened(l, &made.id, 0);
    struct ingest_offer offer = library_offer(l, "a.jpg");
    struct ingest_result result;
    g_assert_true(ingest_write(upload, "12345678901", 11, NULL));
    g_assert_false(ingest_finish(upload, &offer, &result, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_FULL);
    g_assert_true(ingest_resumable_find(l->ingest, l->owner_id, &made.id, &found, NULL));
    g_assert_cmpint(found.offset_bytes, ==, 11);
    g_assert_false(found.is_done);
    g_assert_cmpuint(library_count_files(l, "staging"), ==, 1);
    g_assert_cmpuint(library_count_files(l, "store"), ==, 0);
    ingest_resumable_clear(&made);
    ingest_resumable_clear(&found);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/ingest/" name, struct library, NULL, set_up, test, tear_down)
    ADD("created-with-ledger-and-job", test_created_with_ledger_and_job);
    ADD("duplicate-is-stored-once", test_duplicate_is_stored_once);
    ADD("refused-uploads-leave-nothing", test_refused_uploads_leave_nothing);
    ADD("content-tells-where-the-name-does-not", test_content_tells_where_the_name_does_not);
    ADD("names-are-data", test_names_are_data);
    ADD("no-room-is-said-at-the-begin", test_no_room_is_said_at_the_begin);
    ADD("quota", test_quota);
    ADD("deleted-for-good-stays-deleted", test_deleted_for_good_stays_deleted);
    ADD("known-without-bytes", test_known_without_bytes);
    ADD("newest-sidecar-counts", test_newest_sidecar_counts);
    ADD("duplicate-heals-lost-bytes", test_duplicate_heals_lost_bytes);
    ADD("sidecar-is-kept", test_sidecar_is_kept);
    ADD("sidecar-is-kept/side-files-alone-find-their-photo", test_side_files_alone_find_their_photo);
    ADD("sidecar-is-kept/side-files-alone-need-one-photo", test_side_files_alone_need_one_photo);
    ADD("sidecar-is-kept/side-file-of-a-known-asset", test_side_file_of_a_known_asset);
    ADD("threads-with-the-same-files", test_threads_with_the_same_files);
    ADD("reaper-beside-uploads", test_reaper_beside_uploads);
    ADD("resumable-over-a-restart", test_resumable_over_a_restart);
    ADD("resumable-is-its-owners", test_resumable_is_its_owners);
    ADD("resumable-expires", test_resumable_expires);
    ADD("wrong-checksum-ends-a-resumable", test_wrong_checksum_ends_a_resumable);
    ADD("full-quota-keeps-a-resumable", test_full_quota_keeps_a_resumable);
    return g_test_run();
}
