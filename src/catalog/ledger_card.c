/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/ledger_card.h"

#include <string.h>

static const char *const state_names[] = {"problem", "full",    "stale", "backing-up", "off",
                                          "waiting", "skipped", "empty", "complete"};
G_STATIC_ASSERT(G_N_ELEMENTS(state_names) == CARD_COMPLETE + 1);

static const int64_t SECOND_US = G_USEC_PER_SEC;
static const int64_t DAY_US = INT64_C(86400) * G_USEC_PER_SEC;

const char *card_state_name(enum card_state state)
{
    return state_names[state];
}

/* ---- words ---- */

char *card_count(int64_t n)
{
    g_autofree char *digits = g_strdup_printf("%" G_GINT64_FORMAT, n);
    size_t length = strlen(digits);
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < length; i++) {
        size_t left = length - i;
        if (i > 0 && left % 3 == 0 && digits[i - 1] != '-')
            g_string_append_c(text, ',');
        g_string_append_c(text, digits[i]);
    }
    return g_string_free(text, FALSE);
}

/* "1 photo", "4,312 items". */
static char *counted(int64_t n, const char *noun)
{
    g_autofree char *count = card_count(n);
    return g_strdup_printf("%s %s%s", count, noun, n == 1 ? "" : "s");
}

char *card_ago(int64_t then_us, int64_t now_us)
{
    int64_t seconds = (now_us - then_us) / SECOND_US;
    if (seconds < 60)
        return g_strdup("just now");
    static const struct {
        int64_t seconds;
        const char *noun;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}};
    for (size_t i = 0;; i++) {
        if (seconds >= units[i].seconds) {
            g_autofree char *text = counted(seconds / units[i].seconds, units[i].noun);
            return g_strconcat(text, " ago", NULL);
        }
    }
}

/* "18 MB/s", "2.4 MB/s", "900 kB/s". */
static char *rate_text(int64_t bytes_per_second)
{
    static const char *const units[] = {"B", "kB", "MB", "GB"};
    double rate = (double)bytes_per_second;
    size_t unit = 0;
    while (rate >= 999.5 && unit + 1 < G_N_ELEMENTS(units)) {
        rate /= 1000;
        unit++;
    }
    return g_strdup_printf(unit >= 2 && rate < 9.95 ? "%.1f %s/s" : "%.0f %s/s", rate, units[unit]);
}

/* "45 s left", "3 min left", "2 h 5 min left", "4 days left". */
static char *left_text(int64_t seconds)
{
    if (seconds < 60)
        return g_strdup_printf("%d s left", (int)seconds);
    int64_t minutes = (seconds + 30) / 60;
    if (minutes < 60)
        return g_strdup_printf("%d min left", (int)minutes);
    if (minutes < 48 * 60)
        return minutes % 60 == 0 ? g_strdup_printf("%d h left", (int)(minutes / 60))
                                 : g_strdup_printf("%d h %d min left", (int)(minutes / 60), (int)(minutes % 60));
    g_autofree char *days = counted(minutes / 1440, "day");
    return g_strconcat(days, " left", NULL);
}

/* ---- one headline a state ---- */

static char *say_problem(const struct ledger_numbers *numbers)
{
    int64_t n = numbers->missing + numbers->corrupt;
    g_autofree char *items = counted(n, "stored item");
    const char *what = numbers->corrupt == 0 ? "missing" : numbers->missing == 0 ? "damaged" : "missing or damaged";
    return g_strdup_printf("%s %s %s on the server", items, n == 1 ? "is" : "are", what);
}

static char *say_stale(const struct device *device, int64_t now_us)
{
    g_autofree char *days = counted((now_us - device->last_contact_us) / DAY_US, "day");
    return g_strdup_printf(device_is_app_phone(device) ? "Not heard from for %s" : "No backup for %s", days);
}

static char *say_working(const struct device_status *status)
{
    g_autofree char *done = card_count(status->done);
    if (status->activity == ACTIVITY_SCANNING) {
        return status->done > 0 ? g_strdup_printf("Looking for photos and videos: %s so far", done)
                                : g_strdup("Looking for photos and videos");
    }
    g_autofree char *total = card_count(MAX(status->total, status->done));
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "Backing up: %s of %s", done, total);
    if (status->bytes_per_second > 0) {
        g_autofree char *rate = rate_text(status->bytes_per_second);
        g_string_append_printf(text, ", %s", rate);
    }
    if (status->seconds_left >= 0) {
        g_autofree char *left = left_text(status->seconds_left);
        g_string_append_printf(text, ", %s", left);
    }
    return g_string_free(text, FALSE);
}

