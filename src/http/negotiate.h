/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a client accepts. Threads: any. */
#pragma once

#include <stdbool.h>

/** Does @accept_encoding (an Accept-Encoding value, may be NULL) allow gzip (RFC 9110, section 12.5.3)? */
bool negotiate_gzip(const char *accept_encoding);
