/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Errors of the whole program: one GError domain with a closed list of kinds.
 *
 * The message of an error is a sentence that a client may read; it names no path of the server, no SQL and no errno.
 * What only the administrator may read (path, errno, SQL) is the detail, and goes to the log beside the request id.
 * Library code sets errors and does not log; the program's edge (HTTP answer, command line, job runner) logs once.
 *
 * Threads: all functions may be called from any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum err_kind {
    ERR_INVALID,         /* the request makes no sense: say what was wrong */
    ERR_NOT_FOUND,       /* no such thing, or not visible to the one who asks */
    ERR_EXISTS,          /* it is there already */
    ERR_FORBIDDEN,       /* known, but not allowed */
    ERR_UNAUTHENTICATED, /* not signed in */
    ERR_CONFLICT,        /* the state does not allow it now (offset mismatch, identity mismatch) */
    ERR_LIMIT,           /* larger than a stated limit */
    ERR_UNSUPPORTED,     /* a format or protocol part that this build does not take */
    ERR_CORRUPT,         /* bytes differ from what they must be */
    ERR_BUSY,            /* try again later */
    ERR_TIMEOUT,         /* did not finish in its time */
    ERR_CANCELLED,       /* the one who asked went away */
    ERR_IO,              /* a disk or network operation failed */
    ERR_FULL,            /* no room: disk or quota */
    ERR_UNCERTAIN,       /* the outcome of a write is not known: ask again before telling anyone it failed */
    ERR_WORKER_DIED,     /* a media worker crashed, was killed or spoke nonsense */
    ERR_INTERNAL,        /* a bug of ours */
    ERR_N_KINDS
};

#define ERR_DOMAIN (err_quark())
GQuark err_quark(void);

/** What an error kind means outside of the program. One row a kind; see err_info(). */
struct err_info {
    const char *name;     /* "not-found": stable, used in JSON and logs */
    int http_status;      /* status of an HTTP answer */
    GLogLevelFlags level; /* how loud the log is */
    bool retry;           /* may the same call succeed later without a change by the caller? */
};

/** The row of @error's kind; errors of foreign domains (GLib's own) count as ERR_INTERNAL. Never NULL. */
const struct err_info *err_info(const GError *error);

/** The kind of @error; foreign domains give ERR_INTERNAL. */
enum err_kind err_kind(const GError *error);

/** Is @error set and of kind @kind? NULL gives false. */
bool err_is(const GError *error, enum err_kind kind);

/** Sets @error (which may be NULL) to @kind with a message for the client. Returns false, so that a function that
 *  answers bool can `return err_set(...)`. */
bool err_set(GError **error, enum err_kind kind, const char *format, ...) G_GNUC_PRINTF(3, 4);

/** As err_set(), with a @detail for the log only (copied; may be NULL). */
bool err_set_detail(GError **error, enum err_kind kind, const char *detail, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/** Sets @error from @saved_errno: ENOSPC and EDQUOT give ERR_FULL, all others ERR_IO. The message is @format; the
 *  errno text and @path (may be NULL) become the detail. Returns false. */
bool err_set_errno(GError **error, int saved_errno, const char *path, const char *format, ...) G_GNUC_PRINTF(4, 5);

/** The detail of @error, or NULL. Owned by @error. */
const char *err_detail(const GError *error);
