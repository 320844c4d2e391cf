/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The listening socket. Threads: any. */
#pragma once

#include <glib.h>

/** Opens a listening TCP socket for @listen: "127.0.0.1:2283", "[::1]:0", "localhost:80"; port 0 takes a free one.
 *  @ret_url: "http://127.0.0.1:2283" with @scheme and the real port; free with g_free(). The descriptor, or -1 with
 * ERR_INVALID (not an address) or ERR_IO (in use, not permitted). */
int listen_open(const char *listen, const char *scheme, char **ret_url, GError **error);
