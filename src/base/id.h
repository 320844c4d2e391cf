/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Identifiers. Public entity ids are random UUIDs of version 4 (RFC 9562, section 5.4) and cannot be guessed; change
 * ids are 63-bit integers that rise with time and are shown as UUIDs of version 7 (section 5.7), so that their text
 * sorts as the integers do and the time can be read back from them.
 *
 * Threads: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { UUID_TEXT_SIZE = 37 }; /* 36 characters and the NUL */

struct uuid {
    uint8_t bytes[16];
};

/** A new random version 4 UUID. Aborts when the system has no randomness: nothing safe can be done then. */
struct uuid uuid_v4(void);

/** Parses the 36-character text form, upper or lower case; any version. False (and @ret_id untouched) for all else,
 *  also for NULL. */
bool uuid_parse(const char *text, struct uuid *ret_id);

/** As uuid_parse(), but only version 4 (what the API takes in paths). */
bool uuid_parse_v4(const char *text, struct uuid *ret_id);

/** Writes the lower-case text form with its NUL into @ret_text and returns it. */
char *uuid_format(const struct uuid *id, char ret_text[UUID_TEXT_SIZE]);

bool uuid_equal(const struct uuid *a, const struct uuid *b);

/** A change id from a time and a counter: milliseconds since 1970 in the high 43 bits, 20 bits of counter below. */
int64_t change_id_at(int64_t unix_ms);

/** The next change id after @last at wall time @now_us: never at or below @last, also when the clock steps back. */
int64_t change_id_next(int64_t last, int64_t now_us);

/** Milliseconds since 1970 that @change_id carries. */
int64_t change_id_ms(int64_t change_id);

/** @change_id as a version 7 UUID; order of the bytes and of the text is the order of the integers. */
struct uuid change_id_uuid(int64_t change_id);

/** The change id that @id shows, or -1 where change_id_uuid() did not make it. */
int64_t change_id_from_uuid(const struct uuid *id);
