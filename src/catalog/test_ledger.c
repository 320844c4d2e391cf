/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Devices and the ledger: what is believed, what is kept, and the counters against a count by hand. */
#include <glib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/blobs.h"
#include "catalog/ledger.h"
#include "catalog/test_fixture.h"

static const int64_t NOW = INT64_C(1790000000000000);

/* ---- devices ---- */

struct device_call {
    struct fixture *fixture;
    struct device_new wanted;
    struct device device;
    struct device_status status;
};

static bool do_register(struct db_conn *conn, void *data, GError **error)
{
    struct device_call *call = data;
    device_clear(&call->device);
    return devices_register(conn, call->fixture->user_id, &call->wanted, &call->device, error);
}

static bool do_status(struct db_conn *conn, void *data, GError **error)
{
    struct device_call *call = data;
    return devices_set_status(conn, call->fixture->user_id, &call->wanted.uuid, &call->status, error);
}

static bool do_forget(struct db_conn *conn, void *data, GError **error)
{
    struct device_call *call = data;
    return devices_forget(conn, call->fixture->user_id, &call->wanted.uuid, error);
}

/* A registered laptop; clear with device_clear(&call.device). */
static struct device_call laptop(struct fixture *fixture)
{
    struct device_call call = {.fixture = fixture,
                               .wanted = {.uuid = uuid_v4(), .name = "laptop", .kind = "computer", .os = "Debian 12"}};
    fixture_write(fixture, do_register, &call);
    return call;
}

static bool count_device(const struct device *device, void *data)
{
    (*(unsigned *)data)++;
    return true;
}

static void test_devices(struct fixture *fixture, gconstpointer data)
{
    struct device_call call = laptop(fixture);
    int64_t id = call.device.id;
    call.wanted.name = "Ann's laptop";
    fixture_write(fixture, do_register, &call);
    g_assert_cmpint(call.device.id, ==, id);
    g_assert_cmpstr(call.device.name, ==, "Ann's laptop");
    g_assert_false(call.device.is_implicit);
    struct fixture other = *fixture;
    other.user_id = fixture->other_id;
    call.fixture = &other; /* the same id from another person is another device */
    fixture_write(fixture, do_register, &call);
    g_assert_cmpint(call.device.id, !=, id);
    fixture_write(fixture, do_forget, &call);
    fixture_write_fails(fixture, do_forget, &call, ERR_NOT_FOUND);
    call.fixture = fixture;
    call.status = (struct device_status){
        .activity = ACTIVITY_UPLOADING, .done = 3, .total = 9, .bytes_per_second = 1000, .seconds_left = -1};
    clock_set_for_test(NOW);
    fixture_write(fixture, do_status, &call);
    fixture_write(fixture, do_register, &call);
    clock_set_for_test(-1);
    g_assert_cmpint(call.device.status.activity, ==, ACTIVITY_UPLOADING);
    g_assert_cmpint(call.device.status.at_us, ==, NOW);
    g_assert_cmpint(call.device.status.bytes_per_second, ==, 1000);
    g_assert_cmpint(call.device.status.seconds_left, ==, -1);
    call.status.reason = (char *)"because";
    fixture_write_fails(fixture, do_status, &call, ERR_INVALID);
    call.wanted.kind = "toaster";
    fixture_write_fails(fixture, do_register, &call, ERR_INVALID);
    call.wanted.kind = "phone";
    call.wanted.name = "";
    fixture_write_fails(fixture, do_register, &call, ERR_INVALID);
    unsigned n = 0;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, NULL);
    g_assert_true(devices_list(conn, fixture->user_id, count_device, &n, NULL));
    g_assert_cmpuint(n, ==, 1);
    device_clear(&call.device);
}

