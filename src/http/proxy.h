/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who is asking, when a reverse proxy stands between: X-Forwarded-* headers count only from addresses that the
 * administrator named. Threads: any; a list does not change. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/socket.h>

struct proxy_list;

/** From NULL-terminated addresses or CIDR blocks ("10.0.0.0/8", "::1"); NULL gives an empty list. ERR_INVALID for a
 *  malformed one. */
struct proxy_list *proxy_list_new(const char *const *blocks, GError **error);
void proxy_list_free(struct proxy_list *list);

/** @address as text, without its port; IPv4 inside IPv6 as IPv4. "unknown" for other families. Free with g_free(). */
char *proxy_address_text(const struct sockaddr *address);

/** Is @address (as text) one of @list? */
bool proxy_is_trusted(const struct proxy_list *list, const char *address);

/** The client's address: going through @forwarded_for (an X-Forwarded-For value) from its end, the first that is not
 *  trusted itself; @peer where it is not trusted or nothing usable stands there. Free with g_free(). */
char *proxy_client(const struct proxy_list *list, const char *peer, const char *forwarded_for);
