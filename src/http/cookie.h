/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The Cookie header, read leniently as RFC 6265, section 5.4 makes browsers write it. Threads: any. */
#pragma once

#include <stdbool.h>

/** The value of cookie @name in @header (may be NULL), without surrounding quotes; the first where it stands several
 *  times. NULL if absent. Free with g_free(). */
char *cookie_get(const char *header, const char *name);

/** May @name=@value be written into Set-Cookie (RFC 6265, section 4.1.1)? */
bool cookie_is_valid(const char *name, const char *value);
