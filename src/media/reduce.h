/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * High quality, the server's part: after a photo or video was stored as it came and has its pictures, a smaller file is
 * made of it, verified, and takes its place. Order, so that at any instant one of both is there, whole:
 *
 *   worker makes the file → into the store, durable and held → read again, decoded, its facts compared with the
 *   original's → one transaction (the asset's blob, its item's note, the original doomed) → browse/ → the original is
 *   unlinked, as blobs_reap() does.
 *
 * A job that a crash cut off goes on where it was: the smaller file without rows is swept as any upload's, the rows
 * without the last steps have them done again.
 *
 * Threads: the job runner's; blocks. */
#pragma once

#include "media/ask.h"

struct db_conn;

/** The names of the job kinds, of photos and of videos; their subject is assets.id. */
#define REDUCE_JOB "reduce"
#define REDUCE_VIDEO_JOB "reduce-video"

/** Adds the job, inside the transaction that ends a media job, if the asset is to be made smaller; else nothing. */
bool reduce_request(struct db_conn *conn, int64_t asset_id, GError **error);

bool reduce_run(const struct job_context *context, int64_t asset_id, GError **error);
/** After the last attempt: the file stays as it came, and its note says why. */
void reduce_give_up(const struct job_context *context, int64_t asset_id, const GError *reason);
