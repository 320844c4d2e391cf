/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * High quality: a photo above a number of pixels is scaled down to it and written again as the same kind of file, with
 * everything else that the file holds: all metadata, the colour profile, the video of a motion photo, a gain map. A
 * file that cannot be carried over whole, or would not become a tenth smaller, is kept, and the reply says why.
 * Threads: one photo at a time. */
#pragma once

#include "media/protocol.h"
#include "worker/photo.h"

/** What is written must be at most this part of the file. */
#define REDUCE_GAIN 0.9

/** A kind of file that can be made smaller. */
struct reducer {
    const struct decoder *decoder;
    /** A sentence on why this very file is kept, from its headers; NULL: nothing speaks against it. May be NULL. */
    const char *(*keep)(const struct photo *photo);
    bool chroma_halved; /* how @write wants the planes */
    /** The file with @small, as lying in the file, for its picture. NULL with ERR_UNSUPPORTED: the file is kept, the
     *  message says why. */
    GByteArray *(*write)(const struct photo *photo, const struct picture *small, GError **error);
};

extern const struct reducer jpeg_reducer, heif_reducer, avif_reducer, webp_reducer, jxl_reducer;

/** Does the whole job: the smaller file to @output_fd (empty), what was found out about the original and what was done
 *  to @reply (initialised by the caller). Never fails: what went wrong stands in the reply. */
void reduce_work(const struct media_request *request, int input_fd, int output_fd, struct media_reply *reply);
