/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * High quality as server and client both know it: to what size photos and videos are made smaller, and what was done in
 * words for the ledger. Threads: any. */
#pragma once

#include <glib.h>
#include <stdint.h>

struct media_reply;

/** Photos are scaled down to this many pixels: 16,000,000. */
int64_t reduce_photo_pixels(void);

/** Videos are scaled down to this short side: 1080. */
int64_t reduce_video_short_px(void);
/** What is made must be at most this part of the file. */
#define REDUCE_GAIN_AT_MOST 0.9

/** "High quality: 48 MP → 16 MP, 12.3 MB → 3.1 MB", "High quality: 2160p → 1080p, …" from a worker's answer about a
 *  photo or video, with the output's size. Free with g_free(). */
char *reduce_photo_text(const struct media_reply *reply, int64_t original_bytes);
char *reduce_video_text(const struct media_reply *reply, int64_t original_bytes);

/** Does what a worker says of the smaller photo, @reply, fit to what it said of the original and of its work, @made?
 * The first thing that does not, or NULL; free with g_free(). */
char *reduce_photo_difference(const struct media_reply *made, const struct media_reply *reply);

/** The same of a video, whose output may be of another kind of file; its shape and length are compared. */
char *reduce_video_difference(const struct media_reply *made, const struct media_reply *reply);

/** The longest side of a smaller video, and how long a worker may take for one of @duration_ms, in seconds. */
enum { REDUCE_VIDEO_LONG_PX = 8192 };
unsigned reduce_video_limit_s(int64_t duration_ms);

/** "Kept as it came: It is an HDR photo, …" Free with g_free(). */
char *reduce_kept_text(const char *reason);
