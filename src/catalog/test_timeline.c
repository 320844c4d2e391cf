/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The timeline: order, filters, edges of months; and the counters against a count by hand after random work. */
#include <glib.h>
#include <string.h>

#include "base/error.h"
#include "catalog/test_fixture.h"
#include "catalog/timeline.h"

static const int64_t SECOND = INT64_C(1000000);
static const int64_t HOUR = INT64_C(3600000000);
static const int64_t AUGUST_13 = INT64_C(1723507200000000); /* 2024-08-13T00:00:00Z */

static void collect_month(int month, int64_t count, void *data)
{
    g_string_append_printf(data, "%d:%d ", month, (int)count);
}

static char *months(struct fixture *fixture, struct timeline_filter filter)
{
    g_autoptr(GError) error = NULL;
    GString *text = g_string_new(NULL);
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    filter.owner_id = fixture->user_id;
    timeline_months(conn, &filter, collect_month, text, &error);
    g_assert_no_error(error);
    return g_string_free(text, FALSE);
}

/* The items of a month; their pointers are stale. */
static GArray *bucket(struct fixture *fixture, struct timeline_filter filter, int month)
{
    g_autoptr(GError) error = NULL;
    GArray *items = g_array_new(FALSE, FALSE, sizeof(struct timeline_item));
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    filter.owner_id = fixture->user_id;
    DB_ROWS struct db_rows *rows = timeline_bucket(conn, &filter, month, &error);
    g_assert_no_error(error);
    for (struct timeline_item item; timeline_next(rows, &item, &error);)
        g_array_append_val(items, item);
    g_assert_no_error(error);
    return items;
}

static const struct timeline_item *at(GArray *items, guint i)
{
    g_assert_cmpuint(i, <, items->len);
    return &g_array_index(items, struct timeline_item, i);
}

static void test_months_know_year_ends_and_old_times(struct fixture *fixture, gconstpointer data)
{
    static const int64_t times[] = {INT64_C(1704067199999999),
                                    INT64_C(1704067200000000), /* around 2024-01-01 */
                                    -1,
                                    0,                          /* around 1970-01-01 */
                                    INT64_C(-2208988800000000), /* 1900-01-01 */
                                    INT64_MAX,
                                    INT64_MIN};
    static const int names[] = {20231201, 20240101, 19691201, 19700101, 19000101, 99991201, 10101};
    struct timeline_filter filter = {.is_favorite = -1};
    for (unsigned i = 0; i < G_N_ELEMENTS(times); i++) {
        struct asset_made made = fixture_photo(fixture, fixture->user_id, i + 1, times[i]);
        g_autoptr(GArray) items = bucket(fixture, filter, names[i]);
        g_assert_cmpuint(items->len, ==, 1);
        g_assert_true(uuid_equal(&at(items, 0)->uuid, &made.uuid));
    }
    g_autofree char *down = months(fixture, filter);
    g_assert_cmpstr(down, ==, "99991201:1 20240101:1 20231201:1 19700101:1 19691201:1 19000101:1 10101:1 ");
    filter.ascending = true;
    g_autofree char *up = months(fixture, filter);
    g_assert_cmpstr(up, ==, "10101:1 19000101:1 19691201:1 19700101:1 20231201:1 20240101:1 99991201:1 ");
}

