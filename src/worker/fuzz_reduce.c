/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A whole reduction: any bytes that a decoder takes for a photo of more than a few pixels are made smaller, with all
 * parts that they hold. What comes out is a file of the announced length, or a reason. */
#include <glib.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "worker/colour.h"
#include "worker/metadata.h"
#include "worker/reduce.h"

enum { MAX_PIXELS = 1 << 18, REDUCED_PIXELS = 60 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* x265 3.5 loses a kilobyte with each encoder that it opens; a worker is replaced after some files. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libx265";
}

static GLogWriterOutput log_nothing(GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer nothing)
{
    return G_LOG_WRITER_HANDLED;
}

static void check_reply(const struct media_reply *reply, int output_fd)
{
    g_autoptr(GByteArray) payload = media_reply_write(reply);
    struct media_reply again;
    g_assert_true(media_reply_read(payload->data, payload->len, &again, NULL));
    media_reply_clear(&again);
    int64_t written = lseek(output_fd, 0, SEEK_END);
    g_assert_cmpint(written, ==, reply->output_bytes == MEDIA_NO_INT ? 0 : reply->output_bytes);
    g_assert_true((reply->output_bytes != MEDIA_NO_INT) + (reply->kept != MEDIA_NO_INT) ==
                  (reply->outcome == MEDIA_OK));
    g_assert_true(reply->outcome == MEDIA_OK || reply->reason);
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
    AUTO_FD int output = memfd_create("output", MFD_CLOEXEC);
    g_assert_true(input >= 0 && output >= 0);
    g_assert_true(io_write_all(input, data, size, NULL));
    struct media_request request = {
        .job = MEDIA_JOB_REDUCE_PHOTO,
        .size_bytes = (int64_t)size,
        .max_pixels = MAX_PIXELS,
        .cpu_s = 60,
        .reduce_pixels = REDUCED_PIXELS,
    };
    struct media_reply reply;
    media_reply_init(&reply);
    reduce_work(&request, input, output, &reply);
    check_reply(&reply, output);
    media_reply_clear(&reply);
    return 0;
}
