/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What cameras and messengers write into file names: the date, and the burst that a picture belongs to. Threads: any.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Reads the wall-clock time out of a name such as "IMG_20240813_123456.jpg", "PXL_20240813_123456789.jpg",
 *  "Screenshot_20240813-123456.png", "Screen Shot 2024-08-13 at 12.34.56 PM.png",
 *  "signal-2024-08-13-12-34-56-789.jpg", "FB_IMG_1723552496789.jpg" (milliseconds since 1970) or, the day alone
 *  (@ret_has_time false, noon), "VID-20240813-WA0001.mp4". Names of PXL and milliseconds are UTC: @ret_is_utc. Years
 * 1970 to 2100. False, outputs untouched, for all else. */
bool name_date(const char *file_name, int64_t *ret_local_us, bool *ret_has_time, bool *ret_is_utc);

/** What the names of one burst have in common ("IMG_20170801_123456" of "IMG_20170801_123456_BURST002.jpg", the digits
 * of "00001IMG_00001_BURST20170801123456789.jpg", "20240813_123456" of Samsung's "20240813_123456_001.jpg"); NULL for
 * names that say nothing of a burst. Free with g_free(). */
char *name_burst(const char *file_name);
