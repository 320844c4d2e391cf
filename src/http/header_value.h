/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Header values of the form `value; name=token; name="quoted"` (RFC 9110, section 5.6.6). Threads: any. */
#pragma once

#include <stdbool.h>

/** The part of @value before the first `;`, trimmed, lower case. Free with g_free(). */
char *header_value_main(const char *value);

/** Parameter @name (any case) of @value as sent, without its quotes; `\"` and `\\` inside quotes are unescaped, any
 *  other backslash stays (some browsers sent paths of Windows). Bytes are not checked. NULL if absent or malformed.
 *  Free with g_free(). */
char *header_value_parameter(const char *value, const char *name);

/** The text of an extended parameter such as `filename*=UTF-8''%e2%82%ac` (RFC 8187): @name is given without the star.
 *  NULL if absent, not UTF-8 or malformed. Free with g_free(). */
char *header_value_extended(const char *value, const char *name);
