/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/thumbhash.h"

#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* One channel as the low frequencies of its cosine transform. */
struct channel {
    double constant, scale;
    double waves[32]; /* in the order of the format, as parts of the scale, 0…1 */
    unsigned n_waves;
};

static unsigned rounded(double value)
{
    return (unsigned)floor(value + 0.5);
}

/* The strength of the wave with @cx, @cy half periods over the picture. */
static double wave(const double *values, unsigned width, unsigned height, unsigned cx, unsigned cy)
{
    double along[THUMBHASH_SIDE_MAX], sum = 0;
    for (unsigned x = 0; x < width; x++)
        along[x] = cos(G_PI / (double)width * (double)cx * ((double)x + 0.5));
    for (unsigned y = 0; y < height; y++) {
        double across = cos(G_PI / (double)height * (double)cy * ((double)y + 0.5));
        for (unsigned x = 0; x < width; x++)
            sum += values[y * width + x] * along[x] * across;
    }
    return sum / (double)(width * height);
}

static void transform(const double *values, unsigned width, unsigned height, unsigned nx, unsigned ny,
                      struct channel *ret_channel)
{
    struct channel channel = {0};
    for (unsigned cy = 0; cy < ny; cy++)
        for (unsigned cx = 0; cx * ny < nx * (ny - cy); cx++) {
            double strength = wave(values, width, height, cx, cy);
            if (cx == 0 && cy == 0) {
                channel.constant = strength;
                continue;
            }
            channel.waves[channel.n_waves++] = strength;
            channel.scale = MAX(channel.scale, fabs(strength));
        }
    for (unsigned i = 0; channel.scale > 0 && i < channel.n_waves; i++)
        channel.waves[i] = 0.5 + 0.5 / channel.scale * channel.waves[i];
    *ret_channel = channel;
}

size_t thumbhash(const uint8_t *rgb, unsigned width_px, unsigned height_px, uint8_t ret_hash[THUMBHASH_BYTES_MAX])
{
    size_t count = (size_t)width_px * height_px;
    g_autofree double *values = g_new(double, count * 3);
    double *luma = values, *yellow_blue = values + count, *red_green = values + 2 * count;
    /* In the order of the reference implementation, so that rounding falls as there. */
    const double level = 1 / 255.0;
    for (size_t i = 0; i < count; i++) {
        double red = level * rgb[i * 3], green = level * rgb[i * 3 + 1], blue = level * rgb[i * 3 + 2];
        luma[i] = (red + green + blue) / 3;
        yellow_blue[i] = (red + green) / 2 - blue;
        red_green[i] = red - green;
    }
    double longer = (double)MAX(width_px, height_px);
    unsigned lx = MAX(1, rounded(7 * (double)width_px / longer)), ly = MAX(1, rounded(7 * (double)height_px / longer));
    struct channel channels[3];
    transform(luma, width_px, height_px, MAX(3, lx), MAX(3, ly), &channels[0]);
    transform(yellow_blue, width_px, height_px, 3, 3, &channels[1]);
    transform(red_green, width_px, height_px, 3, 3, &channels[2]);

    bool is_landscape = width_px > height_px;
    uint32_t low = rounded(63 * channels[0].constant) | rounded(31.5 + 31.5 * channels[1].constant) << 6 |
                   rounded(31.5 + 31.5 * channels[2].constant) << 12 | rounded(31 * channels[0].scale) << 18;
    uint32_t high = (is_landscape ? ly : lx) | rounded(63 * channels[1].scale) << 3 |
                    rounded(63 * channels[2].scale) << 9 | (uint32_t)is_landscape << 15;
    memset(ret_hash, 0, THUMBHASH_BYTES_MAX);
    for (unsigned i = 0; i < 3; i++)
        ret_hash[i] = (uint8_t)(low >> (8 * i));
    for (unsigned i = 0; i < 2; i++)
        ret_hash[3 + i] = (uint8_t)(high >> (8 * i));
    unsigned n_nibbles = 0;
    for (unsigned c = 0; c < 3; c++)
        for (unsigned i = 0; i < channels[c].n_waves; i++, n_nibbles++)
            ret_hash[5 + n_nibbles / 2] |= (uint8_t)(rounded(15 * channels[c].waves[i]) << (4 * (n_nibbles % 2)));
    return 5 + (n_nibbles + 1) / 2;
}
