/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/pins.h"

#include <string.h>

#include "db/db.h"

bool pin_is_valid(const char *pin)
{
    return pin && strlen(pin) == PIN_DIGITS && strspn(pin, "0123456789") == PIN_DIGITS;
}

bool pins_find(struct db_conn *conn, int64_t user_id, char **ret_hash, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, "SELECT pin_hash FROM users WHERE id = ?1", "i", user_id);
    if (!rows || !db_next_required(rows, error, "There is no such user."))
        return false;
    *ret_hash = g_strdup(db_text(rows, 0));
    return true;
}

bool pins_set(struct db_conn *conn, int64_t user_id, const char *hash, GError **error)
{
    return db_exec(conn, error, "UPDATE users SET pin_hash = ?2 WHERE id = ?1", "it", user_id, hash) &&
           db_exec(conn, error, "UPDATE sessions SET pin_until_us = 0 WHERE user_id = ?1", "i", user_id);
}

bool pins_unlock(struct db_conn *conn, int64_t session_id, int64_t until_us, GError **error)
{
    return db_exec(conn, error, "UPDATE sessions SET pin_until_us = ?2 WHERE id = ?1", "ii", session_id, until_us);
}
