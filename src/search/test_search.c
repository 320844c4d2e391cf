/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each part of a filter alone and together with others, orders, pages, words. */
#include <glib.h>
#include <string.h>

#include "catalog/albums.h"
#include "catalog/test_fixture.h"
#include "search/search.h"

enum { N = 6 };

struct library {
    int64_t user_id;
    struct asset_made made[N];
    struct uuid album;
};

static bool write_facts(struct db_conn *conn, void *data, GError **error)
{
    struct library *library = data;
    static const char *const makes[N] = {"Canon", "Canon", "Nikon", NULL, "Canon", NULL};
    for (int i = 0; i < N; i++) {
        struct media_facts facts = {
            .width_px = 10,
            .height_px = 10,
            .make = makes[i],
            .model = makes[i] ? (i % 2 ? "Two" : "One") : NULL,
            .description = i == 0   ? "100% of the_sea"
                           : i == 1 ? "1000 seas"
                                    : NULL,
            .keywords = i == 2 ? "Old Harbour" : NULL,
            .has_rating = i == 2,
            .rating = 5,
            .motion_offset = i == 3 ? 100 : 0,
            .motion_bytes = i == 3 ? 100 : 0,
        };
        if (!asset_media_apply(conn, library->made[i].id, &facts, error))
            return false;
    }
    return true;
}

static bool write_rest(struct db_conn *conn, void *data, GError **error)
{
    struct library *library = data;
    enum album_outcome outcomes[2];
    const struct uuid in_album[] = {library->made[0].uuid, library->made[2].uuid};
    const struct asset_change favorite = {.set_favorite = true, .is_favorite = true};
    const struct asset_change archive = {.set_visibility = true, .visibility = ASSET_ARCHIVE};
    const struct asset_change lock = {.set_visibility = true, .visibility = ASSET_LOCKED};
    return albums_create(conn, &(struct album_new){library->user_id, "Sea", NULL}, &library->album, error) &&
           albums_add(conn, library->user_id, &library->album, in_album, 2, outcomes, error) &&
           asset_change(conn, library->user_id, &library->made[1].uuid, &favorite, error) &&
           asset_change(conn, library->user_id, &library->made[3].uuid, &archive, error) &&
           asset_change(conn, library->user_id, &library->made[5].uuid, &lock, error) &&
           asset_trash(conn, library->user_id, &library->made[4].uuid, error);
}

/* Six photos, the one with the highest number the newest; 4 lies in the trash, 5 is locked away. */
static struct library fill(struct fixture *fixture)
{
    struct library library = {.user_id = fixture->user_id};
    for (unsigned i = 0; i < N; i++)
        library.made[i] = fixture_photo(fixture, fixture->user_id, i + 1, (i + 1) * INT64_C(86400000000));
    fixture_photo(fixture, fixture->other_id, 20, 1);
    fixture_write(fixture, write_facts, &library);
    fixture_write(fixture, write_rest, &library);
    return library;
}

static const struct search_filter all = {.type = -1, .is_favorite = -1, .is_motion = -1};

/* The numbers of what is found, in its order, such as "310". */
static void expect(struct fixture *fixture, const struct library *library, struct search_filter filter,
                   struct search_page page, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) found = g_string_new(NULL);
    filter.owner_id = fixture->user_id;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    g_autoptr(GArray) ids = search_assets(conn, &filter, &page, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < ids->len; i++)
        for (int k = 0; k < N; k++)
            if (library->made[k].id == g_array_index(ids, int64_t, i))
                g_string_append_printf(found, "%d", k);
    g_assert_cmpstr(found->str, ==, expected);
}

#define EXPECT(expected, ...)                                                                                          \
    do {                                                                                                               \
        struct search_filter filter = all;                                                                             \
        __VA_ARGS__;                                                                                                   \
        expect(fixture, &library, filter, (struct search_page){.limit = 100}, expected);                               \
    } while (0)

