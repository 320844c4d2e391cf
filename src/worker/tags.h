/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tags of one photo's blocks by their exiv2 names, and how their texts are read. Threads: one. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tags;

struct tags *tags_new(GBytes *exif, GBytes *xmp, GBytes *xmp_extended, GBytes *iptc);
void tags_free(struct tags *tags);

/** The text of tag @name ("Exif.…" or "Xmp.…"), trimmed, valid UTF-8 without control characters, at most
 *  TAGS_TEXT_MAX bytes; NULL where it is missing or empty. Free with g_free(). */
enum { TAGS_TEXT_MAX = 4096 };
char *tags_text(const struct tags *tags, const char *name);

/** Data set @number of record 2 of the IPTC block (IIM 4.2), as tags_text(). */
char *tags_iptc(const struct tags *tags, unsigned number);

/** The first @count rationals or numbers of a tag ("39/1 6/1 54/1"). False where there are fewer. */
bool tags_numbers(const struct tags *tags, const char *name, double *ret_numbers, unsigned count);

/** The raw bytes of an EXIF tag, or NULL. */
GBytes *tags_raw(const struct tags *tags, const char *name);

/** A date and time as EXIF ("2024:08:13 12:34:56") or XMP ("2024-08-13T12:34:56.789+02:00") write it; a date alone is
 *  midnight. @ret_offset_min is MEDIA_NO_INT where no zone is written. False, outputs untouched, for all else. */
bool tags_parse_time(const char *text, int64_t *ret_local_us, int64_t *ret_offset_min);

/** "+02:00", "-0330", "+5", "Z". */
bool tags_parse_offset(const char *text, int64_t *ret_offset_min);
