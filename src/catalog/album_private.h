/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the album*.c files share. All of it writes. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "catalog/albums.h"

struct db_conn;

extern const char album_missing[];

/* The album itself changed, also where only its contents did. */
bool album_touch(struct db_conn *conn, int64_t album_id, GError **error);

/* A new row of album_users. */
bool album_join(struct db_conn *conn, int64_t album_id, int64_t user_id, enum album_role role, GError **error);

/* Leaves a row in `changes` for every member: @entity "album", or "album_user" with @other, the uuid of the user that
 * is a member no more. */
bool album_tell(struct db_conn *conn, int64_t album_id, const char *entity, const struct uuid *other, GError **error);

/* Before @asset_id (0: all that is in it) leaves the album: a row for the phones of all who may have seen it there. */
bool album_lose(struct db_conn *conn, int64_t album_id, int64_t asset_id, GError **error);

/* Deletes the album with all that tells phones of it; its assets stay. */
bool album_delete(struct db_conn *conn, int64_t album_id, GError **error);
