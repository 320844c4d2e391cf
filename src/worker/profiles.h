/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Colour profiles for files that have none but say in numbers or in words what their colours are: PNG's gAMA and cHRM,
 * and the "R03" by which cameras announce Adobe RGB (DCF 2.0; Exif 2.3, ColorSpace and InteroperabilityIndex).
 * Threads: one. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/** The profile of a file with encoding exponent @gamma (PNG's: 0.45455 is usual); @white_xy and @rgb_xy are
 *  chromaticities, or NULL for those of sRGB. NULL where no profile can be made of them. */
GBytes *profile_of_numbers(double gamma, const double white_xy[2], const double rgb_xy[6], bool is_gray);

/** Adobe RGB (1998) where EXIF block @exif says so, else NULL. Free with g_bytes_unref(). */
GBytes *profile_of_exif(GBytes *exif);
