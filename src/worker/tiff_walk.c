/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/tiff_walk.h"

#include <string.h>

/* Types of TIFF 6.0 and BigTIFF that are read as numbers. */
enum { BYTE = 1, SHORT = 3, LONG = 4, IFD = 13, LONG8 = 16, IFD8 = 18 };

static uint64_t number(const struct tiff *tiff, const uint8_t *at, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)at[i] << 8 * (tiff->is_big_endian ? size - 1 - i : i);
    return value;
}

bool tiff_open(const void *bytes, size_t size, struct tiff *ret_tiff)
{
    /* TIFF 6.0; Panasonic; Olympus, three times. */
    static const char heads[][5] = {"II*\0", "MM\0*", "IIU\0", "IIRO", "IIRS", "MMOR"};
    struct tiff tiff = {.bytes = bytes, .size = size};
    if (size < 16)
        return false;
    tiff.is_big_endian = tiff.bytes[0] == 'M';
    tiff.is_big_tiff = memcmp(bytes, "II+\0\x08\0\0\0", 8) == 0 || memcmp(bytes, "MM\0+\0\x08\0\0", 8) == 0;
    bool known = tiff.is_big_tiff;
    for (size_t i = 0; i < G_N_ELEMENTS(heads) && !known; i++)
        known = memcmp(bytes, heads[i], 4) == 0;
    if (!known)
        return false;
    tiff.first = tiff.is_big_tiff ? number(&tiff, tiff.bytes + 8, 8) : number(&tiff, tiff.bytes + 4, 4);
    *ret_tiff = tiff;
    return true;
}

static unsigned entry_size(const struct tiff *tiff)
{
    return tiff->is_big_tiff ? 20 : 12;
}

bool tiff_dir_at(const struct tiff *tiff, uint64_t offset, struct tiff_dir *ret_dir)
{
    unsigned count_size = tiff->is_big_tiff ? 8 : 2, offset_size = tiff->is_big_tiff ? 8 : 4;
    if (offset < 8 || offset > tiff->size || tiff->size - offset < count_size)
        return false;
    uint64_t count = number(tiff, tiff->bytes + offset, count_size);
    uint64_t at = offset + count_size, room = (tiff->size - at) / entry_size(tiff);
    if (count == 0 || count > 65535)
        return false;
    /* One that is cut off tells what it still has. */
    struct tiff_dir dir = {*tiff, at, (unsigned)MIN(count, room), 0};
    uint64_t end = at + count * entry_size(tiff);
    if (end <= tiff->size && tiff->size - end >= offset_size)
        dir.next = number(tiff, tiff->bytes + end, offset_size);
    *ret_dir = dir;
    return dir.n_entries > 0;
}

bool tiff_entry(const struct tiff_dir *dir, unsigned index, struct tiff_entry *ret_entry)
{
    static const uint8_t sizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};
    const struct tiff *tiff = &dir->tiff;
    if (index >= dir->n_entries)
        return false;
    const uint8_t *at = tiff->bytes + dir->at + (uint64_t)index * entry_size(tiff);
    unsigned word = tiff->is_big_tiff ? 8 : 4;
    struct tiff_entry entry = {(uint16_t)number(tiff, at, 2), (uint16_t)number(tiff, at + 2, 2),
                               number(tiff, at + 4, word), at + 4 + word, 0};
    unsigned unit = entry.type < G_N_ELEMENTS(sizes) ? sizes[entry.type] : 0;
    if (unit == 0 || entry.count > tiff->size)
        return false;
    entry.size = entry.count * unit;
    if (entry.size > word) {
        uint64_t offset = number(tiff, entry.value, word);
        if (offset > tiff->size || entry.size > tiff->size - offset)
            return false;
        entry.value = tiff->bytes + offset;
    }
    *ret_entry = entry;
    return true;
}

bool tiff_find(const struct tiff_dir *dir, unsigned tag, struct tiff_entry *ret_entry)
{
    for (unsigned i = 0; i < dir->n_entries; i++) {
        const uint8_t *at = dir->tiff.bytes + dir->at + (uint64_t)i * entry_size(&dir->tiff);
        if (number(&dir->tiff, at, 2) == tag)
            return tiff_entry(dir, i, ret_entry);
    }
    return false;
}

