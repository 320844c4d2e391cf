/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/test_library.h"

#include <string.h>

#include "base/error.h"
#include "catalog/catalog.h"
#include "catalog/devices.h"
#include "catalog/users.h"
#include "db/db.h"

static bool people_work(struct db_conn *conn, void *data, GError **error)
{
    struct library *library = data;
    USER_AUTO struct user user = {0};
    struct user_new wanted = {.email = "a@example.org", .name = "A", .password_hash = "-", .quota_bytes = -1};
    GError *problem = NULL;
    if (!users_find_email(conn, wanted.email, &user, &problem)) {
        g_clear_error(&problem);
        if (!users_create_first(conn, &wanted, &user, error))
            return false;
    }
    struct device_new device_wanted = {.uuid = {{1}}, .name = "Phone", .kind = "phone"};
    DEVICE_AUTO struct device device = {0};
    if (!devices_register(conn, user.id, &device_wanted, &device, error))
        return false;
    library->owner_id = user.id;
    library->device_id = device.id;
    return true;
}

void library_open(struct library *library, const char *dir)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *target = g_strdup_printf("sqlite:%s/ambrotype.db", dir);
    g_autofree char *copies = g_build_filename(dir, "backups", NULL);
    *library = (struct library){.dir = g_strdup(dir)};
    library->store = store_open(dir, &error);
    g_assert_no_error(error);
    library->db = db_open(target, &error);
    g_assert_no_error(error);
    bool is_empty;
    struct uuid identity = store_identity(library->store);
    bool ok = catalog_migrate(library->db, copies, &error) && store_is_empty(library->store, &is_empty, &error) &&
              catalog_check_identity(library->db, &identity, is_empty, &error) &&
              db_write(library->db, people_work, library, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    library->ingest = ingest_new(library->db, library->store);
    ingest_set_reserve(library->ingest, 0);
}

void library_new(struct library *library, const char *parent)
{
    g_autofree char *dir = g_build_filename(parent ? parent : g_get_tmp_dir(), "ambrotype-ingest-XXXXXX", NULL);
    g_assert_nonnull(g_mkdtemp_full(dir, 0700));
    library_open(library, dir);
}

void library_close(struct library *library)
{
    ingest_free(library->ingest);
    db_close(library->db);
    store_close(library->store);
    g_free(library->dir);
    *library = (struct library){0};
}

static void remove_tree(const char *path)
{
    const char *argv[] = {"rm", "-rf", "--", path, NULL};
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

void library_remove(struct library *library)
{
    g_autofree char *dir = g_strdup(library->dir);
    library_close(library);
    remove_tree(dir);
}

struct ingest_offer library_offer(const struct library *library, const char *name)
{
    return (struct ingest_offer){
        .owner_id = library->owner_id,
        .device_id = library->device_id,
        .file_name = name,
        .created_us = INT64_C(1600000000000000),
        .modified_us = INT64_C(1600000000000000),
        .announced_bytes = -1,
    };
}

bool library_upload(struct library *library, const char *name, const void *bytes, size_t size,
                    struct ingest_result *ret_result, GError **error)
{
    struct upload *upload = ingest_begin(library->ingest, (int64_t)size, error);
    if (!upload)
        return false;
    if (!ingest_write(upload, bytes, size, error)) {
        ingest_abandon(upload);
        return false;
    }
    struct ingest_offer offer = library_offer(library, name);
    return ingest_finish(upload, &offer, ret_result, error);
}

static unsigned count_below(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    unsigned count = 0;
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *below = g_build_filename(path, name, NULL);
        count += g_file_test(below, G_FILE_TEST_IS_DIR) ? count_below(below) : 1;
    }
    return count;
}

unsigned library_count_files(const struct library *library, const char *name)
{
    g_autofree char *path = g_build_filename(library->dir, name, NULL);
    return count_below(path);
}

int64_t library_number(const struct library *library, const char *sql)
{
    g_autoptr(GError) error = NULL;
    DB_READ struct db_conn *conn = db_read_begin(library->db, &error);
    DB_ROWS struct db_rows *rows = db_query_once(conn, &error, sql, "");
    g_assert_no_error(error);
    g_assert_true(db_next(rows, &error));
    return db_int(rows, 0);
}
