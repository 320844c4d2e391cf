/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The quarters of picture_jpeg() in PNG, WebP, HEIC and AVIF, with the metadata and colours that those can carry. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/** An EXIF block (TIFF) with @orientation (0: none); @is_adobe_rgb: ColorSpace uncalibrated, InteroperabilityIndex
 *  R03. */
GBytes *picture_exif(unsigned orientation, bool is_adobe_rgb);

/** @jpeg with an EXIF segment of @exif. */
GBytes *picture_jpeg_with_exif(GBytes *jpeg, GBytes *exif);

struct picture_png {
    unsigned width_px, height_px;
    GBytes *exif;
    const guint8 *cicp;  /* 4 bytes, or NULL */
    double gamma;        /* of gAMA; 0: none */
    double primaries[8]; /* of cHRM, white first; 0: none */
    unsigned n_frames;   /* 0: no animation */
    bool is_even;        /* all of @colour instead of the quarters */
    guint16 colour[3];   /* 16 bits a sample */
};
GBytes *picture_png_with(const struct picture_png *wanted);

GBytes *picture_webp(unsigned width_px, unsigned height_px, GBytes *exif);

/** Animations whose first picture is wholly transparent, the second red: 200 ms and 300 ms. */
GBytes *picture_gif_late(unsigned width_px, unsigned height_px);
GBytes *picture_webp_late(unsigned width_px, unsigned height_px);

struct picture_heic {
    unsigned width_px, height_px;
    unsigned orientation; /* by irot and imir; 0: none */
    GBytes *exif;
    bool has_thumbnail, has_alpha;
    bool is_second;         /* the first picture of the file, all blue, is not the primary one */
    bool is_pq;             /* 10 bits, BT.2100 PQ; every quarter as bright as code 512 */
    unsigned columns, rows; /* of a grid of such pictures; 0: none. Tile 0 shows quarter 0, and so on by place */
};
GBytes *picture_heic(const struct picture_heic *wanted);

/** The mdat box's bytes of a HEIC made here: where they begin. */
gsize picture_heic_data(GBytes *heic, gsize *ret_size);

GBytes *picture_avif(unsigned width_px, unsigned height_px, unsigned orientation, GBytes *exif);
