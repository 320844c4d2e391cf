/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Putting many assets into something (a tag, a memory), or taking them out of it. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

struct db_conn;

/** What becomes of each. */
enum bulk_outcome { BULK_DONE, BULK_DUPLICATE, BULK_NOT_FOUND, BULK_NO_PERMISSION };

/** At most ASSETS_BATCH assets in a transaction. */
struct bulk {
    int64_t owner_id;
    bool with_locked;        /* assets in the locked folder count, too */
    const struct uuid *into; /* the tag, the memory */
    const struct uuid *assets;
    size_t n;
};

/** Writes; @ret_outcomes has room for @n. ERR_NOT_FOUND where the owner has no such thing. */
typedef bool bulk_work(struct db_conn *conn, const struct bulk *bulk, enum bulk_outcome *ret_outcomes, GError **error);
