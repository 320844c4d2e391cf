/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Assets: what the media worker found, and what a person changes. */
#include "base/clock.h"
#include "base/error.h"
#include "catalog/albums.h"
#include "catalog/asset_metadata.h"
#include "catalog/asset_private.h"
#include "catalog/asset_still.h"
#include "catalog/asset_words.h"
#include "catalog/assets.h"
#include "catalog/memories.h"
#include "catalog/shared_links.h"
#include "catalog/stacks.h"
#include "catalog/tags.h"
#include "db/db.h"

static const int64_t *not_zero(const int64_t *number)
{
    return *number ? number : NULL;
}

static const double *not_zero_double(const double *number)
{
    return *number != 0 ? number : NULL;
}

static bool found(struct db_conn *conn, GError **error)
{
    return db_changed(conn) > 0 || err_set(error, ERR_NOT_FOUND, "There is no such photo or video.");
}

/* ---- facts ---- */

static bool apply_to_asset(struct db_conn *conn, int64_t asset_id, const struct media_facts *facts, int64_t change_id,
                           GError **error)
{
    int64_t width = facts->width_px, height = facts->height_px, duration = facts->duration_ms;
    /* One without the other would be of no use: the page needs the ratio. */
    bool sized = width > 0 && height > 0;
    bool hashed = facts->thumbhash && facts->thumbhash_size <= THUMBHASH_MAX;
    return db_exec(conn, error,
                   "UPDATE assets SET width_px = ?2, height_px = ?3, duration_ms = ?4, thumbhash = ?5, projection = ?6,"
                   " mime_type = coalesce(?7, mime_type), media_state = ?8, media_reason = NULL, updated_us = ?9,"
                   " update_id = ?10 WHERE id = ?1",
                   "iIIIbttiii", asset_id, sized ? &width : NULL, sized ? &height : NULL, not_zero(&duration),
                   hashed ? facts->thumbhash : NULL, hashed ? facts->thumbhash_size : 0, facts->projection,
                   facts->mime_type, (int64_t)MEDIA_READY, clock_now_us(), change_id) &&
           found(conn, error);
}

/* Capture time, unless a person has set it. */
static bool apply_time(struct db_conn *conn, int64_t asset_id, const struct media_facts *facts, GError **error)
{
    if (!facts->has_taken)
        return true;
    return db_exec(conn, error,
                   "UPDATE assets SET taken_us = ?2, local_us = ?3, date_source = ?4 WHERE id = ?1 AND NOT EXISTS"
                   " (SELECT 1 FROM exif WHERE asset_id = ?1 AND edited & ?5)",
                   "iiiti", asset_id, asset_clamp_time(facts->taken_us), asset_clamp_time(facts->local_us),
                   facts->date_source ? facts->date_source : DATE_SOURCE_CLIENT, (int64_t)EDITED_TAKEN) &&
           db_exec(conn, error, "UPDATE exif SET has_taken = 1, time_zone = ?2 WHERE asset_id = ?1 AND NOT edited & ?3",
                   "iti", asset_id, facts->time_zone, (int64_t)EDITED_TAKEN);
}

/* What nobody edits by hand. */
static bool apply_to_exif(struct db_conn *conn, int64_t asset_id, const struct media_facts *facts, int64_t change_id,
                          GError **error)
{
    int64_t width = facts->raw_width_px, height = facts->raw_height_px, iso = facts->iso;
    int64_t orientation = facts->orientation >= 1 && facts->orientation <= 8 ? facts->orientation : 0;
    return db_exec(conn, error,
                   "UPDATE exif SET raw_width_px = ?2, raw_height_px = ?3, orientation = ?4, modified_us = ?5,"
                   " make = ?6, model = ?7, lens = ?8, f_number = ?9, focal_length_mm = ?10, iso = ?11,"
                   " exposure_time = ?12, profile = ?13, live_id = ?14, is_motion_photo = ?15, fps = ?16,"
                   " update_id = ?17 WHERE asset_id = ?1",
                   "iIIIItttDDItttiDi", asset_id, not_zero(&width), not_zero(&height), not_zero(&orientation),
                   facts->has_modified ? &facts->modified_us : NULL, facts->make, facts->model, facts->lens,
                   not_zero_double(&facts->f_number), not_zero_double(&facts->focal_length_mm), not_zero(&iso),
                   facts->exposure_time, facts->profile, facts->live_id, (int64_t)(facts->motion_bytes > 0),
                   not_zero_double(&facts->fps), change_id);
}

static bool is_position(double latitude, double longitude)
{
    return latitude >= -90 && latitude <= 90 && longitude >= -180 && longitude <= 180;
}

/* Description, rating and position, each unless a person has set it. */
static bool apply_words(struct db_conn *conn, int64_t asset_id, const struct media_facts *facts, GError **error)
{
    bool placed = facts->has_position && is_position(facts->latitude, facts->longitude);
    int64_t rating = facts->rating;
    bool rated = facts->has_rating && rating >= -1 && rating <= 5;
    return asset_words_before_description(conn, asset_id, error) &&
           db_exec(conn, error,
                   "UPDATE exif SET"
                   " description = CASE WHEN edited & 2 THEN description ELSE ?2 END,"
                   " rating = CASE WHEN edited & 4 THEN rating ELSE ?3 END,"
                   " latitude = CASE WHEN edited & 8 THEN latitude ELSE ?4 END,"
                   " longitude = CASE WHEN edited & 8 THEN longitude ELSE ?5 END,"
                   " altitude_m = CASE WHEN edited & 8 THEN altitude_m ELSE ?6 END"
                   " WHERE asset_id = ?1",
                   "itIDDD", asset_id, facts->description, rated ? &rating : NULL, placed ? &facts->latitude : NULL,
                   placed ? &facts->longitude : NULL, facts->has_altitude ? &facts->altitude_m : NULL) &&
           asset_words_after_description(conn, asset_id, error);
}

