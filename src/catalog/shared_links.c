/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/shared_links.h"

#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "catalog/assets.h"
#include "db/db.h"

static const char missing[] = "There is no such link.";

void shared_link_clear(struct shared_link *link)
{
    g_free(link->slug);
    g_free(link->description);
    g_free(link->password_hash);
    *link = (struct shared_link){0};
}

/* ---- what people type ---- */

bool shared_link_parse_key(const char *text, uint8_t ret_key[LINK_KEY_BYTES])
{
    size_t length = 0;
    if (hex_decode(text, ret_key, LINK_KEY_BYTES))
        return true;
    return sodium_base642bin(ret_key, LINK_KEY_BYTES, text, strlen(text), NULL, &length, NULL,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
           length == LINK_KEY_BYTES;
}

bool shared_link_slug_is_valid(const char *slug)
{
    if (!*slug || strlen(slug) > LINK_SLUG_MAX || !g_utf8_validate(slug, -1, NULL))
        return false;
    for (const char *c = slug; *c; c = g_utf8_next_char(c)) {
        gunichar letter = g_utf8_get_char(c);
        if (!g_unichar_isalnum(letter) && !g_unichar_ismark(letter) && letter != '-' && letter != '_')
            return false;
    }
    return true;
}

bool shared_link_is_over(const struct shared_link *link, int64_t now_us)
{
    return link->expires_us != 0 && link->expires_us <= now_us;
}

/* ---- looking ---- */

#define SELECT                                                                                                         \
    "SELECT l.id, l.uuid, l.owner_id, u.uuid, l.key, l.slug, l.album_id, b.uuid, l.description, l.password_hash,"      \
    " l.expires_us, l.allow_upload, l.allow_download, l.show_metadata, l.created_us FROM shared_links l"               \
    " JOIN users u ON u.id = l.owner_id LEFT JOIN albums b ON b.id = l.album_id"

static void read_link(struct db_rows *rows, struct shared_link *ret_link)
{
    struct shared_link link = {
        .id = db_int(rows, 0),
        .owner_id = db_int(rows, 2),
        .slug = g_strdup(db_text(rows, 5)),
        .album_id = db_int(rows, 6),
        .description = g_strdup(db_text(rows, 8)),
        .password_hash = g_strdup(db_text(rows, 9)),
        .expires_us = db_int(rows, 10),
        .allow_upload = db_int(rows, 11),
        .allow_download = db_int(rows, 12) && db_int(rows, 13), /* an original tells all that its file knows */
        .show_metadata = db_int(rows, 13),
        .created_us = db_int(rows, 14),
    };
    db_blob_exact(rows, 1, link.uuid.bytes, sizeof link.uuid.bytes);
    db_blob_exact(rows, 3, link.owner_uuid.bytes, sizeof link.owner_uuid.bytes);
    db_blob_exact(rows, 4, link.key, sizeof link.key);
    db_blob_exact(rows, 7, link.album_uuid.bytes, sizeof link.album_uuid.bytes);
    *ret_link = link;
}

static bool read_one(struct db_rows *rows, struct shared_link *ret_link, GError **error)
{
    if (!rows || !db_next_required(rows, error, missing))
        return false;
    read_link(rows, ret_link);
    return true;
}

bool shared_links_find(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, struct shared_link *ret_link,
                       GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, SELECT " WHERE l.owner_id = ?1 AND l.uuid = ?2", "ib",
                                            owner_id, uuid->bytes, sizeof uuid->bytes);
    return read_one(rows, ret_link, error);
}

bool shared_links_find_secret(struct db_conn *conn, const uint8_t key[LINK_KEY_BYTES], const char *slug,
                              struct shared_link *ret_link, GError **error)
{
    DB_ROWS struct db_rows *rows =
        key ? db_query(conn, error, SELECT " WHERE l.key = ?1 AND u.removed_us IS NULL", "b", key,
                       (size_t)LINK_KEY_BYTES)
            : db_query(conn, error, SELECT " WHERE l.slug = ?1 AND u.removed_us IS NULL", "t", slug);
    return read_one(rows, ret_link, error);
}

