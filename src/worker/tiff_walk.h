/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The directories of TIFF and of what is built like it (EXIF blocks, most camera RAW files, BigTIFF), read straight
 * from the bytes: nothing is copied, every offset is checked, loops end. It knows nothing of pixels. Threads: one. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tiff {
    const uint8_t *bytes;
    size_t size;
    bool is_big_endian, is_big_tiff;
    uint64_t first; /* offset of the first directory */
};

struct tiff_dir {
    struct tiff tiff;
    uint64_t at; /* of the first entry */
    unsigned n_entries;
    uint64_t next; /* offset of the next directory of the chain; 0: none */
};

struct tiff_entry {
    uint16_t tag, type;
    uint64_t count;
    const uint8_t *value; /* in the file's bytes */
    uint64_t size;        /* of the value, in bytes */
};

/** Tags that more than one reader here asks for. */
enum {
    TIFF_TAG_SUBFILE_TYPE = 0x00fe,
    TIFF_TAG_WIDTH = 0x0100,
    TIFF_TAG_HEIGHT = 0x0101,
    TIFF_TAG_BITS = 0x0102,
    TIFF_TAG_COMPRESSION = 0x0103,
    TIFF_TAG_PHOTOMETRIC = 0x0106,
    TIFF_TAG_MAKE = 0x010f,
    TIFF_TAG_STRIP_OFFSETS = 0x0111,
    TIFF_TAG_ORIENTATION = 0x0112,
    TIFF_TAG_STRIP_SIZES = 0x0117,
    TIFF_TAG_SUB_DIRS = 0x014a,
    TIFF_TAG_JPEG_OFFSET = 0x0201,
    TIFF_TAG_JPEG_SIZE = 0x0202,
    TIFF_TAG_XMP = 0x02bc,
    TIFF_TAG_IPTC = 0x83bb,
    TIFF_TAG_EXIF = 0x8769,
    TIFF_TAG_ICC = 0x8773,
    TIFF_TAG_GPS = 0x8825,
    TIFF_TAG_INTEROP = 0xa005,
    TIFF_TAG_DNG_VERSION = 0xc612,
};

/** False where @bytes do not begin as TIFF, BigTIFF, or one of their kin with a number of its own (RW2, ORF). */
bool tiff_open(const void *bytes, size_t size, struct tiff *ret_tiff);

/** The directory at @offset. False where it does not lie within the file. */
bool tiff_dir_at(const struct tiff *tiff, uint64_t offset, struct tiff_dir *ret_dir);

/** Entry @index. False where its value lies outside of the file or its type is unknown. */
bool tiff_entry(const struct tiff_dir *dir, unsigned index, struct tiff_entry *ret_entry);

/** The first entry of @tag. */
bool tiff_find(const struct tiff_dir *dir, unsigned tag, struct tiff_entry *ret_entry);

/** Number @index of an entry of whole numbers; 0 where there is none. */
uint64_t tiff_value(const struct tiff_dir *dir, const struct tiff_entry *entry, uint64_t index);

/** The first number of @tag, or @otherwise. */
uint64_t tiff_number(const struct tiff_dir *dir, unsigned tag, uint64_t otherwise);

/** The directory that number 0 of @tag points to. */
bool tiff_sub_dir(const struct tiff_dir *dir, unsigned tag, struct tiff_dir *ret_dir);

/** The directories of pictures: the chain, and what hangs below them as SubIFDs, each once, at most @max. How many. */
unsigned tiff_pictures(const struct tiff *tiff, struct tiff_dir *ret_dirs, unsigned max);

/** The metadata of up to three directories (the main one, EXIF's, GPS's; NULL: none) as one small TIFF block without
 *  pictures, whatever file they came from. NULL where nothing is left. Free with g_bytes_unref(). */
GBytes *tiff_gather(const struct tiff_dir *main, const struct tiff_dir *exif, const struct tiff_dir *gps);

/** tiff_gather() of the first directory of @tiff and those it points to. */
GBytes *tiff_exif(const struct tiff *tiff);

/** The bytes of @tag, at most 16 MB, or NULL. Free with g_bytes_unref(). */
GBytes *tiff_block(const struct tiff_dir *dir, unsigned tag);
