/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The index of parts of file names and descriptions: tables asset_names and asset_descriptions, by stretches of three
 * letters. They hold no texts of their own: what is taken out of the index must be what was put in, so whoever writes a
 * name or a description calls these before and after.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct db_conn;

/** Writes: after the asset's row was inserted (without a description). */
bool asset_words_in(struct db_conn *conn, int64_t asset_id, GError **error);

/** Writes: before the asset's rows are deleted. */
bool asset_words_out(struct db_conn *conn, int64_t asset_id, GError **error);

/** Writes: before and after its description changes. */
bool asset_words_before_description(struct db_conn *conn, int64_t asset_id, GError **error);
bool asset_words_after_description(struct db_conn *conn, int64_t asset_id, GError **error);
