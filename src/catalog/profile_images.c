/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/profile_images.h"

#include "base/clock.h"
#include "base/error.h"
#include "db/db.h"

static bool note(struct db_conn *conn, int64_t user_id, bool has_one, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error,
                   "UPDATE users SET has_profile_image = ?2, profile_changed_us = ?3, updated_us = ?3, update_id = ?4"
                   " WHERE id = ?1",
                   "iiii", user_id, (int64_t)has_one, clock_now_us(), change_id);
}

bool profile_image_set(struct db_conn *conn, int64_t user_id, GBytes *jpeg, GError **error)
{
    gsize size;
    const void *bytes = g_bytes_get_data(jpeg, &size);
    return db_exec(conn, error,
                   "INSERT INTO profile_images (user_id, jpeg) VALUES (?1, ?2)"
                   " ON CONFLICT (user_id) DO UPDATE SET jpeg = excluded.jpeg",
                   "ib", user_id, bytes, size) &&
           note(conn, user_id, true, error);
}

bool profile_image_drop(struct db_conn *conn, int64_t user_id, GError **error)
{
    return db_exec(conn, error, "DELETE FROM profile_images WHERE user_id = ?1", "i", user_id) &&
           (db_changed(conn) == 0 || note(conn, user_id, false, error));
}

GBytes *profile_image_find(struct db_conn *conn, const struct uuid *user, int64_t *ret_changed_us, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error,
                                            "SELECT p.jpeg, u.profile_changed_us FROM users u"
                                            " JOIN profile_images p ON p.user_id = u.id WHERE u.uuid = ?1",
                                            "b", user->bytes, sizeof user->bytes);
    if (!rows || !db_next_required(rows, error, "There is no picture of this person."))
        return NULL;
    size_t size;
    const void *bytes = db_blob(rows, 0, &size);
    *ret_changed_us = db_int(rows, 1);
    return g_bytes_new(bytes, size);
}
