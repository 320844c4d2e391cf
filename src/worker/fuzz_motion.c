/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The finder of motion photos' videos: the first byte says what the rest is ('x': an XMP packet, 'j': a JPEG file, else
 * any file). What is found must lie inside of the file and be a film there. */
#include <stdint.h>

#include "worker/jpeg_markers.h"
#include "worker/motion.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct photo *photo)
{
    struct media_reply reply;
    media_reply_init(&reply);
    motion_read(photo, &reply);
    if (reply.motion_bytes != MEDIA_NO_INT) {
        g_assert_cmpint(reply.motion_offset, >, 0);
        g_assert_cmpint(reply.motion_offset + reply.motion_bytes, <=, photo->size);
        g_assert_cmpuint(motion_film_bytes(photo->bytes + reply.motion_offset, (size_t)reply.motion_bytes), ==,
                         reply.motion_bytes);
    }
    media_reply_clear(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct photo photo = {.bytes = data + 1, .size = size - 1};
    if (data[0] == 'x') {
        motion_hint_read((const char *)data + 1, size - 1);
    } else if (data[0] == 'j') {
        struct jpeg_markers markers;
        jpeg_markers_read(&photo, &markers);
        check(&photo);
        g_clear_pointer(&photo.exif, g_bytes_unref);
        g_clear_pointer(&photo.xmp, g_bytes_unref);
        g_clear_pointer(&photo.xmp_extended, g_bytes_unref);
        g_clear_pointer(&photo.iptc, g_bytes_unref);
        g_clear_pointer(&photo.icc, g_bytes_unref);
    } else {
        check(&photo);
    }
    return 0;
}
