/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Camera RAW files from outside: which kind one is, and which JPEG pictures the camera put into it beside the sensor's
 * data. Those are what the camera's own screen shows, and cost a hundredth of developing the sensor's data. All is read
 * from headers; nothing is decoded. Threads: one. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RAW_PREVIEWS_MAX = 16 };

struct raw_preview {
    size_t offset, size; /* of a JPEG within the file */
    unsigned width_px, height_px;
};

struct raw_look {
    struct raw_preview previews[RAW_PREVIEWS_MAX]; /* the largest first */
    unsigned n_previews;
    unsigned width_px, height_px; /* of the sensor's picture, as stored; 0: not told by the directories */
    GBytes *exif, *xmp, *iptc;    /* what the container itself holds, or NULL */
};

/** The media type (static) of a file that is built like TIFF: a RAW kind, or "image/tiff"; NULL where it is no TIFF. */
const char *raw_kind_of_tiff(const uint8_t *bytes, size_t size);

/** Looks for previews and metadata: directories of TIFF's kin, the boxes of CR3, the header of RAF. Finding none is no
 *  error. Clear with raw_look_clear(). */
void raw_look(const uint8_t *bytes, size_t size, struct raw_look *ret_look);
void raw_look_clear(struct raw_look *look);

/** The size of a JPEG that a usual decoder shows (not the lossless one that holds sensor data), from its headers. */
bool raw_jpeg_extent(const uint8_t *bytes, size_t size, unsigned *ret_width_px, unsigned *ret_height_px);
