/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the client asks of the server, one function a call (docs/architecture.md, "Our own paths", and the Immich API).
 * Errors as in remote.h.
 *
 * Threads: as remote.h. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/encode.h"
#include "base/id.h"
#include "client/remote.h"

/** The base address of the API of @server as a person typed it: asks /.well-known/immich, then /server/ping.
 * ERR_INVALID when that is no server of this kind; other errors say what is wrong in words. Free @ret_api with
 * g_free(). */
bool remote_discover(const char *server, char **ret_api, GError **error);

/** Signs in: an access token. ERR_UNAUTHENTICATED for a wrong e-mail or password. */
bool remote_login(const char *api, const char *email, const char *password, char **ret_token, GError **error);
/** Ends the session of the remote's token. */
bool remote_logout(struct remote *remote, GError **error);
/** Makes an API key that may do what the client needs. */
bool remote_make_key(struct remote *remote, const char *name, char **ret_secret, GError **error);
/** Who is signed in; @ret_email may come back NULL. */
bool remote_whoami(struct remote *remote, char **ret_user_id, char **ret_email, GError **error);

/** What the server wants of this computer. Limits: 0 is none. */
struct remote_terms {
    bool is_high_quality; /* large photos are to be made smaller */
    int64_t photo_bytes, photo_pixels, video_bytes;
};
/** Registers this computer, or refreshes its name. @quality: "original", "high", "account" (as the account says), or
 *  NULL: as it is. */
bool remote_register(struct remote *remote, const struct uuid *device, const char *quality,
                     struct remote_terms *ret_terms, GError **error);
/** The server's card of this device, and a list of those of the account's others, which is there with ERR_NOT_FOUND
 * too. Free both with json_decref(). */
bool remote_cards(struct remote *remote, const struct uuid *device, json_t **ret_card, json_t **ret_others,
                  GError **error);

struct remote_status {
    const char *activity; /* idle, scanning, uploading, waiting, off */
    const char *reason;   /* or NULL */
    int64_t done, total;
    int64_t bytes_per_second, seconds_left; /* -1: not known */
};
bool remote_set_status(struct remote *remote, const struct uuid *device, const struct remote_status *status,
                       GError **error);

enum { REMOTE_BATCH_MAX = 1000 };

/** Which of @n (≤ REMOTE_BATCH_MAX) files need not be sent: ret_known[i]. */
bool remote_check(struct remote *remote, const uint8_t (*sha1s)[SHA1_SIZE], size_t n, bool *ret_known, GError **error);

/** The ids of those of @n (≤ REMOTE_BATCH_MAX) files that the server has: ret_ids[i], owned, or NULL. Also after an
 * error the caller frees what is set. */
bool remote_find(struct remote *remote, const uint8_t (*sha1s)[SHA1_SIZE], size_t n, char **ret_ids, GError **error);

/** One line of a report to the ledger. */
struct remote_report {
    const char *key;
    const char *state;
    const char *reason, *note; /* or NULL */
    int64_t size_bytes, mtime_ns;
    const uint8_t *sha1; /* or NULL */
};
enum remote_verdict { REMOTE_OTHER, REMOTE_STORED, REMOTE_SEEN, REMOTE_SKIPPED };
/** Reports @n items and @n_gone keys (each ≤ REMOTE_BATCH_MAX). @ret_verdicts: what the ledger has now. */
bool remote_report(struct remote *remote, const struct uuid *device, const struct remote_report *reports, size_t n,
                   const char *const *gone, size_t n_gone, enum remote_verdict *ret_verdicts, GError **error);

/** Keys of items that the server had and found missing or damaged when it last looked, added to the set @keys (owned
 *  strings): they are to be sent again. */
bool remote_lost(struct remote *remote, const struct uuid *device, GHashTable *keys, GError **error);
