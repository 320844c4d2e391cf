/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From a decoded picture (of a photo, or a frame of a video) to the files that people see: preview, thumbnail and
 * thumbhash. Threads: one. */
#pragma once

#include "media/protocol.h"
#include "worker/picture.h"

enum {
    THUMBNAIL_SHORT_PX = 250,
    THUMBNAIL_LONG_MAX_PX = 2000,
    PREVIEW_SHORT_PX = 1440,
    PREVIEW_LONG_MAX_PX = 8192,
    PORTRAIT_PX = 320,
};

/** The size of the preview of a picture of this size. */
struct extent preview_extent(unsigned width_px, unsigned height_px);

/** @decoded at size @wanted (as it lies in the file), in sRGB, then turned by EXIF number @turn. Ends @decoded, planes
 *  and all, as picture_shrink() does. */
bool preview_make(struct picture *decoded, struct extent wanted, unsigned turn, struct picture *ret_preview,
                  GError **error);

/** Writes both files and fills what @reply says of them. */
bool derivatives_write(const struct picture *preview, int thumbnail_fd, int preview_fd, struct media_reply *reply,
                       GError **error);

/** The size of the picture that a portrait is cut from. */
struct extent portrait_extent(unsigned width_px, unsigned height_px);
/** Writes the middle square of @picture, at most PORTRAIT_PX a side, as JPEG. */
bool portrait_write(const struct picture *picture, int fd, struct media_reply *reply, GError **error);

/** The outcome and reason that @error means (picture.h). */
void reply_set_outcome(struct media_reply *reply, const GError *error);
