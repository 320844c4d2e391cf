/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The ledger: for every device each item it has, and what became of it. A client reports; but "stored" is the server's
 * own word, believed only where the catalog has an asset with that checksum for this owner, and "verified", "missing"
 * and "corrupt" come from the last reading of the blob. Counters per device follow by triggers in the same transaction.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/encode.h"
#include "base/id.h"
#include "catalog/devices.h"

struct db_conn;

enum { LEDGER_KEY_MAX = 4096, LEDGER_NOTE_MAX = 1024, LEDGER_BATCH_MAX = 1000, LEDGER_PAGE_MAX = 1000 };

/* The first five are stored and reported; the last three are computed for answers: stored and read again. */
enum item_state {
    ITEM_SEEN = 0,
    ITEM_WAITING = 1,
    ITEM_SKIPPED = 2,
    ITEM_UPLOADING = 3,
    ITEM_STORED = 4,
    ITEM_VERIFIED = 5,
    ITEM_MISSING = 6,
    ITEM_CORRUPT = 7,
    ITEM_N_STATES
};
/** "seen", "waiting", "skipped", "uploading", "stored", "verified", "missing", "corrupt". */
const char *item_state_name(enum item_state state);
bool item_state_parse(const char *name, enum item_state *ret_state);

/* Why an item waits or was skipped. The server adds REASON_DELETED itself: its owner deleted it here for good, so it is
 * not missed and does not spoil "complete". */
#define REASON_UNSUPPORTED "unsupported-format"
#define REASON_EMPTY "empty-file"
#define REASON_TOO_LARGE "too-large"
#define REASON_UNREADABLE "unreadable"
#define REASON_CHANGING "changing"
#define REASON_NO_CONNECTION "no-connection"
#define REASON_NO_WIFI "no-wifi"
#define REASON_NO_POWER "no-power"
#define REASON_SERVER_FULL "server-full"
#define REASON_QUOTA "quota"
#define REASON_REFUSED "refused"
#define REASON_PAUSED "paused"
#define REASON_DELETED "deleted"

/** Is @reason one of the words above (REASON_DELETED, which only the server says, excepted)? */
bool item_reason_is_known(const char *reason);

/** What a person reads for a reason ("larger than the limit"); never NULL, also for unknown words. */
const char *item_reason_text(const char *reason);

struct item_report {
    const char *key;  /* 1 … LEDGER_KEY_MAX bytes, valid UTF-8 */
    const char *name; /* NULL: last component of the key */
    int64_t size_bytes;
    int64_t modified_us;
    enum item_state state; /* one of the five */
    const char *reason;    /* NULL, or a known reason; required for waiting and skipped */
    const char *note;      /* detail of the reason for people ("75 MB"), or NULL */
    const uint8_t *sha1;   /* SHA1_SIZE bytes, or NULL */
};
struct item_result {
    enum item_state state; /* as it is now (a "stored" that was not believed is ITEM_SEEN; one that the owner deleted
                              here for good is ITEM_SKIPPED) */
    bool has_asset;
    struct uuid asset_id;
};
/** Writes @n_reports (≤ LEDGER_BATCH_MAX) and marks the keys of @gone (≤ LEDGER_BATCH_MAX) as no longer on the device:
 *  items that were never stored are dropped, stored ones keep their row, marked. @ret_results has room for @n_reports.
 *  A report of another state than "stored" does not unmake a stored item while size and modification time are the same.
 *  Touches the device's last contact. ERR_INVALID names the item; then nothing is written. */
bool ledger_report(struct db_conn *conn, const struct device *device, const struct item_report *reports,
                   size_t n_reports, const char *const *gone, size_t n_gone, struct item_result *ret_results,
                   GError **error);

/** Writes "stored" for an item of the device, from ingest in its own transaction (new and duplicate alike). */
struct item_stored {
    int64_t device_id;
    const char *key; /* NULL or "": @name */
    const char *name;
    int64_t size_bytes;
    int64_t modified_us;
    int64_t asset_id;
};
bool ledger_stored(struct db_conn *conn, const struct item_stored *stored, GError **error);

/** One item. Pointers live during the call. */
struct item {
    int64_t id;
    const char *key, *name;
    int64_t size_bytes;
    int64_t modified_us;
    enum item_state state;    /* any of the eight */
    const char *reason;       /* or NULL */
    const char *note;         /* or NULL */
    const char *media_reason; /* stored, but no picture or only a part of it could be made: why; or NULL */
    bool has_picture;         /* a part of it */
    bool has_asset;
    struct uuid asset_id;
    bool has_sha1;
    uint8_t sha1[SHA1_SIZE];
    int64_t stored_us;   /* 0: not stored */
    int64_t verified_us; /* 0: never */
    int64_t updated_us;
    bool is_gone;
};
struct item_filter {
    int state;          /* enum item_state, or -1: all. ITEM_STORED: stored in any way, verified or not */
    const char *reason; /* NULL: all */
    const char *search; /* part of the name or key, without regard to ASCII case; NULL: all */
    int64_t after_id;   /* cursor: the id of the last item of the page before; 0: first page */
    unsigned limit;     /* 1 … LEDGER_PAGE_MAX */
};
/** By row id (order of first sight). @ret_cursor: the next page's after_id, or 0 when there is none. False from @each
 *  ends it. */
typedef bool items_each(const struct item *item, void *data);
bool ledger_items(struct db_conn *conn, int64_t device_id, const struct item_filter *filter, items_each *each,
                  void *data, int64_t *ret_cursor, GError **error);

/** Calls @each with every (device, item) that an asset came from (for its proof). */
typedef bool items_each_origin(const struct device *device, const struct item *item, void *data);
bool ledger_origins(struct db_conn *conn, int64_t asset_id, items_each_origin *each, void *data, GError **error);

/* ---- numbers of one device ---- */

struct ledger_reason {
    enum item_state state; /* waiting or skipped */
    char *reason;
    int64_t count;
    char *example;   /* name of one such item */
    char *note;      /* its note, or NULL */
    bool all_images; /* are all of them photos by their names? (for "1 photo was skipped") */
    bool all_videos;
};
/** Items that are gone from the device stand only in `gone`. Verified, missing and corrupt are parts of `stored`.
 *  Owned: ledger_numbers_clear(). */
struct ledger_numbers {
    int64_t total, seen, waiting, skipped, uploading, stored, verified, missing, corrupt, gone;
    int64_t deleted; /* part of skipped: deleted here by the owner */
    int64_t total_bytes, stored_bytes;
    int64_t last_stored_us;        /* 0: never */
    int64_t last_verified_us;      /* 0: never */
    int64_t oldest_verified_us;    /* of all stored items; 0: some were never read again */
    struct ledger_reason *reasons; /* most frequent first */
    size_t n_reasons;
};
void ledger_numbers_clear(struct ledger_numbers *numbers);
#define LEDGER_NUMBERS_AUTO __attribute__((cleanup(ledger_numbers_clear)))

/** From maintained counters. */
bool ledger_numbers(struct db_conn *conn, int64_t device_id, struct ledger_numbers *ret_numbers, GError **error);
