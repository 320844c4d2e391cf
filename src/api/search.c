/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/search: by what is known of a photo. What this server knows nothing of (people, recognised text)
 * matches nothing; to leave such a wish out would show wrong photos. */
#include "search/search.h"

#include <string.h>

#include "api/dto.h"
#include "api/resources.h"
#include "api/words.h"
#include "base/error.h"
#include "catalog/assets.h"
#include "db/db.h"

enum { MAX_LIST = 1000, DEFAULT_SIZE = 250, MAX_SIZE = 1000, MAX_PAGE = 1000000, TEXT_MAX = 1000 };

static const char *const words_type[] = {"IMAGE", "VIDEO", "AUDIO", "OTHER", NULL};

struct wish {
    const char *checksum, *file_name, *path, *description, *type, *visibility, *order, *ocr;
    const char *city, *state, *country, *make, *model, *lens;
    const char *text;                                       /* ours */
    const char *preview_path, *thumbnail_path, *video_path; /* names that nothing has here */
    struct body_uuid id, library;
    struct body_bool is_favorite, is_motion, is_not_in_album, is_offline, with_deleted, with_stacked;
    struct body_bool with_exif, with_people; /* what is known is always told */
    struct body_list albums, people, tags;
    struct body_int taken_after, taken_before, created_after, created_before;
    struct body_int updated_after, updated_before, trashed_after, trashed_before;
    struct body_int rating, page, size;
};

#define TEXT(field_name, member)                                                                                       \
    {                                                                                                                  \
        .name = field_name, .kind = BODY_TEXT, .offset = offsetof(struct wish, member), .max = TEXT_MAX                \
    }
#define FIELD(field_name, member, field_kind)                                                                          \
    {                                                                                                                  \
        .name = field_name, .kind = field_kind, .offset = offsetof(struct wish, member)                                \
    }
#define IDS(field_name, member)                                                                                        \
    {                                                                                                                  \
        .name = field_name, .kind = BODY_UUIDS, .offset = offsetof(struct wish, member), .max = MAX_LIST               \
    }
#define CHOICE(field_name, member, words)                                                                              \
    {                                                                                                                  \
        .name = field_name, .kind = BODY_CHOICE, .offset = offsetof(struct wish, member), .choices = words             \
    }

static const struct body_field fields[] = {
    TEXT("checksum", checksum),
    TEXT("originalFileName", file_name),
    TEXT("originalPath", path),
    TEXT("description", description),
    TEXT("previewPath", preview_path),
    TEXT("thumbnailPath", thumbnail_path),
    TEXT("encodedVideoPath", video_path),
    FIELD("isEncoded", ocr, BODY_REFUSED),
    FIELD("cursor", ocr, BODY_REFUSED),
    FIELD("filter", ocr, BODY_REFUSED),
    FIELD("orderBy", ocr, BODY_REFUSED),
    TEXT("ocr", ocr),
    TEXT("text", text),
    TEXT("city", city),
    TEXT("state", state),
    TEXT("country", country),
    TEXT("make", make),
    TEXT("model", model),
    TEXT("lensModel", lens),
    CHOICE("type", type, words_type),
    CHOICE("visibility", visibility, words_visibility),
    CHOICE("order", order, words_asset_order),
    FIELD("id", id, BODY_UUID),
    FIELD("libraryId", library, BODY_UUID),
    FIELD("isFavorite", is_favorite, BODY_BOOL),
    FIELD("isMotion", is_motion, BODY_BOOL),
    FIELD("isNotInAlbum", is_not_in_album, BODY_BOOL),
    FIELD("isOffline", is_offline, BODY_BOOL),
    FIELD("withDeleted", with_deleted, BODY_BOOL),
    FIELD("withStacked", with_stacked, BODY_BOOL),
    FIELD("withExif", with_exif, BODY_BOOL),
    FIELD("withPeople", with_people, BODY_BOOL),
    IDS("albumIds", albums),
    IDS("personIds", people),
    IDS("tagIds", tags),
    FIELD("takenAfter", taken_after, BODY_TIME),
    FIELD("takenBefore", taken_before, BODY_TIME),
    FIELD("createdAfter", created_after, BODY_TIME),
    FIELD("createdBefore", created_before, BODY_TIME),
    FIELD("updatedAfter", updated_after, BODY_TIME),
    FIELD("updatedBefore", updated_before, BODY_TIME),
    FIELD("trashedAfter", trashed_after, BODY_TIME),
    FIELD("trashedBefore", trashed_before, BODY_TIME),
    {.name = "rating",
     .kind = BODY_INT,
     .offset = offsetof(struct wish, rating),
     .min = -1,
     .max = 5,
     .knows_null = true},
    {.name = "page", .kind = BODY_INT, .offset = offsetof(struct wish, page), .min = 1, .max = MAX_PAGE},
    {.name = "size", .kind = BODY_INT, .offset = offsetof(struct wish, size), .min = 1, .max = MAX_SIZE},
};
static const struct body_shape shape = BODY_SHAPE(struct wish, fields);

