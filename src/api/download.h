/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The steps of a download of many that its handlers share. Threads: as handlers. */
#pragma once

#include "api/call.h"

struct archive;
struct db_conn;

/** Adds the file of asset @id, if the caller may download it. */
bool download_add(struct call *call, struct db_conn *conn, const struct uuid *id, struct archive *archive,
                  GError **error);

/** Answers with @archive, which is taken, as a file called @name (NULL: some name) with ".zip" behind it. */
void download_answer(struct call *call, struct archive *archive, const char *name);
