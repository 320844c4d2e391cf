/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/hdr.h"

#include <glib.h>
#include <math.h>
#include <string.h>

enum { PRIMARIES_BT709 = 1, PRIMARIES_BT2020 = 9, PRIMARIES_DCI_P3 = 11, PRIMARIES_DISPLAY_P3 = 12 };
enum {
    TRANSFER_BT709 = 1,
    UNSPECIFIED = 2,
    TRANSFER_GAMMA22 = 4,
    TRANSFER_GAMMA28 = 5,
    TRANSFER_LINEAR = 8,
    TRANSFER_PQ = 16,
    TRANSFER_HLG = 18,
};

enum { LINEAR_STEPS = 4096, CODE_STEPS = 8192 };

/* ITU-R BT.2408: the white of paper in an HDR signal, in cd/m². */
#define PAPER_WHITE 203.0
#define HLG_PEAK 1000.0
#define HLG_GAMMA 1.2

/* Up to here of paper white nothing is changed; what lies above shares the rest. */
#define KNEE 0.7f

struct hdr {
    bool is_bright, is_hlg;
    float matrix[3][3];             /* to BT.709 primaries, linear */
    float linear[LINEAR_STEPS + 1]; /* of a coded value; 1 is paper white */
    uint8_t codes[CODE_STEPS + 1];  /* sRGB byte of a linear value 0…1 */
    float peak;                     /* brightest component seen */
};

bool hdr_is_srgb(unsigned primaries, unsigned transfer)
{
    bool wide = primaries == PRIMARIES_BT2020 || primaries == PRIMARIES_DCI_P3 || primaries == PRIMARIES_DISPLAY_P3;
    bool other = transfer == TRANSFER_PQ || transfer == TRANSFER_HLG || transfer == TRANSFER_LINEAR ||
                 transfer == TRANSFER_GAMMA22 || transfer == TRANSFER_GAMMA28;
    return !wide && !other;
}

