/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/map, and the cities that the search tells of: where photos were taken. Names of places are told where they are
 * known; this server looks none up. */
#include <string.h>

#include "api/bulk.h"
#include "api/dto.h"
#include "api/resources.h"
#include "base/error.h"
#include "base/log.h"
#include "catalog/markers.h"
#include "db/db.h"

enum { CITY_MIN = 5, CITIES_MAX = 12, ALL_CITIES_MAX = 1000 };

/* ---- markers ----
 *
 * As many as there are photos: they are read row by row while the client takes them. */

struct stream {
    struct db_conn *conn;
    struct db_rows *rows;
    GString *text; /* what is not taken yet */
    bool is_begun, is_done;
};

static void stream_free(void *data)
{
    struct stream *stream = data;
    db_rows_free(stream->rows);
    db_read_end(stream->conn);
    g_string_free(stream->text, TRUE);
    g_free(stream);
}

static void write_marker(struct stream *stream, const struct marker *marker)
{
    struct json json = json_to(stream->text);
    if (stream->is_begun)
        g_string_append_c(stream->text, ',');
    stream->is_begun = true;
    json_begin_object(&json, NULL);
    dto_uuid(&json, "id", &marker->asset);
    json_double(&json, "lat", marker->latitude);
    json_double(&json, "lon", marker->longitude);
    json_text(&json, "city", marker->city);
    json_text(&json, "state", marker->state);
    json_text(&json, "country", marker->country);
    json_end(&json);
}

static ssize_t pull(void *data, char *buffer, size_t max)
{
    struct stream *stream = data;
    g_autoptr(GError) error = NULL;
    struct marker marker;
    while (stream->text->len < max && !stream->is_done) {
        if (markers_next(stream->rows, &marker, &error)) {
            write_marker(stream, &marker);
        } else if (error) {
            log_error("map.markers-failed", error);
            return -1;
        } else {
            g_string_append_c(stream->text, ']');
            stream->is_done = true;
        }
    }
    size_t size = MIN(max, stream->text->len);
    memcpy(buffer, stream->text->str, size);
    g_string_erase(stream->text, 0, (gssize)size); /* what is left is less than a marker */
    return (ssize_t)size;
}

static bool answer_markers(struct call *call, const struct marker_filter *filter, GError **error)
{
    struct stream *stream = g_new0(struct stream, 1);
    stream->text = g_string_new("[");
    stream->conn = db_stream_begin(call->api->config.db, error);
    stream->rows = stream->conn ? markers_open(stream->conn, filter, error) : NULL;
    if (!stream->rows) {
        stream_free(stream);
        return false;
    }
    http_add_header(call->request, "Cache-Control", "no-store");
    http_answer_slow_pull(call->request, 200, "application/json", -1, pull, stream, stream_free);
    return true;
}

struct wish {
    struct body_bool is_archived, is_favorite, with_partners, with_albums;
    struct body_int after, before;
};
static const struct body_field fields[] = {
    {.name = "isArchived", .kind = BODY_BOOL, .offset = offsetof(struct wish, is_archived)},
    {.name = "isFavorite", .kind = BODY_BOOL, .offset = offsetof(struct wish, is_favorite)},
    {.name = "withPartners", .kind = BODY_BOOL, .offset = offsetof(struct wish, with_partners)},
    {.name = "withSharedAlbums", .kind = BODY_BOOL, .offset = offsetof(struct wish, with_albums)},
    {.name = "fileCreatedAfter", .kind = BODY_TIME, .offset = offsetof(struct wish, after)},
    {.name = "fileCreatedBefore", .kind = BODY_TIME, .offset = offsetof(struct wish, before)},
};
static const struct body_shape shape = BODY_SHAPE(struct wish, fields);

bool handle_map_markers(struct call *call, GError **error)
{
    struct wish wish;
    if (!call_query(call, &shape, &wish, error))
        return false;
    const struct marker_filter filter = {
        .owner_id = call->who->user.id,
        .with_archive = wish.is_archived.value,
        .is_favorite = wish.is_favorite.is_set ? wish.is_favorite.value : -1,
        .from_us = wish.after.is_set ? wish.after.value : INT64_MIN,
        .to_us = wish.before.is_set ? wish.before.value : INT64_MAX,
        .with_partners = wish.with_partners.value,
        .with_albums = wish.with_albums.value,
    };
    return answer_markers(call, &filter, error);
}

static bool find_album(struct call *call, int64_t *ret_album_id, GError **error)
{
    struct uuid id;
    struct album_grant grant;
    struct viewer viewer = call_viewer(call);
    if (!call_uuid(call, "id", &id, error))
        return false;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn || !grants_album(conn, &viewer, ALBUM_MAY_READ, &id, &grant, error)) {
        call_hide_missing(error, album_right_name(ALBUM_MAY_READ));
        return false;
    }
    *ret_album_id = grant.album_id;
    return true;
}

