/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * derived/: where thumbnails and previews lie, named after the blob they were made of. Threads: any. */
#pragma once

#include "media/media.h"
#include "store/store.h"

/** Stores @bytes as derivative @which of blob @id, replacing what is there as a whole. Not synced: what a power cut
 *  takes is made again. ERR_CORRUPT where they do not begin as such a file does. */
bool derived_write(struct store *store, const struct blob_id *id, enum media_derivative which, GBytes *bytes,
                   GError **error);

/** Does the file stand there? A look at its name only: one that is torn counts as there. */
bool derived_has(struct store *store, const struct blob_id *id, enum media_derivative which);

/** Is there even the folder in which they would lie? Where not, others are missing too. */
bool derived_has_folder(struct store *store, const struct blob_id *id);
