/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The rule (docs/metadata.md has it in words; the server's part stands in media/facts.c). The first row of the table
 * below with a readable date wins; zeros, blanks and the first second of 1970 are not readable. Then the date of IPTC,
 * then the GPS clock. A side file's date replaces all of it (sidecar.c). What no row gives, the server takes from the
 * file's name, the edit time, or the client's word.
 *
 * The offset from UTC: as written with that date; else by its own OffsetTime tag; else OffsetTime; else the difference
 * to the GPS clock where that is near a quarter of an hour; else as written with another date that shows the same
 * minute. IPTC's "+00:00" is what programs write that know no zone: it counts as none. */
#include "worker/capture_time.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct rule {
    enum media_date_source source;
    const char *date, *subsecond, *offset;
} rules[] = {
    {MEDIA_DATE_EXIF_ORIGINAL, "Exif.Photo.DateTimeOriginal", "Exif.Photo.SubSecTimeOriginal",
     "Exif.Photo.OffsetTimeOriginal"},
    {MEDIA_DATE_EXIF_ORIGINAL, "Exif.Image.DateTimeOriginal", NULL, NULL},
    {MEDIA_DATE_XMP_ORIGINAL, "Xmp.exif.DateTimeOriginal", NULL, NULL},
    {MEDIA_DATE_EXIF_DIGITIZED, "Exif.Photo.DateTimeDigitized", "Exif.Photo.SubSecTimeDigitized",
     "Exif.Photo.OffsetTimeDigitized"},
    {MEDIA_DATE_XMP_CREATED, "Xmp.xmp.CreateDate", NULL, NULL},
    {MEDIA_DATE_XMP_CREATED, "Xmp.exif.DateTimeDigitized", NULL, NULL},
    {MEDIA_DATE_XMP_PHOTOSHOP, "Xmp.photoshop.DateCreated", NULL, NULL},
};

/* When it was created, and when it became digital: number of the date, of the time. */
static const unsigned iptc_created[2] = {55, 60}, iptc_digital[2] = {62, 63};

struct moment {
    enum media_date_source source;
    int64_t local_us;
    int64_t offset_min; /* MEDIA_NO_INT: not written with it */
    const struct rule *rule;
};

/* "31" after "…:44" is 0.31 s; some write spaces. */
static int64_t subsecond_us(const struct tags *tags, const char *name)
{
    g_autofree char *digits = name ? tags_text(tags, name) : NULL;
    int64_t unit = 100000, us = 0;
    for (const char *at = digits; at && g_ascii_isdigit(*at); at++, unit /= 10)
        us += unit * (*at - '0');
    return us;
}

static bool read_rule(const struct tags *tags, const struct rule *rule, struct moment *ret_moment)
{
    g_autofree char *text = tags_text(tags, rule->date);
    struct moment moment = {.source = rule->source, .rule = rule};
    if (!text || !tags_parse_time(text, &moment.local_us, &moment.offset_min) || moment.local_us == 0)
        return false;
    if (moment.local_us % G_USEC_PER_SEC == 0)
        moment.local_us += subsecond_us(tags, rule->subsecond);
    *ret_moment = moment;
    return true;
}

/* IPTC: "20240813" and "123456+0200". */
static bool read_iptc(const struct tags *tags, const unsigned numbers[2], struct moment *ret_moment)
{
    g_autofree char *date = tags_iptc(tags, numbers[0]);
    g_autofree char *time = tags_iptc(tags, numbers[1]);
    if (!date || strlen(date) != 8 || (time && strlen(time) < 6))
        return false;
    g_autofree char *text = time ? g_strdup_printf("%.4s-%.2s-%.2sT%.2s:%.2s:%.2s%s", date, date + 4, date + 6, time,
                                                   time + 2, time + 4, time + 6)
                                 : g_strdup_printf("%.4s-%.2s-%.2s", date, date + 4, date + 6);
    struct moment moment = {.source = MEDIA_DATE_IPTC};
    if (!tags_parse_time(text, &moment.local_us, &moment.offset_min))
        return false;
    if (moment.offset_min == 0)
        moment.offset_min = MEDIA_NO_INT;
    *ret_moment = moment;
    return true;
}

