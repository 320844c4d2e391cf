/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A JPEG with a smaller picture: the segments in front of the picture as they were (but for the sizes that EXIF states
 * and the places that an MPF index gives), the picture anew, and what follows it as it was. So EXIF with its maker
 * notes, XMP also of several segments, IPTC, the profile, gain maps and further pictures (CIPA DC-007) and the video of
 * a motion photo stay, byte by byte; motion photos count their video from the end of the file.
 *
 * Progressive, 4:2:0, quality 85: measured in docs/quality.md. */
#include <string.h>
#include <turbojpeg.h>

#include "base/error.h"
#include "worker/reduce.h"
#include "worker/tiff_edit.h"

enum { QUALITY = 85 };
enum {
    MARKER_TEM = 0x01,
    MARKER_RST0 = 0xd0,
    MARKER_RST7 = 0xd7,
    MARKER_SOI = 0xd8,
    MARKER_EOI = 0xd9,
    MARKER_SOS = 0xda,
    MARKER_APP0 = 0xe0,
    MARKER_APP1 = 0xe1,
    MARKER_APP2 = 0xe2,
    MARKER_APP14 = 0xee,
    MARKER_APP15 = 0xef,
    MARKER_COM = 0xfe,
};

static unsigned be16(const uint8_t *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

/* ---- walking ---- */

/* The next marker segment at or behind @at (T.81, B.1.1). @ret_size counts marker and length; 2 for markers alone. */
static bool next_segment(const uint8_t *bytes, size_t size, size_t at, size_t *ret_at, size_t *ret_size)
{
    for (; at + 2 <= size; at++) {
        unsigned marker = bytes[at + 1];
        if (bytes[at] != 0xff || marker == 0 || marker == 0xff || marker == MARKER_TEM ||
            (marker >= MARKER_RST0 && marker <= MARKER_RST7))
            continue;
        bool alone = marker == MARKER_SOI || marker == MARKER_EOI;
        size_t length = alone ? 0 : at + 4 <= size ? be16(bytes + at + 2) : SIZE_MAX;
        if (length > size - at - 2 || (!alone && length < 2))
            return false;
        *ret_at = at;
        *ret_size = 2 + length;
        return true;
    }
    return false;
}

/* Where the first picture ends, behind its end marker; 0 where it has none. Entropy-coded data hold no marker but
 * restarts, which next_segment() passes over. */
static size_t picture_end(const uint8_t *bytes, size_t size)
{
    size_t at = 2, segment_bytes;
    while (next_segment(bytes, size, at, &at, &segment_bytes)) {
        if (bytes[at + 1] == MARKER_EOI)
            return at + 2;
        if (bytes[at + 1] == MARKER_SOI)
            return 0;
        at += segment_bytes;
    }
    return 0;
}

/* ---- the segments in front ---- */

static bool is_exif(const uint8_t *segment, size_t size)
{
    return segment[1] == MARKER_APP1 && size >= 10 && memcmp(segment + 4, "Exif\0\0", 6) == 0;
}

static bool is_mpf(const uint8_t *segment, size_t size)
{
    return segment[1] == MARKER_APP2 && size >= 8 && memcmp(segment + 4, "MPF\0", 4) == 0;
}

/* What describes the old picture's coding is left out: tables, frame, scan. */
static bool is_kept(unsigned marker)
{
    return (marker >= MARKER_APP0 && marker <= MARKER_APP15) || marker == MARKER_COM;
}

/* All kept segments up to the first scan. @ret_mpf: where the index of further pictures came to lie, or 0. */
static void copy_head(const struct photo *photo, const struct picture *small, GByteArray *out, size_t *ret_mpf)
{
    static const uint8_t soi[2] = {0xff, MARKER_SOI};
    size_t at = 2, size, mpf = 0;
    g_byte_array_append(out, soi, sizeof(soi));
    while (next_segment(photo->bytes, photo->size, at, &at, &size) && photo->bytes[at + 1] != MARKER_SOS &&
           photo->bytes[at + 1] != MARKER_EOI) {
        const uint8_t *segment = photo->bytes + at;
        if (is_kept(segment[1])) {
            size_t to = out->len;
            g_byte_array_append(out, segment, (guint)size);
            if (is_exif(segment, size))
                tiff_set_extent(out->data + to + 10, size - 10, small->width_px, small->height_px);
            else if (is_mpf(segment, size))
                mpf = to;
        }
        at += size;
    }
    *ret_mpf = mpf;
}

/* ---- further pictures: CIPA DC-007, section 5.2 ---- */

enum { MP_TAG_ENTRY = 0xb002, MP_ENTRY_BYTES = 16, MP_HEAD_BYTES = 8, IFD_ENTRY_BYTES = 12 };

struct index {
    uint8_t *bytes; /* from the byte order mark on: offsets count from here */
    size_t size;
    bool is_big_endian;
};

static uint32_t index_get(const struct index *index, size_t at, unsigned n)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < n; i++)
        value |= (uint32_t)index->bytes[at + i] << 8 * (index->is_big_endian ? n - 1 - i : i);
    return value;
}

static void index_add(const struct index *index, size_t at, int64_t delta)
{
    uint32_t value = (uint32_t)((int64_t)index_get(index, at, 4) + delta);
    for (unsigned i = 0; i < 4; i++)
        index->bytes[at + i] = (uint8_t)(value >> 8 * (index->is_big_endian ? 3 - i : i));
}