/* The most frequent reason of items in @state, or NULL. */
static const struct ledger_reason *first_reason(const struct ledger_numbers *numbers, enum item_state state)
{
    for (size_t i = 0; i < numbers->n_reasons; i++) {
        const struct ledger_reason *reason = &numbers->reasons[i];
        if (reason->state == state && strcmp(reason->reason, REASON_DELETED) != 0)
            return reason;
    }
    return NULL;
}

static const char *known_wait(const char *reason)
{
    static const struct {
        const char *reason, *text;
    } waits[] = {
        {REASON_NO_CONNECTION, "Waiting for connection"},
        {REASON_NO_WIFI, "Waiting for Wi-Fi"},
        {REASON_NO_POWER, "Waiting for power"},
        {REASON_PAUSED, "Backup is paused"},
    };
    for (size_t i = 0; reason && i < G_N_ELEMENTS(waits); i++) {
        if (strcmp(waits[i].reason, reason) == 0)
            return waits[i].text;
    }
    return NULL;
}

static char *say_waiting(const struct device *device, const struct ledger_numbers *numbers)
{
    const struct ledger_reason *first = first_reason(numbers, ITEM_WAITING);
    const char *wait = device->status.activity == ACTIVITY_WAITING ? known_wait(device->status.reason) : NULL;
    if (!wait && first)
        wait = known_wait(first->reason);
    if (wait)
        return g_strdup(wait);
    int64_t n = first ? first->count : numbers->waiting + numbers->seen + numbers->uploading;
    if (n == 0)
        return g_strdup("Waiting");
    g_autofree char *items = counted(n, "item");
    if (!first)
        return g_strdup_printf("%s %s not backed up yet", items, n == 1 ? "is" : "are");
    return g_strdup_printf("%s %s waiting: %s", items, n == 1 ? "is" : "are", item_reason_text(first->reason));
}

static char *say_skipped(const struct ledger_numbers *numbers)
{
    const struct ledger_reason *first = first_reason(numbers, ITEM_SKIPPED);
    int64_t n = numbers->skipped - numbers->deleted;
    bool same = first && first->count == n;
    const char *noun = same && first->all_images ? "photo" : same && first->all_videos ? "video" : "item";
    g_autofree char *items = counted(n, noun);
    g_autofree char *why = first && strcmp(first->reason, REASON_TOO_LARGE) == 0 && first->note && *first->note
                               ? g_strdup_printf("larger than %s", first->note)
                               : g_strdup(item_reason_text(first ? first->reason : NULL));
    return g_strdup_printf("%s %s skipped: %s%s", items, n == 1 ? "was" : "were", why,
                           same ? "" : ", and other reasons");
}

/* The time is that of the item whose check is the oldest: "verified 2 hours ago" must be true of every one. */
static char *say_complete(const struct device *device, const struct ledger_numbers *numbers, int64_t now_us)
{
    g_autofree char *items = counted(numbers->stored, "item");
    g_autofree char *proof = NULL;
    if (numbers->verified == 0) {
        proof = g_strdup("not verified yet");
    } else if (numbers->verified < numbers->stored) {
        g_autofree char *some = card_count(numbers->verified);
        proof = g_strdup_printf("%s of them verified", some);
    } else {
        g_autofree char *ago = card_ago(numbers->oldest_verified_us, now_us);
        proof = g_strdup_printf("verified %s", ago);
    }
    /* Whether there is more on a phone only its app knows; and of a browser or a key we know only what came with it. */
    if (device->is_implicit)
        return g_strdup_printf("%s from %s stored, %s", items, device_is_app_phone(device) ? "this phone" : "here",
                               proof);
    return g_strdup_printf("Backup complete: %s%s stored, %s", numbers->stored == 1 ? "" : "all ", items, proof);
}

/* ---- which state ---- */

static bool has_reason(const struct device *device, const struct ledger_numbers *numbers, const char *wanted)
{
    if (device->status.reason && strcmp(device->status.reason, wanted) == 0)
        return true;
    for (size_t i = 0; i < numbers->n_reasons; i++) {
        if (strcmp(numbers->reasons[i].reason, wanted) == 0)
            return true;
    }
    return false;
}

static bool is_working(const struct device_status *status, int64_t now_us)
{
    bool works = status->activity == ACTIVITY_UPLOADING || status->activity == ACTIVITY_SCANNING;
    return works && now_us - status->at_us <= CARD_ACTIVITY_FRESH_US;
}

static int64_t silent_us(const struct device *device, int64_t now_us)
{
    return now_us - device->last_contact_us;
}

static bool is_stale(const struct device *device, int64_t now_us)
{
    if (device_is_app_phone(device))
        return silent_us(device, now_us) >= CARD_PHONE_STALE_AFTER_US;
    return !device->is_implicit && silent_us(device, now_us) >= CARD_STALE_AFTER_US;
}

