/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>

#include "worker/convert.h"

struct convert_way *convert_way_alloc(const struct convert_plan *plan, struct convert_output *output, AVStream *from)
{
    struct convert_way *way = g_new0(struct convert_way, 1);
    way->plan = plan;
    way->output = output;
    way->from = from;
    way->last = AV_NOPTS_VALUE;
    way->frame = av_frame_alloc();
    way->filtered = av_frame_alloc();
    way->packet = av_packet_alloc();
    return way;
}

void convert_way_free(struct convert_way *way)
{
    if (!way)
        return;
    avfilter_graph_free(&way->graph);
    avcodec_free_context(&way->decoder);
    avcodec_free_context(&way->encoder);
    av_frame_free(&way->frame);
    av_frame_free(&way->filtered);
    av_packet_free(&way->packet);
    if (way->free_own)
        way->free_own(way->own);
    g_free(way);
}

int64_t convert_way_end_us(const struct convert_way *way)
{
    return way->end_us;
}

int64_t convert_way_packets(const struct convert_way *way)
{
    return way->n_packets;
}

int convert_way_add_stream(struct convert_way *way)
{
    way->to = avformat_new_stream(convert_output_muxer(way->output), NULL);
    if (!way->to)
        return AVERROR(ENOMEM);
    if (!way->is_copy) {
        way->to->time_base = way->encoder->time_base;
        return avcodec_parameters_from_context(way->to->codecpar, way->encoder);
    }
    int result = avcodec_parameters_copy(way->to->codecpar, way->from->codecpar);
    way->to->codecpar->codec_tag = 0; /* the source container's name of the codec */
    way->to->time_base = way->from->time_base;
    way->to->sample_aspect_ratio = way->from->sample_aspect_ratio;
    return result;
}

int convert_way_parse(struct convert_way *way, const char *source, const char *arguments, const char *sink,
                      const char *chain)
{
    avfilter_graph_free(&way->graph);
    way->graph = avfilter_graph_alloc();
    if (!way->graph)
        return AVERROR(ENOMEM);
    way->graph->nb_threads = 1;
    int result =
        avfilter_graph_create_filter(&way->source, avfilter_get_by_name(source), "in", arguments, NULL, way->graph);
    if (result >= 0)
        result = avfilter_graph_create_filter(&way->sink, avfilter_get_by_name(sink), "out", NULL, NULL, way->graph);
    AVFilterInOut *inputs = avfilter_inout_alloc(), *outputs = avfilter_inout_alloc();
    if (result >= 0 && (!inputs || !outputs))
        result = AVERROR(ENOMEM);
    if (result >= 0) {
        *outputs = (AVFilterInOut){.name = av_strdup("in"), .filter_ctx = way->source};
        *inputs = (AVFilterInOut){.name = av_strdup("out"), .filter_ctx = way->sink};
        result = avfilter_graph_parse_ptr(way->graph, chain, &inputs, &outputs, NULL);
    }
    avfilter_inout_free(&inputs);
    avfilter_inout_free(&outputs);
    return result >= 0 ? avfilter_graph_config(way->graph, NULL) : result;
}

/* ---- packets on their way ---- */

static int write_packet(struct convert_way *way, AVRational time_base)
{
    /* x264 leaves the length of a frame open; of the last one nobody else could tell it. */
    if (way->packet->duration == 0 && way->encoder && way->encoder->framerate.num > 0)
        way->packet->duration = av_rescale_q(1, av_inv_q(way->encoder->framerate), time_base);
    int64_t end = way->packet->pts == AV_NOPTS_VALUE ? way->packet->dts : way->packet->pts;
    if (end != AV_NOPTS_VALUE)
        way->end_us = MAX(way->end_us, av_rescale_q(end + way->packet->duration, time_base, AV_TIME_BASE_Q));
    way->n_packets++;
    return convert_output_write(way->output, way->packet, way->to, time_base);
}

static int encode(struct convert_way *way, const AVFrame *frame)
{
    int result = avcodec_send_frame(way->encoder, frame);
    while (result >= 0) {
        result = avcodec_receive_packet(way->encoder, way->packet);
        if (result >= 0)
            result = write_packet(way, way->encoder->time_base);
    }
    return result == AVERROR(EAGAIN) || result == AVERROR_EOF ? 0 : result;
}

static int drain_graph(struct convert_way *way)
{
    for (;;) {
        int result = av_buffersink_get_frame(way->sink, way->filtered);
        if (result == AVERROR(EAGAIN) || result == AVERROR_EOF)
            return 0;
        if (result >= 0)
            result = way->finish(way, way->filtered);
        if (result >= 0)
            result = encode(way, way->filtered);
        av_frame_unref(way->filtered);
        if (result < 0)
            return result;
    }
}

/* A NULL frame ends the graph. */
static int filter(struct convert_way *way, AVFrame *frame)
{
    if (frame && way->graph && !way->fits(way, frame)) {
        int result = av_buffersrc_add_frame(way->source, NULL);
        result = result >= 0 ? drain_graph(way) : result;
        avfilter_graph_free(&way->graph);
        if (result < 0)
            return result;
    }
    if (frame && !way->graph) {
        int result = way->build(way, frame);
        if (result < 0)
            return result;
    }
    if (!way->graph || (frame && !way->stamp(way, frame)))
        return 0;
    int result = av_buffersrc_add_frame(way->source, frame);
    return result >= 0 ? drain_graph(way) : result;
}

/* A packet that cannot be decoded is passed over, as players do. */
static int decode(struct convert_way *way, const AVPacket *packet)
{
    int sent = avcodec_send_packet(way->decoder, packet);
    if (sent == AVERROR(ENOMEM))
        return sent;
    for (;;) {
        int result = avcodec_receive_frame(way->decoder, way->frame);
        if (result == AVERROR(ENOMEM))
            return result;
        if (result < 0)
            return 0;
        result = filter(way, way->frame);
        av_frame_unref(way->frame);
        if (result < 0)
            return result;
    }
}

static int copy(struct convert_way *way, const AVPacket *packet)
{
    if (!packet)
        return 0;
    int result = av_packet_ref(way->packet, packet);
    if (result < 0)
        return result;
    int64_t start = av_rescale_q(way->plan->start_us, AV_TIME_BASE_Q, way->from->time_base);
    if (way->packet->pts != AV_NOPTS_VALUE)
        way->packet->pts -= start;
    if (way->packet->dts != AV_NOPTS_VALUE)
        way->packet->dts -= start;
    way->packet->pos = -1;
    return write_packet(way, way->from->time_base);
}

int convert_way_feed(struct convert_way *way, const AVPacket *packet)
{
    if (way->is_copy)
        return copy(way, packet);
    int result = decode(way, packet);
    if (result < 0 || packet)
        return result;
    result = filter(way, NULL);
    return result >= 0 ? encode(way, NULL) : result;
}
