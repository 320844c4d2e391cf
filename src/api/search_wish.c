/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/search_wish.h"

#include <string.h>

#include "api/words.h"
#include "base/error.h"
#include "catalog/assets.h"

enum { MAX_LIST = 1000, DEFAULT_SIZE = 250, MAX_SIZE = 1000, MAX_PAGE = 1000000, TEXT_MAX = 1000 };

#define TEXT(field_name, member)                                                                                       \
    {                                                                                                                  \
        .name = field_name, .kind = BODY_TEXT, .offset = offsetof(struct search_wish, member), .max = TEXT_MAX         \
    }
#define FIELD(field_name, member, field_kind)                                                                          \
    {                                                                                                                  \
        .name = field_name, .kind = field_kind, .offset = offsetof(struct search_wish, member)                         \
    }
#define TEXT_OR_NULL(field_name, member)                                                                               \
    {                                                                                                                  \
        .name = field_name, .kind = BODY_TEXT, .offset = offsetof(struct search_wish, member), .max = TEXT_MAX,        \
        .knows_null = true                                                                                             \
    }
#define IDS(field_name, member)                                                                                        \
    {                                                                                                                  \
        .name = field_name, .kind = BODY_UUIDS, .offset = offsetof(struct search_wish, member), .max = MAX_LIST        \
    }
#define CHOICE(field_name, member, words)                                                                              \
    {                                                                                                                  \
        .name = field_name, .kind = BODY_CHOICE, .offset = offsetof(struct search_wish, member), .choices = words      \
    }

/* In the order of enum search_by, after SEARCH_BY_DAY. */
static const char *const orders[] = {"fileCreatedAt", "localDateTime", "fileSizeInBytes", "rating", NULL};
static const struct body_field order_fields[] = {
    {.name = "field", .kind = BODY_CHOICE, .offset = offsetof(struct search_wish_order, field), .choices = orders},
    {.name = "direction",
     .kind = BODY_CHOICE,
     .offset = offsetof(struct search_wish_order, direction),
     .choices = words_asset_order},
};
static const struct body_shape order_shape = BODY_SHAPE(struct search_wish_order, order_fields);

static const struct body_field fields[] = {
    TEXT("checksum", checksum),
    TEXT("originalFileName", file_name),
    TEXT("originalPath", path),
    TEXT("description", description),
    TEXT("previewPath", preview_path),
    TEXT("thumbnailPath", thumbnail_path),
    TEXT("encodedVideoPath", video_path),
    FIELD("isEncoded", ocr, BODY_REFUSED),
    TEXT("cursor", cursor),
    {.name = "filter",
     .kind = BODY_OBJECT,
     .offset = offsetof(struct search_wish, rules),
     .inner = &search_rules_shape},
    {.name = "orderBy", .kind = BODY_OBJECT, .offset = offsetof(struct search_wish, order_by), .inner = &order_shape},
    TEXT("ocr", ocr),
    TEXT("text", text),
    TEXT_OR_NULL("city", city),
    TEXT_OR_NULL("state", state),
    TEXT_OR_NULL("country", country),
    TEXT_OR_NULL("make", make),
    TEXT_OR_NULL("model", model),
    TEXT_OR_NULL("lensModel", lens),
    CHOICE("type", type, search_types),
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
    {.name = "tagIds",
     .kind = BODY_UUIDS,
     .offset = offsetof(struct search_wish, tags),
     .max = MAX_LIST,
     .knows_null = true},
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
     .offset = offsetof(struct search_wish, rating),
     .min = -1,
     .max = 5,
     .knows_null = true},
    {.name = "page", .kind = BODY_INT, .offset = offsetof(struct search_wish, page), .min = 1, .max = MAX_PAGE},
    {.name = "size", .kind = BODY_INT, .offset = offsetof(struct search_wish, size), .min = 1, .max = MAX_SIZE},
};
const struct body_shape search_shape = BODY_SHAPE(struct search_wish, fields);

