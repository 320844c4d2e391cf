/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/timeline: months with their counts, and one month as parallel arrays (a third of the bytes of objects). */
#include <math.h>

#include "api/dto.h"
#include "api/resources.h"
#include "api/words.h"
#include "base/clock.h"
#include "base/error.h"
#include "catalog/tags.h"
#include "catalog/timeline.h"
#include "db/db.h"

static const char *const order_by_words[] = {"takenAt", "createdAt", NULL};

struct wish {
    struct body_uuid user, album, tag;
    struct body_bool is_favorite, is_trashed, with_partners, with_stacked, with_coordinates;
    const char *visibility, *order, *order_by, *person, *bbox, *bucket;
};
#define FIELD(field_name, field_kind, member)                                                                          \
    {                                                                                                                  \
        .name = field_name, .kind = field_kind, .offset = offsetof(struct wish, member)                                \
    }
#define CHOICE(field_name, member, words)                                                                              \
    {                                                                                                                  \
        .name = field_name, .kind = BODY_CHOICE, .offset = offsetof(struct wish, member), .choices = words             \
    }
#define SHARED_FIELDS                                                                                                  \
    FIELD("userId", BODY_UUID, user), FIELD("albumId", BODY_UUID, album), FIELD("isFavorite", BODY_BOOL, is_favorite), \
        FIELD("isTrashed", BODY_BOOL, is_trashed), FIELD("withPartners", BODY_BOOL, with_partners),                    \
        FIELD("withStacked", BODY_BOOL, with_stacked), FIELD("withCoordinates", BODY_BOOL, with_coordinates),          \
        CHOICE("visibility", visibility, words_visibility), CHOICE("order", order, words_asset_order),                 \
        CHOICE("orderBy", order_by, order_by_words), FIELD("personId", BODY_TEXT, person),                             \
        FIELD("tagId", BODY_UUID, tag), FIELD("bbox", BODY_TEXT, bbox)
static const struct body_field months_fields[] = {SHARED_FIELDS};
static const struct body_shape months_query = BODY_SHAPE(struct wish, months_fields);
static const struct body_field month_fields[] = {
    SHARED_FIELDS,
    {.name = "timeBucket", .kind = BODY_TEXT, .offset = offsetof(struct wish, bucket), .is_required = true}};
static const struct body_shape month_query = BODY_SHAPE(struct wish, month_fields);

/* Faces are not recognised: nothing can match, and to ignore the wish would show wrong photos. */
static bool asks_for_unknown(const struct wish *wish)
{
    return wish->person;
}

/* "west,south,east,north" in degrees. */
static bool read_box(struct call *call, const char *text, struct timeline_filter *filter, GError **error)
{
    double numbers[4];
    if (!text)
        return true;
    for (unsigned i = 0; i < 4; i++) {
        char *end = NULL;
        double limit = i % 2 ? 90 : 180;
        numbers[i] = g_ascii_strtod(text, &end);
        if (end == text || *end != (i < 3 ? ',' : '\0') || !(fabs(numbers[i]) <= limit))
            return call_problem(call, error, "bbox", "must be west,south,east,north in degrees");
        text = end + 1;
    }
    filter->has_box = true;
    filter->west = numbers[0];
    filter->south = numbers[1];
    filter->east = numbers[2];
    filter->north = numbers[3];
    return true;
}

/* A tag that is not there, or somebody else's, is on nothing. */
static bool find_tag(struct call *call, struct db_conn *conn, const struct wish *wish, int64_t *ret_tag_id,
                     GError **error)
{
    TAG_AUTO struct tag tag = {0};
    GError *failure = NULL;
    if (wish->tag.is_set && !tags_find(conn, call->who->user.id, &wish->tag.value, &tag, &failure) &&
        !err_is(failure, ERR_NOT_FOUND)) {
        g_propagate_error(error, failure);
        return false;
    }
    g_clear_error(&failure);
    *ret_tag_id = !wish->tag.is_set ? 0 : tag.id ? tag.id : -1;
    return true;
}

