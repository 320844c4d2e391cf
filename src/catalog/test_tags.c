/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tags: their tree; what keywords of files make of it; and that a person's word stays when the file is read again. */
#include <glib.h>
#include <string.h>

#include "catalog/tags.h"
#include "catalog/test_fixture.h"

struct acting {
    struct fixture *fixture;
    struct asset_made photo, other;
    const char *keywords; /* what the file of the photo says */
    const char *value, *name, *color;
    const struct uuid *parent;
    struct uuid tag;
    enum bulk_outcome outcomes[3];
};

static struct acting begin(struct fixture *fixture)
{
    return (struct acting){.fixture = fixture,
                           .photo = fixture_photo(fixture, fixture->user_id, 1, 0),
                           .other = fixture_photo(fixture, fixture->user_id, 2, 0)};
}

static bool do_read(struct db_conn *conn, void *data, GError **error)
{
    const struct acting *acting = data;
    const struct media_facts facts = {.keywords = acting->keywords};
    return asset_media_apply(conn, acting->photo.id, &facts, error);
}

static bool do_read_other(struct db_conn *conn, void *data, GError **error)
{
    const struct acting *acting = data;
    const struct media_facts facts = {.keywords = acting->keywords};
    return asset_media_apply(conn, acting->other.id, &facts, error);
}

static bool do_upsert(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return tags_upsert(conn, acting->fixture->user_id, acting->value, &acting->tag, error);
}

static bool do_create(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    const struct tag_new wanted = {acting->fixture->user_id, acting->name, acting->parent, acting->color};
    return tags_create(conn, &wanted, &acting->tag, error);
}

static bool do_color(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return tags_set_color(conn, acting->fixture->user_id, &acting->tag, acting->color, error);
}

static bool do_rename(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    struct tag_progress progress = {0};
    while (!progress.is_done)
        if (!tags_detach(conn, acting->fixture->user_id, &acting->tag, 1, &progress, error))
            return false;
    return tags_rename(conn, acting->fixture->user_id, &acting->tag, acting->name, error);
}

static bool do_delete(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    for (bool is_done = false; !is_done;)
        if (!tags_delete(conn, acting->fixture->user_id, &acting->tag, 1, &is_done, error))
            return false;
    return true;
}

static struct bulk three(struct acting *acting, struct uuid assets[3], int64_t owner_id)
{
    assets[0] = acting->photo.uuid;
    assets[1] = acting->other.uuid;
    assets[2] = uuid_v4();
    return (struct bulk){owner_id, false, &acting->tag, assets, 3};
}

static bool do_put_on(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    struct uuid assets[3];
    struct bulk bulk = three(acting, assets, acting->fixture->user_id);
    return tags_put_on(conn, &bulk, acting->outcomes, error);
}

static bool do_take_off(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    struct uuid assets[3];
    struct bulk bulk = three(acting, assets, acting->fixture->user_id);
    return tags_take_off(conn, &bulk, acting->outcomes, error);
}

static bool do_put_on_a_strangers(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    struct uuid assets[3];
    struct bulk bulk = three(acting, assets, acting->fixture->other_id);
    return tags_put_on(conn, &bulk, acting->outcomes, error);
}

static bool do_delete_photo(struct db_conn *conn, void *data, GError **error)
{
    struct acting *acting = data;
    return asset_delete(conn, acting->fixture->user_id, &acting->photo.uuid, NULL, error);
}

/* The values of the photo's tags. */
static char *values(const struct acting *acting)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    DB_READ struct db_conn *conn = db_read_begin(acting->fixture->db, &error);
    g_autoptr(GPtrArray) tags = tags_of_asset(conn, acting->photo.id, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < tags->len; i++)
        g_ptr_array_add(words, ((struct tag *)tags->pdata[i])->value);
    g_ptr_array_add(words, NULL);
    return g_strjoinv(" ", (char **)words->pdata);
}

static void expect(const struct acting *acting, const char *expected)
{
    g_autofree char *got = values(acting);
    g_assert_cmpstr(got, ==, expected);
}

static bool append_value(const struct tag *tag, void *data)
{
    g_assert_true(g_str_has_suffix(tag->value, tag->name));
    g_assert_cmpint(tag->has_parent, ==, strchr(tag->value, '/') != NULL);
    g_string_append_printf(data, "%s%s ", tag->value, tag->color ? tag->color : "");
    return true;
}

static void expect_all(const struct acting *acting, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    DB_READ struct db_conn *conn = db_read_begin(acting->fixture->db, &error);
    g_assert_true(tags_list(conn, acting->fixture->user_id, append_value, text, &error));
    g_assert_cmpstr(text->str, ==, expected);
}

static void read_again(struct acting *acting, const char *keywords)
{
    acting->keywords = keywords;
    fixture_write(acting->fixture, do_read, acting);
}

