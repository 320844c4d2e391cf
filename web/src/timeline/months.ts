// SPDX-License-Identifier: GPL-3.0-or-later
//
// Photos by month, as /api/timeline tells of them: the whole library or a part of it.

import { api } from '../api/client';
import type { Asset, TimeBucketAssets, Visibility } from '../api/types';
import * as format from '../app/format';
import type { Photo, Source } from './library.svelte';

export interface MonthsFilter {
  /** without it: the timeline and the archive */
  visibility?: Visibility;
  isFavorite?: boolean;
  isTrashed?: boolean;
  albumId?: string;
  tagId?: string;
  /** of a partner */
  userId?: string;
  /** those partners' photos, too, that are to stand in the timeline */
  withPartners?: boolean;
  /** who stands behind another in a stack is left out */
  withStacked?: boolean;
  order?: 'asc' | 'desc';
  /** createdAt: by when they came here */
  orderBy?: 'takenAt' | 'createdAt';
}

export function months(filter: MonthsFilter): Source {
  const query = new URLSearchParams(Object.entries(filter).map(([name, value]) => [name, String(value)])).toString();
  const isByArrival = filter.orderBy === 'createdAt';
  const monthOf = (asset: Asset) => (isByArrival ? asset.createdAt : asset.localDateTime).slice(0, 7);
  return {
    isAscending: filter.order === 'asc',
    buckets: (signal) => api.buckets(query, signal),
    photos: async (timeBucket, signal) => toPhotos(await api.bucket(query, timeBucket, signal), isByArrival),
    label: format.month,
    holds: (timeBucket, asset) => timeBucket.startsWith(monthOf(asset)),
    keeps: (photo) =>
      photo.isTrashed === (filter.isTrashed ?? false) &&
      (filter.visibility ? photo.visibility === filter.visibility : photo.visibility !== 'locked') &&
      (filter.isFavorite === undefined || photo.isFavorite === filter.isFavorite),
  };
}

function toPhotos(bucket: TimeBucketAssets, isByArrival: boolean): Photo[] {
  return bucket.id.map((id, i) => {
    const localMs = Date.parse(`${bucket.fileCreatedAt[i]}Z`) + (bucket.localOffsetHours[i] ?? 0) * 3_600_000;
    return {
      id,
      ownerId: bucket.ownerId[i] ?? '',
      ratio: bucket.ratio[i] || 1,
      isImage: bucket.isImage[i] ?? true,
      isFavorite: bucket.isFavorite[i] ?? false,
      isTrashed: bucket.isTrashed[i] ?? false,
      trashedMs: Date.parse(bucket.trashedAt?.[i] ?? '') || null,
      visibility: bucket.visibility[i] ?? 'timeline',
      thumbhash: bucket.thumbhash[i] ?? null,
      localMs,
      day: isByArrival ? format.localDay(bucket.createdAt[i] ?? '') : new Date(localMs).toISOString().slice(0, 10),
      durationMs: bucket.duration[i] ?? null,
      liveId: bucket.livePhotoVideoId[i] ?? null,
      stackSize: Number(bucket.stack?.[i]?.[1] ?? 0),
    };
  });
}
