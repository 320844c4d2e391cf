/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PUT and PATCH of /api/assets and /api/assets/{id}: what a person changes. It wins over what the file says, also when
 * the file is looked into again. */
#include "api/asset_events.h"
#include "api/dto.h"
#include "api/resources.h"
#include "api/words.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "catalog/assets.h"
#include "db/db.h"
#include "media/media.h"

enum { MAX_IDS = 100000, DESCRIPTION_MAX = 16384, MINUTES_MAX = 100 * 366 * 24 * 60, ZONE_MAX = 100 };

static const int64_t MINUTE_US = INT64_C(60) * G_USEC_PER_SEC;

/* The wishes of one request; the list of ids is of the many alone. */
struct edit {
    struct body_list ids;
    const char *visibility, *description, *date, *zone;
    struct body_bool is_favorite;
    struct body_int rating, shift_min;
    struct body_number latitude, longitude;
    struct body_uuid live_video;
    bool is_unlocked; /* the caller sees what is locked */
};

#define SHARED_FIELDS                                                                                                  \
    {.name = "isFavorite", .kind = BODY_BOOL, .offset = offsetof(struct edit, is_favorite)},                           \
        {.name = "visibility",                                                                                         \
         .kind = BODY_CHOICE,                                                                                          \
         .offset = offsetof(struct edit, visibility),                                                                  \
         .choices = words_visibility},                                                                                 \
        {.name = "description",                                                                                        \
         .kind = BODY_TEXT,                                                                                            \
         .offset = offsetof(struct edit, description),                                                                 \
         .max = DESCRIPTION_MAX},                                                                                      \
        {.name = "dateTimeOriginal", .kind = BODY_TEXT, .offset = offsetof(struct edit, date), .max = ZONE_MAX},       \
        {.name = "rating",                                                                                             \
         .kind = BODY_INT,                                                                                             \
         .offset = offsetof(struct edit, rating),                                                                      \
         .min = -1,                                                                                                    \
         .max = 5,                                                                                                     \
         .knows_null = true},                                                                                          \
        {.name = "latitude", .kind = BODY_NUMBER, .offset = offsetof(struct edit, latitude), .min = -90, .max = 90},   \
    {                                                                                                                  \
        .name = "longitude", .kind = BODY_NUMBER, .offset = offsetof(struct edit, longitude), .min = -180, .max = 180  \
    }

/* ---- when it was taken ---- */

/* GLib opens what a name says below the folder of zones, wherever ".." leads, and reads it as if it were well-formed:
 * only what can be a zone's name gets there ("America/Argentina/Buenos_Aires", "Etc/GMT+2"). */
