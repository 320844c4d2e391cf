/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Password hashes: argon2id by libsodium, 64 MiB and 2 passes, in its own text form with the parameters inside. At most
 * two hashes run at the same time (128 MiB); others wait their turn.
 *
 * Threads: any; each call blocks for about 0.1 s or longer. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum { PASSWORD_MIN_CHARS = 8, PASSWORD_MAX_BYTES = 1024 };

/** The hash of @password; free with g_free(). NULL with ERR_INVALID (shorter than PASSWORD_MIN_CHARS characters, longer
 *  than PASSWORD_MAX_BYTES, not UTF-8) or ERR_BUSY (no memory). */
char *password_hash(const char *password, GError **error);

/** Is @password the one of @hash? @hash NULL (an unknown user) costs the same time and is false, so that the time of an
 *  answer does not tell which accounts exist. */
bool password_verify(const char *hash, const char *password);
