/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The server side of media work with a real database, a real store and the real worker: what becomes of an asset, also
 * when its file is broken or kills the worker. Arguments: the worker program, and the
 * hostile one (src/worker/misbehave.h). */
#include <errno.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/assets.h"
#include "catalog/catalog.h"
#include "catalog/rebuilds.h"
#include "catalog/users.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "media/kinds.h"
#include "media/media.h"
#include "media/name_date.h"
#include "media/test_pictures.h"

static const char *worker_path, *hostile_path;

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

static void open_house(struct house *house, const struct media_config *config)
{
    g_autoptr(GError) error = NULL;
    house->folder = g_dir_make_tmp("ambrotype-media-XXXXXX", NULL);
    house->store = store_open(house->folder, &error);
    g_assert_no_error(error);
    g_autofree char *target = g_strconcat("sqlite:", house->folder, "/ambrotype.db", NULL);
    g_autofree char *copies = g_build_filename(house->folder, "backups", NULL);
    house->db = db_open(target, &error);
    g_assert_no_error(error);
    g_assert_true(catalog_migrate(house->db, copies, &error));
    g_assert_true(db_write(house->db, create_owner, house, &error));
    house->media = media_start(house->db, house->store, worker_path, config, &error);
    g_assert_no_error(error);
}

static void close_house(struct house *house)
{
    media_stop(house->media);
    db_close(house->db);
    store_close(house->store);
    const char *command[] = {"rm", "-rf", house->folder, NULL};
    g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free(house->folder);
}
#define HOUSE_AUTO __attribute__((cleanup(close_house)))

/* ---- assets ---- */

struct insertion {
    struct asset_new asset;
    struct asset_made made;
};

static bool insert(struct db_conn *conn, void *data, GError **error)
{
    struct insertion *insertion = data;
    return asset_insert(conn, &insertion->asset, &insertion->made, error);
}

/* 2020-02-03 04:05:06 UTC is what the client says. */
#define CLIENT_US (INT64_C(1580702706) * G_USEC_PER_SEC)

static int64_t add(struct house *house, const char *name, enum asset_type type, GBytes *bytes)
{
    g_autoptr(GError) error = NULL;
    gsize size;
    const void *start = g_bytes_get_data(bytes, &size);
    struct stage *stage = stage_begin(house->store, false, &error);
    g_assert_no_error(error);
    bool is_new;
    struct insertion insertion = {.asset = {.owner_id = house->owner_id,
                                            .file_name = name,
                                            .type = type,
                                            .taken_us = CLIENT_US,
                                            .modified_us = CLIENT_US}};
    g_assert_true(stage_write(stage, start, size, &error));
    g_assert_true(stage_commit(stage, &insertion.asset.digest, &is_new, &error));
    g_assert_true(db_write(house->db, insert, &insertion, &error));
    g_assert_no_error(error);
    g_bytes_unref(bytes);
    return insertion.made.id;
}

static void look(struct house *house, int64_t id, struct asset *ret_asset)
{
    g_autoptr(GError) error = NULL;
    DB_READ struct db_conn *conn = db_read_begin(house->db, &error);
    g_assert_true(asset_find_id(conn, id, ret_asset, &error));
}

