/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What else the metadata of an asset says, beside its exif row: keywords, faces, burst, where the zone is from, and
 * what became of its side file. Written by each look into the file; nobody edits it by hand. Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "catalog/media_facts.h"

struct db_conn;

struct asset_face {
    char *name; /* NULL: not named */
    double x, y, width, height;
};

/** Owned: asset_metadata_clear(). */
struct asset_metadata {
    char *zone_source; /* NULL: the zone is not known */
    char *burst_id;
    int focal_35mm; /* 0: unknown */
    enum sidecar_state sidecar;
    int64_t burst_size;  /* assets of this owner in the burst; 0: none */
    GPtrArray *keywords; /* char *, in the file's order */
    GPtrArray *faces;    /* struct asset_face * */
};
void asset_metadata_clear(struct asset_metadata *metadata);
#define ASSET_METADATA_AUTO __attribute__((cleanup(asset_metadata_clear)))

/** Writes (asset_media_apply() calls it): what @facts says replaces what was there. Lines of keywords and faces that
 * make no sense are left out. */
bool asset_metadata_apply(struct db_conn *conn, int64_t asset_id, const struct media_facts *facts, GError **error);

/** Reads; an asset that was not looked into has none of it. */
bool asset_metadata_find(struct db_conn *conn, int64_t asset_id, struct asset_metadata *ret_metadata, GError **error);
