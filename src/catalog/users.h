/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Accounts. An e-mail address is compared without regard to case (ASCII) and kept as it was written. An account that an
 * administrator deletes is *removed* first: nobody signs in any more (sessions.h, keys.h and the sign-in see to it),
 * but all is there and can be brought back; finders answer it, with is_removed. Later it is *deleted*: a row that no
 * finder answers any more, whose e-mail address is free again.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

struct db_conn;

enum { USER_NAME_MAX = 255, USER_EMAIL_MAX = 254 };

/** One account. Owned strings: user_clear(). */
struct user {
    int64_t id; /* internal; never shown */
    struct uuid uuid;
    char *email;
    char *name;
    char *password_hash; /* for passwords.h */
    bool is_admin;
    bool should_change_password;
    char *avatar_color;  /* "primary", "pink", … never NULL */
    char *storage_label; /* NULL: none. Name of the folder below browse/ when set */
    int64_t quota_bytes; /* -1: none */
    int64_t usage_bytes; /* sum of the originals of all assets, trash included */
    char *preferences;   /* JSON text as last stored by the API, or NULL: all defaults */
    int64_t profile_changed_us;
    int64_t created_us;
    int64_t updated_us;
    bool is_removed;
    int64_t removed_us; /* of a removed one: since when */
    int64_t purge_us;   /* of a removed one: when it is deleted for good */
    bool is_onboarded;
    bool has_profile_image; /* profile_images.h */
};
void user_clear(struct user *user);
/** `USER_AUTO struct user user = {0};` clears itself. */
#define USER_AUTO __attribute__((cleanup(user_clear)))

struct user_new {
    const char *email;         /* checked: one @, no blanks or control characters, at most USER_EMAIL_MAX bytes */
    const char *name;          /* 1 … USER_NAME_MAX bytes, valid UTF-8 */
    const char *password_hash; /* password_hash() */
    bool is_admin;
    bool should_change_password;
    int64_t quota_bytes;       /* -1: none */
    const char *storage_label; /* NULL: none */
};

/** Is @email an address that an account may have? */
bool user_email_is_valid(const char *email);

/** Writes a new account. ERR_INVALID (address, name), ERR_EXISTS (address taken). @ret_user may be NULL. */
bool users_create(struct db_conn *conn, const struct user_new *wanted, struct user *ret_user, GError **error);

/** As users_create() for the very first account, which becomes administrator. ERR_CONFLICT with the message "The server
 *  already has an admin" when any account exists (the API answers that as 400). */
bool users_create_first(struct db_conn *conn, const struct user_new *wanted, struct user *ret_user, GError **error);

/** Finders: ERR_NOT_FOUND where there is none. */
bool users_find_email(struct db_conn *conn, const char *email, struct user *ret_user, GError **error);
bool users_find_id(struct db_conn *conn, int64_t id, struct user *ret_user, GError **error);
bool users_find_uuid(struct db_conn *conn, const struct uuid *uuid, struct user *ret_user, GError **error);

/** Calls @each with every account that is not removed, or with removed ones too, in order of creation; the user is
 * valid during the call. False from @each ends it. */
typedef bool users_each(const struct user *user, void *data);
bool users_list(struct db_conn *conn, users_each *each, void *data, GError **error);
bool users_list_all(struct db_conn *conn, users_each *each, void *data, GError **error);
/** Removed ones count. */
bool users_count(struct db_conn *conn, int64_t *ret_count, GError **error);

/** Writes. Sets the hash and ends all sessions of the user but @keep_session_id (0: keep none). */
bool users_set_password(struct db_conn *conn, int64_t id, const char *password_hash, bool should_change,
                        int64_t keep_session_id, GError **error);

/** Fields to change; NULL (and false for set_…) leaves a field. */
struct user_change {
    const char *email;
    const char *name;
    const char *avatar_color;
    const char *preferences; /* JSON text; stored as it is */
    bool set_quota;
    int64_t quota_bytes; /* -1: none */
    bool set_admin;
    bool is_admin; /* the last administrator cannot be unmade: ERR_CONFLICT */
    bool set_storage_label;
    const char *storage_label; /* NULL: none */
    bool set_should_change;
    bool should_change_password;
    bool set_onboarded;
    bool is_onboarded;
};
/** Writes. @ret_user may be NULL. */
bool users_change(struct db_conn *conn, int64_t id, const struct user_change *change, struct user *ret_user,
                  GError **error);

/* ---- ending ---- */

/** Writes: the account is removed, its sessions and keys end, and from @purge_us on users_due() names it. Removing it
 *  again only changes the time. ERR_CONFLICT for the last administrator, ERR_NOT_FOUND. */
bool users_remove(struct db_conn *conn, int64_t id, int64_t purge_us, GError **error);

/** Writes: takes the removal back. An account that is not removed stays as it is. ERR_CONFLICT where the deleting has
 *  begun. */
bool users_restore(struct db_conn *conn, int64_t id, GError **error);

/** Calls @each with the ids of removed accounts whose time has come. */
typedef void users_each_due(int64_t id, void *data);
bool users_due(struct db_conn *conn, int64_t now_us, users_each_due *each, void *data, GError **error);

struct user_deletion {
    bool force;     /* with all photos */
    unsigned limit; /* assets a call, such as ASSETS_BATCH */
};
/** Writes one step of deleting an account; call it, each time in a transaction of its own, until @ret_done. Sessions,
 *  keys and password end in the first step, the account with the last; one that was left half-way can be gone on with.
 *  ERR_CONFLICT while the user has assets unless force; then they are deleted for good as asset_delete() does it, which
 *  also says what @ret_browse_paths is. The last administrator cannot be deleted while others remain (ERR_CONFLICT). */
bool users_delete(struct db_conn *conn, int64_t id, const struct user_deletion *how, GPtrArray *ret_browse_paths,
                  bool *ret_done, GError **error);

/** May the user store @more_bytes? ERR_FULL "Quota has been exceeded!" (the phone apps know this sentence). */
bool users_check_quota(struct db_conn *conn, int64_t id, int64_t more_bytes, GError **error);