static void test_tree(struct fixture *fixture, gconstpointer data)
{
    struct acting acting = begin(fixture);
    acting.value = " trips // 2024 /sea/";
    fixture_write(fixture, do_upsert, &acting);
    struct uuid sea = acting.tag;
    fixture_write(fixture, do_upsert, &acting);
    g_assert_true(uuid_equal(&sea, &acting.tag));
    expect_all(&acting, "trips trips/2024 trips/2024/sea ");
    acting.parent = &sea;
    acting.name = "red";
    acting.color = "#ff0000";
    fixture_write(fixture, do_create, &acting);
    fixture_write_fails(fixture, do_create, &acting, ERR_EXISTS);
    acting.name = "a/b";
    fixture_write_fails(fixture, do_create, &acting, ERR_INVALID);
    acting.name = " ";
    fixture_write_fails(fixture, do_create, &acting, ERR_INVALID);
    acting.value = " / ";
    fixture_write_fails(fixture, do_upsert, &acting, ERR_INVALID);
    acting.color = NULL;
    fixture_write(fixture, do_color, &acting);
    expect_all(&acting, "trips trips/2024 trips/2024/sea trips/2024/sea/red ");
    acting.color = "#00ff00";
    acting.tag = uuid_v4();
    fixture_write_fails(fixture, do_color, &acting, ERR_NOT_FOUND);
    acting.parent = &acting.tag;
    acting.name = "x";
    fixture_write_fails(fixture, do_create, &acting, ERR_NOT_FOUND);
    acting.value = "trips/2024x";
    fixture_write(fixture, do_upsert, &acting);
    acting.value = "trips/2024";
    fixture_write(fixture, do_upsert, &acting);
    acting.name = "last year";
    fixture_write(fixture, do_rename, &acting);
    expect_all(&acting, "trips trips/2024x trips/last year trips/last year/sea trips/last year/sea/red ");
    acting.name = "2024x";
    fixture_write_fails(fixture, do_rename, &acting, ERR_EXISTS);
    fixture_write(fixture, do_delete, &acting);
    expect_all(&acting, "trips trips/2024x ");
}

static void test_putting_on(struct fixture *fixture, gconstpointer data)
{
    struct acting acting = begin(fixture);
    acting.value = "sea";
    fixture_write(fixture, do_upsert, &acting);
    fixture_write(fixture, do_put_on, &acting);
    g_assert_cmpint(acting.outcomes[0], ==, BULK_DONE);
    g_assert_cmpint(acting.outcomes[2], ==, BULK_NO_PERMISSION);
    fixture_write(fixture, do_put_on, &acting);
    g_assert_cmpint(acting.outcomes[1], ==, BULK_DUPLICATE);
    expect(&acting, "sea");
    fixture_write(fixture, do_take_off, &acting);
    g_assert_cmpint(acting.outcomes[0], ==, BULK_DONE);
    g_assert_cmpint(acting.outcomes[2], ==, BULK_NOT_FOUND);
    expect(&acting, "");
    fixture_write_fails(fixture, do_put_on_a_strangers, &acting, ERR_NOT_FOUND);
}

static void test_keywords(struct fixture *fixture, gconstpointer data)
{
    struct acting acting = begin(fixture);
    read_again(&acting, "People|Marie Curie\nblack/white\nsea\n|");
    expect(&acting, "People/Marie Curie black∕white sea");
    expect_all(&acting, "People People/Marie Curie black∕white sea ");
    read_again(&acting, "sea");
    expect(&acting, "sea");
    expect_all(&acting, "sea "); /* what nothing but keywords made goes with its last photo */
    acting.value = "sea";
    fixture_write(fixture, do_upsert, &acting);
    read_again(&acting, NULL);
    expect(&acting, "");
    expect_all(&acting, "sea ");
    read_again(&acting, "a|b");
    fixture_write(fixture, do_delete_photo, &acting);
    expect_all(&acting, "sea ");
}

static void test_a_persons_word_stays(struct fixture *fixture, gconstpointer data)
{
    struct acting acting = begin(fixture);
    acting.value = "mine";
    fixture_write(fixture, do_upsert, &acting);
    fixture_write(fixture, do_put_on, &acting);
    read_again(&acting, "sea\nsky");
    expect(&acting, "mine sea sky");
    read_again(&acting, "sea\nsky");
    expect(&acting, "mine sea sky"); /* put on */
    acting.value = "sea";
    fixture_write(fixture, do_upsert, &acting);
    fixture_write(fixture, do_take_off, &acting);
    read_again(&acting, "sea\nsky");
    expect(&acting, "mine sky"); /* taken off */
    fixture_write(fixture, do_put_on, &acting);
    read_again(&acting, "sky");
    expect(&acting, "mine sea sky"); /* put on what the file had */
    acting.value = "sky";
    fixture_write(fixture, do_upsert, &acting);
    acting.name = "clouds";
    fixture_write(fixture, do_rename, &acting);
    read_again(&acting, "sky\nsea");
    expect(&acting, "clouds mine sea"); /* renamed */
    acting.value = "sea";
    fixture_write(fixture, do_upsert, &acting);
    fixture_write(fixture, do_delete, &acting);
    read_again(&acting, "sky\nsea");
    expect(&acting, "clouds mine"); /* deleted */
    expect_all(&acting, "clouds mine ");
    acting.keywords = "sea"; /* but not for other photos that come with it */
    fixture_write(fixture, do_read_other, &acting);
    expect_all(&acting, "clouds mine sea ");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *path;
        void (*run)(struct fixture *fixture, gconstpointer data);
    } tests[] = {
        {"/tags/tree", test_tree},
        {"/tags/putting-on", test_putting_on},
        {"/tags/keywords", test_keywords},
        {"/tags/persons-word", test_a_persons_word_stays},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, struct fixture, NULL, fixture_setup, tests[i].run, fixture_teardown);
    return g_test_run();
}
