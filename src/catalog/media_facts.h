/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a look into a media file told: filled by the media room from a worker's answer, stored by asset_media_apply().
 * Unknown is always explicit: NULL for text, 0 for numbers that cannot be 0, has_… where 0 is a value.
 *
 * All text is valid UTF-8 without control characters, cut to MEDIA_TEXT_MAX bytes by the one who fills it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MEDIA_TEXT_MAX = 4096, THUMBHASH_MAX = 32 };

/* Where the capture time came from, best first. Stored and shown by these words. */
#define DATE_SOURCE_EXIF_ORIGINAL "exif-original"   /* DateTimeOriginal */
#define DATE_SOURCE_EXIF_DIGITIZED "exif-digitized" /* DateTimeDigitized */
#define DATE_SOURCE_XMP "xmp"
#define DATE_SOURCE_IPTC "iptc"
#define DATE_SOURCE_SIDECAR "sidecar"             /* the XMP file beside it: wins over what the file itself says */
#define DATE_SOURCE_CONTAINER "container"         /* creation time of a video container */
#define DATE_SOURCE_GPS "gps"                     /* GPSDateStamp and GPSTimeStamp */
#define DATE_SOURCE_EXIF_MODIFIED "exif-modified" /* DateTime */
#define DATE_SOURCE_FILE_NAME "file-name"
#define DATE_SOURCE_CLIENT "client" /* the uploader's word; what an asset has until facts say better */
#define DATE_SOURCE_FILE_TIME "file-time"
#define DATE_SOURCE_PERSON "person" /* edited by hand: facts never replace it */

/* Where the offset of the local time from UTC came from; NULL: nobody says, the instant was reckoned as if it were UTC.
 */
#define ZONE_SOURCE_TAG "tag"             /* written with the date, or in OffsetTime* */
#define ZONE_SOURCE_GPS "gps"             /* the difference to the GPS clock */
#define ZONE_SOURCE_FILE_NAME "file-name" /* the difference between an instant and the local time in the name */
#define ZONE_SOURCE_UTC "utc"             /* the date is written in UTC; the zone of the place is not known */
#define ZONE_SOURCE_PERSON "person"

enum sidecar_state { SIDECAR_NONE = 0, SIDECAR_READ = 1, SIDECAR_UNREADABLE = 2 };

struct media_facts {
    /* ---- time ---- */
    bool has_taken;          /* false: the asset keeps its client's word; date_source is not read */
    int64_t taken_us;        /* the instant, UTC */
    int64_t local_us;        /* the camera's wall clock as if it were UTC */
    const char *date_source; /* a DATE_SOURCE_… */
    const char *time_zone;   /* "UTC+2", "UTC+5:30" or IANA "Europe/Berlin"; NULL: the file has none, UTC was assumed */
    const char *zone_source; /* a ZONE_SOURCE_… */
    bool has_modified;
    int64_t modified_us; /* EXIF DateTime (modifyDate of the API) */

    /* ---- picture ---- */
    int width_px, height_px;         /* as shown, after orientation; 0: unknown */
    int raw_width_px, raw_height_px; /* as stored; 0: unknown */
    int orientation;                 /* EXIF 1 … 8; 0: none */
    bool has_gain_map;
    const char *projection;   /* "EQUIRECTANGULAR" or NULL */
    const uint8_t *thumbhash; /* NULL: none */
    size_t thumbhash_size;    /* at most THUMBHASH_MAX */
    const char *mime_type;    /* of the bytes themselves, such as "image/heic"; NULL: as the name says */

    /* ---- video, animation, live photo ---- */
    int64_t duration_ms;                 /* 0: none */
    double fps;                          /* 0: none */
    const char *live_id;                 /* Apple content identifier that pairs still and motion; NULL: none */
    int64_t motion_offset, motion_bytes; /* the video that the photo's own file carries; 0: none */

    /* ---- camera ---- */
    const char *make, *model, *lens;
    double f_number;           /* 0: unknown */
    double focal_length_mm;    /* 0: unknown */
    int iso;                   /* 0: unknown */
    const char *exposure_time; /* "1/250", "2"; NULL: unknown */
    const char *profile;       /* name of the ICC profile; NULL: none */

    /* ---- place ---- */
    bool has_position;
    double latitude, longitude; /* degrees, WGS 84; latitude -90 … 90, longitude -180 … 180 */
    bool has_altitude;
    double altitude_m;

    /* ---- words ---- */
    const char *description; /* NULL: none */
    bool has_rating;
    int rating;           /* -1 (rejected) … 5 */
    const char *keywords; /* one a line, parts of a path divided by "|"; NULL: none */
    const char *faces;    /* one a line, "x y width height name", parts of the upright picture; NULL: none */
    const char *burst_id; /* the same for all pictures of a burst; NULL: none */
    int focal_35mm;       /* 0: unknown */
    enum sidecar_state sidecar;
};
