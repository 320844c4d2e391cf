/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/tags.h"

#include <string.h>

#include <gexiv2/gexiv2.h>

#include "media/protocol.h"

struct tags {
    GExiv2Metadata *exif, *xmp, *xmp_extended; /* NULL where there is none, or nothing that can be read */
    GBytes *iptc;
};

enum { TIFF_SEARCH_BYTES = 64 };

/* Containers put different things in front of the TIFF block: "Exif\0\0", a length, both. */
static const uint8_t *find_tiff(GBytes *exif, size_t *ret_size)
{
    size_t size = 0;
    const uint8_t *bytes = exif ? g_bytes_get_data(exif, &size) : NULL;
    for (size_t at = 0; at + 8 <= size && at < TIFF_SEARCH_BYTES; at++)
        if (memcmp(bytes + at, "II*\0", 4) == 0 || memcmp(bytes + at, "MM\0*", 4) == 0) {
            *ret_size = size - at;
            return bytes + at;
        }
    return NULL;
}

static GExiv2Metadata *open_exif(GBytes *exif)
{
    size_t size = 0;
    const uint8_t *tiff = find_tiff(exif, &size);
    if (!tiff || size > G_MAXINT)
        return NULL;
    g_autoptr(GExiv2Metadata) metadata = gexiv2_metadata_new();
    if (!gexiv2_metadata_from_app1_segment(metadata, tiff, (glong)size, NULL))
        return NULL;
    return g_steal_pointer(&metadata);
}

static GExiv2Metadata *open_xmp(GBytes *xmp)
{
    size_t size = 0;
    const char *packet = xmp ? g_bytes_get_data(xmp, &size) : NULL;
    while (size > 0 && *packet != '<')
        packet++, size--;
    if (size == 0 || size > G_MAXINT)
        return NULL;
    g_autoptr(GExiv2Metadata) metadata = gexiv2_metadata_new();
    if (!gexiv2_metadata_open_buf(metadata, (const guint8 *)packet, (glong)size, NULL))
        return NULL;
    return g_steal_pointer(&metadata);
}

struct tags *tags_new(GBytes *exif, GBytes *xmp, GBytes *xmp_extended, GBytes *iptc)
{
    struct tags *tags = g_new0(struct tags, 1);
    tags->exif = open_exif(exif);
    tags->xmp = open_xmp(xmp);
    tags->xmp_extended = open_xmp(xmp_extended);
    tags->iptc = iptc ? g_bytes_ref(iptc) : NULL;
    return tags;
}

void tags_free(struct tags *tags)
{
    g_clear_object(&tags->exif);
    g_clear_object(&tags->xmp);
    g_clear_object(&tags->xmp_extended);
    g_clear_pointer(&tags->iptc, g_bytes_unref);
    g_free(tags);
}

/* ---- text ---- */

/* Bytes of no stated encoding: UTF-8 where they are that, else ISO 8859-1. */
static char *decode_text(const char *bytes, size_t size)
{
    if (g_utf8_validate_len(bytes, size, NULL))
        return g_strndup(bytes, size);
    GString *text = g_string_sized_new(size * 2);
    for (size_t i = 0; i < size && bytes[i]; i++)
        g_string_append_unichar(text, (guchar)bytes[i]);
    return g_string_free(text, FALSE);
}

/* Trims, drops control characters but line ends, cuts at a character. NULL where nothing is left. */
static char *clean_text(const char *bytes, size_t size)
{
    g_autofree char *decoded = decode_text(bytes, strnlen(bytes, size));
    g_strstrip(decoded);
    GString *text = g_string_new(NULL);
    for (const char *at = decoded; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (text->len + 4 > TAGS_TEXT_MAX)
            break;
        if (c == '\n' || (c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0)))
            g_string_append_unichar(text, c);
    }
    char *clean = g_strstrip(g_string_free(text, FALSE));
    if (*clean)
        return clean;
    g_free(clean);
    return NULL;
}

static char *find_text(GExiv2Metadata *block, const char *name)
{
    return block ? gexiv2_metadata_try_get_tag_string(block, name, NULL) : NULL;
}

char *tags_text(const struct tags *tags, const char *name)
{
    bool is_xmp = g_str_has_prefix(name, "Xmp.");
    g_autofree char *text = find_text(is_xmp ? tags->xmp : tags->exif, name);
    if (!text && is_xmp)
        text = find_text(tags->xmp_extended, name);
    if (!text)
        return NULL;
    const char *value = text;
    /* A text in several languages: exiv2 writes `lang="x-default" words, lang=…`; the first one is taken as it is. */
    if (g_str_has_prefix(value, "lang=\"")) {
        const char *end = strstr(value, "\" ");
        value = end ? end + 2 : "";
    }
    return clean_text(value, strlen(value));
}

