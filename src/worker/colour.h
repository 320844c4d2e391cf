/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From the colours of a file to sRGB, at preview size: by its ICC profile (lcms2) or by the code points of ISO/IEC
 * 23091-2, high dynamic range included. Threads: one. */
#pragma once

#include "worker/picture.h"

/** Are the planes already what a JPEG of ours holds (8 bits, full range, BT.601 matrix, sRGB or as good as)? Then no
 *  conversion is needed and chroma may be halved at once. */
bool colour_is_direct(const struct picture *picture);

/** Converts a picture whose planes are all of full size to YCbCr of sRGB, 8 bits, full range, chroma halved. */
bool colour_to_srgb(const struct picture *picture, struct picture *ret_picture, GError **error);

/** The name of an ICC profile as it describes itself, or NULL. Free with g_free(). */
char *colour_profile_name(GBytes *icc);

/** Runs each library once, so that it has loaded what it loads before the worker locks itself in. */
void colour_warm(void);