static bool implicit_devices(struct db_conn *conn, void *data, GError **error)
{
    struct fixture *fixture = data;
    struct session_new chrome = {.user_id = fixture->user_id, .device_type = "Chrome", .device_os = "Windows"};
    struct session_new phone = {
        .user_id = fixture->user_id, .device_type = "Pixel 7", .device_os = "Android", .app_version = "3.2.2"};
    int64_t ids[5];
    for (int i = 0; i < 3; i++) { /* signing in again finds the same one */
        SESSION_AUTO struct session session = {0};
        g_autofree char *token = NULL;
        if (!sessions_create(conn, i < 2 ? &chrome : &phone, &token, &session, error) ||
            !devices_for_session(conn, &session, &ids[i], error))
            return false;
    }
    KEY_AUTO struct api_key key = {0};
    g_autofree char *secret = NULL;
    if (!keys_create(conn, fixture->user_id, "cron", "all", &secret, &key, error) ||
        !devices_for_key(conn, &key, &ids[3], error) || !devices_for_key(conn, &key, &ids[4], error))
        return false;
    g_assert_cmpint(ids[0], ==, ids[1]);
    g_assert_cmpint(ids[0], !=, ids[2]);
    g_assert_cmpint(ids[2], !=, ids[3]);
    g_assert_cmpint(ids[3], ==, ids[4]);
    return true;
}

static void test_implicit_devices(struct fixture *fixture, gconstpointer data)
{
    fixture_write(fixture, implicit_devices, fixture);
    g_assert_cmpint(
        fixture_ask(fixture, "SELECT count(*) FROM devices WHERE name = 'Chrome on Windows' AND kind = 'browser'"), ==,
        1);
    g_assert_cmpint(
        fixture_ask(fixture, "SELECT count(*) FROM devices WHERE kind = 'phone' AND client = 'Immich 3.2.2'"), ==, 1);
}

/* ---- reports ---- */

struct report_call {
    const struct device *device;
    const struct item_report *reports;
    size_t n;
    const char *const *gone;
    size_t n_gone;
    struct item_result results[4];
};

static bool do_report(struct db_conn *conn, void *data, GError **error)
{
    struct report_call *call = data;
    return ledger_report(conn, call->device, call->reports, call->n, call->gone, call->n_gone, call->results, error);
}

static struct item_result report(struct fixture *fixture, const struct device *device, struct item_report one)
{
    struct report_call call = {.device = device, .reports = &one, .n = 1};
    fixture_write(fixture, do_report, &call);
    return call.results[0];
}

static void numbers(struct fixture *fixture, const struct device *device, struct ledger_numbers *ret_numbers)
{
    g_autoptr(GError) error = NULL;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, NULL);
    ledger_numbers(conn, device->id, ret_numbers, &error);
    g_assert_no_error(error);
}

static bool do_delete(struct db_conn *conn, void *data, GError **error)
{
    return asset_delete(conn, 1, data, NULL, error);
}

static void test_stored_is_the_servers_word(struct fixture *fixture, gconstpointer data)
{
    struct device_call call = laptop(fixture);
    struct blob_digest digest = fixture_digest(1, 0), unknown = fixture_digest(2, 0);
    struct asset_made made = fixture_photo(fixture, fixture->user_id, 1, 0);
    fixture_photo(fixture, fixture->other_id, 2, 0); /* somebody else's does not count */
    struct item_report one = {
        .key = "/home/a.jpg", .size_bytes = 1001, .modified_us = 5, .state = ITEM_STORED, .sha1 = digest.sha1};
    struct item_result result = report(fixture, &call.device, one);
    g_assert_cmpint(result.state, ==, ITEM_STORED);
    g_assert_true(result.has_asset && uuid_equal(&result.asset_id, &made.uuid));
    one.key = "/home/b.jpg";
    one.sha1 = unknown.sha1;
    result = report(fixture, &call.device, one);
    g_assert_cmpint(result.state, ==, ITEM_SEEN);
    g_assert_false(result.has_asset);
    one.key = "/home/c.jpg";
    one.sha1 = NULL;
    g_assert_cmpint(report(fixture, &call.device, one).state, ==, ITEM_SEEN);
    LEDGER_NUMBERS_AUTO struct ledger_numbers got = {0};
    numbers(fixture, &call.device, &got);
    g_assert_cmpint(got.total, ==, 3);
    g_assert_cmpint(got.stored, ==, 1);
    g_assert_cmpint(got.seen, ==, 2);
    g_assert_cmpint(got.stored_bytes, ==, 1001);
    device_clear(&call.device);
}

