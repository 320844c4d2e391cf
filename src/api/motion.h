/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The video inside of a motion photo, as clients see it: a hidden asset of its own. Threads: the handler pool. */
#pragma once

#include "api/call.h"

struct asset;
struct db_conn;

/** The asset @id that the caller may read, if it is such a video; its checksum is that of the video's bytes, which are
 * read for it. ERR_NOT_FOUND. Clear with asset_clear(). */
bool motion_find(struct call *call, struct db_conn *conn, const struct uuid *id, struct asset *ret_asset,
                 GError **error);
