/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/colour.h"

#include <lcms2.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include "base/error.h"
#include "worker/hdr.h"

/* Code points of ISO/IEC 23091-2 that matter here. */
enum { MATRIX_IDENTITY = 0, MATRIX_BT709 = 1, MATRIX_BT2020 = 9, MATRIX_BT2020_CL = 10, UNSPECIFIED = 2 };

/* ---- profiles ---- */

static cmsHPROFILE open_profile(GBytes *icc)
{
    return icc ? cmsOpenProfileFromMem(g_bytes_get_data(icc, NULL), (cmsUInt32Number)g_bytes_get_size(icc)) : NULL;
}

static bool is_near(double a, double b)
{
    return fabs(a - b) < 0.006;
}

static double srgb_to_linear(double value)
{
    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

/* Is the profile sRGB in all but name? Told by its numbers: names lie, and there are hundreds of them. */
static bool is_srgb(cmsHPROFILE profile)
{
    static const struct {
        cmsTagSignature colorant, curve;
        double x, y, z;
    } channels[] = {
        {cmsSigRedColorantTag, cmsSigRedTRCTag, 0.4361, 0.2225, 0.0139},
        {cmsSigGreenColorantTag, cmsSigGreenTRCTag, 0.3851, 0.7169, 0.0971},
        {cmsSigBlueColorantTag, cmsSigBlueTRCTag, 0.1431, 0.0606, 0.7139},
    };
    if (!cmsIsMatrixShaper(profile) || cmsGetColorSpace(profile) != cmsSigRgbData)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(channels); i++) {
        const cmsCIEXYZ *colorant = cmsReadTag(profile, channels[i].colorant);
        const cmsToneCurve *curve = cmsReadTag(profile, channels[i].curve);
        if (!colorant || !curve || !is_near(colorant->X, channels[i].x) || !is_near(colorant->Y, channels[i].y) ||
            !is_near(colorant->Z, channels[i].z))
            return false;
        for (float value = 0.1f; value < 1; value += 0.2f)
            if (!is_near(cmsEvalToneCurveFloat(curve, value), srgb_to_linear(value)))
                return false;
    }
    return true;
}

char *colour_profile_name(GBytes *icc)
{
    cmsHPROFILE profile = open_profile(icc);
    if (!profile)
        return NULL;
    char name[200] = "";
    cmsGetProfileInfoASCII(profile, cmsInfoDescription, "en", "US", name, sizeof(name));
    cmsCloseProfile(profile);
    return *name ? g_strdup(name) : NULL;
}

static bool profile_fits(cmsHPROFILE profile, enum picture_kind kind)
{
    cmsColorSpaceSignature space = cmsGetColorSpace(profile);
    if (kind == PICTURE_CMYK)
        return space == cmsSigCmykData;
    if (kind == PICTURE_GRAY)
        return space == cmsSigGrayData;
    return space == cmsSigRgbData;
}

bool colour_is_direct(const struct picture *picture)
{
    bool is_kind = picture->kind == PICTURE_YCBCR || picture->kind == PICTURE_GRAY;
    bool is_matrix = picture->matrix == UNSPECIFIED || picture->matrix == 5 || picture->matrix == 6;
    if (!is_kind || picture->depth != 8 || !picture->is_full_range || (picture->kind == PICTURE_YCBCR && !is_matrix))
        return false;
    if (!picture->icc)
        return hdr_is_srgb(picture->primaries, picture->transfer);
    cmsHPROFILE profile = open_profile(picture->icc);
    if (!profile)
        return true; /* a profile that cannot be read says nothing */
    bool direct = is_srgb(profile) || !profile_fits(profile, picture->kind);
    cmsCloseProfile(profile);
    return direct;
}

/* ---- samples ---- */

/* How the samples of a picture become values of 0…1. */
struct unpack {
    float luma_offset, luma_scale, chroma_offset, chroma_scale;
    float red_cr, green_cb, green_cr, blue_cb;
};

