/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/name_date.h"

#include <glib.h>
#include <string.h>

enum { YEAR_MIN = 1970, YEAR_MAX = 2100 };

/* Patterns over the name from a place where no digit stands before: d is a digit, - one of the usual dividers, ! the
 * end of the digits. The first that fits and is a real date wins; those with a time come first. */
static const struct {
    const char *pattern;
    bool has_time;
} patterns[] = {
    {"dddddddd-dddddd", true},        /* IMG_20240813_123456, Screenshot_20240813-123456, PXL_…123456789 */
    {"dddd-dd-dd-dd-dd-dd", true},    /* 2024-08-13 12.34.56, signal-2024-08-13-12-34-56 */
    {"dddd-dd-dd-at-dd-dd-dd", true}, /* WhatsApp Image 2024-08-13 at 12.34.56 */
    {"dddddddddddddd!", true},        /* 20240813123456 */
    {"dddddddd-WA", false},           /* IMG-20240813-WA0001 */
    {"dddd-dd-dd!", false},           /* 2024-08-13 */
    {"dddddddd!", false},             /* 20240813 */
};

static bool fits(const char *text, const char *pattern, char digits[15])
{
    unsigned n = 0;
    for (; *pattern; pattern++) {
        if (*pattern == '!')
            return !g_ascii_isdigit(*text);
        bool ok = *pattern == 'd'   ? g_ascii_isdigit(*text)
                  : *pattern == '-' ? *text && strchr("-_ .:T", *text)
                                    : *text == *pattern;
        if (!ok)
            return false;
        if (*pattern == 'd' && n < 14)
            digits[n++] = *text;
        text++;
    }
    return true;
}

static int number(const char *digits, unsigned count)
{
    int value = 0;
    for (unsigned i = 0; i < count; i++)
        value = value * 10 + (digits[i] - '0');
    return value;
}

static bool to_time(const char *digits, bool has_time, int64_t *ret_us)
{
    int year = number(digits, 4), hour = has_time ? number(digits + 8, 2) : 12;
    int minute = has_time ? number(digits + 10, 2) : 0, second = has_time ? number(digits + 12, 2) : 0;
    if (year < YEAR_MIN || year > YEAR_MAX)
        return false;
    g_autoptr(GDateTime) time =
        g_date_time_new_utc(year, number(digits + 4, 2), number(digits + 6, 2), hour, minute, second);
    if (!time)
        return false;
    *ret_us = g_date_time_to_unix(time) * G_USEC_PER_SEC;
    return true;
}

bool name_date(const char *file_name, int64_t *ret_local_us, bool *ret_has_time, bool *ret_is_utc)
{
    for (size_t i = 0; i < G_N_ELEMENTS(patterns); i++)
        for (const char *at = file_name; *at; at++) {
            char digits[15] = "";
            int64_t us;
            if ((at > file_name && g_ascii_isdigit(at[-1])) || !fits(at, patterns[i].pattern, digits) ||
                !to_time(digits, patterns[i].has_time, &us))
                continue;
            *ret_local_us = us;
            *ret_has_time = patterns[i].has_time;
            *ret_is_utc = g_str_has_prefix(file_name, "PXL_");
            return true;
        }
    return false;
}
