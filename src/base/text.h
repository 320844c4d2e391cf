/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Text from outside. A file name that somebody sends is data: it is kept as sent (made valid UTF-8), and only
 * text_file_name() makes a path component of it.
 *
 * Threads: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/** A copy of @bytes as valid UTF-8 without NUL: bytes that are not UTF-8 become U+FFFD. Free with g_free(). */
char *text_utf8(const char *bytes, size_t size);

/** The last path component of @name as sent by any system (`/` and `\` both divide), as valid UTF-8, control
 *  characters replaced by U+FFFD, at most @max_bytes long: cut at a character, keeping the extension. Never empty, ".",
 *  or "..": those give "unnamed". What a file of browse/ or export is called. Free with g_free(). */
char *text_file_name(const char *name, size_t max_bytes);

/** The extension of @name with its dot, lower case ASCII (".jpg"), or "" where there is none. Free with g_free(). */
char *text_extension(const char *name);

/** A size for people: "18.4 MB" (powers of 1000). Free with g_free(). */
char *text_size(guint64 bytes);