static bool work_as(struct house *house, const char *name, int64_t id, GError **error)
{
    size_t n_kinds;
    const struct jobs_kind *kinds = media_jobs_kinds(house->media, &n_kinds);
    for (size_t i = 0; i < n_kinds; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return kinds[i].run(id, kinds[i].data, error);
    g_assert_not_reached();
}

/* A video is handed on to the job that looks at videos. */
static bool work(struct house *house, int64_t id, GError **error)
{
    if (!work_as(house, MEDIA_JOB, id, error))
        return false;
    ASSET_AUTO struct asset asset = {0};
    DB_READ struct db_conn *conn = db_read_begin(house->db, NULL);
    bool is_there = asset_find_id(conn, id, &asset, NULL);
    return !is_there || asset.type != ASSET_VIDEO || work_as(house, "video", id, error);
}

static bool has_derivative(struct house *house, const struct asset *asset, enum media_derivative which)
{
    int64_t size = 0;
    const char *type = NULL;
    g_autofree char *etag = NULL;
    int fd = media_derivative_open(house->store, &asset->digest.id, which, &size, &type, &etag, NULL);
    if (fd < 0)
        return false;
    g_assert_cmpint(size, >, 0);
    g_assert_cmpstr(type, ==, which == MEDIA_THUMBNAIL ? "image/webp" : "image/jpeg");
    g_assert_true(g_str_has_prefix(etag, "\"") && g_str_has_suffix(etag, "\""));
    close(fd);
    return true;
}

static void expect_browse(struct house *house, const struct asset *asset, const char *path)
{
    g_assert_cmpstr(asset->browse_path, ==, path);
    g_autofree char *file = g_build_filename(house->folder, "browse", path, NULL);
    g_assert_true(g_file_test(file, G_FILE_TEST_IS_REGULAR));
}

static GBytes *text_bytes(const char *text)
{
    return g_bytes_new(text, strlen(text));
}

/* ---- tests ---- */

static void test_photo(void)
{
    HOUSE_AUTO struct house house = {0};
    open_house(&house, &(const struct media_config){.workers = 1});
    g_autoptr(GError) error = NULL;
    int64_t id = add(&house, "IMG_20240813_123456.jpg", ASSET_IMAGE, picture_jpeg(600, 400, 6));
    g_assert_true(work(&house, id, &error));
    g_assert_no_error(error);
    ASSET_AUTO struct asset asset = {0};
    look(&house, id, &asset);
    g_assert_cmpint(asset.media_state, ==, MEDIA_READY);
    g_assert_cmpint(asset.width_px, ==, 400);
    g_assert_cmpint(asset.height_px, ==, 600);
    g_assert_cmpint(asset.exif.orientation, ==, 6);
    g_assert_cmpint(asset.thumbhash_size, >, 5);
    g_assert_cmpstr(asset.date_source, ==, "file-name");
    g_assert_true(has_derivative(&house, &asset, MEDIA_THUMBNAIL) && has_derivative(&house, &asset, MEDIA_PREVIEW));
    expect_browse(&house, &asset, "ada@example.org/2024/2024-08/IMG_20240813_123456.jpg");

    /* Again: nothing changes, no second link. */
    g_assert_true(work(&house, id, &error));
    ASSET_AUTO struct asset again = {0};
    look(&house, id, &again);
    g_assert_cmpstr(again.browse_path, ==, asset.browse_path);

    /* Two photos of one name in one month. */
    int64_t other = add(&house, "IMG_20240813_123456.jpg", ASSET_IMAGE, picture_jpeg(300, 300, 0));
    g_assert_true(work(&house, other, &error));
    ASSET_AUTO struct asset second = {0};
    look(&house, other, &second);
    expect_browse(&house, &second, "ada@example.org/2024/2024-08/IMG_20240813_123456 (2).jpg");
}

static void test_broken_files_are_kept_and_say_why(void)
{
    HOUSE_AUTO struct house house = {0};
    open_house(&house, &(const struct media_config){.workers = 1});
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) whole = picture_jpeg(1600, 1200, 0);
    int64_t words = add(&house, "notes.jpg", ASSET_IMAGE, text_bytes("Dear diary"));
    int64_t cut = add(&house, "cut.jpg", ASSET_IMAGE, g_bytes_new_from_bytes(whole, 0, g_bytes_get_size(whole) / 2));
    int64_t video = add(&house, "VID-20240102-WA0003.mp4", ASSET_VIDEO, text_bytes("....ftypisom"));
    int64_t ids[] = {words, cut, video};
    struct asset assets[3] = {0};
    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        g_assert_true(work(&house, ids[i], &error));
        g_assert_no_error(error);
        look(&house, ids[i], &assets[i]);
        g_assert_cmpint(assets[i].media_state, ==, MEDIA_FAILED);
        g_assert_nonnull(assets[i].media_reason);
        g_assert_true(has_derivative(&house, &assets[i], MEDIA_PREVIEW) == (ids[i] == cut));
    }
    g_assert_nonnull(strstr(assets[0].media_reason, "no picture"));
    g_assert_nonnull(strstr(assets[1].media_reason, "ends early"));
    expect_browse(&house, &assets[0], "ada@example.org/2020/2020-02/notes.jpg");
    expect_browse(&house, &assets[2], "ada@example.org/2024/2024-01/VID-20240102-WA0003.mp4");
    for (size_t i = 0; i < G_N_ELEMENTS(assets); i++)
        asset_clear(&assets[i]);
}

