/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/facts_of_tags.h"

#include <string.h>

enum { NAME_MAX_BYTES = 200, ISO_OVERFLOW = 65535 };

/* ---- exposure ---- */

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

/* The APEX values that stand in for the plain ones (EXIF 3.0, annex C): 2^-Tv and 2^(Av/2). */
static double exposure_seconds(const struct tags *tags)
{
    static const char *const plain[] = {"Exif.Photo.ExposureTime", "Exif.Image.ExposureTime", "Xmp.exif.ExposureTime",
                                        NULL};
    static const char *const apex[] = {"Exif.Photo.ShutterSpeedValue", "Exif.Image.ShutterSpeedValue",
                                       "Xmp.exif.ShutterSpeedValue", NULL};
    double seconds = positive(tags_first_number(tags, plain));
    return isnan(seconds) ? exp2(-tags_first_number(tags, apex)) : seconds;
}

static double f_number(const struct tags *tags)
{
    static const char *const plain[] = {"Exif.Photo.FNumber", "Exif.Image.FNumber", "Xmp.exif.FNumber", NULL};
    static const char *const apex[] = {"Exif.Photo.ApertureValue", "Exif.Image.ApertureValue", "Xmp.exif.ApertureValue",
                                       NULL};
    double number = positive(tags_first_number(tags, plain));
    return isnan(number) ? positive(exp2(tags_first_number(tags, apex) / 2)) : number;
}

static int64_t whole(double number, double max)
{
    return number >= 1 && number <= max ? (int64_t)number : MEDIA_NO_INT;
}

/* The tag of 16 bits says 65535 where the speed needs more; then it stands in one of its larger sisters. */
static int64_t iso_speed(const struct tags *tags)
{
    static const char *const large[] = {"Exif.Photo.RecommendedExposureIndex", "Exif.Photo.ISOSpeed",
                                        "Exif.Photo.StandardOutputSensitivity", "Xmp.exifEX.RecommendedExposureIndex",
                                        NULL};
    static const char *const usual[] = {"Exif.Photo.ISOSpeedRatings", "Exif.Image.ISOSpeedRatings",
                                        "Xmp.exif.ISOSpeedRatings", "Xmp.exifEX.PhotographicSensitivity", NULL};
    double speed = tags_first_number(tags, usual);
    if (isnan(speed) || speed == 0 || speed == ISO_OVERFLOW) {
        double larger = tags_first_number(tags, large);
        speed = isnan(larger) ? speed : larger;
    }
    return whole(speed, 1e9);
}

/* ---- lens ---- */

static void append_range(GString *text, double from, double to)
{
    char from_text[G_ASCII_DTOSTR_BUF_SIZE], to_text[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append(text, g_ascii_formatd(from_text, sizeof(from_text), "%.3g", from));
    if (to > from)
        g_string_append_printf(text, "-%s", g_ascii_formatd(to_text, sizeof(to_text), "%.3g", to));
}

/* "24-105mm f/4" of the shortest and longest focal length and the largest apertures at both. */
static char *lens_of_specification(const struct tags *tags, const char *name)
{
    double n[4];
    bool has_apertures = tags_numbers(tags, name, n, 4) && n[2] > 0;
    if ((!has_apertures && !tags_numbers(tags, name, n, 2)) || !(n[0] > 0) || n[0] > 1e5 || n[1] > 1e5)
        return NULL;
    GString *text = g_string_new(NULL);
    append_range(text, n[0], n[1]);
    g_string_append(text, "mm");
    if (has_apertures) {
        g_string_append(text, " f/");
        append_range(text, n[2], n[3]);
    }
    return g_string_free(text, FALSE);
}

/* Some cameras write dashes or a number where they know no lens. */
static bool is_name(const char *text)
{
    bool has_letter = false;
    for (const char *at = text; *at; at++)
        has_letter = has_letter || g_ascii_isalpha(*at);
    return has_letter && *text != '(' && g_ascii_strncasecmp(text, "unknown", 7) != 0 &&
           g_ascii_strncasecmp(text, "n/a", 3) != 0 && g_ascii_strncasecmp(text, "none", 4) != 0;
}

/* Canon: longest and shortest focal length in units of which the third number tells how many make a millimetre. */
static char *lens_of_canon(const struct tags *tags)
{
    double n[3];
    if (!tags_numbers(tags, "Exif.CanonCs.Lens", n, 3) || !(n[2] > 0) || !(n[1] > 0) || n[0] < n[1])
        return NULL;
    GString *text = g_string_new(NULL);
    append_range(text, n[1] / n[2], n[0] / n[2]);
    return g_string_free(g_string_append(text, "mm"), FALSE);
}

/* Names, then ranges. Maker notes that give a number for a lens stay unread: exiv2 looks for a file with names of the
 * user's own at each of them, and nothing can be opened here. */
static char *lens_name(const struct tags *tags)
{
    static const char *const names[] = {"Exif.Photo.LensModel",
                                        "Xmp.exifEX.LensModel",
                                        "Xmp.aux.Lens",
                                        "Exif.Canon.LensModel",
                                        "Exif.OlympusEq.LensModel",
                                        "Exif.Panasonic.LensType",
                                        NULL};
    static const char *const specifications[] = {"Exif.Photo.LensSpecification",
                                                 "Exif.Image.LensInfo",
                                                 "Xmp.exifEX.LensSpecification",
                                                 "Xmp.aux.LensInfo",
                                                 "Exif.Nikon3.Lens",
                                                 NULL};
    for (const char *const *name = names; *name; name++) {
        g_autofree char *text = tags_text(tags, *name);
        if (text && is_name(text))
            return g_steal_pointer(&text);
    }
    char *lens = NULL;
    for (const char *const *name = specifications; *name && !lens; name++)
        lens = lens_of_specification(tags, *name);
    return lens ? lens : lens_of_canon(tags);
}

/* ---- all ---- */

static char *cut_name(char *text)
{
    char *cut = text ? charset_clean(text, NAME_MAX_BYTES) : NULL;
    g_free(text);
    return cut;
}

void camera_read(const struct tags *tags, struct media_reply *reply)
{
    static const char *const make[] = {"Exif.Image.Make", "Xmp.tiff.Make", NULL};
    static const char *const model[] = {"Exif.Image.Model", "Xmp.tiff.Model", "Exif.Image.UniqueCameraModel", NULL};
    static const char *const focal[] = {"Exif.Photo.FocalLength", "Exif.Image.FocalLength", "Xmp.exif.FocalLength",
                                        NULL};
    static const char *const focal_35[] = {"Exif.Photo.FocalLengthIn35mmFilm", "Xmp.exif.FocalLengthIn35mmFilm", NULL};
    reply->make = cut_name(tags_first_text(tags, make));
    reply->model = cut_name(tags_first_text(tags, model));
    reply->lens = cut_name(lens_name(tags));
    reply->exposure_time = exposure_text(exposure_seconds(tags));
    reply->f_number = f_number(tags);
    reply->focal_length_mm = positive(tags_first_number(tags, focal));
    reply->focal_35mm = whole(tags_first_number(tags, focal_35), 100000);
    reply->iso = iso_speed(tags);
}

void orientation_read(const struct tags *tags, struct media_reply *reply)
{
    static const char *const names[] = {"Exif.Image.Orientation", "Xmp.tiff.Orientation", NULL};
    double number = tags_first_number(tags, names);
    if (number >= 1 && number <= 8)
        reply->orientation = (int64_t)number;
}
