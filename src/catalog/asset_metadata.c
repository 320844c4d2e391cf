/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/asset_metadata.h"

#include <string.h>

#include "db/db.h"

static void free_face(void *data)
{
    struct asset_face *face = data;
    g_free(face->name);
    g_free(face);
}

void asset_metadata_clear(struct asset_metadata *metadata)
{
    g_free(metadata->zone_source);
    g_free(metadata->burst_id);
    g_clear_pointer(&metadata->keywords, g_ptr_array_unref);
    g_clear_pointer(&metadata->faces, g_ptr_array_unref);
    *metadata = (struct asset_metadata){0};
}

/* ---- writing ---- */

static bool drop_lists(struct db_conn *conn, int64_t asset_id, GError **error)
{
    return db_exec(conn, error, "DELETE FROM asset_keywords WHERE asset_id = ?1", "i", asset_id) &&
           db_exec(conn, error, "DELETE FROM asset_faces WHERE asset_id = ?1", "i", asset_id);
}

static bool write_keywords(struct db_conn *conn, int64_t asset_id, const char *lines, GError **error)
{
    g_auto(GStrv) keywords = g_strsplit(lines ? lines : "", "\n", -1);
    for (int64_t i = 0; keywords[i]; i++)
        if (*keywords[i] &&
            !db_exec(conn, error, "INSERT INTO asset_keywords VALUES (?1, ?2, ?3)", "iit", asset_id, i, keywords[i]))
            return false;
    return true;
}

/* "x y width height name". */
static bool parse_face(const char *line, struct asset_face *ret_face)
{
    double numbers[4];
    for (unsigned i = 0; i < 4; i++) {
        char *end = NULL;
        numbers[i] = g_ascii_strtod(line, &end);
        if (end == line || *end != ' ' || !(numbers[i] >= 0 && numbers[i] <= 1))
            return false;
        line = end + 1;
    }
    *ret_face = (struct asset_face){(char *)(*line ? line : NULL), numbers[0], numbers[1], numbers[2], numbers[3]};
    return numbers[2] > 0 && numbers[3] > 0;
}

static bool write_faces(struct db_conn *conn, int64_t asset_id, const char *lines, GError **error)
{
    g_auto(GStrv) faces = g_strsplit(lines ? lines : "", "\n", -1);
    for (int64_t i = 0; faces[i]; i++) {
        struct asset_face face;
        if (parse_face(faces[i], &face) &&
            !db_exec(conn, error, "INSERT INTO asset_faces VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", "iitdddd", asset_id, i,
                     face.name, face.x, face.y, face.width, face.height))
            return false;
    }
    return true;
}

bool asset_metadata_apply(struct db_conn *conn, int64_t asset_id, const struct media_facts *facts, GError **error)
{
    int64_t focal_35mm = facts->focal_35mm;
    return db_exec(conn, error,
                   "INSERT INTO asset_metadata (asset_id, owner_id, zone_source, burst_id, focal_35mm, sidecar)"
                   " SELECT id, owner_id, ?2, ?3, ?4, ?5 FROM assets WHERE id = ?1"
                   " ON CONFLICT (asset_id) DO UPDATE SET zone_source = excluded.zone_source,"
                   " burst_id = excluded.burst_id, focal_35mm = excluded.focal_35mm, sidecar = excluded.sidecar",
                   "ittIi", asset_id, facts->zone_source, facts->burst_id, focal_35mm > 0 ? &focal_35mm : NULL,
                   (int64_t)facts->sidecar) &&
           drop_lists(conn, asset_id, error) && write_keywords(conn, asset_id, facts->keywords, error) &&
           write_faces(conn, asset_id, facts->faces, error);
}

/* ---- reading ---- */

static bool ended_well(GError *failure, GError **error)
{
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

static bool read_row(struct db_conn *conn, int64_t asset_id, struct asset_metadata *metadata, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(
        conn, error,
        "SELECT zone_source, burst_id, coalesce(focal_35mm, 0), sidecar, CASE WHEN burst_id IS NULL THEN 0 ELSE"
        " (SELECT count(*) FROM asset_metadata o JOIN assets a ON a.id = o.asset_id WHERE o.owner_id = m.owner_id"
        " AND o.burst_id = m.burst_id AND a.trashed_us IS NULL) END FROM asset_metadata m WHERE asset_id = ?1",
        "i", asset_id);
    GError *failure = NULL;
    if (!rows)
        return false;
    if (db_next(rows, &failure)) {
        metadata->zone_source = g_strdup(db_text(rows, 0));
        metadata->burst_id = g_strdup(db_text(rows, 1));
        metadata->focal_35mm = (int)db_int(rows, 2);
        metadata->sidecar = (enum sidecar_state)db_int(rows, 3);
        metadata->burst_size = db_int(rows, 4);
    }
    return ended_well(failure, error);
}

static bool read_keywords(struct db_conn *conn, int64_t asset_id, GPtrArray *keywords, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(
        conn, error, "SELECT keyword FROM asset_keywords WHERE asset_id = ?1 ORDER BY position", "i", asset_id);
    GError *failure = NULL;
    if (!rows)
        return false;
    while (db_next(rows, &failure))
        g_ptr_array_add(keywords, g_strdup(db_text(rows, 0)));
    return ended_well(failure, error);
}

static bool read_faces(struct db_conn *conn, int64_t asset_id, GPtrArray *faces, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT name, x, y, width, height FROM asset_faces WHERE asset_id = ?1 ORDER BY position",
                 "i", asset_id);
    GError *failure = NULL;
    if (!rows)
        return false;
    while (db_next(rows, &failure)) {
        struct asset_face *face = g_new0(struct asset_face, 1);
        *face = (struct asset_face){g_strdup(db_text(rows, 0)), db_double(rows, 1), db_double(rows, 2),
                                    db_double(rows, 3), db_double(rows, 4)};
        g_ptr_array_add(faces, face);
    }
    return ended_well(failure, error);
}

bool asset_metadata_find(struct db_conn *conn, int64_t asset_id, struct asset_metadata *ret_metadata, GError **error)
{
    ASSET_METADATA_AUTO struct asset_metadata metadata = {
        .keywords = g_ptr_array_new_with_free_func(g_free),
        .faces = g_ptr_array_new_with_free_func(free_face),
    };
    if (!read_row(conn, asset_id, &metadata, error) || !read_keywords(conn, asset_id, metadata.keywords, error) ||
        !read_faces(conn, asset_id, metadata.faces, error))
        return false;
    *ret_metadata = metadata;
    metadata = (struct asset_metadata){0};
    return true;
}
