/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/statistics.h"

#include "api/words.h"
#include "base/error.h"
#include "db/db.h"

static bool check_locked(struct call *call, const struct asset_filter *filter, GError **error)
{
    if (!(filter->visibilities & 1u << ASSET_LOCKED))
        return true;
    if (filter->owner_id == call->who->user.id)
        return call_require_unlocked(call, error);
    return err_set(error, ERR_FORBIDDEN, "What others have locked away is not counted for you.");
}

struct wanted {
    struct body_bool is_favorite, is_trashed;
    const char *visibility;
};
static const struct body_field fields[] = {
    {.name = "isFavorite", .kind = BODY_BOOL, .offset = offsetof(struct wanted, is_favorite)},
    {.name = "isTrashed", .kind = BODY_BOOL, .offset = offsetof(struct wanted, is_trashed)},
    {.name = "visibility",
     .kind = BODY_CHOICE,
     .offset = offsetof(struct wanted, visibility),
     .choices = words_visibility},
};
const struct body_shape statistics_query = BODY_SHAPE(struct wanted, fields);

static bool read_filter(struct call *call, struct asset_filter *filter, GError **error)
{
    struct wanted wanted;
    if (!call_query(call, &statistics_query, &wanted, error))
        return false;
    /* As upstream counts without a word: what the timeline and the archive show. */
    filter->visibilities = 1u << ASSET_TIMELINE | 1u << ASSET_ARCHIVE;
    enum asset_visibility only;
    if (asset_visibility_parse(wanted.visibility, &only))
        filter->visibilities = 1u << only;
    filter->is_favorite = wanted.is_favorite.is_set ? wanted.is_favorite.value : -1;
    filter->is_trashed = wanted.is_trashed.value;
    return true;
}

bool statistics_answer(struct call *call, int64_t owner_id, GError **error)
{
    struct asset_filter filter = {.owner_id = owner_id};
    if (!read_filter(call, &filter, error) || !check_locked(call, &filter, error))
        return false;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    struct asset_statistics statistics;
    if (!conn || !asset_statistics(conn, &filter, &statistics, error))
        return false;
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    json_int(&json, "images", statistics.images);
    json_int(&json, "videos", statistics.videos);
    json_int(&json, "total", statistics.total);
    json_end(&json);
    return call_answer(call, 200, text);
}
