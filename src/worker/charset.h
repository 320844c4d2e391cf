/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bytes of metadata as text. Cameras and programs state their encoding seldom and rightly even less often; whatever
 * comes in, valid UTF-8 comes out, and a byte that means nothing becomes U+FFFD instead of taking its text with it.
 * All results are free with g_free(). Threads: any. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Up to the first NUL. UTF-8 where the bytes look like it (bad ones are replaced); else Windows-1252, which has all of
 *  ISO 8859-1 and the quotation marks that people type. */
char *charset_decode(const void *bytes, size_t size);

/** UTF-16 up to the first U+0000; a byte order mark wins over @is_big_endian. */
char *charset_utf16(const void *bytes, size_t size, bool is_big_endian);

/** Trims @text, drops control characters but line ends (tabs become spaces) and cuts it at a character to at most
 *  @max_bytes. NULL where nothing is left. */
char *charset_clean(const char *text, size_t max_bytes);
