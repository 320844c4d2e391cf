/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/raw_look.h"

#include <string.h>

#include "worker/tiff_walk.h"

enum { DIRS_MAX = 32 };

static uint64_t be(const uint8_t *at, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value = value << 8 | at[i];
    return value;
}

bool raw_jpeg_extent(const uint8_t *bytes, size_t size, unsigned *ret_width_px, unsigned *ret_height_px)
{
    if (size < 4 || memcmp(bytes, "\xff\xd8\xff", 3) != 0)
        return false;
    for (size_t at = 2; at + 9 <= size;) {
        unsigned marker = bytes[at + 1];
        if (bytes[at] != 0xff)
            return false;
        if (marker == 0xff) {
            at++;
            continue;
        }
        if (marker == 0xda || marker == 0xd9)
            return false;
        /* SOF0, SOF1, SOF2: baseline, extended, progressive. SOF3 is the lossless one. */
        if (marker >= 0xc0 && marker <= 0xc2) {
            *ret_height_px = (unsigned)be(bytes + at + 5, 2);
            *ret_width_px = (unsigned)be(bytes + at + 7, 2);
            return bytes[at + 4] == 8 && *ret_width_px > 0 && *ret_height_px > 0;
        }
        if (marker == 0xc3 || (marker >= 0xc5 && marker <= 0xc7))
            return false;
        at += 2 + be(bytes + at + 2, 2);
    }
    return false;
}

/* Puts a preview into its place by size, if it is one. */
static void add_preview(struct raw_look *look, const uint8_t *bytes, size_t file_size, uint64_t offset, uint64_t size)
{
    struct raw_preview preview;
    if (offset >= file_size || size == 0)
        return;
    preview.offset = (size_t)offset;
    preview.size = (size_t)MIN(size, file_size - offset); /* a file that is cut may still show its upper part */
    if (!raw_jpeg_extent(bytes + offset, preview.size, &preview.width_px, &preview.height_px))
        return;
    unsigned at = 0;
    for (; at < look->n_previews; at++) {
        const struct raw_preview *other = &look->previews[at];
        if (other->offset == preview.offset)
            return;
        if ((uint64_t)other->width_px * other->height_px < (uint64_t)preview.width_px * preview.height_px)
            break;
    }
    if (at == RAW_PREVIEWS_MAX)
        return;
    look->n_previews = MIN(look->n_previews + 1, RAW_PREVIEWS_MAX);
    memmove(&look->previews[at + 1], &look->previews[at], (look->n_previews - 1 - at) * sizeof(preview));
    look->previews[at] = preview;
}

/* ---- kin of TIFF ---- */

static bool is_sensor(const struct tiff_dir *dir)
{
    enum { CFA = 32803, LINEAR_RAW = 34892 };
    /* Compressions of sensor data: Sony, Nikon (two), Kodak, Pentax, Samsung (two). */
    static const uint16_t compressions[] = {32767, 34713, 34714, 65000, 65535, 32769, 32770, 32772};
    uint64_t photometric = tiff_number(dir, TIFF_TAG_PHOTOMETRIC, 0);
    uint64_t compression = tiff_number(dir, TIFF_TAG_COMPRESSION, 0);
    if (photometric == CFA || photometric == LINEAR_RAW)
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(compressions); i++)
        if (compression == compressions[i])
            return true;
    return false;
}

/* A picture of one strip that is a JPEG of its own, or one that the old JPEG tags point to. Lengths that are not told
 * reach to the end of the file: the decoder stops where the JPEG does. */
static void look_at_dir(struct raw_look *look, const struct tiff_dir *dir)
{
    enum { RW2_JPEG = 0x002e, RW2_HEIGHT = 0x0002, RW2_WIDTH = 0x0003 };
    const struct tiff *tiff = &dir->tiff;
    struct tiff_entry offsets, sizes, jpeg;
    uint64_t offset = tiff_number(dir, TIFF_TAG_JPEG_OFFSET, 0);
    if (offset > 0)
        add_preview(look, tiff->bytes, tiff->size, offset, tiff_number(dir, TIFF_TAG_JPEG_SIZE, tiff->size));
    if (tiff_find(dir, TIFF_TAG_STRIP_OFFSETS, &offsets) && offsets.count == 1) {
        bool sized = tiff_find(dir, TIFF_TAG_STRIP_SIZES, &sizes);
        add_preview(look, tiff->bytes, tiff->size, tiff_value(dir, &offsets, 0),
                    sized ? tiff_value(dir, &sizes, 0) : tiff->size);
    }
    bool is_rw2 = memcmp(tiff->bytes, "IIU", 3) == 0;
    if (is_rw2 && tiff_find(dir, RW2_JPEG, &jpeg))
        add_preview(look, tiff->bytes, tiff->size, (uint64_t)(jpeg.value - tiff->bytes), jpeg.size);
    uint64_t width = tiff_number(dir, is_rw2 ? RW2_WIDTH : TIFF_TAG_WIDTH, 0);
    uint64_t height = tiff_number(dir, is_rw2 ? RW2_HEIGHT : TIFF_TAG_HEIGHT, 0);
    if (width <= 1u << 20 && height <= 1u << 20 && width * height > (uint64_t)look->width_px * look->height_px) {
        look->width_px = (unsigned)width;
        look->height_px = (unsigned)height;
    }
}

