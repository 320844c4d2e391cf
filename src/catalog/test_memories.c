/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Memories: those that the server makes, what they show, when they go, and what phones are told. */
#include <glib.h>
#include <string.h>

#include "base/clock.h"
#include "catalog/memories.h"
#include "catalog/test_fixture.h"

static const int64_t DAY = INT64_C(86400000000);

struct acting {
    struct fixture *fixture;
    int64_t day; /* to be made for */
    unsigned n;  /* made, or dropped */
    struct uuid memory;
    struct uuid photos[2];
    enum bulk_outcome outcomes[2];
    struct memory_change change;
    struct asset_change photo_change;
};

static int64_t day_of(int year, int month, int day)
{
    g_autoptr(GDateTime) date = g_date_time_new_utc(year, month, day, 0, 0, 0);
    return g_date_time_to_unix(date) / 86400;
}

static unsigned seed;

static bool do_look(struct db_conn *conn, void *data, GError **error)
{
    const struct media_facts facts = {0};
    return asset_media_apply(conn, *(int64_t *)data, &facts, error);
}

/* A photo of that day, looked into. */
static struct asset_made photo(struct fixture *fixture, int year, int month, int day)
{
    seed++;
    struct asset_made made = fixture_photo(fixture, fixture->user_id, seed, day_of(year, month, day) * DAY + seed);
    fixture_write(fixture, do_look, &made.id);
    return made;
}

static bool do_make(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return memories_make(conn, acting->fixture->user_id, acting->day, &acting->n, error);
}

static bool do_drop(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return memories_drop_old(conn, clock_now_us() - MEMORY_DAYS * DAY, 100, &acting->n, error);
}

static bool do_create(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    const struct memory_new wanted = {.owner_id = acting->fixture->user_id, .year = 2000, .memory_at_us = 5};
    return memories_create(conn, &wanted, &acting->memory, error);
}

static bool do_change(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return memories_change(conn, acting->fixture->user_id, &acting->memory, &acting->change, error);
}

static bool do_delete(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return memories_delete(conn, acting->fixture->user_id, &acting->memory, error);
}

static bool do_add(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    const struct bulk bulk = {acting->fixture->user_id, false, &acting->memory, acting->photos, 2};
    return memories_add(conn, &bulk, acting->outcomes, error);
}

static bool do_remove(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    const struct bulk bulk = {acting->fixture->user_id, false, &acting->memory, acting->photos, 2};
    return memories_remove(conn, &bulk, acting->outcomes, error);
}

static bool do_change_photo(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return asset_change(conn, acting->fixture->user_id, &acting->photos[0], &acting->photo_change, error);
}

static bool do_trash(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return asset_trash(conn, acting->fixture->user_id, &acting->photos[0], error);
}

static unsigned make(struct acting *acting, int64_t day)
{
    acting->day = day;
    fixture_write(acting->fixture, do_make, acting);
    return acting->n;
}

static bool note(const struct memory *memory, void *data)
{
    g_string_append_printf(data, "%d ", (int)memory->year);
    return true;
}

static void expect_years(struct fixture *fixture, struct memory_filter filter, enum memory_order order,
                         const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    int64_t count;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    filter.owner_id = fixture->user_id;
    g_assert_true(memories_list(conn, &filter, order, 0, -1, note, text, &error));
    g_assert_cmpstr(text->str, ==, expected);
    g_assert_true(memories_count(conn, &filter, &count, &error));
    g_assert_cmpuint(count * 5, ==, text->len);
}

static bool take_first(const struct memory *memory, void *data)
{
    *(struct memory *)data = *memory;
    return false;
}

static struct memory first(struct fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    struct memory memory = {0};
    const struct memory_filter all = {.owner_id = fixture->user_id, .is_saved = -1, .is_upcoming = -1};
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    g_assert_true(memories_list(conn, &all, MEMORIES_NEWEST, 0, 1, take_first, &memory, &error));
    return memory;
}

static guint n_shown(struct fixture *fixture, int64_t memory_id)
{
    g_autoptr(GError) error = NULL;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    g_autoptr(GArray) assets = memories_assets(conn, memory_id, &error);
    g_assert_no_error(error);
    return assets->len;
}