static void test_each_part(struct fixture *fixture, gconstpointer data)
{
    struct library library = fill(fixture);
    struct blob_digest digest = fixture_digest(3, 1);
    const int64_t day_us = INT64_C(86400000000);
    EXPECT("3210", (void)filter);
    EXPECT("32104", filter.trash = SEARCH_WITH_TRASH);
    EXPECT("4", filter.trash = SEARCH_ONLY_TRASH);
    EXPECT("5", filter.visibilities = 1u << ASSET_LOCKED);
    EXPECT("2", filter.id = &library.made[2].uuid);
    EXPECT("2", filter.sha1 = digest.sha1);
    EXPECT("0", filter.description = "100%");
    EXPECT("0", filter.description = "The_Sea");
    EXPECT("10", filter.description = "sea");
    EXPECT("10", filter.text = "SEA");
    EXPECT("1", filter.text = "  seas canon ");
    EXPECT("104", (filter.text = "canon", filter.trash = SEARCH_WITH_TRASH));
    EXPECT("2", filter.text = "nikon one");
    EXPECT("", filter.text = "nikon two");
    EXPECT("2", filter.text = "harbour");
    EXPECT("0", filter.text = "100%");
    EXPECT("3210", filter.text = "");
    EXPECT("1", filter.is_favorite = 1);
    EXPECT("320", filter.is_favorite = 0);
    EXPECT("3", filter.is_motion = 1);
    EXPECT("31", filter.is_not_in_album = true);
    EXPECT("20", (filter.albums = &library.album, filter.n_albums = 1));
    EXPECT("10", filter.make = "Canon");
    EXPECT("1", (filter.make = "Canon", filter.model = "Two"));
    EXPECT("2", (filter.set_rating = true, filter.rating = 5));
    EXPECT("310", filter.set_rating = true);
    EXPECT("32", filter.taken_after = ((struct search_time){true, 3 * day_us}));
    EXPECT("210", filter.taken_before = ((struct search_time){true, 3 * day_us}));
    EXPECT("4", (filter.trash = SEARCH_ONLY_TRASH, filter.trashed_after = ((struct search_time){true, 1})));
    EXPECT("", filter.city = "Berlin");
    EXPECT("", filter.file_name = "' OR 1 = 1 --");
    EXPECT("", filter.type = ASSET_VIDEO);
}

static void test_orders_and_pages(struct fixture *fixture, gconstpointer data)
{
    struct library library = fill(fixture);
    expect(fixture, &library, all, (struct search_page){.is_ascending = true, .limit = 100}, "0123");
    expect(fixture, &library, all, (struct search_page){.offset = 1, .limit = 2}, "21");
    expect(fixture, &library, all, (struct search_page){.offset = 9, .limit = 2}, "");
    expect(fixture, &library, all, (struct search_page){.by = SEARCH_BY_SIZE, .limit = 9}, "3210");
    expect(fixture, &library, all, (struct search_page){.by = SEARCH_BY_RATING, .is_ascending = true, .limit = 9},
           "0132");
    g_autoptr(GError) error = NULL;
    struct search_filter filter = all;
    filter.owner_id = fixture->user_id;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    g_autoptr(GArray) some =
        search_assets(conn, &filter, &(struct search_page){.by = SEARCH_AT_RANDOM, .limit = 3}, &error);
    g_assert_cmpuint(some->len, ==, 3);
    int64_t count;
    g_assert_true(search_count(conn, &filter, &count, &error));
    g_assert_cmpint(count, ==, 4);
}