static void test_content_wins_over_the_name(void)
{
    HOUSE_AUTO struct house house = {0};
    open_house(&house, &(const struct media_config){.workers = 1});
    g_autoptr(GError) error = NULL;
    int64_t photo = add(&house, "photo.mp4", ASSET_VIDEO, picture_jpeg(600, 400, 0));
    /* An MP4 without anything in it. */
    int64_t video = add(&house, "video.jpg", ASSET_IMAGE,
                        g_bytes_new("\0\0\0\x14"
                                    "ftypisom\0\0\2\0isom\0\0\0\x08moov",
                                    28));
    struct asset assets[2] = {{0}, {0}};
    g_assert_true(work(&house, photo, &error));
    look(&house, photo, &assets[0]);
    g_assert_cmpint(assets[0].type, ==, ASSET_IMAGE);
    g_assert_cmpint(assets[0].media_state, ==, MEDIA_READY);
    g_assert_cmpstr(assets[0].mime_type, ==, "image/jpeg");
    g_assert_true(has_derivative(&house, &assets[0], MEDIA_PREVIEW));
    g_assert_true(work(&house, video, &error));
    look(&house, video, &assets[1]);
    g_assert_cmpint(assets[1].type, ==, ASSET_VIDEO);
    g_assert_cmpint(assets[1].media_state, ==, MEDIA_FAILED);
    g_assert_cmpstr(assets[1].mime_type, ==, "video/mp4");
    g_assert_nonnull(strstr(assets[1].media_reason, "damaged or incomplete"));
    asset_clear(&assets[0]);
    asset_clear(&assets[1]);
}

static void test_remake_after_derived_is_deleted(void)
{
    HOUSE_AUTO struct house house = {0};
    open_house(&house, &(const struct media_config){.workers = 1});
    g_autoptr(GError) error = NULL;
    int64_t id = add(&house, "a.jpg", ASSET_IMAGE, picture_jpeg(60, 40, 0));
    g_assert_true(work(&house, id, &error));
    ASSET_AUTO struct asset asset = {0};
    look(&house, id, &asset);
    g_assert_true(media_derivative_remove(house.store, &asset.digest.id, &error));
    g_assert_false(has_derivative(&house, &asset, MEDIA_THUMBNAIL));
    g_assert_true(media_remake(house.db, house.store, id, &error));
    struct jobs_counts counts;
    DB_READ struct db_conn *conn = db_read_begin(house.db, &error);
    g_assert_true(jobs_count(conn, MEDIA_JOB, &counts, &error));
    g_assert_cmpint(counts.waiting, ==, 1);
    g_assert_true(work(&house, id, &error));
    g_assert_true(has_derivative(&house, &asset, MEDIA_THUMBNAIL));
    g_assert_true(work(&house, 987654, &error)); /* an asset that is gone needs nothing */
    g_assert_no_error(error);
}

static int64_t waiting_jobs(struct house *house)
{
    g_autoptr(GError) error = NULL;
    struct jobs_counts counts;
    DB_READ struct db_conn *conn = db_read_begin(house->db, &error);
    g_assert_true(jobs_count(conn, MEDIA_JOB, &counts, &error));
    return counts.waiting;
}

