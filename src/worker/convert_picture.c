/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>

#include "base/error.h"
#include "worker/convert.h"
#include "worker/tone.h"

enum { KEY_FRAME_SECONDS = 4, FPS_MAX = 1000 };
enum { MATRIX_IDENTITY = 0, MATRIX_BT709 = 1, MATRIX_BT601 = 6, MATRIX_BT2020 = 9, MATRIX_BT2020_CL = 10 };

/* The picture's own. */
struct picture_way {
    unsigned orientation;
    struct tone *tone; /* of HDR and wide colour, else NULL */
    unsigned matrix;   /* by which the source's colours are coded */
    /* Of the frames that the graph was made for. */
    int width, height, format;
    int64_t shift; /* of the result's base: what is taken off */
};

static void free_picture_way(void *data)
{
    struct picture_way *own = data;
    tone_free(own->tone);
    g_free(own);
}

/* ---- the graph ---- */

/* How the filters turn as an EXIF number says. */
static const char *turn_filters(unsigned orientation)
{
    static const char *const filters[] = {"",
                                          "",
                                          "hflip,",
                                          "hflip,vflip,",
                                          "vflip,",
                                          "transpose=cclock_flip,",
                                          "transpose=clock,",
                                          "transpose=clock_flip,",
                                          "transpose=cclock,"};
    return filters[orientation <= 8 ? orientation : 1];
}

static const char *matrix_name(unsigned matrix)
{
    if (matrix == MATRIX_BT709)
        return "bt709";
    return matrix == MATRIX_BT2020 || matrix == MATRIX_BT2020_CL ? "bt2020" : "bt601";
}

static bool is_interlaced(const struct convert_way *way, const AVFrame *frame)
{
    enum AVFieldOrder order = way->from->codecpar->field_order;
    return frame->interlaced_frame || (order != AV_FIELD_PROGRESSIVE && order != AV_FIELD_UNKNOWN);
}

static int build(struct convert_way *way, const AVFrame *frame)
{
    struct picture_way *own = way->own;
    const struct convert_plan *plan = way->plan;
    bool is_turned = own->orientation >= 5;
    unsigned width = is_turned ? plan->height_px : plan->width_px;
    unsigned height = is_turned ? plan->width_px : plan->height_px;
    g_autofree char *arguments =
        g_strdup_printf("video_size=%dx%d:pix_fmt=%d:time_base=%d/%d:pixel_aspect=1/1", frame->width, frame->height,
                        frame->format, CONVERT_TIME_BASE.num, CONVERT_TIME_BASE.den);
    const char *matrix = matrix_name(own->matrix);
    g_autofree char *chain = g_strdup_printf(
        "%sscale=%u:%u:flags=bicubic:in_color_matrix=%s:out_color_matrix=%s:out_range=tv,%ssetsar=1,format=%s",
        is_interlaced(way, frame) ? "yadif," : "", width, height, matrix, matrix, turn_filters(own->orientation),
        own->tone ? "yuv420p10le" : "yuv420p");
    own->width = frame->width;
    own->height = frame->height;
    own->format = frame->format;
    return convert_way_parse(way, "buffer", arguments, "buffersink", chain);
}

static bool fits(const struct convert_way *way, const AVFrame *frame)
{
    const struct picture_way *own = way->own;
    return frame->width == own->width && frame->height == own->height && frame->format == own->format;
}

/* Times rise, whatever the source says; a frame that does not is dropped. */
static bool stamp(struct convert_way *way, AVFrame *frame)
{
    const struct picture_way *own = way->own;
    int64_t at = frame->best_effort_timestamp;
    if (at == AV_NOPTS_VALUE) {
        if (way->last != AV_NOPTS_VALUE)
            return false;
        at = 0;
    } else {
        at = av_rescale_q(at, way->from->time_base, CONVERT_TIME_BASE) - own->shift;
    }
    if (at < 0 || (way->last != AV_NOPTS_VALUE && at <= way->last))
        return false;
    way->last = at;
    frame->pts = at;
    frame->pict_type = AV_PICTURE_TYPE_NONE; /* the encoder chooses */
    frame->sample_aspect_ratio = (AVRational){1, 1};
    return true;
}

static int finish(struct convert_way *way, AVFrame *frame)
{
    const struct picture_way *own = way->own;
    if (!own->tone)
        return 0;
    AVFrame *made = av_frame_alloc();
    if (!made)
        return AVERROR(ENOMEM);
    made->format = AV_PIX_FMT_YUV420P;
    made->width = frame->width;
    made->height = frame->height;
    int result = av_frame_get_buffer(made, 0);
    if (result >= 0) {
        made->pts = frame->pts;
        tone_apply(own->tone, frame, made);
        av_frame_unref(frame);
        av_frame_move_ref(frame, made);
    }
    av_frame_free(&made);
    return result;
}