bool asset_media_apply(struct db_conn *conn, int64_t asset_id, const struct media_facts *facts, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) && apply_to_asset(conn, asset_id, facts, change_id, error) &&
           apply_time(conn, asset_id, facts, error) && apply_to_exif(conn, asset_id, facts, change_id, error) &&
           apply_words(conn, asset_id, facts, error) && asset_motion_apply(conn, asset_id, facts, error) &&
           asset_metadata_apply(conn, asset_id, facts, error) && tags_read_keywords(conn, asset_id, error) &&
           asset_still_set(conn, asset_id, facts->has_gain_map, error) && asset_pair(conn, asset_id, error);
}

bool asset_media_fail(struct db_conn *conn, int64_t asset_id, const char *reason, GError **error)
{
    int64_t change_id;
    return db_change_id(conn, &change_id, error) &&
           db_exec(
               conn, error,
               "UPDATE assets SET media_state = ?2, media_reason = ?3, updated_us = ?4, update_id = ?5 WHERE id = ?1",
               "iitii", asset_id, (int64_t)MEDIA_FAILED, reason, clock_now_us(), change_id) &&
           found(conn, error);
}

bool asset_set_browse_path(struct db_conn *conn, int64_t asset_id, const char *path, GError **error)
{
    return db_exec(conn, error, "UPDATE assets SET browse_path = ?2 WHERE id = ?1", "it", asset_id, path) &&
           found(conn, error);
}

/* ---- by hand ---- */

static bool check_change(const struct asset_change *change, GError **error)
{
    if (change->set_rating && change->has_rating && (change->rating < -1 || change->rating > 5))
        return err_set(error, ERR_INVALID, "A rating is a number from -1 to 5.");
    if (change->set_position && !is_position(change->latitude, change->longitude))
        return err_set(error, ERR_INVALID, "This is no place on earth.");
    return true;
}

static bool change_exif(struct db_conn *conn, int64_t id, const struct asset_change *change, int64_t change_id,
                        GError **error)
{
    int64_t rating = change->rating;
    if (change->set_taken && !db_exec(conn, error, "UPDATE exif SET has_taken = 1, time_zone = ?2 WHERE asset_id = ?1",
                                      "it", id, change->time_zone))
        return false;
    if (change->set_description &&
        (!asset_words_before_description(conn, id, error) ||
         !db_exec(conn, error, "UPDATE exif SET description = ?2 WHERE asset_id = ?1", "it", id, change->description) ||
         !asset_words_after_description(conn, id, error)))
        return false;
    if (change->set_rating && !db_exec(conn, error, "UPDATE exif SET rating = ?2 WHERE asset_id = ?1", "iI", id,
                                       change->has_rating ? &rating : NULL))
        return false;
    if (change->set_position &&
        !db_exec(conn, error, "UPDATE exif SET latitude = ?2, longitude = ?3, altitude_m = NULL WHERE asset_id = ?1",
                 "idd", id, change->latitude, change->longitude))
        return false;
    int64_t edited = (change->set_taken ? EDITED_TAKEN : 0) | (change->set_description ? EDITED_DESCRIPTION : 0) |
                     (change->set_rating ? EDITED_RATING : 0) | (change->set_position ? EDITED_POSITION : 0);
    return edited == 0 ||
           db_exec(conn, error, "UPDATE exif SET edited = edited | ?2, update_id = ?3 WHERE asset_id = ?1", "iii", id,
                   edited, change_id);
}

static bool change_live_video(struct db_conn *conn, int64_t owner_id, int64_t id, const struct uuid *video,
                              GError **error)
{
    int64_t video_id = 0;
    if (!video)
        return asset_unpair(conn, id, error);
    return asset_live_video(conn, owner_id, video, &video_id, error) && asset_claim(conn, id, video_id, error);
}

bool asset_change(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, const struct asset_change *change,
                  GError **error)
{
    ASSET_AUTO struct asset asset = {0};
    int64_t change_id;
    if (!check_change(change, error) || !asset_find(conn, owner_id, uuid, &asset, error))
        return false;
    if (change->set_live_video && !change_live_video(conn, owner_id, asset.id, change->live_video, error))
        return false;
    if (change->set_visibility && change->visibility == ASSET_LOCKED &&
        !(albums_forget_asset(conn, asset.id, error) && shared_links_forget_asset(conn, asset.id, error) &&
          memories_forget_asset(conn, asset.id, error)))
        return false;
    if (change->set_visibility && change->visibility >= ASSET_HIDDEN && !stacks_leave(conn, asset.id, error))
        return false;
    if (!db_change_id(conn, &change_id, error) || !change_exif(conn, asset.id, change, change_id, error))
        return false;
    int64_t taken = change->set_taken ? asset_clamp_time(change->taken_us) : asset.taken_us;
    int64_t local = change->set_taken ? asset_clamp_time(change->local_us) : asset.local_us;
    bool ok =
        db_exec(conn, error,
                "UPDATE assets SET is_favorite = ?2, visibility = ?3, taken_us = ?4, local_us = ?5, date_source = ?6,"
                " updated_us = ?7, update_id = ?8 WHERE id = ?1",
                "iiiiitii", asset.id, (int64_t)(change->set_favorite ? change->is_favorite : asset.is_favorite),
                (int64_t)(change->set_visibility ? change->visibility : asset.visibility), taken, local,
                change->set_taken ? DATE_SOURCE_PERSON : asset.date_source, clock_now_us(), change_id);
    return ok && (!change->set_visibility ||
                  (stacks_settle(conn, asset.id, error) && asset_lock_half(conn, asset.id, error)));
}
