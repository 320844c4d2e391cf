/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Packed originals: JPEGs that the store keeps as lossless JPEG XL, and their way back. What is kept is only what came
 * back: before the JPEG is let go, the packed file is durable, was read again from the disk, unpacked in the sandbox,
 * and the SHA-256 of the result was the blob's name. What does not, or saves too little, stays a JPEG; the catalog has
 * the reason, and it is not tried again. At any instant at least one good copy lies in the store; after a crash there
 * may be both (store.h), which the next run of the same job tidies up.
 *
 * Threads: any; all block. */
#pragma once

#include "media/ask.h"

/** A store_unpack() for the store: @data is the struct job_context. */
int pack_unpack(int packed_fd, int64_t packed_bytes, void *data, GError **error);

/** Packs blob @blob_id, or tidies up after a run that was cut off. True also where it stays as it is, or is gone.
 *  ERR_CORRUPT where the original itself is damaged. */
bool pack_run(const struct job_context *context, int64_t blob_id, GError **error);

/** After the last attempt: where the file itself is to blame, it stays as it is, with the reason (true). */
bool pack_give_up(const struct job_context *context, int64_t blob_id, const GError *reason);

/** Brings blob @blob_id back into the form in which it came. ERR_CORRUPT where the packed file is damaged (it stays),
 *  ERR_FULL where there is no room. */
bool pack_undo(const struct job_context *context, int64_t blob_id, GError **error);