/* The GPS clock, UTC. */
static bool read_gps(const struct tags *tags, int64_t *ret_us)
{
    g_autofree char *date = tags_text(tags, "Exif.GPSInfo.GPSDateStamp");
    double time[3];
    int64_t us = 0, offset_min = 0;
    if (date && tags_numbers(tags, "Exif.GPSInfo.GPSTimeStamp", time, 3)) {
        bool in_range = time[0] >= 0 && time[0] < 24 && time[1] >= 0 && time[1] < 60 && time[2] >= 0 && time[2] < 61;
        if (!in_range || !tags_parse_time(date, &us, &offset_min))
            return false;
        *ret_us = us + (int64_t)((time[0] * 3600 + time[1] * 60 + time[2]) * G_USEC_PER_SEC);
        return true;
    }
    g_autofree char *xmp = tags_text(tags, "Xmp.exif.GPSTimeStamp");
    if (!xmp || !tags_parse_time(xmp, &us, &offset_min))
        return false;
    *ret_us = us - (offset_min == MEDIA_NO_INT ? 0 : offset_min * 60 * G_USEC_PER_SEC);
    return true;
}

static bool find_moment(const struct tags *tags, struct moment *ret_moment)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
        if (read_rule(tags, &rules[i], ret_moment))
            return true;
    if (read_iptc(tags, iptc_created, ret_moment) || read_iptc(tags, iptc_digital, ret_moment))
        return true;
    int64_t us;
    if (!read_gps(tags, &us))
        return false;
    *ret_moment = (struct moment){.source = MEDIA_DATE_GPS, .local_us = us, .offset_min = MEDIA_NO_INT};
    return true;
}

/* ---- the offset ---- */

static bool read_offset_tag(const struct tags *tags, const char *name, int64_t *ret_offset_min)
{
    g_autofree char *text = name ? tags_text(tags, name) : NULL;
    return text && tags_parse_offset(text, ret_offset_min);
}

static bool lends_offset(const struct moment *other, const struct moment *moment, int64_t *ret_offset_min)
{
    const int64_t minute_us = 60 * G_USEC_PER_SEC;
    if (other->offset_min == MEDIA_NO_INT || other->local_us / minute_us != moment->local_us / minute_us)
        return false;
    *ret_offset_min = other->offset_min;
    return true;
}

/* Another date of the file that shows the same minute and says its zone. */
static bool borrow_offset(const struct tags *tags, const struct moment *moment, int64_t *ret_offset_min)
{
    struct moment other;
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
        if (read_rule(tags, &rules[i], &other) && lends_offset(&other, moment, ret_offset_min))
            return true;
    return (read_iptc(tags, iptc_created, &other) && lends_offset(&other, moment, ret_offset_min)) ||
           (read_iptc(tags, iptc_digital, &other) && lends_offset(&other, moment, ret_offset_min));
}

/* All zones lie on quarters of an hour; the GPS clock of a photo is that of the last fix, some seconds or minutes old.
 */
static bool offset_by_gps(const struct tags *tags, const struct moment *moment, int64_t *ret_offset_min)
{
    int64_t utc_us;
    if (!read_gps(tags, &utc_us))
        return false;
    double minutes = (double)(moment->local_us - utc_us) / (60.0 * G_USEC_PER_SEC);
    double quarter = round(minutes / 15) * 15;
    if (fabs(quarter) > 14 * 60 || fabs(minutes - quarter) > 3)
        return false;
    *ret_offset_min = (int64_t)quarter;
    return true;
}

static void find_offset(const struct tags *tags, const struct moment *moment, struct media_reply *reply)
{
    const char *own = moment->rule ? moment->rule->offset : NULL;
    int64_t offset_min = moment->offset_min;
    reply->zone_source = MEDIA_ZONE_TAG;
    bool found = offset_min != MEDIA_NO_INT || read_offset_tag(tags, own, &offset_min) ||
                 read_offset_tag(tags, "Exif.Photo.OffsetTime", &offset_min);
    if (!found && offset_by_gps(tags, moment, &offset_min)) {
        found = true;
        reply->zone_source = MEDIA_ZONE_GPS;
    }
    if (!found && !borrow_offset(tags, moment, &offset_min)) {
        offset_min = MEDIA_NO_INT;
        reply->zone_source = MEDIA_ZONE_NONE;
    }
    reply->offset_min = offset_min;
}

void capture_time_read(const struct tags *tags, struct media_reply *reply)
{
    struct moment moment;
    reply->date_source = MEDIA_DATE_NONE;
    if (find_moment(tags, &moment)) {
        reply->date_source = moment.source;
        reply->local_us = moment.local_us;
        if (moment.source == MEDIA_DATE_GPS) {
            reply->offset_min = 0;
            reply->zone_source = MEDIA_ZONE_UTC;
        } else {
            find_offset(tags, &moment, reply);
        }
    }
    static const struct rule modified = {0, "Exif.Image.DateTime", "Exif.Photo.SubSecTime", NULL};
    if (read_rule(tags, &modified, &moment))
        reply->modified_us = moment.local_us;
}