static void look_at_tiff(struct raw_look *look, const struct tiff *tiff)
{
    struct tiff_dir dirs[DIRS_MAX];
    unsigned n_dirs = tiff_pictures(tiff, dirs, DIRS_MAX);
    for (unsigned i = 0; i < n_dirs; i++)
        look_at_dir(look, &dirs[i]);
    if (n_dirs == 0)
        return;
    look->exif = tiff_exif(tiff);
    look->xmp = tiff_block(&dirs[0], TIFF_TAG_XMP);
    look->iptc = tiff_block(&dirs[0], TIFF_TAG_IPTC);
}

const char *raw_kind_of_tiff(const uint8_t *bytes, size_t size)
{
    static const struct {
        const char *make, *mime;
    } makers[] = {
        {"NIKON", "image/x-nikon-nef"},        {"SONY", "image/x-sony-arw"},
        {"PENTAX", "image/x-pentax-pef"},      {"RICOH", "image/x-pentax-pef"},
        {"SAMSUNG", "image/x-samsung-srw"},    {"OLYMPUS", "image/x-olympus-orf"},
        {"CANON", "image/x-canon-cr2"},        {"Hasselblad", "image/x-hasselblad-3fr"},
        {"KODAK", "image/x-kodak-dcr"},        {"EASTMAN KODAK", "image/x-kodak-dcr"},
        {"SEIKO EPSON", "image/x-epson-erf"},  {"Mamiya", "image/x-mamiya-mef"},
        {"Phase One", "image/x-phaseone-iiq"}, {"Leaf", "image/x-leaf-mos"},
    };
    struct tiff tiff;
    struct tiff_dir dirs[DIRS_MAX];
    struct tiff_entry make;
    if (!tiff_open(bytes, size, &tiff))
        return NULL;
    if (memcmp(bytes, "IIU", 3) == 0)
        return "image/x-panasonic-rw2";
    if (bytes[2] == 'R' || bytes[3] == 'R')
        return "image/x-olympus-orf";
    if (!tiff.is_big_tiff && memcmp(bytes + 8, "CR", 2) == 0)
        return "image/x-canon-cr2";
    unsigned n_dirs = tiff_pictures(&tiff, dirs, DIRS_MAX);
    if (n_dirs == 0)
        return "image/tiff";
    if (tiff_find(&dirs[0], TIFF_TAG_DNG_VERSION, &make))
        return "image/x-adobe-dng";
    bool has_sensor = false;
    for (unsigned i = 0; i < n_dirs && !has_sensor; i++)
        has_sensor = is_sensor(&dirs[i]);
    if (!has_sensor)
        return "image/tiff";
    for (size_t i = 0; i < G_N_ELEMENTS(makers) && tiff_find(&dirs[0], TIFF_TAG_MAKE, &make); i++) {
        size_t length = strlen(makers[i].make);
        if (make.size >= length && g_ascii_strncasecmp((const char *)make.value, makers[i].make, length) == 0)
            return makers[i].mime;
    }
    return "image/x-raw";
}

/* ---- CR3: boxes of ISO/IEC 14496-12 ---- */

struct box {
    const uint8_t *type; /* 4 bytes */
    const uint8_t *body;
    size_t size;
};

static bool next_box(const uint8_t **at, const uint8_t *end, struct box *ret_box)
{
    if (end - *at < 8)
        return false;
    uint64_t size = be(*at, 4), head = 8;
    if (size == 1 && end - *at >= 16) {
        size = be(*at + 8, 8);
        head = 16;
    } else if (size == 0) {
        size = (uint64_t)(end - *at);
    }
    if (size < head || size > (uint64_t)(end - *at))
        return false;
    *ret_box = (struct box){*at + 4, *at + head, (size_t)(size - head)};
    *at += size;
    return true;
}

static bool find_box(const uint8_t *bytes, size_t size, const char *type, struct box *ret_box)
{
    for (const uint8_t *at = bytes; next_box(&at, bytes + size, ret_box);)
        if (memcmp(ret_box->type, type, 4) == 0)
            return true;
    return false;
}

/* The first sample of a track, which in CR3 is a whole JPEG in one of the tracks. */
static void look_at_track(struct raw_look *look, const uint8_t *bytes, size_t size, struct box box)
{
    static const char *const path[] = {"mdia", "minf", "stbl"};
    for (size_t i = 0; i < G_N_ELEMENTS(path); i++)
        if (!find_box(box.body, box.size, path[i], &box))
            return;
    struct box sizes, offsets;
    if (!find_box(box.body, box.size, "stsz", &sizes) || sizes.size < 16)
        return;
    uint64_t sample = be(sizes.body + 4, 4); /* of all samples, or 0: a list follows */
    if (sample == 0 && sizes.size >= 16)
        sample = be(sizes.body + 12, 4);
    if (find_box(box.body, box.size, "co64", &offsets) && offsets.size >= 16)
        add_preview(look, bytes, size, be(offsets.body + 8, 8), sample);
    else if (find_box(box.body, box.size, "stco", &offsets) && offsets.size >= 12)
        add_preview(look, bytes, size, be(offsets.body + 8, 4), sample);
}

