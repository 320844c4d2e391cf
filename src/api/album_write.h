/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Albums as answers. Threads: as handlers. */
#pragma once

#include "api/call.h"
#include "catalog/albums.h"

struct db_conn;

/** Writes AlbumResponseDto with who sees the album, the owner first; @with_contributors: also whose assets are in it.
 */
bool album_write(struct call *call, struct db_conn *conn, struct json *json, const struct album *album,
                 bool with_contributors, GError **error);

/** Answers @status with album @id, if the caller may read it. */
bool album_answer(struct call *call, int status, const struct uuid *id, GError **error);
