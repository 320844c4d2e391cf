/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Live photos: which video is the motion half of which still. Looked at again whenever one of them changes, so that the
 * order in which they arrive does not matter. The rule in words: docs/moving-photos.md. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/asset_private.h"
#include "catalog/assets.h"
#include "db/db.h"

/* An identifier stands in two files, or in a few (edits and copies). A hostile owner may make more. */
enum { HALVES_MAX = 64 };

/* ---- writing ---- */

/* The motion half of @still, 0 for none. */
static bool set_mate(struct db_conn *conn, int64_t still, int64_t video, enum live_by by, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error,
                   "UPDATE assets SET live_video_id = ?2, live_by = ?3, updated_us = ?4, update_id = ?5 WHERE id = ?1",
                   "iIiii", still, video ? &video : NULL, (int64_t)by, clock_now_us(), change_id);
}

/* A half that comes for a still in the trash follows it there: its owner threw the photo away as a whole. */
static bool follow_into_trash(struct db_conn *conn, int64_t still, int64_t video, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error,
                   "UPDATE assets SET trashed_us = (SELECT trashed_us FROM assets WHERE id = ?2), updated_us = ?3,"
                   " update_id = ?4 WHERE id = ?1 AND trashed_us IS NULL"
                   " AND EXISTS (SELECT 1 FROM assets WHERE id = ?2 AND trashed_us IS NOT NULL)",
                   "iiii", video, still, clock_now_us(), change_id);
}

bool asset_lock_half(struct db_conn *conn, int64_t still, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error,
                   "UPDATE assets SET visibility = 5 - visibility, updated_us = ?2, update_id = ?3"
                   " WHERE id = (SELECT live_video_id FROM assets WHERE id = ?1) AND visibility IN (2, 3)"
                   " AND (visibility = 3) <> EXISTS (SELECT 1 FROM assets s WHERE s.live_video_id = assets.id"
                   " AND s.visibility = 3)",
                   "iii", still, clock_now_us(), change_id);
}

bool asset_marry(struct db_conn *conn, int64_t still, int64_t video, enum live_by by, GError **error)
{
    return set_mate(conn, still, video, by, error) && asset_hide(conn, video, error) &&
           follow_into_trash(conn, still, video, error) && asset_lock_half(conn, still, error);
}

/* The first column of all rows. Consumes @rows. */
static GArray *read_ids(struct db_rows *rows, GError **error)
{
    DB_ROWS struct db_rows *own = rows;
    if (!own)
        return NULL;
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    GError *failure = NULL;
    while (db_next(own, &failure)) {
        int64_t id = db_int(own, 0);
        g_array_append_val(ids, id);
    }
    if (!failure)
        return g_steal_pointer(&ids);
    g_propagate_error(error, failure);
    return NULL;
}

/* A motion half that nobody needs any more shows itself again. */
static bool show(struct db_conn *conn, int64_t video, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(
               conn, error,
               "UPDATE assets SET visibility = ?2, updated_us = ?3, update_id = ?4 WHERE id = ?1 AND visibility = ?5"
               " AND NOT EXISTS (SELECT 1 FROM assets s WHERE s.live_video_id = ?1)",
               "iiiii", video, (int64_t)ASSET_TIMELINE, clock_now_us(), change_id, (int64_t)ASSET_HIDDEN);
}

static bool part(struct db_conn *conn, int64_t still, enum live_by by, GError **error)
{
    g_autoptr(GArray) videos =
        read_ids(db_query(conn, error, "SELECT live_video_id FROM assets WHERE id = ?1 AND live_video_id IS NOT NULL",
                          "i", still),
                 error);
    if (!videos || !set_mate(conn, still, 0, by, error))
        return false;
    return videos->len == 0 || show(conn, g_array_index(videos, int64_t, 0), error);
}

/* Each of @stills (may be NULL: failed before) loses its motion half, which it had for a reason that is none now. */
static bool part_all(struct db_conn *conn, const GArray *stills, GError **error)
{
    for (guint i = 0; stills && i < stills->len; i++)
        if (!part(conn, g_array_index(stills, int64_t, i), LIVE_BY_NOTHING, error))
            return false;
    return stills != NULL;
}

/* ---- by identifier ---- */

struct half {
    int64_t id, device_id, taken_us;
    char *stem;
    int64_t mate;     /* the other half by now, or 0 */
    int64_t new_mate; /* of a still */
    bool is_still, is_trashed;
    bool is_named; /* its mate is there for its name alone, and gives way */
    bool is_fixed; /* is not to be matched: as it is for another reason than the identifier, or in the trash */
};

static void half_clear(void *data)
{
    struct half *half = data;
    g_free(half->stem);
}

/* The name without its last extension, in one case. */
char *asset_stem(const char *file_name)
{
    const char *dot = strrchr(file_name, '.');
    g_autofree char *stem =
        g_strndup(file_name, dot && dot != file_name ? (size_t)(dot - file_name) : strlen(file_name));
    return g_utf8_casefold(stem, -1);
}

