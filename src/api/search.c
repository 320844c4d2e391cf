/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/search: by what is known of a photo. What this server knows nothing of (people, recognised text)
 * matches nothing; to leave such a wish out would show wrong photos. */
#include "search/search.h"
#include "api/dto.h"
#include "api/resources.h"
#include "api/search_wish.h"
#include "api/words.h"
#include "base/error.h"
#include "catalog/assets.h"
#include "db/db.h"

/* ---- answers ---- */

static bool check_albums(struct call *call, struct db_conn *conn, const struct search_asked *asked, GError **error)
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

static GArray *find(struct call *call, struct db_conn *conn, const struct search_asked *asked,
                    const struct search_page *page, GError **error)
{
    if (!conn || !check_albums(call, conn, asked, error))
        return NULL;
    return asked->matches_nothing ? g_array_new(FALSE, FALSE, sizeof(int64_t))
                                  : search_assets(conn, &asked->filter, page, error);
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

/* What leads on from the last of @shown: nothing where there is no more. */
static bool write_next(struct json *json, struct db_conn *conn, const struct search_asked *asked, const GArray *ids,
                       guint shown, GError **error)
{
    struct search_place place;
    bool is_last = ids->len <= shown || shown == 0;
    if (!is_last && !search_place_of(conn, g_array_index(ids, int64_t, shown - 1), asked->page.by, &place, error))
        return false;
    int64_t page = asked->wish.page.is_set ? asked->wish.page.value : 1;
    g_autofree char *next = is_last ? NULL : g_strdup_printf("%" G_GINT64_FORMAT, page + 1);
    g_autofree char *cursor = is_last ? NULL : search_cursor(&asked->page, &place);
    json_text(json, "nextPage", next);
    json_text(json, "nextCursor", cursor);
    return true;
}

bool handle_search_metadata(struct call *call, GError **error)
{
    SEARCH_ASKED_AUTO struct search_asked asked = {0};
    if (!search_read_body(call, &asked, error) || !search_check_link(call, &asked, error))
        return false;
    struct search_page page = asked.page;
    page.limit++; /* to know whether there is a next one */
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    g_autoptr(GArray) ids = find(call, conn, &asked, &page, error);
    if (!ids)
        return false;
    guint shown = (guint)MIN((int64_t)ids->len, asked.page.limit);
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    write_no_albums(&json);
    json_begin_object(&json, "assets");
    json_int(&json, "total", shown);
    json_int(&json, "count", shown);
    json_begin_array(&json, "items");
    if (!write_assets(call, conn, &json, ids, shown, error))
        return false;
    json_end(&json);
    json_begin_array(&json, "facets");
    json_end(&json);
    if (!write_next(&json, conn, &asked, ids, shown, error))
        return false;
    json_end(&json);
    json_end(&json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

static bool answer_list(struct call *call, const struct search_asked *asked, const struct search_page *page,
                        GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    g_autoptr(GArray) ids = find(call, conn, asked, page, error);
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_array(&json, NULL);
    if (!ids || !write_assets(call, conn, &json, ids, ids->len, error))
        return false;
    json_end(&json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

bool handle_search_random(struct call *call, GError **error)
{
    SEARCH_ASKED_AUTO struct search_asked asked = {0};
    if (!search_read_body(call, &asked, error))
        return false;
    const struct search_page page = {.by = SEARCH_AT_RANDOM, .limit = asked.page.limit};
    return answer_list(call, &asked, &page, error);
}

bool handle_search_large(struct call *call, GError **error)
{
    SEARCH_ASKED_AUTO struct search_asked asked = {0};
    if (!search_read_query(call, &asked, error))
        return false;
    const struct search_page page = {.by = SEARCH_BY_SIZE, .limit = asked.page.limit};
    return answer_list(call, &asked, &page, error);
}

bool handle_search_statistics(struct call *call, GError **error)
{
    SEARCH_ASKED_AUTO struct search_asked asked = {0};
    int64_t count = 0;
    if (!search_read_body(call, &asked, error))
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
    {"searchAssets", .body = &search_shape, ANSWERS(200, "SearchResponseDto")},
    {"searchRandom", .body = &search_shape, ANSWERS(200, "[AssetResponseDto]")},
    {"searchLargeAssets", .query = &search_large_shape, ANSWERS(200, "[AssetResponseDto]")},
    {"searchAssetStatistics", .body = &search_shape, ANSWERS(200, "SearchStatisticsResponseDto")},
    {"getSearchSuggestions", .query = &suggestion_shape, ANSWERS(200, "[text|null]")},
    {.name = NULL},
};
