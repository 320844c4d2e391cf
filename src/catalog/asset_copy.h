/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Giving an asset what another one of the same owner has: importers do so before they delete the worse of two copies.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

struct db_conn;

struct asset_copy {
    int64_t owner_id;
    struct uuid source, target;
    bool albums;      /* the target comes into those of the source that the owner may add to */
    bool favorite;    /* it becomes a favourite or none, as the source is */
    bool sidecar;     /* it gets the source's side file, if that has one */
    bool stack;       /* it joins the source's stack, if that is in one */
    bool links;       /* it comes into the lists of shared links in which the source is */
    bool with_locked; /* the caller sees what is locked away, which else is not there */
};

/** Writes. What is locked away is put neither into albums and stacks nor into links. ERR_NOT_FOUND where one of the two
 *  is not the owner's; ERR_INVALID where they are the same. *@ret_look_id:
 * the row id of an asset that got another side file and has to be looked into again, or 0. */
bool asset_copy(struct db_conn *conn, const struct asset_copy *copy, int64_t *ret_look_id, GError **error);