/* ---- from the wish to the filter ---- */

struct asked {
    struct wish wish;
    struct search_filter filter;
    uint8_t sha1[SHA1_SIZE];
    bool matches_nothing;
};

static struct search_time time_of(const struct body_int *time)
{
    return (struct search_time){time->is_set, time->value};
}

static int flag_of(const struct body_bool *flag)
{
    return flag->is_set ? flag->value : -1;
}

static void fill_times(const struct wish *wish, struct search_filter *filter)
{
    filter->taken_after = time_of(&wish->taken_after);
    filter->taken_before = time_of(&wish->taken_before);
    filter->created_after = time_of(&wish->created_after);
    filter->created_before = time_of(&wish->created_before);
    filter->updated_after = time_of(&wish->updated_after);
    filter->updated_before = time_of(&wish->updated_before);
    filter->trashed_after = time_of(&wish->trashed_after);
    filter->trashed_before = time_of(&wish->trashed_before);
}

static int type_of(const char *name)
{
    for (int type = 0; name && words_type[type]; type++)
        if (g_str_equal(words_type[type], name))
            return type;
    return -1;
}

static bool read_wish(struct call *call, struct asked *ret_asked, GError **error)
{
    struct asked *asked = ret_asked;
    struct wish *wish = &asked->wish;
    enum asset_visibility only;
    if (!call_body(call, &shape, wish, error))
        return false;
    if (wish->checksum && !hash_decode(wish->checksum, asked->sha1, SHA1_SIZE))
        return call_problem(call, error, "checksum", "must be a SHA-1 in hex or base64");
    if (asset_visibility_parse(wish->visibility, &only) && only == ASSET_LOCKED && !call_require_unlocked(call, error))
        return false;
    bool wants_trash = wish->trashed_after.is_set || wish->trashed_before.is_set;
    asked->filter = (struct search_filter){
        .owner_id = call->who->user.id,
        .visibilities = asset_visibility_parse(wish->visibility, &only) ? 1u << only : 0,
        .trash = wants_trash                ? SEARCH_ONLY_TRASH
                 : wish->with_deleted.value ? SEARCH_WITH_TRASH
                                            : SEARCH_WITHOUT_TRASH,
        .id = wish->id.is_set ? &wish->id.value : NULL,
        .sha1 = wish->checksum ? asked->sha1 : NULL,
        .file_name = wish->file_name,
        .path = wish->path,
        .description = wish->description,
        .text = wish->text,
        .type = type_of(wish->type),
        .is_favorite = flag_of(&wish->is_favorite),
        .is_motion = flag_of(&wish->is_motion),
        .is_not_in_album = wish->is_not_in_album.value,
        .albums = wish->albums.items,
        .n_albums = wish->albums.n,
        .is_stacked_as_one = wish->with_stacked.is_set && !wish->with_stacked.value,
        .tags = wish->tags.items,
        .n_tags = wish->tags.n,
        .city = wish->city,
        .state = wish->state,
        .country = wish->country,
        .make = wish->make,
        .model = wish->model,
        .lens = wish->lens,
        .set_rating = wish->rating.is_set || wish->rating.is_null,
        .rating = (int)wish->rating.value,
    };
    fill_times(wish, &asked->filter);
    bool names_path = wish->preview_path || wish->thumbnail_path || wish->video_path;
    asked->matches_nothing =
        wish->people.n > 0 || wish->library.is_set || wish->is_offline.value || wish->ocr || names_path;
    return true;
}