static const struct body_field large_fields[] = {
    TEXT("ocr", ocr),
    TEXT("city", city),
    TEXT("state", state),
    TEXT("country", country),
    TEXT("make", make),
    TEXT("model", model),
    TEXT("lensModel", lens),
    CHOICE("type", type, search_types),
    CHOICE("visibility", visibility, words_visibility),
    FIELD("libraryId", library, BODY_UUID),
    FIELD("isEncoded", ocr, BODY_REFUSED),
    FIELD("isFavorite", is_favorite, BODY_BOOL),
    FIELD("isMotion", is_motion, BODY_BOOL),
    FIELD("isNotInAlbum", is_not_in_album, BODY_BOOL),
    FIELD("isOffline", is_offline, BODY_BOOL),
    FIELD("withDeleted", with_deleted, BODY_BOOL),
    FIELD("withExif", with_exif, BODY_BOOL),
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
    {.name = "minFileSize",
     .kind = BODY_INT,
     .offset = offsetof(struct search_wish, min_bytes),
     .min = 0,
     .max = INT64_MAX},
    {.name = "rating", .kind = BODY_INT, .offset = offsetof(struct search_wish, rating), .min = -1, .max = 5},
    {.name = "size", .kind = BODY_INT, .offset = offsetof(struct search_wish, size), .min = 1, .max = MAX_SIZE},
};
const struct body_shape search_large_shape = BODY_SHAPE(struct search_wish, large_fields);

/* ---- from the wish to the filter ---- */

static struct search_time time_of(const struct body_int *time)
{
    return (struct search_time){time->is_set, time->value};
}

static int flag_of(const struct body_bool *flag)
{
    return flag->is_set ? flag->value : -1;
}

static void fill_times(const struct search_wish *wish, struct search_filter *filter)
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
    for (int type = 0; name && search_types[type]; type++)
        if (g_str_equal(search_types[type], name))
            return type;
    return -1;
}

static unsigned visibilities_of(const struct search_wish *wish)
{
    enum asset_visibility only;
    return asset_visibility_parse(wish->visibility, &only) ? 1u << only : 0;
}

static enum search_trash trash_of(const struct search_wish *wish)
{
    if (wish->trashed_after.is_set || wish->trashed_before.is_set)
        return SEARCH_ONLY_TRASH;
    return wish->with_deleted.value ? SEARCH_WITH_TRASH : SEARCH_WITHOUT_TRASH;
}

/* @text, unless it stands for "not known". */
static const char *known(const char *text)
{
    return text == body_null ? NULL : text;
}

static void fill_filter(struct call *call, struct search_asked *asked)
{
    const struct search_wish *wish = &asked->wish;
    asked->filter = (struct search_filter){
        .owner_id = call->who->user.id,
        .visibilities = visibilities_of(wish),
        .trash = trash_of(wish),
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
        .tags = wish->tags.items,
        .n_tags = wish->tags.n,
        .is_untagged = wish->tags.is_null,
        .is_stacked_as_one = wish->with_stacked.is_set && !wish->with_stacked.value,
        .city = known(wish->city),
        .state = known(wish->state),
        .country = known(wish->country),
        .make = known(wish->make),
        .model = known(wish->model),
        .lens = known(wish->lens),
        .set_rating = wish->rating.is_set || wish->rating.is_null,
        .rating = (int)wish->rating.value,
        .min_bytes = wish->min_bytes.value,
    };
    fill_times(wish, &asked->filter);
}

/* The rules join in; and what they say of trash and visibility takes the place of what is usual. */
static bool fill_rules(struct call *call, struct search_asked *asked, GError **error)
{
    struct search_filter *filter = &asked->filter;
    const struct search_wish *wish = &asked->wish;
    const char *const texts[] = {wish->city, wish->state, wish->country, wish->make, wish->model, wish->lens};
    if (!search_rules_read(call, &wish->rules, &asked->tree, error) ||
        (asked->tree.names_locked && !call_require_unlocked(call, error)))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        if (texts[i] == body_null)
            search_tree_add_unknown(&asked->tree, (enum search_field)(SEARCH_IN_CITY + i));
    filter->all = (struct search_branch){(const void *)asked->tree.all->data, asked->tree.all->len};
    filter->any = (const void *)asked->tree.branches->data;
    filter->n_any = asked->tree.branches->len;
    if (asked->tree.names_trash && filter->trash == SEARCH_WITHOUT_TRASH)
        filter->trash = SEARCH_WITH_TRASH;
    if (asked->tree.names_visibility && !filter->visibilities)
        filter->visibilities = 1u << ASSET_TIMELINE | 1u << ASSET_ARCHIVE | 1u << ASSET_HIDDEN |
                               (call_is_unlocked(call) ? 1u << ASSET_LOCKED : 0);
    return true;
}

/* ---- pages ---- */