/* One after the other by places, in both directions, gives all. */
static void test_places(struct fixture *fixture, gconstpointer data)
{
    struct library library = fill(fixture);
    for (unsigned i = 0; i < 2 * SEARCH_AT_RANDOM; i++) {
        g_autoptr(GError) error = NULL;
        struct search_filter filter = all;
        struct search_page page = {.by = (enum search_by)(i / 2), .is_ascending = i % 2, .limit = 100};
        struct search_place place;
        filter.owner_id = fixture->user_id;
        filter.trash = i % 3 ? SEARCH_WITH_TRASH : SEARCH_WITHOUT_TRASH;
        DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
        g_autoptr(GArray) whole = search_assets(conn, &filter, &page, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(whole->len, ==, i % 3 ? 5 : 4);
        page.limit = 1;
        for (guint k = 0; k < whole->len; k++) {
            g_autoptr(GArray) one = search_assets(conn, &filter, &page, &error);
            g_assert_no_error(error);
            g_assert_cmpint(g_array_index(one, int64_t, 0), ==, g_array_index(whole, int64_t, k));
            g_assert_true(search_place_of(conn, g_array_index(one, int64_t, 0), page.by, &place, &error));
            page.after = &place;
        }
        g_autoptr(GArray) none = search_assets(conn, &filter, &page, &error);
        g_assert_cmpuint(none->len, ==, 0);
        g_assert_false(search_place_of(conn, library.made[0].id + 1000, page.by, &place, &error));
    }
}

static const struct db_value canon = {.kind = DB_TEXT, .bytes = "Canon"},
                             two_makes[] = {{.kind = DB_TEXT, .bytes = "Canon"}, {.kind = DB_TEXT, .bytes = "Nikon"}};
static const struct db_value one = {.kind = DB_INT, .number = 1}, five = {.kind = DB_INT, .number = 5};
static const struct db_value img = {.kind = DB_TEXT, .bytes = "img"}, sea = {.kind = DB_TEXT, .bytes = "100% of"};

#define CONDITION(field_, op_, values_, n_)                                                                            \
    (struct search_condition)                                                                                          \
    {                                                                                                                  \
        .field = field_, .op = op_, .values = values_, .n = n_                                                         \
    }
#define EXPECT_ALL(expected, ...)                                                                                      \
    do {                                                                                                               \
        const struct search_condition conditions[] = {__VA_ARGS__};                                                    \
        EXPECT(expected, filter.all = ((struct search_branch){conditions, G_N_ELEMENTS(conditions)}));                 \
    } while (0)

static void test_trees(struct fixture *fixture, gconstpointer data)
{
    struct library library = fill(fixture);
    const struct db_value album = {.kind = DB_BLOB, .bytes = library.album.bytes, .size = 16};
    const struct db_value none = {.kind = DB_BLOB, .bytes = "0123456789abcdef", .size = 16};
    const struct db_value both[] = {album, none};
    EXPECT_ALL("10", CONDITION(SEARCH_OF_MAKE, SEARCH_EQ, &canon, 1));
    EXPECT_ALL("2", CONDITION(SEARCH_OF_MAKE, SEARCH_NE, &canon, 1));
    EXPECT_ALL("210", CONDITION(SEARCH_OF_MAKE, SEARCH_AMONG, two_makes, 2));
    EXPECT_ALL("", CONDITION(SEARCH_OF_MAKE, SEARCH_NOT_AMONG, two_makes, 2));
    EXPECT_ALL("", CONDITION(SEARCH_OF_MAKE, SEARCH_AMONG, NULL, 0));
    EXPECT_ALL("3", CONDITION(SEARCH_OF_MAKE, SEARCH_IS_NULL, NULL, 0));
    EXPECT_ALL("210", CONDITION(SEARCH_OF_MAKE, SEARCH_NOT_NULL, NULL, 0));
    EXPECT_ALL("3210", CONDITION(SEARCH_FILE_NAME, SEARCH_STARTS, &img, 1));
    EXPECT_ALL("", CONDITION(SEARCH_FILE_NAME, SEARCH_ENDS, &img, 1));
    EXPECT_ALL("", CONDITION(SEARCH_FILE_NAME, SEARCH_LACKS, &img, 1));
    EXPECT_ALL("0", CONDITION(SEARCH_DESCRIPTION, SEARCH_HAS, &sea, 1));
    EXPECT_ALL("2", CONDITION(SEARCH_RATING, SEARCH_GE, &five, 1));
    EXPECT_ALL("1", CONDITION(SEARCH_IS_FAVORITE, SEARCH_EQ, &one, 1));
    EXPECT_ALL("3", CONDITION(SEARCH_IS_MOTION, SEARCH_EQ, &one, 1));
    EXPECT_ALL("20", CONDITION(SEARCH_HAS_ALBUMS, SEARCH_EQ, &one, 1));
    EXPECT_ALL("2", CONDITION(SEARCH_HAS_TAGS, SEARCH_EQ, &one, 1));
    EXPECT_ALL("", CONDITION(SEARCH_HAS_PEOPLE, SEARCH_EQ, &one, 1));
    EXPECT_ALL("20", CONDITION(SEARCH_ALBUMS, SEARCH_ANY, both, 2));
    EXPECT_ALL("", CONDITION(SEARCH_ALBUMS, SEARCH_ALL, both, 2));
    EXPECT_ALL("31", CONDITION(SEARCH_ALBUMS, SEARCH_NONE, both, 2));
    EXPECT_ALL("", CONDITION(SEARCH_PEOPLE, SEARCH_ANY, &none, 1));
    EXPECT_ALL("3210", CONDITION(SEARCH_PEOPLE, SEARCH_NONE, &none, 1));
    EXPECT_ALL("", CONDITION(SEARCH_TAGS, SEARCH_ANY, &none, 1));
    EXPECT_ALL("", CONDITION(SEARCH_NOTHING, SEARCH_EQ, &canon, 1));
    EXPECT_ALL("0", CONDITION(SEARCH_OF_MAKE, SEARCH_EQ, &canon, 1), CONDITION(SEARCH_HAS_ALBUMS, SEARCH_EQ, &one, 1));
    const struct search_condition makes[] = {CONDITION(SEARCH_OF_MAKE, SEARCH_EQ, &two_makes[1], 1),
                                             CONDITION(SEARCH_IS_FAVORITE, SEARCH_EQ, &one, 1)};
    const struct search_branch either[] = {{&makes[0], 1}, {&makes[1], 1}};
    EXPECT("21", (filter.any = either, filter.n_any = 2));
    EXPECT("2", (filter.any = either, filter.n_any = 1));
    const struct search_branch open[] = {{&makes[0], 1}, {NULL, 0}};
    EXPECT("3210", (filter.any = open, filter.n_any = 2));
}

/* By the index and without it: the same, whatever the part. */
static void test_parts_of_names(struct fixture *fixture, gconstpointer data)
{
    static const char *const names[] = {"IMG_2024.JPG", "100% \"sure\".png", "Ürlaub am Meer.heic", "a_b.jpg",
                                        "axb.jpg"};
    static const struct {
        const char *part, *expected;
    } cases[] = {
        {"g_2", "0"},     {"IMG_2024.jpg", "0"}, {"img", "0"},      {"0%", "1"},    {"% \"s", "1"},
        {"sure\"", "1"},  {"rlaub", "2"},        {"Ürlaub", "2"},   {"lau", "2"},   {"a_b", "3"},
        {"axb", "4"},     {"a", "432"},          {"am", "2"},       {".", "43210"}, {"nothing", ""},
        {"IMG_2025", ""}, {"", "43210"},         {"2024.JPG.", ""}, {"jpg", "430"},
    };
    struct library library = {.user_id = fixture->user_id};
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        const struct asset_new wanted = {.owner_id = fixture->user_id,
                                         .digest = fixture_digest(i + 1, 5),
                                         .file_name = names[i],
                                         .taken_us = i * 1000};
        library.made[i] = fixture_insert(fixture, &wanted);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const struct db_value part = {.kind = DB_TEXT, .bytes = cases[i].part};
        EXPECT(cases[i].expected, filter.file_name = cases[i].part);
        EXPECT_ALL(cases[i].expected, CONDITION(SEARCH_FILE_NAME, SEARCH_HAS, &part, 1));
    }
}