static void test_stored_stays_while_the_file_does(struct fixture *fixture, gconstpointer data)
{
    struct device_call call = laptop(fixture);
    struct blob_digest digest = fixture_digest(1, 0), other = fixture_digest(9, 0);
    fixture_photo(fixture, fixture->user_id, 1, 0);
    struct item_report one = {
        .key = "a.jpg", .size_bytes = 7, .modified_us = 5, .state = ITEM_STORED, .sha1 = digest.sha1};
    report(fixture, &call.device, one);
    one.sha1 = NULL;
    one.state = ITEM_SEEN;
    g_assert_cmpint(report(fixture, &call.device, one).state, ==, ITEM_STORED);
    one.state = ITEM_WAITING;
    one.reason = REASON_NO_WIFI;
    g_assert_cmpint(report(fixture, &call.device, one).state, ==, ITEM_STORED);
    one.sha1 = other.sha1; /* the same size and time, but other bytes */
    g_assert_cmpint(report(fixture, &call.device, one).state, ==, ITEM_WAITING);
    one.sha1 = digest.sha1;
    one.state = ITEM_STORED;
    g_assert_cmpint(report(fixture, &call.device, one).state, ==, ITEM_STORED);
    one.sha1 = NULL;
    one.state = ITEM_SEEN;
    one.reason = NULL;
    one.modified_us = 6; /* changed */
    g_assert_cmpint(report(fixture, &call.device, one).state, ==, ITEM_SEEN);
    device_clear(&call.device);
}

static void test_deleted_here_is_not_missed(struct fixture *fixture, gconstpointer data)
{
    struct device_call call = laptop(fixture);
    struct blob_digest digest = fixture_digest(1, 0);
    struct asset_made made = fixture_photo(fixture, fixture->user_id, 1, 0);
    struct item_report one = {.key = "a.jpg", .size_bytes = 7, .state = ITEM_STORED, .sha1 = digest.sha1};
    report(fixture, &call.device, one);
    fixture_write(fixture, do_delete, &made.uuid);
    LEDGER_NUMBERS_AUTO struct ledger_numbers got = {0};
    numbers(fixture, &call.device, &got);
    g_assert_cmpint(got.skipped, ==, 1);
    g_assert_cmpint(got.deleted, ==, 1);
    g_assert_cmpint(got.stored, ==, 0);
    g_assert_cmpint(report(fixture, &call.device, one).state, ==, ITEM_SKIPPED); /* told again: still so */
    one.reason = REASON_DELETED;
    one.state = ITEM_SKIPPED;
    struct report_call bad = {.device = &call.device, .reports = &one, .n = 1};
    fixture_write_fails(fixture, do_report, &bad, ERR_INVALID); /* only the server says so */
    device_clear(&call.device);
}

static void test_gone(struct fixture *fixture, gconstpointer data)
{
    struct device_call call = laptop(fixture);
    struct blob_digest digest = fixture_digest(1, 0);
    struct asset_made made = fixture_photo(fixture, fixture->user_id, 1, 0);
    struct item_report both[] = {{.key = "a.jpg", .state = ITEM_STORED, .sha1 = digest.sha1},
                                 {.key = "b.jpg", .state = ITEM_SEEN}};
    static const char *const gone[] = {"a.jpg", "b.jpg", "never-there"};
    struct report_call reports = {.device = &call.device, .reports = both, .n = 2};
    fixture_write(fixture, do_report, &reports);
    reports = (struct report_call){.device = &call.device, .gone = gone, .n_gone = 3};
    fixture_write(fixture, do_report, &reports);
    LEDGER_NUMBERS_AUTO struct ledger_numbers got = {0};
    numbers(fixture, &call.device, &got);
    g_assert_cmpint(got.gone, ==, 1);
    g_assert_cmpint(got.total, ==, 0);
    both[0].state = ITEM_SEEN; /* it came back, the same file */
    report(fixture, &call.device, both[0]);
    ledger_numbers_clear(&got);
    numbers(fixture, &call.device, &got);
    g_assert_cmpint(got.gone, ==, 0);
    g_assert_cmpint(got.stored, ==, 1);
    fixture_write(fixture, do_report, &reports);
    fixture_write(fixture, do_delete, &made.uuid); /* gone there, deleted here: nothing to tell any more */
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM ledger_items"), ==, 0);
    device_clear(&call.device);
}

