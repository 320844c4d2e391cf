/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Packing with a real database, a real store and the real worker: what is packed comes back bit by bit, what cannot be
 * stays as it came, and whatever state a crash leaves is put in order. Argument: the worker program. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <turbojpeg.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/io.h"
#include "catalog/assets.h"
#include "catalog/blob_pack.h"
#include "catalog/catalog.h"
#include "catalog/users.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "media/media.h"
#include "media/test_pictures.h"

static const char *worker_path;

struct house {
    char *folder;
    struct store *store;
    struct db *db;
    struct media *media;
    int64_t owner_id;
};

static bool create_owner(struct db_conn *conn, void *data, GError **error)
{
    struct house *house = data;
    const struct user_new wanted = {.email = "ada@example.org", .name = "Ada", .password_hash = "-", .quota_bytes = -1};
    USER_AUTO struct user user = {0};
    if (!users_create(conn, &wanted, &user, error))
        return false;
    house->owner_id = user.id;
    return true;
}

static void start_media(struct house *house, bool packs)
{
    g_autoptr(GError) error = NULL;
    const struct media_config config = {.workers = 1, .packs = packs};
    house->media = media_start(house->db, house->store, worker_path, &config, &error);
    g_assert_no_error(error);
}

/* Nothing that was rebuilt before is kept any more. */
static void forget_rebuilt(struct house *house)
{
    media_stop(house->media);
    start_media(house, false);
}

static void set_up(struct house *house, gconstpointer packs)
{
    g_autoptr(GError) error = NULL;
    house->folder = g_dir_make_tmp("ambrotype-pack-XXXXXX", NULL);
    house->store = store_open(house->folder, &error);
    g_assert_no_error(error);
    g_autofree char *target = g_strconcat("sqlite:", house->folder, "/ambrotype.db", NULL);
    g_autofree char *copies = g_build_filename(house->folder, "backups", NULL);
    house->db = db_open(target, &error);
    g_assert_true(catalog_migrate(house->db, copies, &error));
    g_assert_true(db_write(house->db, create_owner, house, &error));
    start_media(house, packs != NULL);
}

static void tear_down(struct house *house, gconstpointer unused)
{
    media_stop(house->media);
    db_close(house->db);
    store_close(house->store);
    const char *command[] = {"rm", "-rf", house->folder, NULL};
    g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free(house->folder);
}

/* ---- JPEGs ---- */

/* A noisy gradient, so that there is something to pack. */
static GByteArray *jpeg(int width_px, int height_px, int sampling, int flags)
{
    const bool is_inks = sampling < 0;
    const int channels = is_inks ? 4 : 3;
    g_autofree uint8_t *pixels = g_malloc((gsize)(width_px * height_px * channels));
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    for (int y = 0; y < height_px; y++)
        for (int x = 0; x < width_px; x++)
            for (int c = 0; c < channels; c++)
                pixels[(y * width_px + x) * channels + c] =
                    (uint8_t)(x * (c + 1) + y * 2 + g_rand_int_range(random, 0, 9));
    tjhandle handle = tjInitCompress();
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    g_assert_cmpint(tjCompress2(handle, pixels, width_px, 0, height_px, is_inks ? TJPF_CMYK : TJPF_RGB, &bytes, &size,
                                is_inks ? TJSAMP_444 : sampling, 85, flags),
                    ==, 0);
    GByteArray *out = g_byte_array_append(g_byte_array_new(), bytes, (guint)size);
    tjFree(bytes);
    tjDestroy(handle);
    return out;
}

static GByteArray *append(GByteArray *bytes, const void *more, size_t size)
{
    return g_byte_array_append(bytes, more, (guint)size);
}

/* ---- blobs and assets ---- */

struct photo {
    int64_t asset_id, blob_id;
    struct blob_digest digest;
};

struct insertion {
    struct asset_new asset;
    struct asset_made made;
    const char *mime;
};

