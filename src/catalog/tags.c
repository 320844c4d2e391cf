/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tags: looking at them, making, changing and deleting them. What is on which photo: tag_assets.c. */
#include "catalog/tags.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/tags_private.h"
#include "db/db.h"

static const char missing[] = "There is no such tag.";

static bool ended_well(GError *failure, GError **error)
{
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

void tag_clear(struct tag *tag)
{
    g_free(tag->name);
    g_free(tag->value);
    g_free(tag->color);
    *tag = (struct tag){0};
}

/* ---- looking ---- */

#define SELECT                                                                                                         \
    "SELECT t.id, t.uuid, t.name, t.value, t.color, p.uuid, t.created_us, t.updated_us FROM tags t"                    \
    " LEFT JOIN tags p ON p.id = t.parent_id"

static void read_tag(struct db_rows *rows, struct tag *ret_tag)
{
    struct tag tag = {
        .id = db_int(rows, 0),
        .name = g_strdup(db_text(rows, 2)),
        .value = g_strdup(db_text(rows, 3)),
        .color = g_strdup(db_text(rows, 4)),
        .created_us = db_int(rows, 6),
        .updated_us = db_int(rows, 7),
    };
    db_blob_exact(rows, 1, tag.uuid.bytes, sizeof tag.uuid.bytes);
    tag.has_parent = db_blob_exact(rows, 5, tag.parent.bytes, sizeof tag.parent.bytes);
    *ret_tag = tag;
}

bool tags_list(struct db_conn *conn, int64_t owner_id, tags_each *each, void *data, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, SELECT " WHERE t.owner_id = ?1 ORDER BY t.value", "i", owner_id);
    GError *failure = NULL;
    if (!rows)
        return false;
    for (bool more = true; more && db_next(rows, &failure);) {
        TAG_AUTO struct tag tag = {0};
        read_tag(rows, &tag);
        more = each(&tag, data);
    }
    return ended_well(failure, error);
}

static void free_tag(void *data)
{
    tag_clear(data);
    g_free(data);
}

GPtrArray *tags_of_asset(struct db_conn *conn, int64_t asset_id, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, SELECT " JOIN tag_assets x ON x.tag_id = t.id WHERE x.asset_id = ?1 ORDER BY t.value",
                 "i", asset_id);
    g_autoptr(GPtrArray) tags = g_ptr_array_new_with_free_func(free_tag);
    GError *failure = NULL;
    if (!rows)
        return NULL;
    while (db_next(rows, &failure)) {
        struct tag *tag = g_new0(struct tag, 1);
        read_tag(rows, tag);
        g_ptr_array_add(tags, tag);
    }
    return ended_well(failure, error) ? g_steal_pointer(&tags) : NULL;
}

bool tags_find(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, struct tag *ret_tag, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, SELECT " WHERE t.uuid = ?1 AND t.owner_id = ?2", "bi",
                                            uuid->bytes, sizeof uuid->bytes, owner_id);
    if (!rows || !db_next_required(rows, error, missing))
        return false;
    read_tag(rows, ret_tag);
    return true;
}

/* Not to be there is an answer: *ret_id is 0 then. */
static bool find_value(struct db_conn *conn, int64_t owner_id, const char *value, struct tag_key *ret_key,
                       GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT id, uuid FROM tags WHERE owner_id = ?1 AND value = ?2", "it", owner_id, value);
    GError *failure = NULL;
    if (!rows)
        return false;
    *ret_key = (struct tag_key){0};
    if (db_next(rows, &failure)) {
        ret_key->id = db_int(rows, 0);
        db_blob_exact(rows, 1, ret_key->uuid.bytes, sizeof ret_key->uuid.bytes);
    }
    return ended_well(failure, error);
}

/* ---- making ---- */

/* A name without blanks around it; NULL with ERR_INVALID where there is none, or a "/" in it. */
static char *clean_name(const char *name, GError **error)
{
    g_autofree char *clean = g_strstrip(g_strdup(name));
    if (*clean && !strchr(clean, '/') && strlen(clean) <= TAG_NAME_MAX)
        return g_steal_pointer(&clean);
    err_set(error, ERR_INVALID, "A tag has a name of at most %d bytes, without a slash.", TAG_NAME_MAX);
    return NULL;
}

struct row {
    int64_t owner_id, parent_id; /* 0: none */
    const char *name, *value, *color;
    bool by_person;
};

