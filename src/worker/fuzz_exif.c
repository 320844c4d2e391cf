/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The metadata blocks of a photo: the first byte says which block the rest is (EXIF, XMP, IPTC, or a JPEG's marker
 * segments with all of them). What comes out must pass the protocol's own limits. */
#include <stdint.h>

#include "worker/jpeg_markers.h"
#include "worker/metadata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_reply(struct media_reply *reply)
{
    reply->outcome = MEDIA_UNSUPPORTED;
    reply->reason = g_strdup("A test.");
    g_autoptr(GByteArray) payload = media_reply_write(reply);
    struct media_reply again;
    g_assert_true(media_reply_read(payload->data, payload->len, &again, NULL));
    g_assert_cmpstr(reply->description, ==, again.description);
    g_assert_cmpint(reply->local_us, ==, again.local_us);
    media_reply_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static gsize warmed;
    if (g_once_init_enter(&warmed)) {
        metadata_warm();
        g_once_init_leave(&warmed, 1);
    }
    if (size == 0)
        return 0;
    struct media_reply reply;
    media_reply_init(&reply);
    g_autoptr(GBytes) block = g_bytes_new(data + 1, size - 1);
    if (data[0] == 'j') {
        struct photo photo = {.bytes = data + 1, .size = size - 1};
        struct jpeg_markers markers;
        jpeg_markers_read(&photo, &markers);
        metadata_read(photo.exif, photo.xmp, photo.xmp_extended, photo.iptc, &reply);
        g_clear_pointer(&photo.exif, g_bytes_unref);
        g_clear_pointer(&photo.xmp, g_bytes_unref);
        g_clear_pointer(&photo.xmp_extended, g_bytes_unref);
        g_clear_pointer(&photo.iptc, g_bytes_unref);
        g_clear_pointer(&photo.icc, g_bytes_unref);
    } else {
        metadata_read(data[0] == 'e' ? block : NULL, data[0] == 'x' ? block : NULL, NULL, data[0] == 'i' ? block : NULL,
                      &reply);
    }
    check_reply(&reply);
    media_reply_clear(&reply);
    return 0;
}
