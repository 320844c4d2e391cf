/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writes ZIP archives in one go from front to back, for answers that are made while they are sent: nothing is ever
 * gone back to. Entries are stored, not deflated (photos and videos do not get smaller), so the length of an archive is
 * known before its first byte. Follows the APPNOTE of PKWARE, version 6.3.10; clauses are named where they are used.
 *
 *     struct zip *zip = zip_new();
 *     zip_begin(zip, &entry, out);       send out, then entry.size_bytes bytes,
 *     zip_bytes(zip, bytes, size);       telling of each
 *     zip_end(zip, out);                 send out; further entries
 *     zip_finish(zip, out);              send out: the end
 *
 * What there is to be sent beside the contents is appended to @out. ZIP64 comes in where an entry, an offset or the
 * count of entries needs it, and only there.
 *
 * Memory: about 80 bytes and its name for each entry that was ended, until zip_free(). Threads: one at a time. */
#pragma once

#include <glib.h>
#include <stdint.h>

struct zip;

struct zip_entry {
    const char *name; /* valid UTF-8, at most 65535 bytes: as zip_names_take() gives it */
    int64_t modified_us;
    uint64_t size_bytes; /* exactly as many follow */
};

struct zip *zip_new(void);
/** NULL is fine. */
void zip_free(struct zip *zip);

/** Begins an entry; the one before must have been ended. */
void zip_begin(struct zip *zip, const struct zip_entry *entry, GByteArray *out);

/** The next @size bytes of the entry, wherever they went. */
void zip_bytes(struct zip *zip, const void *bytes, size_t size);

/** As zip_bytes() for bytes that nobody has at hand: all lengths come out right, the checksum does not. For measuring.
 */
void zip_skip(struct zip *zip, uint64_t size);

/** Ends an entry whose bytes have all come. */
void zip_end(struct zip *zip, GByteArray *out);

/** Ends the archive. */
void zip_finish(struct zip *zip, GByteArray *out);

/** How long the archive is so far, contents included. */
uint64_t zip_size(const struct zip *zip);

/* ---- names ---- */

/** Names that an archive has given away. No two of them are the same on systems that do not look at case. */
struct zip_names;
struct zip_names *zip_names_new(void);
/** NULL is fine. */
void zip_names_free(struct zip_names *names);

/** A free name made of @wanted: a plain file name (text_file_name(), so that it can lead nowhere), with " (1)", " (2)",
 *  … before its extension where it was given away before. Free with g_free(). */
char *zip_names_take(struct zip_names *names, const char *wanted);