uint64_t tiff_value(const struct tiff_dir *dir, const struct tiff_entry *entry, uint64_t index)
{
    bool is_number = entry->type == BYTE || entry->type == SHORT || entry->type == LONG || entry->type == IFD ||
                     entry->type == LONG8 || entry->type == IFD8;
    if (!is_number || index >= entry->count)
        return 0;
    unsigned unit = (unsigned)(entry->size / entry->count);
    return number(&dir->tiff, entry->value + index * unit, unit);
}

uint64_t tiff_number(const struct tiff_dir *dir, unsigned tag, uint64_t otherwise)
{
    struct tiff_entry entry;
    return tiff_find(dir, tag, &entry) && entry.count > 0 ? tiff_value(dir, &entry, 0) : otherwise;
}

bool tiff_sub_dir(const struct tiff_dir *dir, unsigned tag, struct tiff_dir *ret_dir)
{
    uint64_t offset = tiff_number(dir, tag, 0);
    return offset > 0 && tiff_dir_at(&dir->tiff, offset, ret_dir);
}

/* ---- pictures ---- */

static bool add_dir(const struct tiff *tiff, uint64_t offset, struct tiff_dir *dirs, unsigned max, unsigned *n_dirs)
{
    struct tiff_dir dir;
    if (*n_dirs >= max || !tiff_dir_at(tiff, offset, &dir))
        return false;
    for (unsigned i = 0; i < *n_dirs; i++)
        if (dirs[i].at == dir.at)
            return false;
    dirs[(*n_dirs)++] = dir;
    return true;
}

unsigned tiff_pictures(const struct tiff *tiff, struct tiff_dir *ret_dirs, unsigned max)
{
    unsigned n_dirs = 0;
    for (uint64_t offset = tiff->first; add_dir(tiff, offset, ret_dirs, max, &n_dirs);)
        offset = ret_dirs[n_dirs - 1].next;
    /* The list grows while it is gone through: SubIFDs have some of their own. */
    for (unsigned i = 0; i < n_dirs; i++) {
        struct tiff_entry entry;
        if (!tiff_find(&ret_dirs[i], TIFF_TAG_SUB_DIRS, &entry))
            continue;
        for (uint64_t n = 0; n < MIN(entry.count, max); n++)
            add_dir(tiff, tiff_value(&ret_dirs[i], &entry, n), ret_dirs, max, &n_dirs);
    }
    return n_dirs;
}

/* ---- metadata alone ---- */

enum { ENTRIES_MAX = 512, VALUE_MAX = 64 << 10, GATHERED_MAX = 1 << 20, BLOCK_MAX = 16 << 20 };

/* Where pictures lie, what leads to other directories, and the blocks that are handed over by themselves. */
static bool is_structure(unsigned tag)
{
    static const uint16_t tags[] = {TIFF_TAG_STRIP_OFFSETS,
                                    TIFF_TAG_STRIP_SIZES,
                                    0x0120, /* free space, and its sizes */
                                    0x0121,
                                    0x0144, /* tiles, and their sizes */
                                    0x0145,
                                    TIFF_TAG_SUB_DIRS,
                                    0x015b, /* tables of a JPEG */
                                    TIFF_TAG_JPEG_OFFSET,
                                    TIFF_TAG_JPEG_SIZE,
                                    0x0207,
                                    0x0208,
                                    0x0209,
                                    TIFF_TAG_XMP,
                                    TIFF_TAG_IPTC,
                                    TIFF_TAG_ICC,
                                    TIFF_TAG_EXIF,
                                    TIFF_TAG_GPS,
                                    TIFF_TAG_INTEROP};
    for (size_t i = 0; i < G_N_ELEMENTS(tags); i++)
        if (tags[i] == tag)
            return true;
    return tag < TIFF_TAG_SUBFILE_TYPE && tag > 0x001f; /* Panasonic's own */
}

struct gather {
    struct tiff tiff; /* for its byte order */
    GByteArray *out;
};

static void put(struct gather *gather, uint64_t value, unsigned size)
{
    uint8_t bytes[4];
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> 8 * (gather->tiff.is_big_endian ? size - 1 - i : i));
    g_byte_array_append(gather->out, bytes, size);
}

static void patch(struct gather *gather, size_t at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        gather->out->data[at + i] = (uint8_t)(value >> 8 * (gather->tiff.is_big_endian ? 3 - i : i));
}

static bool may_gather(const struct tiff_entry *entry)
{
    return entry->size <= VALUE_MAX && entry->type <= IFD && entry->count > 0 && !is_structure(entry->tag);
}

/* Appends a directory with @n_links entries of their own (tags ascending), whose values are patched later: their places
 * come in @ret_links. */
