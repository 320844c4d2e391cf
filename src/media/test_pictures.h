/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files that tests need and no corpus has: made here, so that what they hold is known to the pixel. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/** A JPEG whose quarters are red, green (above), blue and white (below), as it lies in the file, with EXIF orientation
 *  @orientation (0: no EXIF). */
GBytes *picture_jpeg(unsigned width_px, unsigned height_px, unsigned orientation);

/** A JPEG of one colour. */
GBytes *picture_jpeg_even(unsigned width_px, unsigned height_px, const guint8 rgb[3]);

/** A black PNG of one bit a pixel. @written_rows: how many rows its data really has. */
GBytes *picture_png(unsigned width_px, unsigned height_px, unsigned written_rows, bool is_interlaced);

/** A PNG of one wholly transparent colour (8-bit RGBA, 0, 0, 0, 0). */
GBytes *picture_png_transparent(unsigned width_px, unsigned height_px);

/** A GIF, and a WebP, of two pictures: red, then blue. */
GBytes *picture_gif(unsigned width_px, unsigned height_px);
GBytes *picture_webp_animation(unsigned width_px, unsigned height_px);

/** A JPEG XL of the quarters of picture_jpeg(). */
struct picture_jxl {
    unsigned width_px, height_px;
    unsigned orientation; /* of the codestream; 0: 1 */
    unsigned n_frames;    /* 0: 1; the second and later ones are turned upside down */
    bool is_lossless;
    bool is_noisy;       /* so that the file has some length */
    bool is_gray;        /* of red, green, blue and white only red's channel: white, black, black, white */
    bool is_transparent; /* the right half is wholly so */
    bool is_pq;          /* BT.2100 PQ of 16 bits: full white is 10,000 cd/m² */
    bool is_container;   /* with EXIF (Make "Test", orientation 6) and XMP (rating 4) in boxes, compressed by brotli */
};
GBytes *picture_jxl(const struct picture_jxl *wanted);

/** The colour at a place of a JPEG, each channel 0…255. */
void picture_pixel(GBytes *jpeg, double x, double y, int ret_rgb[3], int *ret_width_px, int *ret_height_px);
