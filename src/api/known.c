/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/known.h"

#include "catalog/assets.h"
#include "catalog/blobs.h"

bool known_wanted(struct db_conn *conn, int64_t owner_id, const uint8_t sha1[SHA1_SIZE], struct asset_known *ret_known,
                  bool *ret_wanted, GError **error)
{
    if (!asset_known(conn, owner_id, sha1, ret_known, error))
        return false;
    *ret_wanted = ret_known->as == ASSET_UNKNOWN;
    if (ret_known->as != ASSET_PRESENT)
        return true;
    ASSET_AUTO struct asset asset = {0};
    if (!asset_find_id(conn, ret_known->id, &asset, error))
        return false;
    *ret_wanted = asset.verify == BLOB_MISSING || asset.verify == BLOB_CORRUPT;
    return true;
}
