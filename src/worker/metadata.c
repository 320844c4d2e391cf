/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/metadata.h"

#include <string.h>

#include <gexiv2/gexiv2.h>

#include "worker/capture_time.h"
#include "worker/tags.h"

/* The first of several tags that has text. @names ends with NULL. */
static char *first_text(const struct tags *tags, const char *const *names)
{
    char *text = NULL;
    for (; !text && *names; names++)
        text = tags_text(tags, *names);
    return text;
}

static double first_number(const struct tags *tags, const char *const *names)
{
    double number;
    for (; *names; names++)
        if (tags_numbers(tags, *names, &number, 1))
            return number;
    return MEDIA_NO_DOUBLE;
}

/* ---- camera ---- */

/* Seconds as people write them: 1/125, 0.8, 30. */
static char *exposure_text(double seconds)
{
    if (!(seconds > 0) || seconds > 1e6)
        return NULL;
    if (seconds < 0.3)
        return g_strdup_printf("1/%.0f", 1 / seconds);
    g_autofree char *decimal = g_strdup_printf("%.1f", seconds);
    if (g_str_has_suffix(decimal, ".0"))
        decimal[strlen(decimal) - 2] = '\0';
    return g_steal_pointer(&decimal);
}

static double positive(double number)
{
    return number > 0 ? number : MEDIA_NO_DOUBLE;
}

static void read_camera(const struct tags *tags, struct media_reply *reply)
{
    static const char *const make[] = {"Exif.Image.Make", "Xmp.tiff.Make", NULL};
    static const char *const model[] = {"Exif.Image.Model", "Xmp.tiff.Model", NULL};
    static const char *const lens[] = {"Exif.Photo.LensModel", "Xmp.exifEX.LensModel", "Xmp.aux.Lens", NULL};
    static const char *const exposure[] = {"Exif.Photo.ExposureTime", "Exif.Image.ExposureTime",
                                           "Xmp.exif.ExposureTime", NULL};
    static const char *const aperture[] = {"Exif.Photo.FNumber", "Exif.Image.FNumber", "Xmp.exif.FNumber", NULL};
    static const char *const iso[] = {"Exif.Photo.ISOSpeedRatings", "Exif.Photo.RecommendedExposureIndex",
                                      "Xmp.exif.ISOSpeedRatings", NULL};
    static const char *const focal[] = {"Exif.Photo.FocalLength", "Exif.Image.FocalLength", "Xmp.exif.FocalLength",
                                        NULL};
    reply->make = first_text(tags, make);
    reply->model = first_text(tags, model);
    reply->lens = first_text(tags, lens);
    reply->exposure_time = exposure_text(first_number(tags, exposure));
    reply->f_number = positive(first_number(tags, aperture));
    reply->focal_length_mm = positive(first_number(tags, focal));
    double speed = first_number(tags, iso);
    if (speed >= 1 && speed <= 1e9)
        reply->iso = (int64_t)speed;
}

/* ---- place ---- */

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

static void read_place(const struct tags *tags, struct media_reply *reply)
{
    double latitude, longitude, altitude;
    bool found =
        (exif_coordinate(tags, "Exif.GPSInfo.GPSLatitude", "Exif.GPSInfo.GPSLatitudeRef", 'S', &latitude) &&
         exif_coordinate(tags, "Exif.GPSInfo.GPSLongitude", "Exif.GPSInfo.GPSLongitudeRef", 'W', &longitude)) ||
        (xmp_coordinate(tags, "Xmp.exif.GPSLatitude", 'S', &latitude) &&
         xmp_coordinate(tags, "Xmp.exif.GPSLongitude", 'W', &longitude));
    /* Zero and zero is what receivers without a fix write. */
    if (found && fabs(latitude) <= 90 && fabs(longitude) <= 180 && (latitude != 0 || longitude != 0)) {
        reply->latitude = latitude;
        reply->longitude = longitude;
    }
    if (tags_numbers(tags, "Exif.GPSInfo.GPSAltitude", &altitude, 1)) {
        g_autofree char *below = tags_text(tags, "Exif.GPSInfo.GPSAltitudeRef");
        reply->altitude_m = g_strcmp0(below, "1") == 0 ? -altitude : altitude;
    }
}

/* ---- words ---- */

enum { IPTC_CAPTION = 120 };