static void test_month_names(void)
{
    int month = 7;
    g_assert_true(timeline_month_parse("2024-08-01", &month));
    g_assert_cmpint(month, ==, 20240801);
    g_assert_true(timeline_month_parse("2024-12-01T00:00:00.000Z", &month));
    g_assert_cmpint(month, ==, 20241201);
    static const char *const bad[] = {"",           "2024",       "2024-13-01",  "2024-00-01",
                                      "0000-01-01", "2024/08/01", "2024-08-01x", "abcd-ef-gh"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(timeline_month_parse(bad[i], &month));
    g_assert_false(timeline_month_parse(NULL, &month));
    g_assert_cmpint(month, ==, 20241201);
}

struct change {
    struct fixture *fixture;
    int64_t owner_id;
    struct uuid uuid;
    struct asset_change change;
};

static bool do_change(struct db_conn *conn, void *data, GError **error)
{
    struct change *change = data;
    return asset_change(conn, change->owner_id, &change->uuid, &change->change, error);
}

/* Local day first, then instant: a photo taken later in the instant but earlier on its own calendar comes after. */
static void test_order_is_local_day_then_instant(struct fixture *fixture, gconstpointer data)
{
    struct uuid ids[4];
    const int64_t taken[] = {AUGUST_13 + HOUR, AUGUST_13 + 2 * HOUR, AUGUST_13 - HOUR, AUGUST_13 + HOUR};
    const int64_t local[] = {AUGUST_13 + HOUR, AUGUST_13 - 4 * HOUR, AUGUST_13 + HOUR, AUGUST_13 + HOUR};
    for (unsigned i = 0; i < 4; i++) {
        ids[i] = fixture_photo(fixture, fixture->user_id, i + 1, 0).uuid;
        struct change change = {
            fixture, fixture->user_id, ids[i], {.set_taken = true, .taken_us = taken[i], .local_us = local[i]}};
        fixture_write(fixture, do_change, &change);
    }
    static const int down[] = {3, 0, 2, 1};
    struct timeline_filter filter = {.is_favorite = -1};
    g_autoptr(GArray) items = bucket(fixture, filter, 20240801);
    filter.ascending = true;
    g_autoptr(GArray) reverse = bucket(fixture, filter, 20240801);
    g_assert_cmpuint(items->len, ==, 4);
    for (guint i = 0; i < 4; i++) {
        g_assert_true(uuid_equal(&at(items, i)->uuid, &ids[down[i]]));
        g_assert_true(uuid_equal(&at(reverse, 3 - i)->uuid, &ids[down[i]]));
    }
}

static void test_filters(struct fixture *fixture, gconstpointer data)
{
    struct asset_new asset = {.owner_id = fixture->user_id, .file_name = "a.jpg", .taken_us = AUGUST_13};
    for (unsigned i = 0; i < 8; i++) {
        asset.digest = fixture_digest(i + 1, 10);
        asset.visibility = (enum asset_visibility)(i % 4);
        asset.is_favorite = i >= 4;
        asset.type = i == 0 ? ASSET_VIDEO : ASSET_IMAGE;
        fixture_insert(fixture, &asset);
    }
    static const struct {
        struct timeline_filter filter;
        guint count;
    } cases[] = {{{.is_favorite = -1}, 4},
                 {{.is_favorite = 1}, 2},
                 {{.is_favorite = -1, .visibilities = 1u << ASSET_TIMELINE}, 2},
                 {{.is_favorite = 0, .visibilities = 1u << ASSET_LOCKED}, 1},
                 {{.is_favorite = -1, .visibilities = 15}, 8},
                 {{.is_favorite = -1, .is_trashed = true}, 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GArray) items = bucket(fixture, cases[i].filter, 20240801);
        g_assert_cmpuint(items->len, ==, cases[i].count);
        g_autofree char *expected = cases[i].count ? g_strdup_printf("20240801:%u ", cases[i].count) : g_strdup("");
        g_autofree char *got = months(fixture, cases[i].filter);
        g_assert_cmpstr(got, ==, expected);
    }
    struct timeline_filter uploads = {.is_favorite = -1, .by_upload = true};
    g_autofree char *by_upload = months(fixture, uploads);
    g_autoptr(GArray) items = bucket(fixture, uploads, (int)g_ascii_strtoll(by_upload, NULL, 10));
    g_assert_cmpuint(items->len, ==, 4);
}

static void test_place_is_read_on_demand(struct fixture *fixture, gconstpointer data)
{
    struct uuid id = fixture_photo(fixture, fixture->user_id, 1, AUGUST_13).uuid;
    struct change change = {fixture, fixture->user_id, id, {.set_position = true, .latitude = 48.5, .longitude = 0}};
    fixture_write(fixture, do_change, &change);
    for (int i = 0; i < 8; i++) {
        struct timeline_filter filter = {
            .is_favorite = -1, .with_place = i & 1, .by_upload = i & 2, .ascending = i & 4};
        g_autofree char *month = months(fixture, filter);
        g_autoptr(GArray) items = bucket(fixture, filter, (int)g_ascii_strtoll(month, NULL, 10));
        g_assert_cmpint(at(items, 0)->has_position, ==, filter.with_place);
        g_assert_cmpfloat(at(items, 0)->latitude, ==, filter.with_place ? 48.5 : 0);
    }
}

/* ---- counters against a count by hand ---- */

struct random_step {
    struct fixture *fixture;
    GArray *alive; /* struct change: owner and uuid */
    unsigned seed; /* last one used */
    GRand *random;
};

static int64_t random_time(GRand *random)
{
    return AUGUST_13 + (int64_t)g_rand_int_range(random, -100, 100) * 24 * HOUR +
           g_rand_int_range(random, 0, 86400) * SECOND;
}

static bool step_insert(struct db_conn *conn, struct random_step *step, GError **error)
{
    struct asset_made made;
    unsigned seed = ++step->seed;
    struct asset_new asset = {.owner_id = seed % 2 ? step->fixture->user_id : step->fixture->other_id,
                              .digest = fixture_digest(seed, g_rand_int_range(step->random, 0, 9999)),
                              .file_name = "x.jpg",
                              .type = (enum asset_type)g_rand_int_range(step->random, 0, 4),
                              .visibility = (enum asset_visibility)g_rand_int_range(step->random, 0, 4),
                              .is_favorite = g_rand_boolean(step->random),
                              .taken_us = random_time(step->random)};
    if (!asset_insert(conn, &asset, &made, error))
        return false;
    struct change change = {.owner_id = asset.owner_id, .uuid = made.uuid};
    g_array_append_val(step->alive, change);
    return true;
}

static bool step_once(struct db_conn *conn, struct random_step *step, GError **error)
{
    int what = g_rand_int_range(step->random, 0, 10);
    if (what < 4 || step->alive->len == 0)
        return step_insert(conn, step, error);
    guint index = (guint)g_rand_int_range(step->random, 0, (gint32)step->alive->len);
    struct change *victim = &g_array_index(step->alive, struct change, index);
    struct asset_change change = {.set_favorite = what == 4,
                                  .is_favorite = g_rand_boolean(step->random),
                                  .set_visibility = what == 5,
                                  .visibility = (enum asset_visibility)g_rand_int_range(step->random, 0, 4),
                                  .set_taken = what == 6,
                                  .taken_us = random_time(step->random)};
    change.local_us = change.taken_us;
    if (what <= 6)
        return asset_change(conn, victim->owner_id, &victim->uuid, &change, error);
    if (what == 7)
        return asset_trash(conn, victim->owner_id, &victim->uuid, error);
    if (what == 8)
        return asset_restore(conn, victim->owner_id, &victim->uuid, error);
    if (!asset_delete(conn, victim->owner_id, &victim->uuid, NULL, error))
        return false;
    g_array_remove_index_fast(step->alive, index);
    return true;
}

static bool many_steps(struct db_conn *conn, void *data, GError **error)
{
    for (int i = 0; i < 50; i++) {
        if (!step_once(conn, data, error))
            return false;
    }
    return true;
}

/* Rows of one side that the other lacks. */
#define KEYS "owner_id, is_trashed, visibility, is_favorite, type"
#define BY_HAND                                                                                                        \
    "SELECT 0 AS basis, " KEYS ", CAST(strftime('%Y%m01', local_us / 1000000, 'unixepoch') AS INTEGER) AS m,"          \
    " count(*) AS assets, sum(size_bytes) AS bytes FROM assets GROUP BY " KEYS ", m UNION ALL"                         \
    " SELECT 1, " KEYS ", CAST(strftime('%Y%m01', uploaded_us / 1000000, 'unixepoch') AS INTEGER) AS m,"               \
    " count(*), sum(size_bytes) FROM assets GROUP BY " KEYS ", m"
#define KEPT "SELECT basis, " KEYS ", month, assets, bytes FROM timeline_months WHERE assets > 0 OR bytes > 0"

static void check_counters(struct fixture *fixture)
{
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM (" BY_HAND " EXCEPT " KEPT ")"), ==, 0);
    g_assert_cmpint(
        fixture_ask(fixture, "SELECT count(*) FROM (SELECT * FROM (" KEPT ") EXCEPT SELECT * FROM (" BY_HAND "))"), ==,
        0);
    g_assert_cmpint(fixture_ask(fixture,
                                "SELECT count(*) FROM users u WHERE usage_bytes <> coalesce((SELECT sum(size_bytes)"
                                " FROM assets WHERE owner_id = u.id), 0)"),
                    ==, 0);
}

static void check_statistics(struct fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    struct asset_filter filter = {
        .owner_id = fixture->user_id, .visibilities = 1u << ASSET_TIMELINE, .is_favorite = 1, .is_trashed = 0};
    struct asset_statistics statistics;
    g_assert_true(asset_statistics(conn, &filter, &statistics, &error));
    g_assert_cmpint(statistics.images, ==,
                    fixture_ask(fixture, "SELECT count(*) FROM assets WHERE owner_id = 1 AND visibility = 0 AND "
                                         "is_favorite AND NOT is_trashed AND type = 0"));
    g_assert_true(
        asset_statistics(conn, &(struct asset_filter){.is_favorite = -1, .is_trashed = -1}, &statistics, &error));
    g_assert_cmpint(statistics.total, ==, fixture_ask(fixture, "SELECT count(*) FROM assets"));
    g_assert_cmpint(statistics.total_bytes, ==,
                    fixture_ask(fixture, "SELECT coalesce(sum(size_bytes), 0) FROM assets"));
    int64_t waiting, failed;
    g_assert_true(asset_media_counts(conn, 0, &waiting, &failed, &error));
    g_assert_cmpint(waiting, ==, statistics.total);
    g_assert_cmpint(failed, ==, 0);
}

static void test_counters_equal_a_count_by_hand(struct fixture *fixture, gconstpointer data)
{
    struct random_step step = {.fixture = fixture,
                               .alive = g_array_new(FALSE, FALSE, sizeof(struct change)),
                               .random = g_rand_new_with_seed(g_test_rand_int())};
    for (int round = 0; round < 30; round++) {
        fixture_write(fixture, many_steps, &step);
        check_counters(fixture);
    }
    check_statistics(fixture);
    g_assert_cmpuint(step.alive->len, >, 50);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM assets"), ==, step.alive->len);
    g_array_unref(step.alive);
    g_rand_free(step.random);
}

static void add(const char *name, void (*test)(struct fixture *, gconstpointer))
{
    g_test_add(name, struct fixture, NULL, fixture_setup, test, fixture_teardown);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/timeline/month-names", test_month_names);
    add("/timeline/edges", test_months_know_year_ends_and_old_times);
    add("/timeline/order", test_order_is_local_day_then_instant);
    add("/timeline/filters", test_filters);
    add("/timeline/place", test_place_is_read_on_demand);
    add("/timeline/counters", test_counters_equal_a_count_by_hand);
    return g_test_run();
}