static const void *bytes_of(const struct uuid *uuid)
{
    return uuid ? uuid->bytes : NULL;
}

bool shared_links_list(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, const struct uuid *album,
                       shared_links_each *each, void *data, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 SELECT " WHERE l.owner_id = ?1 AND (?2 IS NULL OR l.uuid = ?2) AND (?3 IS NULL OR b.uuid = ?3)"
                        " ORDER BY l.created_us DESC, l.id DESC",
                 "ibb", owner_id, bytes_of(uuid), sizeof *uuid, bytes_of(album), sizeof *album);
    GError *problem = NULL;
    if (!rows)
        return false;
    for (bool more = true; more && db_next(rows, &problem);) {
        SHARED_LINK_AUTO struct shared_link link;
        read_link(rows, &link);
        more = each(&link, data);
    }
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}

bool shared_links_show_album(struct db_conn *conn, int64_t album_id, bool *ret_any, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT EXISTS (SELECT 1 FROM shared_links WHERE album_id = ?1)", "i", album_id);
    if (!rows || !db_next_required(rows, error, missing))
        return false;
    *ret_any = db_int(rows, 0);
    return true;
}

/* ---- making, changing, deleting ---- */

static const int64_t *time_or_null(const int64_t *us)
{
    return *us ? us : NULL;
}

bool shared_links_create(struct db_conn *conn, const struct shared_link_new *wanted, struct uuid *ret_uuid,
                         GError **error)
{
    uint8_t key[LINK_KEY_BYTES];
    struct uuid uuid = uuid_v4();
    randombytes_buf(key, sizeof key);
    if (!db_exec(conn, error,
                 "INSERT INTO shared_links (uuid, owner_id, key, slug, album_id, description, password_hash,"
                 " expires_us, allow_upload, allow_download, show_metadata, created_us)"
                 " VALUES (?1, ?2, ?3, ?4, nullif(?5, 0), ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                 "bibtittIiiii", uuid.bytes, sizeof uuid.bytes, wanted->owner_id, key, sizeof key, wanted->slug,
                 wanted->album_id, wanted->description, wanted->password_hash, time_or_null(&wanted->expires_us),
                 (int64_t)wanted->allow_upload, (int64_t)wanted->allow_download, (int64_t)wanted->show_metadata,
                 clock_now_us()))
        return false;
    *ret_uuid = uuid;
    return true;
}

static const int64_t *flag(bool is_set, const int64_t *value)
{
    return is_set ? value : NULL;
}

static bool found(struct db_conn *conn, GError **error)
{
    return db_changed(conn) > 0 || err_set(error, ERR_NOT_FOUND, missing);
}

bool shared_links_change(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid,
                         const struct shared_link_change *change, GError **error)
{
    int64_t upload = change->allow_upload, download = change->allow_download, metadata = change->show_metadata;
    return db_exec(conn, error,
                   "UPDATE shared_links SET slug = iif(?3, ?4, slug), description = iif(?5, ?6, description),"
                   " password_hash = iif(?7, ?8, password_hash), expires_us = iif(?9, ?10, expires_us),"
                   " allow_upload = coalesce(?11, allow_upload), allow_download = coalesce(?12, allow_download),"
                   " show_metadata = coalesce(?13, show_metadata) WHERE owner_id = ?1 AND uuid = ?2",
                   "ibitititiIIII", owner_id, uuid->bytes, sizeof uuid->bytes, (int64_t)change->set_slug, change->slug,
                   (int64_t)change->set_description, change->description, (int64_t)change->set_password,
                   change->password_hash, (int64_t)change->set_expiry, time_or_null(&change->expires_us),
                   flag(change->set_upload, &upload), flag(change->set_download, &download),
                   flag(change->set_metadata, &metadata)) &&
           found(conn, error);
}