static void test_this_day_in_earlier_years(struct fixture *fixture, gconstpointer data)
{
    struct acting acting = {.fixture = fixture};
    int64_t today = day_of(2026, 11, 21);
    g_assert_cmpuint(make(&acting, today), ==, 0);
    photo(fixture, 2024, 11, 21);
    photo(fixture, 2019, 11, 21);
    photo(fixture, 2019, 11, 21);
    photo(fixture, 1965, 11, 21);
    photo(fixture, 2019, 11, 20);
    photo(fixture, 2026, 11, 21);
    fixture_photo(fixture, fixture->user_id, ++seed, day_of(2020, 11, 21) * DAY); /* not looked into yet */
    g_assert_cmpuint(make(&acting, today), ==, 3);
    g_assert_cmpuint(make(&acting, today), ==, 0);
    struct memory_filter all = {.is_saved = -1, .is_upcoming = -1};
    expect_years(fixture, all, MEMORIES_NEWEST, "2024 2019 1965 ");
    expect_years(fixture, all, MEMORIES_OLDEST, "1965 2019 2024 ");
    struct memory memory = first(fixture);
    g_assert_cmpint(memory.memory_at_us, ==, day_of(2024, 11, 21) * DAY);
    g_assert_cmpint(memory.show_at_us, ==, today * DAY);
    g_assert_cmpint(memory.hide_at_us, ==, (today + 1) * DAY - 1000);
    struct memory_filter at = {.is_saved = -1, .is_upcoming = -1, .set_for = true, .for_us = (today + 1) * DAY - 1001};
    expect_years(fixture, at, MEMORIES_NEWEST, "2024 2019 1965 ");
    at.for_us = (today + 1) * DAY;
    expect_years(fixture, at, MEMORIES_NEWEST, "");
    at.for_us = today * DAY - 1;
    expect_years(fixture, at, MEMORIES_NEWEST, "");
    struct memory_filter upcoming = {.is_saved = -1, .is_upcoming = 1, .now_us = today * DAY - 1};
    expect_years(fixture, upcoming, MEMORIES_NEWEST, "2024 2019 1965 ");
    upcoming.now_us++;
    expect_years(fixture, upcoming, MEMORIES_NEWEST, "");
    acting.memory = memory.uuid;
    fixture_write(fixture, do_delete, &acting);
    g_assert_cmpuint(make(&acting, today), ==, 0); /* its owner did not want it */
    g_assert_cmpuint(make(&acting, day_of(2025, 2, 29 - 1)), ==, 0);
    photo(fixture, 2020, 2, 29);
    g_assert_cmpuint(make(&acting, day_of(2028, 2, 29)), ==, 1);
}

static void test_at_most_so_many(struct fixture *fixture, gconstpointer data)
{
    struct acting acting = {.fixture = fixture};
    for (unsigned i = 0; i < MEMORY_PHOTOS + 5; i++)
        acting.photos[0] = photo(fixture, 2020, 1, 1).uuid;
    acting.photo_change = (struct asset_change){.set_favorite = true, .is_favorite = true};
    fixture_write(fixture, do_change_photo, &acting);
    g_assert_cmpuint(make(&acting, day_of(2021, 1, 1)), ==, 1);
    g_assert_cmpuint(n_shown(fixture, first(fixture).id), ==, MEMORY_PHOTOS);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM memory_assets m JOIN assets a ON a.id = m.asset_id"
                                         " WHERE is_favorite"),
                    ==, 1);
}

static void test_what_is_put_away_is_not_shown(struct fixture *fixture, gconstpointer data)
{
    struct acting acting = {.fixture = fixture};
    fixture_write(fixture, do_create, &acting);
    acting.photos[0] = photo(fixture, 2020, 1, 1).uuid;
    acting.photos[1] = photo(fixture, 2020, 1, 1).uuid;
    fixture_write(fixture, do_add, &acting);
    int64_t id = first(fixture).id;
    g_assert_cmpuint(n_shown(fixture, id), ==, 2);
    acting.photo_change = (struct asset_change){.set_visibility = true, .visibility = ASSET_ARCHIVE};
    fixture_write(fixture, do_change_photo, &acting);
    g_assert_cmpuint(n_shown(fixture, id), ==, 1);
    acting.photo_change.visibility = ASSET_TIMELINE;
    fixture_write(fixture, do_change_photo, &acting);
    fixture_write(fixture, do_trash, &acting);
    g_assert_cmpuint(n_shown(fixture, id), ==, 1);
    acting.photo_change.visibility = ASSET_LOCKED;
    fixture_write(fixture, do_change_photo, &acting);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM memory_assets"), ==, 1);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM changes WHERE entity = 'memory_asset'"), ==, 1);
    fixture_write(fixture, do_add, &acting);
    g_assert_cmpint(acting.outcomes[0], ==, BULK_NO_PERMISSION);
    g_assert_cmpint(acting.outcomes[1], ==, BULK_DUPLICATE);
}

