/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/facts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <glib.h>

#include "catalog/assets.h"
#include "media/name_date.h"

static const char *const sources[MEDIA_DATE_N] = {
    [MEDIA_DATE_EXIF_ORIGINAL] = DATE_SOURCE_EXIF_ORIGINAL,
    [MEDIA_DATE_XMP_ORIGINAL] = DATE_SOURCE_XMP,
    [MEDIA_DATE_EXIF_DIGITIZED] = DATE_SOURCE_EXIF_DIGITIZED,
    [MEDIA_DATE_XMP_CREATED] = DATE_SOURCE_XMP,
    [MEDIA_DATE_XMP_PHOTOSHOP] = DATE_SOURCE_XMP,
    [MEDIA_DATE_IPTC] = DATE_SOURCE_XMP, /* the same statement in its older clothes */
    [MEDIA_DATE_GPS] = DATE_SOURCE_GPS,
    [MEDIA_DATE_CONTAINER_ZONED] = DATE_SOURCE_CONTAINER,
    [MEDIA_DATE_CONTAINER_LOCAL] = DATE_SOURCE_CONTAINER,
    [MEDIA_DATE_CONTAINER_UTC] = DATE_SOURCE_CONTAINER,
};

static void set_time(struct facts *facts, int64_t local_us, int64_t offset_min, const char *source)
{
    int64_t offset = offset_min == MEDIA_NO_INT ? 0 : offset_min;
    facts->facts.has_taken = true;
    facts->facts.local_us = local_us;
    facts->facts.taken_us = local_us - offset * 60 * G_USEC_PER_SEC;
    facts->facts.date_source = source;
    if (offset_min == MEDIA_NO_INT)
        return;
    facts->facts.time_zone = zone_format((int)offset, facts->time_zone);
}

/* Where the metadata has no capture time: a name with a time of day, the edit time, a name with a day; the better
 * statement first. A name or an edit time is the wall clock's, whose zone nobody knows. */
static void set_fallback_time(struct facts *facts, const char *file_name)
{
    int64_t local_us;
    bool has_time = false, is_utc = false;
    bool found = name_date(file_name, &local_us, &has_time, &is_utc);
    if (found && has_time)
        set_time(facts, local_us, is_utc ? 0 : MEDIA_NO_INT, DATE_SOURCE_FILE_NAME);
    else if (facts->facts.has_modified)
        set_time(facts, facts->facts.modified_us, MEDIA_NO_INT, DATE_SOURCE_EXIF_MODIFIED);
    else if (found)
        set_time(facts, local_us, MEDIA_NO_INT, DATE_SOURCE_FILE_NAME);
}

static int whole(int64_t value)
{
    return value == MEDIA_NO_INT ? 0 : (int)CLAMP(value, G_MININT, G_MAXINT);
}

static double real(double value)
{
    return isnan(value) ? 0 : value;
}

static void take_reply(const struct media_reply *reply, struct media_facts *facts)
{
    facts->has_modified = reply->modified_us != MEDIA_NO_INT;
    facts->modified_us = facts->has_modified ? reply->modified_us : 0;
    facts->width_px = whole(reply->width_px);
    facts->height_px = whole(reply->height_px);
    facts->raw_width_px = whole(reply->raw_width_px);
    facts->raw_height_px = whole(reply->raw_height_px);
    facts->orientation = whole(reply->orientation);
    facts->projection = reply->projection;
    facts->duration_ms = reply->duration_ms == MEDIA_NO_INT ? 0 : reply->duration_ms;
    facts->fps = real(reply->fps);
    facts->thumbhash = reply->thumbhash ? g_bytes_get_data(reply->thumbhash, &facts->thumbhash_size) : NULL;
    facts->mime_type = reply->mime;
    facts->live_id = reply->content_id;
    facts->make = reply->make;
    facts->model = reply->model;
    facts->lens = reply->lens;
    facts->f_number = real(reply->f_number);
    facts->focal_length_mm = real(reply->focal_length_mm);
    facts->iso = whole(reply->iso);
    facts->exposure_time = reply->exposure_time;
    facts->profile = reply->profile;
    facts->has_position = !isnan(reply->latitude) && !isnan(reply->longitude);
    facts->latitude = real(reply->latitude);
    facts->longitude = real(reply->longitude);
    facts->has_altitude = !isnan(reply->altitude_m);
    facts->altitude_m = real(reply->altitude_m);
    facts->description = reply->description;
    facts->has_rating = reply->rating != MEDIA_NO_INT;
    facts->rating = whole(reply->rating);
}

/* A stretch of the file, or nothing. */
static void take_motion(const struct media_reply *reply, const struct asset *asset, struct media_facts *facts)
{
    if (reply->motion_bytes == MEDIA_NO_INT || reply->motion_offset == MEDIA_NO_INT ||
        reply->motion_offset >= asset->digest.size_bytes ||
        reply->motion_bytes > asset->digest.size_bytes - reply->motion_offset)
        return;
    facts->motion_offset = reply->motion_offset;
    facts->motion_bytes = reply->motion_bytes;
}

void facts_fill(const struct media_reply *reply, const struct asset *asset, struct facts *ret_facts)
{
    *ret_facts = (struct facts){0};
    if (reply)
        take_reply(reply, &ret_facts->facts);
    if (reply)
        take_motion(reply, asset, &ret_facts->facts);
    if (reply && reply->local_us != MEDIA_NO_INT && sources[reply->date_source])
        set_time(ret_facts, reply->local_us, reply->offset_min, sources[reply->date_source]);
    else
        set_fallback_time(ret_facts, asset->file_name);
}
