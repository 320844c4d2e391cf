/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A whole video file: opened, looked at, its poster made; every eighth size is converted, too. What comes out must pass
 * the protocol's own limits. */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "worker/colour.h"
#include "worker/video.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_PIXELS = 1 << 20, CONVERT_EACH = 8 };

static void check_reply(struct media_reply *reply)
{
    g_autoptr(GByteArray) payload = media_reply_write(reply);
    struct media_reply again;
    g_assert_true(media_reply_read(payload->data, payload->len, &again, NULL));
    g_assert_cmpint(reply->duration_ms, ==, again.duration_ms);
    media_reply_clear(&again);
    media_reply_clear(reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static gsize warmed;
    if (g_once_init_enter(&warmed)) {
        colour_warm();
        video_warm();
        g_once_init_leave(&warmed, 1);
    }
    AUTO_FD int input = memfd_create("input", MFD_CLOEXEC);
    AUTO_FD int first = memfd_create("first", MFD_CLOEXEC);
    AUTO_FD int second = memfd_create("second", MFD_CLOEXEC);
    g_assert_true(io_write_all(input, data, size, NULL));
    const struct media_request request = {
        .size_bytes = (int64_t)size, .max_pixels = MAX_PIXELS, .convert_always = 1, .convert_metadata = 1};
    struct media_reply reply;
    media_reply_init(&reply);
    video_work(&request, input, first, second, &reply);
    check_reply(&reply);
    if (size % CONVERT_EACH != 0)
        return 0;
    AUTO_FD int output = memfd_create("output", MFD_CLOEXEC);
    media_reply_init(&reply);
    video_convert(&request, input, output, &reply);
    check_reply(&reply);
    return 0;
}
