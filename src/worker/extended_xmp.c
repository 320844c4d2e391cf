/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/extended_xmp.h"

#include <string.h>

/* A part: GUID (the MD5 of the packet as 32 letters) · u32 size of the packet · u32 place of this part · bytes. */
enum { GUID_SIZE = 32, HEAD_SIZE = GUID_SIZE + 8, PARTS_MAX = 1024, PACKET_MAX_BYTES = 16 << 20 };

struct part {
    const uint8_t *guid, *bytes;
    size_t packet_size, at, size;
};

struct extended_xmp {
    struct part parts[PARTS_MAX];
    unsigned n_parts;
};

struct extended_xmp *extended_xmp_new(void)
{
    return g_new0(struct extended_xmp, 1);
}

void extended_xmp_free(struct extended_xmp *extended)
{
    g_free(extended);
}

static size_t be32(const uint8_t *bytes)
{
    return (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
}

void extended_xmp_add(struct extended_xmp *extended, const uint8_t *bytes, size_t size)
{
    if (size <= HEAD_SIZE || extended->n_parts == PARTS_MAX)
        return;
    struct part part = {
        .guid = bytes,
        .bytes = bytes + HEAD_SIZE,
        .packet_size = be32(bytes + GUID_SIZE),
        .at = be32(bytes + GUID_SIZE + 4),
        .size = size - HEAD_SIZE,
    };
    if (part.packet_size <= PACKET_MAX_BYTES && part.at < part.packet_size && part.size <= part.packet_size - part.at)
        extended->parts[extended->n_parts++] = part;
}

/* All parts that belong with @first, in whatever order they came. Bytes that come twice make the count too large, and
 * the packet none. */
static GBytes *join(const struct extended_xmp *extended, const struct part *first)
{
    g_autofree uint8_t *packet = g_malloc0(first->packet_size);
    size_t size = 0;
    for (unsigned i = 0; i < extended->n_parts; i++) {
        const struct part *part = &extended->parts[i];
        if (part->packet_size != first->packet_size || memcmp(part->guid, first->guid, GUID_SIZE) != 0)
            continue;
        memcpy(packet + part->at, part->bytes, part->size);
        size += part->size;
    }
    return size == first->packet_size ? g_bytes_new_take(g_steal_pointer(&packet), size) : NULL;
}

GBytes *extended_xmp_join(const struct extended_xmp *extended, GBytes *packet)
{
    size_t size = 0;
    const uint8_t *bytes = packet ? g_bytes_get_data(packet, &size) : NULL;
    for (unsigned i = 0; bytes && i < extended->n_parts; i++)
        if (memmem(bytes, size, extended->parts[i].guid, GUID_SIZE))
            return join(extended, &extended->parts[i]);
    return NULL;
}
