/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/tags.h"

#include <math.h>
#include <string.h>

#include "media/protocol.h"
#include "worker/charset.h"
#include "worker/xmp.h"

struct tags {
    struct tags_exif exif;          /* all NULL: none */
    struct xmp *xmp, *xmp_extended; /* NULL where there is none, or nothing that can be read */
    GBytes *iptc;
};

struct tags *tags_new(GBytes *xmp, GBytes *xmp_extended, GBytes *iptc)
{
    struct tags *tags = g_new0(struct tags, 1);
    tags->xmp = xmp_read(xmp);
    tags->xmp_extended = xmp_read(xmp_extended);
    tags->iptc = iptc ? g_bytes_ref(iptc) : NULL;
    return tags;
}

void tags_set_exif(struct tags *tags, const struct tags_exif *exif)
{
    tags->exif = *exif;
}

void tags_free(struct tags *tags)
{
    if (tags->exif.free)
        tags->exif.free(tags->exif.block);
    xmp_free(tags->xmp);
    xmp_free(tags->xmp_extended);
    g_clear_pointer(&tags->iptc, g_bytes_unref);
    g_free(tags);
}

/* ---- text ---- */

static char *clean_bytes(const void *bytes, size_t size)
{
    g_autofree char *text = charset_decode(bytes, size);
    return charset_clean(text, TAGS_TEXT_MAX);
}

/* "Xmp.dc.subject" is "dc:subject" in a packet. NULL for other names. */
static char *path_of(const char *name)
{
    if (!g_str_has_prefix(name, "Xmp."))
        return NULL;
    char *path = g_strdup(name + strlen("Xmp."));
    char *dot = strchr(path, '.');
    if (dot)
        *dot = ':';
    return path;
}

char *tags_text(const struct tags *tags, const char *name)
{
    g_autofree char *path = path_of(name);
    if (path) {
        const char *text = xmp_text(tags->xmp, path);
        if (!text)
            text = xmp_text(tags->xmp_extended, path);
        return text ? charset_clean(text, TAGS_TEXT_MAX) : NULL;
    }
    g_autofree char *text = tags->exif.text ? tags->exif.text(tags->exif.block, name) : NULL;
    return text ? clean_bytes(text, strlen(text)) : NULL;
}

bool tags_has_xmp(const struct tags *tags)
{
    return tags->xmp != NULL;
}

unsigned tags_count(const struct tags *tags, const char *name)
{
    g_autofree char *path = path_of(name);
    unsigned count = path ? xmp_count(tags->xmp, path) : 0;
    return count > 0 || !path ? count : xmp_count(tags->xmp_extended, path);
}

char *tags_item(const struct tags *tags, const char *name, unsigned item)
{
    g_autofree char *indexed = g_strdup_printf("%s[%u]", name, item);
    return tags_text(tags, indexed);
}

/* IIM 4.2, chapter 3: 0x1c · record · data set · u16 length (extended lengths are not used for text) · bytes. False at
 * the end. */
static bool next_iptc(const struct tags *tags, unsigned number, size_t *at, char **ret_text)
{
    size_t size = 0;
    const uint8_t *bytes = tags->iptc ? g_bytes_get_data(tags->iptc, &size) : NULL;
    while (*at + 5 <= size && bytes[*at] == 0x1c) {
        const uint8_t *set = bytes + *at;
        size_t length = (size_t)set[3] << 8 | set[4];
        if (length > size - *at - 5)
            return false;
        *at += 5 + length;
        if (set[1] == 2 && set[2] == number) {
            *ret_text = clean_bytes(set + 5, length);
            return true;
        }
    }
    return false;
}

char *tags_iptc(const struct tags *tags, unsigned number)
{
    size_t at = 0;
    char *text = NULL;
    return next_iptc(tags, number, &at, &text) ? text : NULL;
}

GPtrArray *tags_iptc_all(const struct tags *tags, unsigned number)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
    char *text;
    for (size_t at = 0; next_iptc(tags, number, &at, &text);)
        if (text)
            g_ptr_array_add(all, text);
    return all;
}

GBytes *tags_raw(const struct tags *tags, const char *name)
{
    return tags->exif.raw ? tags->exif.raw(tags->exif.block, name) : NULL;
}

bool tags_is_big_endian(const struct tags *tags)
{
    return tags->exif.is_big_endian;
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
    g_autoptr(GDateTime) time = g_date_time_new_utc(year, month, day, hour, minute, MIN(second, 59));
    if (!time || second > 60)
        return false;
    *ret_local_us = g_date_time_to_unix(time) * G_USEC_PER_SEC + fraction_us;
    *ret_offset_min = offset_min;
    return true;
}
