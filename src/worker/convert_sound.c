/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <libavfilter/buffersink.h>

#include "worker/convert.h"

enum { RATE_MAX = 48000, CHANNELS_MAX = 2, BITS_A_CHANNEL = 64000 };

/* A hole in the sound is filled with silence, but not a jump of the clock. */
enum { JUMP_SECONDS = 30 };

struct sound_way {
    int rate;
    enum AVSampleFormat format;
    int channels;
    int64_t shift; /* in the stream's time base */
    int64_t next;  /* when the next frame is due, in the stream's time base */
    bool begun;
};

/* The smallest rate of AAC that loses nothing. */
static int aac_rate(int rate)
{
    static const int rates[] = {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, RATE_MAX};
    for (size_t i = 0; i < G_N_ELEMENTS(rates); i++)
        if (rates[i] >= rate)
            return rates[i];
    return RATE_MAX;
}

static int build(struct convert_way *way, const AVFrame *frame)
{
    struct sound_way *own = way->own;
    AVChannelLayout layout = {0};
    if (frame->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC || frame->ch_layout.nb_channels <= 0)
        av_channel_layout_default(&layout, MAX(frame->ch_layout.nb_channels, 1));
    else
        av_channel_layout_copy(&layout, &frame->ch_layout);
    char name[200] = "";
    av_channel_layout_describe(&layout, name, sizeof(name));
    av_channel_layout_uninit(&layout);
    g_autofree char *arguments =
        g_strdup_printf("time_base=%d/%d:sample_rate=%d:sample_fmt=%d:channel_layout=%s", way->from->time_base.num,
                        way->from->time_base.den, frame->sample_rate, frame->format, name);
    g_autofree char *chain =
        g_strdup_printf("aresample=async=1,aformat=sample_fmts=fltp:sample_rates=%d:channel_layouts=%s",
                        way->encoder->sample_rate, way->encoder->ch_layout.nb_channels == 1 ? "mono" : "stereo");
    own->rate = frame->sample_rate;
    own->format = (enum AVSampleFormat)frame->format;
    own->channels = frame->ch_layout.nb_channels;
    int result = convert_way_parse(way, "abuffer", arguments, "abuffersink", chain);
    if (result >= 0)
        av_buffersink_set_frame_size(way->sink, (unsigned)way->encoder->frame_size);
    return result;
}

static bool fits(const struct convert_way *way, const AVFrame *frame)
{
    const struct sound_way *own = way->own;
    return frame->sample_rate == own->rate && frame->format == own->format &&
           frame->ch_layout.nb_channels == own->channels;
}

static bool stamp(struct convert_way *way, AVFrame *frame)
{
    struct sound_way *own = way->own;
    AVRational base = way->from->time_base;
    int64_t length = av_rescale_q(frame->nb_samples, (AVRational){1, frame->sample_rate}, base);
    int64_t jump = av_rescale_q(JUMP_SECONDS, (AVRational){1, 1}, base);
    int64_t at = frame->best_effort_timestamp;
    if (at != AV_NOPTS_VALUE)
        at -= own->shift;
    if (at != AV_NOPTS_VALUE && own->begun && llabs(at - own->next) > jump) {
        own->shift += at - own->next;
        at = own->next;
    }
    if (at == AV_NOPTS_VALUE || (!own->begun && llabs(at) > jump))
        at = own->next;
    own->begun = true;
    own->next = at + length;
    frame->pts = at;
    return at + length > 0;
}

/* The clock of what comes out is the count of its samples. */
static int finish(struct convert_way *way, AVFrame *frame)
{
    AVRational base = av_buffersink_get_time_base(way->sink);
    int64_t at = frame->pts == AV_NOPTS_VALUE ? 0 : av_rescale_q(frame->pts, base, way->encoder->time_base);
    if (way->last != AV_NOPTS_VALUE)
        at = MAX(at, way->last);
    way->last = at + frame->nb_samples;
    frame->pts = at;
    return 0;
}

static int open_encoder(struct convert_way *way)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
    way->encoder = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!way->encoder)
        return codec ? AVERROR(ENOMEM) : AVERROR_ENCODER_NOT_FOUND;
    int channels = CLAMP(way->from->codecpar->ch_layout.nb_channels, 1, CHANNELS_MAX);
    way->encoder->sample_fmt = AV_SAMPLE_FMT_FLTP;
    way->encoder->sample_rate = aac_rate(way->from->codecpar->sample_rate);
    way->encoder->time_base = (AVRational){1, way->encoder->sample_rate};
    way->encoder->bit_rate = (int64_t)channels * BITS_A_CHANNEL;
    way->encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    av_channel_layout_default(&way->encoder->ch_layout, channels);
    return avcodec_open2(way->encoder, codec, NULL);
}

static int open_way(struct convert_way *way, struct video *video)
{
    if (way->is_copy)
        return convert_way_add_stream(way);
    way->decoder = video_decoder(video, video->sound, 1, NULL);
    if (!way->decoder)
        return AVERROR_DECODER_NOT_FOUND;
    int result = open_encoder(way);
    return result >= 0 ? convert_way_add_stream(way) : result;
}

int convert_sound_new(struct video *video, const struct convert_plan *plan, struct convert_output *output,
                      struct convert_way **ret_way)
{
    struct convert_way *way = convert_way_alloc(plan, output, video->sound);
    struct sound_way *own = g_new0(struct sound_way, 1);
    own->shift = av_rescale_q(plan->start_us, AV_TIME_BASE_Q, video->sound->time_base);
    way->is_copy = plan->copies_sound;
    way->own = own;
    way->free_own = g_free;
    way->build = build;
    way->fits = fits;
    way->stamp = stamp;
    way->finish = finish;
    int result = open_way(way, video);
    if (result < 0)
        convert_way_free(way);
    else
        *ret_way = way;
    return result;
}
