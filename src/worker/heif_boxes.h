/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The items of a HEIF file (ISO/IEC 23008-12), as far as libheif 1.15 does not tell of them: which tiles a grid is put
 * together from, how a picture is to be turned, and where each tile lies, so that a large photo is decoded tile by
 * tile. Everything is a view into the file's bytes. Threads: one. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heif_box {
    char type[5];
    const uint8_t *body; /* NULL: there is no such box */
    size_t size;
};

struct heif_file {
    const uint8_t *bytes;
    size_t size;
    uint32_t primary;
    struct heif_box iinf, iloc, iref, ipco, ipma, idat;
};

/** False where there is no meta box with a primary item. */
bool heif_file_read(const uint8_t *bytes, size_t size, struct heif_file *ret_file);

/** The type of an item ("grid", "hvc1"), NUL-terminated. */
bool heif_item_type(const struct heif_file *file, uint32_t id, char ret_type[5]);

/** Is there any item of @type? */
bool heif_has_item_type(const struct heif_file *file, const char *type);

/** Property @index (from 0) of an item, in the file's order. False where there are no more. */
bool heif_item_property(const struct heif_file *file, uint32_t id, unsigned index, struct heif_box *ret_box);

/** The first property of an item that is of @type. */
bool heif_item_property_of(const struct heif_file *file, uint32_t id, const char *type, struct heif_box *ret_box);

/** The bytes of an item, joined. NULL where they do not lie within the file. Free with g_byte_array_unref(). */
GByteArray *heif_item_data(const struct heif_file *file, uint32_t id);

/** The EXIF number that does what an item's irot and imir say. False where it is cropped (clap) as well. */
bool heif_item_turn(const struct heif_file *file, uint32_t id, unsigned *ret_turn);

struct heif_grid {
    unsigned columns, rows;
    unsigned width_px, height_px; /* of the picture: the tiles may reach beyond */
    unsigned tile_width_px, tile_height_px;
    uint32_t *tiles; /* item ids, row by row; g_free() */
};

/** Reads the primary item as a grid of HEVC tiles of one size, none of them turned by itself. False where it is
 * anything else. */
bool heif_grid_read(const struct heif_file *file, struct heif_grid *ret_grid);
