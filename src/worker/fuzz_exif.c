/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The metadata blocks of a photo: the first byte says which block the rest is (EXIF, XMP, IPTC, a side file over a
 * reply that has facts, or a JPEG's marker segments with all of them). What comes out must pass the protocol's own
 * limits. */
#include <stdint.h>

#include "worker/jpeg_markers.h"
#include "worker/metadata.h"
#include "worker/sidecar.h"
#include "worker/xmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_reply(struct media_reply *reply)
{
    reply->outcome = MEDIA_UNSUPPORTED;
    reply->reason = g_strdup("A test.");
    g_autoptr(GByteArray) payload = media_reply_write(reply);
    struct media_reply again;
    g_assert_true(media_reply_read(payload->data, payload->len, &again, NULL));
    g_assert_cmpstr(reply->description, ==, again.description);
    g_assert_cmpstr(reply->keywords, ==, again.keywords);
    g_assert_cmpstr(reply->faces, ==, again.faces);
    g_assert_cmpstr(reply->make, ==, again.make);
    g_assert_cmpstr(reply->model, ==, again.model);
    g_assert_cmpstr(reply->lens, ==, again.lens);
    g_assert_cmpstr(reply->burst_id, ==, again.burst_id);
    g_assert_cmpint(reply->rating, ==, again.rating);
    g_assert_cmpint(reply->local_us, ==, again.local_us);
    media_reply_clear(&again);
}

static void read_jpeg(const uint8_t *bytes, size_t size, struct media_reply *reply)
{
    struct photo photo = {.bytes = bytes, .size = size};
    struct jpeg_markers markers;
    jpeg_markers_read(&photo, &markers);
    const struct metadata_blocks blocks = {photo.exif, photo.xmp, photo.iptc, photo.xmp_extended, 0, 0};
    metadata_read(&blocks, reply);
    g_clear_pointer(&photo.exif, g_bytes_unref);
    g_clear_pointer(&photo.xmp, g_bytes_unref);
    g_clear_pointer(&photo.xmp_extended, g_bytes_unref);
    g_clear_pointer(&photo.iptc, g_bytes_unref);
    g_clear_pointer(&photo.icc, g_bytes_unref);
}

static void read_block(uint8_t kind, GBytes *block, struct media_reply *reply)
{
    const struct metadata_blocks blocks = {.exif = kind == 'e' ? block : NULL,
                                           .xmp = kind == 'x' ? block : NULL,
                                           .iptc = kind == 'i' ? block : NULL,
                                           .stored_width_px = 400,
                                           .stored_height_px = 300};
    metadata_read(&blocks, reply);
    if (kind != 's')
        return;
    reply->orientation = 6;
    sidecar_apply(block, 400, 300, reply);
    sidecar_fill_gaps(block, reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static gsize warmed;
    if (g_once_init_enter(&warmed)) {
        metadata_warm();
        xmp_warm();
        g_once_init_leave(&warmed, 1);
    }
    if (size == 0)
        return 0;
    struct media_reply reply;
    media_reply_init(&reply);
    g_autoptr(GBytes) block = g_bytes_new(data + 1, size - 1);
    if (data[0] == 'j')
        read_jpeg(data + 1, size - 1, &reply);
    else
        read_block(data[0], block, &reply);
    check_reply(&reply);
    media_reply_clear(&reply);
    return 0;
}
