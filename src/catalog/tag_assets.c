/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tags: which photo has which, by a person's word or by the keywords of its file. */
#include <string.h>

#include "base/error.h"
#include "catalog/assets.h"
#include "catalog/tags.h"
#include "catalog/tags_private.h"
#include "db/db.h"

static bool ended_well(GError *failure, GError **error)
{
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

/* A keyword of a file, a path with "|", as the value of a tag; a "/" inside of a part becomes a division slash. */
#define VALUE_OF(keyword) "replace(replace(" keyword ", '/', '∕'), '|', '/')"

/* Tag ?1 and all below it. */
#define SUBTREE                                                                                                        \
    "WITH RECURSIVE below (id) AS (SELECT ?1 UNION ALL SELECT t.id FROM tags t JOIN below b ON t.parent_id = b.id) "

/* ---- tidying ---- */

/* A tag that nobody but keywords made, and that no photo has any more, goes; then perhaps the one above it. */
static bool tidy(struct db_conn *conn, int64_t tag_id, GError **error)
{
    while (tag_id != 0) {
        int64_t parent_id = 0;
        DB_ROWS struct db_rows *rows =
            db_query(conn, error,
                     "DELETE FROM tags WHERE id = ?1 AND by_person = 0"
                     " AND NOT EXISTS (SELECT 1 FROM tag_assets WHERE tag_id = ?1)"
                     " AND NOT EXISTS (SELECT 1 FROM tags WHERE parent_id = ?1) RETURNING coalesce(parent_id, 0)",
                     "i", tag_id);
        GError *failure = NULL;
        if (!rows)
            return false;
        if (db_next(rows, &failure))
            parent_id = db_int(rows, 0);
        if (!ended_well(failure, error))
            return false;
        tag_id = parent_id;
    }
    return true;
}

/* ---- by a person ---- */

/* Not to be there is an answer, not an error: asset_id is 0 then. */
struct place {
    int64_t asset_id;
    bool is_on;
};
static bool find_place(struct db_conn *conn, const struct bulk *bulk, int64_t tag_id, const struct uuid *asset,
                       struct place *ret_place, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT id, EXISTS (SELECT 1 FROM tag_assets WHERE tag_id = ?3 AND asset_id = assets.id) FROM assets"
                 " WHERE uuid = ?1 AND owner_id = ?2 AND (?4 OR visibility <> ?5)",
                 "biiii", asset->bytes, sizeof asset->bytes, bulk->owner_id, tag_id, (int64_t)bulk->with_locked,
                 (int64_t)ASSET_LOCKED);
    GError *failure = NULL;
    if (!rows)
        return false;
    *ret_place = (struct place){0};
    if (db_next(rows, &failure))
        *ret_place = (struct place){db_int(rows, 0), db_int(rows, 1)};
    return ended_well(failure, error);
}

static bool put_on_one(struct db_conn *conn, const struct tag *tag, const struct place *place,
                       enum bulk_outcome *ret_outcome, GError **error)
{
    *ret_outcome = !place->asset_id ? BULK_NO_PERMISSION : place->is_on ? BULK_DUPLICATE : BULK_DONE;
    return !place->asset_id || (db_exec(conn, error, "DELETE FROM tags_taken_off WHERE asset_id = ?1 AND value = ?2",
                                        "it", place->asset_id, tag->value) &&
                                db_exec(conn, error,
                                        "INSERT INTO tag_assets (tag_id, asset_id, by_person) VALUES (?1, ?2, 1)"
                                        " ON CONFLICT (tag_id, asset_id) DO UPDATE SET by_person = 1",
                                        "ii", tag->id, place->asset_id));
}

/* The keyword of its file does not make it again. */
static bool refuse_keyword(struct db_conn *conn, int64_t tag_id, int64_t asset_id, GError **error)
{
    return db_exec(conn, error,
                   "INSERT OR IGNORE INTO tags_taken_off (asset_id, value) SELECT k.asset_id, t.value FROM tags t"
                   " JOIN asset_keywords k ON k.asset_id = ?2 AND " VALUE_OF("k.keyword") " = t.value WHERE t.id = ?1",
                   "ii", tag_id, asset_id);
}