static void test_remake_of_damaged_but_not_of_pictureless(void)
{
    HOUSE_AUTO struct house house = {0};
    open_house(&house, &(const struct media_config){.workers = 1});
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) whole = picture_jpeg(600, 400, 0);
    int64_t words = add(&house, "words.jpg", ASSET_IMAGE, g_bytes_new_static("Dear diary", 10));
    int64_t cut = add(&house, "cut.jpg", ASSET_IMAGE, g_bytes_new_from_bytes(whole, 0, g_bytes_get_size(whole) / 2));
    g_assert_true(media_remake(house.db, house.store, cut, &error)); /* its own job has not run yet */
    g_assert_cmpint(waiting_jobs(&house), ==, 0);
    g_assert_true(work(&house, words, &error));
    g_assert_true(work(&house, cut, &error));
    ASSET_AUTO struct asset asset = {0};
    look(&house, cut, &asset);
    g_assert_cmpint(asset.media_state, ==, MEDIA_FAILED);
    g_assert_true(media_derivative_remove(house.store, &asset.digest.id, &error));
    g_assert_true(media_remake(house.db, house.store, words, &error));
    g_assert_true(media_remake(house.db, house.store, 987654, &error));
    g_assert_cmpint(waiting_jobs(&house), ==, 0);
    g_assert_true(media_remake(house.db, house.store, cut, &error));
    g_assert_cmpint(waiting_jobs(&house), ==, 1);
    g_assert_true(work(&house, cut, &error));
    g_assert_true(has_derivative(&house, &asset, MEDIA_PREVIEW));
    g_assert_no_error(error);
}

static bool request(struct db_conn *conn, void *data, GError **error)
{
    return media_request(conn, *(int64_t *)data, error);
}

static int64_t priority_of(struct house *house, int64_t id)
{
    enum jobs_state state;
    int64_t priority = 0;
    DB_READ struct db_conn *conn = db_read_begin(house->db, NULL);
    g_assert_true(jobs_look(conn, MEDIA_JOB, id, &state, &priority, NULL));
    g_assert_cmpint(state, ==, JOBS_WAITING);
    return priority;
}

static void test_what_is_looked_at_comes_first(void)
{
    HOUSE_AUTO struct house house = {0};
    open_house(&house, &(const struct media_config){.workers = 1});
    int64_t id = add(&house, "a.jpg", ASSET_IMAGE, picture_jpeg(60, 40, 0));
    g_assert_true(db_write(house.db, request, &id, NULL));
    g_assert_cmpint(priority_of(&house, id), ==, JOBS_UPLOAD);
    g_assert_true(media_remake(house.db, house.store, id, NULL));
    g_assert_cmpint(priority_of(&house, id), ==, JOBS_LOOKED_AT);
}

static bool trash(struct db_conn *conn, void *data, GError **error)
{
    const struct asset *asset = data;
    return asset_trash(conn, asset->owner_id, &asset->uuid, error);
}

/* Has the rebuild put all that it finds into the queue; answers in how many pieces. */
static unsigned run_rebuild(struct house *house)
{
    size_t n_kinds;
    const struct jobs_kind *kinds = media_jobs_kinds(house->media, &n_kinds);
    const struct jobs_kind *kind = kinds;
    while (!g_str_equal(kind->name, MEDIA_REBUILD_JOB))
        kind++;
    unsigned pieces = 0;
    for (struct rebuild rebuild; pieces < 10; pieces++) {
        bool found = false;
        {
            DB_READ struct db_conn *conn = db_read_begin(house->db, NULL);
            g_assert_true(rebuild_find(conn, house->owner_id, &rebuild, &found, NULL));
        }
        if (!found)
            break;
        g_assert_true(kind->run(house->owner_id, kind->data, NULL));
    }
    return pieces;
}

