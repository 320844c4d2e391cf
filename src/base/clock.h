/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Time. Instants are int64 microseconds since 1970 UTC everywhere; the local offset of a photo is stored apart. The
 * wall clock can be replaced in tests, so that nothing has to sleep.
 *
 * Threads: any; clock_set_for_test() before threads start. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { ISO_TEXT_SIZE = 32 };

/** Wall-clock time, microseconds since 1970 UTC. */
int64_t clock_now_us(void);

/** Makes clock_now_us() answer @now_us until called with a negative value. Tests only. */
void clock_set_for_test(int64_t now_us);

/** Writes @us as "2024-08-13T12:34:56.789Z" (ISO 8601, milliseconds, UTC) with NUL and returns @ret_text. Years
 *  outside 0001..9999 are written as the nearest of the two. */
char *iso_format(int64_t us, char ret_text[ISO_TEXT_SIZE]);

/** As iso_format() without the final Z (what the timeline bucket of the Immich API wants). */
char *iso_format_bare(int64_t us, char ret_text[ISO_TEXT_SIZE]);

/** Parses an ISO 8601 date and time with or without fraction, with `Z`, an offset, or nothing (taken as UTC), also a
 *  date alone. @ret_us is the instant, microseconds UTC. False, output untouched, for all else. */
bool iso_parse(const char *text, int64_t *ret_us);

/** As iso_parse(), and whether the text names a zone, and which: @ret_offset_min east of UTC. */
bool iso_parse_zoned(const char *text, int64_t *ret_us, bool *ret_has_zone, int *ret_offset_min);

enum { ZONE_TEXT_SIZE = 16 };

/** Writes an offset from UTC as "UTC", "UTC+2" or "UTC-3:30" with NUL and returns @ret_text. */
char *zone_format(int offset_min, char ret_text[ZONE_TEXT_SIZE]);
