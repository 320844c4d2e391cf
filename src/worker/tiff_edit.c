/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/tiff_edit.h"

#include <stdbool.h>
#include <string.h>

/* TIFF 6.0, section 2: a directory is a count and entries of twelve bytes: tag, type, count, value. */
enum { ENTRY_BYTES = 12, TYPE_SHORT = 3, TYPE_LONG = 4 };
enum {
    TAG_IMAGE_WIDTH = 0x0100,
    TAG_IMAGE_LENGTH = 0x0101,
    TAG_EXIF_DIRECTORY = 0x8769,
    TAG_PIXEL_X = 0xa002,
    TAG_PIXEL_Y = 0xa003,
};

struct block {
    uint8_t *bytes;
    size_t size;
    bool is_big_endian;
};

static uint32_t get(const struct block *block, size_t at, unsigned n)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < n; i++)
        value |= (uint32_t)block->bytes[at + i] << 8 * (block->is_big_endian ? n - 1 - i : i);
    return value;
}

static void put(const struct block *block, size_t at, unsigned n, uint32_t value)
{
    for (unsigned i = 0; i < n; i++)
        block->bytes[at + i] = (uint8_t)(value >> 8 * (block->is_big_endian ? n - 1 - i : i));
}

static void set_number(const struct block *block, size_t entry, uint32_t value)
{
    uint32_t type = get(block, entry + 2, 2);
    if (get(block, entry + 4, 4) != 1)
        return;
    if (type == TYPE_LONG)
        put(block, entry + 8, 4, value);
    else if (type == TYPE_SHORT && value <= UINT16_MAX)
        put(block, entry + 8, 2, value);
}

/* The offset of the EXIF directory, where the directory names one; else 0. */
static size_t edit_directory(const struct block *block, size_t at, unsigned width_px, unsigned height_px)
{
    size_t exif = 0;
    if (at < 8 || at + 2 > block->size)
        return 0;
    uint32_t n_entries = get(block, at, 2);
    for (size_t entry = at + 2; n_entries > 0 && entry + ENTRY_BYTES <= block->size;
         n_entries--, entry += ENTRY_BYTES) {
        switch (get(block, entry, 2)) {
        case TAG_IMAGE_WIDTH:
        case TAG_PIXEL_X:
            set_number(block, entry, width_px);
            break;
        case TAG_IMAGE_LENGTH:
        case TAG_PIXEL_Y:
            set_number(block, entry, height_px);
            break;
        case TAG_EXIF_DIRECTORY:
            exif = get(block, entry + 8, 4);
            break;
        default:
            break;
        }
    }
    return exif;
}

void tiff_set_extent(uint8_t *tiff, size_t size, unsigned width_px, unsigned height_px)
{
    if (size < 8 || (memcmp(tiff, "II*\0", 4) != 0 && memcmp(tiff, "MM\0*", 4) != 0))
        return;
    struct block block = {tiff, size, tiff[0] == 'M'};
    size_t exif = edit_directory(&block, get(&block, 4, 4), width_px, height_px);
    if (exif != 0)
        edit_directory(&block, exif, width_px, height_px);
}
