/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keywords: what programs write as trees ("People|Marie Curie", Lightroom; "People/Marie Curie", digiKam and Windows)
 * and what stands flat beside it. One answer: paths with "|" between their parts, then the flat words that are no part
 * of any path. */
#include "worker/facts_of_tags.h"

#include <string.h>

enum { IPTC_KEYWORDS = 25, KEYWORD_MAX_BYTES = 500, KEYWORDS_MAX = 500, KEYWORDS_MAX_BYTES = 48 << 10 };

struct collection {
    GString *lines;
    unsigned count;
    GHashTable *known; /* folded: paths, and each part of them */
};

static char *fold(const char *text)
{
    g_autofree char *normal = g_utf8_normalize(text, -1, G_NORMALIZE_NFC);
    return g_utf8_casefold(normal ? normal : text, -1);
}

static void add(struct collection *collection, const char *keyword)
{
    g_autofree char *folded = fold(keyword);
    if (collection->count == KEYWORDS_MAX || g_hash_table_contains(collection->known, folded) ||
        collection->lines->len + strlen(keyword) + 1 > KEYWORDS_MAX_BYTES)
        return;
    g_auto(GStrv) parts = g_strsplit(folded, "|", -1);
    for (char **part = parts; *part; part++)
        g_hash_table_add(collection->known, g_strdup(*part));
    g_hash_table_add(collection->known, g_steal_pointer(&folded));
    g_string_append_printf(collection->lines, "%s%s", collection->count > 0 ? "\n" : "", keyword);
    collection->count++;
}

/* One line, no empty parts. @separator: what divides the parts; 0: none does. */
static void offer(struct collection *collection, const char *text, char separator)
{
    g_autofree char *keyword = g_strdelimit(g_strdup(text), "\n", ' ');
    if (separator != '|')
        g_strdelimit(keyword, "|", '/');
    if (separator == '/')
        g_strdelimit(keyword, "/", '|');
    g_auto(GStrv) parts = g_strsplit(keyword, "|", -1);
    g_autoptr(GString) clean = g_string_new(NULL);
    for (char **part = parts; *part; part++)
        if (*g_strstrip(*part))
            g_string_append_printf(clean, "%s%s", clean->len > 0 ? "|" : "", *part);
    g_autofree char *cut = charset_clean(clean->str, KEYWORD_MAX_BYTES);
    if (cut)
        add(collection, cut);
}

static void offer_array(struct collection *collection, const struct tags *tags, const char *name, char separator)
{
    unsigned n = tags_count(tags, name);
    for (unsigned i = 1; i <= n && collection->count < KEYWORDS_MAX; i++) {
        g_autofree char *text = tags_item(tags, name, i);
        if (text)
            offer(collection, text, separator);
    }
    g_autofree char *single = n == 0 ? tags_text(tags, name) : NULL;
    if (single)
        offer(collection, single, separator);
}

/* Windows: one text, divided by semicolons. */
static void offer_xp(struct collection *collection, const struct tags *tags)
{
    g_autoptr(GBytes) raw = tags_raw(tags, "Exif.Image.XPKeywords");
    size_t size = 0;
    const void *bytes = raw ? g_bytes_get_data(raw, &size) : NULL;
    g_autofree char *text = charset_utf16(bytes, size, false);
    g_auto(GStrv) words = g_strsplit(text, ";", KEYWORDS_MAX);
    for (char **word = words; *word; word++)
        offer(collection, *word, 0);
}

void keywords_read(const struct tags *tags, struct media_reply *reply)
{
    struct collection collection = {
        .lines = g_string_new(NULL),
        .known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
    offer_array(&collection, tags, "Xmp.lr.hierarchicalSubject", '|');
    offer_array(&collection, tags, "Xmp.digiKam.TagsList", '/');
    offer_array(&collection, tags, "Xmp.MicrosoftPhoto.LastKeywordXMP", '/');
    offer_array(&collection, tags, "Xmp.mediapro.CatalogSets", '|');
    offer_array(&collection, tags, "Xmp.dc.subject", 0);
    g_autoptr(GPtrArray) iptc = tags_iptc_all(tags, IPTC_KEYWORDS);
    for (guint i = 0; i < iptc->len; i++)
        offer(&collection, g_ptr_array_index(iptc, i), 0);
    offer_xp(&collection, tags);
    g_hash_table_unref(collection.known);
    reply->keywords = g_string_free(collection.lines, collection.count == 0);
}
