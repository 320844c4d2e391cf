/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Live photos whose halves carry no identifier (any more): a still and a short video of one name that came from one
 * folder of one device and were taken at one time. Only where there is no doubt: of several, none. */
#include <string.h>

#include "base/error.h"
#include "catalog/asset_private.h"
#include "catalog/assets.h"
#include "db/db.h"

/* How far the capture times may lie apart. */
#define NAME_SPAN_US "2000000"

/* What pairing needs to know of one asset. */
struct subject {
    int64_t id, owner_id;
    enum asset_type type;
    char *file_name;
    int64_t taken_us, local_us, duration_ms;
    bool has_time; /* out of the file or its name */
    char *live_id;
    bool is_paired;  /* as either half */
    bool is_decided; /* a client or a person said what belongs to it */
    bool is_open;    /* visible, and not in the trash */
    bool has_motion; /* its own file carries a video */
};

static void subject_clear(struct subject *subject)
{
    g_free(subject->file_name);
    g_free(subject->live_id);
}
#define SUBJECT_AUTO __attribute__((cleanup(subject_clear)))

static bool read_subject(struct db_conn *conn, int64_t id, struct subject *ret_subject, GError **error)
{
    static const char sql[] =
        "SELECT a.owner_id, a.type, a.file_name, a.taken_us, a.local_us, coalesce(a.duration_ms, 0),"
        " a.date_source NOT IN ('client', 'file-time'), e.live_id, a.live_video_id IS NOT NULL"
        "  OR EXISTS (SELECT 1 FROM assets s WHERE s.live_video_id = a.id), a.live_by = 1,"
        " a.visibility IN (0, 1) AND a.trashed_us IS NULL, e.is_motion_photo"
        " FROM assets a JOIN exif e ON e.asset_id = a.id WHERE a.id = ?1";
    DB_ROWS struct db_rows *rows = db_query(conn, error, sql, "i", id);
    if (!rows || !db_next_required(rows, error, "There is no such photo or video."))
        return false;
    *ret_subject = (struct subject){
        .id = id,
        .owner_id = db_int(rows, 0),
        .type = (enum asset_type)db_int(rows, 1),
        .file_name = g_strdup(db_text(rows, 2)),
        .taken_us = db_int(rows, 3),
        .local_us = db_int(rows, 4),
        .duration_ms = db_int(rows, 5),
        .has_time = db_int(rows, 6),
        .live_id = g_strdup(db_text(rows, 7)),
        .is_paired = db_int(rows, 8),
        .is_decided = db_int(rows, 9),
        .is_open = db_int(rows, 10),
        .has_motion = db_int(rows, 11),
    };
    return true;
}

/* Of the other half, ?1 … ?6: owner, names from and below, taken, local, has this one an identifier; ?7: this one. Both
 * must have come from one folder of one device. */
#define NAMED_OPEN                                                                                                     \
    " AND o.visibility IN (0, 1) AND o.date_source NOT IN ('client', 'file-time') AND (NOT ?6 OR e.live_id IS NULL)"   \
    " AND (abs(o.taken_us - ?4) <= " NAME_SPAN_US " OR abs(o.local_us - ?5) <= " NAME_SPAN_US ")"                      \
    " AND EXISTS (SELECT 1 FROM ledger_items i JOIN ledger_items j ON j.device_id = i.device_id"                       \
    "  WHERE i.asset_id = ?7 AND j.asset_id = o.id"                                                                    \
    "  AND rtrim(i.key, replace(i.key, '/', '')) = rtrim(j.key, replace(j.key, '/', ''))) LIMIT 4"
#define NAMED_RANGE "o.owner_id = ?1 AND o.file_name >= ?2 COLLATE NOCASE AND o.file_name < ?3 COLLATE NOCASE"
#define NAMED_FROM "SELECT o.id, o.file_name FROM assets o JOIN exif e ON e.asset_id = o.id WHERE "

static struct db_rows *query_named(struct db_conn *conn, const struct subject *subject, const char *from,
                                   const char *below, GError **error)
{
    static const char videos[] =
        NAMED_FROM NAMED_RANGE " AND o.type = 1 AND o.duration_ms BETWEEN 1 AND 4000 AND o.trashed_us IS NULL"
                               " AND NOT EXISTS (SELECT 1 FROM assets s WHERE s.live_video_id = o.id)" NAMED_OPEN;
    /* By the days around, which are an index; a name is none. */
    static const char stills[] = NAMED_FROM NAMED_RANGE
        " AND o.is_trashed = 0 AND o.day BETWEEN ?4 / 86400000000 - 2 AND ?4 / 86400000000 + 2 AND o.type = 0"
        " AND o.live_video_id IS NULL AND o.live_by = 0 AND NOT e.is_motion_photo" NAMED_OPEN;
    return db_query(conn, error, subject->type == ASSET_IMAGE ? videos : stills, "ittiiii", subject->owner_id, from,
                    below, subject->taken_us, subject->local_us, (int64_t)(subject->live_id != NULL), subject->id);
}

/* The only one of the same name; 0 where there is none, or more than one. */
static bool find_named(struct db_conn *conn, const struct subject *subject, int64_t *ret_id, GError **error)
{
    const char *dot = strrchr(subject->file_name, '.');
    g_autofree char *bare = g_strndup(subject->file_name, dot ? (size_t)(dot - subject->file_name) : 0);
    g_autofree char *from = g_strconcat(bare, ".", NULL), *below = g_strconcat(bare, "/", NULL);
    g_autofree char *stem = asset_stem(subject->file_name);
    int64_t id = 0;
    unsigned n = 0;
    GError *failure = NULL;
    DB_ROWS struct db_rows *rows = query_named(conn, subject, from, below, error);
    if (!rows)
        return false;
    while (db_next(rows, &failure)) {
        g_autofree char *other = asset_stem(db_text(rows, 1));
        if (strcmp(stem, other) != 0)
            continue;
        id = db_int(rows, 0);
        n++;
    }
    if (failure) {
        g_propagate_error(error, failure);
        return false;
    }
    *ret_id = n == 1 ? id : 0;
    return true;
}

bool asset_pair_by_name(struct db_conn *conn, int64_t id, GError **error)
{
    enum { LONGEST_MS = 4000 };
    SUBJECT_AUTO struct subject found = {0};
    const struct subject *subject = &found;
    if (!read_subject(conn, id, &found, error))
        return false;
    bool is_still = subject->type == ASSET_IMAGE;
    bool may = (is_still || subject->type == ASSET_VIDEO) && !subject->is_paired && !subject->is_decided &&
               subject->is_open && subject->has_time && strchr(subject->file_name, '.') != NULL;
    may = may && (is_still ? !subject->has_motion : subject->duration_ms > 0 && subject->duration_ms <= LONGEST_MS);
    int64_t other = 0;
    if (!may)
        return true;
    if (!find_named(conn, subject, &other, error))
        return false;
    return other == 0 ||
           asset_marry(conn, is_still ? subject->id : other, is_still ? other : subject->id, LIVE_BY_NAME, error);
}
