/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/catalog.h"

#include "base/clock.h"
#include "base/error.h"
#include "catalog/library.h"
#include "catalog/migrations.h"
#include "db/db.h"

bool catalog_migrate(struct db *db, const char *copies_dir, GError **error)
{
    return db_migrate(db, catalog_migrations, catalog_n_migrations, copies_dir, error);
}

bool library_identity(struct db_conn *conn, struct uuid *ret_identity, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, "SELECT identity FROM library WHERE id = 1", "");
    if (!rows || !db_next_required(rows, error, "The database belongs to no library yet."))
        return false;
    return db_blob_exact(rows, 0, ret_identity->bytes, sizeof ret_identity->bytes) ||
           err_set(error, ERR_CORRUPT, "The library's identity in the database is damaged.");
}

static bool has_assets(struct db_conn *conn, bool *ret_some, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, "SELECT EXISTS (SELECT 1 FROM assets)", "");
    if (!rows || !db_next_required(rows, error, "The database answers nothing."))
        return false;
    *ret_some = db_int(rows, 0) != 0;
    return true;
}

struct check {
    const struct uuid *store;
    bool store_is_empty;
};

/* The database knows no library: it is new, and so must the store be. */
static bool adopt(struct db_conn *conn, const struct check *check, GError **error)
{
    if (!check->store_is_empty)
        return err_set(
            error, ERR_CONFLICT,
            "The store holds photos, but the database is new and knows none of them. Is the right database in "
            "its place? Put it back, or the newest copy from the folder backups; nothing was changed.");
    return db_exec(conn, error, "INSERT INTO library (id, identity, created_us) VALUES (1, ?1, ?2)", "bi",
                   check->store->bytes, sizeof check->store->bytes, clock_now_us());
}

static bool compare(struct db_conn *conn, const struct check *check, const struct uuid *known, GError **error)
{
    char ours[UUID_TEXT_SIZE], theirs[UUID_TEXT_SIZE];
    if (!uuid_equal(known, check->store))
        return err_set(error, ERR_CONFLICT,
                       "The store belongs to another library (%s) than the database (%s). Mount the data folder that "
                       "belongs together; nothing was changed.",
                       uuid_format(check->store, theirs), uuid_format(known, ours));
    bool some = false;
    if (check->store_is_empty && !has_assets(conn, &some, error))
        return false;
    return !some ||
           err_set(error, ERR_CONFLICT,
                   "The database knows photos, but the store is empty. Is the disk with the originals mounted? "
                   "Mount it and start again; nothing was changed.");
}

static bool check_work(struct db_conn *conn, void *data, GError **error)
{
    const struct check *check = data;
    struct uuid known;
    GError *failure = NULL;
    if (library_identity(conn, &known, &failure))
        return compare(conn, check, &known, error);
    if (!err_is(failure, ERR_NOT_FOUND)) {
        g_propagate_error(error, failure);
        return false;
    }
    g_error_free(failure);
    return adopt(conn, check, error);
}

/* Without adopting: a database that knows no library is an error. */
static bool check_only(struct db *db, const struct check *check, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(db, error);
    struct uuid known;
    return conn && library_identity(conn, &known, error) && compare(conn, check, &known, error);
}

bool catalog_check_identity(struct db *db, const struct uuid *store_identity, bool store_is_empty, GError **error)
{
    struct check check = {store_identity, store_is_empty};
    if (db_is_read_only(db))
        return check_only(db, &check, error);
    return db_write(db, check_work, &check, error);
}
