/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The XMP file beside an asset, on its way to a worker. Threads: any. */
#pragma once

#include "media/protocol.h"

struct asset;
struct store;

/** Where @asset has a side file, adds its descriptor behind the job's own in @fds (with room for it) and says so in
 *  @request. The descriptor, to be closed after the answer, or -1: none, or it cannot be read, which facts_fill() tells
 *  from the missing answer; the work on the file itself goes on. */
int side_file_add(struct store *store, const struct asset *asset, struct media_request *request, int *fds,
                  unsigned *n_fds);
