/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * With whom an album is shared, as requests say it. Threads: as handlers. */
#pragma once

#include "api/body.h"
#include "catalog/albums.h"

enum { ALBUM_USERS_MAX = 1000 };

/** One of a list `albumUsers`: {userId, role}; without a role an editor. */
extern const struct body_shape album_user_shape;

/** The items of such a list but for @except (NULL: all); free with g_free(). */
struct album_share *album_shares(const struct body_list *users, const struct uuid *except, size_t *ret_n);
