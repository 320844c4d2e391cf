/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * derived/: where thumbnails and previews lie, named after the blob they were made of. Threads: any. */
#pragma once

#include "media/media.h"
#include "store/store.h"

/** A derivative that is written piece by piece by a worker, and shows up when it is whole. */
struct derived_file {
    int fd; /* read and write, empty; -1: none */
    char *temporary;
};
#define DERIVED_NO_FILE                                                                                                \
    {                                                                                                                  \
        .fd = -1                                                                                                       \
    }

/** Begins one; ends with derived_file_clear() in any case. */
bool derived_file_begin(struct store *store, struct derived_file *ret_file, GError **error);

/** Gives it its name: derivative @which of blob @id. ERR_WORKER_DIED where it is not exactly @announced_bytes long or
 *  does not begin as such a file does. */
bool derived_file_keep(struct store *store, struct derived_file *file, const struct blob_id *id,
                       enum media_derivative which, int64_t announced_bytes, GError **error);

/** Removes what was not kept. */
void derived_file_clear(struct store *store, struct derived_file *file);

/** Removes what a server that was killed left of such files. At start, before any is begun. */
void derived_sweep(struct store *store);

/** Stores @bytes as derivative @which of blob @id, replacing what is there as a whole. Not synced: what a power cut
 *  takes is made again. ERR_CORRUPT where they do not begin as such a file does. */
bool derived_write(struct store *store, const struct blob_id *id, enum media_derivative which, GBytes *bytes,
                   GError **error);

/** Does the file stand there? A look at its name only: one that is torn counts as there. */
bool derived_has(struct store *store, const struct blob_id *id, enum media_derivative which);

/** Is there even the folder in which they would lie? Where not, others are missing too. */
bool derived_has_folder(struct store *store, const struct blob_id *id);
