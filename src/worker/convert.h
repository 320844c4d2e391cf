/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The parts of a conversion (video_convert() in video.h): what is to be made, the picture's way (decode, filter, tone,
 * encode, or copy), the sound's way, and the file that comes out. Private to the video files of this room.
 *
 * Functions answer 0 or a negative AVERROR. Threads: one, beside those of the codecs. */
#pragma once

#include <libavfilter/avfilter.h>

#include "worker/video.h"

/** All times of the result are of this base, which holds those of cameras (1/600, 1001/30000, 1/90000) exactly. */
#define CONVERT_TIME_BASE ((AVRational){1, 90000})

/** What the request asks for, with defaults. */
struct convert_plan {
    unsigned width_px, height_px; /* of the result: even */
    bool copies_picture, copies_sound;
    int crf, threads;
    int64_t bit_rate;
    bool keeps_metadata;
    int64_t start_us; /* of the source: becomes 0 */
    int64_t duration_us;
};

/* ---- the file ---- */

struct convert_output;

/** An MP4 that is written to @fd (read and write, empty). NULL where memory is short. */
struct convert_output *convert_output_new(int fd);
void convert_output_free(struct convert_output *output);
AVFormatContext *convert_output_muxer(struct convert_output *output);
/** After all streams were added. */
int convert_output_begin(struct convert_output *output);
/** Takes what @packet holds, in @time_base. */
int convert_output_write(struct convert_output *output, AVPacket *packet, const AVStream *stream, AVRational time_base);
/** Puts the index to the front. @ret_bytes: the size of the file. */
int convert_output_finish(struct convert_output *output, int64_t *ret_bytes);

/* ---- ways ---- */

/** How packets of one stream go to the file: the picture's or the sound's. */
struct convert_way;

/** The way of the picture; adds its stream to @output. */
int convert_picture_new(struct video *video, const struct convert_plan *plan, struct convert_output *output,
                        struct convert_way **ret_way);
int convert_sound_new(struct video *video, const struct convert_plan *plan, struct convert_output *output,
                      struct convert_way **ret_way);
/** One packet of the source, or NULL at its end. Damage within a stream is passed over. */
int convert_way_feed(struct convert_way *way, const AVPacket *packet);
/** How much has come out, in microseconds of the result. */
int64_t convert_way_end_us(const struct convert_way *way);
/** Packets that came out. */
int64_t convert_way_packets(const struct convert_way *way);
void convert_way_free(struct convert_way *way);

/* ---- what both ways share (convert_way.c) ---- */

struct convert_way {
    const struct convert_plan *plan;
    struct convert_output *output;
    AVStream *from, *to;
    bool is_copy;
    AVCodecContext *decoder, *encoder;
    AVFilterGraph *graph;
    AVFilterContext *source, *sink;
    AVFrame *frame, *filtered;
    AVPacket *packet;
    int64_t n_packets, end_us;
    int64_t last; /* time stamp of the last frame, in the encoder's time base */
    /** Makes graph, source and sink for frames such as this one. */
    int (*build)(struct convert_way *way, const AVFrame *frame);
    /** Does a frame need another graph than there is? */
    bool (*fits)(const struct convert_way *way, const AVFrame *frame);
    /** Sets the frame's time stamp in the graph's base before it goes in. False drops it. */
    bool (*stamp)(struct convert_way *way, AVFrame *frame);
    /** What comes out of the graph, ready for the encoder. */
    int (*finish)(struct convert_way *way, AVFrame *frame);
    void *own; /* the kind's; freed with free_own */
    void (*free_own)(void *own);
};

/** Of either kind, to be filled by it. */
struct convert_way *convert_way_alloc(const struct convert_plan *plan, struct convert_output *output, AVStream *from);
/** Parses @chain between a source (@name, @arguments) and a sink. */
int convert_way_parse(struct convert_way *way, const char *source, const char *arguments, const char *sink,
                      const char *chain);
/** Adds the stream of an opened encoder, or a copied one. */
int convert_way_add_stream(struct convert_way *way);
