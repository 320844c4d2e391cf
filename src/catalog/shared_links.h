/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Shared links: who has one sees an album, or a list of assets, without an account. What they may do with it is said
 * here; grants.h decides by it. A link goes with its album and with its owner's account.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "catalog/albums.h"

struct asset;
struct db_conn;

enum {
    LINK_KEY_BYTES = 50,
    LINK_SLUG_MAX = 100,
    LINK_DESCRIPTION_MAX = 4096,
};

/** One link. Owned strings: shared_link_clear(). */
struct shared_link {
    int64_t id;
    struct uuid uuid;
    int64_t owner_id;
    struct uuid owner_uuid;
    uint8_t key[LINK_KEY_BYTES];
    char *slug;       /* NULL: none */
    int64_t album_id; /* 0: a list of assets */
    struct uuid album_uuid;
    char *description;   /* NULL: none */
    char *password_hash; /* NULL: none; for passwords.h */
    int64_t expires_us;  /* 0: never */
    bool allow_upload;
    bool allow_download;
    bool show_metadata;
    int64_t created_us;
};
void shared_link_clear(struct shared_link *link);
#define SHARED_LINK_AUTO __attribute__((cleanup(shared_link_clear)))

/** The key of @text: base64url, or hex of LINK_KEY_BYTES. False where it is none. */
bool shared_link_parse_key(const char *text, uint8_t ret_key[LINK_KEY_BYTES]);

/** May a link have this slug? Part of a path that a person types: letters and digits of any language, "-" and "_" (a
 *  dot would be the name of a file). */
bool shared_link_slug_is_valid(const char *slug);

/** Has it run out at @now_us? */
bool shared_link_is_over(const struct shared_link *link, int64_t now_us);

struct shared_link_new {
    int64_t owner_id;
    int64_t album_id;          /* 0: a list; that the owner may share it the caller has asked */
    const char *slug;          /* or NULL */
    const char *description;   /* or NULL */
    const char *password_hash; /* or NULL */
    int64_t expires_us;        /* 0: never */
    bool allow_upload, allow_download, show_metadata;
};
/** Writes. ERR_EXISTS where another link has the slug. */
bool shared_links_create(struct db_conn *conn, const struct shared_link_new *wanted, struct uuid *ret_uuid,
                         GError **error);

/** A link of an account. ERR_NOT_FOUND. */
bool shared_links_find(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, struct shared_link *ret_link,
                       GError **error);

/** The link of a key or, where that is NULL, of a slug, whoever asks; also one that has run out. ERR_NOT_FOUND. */
bool shared_links_find_secret(struct db_conn *conn, const uint8_t key[LINK_KEY_BYTES], const char *slug,
                              struct shared_link *ret_link, GError **error);

/** Calls @each with the links of an account, the newest first; @uuid and @album narrow it where not NULL. False from
 *  @each ends it. */
typedef bool shared_links_each(const struct shared_link *link, void *data);
bool shared_links_list(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, const struct uuid *album,
                       shared_links_each *each, void *data, GError **error);

/** Does a link show the album with row id @album_id? */
bool shared_links_show_album(struct db_conn *conn, int64_t album_id, bool *ret_any, GError **error);

/** What changes; only what is set. */
struct shared_link_change {
    bool set_slug, set_description, set_password, set_expiry, set_upload, set_download, set_metadata;
    const char *slug, *description, *password_hash; /* NULL: none */
    int64_t expires_us;                             /* 0: never */
    bool allow_upload, allow_download, show_metadata;
};
/** Writes. ERR_NOT_FOUND, ERR_EXISTS. */
bool shared_links_change(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid,
                         const struct shared_link_change *change, GError **error);

/** Writes. ERR_NOT_FOUND. */
bool shared_links_delete(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, GError **error);

/* ---- the list of one that shows no album ---- */

/** Writes: puts assets of the link's owner into its list, or takes them out; @ret_outcomes says what became of each.
 *  Give at most ASSETS_BATCH in a transaction. */
bool shared_links_add(struct db_conn *conn, const struct shared_link *link, const struct uuid *assets, size_t n,
                      enum album_outcome *ret_outcomes, GError **error);
bool shared_links_remove(struct db_conn *conn, const struct shared_link *link, const struct uuid *assets, size_t n,
                         enum album_outcome *ret_outcomes, GError **error);

/** Calls @each for all that a visitor of the list sees, the oldest first. */
typedef bool shared_link_asset(int64_t asset_id, void *data);
bool shared_links_assets(struct db_conn *conn, int64_t link_id, shared_link_asset *each, void *data, GError **error);

/* ---- for the room itself ---- */

/** Writes: @target comes into the lists in which @source is; both row ids of one owner. */
bool shared_links_copy_asset(struct db_conn *conn, int64_t source_id, int64_t target_id, GError **error);

/** Writes: takes the asset out of all lists, as its owner wishes it locked away. */
bool shared_links_forget_asset(struct db_conn *conn, int64_t asset_id, GError **error);
