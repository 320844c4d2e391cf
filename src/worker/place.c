/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/facts_of_tags.h"

#include <string.h>

/* XMP writes "39,6.9N" or "39,6,54N" (Adobe XMP specification, part 2, GPSCoordinate). */
static bool xmp_coordinate(const struct tags *tags, const char *name, char negative, double *ret_degrees)
{
    g_autofree char *text = tags_text(tags, name);
    size_t size = text ? strlen(text) : 0;
    if (size < 2)
        return false;
    char *at = text, letter = g_ascii_toupper(text[size - 1]);
    double degrees = 0, unit = 1;
    for (unsigned i = 0; i < 3; i++, unit /= 60) {
        char *end = NULL;
        degrees += unit * g_ascii_strtod(at, &end);
        if (end == at)
            return false;
        at = end;
        if (*at != ',')
            break;
        at++;
    }
    *ret_degrees = letter == negative ? -degrees : degrees;
    return at == text + size - 1;
}

/* Degrees, minutes, seconds and a letter of their own. Without the letter the place is not known: half of the guesses
 * would be on the wrong side of the world. */
static bool exif_coordinate(const struct tags *tags, const char *name, const char *letter_name, char negative,
                            double *ret_degrees)
{
    double parts[3] = {0};
    g_autofree char *letter = tags_text(tags, letter_name);
    bool found = letter && (tags_numbers(tags, name, parts, 3) || tags_numbers(tags, name, parts, 2) ||
                            tags_numbers(tags, name, parts, 1));
    if (!found)
        return false;
    double degrees = parts[0] + parts[1] / 60 + parts[2] / 3600;
    *ret_degrees = g_ascii_toupper(*letter) == negative ? -degrees : degrees;
    return true;
}

static bool is_position(double latitude, double longitude)
{
    /* Zero and zero is what receivers without a fix write. */
    return fabs(latitude) <= 90 && fabs(longitude) <= 180 && (latitude != 0 || longitude != 0);
}

/* A receiver without a fix says so in its status ("V": void), and what it writes beside it is old or nothing. */
static bool exif_position(const struct tags *tags, double *latitude, double *longitude)
{
    g_autofree char *status = tags_text(tags, "Exif.GPSInfo.GPSStatus");
    return (!status || g_ascii_toupper(*status) != 'V') &&
           exif_coordinate(tags, "Exif.GPSInfo.GPSLatitude", "Exif.GPSInfo.GPSLatitudeRef", 'S', latitude) &&
           exif_coordinate(tags, "Exif.GPSInfo.GPSLongitude", "Exif.GPSInfo.GPSLongitudeRef", 'W', longitude) &&
           is_position(*latitude, *longitude);
}

static bool xmp_position(const struct tags *tags, double *latitude, double *longitude)
{
    return xmp_coordinate(tags, "Xmp.exif.GPSLatitude", 'S', latitude) &&
           xmp_coordinate(tags, "Xmp.exif.GPSLongitude", 'W', longitude) && is_position(*latitude, *longitude);
}

static void read_altitude(const struct tags *tags, const char *name, const char *below_name, struct media_reply *reply)
{
    double altitude;
    if (!isnan(reply->altitude_m) || !tags_numbers(tags, name, &altitude, 1))
        return;
    /* A byte 1; newer ones (EXIF 3.0) tell the ellipsoid from the sea by 2 and 3. */
    g_autofree char *below = tags_text(tags, below_name);
    bool is_below = g_strcmp0(below, "1") == 0 || g_strcmp0(below, "3") == 0;
    reply->altitude_m = is_below ? -fabs(altitude) : altitude;
}

void place_read(const struct tags *tags, struct media_reply *reply)
{
    double latitude, longitude;
    if (exif_position(tags, &latitude, &longitude) || xmp_position(tags, &latitude, &longitude)) {
        reply->latitude = latitude;
        reply->longitude = longitude;
    }
    read_altitude(tags, "Exif.GPSInfo.GPSAltitude", "Exif.GPSInfo.GPSAltitudeRef", reply);
    read_altitude(tags, "Xmp.exif.GPSAltitude", "Xmp.exif.GPSAltitudeRef", reply);
}