static bool insert(struct db_conn *conn, const struct row *row, struct tag_key *ret_key, GError **error)
{
    struct uuid uuid = uuid_v4();
    if (strlen(row->value) > TAG_VALUE_MAX)
        return err_set(error, ERR_INVALID, "The path of a tag has at most %d bytes.", TAG_VALUE_MAX);
    return db_exec(conn, error,
                   "INSERT INTO tags (uuid, owner_id, parent_id, name, value, color, by_person, created_us, updated_us)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
                   "biItttii", uuid.bytes, sizeof uuid.bytes, row->owner_id, row->parent_id ? &row->parent_id : NULL,
                   row->name, row->value, row->color, (int64_t)row->by_person, clock_now_us()) &&
           find_value(conn, row->owner_id, row->value, ret_key, error);
}

bool tags_create(struct db_conn *conn, const struct tag_new *wanted, struct uuid *ret_uuid, GError **error)
{
    TAG_AUTO struct tag parent = {0};
    struct tag_key key;
    g_autofree char *name = clean_name(wanted->name, error);
    if (!name || (wanted->parent && !tags_find(conn, wanted->owner_id, wanted->parent, &parent, error)))
        return false;
    g_autofree char *value = g_strjoin("/", parent.value ? parent.value : name, parent.value ? name : NULL, NULL);
    const struct row row = {wanted->owner_id, parent.id, name, value, wanted->color, true};
    if (!insert(conn, &row, &key, error))
        return false;
    *ret_uuid = key.uuid;
    return true;
}

bool tags_make_path(struct db_conn *conn, int64_t owner_id, const char *value, bool by_person, struct tag_key *ret_key,
                    GError **error)
{
    g_auto(GStrv) parts = g_strsplit(value, "/", -1);
    g_autoptr(GString) path = g_string_new(NULL);
    struct tag_key key = {0};
    for (char **part = parts; *part; part++) {
        int64_t parent_id = key.id;
        if (!*g_strstrip(*part))
            continue;
        g_autofree char *name = clean_name(*part, error);
        g_string_append_printf(path, "%s%s", path->len > 0 ? "/" : "", *part);
        if (!name || !find_value(conn, owner_id, path->str, &key, error))
            return false;
        const struct row row = {owner_id, parent_id, name, path->str, NULL, by_person};
        if (key.id == 0 && !insert(conn, &row, &key, error))
            return false;
    }
    *ret_key = key;
    return key.id != 0 || err_set(error, ERR_INVALID, "A tag needs a name.");
}

bool tags_upsert(struct db_conn *conn, int64_t owner_id, const char *value, struct uuid *ret_uuid, GError **error)
{
    struct tag_key key;
    /* What a person asks for stays, also where a keyword made it. */
    if (!tags_make_path(conn, owner_id, value, true, &key, error) ||
        !db_exec(conn, error, "UPDATE tags SET by_person = 1 WHERE id = ?1", "i", key.id))
        return false;
    *ret_uuid = key.uuid;
    return true;
}

/* ---- changing ---- */

bool tags_set_color(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, const char *color, GError **error)
{
    return db_exec(conn, error, "UPDATE tags SET color = ?3, updated_us = ?4 WHERE uuid = ?1 AND owner_id = ?2", "biti",
                   uuid->bytes, sizeof uuid->bytes, owner_id, color, clock_now_us()) &&
           (db_changed(conn) > 0 || err_set(error, ERR_NOT_FOUND, missing));
}

bool tags_rename(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, const char *name, GError **error)
{
    TAG_AUTO struct tag tag = {0};
    g_autofree char *clean = clean_name(name, error);
    if (!clean || !tags_find(conn, owner_id, uuid, &tag, error))
        return false;
    size_t stem = strlen(tag.value) - strlen(tag.name); /* with its last slash */
    g_autofree char *value = g_strdup_printf("%.*s%s", (int)stem, tag.value, clean);
    return db_exec(conn, error, "UPDATE tags SET name = ?2, by_person = 1, updated_us = ?3 WHERE id = ?1", "iti",
                   tag.id, clean, clock_now_us()) &&
           db_exec(conn, error,
                   "UPDATE tags SET value = ?3 || substr(value, length(?2) + 1) WHERE owner_id = ?1"
                   " AND (value = ?2 OR (value > ?2 || '/' AND value < ?2 || '0'))",
                   "itt", owner_id, tag.value, value);
}

bool tags_delete_owned(struct db_conn *conn, int64_t owner_id, GError **error)
{
    return db_exec(conn, error, "DELETE FROM tags WHERE owner_id = ?1", "i", owner_id);
}