static bool insert(struct db_conn *conn, void *data, GError **error)
{
    struct insertion *insertion = data;
    const struct media_facts facts = {.mime_type = insertion->mime};
    return asset_insert(conn, &insertion->asset, &insertion->made, error) &&
           asset_media_apply(conn, insertion->made.id, &facts, error);
}

static void look(struct house *house, int64_t asset_id, struct asset *ret_asset)
{
    DB_READ struct db_conn *conn = db_read_begin(house->db, NULL);
    g_assert_true(asset_find_id(conn, asset_id, ret_asset, NULL));
}

/* Takes @bytes. */
static struct photo add_photo(struct house *house, const char *name, GByteArray *bytes)
{
    g_autoptr(GError) error = NULL;
    struct stage *stage = stage_begin(house->store, false, &error);
    bool is_new;
    struct insertion insertion = {
        .asset = {.owner_id = house->owner_id, .file_name = name, .type = ASSET_IMAGE, .taken_us = 1, .modified_us = 1},
        .mime = "image/jpeg"};
    g_assert_true(stage_write(stage, bytes->data, bytes->len, &error));
    g_assert_true(stage_commit(stage, &insertion.asset.digest, &is_new, &error));
    g_assert_true(db_write(house->db, insert, &insertion, &error));
    g_assert_no_error(error);
    g_byte_array_unref(bytes);
    g_assert_true(media_place(house->db, house->store, insertion.made.id, &error));
    ASSET_AUTO struct asset asset = {0};
    look(house, insertion.made.id, &asset);
    return (struct photo){asset.id, asset.blob_id, asset.digest};
}

static struct photo add_usual(struct house *house)
{
    return add_photo(house, "IMG_1.jpg", jpeg(160, 120, TJSAMP_420, 0));
}

/* Runs the job @kind on the photo's blob. */
static bool work(struct house *house, const char *kind, int64_t subject, GError **error)
{
    size_t n_kinds;
    const struct jobs_kind *kinds = media_jobs_kinds(house->media, &n_kinds);
    for (size_t i = 0; i < n_kinds; i++) {
        if (g_str_equal(kinds[i].name, kind))
            return kinds[i].run(subject, kinds[i].data, error);
    }
    g_assert_not_reached();
}

