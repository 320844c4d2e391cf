/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/convert.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "worker/derivatives.h"
#include "worker/program.h"

enum { DEFAULT_SHORT_PX = 1080, DEFAULT_LONG_PX = 1920, DEFAULT_CRF = 23, DEFAULT_THREADS = 1 };
#define DEFAULT_BIT_RATE INT64_C(20000000)

/* A result that is shorter than this part of its source, and by more than a moment, is told to be incomplete. */
#define WHOLE_PART 0.9
#define MOMENT_US 500000

/* ---- the plan ---- */

static int64_t or_default(int64_t value, int64_t standard)
{
    return value > 0 ? value : standard; /* MEDIA_NO_INT is negative */
}

/* Both sides even, as 4:2:0 wants it, and never larger than the source unless that has but one row. */
static void plan_size(const struct video *video, const struct media_request *request, struct convert_plan *plan)
{
    double shorter = MIN(video->shown_width_px, video->shown_height_px);
    double longer = MAX(video->shown_width_px, video->shown_height_px);
    double scale = MIN(1.0, MIN((double)or_default(request->convert_short_px, DEFAULT_SHORT_PX) / shorter,
                                (double)or_default(request->convert_long_px, DEFAULT_LONG_PX) / longer));
    plan->width_px = MAX(2, (unsigned)(video->shown_width_px * scale + 0.5) & ~1u);
    plan->height_px = MAX(2, (unsigned)(video->shown_height_px * scale + 0.5) & ~1u);
}

static int64_t picture_bit_rate(const struct video *video, int64_t duration_us)
{
    int64_t stated = video->picture->codecpar->bit_rate;
    if (stated > 0 || duration_us <= 0)
        return stated;
    return (int64_t)((double)video->size * 8 * AV_TIME_BASE / (double)duration_us);
}

/* Containers whose time stamps can be taken over as they are. */
static bool has_good_stamps(const struct video *video)
{
    return strcmp(video->container, "mov") == 0 || strcmp(video->container, "matroska") == 0 ||
           strcmp(video->container, "mpegts") == 0;
}

static bool may_copy_picture(const struct video *video, const struct media_request *request,
                             const struct convert_plan *plan)
{
    const AVCodecParameters *picture = video->picture->codecpar;
    bool is_small = plan->width_px + 1 >= video->shown_width_px && plan->height_px + 1 >= video->shown_height_px;
    return request->convert_always != 1 && video_is_plain_h264(picture) && is_small && !video_is_wide(picture) &&
           has_good_stamps(video) && picture_bit_rate(video, plan->duration_us) <= plan->bit_rate;
}

static bool may_copy_sound(const struct video *video)
{
    const AVCodecParameters *sound = video->sound ? video->sound->codecpar : NULL;
    return sound && sound->codec_id == AV_CODEC_ID_AAC && sound->sample_rate > 0 && has_good_stamps(video);
}

static struct convert_plan make_plan(const struct video *video, const struct media_request *request)
{
    const AVFormatContext *format = video->format;
    struct convert_plan plan = {
        .crf = (int)or_default(request->convert_crf, DEFAULT_CRF),
        .threads = (int)or_default(request->convert_threads, DEFAULT_THREADS),
        .bit_rate = or_default(request->convert_bit_rate, DEFAULT_BIT_RATE),
        .keeps_metadata = request->convert_metadata == 1,
        .start_us = format->start_time == AV_NOPTS_VALUE ? 0 : format->start_time,
        .duration_us = format->duration == AV_NOPTS_VALUE ? 0 : format->duration,
    };
    plan_size(video, request, &plan);
    plan.copies_picture = may_copy_picture(video, request, &plan);
    plan.copies_sound = may_copy_sound(video);
    return plan;
}

/* ---- doing it ---- */

struct conversion {
    struct video *video;
    const struct convert_plan *plan;
    struct convert_output *output;
    struct convert_way *picture, *sound;
    bool is_mute; /* there is sound that cannot be converted */
    bool read_all;
};

/* What cameras and people wrote into the container: exactly as it stands there. */
static void keep_metadata(const struct conversion *conversion)
{
    static const char *const containers_own[] = {"major_brand", "minor_version", "compatible_brands", "encoder"};
    AVFormatContext *muxer = convert_output_muxer(conversion->output);
    if (!conversion->plan->keeps_metadata)
        return;
    av_dict_copy(&muxer->metadata, conversion->video->format->metadata, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(containers_own); i++)
        av_dict_set(&muxer->metadata, containers_own[i], NULL, 0);
}

static int open_ways(struct conversion *conversion)
{
    int result = convert_picture_new(conversion->video, conversion->plan, conversion->output, &conversion->picture);
    if (result >= 0 && conversion->video->sound) {
        int sound = convert_sound_new(conversion->video, conversion->plan, conversion->output, &conversion->sound);
        if (sound == AVERROR(ENOMEM))
            return sound;
        conversion->is_mute = sound < 0;
    }
    if (result < 0)
        return result;
    keep_metadata(conversion);
    return convert_output_begin(conversion->output);
}

static void tell_progress(const struct conversion *conversion)
{
    int64_t whole = conversion->plan->duration_us;
    if (whole > 0)
        program_progress(MIN(convert_way_end_us(conversion->picture) * 1000 / whole, 999));
}

