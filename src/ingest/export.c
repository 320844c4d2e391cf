/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/export.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "base/text.h"
#include "catalog/assets.h"
#include "catalog/users.h"
#include "db/db.h"
#include "store/store.h"

enum {
    PAGE_ASSETS = 100,
    NAME_MAX_BYTES = 240, /* leaves room for " (2)" and ".xmp" in a name of 255 */
    BLOCK_BYTES = 1 << 20,
    MAX_SAME_NAME = 10000,
};

/* What export needs of one asset, kept while its page's snapshot is closed. */
struct item {
    int64_t id, owner_id;
    struct blob_id blob;
    int64_t size_bytes;
    bool has_sidecar;
    struct blob_id sidecar;
    char *name;
    bool is_trashed;
    int64_t taken_us, local_us;
};

struct run {
    struct db *db;
    struct store *store;
    const struct export_options *options;
    int target_fd;
    GHashTable *folders; /* owner id -> name of the folder */
    GArray *page;        /* struct item */
    char *block;         /* BLOCK_BYTES */
    struct export_report report;
    int64_t done_assets, done_bytes;
};

static void item_clear(void *data)
{
    g_free(((struct item *)data)->name);
}

/* ---- one file ---- */

/* Copies @from to @to from the beginning and compares the hash on the way. A clone shares the blocks where the file
 * system can do that; it is read all the same. */
static bool copy_checked(struct run *run, int from, int to, const struct blob_id *id, GError **error)
{
    bool is_cloned = ioctl(to, FICLONE, from) == 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
        g_error("OpenSSL cannot make a hash context");
    ssize_t got;
    int64_t at = 0;
    bool ok = true;
    while (ok && (got = io_pread_full(from, run->block, BLOCK_BYTES, at, error)) != 0) {
        ok = got > 0 && EVP_DigestUpdate(context, run->block, (size_t)got) == 1 &&
             (is_cloned || io_write_all(to, run->block, (size_t)got, error));
        at += got;
    }
    struct blob_id found;
    ok = ok && EVP_DigestFinal_ex(context, found.sha256, NULL) == 1;
    EVP_MD_CTX_free(context);
    if (ok && memcmp(&found, id, sizeof found) != 0)
        return err_set(error, ERR_CORRUPT, "The stored file is damaged: its bytes have changed.");
    return ok;
}

static bool set_times(int fd, int64_t us)
{
    int64_t seconds = us / G_USEC_PER_SEC - (us % G_USEC_PER_SEC < 0);
    struct timespec time = {.tv_sec = seconds, .tv_nsec = (us - seconds * G_USEC_PER_SEC) * 1000};
    struct timespec both[2] = {time, time};
    return futimens(fd, both) == 0;
}

/* Is file @name of @dir_fd there with exactly the bytes of @id? */
static bool is_same(struct run *run, int dir_fd, const char *name, const struct blob_id *id, int64_t size_bytes)
{
    AUTO_FD int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size != size_bytes)
        return false;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
        g_error("OpenSSL cannot make a hash context");
    ssize_t got;
    int64_t at = 0;
    while ((got = io_pread_full(fd, run->block, BLOCK_BYTES, at, NULL)) > 0) {
        EVP_DigestUpdate(context, run->block, (size_t)got);
        at += got;
    }
    struct blob_id found;
    bool same =
        got == 0 && EVP_DigestFinal_ex(context, found.sha256, NULL) == 1 && memcmp(&found, id, sizeof found) == 0;
    EVP_MD_CTX_free(context);
    return same;
}

