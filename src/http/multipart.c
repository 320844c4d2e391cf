/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A state machine over bytes. What divides parts is CR LF "--" boundary; as a boundary holds no CR, a partial match
 * that fails can only begin anew at the byte that failed, and between two pieces only the count of matched bytes is
 * kept. */
#include "http/multipart.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "http/header_value.h"

enum { MAX_BOUNDARY_BYTES = 70, DELIMITER_EXTRA = 4 }; /* RFC 2046, section 5.1.1 */

enum state {
    STATE_PREAMBLE,  /* before the first delimiter: thrown away */
    STATE_DELIMITER, /* right after one: "--" ends it all, a line end begins a part */
    STATE_CLOSING,   /* one "-" of the two was seen */
    STATE_LINE_END,  /* CR after a delimiter was seen */
    STATE_HEADERS,
    STATE_DATA,
    STATE_EPILOGUE, /* after the end: thrown away */
    STATE_FAILED,
};

struct multipart {
    struct multipart_callbacks callbacks;
    void *data;
    struct multipart_limits limits;
    enum state state;
    char delimiter[MAX_BOUNDARY_BYTES + DELIMITER_EXTRA];
    size_t delimiter_size;
    size_t matched; /* bytes of the delimiter seen at the end of what came */
    unsigned n_parts;
    GString *headers; /* of the part that begins */
    bool is_file;
    size_t field_bytes;
};

static bool malformed(GError **error)
{
    return err_set(error, ERR_INVALID, "The upload is not valid form data.");
}

/* ---- birth and death ---- */

static char *read_boundary(const char *content_type, GError **error)
{
    g_autofree char *type = header_value_main(content_type ? content_type : "");
    if (strcmp(type, "multipart/form-data") != 0) {
        err_set(error, ERR_UNSUPPORTED, "The upload must be multipart/form-data.");
        return NULL;
    }
    g_autofree char *boundary = header_value_parameter(content_type, "boundary");
    size_t size = boundary ? strlen(boundary) : 0;
    if (size == 0 || size > MAX_BOUNDARY_BYTES || strpbrk(boundary, "\r\n")) {
        err_set(error, ERR_INVALID, "The boundary of the upload is missing or not valid.");
        return NULL;
    }
    return g_steal_pointer(&boundary);
}

struct multipart *multipart_new(const char *content_type, const struct multipart_callbacks *callbacks, void *data,
                                const struct multipart_limits *limits, GError **error)
{
    g_autofree char *boundary = read_boundary(content_type, error);
    if (!boundary)
        return NULL;
    struct multipart *parser = g_new0(struct multipart, 1);
    parser->callbacks = *callbacks;
    parser->data = data;
    parser->limits = limits ? *limits : (struct multipart_limits){0};
    if (parser->limits.max_parts == 0)
        parser->limits.max_parts = 64;
    if (parser->limits.max_header_bytes == 0)
        parser->limits.max_header_bytes = 16 * 1024;
    if (parser->limits.max_field_bytes == 0)
        parser->limits.max_field_bytes = 1024 * 1024;
    parser->delimiter_size = strlen(boundary) + DELIMITER_EXTRA;
    memcpy(parser->delimiter, "\r\n--", DELIMITER_EXTRA);
    memcpy(parser->delimiter + DELIMITER_EXTRA, boundary, parser->delimiter_size - DELIMITER_EXTRA);
    parser->matched = 2; /* the first delimiter needs no line end before it where the body begins with it */
    parser->headers = g_string_new(NULL);
    return parser;
}

void multipart_free(struct multipart *parser)
{
    if (!parser)
        return;
    g_string_free(parser->headers, TRUE);
    g_free(parser);
}

/* ---- data ---- */

static bool emit(struct multipart *parser, const char *bytes, size_t size, GError **error)
{
    if (parser->state != STATE_DATA || size == 0)
        return true;
    if (!parser->is_file) {
        if (size > parser->limits.max_field_bytes - parser->field_bytes)
            return err_set(error, ERR_LIMIT, "A field of the upload is too long.");
        parser->field_bytes += size;
    }
    return parser->callbacks.data(parser->data, bytes, size, error);
}

static bool end_data(struct multipart *parser, GError **error)
{
    bool in_part = parser->state == STATE_DATA;
    parser->matched = 0;
    parser->state = STATE_DELIMITER;
    return !in_part || parser->callbacks.end_part(parser->data, error);
}