/* By a link its album is searched: by nothing that its owner alone knows, and where the link tells nothing of its
 * photos, by nothing that would tell. */
static bool is_told(struct call *call, const struct wish *wish)
{
    static const struct wish none;
    struct wish rest = *wish;
    if (wish->text || wish->path || wish->tags.n > 0 || wish->people.n > 0)
        return false;
    rest.albums = none.albums;
    rest.page = rest.size = none.page;
    rest.type = rest.order = NULL;
    rest.with_exif = rest.with_people = rest.with_stacked = none.with_exif;
    return !call_hides_metadata(call) || memcmp(&rest, &none, sizeof rest) == 0;
}

static bool check_link(struct call *call, const struct wish *wish, GError **error)
{
    if (call->who->kind != ACCESS_SHARE)
        return true;
    if (wish->albums.n == 0)
        return call_problem(call, error, "albumIds", "is missing");
    return is_told(call, wish) || err_set(error, ERR_FORBIDDEN, "The photos of this link cannot be searched by that");
}

/* ---- answers ---- */

static bool check_albums(struct call *call, struct db_conn *conn, const struct asked *asked, GError **error)
{
    struct viewer viewer = call_viewer(call);
    struct album_grant grant;
    for (size_t i = 0; i < asked->filter.n_albums; i++)
        if (!grants_album(conn, &viewer, ALBUM_MAY_READ, &asked->filter.albums[i], &grant, error)) {
            call_hide_missing(error, album_right_name(ALBUM_MAY_READ));
            return false;
        }
    return true;
}

static bool write_assets(struct call *call, struct db_conn *conn, struct json *json, const GArray *ids, size_t n,
                         GError **error)
{
    struct viewer viewer = call_viewer(call);
    for (size_t i = 0; i < n; i++) {
        ASSET_AUTO struct asset asset = {0};
        if (!asset_find_id(conn, g_array_index(ids, int64_t, i), &asset, error))
            return false;
        grants_mask(&viewer, &asset);
        dto_asset(json, NULL, &asset);
    }
    return true;
}

static GArray *find(struct call *call, struct db_conn *conn, const struct asked *asked, enum search_order order,
                    int64_t offset, int64_t limit, GError **error)
{
    if (!conn || !check_albums(call, conn, asked, error))
        return NULL;
    return asked->matches_nothing ? g_array_new(FALSE, FALSE, sizeof(int64_t))
                                  : search_assets(conn, &asked->filter, order, offset, limit, error);
}

static void write_no_albums(struct json *json)
{
    static const char *const lists[] = {"items", "facets"};
    json_begin_object(json, "albums");
    json_int(json, "total", 0);
    json_int(json, "count", 0);
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        json_begin_array(json, lists[i]);
        json_end(json);
    }
    json_end(json);
}