static void test_bad_reports_write_nothing(struct fixture *fixture, gconstpointer data)
{
    struct device_call call = laptop(fixture);
    g_autofree char *endless = g_strnfill(LEDGER_KEY_MAX + 1, 'k');
    const struct item_report bad[] = {
        {.key = "", .state = ITEM_SEEN},
        {.key = endless, .state = ITEM_SEEN},
        {.key = "\xff", .state = ITEM_SEEN},
        {.key = "x", .size_bytes = -1},
        {.key = "x", .state = ITEM_VERIFIED},
        {.key = "x", .state = ITEM_WAITING},
        {.key = "x", .state = ITEM_SKIPPED, .reason = "nonsense"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        const struct item_report both[] = {{.key = "good.jpg", .state = ITEM_SEEN}, bad[i]};
        struct report_call reports = {.device = &call.device, .reports = both, .n = 2};
        fixture_write_fails(fixture, do_report, &reports, ERR_INVALID);
    }
    struct report_call many = {.device = &call.device, .reports = bad, .n = LEDGER_BATCH_MAX + 1};
    fixture_write_fails(fixture, do_report, &many, ERR_LIMIT);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM ledger_items"), ==, 0);
    device_clear(&call.device);
}

/* ---- ingest, verification, listing ---- */

static bool store_items(struct db_conn *conn, void *data, GError **error)
{
    const struct device_call *call = data;
    for (int64_t i = 1; i <= 5; i++) {
        g_autofree char *key = g_strdup_printf("/DCIM/100%%_a/IMG_%d.jpg", (int)i);
        struct item_stored stored = {call->device.id, key, "IMG.jpg", 10, 20, i};
        if (!ledger_stored(conn, &stored, error))
            return false;
    }
    const struct blob_result results[] = {
        {1, BLOB_OK, NOW}, {2, BLOB_OK, NOW - 50}, {3, BLOB_MISSING, NOW}, {4, BLOB_CORRUPT, NOW}};
    return blobs_record_verified(conn, results, G_N_ELEMENTS(results), error);
}

struct listing {
    GString *states;
    unsigned n;
};

static bool list_item(const struct item *item, void *data)
{
    struct listing *listing = data;
    g_string_append_printf(listing->states, "%s ", item_state_name(item->state));
    listing->n++;
    return true;
}

static char *list(struct fixture *fixture, const struct device *device, struct item_filter filter, int64_t *ret_cursor)
{
    g_autoptr(GError) error = NULL;
    struct listing listing = {g_string_new(NULL), 0};
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, NULL);
    ledger_items(conn, device->id, &filter, list_item, &listing, ret_cursor, &error);
    g_assert_no_error(error);
    return g_string_free(listing.states, FALSE);
}

static bool check_origin(const struct device *device, const struct item *item, void *data)
{
    g_assert_cmpstr(device->name, ==, "laptop");
    g_assert_cmpstr(item->key, ==, "/DCIM/100%_a/IMG_1.jpg");
    *(bool *)data = true;
    return true;
}