/* Where the entries of the pictures lie, and how many there are. */
static bool find_entries(const struct index *index, size_t *ret_at, uint32_t *ret_n)
{
    size_t at = index->size >= 8 ? index_get(index, 4, 4) : SIZE_MAX;
    if (at < 8 || at + 2 > index->size)
        return false;
    uint32_t n_entries = index_get(index, at, 2);
    for (at += 2; n_entries > 0 && at + IFD_ENTRY_BYTES <= index->size; n_entries--, at += IFD_ENTRY_BYTES) {
        if (index_get(index, at, 2) != MP_TAG_ENTRY)
            continue;
        uint32_t size = index_get(index, at + 4, 4), entries = index_get(index, at + 8, 4);
        *ret_at = entries;
        *ret_n = size / MP_ENTRY_BYTES;
        return *ret_n > 0 && entries <= index->size && size <= index->size - entries;
    }
    return false;
}

/* The first picture became @delta bytes longer (shorter), and all others lie behind it. False where they do not.
 * @old_start: where the index lay in the file, @old_end: where the first picture ended. */
static bool move_entries(const struct index *index, int64_t delta, size_t old_start, size_t old_end)
{
    size_t at;
    uint32_t n;
    if (!find_entries(index, &at, &n))
        return false;
    index_add(index, at + 4, delta);
    for (uint32_t i = 1; i < n; i++) {
        size_t offset_at = at + (size_t)i * MP_ENTRY_BYTES + 8;
        uint32_t offset = index_get(index, offset_at, 4);
        if (offset == 0) /* an entry without a picture */
            continue;
        if (offset + old_start < old_end)
            return false;
        index_add(index, offset_at, delta);
    }
    return true;
}

static bool move_index(GByteArray *out, size_t mpf, int64_t delta, size_t old_end)
{
    struct index index = {out->data + mpf + MP_HEAD_BYTES, be16(out->data + mpf + 2) + 2u - MP_HEAD_BYTES, false};
    if (index.size < 8)
        return false;
    index.is_big_endian = index.bytes[0] == 'M';
    /* Everything in front of the index is as long as it was, but for segments that were left out. */
    return move_entries(&index, delta, mpf + MP_HEAD_BYTES, old_end);
}

/* Does the index lie where it lay? Tables in front of it, which are left out, would have moved it. */
static bool index_stays(const struct photo *photo, size_t mpf)
{
    return mpf + MP_HEAD_BYTES < photo->size && is_mpf(photo->bytes + mpf, photo->size - mpf);
}

/* ---- the picture ---- */

static bool encode(const struct picture *small, unsigned char **ret_file, unsigned long *ret_size, GError **error)
{
    const unsigned char *planes[3] = {small->planes[0].data, small->planes[1].data, small->planes[2].data};
    int strides[3];
    for (unsigned i = 0; i < 3; i++)
        strides[i] = (int)small->planes[i].stride_bytes;
    tjhandle encoder = tjInitCompress();
    bool ok = encoder && tjCompressFromYUVPlanes(encoder, planes, (int)small->width_px, strides, (int)small->height_px,
                                                 small->n_planes == 1 ? TJSAMP_GRAY : TJSAMP_420, ret_file, ret_size,
                                                 QUALITY, TJFLAG_PROGRESSIVE | TJFLAG_ACCURATEDCT) == 0;
    if (encoder)
        tjDestroy(encoder);
    return ok || err_set(error, ERR_LIMIT, "This picture needs more memory than the server allows for one file.");
}

/* Tables, frame and scans of @file: all behind its own head. */
static void append_picture(GByteArray *out, const uint8_t *file, size_t size)
{
    size_t at = 2, segment_bytes;
    while (next_segment(file, size, at, &at, &segment_bytes) && is_kept(file[at + 1]))
        at += segment_bytes;
    g_byte_array_append(out, file + at, (guint)(size - at));
}

static GByteArray *write_jpeg(const struct photo *photo, const struct picture *small, GError **error)
{
    size_t old_end = picture_end(photo->bytes, photo->size), mpf = 0;
    if (small->kind != PICTURE_YCBCR && small->kind != PICTURE_GRAY)
        return err_set(error, ERR_UNSUPPORTED, "Its colours are written in a rare way."), NULL;
    if (old_end == 0 || photo->size - old_end > 512 << 20)
        return err_set(error, ERR_UNSUPPORTED, "Its parts lie in a way that cannot be carried over."), NULL;
    unsigned char *picture = NULL;
    unsigned long picture_bytes = 0;
    if (!encode(small, &picture, &picture_bytes, error)) {
        tjFree(picture);
        return NULL;
    }
    g_autoptr(GByteArray) out = g_byte_array_new();
    copy_head(photo, small, out, &mpf);
    append_picture(out, picture, picture_bytes);
    tjFree(picture);
    int64_t delta = (int64_t)out->len - (int64_t)old_end;
    if (mpf != 0 && (!index_stays(photo, mpf) || !move_index(out, mpf, delta, old_end)))
        return err_set(error, ERR_UNSUPPORTED, "Its parts lie in a way that cannot be carried over."), NULL;
    g_byte_array_append(out, photo->bytes + old_end, (guint)(photo->size - old_end));
    return g_steal_pointer(&out);
}

const struct reducer jpeg_reducer = {&jpeg_decoder, NULL, true, write_jpeg};
