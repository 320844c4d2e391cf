/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/jpeg_markers.h"

#include <string.h>

#include "worker/extended_xmp.h"

/* Identifiers of APP segments, each with its NUL. */
#define EXIF_ID "Exif\0" /* and the literal's own NUL: six bytes */
#define XMP_ID "http://ns.adobe.com/xap/1.0/"
#define ICC_ID "ICC_PROFILE"
#define PHOTOSHOP_ID "Photoshop 3.0"

enum { MARKER_SOI = 0xd8, MARKER_SOS = 0xda, MARKER_APP1 = 0xe1, MARKER_APP2 = 0xe2, MARKER_APP13 = 0xed };
enum { MARKER_SOF2 = 0xc2, MARKER_SOF10 = 0xca, MARKER_TEM = 0x01, MARKER_RST0 = 0xd0, MARKER_EOI = 0xd9 };
enum { IPTC_RESOURCE = 0x0404, ICC_MAX_BYTES = 4 << 20 };

static unsigned be16(const uint8_t *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

/* Does the segment begin with @id (of @id_size with its NUL)? Then the rest of it is @ret_bytes, @ret_size. */
static bool has_id(const uint8_t *bytes, size_t size, const char *id, size_t id_size, const uint8_t **ret_bytes,
                   size_t *ret_size)
{
    if (size < id_size || memcmp(bytes, id, id_size) != 0)
        return false;
    *ret_bytes = bytes + id_size;
    *ret_size = size - id_size;
    return true;
}

/* Image resource blocks of Photoshop: "8BIM" · u16 id · Pascal string padded to even · u32 size · data padded to even.
 */
static GBytes *find_iptc(const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    while (at + 12 <= size && memcmp(bytes + at, "8BIM", 4) == 0) {
        unsigned id = be16(bytes + at + 4);
        size_t name = (bytes[at + 6] + 2u) / 2 * 2;
        if (at + 6 + name + 4 > size)
            break;
        const uint8_t *length = bytes + at + 6 + name;
        size_t data_size = (size_t)be16(length) << 16 | be16(length + 2);
        size_t data = at + 6 + name + 4;
        if (data_size > size - data)
            break;
        if (id == IPTC_RESOURCE)
            return g_bytes_new(bytes + data, data_size);
        at = data + (data_size + 1) / 2 * 2;
    }
    return NULL;
}

/* A profile may lie in up to 255 segments, each with its number and their count (ICC.1, annex B.4). */
static void add_icc(GByteArray *icc, unsigned *next, const uint8_t *bytes, size_t size)
{
    if (size > 2 && bytes[0] == *next && icc->len + size <= ICC_MAX_BYTES) {
        g_byte_array_append(icc, bytes + 2, (guint)size - 2);
        ++*next;
    }
}

struct walk {
    struct photo *photo;
    GByteArray *icc;
    struct extended_xmp *extended;
    unsigned next_icc;
    struct jpeg_markers *markers;
};

static void take_segment(struct walk *walk, unsigned marker, const uint8_t *bytes, size_t size)
{
    struct photo *photo = walk->photo;
    const uint8_t *rest;
    size_t rest_size;
    if (marker == MARKER_SOF2 || marker == MARKER_SOF10)
        walk->markers->is_buffered = true;
    else if (marker == MARKER_APP1 && !photo->exif && has_id(bytes, size, EXIF_ID, sizeof(EXIF_ID), &rest, &rest_size))
        photo->exif = g_bytes_new(rest, rest_size);
    else if (marker == MARKER_APP1 && !photo->xmp && has_id(bytes, size, XMP_ID, sizeof(XMP_ID), &rest, &rest_size))
        photo->xmp = g_bytes_new(rest, rest_size);
    else if (marker == MARKER_APP1 && has_id(bytes, size, EXTENDED_XMP_ID, sizeof(EXTENDED_XMP_ID), &rest, &rest_size))
        extended_xmp_add(walk->extended, rest, rest_size);
    else if (marker == MARKER_APP2 && has_id(bytes, size, ICC_ID, sizeof(ICC_ID), &rest, &rest_size))
        add_icc(walk->icc, &walk->next_icc, rest, rest_size);
    else if (marker == MARKER_APP13 && !photo->iptc &&
             has_id(bytes, size, PHOTOSHOP_ID, sizeof(PHOTOSHOP_ID), &rest, &rest_size))
        photo->iptc = find_iptc(rest, rest_size);
}

/* The place behind the last marker, counted from @bytes; 0: there is none. */
static size_t find_end(const uint8_t *bytes, size_t size)
{
    /* Trailers (motion photos, maker notes) may follow; inside of a scan 0xff is always escaped, so it cannot be found
     * by mistake before the picture's own end, except in an embedded thumbnail, which lies before the scan. */
    static const uint8_t end[2] = {0xff, MARKER_EOI};
    const uint8_t *found = memmem(bytes, size, end, sizeof(end));
    return found ? (size_t)(found - bytes) + sizeof(end) : 0;
}

void jpeg_markers_read(struct photo *photo, struct jpeg_markers *ret_markers)
{
    struct jpeg_markers markers = {0};
    struct walk walk = {
        .photo = photo, .icc = g_byte_array_new(), .extended = extended_xmp_new(), .next_icc = 1, .markers = &markers};
    const uint8_t *bytes = photo->bytes;
    size_t at = 2;
    while (at + 4 <= photo->size) {
        if (bytes[at] != 0xff) {
            at++;
            continue;
        }
        unsigned marker = bytes[at + 1];
        if (marker == 0xff || marker == 0 || marker == MARKER_TEM || (marker >= MARKER_RST0 && marker <= MARKER_SOI)) {
            at += marker == 0xff ? 1 : 2;
            continue;
        }
        if (marker == MARKER_SOS || marker == MARKER_EOI)
            break;
        size_t length = be16(bytes + at + 2);
        if (length < 2 || length > photo->size - at - 2)
            break;
        take_segment(&walk, marker, bytes + at + 4, length - 2);
        at += 2 + length;
    }
    size_t end = at < photo->size ? find_end(bytes + at, photo->size - at) : 0;
    markers.has_end = end > 0;
    photo->tail = end > 0 ? at + end : 0;
    photo->icc = walk.icc->len > 0 ? g_bytes_new(walk.icc->data, walk.icc->len) : NULL;
    g_byte_array_unref(walk.icc);
    photo->xmp_extended = extended_xmp_join(walk.extended, photo->xmp);
    extended_xmp_free(walk.extended);
    *ret_markers = markers;
}
