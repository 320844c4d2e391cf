/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/original.h"

#include <string.h>

#include "api/words.h"
#include "ingest/ingest.h"

void original_clear(struct original *original)
{
    g_free(original->note);
    *original = (struct original){0};
}

static bool is_line(const char *text)
{
    if (strlen(text) > ORIGINAL_NOTE_MAX_BYTES || !g_utf8_validate(text, -1, NULL))
        return false;
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return false;
    return true;
}

bool original_parse(const char *sha1, const char *size, const char *note, struct original *ret_original)
{
    struct original original = {.is_set = sha1 != NULL};
    guint64 bytes = 0;
    if (!sha1 && (size || note))
        return false;
    if (sha1 && (!hash_decode(sha1, original.sha1, SHA1_SIZE) || !size ||
                 !g_ascii_string_to_unsigned(size, 10, 1, G_MAXINT64, &bytes, NULL) || (note && !is_line(note))))
        return false;
    original.size_bytes = (int64_t)bytes;
    original.note = g_strdup(note);
    *ret_original = original;
    return true;
}

void original_offer(const struct original *original, struct ingest_offer *offer)
{
    if (!original->is_set)
        return;
    offer->original_sha1 = original->sha1;
    offer->original_bytes = original->size_bytes;
    offer->quality_note = original->note;
}
