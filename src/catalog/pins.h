/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The PIN before the locked folder. A session that gave it is unlocked for a while, longer while it is used; whoever
 * picks up the phone later sees nothing of the folder. The hash is passwords.h's.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct db_conn;

enum { PIN_DIGITS = 6, PIN_UNLOCKED_S = 15 * 60 };

/** Six digits. */
bool pin_is_valid(const char *pin);

/** The hash of an account's PIN, or NULL where it has none; free with g_free(). False with @error. */
bool pins_find(struct db_conn *conn, int64_t user_id, char **ret_hash, GError **error);

/** Writes. @hash NULL takes the PIN away. All sessions of the account are locked again. */
bool pins_set(struct db_conn *conn, int64_t user_id, const char *hash, GError **error);

/** Writes: the session sees what is locked until @until_us (0: no more). */
bool pins_unlock(struct db_conn *conn, int64_t session_id, int64_t until_us, GError **error);
