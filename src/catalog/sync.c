/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/sync_private.h"

#include "db/db.h"

/* What is read, each with its change id first. CROSS JOIN keeps the order of the tables where the rows are to come in
 * the order of changes: read so from an index, a phone which is up to date costs nothing and no list is sorted. */

#define USER_COLUMNS                                                                                                   \
    "update_id, uuid, name, email, avatar_color, profile_changed_us, is_admin, storage_label, quota_bytes,"            \
    " usage_bytes, preferences, removed_us, has_profile_image, is_onboarded"

/* Of assets a and users o. Favourites are their owner's alone, stacks are for partners too. */
#define ASSET_COLUMNS(change_id, favorite, if_stack, owner)                                                            \
    change_id ", a.uuid, a.file_name, a.type, a.visibility, a.sha1, a.thumbhash, a.taken_us, a.local_us,"              \
              " a.modified_us, a.uploaded_us, a.duration_ms, a.width_px, a.height_px, " favorite ", a.trashed_us,"     \
              " a.live_uuid, (SELECT s.uuid FROM stacks s WHERE s.id = a.stack_id" if_stack "), " owner
#define OTHERS_ASSET(change_id) "SELECT " ASSET_COLUMNS(change_id, "0", " AND " OF_PARTNER("a"), "o.uuid")
#define OWNER " CROSS JOIN users o ON o.id = a.owner_id"

/* Of exif e and assets a. */
#define EXIF(change_id)                                                                                                \
    "SELECT " change_id ", a.uuid, e.description, e.raw_width_px, e.raw_height_px, a.size_bytes, e.orientation,"       \
    " e.has_taken, a.taken_us, e.modified_us, e.time_zone, e.latitude, e.longitude, a.projection, e.city, e.state,"    \
    " e.country, e.make, e.model, e.lens, e.f_number, e.focal_length_mm, e.iso, e.exposure_time, e.profile,"           \
    " e.rating, e.fps"

/* Of stacks s. */
#define STACK                                                                                                          \
    "SELECT s.update_id, s.uuid, o.uuid, p.uuid, s.created_us, s.updated_us FROM stacks s"                             \
    " CROSS JOIN users o ON o.id = s.owner_id CROSS JOIN assets p ON p.id = s.primary_asset_id"

/* ---- who sees what, as in grants.h ---- */

/* May members of an album that holds asset @a see it? May partners? 0 is the timeline, 1 the archive. */
#define SHOWN_IN_ALBUMS(a) a ".trashed_us IS NULL AND " a ".visibility IN (0, 1)"
#define SHOWN_TO_PARTNERS(a) a ".trashed_us IS NULL AND " a ".visibility = 0"
/* Is it in an album of user ?1, by a link @and? Does its owner share with them? */
#define IN_ALBUM(a, and)                                                                                               \
    "EXISTS (SELECT 1 FROM album_assets h CROSS JOIN album_users n ON n.album_id = h.album_id AND n.user_id = ?1"      \
    " WHERE h.asset_id = " a ".id" and                                                                                 \
        ")"
#define OF_PARTNER(a)                                                                                                  \
    "EXISTS (SELECT 1 FROM partners p WHERE p.shared_by_id = " a ".owner_id AND p.shared_with_id = ?1)"
#define SEEN(a) "(" SHOWN_IN_ALBUMS(a) " AND ((" a ".visibility = 0 AND " OF_PARTNER(a) ") OR " IN_ALBUM(a, "") "))"
/* Is album @uuid one of user ?1, or was it after ?2? */
#define WAS_IN_ALBUM(uuid)                                                                                             \
    "(EXISTS (SELECT 1 FROM albums b CROSS JOIN album_users m ON m.album_id = b.id AND m.user_id = ?1"                 \
    " WHERE b.uuid = " uuid ") OR EXISTS (SELECT 1 FROM changes l WHERE l.entity = 'album' AND l.owner_id = ?1"        \
    " AND l.id > ?2 AND l.key1 = " uuid "))"
/* Who stopped to share with user ?1 after ?2, whether they began again or not. */
#define PARTED                                                                                                         \
    "SELECT u.id FROM changes l CROSS JOIN users u ON u.uuid = l.key1"                                                 \
    " WHERE l.entity = 'partner' AND l.owner_id = ?1 AND l.id > ?2 AND u.id <> ?1"

