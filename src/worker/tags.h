/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tags of one file's metadata blocks by their exiv2 names, and how their texts are read. XMP and IPTC are read
 * here; EXIF is set by exif.h, so that a program that has none of it (videos, side files) need not link exiv2. Threads:
 * one. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tags;

/** Each block may be NULL and may be nonsense. @xmp_extended is asked for what @xmp does not have. */
struct tags *tags_new(GBytes *xmp, GBytes *xmp_extended, GBytes *iptc);
void tags_free(struct tags *tags);

/** Where the tags "Exif.…" come from. All results are the caller's to free. */
struct tags_exif {
    void *block;
    char *(*text)(void *block, const char *name); /* as it stands; NULL: none */
    GBytes *(*raw)(void *block, const char *name);
    void (*free)(void *block);
    bool is_big_endian;
};
void tags_set_exif(struct tags *tags, const struct tags_exif *exif);

/** The text of tag @name ("Exif.Photo.LensModel", "Xmp.dc.description", "Xmp.mwg-rs.Regions/mwg-rs:RegionList[1]/…"),
 *  trimmed, valid UTF-8 without control characters, at most TAGS_TEXT_MAX bytes; of an array the first item. NULL where
 *  it is missing or empty. Free with g_free(). */
enum { TAGS_TEXT_MAX = 4096 };
char *tags_text(const struct tags *tags, const char *name);

/** Is there an XMP packet with anything in it? */
bool tags_has_xmp(const struct tags *tags);

/** How many items the XMP array @name has, and one of them (from 1 on). */
unsigned tags_count(const struct tags *tags, const char *name);
char *tags_item(const struct tags *tags, const char *name, unsigned item);

/** Data set @number of record 2 of the IPTC block (IIM 4.2), as tags_text(); and all of that number. */
char *tags_iptc(const struct tags *tags, unsigned number);
GPtrArray *tags_iptc_all(const struct tags *tags, unsigned number);

/** The first @count rationals or numbers of a tag ("39/1 6/1 54/1"). False where there are fewer. */
bool tags_numbers(const struct tags *tags, const char *name, double *ret_numbers, unsigned count);

/** The raw bytes of an EXIF tag, or NULL. */
GBytes *tags_raw(const struct tags *tags, const char *name);

/** Of the EXIF block: which byte comes first. */
bool tags_is_big_endian(const struct tags *tags);

/** A date and time as EXIF ("2024:08:13 12:34:56") or XMP ("2024-08-13T12:34:56.789+02:00") write it; a date alone is
 *  midnight, a second of 60 the one before it. @ret_offset_min is MEDIA_NO_INT where no zone is written. False, outputs
 *  untouched, for all else. */
bool tags_parse_time(const char *text, int64_t *ret_local_us, int64_t *ret_offset_min);

/** "+02:00", "-0330", "+5", "Z". */
bool tags_parse_offset(const char *text, int64_t *ret_offset_min);
