/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a browser keeps once it gave the password of a shared link: a cookie with a token for each such link. A token
 * is made out of the hash of the password, so that it ends with it; and after a day.
 *
 * Threads: any. */
#pragma once

#include <stdbool.h>

struct shared_link;

#define LINK_COOKIE "immich_shared_link_token"
enum { LINK_TOKEN_S = 24 * 60 * 60 };

/** Does @cookie (its value, or NULL) open @link? One without a password is open. */
bool link_tokens_open(const char *cookie, const struct shared_link *link);

/** The value of the cookie with a token for @link more: those of other links stay, the newest few. Free with g_free().
 */
char *link_tokens_add(const char *cookie, const struct shared_link *link);