bool shared_links_delete(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, GError **error)
{
    return db_exec(conn, error, "DELETE FROM shared_links WHERE owner_id = ?1 AND uuid = ?2", "ib", owner_id,
                   uuid->bytes, sizeof uuid->bytes) &&
           found(conn, error);
}

bool shared_links_forget_asset(struct db_conn *conn, int64_t asset_id, GError **error)
{
    return db_exec(conn, error, "DELETE FROM shared_link_assets WHERE asset_id = ?1", "i", asset_id);
}

/* ---- the list ---- */

/* One of the owner's that can be shown to others; whether it is there already the insert says. */
static bool add_one(struct db_conn *conn, const struct shared_link *link, const struct uuid *asset,
                    enum album_outcome *ret_outcome, GError **error)
{
    int64_t asset_id = 0;
    {
        DB_ROWS struct db_rows *rows =
            db_query(conn, error, "SELECT id FROM assets WHERE uuid = ?1 AND owner_id = ?2 AND visibility <> ?3", "bii",
                     asset->bytes, sizeof asset->bytes, link->owner_id, (int64_t)ASSET_LOCKED);
        GError *problem = NULL;
        if (!rows)
            return false;
        if (db_next(rows, &problem))
            asset_id = db_int(rows, 0);
        if (problem) {
            g_propagate_error(error, problem);
            return false;
        }
    }
    *ret_outcome = ALBUM_NO_PERMISSION;
    if (!asset_id)
        return true;
    if (!db_exec(conn, error, "INSERT OR IGNORE INTO shared_link_assets (link_id, asset_id) VALUES (?1, ?2)", "ii",
                 link->id, asset_id))
        return false;
    *ret_outcome = db_changed(conn) > 0 ? ALBUM_DONE : ALBUM_DUPLICATE;
    return true;
}

bool shared_links_add(struct db_conn *conn, const struct shared_link *link, const struct uuid *assets, size_t n,
                      enum album_outcome *ret_outcomes, GError **error)
{
    for (size_t i = 0; i < n; i++)
        if (!add_one(conn, link, &assets[i], &ret_outcomes[i], error))
            return false;
    return true;
}

bool shared_links_remove(struct db_conn *conn, const struct shared_link *link, const struct uuid *assets, size_t n,
                         enum album_outcome *ret_outcomes, GError **error)
{
    for (size_t i = 0; i < n; i++) {
        if (!db_exec(conn, error,
                     "DELETE FROM shared_link_assets WHERE link_id = ?1"
                     " AND asset_id = (SELECT id FROM assets WHERE uuid = ?2)",
                     "ib", link->id, assets[i].bytes, sizeof assets[i].bytes))
            return false;
        ret_outcomes[i] = db_changed(conn) > 0 ? ALBUM_DONE : ALBUM_NOT_FOUND;
    }
    return true;
}

bool shared_links_assets(struct db_conn *conn, int64_t link_id, shared_link_asset *each, void *data, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT a.id FROM shared_link_assets s JOIN assets a ON a.id = s.asset_id WHERE s.link_id = ?1"
                 " AND NOT a.is_trashed AND a.visibility <= 1 ORDER BY a.local_us, a.id",
                 "i", link_id);
    GError *problem = NULL;
    if (!rows)
        return false;
    while (db_next(rows, &problem) && each(db_int(rows, 0), data))
        ;
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}

bool shared_links_copy_asset(struct db_conn *conn, int64_t source_id, int64_t target_id, GError **error)
{
    return db_exec(conn, error,
                   "INSERT OR IGNORE INTO shared_link_assets (link_id, asset_id)"
                   " SELECT link_id, ?2 FROM shared_link_assets WHERE asset_id = ?1",
                   "ii", source_id, target_id);
}
