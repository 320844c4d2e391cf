/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fuzz target: the tus request headers. The first byte chooses the header, the rest is its value. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "api/tus_headers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_metadata(const char *value)
{
    struct tus_metadata metadata = {0};
    if (!tus_metadata_parse(value, &metadata, NULL)) {
        g_assert_null(metadata.file_name);
        return;
    }
    g_assert_true(*metadata.file_name && g_utf8_validate(metadata.file_name, -1, NULL));
    g_assert_true(!metadata.item_key || g_utf8_validate(metadata.item_key, -1, NULL));
    tus_metadata_clear(&metadata);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    g_autofree char *value = g_strndup((const char *)data + 1, size - 1);
    struct tus_checksum checksum;
    int64_t bytes = 0;
    if (data[0] % 3 == 0)
        check_metadata(value);
    else if (data[0] % 3 == 1)
        tus_checksum_parse(value, &checksum, NULL);
    else
        tus_count("Upload-Offset", value, &bytes, NULL);
    g_assert_cmpint(bytes, >=, 0);
    return 0;
}
