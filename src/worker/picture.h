/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A decoded picture as planes, one a component, whatever the file was: what decoders hand over and what everything
 * after them works on. Large buffers are asked for with picture_buffer(), which fails instead of aborting: too little
 * memory is an answer about the photo, not a crash.
 *
 * Errors of the worker map to outcomes of the protocol: ERR_UNSUPPORTED, ERR_CORRUPT (broken), ERR_LIMIT (too large),
 * all others a fault of the worker itself. Threads: one. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum picture_kind { PICTURE_GRAY, PICTURE_YCBCR, PICTURE_RGB, PICTURE_CMYK };

/** Samples of 8 bits, or of `depth` bits in 16 of the machine's byte order. */
struct plane {
    uint8_t *data;
    size_t stride_bytes;
    unsigned width_px, height_px;
};

struct picture {
    enum picture_kind kind;
    unsigned width_px, height_px;
    unsigned depth;    /* bits a sample: 8 … 16 */
    unsigned n_planes; /* 1, 3 or 4 (CMYK; ink 0 is none) */
    struct plane planes[4];
    /* Colour: an ICC profile wins over the code points of ISO/IEC 23091-2 (2: not said). */
    GBytes *icc;
    unsigned primaries, transfer, matrix;
    bool is_full_range; /* of PICTURE_YCBCR and PICTURE_GRAY */
    void *owner;        /* holds the planes; freed with free_owner */
    void (*free_owner)(void *owner);
};

void picture_clear(struct picture *picture);
#define PICTURE_AUTO __attribute__((cleanup(picture_clear)))

/** @size bytes (from malloc) or NULL with ERR_LIMIT. */
void *picture_buffer(uint64_t size, GError **error);

/** A picture with planes of its own in one buffer; planes 1 and 2 of @chroma_halved ones are halved, rounded up. */
bool picture_new(enum picture_kind kind, unsigned width_px, unsigned height_px, unsigned depth, bool chroma_halved,
                 struct picture *ret_picture, GError **error);

struct extent {
    unsigned width_px, height_px;
};

/** The size of a derivative: @short_px on the short side, never larger than the source, and at most @long_max_px on
 *  the long side (a panorama must stay something that a browser takes). */
struct extent derivative_extent(unsigned width_px, unsigned height_px, unsigned short_px, unsigned long_max_px);

/** Scales @from to @extent by Lanczos, plane by plane, centres aligned. @chroma_halved: planes 1 and 2 come out at half
 *  size, else at full. Keeps kind, depth and colour. */
bool picture_scale(const struct picture *from, struct extent extent, bool chroma_halved, struct picture *ret_picture,
                   GError **error);

/** As picture_scale(), and ends @from, giving each of its planes back to the system as soon as that one is scaled, also
 *  where they belong to a decoder: those of a large picture are most of what a job needs. The planes must lie in
 * private memory that nobody reads again. */
bool picture_shrink(struct picture *from, struct extent extent, bool chroma_halved, struct picture *ret_picture,
                    GError **error);

/** Shrinks a picture of 8 bits while its rows come from a decoder, so that it is nowhere at full size. */
struct shrinker;

/** For planes of the sizes and colour of @like (whose data are not looked at). @extent and @chroma_halved as with
 *  picture_scale(). Rows that never come stay gray. End with one of the last two. */
struct shrinker *shrinker_new(const struct picture *like, struct extent extent, bool chroma_halved, GError **error);
/** The next @n_rows of a plane; what is beyond its end is left out. */
void shrinker_add(struct shrinker *shrinker, unsigned plane, const uint8_t *rows, size_t stride_bytes, unsigned n_rows);
bool shrinker_finish(struct shrinker *shrinker, struct picture *ret_picture, GError **error);
void shrinker_free(struct shrinker *shrinker);

/** Turns a picture as EXIF orientation @orientation (2 … 8) says, so that it stands upright. Only 8-bit ones. */
bool picture_orient(struct picture *picture, unsigned orientation, GError **error);
