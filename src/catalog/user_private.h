/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Shared by the files about accounts; not for other rooms. Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct db_conn;

/** ERR_CONFLICT where account @id is the only administrator that is not removed. */
bool users_check_not_last_admin(struct db_conn *conn, int64_t id, GError **error);

/** The first column of @sql, which takes @id as ?1. */
bool users_count_where(struct db_conn *conn, const char *sql, int64_t id, int64_t *ret_count, GError **error);
