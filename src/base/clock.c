/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>

/* Set once by a test before it starts threads; negative: the real clock. */
static int64_t fixed_now_us = -1;

int64_t clock_now_us(void)
{
    return fixed_now_us >= 0 ? fixed_now_us : g_get_real_time();
}

void clock_set_for_test(int64_t now_us)
{
    fixed_now_us = now_us;
}

/* Days since 1970-01-01 to a civil date of the proleptic Gregorian calendar. Own arithmetic, as gmtime_r() takes a
 * lock for the zone and GDateTime allocates: this runs for every row of a timeline bucket. */
static void civil_from_days(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t z = days + 719468; /* days since 0000-03-01 */
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* March is 0 */
    *ret_day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = (int)(year_of_era + era * 400 + (*ret_month <= 2));
}

static char *format(int64_t us, const char *end, char ret_text[ISO_TEXT_SIZE])
{
    const int64_t day_us = INT64_C(86400000000);
    const int64_t first = INT64_C(-62135596800000000); /* 0001-01-01 */
    const int64_t last = INT64_C(253402300799999999);  /* 9999-12-31 */
    us = CLAMP(us, first, last);
    int64_t days = us / day_us;
    int64_t rest = us % day_us;
    if (rest < 0) {
        rest += day_us;
        days--;
    }
    int year, month, day;
    civil_from_days(days, &year, &month, &day);
    int ms = (int)(rest / 1000);
    snprintf(ret_text, ISO_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03d%s", year % 10000, month % 100, day % 100,
             ms / 3600000 % 100, ms / 60000 % 60, ms / 1000 % 60, ms % 1000, end);
    return ret_text;
}

char *iso_format(int64_t us, char ret_text[ISO_TEXT_SIZE])
{
    return format(us, "Z", ret_text);
}

char *iso_format_bare(int64_t us, char ret_text[ISO_TEXT_SIZE])
{
    return format(us, "", ret_text);
}

bool iso_parse(const char *text, int64_t *ret_us)
{
    bool has_zone;
    int offset_min;
    return iso_parse_zoned(text, ret_us, &has_zone, &offset_min);
}

bool iso_parse_zoned(const char *text, int64_t *ret_us, bool *ret_has_zone, int *ret_offset_min)
{
    /* Longer than any date: GLib would still read it, we do not want to. */
    if (!text || strnlen(text, 64) == 64)
        return false;
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autofree char *full = strlen(text) == 10 ? g_strconcat(text, "T00:00:00Z", NULL) : g_strdup(text);
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(full, utc);
    if (!time)
        return false;
    const char *clock = strchr(text, 'T');
    *ret_has_zone = clock && strpbrk(clock, "Z+-") != NULL;
    *ret_offset_min = (int)(g_date_time_get_utc_offset(time) / (60 * G_USEC_PER_SEC));
    *ret_us = g_date_time_to_unix(time) * INT64_C(1000000) + g_date_time_get_microsecond(time);
    return true;
}

char *zone_format(int offset_min, char ret_text[ZONE_TEXT_SIZE])
{
    unsigned minutes = (unsigned)ABS(offset_min) % 10000;
    char sign = offset_min < 0 ? '-' : '+';
    if (minutes == 0)
        snprintf(ret_text, ZONE_TEXT_SIZE, "UTC");
    else if (minutes % 60 == 0)
        snprintf(ret_text, ZONE_TEXT_SIZE, "UTC%c%u", sign, minutes / 60);
    else
        snprintf(ret_text, ZONE_TEXT_SIZE, "UTC%c%u:%02u", sign, minutes / 60, minutes % 60);
    return ret_text;
}
