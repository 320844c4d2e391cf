/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Need a file be sent? For the bulk check and for uploads that tell their checksum beforehand.
 *
 * Threads: any (it reads only). */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/encode.h"

struct asset_known;
struct db_conn;

/** What the owner has (or had) of these bytes, and whether an automatic upload is wanted: it is where they are new, and
 *  where the last check found the stored ones missing or damaged, which an upload heals. */
bool known_wanted(struct db_conn *conn, int64_t owner_id, const uint8_t sha1[SHA1_SIZE], struct asset_known *ret_known,
                  bool *ret_wanted, GError **error);
