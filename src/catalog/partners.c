/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/partners.h"

#include "base/clock.h"
#include "base/error.h"
#include "catalog/users.h"
#include "db/db.h"

bool partners_list(struct db_conn *conn, int64_t user_id, enum partner_direction direction, partners_each *each,
                   void *data, GError **error)
{
    static const char by[] =
        "SELECT shared_with_id, in_timeline FROM partners WHERE shared_by_id = ?1 ORDER BY create_id";
    static const char with[] =
        "SELECT shared_by_id, in_timeline FROM partners WHERE shared_with_id = ?1 ORDER BY create_id";
    DB_ROWS struct db_rows *rows = db_query(conn, error, direction == PARTNER_SHARED_BY ? by : with, "i", user_id);
    GError *problem = NULL;
    if (!rows)
        return false;
    for (bool more = true; more && db_next(rows, &problem);)
        more = each(&(struct partner){db_int(rows, 0), db_int(rows, 1) != 0}, data);
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}

/* The account @uuid; @kind and @message where there is none. */
static bool find_user(struct db_conn *conn, const struct uuid *uuid, enum err_kind kind, const char *message,
                      struct user *ret_user, GError **error)
{
    GError *problem = NULL;
    if (users_find_uuid(conn, uuid, ret_user, &problem))
        return true;
    if (!err_is(problem, ERR_NOT_FOUND)) {
        g_propagate_error(error, problem);
        return false;
    }
    g_error_free(problem);
    return err_set(error, kind, "%s", message);
}

bool partners_add(struct db_conn *conn, int64_t user_id, const struct uuid *with, struct partner *ret_partner,
                  GError **error)
{
    static const char missing[] = "User not found";
    USER_AUTO struct user other = {0};
    int64_t change_id;
    GError *problem = NULL;
    if (!find_user(conn, with, ERR_INVALID, missing, &other, error) || !db_change_id(conn, &change_id, error))
        return false;
    if (other.is_removed)
        return err_set(error, ERR_INVALID, "%s", missing);
    if (other.id == user_id)
        return err_set(error, ERR_INVALID, "Nobody is their own partner");
    if (db_exec(conn, &problem,
                "INSERT INTO partners (shared_by_id, shared_with_id, created_us, updated_us, create_id, update_id)"
                " VALUES (?1, ?2, ?3, ?3, ?4, ?4)",
                "iiii", user_id, other.id, clock_now_us(), change_id)) {
        *ret_partner = (struct partner){.user_id = other.id};
        return true;
    }
    if (!err_is(problem, ERR_EXISTS)) {
        g_propagate_error(error, problem);
        return false;
    }
    g_error_free(problem);
    return err_set(error, ERR_INVALID, "Partner already exists");
}

bool partners_change(struct db_conn *conn, int64_t user_id, const struct uuid *by, bool in_timeline,
                     struct partner *ret_partner, GError **error)
{
    static const char missing[] = "There is no such partner.";
    USER_AUTO struct user other = {0};
    int64_t change_id;
    if (!find_user(conn, by, ERR_NOT_FOUND, missing, &other, error) || !db_change_id(conn, &change_id, error) ||
        !db_exec(conn, error,
                 "UPDATE partners SET in_timeline = ?3, updated_us = ?4, update_id = ?5 WHERE shared_by_id = ?1"
                 " AND shared_with_id = ?2",
                 "iiiii", other.id, user_id, (int64_t)in_timeline, clock_now_us(), change_id))
        return false;
    if (db_changed(conn) == 0)
        return err_set(error, ERR_NOT_FOUND, "%s", missing);
    *ret_partner = (struct partner){other.id, in_timeline};
    return true;
}

/* ---- ending ---- */

static bool tell(struct db_conn *conn, int64_t whom, int64_t by_id, int64_t with_id, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error,
                   "INSERT INTO changes (id, entity, owner_id, key1, key2, at_us) SELECT ?1, 'partner', ?2, b.uuid,"
                   " w.uuid, ?3 FROM users b, users w WHERE b.id = ?4 AND w.id = ?5",
                   "iiiii", change_id, whom, clock_now_us(), by_id, with_id);
}

/* Whether there was such a pair says db_changed(). */
static bool end_pair(struct db_conn *conn, int64_t by_id, int64_t with_id, GError **error)
{
    return tell(conn, by_id, by_id, with_id, error) && tell(conn, with_id, by_id, with_id, error) &&
           db_exec(conn, error, "DELETE FROM partners WHERE shared_by_id = ?1 AND shared_with_id = ?2", "ii", by_id,
                   with_id);
}

bool partners_remove(struct db_conn *conn, int64_t user_id, const struct uuid *with, GError **error)
{
    static const char missing[] = "Partner not found";
    USER_AUTO struct user other = {0};
    if (!find_user(conn, with, ERR_INVALID, missing, &other, error) || !end_pair(conn, user_id, other.id, error))
        return false;
    return db_changed(conn) > 0 || err_set(error, ERR_INVALID, "%s", missing);
}

/* A pair with the account in it; 0, 0: none. */
static bool next_pair(struct db_conn *conn, int64_t user_id, int64_t *ret_by_id, int64_t *ret_with_id, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT shared_by_id, shared_with_id FROM partners WHERE shared_by_id = ?1 OR shared_with_id = ?1"
                 " LIMIT 1",
                 "i", user_id);
    GError *problem = NULL;
    if (!rows)
        return false;
    bool some = db_next(rows, &problem);
    *ret_by_id = some ? db_int(rows, 0) : 0;
    *ret_with_id = some ? db_int(rows, 1) : 0;
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}

bool partners_forget_user(struct db_conn *conn, int64_t user_id, GError **error)
{
    for (;;) {
        int64_t by_id, with_id;
        if (!next_pair(conn, user_id, &by_id, &with_id, error))
            return false;
        if (by_id == 0)
            return true;
        if (!end_pair(conn, by_id, with_id, error))
            return false;
    }
}
