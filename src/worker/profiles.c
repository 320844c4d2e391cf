/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/profiles.h"

#include <lcms2.h>
#include <string.h>

#include "worker/tiff_walk.h"

static const double srgb_white[2] = {0.3127, 0.3290}, srgb_primaries[6] = {0.64, 0.33, 0.30, 0.60, 0.15, 0.06};

static GBytes *save(cmsHPROFILE profile)
{
    cmsUInt32Number size = 0;
    if (!profile || !cmsSaveProfileToMem(profile, NULL, &size) || size == 0)
        return NULL;
    g_autofree guint8 *bytes = g_malloc(size);
    if (!cmsSaveProfileToMem(profile, bytes, &size))
        return NULL;
    return g_bytes_new_take(g_steal_pointer(&bytes), size);
}

static GBytes *make(double exponent, const double white_xy[2], const double rgb_xy[6], bool is_gray, const char *name)
{
    cmsCIExyY white = {white_xy[0], white_xy[1], 1};
    cmsCIExyYTRIPLE primaries = {{rgb_xy[0], rgb_xy[1], 1}, {rgb_xy[2], rgb_xy[3], 1}, {rgb_xy[4], rgb_xy[5], 1}};
    cmsToneCurve *curve = cmsBuildGamma(NULL, exponent);
    cmsToneCurve *curves[3] = {curve, curve, curve};
    cmsHPROFILE profile = !curve    ? NULL
                          : is_gray ? cmsCreateGrayProfile(cmsD50_xyY(), curve)
                                    : cmsCreateRGBProfile(&white, &primaries, curves);
    cmsMLU *text = profile && name ? cmsMLUalloc(NULL, 1) : NULL;
    if (text && cmsMLUsetASCII(text, "en", "US", name))
        cmsWriteTag(profile, cmsSigProfileDescriptionTag, text);
    GBytes *bytes = save(profile);
    if (text)
        cmsMLUfree(text);
    if (profile)
        cmsCloseProfile(profile);
    if (curve)
        cmsFreeToneCurve(curve);
    return bytes;
}

GBytes *profile_of_numbers(double gamma, const double white_xy[2], const double rgb_xy[6], bool is_gray)
{
    return make(1 / gamma, white_xy ? white_xy : srgb_white, rgb_xy ? rgb_xy : srgb_primaries, is_gray, NULL);
}

/* ColorSpace 2 is Adobe RGB by old cameras; 0xffff is "not sRGB", which R03 explains. */
static bool says_adobe_rgb(GBytes *exif)
{
    enum { COLOR_SPACE = 0xa001, INTEROP_INDEX = 1, ADOBE = 2, UNCALIBRATED = 0xffff };
    size_t size = 0, at = 0;
    const uint8_t *bytes = exif ? g_bytes_get_data(exif, &size) : NULL;
    struct tiff tiff;
    struct tiff_dir main, photo, interop;
    struct tiff_entry index;
    /* Containers put this or that in front of the block. */
    while (at + 16 < size && at < 64 && memcmp(bytes + at, "II*\0", 4) != 0 && memcmp(bytes + at, "MM\0*", 4) != 0)
        at++;
    if (size <= at || !tiff_open(bytes + at, size - at, &tiff) || !tiff_dir_at(&tiff, tiff.first, &main) ||
        !tiff_sub_dir(&main, TIFF_TAG_EXIF, &photo))
        return false;
    uint64_t space = tiff_number(&photo, COLOR_SPACE, 0);
    if (space != UNCALIBRATED)
        return space == ADOBE;
    return tiff_sub_dir(&photo, TIFF_TAG_INTEROP, &interop) && tiff_find(&interop, INTEROP_INDEX, &index) &&
           index.size >= 3 && memcmp(index.value, "R03", 3) == 0;
}

GBytes *profile_of_exif(GBytes *exif)
{
    static const double adobe_primaries[6] = {0.64, 0.33, 0.21, 0.71, 0.15, 0.06};
    if (!says_adobe_rgb(exif))
        return NULL;
    return make(563.0 / 256, srgb_white, adobe_primaries, false, "Adobe RGB (1998)");
}