static struct half read_half(struct db_rows *rows)
{
    struct half half = {
        .id = db_int(rows, 0),
        .is_still = db_int(rows, 1) == ASSET_IMAGE,
        .device_id = db_int(rows, 2),
        .taken_us = db_int(rows, 3),
        .stem = asset_stem(db_text(rows, 4)),
        .mate = db_int(rows, 5),
        .is_trashed = !db_is_null(rows, 7),
        .is_named = db_int(rows, 6) == LIVE_BY_NAME,
    };
    bool is_said = db_int(rows, 6) == LIVE_BY_WORD;
    bool is_locked = db_int(rows, 8) == ASSET_LOCKED, is_claimed = db_int(rows, 9);
    half.is_fixed =
        half.is_still ? is_said || (half.is_trashed && half.mate != 0) : half.is_trashed || is_locked || is_claimed;
    return half;
}

static GArray *read_halves(struct db_conn *conn, int64_t owner_id, const char *live_id, GError **error)
{
    static const char sql[] =
        "SELECT a.id, a.type, coalesce(a.device_id, 0), a.taken_us, a.file_name,"
        " coalesce(a.live_video_id, (SELECT s.id FROM assets s WHERE s.live_video_id = a.id AND s.live_by = 2), 0),"
        " a.live_by, a.trashed_us, a.visibility,"
        " EXISTS (SELECT 1 FROM assets s WHERE s.live_video_id = a.id AND s.live_by = 1)"
        " FROM exif e JOIN assets a ON a.id = e.asset_id WHERE e.owner_id = ?1 AND e.live_id = ?2 AND a.type IN (0, 1)"
        " ORDER BY a.id DESC LIMIT ?3";
    DB_ROWS struct db_rows *rows = db_query(conn, error, sql, "iti", owner_id, live_id, (int64_t)HALVES_MAX);
    if (!rows)
        return NULL;
    g_autoptr(GArray) halves = g_array_new(FALSE, FALSE, sizeof(struct half));
    g_array_set_clear_func(halves, half_clear);
    GError *failure = NULL;
    while (db_next(rows, &failure)) {
        struct half half = read_half(rows);
        g_array_append_val(halves, half);
    }
    if (!failure)
        return g_steal_pointer(&halves);
    g_propagate_error(error, failure);
    return NULL;
}

static struct half *find_half(GArray *halves, int64_t id)
{
    for (guint i = 0; i < halves->len; i++)
        if (g_array_index(halves, struct half, i).id == id)
            return &g_array_index(halves, struct half, i);
    return NULL;
}

/* Pairs that stay as they are bind both halves; so does one whose other half has another reason than this identifier,
 * or is past the limit. */
static void bind_fixed(GArray *halves)
{
    for (guint i = 0; i < halves->len; i++) {
        struct half *half = &g_array_index(halves, struct half, i);
        struct half *other = half->mate != 0 ? find_half(halves, half->mate) : NULL;
        if (half->mate == 0 || (other && !half->is_fixed && !other->is_fixed) || (!other && half->is_named))
            continue;
        if (half->is_still || !other)
            half->is_fixed = true;
        if (other && half->is_still)
            other->is_fixed = true;
    }
}

/* Is @video a better half for @still than @other_video for @other_still? First what is not in the trash, then the same
 * name (an edit carries the identifier of its original), the same device, what is paired already, the nearer time, and
 * the newer file. */
static bool is_better(const struct half *still, const struct half *video, const struct half *other_still,
                      const struct half *other_video)
{
    const int64_t ranks[][2] = {
        {!still->is_trashed, !other_still->is_trashed},
        {strcmp(still->stem, video->stem) == 0, strcmp(other_still->stem, other_video->stem) == 0},
        {still->device_id == video->device_id, other_still->device_id == other_video->device_id},
        {still->mate == video->id, other_still->mate == other_video->id},
        {-ABS(still->taken_us - video->taken_us), -ABS(other_still->taken_us - other_video->taken_us)},
        {video->id, other_video->id},
        {still->id, other_still->id},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(ranks); i++)
        if (ranks[i][0] != ranks[i][1])
            return ranks[i][0] > ranks[i][1];
    return false;
}

/* Takes the best pair of those that are free; false where none is left. */
static bool match_best(GArray *halves)
{
    struct half *best_still = NULL, *best_video = NULL;
    for (guint i = 0; i < halves->len; i++) {
        struct half *still = &g_array_index(halves, struct half, i);
        for (guint j = 0; still->is_still && !still->is_fixed && j < halves->len; j++) {
            struct half *video = &g_array_index(halves, struct half, j);
            if (video->is_still || video->is_fixed)
                continue;
            if (!best_still || is_better(still, video, best_still, best_video)) {
                best_still = still;
                best_video = video;
            }
        }
    }
    if (!best_still)
        return false;
    best_still->new_mate = best_video->id;
    best_still->is_fixed = best_video->is_fixed = true;
    return true;
}

