/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Live events about assets, to their owners. Threads: any. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/assets.h"

struct api;
struct call;
struct uuid;

enum { ASSET_EVENTS_MAX = 100 /* assets of one request that are told whole; the rest is left to the next sync */ };

/** A media_looked() of struct api: an upload is ready, or something is known anew. */
void asset_events_looked(int64_t asset_id, int64_t owner_id, bool is_first, void *api);

/** Somebody changed @ids, assets of the caller's: on_asset_update. */
void asset_events_changed(struct call *call, const struct uuid *ids, size_t n);

/** They went into the trash, came out of it, or are gone for good. */
void asset_events_moved(struct call *call, enum asset_move move, const struct uuid *ids, size_t n);
