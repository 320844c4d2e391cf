/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/known.h"

#include "catalog/assets.h"
#include "catalog/blobs.h"

bool known_wanted(struct db_conn *conn, int64_t owner_id, const uint8_t sha1[SHA1_SIZE], struct asset_known *ret_known,
                  bool *ret_wanted, GError **error)
{
    struct asset_known known;
    if (!asset_known(conn, owner_id, sha1, &known, error))
        return false;
    bool is_lost = known.as == ASSET_PRESENT && (known.verify == BLOB_MISSING || known.verify == BLOB_CORRUPT);
    *ret_wanted = known.as == ASSET_UNKNOWN || is_lost;
    *ret_known = known;
    return true;
}