static void test_verified_items(struct fixture *fixture, gconstpointer data)
{
    struct device_call call = laptop(fixture);
    for (unsigned i = 1; i <= 5; i++)
        fixture_photo(fixture, fixture->user_id, i, 0);
    fixture_write(fixture, store_items, &call);
    LEDGER_NUMBERS_AUTO struct ledger_numbers got = {0};
    numbers(fixture, &call.device, &got);
    g_assert_cmpint(got.stored, ==, 5);
    g_assert_cmpint(got.verified, ==, 2);
    g_assert_cmpint(got.missing, ==, 1);
    g_assert_cmpint(got.corrupt, ==, 1);
    g_assert_cmpint(got.last_verified_us, ==, NOW);
    g_assert_cmpint(got.oldest_verified_us, ==, 0); /* one was never read again */
    int64_t cursor = 9;
    g_autofree char *all = list(fixture, &call.device, (struct item_filter){.state = -1, .limit = 10}, &cursor);
    g_assert_cmpstr(all, ==, "verified verified missing corrupt stored ");
    g_assert_cmpint(cursor, ==, 0);
    g_autofree char *page = list(fixture, &call.device, (struct item_filter){.state = -1, .limit = 4}, &cursor);
    g_assert_cmpstr(page, ==, "verified verified missing corrupt ");
    g_autofree char *rest =
        list(fixture, &call.device, (struct item_filter){.state = -1, .limit = 1, .after_id = cursor}, &cursor);
    g_assert_cmpstr(rest, ==, "stored ");
    g_assert_cmpint(cursor, ==, 0);
    g_autofree char *bad =
        list(fixture, &call.device, (struct item_filter){.state = ITEM_CORRUPT, .limit = 10}, &cursor);
    g_assert_cmpstr(bad, ==, "corrupt ");
    g_autofree char *stored =
        list(fixture, &call.device, (struct item_filter){.state = ITEM_STORED, .limit = 10}, &cursor);
    g_assert_cmpstr(stored, ==, all);
    g_autofree char *found =
        list(fixture, &call.device, (struct item_filter){.state = -1, .limit = 10, .search = "100%_A/img_3"}, &cursor);
    g_assert_cmpstr(found, ==, "missing ");
    g_autofree char *nothing =
        list(fixture, &call.device, (struct item_filter){.state = -1, .limit = 10, .search = "10__A"}, &cursor);
    g_assert_cmpstr(nothing, ==, "");
    bool seen = false;
    DB_READ struct db_conn *conn = db_read_begin(fixture->db, NULL);
    g_assert_true(ledger_origins(conn, 1, check_origin, &seen, NULL) && seen);
    device_clear(&call.device);
}

static void test_reasons(struct fixture *fixture, gconstpointer data)
{
    struct device_call call = laptop(fixture);
    const struct item_report some[] = {
        {.key = "/a/huge.jpg", .state = ITEM_SKIPPED, .reason = REASON_TOO_LARGE, .note = "75 MB"},
        {.key = "/a/big.png", .state = ITEM_SKIPPED, .reason = REASON_TOO_LARGE, .note = "75 MB"},
        {.key = "/a/film.MP4", .state = ITEM_WAITING, .reason = REASON_NO_WIFI},
    };
    struct report_call reports = {.device = &call.device, .reports = some, .n = 3};
    fixture_write(fixture, do_report, &reports);
    LEDGER_NUMBERS_AUTO struct ledger_numbers got = {0};
    numbers(fixture, &call.device, &got);
    g_assert_cmpuint(got.n_reasons, ==, 2);
    g_assert_cmpstr(got.reasons[0].reason, ==, REASON_TOO_LARGE);
    g_assert_cmpint(got.reasons[0].count, ==, 2);
    g_assert_cmpstr(got.reasons[0].example, ==, "huge.jpg");
    g_assert_cmpstr(got.reasons[0].note, ==, "75 MB");
    g_assert_true(got.reasons[0].all_images && !got.reasons[0].all_videos);
    g_assert_true(got.reasons[1].all_videos && got.reasons[1].state == ITEM_WAITING);
    device_clear(&call.device);
}

/* ---- counters against a count by hand ---- */

static bool random_steps(struct db_conn *conn, void *data, GError **error)
{
    const struct device *device = data;
    static const char *const reasons[] = {REASON_NO_WIFI, REASON_TOO_LARGE};
    for (int i = 0; i < 60; i++) {
        g_autofree char *key = g_strdup_printf("%d.jpg", g_test_rand_int_range(0, 40));
        struct blob_digest digest = fixture_digest((unsigned)g_test_rand_int_range(1, 25), 0);
        struct item_result result;
        struct item_report one = {.key = key,
                                  .size_bytes = g_test_rand_int_range(0, 3),
                                  .state = (enum item_state)g_test_rand_int_range(0, 5),
                                  .sha1 = g_test_rand_bit() ? digest.sha1 : NULL};
        if (one.state == ITEM_WAITING || one.state == ITEM_SKIPPED)
            one.reason = reasons[g_test_rand_bit()];
        struct blob_result blob = {g_test_rand_int_range(1, 25), (enum blob_check)g_test_rand_int_range(1, 4), NOW + i};
        const char *const gone[] = {key};
        if (!ledger_report(conn, device, &one, 1, NULL, 0, &result, error) ||
            (g_test_rand_int_range(0, 4) == 0 && !ledger_report(conn, device, NULL, 0, gone, 1, NULL, error)) ||
            !blobs_record_verified(conn, &blob, 1, error))
            return false;
    }
    return true;
}