static const float identity[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
static const float from_bt2020[3][3] = {
    {1.6605f, -0.5876f, -0.0728f}, {-0.1246f, 1.1329f, -0.0083f}, {-0.0182f, -0.1006f, 1.1187f}};
static const float from_p3[3][3] = {{1.2249f, -0.2247f, 0}, {-0.0420f, 1.0419f, 0}, {-0.0197f, -0.0786f, 1.0979f}};

/* SMPTE ST 2084, equation 4.1: coded value → cd/m². */
static double pq_light(double value)
{
    const double m1 = 2610.0 / 16384, m2 = 2523.0 / 4096 * 128, c1 = 3424.0 / 4096, c2 = 2413.0 / 4096 * 32,
                 c3 = 2392.0 / 4096 * 32;
    double power = pow(value, 1 / m2);
    return 10000 * pow(fmax(power - c1, 0) / (c2 - c3 * power), 1 / m1);
}

/* ITU-R BT.2100, table 5: coded value → light of the scene, 0…1. */
static double hlg_scene(double value)
{
    const double a = 0.17883277, b = 1 - 4 * a, c = 0.5 - a * log(4 * a);
    return value <= 0.5 ? value * value / 3 : (exp((value - c) / a) + b) / 12;
}

static double srgb_linear(double value)
{
    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

static double srgb_code(double linear)
{
    return linear <= 0.0031308 ? linear * 12.92 : 1.055 * pow(linear, 1 / 2.4) - 0.055;
}

static double linear_of(unsigned transfer, double value)
{
    switch (transfer) {
    case TRANSFER_PQ:
        return pq_light(value) / PAPER_WHITE;
    case TRANSFER_HLG:
        return hlg_scene(value);
    case TRANSFER_LINEAR:
        return value;
    case TRANSFER_GAMMA22:
        return pow(value, 2.2);
    case TRANSFER_GAMMA28:
        return pow(value, 2.8);
    default: /* sRGB, and BT.709, which screens show alike */
        return srgb_linear(value);
    }
}

struct hdr *hdr_new(unsigned primaries, unsigned transfer)
{
    struct hdr *hdr = g_new0(struct hdr, 1);
    hdr->is_hlg = transfer == TRANSFER_HLG;
    hdr->is_bright = hdr->is_hlg || transfer == TRANSFER_PQ;
    bool p3 = primaries == PRIMARIES_DISPLAY_P3 || primaries == PRIMARIES_DCI_P3;
    memcpy(hdr->matrix, primaries == PRIMARIES_BT2020 ? from_bt2020 : p3 ? from_p3 : identity, sizeof(hdr->matrix));
    for (unsigned i = 0; i <= LINEAR_STEPS; i++)
        hdr->linear[i] = (float)linear_of(transfer, (double)i / LINEAR_STEPS);
    for (unsigned i = 0; i <= CODE_STEPS; i++) {
        /* Steps by the square of the value: the eye, and the code, are finest in the dark. */
        double root = (double)i / CODE_STEPS;
        hdr->codes[i] = (uint8_t)(srgb_code(root * root) * 255 + 0.5);
    }
    hdr->peak = 1;
    return hdr;
}

void hdr_free(struct hdr *hdr)
{
    g_free(hdr);
}

bool hdr_is_bright(const struct hdr *hdr)
{
    return hdr->is_bright;
}

static float lookup(const struct hdr *hdr, float value)
{
    float at = CLAMP(value, 0, 1) * LINEAR_STEPS;
    unsigned i = MIN((unsigned)at, LINEAR_STEPS - 1);
    return hdr->linear[i] + (hdr->linear[i + 1] - hdr->linear[i]) * (at - (float)i);
}

/* A coded pixel as linear light in BT.709 primaries, 1 being paper white. Components outside of it may be negative. */
static void to_linear(const struct hdr *hdr, const float *rgb, float ret_linear[3])
{
    float light[3] = {lookup(hdr, rgb[0]), lookup(hdr, rgb[1]), lookup(hdr, rgb[2])};
    if (hdr->is_hlg) {
        /* BT.2100: the display's gamma works on luminance, so that hues stay. */
        float luminance = 0.2627f * light[0] + 0.6780f * light[1] + 0.0593f * light[2];
        float gain = (float)(HLG_PEAK / PAPER_WHITE) * powf(fmaxf(luminance, 1e-6f), (float)(HLG_GAMMA - 1));
        for (unsigned i = 0; i < 3; i++)
            light[i] *= gain;
    }
    for (unsigned i = 0; i < 3; i++)
        ret_linear[i] = hdr->matrix[i][0] * light[0] + hdr->matrix[i][1] * light[1] + hdr->matrix[i][2] * light[2];
}

static float brightest(const float rgb[3])
{
    return MAX(rgb[0], MAX(rgb[1], rgb[2]));
}

void hdr_measure_row(struct hdr *hdr, const float *rgb, unsigned width_px)
{
    for (unsigned x = 0; x < width_px; x++, rgb += 3) {
        float linear[3];
        to_linear(hdr, rgb, linear);
        hdr->peak = MAX(hdr->peak, brightest(linear));
    }
}

/* The curve: straight up to the knee, then bent so that the peak lands on 1, without a kink. */
static float tone(const struct hdr *hdr, float light)
{
    if (light <= KNEE || hdr->peak <= 1)
        return light;
    float above = (light - KNEE) / (1 - KNEE), top = (hdr->peak - KNEE) / (1 - KNEE);
    return KNEE + (1 - KNEE) * above * (1 + above / (top * top)) / (1 + above);
}

void hdr_row(const struct hdr *hdr, const float *rgb, unsigned width_px, uint8_t *ret_rgb)
{
    for (unsigned x = 0; x < width_px; x++, rgb += 3, ret_rgb += 3) {
        float linear[3];
        to_linear(hdr, rgb, linear);
        float light = brightest(linear);
        float gain = light > 0 ? tone(hdr, light) / light : 1;
        for (unsigned i = 0; i < 3; i++) {
            float value = CLAMP(linear[i] * gain, 0, 1);
            ret_rgb[i] = hdr->codes[(unsigned)(sqrtf(value) * CODE_STEPS + 0.5f)];
        }
    }
}