static bool is_zone_name(const char *zone)
{
    return g_ascii_isalpha(*zone) &&
           zone[strspn(zone, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/")] == '\0';
}

/* The offset of @zone at the instant @us, in minutes. */
static bool zone_offset(const char *zone, int64_t us, int64_t *ret_offset_min)
{
    g_autoptr(GTimeZone) found = is_zone_name(zone) ? g_time_zone_new_identifier(zone) : NULL;
    if (!found)
        return false;
    int interval = g_time_zone_find_interval(found, G_TIME_TYPE_UNIVERSAL, us / G_USEC_PER_SEC);
    *ret_offset_min = interval < 0 ? 0 : g_time_zone_get_offset(found, interval) / 60;
    return true;
}

/* A date as written; a shift of the one that is there; another zone for the same instant. @zone is room for the
 * text that @change may point to. */
static void set_date(const struct edit *edit, const struct asset *asset, struct asset_change *change,
                     char zone[ZONE_TEXT_SIZE])
{
    bool has_zone = false;
    int offset_min = 0;
    change->set_taken = edit->date || edit->shift_min.is_set || edit->zone;
    change->taken_us = asset->taken_us;
    change->local_us = asset->local_us;
    change->time_zone = asset->exif.time_zone;
    if (edit->date && iso_parse_zoned(edit->date, &change->taken_us, &has_zone, &offset_min)) {
        change->local_us = change->taken_us + offset_min * MINUTE_US;
        change->time_zone = has_zone ? zone_format(offset_min, zone) : NULL;
    }
    if (edit->shift_min.is_set) {
        change->taken_us += edit->shift_min.value * MINUTE_US;
        change->local_us += edit->shift_min.value * MINUTE_US;
    }
    int64_t zone_min;
    if (edit->zone && zone_offset(edit->zone, change->taken_us, &zone_min)) {
        change->local_us = change->taken_us + zone_min * MINUTE_US;
        change->time_zone = edit->zone;
    }
}

/* ---- the change ---- */

static bool check_edit(struct call *call, const struct edit *edit, GError **error)
{
    int64_t us;
    if (edit->date && !iso_parse(edit->date, &us))
        return call_problem(call, error, "dateTimeOriginal", "must be a date and time in ISO 8601");
    if (edit->zone && !zone_offset(edit->zone, 0, &us))
        return call_problem(call, error, "timeZone", "must be the name of a time zone, such as Europe/Berlin");
    if (edit->latitude.is_set != edit->longitude.is_set)
        return call_problem(call, error, edit->latitude.is_set ? "longitude" : "latitude", "is missing");
    if (edit->rating.is_set && edit->rating.value == 0)
        return call_problem(call, error, "rating", "must be from 1 to 5, or -1; null takes it away");
    return true;
}

static bool change_one(struct db_conn *conn, int64_t owner_id, const struct uuid *id, const struct edit *edit,
                       int64_t *ret_asset_id, GError **error)
{
    ASSET_AUTO struct asset asset = {0};
    char zone[ZONE_TEXT_SIZE];
    if (!asset_find(conn, owner_id, id, &asset, error))
        return false;
    if (asset.visibility == ASSET_LOCKED && !edit->is_unlocked)
        return err_set(error, ERR_NOT_FOUND, "There is no such photo or video.");
    struct asset_change change = {
        .set_favorite = edit->is_favorite.is_set,
        .is_favorite = edit->is_favorite.value,
        .set_description = edit->description,
        .description = edit->description && *edit->description ? edit->description : NULL,
        .set_rating = edit->rating.is_set || edit->rating.is_null,
        .has_rating = edit->rating.is_set,
        .rating = (int)edit->rating.value,
        .set_position = edit->latitude.is_set,
        .latitude = edit->latitude.value,
        .longitude = edit->longitude.value,
        .set_live_video = edit->live_video.is_set || edit->live_video.is_null,
        .live_video = edit->live_video.is_set ? &edit->live_video.value : NULL,
    };
    change.set_visibility = asset_visibility_parse(edit->visibility, &change.visibility);
    set_date(edit, &asset, &change, zone);
    *ret_asset_id = asset.id;
    return asset_change(conn, owner_id, id, &change, error);
}

struct edit_work {
    int64_t owner_id;
    const struct edit *edit;
    const struct uuid *ids;
    size_t n;
    GArray *changed; /* int64_t row ids */
};

static bool change_some(struct db_conn *conn, void *data, GError **error)
{
    struct edit_work *work = data;
    g_array_set_size(work->changed, 0); /* of a first run that was undone */
    for (size_t i = 0; i < work->n; i++) {
        int64_t asset_id;
        if (!change_one(conn, work->owner_id, &work->ids[i], work->edit, &asset_id, error))
            return false;
        g_array_append_val(work->changed, asset_id);
    }
    return true;
}

/* Another month is another folder below browse/. A link that cannot be made is no reason to call the change failed. */
static void move_links(struct call *call, const struct edit_work *work)
{
    if (!work->edit->date && !work->edit->shift_min.is_set && !work->edit->zone)
        return;
    for (guint i = 0; i < work->changed->len; i++) {
        g_autoptr(GError) error = NULL;
        int64_t id = g_array_index(work->changed, int64_t, i);
        if (!media_place(call->api->config.db, call->api->config.store, id, &error))
            log_error("browse.link", error);
    }
}

/* In pieces, so that uploads get their turn at the writer. */
static bool change_all(struct call *call, const struct edit *edit, const struct uuid *ids, size_t n, GError **error)
{
    g_autoptr(GArray) changed = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (size_t done = 0; done < n; done += ASSETS_BATCH) {
        struct edit_work work = {
            .owner_id = call->who->user.id,
            .edit = edit,
            .ids = ids + done,
            .n = MIN(n - done, ASSETS_BATCH),
            .changed = changed,
        };
        if (!call_write(call, change_some, &work, error)) {
            call_hide_missing(error, "asset.update");
            return false;
        }
        move_links(call, &work);
    }
    asset_events_changed(call, ids, n);
    return true;
}

static const struct body_field one_fields[] = {
    SHARED_FIELDS,
    {.name = "livePhotoVideoId", .kind = BODY_UUID, .offset = offsetof(struct edit, live_video), .knows_null = true},
};
static const struct body_shape one_shape = BODY_SHAPE(struct edit, one_fields);

bool handle_assets_put_one(struct call *call, GError **error)
{
    struct edit edit;
    struct uuid id;
    ASSET_AUTO struct asset asset = {0};
    if (!call_uuid(call, "id", &id, error) || !call_body(call, &one_shape, &edit, error) ||
        !check_edit(call, &edit, error))
        return false;
    edit.is_unlocked = call_is_unlocked(call);
    if (!change_all(call, &edit, &id, 1, error))
        return false;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn || !asset_find(conn, call->who->user.id, &id, &asset, error))
        return false;
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    dto_asset(&json, NULL, &asset);
    return call_answer(call, 200, text);
}

static bool check_owned(struct call *call, const struct edit *edit, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (conn &&
        assets_check_owned(conn, call->who->user.id, call_is_unlocked(call), edit->ids.items, edit->ids.n, error))
        return true;
    call_hide_missing(error, "asset.update");
    return false;
}

static const struct body_field many_fields[] = {
    SHARED_FIELDS,
    {.name = "ids", .kind = BODY_UUIDS, .offset = offsetof(struct edit, ids), .is_required = true, .max = MAX_IDS},
    {.name = "dateTimeRelative",
     .kind = BODY_INT,
     .offset = offsetof(struct edit, shift_min),
     .min = -MINUTES_MAX,
     .max = MINUTES_MAX},
    {.name = "timeZone", .kind = BODY_TEXT, .offset = offsetof(struct edit, zone), .min = 1, .max = ZONE_MAX},
};
static const struct body_shape many_shape = BODY_SHAPE(struct edit, many_fields);

bool handle_assets_put_many(struct call *call, GError **error)
{
    struct edit edit;
    if (!call_body(call, &many_shape, &edit, error) || !check_edit(call, &edit, error) ||
        !check_owned(call, &edit, error))
        return false;
    edit.is_unlocked = call_is_unlocked(call);
    return change_all(call, &edit, edit.ids.items, edit.ids.n, error) && call_answer_empty(call, 204);
}

const struct operation asset_edit_operations[] = {
    {"updateAsset", .body = &one_shape, ANSWERS(200, "AssetResponseDto")},
    {"updateAssets", .body = &many_shape, ANSWERS_NOTHING},
    {.name = NULL},
};