static void test_rebuild_makes_what_is_missing(void)
{
    HOUSE_AUTO struct house house = {0};
    open_house(&house, &(const struct media_config){.workers = 1});
    int64_t ids[3];
    bool lost = true;
    for (unsigned i = 0; i < 3; i++) {
        ids[i] = add(&house, "a.jpg", ASSET_IMAGE, picture_jpeg(60 + i, 40, 0));
        g_assert_true(work(&house, ids[i], NULL));
    }
    int64_t words = add(&house, "words.jpg", ASSET_IMAGE, g_bytes_new_static("Dear diary", 10));
    g_assert_true(work(&house, words, NULL));
    ASSET_AUTO struct asset first = {0}, last = {0};
    look(&house, ids[0], &first);
    look(&house, ids[2], &last);
    g_assert_true(db_write(house.db, trash, &first, NULL));
    g_assert_true(media_look_for_loss(house.db, house.store, &lost, NULL));
    g_assert_false(lost);

    /* One is missing: it alone is made. */
    g_assert_true(media_derivative_remove(house.store, &last.digest.id, NULL));
    g_assert_true(media_rebuild(house.db, false, NULL));
    g_assert_cmpuint(run_rebuild(&house), ==, 2); /* what is shown, then the trash */
    g_assert_cmpint(waiting_jobs(&house), ==, 1);
    g_assert_true(work(&house, ids[2], NULL));
    g_assert_true(has_derivative(&house, &last, MEDIA_THUMBNAIL));

    /* All of them, and the folder itself, under the running server. */
    g_autofree char *derived = g_build_filename(house.folder, "derived", NULL);
    const char *command[] = {"rm", "-rf", derived, NULL};
    g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_assert_true(media_remake(house.db, house.store, ids[1], NULL)); /* notices that more is gone */
    g_assert_cmpuint(run_rebuild(&house), ==, 2);
    g_assert_cmpint(waiting_jobs(&house), ==, 3); /* but not the words, which never had a picture */
    for (unsigned i = 0; i < 3; i++)
        g_assert_true(work(&house, ids[i], NULL));
    g_assert_true(has_derivative(&house, &first, MEDIA_PREVIEW));
    g_assert_true(has_derivative(&house, &last, MEDIA_PREVIEW));
    g_assert_true(media_rebuild(house.db, true, NULL));
    g_assert_true(media_rebuild_call_off(house.db, NULL));
    g_assert_cmpuint(run_rebuild(&house), ==, 0);
    g_assert_true(media_rebuild(house.db, true, NULL));
    g_assert_cmpuint(run_rebuild(&house), ==, 2);
    g_assert_cmpint(waiting_jobs(&house), ==, 4);
}

static bool fail_job(struct db_conn *conn, void *data, GError **error)
{
    return jobs_add(conn, MEDIA_JOB, *(int64_t *)data, JOBS_REWORK, error) &&
           db_exec(conn, error, "UPDATE jobs SET state = 'failed', error = 'It crashed.'", "");
}

static void test_no_remake_after_final_failure(void)
{
    HOUSE_AUTO struct house house = {0};
    open_house(&house, &(const struct media_config){.workers = 1});
    g_autoptr(GError) error = NULL;
    int64_t id = add(&house, "a.jpg", ASSET_IMAGE, picture_jpeg(60, 40, 0));
    g_assert_true(work(&house, id, &error));
    g_assert_true(db_write(house.db, fail_job, &id, &error));
    g_assert_true(media_remake(house.db, house.store, id, &error));
    g_assert_cmpint(waiting_jobs(&house), ==, 0);
    g_assert_no_error(error);
}

static void test_torn_derivative_counts_as_missing(void)
{
    HOUSE_AUTO struct house house = {0};
    open_house(&house, &(const struct media_config){.workers = 1});
    g_autoptr(GError) error = NULL;
    int64_t id = add(&house, "a.jpg", ASSET_IMAGE, picture_jpeg(60, 40, 0));
    g_assert_true(work(&house, id, &error));
    ASSET_AUTO struct asset asset = {0};
    look(&house, id, &asset);
    g_autofree char *hex = hex_encode(asset.digest.id.sha256, SHA256_SIZE);
    g_autofree char *path = g_strdup_printf("%s/derived/%.2s/%.2s/%s.preview.jpg", house.folder, hex, hex + 2, hex);
    g_assert_cmpint(truncate(path, 0), ==, 0);
    g_assert_false(has_derivative(&house, &asset, MEDIA_PREVIEW));
}

static void test_confinement_is_told(void)
{
    HOUSE_AUTO struct house house = {0};
    open_house(&house, &(const struct media_config){.workers = 1});
    g_autoptr(GError) error = NULL;
    g_autofree char *text = media_confinement(house.media, &error);
    g_assert_no_error(error);
    g_test_message("%s", text);
    g_assert_nonnull(strstr(text, "no new privileges"));
}

