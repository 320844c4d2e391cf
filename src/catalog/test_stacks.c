/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Stacks: who is in, who stands for them, what phones are told; and after random work that all rows agree. */
#include <glib.h>
#include <string.h>

#include "catalog/stacks.h"
#include "catalog/sync.h"
#include "catalog/test_fixture.h"

enum { N_ASSETS = 12 };

struct acting {
    int64_t user_id;
    struct uuid stack;
    struct uuid assets[N_ASSETS];
    size_t n;
    struct asset_change change;
};

static bool create(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return stacks_create(conn, acting->user_id, acting->assets, acting->n, &acting->stack, error);
}

static bool choose(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return stacks_choose(conn, acting->user_id, &acting->stack, &acting->assets[0], error);
}

static bool take_out(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return stacks_take_out(conn, acting->user_id, &acting->stack, &acting->assets[0], error);
}

static bool delete_stack(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return stacks_delete(conn, acting->user_id, &acting->stack, error);
}

static bool trash(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return asset_trash(conn, acting->user_id, &acting->assets[0], error);
}

static bool restore(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return asset_restore(conn, acting->user_id, &acting->assets[0], error);
}

static bool delete_asset(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return asset_delete(conn, acting->user_id, &acting->assets[0], NULL, error);
}

static bool change(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return asset_change(conn, acting->user_id, &acting->assets[0], &acting->change, error);
}

static bool copy(struct db_conn *conn, void *data, GError **error)
{
    const int64_t *ids = data;
    return stacks_copy(conn, ids[0], ids[1], error);
}

static bool check_index(struct db_conn *conn, void *data, GError **error)
{
    return db_exec(conn, error, "INSERT INTO asset_names (asset_names, rank) VALUES ('integrity-check', 1)", "") &&
           db_exec(conn, error, "INSERT INTO asset_descriptions (asset_descriptions) VALUES ('integrity-check')", "");
}

