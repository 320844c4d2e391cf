/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/throttle.h"

#include "base/clock.h"
#include "base/error.h"

/* A person who mistypes is not slowed; one address may serve a family, one account may be known to a botnet. */
enum { FREE_PAIR = 5, FREE_ADDRESS = 20, FREE_ACCOUNT = 20 };
enum { ENTRIES_MAX = 20000 };
static const int64_t LONGEST_WAIT_US = INT64_C(900) * G_USEC_PER_SEC;
/* Short, so that strangers who guess cannot lock an account's owner out. */
static const int64_t LONGEST_WAIT_ACCOUNT_US = INT64_C(10) * G_USEC_PER_SEC;
static const int64_t FORGET_AFTER_US = INT64_C(86400) * G_USEC_PER_SEC;

struct entry {
    unsigned failures;
    int64_t last_us;
};

struct throttle {
    GMutex lock;         /* guards entries */
    GHashTable *entries; /* "p email\naddress", "a address", "e email" → struct entry */
};

/* The three things that are counted for one attempt. */
struct subject {
    char *key;
    unsigned free;
    int64_t longest_us;
};
enum { SUBJECTS = 3, PAIR = 0, ADDRESS = 1, ACCOUNT = 2 };

struct throttle *throttle_new(void)
{
    struct throttle *throttle = g_new0(struct throttle, 1);
    g_mutex_init(&throttle->lock);
    throttle->entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return throttle;
}

void throttle_free(struct throttle *throttle)
{
    if (!throttle)
        return;
    g_hash_table_unref(throttle->entries);
    g_mutex_clear(&throttle->lock);
    g_free(throttle);
}

static void subjects_of(const char *email, const char *address, struct subject ret_subjects[SUBJECTS])
{
    g_autofree char *account = g_ascii_strdown(email, -1);
    ret_subjects[PAIR] = (struct subject){g_strdup_printf("p %s\n%s", account, address), FREE_PAIR, LONGEST_WAIT_US};
    ret_subjects[ADDRESS] = (struct subject){g_strdup_printf("a %s", address), FREE_ADDRESS, LONGEST_WAIT_US};
    ret_subjects[ACCOUNT] = (struct subject){g_strdup_printf("e %s", account), FREE_ACCOUNT, LONGEST_WAIT_ACCOUNT_US};
}

static void subjects_free(struct subject subjects[SUBJECTS])
{
    for (int i = 0; i < SUBJECTS; i++)
        g_free(subjects[i].key);
}

/* After the free attempts: 1 s, 2 s, 4 s, … up to the longest. */
static int64_t wait_after(const struct subject *subject, unsigned failures)
{
    if (failures < subject->free)
        return 0;
    unsigned doublings = MIN(failures - subject->free, 20u);
    return MIN((int64_t)G_USEC_PER_SEC << doublings, subject->longest_us);
}

unsigned throttle_wait_s(struct throttle *throttle, const char *email, const char *address)
{
    struct subject subjects[SUBJECTS];
    subjects_of(email, address, subjects);
    int64_t now_us = clock_now_us(), left_us = 0;
    g_mutex_lock(&throttle->lock);
    for (int i = 0; i < SUBJECTS; i++) {
        const struct entry *entry = g_hash_table_lookup(throttle->entries, subjects[i].key);
        /* One from the future (the clock was set back) must not lock anybody out. */
        if (entry && entry->last_us <= now_us)
            left_us = MAX(left_us, entry->last_us + wait_after(&subjects[i], entry->failures) - now_us);
    }
    g_mutex_unlock(&throttle->lock);
    subjects_free(subjects);
    return (unsigned)((left_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC);
}

bool throttle_check(struct throttle *throttle, const char *email, const char *address, GError **error)
{
    unsigned seconds = throttle_wait_s(throttle, email, address);
    return seconds == 0 ||
           err_set(error, ERR_BUSY, "Too many attempts. Try again in %u second%s.", seconds, seconds == 1 ? "" : "s");
}

static gboolean is_old(gpointer key, gpointer value, gpointer data)
{
    const struct entry *entry = value;
    return entry->last_us < *(const int64_t *)data;
}

/* Makes room: first what is old, then, under a flood of names, ever younger ones. */
static void make_room(struct throttle *throttle, int64_t now_us)
{
    for (int64_t age_us = FORGET_AFTER_US; g_hash_table_size(throttle->entries) >= ENTRIES_MAX; age_us /= 4) {
        int64_t before_us = now_us - age_us;
        g_hash_table_foreach_remove(throttle->entries, is_old, &before_us);
        if (age_us == 0) {
            g_hash_table_remove_all(throttle->entries);
            return;
        }
    }
}

void throttle_failed(struct throttle *throttle, const char *email, const char *address)
{
    struct subject subjects[SUBJECTS];
    subjects_of(email, address, subjects);
    int64_t now_us = clock_now_us();
    g_mutex_lock(&throttle->lock);
    make_room(throttle, now_us);
    for (int i = 0; i < SUBJECTS; i++) {
        struct entry *entry = g_hash_table_lookup(throttle->entries, subjects[i].key);
        if (!entry) {
            entry = g_new0(struct entry, 1);
            g_hash_table_insert(throttle->entries, g_steal_pointer(&subjects[i].key), entry);
        }
        if (entry->last_us < now_us - FORGET_AFTER_US)
            entry->failures = 0;
        entry->failures++;
        entry->last_us = now_us;
    }
    g_mutex_unlock(&throttle->lock);
    subjects_free(subjects);
}

void throttle_passed(struct throttle *throttle, const char *email, const char *address)
{
    struct subject subjects[SUBJECTS];
    subjects_of(email, address, subjects);
    g_mutex_lock(&throttle->lock);
    g_hash_table_remove(throttle->entries, subjects[PAIR].key);
    g_hash_table_remove(throttle->entries, subjects[ACCOUNT].key);
    g_mutex_unlock(&throttle->lock);
    subjects_free(subjects);
}