static struct unpack unpack_for(const struct picture *picture)
{
    double kr = 0.299, kb = 0.114; /* BT.601 */
    if (picture->matrix == MATRIX_BT709)
        kr = 0.2126, kb = 0.0722;
    else if (picture->matrix == MATRIX_BT2020 || picture->matrix == MATRIX_BT2020_CL)
        kr = 0.2627, kb = 0.0593;
    double kg = 1 - kr - kb, unit = 1u << (picture->depth - 8), top = (1u << picture->depth) - 1;
    bool limited = !picture->is_full_range && (picture->kind == PICTURE_YCBCR || picture->kind == PICTURE_GRAY);
    return (struct unpack){
        .luma_offset = limited ? (float)(16 * unit) : 0,
        .luma_scale = (float)(limited ? 1 / (219 * unit) : 1 / top),
        .chroma_offset = (float)(128 * unit),
        .chroma_scale = (float)(limited ? 1 / (224 * unit) : 1 / top),
        .red_cr = (float)(2 * (1 - kr)),
        .green_cb = (float)(-2 * kb * (1 - kb) / kg),
        .green_cr = (float)(-2 * kr * (1 - kr) / kg),
        .blue_cb = (float)(2 * (1 - kb)),
    };
}

static inline float sample(const struct picture *picture, unsigned plane, unsigned x, unsigned y)
{
    const uint8_t *row = picture->planes[plane].data + y * picture->planes[plane].stride_bytes;
    return picture->depth > 8 ? ((const uint16_t *)(const void *)row)[x] : row[x];
}

/* Row @y as values of 0…1, interleaved: one a pixel for gray, three for RGB, four for inks. */
static void read_row(const struct picture *picture, const struct unpack *unpack, unsigned y, float *out)
{
    bool ycbcr = picture->kind == PICTURE_YCBCR && picture->matrix != MATRIX_IDENTITY;
    /* The identity matrix stores green, blue, red (ISO/IEC 23091-2, 8.3). */
    bool gbr = picture->kind == PICTURE_YCBCR && !ycbcr;
    unsigned n = picture->n_planes;
    for (unsigned x = 0; x < picture->width_px; x++, out += n) {
        float luma = (sample(picture, 0, x, y) - unpack->luma_offset) * unpack->luma_scale;
        if (ycbcr) {
            float cb = (sample(picture, 1, x, y) - unpack->chroma_offset) * unpack->chroma_scale;
            float cr = (sample(picture, 2, x, y) - unpack->chroma_offset) * unpack->chroma_scale;
            out[0] = luma + unpack->red_cr * cr;
            out[1] = luma + unpack->green_cb * cb + unpack->green_cr * cr;
            out[2] = luma + unpack->blue_cb * cb;
            continue;
        }
        out[gbr ? 1 : 0] = luma;
        for (unsigned i = 1; i < n; i++)
            out[gbr ? (i + 1) % 3 : i] = (sample(picture, i, x, y) - unpack->luma_offset) * unpack->luma_scale;
    }
}

static inline float unit(float value)
{
    return value < 0 ? 0 : value > 1 ? 1 : value;
}

static void to_bytes(const float *values, size_t count, uint8_t *ret_bytes)
{
    for (size_t i = 0; i < count; i++)
        ret_bytes[i] = (uint8_t)(unit(values[i]) * 255 + 0.5f);
}

static void to_words(const float *values, size_t count, uint16_t *ret_words)
{
    for (size_t i = 0; i < count; i++)
        ret_words[i] = (uint16_t)(unit(values[i]) * 65535 + 0.5f);
}

/* ---- conversion, row by row to RGB of 8 bits ---- */

struct conversion {
    const struct picture *picture;
    struct unpack unpack;
    cmsHTRANSFORM transform; /* by profile, or NULL */
    struct hdr *hdr;         /* by code points, or NULL */
    float *values;           /* one row */
    uint16_t *words;         /* one row, for profiles of deep pictures */
    uint8_t *bytes;          /* one row, for profiles of 8-bit pictures */
};

