/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * TIFF, BMP and camera RAW files for tests: the quarters of picture_jpeg() in every variety that the readers know. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum tiff_kind {
    TIFF_KIND_RGB,
    TIFF_KIND_GRAY,
    TIFF_KIND_WHITE_IS_ZERO,
    TIFF_KIND_PALETTE,
    TIFF_KIND_CMYK,
    TIFF_KIND_YCBCR,
    TIFF_KIND_LAB
};

struct picture_tiff {
    unsigned width_px, height_px;
    unsigned orientation; /* 0: none */
    enum tiff_kind kind;  /* gray ones: the red channel */
    unsigned bits;        /* 0: 8 */
    unsigned compression; /* COMPRESSION_…; 0: none */
    bool is_tiled, is_separate, is_big, has_second_page;
    bool is_transparent; /* RGB: the right half is wholly so */
    bool is_big_endian;
    GBytes *icc;
};
GBytes *picture_tiff(const struct picture_tiff *wanted);

struct picture_bmp {
    int width_px, height_px; /* negative height: from above */
    unsigned bits;           /* 1 (black and white), 4, 8, 16, 24, 32 */
    bool is_rle;             /* of 4 or 8 bits */
    bool is_core;            /* with the head of OS/2 */
    bool has_masks;          /* of 16 (5, 6, 5) or 32 bits (with alpha: the right half transparent) */
};
GBytes *picture_bmp(const struct picture_bmp *wanted);

/** A DNG: a mosaic (RGGB, 16 bits) of the quarters, or of none where @sensor_width_px is 0, and a JPEG preview in a
 *  SubIFD where @jpeg is given. */
struct picture_dng {
    unsigned sensor_width_px, sensor_height_px, orientation;
    GBytes *jpeg;
};
GBytes *picture_dng(const struct picture_dng *wanted);

/** Files that are built as cameras of these kinds build theirs, around @jpeg, without sensor data. All have Make
 *  "Test" or the maker's, orientation 6, and DateTimeOriginal 2024:08:13 12:34:56. */
GBytes *picture_cr2(GBytes *jpeg);
GBytes *picture_cr3(GBytes *jpeg);
GBytes *picture_nef(GBytes *jpeg);
GBytes *picture_orf(GBytes *jpeg);
GBytes *picture_raf(GBytes *jpeg);
GBytes *picture_rw2(GBytes *jpeg);
