/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/test_fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#include "catalog/catalog.h"

static bool make_users(struct db_conn *conn, void *data, GError **error)
{
    struct fixture *fixture = data;
    USER_AUTO struct user one = {0};
    USER_AUTO struct user two = {0};
    struct user_new first = {.email = "Ann@Example.org", .name = "Ann", .password_hash = "x", .quota_bytes = -1};
    struct user_new second = {.email = "bob@example.org", .name = "Bob", .password_hash = "x", .quota_bytes = -1};
    if (!users_create_first(conn, &first, &one, error) || !users_create(conn, &second, &two, error))
        return false;
    fixture->user_id = one.id;
    fixture->other_id = two.id;
    return true;
}

void fixture_setup(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    fixture->dir = g_dir_make_tmp("ambrotype-catalog-XXXXXX", &error);
    g_assert_no_error(error);
    g_autofree char *target = g_strdup_printf("sqlite:%s/catalog.db", fixture->dir);
    g_autofree char *copies = g_build_filename(fixture->dir, "backups", NULL);
    fixture->db = db_open(target, &error);
    g_assert_no_error(error);
    catalog_migrate(fixture->db, copies, &error);
    g_assert_no_error(error);
    fixture_write(fixture, make_users, fixture);
}

void fixture_remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        fixture_remove_tree(child);
    }
    g_remove(path);
}

void fixture_teardown(struct fixture *fixture, gconstpointer data)
{
    db_close(fixture->db);
    fixture_remove_tree(fixture->dir);
    g_free(fixture->dir);
}

void fixture_write(struct fixture *fixture, db_work *work, void *data)
{
    g_autoptr(GError) error = NULL;
    bool ok = db_write(fixture->db, work, data, &error);
    if (error)
        g_test_message("%s (%s)", error->message, err_detail(error));
    g_assert_no_error(error);
    g_assert_true(ok);
}

void fixture_write_fails(struct fixture *fixture, db_work *work, void *data, enum err_kind kind)
{
    g_autoptr(GError) error = NULL;
    g_assert_false(db_write(fixture->db, work, data, &error));
    g_assert_cmpstr(err_info(error)->name, ==, err_info(&(GError){ERR_DOMAIN, (int)kind, NULL})->name);
}

int64_t fixture_ask(struct fixture *fixture, const char *sql)
{
    g_autoptr(GError) error = NULL;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    g_assert_no_error(error);
    DB_ROWS struct db_rows *rows = db_query_once(conn, &error, sql, "");
    g_assert_no_error(error);
    g_assert_true(db_next(rows, &error));
    return db_int(rows, 0);
}

struct blob_digest fixture_digest(unsigned seed, int64_t size_bytes)
{
    struct blob_digest digest = {.size_bytes = size_bytes};
    memcpy(digest.id.sha256, &seed, sizeof seed);
    memcpy(digest.sha1, &seed, sizeof seed);
    digest.id.sha256[SHA256_SIZE - 1] = 1;
    digest.sha1[SHA1_SIZE - 1] = 2;
    return digest;
}

struct insertion {
    const struct asset_new *asset;
    struct asset_made made;
};

static bool insert(struct db_conn *conn, void *data, GError **error)
{
    struct insertion *insertion = data;
    return asset_insert(conn, insertion->asset, &insertion->made, error);
}

struct asset_made fixture_insert(struct fixture *fixture, const struct asset_new *asset)
{
    struct insertion insertion = {.asset = asset};
    fixture_write(fixture, insert, &insertion);
    return insertion.made;
}

struct asset_made fixture_photo(struct fixture *fixture, int64_t owner_id, unsigned seed, int64_t taken_us)
{
    struct asset_new asset = {
        .owner_id = owner_id,
        .digest = fixture_digest(seed, 1000 + seed),
        .file_name = "IMG_0001.JPG",
        .mime_type = "image/jpeg",
        .taken_us = taken_us,
        .modified_us = taken_us,
    };
    return fixture_insert(fixture, &asset);
}
