/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The words of a device's card, as a table. */
#include <glib.h>

#include "catalog/ledger_card.h"

static const int64_t NOW = INT64_C(1790000000000000);
#define SECONDS(n) ((n)*INT64_C(1000000))
#define DAYS(n) ((n)*INT64_C(86400000000))

struct row {
    const char *headline;
    const char *state;
    struct ledger_numbers numbers;
    struct device_status status;
    struct ledger_reason reasons[2];
    int64_t silent_us; /* since the last contact */
    bool is_implicit;
    bool is_phone, is_signed_out; /* with is_implicit */
    const char *guess;            /* NULL: none */
    int64_t guess_days;
};

#define TOO_LARGE(n, example)                                                                                          \
    {                                                                                                                  \
        ITEM_SKIPPED, (char *)REASON_TOO_LARGE, n, (char *)example, (char *)"75 MB", true, false                       \
    }
#define WAITS(why, n)                                                                                                  \
    {                                                                                                                  \
        ITEM_WAITING, (char *)why, n, (char *)"a.jpg", NULL, true, false                                               \
    }
#define SAYS(what, why)                                                                                                \
    {                                                                                                                  \
        .activity = what, .reason = (char *)why, .at_us = INT64_C(1790000000000000), .bytes_per_second = -1,           \
        .seconds_left = -1                                                                                             \
    }