static bool is_taken(int dir_fd, const char *name)
{
    struct stat status;
    return fstatat(dir_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static char *numbered(const char *name, unsigned n)
{
    const char *dot = strrchr(name, '.');
    size_t stem = dot && dot != name ? (size_t)(dot - name) : strlen(name);
    return g_strdup_printf("%.*s (%u)%s", (int)stem, name, n, name + stem);
}

/* The free name for the blob in @dir_fd, beginning with @name; @ret_present: it is there already under that one. */
static char *find_name(struct run *run, int dir_fd, const char *name, const struct blob_id *id, int64_t size_bytes,
                       bool *ret_present, GError **error)
{
    g_autofree char *candidate = g_strdup(name);
    for (unsigned n = 2; n < MAX_SAME_NAME; n++) {
        *ret_present = is_same(run, dir_fd, candidate, id, size_bytes);
        if (*ret_present || !is_taken(dir_fd, candidate))
            return g_steal_pointer(&candidate);
        g_free(candidate);
        candidate = numbered(name, n);
    }
    err_set(error, ERR_LIMIT, "Too many files have the same name.");
    return NULL;
}

/* Gives the finished file its name, which was free a moment ago. Some file systems cannot promise not to replace. */
static bool give_name(int dir_fd, const char *temporary, const char *name, GError **error)
{
    if (renameat2(dir_fd, temporary, dir_fd, name, RENAME_NOREPLACE) == 0)
        return true;
    if (errno == EINVAL && renameat(dir_fd, temporary, dir_fd, name) == 0)
        return true;
    return err_set_errno(error, errno, name, "An exported file could not take its name.");
}

static bool write_file(struct run *run, int dir_fd, const char *name, int from, const struct blob_id *id,
                       int64_t taken_us, GError **error)
{
    struct uuid random = uuid_v4();
    char text[UUID_TEXT_SIZE];
    g_autofree char *temporary = g_strdup_printf(".ambrotype-%s.part", uuid_format(&random, text));
    AUTO_FD int to = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (to < 0)
        return err_set_errno(error, errno, name, "A file could not be made in the export folder.");
    bool ok = copy_checked(run, from, to, id, error);
    if (ok && !set_times(to, taken_us))
        ok = err_set_errno(error, errno, name, "The date of an exported file could not be set.");
    ok = ok && give_name(dir_fd, temporary, name, error);
    if (!ok)
        unlinkat(dir_fd, temporary, 0);
    return ok;
}

/* Writes blob @id as @name or the next free name; @ret_name the one it has. */
static bool export_blob(struct run *run, int dir_fd, const char *name, const struct blob_id *id, int64_t taken_us,
                        char **ret_name, GError **error)
{
    int64_t size_bytes;
    AUTO_FD int from = store_open_blob(run->store, id, &size_bytes, error);
    if (from < 0)
        return false;
    bool is_present = false;
    g_autofree char *free_name = find_name(run, dir_fd, name, id, size_bytes, &is_present, error);
    if (!free_name || (!is_present && !write_file(run, dir_fd, free_name, from, id, taken_us, error)))
        return false;
    run->report.present += is_present;
    run->report.written += !is_present;
    run->report.bytes += is_present ? 0 : size_bytes;
    *ret_name = g_steal_pointer(&free_name);
    return true;
}

/* ---- folders ---- */

static char *owner_folder(struct run *run, int64_t owner_id, GError **error)
{
    const char *known = g_hash_table_lookup(run->folders, &owner_id);
    if (known)
        return g_strdup(known);
    DB_READ struct db_conn *conn = db_read_begin(run->db, error);
    USER_AUTO struct user user = {0};
    if (!conn || !users_find_id(conn, owner_id, &user, error))
        return NULL;
    char *folder = text_file_name(user.storage_label ? user.storage_label : user.email, NAME_MAX_BYTES);
    g_hash_table_insert(run->folders, g_memdup2(&owner_id, sizeof owner_id), folder);
    return g_strdup(folder);
}

static char *item_folder(struct run *run, const struct item *item, GError **error)
{
    g_autofree char *owner = owner_folder(run, item->owner_id, error);
    if (!owner)
        return NULL;
    int64_t seconds = item->local_us / G_USEC_PER_SEC - (item->local_us % G_USEC_PER_SEC < 0);
    g_autoptr(GDateTime) local = g_date_time_new_from_unix_utc(seconds);
    g_autofree char *month = local ? g_date_time_format(local, "%Y/%Y-%m") : g_strdup("unknown");
    return g_strdup_printf("%s%s/%s", owner, item->is_trashed ? "/Trash" : "", month);
}

static int enter(int target_fd, const char *path, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    AUTO_FD int fd = fcntl(target_fd, F_DUPFD_CLOEXEC, 3);
    if (fd < 0)
        err_set_errno(error, errno, path, "The export folder could not be opened.");
    for (char **part = parts; fd >= 0 && *part; part++) {
        int below = io_open_dir(fd, *part, error);
        io_auto_close(&fd);
        fd = below;
    }
    return io_steal_fd(&fd);
}

static bool export_item(struct run *run, const struct item *item, char **ret_path, GError **error)
{
    g_autofree char *folder = item_folder(run, item, error);
    if (!folder)
        return false;
    g_autofree char *name = text_file_name(item->name, NAME_MAX_BYTES), *taken = NULL, *beside = NULL;
    *ret_path = g_strdup_printf("%s/%s", folder, name);
    AUTO_FD int dir_fd = enter(run->target_fd, folder, error);
    if (dir_fd < 0 || !export_blob(run, dir_fd, name, &item->blob, item->taken_us, &taken, error))
        return false;
    if (!item->has_sidecar)
        return true;
    g_autofree char *sidecar = g_strconcat(taken, ".xmp", NULL);
    return export_blob(run, dir_fd, sidecar, &item->sidecar, item->taken_us, &beside, error);
}

/* ---- all ---- */

static bool collect(const struct asset *asset, void *data)
{
    struct item item = {
        .id = asset->id,
        .owner_id = asset->owner_id,
        .blob = asset->digest.id,
        .size_bytes = asset->digest.size_bytes,
        .has_sidecar = asset->has_sidecar,
        .sidecar = asset->sidecar,
        .name = g_strdup(asset->file_name),
        .is_trashed = asset->is_trashed,
        .taken_us = asset->taken_us,
        .local_us = asset->local_us,
    };
    g_array_append_val(data, item);
    return true;
}

static bool read_page(struct run *run, int64_t after_id, GError **error)
{
    g_array_set_size(run->page, 0);
    DB_READ struct db_conn *conn = db_read_begin(run->db, error);
    return conn && assets_page(conn, run->options->owner_id, after_id, PAGE_ASSETS, collect, run->page, error);
}

/* An asset that was deleted since its page was read is not missed. */
static bool is_gone(struct run *run, int64_t asset_id)
{
    DB_READ struct db_conn *conn = db_read_begin(run->db, NULL);
    ASSET_AUTO struct asset asset = {0};
    g_autoptr(GError) problem = NULL;
    return conn && !asset_find_id(conn, asset_id, &asset, &problem) && err_is(problem, ERR_NOT_FOUND);
}

static bool export_one(struct run *run, const struct item *item, GError **error)
{
    const struct export_options *options = run->options;
    g_autofree char *path = NULL;
    GError *problem = NULL;
    if (!export_item(run, item, &path, &problem)) {
        if (err_is(problem, ERR_FULL)) {
            g_propagate_error(error, problem);
            return false;
        }
        if (!is_gone(run, item->id)) {
            run->report.failed++;
            if (options->failed)
                options->failed(path ? path : item->name, problem, options->data);
        }
        g_clear_error(&problem);
    }
    run->done_assets++;
    run->done_bytes += item->size_bytes;
    return !options->progress || options->progress(run->done_assets, run->done_bytes, options->data) ||
           err_set(error, ERR_CANCELLED, "The export was ended before it was complete.");
}

static bool export_all(struct run *run, GError **error)
{
    int64_t after_id = 0;
    do {
        if (!read_page(run, after_id, error))
            return false;
        for (unsigned i = 0; i < run->page->len; i++) {
            const struct item *item = &g_array_index(run->page, struct item, i);
            if (!export_one(run, item, error))
                return false;
            after_id = item->id;
        }
    } while (run->page->len > 0);
    if (syncfs(run->target_fd) != 0)
        return err_set_errno(error, errno, run->options->target, "The exported files could not be made durable.");
    return true;
}

/* Is @path the data folder or below it? Export there would fill the library with itself. */
static bool is_inside_library(struct store *store, int fd)
{
    struct stat data, at;
    if (fstat(store_data_dir(store), &data) != 0)
        return false;
    AUTO_FD int here = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    struct stat before = {0};
    while (here >= 0 && fstat(here, &at) == 0) {
        if (at.st_dev == data.st_dev && at.st_ino == data.st_ino)
            return true;
        if (at.st_dev == before.st_dev && at.st_ino == before.st_ino)
            return false; /* the root is its own parent */
        before = at;
        int above = openat(here, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        io_auto_close(&here);
        here = above;
    }
    return false;
}

static int open_target(struct store *store, const char *target, GError **error)
{
    if (g_mkdir_with_parents(target, 0700) != 0) {
        err_set_errno(error, errno, target, "The export folder %s could not be made.", target);
        return -1;
    }
    AUTO_FD int fd = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        err_set_errno(error, errno, target, "The export folder %s could not be opened.", target);
        return -1;
    }
    if (is_inside_library(store, fd)) {
        err_set(error, ERR_INVALID, "The export folder %s lies inside the library.", target);
        return -1;
    }
    return io_steal_fd(&fd);
}

bool export_run(struct db *db, struct store *store, const struct export_options *options,
                struct export_report *ret_report, GError **error)
{
    AUTO_FD int target_fd = open_target(store, options->target, error);
    if (target_fd < 0)
        return false;
    g_autoptr(GHashTable) folders = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    g_autoptr(GArray) page = g_array_new(FALSE, FALSE, sizeof(struct item));
    g_array_set_clear_func(page, item_clear);
    g_autofree char *block = g_malloc(BLOCK_BYTES);
    struct run run = {db, store, options, target_fd, folders, page, block, {0}, 0, 0};
    if (!export_all(&run, error))
        return false;
    *ret_report = run.report;
    return true;
}