/* What people read of a kind, and the queue of the API that it goes under. */
static void test_every_kind_has_its_words(void)
{
    HOUSE_AUTO struct house house = {0};
    open_house(&house, &(const struct media_config){.workers = 1});
    size_t n_kinds;
    const struct jobs_kind *kinds = media_jobs_kinds(house.media, &n_kinds);
    for (size_t i = 0; i < n_kinds; i++) {
        const struct media_kind *found = media_kind_find(kinds[i].name);
        g_assert_cmpstr(found->name, ==, kinds[i].name);
        g_assert_true(g_strv_contains(media_queues, found->queue));
    }
}

static void test_missing_worker(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(media_start(NULL, NULL, "/nowhere/ambrotype-media", &(struct media_config){0}, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_NOT_FOUND);
}

/* The worker dies on one file; the server tells why, and the next file is worked on. */
static void test_worker_death_fails_one_job(void)
{
    static const struct {
        const char *name;
        enum err_kind kind;
        unsigned limit_s; /* so long that a busy machine cannot fail the good photo by it */
    } deaths[] = {
        {"misbehave:crash", ERR_LIMIT, 120},
        /* as of one without memory: the heavy worker was asked, and died too */
        {"misbehave:garbage", ERR_WORKER_DIED, 120},
        {"misbehave:memory", ERR_LIMIT, 120},
        {"misbehave:escape-0", ERR_WORKER_DIED, 120},
        {"misbehave:hang", ERR_TIMEOUT, 6},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(deaths); i++) {
        const char *usual = worker_path;
        worker_path = hostile_path;
        HOUSE_AUTO struct house house = {0};
        open_house(&house,
                   &(const struct media_config){
                       .workers = 1, .time_limit_s = deaths[i].limit_s, .memory_mb = 256, .heavy_memory_mb = 300});
        worker_path = usual;
        g_autofree char *confinement = media_confinement(house.media, NULL);
        /* A sanitizer build has neither a memory limit nor a filter. */
        bool is_relaxed = strstr(confinement, "relaxed") != NULL;
        if (is_relaxed &&
            (strcmp(deaths[i].name, "misbehave:memory") == 0 || strcmp(deaths[i].name, "misbehave:escape-0") == 0))
            continue;
        g_autoptr(GError) error = NULL, none = NULL;
        g_autofree char *content = g_strdup_printf("bad %zu", i);
        int64_t bad = add(&house, deaths[i].name, ASSET_IMAGE, text_bytes(content));
        int64_t good = add(&house, "good.jpg", ASSET_IMAGE, picture_jpeg(50 + (unsigned)i, 40, 0));
        g_assert_false(work(&house, bad, &error));
        g_assert_error(error, ERR_DOMAIN, (int)deaths[i].kind);
        g_test_message("%s: %s", deaths[i].name, error->message);
        size_t n_kinds;
        struct jobs_kind kind = media_jobs_kinds(house.media, &n_kinds)[0];
        kind.give_up(bad, error, kind.data);
        ASSET_AUTO struct asset asset = {0};
        look(&house, bad, &asset);
        g_assert_cmpint(asset.media_state, ==, MEDIA_FAILED);
        g_assert_cmpstr(asset.media_reason, ==, error->message);
        g_assert_nonnull(asset.browse_path);
        g_assert_true(work(&house, good, &none));
        g_assert_no_error(none);
        media_stop(g_steal_pointer(&house.media));
        g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
        g_assert_cmpint(errno, ==, ECHILD);
    }
}

/* ---- memory ---- */

static void try_large(unsigned heavy_mb, struct asset *ret_asset)
{
    HOUSE_AUTO struct house house = {0};
    g_autoptr(GError) error = NULL;
    open_house(&house, &(const struct media_config){.workers = 1, .memory_mb = 112, .heavy_memory_mb = heavy_mb});
    int64_t id = add(&house, "large.gif", ASSET_IMAGE, picture_gif(5000, 4000));
    g_assert_true(work(&house, id, &error));
    g_assert_no_error(error);
    look(&house, id, ret_asset);
    g_assert_cmpint(has_derivative(&house, ret_asset, MEDIA_PREVIEW), ==, ret_asset->media_state == MEDIA_READY);
}

static bool is_sanitized(void)
{
    HOUSE_AUTO struct house house = {0};
    open_house(&house, &(const struct media_config){.workers = 1});
    g_autofree char *confinement = media_confinement(house.media, NULL);
    return strstr(confinement, "relaxed") != NULL;
}

static void test_large_photo_goes_to_the_heavy_worker(void)
{
    ASSET_AUTO struct asset done = {0}, too_large = {0};
    try_large(1024, &done);
    g_assert_cmpint(done.media_state, ==, MEDIA_READY);
    if (is_sanitized()) {
        g_test_skip("a sanitizer build has no memory limit");
        return;
    }
    try_large(113, &too_large);
    g_assert_cmpint(too_large.media_state, ==, MEDIA_FAILED);
    g_test_message("%s", too_large.media_reason);
    g_assert_nonnull(strstr(too_large.media_reason, "The limit is 113 MB (heavy-memory-mb)."));
}

/* ---- names ---- */

static void test_name_dates(void)
{
    static const struct {
        const char *name, *time; /* NULL: none */
        bool has_time, is_utc;
    } rows[] = {
        {"IMG_20240813_123456.jpg", "2024-08-13T12:34:56.000Z", true, false},
        {"IMG20240813123456.jpg", "2024-08-13T12:34:56.000Z", true, false},
        {"PXL_20240813_123456789.jpg", "2024-08-13T12:34:56.000Z", true, true},
        {"PXL_20240813_123456789.PORTRAIT.jpg", "2024-08-13T12:34:56.000Z", true, true},
        {"20240813_123456.heic", "2024-08-13T12:34:56.000Z", true, false},
        {"Screenshot_20240813-123456.png", "2024-08-13T12:34:56.000Z", true, false},
        {"Screenshot_2024-08-13-12-34-56-789_com.app.jpg", "2024-08-13T12:34:56.000Z", true, false},
        {"2024-08-13 12.34.56.jpg", "2024-08-13T12:34:56.000Z", true, false},
        {"2024-08-13 12.34.56-1.jpg", "2024-08-13T12:34:56.000Z", true, false},
        {"signal-2024-08-13-12-34-56-789.jpg", "2024-08-13T12:34:56.000Z", true, false},
        {"WhatsApp Image 2024-08-13 at 12.34.56.jpeg", "2024-08-13T12:34:56.000Z", true, false},
        {"VID-20240813-WA0001.mp4", "2024-08-13T12:00:00.000Z", false, false},
        {"IMG-20240813-WA0012.jpg", "2024-08-13T12:00:00.000Z", false, false},
        {"photo_2024-08-13.jpg", "2024-08-13T12:00:00.000Z", false, false},
        {"MVIMG_20240813_123456.jpg", "2024-08-13T12:34:56.000Z", true, false},
        {"PANO_20240813_123456.vr.jpg", "2024-08-13T12:34:56.000Z", true, false},
        {"Screenshot_20240813_123456_WhatsApp.jpg", "2024-08-13T12:34:56.000Z", true, false},
        {"Screen Shot 2024-08-13 at 12.34.56 PM.png", "2024-08-13T12:34:56.000Z", true, false},
        {"Screen Shot 2024-08-13 at 12.34.56 AM.png", "2024-08-13T00:34:56.000Z", true, false},
        {"Screenshot 2024-08-13 at 9.34.56\xe2\x80\xafPM.png", "2024-08-13T21:34:56.000Z", true, false},
        {"Bildschirmfoto 2024-08-13 um 09.34.56.png", "2024-08-13T09:34:56.000Z", true, false},
        {"Screenshot 2024-08-13 123456.png", "2024-08-13T12:34:56.000Z", true, false},
        {"WhatsApp Video 2024-08-13 at 12.34.56.mp4", "2024-08-13T12:34:56.000Z", true, false},
        {"photo_2024-08-13_12-34-56.jpg", "2024-08-13T12:34:56.000Z", true, false},
        {"WP_20240813_12_34_56_Pro.jpg", "2024-08-13T12:34:56.000Z", true, false},
        {"WP_20240813_001.jpg", "2024-08-13T12:00:00.000Z", false, false},
        {"00001IMG_00001_BURST20240813123456789_COVER.jpg", "2024-08-13T12:34:56.000Z", true, false},
        {"IMG_20240813_123456_BURST002.jpg", "2024-08-13T12:34:56.000Z", true, false},
        {"DJI_20240813123456_0001_D.JPG", "2024-08-13T12:34:56.000Z", true, false},
        {"2024_0813_123456_001.MP4", "2024-08-13T12:34:56.000Z", true, false},
        {"FB_IMG_1723552496789.jpg", "2024-08-13T12:34:56.789Z", true, true},
        {"mmexport1723552496789.jpg", "2024-08-13T12:34:56.789Z", true, true},
        {"1723552496789.jpg", "2024-08-13T12:34:56.789Z", true, true},
        {"received_1723552496789.jpeg", NULL, false, false}, /* a number of Facebook's */
        {"FB_IMG_17235524967891.jpg", NULL, false, false},
        {"4723552496789.jpg", NULL, false, false},
        {"IMG_1234.jpg", NULL, false, false},
        {"IMG_20241513_123456.jpg", NULL, false, false},
        {"IMG_20240813_996156.jpg", "2024-08-13T12:00:00.000Z", false, false},
        {"12345678901234567890.jpg", NULL, false, false},
        {"DSC00001.JPG", NULL, false, false},
        {"", NULL, false, false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        int64_t us = 0;
        bool has_time = false, is_utc = false;
        bool found = name_date(rows[i].name, &us, &has_time, &is_utc);
        char text[ISO_TEXT_SIZE];
        if (found != (rows[i].time != NULL) || (found && strcmp(iso_format(us, text), rows[i].time) != 0) ||
            has_time != rows[i].has_time || is_utc != rows[i].is_utc)
            g_error("%s: found %d, %s, time %d, utc %d", rows[i].name, found, iso_format(us, text), has_time, is_utc);
    }
}

static void test_name_bursts(void)
{
    static const struct {
        const char *name, *burst;
    } rows[] = {
        {"00001IMG_00001_BURST20170801123456789_COVER.jpg", "20170801123456789"},
        {"IMG_20170801_123456_BURST002.jpg", "IMG_20170801_123456"},
        {"IMG_20170801_123456_BURST001_COVER.jpg", "IMG_20170801_123456"},
        {"20240813_123456_001.jpg", "20240813_123456"},
        {"20240813_123456.jpg", NULL},
        {"20240813_123456_01.jpg", NULL},
        {"MY_BURST_PHOTO.jpg", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *burst = name_burst(rows[i].name);
        g_assert_cmpstr(burst, ==, rows[i].burst);
    }
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C");
    signal(SIGPIPE, SIG_IGN);
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, >=, 3);
    worker_path = argv[1];
    hostile_path = argv[2];
    g_test_add_func("/media/name-dates", test_name_dates);
    g_test_add_func("/media/name-bursts", test_name_bursts);
    g_test_add_func("/media/every-kind-has-its-words", test_every_kind_has_its_words);
    g_test_add_func("/media/missing-worker", test_missing_worker);
    g_test_add_func("/media/confinement-is-told", test_confinement_is_told);
    g_test_add_func("/media/photo", test_photo);
    g_test_add_func("/media/large-photo-goes-to-the-heavy-worker", test_large_photo_goes_to_the_heavy_worker);
    g_test_add_func("/media/broken-files-are-kept-and-say-why", test_broken_files_are_kept_and_say_why);
    g_test_add_func("/media/content-wins-over-the-name", test_content_wins_over_the_name);
    g_test_add_func("/media/remake-after-derived-is-deleted", test_remake_after_derived_is_deleted);
    g_test_add_func("/media/remake-of-damaged-but-not-of-pictureless", test_remake_of_damaged_but_not_of_pictureless);
    g_test_add_func("/media/what-is-looked-at-comes-first", test_what_is_looked_at_comes_first);
    g_test_add_func("/media/rebuild-makes-what-is-missing", test_rebuild_makes_what_is_missing);
    g_test_add_func("/media/no-remake-after-final-failure", test_no_remake_after_final_failure);
    g_test_add_func("/media/torn-derivative-counts-as-missing", test_torn_derivative_counts_as_missing);
    g_test_add_func("/media/worker-death-fails-one-job", test_worker_death_fails_one_job);
    return g_test_run();
}
