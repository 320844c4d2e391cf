/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads the request headers of tus 1.0 (https://tus.io/protocols/resumable-upload, "Headers"): lengths, metadata,
 * checksum. Pure functions over text from outside; uploads.c uses them.
 *
 * Threads: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/encode.h"
#include "base/id.h"

enum { TUS_METADATA_MAX_BYTES = 8192, TUS_TEXT_MAX_BYTES = 4096 };

/** A count of bytes as Upload-Length and Upload-Offset have it: decimal digits only, at most INT64_MAX. NULL and all
 *  else is ERR_INVALID that names @header. */
bool tus_count(const char *header, const char *value, int64_t *ret_bytes, GError **error);

/** Upload-Checksum: "sha1 BASE64" or "sha256 BASE64". */
struct tus_checksum {
    bool is_sha256;
    uint8_t bytes[SHA256_SIZE]; /* the first SHA1_SIZE count unless is_sha256 */
};
/** ERR_UNSUPPORTED for another algorithm, ERR_INVALID where the value is malformed. */
bool tus_checksum_parse(const char *value, struct tus_checksum *ret_checksum, GError **error);

/** What Upload-Metadata says about a file (docs/architecture.md). Owned strings: tus_metadata_clear(). */
struct tus_metadata {
    char *file_name;     /* valid UTF-8, never empty */
    int64_t created_us;  /* 0 where not said */
    int64_t modified_us; /* 0 where not said */
    bool has_created, has_modified;
    bool is_favorite;
    char *visibility; /* NULL, or one of the four words */
    bool has_live_photo_video;
    struct uuid live_photo_video;
    bool has_checksum;
    uint8_t sha1[SHA1_SIZE];
    bool has_device;
    struct uuid device;
    char *item_key;                                     /* valid UTF-8, or NULL */
    char *original_sha1, *original_size, *quality_note; /* as sent (original.h), or NULL */
};
void tus_metadata_clear(struct tus_metadata *metadata);

/** Parses "key BASE64,key BASE64,key". Keys that are not ours are ignored; one of ours that stands twice or has a value
 *  that makes no sense is ERR_INVALID, as is a missing file name. NULL is an empty header. */
bool tus_metadata_parse(const char *value, struct tus_metadata *ret_metadata, GError **error);

enum { TUS_DATE_SIZE = 30 };
/** Writes @us as an HTTP date ("Sun, 06 Nov 1994 08:49:37 GMT", RFC 9110, section 5.6.7) with its NUL, and returns
 *  @ret_text: what Upload-Expires holds. Years 1970 to 9999. */
char *tus_date(int64_t us, char ret_text[TUS_DATE_SIZE]);
