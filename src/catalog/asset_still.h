/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is known of still pictures beside what every asset has. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct db_conn;

/** Does the file hold a gain map? In a write transaction. */
bool asset_still_set(struct db_conn *conn, int64_t asset_id, bool has_gain_map, GError **error);
bool asset_still_has_gain_map(struct db_conn *conn, int64_t asset_id, bool *ret_has, GError **error);
