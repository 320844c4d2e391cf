/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/motion.h"

#include <string.h>

/* Half a second of the smallest video is larger; smaller finds are accidents. */
enum { FILM_MIN_BYTES = 256, BOX_HEAD = 8, WIDE_BOX_HEAD = 16, FTYP_MAX_BYTES = 512 };
/* Against files that are made of nothing but heads. */
enum { BOXES_MAX = 10000, CANDIDATES_MAX = 64 };

static uint64_t be(const uint8_t *bytes, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

static uint32_t le32(const uint8_t *bytes)
{
    return (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
}

/* ---- boxes ---- */

struct box {
    const uint8_t *type;
    uint64_t head, size; /* of all, with the head */
};

/* The box at the start of @bytes; false where none fits in. A size of 0 (to the end of the file) is taken so. */
static bool read_box(const uint8_t *bytes, size_t size, struct box *ret_box)
{
    if (size < BOX_HEAD)
        return false;
    struct box box = {.type = bytes + 4, .head = BOX_HEAD, .size = be(bytes, 4)};
    if (box.size == 1) {
        if (size < WIDE_BOX_HEAD)
            return false;
        box.head = WIDE_BOX_HEAD;
        box.size = be(bytes + 8, 8);
    } else if (box.size == 0) {
        box.size = size;
    }
    if (box.size < box.head || box.size > size)
        return false;
    *ret_box = box;
    return true;
}

static bool is_type(const struct box *box, const char *type)
{
    return memcmp(box->type, type, 4) == 0;
}

/* What stands in films at the top; a trailer behind (Samsung's is none of these) is no part of it. */
static bool is_film_box(const struct box *box)
{
    static const char types[][5] = {"moov", "mdat", "free", "skip", "wide", "udta", "uuid",
                                    "meta", "moof", "mfra", "sidx", "styp", "pdin"};
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        if (is_type(box, types[i]))
            return true;
    return false;
}

size_t motion_film_bytes(const uint8_t *bytes, size_t size)
{
    struct box box;
    if (!read_box(bytes, size, &box) || !is_type(&box, "ftyp") || box.size > FTYP_MAX_BYTES)
        return 0;
    size_t at = (size_t)box.size;
    bool has_index = false, has_data = false;
    for (unsigned i = 0; i < BOXES_MAX && at < size && read_box(bytes + at, size - at, &box); i++) {
        if (!is_film_box(&box))
            break;
        has_index |= is_type(&box, "moov");
        has_data |= is_type(&box, "mdat") && box.size > box.head;
        at += (size_t)box.size;
    }
    return has_index && has_data && at >= FILM_MIN_BYTES ? at : 0;
}

/* ---- where it may stand ---- */

struct find {
    size_t offset, size;
};

static bool try_at(const struct photo *photo, uint64_t offset, uint64_t end, struct find *ret_find)
{
    if (offset == 0 || offset >= end || end > photo->size)
        return false;
    size_t size = motion_film_bytes(photo->bytes + offset, (size_t)(end - offset));
    if (size == 0)
        return false;
    *ret_find = (struct find){(size_t)offset, size};
    return true;
}

/* Within @from and @end: the first film whose ftyp box has a likely size. */
static bool search(const struct photo *photo, size_t from, size_t end, struct find *ret_find)
{
    for (unsigned i = 0; i < CANDIDATES_MAX && from < end; i++) {
        const uint8_t *hit = memmem(photo->bytes + from, end - from, "ftyp", 4);
        if (!hit)
            return false;
        size_t at = (size_t)(hit - photo->bytes);
        if (at >= 4 && try_at(photo, at - 4, end, ret_find))
            return true;
        from = at + 4;
    }
    return false;
}

/* A box of its own at the top of HEIC and AVIF files (Google), beside the picture's. */
static bool in_box(const struct photo *photo, struct find *ret_find)
{
    size_t at = 0;
    struct box box;
    if (photo->size < BOX_HEAD || memcmp(photo->bytes + 4, "ftyp", 4) != 0)
        return false;
    for (unsigned i = 0; i < BOXES_MAX && at < photo->size; i++) {
        if (!read_box(photo->bytes + at, photo->size - at, &box))
            return false;
        if (is_type(&box, "mpvd") && try_at(photo, at + box.head, at + box.size, ret_find))
            return true;
        at += (size_t)box.size;
    }
    return false;
}

/* Samsung's directory at the end of the file: "SEFH" · u32 version · u32 count · entries of 12 bytes · u32 its size so
 * far · "SEFT"; an entry: u16 zero · u16 type · u32 how far before "SEFH" its data begins · u32 their size; the data:
 * u16 zero · u16 type · u32 length of the name · name · bytes. All little-endian. */
static bool in_samsung_entry(const struct photo *photo, size_t head, const uint8_t *entry, struct find *ret_find)
{
    static const char name[] = "MotionPhoto_Data";
    enum { DATA_HEAD = 8, NAME = sizeof(name) - 1 };
    uint64_t back = le32(entry + 4), size = le32(entry + 8);
    if (back > head || size > back || size < DATA_HEAD + NAME)
        return false;
    size_t at = head - (size_t)back;
    if (memcmp(photo->bytes + at + DATA_HEAD, name, NAME) != 0)
        return false;
    return try_at(photo, at + DATA_HEAD + NAME, at + size, ret_find);
}

static bool in_samsung_trailer(const struct photo *photo, struct find *ret_find)
{
    enum { TAIL = 8, HEAD = 12, ENTRY = 12 };
    if (photo->size < TAIL + HEAD || memcmp(photo->bytes + photo->size - 4, "SEFT", 4) != 0)
        return false;
    size_t tail = photo->size - TAIL, size = le32(photo->bytes + tail);
    if (size < HEAD || size > tail || memcmp(photo->bytes + tail - size, "SEFH", 4) != 0)
        return false;
    const uint8_t *head = photo->bytes + tail - size;
    size_t n_entries = MIN(le32(head + 8), (size - HEAD) / ENTRY);
    for (size_t i = 0; i < n_entries; i++)
        if (in_samsung_entry(photo, tail - size, head + HEAD + i * ENTRY, ret_find))
            return true;
    return false;
}

/* What XMP says is true to the byte in most files; in others the place is a padding or a trailer off. */
static bool by_hint(const struct photo *photo, const struct motion_hint *hint, struct find *ret_find)
{
    enum { SLACK_BYTES = 64 << 10 };
    if (hint->from_end_bytes == 0 || hint->from_end_bytes >= photo->size)
        return false;
    size_t at = photo->size - (size_t)hint->from_end_bytes;
    return try_at(photo, at, photo->size, ret_find) ||
           search(photo, at > SLACK_BYTES ? at - SLACK_BYTES : 1, photo->size, ret_find);
}

static struct motion_hint hint_in(GBytes *xmp)
{
    size_t size = 0;
    const char *text = xmp ? g_bytes_get_data(xmp, &size) : NULL;
    return text ? motion_hint_read(text, size) : (struct motion_hint){0};
}

void motion_read(const struct photo *photo, struct media_reply *reply)
{
    struct find find;
    struct motion_hint hint = hint_in(photo->xmp), more = hint_in(photo->xmp_extended);
    if (hint.is_off || more.is_off)
        return;
    bool found = in_box(photo, &find) || in_samsung_trailer(photo, &find) || by_hint(photo, &hint, &find) ||
                 by_hint(photo, &more, &find) || (photo->tail > 0 && search(photo, photo->tail, photo->size, &find));
    if (!found)
        return;
    reply->motion_offset = (int64_t)find.offset;
    reply->motion_bytes = (int64_t)find.size;
}
