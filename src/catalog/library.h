/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Facts of the whole library for the server's pages: totals per user. Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "catalog/assets.h"
#include "catalog/users.h"

struct db_conn;

/** The library's id as the database has it; ERR_NOT_FOUND before the first start. */
bool library_identity(struct db_conn *conn, struct uuid *ret_identity, GError **error);

/** Every account, also removed ones, with its numbers (trash included), in order of creation. False from @each ends it.
 */
typedef bool library_each_usage(const struct user *user, const struct asset_statistics *statistics, void *data);
bool library_usage(struct db_conn *conn, library_each_usage *each, void *data, GError **error);

/** Writes: forgets `changes` older than @before_us (31 days are kept; the sync stream resets older sessions), at most
 *  @limit rows. @ret_dropped how many. */
bool library_drop_changes(struct db_conn *conn, int64_t before_us, unsigned limit, unsigned *ret_dropped,
                          GError **error);
/** Writes: the same for `album_assets_gone`. */
bool library_drop_gone_links(struct db_conn *conn, int64_t before_us, unsigned limit, unsigned *ret_dropped,
                             GError **error);