/* Whose timeline: one's own, or a partner's. */
static bool find_owner(struct call *call, struct db_conn *conn, const struct wish *wish, int64_t *ret_owner_id,
                       GError **error)
{
    struct viewer viewer = call_viewer(call);
    *ret_owner_id = call->who->user.id;
    if (!wish->user.is_set || grants_timeline(conn, &viewer, &wish->user.value, ret_owner_id, error))
        return true;
    call_hide_missing(error, "timeline.read");
    return false;
}

static bool find_album(struct call *call, struct db_conn *conn, const struct wish *wish, int64_t *ret_album_id,
                       GError **error)
{
    struct album_grant grant = {0};
    struct viewer viewer = call_viewer(call);
    if (wish->album.is_set && !grants_album(conn, &viewer, ALBUM_MAY_READ, &wish->album.value, &grant, error)) {
        call_hide_missing(error, "album.read");
        return false;
    }
    *ret_album_id = grant.album_id;
    return true;
}

static bool find_places(struct call *call, const struct wish *wish, struct timeline_filter *filter, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn || !find_owner(call, conn, wish, &filter->owner_id, error) ||
        !find_album(call, conn, wish, &filter->album_id, error) ||
        !find_tag(call, conn, wish, &filter->tag_id, error) || !read_box(call, wish->bbox, filter, error))
        return false;
    /* By boxes one could ask where a photo was taken, which the link may not tell. */
    return call->who->kind != ACCESS_SHARE || (filter->album_id && !filter->has_box) ||
           err_set(error, ERR_INVALID, "Not found or no timeline.read access");
}

/* A partner shows what lies in the timeline. */
static bool check_partner(struct call *call, const struct timeline_filter *filter, GError **error)
{
    bool is_own = filter->owner_id == call->who->user.id || filter->album_id;
    bool is_shown = !filter->is_trashed && filter->is_favorite != 1 && filter->visibilities == 1u << ASSET_TIMELINE;
    return is_own || is_shown || err_set(error, ERR_INVALID, "Not found or no timeline.read access");
}

static bool make_filter(struct call *call, const struct wish *wish, struct timeline_filter *ret_filter, GError **error)
{
    struct timeline_filter places = {0};
    if (!find_places(call, wish, &places, error))
        return false;
    enum asset_visibility only;
    bool is_own = places.owner_id == call->who->user.id;
    unsigned visibilities = asset_visibility_parse(wish->visibility, &only) ? 1u << only
                            : is_own                                        ? 0
                                                                            : 1u << ASSET_TIMELINE;
    if (asset_visibility_parse(wish->visibility, &only) && only == ASSET_LOCKED && !call_require_unlocked(call, error))
        return false;
    *ret_filter = places;
    ret_filter->owner_id = places.album_id ? call->who->user.id : places.owner_id;
    ret_filter->with_partners = wish->with_partners.value && is_own;
    ret_filter->with_stacked = wish->with_stacked.value;
    ret_filter->visibilities = visibilities;
    ret_filter->is_favorite = wish->is_favorite.is_set ? wish->is_favorite.value : -1;
    ret_filter->is_trashed = wish->is_trashed.value;
    ret_filter->by_upload = wish->order_by && wish->order_by[0] == 'c';
    ret_filter->ascending = wish->order && wish->order[0] == 'a';
    return check_partner(call, ret_filter, error);
}

/* ---- months ---- */

static void write_month(int month, int64_t count, void *data)
{
    struct json *json = data;
    char text[16];
    g_snprintf(text, sizeof text, "%04d-%02d-%02d", month / 10000, month / 100 % 100, month % 100);
    json_begin_object(json, NULL);
    json_text(json, "timeBucket", text);
    json_int(json, "count", count);
    json_end(json);
}

/* A link that hides when its photos were taken has them all in one month, which is none of theirs. */
enum { NO_MONTH = 19700101 };

static void add_count(int month, int64_t count, void *data)
{
    *(int64_t *)data += count;
}

