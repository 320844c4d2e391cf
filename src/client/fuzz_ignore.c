/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fuzz target: any bytes as an ignore file, and any path against it. The input is the file, a NUL, and the path. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "client/ignore.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *split = size > 0 ? memchr(data, '\0', size) : NULL;
    size_t text_size = split ? (size_t)(split - data) : size;
    g_autofree char *path =
        split ? g_strndup((const char *)split + 1, size - text_size - 1) : g_strdup("Pictures/2024/IMG_1.jpg");
    size_t refused = 0;
    struct ignore *ignore = ignore_parse((const char *)data, text_size, &refused);
    enum ignore_verdict file = ignore_match(ignore, path, false);
    enum ignore_verdict again = ignore_match(ignore, path, false);
    g_assert(file == again);
    g_assert(ignore_match(ignore, path, true) <= IGNORE_INCLUDE);
    ignore_free(ignore);
    return 0;
}
