/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * XMP of motion photos: "Motion Photo format 1.0" of the Android developers' pages, and MicroVideo before it. Names are
 * compared without their prefix, which each writer chooses. */
#include <string.h>

#include "worker/motion.h"

enum { ITEMS_MAX = 32, WORD_MAX = 64 };

/* An item of the directory: the picture itself, its gain map, the video, in the order of the file. */
struct item {
    bool is_motion;
    uint64_t length_bytes, padding_bytes;
};

enum word { WORD_OTHER, WORD_SEMANTIC, WORD_LENGTH, WORD_PADDING, WORD_IS_MOTION, WORD_MICRO_OFFSET };

struct reading {
    struct item items[ITEMS_MAX];
    unsigned n_items;
    struct item item;    /* that is open */
    unsigned item_depth; /* of its rdf:li; 0: none is open */
    unsigned depth;
    enum word word; /* whose text comes */
    uint64_t micro_offset_bytes;
    bool says_yes, says_no;
};

static enum word word_of(const char *name)
{
    static const struct {
        const char *name;
        enum word word;
    } words[] = {
        {"Semantic", WORD_SEMANTIC},     {"Length", WORD_LENGTH},        {"Padding", WORD_PADDING},
        {"MotionPhoto", WORD_IS_MOTION}, {"MicroVideo", WORD_IS_MOTION}, {"MicroVideoOffset", WORD_MICRO_OFFSET},
    };
    const char *colon = strrchr(name, ':');
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (strcmp(colon ? colon + 1 : name, words[i].name) == 0)
            return words[i].word;
    return WORD_OTHER;
}

static uint64_t number_of(const char *text)
{
    guint64 number = 0;
    g_autofree char *trimmed = g_strstrip(g_strndup(text, WORD_MAX));
    /* A length that no file has would only overflow sums. */
    return g_ascii_string_to_unsigned(trimmed, 10, 0, G_MAXINT64 / (2 * ITEMS_MAX), &number, NULL) ? number : 0;
}

static void take_word(struct reading *reading, enum word word, const char *text)
{
    switch (word) {
    case WORD_SEMANTIC:
        reading->item.is_motion = strstr(text, "MotionPhoto") != NULL;
        break;
    case WORD_LENGTH:
        reading->item.length_bytes = number_of(text);
        break;
    case WORD_PADDING:
        reading->item.padding_bytes = number_of(text);
        break;
    case WORD_IS_MOTION:
        reading->says_yes |= strcmp(text, "1") == 0;
        reading->says_no |= strcmp(text, "0") == 0;
        break;
    case WORD_MICRO_OFFSET:
        reading->micro_offset_bytes = number_of(text);
        break;
    case WORD_OTHER:
        break;
    }
}

static void start_element(GMarkupParseContext *context, const char *name, const char **attributes, const char **values,
                          gpointer data, GError **error)
{
    struct reading *reading = data;
    reading->depth++;
    if (reading->item_depth == 0 && g_str_has_suffix(name, ":li")) {
        reading->item_depth = reading->depth;
        reading->item = (struct item){0};
    }
    reading->word = word_of(name);
    for (; *attributes; attributes++, values++)
        take_word(reading, word_of(*attributes), *values);
}

static void end_element(GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
    struct reading *reading = data;
    if (reading->item_depth == reading->depth) {
        reading->item_depth = 0;
        if (reading->n_items < ITEMS_MAX && (reading->item.is_motion || reading->item.length_bytes > 0))
            reading->items[reading->n_items++] = reading->item;
    }
    reading->depth--;
    reading->word = WORD_OTHER;
}

static void take_text(GMarkupParseContext *context, const char *text, gsize size, gpointer data, GError **error)
{
    struct reading *reading = data;
    g_autofree char *word = reading->word == WORD_OTHER ? NULL : g_strndup(text, MIN(size, WORD_MAX));
    if (word)
        take_word(reading, reading->word, word);
}

/* The items lie one behind the other up to the end of the file, the video among the last of them. */
static struct motion_hint hint_of(const struct reading *reading)
{
    uint64_t behind = 0;
    struct motion_hint hint = {.is_off = reading->says_no && !reading->says_yes,
                               .from_end_bytes = reading->micro_offset_bytes};
    for (unsigned i = reading->n_items; i > 0; i--) {
        const struct item *item = &reading->items[i - 1];
        behind += item->length_bytes;
        if (item->is_motion && item->length_bytes > 0) {
            hint.from_end_bytes = behind;
            break;
        }
        behind += item->padding_bytes;
    }
    return hint;
}

struct motion_hint motion_hint_read(const char *xmp, size_t size)
{
    static const GMarkupParser parser = {.start_element = start_element, .end_element = end_element, .text = take_text};
    struct reading reading = {0};
    GMarkupParseContext *context = g_markup_parse_context_new(&parser, 0, &reading, NULL);
    /* What stood before a mistake still counts: it is no more than a hint. */
    g_markup_parse_context_parse(context, xmp, (gssize)size, NULL);
    g_markup_parse_context_free(context);
    return hint_of(&reading);
}