/* Goes on with a delimiter that the piece before began; the count of bytes used, or -1. */
static gssize go_on_matching(struct multipart *parser, const char *bytes, size_t size, GError **error)
{
    size_t wanted = MIN(size, parser->delimiter_size - parser->matched);
    size_t same = 0;
    while (same < wanted && bytes[same] == parser->delimiter[parser->matched + same])
        same++;
    if (same < wanted) { /* it was none: what looked like it is data */
        size_t matched = parser->matched;
        parser->matched = 0;
        if (!emit(parser, parser->delimiter, matched, error) || !emit(parser, bytes, same, error))
            return -1;
        return (gssize)same;
    }
    parser->matched += same;
    if (parser->matched == parser->delimiter_size && !end_data(parser, error))
        return -1;
    return (gssize)same;
}

/* How many bytes at the end of the piece are the begin of a delimiter. */
static size_t tail_match(const struct multipart *parser, const char *bytes, size_t size)
{
    size_t max = MIN(size, parser->delimiter_size - 1);
    const char *start = memrchr(bytes + size - max, '\r', max);
    size_t tail = start ? (size_t)(bytes + size - start) : 0;
    return tail > 0 && memcmp(start, parser->delimiter, tail) == 0 ? tail : 0;
}

static gssize take_data(struct multipart *parser, const char *bytes, size_t size, GError **error)
{
    if (parser->matched > 0)
        return go_on_matching(parser, bytes, size, error);
    const char *found = memmem(bytes, size, parser->delimiter, parser->delimiter_size);
    if (found) {
        size_t before = (size_t)(found - bytes);
        if (!emit(parser, bytes, before, error) || !end_data(parser, error))
            return -1;
        return (gssize)(before + parser->delimiter_size);
    }
    parser->matched = tail_match(parser, bytes, size);
    return emit(parser, bytes, size - parser->matched, error) ? (gssize)size : -1;
}

/* ---- headers ---- */

/* Browsers write `"`, CR and LF in names as %22, %0D and %0A, and nothing else (HTML, multipart form data). Takes
 * @text, which may be NULL. */
static char *clean_name(char *text)
{
    g_autofree char *raw = text;
    if (!raw)
        return NULL;
    GString *name = g_string_new(raw);
    g_string_replace(name, "%22", "\"", 0);
    g_string_replace(name, "%0D", "\r", 0);
    g_string_replace(name, "%0A", "\n", 0);
    char *valid = text_utf8(name->str, name->len);
    g_string_free(name, TRUE);
    return valid;
}

struct part_headers {
    char *disposition;
    char *type;
    char *encoding;
};

static void part_headers_clear(struct part_headers *headers)
{
    g_free(headers->disposition);
    g_free(headers->type);
    g_free(headers->encoding);
}

static bool read_header_lines(const GString *text, struct part_headers *headers, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text->str, "\r\n", -1);
    for (char **line = lines; *line; line++) {
        char *colon = strchr(*line, ':');
        if (**line == '\0')
            continue;
        if (!colon || colon == *line)
            return malformed(error);
        *colon = '\0';
        char **target = g_ascii_strcasecmp(*line, "Content-Disposition") == 0         ? &headers->disposition
                        : g_ascii_strcasecmp(*line, "Content-Type") == 0              ? &headers->type
                        : g_ascii_strcasecmp(*line, "Content-Transfer-Encoding") == 0 ? &headers->encoding
                                                                                      : NULL;
        if (target && *target)
            return malformed(error);
        if (target)
            *target = g_strstrip(g_strdup(colon + 1));
    }
    return true;
}

/* The bytes of a part's data are taken as they are: "base64" and "quoted-printable" are not for HTTP (RFC 7578, section
 * 4.7). */
static bool is_plain_encoding(const char *encoding)
{
    return !encoding || g_ascii_strcasecmp(encoding, "binary") == 0 || g_ascii_strcasecmp(encoding, "8bit") == 0 ||
           g_ascii_strcasecmp(encoding, "7bit") == 0;
}

