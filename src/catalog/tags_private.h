/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What tags.c and tag_assets.c share. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

struct db_conn;

struct tag_key {
    int64_t id;
    struct uuid uuid;
};

/** Writes what is missing of a path; parts that are empty are passed over. ERR_INVALID where nothing is left. */
bool tags_make_path(struct db_conn *conn, int64_t owner_id, const char *value, bool by_person, struct tag_key *ret_key,
                    GError **error);