#define BY_HAND                                                                                                        \
    "SELECT device_id, is_gone, state, verify, coalesce(reason, ''), count(*), sum(size_bytes) FROM ledger_items"      \
    " GROUP BY 1, 2, 3, 4, 5"
#define KEPT "SELECT * FROM ledger_counts WHERE items > 0 OR bytes > 0"

static void test_counters_equal_a_count_by_hand(struct fixture *fixture, gconstpointer data)
{
    struct device_call call = laptop(fixture);
    struct uuid ids[20];
    for (unsigned i = 0; i < 20; i++)
        ids[i] = fixture_photo(fixture, fixture->user_id, i + 1, 0).uuid;
    for (unsigned round = 0; round < 20; round++) {
        fixture_write(fixture, random_steps, &call.device);
        if (round % 4 == 3)
            fixture_write(fixture, do_delete, &ids[round / 4]);
        g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM (" BY_HAND " EXCEPT " KEPT ")"), ==, 0);
        g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM (" KEPT " EXCEPT " BY_HAND ")"), ==, 0);
        g_assert_cmpint(fixture_ask(fixture,
                                    "SELECT count(*) FROM ledger_items i JOIN assets a ON a.id = i.asset_id"
                                    " JOIN blobs b ON b.id = a.blob_id WHERE i.state = 4 AND i.verify <> b.verify"),
                        ==, 0);
    }
    LEDGER_NUMBERS_AUTO struct ledger_numbers got = {0};
    numbers(fixture, &call.device, &got);
    g_assert_cmpint(got.total, ==, got.seen + got.waiting + got.skipped + got.uploading + got.stored);
    g_assert_cmpint(got.total + got.gone, ==, fixture_ask(fixture, "SELECT count(*) FROM ledger_items"));
    fixture_write(fixture, do_forget, &call);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM ledger_items"), ==, 0);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM ledger_counts"), ==, 0);
    g_assert_cmpint(fixture_ask(fixture, "SELECT count(*) FROM assets"), ==, 15); /* forgetting deletes no photo */
    device_clear(&call.device);
}

static void test_words(void)
{
    enum item_state state;
    enum device_activity activity;
    for (int i = 0; i < ITEM_N_STATES; i++)
        g_assert_true(item_state_parse(item_state_name((enum item_state)i), &state) && (int)state == i);
    for (int i = ACTIVITY_IDLE; i <= ACTIVITY_OFF; i++)
        g_assert_true(device_activity_parse(device_activity_name((enum device_activity)i), &activity) &&
                      (int)activity == i);
    g_assert_false(item_state_parse("lost", &state) || item_state_parse(NULL, &state));
    g_assert_false(device_activity_parse("dreaming", &activity) || device_activity_parse(NULL, &activity));
    g_assert_true(item_reason_is_known(REASON_QUOTA));
    g_assert_false(item_reason_is_known(REASON_DELETED) || item_reason_is_known("x") || item_reason_is_known(NULL));
    g_assert_cmpstr(item_reason_text(REASON_TOO_LARGE), ==, "larger than the limit");
    g_assert_nonnull(item_reason_text("x"));
}

static void add(const char *name, void (*test)(struct fixture *, gconstpointer))
{
    g_test_add(name, struct fixture, NULL, fixture_setup, test, fixture_teardown);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ledger/words", test_words);
    add("/devices/life", test_devices);
    add("/devices/implicit", test_implicit_devices);
    add("/ledger/stored-is-ours", test_stored_is_the_servers_word);
    add("/ledger/stored-stays", test_stored_stays_while_the_file_does);
    add("/ledger/deleted", test_deleted_here_is_not_missed);
    add("/ledger/gone", test_gone);
    add("/ledger/bad-reports", test_bad_reports_write_nothing);
    add("/ledger/verified", test_verified_items);
    add("/ledger/reasons", test_reasons);
    add("/ledger/counters", test_counters_equal_a_count_by_hand);
    return g_test_run();
}
