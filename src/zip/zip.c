/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zip/zip.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

enum {
    /* 4.4.2: made on UNIX, by this version of the format; 4.4.3.2: what a reader must know. */
    MADE_BY = 3 << 8 | 45,
    NEEDS_PLAIN = 20,
    NEEDS_ZIP64 = 45,
    /* 4.4.4: sizes and checksum follow the data (bit 3); the name is UTF-8 (bit 11). */
    FLAGS = 1 << 3 | 1 << 11,
    STORED = 0,            /* 4.4.5 */
    EXTRA_ZIP64 = 0x0001,  /* 4.5.3 */
    EXTRA_TIMES = 0x5455,  /* 4.6.1, "UT": seconds since 1970 UTC, which the DOS time cannot say */
    EXTRA_TIMES_BYTES = 9, /* with its head */
    MODE_FILE = 0100644,   /* of stat(), in the upper half of the external attributes */
    MAX_16 = 0xffff,       /* 4.4.1.4: this or more is said in ZIP64's records ... */
};
#define MAX_32 UINT32_MAX /* ... as well */

struct zip {
    uint64_t at;         /* length of all that was written */
    GByteArray *central; /* the directory as far as it goes */
    uint64_t n_entries;
    /* of the entry that is open: */
    char *name; /* NULL: none is */
    int64_t modified_us;
    uint64_t start, size_bytes, seen_bytes;
    uint32_t crc;
};

struct zip *zip_new(void)
{
    struct zip *zip = g_new0(struct zip, 1);
    zip->central = g_byte_array_new();
    return zip;
}

void zip_free(struct zip *zip)
{
    if (!zip)
        return;
    g_byte_array_unref(zip->central);
    g_free(zip->name);
    g_free(zip);
}

uint64_t zip_size(const struct zip *zip)
{
    return zip->at;
}

/* ---- bytes, least significant first (4.4.1.1) ---- */

static void put(GByteArray *out, uint64_t value, unsigned n_bytes)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < n_bytes; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    g_byte_array_append(out, bytes, n_bytes);
}

static void put_16(GByteArray *out, unsigned value)
{
    put(out, value, 2);
}

static void put_32(GByteArray *out, uint64_t value)
{
    put(out, value, 4);
}

/* The value, or what says that it stands in a record of ZIP64. */
static void put_32_or_full(GByteArray *out, uint64_t value)
{
    put_32(out, MIN(value, MAX_32));
}

static void put_signature(GByteArray *out, const char type[2])
{
    const uint8_t bytes[] = {'P', 'K', (uint8_t)type[0], (uint8_t)type[1]};
    g_byte_array_append(out, bytes, sizeof bytes);
}

/* 4.4.6: two seconds fine, from 1980 to 2107, in the zone of whoever packs. */
static uint32_t dos_time(int64_t us)
{
    time_t seconds = us / G_USEC_PER_SEC;
    struct tm tm;
    if (!localtime_r(&seconds, &tm) || tm.tm_year < 80)
        return 1 << 21 | 1 << 16;
    if (tm.tm_year > 80 + 127)
        return UINT32_C(127) << 25 | 12 << 21 | 31 << 16 | 23 << 11 | 59 << 5 | 29;
    return (uint32_t)(tm.tm_year - 80) << 25 | (uint32_t)(tm.tm_mon + 1) << 21 | (uint32_t)tm.tm_mday << 16 |
           (uint32_t)tm.tm_hour << 11 | (uint32_t)tm.tm_min << 5 | (uint32_t)MIN(tm.tm_sec, 59) / 2;
}

/* The field has 32 bits with a sign; times outside of that it cannot tell, and readers take the DOS time. */
static bool has_unix_time(int64_t us)
{
    return us / G_USEC_PER_SEC >= INT32_MIN && us / G_USEC_PER_SEC <= INT32_MAX;
}

static unsigned times_bytes(int64_t modified_us)
{
    return has_unix_time(modified_us) ? EXTRA_TIMES_BYTES : 0;
}

static void put_times(GByteArray *out, int64_t modified_us)
{
    if (!has_unix_time(modified_us))
        return;
    put_16(out, EXTRA_TIMES);
    put_16(out, EXTRA_TIMES_BYTES - 4);
    put(out, 1, 1); /* the time of modification alone */
    put_32(out, (uint32_t)(int32_t)(modified_us / G_USEC_PER_SEC));
}

/* What local header and central directory begin alike, after their signature and versions. */
static void put_common(GByteArray *out, const struct zip *zip, uint32_t crc, uint64_t size_field, unsigned extra_bytes)
{
    put_16(out, FLAGS);
    put_16(out, STORED);
    put_32(out, dos_time(zip->modified_us));
    put_32(out, crc);
    put_32(out, size_field);
    put_32(out, size_field);
    put_16(out, (unsigned)strlen(zip->name));
    put_16(out, extra_bytes);
}

static void put_name(GByteArray *out, const struct zip *zip)
{
    g_byte_array_append(out, (const guint8 *)zip->name, (guint)strlen(zip->name));
}

/* ---- an entry ---- */

static bool is_large(const struct zip *zip)
{
    return zip->size_bytes >= MAX_32;
}

/* 4.3.7. Bit 3 asks for zeros where the descriptor tells later; the field of ZIP64 says that it will do so in eight
 * bytes (4.3.9.2), and stands with zeros too, as other writers who cannot go back have it. */