static const struct row rows[] = {
    {.headline = "Backup complete: all 4,312 items stored, verified 2 hours ago",
     .state = "complete",
     .numbers = {.total = 4312,
                 .stored = 4312,
                 .verified = 4312,
                 .oldest_verified_us = INT64_C(1790000000000000) - SECONDS(7300)}},
    {.headline = "Backup complete: 1 item stored, verified just now",
     .state = "complete",
     .numbers = {.total = 1, .stored = 1, .verified = 1, .oldest_verified_us = INT64_C(1790000000000000) - SECONDS(3)}},
    {.headline = "Backup complete: all 2 items stored, not verified yet",
     .state = "complete",
     .numbers = {.total = 2, .stored = 2}},
    {.headline = "Backup complete: all 1,234,567 items stored, 1,000 of them verified",
     .state = "complete",
     .numbers = {.total = 1234567, .stored = 1234567, .verified = 1000}},
    {.headline = "Backup complete: all 9 items stored, not verified yet",
     .state = "complete", /* what its owner deleted is not missed */
     .numbers = {.total = 10, .stored = 9, .skipped = 1, .deleted = 1},
     .reasons = {{ITEM_SKIPPED, (char *)REASON_DELETED, 1, (char *)"x.jpg", NULL, true, false}}},
    {.headline = "No backup for 9 days",
     .state = "stale",
     .numbers = {.total = 5, .stored = 5, .verified = 5},
     .silent_us = DAYS(9) + SECONDS(60)},
    {.headline = "No backup for 3 days", .state = "stale", .numbers = {.total = 5, .waiting = 5}, .silent_us = DAYS(3)},
    {.headline = "Backup complete: all 5 items stored, not verified yet",
     .state = "complete",
     .numbers = {.total = 5, .stored = 5},
     .silent_us = DAYS(3) - 1},
    {.headline = "5 items from here stored, not verified yet",
     .state = "complete", /* whether these were all, a browser or a key does not say */
     .numbers = {.total = 5, .stored = 5},
     .silent_us = DAYS(300),
     .is_implicit = true},
    {.headline = "Server storage is full",
     .state = "full",
     .numbers = {.total = 7, .stored = 2, .waiting = 5},
     .reasons = {WAITS(REASON_SERVER_FULL, 5)}},
    {.headline = "Server storage is full",
     .state = "full",
     .numbers = {.total = 7, .stored = 7},
     .status = SAYS(ACTIVITY_WAITING, REASON_SERVER_FULL)},
    {.headline = "Your storage quota is used up",
     .state = "full",
     .numbers = {.total = 7, .waiting = 7},
     .reasons = {WAITS(REASON_QUOTA, 7)}},
    {.headline = "Backing up: 12 of 340, 18 MB/s, 3 min left",
     .state = "backing-up",
     .numbers = {.total = 340, .stored = 12, .seen = 328},
     .status = {ACTIVITY_UPLOADING, NULL, 12, 340, 18200000, 181, INT64_C(1790000000000000) - SECONDS(20)}},
    {.headline = "Backing up: 1,200 of 1,201",
     .state = "backing-up",
     .numbers = {.total = 1201, .seen = 1},
     .status = {ACTIVITY_UPLOADING, NULL, 1200, 1201, -1, -1, INT64_C(1790000000000000)}},
    {.headline = "Backing up: 1 of 2, 2.5 MB/s, 45 s left",
     .state = "backing-up",
     .numbers = {.total = 2},
     .status = {ACTIVITY_UPLOADING, NULL, 1, 2, 2500000, 45, INT64_C(1790000000000000)}},
    {.headline = "Backing up: 1 of 2, 900 kB/s, 2 h 5 min left",
     .state = "backing-up",
     .numbers = {.total = 2},
     .status = {ACTIVITY_UPLOADING, NULL, 1, 2, 900000, 7500, INT64_C(1790000000000000)}},
    {.headline = "328 items are not backed up yet",
     .state = "waiting",
     .numbers = {.total = 340, .stored = 12, .seen = 328}, /* it fell silent */
     .status = {ACTIVITY_UPLOADING, NULL, 12, 340, 18200000, 181, INT64_C(1790000000000000) - SECONDS(121)}},
    {.headline = "Looking for photos and videos: 1,500 so far",
     .state = "backing-up",
     .numbers = {.total = 2},
     .status = {ACTIVITY_SCANNING, NULL, 1500, 0, -1, -1, INT64_C(1790000000000000)}},
    {.headline = "Looking for photos and videos",
     .state = "backing-up",
     .numbers = {.total = 0},
     .status = SAYS(ACTIVITY_SCANNING, NULL)},
    {.headline = "Waiting for Wi-Fi",
     .state = "waiting",
     .numbers = {.total = 3, .waiting = 3},
     .reasons = {WAITS(REASON_NO_WIFI, 3)}},
    {.headline = "Waiting for connection",
     .state = "waiting",
     .numbers = {.total = 3, .seen = 3},
     .status = SAYS(ACTIVITY_WAITING, REASON_NO_CONNECTION)},
    {.headline = "Waiting for power",
     .state = "waiting",
     .numbers = {.total = 3, .seen = 3},
     .status = SAYS(ACTIVITY_WAITING, REASON_NO_POWER)},
    {.headline = "Backup is paused",
     .state = "waiting",
     .numbers = {.total = 3, .waiting = 3},
     .reasons = {WAITS(REASON_PAUSED, 3)}},
    {.headline = "1 item is waiting: the file was being changed",
     .state = "waiting",
     .numbers = {.total = 3, .waiting = 1, .stored = 2},
     .reasons = {WAITS(REASON_CHANGING, 1)}},
    {.headline = "1 item is not backed up yet",
     .state = "waiting",
     .numbers = {.total = 3, .uploading = 1, .stored = 2}},
    {.headline = "Backup is off",
     .state = "off",
     .numbers = {.total = 3, .seen = 3},
     .status = SAYS(ACTIVITY_OFF, NULL)},
    {.headline = "1 photo was skipped: larger than 75 MB",
     .state = "skipped",
     .numbers = {.total = 3, .stored = 2, .skipped = 1},
     .reasons = {TOO_LARGE(1, "huge.jpg")}},
    {.headline = "2 photos were skipped: larger than 75 MB",
     .state = "skipped",
     .numbers = {.total = 3, .stored = 1, .skipped = 2},
     .reasons = {TOO_LARGE(2, "huge.jpg")}},
    {.headline = "3 items were skipped: larger than 75 MB, and other reasons",
     .state = "skipped",
     .numbers = {.total = 3, .skipped = 3},
     .reasons = {TOO_LARGE(2, "huge.jpg"),
                 {ITEM_SKIPPED, (char *)REASON_EMPTY, 1, (char *)"e.jpg", NULL, true, false}}},
    {.headline = "1 video was skipped: the file could not be read",
     .state = "skipped",
     .numbers = {.total = 1, .skipped = 1},
     .reasons = {{ITEM_SKIPPED, (char *)REASON_UNREADABLE, 1, (char *)"v.mp4", NULL, false, true}}},
    {.headline = "1 stored item is damaged on the server",
     .state = "problem",
     .numbers = {.total = 3, .stored = 3, .verified = 2, .corrupt = 1},
     .silent_us = DAYS(9)},
    {.headline = "2 stored items are missing on the server",
     .state = "problem",
     .numbers = {.total = 3, .stored = 3, .missing = 2}},
    {.headline = "2 stored items are missing or damaged on the server",
     .state = "problem",
     .numbers = {.total = 3, .stored = 3, .missing = 1, .corrupt = 1}},
    {.headline = "Nothing backed up yet", .state = "empty", .numbers = {.total = 0}},
    /* phones with the app, which tells nothing */
    {.headline = "4,312 items from this phone stored, verified 2 hours ago",
     .state = "complete",
     .numbers = {.total = 4312,
                 .stored = 4312,
                 .verified = 4312,
                 .last_stored_us = INT64_C(1790000000000000) - DAYS(13),
                 .oldest_verified_us = INT64_C(1790000000000000) - SECONDS(7300)},
     .is_implicit = true,
     .is_phone = true},
    {.headline = "1 item from this phone stored, not verified yet",
     .state = "complete",
     .numbers = {.total = 1, .stored = 1, .last_stored_us = INT64_C(1790000000000000) - DAYS(5)},
     .silent_us = DAYS(5) + SECONDS(60),
     .is_implicit = true,
     .is_phone = true,
     .guess = "quiet",
     .guess_days = 5},
    {.headline = "Not heard from for 7 days",
     .state = "stale",
     .numbers = {.total = 1, .stored = 1},
     .silent_us = DAYS(7),
     .is_implicit = true,
     .is_phone = true,
     .guess = "quiet",
     .guess_days = 7},
    {.headline = "Nothing backed up yet",
     .state = "empty",
     .is_implicit = true,
     .is_phone = true,
     .guess = "nothing-sent"},
    {.headline = "1 item from this phone stored, not verified yet",
     .state = "complete",
     .numbers = {.total = 1, .stored = 1, .last_stored_us = INT64_C(1790000000000000) - DAYS(34)},
     .silent_us = DAYS(1),
     .is_implicit = true,
     .is_phone = true,
     .guess = "nothing-new",
     .guess_days = 34},
    {.headline = "Signed out: it sends nothing until it signs in again",
     .state = "off",
     .numbers = {.total = 1, .stored = 1},
     .silent_us = DAYS(34),
     .is_implicit = true,
     .is_phone = true,
     .is_signed_out = true},
    {.headline = "1 stored item is damaged on the server",
     .state = "problem",
     .numbers = {.total = 1, .stored = 1, .corrupt = 1},
     .is_implicit = true,
     .is_phone = true,
     .is_signed_out = true},
    {.headline = "Nothing backed up yet", .state = "empty", .numbers = {.total = 1, .skipped = 1, .deleted = 1}},
};