bool handle_album_map_markers(struct call *call, GError **error)
{
    struct marker_filter filter = {.from_us = INT64_MIN, .to_us = INT64_MAX};
    if (!find_album(call, &filter.album_id, error))
        return false;
    if (call_hides_metadata(call))
        return call_answer(call, 200, g_string_new("[]"));
    return answer_markers(call, &filter, error);
}

/* ---- names of places ---- */

struct point {
    struct body_number latitude, longitude;
};
static const struct body_field point_fields[] = {
    {.name = "lat",
     .kind = BODY_NUMBER,
     .offset = offsetof(struct point, latitude),
     .is_required = true,
     .min = -90,
     .max = 90},
    {.name = "lon",
     .kind = BODY_NUMBER,
     .offset = offsetof(struct point, longitude),
     .is_required = true,
     .min = -180,
     .max = 180},
};
static const struct body_shape point_shape = BODY_SHAPE(struct point, point_fields);

bool handle_map_reverse_geocode(struct call *call, GError **error)
{
    struct point point;
    return call_query(call, &point_shape, &point, error) && call_answer(call, 200, g_string_new("[]"));
}

struct named {
    const char *name;
};
static const struct body_field named_fields[] = {
    {.name = "name", .kind = BODY_TEXT, .offset = offsetof(struct named, name), .is_required = true, .min = 1}};
static const struct body_shape named_shape = BODY_SHAPE(struct named, named_fields);

bool handle_search_places(struct call *call, GError **error)
{
    struct named named;
    return call_query(call, &named_shape, &named, error) && call_answer(call, 200, g_string_new("[]"));
}

/* ---- cities ---- */

struct cities {
    GPtrArray *names;
    GArray *assets; /* row ids, as the names */
};

static void cities_clear(struct cities *cities)
{
    g_ptr_array_unref(cities->names);
    g_array_unref(cities->assets);
}
#define CITIES_AUTO __attribute__((cleanup(cities_clear)))

static struct cities cities_new(void)
{
    return (struct cities){g_ptr_array_new_with_free_func(g_free), g_array_new(FALSE, FALSE, sizeof(int64_t))};
}

static void note_city(const char *city, int64_t asset_id, void *data)
{
    struct cities *cities = data;
    g_ptr_array_add(cities->names, g_strdup(city));
    g_array_append_val(cities->assets, asset_id);
}

bool handle_search_cities(struct call *call, GError **error)
{
    CITIES_AUTO struct cities cities = cities_new();
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    return conn && markers_cities(conn, call->who->user.id, 1, ALL_CITIES_MAX, note_city, &cities, error) &&
           bulk_write_assets(call, conn, &json, NULL, cities.assets, error) &&
           call_answer(call, 200, g_steal_pointer(&text));
}

static bool write_city(struct db_conn *conn, struct json *json, const struct cities *cities, guint i, GError **error)
{
    ASSET_AUTO struct asset asset = {0};
    if (!asset_find_id(conn, g_array_index(cities->assets, int64_t, i), &asset, error))
        return false;
    json_begin_object(json, NULL);
    json_text(json, "value", cities->names->pdata[i]);
    dto_asset(json, "data", &asset);
    json_end(json);
    return true;
}

bool handle_search_explore(struct call *call, GError **error)
{
    CITIES_AUTO struct cities cities = cities_new();
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    if (!conn || !markers_cities(conn, call->who->user.id, CITY_MIN, CITIES_MAX, note_city, &cities, error))
        return false;
    json_begin_array(&json, NULL);
    json_begin_object(&json, NULL);
    json_text(&json, "fieldName", "exifInfo.city");
    json_begin_array(&json, "items");
    for (guint i = 0; i < cities.names->len; i++)
        if (!write_city(conn, &json, &cities, i, error))
            return false;
    json_end(&json);
    json_end(&json);
    json_end(&json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

const struct operation map_operations[] = {
    {"getMapMarkers", .query = &shape, ANSWERS(200, "[MapMarkerResponseDto]")},
    {"getAlbumMapMarkers", ANSWERS(200, "[MapMarkerResponseDto]")},
    {"reverseGeocode", .query = &point_shape, ANSWERS(200, "[MapReverseGeocodeResponseDto]")},
    {"searchPlaces", .query = &named_shape, ANSWERS(200, "[PlacesResponseDto]")},
    {"getAssetsByCity", ANSWERS(200, "[AssetResponseDto]")},
    {"getExploreData", ANSWERS(200, "[SearchExploreResponseDto]")},
    {.name = NULL},
};
