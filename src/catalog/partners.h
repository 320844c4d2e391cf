/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Partners: accounts that show their timeline to another one. One way each; what the other sees of it says grants.h.
 * Rows carry change ids for the sync stream, and a delete leaves a row in `changes` for each of both.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

struct db_conn;

enum partner_direction { PARTNER_SHARED_BY, PARTNER_SHARED_WITH };

struct partner {
    int64_t user_id;  /* the other one */
    bool in_timeline; /* who sees it wants it mixed into their own timeline */
};

/** Calls @each with whom @user_id shares with (PARTNER_SHARED_BY) or who shares with @user_id (PARTNER_SHARED_WITH), in
 *  order of the sharing. False from @each ends it. */
typedef bool partners_each(const struct partner *partner, void *data);
bool partners_list(struct db_conn *conn, int64_t user_id, enum partner_direction direction, partners_each *each,
                   void *data, GError **error);

/** Writes: @user_id shows their timeline to account @with. ERR_INVALID where there is no such account, where it is
 * their own, or sees it already. */
bool partners_add(struct db_conn *conn, int64_t user_id, const struct uuid *with, struct partner *ret_partner,
                  GError **error);

/** Writes: @user_id, to whom account @by shows its timeline, wants it in their own or not. ERR_NOT_FOUND. */
bool partners_change(struct db_conn *conn, int64_t user_id, const struct uuid *by, bool in_timeline,
                     struct partner *ret_partner, GError **error);

/** Writes: @user_id shows nothing to account @with any more. ERR_INVALID where they did not. */
bool partners_remove(struct db_conn *conn, int64_t user_id, const struct uuid *with, GError **error);

/* ---- for the room itself ---- */

/** Writes: the account is deleted, and partner of nobody. */
bool partners_forget_user(struct db_conn *conn, int64_t user_id, GError **error);