static struct convert_way *way_of(const struct conversion *conversion, const AVPacket *packet)
{
    if (packet->stream_index == conversion->video->picture->index)
        return conversion->picture;
    bool is_sound = conversion->video->sound && packet->stream_index == conversion->video->sound->index;
    return is_sound ? conversion->sound : NULL;
}

static int pump(struct conversion *conversion)
{
    AVPacket *packet = av_packet_alloc();
    int result = packet ? 0 : AVERROR(ENOMEM);
    while (result >= 0) {
        int read = av_read_frame(conversion->video->format, packet);
        if (read == AVERROR(ENOMEM))
            result = read;
        if (read < 0) {
            conversion->read_all = read == AVERROR_EOF;
            break;
        }
        struct convert_way *way = way_of(conversion, packet);
        if (way)
            result = convert_way_feed(way, packet);
        av_packet_unref(packet);
        tell_progress(conversion);
    }
    av_packet_free(&packet);
    if (result >= 0)
        result = convert_way_feed(conversion->picture, NULL);
    if (result >= 0 && conversion->sound)
        result = convert_way_feed(conversion->sound, NULL);
    return result;
}

static bool fail(int result, GError **error)
{
    if (result == AVERROR(ENOMEM))
        return err_set(error, ERR_LIMIT,
                       "Converting this video needs more memory than the server allows for one file.");
    if (result == AVERROR_DECODER_NOT_FOUND || result == AVERROR_ENCODER_NOT_FOUND)
        return err_set(error, ERR_UNSUPPORTED, "This build cannot convert this kind of video.");
    if (result == AVERROR(ENOSPC) || result == AVERROR(EDQUOT))
        return err_set(error, ERR_FULL, "There is no room on the server's disk for a playable copy of this video.");
    if (result == AVERROR(EIO))
        return err_set(error, ERR_IO, "The converted video could not be written.");
    return err_set_detail(error, ERR_CORRUPT, av_err2str(result),
                          "This video cannot be converted: the file is damaged or incomplete.");
}

static bool convert(struct conversion *conversion, int64_t *ret_bytes, GError **error)
{
    int result = conversion->output ? open_ways(conversion) : AVERROR(ENOMEM);
    if (result >= 0)
        result = pump(conversion);
    if (result >= 0 && convert_way_packets(conversion->picture) == 0)
        result = AVERROR_INVALIDDATA;
    if (result >= 0)
        result = convert_output_finish(conversion->output, ret_bytes);
    return result >= 0 || fail(result, error);
}

static void describe(const struct conversion *conversion, int64_t bytes, struct media_reply *reply)
{
    int64_t made_us = convert_way_end_us(conversion->picture), whole_us = conversion->plan->duration_us;
    bool is_whole = conversion->read_all && (double)(made_us + MOMENT_US) >= (double)whole_us * WHOLE_PART;
    reply->outcome = MEDIA_OK;
    reply->mime = g_strdup("video/mp4");
    reply->output_bytes = bytes;
    reply->output_width_px =
        conversion->plan->copies_picture ? conversion->video->shown_width_px : conversion->plan->width_px;
    reply->output_height_px =
        conversion->plan->copies_picture ? conversion->video->shown_height_px : conversion->plan->height_px;
    reply->is_copied = conversion->plan->copies_picture;
    reply->duration_ms = made_us / 1000;
    if (is_whole && !conversion->is_mute)
        return;
    reply->outcome = MEDIA_DAMAGED;
    reply->reason = g_strdup(conversion->is_mute ? "The sound of this video cannot be converted; its pictures are."
                                                 : "The video ends early: a part of the file is missing or damaged.");
}

/* One attempt by @plan. */
static bool attempt(struct video *video, const struct convert_plan *plan, int output_fd, struct media_reply *reply,
                    GError **error)
{
    struct conversion conversion = {.video = video, .plan = plan, .output = convert_output_new(output_fd)};
    int64_t bytes = 0;
    bool ok = convert(&conversion, &bytes, error);
    if (ok)
        describe(&conversion, bytes, reply);
    convert_way_free(conversion.picture);
    convert_way_free(conversion.sound);
    convert_output_free(conversion.output);
    return ok;
}

static bool begin_again(const struct media_request *request, int input_fd, int output_fd, struct video **video,
                        GError **error)
{
    video_close(*video);
    *video = NULL;
    if (ftruncate(output_fd, 0) != 0)
        return err_set(error, ERR_IO, "The converted video could not be written.");
    *video = video_open(request, input_fd, error);
    return *video != NULL;
}

void video_convert(const struct media_request *request, int input_fd, int output_fd, struct media_reply *reply)
{
    g_autoptr(GError) error = NULL;
    struct video *video = video_open(request, input_fd, &error);
    bool ok = video != NULL;
    if (ok) {
        struct convert_plan plan = make_plan(video, request);
        bool copies = plan.copies_picture || plan.copies_sound;
        ok = attempt(video, &plan, output_fd, reply, &error);
        /* A stream that does not let itself be copied may well let itself be decoded. */
        if (!ok && copies && err_is(error, ERR_CORRUPT)) {
            g_clear_error(&error);
            plan.copies_picture = plan.copies_sound = false;
            ok = begin_again(request, input_fd, output_fd, &video, &error) &&
                 attempt(video, &plan, output_fd, reply, &error);
        }
    }
    if (!ok)
        reply_set_outcome(reply, error);
    video_close(video);
}