char *search_cursor(const struct search_page *page, const struct search_place *place)
{
    g_autofree char *text = g_strdup_printf(
        "%d.%d.%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT, (int)page->by,
        page->is_ascending, place->is_trashed, place->keys[0], place->keys[1], place->id);
    return g_base64_encode((const guchar *)text, strlen(text));
}

static bool read_cursor(const char *cursor, const struct search_page *page, struct search_place *ret_place)
{
    gsize size;
    int64_t numbers[6];
    g_autofree guchar *decoded = g_base64_decode(cursor, &size);
    g_autofree char *text = g_strndup((const char *)decoded, size);
    g_auto(GStrv) parts = g_strsplit(text, ".", -1);
    if (g_strv_length(parts) != G_N_ELEMENTS(numbers))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        if (!g_ascii_string_to_signed(parts[i], 10, INT64_MIN, INT64_MAX, &numbers[i], NULL))
            return false;
    *ret_place = (struct search_place){numbers[2], {numbers[3], numbers[4]}, numbers[5]};
    return numbers[0] == (int64_t)page->by && numbers[1] == page->is_ascending;
}

static bool fill_page(struct call *call, struct search_asked *asked, GError **error)
{
    const struct search_wish *wish = &asked->wish;
    const char *direction = wish->order_by.direction ? wish->order_by.direction : wish->order;
    struct search_page *page = &asked->page;
    int64_t number = wish->page.is_set ? wish->page.value : 1;
    page->limit = wish->size.is_set ? wish->size.value : DEFAULT_SIZE;
    page->offset = (number - 1) * page->limit;
    page->is_ascending = direction && direction[0] == 'a';
    for (int i = 0; wish->order_by.field && orders[i]; i++)
        if (g_str_equal(orders[i], wish->order_by.field))
            page->by = (enum search_by)(SEARCH_BY_TAKEN + i);
    if (!wish->cursor)
        return true;
    if (!read_cursor(wish->cursor, page, &asked->place))
        return call_problem(call, error, "cursor", "is none of this search");
    page->after = &asked->place;
    return true;
}

/* ---- the whole ---- */

static bool make_filter(struct call *call, struct search_asked *asked, GError **error)
{
    const struct search_wish *wish = &asked->wish;
    if (wish->checksum && !hash_decode(wish->checksum, asked->sha1, SHA1_SIZE))
        return call_problem(call, error, "checksum", "must be a SHA-1 in hex or base64");
    if (visibilities_of(wish) == 1u << ASSET_LOCKED && !call_require_unlocked(call, error))
        return false;
    fill_filter(call, asked);
    bool names_path = wish->preview_path || wish->thumbnail_path || wish->video_path;
    asked->matches_nothing =
        wish->people.n > 0 || wish->library.is_set || wish->is_offline.value || wish->ocr || names_path;
    return fill_rules(call, asked, error) && fill_page(call, asked, error);
}

bool search_read_body(struct call *call, struct search_asked *ret_asked, GError **error)
{
    return call_body(call, &search_shape, &ret_asked->wish, error) && make_filter(call, ret_asked, error);
}

bool search_read_query(struct call *call, struct search_asked *ret_asked, GError **error)
{
    return call_query(call, &search_large_shape, &ret_asked->wish, error) && make_filter(call, ret_asked, error);
}

void search_asked_clear(struct search_asked *asked)
{
    search_tree_clear(&asked->tree);
}

/* By a link its album is searched: by nothing that its owner alone knows, and where the link tells nothing of its
 * photos, by nothing that would tell. */
static bool is_told(struct call *call, const struct search_wish *wish)
{
    static const struct search_wish none;
    struct search_wish rest = *wish;
    if (wish->text || wish->path || wish->tags.n > 0 || wish->tags.is_null || wish->people.n > 0 ||
        memcmp(&wish->rules, &none.rules, sizeof none.rules) != 0)
        return false;
    rest.albums = none.albums;
    rest.page = rest.size = none.page;
    rest.type = rest.order = rest.cursor = NULL;
    rest.with_exif = rest.with_people = rest.with_stacked = none.with_exif;
    return !call_hides_metadata(call) || memcmp(&rest, &none, sizeof rest) == 0;
}

bool search_check_link(struct call *call, const struct search_asked *asked, GError **error)
{
    if (call->who->kind != ACCESS_SHARE)
        return true;
    if (asked->wish.albums.n == 0)
        return call_problem(call, error, "albumIds", "is missing");
    return is_told(call, &asked->wish) ||
           err_set(error, ERR_FORBIDDEN, "The photos of this link cannot be searched by that");
}