#define PARTNERS_SINCE "SELECT shared_by_id AS id FROM partners WHERE shared_with_id = ?1 UNION " PARTED

/* Members of albums c is in; albums of members. */
#define MEMBER(c) " CROSS JOIN album_users m ON m.album_id = " c ".album_id AND m.user_id = ?1"

/* ?1 the user, ?2 after, ?3 until, ?4 the grant. */
const char *const sync_statements[SYNC_N_PARTS] = {
    [SYNC_OWN_USER] = "SELECT " USER_COLUMNS " FROM users WHERE id = ?1 AND update_id > ?2",
    [SYNC_GONE_USERS] = "SELECT id, key1 FROM changes WHERE ?1 = ?1 AND entity = 'user' AND id > ?2 ORDER BY id",
    [SYNC_USERS] =
        "SELECT " USER_COLUMNS " FROM users WHERE ?1 = ?1 AND update_id > ?2 AND deleted_us IS NULL ORDER BY update_id",
    [SYNC_GONE_PARTNERS] =
        "SELECT id, key1, key2, 0 FROM changes WHERE owner_id = ?1 AND entity = 'partner' AND id > ?2 ORDER BY id",
    [SYNC_PARTNERS] = "SELECT p.update_id, b.uuid, w.uuid, p.in_timeline FROM partners p"
                      " JOIN users b ON b.id = p.shared_by_id JOIN users w ON w.id = p.shared_with_id"
                      " WHERE (p.shared_by_id = ?1 OR p.shared_with_id = ?1) AND p.update_id > ?2 ORDER BY p.update_id",
    [SYNC_GONE_ASSETS] =
        "SELECT id, key1 FROM changes WHERE owner_id = ?1 AND entity = 'asset' AND id > ?2 ORDER BY id",
    [SYNC_ASSETS] = "SELECT " ASSET_COLUMNS("a.update_id", "a.is_favorite", "", "NULL") //
    " FROM assets a WHERE a.owner_id = ?1 AND a.update_id > ?2 ORDER BY a.update_id",

    [SYNC_GONE_STACKS] =
        "SELECT id, key1 FROM changes WHERE owner_id = ?1 AND entity = 'stack' AND id > ?2 ORDER BY id",
    [SYNC_STACKS] = STACK " WHERE s.owner_id = ?1 AND s.update_id > ?2 ORDER BY s.update_id",

    [SYNC_LOST_DELETED] = "SELECT g.id, g.key1 FROM (" PARTNERS_SINCE ") s CROSS JOIN changes g"
                          " ON g.entity = 'asset' AND g.owner_id = s.id AND g.id > ?2",
    [SYNC_LOST_HIDDEN] = "SELECT a.update_id, a.uuid FROM assets a INDEXED BY assets_put_away"
                         " WHERE (a.visibility <> 0 OR a.trashed_us IS NOT NULL) AND a.update_id > ?2"
                         " AND a.owner_id <> ?1 AND (" OF_PARTNER("a") " OR " IN_ALBUM("a", "") ") AND NOT " SEEN("a"),
    [SYNC_LOST_PARTNERS] = "SELECT a.update_id, a.uuid FROM (SELECT DISTINCT id FROM (" PARTED ")) s"
                           " CROSS JOIN assets a ON a.owner_id = s.id"
                           " WHERE ((" SHOWN_TO_PARTNERS("a") ") OR a.update_id > ?2) AND NOT " SEEN("a"),
    [SYNC_LOST_ALBUMS] = "SELECT l.id, a.uuid FROM changes l CROSS JOIN albums b ON b.uuid = l.key1"
                         " CROSS JOIN album_assets c ON c.album_id = b.id CROSS JOIN assets a ON a.id = c.asset_id"
                         " WHERE l.entity = 'album' AND l.owner_id = ?1 AND l.id > ?2 AND a.owner_id <> ?1"
                         " AND NOT " SEEN("a"),
    [SYNC_LOST_LINKS] = "SELECT g.change_id, g.asset_uuid FROM album_assets_gone g"
                        " LEFT JOIN assets a ON a.uuid = g.asset_uuid WHERE g.change_id > ?2"
                        " AND " WAS_IN_ALBUM("g.album_uuid") " AND (a.id IS NULL OR (a.owner_id <> ?1 AND NOT " //
    SEEN("a") "))",

    [SYNC_PARTNER_ASSETS_BEFORE] = OTHERS_ASSET("a.update_id") //
    " FROM assets a" OWNER " WHERE a.owner_id = ?4 AND a.update_id > ?2 AND a.update_id <= ?3"
    " AND " SHOWN_TO_PARTNERS("a") " ORDER BY a.update_id",
    [SYNC_PARTNER_ASSETS] = OTHERS_ASSET("a.update_id") //
    " FROM assets a CROSS JOIN partners p ON p.shared_by_id = a.owner_id AND p.shared_with_id = ?1" OWNER
    " WHERE a.update_id > ?2 AND " SHOWN_TO_PARTNERS("a") " ORDER BY a.update_id",

    [SYNC_LOST_STACKS] = "SELECT g.id, g.key1 FROM (" PARTNERS_SINCE ") s CROSS JOIN changes g"
                         " ON g.entity = 'stack' AND g.owner_id = s.id AND g.id > ?2"
                         " UNION ALL SELECT t.update_id, t.uuid FROM (SELECT DISTINCT id FROM (" PARTED ")) s"
                         " CROSS JOIN stacks t ON t.owner_id = s.id AND NOT " OF_PARTNER("t"),
    [SYNC_PARTNER_STACKS_BEFORE] = STACK " WHERE s.owner_id = ?4 AND s.update_id > ?2 AND s.update_id <= ?3"
                                         " ORDER BY s.update_id",
    [SYNC_PARTNER_STACKS] = STACK " WHERE s.owner_id IN (SELECT shared_by_id FROM partners WHERE shared_with_id = ?1)"
                                  " AND s.update_id > ?2 ORDER BY s.update_id",

    [SYNC_ALBUM_ASSETS_BEFORE] = OTHERS_ASSET("c.update_id") //
    " FROM album_assets c CROSS JOIN assets a ON a.id = c.asset_id" OWNER
    " WHERE c.album_id = ?4 AND c.update_id > ?2 AND c.update_id <= ?3 AND a.owner_id <> ?1"
    " AND " SHOWN_IN_ALBUMS("a") " ORDER BY c.update_id",
    [SYNC_ALBUM_ASSETS_TURNED] = OTHERS_ASSET("a.update_id") //
    " FROM (SELECT shared_by_id AS id FROM partners WHERE shared_with_id = ?1 AND create_id > ?2 UNION " PARTED ") q"
    " CROSS JOIN assets a ON a.owner_id = q.id" OWNER
    " WHERE a.stack_id IS NOT NULL AND " SHOWN_IN_ALBUMS("a") " AND " IN_ALBUM("a", ""),
    [SYNC_ALBUM_ASSETS_CHANGED] = OTHERS_ASSET("a.update_id") //
    " FROM assets a" OWNER " WHERE a.update_id > ?2 AND a.owner_id <> ?1"
    " AND " SHOWN_IN_ALBUMS("a") " AND " IN_ALBUM("a", " AND h.update_id <= ?3") " ORDER BY a.update_id",
    [SYNC_ALBUM_ASSETS_NEW] = OTHERS_ASSET("c.update_id") //
    " FROM album_assets c" MEMBER("c") " CROSS JOIN assets a ON a.id = c.asset_id" OWNER
                                       " WHERE c.update_id > ?2 AND a.owner_id <> ?1 AND " SHOWN_IN_ALBUMS(
                                           "a") " ORDER BY c.update_id",

    [SYNC_GONE_ALBUMS] =
        "SELECT id, key1 FROM changes WHERE owner_id = ?1 AND entity = 'album' AND id > ?2 ORDER BY id",
    /* Who joins an album learns of it however old it is. What stands for it is in it. */
    [SYNC_ALBUMS] = "SELECT max(b.update_id, m.create_id), b.uuid, b.name, b.description, b.created_us, b.updated_us,"
                    " t.uuid, b.is_activity_enabled, b.is_ascending"
                    " FROM (SELECT id FROM albums WHERE update_id > ?2"
                    "  UNION SELECT album_id FROM album_users WHERE user_id = ?1 AND create_id > ?2) s"
                    " CROSS JOIN album_users m ON m.album_id = s.id AND m.user_id = ?1"
                    " CROSS JOIN albums b ON b.id = s.id LEFT JOIN assets t ON t.id = b.thumbnail_asset_id"
                    " AND (t.owner_id = ?1 OR (" SHOWN_IN_ALBUMS("t") ")) ORDER BY 1",
    [SYNC_GONE_ALBUM_USERS] =
        "SELECT id, key1, key2, 0 FROM changes WHERE owner_id = ?1 AND entity = 'album_user' AND id > ?2 ORDER BY id",
    [SYNC_ALBUM_USERS_BEFORE] = "SELECT c.update_id, b.uuid, u.uuid, c.role FROM album_users c"
                                " JOIN albums b ON b.id = c.album_id JOIN users u ON u.id = c.user_id"
                                " WHERE c.album_id = ?4 AND c.update_id > ?2 AND c.update_id <= ?3"
                                " ORDER BY c.update_id",
    [SYNC_ALBUM_USERS] = "SELECT c.update_id, b.uuid, u.uuid, c.role FROM album_users c" MEMBER(
        "c") " CROSS JOIN albums b ON b.id = c.album_id CROSS JOIN users u ON u.id = c.user_id"
             " WHERE c.update_id > ?2 ORDER BY c.update_id",

    [SYNC_GONE_LINKS] = "SELECT g.change_id, g.album_uuid, g.asset_uuid, 0 FROM album_assets_gone g"
                        " CROSS JOIN albums b ON b.uuid = g.album_uuid"
                        " CROSS JOIN album_users m ON m.album_id = b.id AND m.user_id = ?1"
                        " WHERE g.change_id > ?2 ORDER BY g.change_id",
    [SYNC_LINKS_BEFORE] = "SELECT c.update_id, b.uuid, a.uuid, 0 FROM album_assets c"
                          " CROSS JOIN albums b ON b.id = c.album_id CROSS JOIN assets a ON a.id = c.asset_id"
                          " WHERE c.album_id = ?4 AND c.update_id > ?2 AND c.update_id <= ?3"
                          " AND (a.owner_id = ?1 OR (" SHOWN_IN_ALBUMS("a") ")) ORDER BY c.update_id",
    [SYNC_LINKS] = "SELECT c.update_id, b.uuid, a.uuid, 0 FROM album_assets c" MEMBER(
        "c") " CROSS JOIN albums b ON b.id = c.album_id CROSS JOIN assets a ON a.id = c.asset_id"
             " WHERE c.update_id > ?2 AND (a.owner_id = ?1 OR (" SHOWN_IN_ALBUMS("a") ")) ORDER BY c.update_id",

    [SYNC_EXIF] = EXIF("e.update_id") //
    " FROM exif e JOIN assets a ON a.id = e.asset_id WHERE e.owner_id = ?1 AND e.update_id > ?2 ORDER BY e.update_id",
    [SYNC_ALBUM_EXIF_BEFORE] = EXIF("c.update_id") //
    " FROM album_assets c CROSS JOIN assets a ON a.id = c.asset_id CROSS JOIN exif e ON e.asset_id = c.asset_id"
    " WHERE c.album_id = ?4 AND c.update_id > ?2 AND c.update_id <= ?3 AND a.owner_id <> ?1"
    " AND " SHOWN_IN_ALBUMS("a") " ORDER BY c.update_id",
    [SYNC_ALBUM_EXIF_CHANGED] = EXIF("e.update_id") //
    " FROM exif e CROSS JOIN assets a ON a.id = e.asset_id WHERE e.update_id > ?2 AND e.owner_id <> ?1"
    " AND " SHOWN_IN_ALBUMS("a") " AND " IN_ALBUM("a", " AND h.update_id <= ?3") " ORDER BY e.update_id",
    [SYNC_ALBUM_EXIF_NEW] = EXIF("c.update_id") //
    " FROM album_assets c" MEMBER("c") " CROSS JOIN assets a ON a.id = c.asset_id"
                                       " CROSS JOIN exif e ON e.asset_id = c.asset_id"
                                       " WHERE c.update_id > ?2 AND a.owner_id <> ?1 AND " SHOWN_IN_ALBUMS(
                                           "a") " ORDER BY c.update_id",
    [SYNC_PARTNER_EXIF_BEFORE] = EXIF("e.update_id") //
    " FROM exif e CROSS JOIN assets a ON a.id = e.asset_id WHERE e.owner_id = ?4 AND e.update_id > ?2"
    " AND e.update_id <= ?3 AND " SHOWN_TO_PARTNERS("a") " ORDER BY e.update_id",
    [SYNC_PARTNER_EXIF] = EXIF("e.update_id") //
    " FROM exif e CROSS JOIN partners p ON p.shared_by_id = e.owner_id AND p.shared_with_id = ?1"
    " CROSS JOIN assets a ON a.id = e.asset_id WHERE e.update_id > ?2 AND " SHOWN_TO_PARTNERS("a") //
    " ORDER BY e.update_id",

    [SYNC_GONE_MEMORIES] =
        "SELECT id, key1 FROM changes WHERE owner_id = ?1 AND entity = 'memory' AND id > ?2 ORDER BY id",
    [SYNC_MEMORIES] = "SELECT update_id, uuid, year, is_saved, memory_at_us, created_us, updated_us, show_at_us,"
                      " hide_at_us, seen_at_us, deleted_us FROM memories WHERE owner_id = ?1 AND update_id > ?2"
                      " ORDER BY update_id",
    [SYNC_GONE_MEMORY_ASSETS] =
        "SELECT id, key1, key2, 0 FROM changes WHERE owner_id = ?1 AND entity = 'memory_asset' AND id > ?2 ORDER BY id",
    [SYNC_MEMORY_ASSETS] = "SELECT c.update_id, m.uuid, a.uuid, 0 FROM memory_assets c"
                           " CROSS JOIN memories m ON m.id = c.memory_id AND m.owner_id = ?1"
                           " CROSS JOIN assets a ON a.id = c.asset_id WHERE c.update_id > ?2 ORDER BY c.update_id",
    [SYNC_GONE_APP_DATA] = "SELECT id, key1, CAST(key2 AS TEXT), NULL FROM changes WHERE owner_id = ?1"
                           " AND entity = 'asset_metadata' AND id > ?2 ORDER BY id",
    [SYNC_APP_DATA] = "SELECT d.update_id, a.uuid, d.key, d.value FROM asset_app_data d"
                      " CROSS JOIN assets a ON a.id = d.asset_id WHERE d.owner_id = ?1 AND d.update_id > ?2"
                      " ORDER BY d.update_id",
};

