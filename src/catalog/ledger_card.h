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

struct card {
    enum card_state state;
    char *headline; /* free with g_free() */
};

/** @now_us as clock_now_us(). Implicit devices (browsers, single uploads) never become stale: nothing is expected of
 *  them. */
struct card ledger_card(const struct device *device, const struct ledger_numbers *numbers, int64_t now_us);

/** "2 hours ago", "just now", "9 days ago": @then_us seen from @now_us. Free with g_free(). */
char *card_ago(int64_t then_us, int64_t now_us);

/** "4,312". Free with g_free(). */
char *card_count(int64_t n);