static void put_local_header(GByteArray *out, const struct zip *zip)
{
    unsigned zip64_bytes = is_large(zip) ? 20 : 0;
    put_signature(out, "\x03\x04");
    put_16(out, is_large(zip) ? NEEDS_ZIP64 : NEEDS_PLAIN);
    put_common(out, zip, 0, is_large(zip) ? MAX_32 : 0, zip64_bytes + times_bytes(zip->modified_us));
    put_name(out, zip);
    if (is_large(zip)) {
        put_16(out, EXTRA_ZIP64);
        put_16(out, zip64_bytes - 4);
        put(out, 0, 8);
        put(out, 0, 8);
    }
    put_times(out, zip->modified_us);
}

void zip_begin(struct zip *zip, const struct zip_entry *entry, GByteArray *out)
{
    g_assert(!zip->name && strlen(entry->name) <= MAX_16);
    guint before = out->len;
    zip->name = g_strdup(entry->name);
    zip->modified_us = entry->modified_us;
    zip->start = zip->at;
    zip->size_bytes = entry->size_bytes;
    zip->seen_bytes = 0;
    zip->crc = 0;
    put_local_header(out, zip);
    zip->at += out->len - before;
}

void zip_bytes(struct zip *zip, const void *bytes, size_t size)
{
    zip->crc = (uint32_t)crc32_z(zip->crc, bytes, size);
    zip_skip(zip, size);
}

void zip_skip(struct zip *zip, uint64_t size)
{
    g_assert(zip->name && size <= zip->size_bytes - zip->seen_bytes);
    zip->seen_bytes += size;
    zip->at += size;
}

/* 4.3.9 */
static void put_descriptor(GByteArray *out, const struct zip *zip)
{
    unsigned width = is_large(zip) ? 8 : 4;
    put_signature(out, "\x07\x08");
    put_32(out, zip->crc);
    put(out, zip->size_bytes, width);
    put(out, zip->size_bytes, width);
}

/* 4.3.12 */
static void put_central(GByteArray *out, const struct zip *zip)
{
    bool is_far = zip->start >= MAX_32, any = is_large(zip) || is_far;
    unsigned zip64_bytes = (is_large(zip) ? 16 : 0) + (is_far ? 8 : 0);
    put_signature(out, "\x01\x02");
    put_16(out, MADE_BY);
    put_16(out, any ? NEEDS_ZIP64 : NEEDS_PLAIN);
    put_common(out, zip, zip->crc, MIN(zip->size_bytes, MAX_32),
               (any ? 4 + zip64_bytes : 0) + times_bytes(zip->modified_us));
    put_16(out, 0); /* comment */
    put_16(out, 0); /* disk */
    put_16(out, 0); /* internal attributes */
    put_32(out, (uint32_t)MODE_FILE << 16);
    put_32_or_full(out, zip->start);
    put_name(out, zip);
    if (any) {
        put_16(out, EXTRA_ZIP64);
        put_16(out, zip64_bytes);
    }
    if (is_large(zip)) {
        put(out, zip->size_bytes, 8);
        put(out, zip->size_bytes, 8);
    }
    if (is_far)
        put(out, zip->start, 8);
    put_times(out, zip->modified_us);
}

void zip_end(struct zip *zip, GByteArray *out)
{
    g_assert(zip->name && zip->seen_bytes == zip->size_bytes);
    guint before = out->len;
    put_descriptor(out, zip);
    zip->at += out->len - before;
    put_central(zip->central, zip);
    zip->n_entries++;
    g_clear_pointer(&zip->name, g_free);
}

/* ---- the end ---- */

/* 4.3.14 and 4.3.15; @start is where the directory begins, @end where this record does. */
static void put_zip64_end(GByteArray *out, const struct zip *zip, uint64_t start, uint64_t end)
{
    put_signature(out, "\x06\x06");
    put(out, 44, 8); /* of the record, without signature and this field */
    put_16(out, MADE_BY);
    put_16(out, NEEDS_ZIP64);
    put_32(out, 0); /* this disk, and that of the directory */
    put_32(out, 0);
    put(out, zip->n_entries, 8);
    put(out, zip->n_entries, 8);
    put(out, end - start, 8);
    put(out, start, 8);
    put_signature(out, "\x06\x07");
    put_32(out, 0);
    put(out, end, 8);
    put_32(out, 1); /* disks in all */
}

/* 4.3.16 */
static void put_end(GByteArray *out, const struct zip *zip, uint64_t start, uint64_t end)
{
    unsigned n = (unsigned)MIN(zip->n_entries, MAX_16);
    put_signature(out, "\x05\x06");
    put_16(out, 0);
    put_16(out, 0);
    put_16(out, n);
    put_16(out, n);
    put_32_or_full(out, end - start);
    put_32_or_full(out, start);
    put_16(out, 0); /* comment */
}

void zip_finish(struct zip *zip, GByteArray *out)
{
    g_assert(!zip->name);
    uint64_t start = zip->at, end = start + zip->central->len;
    guint before = out->len;
    g_byte_array_append(out, zip->central->data, zip->central->len);
    g_byte_array_set_size(zip->central, 0);
    if (zip->n_entries >= MAX_16 || start >= MAX_32 || end - start >= MAX_32)
        put_zip64_end(out, zip, start, end);
    put_end(out, zip, start, end);
    zip->at += out->len - before;
}
