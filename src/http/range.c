/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/range.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

/* Digits at *@text, which moves past them; a number beyond int64 is its greatest value. False: no digit there. */
static bool read_number(const char **text, int64_t *ret_number)
{
    int64_t number = 0;
    const char *start = *text;
    for (; g_ascii_isdigit(**text); (*text)++) {
        int digit = **text - '0';
        number = number > (G_MAXINT64 - digit) / 10 ? G_MAXINT64 : number * 10 + digit;
    }
    if (*text == start)
        return false;
    *ret_number = number;
    return true;
}

enum range_result range_parse(const char *value, int64_t size, int64_t *ret_first, int64_t *ret_last)
{
    if (!value || g_ascii_strncasecmp(value, "bytes=", 6) != 0)
        return RANGE_WHOLE;
    const char *at = skip_blanks(value + 6);
    int64_t first = -1;
    int64_t last = -1;
    bool has_first = read_number(&at, &first);
    if (*at++ != '-')
        return RANGE_WHOLE;
    bool has_last = read_number(&at, &last);
    if ((!has_first && !has_last) || *skip_blanks(at) != '\0' || (has_first && has_last && last < first))
        return RANGE_WHOLE;
    if (!has_first) { /* the last bytes */
        if (last == 0 || size == 0)
            return RANGE_UNSATISFIED;
        first = MAX(size - last, 0);
        last = size - 1;
    }
    if (first >= size)
        return RANGE_UNSATISFIED;
    *ret_first = first;
    *ret_last = has_last ? MIN(last, size - 1) : size - 1;
    return RANGE_PART;
}

/* ---- entity tags ---- */

/* Does the list of entity tags in @list name @etag? @weak: W/"x" compares equal to "x" (section 8.8.3.2). */
static bool etag_in_list(const char *list, const char *etag, bool weak)
{
    size_t wanted = etag ? strlen(etag) : 0;
    for (;;) {
        list += strspn(list, " \t,");
        if (*list == '*')
            return true; /* there is a current representation: we are about to send it */
        bool is_weak = strncmp(list, "W/", 2) == 0;
        list += is_weak ? 2 : 0;
        const char *end = *list == '"' ? strchr(list + 1, '"') : NULL;
        if (!end)
            return false;
        if (etag && (weak || !is_weak) && (size_t)(end - list - 1) == wanted && memcmp(list + 1, etag, wanted) == 0)
            return true;
        list = end + 1;
    }
}

static int64_t whole_seconds(int64_t us)
{
    return us / G_USEC_PER_SEC;
}

enum condition_result conditions_check(const struct conditions *conditions, const struct validator *validator)
{
    int64_t date_us;
    bool is_read = strcmp(conditions->method, "GET") == 0 || strcmp(conditions->method, "HEAD") == 0;
    if (conditions->if_match) {
        if (!etag_in_list(conditions->if_match, validator->etag, false))
            return CONDITION_FAILED;
    } else if (conditions->if_unmodified_since && validator->modified_us != 0 &&
               http_date_parse(conditions->if_unmodified_since, &date_us)) {
        if (whole_seconds(validator->modified_us) > whole_seconds(date_us))
            return CONDITION_FAILED;
    }
    if (conditions->if_none_match) {
        if (etag_in_list(conditions->if_none_match, validator->etag, true))
            return is_read ? CONDITION_NOT_MODIFIED : CONDITION_FAILED;
    } else if (is_read && conditions->if_modified_since && validator->modified_us != 0 &&
               http_date_parse(conditions->if_modified_since, &date_us)) {
        if (whole_seconds(validator->modified_us) <= whole_seconds(date_us))
            return CONDITION_NOT_MODIFIED;
    }
    return CONDITION_PASS;
}

bool conditions_allow_range(const struct conditions *conditions, const struct validator *validator)
{
    if (!conditions->if_range)
        return true;
    const char *value = skip_blanks(conditions->if_range);
    if (*value == '"')
        return etag_in_list(value, validator->etag, false);
    int64_t date_us;
    return validator->modified_us != 0 && http_date_parse(value, &date_us) &&
           whole_seconds(date_us) == whole_seconds(validator->modified_us);
}

/* ---- dates ---- */

static const char *const month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const day_names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

struct date_parts {
    char month[4];
    int year;
    int day;
    int hour;
    int minute;
    int second;
};

/* Each form must be used up whole: sscanf()'s %n tells. */
static bool scan_date(const char *text, struct date_parts *ret_parts)
{
    struct date_parts p = {0};
    int used = 0;
    if (sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &p.day, p.month, &p.year, &p.hour, &p.minute,
               &p.second, &used) == 6 &&
        used > 0 && text[used] == '\0') {
        *ret_parts = p;
        return true;
    }
    used = 0;
    if (sscanf(text, "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GMT%n", &p.day, p.month, &p.year, &p.hour, &p.minute,
               &p.second, &used) == 6 &&
        used > 0 && text[used] == '\0') {
        p.year += p.year < 70 ? 2000 : 1900;
        *ret_parts = p;
        return true;
    }
    used = 0;
    if (sscanf(text, "%*3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d%n", p.month, &p.day, &p.hour, &p.minute, &p.second,
               &p.year, &used) == 6 &&
        used > 0 && text[used] == '\0') {
        *ret_parts = p;
        return true;
    }
    return false;
}

bool http_date_parse(const char *text, int64_t *ret_us)
{
    struct date_parts parts;
    if (strlen(text) > 64 || !scan_date(text, &parts))
        return false;
    int month = 0;
    while (month < 12 && strcmp(month_names[month], parts.month) != 0)
        month++;
    if (month == 12 || parts.year < 1 || parts.day < 1 || parts.hour < 0 || parts.minute < 0 || parts.second < 0)
        return false;
    g_autoptr(GDateTime) date =
        g_date_time_new_utc(parts.year, month + 1, parts.day, parts.hour, parts.minute, MIN(parts.second, 59));
    if (!date)
        return false;
    *ret_us = g_date_time_to_unix(date) * G_USEC_PER_SEC;
    return true;
}

char *http_date_format(int64_t us, char ret_text[HTTP_DATE_SIZE])
{
    g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(CLAMP(whole_seconds(us), 0, INT64_C(253402300799)));
    int day = CLAMP(g_date_time_get_day_of_week(date), 1, 7);
    int month = CLAMP(g_date_time_get_month(date), 1, 12);
    g_snprintf(ret_text, HTTP_DATE_SIZE, "%s, %02d %s %04d %02d:%02d:%02d GMT", day_names[day - 1],
               g_date_time_get_day_of_month(date), month_names[month - 1], g_date_time_get_year(date),
               g_date_time_get_hour(date), g_date_time_get_minute(date), g_date_time_get_second(date));
    return ret_text;
}