static cmsHTRANSFORM open_transform(const struct picture *picture)
{
    cmsHPROFILE profile = open_profile(picture->icc);
    if (!profile)
        return NULL;
    cmsHTRANSFORM transform = NULL;
    if (profile_fits(profile, picture->kind) && !is_srgb(profile)) {
        bool deep = picture->depth > 8;
        cmsUInt32Number format = picture->kind == PICTURE_GRAY   ? deep ? TYPE_GRAY_16 : TYPE_GRAY_8
                                 : picture->kind == PICTURE_CMYK ? deep ? TYPE_CMYK_16 : TYPE_CMYK_8
                                 : deep                          ? TYPE_RGB_16
                                                                 : TYPE_RGB_8;
        cmsHPROFILE srgb = cmsCreate_sRGBProfile();
        transform =
            cmsCreateTransform(profile, format, srgb, TYPE_RGB_8, INTENT_PERCEPTUAL, cmsFLAGS_BLACKPOINTCOMPENSATION);
        cmsCloseProfile(srgb);
    }
    cmsCloseProfile(profile);
    return transform;
}

/* Without a profile: inks are what is left of white; gray is three times the same. */
static void plain_row(const struct conversion *conversion, uint8_t *rgb)
{
    const struct picture *picture = conversion->picture;
    const float *value = conversion->values;
    for (unsigned x = 0; x < picture->width_px; x++, value += picture->n_planes, rgb += 3)
        for (unsigned i = 0; i < 3; i++) {
            float it = picture->kind == PICTURE_CMYK   ? (1 - unit(value[i])) * (1 - unit(value[3]))
                       : picture->kind == PICTURE_GRAY ? value[0]
                                                       : value[i];
            rgb[i] = (uint8_t)(unit(it) * 255 + 0.5f);
        }
}

static void convert_row(struct conversion *conversion, unsigned y, uint8_t *rgb)
{
    const struct picture *picture = conversion->picture;
    size_t count = (size_t)picture->width_px * picture->n_planes;
    read_row(picture, &conversion->unpack, y, conversion->values);
    if (conversion->transform && picture->depth > 8) {
        to_words(conversion->values, count, conversion->words);
        cmsDoTransform(conversion->transform, conversion->words, rgb, picture->width_px);
    } else if (conversion->transform) {
        to_bytes(conversion->values, count, conversion->bytes);
        cmsDoTransform(conversion->transform, conversion->bytes, rgb, picture->width_px);
    } else if (conversion->hdr) {
        hdr_row(conversion->hdr, conversion->values, picture->width_px, rgb);
    } else {
        plain_row(conversion, rgb);
    }
}

/* The tone curve of a bright picture depends on its brightest pixel: one pass to see it. */
static void measure(struct conversion *conversion)
{
    const struct picture *picture = conversion->picture;
    for (unsigned y = 0; conversion->hdr && hdr_is_bright(conversion->hdr) && y < picture->height_px; y++) {
        read_row(picture, &conversion->unpack, y, conversion->values);
        hdr_measure_row(conversion->hdr, conversion->values, picture->width_px);
    }
}

/* What most photos with a profile are: JPEG's own YCbCr. TurboJPEG turns it to RGB in a fifth of the time, and lcms
 * then takes all rows where they lie. */
static bool convert_usual(const struct conversion *conversion, uint8_t *rgb)
{
    const struct picture *picture = conversion->picture;
    bool is_matrix = picture->matrix == UNSPECIFIED || picture->matrix == 5 || picture->matrix == 6;
    if (!conversion->transform || picture->kind != PICTURE_YCBCR || picture->depth != 8 || !picture->is_full_range ||
        !is_matrix || picture->planes[1].width_px != picture->width_px ||
        picture->planes[1].height_px != picture->height_px)
        return false;
    const unsigned char *planes[3] = {picture->planes[0].data, picture->planes[1].data, picture->planes[2].data};
    int strides[3];
    for (unsigned i = 0; i < 3; i++)
        strides[i] = (int)picture->planes[i].stride_bytes;
    tjhandle decoder = tjInitDecompress();
    bool ok = decoder && tjDecodeYUVPlanes(decoder, planes, strides, TJSAMP_444, rgb, (int)picture->width_px, 0,
                                           (int)picture->height_px, TJPF_RGB, 0) == 0;
    if (decoder)
        tjDestroy(decoder);
    for (unsigned y = 0; ok && y < picture->height_px; y++) {
        uint8_t *row = rgb + (size_t)y * picture->width_px * 3;
        cmsDoTransform(conversion->transform, row, row, picture->width_px);
    }
    return ok;
}

