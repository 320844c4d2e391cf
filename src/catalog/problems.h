/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For administrators: files of everybody that are stored but of which no picture, or only a part of one, could be made;
 * and what a job is about, in words. Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "catalog/assets.h"

/** Strings are valid during the call of each(). */
struct asset_problem {
    int64_t id;
    struct uuid uuid;
    const char *file_name, *reason, *owner_name;
    bool has_picture; /* a part of it */
    int64_t at_us, taken_us, size_bytes;
};
typedef bool asset_problems_each(const struct asset_problem *problem, void *data);
/** Calls @each for at most @limit of them with a row id below @before_id (0: from the newest), newest first. */
bool asset_problems(struct db_conn *conn, int64_t before_id, unsigned limit, asset_problems_each *each, void *data,
                    GError **error);

/** The row id of asset @uuid where it is one of them, else ERR_NOT_FOUND. Of whomever it is. */
bool asset_problem_find(struct db_conn *conn, const struct uuid *uuid, int64_t *ret_id, GError **error);

/** What people know a file by. Clear with asset_caption_clear(). */
struct asset_caption {
    struct uuid uuid;
    char *file_name, *owner_name; /* NULL: there is no such file (any more) */
};
void asset_caption_clear(struct asset_caption *caption);
#define ASSET_CAPTION_AUTO __attribute__((cleanup(asset_caption_clear)))
/** Of an asset, or (@by_blob) of the first asset with the blob. */
bool asset_caption(struct db_conn *conn, int64_t id, bool by_blob, struct asset_caption *ret_caption, GError **error);
