/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The opening handshake of WebSockets (RFC 6455, section 4.2). Threads: any. */
#pragma once

#include <stdbool.h>

/** What the server answers a Sec-WebSocket-Key with. Free with g_free(). */
char *handshake_accept(const char *key);

/** Is it the base64 text of 16 bytes? NULL is none. */
bool handshake_key_is_valid(const char *key);

/** Does the comma-separated @list (may be NULL) hold @token, in any case? */
bool handshake_list_has(const char *list, const char *token);