static void do_work(struct house *house, const char *kind, const struct photo *photo)
{
    g_autoptr(GError) error = NULL;
    bool ok = work(house, kind, photo->blob_id, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
}

static struct blob_packing row_of(struct house *house, const struct photo *photo)
{
    struct blob_packing row;
    DB_READ struct db_conn *conn = db_read_begin(house->db, NULL);
    g_assert_true(blobs_find_packing(conn, photo->blob_id, &row, NULL));
    return row;
}

/* The bytes are compared here, too, and not only believed to have been. */
static void expect_original(struct house *house, const struct photo *photo)
{
    g_autoptr(GError) error = NULL;
    int64_t size_bytes;
    bool matches = false;
    AUTO_FD int fd = store_open_blob(house->store, &photo->digest.id, &size_bytes, &error);
    g_assert_no_error(error);
    g_assert_true(store_fd_matches(fd, &photo->digest.id, photo->digest.size_bytes, &matches, &error));
    g_assert_true(matches);
}

static void expect_forms(struct house *house, const struct photo *photo, bool plain, bool packed)
{
    g_assert_cmpint(store_has(house->store, &photo->digest.id, -1), ==, plain);
    g_assert_cmpint(store_has_packed(house->store, &photo->digest.id, -1), ==, packed);
}

static char *pack_reason(struct house *house, const struct photo *photo)
{
    DB_READ struct db_conn *conn = db_read_begin(house->db, NULL);
    DB_ROWS struct db_rows *rows =
        db_query(conn, NULL, "SELECT pack_reason FROM blobs WHERE id = ?1", "i", photo->blob_id);
    g_assert_true(db_next(rows, NULL));
    return g_strdup(db_text(rows, 0));
}

static void expect_packed(struct house *house, const struct photo *photo)
{
    struct blob_packing row = row_of(house, photo);
    g_autofree char *kept = pack_reason(house, photo);
    g_assert_cmpstr(kept, ==, NULL);
    g_assert_cmpint(row.blob.pack, ==, BLOB_PACK_DONE);
    g_assert_cmpint(row.blob.packed_bytes, <, photo->digest.size_bytes);
    expect_forms(house, photo, false, true);
    g_assert_true(store_has_packed(house->store, &photo->digest.id, row.blob.packed_bytes));
    expect_original(house, photo);
    g_assert_true(store_verify(house->store, &photo->digest.id, photo->digest.size_bytes, NULL));
}

/* The sentence why. */
static char *expect_kept(struct house *house, const struct photo *photo)
{
    g_assert_cmpint(row_of(house, photo).blob.pack, ==, BLOB_PACK_KEPT);
    expect_forms(house, photo, true, false);
    expect_original(house, photo);
    return pack_reason(house, photo);
}

static char *form_path(struct house *house, const struct photo *photo, enum blob_form form)
{
    g_autofree char *name = hex_encode(photo->digest.id.sha256, SHA256_SIZE);
    return g_strdup_printf("%s/store/%.2s/%.2s/%s%s", house->folder, name, name + 2, name,
                           form == BLOB_PACKED ? ".jxl" : "");
}

/* A file of the store becomes @bytes, as by a bad disk. */
static void overwrite(struct house *house, const struct photo *photo, enum blob_form form, const void *bytes,
                      size_t size)
{
    g_autofree char *path = form_path(house, photo, form);
    g_unlink(path);
    g_assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
}

static GBytes *form_bytes(struct house *house, const struct photo *photo, enum blob_form form)
{
    g_autofree char *path = form_path(house, photo, form);
    char *bytes;
    gsize size;
    g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
    return g_bytes_new_take(bytes, size);
}

/* ---- there and back ---- */

static void test_there_and_back(struct house *house, gconstpointer unused)
{
    static const char movie[] = "\0\0\0\x18"
                                "ftypmp42 what a motion photo carries behind its picture";
    g_autoptr(GBytes) turned = picture_jpeg(200, 100, 6);
    gsize size;
    const void *start = g_bytes_get_data(turned, &size);
    struct photo photos[] = {
        add_photo(house, "420.jpg", jpeg(160, 120, TJSAMP_420, 0)),
        add_photo(house, "444.jpg", jpeg(199, 177, TJSAMP_444, 0)),
        add_photo(house, "422.jpg", jpeg(200, 160, TJSAMP_422, 0)),
        add_photo(house, "gray.jpg", jpeg(200, 160, TJSAMP_GRAY, 0)),
        add_photo(house, "progressive.jpg", jpeg(160, 120, TJSAMP_420, TJFLAG_PROGRESSIVE)),
        add_photo(house, "exif.jpg", append(g_byte_array_new(), start, size)),
        add_photo(house, "motion.jpg", append(jpeg(200, 150, TJSAMP_420, 0), movie, sizeof movie)),
        add_photo(house, "two.jpg", append(jpeg(200, 160, TJSAMP_420, 0), "\xff\xd8\xff\xd9", 4)),
    };
    for (size_t i = 0; i < G_N_ELEMENTS(photos); i++) {
        do_work(house, MEDIA_PACK_JOB, &photos[i]);
        g_test_message("photo %zu", i);
        expect_packed(house, &photos[i]);
    }
    struct blobs_pack_figures figures;
    {
        DB_READ struct db_conn *conn = db_read_begin(house->db, NULL);
        g_assert_true(blobs_pack_figures(conn, &figures, NULL));
    }
    g_assert_cmpint(figures.packed, ==, G_N_ELEMENTS(photos));
    g_assert_cmpint(figures.packed_bytes, <, figures.original_bytes);
    for (size_t i = 0; i < G_N_ELEMENTS(photos); i++) {
        do_work(house, MEDIA_UNPACK_JOB, &photos[i]);
        expect_forms(house, &photos[i], true, false);
        expect_original(house, &photos[i]);
        g_assert_cmpint(row_of(house, &photos[i]).blob.pack, ==, BLOB_PACK_NONE);
        do_work(house, MEDIA_UNPACK_JOB, &photos[i]); /* again: nothing to do */
        expect_forms(house, &photos[i], true, false);
    }
}

static void test_what_stays_as_it_is(struct house *house, gconstpointer unused)
{
    g_autofree uint8_t *noise = g_malloc(40000);
    g_autoptr(GRand) random = g_rand_new_with_seed(1);
    for (size_t i = 0; i < 40000; i++)
        noise[i] = (uint8_t)g_rand_int(random);
    GByteArray *cut = jpeg(160, 120, TJSAMP_420, 0);
    g_byte_array_set_size(cut, cut->len / 2);
    const struct {
        struct photo photo;
        const char *reason;
    } photos[] = {
        {add_photo(house, "inks.jpg", jpeg(64, 48, -1, 0)), "bit by bit"},
        {add_photo(house, "cut.jpg", cut), "bit by bit"},
        {add_photo(house, "text.jpg", append(g_byte_array_new(), "no picture", 10)), "header cannot be read"},
        {add_photo(house, "dense.jpg", append(jpeg(32, 32, TJSAMP_420, 0), noise, 40000)), "less than 5 %"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(photos); i++) {
        do_work(house, MEDIA_PACK_JOB, &photos[i].photo);
        g_autofree char *reason = expect_kept(house, &photos[i].photo);
        g_assert_nonnull(strstr(reason, photos[i].reason));
        do_work(house, MEDIA_PACK_JOB, &photos[i].photo); /* not tried again */
        g_free(reason);
        reason = expect_kept(house, &photos[i].photo);
    }
    int64_t ids[10];
    DB_READ struct db_conn *conn = db_read_begin(house->db, NULL);
    g_assert_cmpint(blobs_to_pack(conn, 0, ids, 10, NULL), ==, 0);
}

static void test_a_damaged_original_is_not_packed(struct house *house, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    struct photo photo = add_usual(house);
    g_autoptr(GByteArray) other = jpeg(160, 120, TJSAMP_444, 0);
    overwrite(house, &photo, BLOB_PLAIN, other->data, other->len);
    g_assert_false(work(house, MEDIA_PACK_JOB, photo.blob_id, &error));
    g_assert_true(err_is(error, ERR_CORRUPT));
    g_assert_cmpint(row_of(house, &photo).blob.pack, ==, BLOB_PACK_NONE);
    expect_forms(house, &photo, true, false);
}

/* ---- attacks on the packed file ---- */

static void test_no_flipped_bit_gives_a_wrong_byte(struct house *house, gconstpointer unused)
{
    struct photo photo = add_usual(house);
    do_work(house, MEDIA_PACK_JOB, &photo);
    g_autoptr(GBytes) good = form_bytes(house, &photo, BLOB_PACKED);
    gsize size;
    const uint8_t *start = g_bytes_get_data(good, &size);
    unsigned tried = 0, refused = 0;
    for (gsize i = 0; i < size; i += i < 120 ? 3 : size / 50) { /* the boxes and their heads more closely */
        tried++;
        g_autofree uint8_t *bad = g_memdup2(start, size);
        bad[i] ^= (uint8_t)(1u << (i % 8));
        overwrite(house, &photo, BLOB_PACKED, bad, size);
        g_autoptr(GError) error = NULL;
        if (store_verify(house->store, &photo.digest.id, photo.digest.size_bytes, &error)) {
            forget_rebuilt(house);
            expect_original(house, &photo); /* a bit that nothing depends on */
            continue;
        }
        g_assert_false(err_is(error, ERR_NOT_FOUND));
        refused++;
    }
    g_assert_cmpuint(refused, >, tried / 2);
    const char *const others[] = {"", "no JPEG XL at all", "\xff\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"};
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autoptr(GError) error = NULL;
        int64_t size_bytes;
        overwrite(house, &photo, BLOB_PACKED, others[i], strlen(others[i]));
        forget_rebuilt(house);
        g_assert_cmpint(store_open_blob(house->store, &photo.digest.id, &size_bytes, &error), ==, -1);
        g_assert_false(work(house, MEDIA_UNPACK_JOB, photo.blob_id, NULL));
        expect_forms(house, &photo, false, true); /* nothing is thrown away */
    }
    /* One that claims to be the largest picture there is. */
    g_autofree uint8_t *bomb = g_memdup2(start, size);
    uint8_t *codestream = memmem(bomb, size, "\xff\x0a", 2);
    g_assert_nonnull(codestream);
    memset(codestream + 2, 0xff, 8);
    overwrite(house, &photo, BLOB_PACKED, bomb, size);
    g_autoptr(GError) refusal = NULL;
    g_assert_false(store_verify(house->store, &photo.digest.id, photo.digest.size_bytes, &refusal));
    g_assert_true(err_is(refusal, ERR_CORRUPT));
    /* A JPEG XL that is a picture of its own, and nobody's JPEG. */
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) picture = picture_jxl(&(const struct picture_jxl){.width_px = 64, .height_px = 64});
    overwrite(house, &photo, BLOB_PACKED, g_bytes_get_data(picture, NULL), g_bytes_get_size(picture));
    g_assert_false(store_verify(house->store, &photo.digest.id, photo.digest.size_bytes, &error));
    g_assert_true(err_is(error, ERR_CORRUPT));
    overwrite(house, &photo, BLOB_PACKED, start, size);
    expect_packed(house, &photo);
}

