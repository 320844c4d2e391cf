/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Passwords of shared links. They may be as short as people make them: who guesses has to wait.
 *
 * Threads: as handlers; each call blocks as catalog/passwords.h says. */
#pragma once

#include "api/call.h"

/** The hash of @password (1 … LINK_PASSWORD_MAX bytes), as struct shared_link has it. Free with g_free(). NULL with
 *  @error. */
enum { LINK_PASSWORD_MAX = 500 };
char *link_password_hash(const char *password, GError **error);

/** Is @password that of the link by which the caller comes? ERR_UNAUTHENTICATED "Invalid password", ERR_BUSY (too many
 *  guesses), ERR_INVALID where the link has none. */
bool link_password_check(struct call *call, const char *password, GError **error);
