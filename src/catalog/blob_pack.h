/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Packed originals as the catalog knows them: which blobs the store keeps in a smaller form, and which were tried and
 * stay as they are, with the reason (they are not tried again). The store's folder has the last word on what form a
 * blob has; see store.h. What packs is media/pack.h.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "catalog/blobs.h"

/** The blob of this row with what is known of its packing. ERR_NOT_FOUND. */
struct blob_packing {
    struct blob blob;
    uint8_t packed_sha256[SHA256_SIZE]; /* of BLOB_PACK_DONE */
};
bool blobs_find_packing(struct db_conn *conn, int64_t blob_id, struct blob_packing *ret_packing, GError **error);

/** Is the blob in the store at its length, in whichever form? A look at the folder, not at the bytes. */
bool blob_is_there(struct store *store, const struct blob *blob);

/* Each writes; ERR_NOT_FOUND where the blob is gone. */
/** @packed_bytes, @packed_sha256: of the packed file, which is durable and proven. */
bool blobs_set_packed(struct db_conn *conn, int64_t blob_id, int64_t packed_bytes,
                      const uint8_t packed_sha256[SHA256_SIZE], GError **error);
/** It stays as it is; @reason is a sentence for people. */
bool blobs_set_kept(struct db_conn *conn, int64_t blob_id, const char *reason, GError **error);
/** It lies in the store as it came, and may be packed (again). */
bool blobs_set_plain(struct db_conn *conn, int64_t blob_id, GError **error);

/** Up to @limit row ids above @after_id in order, oldest first, of originals that may be packed: JPEGs that a media
 *  worker has looked into and nobody has tried to pack. Answers how many, or -1. */
int blobs_to_pack(struct db_conn *conn, int64_t after_id, int64_t *ret_ids, unsigned limit, GError **error);
/** The same of blobs that are packed. */
int blobs_packed(struct db_conn *conn, int64_t after_id, int64_t *ret_ids, unsigned limit, GError **error);

/** Appends the row ids (int64_t) of the assets that this blob is the original of. */
bool blobs_assets(struct db_conn *conn, int64_t blob_id, GArray *ids, GError **error);

/** What packing has brought so far. */
struct blobs_pack_figures {
    int64_t packed, original_bytes, packed_bytes; /* blobs; their length unpacked and in the store */
    int64_t kept;                                 /* tried, stay as they are */
};
bool blobs_pack_figures(struct db_conn *conn, struct blobs_pack_figures *ret_figures, GError **error);

/** Calls @each for every reason why blobs stay as they are, the most frequent first. False ends it. */
typedef bool blobs_each_kept(const char *reason, int64_t count, void *data);
bool blobs_kept_reasons(struct db_conn *conn, blobs_each_kept *each, void *data, GError **error);
