/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Secrets of sessions and API keys: 32 random bytes as 43 characters of base64url; stored is the SHA-256 of the text.
 * A plain hash is enough: 256 random bits cannot be guessed, so there is nothing for a slow hash to slow down.
 * Of this room only. Threads: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/encode.h"

/** A new secret; free with g_free(). */
char *secret_new(uint8_t ret_hash[SHA256_SIZE]);

/** The hash of a secret that somebody sent. False where it cannot be one (length, characters). */
bool secret_hash(const char *secret, uint8_t ret_hash[SHA256_SIZE]);