static bool begin_part_of(struct multipart *parser, const struct part_headers *headers, GError **error)
{
    g_autofree char *kind = header_value_main(headers->disposition ? headers->disposition : "");
    if (strcmp(kind, "form-data") != 0)
        return malformed(error);
    if (!is_plain_encoding(headers->encoding))
        return err_set(error, ERR_UNSUPPORTED, "The upload has an encoded part: only plain bytes are taken.");
    g_autofree char *name = clean_name(header_value_parameter(headers->disposition, "name"));
    g_autofree char *file_name = header_value_extended(headers->disposition, "filename");
    if (!file_name)
        file_name = clean_name(header_value_parameter(headers->disposition, "filename"));
    if (!name)
        return err_set(error, ERR_INVALID, "A part of the upload has no name.");
    g_autofree char *type = headers->type ? text_utf8(headers->type, strlen(headers->type)) : NULL;
    parser->is_file = file_name != NULL;
    parser->field_bytes = 0;
    struct multipart_part part = {name, file_name, type};
    return parser->callbacks.begin_part(parser->data, &part, error);
}

static bool begin_part(struct multipart *parser, GError **error)
{
    if (parser->n_parts++ == parser->limits.max_parts)
        return err_set(error, ERR_LIMIT, "The upload has too many parts.");
    struct part_headers headers = {0};
    bool good = read_header_lines(parser->headers, &headers, error) && begin_part_of(parser, &headers, error);
    part_headers_clear(&headers);
    parser->state = STATE_DATA;
    return good;
}

/* Gathers headers up to the empty line that ends them. */
static gssize take_headers(struct multipart *parser, const char *bytes, size_t size, GError **error)
{
    GString *headers = parser->headers;
    for (size_t i = 0; i < size; i++) {
        if (headers->len == parser->limits.max_header_bytes) {
            err_set(error, ERR_LIMIT, "The headers of a part of the upload are too long.");
            return -1;
        }
        if (bytes[i] == '\0') { /* at once: the search for the end would not see what is behind it */
            malformed(error);
            return -1;
        }
        g_string_append_c(headers, bytes[i]);
        bool ended = bytes[i] == '\n' && (g_str_has_suffix(headers->str, "\r\n\r\n") || headers->len == 2);
        if (ended)
            return begin_part(parser, error) ? (gssize)i + 1 : -1;
    }
    return (gssize)size;
}

/* ---- the machine ---- */

/* The one byte after a delimiter that decides what it was. */
static bool take_byte(struct multipart *parser, char c, GError **error)
{
    if (parser->state == STATE_DELIMITER && c == '-') {
        parser->state = STATE_CLOSING;
    } else if (parser->state == STATE_DELIMITER && c == '\r') {
        parser->state = STATE_LINE_END;
    } else if (parser->state == STATE_CLOSING && c == '-') {
        parser->state = STATE_EPILOGUE;
    } else if (parser->state == STATE_LINE_END && c == '\n') {
        parser->state = STATE_HEADERS;
        g_string_truncate(parser->headers, 0);
    } else if (parser->state != STATE_DELIMITER || (c != ' ' && c != '\t')) { /* blanks may pad the line */
        return malformed(error);
    }
    return true;
}

/* The count of bytes used, or -1. */
static gssize step(struct multipart *parser, const char *bytes, size_t size, GError **error)
{
    switch (parser->state) {
    case STATE_PREAMBLE:
    case STATE_DATA:
        return take_data(parser, bytes, size, error);
    case STATE_DELIMITER:
    case STATE_CLOSING:
    case STATE_LINE_END:
        return take_byte(parser, *bytes, error) ? 1 : -1;
    case STATE_HEADERS:
        return take_headers(parser, bytes, size, error);
    case STATE_EPILOGUE:
        return (gssize)size;
    case STATE_FAILED:
        break;
    }
    malformed(error);
    return -1;
}

bool multipart_feed(struct multipart *parser, const void *bytes, size_t size, GError **error)
{
    const char *at = bytes;
    while (size > 0) {
        gssize used = step(parser, at, size, error);
        if (used < 0) {
            parser->state = STATE_FAILED;
            return false;
        }
        at += used;
        size -= (size_t)used;
    }
    return true;
}

bool multipart_finish(struct multipart *parser, GError **error)
{
    if (parser->state == STATE_EPILOGUE)
        return true;
    if (parser->state == STATE_FAILED)
        return malformed(error);
    return err_set(error, ERR_INVALID, "The upload ended before its end.");
}