static bool write_match(struct db_conn *conn, const struct half *still, GError **error)
{
    if (still->new_mate == still->mate)
        return true;
    if (still->new_mate == 0)
        return set_mate(conn, still->id, 0, LIVE_BY_NOTHING, error);
    /* A still that had it by name alone gives it up. */
    g_autoptr(GArray) named =
        read_ids(db_query(conn, error, "SELECT id FROM assets WHERE live_video_id = ?1 AND live_by = ?2", "ii",
                          still->new_mate, (int64_t)LIVE_BY_NAME),
                 error);
    return part_all(conn, named, error) && asset_marry(conn, still->id, still->new_mate, LIVE_BY_ID, error);
}

static bool pair_by_id(struct db_conn *conn, int64_t owner_id, const char *live_id, GError **error)
{
    g_autoptr(GArray) halves = read_halves(conn, owner_id, live_id, error);
    if (!halves)
        return false;
    bind_fixed(halves);
    for (guint i = 0; i < halves->len; i++) {
        struct half *half = &g_array_index(halves, struct half, i);
        half->new_mate = half->is_fixed || half->is_named ? half->mate : 0;
    }
    while (match_best(halves))
        ;
    for (guint i = 0; i < halves->len; i++) {
        const struct half *half = &g_array_index(halves, struct half, i);
        if (half->is_still && !write_match(conn, half, error))
            return false;
    }
    /* Halves that lost their still show themselves again. */
    for (guint i = 0; i < halves->len; i++) {
        const struct half *half = &g_array_index(halves, struct half, i);
        if (half->is_still && half->mate != 0 && half->mate != half->new_mate && !show(conn, half->mate, error))
            return false;
    }
    return true;
}

/* ---- all of it ---- */

/* Pairs by an identifier that the halves do not share any more, as one was read anew. A half that now tells none is no
 * reason. */
static bool part_strangers(struct db_conn *conn, int64_t id, GError **error)
{
    g_autoptr(GArray) stills = read_ids(
        db_query(
            conn, error,
            "SELECT s.id FROM assets s JOIN exif e ON e.asset_id = s.id JOIN exif f ON f.asset_id = s.live_video_id"
            " WHERE (s.id = ?1 OR s.live_video_id = ?1) AND s.live_by = ?2 AND e.live_id <> f.live_id",
            "ii", id, (int64_t)LIVE_BY_ID),
        error);
    return part_all(conn, stills, error);
}

static bool live_id_of(struct db_conn *conn, int64_t id, int64_t *ret_owner_id, char **ret_live_id, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT owner_id, live_id FROM exif WHERE asset_id = ?1", "i", id);
    if (!rows || !db_next_required(rows, error, "There is no such photo or video."))
        return false;
    *ret_owner_id = db_int(rows, 0);
    *ret_live_id = g_strdup(db_text(rows, 1));
    return true;
}

bool asset_pair(struct db_conn *conn, int64_t id, GError **error)
{
    int64_t owner_id;
    g_autofree char *live_id = NULL;
    return part_strangers(conn, id, error) && live_id_of(conn, id, &owner_id, &live_id, error) &&
           (!live_id || pair_by_id(conn, owner_id, live_id, error)) && asset_pair_by_name(conn, id, error);
}

bool asset_claim(struct db_conn *conn, int64_t still, int64_t video, GError **error)
{
    g_autoptr(GArray) others =
        read_ids(db_query(conn, error, "SELECT id FROM assets WHERE live_video_id = ?1 AND id <> ?2 AND live_by <> ?3",
                          "iii", video, still, (int64_t)LIVE_BY_WORD),
                 error);
    if (!others || !part(conn, still, LIVE_BY_WORD, error) || !asset_marry(conn, still, video, LIVE_BY_WORD, error) ||
        !part_all(conn, others, error))
        return false;
    for (guint i = 0; i < others->len; i++)
        if (!asset_pair(conn, g_array_index(others, int64_t, i), error))
            return false;
    return true;
}

bool asset_unpair(struct db_conn *conn, int64_t still, GError **error)
{
    return part(conn, still, LIVE_BY_WORD, error);
}

bool asset_offer_live_video(struct db_conn *conn, int64_t asset_id, const struct uuid *video, GError **error)
{
    g_autoptr(GArray) videos = read_ids(
        db_query(conn, error,
                 "SELECT v.id FROM assets a JOIN assets v ON v.owner_id = a.owner_id AND v.uuid = ?2 AND v.type = ?4"
                 " WHERE a.id = ?1 AND a.type = ?3 AND a.live_by <> ?5 AND v.is_trashed = a.is_trashed",
                 "ibiii", asset_id, video->bytes, sizeof video->bytes, (int64_t)ASSET_IMAGE, (int64_t)ASSET_VIDEO,
                 (int64_t)LIVE_BY_WORD),
        error);
    if (!videos)
        return false;
    return videos->len == 0 || asset_claim(conn, asset_id, g_array_index(videos, int64_t, 0), error);
}