static enum card_state judge(const struct device *device, const struct ledger_numbers *numbers, int64_t now_us)
{
    if (numbers->missing + numbers->corrupt > 0)
        return CARD_PROBLEM;
    if (has_reason(device, numbers, REASON_SERVER_FULL) || has_reason(device, numbers, REASON_QUOTA))
        return CARD_FULL;
    if (device_is_app_phone(device) && !device->is_signed_in)
        return CARD_OFF;
    if (is_stale(device, now_us))
        return CARD_STALE;
    if (is_working(&device->status, now_us))
        return CARD_BACKING_UP;
    if (device->status.activity == ACTIVITY_OFF)
        return CARD_OFF;
    if (numbers->waiting + numbers->seen + numbers->uploading > 0)
        return CARD_WAITING;
    if (numbers->skipped > numbers->deleted)
        return CARD_SKIPPED;
    if (numbers->stored == 0)
        return device->status.activity == ACTIVITY_WAITING ? CARD_WAITING : CARD_EMPTY;
    return CARD_COMPLETE;
}

static char *headline(enum card_state state, const struct device *device, const struct ledger_numbers *numbers,
                      int64_t now_us)
{
    switch (state) {
    case CARD_PROBLEM:
        return say_problem(numbers);
    case CARD_FULL:
        return g_strdup(has_reason(device, numbers, REASON_SERVER_FULL) ? "Server storage is full"
                                                                        : "Your storage quota is used up");
    case CARD_STALE:
        return say_stale(device, now_us);
    case CARD_BACKING_UP:
        return say_working(&device->status);
    case CARD_OFF:
        return g_strdup(device_is_app_phone(device) ? "Signed out: it sends nothing until it signs in again"
                                                    : "Backup is off");
    case CARD_WAITING:
        return say_waiting(device, numbers);
    case CARD_SKIPPED:
        return say_skipped(numbers);
    case CARD_EMPTY:
        return g_strdup("Nothing backed up yet");
    case CARD_COMPLETE:
        break;
    }
    return say_complete(device, numbers, now_us);
}

/* ---- guesses about phones ---- */

const char *card_guess_name(enum card_guess guess)
{
    static const char *const names[] = {NULL, "quiet", "nothing-sent", "nothing-new"};
    return names[guess];
}

static enum card_guess guess_at(const struct device *device, const struct ledger_numbers *numbers, int64_t now_us)
{
    if (!device_is_app_phone(device) || !device->is_signed_in)
        return GUESS_NONE;
    if (silent_us(device, now_us) >= CARD_PHONE_QUIET_US)
        return GUESS_QUIET;
    if (numbers->total == 0)
        return GUESS_NOTHING_SENT;
    return now_us - numbers->last_stored_us >= CARD_PHONE_NOTHING_NEW_US ? GUESS_NOTHING_NEW : GUESS_NONE;
}

static void add_guess(struct card *card, const struct device *device, const struct ledger_numbers *numbers,
                      int64_t now_us)
{
    card->guess = guess_at(device, numbers, now_us);
    int64_t since_us = card->guess == GUESS_QUIET ? device->last_contact_us : numbers->last_stored_us;
    card->guess_days = (now_us - since_us) / DAY_US;
    g_autofree char *days = counted(card->guess_days, "day");
    switch (card->guess) {
    case GUESS_NONE:
        card->guess_days = 0;
        break;
    case GUESS_QUIET:
        card->guess_text =
            g_strdup_printf("It has not been in touch for %s: perhaps there is nothing new, no Wi-Fi, the "
                            "battery saver is on, or the system closed the app. Open the app to know.",
                            days);
        break;
    case GUESS_NOTHING_SENT:
        card->guess_days = 0;
        card->guess_text =
            g_strdup("It signed in, but has sent nothing: perhaps backup is not switched on in the app, or "
                     "no album is chosen there.");
        break;
    case GUESS_NOTHING_NEW:
        card->guess_text =
            g_strdup_printf("It is in touch, but has sent nothing for %s: perhaps there is nothing new, or "
                            "backup is switched off in the app.",
                            days);
        break;
    }
}

void card_clear(struct card *card)
{
    g_free(card->headline);
    g_free(card->guess_text);
    *card = (struct card){0};
}

struct card ledger_card(const struct device *device, const struct ledger_numbers *numbers, int64_t now_us)
{
    enum card_state state = judge(device, numbers, now_us);
    struct card card = {.state = state, .headline = headline(state, device, numbers, now_us)};
    add_guess(&card, device, numbers, now_us);
    return card;
}
