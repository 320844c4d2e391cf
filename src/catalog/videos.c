/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/videos.h"

#include "base/clock.h"
#include "base/error.h"
#include "db/db.h"

void video_row_clear(struct video_row *row)
{
    g_free(row->reason);
    g_free(row->video_codec);
    g_free(row->audio_codec);
    *row = (struct video_row){0};
}

bool video_find(struct db_conn *conn, int64_t asset_id, struct video_row *ret_row, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT playback, reason, video_codec, audio_codec FROM videos WHERE asset_id = ?1", "i",
                 asset_id);
    if (!rows || !db_next_required(rows, error, "This is no video that was looked at."))
        return false;
    *ret_row = (struct video_row){
        .playback = (enum video_playback)db_int(rows, 0),
        .reason = g_strdup(db_text(rows, 1)),
        .video_codec = g_strdup(db_text(rows, 2)),
        .audio_codec = g_strdup(db_text(rows, 3)),
    };
    return true;
}

bool video_set(struct db_conn *conn, int64_t asset_id, const struct video_row *row, GError **error)
{
    return db_exec(conn, error,
                   "INSERT INTO videos (asset_id, playback, reason, video_codec, audio_codec)"
                   " SELECT id, ?2, ?3, ?4, ?5 FROM assets WHERE id = ?1"
                   " ON CONFLICT (asset_id) DO UPDATE SET playback = excluded.playback, reason = excluded.reason,"
                   " video_codec = excluded.video_codec, audio_codec = excluded.audio_codec",
                   "iittt", asset_id, (int64_t)row->playback, row->reason, row->video_codec, row->audio_codec);
}

bool video_set_playback(struct db_conn *conn, int64_t asset_id, enum video_playback playback, const char *reason,
                        GError **error)
{
    return db_exec(conn, error, "UPDATE videos SET playback = ?2, reason = ?3 WHERE asset_id = ?1", "iit", asset_id,
                   (int64_t)playback, reason);
}

bool asset_set_type(struct db_conn *conn, int64_t asset_id, enum asset_type type, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(conn, error, "UPDATE assets SET type = ?2, updated_us = ?3, update_id = ?4 WHERE id = ?1", "iiii",
                   asset_id, (int64_t)type, clock_now_us(), change_id);
}