bool handle_search_metadata(struct call *call, GError **error)
{
    struct asked asked = {0};
    if (!read_wish(call, &asked, error) || !check_link(call, &asked.wish, error))
        return false;
    int64_t page = asked.wish.page.is_set ? asked.wish.page.value : 1;
    int64_t size = asked.wish.size.is_set ? asked.wish.size.value : DEFAULT_SIZE;
    enum search_order order = asked.wish.order && asked.wish.order[0] == 'a' ? SEARCH_OLDEST : SEARCH_NEWEST;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    /* One more than a page, to know whether there is a next one. */
    g_autoptr(GArray) ids = find(call, conn, &asked, order, (page - 1) * size, size + 1, error);
    if (!ids)
        return false;
    int64_t shown = MIN((int64_t)ids->len, size);
    g_autofree char *next = ids->len > shown ? g_strdup_printf("%" G_GINT64_FORMAT, page + 1) : NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    write_no_albums(&json);
    json_begin_object(&json, "assets");
    json_int(&json, "total", shown);
    json_int(&json, "count", shown);
    json_begin_array(&json, "items");
    if (!write_assets(call, conn, &json, ids, (size_t)shown, error))
        return false;
    json_end(&json);
    json_begin_array(&json, "facets");
    json_end(&json);
    json_text(&json, "nextPage", next);
    json_nil(&json, "nextCursor");
    json_end(&json);
    json_end(&json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

bool handle_search_random(struct call *call, GError **error)
{
    struct asked asked = {0};
    if (!read_wish(call, &asked, error))
        return false;
    int64_t size = asked.wish.size.is_set ? asked.wish.size.value : DEFAULT_SIZE;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    g_autoptr(GArray) ids = find(call, conn, &asked, SEARCH_RANDOM, 0, size, error);
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_array(&json, NULL);
    if (!ids || !write_assets(call, conn, &json, ids, ids->len, error))
        return false;
    json_end(&json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

bool handle_search_statistics(struct call *call, GError **error)
{
    struct asked asked = {0};
    int64_t count = 0;
    if (!read_wish(call, &asked, error))
        return false;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn || !check_albums(call, conn, &asked, error) ||
        (!asked.matches_nothing && !search_count(conn, &asked.filter, &count, error)))
        return false;
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    json_int(&json, "total", count);
    json_end(&json);
    return call_answer(call, 200, text);
}

static void write_word(const char *word, void *data)
{
    json_text(data, NULL, word);
}

/* In the order of enum search_word. */
static const char *const suggestion_kinds[] = {"country",           "state", "city", "camera-make", "camera-model",
                                               "camera-lens-model", NULL};

struct suggestion {
    const char *kind, *country, *state, *make, *model, *lens;
    struct body_bool with_none;
};
static const struct body_field suggestion_fields[] = {
    {.name = "type",
     .kind = BODY_CHOICE,
     .offset = offsetof(struct suggestion, kind),
     .is_required = true,
     .choices = suggestion_kinds},
    {.name = "includeNull", .kind = BODY_BOOL, .offset = offsetof(struct suggestion, with_none)},
    {.name = "country", .kind = BODY_TEXT, .offset = offsetof(struct suggestion, country)},
    {.name = "state", .kind = BODY_TEXT, .offset = offsetof(struct suggestion, state)},
    {.name = "make", .kind = BODY_TEXT, .offset = offsetof(struct suggestion, make)},
    {.name = "model", .kind = BODY_TEXT, .offset = offsetof(struct suggestion, model)},
    {.name = "lensModel", .kind = BODY_TEXT, .offset = offsetof(struct suggestion, lens)},
};
static const struct body_shape suggestion_shape = BODY_SHAPE(struct suggestion, suggestion_fields);

bool handle_search_suggestions(struct call *call, GError **error)
{
    struct suggestion wanted;
    if (!call_query(call, &suggestion_shape, &wanted, error))
        return false;
    const struct search_filter filter = {
        .owner_id = call->who->user.id,
        .type = -1,
        .is_favorite = -1,
        .is_motion = -1,
        .country = wanted.country,
        .state = wanted.state,
        .make = wanted.make,
        .model = wanted.model,
        .lens = wanted.lens,
    };
    enum search_word word = SEARCH_COUNTRY;
    while (!g_str_equal(suggestion_kinds[word], wanted.kind))
        word++;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_array(&json, NULL);
    if (!conn || !search_words(conn, &filter, word, wanted.with_none.value, write_word, &json, error))
        return false;
    json_end(&json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

const struct operation search_operations[] = {
    {"searchAssets", .body = &shape, ANSWERS(200, "SearchResponseDto")},
    {"searchRandom", .body = &shape, ANSWERS(200, "[AssetResponseDto]")},
    {"searchAssetStatistics", .body = &shape, ANSWERS(200, "SearchStatisticsResponseDto")},
    {"getSearchSuggestions", .query = &suggestion_shape, ANSWERS(200, "[text|null]")},
    {.name = NULL},
};