static bool take_off_one(struct db_conn *conn, const struct tag *tag, const struct place *place,
                         enum bulk_outcome *ret_outcome, GError **error)
{
    *ret_outcome = place->is_on ? BULK_DONE : BULK_NOT_FOUND;
    return !place->is_on || (refuse_keyword(conn, tag->id, place->asset_id, error) &&
                             db_exec(conn, error, "DELETE FROM tag_assets WHERE tag_id = ?1 AND asset_id = ?2", "ii",
                                     tag->id, place->asset_id));
}

typedef bool one_work(struct db_conn *conn, const struct tag *tag, const struct place *place,
                      enum bulk_outcome *ret_outcome, GError **error);

static bool each_asset(struct db_conn *conn, const struct bulk *bulk, one_work *one, enum bulk_outcome *ret_outcomes,
                       GError **error)
{
    TAG_AUTO struct tag tag = {0};
    if (!tags_find(conn, bulk->owner_id, bulk->into, &tag, error))
        return false;
    for (size_t i = 0; i < bulk->n; i++) {
        struct place place;
        if (!find_place(conn, bulk, tag.id, &bulk->assets[i], &place, error) ||
            !one(conn, &tag, &place, &ret_outcomes[i], error))
            return false;
    }
    return true;
}

bool tags_put_on(struct db_conn *conn, const struct bulk *bulk, enum bulk_outcome *ret_outcomes, GError **error)
{
    return each_asset(conn, bulk, put_on_one, ret_outcomes, error);
}

bool tags_take_off(struct db_conn *conn, const struct bulk *bulk, enum bulk_outcome *ret_outcomes, GError **error)
{
    return each_asset(conn, bulk, take_off_one, ret_outcomes, error);
}

/* ---- whole tags ---- */

struct pair {
    int64_t tag_id, asset_id;
};

/* The rows (tag, asset) of a query. Consumes @rows. */
static GArray *read_pairs(struct db_rows *rows, GError **error)
{
    DB_ROWS struct db_rows *own = rows;
    g_autoptr(GArray) pairs = g_array_new(FALSE, FALSE, sizeof(struct pair));
    GError *failure = NULL;
    if (!own)
        return NULL;
    while (db_next(own, &failure)) {
        struct pair pair = {db_int(own, 0), db_int(own, 1)};
        g_array_append_val(pairs, pair);
    }
    return ended_well(failure, error) ? g_steal_pointer(&pairs) : NULL;
}

bool tags_detach(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, unsigned limit,
                 struct tag_progress *progress, GError **error)
{
    TAG_AUTO struct tag tag = {0};
    if (!tags_find(conn, owner_id, uuid, &tag, error))
        return false;
    g_autoptr(GArray) pairs =
        read_pairs(db_query(conn, error,
                            SUBTREE "SELECT tag_id, asset_id FROM tag_assets WHERE tag_id IN (SELECT id FROM below)"
                                    " AND (tag_id, asset_id) > (?2, ?3) ORDER BY tag_id, asset_id LIMIT ?4",
                            "iiii", tag.id, progress->tag_id, progress->asset_id, (int64_t)limit),
                   error);
    if (!pairs)
        return false;
    for (guint i = 0; i < pairs->len; i++) {
        const struct pair *pair = &g_array_index(pairs, struct pair, i);
        if (!refuse_keyword(conn, pair->tag_id, pair->asset_id, error) ||
            !db_exec(conn, error, "UPDATE tag_assets SET by_person = 1 WHERE tag_id = ?1 AND asset_id = ?2", "ii",
                     pair->tag_id, pair->asset_id))
            return false;
        progress->tag_id = pair->tag_id;
        progress->asset_id = pair->asset_id;
    }
    progress->is_done = pairs->len < limit;
    return true;
}

