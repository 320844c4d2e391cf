/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which asset a side file stands beside, by their names alone: "IMG.jpg.xmp" belongs to "IMG.jpg", "IMG.xmp" to all
 * "IMG.*" of its folder (a camera's raw and its JPEG). Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

struct db_conn;

struct asset_beside {
    int64_t id;
    struct uuid uuid;
};

/** Adds to @ret_assets (of struct asset_beside) those of @owner_id that side file @name goes with. Where the device's
 *  ledger knows its neighbours (@device_id, @key: its path there; 0 and NULL: not known), these; else all that the
 * owner has by that name. ERR_INVALID where there is none, ERR_CONFLICT where the names alone do not tell, with
 * sentences for people. Reads. */
bool assets_beside(struct db_conn *conn, int64_t owner_id, int64_t device_id, const char *key, const char *name,
                   GArray *ret_assets, GError **error);