/* What must hold at any time, each a number of rows that break it. */
static void check_sound(struct fixture *fixture)
{
    static const char *const wrong[] = {
        "SELECT count(*) FROM stacks s WHERE (SELECT count(*) FROM assets a WHERE a.stack_id = s.id) < 2",
        "SELECT count(*) FROM stacks s WHERE (SELECT count(*) FROM assets a WHERE a.stack_id = s.id AND a.id IN"
        " (s.primary_asset_id, s.chosen_asset_id)) <> 1 + (s.primary_asset_id <> s.chosen_asset_id)",
        "SELECT count(*) FROM assets a LEFT JOIN stacks s ON s.id = a.stack_id LEFT JOIN assets p"
        " ON p.id = s.primary_asset_id WHERE a.is_behind <> coalesce(p.id <> a.id AND p.visibility = a.visibility, 0)"
        " OR a.owner_id <> coalesce(s.owner_id, a.owner_id)",
        "SELECT count(*) FROM stacks s JOIN assets p ON p.id = s.primary_asset_id JOIN assets a ON a.stack_id = s.id"
        " WHERE p.is_trashed AND NOT a.is_trashed",
        "SELECT count(*) FROM assets WHERE stack_id IS NOT NULL AND visibility > 1",
        "SELECT count(*) FROM (SELECT owner_id, 0, month, visibility, is_favorite, count(*) FROM assets"
        " WHERE is_behind AND NOT is_trashed GROUP BY 1, 3, 4, 5 UNION ALL"
        " SELECT owner_id, 1, upload_month, visibility, is_favorite, count(*) FROM assets"
        " WHERE is_behind AND NOT is_trashed GROUP BY 1, 3, 4, 5"
        " EXCEPT SELECT * FROM timeline_behind)",
        "SELECT (SELECT coalesce(sum(assets), 0) FROM timeline_behind) <> 2 * (SELECT count(*) FROM assets"
        " WHERE is_behind AND NOT is_trashed)",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        g_assert_cmpint(fixture_ask(fixture, wrong[i]), ==, 0);
    fixture_write(fixture, check_index, NULL);
}

/* Assets 1 … n, and the first three of them as a stack. */
static struct acting three(struct fixture *fixture, unsigned n)
{
    struct acting acting = {.user_id = fixture->user_id, .n = 3};
    for (unsigned i = 0; i < n; i++)
        acting.assets[i] = fixture_photo(fixture, fixture->user_id, i + 1, (i + 1) * 1000).uuid;
    fixture_write(fixture, create, &acting);
    check_sound(fixture);
    return acting;
}

/* Who stands for the stack of asset 1, and how many it shows. */
static int64_t primary(struct fixture *fixture)
{
    return fixture_ask(fixture, "SELECT primary_asset_id FROM stacks");
}

static guint n_shown(struct fixture *fixture, const struct acting *acting)
{
    g_autoptr(GError) error = NULL;
    struct stack stack;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    g_assert_true(stacks_find(conn, acting->user_id, &acting->stack, &stack, &error));
    g_autoptr(GArray) members = stacks_members(conn, stack.id, &error);
    g_assert_no_error(error);
    g_assert_cmpint(g_array_index(members, int64_t, 0), ==, primary(fixture));
    return members->len;
}

static void test_making(struct fixture *fixture, gconstpointer data)
{
    struct acting acting = three(fixture, 5);
    g_assert_cmpint(primary(fixture), ==, 1);
    g_assert_cmpuint(n_shown(fixture, &acting), ==, 3);
    struct acting bad = acting;
    bad.n = 1;
    fixture_write_fails(fixture, create, &bad, ERR_INVALID);
    bad.n = 2;
    bad.assets[1] = bad.assets[0];
    bad.assets[0] = bad.assets[3];
    bad.assets[1] = bad.assets[3];
    fixture_write_fails(fixture, create, &bad, ERR_INVALID);
    bad.assets[1] = fixture_photo(fixture, fixture->other_id, 99, 0).uuid;
    fixture_write_fails(fixture, create, &bad, ERR_NOT_FOUND);
    bad.assets[1] = uuid_v4();
    fixture_write_fails(fixture, create, &bad, ERR_NOT_FOUND);
    acting.user_id = fixture->other_id;
    fixture_write_fails(fixture, delete_stack, &acting, ERR_NOT_FOUND);
    fixture_write_fails(fixture, choose, &acting, ERR_NOT_FOUND);
    check_sound(fixture);
}

static void test_merging(struct fixture *fixture, gconstpointer data)
{
    struct acting first = three(fixture, 6), second = first;
    second.n = 2;
    second.assets[0] = first.assets[3]; /* new, and the primary of the first: brings all */
    second.assets[1] = first.assets[0];
    fixture_write(fixture, create, &second);
    check_sound(fixture);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM stacks"), ==, 1);
    g_assert_cmpint(primary(fixture), ==, 4);
    g_assert_cmpuint(n_shown(fixture, &second), ==, 4);
    struct acting third = first;
    third.n = 2;
    third.assets[0] = first.assets[4]; /* new, and a member of the second: leaves it */
    third.assets[1] = first.assets[1];
    fixture_write(fixture, create, &third);
    check_sound(fixture);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM stacks"), ==, 2);
    g_assert_cmpuint(fixture_ask(fixture, "SELECT count(*) FROM assets WHERE stack_id IS NOT NULL"), ==, 5);
    int64_t ids[] = {5, 4}; /* what the fourth stands for joins the stack of the fifth */
    fixture_write(fixture, copy, ids);
    check_sound(fixture);
    g_assert_cmpint(primary(fixture), ==, 5);
    g_assert_cmpuint(n_shown(fixture, &third), ==, 5);
}

static void test_choosing_and_taking_out(struct fixture *fixture, gconstpointer data)
{
    struct acting acting = three(fixture, 4), other = acting;
    other.assets[0] = acting.assets[1];
    fixture_write(fixture, choose, &other);
    g_assert_cmpint(primary(fixture), ==, 2);
    check_sound(fixture);
    fixture_write_fails(fixture, take_out, &other, ERR_INVALID);
    fixture_write(fixture, take_out, &acting);
    g_assert_cmpuint(n_shown(fixture, &acting), ==, 2);
    fixture_write_fails(fixture, take_out, &acting, ERR_INVALID);
    other.assets[0] = acting.assets[3];
    fixture_write_fails(fixture, choose, &other, ERR_INVALID);
    other.assets[0] = acting.assets[2];
    fixture_write(fixture, take_out, &other);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM stacks"), ==, 0);
    check_sound(fixture);
}

static void test_trash(struct fixture *fixture, gconstpointer data)
{
    struct acting acting = three(fixture, 3), second = acting, third = acting;
    second.assets[0] = acting.assets[1];
    third.assets[0] = acting.assets[2];
    fixture_write(fixture, trash, &acting);
    check_sound(fixture);
    g_assert_cmpint(primary(fixture), ==, 2);
    g_assert_cmpuint(n_shown(fixture, &acting), ==, 2);
    fixture_write_fails(fixture, choose, &acting, ERR_INVALID);
    fixture_write(fixture, restore, &acting);
    check_sound(fixture);
    g_assert_cmpint(primary(fixture), ==, 1); /* as it was chosen */
    fixture_write(fixture, trash, &acting);
    fixture_write(fixture, trash, &second);
    fixture_write(fixture, trash, &third);
    check_sound(fixture);
    g_assert_cmpuint(n_shown(fixture, &acting), ==, 3);
    fixture_write(fixture, restore, &second);
    g_assert_cmpint(primary(fixture), ==, 2);
    g_assert_cmpuint(n_shown(fixture, &acting), ==, 1);
    fixture_write(fixture, delete_asset, &acting);
    check_sound(fixture);
    g_assert_cmpint(primary(fixture), ==, 2);
    fixture_write(fixture, delete_asset, &third);
    check_sound(fixture);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM stacks"), ==, 0);
}

static void test_what_cannot_be_stacked_leaves(struct fixture *fixture, gconstpointer data)
{
    struct acting acting = three(fixture, 4);
    acting.change = (struct asset_change){.set_visibility = true, .visibility = ASSET_LOCKED};
    fixture_write(fixture, change, &acting);
    check_sound(fixture);
    g_assert_cmpint(primary(fixture), ==, 2);
    fixture_write_fails(fixture, create, &acting, ERR_NOT_FOUND);
    struct asset_new wanted = {
        .owner_id = fixture->user_id, .digest = fixture_digest(50, 10), .file_name = "a.mov", .type = ASSET_VIDEO};
    struct uuid video = fixture_insert(fixture, &wanted).uuid;
    acting.assets[0] = acting.assets[3];
    acting.assets[1] = video;
    acting.n = 2;
    fixture_write(fixture, create, &acting);
    acting.change = (struct asset_change){.set_live_video = true, .live_video = &video};
    fixture_write(fixture, change, &acting);
    check_sound(fixture);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM stacks"), ==, 1);
    fixture_write_fails(fixture, create, &acting, ERR_INVALID);
}

static void test_phones_are_told(struct fixture *fixture, gconstpointer data)
{
    struct acting acting = three(fixture, 4);
    g_assert_cmpint(
        fixture_ask(fixture,
                    "SELECT count(*) FROM assets JOIN stacks s ON s.id = stack_id AND assets.update_id > s.create_id"),
        ==, 3);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(DISTINCT update_id) FROM assets"), ==, 4);
    int64_t before = fixture_ask(fixture, "SELECT update_id FROM stacks");
    fixture_write(fixture, trash, &acting);
    g_assert_cmpint(fixture_ask(fixture, "SELECT update_id FROM stacks"), >, before);
    fixture_write(fixture, delete_stack, &acting);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM changes WHERE entity = 'stack' AND owner_id = 1"), ==,
                    1);
    check_sound(fixture);
}

