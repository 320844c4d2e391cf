// SPDX-License-Identifier: GPL-3.0-or-later

import type { Asset } from '../api/types';
import type { Photo } from './library.svelte';

/** What a grid shows of @asset. */
export function toPhoto(asset: Asset): Photo {
  const localMs = Date.parse(asset.localDateTime);
  return {
    id: asset.id,
    ownerId: asset.ownerId,
    ratio: asset.width && asset.height ? asset.width / asset.height : 1,
    isImage: asset.type !== 'VIDEO',
    isFavorite: asset.isFavorite,
    isTrashed: asset.isTrashed,
    trashedMs: null,
    visibility: asset.visibility,
    thumbhash: asset.thumbhash,
    localMs,
    day: new Date(localMs).toISOString().slice(0, 10),
    durationMs: asset.duration,
    liveId: asset.livePhotoVideoId,
    stackSize: asset.stack?.assetCount ?? 0,
  };
}
