/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the catalog's tests share: a fresh database with one user, and short ways to write and count. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "catalog/assets.h"
#include "catalog/users.h"
#include "db/db.h"

struct fixture {
    char *dir;
    struct db *db;
    int64_t user_id;
    int64_t other_id; /* a second user */
};

void fixture_setup(struct fixture *fixture, gconstpointer data);
void fixture_teardown(struct fixture *fixture, gconstpointer data);

/* Deletes a folder and all in it. */
void fixture_remove_tree(const char *path);

/* Runs @work in a write that must succeed; or that must fail with @kind. */
void fixture_write(struct fixture *fixture, db_work *work, void *data);
void fixture_write_fails(struct fixture *fixture, db_work *work, void *data, enum err_kind kind);

/* The first column of the first row. */
int64_t fixture_ask(struct fixture *fixture, const char *sql);

/* A digest that stands for bytes number @seed. */
struct blob_digest fixture_digest(unsigned seed, int64_t size_bytes);

/* Inserts a photo number @seed of @owner_id, taken at @taken_us. */
struct asset_made fixture_photo(struct fixture *fixture, int64_t owner_id, unsigned seed, int64_t taken_us);

/* As fixture_photo() with all fields given. */
struct asset_made fixture_insert(struct fixture *fixture, const struct asset_new *asset);
