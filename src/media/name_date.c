/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/name_date.h"

#include <glib.h>
#include <string.h>

enum { YEAR_MIN = 1970, YEAR_MAX = 2100, DIGITS_MAX = 17 };

/* Patterns over the name from a place where no digit stands before: d is a digit, - one of the usual dividers, ~ some
 * characters that are no digits (" at ", " um "), h one or two digits of an hour, ! the end of the digits, all else
 * itself. The first that fits and is a real date wins; those with a time come first. */
static const struct {
    const char *pattern;
    bool has_time;
} patterns[] = {
    {"dddddddd-dddddd", true}, /* IMG_20240813_123456, MVIMG_…, PANO_…, Screenshot_20240813-123456, PXL_…123456789 */
    {"dddddddd-dd-dd-dd", true},   /* WP_20240813_12_34_56_Pro */
    {"dddd-dd-dd-dd-dd-dd", true}, /* 2024-08-13 12.34.56, signal-2024-08-13-12-34-56, photo_2024-08-13_12-34-56 */
    {"dddd-dd-dd-dddddd!", true},  /* Screenshot 2024-08-13 123456 (Windows) */
    {"dddd-dddd-dddddd!", true},   /* 2024_0813_123456_001 (dashboard cameras) */
    {"dddd-dd-dd~h-dd-dd!", true}, /* WhatsApp Image 2024-08-13 at 12.34.56, Screen Shot 2024-08-13 at 9.34.56 PM */
    {"dddddddddddddd!", true},     /* 20240813123456, DJI_20240813123456_0001 */
    {"ddddddddddddddddd!", true},  /* 00000IMG_00000_BURST20240813123456789_COVER */
    {"dddddddd-WA", false},        /* IMG-20240813-WA0001 */
    {"dddd-dd-dd!", false},        /* 2024-08-13 */
    {"dddddddd!", false},          /* 20240813 */
};

/* What was matched. */
struct match {
    char digits[DIGITS_MAX + 1];
    const char *end;
};

static bool is_divider(char c)
{
    return c && strchr("-_ .:T", c);
}

static void add_digit(struct match *match, char digit)
{
    size_t n = strlen(match->digits);
    if (n < DIGITS_MAX)
        match->digits[n] = digit;
}

/* One or two digits, written as two. */
static const char *take_hour(const char *text, struct match *match)
{
    if (!g_ascii_isdigit(*text))
        return NULL;
    if (!g_ascii_isdigit(text[1]))
        add_digit(match, '0');
    else
        add_digit(match, *text++);
    add_digit(match, *text);
    return text + 1;
}

/* The text behind what @symbol takes, or NULL. */
static const char *take(const char *text, char symbol, struct match *match)
{
    enum { WORDS_MAX = 12 };
    const char *from = text;
    switch (symbol) {
    case 'd':
        if (!g_ascii_isdigit(*text))
            return NULL;
        add_digit(match, *text);
        return text + 1;
    case 'h':
        return take_hour(text, match);
    case '-':
        return is_divider(*text) ? text + 1 : NULL;
    case '~':
        while (*text && !g_ascii_isdigit(*text) && text - from <= WORDS_MAX)
            text++;
        return text > from && text - from <= WORDS_MAX ? text : NULL;
    case '!':
        return g_ascii_isdigit(*text) ? NULL : text;
    default:
        return *text == symbol ? text + 1 : NULL;
    }
}

static bool fits(const char *text, const char *pattern, struct match *ret_match)
{
    struct match match = {0};
    for (; *pattern && text; pattern++)
        text = take(text, *pattern, &match);
    match.end = text;
    *ret_match = match;
    return text != NULL;
}

static int number(const char *digits, unsigned count)
{
    int value = 0;
    for (unsigned i = 0; i < count; i++)
        value = value * 10 + (digits[i] - '0');
    return value;
}

/* " PM", also behind the narrow no-break space that macOS writes. */
static int twelve_hours(int hour, const char *behind)
{
    static const char narrow[] = "\xe2\x80\xaf";
    if (g_str_has_prefix(behind, narrow))
        behind += strlen(narrow);
    else if (*behind == ' ')
        behind++;
    bool is_am = g_ascii_strncasecmp(behind, "AM", 2) == 0, is_pm = g_ascii_strncasecmp(behind, "PM", 2) == 0;
    if ((!is_am && !is_pm) || hour < 1 || hour > 12)
        return hour;
    return hour % 12 + (is_pm ? 12 : 0);
}

static bool to_time(const struct match *match, bool has_time, int64_t *ret_us)
{
    const char *digits = match->digits;
    int year = number(digits, 4), hour = has_time ? twelve_hours(number(digits + 8, 2), match->end) : 12;
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

/* Thirteen digits that are milliseconds since 1970, of 2001 to 2033. Other numbers are as long: so only where the name
 * begins with them, or with what is known to write them. */
static bool find_milliseconds(const char *file_name, int64_t *ret_us)
{
    static const char *const writers[] = {"FB_IMG_", "mmexport", "wx_camera_", "microMsg.", "IMG_",   "VID_",
                                          "IMG-",    "image_",   "photo_",     "video_",    "Image_", ""};
    enum { LENGTH = 13 };
    for (size_t i = 0; i < G_N_ELEMENTS(writers); i++) {
        const char *digits = file_name + strlen(writers[i]);
        if (!g_str_has_prefix(file_name, writers[i]))
            continue;
        size_t n = strspn(digits, "0123456789");
        if (n != LENGTH || (*digits != '1' && !g_str_has_prefix(digits, "999")))
            continue;
        *ret_us = g_ascii_strtoll(digits, NULL, 10) * 1000;
        return true;
    }
    return false;
}

bool name_date(const char *file_name, int64_t *ret_local_us, bool *ret_has_time, bool *ret_is_utc)
{
    static const char pixel[] = "PXL_";
    for (size_t i = 0; i < G_N_ELEMENTS(patterns); i++)
        for (const char *at = file_name; *at; at++) {
            struct match match;
            if ((at > file_name && g_ascii_isdigit(at[-1])) || !fits(at, patterns[i].pattern, &match) ||
                !to_time(&match, patterns[i].has_time, ret_local_us))
                continue;
            *ret_has_time = patterns[i].has_time;
            size_t before = (size_t)(at - file_name);
            *ret_is_utc = before >= strlen(pixel) && memcmp(at - strlen(pixel), pixel, strlen(pixel)) == 0;
            return true;
        }
    if (!find_milliseconds(file_name, ret_local_us))
        return false;
    *ret_has_time = *ret_is_utc = true;
    return true;
}

char *name_burst(const char *file_name)
{
    enum { STAMP_MIN = 14, SAMSUNG = 15 };
    static const char word[] = "_BURST";
    const char *burst = strstr(file_name, word);
    if (burst) {
        const char *digits = burst + strlen(word);
        size_t n = strspn(digits, "0123456789");
        if (n >= STAMP_MIN)
            return g_strndup(digits, n);
        return n > 0 && burst > file_name ? g_strndup(file_name, (size_t)(burst - file_name)) : NULL;
    }
    struct match match;
    bool is_samsung = fits(file_name, "dddddddd_dddddd_ddd.", &match);
    return is_samsung ? g_strndup(file_name, SAMSUNG) : NULL;
}
