/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/reduce_words.h"

#include <math.h>
#include <stdlib.h>

#include "base/fault.h"
#include "base/text.h"
#include "media/protocol.h"

#define PHOTO_PIXELS INT64_C(16000000)
#define VIDEO_SHORT_PX INT64_C(1080)
/* The worker may take this long for a second of video, and so long in any case: as for playback (convert_job.c). */
enum { SECONDS_A_SECOND = 30, SECONDS_BASE = 600, SECONDS_MAX = 86400, DURATION_SLACK_MS = 1000 };

int64_t reduce_photo_pixels(void)
{
    return FAULT_NUMBER("AMBROTYPE_REDUCE_PIXELS", PHOTO_PIXELS);
}

int64_t reduce_video_short_px(void)
{
    return FAULT_NUMBER("AMBROTYPE_REDUCE_SHORT_PX", VIDEO_SHORT_PX);
}

static char *megapixels(int64_t width_px, int64_t height_px)
{
    double pixels = (double)width_px * (double)height_px / 1e6;
    return g_strdup_printf(pixels < 9.95 ? "%.1f MP" : "%.0f MP", pixels);
}

static char *done(const char *before, const char *after, int64_t bytes_before, int64_t bytes_after)
{
    g_autofree char *size_before = text_size((guint64)bytes_before);
    g_autofree char *size_after = text_size((guint64)bytes_after);
    return g_strdup_printf("High quality: %s → %s, %s → %s", before, after, size_before, size_after);
}

char *reduce_photo_text(const struct media_reply *reply, int64_t original_bytes)
{
    g_autofree char *before = megapixels(reply->width_px, reply->height_px);
    g_autofree char *after = megapixels(reply->output_width_px, reply->output_height_px);
    return done(before, after, original_bytes, reply->output_bytes);
}

char *reduce_video_text(const struct media_reply *reply, int64_t original_bytes)
{
    g_autofree char *before = g_strdup_printf("%" G_GINT64_FORMAT "p", MIN(reply->width_px, reply->height_px));
    g_autofree char *after =
        g_strdup_printf("%" G_GINT64_FORMAT "p", MIN(reply->output_width_px, reply->output_height_px));
    return done(before, after, original_bytes, reply->output_bytes);
}

char *reduce_kept_text(const char *reason)
{
    return g_strdup_printf("Kept as it came: %s", reason);
}

char *reduce_photo_difference(const struct media_reply *made, const struct media_reply *reply)
{
    if (g_strcmp0(reply->mime, made->mime) != 0)
        return g_strdup("kind of file");
    if (reply->raw_width_px != made->output_width_px || reply->raw_height_px != made->output_height_px)
        return g_strdup("size");
    return media_reply_difference(made, reply);
}

char *reduce_video_difference(const struct media_reply *made, const struct media_reply *reply)
{
    double before = (double)made->width_px / (double)made->height_px;
    double after = (double)reply->width_px / (double)reply->height_px;
    if (fabs(before / after - 1) > 0.02)
        return g_strdup("shape");
    if (made->duration_ms != MEDIA_NO_INT &&
        (reply->duration_ms == MEDIA_NO_INT || llabs(reply->duration_ms - made->duration_ms) > DURATION_SLACK_MS))
        return g_strdup("duration");
    return media_reply_difference(made, reply);
}

unsigned reduce_video_limit_s(int64_t duration_ms)
{
    int64_t limit_s = SECONDS_BASE + MAX(duration_ms, 0) / 1000 * SECONDS_A_SECOND;
    return (unsigned)MIN(limit_s, SECONDS_MAX);
}