static void join(const char *word, void *data)
{
    g_string_append_printf(data, "%s ", word ? word : "-");
}

static void test_words(struct fixture *fixture, gconstpointer data)
{
    fill(fixture);
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) words = g_string_new(NULL);
    struct search_filter filter = all;
    filter.owner_id = fixture->user_id;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    g_assert_true(search_words(conn, &filter, SEARCH_MAKE, false, join, words, &error));
    g_assert_cmpstr(words->str, ==, "Canon Nikon ");
    filter.make = "Canon";
    g_assert_true(search_words(conn, &filter, SEARCH_MODEL, true, join, words, &error));
    g_assert_cmpstr(words->str, ==, "Canon Nikon One Two ");
    g_assert_true(search_words(conn, &filter, SEARCH_CITY, true, join, words, &error));
    g_assert_cmpstr(words->str, ==, "Canon Nikon One Two - ");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/search/parts", struct fixture, NULL, fixture_setup, test_each_part, fixture_teardown);
    g_test_add("/search/pages", struct fixture, NULL, fixture_setup, test_orders_and_pages, fixture_teardown);
    g_test_add("/search/places", struct fixture, NULL, fixture_setup, test_places, fixture_teardown);
    g_test_add("/search/trees", struct fixture, NULL, fixture_setup, test_trees, fixture_teardown);
    g_test_add("/search/names", struct fixture, NULL, fixture_setup, test_parts_of_names, fixture_teardown);
    g_test_add("/search/words", struct fixture, NULL, fixture_setup, test_words, fixture_teardown);
    return g_test_run();
}