static void test_headlines(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *row = &rows[i];
        struct ledger_numbers numbers = row->numbers;
        numbers.reasons = (struct ledger_reason *)row->reasons;
        numbers.n_reasons = (row->reasons[0].reason != NULL) + (row->reasons[1].reason != NULL);
        struct device device = {
            .kind = row->is_phone ? (char *)"phone" : (char *)"computer",
            .status = row->status,
            .last_contact_us = NOW - row->silent_us,
            .is_implicit = row->is_implicit,
            .is_signed_in = !row->is_signed_out,
        };
        CARD_AUTO struct card card = ledger_card(&device, &numbers, NOW);
        g_assert_cmpstr(card.headline, ==, row->headline);
        g_assert_cmpstr(card_state_name(card.state), ==, row->state);
        g_assert_cmpstr(card_guess_name(card.guess), ==, row->guess);
        g_assert_cmpint(card.guess_days, ==, row->guess_days);
        g_assert_cmpint(card.guess_text != NULL, ==, row->guess != NULL);
    }
}

static void test_counts(void)
{
    static const struct {
        int64_t n;
        const char *text;
    } counts[] = {{0, "0"}, {999, "999"}, {1000, "1,000"}, {1234567, "1,234,567"}, {-1000, "-1,000"}, {-100, "-100"}};
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
        g_autofree char *text = card_count(counts[i].n);
        g_assert_cmpstr(text, ==, counts[i].text);
    }
}

static void test_ago(void)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } times[] = {{-500, "just now"},      {59, "just now"},         {60, "1 minute ago"},
                 {119, "1 minute ago"},   {3599, "59 minutes ago"}, {3600, "1 hour ago"},
                 {86399, "23 hours ago"}, {86400, "1 day ago"},     {86400 * 1000, "1,000 days ago"}};
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
        g_autofree char *text = card_ago(NOW - SECONDS(times[i].seconds), NOW);
        g_assert_cmpstr(text, ==, times[i].text);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/card/headlines", test_headlines);
    g_test_add_func("/card/counts", test_counts);
    g_test_add_func("/card/ago", test_ago);
    return g_test_run();
}