static bool write_months(struct call *call, struct db_conn *conn, const struct timeline_filter *filter,
                         struct json *json, GError **error)
{
    int64_t count = 0;
    if (!call_hides_metadata(call))
        return timeline_months(conn, filter, write_month, json, error);
    if (!timeline_months(conn, filter, add_count, &count, error))
        return false;
    if (count > 0)
        write_month(NO_MONTH, count, json);
    return true;
}

bool handle_timeline_buckets(struct call *call, GError **error)
{
    struct wish wish;
    struct timeline_filter filter;
    if (!call_query(call, &months_query, &wish, error) || !make_filter(call, &wish, &filter, error))
        return false;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn)
        return false;
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_array(&json, NULL);
    if (!asks_for_unknown(&wish) && !write_months(call, conn, &filter, &json, error))
        return false;
    json_end(&json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

/* ---- one month ---- */

enum column {
    COLUMN_ID,
    COLUMN_OWNER_ID,
    COLUMN_RATIO,
    COLUMN_IS_FAVORITE,
    COLUMN_VISIBILITY,
    COLUMN_IS_TRASHED,
    COLUMN_IS_IMAGE,
    COLUMN_THUMBHASH,
    COLUMN_CREATED_AT,
    COLUMN_FILE_CREATED_AT,
    COLUMN_LOCAL_OFFSET,
    COLUMN_DURATION,
    COLUMN_PROJECTION,
    COLUMN_LIVE_VIDEO,
    COLUMN_CITY,
    COLUMN_COUNTRY,
    COLUMN_LATITUDE, /* withCoordinates only */
    COLUMN_LONGITUDE,
    COLUMN_STACK,      /* withStacked only */
    COLUMN_TRASHED_AT, /* isTrashed only; ours */
    N_COLUMNS
};
static const char *const column_names[N_COLUMNS] = {
    [COLUMN_ID] = "id",
    [COLUMN_OWNER_ID] = "ownerId",
    [COLUMN_RATIO] = "ratio",
    [COLUMN_IS_FAVORITE] = "isFavorite",
    [COLUMN_VISIBILITY] = "visibility",
    [COLUMN_IS_TRASHED] = "isTrashed",
    [COLUMN_IS_IMAGE] = "isImage",
    [COLUMN_THUMBHASH] = "thumbhash",
    [COLUMN_CREATED_AT] = "createdAt",
    [COLUMN_FILE_CREATED_AT] = "fileCreatedAt",
    [COLUMN_LOCAL_OFFSET] = "localOffsetHours",
    [COLUMN_DURATION] = "duration",
    [COLUMN_PROJECTION] = "projectionType",
    [COLUMN_LIVE_VIDEO] = "livePhotoVideoId",
    [COLUMN_CITY] = "city",
    [COLUMN_COUNTRY] = "country",
    [COLUMN_LATITUDE] = "latitude",
    [COLUMN_LONGITUDE] = "longitude",
    [COLUMN_STACK] = "stack",
    [COLUMN_TRASHED_AT] = "trashedAt",
};

/* One text a column, filled in one pass over the rows. */
struct columns {
    GString *text[N_COLUMNS];
    struct json json[N_COLUMNS];
    int64_t viewer_id;
    bool hides_metadata;
    GHashTable *owners; /* uuids by row id (int64_t) */
};

static void columns_begin(struct columns *columns, const struct call *call)
{
    const struct user *viewer = &call->who->user;
    columns->viewer_id = viewer->id;
    columns->hides_metadata = call_hides_metadata(call);
    columns->owners = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    g_hash_table_insert(columns->owners, g_memdup2(&viewer->id, sizeof viewer->id),
                        g_memdup2(&viewer->uuid, sizeof viewer->uuid));
    for (int i = 0; i < N_COLUMNS; i++) {
        columns->text[i] = g_string_new(NULL);
        columns->json[i] = json_to(columns->text[i]);
        json_begin_array(&columns->json[i], NULL);
    }
}

static void columns_clear(struct columns *columns)
{
    for (int i = 0; i < N_COLUMNS; i++)
        if (columns->text[i])
            g_string_free(columns->text[i], TRUE);
    g_clear_pointer(&columns->owners, g_hash_table_unref);
}
#define COLUMNS_AUTO __attribute__((cleanup(columns_clear)))

/* Whose an asset is: of few people, so each is looked up once. NULL with @error. */
static const struct uuid *owner_of(struct columns *columns, struct db_conn *conn, int64_t id, GError **error)
{
    const struct uuid *known = g_hash_table_lookup(columns->owners, &id);
    USER_AUTO struct user user = {0};
    if (known || !users_find_id(conn, id, &user, error))
        return known;
    struct uuid *uuid = g_memdup2(&user.uuid, sizeof user.uuid);
    g_hash_table_insert(columns->owners, g_memdup2(&id, sizeof id), uuid);
    return uuid;
}

static double ratio_of(const struct timeline_item *item)
{
    if (item->width_px <= 0 || item->height_px <= 0)
        return 1;
    return round(1000.0 * item->width_px / item->height_px) / 1000;
}

static void write_when(struct json *json, const struct timeline_item *item)
{
    char text[ISO_TEXT_SIZE];
    json_time(&json[COLUMN_CREATED_AT], NULL, item->uploaded_us);
    json_text(&json[COLUMN_FILE_CREATED_AT], NULL, iso_format_bare(item->taken_us, text));
    dto_time_or_null(&json[COLUMN_TRASHED_AT], NULL, item->trashed_us > 0, item->trashed_us);
    double hours = (double)(item->local_us - item->taken_us) / 3.6e9;
    json_double(&json[COLUMN_LOCAL_OFFSET], NULL, round(hours * 1000) / 1000);
    if (item->duration_ms > 0)
        json_int(&json[COLUMN_DURATION], NULL, item->duration_ms);
    else
        json_nil(&json[COLUMN_DURATION], NULL);
}

static void write_where(struct json *json, const struct timeline_item *item)
{
    json_text(&json[COLUMN_CITY], NULL, item->city);
    json_text(&json[COLUMN_COUNTRY], NULL, item->country);
    json_double(&json[COLUMN_LATITUDE], NULL, item->has_position ? item->latitude : NAN);
    json_double(&json[COLUMN_LONGITUDE], NULL, item->has_position ? item->longitude : NAN);
}

/* One that shows itself alone is none to look at. */
static void write_stack(struct json *json, const struct timeline_item *item)
{
    char size[24];
    if (item->stack_size < 2) {
        json_nil(&json[COLUMN_STACK], NULL);
        return;
    }
    g_snprintf(size, sizeof size, "%" G_GINT64_FORMAT, item->stack_size);
    json_begin_array(&json[COLUMN_STACK], NULL);
    dto_uuid(&json[COLUMN_STACK], NULL, &item->stack);
    json_text(&json[COLUMN_STACK], NULL, size);
    json_end(&json[COLUMN_STACK]);
}

static void write_item(struct columns *columns, const struct timeline_item *item, const struct uuid *owner)
{
    struct json *json = columns->json;
    dto_uuid(&json[COLUMN_ID], NULL, &item->uuid);
    dto_uuid(&json[COLUMN_OWNER_ID], NULL, owner);
    json_double(&json[COLUMN_RATIO], NULL, ratio_of(item));
    json_bool(&json[COLUMN_IS_FAVORITE], NULL, item->is_favorite && item->owner_id == columns->viewer_id);
    json_text(&json[COLUMN_VISIBILITY], NULL, asset_visibility_name(item->visibility));
    json_bool(&json[COLUMN_IS_TRASHED], NULL, item->is_trashed);
    json_bool(&json[COLUMN_IS_IMAGE], NULL, item->type == ASSET_IMAGE);
    json_base64(&json[COLUMN_THUMBHASH], NULL, item->thumbhash, item->thumbhash_size);
    json_text(&json[COLUMN_PROJECTION], NULL, item->projection);
    if (item->has_live_video)
        dto_uuid(&json[COLUMN_LIVE_VIDEO], NULL, &item->live_video);
    else
        json_nil(&json[COLUMN_LIVE_VIDEO], NULL);
    write_when(json, item);
    write_where(json, item);
    write_stack(json, item);
}

static bool is_asked_for(enum column column, const struct timeline_filter *filter)
{
    bool is_place = column == COLUMN_LATITUDE || column == COLUMN_LONGITUDE;
    return (!is_place || filter->with_place) && (column != COLUMN_STACK || filter->with_stacked) &&
           (column != COLUMN_TRASHED_AT || filter->is_trashed);
}

static GString *columns_join(struct columns *columns, const struct timeline_filter *filter)
{
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    for (int i = 0; i < N_COLUMNS; i++) {
        if (!is_asked_for((enum column)i, filter))
            continue;
        json_end(&columns->json[i]);
        json_raw(&json, column_names[i], columns->text[i]->str);
    }
    json_end(&json);
    return text;
}

static void strip(struct timeline_item *item)
{
    item->taken_us = item->local_us = item->uploaded_us = 0;
    item->city = item->country = NULL;
    item->has_position = false;
}

static bool read_bucket(struct db_conn *conn, const struct timeline_filter *filter, int month, struct columns *columns,
                        GError **error)
{
    DB_ROWS struct db_rows *rows = timeline_bucket(conn, filter, month, error);
    if (!rows)
        return false;
    GError *reason = NULL;
    struct timeline_item item;
    while (timeline_next(rows, &item, &reason)) {
        const struct uuid *owner = owner_of(columns, conn, item.owner_id, error);
        if (!owner)
            return false;
        if (columns->hides_metadata)
            strip(&item);
        if (filter->album_id && item.owner_id != columns->viewer_id)
            item.stack_size = 0; /* of its other photos the album may have none */
        write_item(columns, &item, owner);
    }
    if (reason)
        g_propagate_error(error, reason);
    return !reason;
}

static void add_month(int month, int64_t count, void *data)
{
    g_array_append_val((GArray *)data, month);
}

/* What NO_MONTH holds: all of them. */
static bool read_all(struct db_conn *conn, const struct timeline_filter *filter, int month, struct columns *columns,
                     GError **error)
{
    g_autoptr(GArray) months = g_array_new(FALSE, FALSE, sizeof(int));
    if (month == NO_MONTH && !timeline_months(conn, filter, add_month, months, error))
        return false;
    for (guint i = 0; i < months->len; i++)
        if (!read_bucket(conn, filter, g_array_index(months, int, i), columns, error))
            return false;
    return true;
}

bool handle_timeline_bucket(struct call *call, GError **error)
{
    struct wish wish;
    struct timeline_filter filter;
    int month;
    if (!call_query(call, &month_query, &wish, error) || !make_filter(call, &wish, &filter, error))
        return false;
    if (!timeline_month_parse(wish.bucket, &month))
        return call_problem(call, error, "timeBucket", "must be a month, such as 2024-08-01");
    /* City and country stand with the position. Nothing fills them yet, and to look would take a month over its
     * budget, so that they are null for who did not ask where. */
    filter.with_place = wish.with_coordinates.value;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn)
        return false;
    COLUMNS_AUTO struct columns columns = {0};
    columns_begin(&columns, call);
    bool hides = columns.hides_metadata;
    if (!asks_for_unknown(&wish) &&
        !(hides ? read_all(conn, &filter, month, &columns, error) : read_bucket(conn, &filter, month, &columns, error)))
        return false;
    return call_answer(call, 200, columns_join(&columns, &filter));
}

const struct operation timeline_operations[] = {
    {"getTimeBuckets", .query = &months_query, ANSWERS(200, "[TimeBucketsResponseDto]")},
    {"getTimeBucket", .query = &month_query, ANSWERS(200, "TimeBucketAssetResponseDto")},
    {.name = NULL},
};