/* ---- what a crash leaves ---- */

static bool forget_packing(struct db_conn *conn, void *data, GError **error)
{
    return blobs_set_plain(conn, *(int64_t *)data, error);
}

/* Both forms, and the catalog knows of the packed one: only the JPEG was still to go. */
static void test_cut_off_before_the_jpeg_went(struct house *house, gconstpointer unused)
{
    struct photo photo = add_usual(house);
    g_autoptr(GBytes) plain = form_bytes(house, &photo, BLOB_PLAIN);
    do_work(house, MEDIA_PACK_JOB, &photo);
    overwrite(house, &photo, BLOB_PLAIN, g_bytes_get_data(plain, NULL), g_bytes_get_size(plain));
    expect_forms(house, &photo, true, true);
    do_work(house, MEDIA_PACK_JOB, &photo);
    expect_packed(house, &photo);
    /* The same, but the packed file was damaged since: it is the JPEG that counts. */
    overwrite(house, &photo, BLOB_PLAIN, g_bytes_get_data(plain, NULL), g_bytes_get_size(plain));
    overwrite(house, &photo, BLOB_PACKED, "damaged", 7);
    expect_original(house, &photo);
    do_work(house, MEDIA_PACK_JOB, &photo);
    expect_packed(house, &photo);
    /* And on the way back. */
    overwrite(house, &photo, BLOB_PLAIN, g_bytes_get_data(plain, NULL), g_bytes_get_size(plain));
    do_work(house, MEDIA_UNPACK_JOB, &photo);
    expect_forms(house, &photo, true, false);
    expect_original(house, &photo);
}