static bool rgb_to_planes(const uint8_t *rgb, unsigned width_px, unsigned height_px, struct picture *ret_picture,
                          GError **error)
{
    PICTURE_AUTO struct picture made = {0};
    if (!picture_new(PICTURE_YCBCR, width_px, height_px, 8, true, &made, error))
        return false;
    unsigned char *planes[3] = {made.planes[0].data, made.planes[1].data, made.planes[2].data};
    int strides[3];
    for (unsigned i = 0; i < 3; i++)
        strides[i] = (int)made.planes[i].stride_bytes;
    tjhandle encoder = tjInitCompress();
    bool ok = encoder && tjEncodeYUVPlanes(encoder, rgb, (int)width_px, 0, (int)height_px, TJPF_RGB, planes, strides,
                                           TJSAMP_420, 0) == 0;
    if (encoder)
        tjDestroy(encoder);
    if (!ok)
        return err_set(error, ERR_INTERNAL, "Converting the colours of a picture failed.");
    *ret_picture = made;
    made = (struct picture){0};
    return true;
}

bool colour_to_srgb(const struct picture *picture, struct picture *ret_picture, GError **error)
{
    size_t count = (size_t)picture->width_px * picture->n_planes;
    uint8_t *rgb = picture_buffer((uint64_t)picture->width_px * picture->height_px * 3, error);
    if (!rgb)
        return false;
    g_autofree float *values = g_new(float, count);
    g_autofree uint16_t *words = g_new(uint16_t, count);
    g_autofree uint8_t *bytes = g_new(uint8_t, count);
    struct conversion conversion = {
        .picture = picture,
        .unpack = unpack_for(picture),
        .transform = open_transform(picture),
        .values = values,
        .words = words,
        .bytes = bytes,
    };
    bool by_points = !picture->icc && picture->n_planes == 3 && !hdr_is_srgb(picture->primaries, picture->transfer);
    conversion.hdr = by_points ? hdr_new(picture->primaries, picture->transfer) : NULL;
    measure(&conversion);
    bool done = convert_usual(&conversion, rgb);
    for (unsigned y = 0; !done && y < picture->height_px; y++)
        convert_row(&conversion, y, rgb + (size_t)y * picture->width_px * 3);
    if (conversion.transform)
        cmsDeleteTransform(conversion.transform);
    hdr_free(conversion.hdr);
    bool ok = rgb_to_planes(rgb, picture->width_px, picture->height_px, ret_picture, error);
    free(rgb);
    return ok;
}

void colour_warm(void)
{
    cmsHPROFILE srgb = cmsCreate_sRGBProfile();
    cmsUInt32Number size = 0;
    cmsSaveProfileToMem(srgb, NULL, &size);
    g_autofree uint8_t *bytes = g_malloc(MAX(size, 1));
    if (cmsSaveProfileToMem(srgb, bytes, &size)) {
        g_autoptr(GBytes) icc = g_bytes_new(bytes, size);
        g_free(colour_profile_name(icc));
    }
    cmsHTRANSFORM transform = cmsCreateTransform(srgb, TYPE_RGB_8, srgb, TYPE_RGB_8, INTENT_PERCEPTUAL, 0);
    uint8_t pixel[3] = {1, 2, 3};
    if (transform) {
        cmsDoTransform(transform, pixel, pixel, 1);
        cmsDeleteTransform(transform);
    }
    cmsCloseProfile(srgb);
}