static void test_changes_reach_phones(struct fixture *fixture, gconstpointer data)
{
    struct acting acting = {.fixture = fixture};
    fixture_write(fixture, do_create, &acting);
    int64_t before = fixture_ask(fixture, "SELECT update_id FROM memories");
    acting.change = (struct memory_change){true, true, true, 77, true, 88};
    fixture_write(fixture, do_change, &acting);
    struct memory memory = first(fixture);
    g_assert_true(memory.is_saved && memory.seen_at_us == 77 && memory.memory_at_us == 88);
    g_assert_cmpint(fixture_ask(fixture, "SELECT update_id FROM memories"), >, before);
    acting.photos[0] = photo(fixture, 2020, 1, 1).uuid;
    acting.photos[1] = uuid_v4();
    fixture_write(fixture, do_add, &acting);
    g_assert_cmpint(acting.outcomes[0], ==, BULK_DONE);
    g_assert_cmpint(acting.outcomes[1], ==, BULK_NO_PERMISSION);
    fixture_write(fixture, do_remove, &acting);
    g_assert_cmpint(acting.outcomes[0], ==, BULK_DONE);
    g_assert_cmpint(acting.outcomes[1], ==, BULK_NOT_FOUND);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM changes WHERE entity = 'memory_asset'"), ==, 1);
    fixture_write(fixture, do_delete, &acting);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM changes WHERE entity = 'memory'"), ==, 1);
    fixture_write_fails(fixture, do_delete, &acting, ERR_NOT_FOUND);
    fixture_write_fails(fixture, do_change, &acting, ERR_NOT_FOUND);
    fixture_write_fails(fixture, do_add, &acting, ERR_NOT_FOUND);
}

static void test_old_ones_go(struct fixture *fixture, gconstpointer data)
{
    struct acting acting = {.fixture = fixture};
    int64_t now = day_of(2026, 11, 21) * DAY;
    clock_set_for_test(now);
    fixture_write(fixture, do_create, &acting);
    acting.change = (struct memory_change){.set_saved = true, .is_saved = true};
    fixture_write(fixture, do_change, &acting);
    fixture_write(fixture, do_create, &acting);
    photo(fixture, 2025, 11, 21);
    g_assert_cmpuint(make(&acting, now / DAY), ==, 1);
    clock_set_for_test(now + MEMORY_DAYS * DAY);
    fixture_write(fixture, do_drop, &acting);
    g_assert_cmpuint(acting.n, ==, 0);
    clock_set_for_test(now + MEMORY_DAYS * DAY + 1);
    fixture_write(fixture, do_drop, &acting);
    g_assert_cmpuint(acting.n, ==, 2);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM memories WHERE is_saved"), ==, 1);
    clock_set_for_test(now + (MEMORY_DAYS + 1) * DAY);
    fixture_write(fixture, do_drop, &acting);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM memories_made"), ==, 0);
    clock_set_for_test(-1);
}

static bool count_owner(int64_t owner_id, void *data)
{
    (*(unsigned *)data)++;
    return true;
}

static void test_everybody(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    unsigned n = 0;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    g_assert_true(memories_owners(conn, count_owner, &n, &error));
    g_assert_cmpuint(n, ==, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *path;
        void (*run)(struct fixture *fixture, gconstpointer data);
    } tests[] = {
        {"/memories/this-day", test_this_day_in_earlier_years},
        {"/memories/at-most", test_at_most_so_many},
        {"/memories/put-away", test_what_is_put_away_is_not_shown},
        {"/memories/phones", test_changes_reach_phones},
        {"/memories/old-ones", test_old_ones_go},
        {"/memories/everybody", test_everybody},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, struct fixture, NULL, fixture_setup, tests[i].run, fixture_teardown);
    return g_test_run();
}
