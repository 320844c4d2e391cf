/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One question to a sandboxed worker: lease one of the lane that fits, ask, wait, give it back or end it, and say in a
 * sentence for people how it went wrong. All kinds of media work (photos, videos, quality, packing) go through here.
 * Threads: any; blocks. */
#pragma once

#include "media/pool.h"
#include "media/protocol.h"

struct db;
struct looked;
struct store;

/** Lanes are pools of workers: which program, how many at once, how much memory each may take (media.c has the table).
 */
enum media_lane {
    LANE_PHOTO,   /* ambrotype-media: stills within the usual memory */
    LANE_HEAVY,   /* the same, one at a time and with much memory: heavy.h */
    LANE_IDLE,    /* as heavy, for work that nobody waits for: it gets what processor and disk time is left over */
    LANE_VIDEO,   /* ambrotype-video: a look at a video */
    LANE_CONVERT, /* the same: conversions, which take long */
    LANE_UNPACK,  /* ambrotype-media, for packed originals that somebody waits for: not behind other work */
    N_LANES
};

/** What every kind of media job works with. Owned by struct media. */
struct job_context {
    struct db *db;
    struct store *store;
    struct pool *pools[N_LANES];
    unsigned time_limit_s; /* for one photo */
    bool packs;            /* JPEG originals are to be packed */
    struct looked *looked; /* who wants to know of looks; may be NULL */
};

struct ask_options {
    unsigned time_limit_s; /* 0: the context's */
    /** Called on the asking thread for each sign of life, 0 … 1000; NULL: the job's row tells it (jobs_now_progress()).
     */
    void (*progress)(int64_t done_permille, void *data);
    /** Looked at several times a second; true ends the worker, and the answer is ERR_CANCELLED. NULL: whether the job
     *  is (jobs_now_cancelled()). */
    bool (*is_cancelled)(void *data);
    void *data;
};

/** Has a worker of @lane do @request on @fds (which stay the caller's). @request->cpu_s 0 takes the time limit. Clear
 *  @ret_reply with media_reply_clear(). ERR_WORKER_DIED, ERR_TIMEOUT, ERR_CANCELLED with a sentence about the file; any
 *  outcome of the reply is success here. */
bool media_ask(const struct job_context *context, enum media_lane lane, struct media_request *request, const int *fds,
               unsigned n_fds, const struct ask_options *options, struct media_reply *ret_reply, GError **error);

/** Is @error of media_ask() such that a worker with more memory may do better? */
bool media_ran_out_of_memory(const GError *error);

/** What a worker wrote into @fd (a memfd of the caller's), copied out of its reach before it is looked at: exactly
 *  @announced_bytes, at most @max_bytes, else ERR_WORKER_DIED. Free with g_bytes_unref(). */
GBytes *media_take_output(int fd, int64_t announced_bytes, int64_t max_bytes, GError **error);