bool tags_delete(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, unsigned limit, bool *ret_done,
                 GError **error)
{
    TAG_AUTO struct tag tag = {0};
    if (!tags_find(conn, owner_id, uuid, &tag, error))
        return false;
    g_autoptr(GArray) pairs = read_pairs(
        db_query(conn, error,
                 SUBTREE "SELECT tag_id, asset_id FROM tag_assets WHERE tag_id IN (SELECT id FROM below) LIMIT ?2",
                 "ii", tag.id, (int64_t)limit),
        error);
    for (guint i = 0; pairs && i < pairs->len; i++) {
        const struct pair *pair = &g_array_index(pairs, struct pair, i);
        if (!refuse_keyword(conn, pair->tag_id, pair->asset_id, error) ||
            !db_exec(conn, error, "DELETE FROM tag_assets WHERE tag_id = ?1 AND asset_id = ?2", "ii", pair->tag_id,
                     pair->asset_id))
            return false;
    }
    if (!pairs)
        return false;
    *ret_done = pairs->len < limit;
    return !*ret_done || db_exec(conn, error, "DELETE FROM tags WHERE id = ?1", "i", tag.id);
}

/* ---- by the file ---- */

/* Values that the keywords of an asset ask for, without those that a person took off; and whose it is. */
static GPtrArray *wanted_values(struct db_conn *conn, int64_t asset_id, int64_t *ret_owner_id, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "SELECT a.owner_id, " VALUE_OF(
                     "k.keyword") " AS v FROM asset_keywords k"
                                  " JOIN assets a ON a.id = k.asset_id WHERE k.asset_id = ?1 AND NOT EXISTS"
                                  " (SELECT 1 FROM tags_taken_off o WHERE o.asset_id = ?1 AND o.value = " VALUE_OF(
                                      "k.keyword") ")"
                                                   " ORDER BY k.position",
                 "i", asset_id);
    g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
    GError *failure = NULL;
    if (!rows)
        return NULL;
    while (db_next(rows, &failure)) {
        *ret_owner_id = db_int(rows, 0);
        g_ptr_array_add(values, g_strdup(db_text(rows, 1)));
    }
    return ended_well(failure, error) ? g_steal_pointer(&values) : NULL;
}

/* A keyword that is no name of a tag stays a keyword. */
static bool put_on_value(struct db_conn *conn, int64_t owner_id, int64_t asset_id, const char *value,
                         GHashTable *put_on, GError **error)
{
    struct tag_key key;
    GError *failure = NULL;
    if (!tags_make_path(conn, owner_id, value, false, &key, &failure)) {
        if (!err_is(failure, ERR_INVALID))
            return ended_well(failure, error);
        g_error_free(failure);
        return true;
    }
    g_hash_table_add(put_on, g_memdup2(&key.id, sizeof key.id));
    return db_exec(conn, error, "INSERT OR IGNORE INTO tag_assets (tag_id, asset_id, by_person) VALUES (?1, ?2, 0)",
                   "ii", key.id, asset_id);
}

/* What the file said before, but for @put_on (NULL: all). */
static bool drop_others(struct db_conn *conn, int64_t asset_id, GHashTable *put_on, GError **error)
{
    g_autoptr(GArray) pairs = read_pairs(
        db_query(conn, error, "SELECT tag_id, asset_id FROM tag_assets WHERE asset_id = ?1 AND (?2 OR by_person = 0)",
                 "ii", asset_id, (int64_t)!put_on),
        error);
    if (!pairs)
        return false;
    for (guint i = 0; i < pairs->len; i++) {
        const struct pair *pair = &g_array_index(pairs, struct pair, i);
        if (put_on && g_hash_table_contains(put_on, &pair->tag_id))
            continue;
        if (!db_exec(conn, error, "DELETE FROM tag_assets WHERE tag_id = ?1 AND asset_id = ?2", "ii", pair->tag_id,
                     asset_id) ||
            !tidy(conn, pair->tag_id, error))
            return false;
    }
    return true;
}

bool tags_read_keywords(struct db_conn *conn, int64_t asset_id, GError **error)
{
    int64_t owner_id = 0;
    g_autoptr(GPtrArray) values = wanted_values(conn, asset_id, &owner_id, error);
    g_autoptr(GHashTable) put_on = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    if (!values)
        return false;
    for (guint i = 0; i < values->len; i++)
        if (!put_on_value(conn, owner_id, asset_id, values->pdata[i], put_on, error))
            return false;
    return drop_others(conn, asset_id, put_on, error);
}

bool tags_forget_asset(struct db_conn *conn, int64_t asset_id, GError **error)
{
    return drop_others(conn, asset_id, NULL, error);
}