static void put_dir(struct gather *gather, const struct tiff_dir *dir, const uint16_t *links, unsigned n_links,
                    size_t *ret_links)
{
    struct tiff_entry entries[ENTRIES_MAX];
    unsigned n_entries = 0;
    bool same_order = dir && dir->tiff.is_big_endian == gather->tiff.is_big_endian;
    for (unsigned i = 0; same_order && i < dir->n_entries && n_entries < ENTRIES_MAX; i++)
        if (tiff_entry(dir, i, &entries[n_entries]) && may_gather(&entries[n_entries]))
            n_entries++;
    put(gather, n_entries + n_links, 2);
    size_t first = gather->out->len;
    for (unsigned i = 0; i < n_entries; i++) {
        put(gather, entries[i].tag, 2);
        put(gather, entries[i].type, 2);
        put(gather, entries[i].count, 4);
        uint8_t inside[4] = {0};
        memcpy(inside, entries[i].value, MIN(entries[i].size, 4));
        g_byte_array_append(gather->out, inside, 4);
    }
    for (unsigned i = 0; i < n_links; i++) {
        put(gather, links[i], 2);
        put(gather, LONG, 2);
        put(gather, 1, 4);
        ret_links[i] = gather->out->len;
        put(gather, 0, 4);
    }
    put(gather, 0, 4);
    for (unsigned i = 0; i < n_entries; i++) {
        if (entries[i].size <= 4)
            continue;
        if (gather->out->len + entries[i].size > GATHERED_MAX) { /* no room: as if it were not there */
            memset(gather->out->data + first + 12u * i + 4, 0, 8);
            continue;
        }
        patch(gather, first + 12u * i + 8, gather->out->len);
        g_byte_array_append(gather->out, entries[i].value, (guint)entries[i].size);
        if (gather->out->len % 2)
            put(gather, 0, 1);
    }
}

GBytes *tiff_gather(const struct tiff_dir *main, const struct tiff_dir *exif, const struct tiff_dir *gps)
{
    const struct tiff_dir *any = main ? main : exif ? exif : gps;
    if (!any)
        return NULL;
    struct gather gather = {any->tiff, g_byte_array_new()};
    g_byte_array_append(gather.out, (const guint8 *)(any->tiff.is_big_endian ? "MM\0*" : "II*\0"), 4);
    put(&gather, 8, 4);
    struct tiff_dir interop;
    bool has_interop = exif && tiff_sub_dir(exif, TIFF_TAG_INTEROP, &interop);
    uint16_t links[2] = {0};
    size_t places[2] = {0}, place = 0;
    unsigned n_links = 0;
    if (exif)
        links[n_links++] = TIFF_TAG_EXIF;
    if (gps)
        links[n_links++] = TIFF_TAG_GPS;
    put_dir(&gather, main, links, n_links, places);
    if (exif) {
        static const uint16_t interop_link = TIFF_TAG_INTEROP;
        patch(&gather, places[0], gather.out->len);
        put_dir(&gather, exif, &interop_link, has_interop, &place);
        if (has_interop) {
            patch(&gather, place, gather.out->len);
            put_dir(&gather, &interop, NULL, 0, NULL);
        }
    }
    if (gps) {
        patch(&gather, places[n_links - 1], gather.out->len);
        put_dir(&gather, gps, NULL, 0, NULL);
    }
    enum { EMPTY_BYTES = 8 + 2 + 4 }; /* head, and a directory without entries */
    if (gather.out->len <= EMPTY_BYTES) {
        g_byte_array_unref(gather.out);
        return NULL;
    }
    return g_byte_array_free_to_bytes(gather.out);
}

GBytes *tiff_exif(const struct tiff *tiff)
{
    struct tiff_dir main, exif, gps;
    if (!tiff_dir_at(tiff, tiff->first, &main))
        return NULL;
    bool has_exif = tiff_sub_dir(&main, TIFF_TAG_EXIF, &exif), has_gps = tiff_sub_dir(&main, TIFF_TAG_GPS, &gps);
    return tiff_gather(&main, has_exif ? &exif : NULL, has_gps ? &gps : NULL);
}

GBytes *tiff_block(const struct tiff_dir *dir, unsigned tag)
{
    struct tiff_entry entry;
    if (!tiff_find(dir, tag, &entry) || entry.size == 0 || entry.size > BLOCK_MAX)
        return NULL;
    return g_bytes_new(entry.value, entry.size);
}
