/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One file: its hash, and its way to the server. Both look at the file before and after, so that a file that changes
 * meanwhile is never taken for what it was.
 *
 * Threads: any; a remote is used by one at a time. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/encode.h"
#include "base/id.h"
#include "client/reduce.h"
#include "client/remote.h"
#include "client/scan.h"

/* Above this a file goes in parts that can be resumed. */
enum { SEND_WHOLE_MAX_BYTES = 32 * 1000 * 1000, SEND_PART_BYTES = 16 * 1000 * 1000 };

/* What became of a file. Those from END_FULL on end the run. */
enum send_end {
    END_SENT,  /* the server has it now */
    END_THERE, /* the server had it */
    END_CHANGING,
    END_UNREADABLE,
    END_GONE,
    END_EMPTY,
    END_TOO_LARGE,
    END_UNSUPPORTED,
    END_REFUSED,
    END_FULL,
    END_QUOTA,
    END_SIGNED_OUT,
    END_NO_CONNECTION,
    END_STOPPED,
    END_N
};

/** Opens the file for a look, as send_file() does. END_THERE with @ret_fd, which is the caller's, else as send_file().
 */
enum send_end send_open(const char *path, const struct file_mark *mark, int *ret_fd, char **ret_note);

/** Reads all of @path. END_THERE with @ret_sha1 and @ret_mark, or what is in the way with *ret_note (owned; may
 *  be NULL). */
enum send_end send_hash(const char *path, uint8_t ret_sha1[SHA1_SIZE], struct file_mark *ret_mark, char **ret_note);

struct send_job {
    const char *path, *key;
    const char *sidecar; /* path, or NULL */
    struct file_mark mark;
    const uint8_t *sha1;
    const struct reduced *reduced; /* what is sent in its place, or NULL */
    const struct uuid *device;
    int64_t patience_us; /* how long an outage is waited for */
    char *upload_url;    /* of the resumable upload that was begun, or NULL; owned, changes */
    /** Called when upload_url has changed: remember it. */
    void (*on_url)(const struct send_job *job, void *data);
    void *data;
};

/** Sends the file. *ret_note (owned; may be NULL): words about it. */
enum send_end send_file(struct remote *remote, struct send_job *job, char **ret_note);

/** What an error of the server means for a file or the run. */
enum send_end send_end_of(const GError *error);
