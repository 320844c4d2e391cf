/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writes SharedLinkResponseDto. Threads: as handlers. */
#pragma once

#include "api/call.h"

struct db_conn;
struct shared_link;

/* What stands for a password that nobody is told. */
#define LINK_PASSWORD_SHOWN "********"

/** Writes @link with what it shows, as the caller (its owner or a visitor) sees it. */
bool link_write(struct call *call, struct db_conn *conn, struct json *json, const struct shared_link *link,
                GError **error);

/** Answers @status with @link. */
bool link_answer(struct call *call, int status, const struct shared_link *link, GError **error);
