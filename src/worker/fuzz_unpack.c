/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A packed original (JPEG XL with what is needed to rebuild a JPEG) on its way back. What is not packed, or no longer
 * whole, must end as an error; the server compares hashes, so that wrong bytes are as good as none. */
#include <stdint.h>

#include "base/error.h"
#include "worker/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMORY_BYTES = 512 << 20, JPEG_MAX_BYTES = 8 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GByteArray) jpeg = unpack_jpeg(data, size, MEMORY_BYTES, JPEG_MAX_BYTES, &error);
    if (jpeg)
        g_assert_true(jpeg->len > 0 && jpeg->len <= JPEG_MAX_BYTES && !error);
    else
        g_assert_true(err_is(error, ERR_CORRUPT) || err_is(error, ERR_UNSUPPORTED) || err_is(error, ERR_LIMIT));
    return 0;
}
