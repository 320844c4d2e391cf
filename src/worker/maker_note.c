/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What exiv2 does not read of Apple's maker note, and the burst that a picture belongs to. */
#include "worker/facts_of_tags.h"

#include <string.h>

enum { HEAD_SIZE = 14, ENTRY_SIZE = 12, TYPE_TEXT = 2, TAG_BURST = 0x000b, TAG_CONTENT = 0x0011 };
enum { ID_MIN_BYTES = 8, ID_MAX_BYTES = 100 };

static unsigned be(const uint8_t *bytes, unsigned size)
{
    unsigned value = 0;
    for (unsigned i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* A text of a big-endian directory behind "Apple iOS\0\0\1MM", offsets counted from the note's start. */
static char *apple_text(const uint8_t *note, size_t size, unsigned tag)
{
    if (size < HEAD_SIZE + 2 || memcmp(note, "Apple iOS", 9) != 0 || memcmp(note + 12, "MM", 2) != 0)
        return NULL;
    unsigned n_entries = be(note + HEAD_SIZE, 2);
    for (size_t at = HEAD_SIZE + 2; n_entries > 0 && at + ENTRY_SIZE <= size; n_entries--, at += ENTRY_SIZE) {
        size_t length = be(note + at + 4, 4), offset = be(note + at + 8, 4);
        if (be(note + at, 2) != tag || be(note + at + 2, 2) != TYPE_TEXT)
            continue;
        if (length < ID_MIN_BYTES || length > ID_MAX_BYTES || offset > size || length > size - offset)
            return NULL;
        g_autofree char *text = g_strndup((const char *)note + offset, length);
        return g_str_is_ascii(text) ? charset_clean(text, ID_MAX_BYTES) : NULL;
    }
    return NULL;
}

void maker_note_read(const struct tags *tags, struct media_reply *reply)
{
    g_autoptr(GBytes) raw = tags_raw(tags, "Exif.Photo.MakerNote");
    size_t size = 0;
    const uint8_t *note = raw ? g_bytes_get_data(raw, &size) : NULL;
    reply->content_id = apple_text(note, size, TAG_CONTENT);
    reply->burst_id = apple_text(note, size, TAG_BURST);
    g_autofree char *google = reply->burst_id ? NULL : tags_text(tags, "Xmp.GCamera.BurstID");
    if (google)
        reply->burst_id = charset_clean(google, ID_MAX_BYTES);
}