static bool first_dir(const struct box *box, struct tiff_dir *ret_dir)
{
    struct tiff tiff;
    return box->type && tiff_open(box->body, box->size, &tiff) && tiff_dir_at(&tiff, tiff.first, ret_dir);
}

/* Canon's box in moov: CMT1 is the main directory, CMT2 EXIF's, CMT4 GPS's; THMB a small JPEG behind 16 bytes. */
static void look_at_canon(struct raw_look *look, const uint8_t *bytes, size_t size, const struct box *canon)
{
    struct box blocks[5] = {0}, box;
    for (const uint8_t *at = canon->body + 16; next_box(&at, canon->body + canon->size, &box);) {
        if (memcmp(box.type, "CMT", 3) == 0 && box.type[3] >= '1' && box.type[3] <= '4')
            blocks[box.type[3] - '0'] = box;
        if (memcmp(box.type, "THMB", 4) == 0 && box.size > 16)
            add_preview(look, bytes, size, (uint64_t)(box.body + 16 - bytes), box.size - 16);
    }
    struct tiff_dir dirs[3];
    bool has[3] = {first_dir(&blocks[1], &dirs[0]), first_dir(&blocks[2], &dirs[1]), first_dir(&blocks[4], &dirs[2])};
    if (!look->exif)
        look->exif = tiff_gather(has[0] ? &dirs[0] : NULL, has[1] ? &dirs[1] : NULL, has[2] ? &dirs[2] : NULL);
    if (!has[0])
        return;
    look->width_px = (unsigned)MIN(tiff_number(&dirs[0], TIFF_TAG_WIDTH, 0), 1u << 20);
    look->height_px = (unsigned)MIN(tiff_number(&dirs[0], TIFF_TAG_HEIGHT, 0), 1u << 20);
}

static void look_at_cr3(struct raw_look *look, const uint8_t *bytes, size_t size)
{
    static const uint8_t canon[16] = {0x85, 0xc0, 0xb6, 0x87, 0x82, 0x0f, 0x11, 0xe0,
                                      0x81, 0x11, 0xf4, 0xce, 0x46, 0x2b, 0x6a, 0x48},
                         preview[16] = {0xea, 0xf4, 0x2b, 0x5e, 0x1c, 0x98, 0x4b, 0x88,
                                        0xb9, 0xfb, 0xb7, 0xdc, 0x40, 0x6e, 0x4d, 0x16},
                         xmp[16] = {0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8,
                                    0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac};
    struct box box, inner;
    for (const uint8_t *at = bytes; next_box(&at, bytes + size, &box);) {
        bool is_uuid = memcmp(box.type, "uuid", 4) == 0 && box.size >= 16;
        if (is_uuid && memcmp(box.body, preview, 16) == 0 && box.size > 24 &&
            find_box(box.body + 24, box.size - 24, "PRVW", &inner) && inner.size > 16)
            add_preview(look, bytes, size, (uint64_t)(inner.body + 16 - bytes), inner.size - 16);
        if (is_uuid && memcmp(box.body, xmp, 16) == 0 && !look->xmp && box.size - 16 <= 16 << 20)
            look->xmp = g_bytes_new(box.body + 16, box.size - 16);
        if (memcmp(box.type, "moov", 4) != 0)
            continue;
        for (const uint8_t *in = box.body; next_box(&in, box.body + box.size, &inner);) {
            if (memcmp(inner.type, "trak", 4) == 0)
                look_at_track(look, bytes, size, inner);
            if (memcmp(inner.type, "uuid", 4) == 0 && inner.size >= 16 && memcmp(inner.body, canon, 16) == 0)
                look_at_canon(look, bytes, size, &inner);
        }
    }
}

/* ---- RAF ---- */

/* A JPEG's place at 84; its EXIF is the file's. Directories of their own form follow, with no picture in them. */
static void look_at_raf(struct raw_look *look, const uint8_t *bytes, size_t size)
{
    if (size >= 92)
        add_preview(look, bytes, size, be(bytes + 84, 4), be(bytes + 88, 4));
}

void raw_look(const uint8_t *bytes, size_t size, struct raw_look *ret_look)
{
    struct tiff tiff;
    *ret_look = (struct raw_look){0};
    if (tiff_open(bytes, size, &tiff))
        look_at_tiff(ret_look, &tiff);
    else if (size >= 16 && memcmp(bytes, "FUJIFILMCCD-RAW", 15) == 0)
        look_at_raf(ret_look, bytes, size);
    else if (size >= 16 && memcmp(bytes + 4, "ftyp", 4) == 0)
        look_at_cr3(ret_look, bytes, size);
}

void raw_look_clear(struct raw_look *look)
{
    g_clear_pointer(&look->exif, g_bytes_unref);
    g_clear_pointer(&look->xmp, g_bytes_unref);
    g_clear_pointer(&look->iptc, g_bytes_unref);
    *look = (struct raw_look){0};
}
