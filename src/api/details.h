/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the metadata of an asset says beside the exifInfo of the Immich API: GET /api/assets/{id}/proof has it. Threads:
 * any. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/json.h"

struct asset;
struct db_conn;

/** Writes zoneSource, keywords, faces, burst, altitude (m), focalLength35mm and sidecar into the open object. */
bool details_write(struct json *json, struct db_conn *conn, const struct asset *asset, GError **error);
