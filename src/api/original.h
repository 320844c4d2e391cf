/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An upload may say that it is a smaller file, made by the client for High quality, and of which file: by the hash of
 * that one the asset is known from then on. Threads: any. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/encode.h"

struct ingest_offer;

struct original {
    bool is_set;
    uint8_t sha1[SHA1_SIZE];
    int64_t size_bytes;
    char *note; /* what was done, for people; or NULL */
};
void original_clear(struct original *original);

enum { ORIGINAL_NOTE_MAX_BYTES = 200 };
/** Reads the three texts as they were sent; each may be NULL. False where they make no sense: a hash that is none, a
 *  size that is missing or none, a note that is no line of text, or one of both without the hash. */
bool original_parse(const char *sha1, const char *size, const char *note, struct original *ret_original);

/** Puts it into @offer, which must not outlive @original. */
void original_offer(const struct original *original, struct ingest_offer *offer);
