/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/facts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "catalog/assets.h"
#include "media/name_date.h"

/* The server's part of the rule of capture times (the worker's: worker/capture_time.c; in words: docs/metadata.md). By
 * the worker's number: the word that is stored. */
static const char *const sources[MEDIA_DATE_N] = {
    [MEDIA_DATE_EXIF_ORIGINAL] = DATE_SOURCE_EXIF_ORIGINAL,
    [MEDIA_DATE_XMP_ORIGINAL] = DATE_SOURCE_XMP,
    [MEDIA_DATE_EXIF_DIGITIZED] = DATE_SOURCE_EXIF_DIGITIZED,
    [MEDIA_DATE_XMP_CREATED] = DATE_SOURCE_XMP,
    [MEDIA_DATE_XMP_PHOTOSHOP] = DATE_SOURCE_XMP,
    [MEDIA_DATE_IPTC] = DATE_SOURCE_IPTC,
    [MEDIA_DATE_GPS] = DATE_SOURCE_GPS,
    [MEDIA_DATE_CONTAINER_ZONED] = DATE_SOURCE_CONTAINER,
    [MEDIA_DATE_CONTAINER_LOCAL] = DATE_SOURCE_CONTAINER,
    [MEDIA_DATE_CONTAINER_UTC] = DATE_SOURCE_CONTAINER,
    [MEDIA_DATE_SIDECAR] = DATE_SOURCE_SIDECAR,
};

static const char *const zone_sources[MEDIA_ZONE_N] = {
    [MEDIA_ZONE_TAG] = ZONE_SOURCE_TAG,
    [MEDIA_ZONE_GPS] = ZONE_SOURCE_GPS,
    [MEDIA_ZONE_UTC] = ZONE_SOURCE_UTC,
};

static const int64_t minute_us = 60 * G_USEC_PER_SEC;

/* @zone_source NULL: the offset is not known (and not read). */
static void set_time(struct facts *facts, int64_t local_us, int64_t offset_min, const char *source,
                     const char *zone_source)
{
    facts->facts.has_taken = true;
    facts->facts.local_us = local_us;
    facts->facts.taken_us = local_us - (zone_source ? offset_min * minute_us : 0);
    facts->facts.date_source = source;
    facts->facts.zone_source = zone_source;
    if (zone_source)
        facts->facts.time_zone = zone_format((int)offset_min, facts->time_zone);
}

/* A video's container has the instant, its name the phone's clock: the difference, near a quarter of an hour, is the
 * zone. The name tells of the beginning, some containers of the end: up to @slack_us later. */
static bool zone_by_name(int64_t utc_us, int64_t local_us, int64_t slack_us, int64_t *ret_offset_min)
{
    static const int64_t tolerance_us = 3 * 60 * G_USEC_PER_SEC, quarter_us = 15 * 60 * G_USEC_PER_SEC;
    const int64_t begins[] = {utc_us, utc_us - slack_us};
    for (size_t i = 0; i < G_N_ELEMENTS(begins); i++) {
        double quarters = round((double)(local_us - begins[i]) / (double)quarter_us);
        int64_t off_us = local_us - begins[i] - (int64_t)quarters * quarter_us;
        if (fabs(quarters) <= 14 * 4 && ABS(off_us) <= tolerance_us) {
            *ret_offset_min = (int64_t)quarters * 15;
            return true;
        }
    }
    return false;
}

/* What the worker found. */
static void set_found_time(struct facts *facts, const struct media_reply *reply, const char *file_name)
{
    int64_t name_us, offset_min = reply->offset_min;
    bool has_time = false, is_utc = false;
    int64_t slack_us = reply->duration_ms == MEDIA_NO_INT ? 0 : reply->duration_ms * 1000;
    const char *zone_source = reply->zone_source == MEDIA_NO_INT ? NULL : zone_sources[reply->zone_source];
    if (offset_min == MEDIA_NO_INT)
        zone_source = NULL;
    int64_t local_us = reply->local_us;
    if (zone_source && strcmp(zone_source, ZONE_SOURCE_UTC) == 0 &&
        name_date(file_name, &name_us, &has_time, &is_utc) && has_time && !is_utc &&
        zone_by_name(local_us, name_us, slack_us, &offset_min)) {
        zone_source = ZONE_SOURCE_FILE_NAME;
        local_us += offset_min * minute_us;
    }
    set_time(facts, local_us, offset_min, sources[reply->date_source], zone_source);
}

/* A date that an earlier look found, and this one does not any more (a side file that went): the client's own word was
 * overwritten by it, the file's time is left. */
static bool is_of_earlier_look(const char *date_source)
{
    static const char *const others[] = {DATE_SOURCE_CLIENT, DATE_SOURCE_FILE_TIME, DATE_SOURCE_PERSON};
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        if (!date_source || strcmp(date_source, others[i]) == 0)
            return false;
    return true;
}

/* Where the metadata has no capture time: a name with a time of day, the edit time, a name with a day; the better
 * statement first. A name or an edit time is the wall clock's, whose zone nobody knows. */
static void set_fallback_time(struct facts *facts, const struct asset *asset)
{
    int64_t local_us;
    bool has_time = false, is_utc = false;
    bool found = name_date(asset->file_name, &local_us, &has_time, &is_utc);
    if (found && has_time)
        set_time(facts, local_us, 0, DATE_SOURCE_FILE_NAME, is_utc ? ZONE_SOURCE_UTC : NULL);
    else if (facts->facts.has_modified)
        set_time(facts, facts->facts.modified_us, 0, DATE_SOURCE_EXIF_MODIFIED, NULL);
    else if (found)
        set_time(facts, local_us, 0, DATE_SOURCE_FILE_NAME, NULL);
    else if (is_of_earlier_look(asset->date_source))
        set_time(facts, asset->modified_us, 0, DATE_SOURCE_FILE_TIME, NULL);
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
    facts->has_gain_map = reply->has_gain_map == 1;
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
    facts->keywords = reply->keywords;
    facts->faces = reply->faces;
    facts->burst_id = reply->burst_id;
    facts->focal_35mm = whole(reply->focal_35mm);
}

static enum sidecar_state sidecar_state(const struct media_reply *reply, const struct asset *asset)
{
    if (!asset->has_sidecar)
        return SIDECAR_NONE;
    return reply && reply->sidecar == MEDIA_SIDECAR_READ ? SIDECAR_READ : SIDECAR_UNREADABLE;
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
    if (reply && reply->local_us != MEDIA_NO_INT && reply->date_source != MEDIA_NO_INT && sources[reply->date_source])
        set_found_time(ret_facts, reply, asset->file_name);
    else
        set_fallback_time(ret_facts, asset);
    if (!ret_facts->facts.burst_id && asset->type == ASSET_IMAGE)
        ret_facts->facts.burst_id = ret_facts->burst_id = name_burst(asset->file_name);
    ret_facts->facts.sidecar = sidecar_state(reply, asset);
}

void facts_clear(struct facts *facts)
{
    g_clear_pointer(&facts->burst_id, g_free);
}