/* ---- codecs ---- */

static AVRational frame_rate(const struct convert_way *way)
{
    AVRational rate = way->from->avg_frame_rate;
    if (rate.num <= 0 || rate.den <= 0)
        rate = way->from->r_frame_rate;
    bool is_sane = rate.num > 0 && rate.den > 0 && av_q2d(rate) <= FPS_MAX;
    return is_sane ? rate : (AVRational){30, 1};
}

static void say_colours(AVCodecContext *encoder, const struct picture_way *own, const AVCodecParameters *from)
{
    bool is_709 = own->tone || own->matrix == MATRIX_BT709;
    encoder->color_range = AVCOL_RANGE_MPEG;
    encoder->colorspace = is_709 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
    encoder->color_primaries = own->tone ? AVCOL_PRI_BT709 : from->color_primaries;
    encoder->color_trc = own->tone ? AVCOL_TRC_BT709 : from->color_trc;
}

static int open_encoder(struct convert_way *way)
{
    const struct convert_plan *plan = way->plan;
    const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
    way->encoder = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!way->encoder)
        return codec ? AVERROR(ENOMEM) : AVERROR_ENCODER_NOT_FOUND;
    AVCodecContext *encoder = way->encoder;
    encoder->width = (int)plan->width_px;
    encoder->height = (int)plan->height_px;
    encoder->pix_fmt = AV_PIX_FMT_YUV420P;
    encoder->sample_aspect_ratio = (AVRational){1, 1};
    encoder->time_base = CONVERT_TIME_BASE;
    encoder->framerate = frame_rate(way);
    encoder->gop_size = MAX(1, (int)(av_q2d(encoder->framerate) * KEY_FRAME_SECONDS));
    encoder->thread_count = plan->threads;
    encoder->rc_max_rate = plan->bit_rate;
    encoder->rc_buffer_size = (int)MIN(plan->bit_rate * 2, G_MAXINT);
    encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    say_colours(encoder, way->own, way->from->codecpar);
    AVDictionary *options = NULL;
    av_dict_set(&options, "preset", "veryfast", 0);
    av_dict_set(&options, "profile", "high", 0);
    av_dict_set_int(&options, "crf", plan->crf, 0);
    int result = avcodec_open2(encoder, codec, &options);
    av_dict_free(&options);
    return result;
}

static unsigned announced_peak(const AVStream *stream)
{
    size_t size = 0;
    const uint8_t *bytes = av_stream_get_side_data(stream, AV_PKT_DATA_CONTENT_LIGHT_LEVEL, &size);
    return bytes && size >= sizeof(AVContentLightMetadata)
               ? ((const AVContentLightMetadata *)(const void *)bytes)->MaxCLL
               : 0;
}

static struct picture_way *describe(const struct video *video, const struct convert_plan *plan)
{
    struct picture_way *own = g_new0(struct picture_way, 1);
    const AVCodecParameters *from = video->picture->codecpar;
    own->orientation = video->orientation;
    own->matrix = from->color_space == AVCOL_SPC_RGB ? MATRIX_BT709 : video_matrix(from->color_space, video->height_px);
    if (video_is_wide(from))
        own->tone = tone_new(from->color_primaries, from->color_trc, own->matrix, announced_peak(video->picture));
    own->shift = av_rescale_q(plan->start_us, AV_TIME_BASE_Q, CONVERT_TIME_BASE);
    return own;
}

/* A copied picture is turned by its player. */
static int copy_turn(struct convert_way *way)
{
    size_t size = 0;
    const uint8_t *matrix = av_stream_get_side_data(way->from, AV_PKT_DATA_DISPLAYMATRIX, &size);
    if (!matrix)
        return 0;
    uint8_t *made = av_stream_new_side_data(way->to, AV_PKT_DATA_DISPLAYMATRIX, size);
    if (!made)
        return AVERROR(ENOMEM);
    memcpy(made, matrix, size);
    return 0;
}

static int open_way(struct convert_way *way, struct video *video)
{
    if (way->is_copy) {
        int result = convert_way_add_stream(way);
        return result >= 0 ? copy_turn(way) : result;
    }
    way->decoder = video_decoder(video, video->picture, (unsigned)way->plan->threads, NULL);
    if (!way->decoder)
        return AVERROR_DECODER_NOT_FOUND;
    int result = open_encoder(way);
    return result >= 0 ? convert_way_add_stream(way) : result;
}

int convert_picture_new(struct video *video, const struct convert_plan *plan, struct convert_output *output,
                        struct convert_way **ret_way)
{
    struct convert_way *way = convert_way_alloc(plan, output, video->picture);
    way->is_copy = plan->copies_picture;
    way->own = describe(video, plan);
    way->free_own = free_picture_way;
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