static bool count_stack(const struct stack *stack, void *data)
{
    (*(unsigned *)data)++;
    return true;
}

static void test_listing(struct fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    struct acting acting = three(fixture, 4);
    const struct {
        int64_t owner_id;
        const struct uuid *primary;
        unsigned n;
    } cases[] = {
        {fixture->user_id, NULL, 1},
        {fixture->user_id, &acting.assets[0], 1},
        {fixture->user_id, &acting.assets[1], 0},
        {fixture->other_id, NULL, 0},
    };
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, &error);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        unsigned n = 0;
        g_assert_true(stacks_list(conn, cases[i].owner_id, cases[i].primary, count_stack, &n, &error));
        g_assert_cmpuint(n, ==, cases[i].n);
    }
}

/* One step of random work; what makes no sense fails, and leaves nothing behind. */
static bool random_step(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    db_work *const works[] = {create, create, choose, take_out, trash, restore, change, delete_stack};
    for (guint i = N_ASSETS - 1; i > 0; i--) {
        guint other = (guint)g_test_rand_int_range(0, (int)i + 1);
        struct uuid swapped = acting->assets[i];
        acting->assets[i] = acting->assets[other];
        acting->assets[other] = swapped;
    }
    acting->n = (size_t)g_test_rand_int_range(2, 5);
    acting->change = (struct asset_change){
        .set_visibility = true,
        .visibility = (enum asset_visibility)g_test_rand_int_range(0, 4),
        .set_taken = true,
        .taken_us = g_test_rand_int_range(0, 4) * INT64_C(2592000000000),
        .set_favorite = true,
        .is_favorite = g_test_rand_bit(),
    };
    acting->change.local_us = acting->change.taken_us;
    return works[g_test_rand_int_range(0, G_N_ELEMENTS(works))](conn, acting, error);
}

static void test_random_work_leaves_it_sound(struct fixture *fixture, gconstpointer data)
{
    struct acting acting = three(fixture, N_ASSETS);
    unsigned n_done = 0;
    for (unsigned i = 0; i < 400; i++) {
        g_autoptr(GError) error = NULL;
        n_done += db_write(fixture->db, random_step, &acting, &error);
        check_sound(fixture);
    }
    g_assert_cmpuint(n_done, >, 100);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *path;
        void (*run)(struct fixture *fixture, gconstpointer data);
    } tests[] = {
        {"/stacks/making", test_making},
        {"/stacks/merging", test_merging},
        {"/stacks/choosing", test_choosing_and_taking_out},
        {"/stacks/trash", test_trash},
        {"/stacks/outsiders", test_what_cannot_be_stacked_leaves},
        {"/stacks/phones", test_phones_are_told},
        {"/stacks/listing", test_listing},
        {"/stacks/random", test_random_work_leaves_it_sound},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, struct fixture, NULL, fixture_setup, tests[i].run, fixture_teardown);
    return g_test_run();
}
