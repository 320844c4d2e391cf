/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The words of a device's card: from numbers, status and time to one state and one sentence. A pure function, so that
 * the web page, `backup status` and the tests say the same.
 *
 * Threads: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "catalog/devices.h"
#include "catalog/ledger.h"

/* Later ones in this order never hide earlier ones: the worst is said first. */
enum card_state {
    CARD_PROBLEM,    /* stored items are missing or corrupt on the server */
    CARD_FULL,       /* the server has no room, or the quota is used up */
    CARD_STALE,      /* nothing was heard of it for days */
    CARD_BACKING_UP, /* it works now */
    CARD_OFF,
    CARD_WAITING, /* some items wait, or are not looked at yet */
    CARD_SKIPPED, /* all is stored but what was skipped */
    CARD_EMPTY,   /* nothing to back up was reported */
    CARD_COMPLETE
};
/** "problem", "full", "stale", "backing-up", "off", "waiting", "skipped", "empty", "complete". */
const char *card_state_name(enum card_state state);

/** After how long without contact a device that backs up by itself counts as stale. */
#define CARD_STALE_AFTER_US (3 * INT64_C(86400000000))
/** An "uploading" or "scanning" older than this is not believed any more. */
#define CARD_ACTIVITY_FRESH_US (2 * INT64_C(60000000))

/** Phones contact the server when there is something new, and when somebody opens the app: silence means less. */
#define CARD_PHONE_STALE_AFTER_US (7 * INT64_C(86400000000))
/** From then on it is said what may be the reason of a phone's silence; or of its sending nothing though it is in
 * touch. */
#define CARD_PHONE_QUIET_US (3 * INT64_C(86400000000))
#define CARD_PHONE_NOTHING_NEW_US (14 * INT64_C(86400000000))

/** What may be the matter with a phone whose app tells nothing: a guess, and to be shown as one. */
enum card_guess {
    GUESS_NONE,
    GUESS_QUIET,        /* it was not in touch for days */
    GUESS_NOTHING_SENT, /* it signed in, and has sent nothing yet */
    GUESS_NOTHING_NEW,  /* it is in touch, and has sent nothing for days */
};
/** "quiet", "nothing-sent", "nothing-new"; NULL for GUESS_NONE. */
const char *card_guess_name(enum card_guess guess);

struct card {
    enum card_state state;
    char *headline; /* free with g_free() */
    enum card_guess guess;
    int64_t guess_days; /* of GUESS_QUIET and GUESS_NOTHING_NEW */
    char *guess_text;   /* a sentence that says it is a guess, or NULL; free with g_free() */
};
void card_clear(struct card *card);
#define CARD_AUTO __attribute__((cleanup(card_clear)))

/** @now_us as clock_now_us(). Implicit devices but phones (browsers, single uploads) never become stale: nothing is
 *  expected of them. */
struct card ledger_card(const struct device *device, const struct ledger_numbers *numbers, int64_t now_us);

/** "2 hours ago", "just now", "9 days ago": @then_us seen from @now_us. Free with g_free(). */
char *card_ago(int64_t then_us, int64_t now_us);

/** "4,312". Free with g_free(). */
char *card_count(int64_t n);
