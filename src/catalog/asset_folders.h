/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The folders below browse/ as an account sees them: which there are, and what lies in one. Only what the timeline
 * shows.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct db_conn;

/** Calls @each with the path of every folder ("ann/2024/2024-08") in which assets of the owner lie, in order of names.
 */
typedef void folders_each(const char *path, void *data);
bool folders_list(struct db_conn *conn, int64_t owner_id, folders_each *each, void *data, GError **error);

/** Row ids (int64_t) of the owner's assets right in folder @path, in order of names; free with g_array_unref(). None
 *  where there is no such folder. NULL with @error. */
GArray *folders_assets(struct db_conn *conn, int64_t owner_id, const char *path, GError **error);
