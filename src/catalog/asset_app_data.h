/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What clients want to have kept with an asset: a JSON object by a key of theirs. The iPhone app keeps the photo's
 * iCloud id this way ("mobile-app"). The server gives it no meaning; the owner's phones learn of it by the sync stream.
 * (What the file's own metadata says is in asset_metadata.h.)
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

struct db_conn;

enum { APP_DATA_KEY_MAX = 64, APP_DATA_VALUE_MAX = 16 * 1024, APP_DATA_KEYS_MAX = 16 };

/** Strings are the caller's, or valid during a call of @each. */
struct app_data {
    const char *key;   /* 1 … APP_DATA_KEY_MAX bytes */
    const char *value; /* text of a JSON object, at most APP_DATA_VALUE_MAX bytes; the caller has parsed it */
    int64_t updated_us;
};

/** Writes: @value takes the place of what the key had. ERR_INVALID (length), ERR_LIMIT (too many keys). */
bool app_data_set(struct db_conn *conn, int64_t asset_id, const char *key, const char *value, GError **error);

/** Writes; leaves word of it for the sync stream. What is not there is fine. */
bool app_data_drop(struct db_conn *conn, int64_t asset_id, const char *key, GError **error);

/** Calls @each for all keys of an asset, or @key alone (NULL: all), in order of the keys. */
typedef void app_data_each(const struct app_data *item, void *data);
bool app_data_list(struct db_conn *conn, int64_t asset_id, const char *key, app_data_each *each, void *data,
                   GError **error);