/* Which of the four each takes, by its last one. */
static const char *types_of(enum sync_part part)
{
    switch (part) {
    case SYNC_PARTNER_ASSETS_BEFORE:
    case SYNC_ALBUM_ASSETS_BEFORE:
    case SYNC_ALBUM_USERS_BEFORE:
    case SYNC_LINKS_BEFORE:
    case SYNC_ALBUM_EXIF_BEFORE:
    case SYNC_PARTNER_EXIF_BEFORE:
    case SYNC_PARTNER_STACKS_BEFORE:
        return "iiii";
    case SYNC_ALBUM_ASSETS_CHANGED:
    case SYNC_ALBUM_EXIF_CHANGED:
        return "iii";
    default:
        return "ii";
    }
}

struct db_rows *sync_open(struct db_conn *conn, enum sync_part part, const struct sync_range *range, GError **error)
{
    /* What a statement does not take, the types do not name. */
    return db_query(conn, error, sync_statements[part], types_of(part), range->user_id, range->after, range->until,
                    range->grant);
}

int64_t sync_change_id(struct db_rows *rows)
{
    return db_int(rows, 0);
}

/* ---- grants ---- */

/* Own albums open nothing: what is in one came after it was made. */
static const char *const grant_statements[] = {
    [SYNC_BY_ALBUMS] = "SELECT create_id, album_id FROM album_users WHERE user_id = ?1 AND create_id >= ?2"
                       " AND role <> 0 ORDER BY create_id",
    [SYNC_BY_PARTNERS] = "SELECT create_id, shared_by_id FROM partners WHERE shared_with_id = ?1 AND create_id >= ?2"
                         " ORDER BY create_id",
};

bool sync_grants(struct db_conn *conn, enum sync_grants by, int64_t user_id, int64_t from, GArray *grants,
                 GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(conn, error, grant_statements[by], "ii", user_id, from);
    GError *problem = NULL;
    if (!rows)
        return false;
    while (db_next(rows, &problem)) {
        struct sync_grant grant = {db_int(rows, 0), db_int(rows, 1)};
        g_array_append_val(grants, grant);
    }
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}