/* A packed file of which the catalog knows nothing. */
static void test_cut_off_before_it_was_written_down(struct house *house, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    struct photo photo = add_usual(house);
    overwrite(house, &photo, BLOB_PACKED, "half a file", 11);
    do_work(house, MEDIA_PACK_JOB, &photo);
    expect_packed(house, &photo);
    /* The catalog was brought back from a copy that is older than the packing. */
    g_assert_true(db_write(house->db, forget_packing, &photo.blob_id, &error));
    expect_original(house, &photo);
    struct blob_packing row = row_of(house, &photo);
    g_assert_true(blob_is_there(house->store, &row.blob));
    do_work(house, MEDIA_PACK_JOB, &photo);
    expect_packed(house, &photo);
    g_assert_true(db_write(house->db, forget_packing, &photo.blob_id, &error));
    do_work(house, MEDIA_UNPACK_JOB, &photo);
    expect_forms(house, &photo, true, false);
    expect_original(house, &photo);
}

/* A damaged JPEG beside a good packed file: unpacking brings the good bytes back. */
static void test_unpacking_heals_a_damaged_jpeg(struct house *house, gconstpointer unused)
{
    struct photo photo = add_usual(house);
    do_work(house, MEDIA_PACK_JOB, &photo);
    overwrite(house, &photo, BLOB_PLAIN, "damaged", 7);
    do_work(house, MEDIA_UNPACK_JOB, &photo);
    expect_forms(house, &photo, true, false);
    expect_original(house, &photo);
}

