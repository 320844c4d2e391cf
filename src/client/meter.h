/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How far a run is, in words: a line that is redrawn on a terminal, plain lines now and then elsewhere.
 *
 * Threads: a struct meter is guarded by its own lock and may be used by all; the pure functions by any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- pure: rate and words ---- */

/** Bytes per second, smoothed: a sample weighs half after ten seconds. */
struct rate {
    int64_t at_us; /* of the last sample; 0: none */
    int64_t bytes; /* then */
    double per_second;
    double weight; /* 0 … 1: how much of the past is in per_second */
};
/** @bytes in all so far at @now_us (monotonic). Samples closer than 200 ms are left for the next. */
void rate_sample(struct rate *rate, int64_t bytes, int64_t now_us);
/** -1: not known yet. */
int64_t rate_per_second(const struct rate *rate);
/** Seconds for @bytes_left; -1: not known. */
int64_t rate_seconds_left(const struct rate *rate, int64_t bytes_left);

enum meter_phase { METER_SCANNING, METER_WORKING, METER_WAITING };

struct meter_view {
    enum meter_phase phase;
    int64_t items_done, items_total;
    int64_t bytes_done, bytes_total;
    int64_t bytes_per_second, seconds_left; /* -1: not known */
};

/** "45 s", "3 min", "2 h 5 min", "4 days". Free with g_free(). */
char *meter_duration(int64_t seconds);
/** "4,312". Free with g_free(). */
char *meter_count(int64_t n);
/** "18.4 MB", in ASCII: one byte a column. Free with g_free(). */
char *meter_size(int64_t bytes);
/** One line of at most @width columns, without a bar where there is no room for one. Free with g_free(). */
char *meter_line(const struct meter_view *view, size_t width);

/* ---- the meter of a run ---- */

struct meter;

/** Draws on standard error. @is_quiet: nothing but what meter_say() is told. */
struct meter *meter_new(bool is_quiet);
/** Takes the line away and frees. */
void meter_free(struct meter *meter);

void meter_phase(struct meter *meter, enum meter_phase phase);
void meter_total(struct meter *meter, int64_t items, int64_t bytes);
/** Adds to what is done; either may be negative. */
void meter_add(struct meter *meter, int64_t items, int64_t bytes);
/** Bytes that went over the network, for the rate. */
void meter_sent(struct meter *meter, int64_t bytes);
struct meter_view meter_now(struct meter *meter);
/** A line for people on standard output, above the bar. */
void meter_say(struct meter *meter, const char *format, ...) G_GNUC_PRINTF(2, 3);