static void read_words(const struct tags *tags, struct media_reply *reply)
{
    static const char *const description[] = {"Xmp.dc.description", "Exif.Image.ImageDescription", NULL};
    static const char *const rating[] = {"Xmp.xmp.Rating", "Exif.Image.Rating", NULL};
    reply->description = first_text(tags, description);
    if (!reply->description)
        reply->description = tags_iptc(tags, IPTC_CAPTION);
    double stars = first_number(tags, rating);
    if (stars == -1 || (stars >= 1 && stars <= 5)) /* 0: not rated */
        reply->rating = (int64_t)stars;
    reply->projection = tags_text(tags, "Xmp.GPano.ProjectionType");
}

static void read_orientation(const struct tags *tags, struct media_reply *reply)
{
    static const char *const names[] = {"Exif.Image.Orientation", "Xmp.tiff.Orientation", NULL};
    double number = first_number(tags, names);
    if (number >= 1 && number <= 8)
        reply->orientation = (int64_t)number;
}

/* ---- Apple's maker note ---- */

static unsigned be(const uint8_t *bytes, unsigned size)
{
    unsigned value = 0;
    for (unsigned i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* The identifier that a Live Photo's two halves share: tag 0x0011 of a big-endian directory behind "Apple iOS\0\0\1MM",
 * offsets counted from the note's start. */
static void read_content_id(const struct tags *tags, struct media_reply *reply)
{
    enum { HEAD = 14, ENTRY = 12, TAG = 0x0011, TYPE_TEXT = 2 };
    g_autoptr(GBytes) note = tags_raw(tags, "Exif.Photo.MakerNote");
    size_t size = 0;
    const uint8_t *bytes = note ? g_bytes_get_data(note, &size) : NULL;
    if (size < HEAD + 2 || memcmp(bytes, "Apple iOS", 9) != 0 || memcmp(bytes + 12, "MM", 2) != 0)
        return;
    unsigned n_entries = be(bytes + HEAD, 2);
    for (size_t at = HEAD + 2; n_entries > 0 && at + ENTRY <= size; n_entries--, at += ENTRY) {
        size_t length = be(bytes + at + 4, 4), offset = be(bytes + at + 8, 4);
        if (be(bytes + at, 2) != TAG || be(bytes + at + 2, 2) != TYPE_TEXT)
            continue;
        if (length >= 8 && length <= 100 && offset <= size && length <= size - offset) {
            g_autofree char *text = g_strndup((const char *)bytes + offset, length);
            if (g_str_is_ascii(text))
                reply->content_id = g_strdup(g_strstrip(text));
        }
        return;
    }
}

void metadata_read(GBytes *exif, GBytes *xmp, GBytes *xmp_extended, GBytes *iptc, struct media_reply *reply)
{
    struct tags *tags = tags_new(exif, xmp, xmp_extended, iptc);
    read_camera(tags, reply);
    read_place(tags, reply);
    read_words(tags, reply);
    read_orientation(tags, reply);
    read_content_id(tags, reply);
    capture_time_read(tags, reply);
    tags_free(tags);
}

void metadata_warm(void)
{
    gexiv2_initialize();
    gexiv2_log_set_level(GEXIV2_LOG_LEVEL_MUTE);
    /* The smallest EXIF block and packet there are: parsers build their tables on first use, and exiv2's texts in UCS-2
     * make glibc look for its converters. */
    static const uint8_t exif[] = {'I', 'I', '*', 0, 8, 0,   0, 0, 1, 0, 0x9c, 0x9c, 1,
                                   0,   4,   0,   0, 0, 'a', 0, 0, 0, 0, 0,    0,    0};
    static const char xmp[] = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/"
                              "22-rdf-syntax-ns#'><rdf:Description xmlns:xmp='http://ns.adobe.com/xap/1.0/' "
                              "xmp:CreateDate='2024-08-13T12:34:56'/></rdf:RDF></x:xmpmeta>";
    g_autoptr(GBytes) exif_block = g_bytes_new_static(exif, sizeof(exif));
    g_autoptr(GBytes) xmp_block = g_bytes_new_static(xmp, sizeof(xmp) - 1);
    struct media_reply reply;
    media_reply_init(&reply);
    metadata_read(exif_block, xmp_block, NULL, NULL, &reply);
    media_reply_clear(&reply);
}
