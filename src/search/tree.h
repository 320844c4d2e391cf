/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The conditions of a filter that names fields and operators, as SQL. Not for other rooms. */
#pragma once

#include "search/query.h"
#include "search/search.h"

/** Adds what @branches say: @all must hold, and one of @any (if there is one). */
void tree_add(struct query *query, const struct search_filter *filter);