/* IIM 4.2, chapter 3: 0x1c · record · data set · u16 length (extended lengths are not used for text) · bytes. */
char *tags_iptc(const struct tags *tags, unsigned number)
{
    size_t size = 0;
    const uint8_t *bytes = tags->iptc ? g_bytes_get_data(tags->iptc, &size) : NULL;
    for (size_t at = 0; at + 5 <= size && bytes[at] == 0x1c;) {
        size_t length = (size_t)bytes[at + 3] << 8 | bytes[at + 4];
        if (length > size - at - 5)
            break;
        if (bytes[at + 1] == 2 && bytes[at + 2] == number)
            return clean_text((const char *)bytes + at + 5, length);
        at += 5 + length;
    }
    return NULL;
}

GBytes *tags_raw(const struct tags *tags, const char *name)
{
    return tags->exif ? gexiv2_metadata_try_get_tag_raw(tags->exif, name, NULL) : NULL;
}

/* ---- numbers ---- */

static bool parse_number(const char **text, double *ret_number)
{
    char *end = NULL;
    double number = g_ascii_strtod(*text, &end);
    if (end == *text)
        return false;
    if (*end == '/') {
        const char *denominator = end + 1;
        double divisor = g_ascii_strtod(denominator, &end);
        if (end == denominator || divisor == 0)
            return false;
        number /= divisor;
    }
    *text = end;
    *ret_number = number;
    return isfinite(number);
}

bool tags_numbers(const struct tags *tags, const char *name, double *ret_numbers, unsigned count)
{
    g_autofree char *text = tags_text(tags, name);
    const char *at = text;
    double numbers[4];
    g_return_val_if_fail(count <= G_N_ELEMENTS(numbers), false);
    for (unsigned i = 0; i < count; i++) {
        while (at && (*at == ' ' || *at == ','))
            at++;
        if (!at || !parse_number(&at, &numbers[i]))
            return false;
    }
    memcpy(ret_numbers, numbers, sizeof(*numbers) * count);
    return true;
}

/* ---- times ---- */

static bool take_digits(const char **text, unsigned count, int *ret_value)
{
    int value = 0;
    for (unsigned i = 0; i < count; i++) {
        if (!g_ascii_isdigit((*text)[i]))
            return false;
        value = value * 10 + ((*text)[i] - '0');
    }
    *text += count;
    *ret_value = value;
    return true;
}

static bool take_any(const char **text, const char *of)
{
    if (!**text || !strchr(of, **text))
        return false;
    (*text)++;
    return true;
}

bool tags_parse_offset(const char *text, int64_t *ret_offset_min)
{
    int hours = 0, minutes = 0;
    while (*text == ' ')
        text++;
    if (take_any(&text, "Zz")) {
        *ret_offset_min = 0;
        return *text == '\0';
    }
    int sign = *text == '-' ? -1 : 1;
    if (!take_any(&text, "+-") || (!take_digits(&text, 2, &hours) && !take_digits(&text, 1, &hours)))
        return false;
    take_any(&text, ":");
    if (*text && !take_digits(&text, 2, &minutes))
        return false;
    if (*text || hours > 15 || minutes > 59)
        return false;
    *ret_offset_min = sign * (hours * 60 + minutes);
    return true;
}

/* ".789…" as microseconds. */
static int64_t take_fraction(const char **text)
{
    int64_t unit = 100000, us = 0;
    if (!take_any(text, ".,"))
        return 0;
    for (; g_ascii_isdigit(**text); (*text)++, unit /= 10)
        us += unit * (**text - '0');
    return us;
}

bool tags_parse_time(const char *text, int64_t *ret_local_us, int64_t *ret_offset_min)
{
    int year, month, day, hour = 0, minute = 0, second = 0;
    int64_t fraction_us = 0, offset_min = MEDIA_NO_INT;
    if (!take_digits(&text, 4, &year) || !take_any(&text, ":-/.") || !take_digits(&text, 2, &month) ||
        !take_any(&text, ":-/.") || !take_digits(&text, 2, &day))
        return false;
    if (take_any(&text, " T")) {
        if (!take_digits(&text, 2, &hour) || !take_any(&text, ":") || !take_digits(&text, 2, &minute))
            return false;
        if (take_any(&text, ":") && !take_digits(&text, 2, &second))
            return false;
        fraction_us = take_fraction(&text);
    }
    if (*text && !tags_parse_offset(text, &offset_min))
        return false;
    g_autoptr(GDateTime) time = g_date_time_new_utc(year, month, day, hour, minute, second);
    if (!time)
        return false;
    *ret_local_us = g_date_time_to_unix(time) * G_USEC_PER_SEC + fraction_us;
    *ret_offset_min = offset_min;
    return true;
}
