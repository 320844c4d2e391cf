/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pictures of people: a small JPEG an account, as a media worker made it. Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

struct db_conn;

/** Writes; takes the place of the one before. Counts as a change of the account, which phones learn of. */
bool profile_image_set(struct db_conn *conn, int64_t user_id, GBytes *jpeg, GError **error);
/** Writes. Where there is none nothing changes. */
bool profile_image_drop(struct db_conn *conn, int64_t user_id, GError **error);

/** The picture of account @user, to be freed with g_bytes_unref(), and since when it is. NULL with ERR_NOT_FOUND. */
GBytes *profile_image_find(struct db_conn *conn, const struct uuid *user, int64_t *ret_changed_us, GError **error);
