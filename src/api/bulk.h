/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is the same wherever a list of assets is put into something (catalog/bulk.h), and where assets are written one
 * after the other. Threads: as handlers. */
#pragma once

#include "api/call.h"
#include "catalog/bulk.h"

enum { BULK_MAX = 100000 }; /* ids in a request */

/** Does @work with the assets of @bulk, in pieces, so that uploads get their turn at the writer; @ret_outcomes has room
 *  for all. What is not there is answered with @permission. */
bool bulk_run(struct call *call, bulk_work *work, const struct bulk *bulk, const char *permission,
              enum bulk_outcome *ret_outcomes, GError **error);

/** Answers a request that names the thing in its path and the assets as `ids` in its body, with one BulkIdResponseDto
 *  each. */
bool bulk_answer(struct call *call, bulk_work *work, const char *permission, GError **error);

/** {ids}. */
extern const struct body_shape bulk_ids_shape;
/** Reads `ids` of the body; they live as long as the request. */
bool bulk_ids(struct call *call, struct body_list *ret_ids, GError **error);

/** Writes the assets with these row ids as an array, as the caller may know them. */
bool bulk_write_assets(struct call *call, struct db_conn *conn, struct json *json, const char *key, const GArray *ids,
                       GError **error);