static void test_deleted_meanwhile(struct house *house, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(work(house, MEDIA_PACK_JOB, 4711, &error));
    g_assert_true(work(house, MEDIA_UNPACK_JOB, 4711, &error));
    struct photo photo = add_usual(house);
    g_autofree char *path = form_path(house, &photo, BLOB_PLAIN);
    g_unlink(path);
    g_assert_true(work(house, MEDIA_PACK_JOB, photo.blob_id, &error)); /* verify tells of it */
    g_assert_cmpint(row_of(house, &photo).blob.pack, ==, BLOB_PACK_NONE);
}

/* ---- browse/ ---- */

static void test_browse_follows(struct house *house, gconstpointer unused)
{
    struct photo photo = add_usual(house);
    struct stat status;
    {
        ASSET_AUTO struct asset asset = {0};
        look(house, photo.asset_id, &asset);
        g_assert_true(g_str_has_suffix(asset.browse_path, "/IMG_1.jpg"));
    }
    do_work(house, MEDIA_PACK_JOB, &photo);
    {
        ASSET_AUTO struct asset asset = {0};
        look(house, photo.asset_id, &asset);
        g_assert_true(g_str_has_suffix(asset.browse_path, "/IMG_1.jpg.jxl"));
        g_autofree char *path = g_build_filename(house->folder, "browse", asset.browse_path, NULL);
        g_assert_cmpint(stat(path, &status), ==, 0);
        g_assert_cmpint(status.st_size, ==, row_of(house, &photo).blob.packed_bytes);
        g_assert_cmpint(status.st_nlink, ==, 2); /* and the JPEG has no name left that would keep its room */
    }
    do_work(house, MEDIA_UNPACK_JOB, &photo);
    ASSET_AUTO struct asset asset = {0};
    look(house, photo.asset_id, &asset);
    g_assert_true(g_str_has_suffix(asset.browse_path, "/IMG_1.jpg"));
}

/* ---- the queue ---- */

static int64_t ask_number(struct house *house, const char *sql)
{
    DB_READ struct db_conn *conn = db_read_begin(house->db, NULL);
    DB_ROWS struct db_rows *rows = db_query_once(conn, NULL, sql, "");
    g_assert_true(db_next(rows, NULL));
    return db_int(rows, 0);
}

static bool add_job(struct db_conn *conn, void *data, GError **error)
{
    return jobs_add(conn, MEDIA_PACK_JOB, *(int64_t *)data, JOBS_REWORK, error);
}

static void test_looks_for_what_may_be_packed(struct house *house, gconstpointer packs)
{
    g_autoptr(GError) error = NULL;
    struct photo photos[] = {add_photo(house, "1.jpg", jpeg(16, 16, TJSAMP_420, 0)),
                             add_photo(house, "2.jpg", jpeg(24, 16, TJSAMP_420, 0))};
    g_assert_true(db_write(house->db, add_job, &photos[0].blob_id, &error)); /* left by an earlier run */
    g_assert_true(media_prepare_jobs(house->media, &error));
    g_assert_cmpint(ask_number(house, "SELECT count(*) FROM jobs WHERE kind = 'pack' AND subject = 0"), ==,
                    packs ? 1 : 0);
    g_assert_true(work(house, MEDIA_PACK_JOB, MEDIA_PACK_LOOK, &error));
    g_assert_no_error(error);
    g_assert_cmpint(ask_number(house, "SELECT count(*) FROM jobs WHERE kind = 'pack' AND subject <> 0"), ==,
                    packs ? 2 : 0);
}

