/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A whole photo job: any bytes through recognition, decoder, metadata, colour, scaling and encoders, as the worker does
 * it. What is answered must pass the protocol, and be a picture or a reason. Few pixels are allowed, so that an input
 * costs little; the memory limit is libFuzzer's own (-rss_limit_mb). */
#include <glib.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "worker/colour.h"
#include "worker/metadata.h"
#include "worker/photo.h"

enum { MAX_PIXELS = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static GLogWriterOutput log_nothing(GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer nothing)
{
    return G_LOG_WRITER_HANDLED;
}

static void check_reply(const struct media_reply *reply, int thumbnail_fd, int preview_fd)
{
    g_autoptr(GByteArray) payload = media_reply_write(reply);
    struct media_reply again;
    g_assert_true(media_reply_read(payload->data, payload->len, &again, NULL));
    g_assert_cmpint(reply->outcome, ==, again.outcome);
    media_reply_clear(&again);
    if (reply->outcome <= MEDIA_DAMAGED) {
        g_assert_cmpint(lseek(thumbnail_fd, 0, SEEK_END), ==, reply->thumbnail_bytes);
        g_assert_cmpint(lseek(preview_fd, 0, SEEK_END), ==, reply->preview_bytes);
        g_assert_cmpint(reply->thumbnail_bytes, >, 0);
        g_assert_cmpint(reply->preview_bytes, >, 0);
    }
    if (reply->outcome != MEDIA_OK)
        g_assert_nonnull(reply->reason);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static gsize warmed;
    if (g_once_init_enter(&warmed)) {
        g_log_set_writer_func(log_nothing, NULL, NULL);
        metadata_warm();
        colour_warm();
        g_once_init_leave(&warmed, 1);
    }
    AUTO_FD int input = memfd_create("input", MFD_CLOEXEC);
    AUTO_FD int thumbnail = memfd_create("thumbnail", MFD_CLOEXEC);
    AUTO_FD int preview = memfd_create("preview", MFD_CLOEXEC);
    g_assert_true(input >= 0 && thumbnail >= 0 && preview >= 0);
    g_assert_true(io_write_all(input, data, size, NULL));
    char name[] = "fuzz.jpg";
    struct media_request request = {
        .job = MEDIA_JOB_PHOTO,
        .file_name = name,
        .size_bytes = (int64_t)size,
        .max_pixels = MAX_PIXELS,
        .cpu_s = 60,
    };
    struct media_reply reply;
    media_reply_init(&reply);
    photo_work(&request, input, thumbnail, preview, &reply);
    check_reply(&reply, thumbnail, preview);
    media_reply_clear(&reply);
    return 0;
}
