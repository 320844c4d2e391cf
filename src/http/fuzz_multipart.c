/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fuzz target of the multipart parser. Input: the Content-Type up to the first line feed, then the body. The body is
 * fed whole, byte by byte and in uneven pieces: what the callbacks are told must be the same each time. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "http/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Everything the parser said, as text; @in_part checks that calls come in their order. */
struct record {
    GString *text;
    bool in_part;
};

static bool on_begin(void *data, const struct multipart_part *part, GError **error)
{
    struct record *record = data;
    g_assert_false(record->in_part);
    g_assert_true(g_utf8_validate(part->name, -1, NULL));
    g_assert_true(!part->file_name || g_utf8_validate(part->file_name, -1, NULL));
    g_assert_true(!part->type || g_utf8_validate(part->type, -1, NULL));
    record->in_part = true;
    g_string_append_printf(record->text, "<%s|%s|%s>", part->name, part->file_name ? part->file_name : "-",
                           part->type ? part->type : "-");
    return true;
}

static bool on_data(void *data, const void *bytes, size_t size, GError **error)
{
    struct record *record = data;
    g_assert_true(record->in_part);
    g_assert_cmpuint(size, >, 0);
    g_string_append_len(record->text, bytes, (gssize)size);
    return true;
}

static bool on_end(void *data, GError **error)
{
    struct record *record = data;
    g_assert_true(record->in_part);
    record->in_part = false;
    g_string_append(record->text, "</>");
    return true;
}

/* The size of piece number @n when the body is cut in way @way: 0 whole, 1 single bytes, 2 uneven. */
static size_t piece_size(unsigned way, size_t n, size_t left)
{
    size_t wanted = way == 0 ? left : way == 1 ? 1 : 1 + (n * 2654435761u >> 3) % 23;
    return MIN(wanted, left);
}

static char *run(const char *content_type, const uint8_t *body, size_t size, unsigned way)
{
    static const struct multipart_callbacks callbacks = {on_begin, on_data, on_end};
    static const struct multipart_limits limits = {8, 256, 512};
    struct record record = {g_string_new(NULL), false};
    g_autoptr(GError) error = NULL;
    struct multipart *parser = multipart_new(content_type, &callbacks, &record, &limits, &error);
    bool good = parser != NULL;
    for (size_t at = 0, n = 0; good && at < size; n++) {
        size_t piece = piece_size(way, n, size - at);
        good = multipart_feed(parser, body + at, piece, &error);
        at += piece;
    }
    if (good)
        good = multipart_finish(parser, &error);
    g_assert_true(good == (error == NULL));
    g_assert_true(!good || !record.in_part);
    /* A field beyond its limit fails at a piece, and what came before it depends on the pieces: only the error counts.
     */
    if (error && strstr(error->message, "too long"))
        g_string_truncate(record.text, 0);
    g_string_append_printf(record.text, "\n%s", error ? error->message : "good");
    multipart_free(parser);
    return g_string_free(record.text, FALSE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line_end = size > 0 ? memchr(data, '\n', size) : NULL;
    if (!line_end)
        return 0;
    g_autofree char *content_type = g_strndup((const char *)data, (gsize)(line_end - data));
    const uint8_t *body = line_end + 1;
    size_t body_size = size - (size_t)(body - data);
    g_autofree char *whole = run(content_type, body, body_size, 0);
    for (unsigned way = 1; way <= 2; way++) {
        g_autofree char *pieces = run(content_type, body, body_size, way);
        g_assert_cmpstr(pieces, ==, whole);
    }
    return 0;
}