/* ---- real photos ---- */

static GPtrArray *corpus_files(void)
{
    g_autofree char *usual = g_build_filename(SOURCE_ROOT, "..", "shared", "corpus", NULL);
    const char *folder = g_getenv("AMBROTYPE_CORPUS") ? g_getenv("AMBROTYPE_CORPUS") : usual;
    GPtrArray *folders = g_ptr_array_new_with_free_func(g_free), *files = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(folders, g_strdup(folder));
    for (guint i = 0; i < folders->len; i++) {
        const char *at = folders->pdata[i];
        g_autoptr(GDir) dir = g_dir_open(at, 0, NULL);
        for (const char *name; dir && (name = g_dir_read_name(dir));) {
            g_autofree char *path = g_build_filename(at, name, NULL);
            if (g_file_test(path, G_FILE_TEST_IS_DIR))
                g_ptr_array_add(folders, g_steal_pointer(&path));
            else if (g_str_has_suffix(name, ".jpg") || g_str_has_suffix(name, ".jpeg"))
                g_ptr_array_add(files, g_steal_pointer(&path));
        }
    }
    g_ptr_array_unref(folders);
    return files;
}

static void test_real_photos(struct house *house, gconstpointer unused)
{
    g_autoptr(GPtrArray) files = corpus_files();
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    unsigned packed = 0;
    if (files->len == 0) {
        g_test_skip("no corpus of real photos on this machine");
        return;
    }
    for (guint i = 0; i < files->len; i++) {
        char *bytes;
        gsize size;
        g_assert_true(g_file_get_contents(files->pdata[i], &bytes, &size, NULL));
        if (size > 500000) { /* they cost the most, and show nothing new */
            g_free(bytes);
            continue;
        }
        g_autofree char *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA1, (guchar *)bytes, size);
        int64_t key = (int64_t)g_ascii_strtoull(sum + 24, NULL, 16); /* some stand there twice */
        if (!g_hash_table_add(seen, g_memdup2(&key, sizeof key))) {
            g_free(bytes);
            continue;
        }
        g_autofree char *name = g_path_get_basename(files->pdata[i]);
        struct photo photo = add_photo(house, name, append(g_byte_array_new(), bytes, size));
        g_free(bytes);
        do_work(house, MEDIA_PACK_JOB, &photo);
        if (row_of(house, &photo).blob.pack == BLOB_PACK_KEPT) {
            g_autofree char *reason = expect_kept(house, &photo);
            g_test_message("%s stays a JPEG: %s", name, reason);
        } else {
            expect_packed(house, &photo);
            packed++;
        }
    }
    g_assert_cmpuint(packed * 2, >, files->len);
}

static void add(const char *name, void (*test)(struct house *, gconstpointer), gconstpointer packs)
{
    g_test_add(name, struct house, packs, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, ==, 2);
    worker_path = argv[1];
    add("/pack/there-and-back", test_there_and_back, NULL);
    add("/pack/what-stays-as-it-is", test_what_stays_as_it_is, NULL);
    add("/pack/damaged-original", test_a_damaged_original_is_not_packed, NULL);
    add("/pack/no-flipped-bit-gives-a-wrong-byte", test_no_flipped_bit_gives_a_wrong_byte, NULL);
    add("/pack/cut-off-before-the-jpeg-went", test_cut_off_before_the_jpeg_went, NULL);
    add("/pack/cut-off-before-it-was-written-down", test_cut_off_before_it_was_written_down, NULL);
    add("/pack/unpacking-heals", test_unpacking_heals_a_damaged_jpeg, NULL);
    add("/pack/deleted-meanwhile", test_deleted_meanwhile, NULL);
    add("/pack/browse-follows", test_browse_follows, NULL);
    add("/pack/looks-for-more", test_looks_for_what_may_be_packed, "packs");
    add("/pack/looks-for-nothing-when-off", test_looks_for_what_may_be_packed, NULL);
    add("/pack/real-photos", test_real_photos, NULL);
    return g_test_run();
}
