/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/thumbhash.h"

#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* One channel as the low frequencies of its cosine transform. */
struct channel {
    float constant, scale;
    float waves[32]; /* in the order of the format, as parts of the scale, 0…1 */
    unsigned n_waves;
};

static unsigned rounded(float value)
{
    return (unsigned)floorf(value + 0.5f);
}

/* The strength of the wave with @cx, @cy half periods over the picture. */
static float wave(const float *values, unsigned width, unsigned height, unsigned cx, unsigned cy)
{
    float along[THUMBHASH_SIDE_MAX], sum = 0;
    for (unsigned x = 0; x < width; x++)
        along[x] = cosf((float)G_PI / (float)width * (float)cx * ((float)x + 0.5f));
    for (unsigned y = 0; y < height; y++) {
        float across = cosf((float)G_PI / (float)height * (float)cy * ((float)y + 0.5f)), row = 0;
        for (unsigned x = 0; x < width; x++)
            row += values[y * width + x] * along[x];
        sum += row * across;
    }
    return sum / (float)(width * height);
}

static void transform(const float *values, unsigned width, unsigned height, unsigned nx, unsigned ny,
                      struct channel *ret_channel)
{
    struct channel channel = {0};
    for (unsigned cy = 0; cy < ny; cy++)
        for (unsigned cx = 0; cx * ny < nx * (ny - cy); cx++) {
            float strength = wave(values, width, height, cx, cy);
            if (cx == 0 && cy == 0) {
                channel.constant = strength;
                continue;
            }
            channel.waves[channel.n_waves++] = strength;
            channel.scale = MAX(channel.scale, fabsf(strength));
        }
    for (unsigned i = 0; channel.scale > 0 && i < channel.n_waves; i++)
        channel.waves[i] = 0.5f + 0.5f / channel.scale * channel.waves[i];
    *ret_channel = channel;
}

size_t thumbhash(const uint8_t *rgb, unsigned width_px, unsigned height_px, uint8_t ret_hash[THUMBHASH_BYTES_MAX])
{
    size_t count = (size_t)width_px * height_px;
    g_autofree float *values = g_new(float, count * 3);
    float *luma = values, *yellow_blue = values + count, *red_green = values + 2 * count;
    for (size_t i = 0; i < count; i++) {
        float red = rgb[i * 3] / 255.0f, green = rgb[i * 3 + 1] / 255.0f, blue = rgb[i * 3 + 2] / 255.0f;
        luma[i] = (red + green + blue) / 3;
        yellow_blue[i] = (red + green) / 2 - blue;
        red_green[i] = red - green;
    }
    float longer = (float)MAX(width_px, height_px);
    unsigned lx = MAX(1, rounded(7 * (float)width_px / longer)), ly = MAX(1, rounded(7 * (float)height_px / longer));
    struct channel channels[3];
    transform(luma, width_px, height_px, MAX(3, lx), MAX(3, ly), &channels[0]);
    transform(yellow_blue, width_px, height_px, 3, 3, &channels[1]);
    transform(red_green, width_px, height_px, 3, 3, &channels[2]);

    bool is_landscape = width_px > height_px;
    uint32_t low = rounded(63 * channels[0].constant) | rounded(31.5f + 31.5f * channels[1].constant) << 6 |
                   rounded(31.5f + 31.5f * channels[2].constant) << 12 | rounded(31 * channels[0].scale) << 18;
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
