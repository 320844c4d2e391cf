/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows of the sync stream as the phone apps take them, wherever they are sent: in the stream's lines and in live
 * events. Each writes the fields into an object that is open already.
 *
 * Threads: any. */
#pragma once

struct asset;
struct json;
struct sync_asset;
struct sync_exif;
struct uuid;

/** SyncAssetV2; @owner is whose it is. */
void dto_sync_asset_fields(struct json *json, const struct sync_asset *asset, const struct uuid *owner);

/** SyncAssetExifV1. */
void dto_sync_exif_fields(struct json *json, const struct sync_exif *row);

/** What the stream would send of the metadata of @asset, whose texts the row then shows; the change id is the asset's.
 */
void dto_sync_exif_of(const struct asset *asset, struct sync_exif *ret_exif);
