/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The date that cameras and messengers write into file names. Threads: any. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Reads the wall-clock time out of a name such as "IMG_20240813_123456.jpg", "PXL_20240813_123456789.jpg",
 *  "Screenshot_20240813-123456.png", "2024-08-13 12.34.56.jpg", "signal-2024-08-13-12-34-56-789.jpg" or, the day alone
 *  (@ret_has_time false, noon), "VID-20240813-WA0001.mp4". PXL names are UTC: @ret_is_utc. Years 1970 to 2100. False,
 *  outputs untouched, for all else. */
bool name_date(const char *file_name, int64_t *ret_local_us, bool *ret_has_time, bool *ret_is_utc);
