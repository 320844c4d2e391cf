/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Parts of file names and descriptions by the index of stretches of three letters (catalog/asset_words.h). To read all
 * names of a large library takes seconds; the index finds the few that can match. Where so many can that the answer
 * stands on the first pages of the library anyway, the index is left alone. Not for other rooms. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "search/query.h"

enum search_text { SEARCH_IN_FILE_NAME, SEARCH_IN_DESCRIPTION };

/** May only assets that the index names match a part of @text? Then they become the query's driver, unless it has one.
 *  The condition itself is the caller's. False with @error. */
bool parts_drive(struct db_conn *conn, struct query *query, enum search_text where, const char *text, GError **error);
