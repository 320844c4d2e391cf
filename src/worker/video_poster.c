/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

#include "base/error.h"
#include "worker/derivatives.h"
#include "worker/video.h"

/* How far the search for a frame goes at one place, and where it looks. */
enum { PACKETS_MAX = 3000, FRAMES_MAX = 300, FRAMES_MAX_IN_ALL = 600, DECODER_THREADS = 1 };

/* A frame that is neither black nor blank: of 0…255. */
#define LUMA_MIN 20.0
#define SPREAD_MIN 6.0

/* ---- a frame as a picture ---- */

static void free_frame(void *owner)
{
    AVFrame *frame = owner;
    av_frame_free(&frame);
}

static bool has_own_planes(const AVFrame *frame, const AVPixFmtDescriptor *format)
{
    bool is_yuv = format->nb_components == 3 && (format->flags & AV_PIX_FMT_FLAG_PLANAR) &&
                  !(format->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BE |
                                     AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_ALPHA));
    for (unsigned i = 0; is_yuv && i < 3; i++) {
        const AVComponentDescriptor *component = &format->comp[i];
        int bytes = component->depth > 8 ? 2 : 1;
        is_yuv = component->plane == (int)i && component->step == bytes && component->shift == 0 &&
                 component->depth == format->comp[0].depth && frame->linesize[i] > 0;
    }
    return is_yuv && format->comp[0].depth <= 16;
}

/* Whatever else there is (packed, RGB, with alpha, big-endian) becomes 8 bits and 4:4:4. */
static AVFrame *repack(const AVFrame *frame, GError **error)
{
    AVFrame *made = av_frame_alloc();
    struct SwsContext *scaler = NULL;
    bool ok = made != NULL;
    if (ok) {
        av_frame_copy_props(made, frame);
        made->format = AV_PIX_FMT_YUV444P;
        made->width = frame->width;
        made->height = frame->height;
        made->colorspace = AVCOL_SPC_SMPTE170M; /* what swscale makes of RGB unless told otherwise */
        made->color_range = AVCOL_RANGE_MPEG;
        scaler = sws_getContext(frame->width, frame->height, (enum AVPixelFormat)frame->format, frame->width,
                                frame->height, AV_PIX_FMT_YUV444P, SWS_BILINEAR, NULL, NULL, NULL);
        ok = scaler && av_frame_get_buffer(made, 0) >= 0 &&
             sws_scale(scaler, (const uint8_t *const *)frame->data, frame->linesize, 0, frame->height, made->data,
                       made->linesize) == frame->height;
    }
    sws_freeContext(scaler);
    if (ok)
        return made;
    av_frame_free(&made);
    err_set(error, ERR_LIMIT, "The picture of this video is of a kind that cannot be converted.");
    return NULL;
}

/* Takes @frame. */
static bool frame_to_picture(AVFrame *frame, struct picture *ret_picture, GError **error)
{
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get((enum AVPixelFormat)frame->format);
    if (!format || !has_own_planes(frame, format)) {
        AVFrame *made = repack(frame, error);
        av_frame_free(&frame);
        if (!made)
            return false;
        frame = made;
        format = av_pix_fmt_desc_get(AV_PIX_FMT_YUV444P);
    }
    /* Of an interlaced frame the first field alone: half the rows, but all of one moment. */
    unsigned step = frame->interlaced_frame && frame->height >= 4 ? 2 : 1;
    bool is_jpeg = frame->format == AV_PIX_FMT_YUVJ420P || frame->format == AV_PIX_FMT_YUVJ422P ||
                   frame->format == AV_PIX_FMT_YUVJ444P || frame->format == AV_PIX_FMT_YUVJ440P ||
                   frame->format == AV_PIX_FMT_YUVJ411P;
    struct picture picture = {
        .kind = PICTURE_YCBCR,
        .width_px = (unsigned)frame->width,
        .height_px = (unsigned)frame->height / step,
        .depth = (unsigned)format->comp[0].depth,
        .n_planes = 3,
        .primaries = frame->color_primaries,
        .transfer = frame->color_trc,
        .matrix = video_matrix(frame->colorspace, (unsigned)frame->height),
        .is_full_range = is_jpeg || frame->color_range == AVCOL_RANGE_JPEG,
        .owner = frame,
        .free_owner = free_frame,
    };
    for (unsigned i = 0; i < 3; i++) {
        bool is_chroma = i > 0;
        unsigned height =
            is_chroma ? (unsigned)AV_CEIL_RSHIFT(frame->height, format->log2_chroma_h) : (unsigned)frame->height;
        picture.planes[i] = (struct plane){
            .data = frame->data[i],
            .stride_bytes = (size_t)frame->linesize[i] * step,
            .width_px =
                is_chroma ? (unsigned)AV_CEIL_RSHIFT(frame->width, format->log2_chroma_w) : (unsigned)frame->width,
            .height_px = MAX(height / step, 1),
        };
    }
    *ret_picture = picture;
    return true;
}

/* ---- which frame ---- */

struct look {
    double luma, spread; /* of 0…255: mean and standard deviation */
};

/* By a coarse grid of the luma plane; other formats count as good. */
static struct look look_at(const AVFrame *frame)
{
    enum { GRID = 64 };
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get((enum AVPixelFormat)frame->format);
    if (!format || !has_own_planes(frame, format))
        return (struct look){.luma = 128, .spread = 64};
    int depth = format->comp[0].depth;
    double sum = 0, squares = 0;
    unsigned n = 0;
    for (int i = 0; i < GRID; i++) {
        const uint8_t *row = frame->data[0] + (ptrdiff_t)frame->linesize[0] * (frame->height * i / GRID);
        for (int j = 0; j < GRID; j++, n++) {
            int x = frame->width * j / GRID;
            double value = depth > 8 ? ((const uint16_t *)(const void *)row)[x] >> (depth - 8) : row[x];
            sum += value;
            squares += value * value;
        }
    }
    double mean = sum / n;
    return (struct look){.luma = mean, .spread = sqrt(MAX(squares / n - mean * mean, 0))};
}

static bool is_good(struct look look)
{
    return look.luma >= LUMA_MIN && look.spread >= SPREAD_MIN;
}

/* Black is the least of all; then what shows most. */
static double worth(struct look look)
{
    return look.spread + (look.luma >= LUMA_MIN ? 10 : 0);
}

struct search {
    struct video *video;
    AVCodecContext *decoder;
    AVPacket *packet;
    AVFrame *frame;
    AVFrame *best; /* NULL: none yet */
    double best_worth;
    bool found;      /* a good one */
    unsigned frames; /* decoded so far */
    int result;      /* of the last call into libavcodec */
};

static void consider(struct search *search)
{
    struct look look = look_at(search->frame);
    search->found = is_good(look) && !(search->frame->flags & AV_FRAME_FLAG_CORRUPT);
    double value = worth(look);
    if (search->best && value <= search->best_worth && !search->found)
        return;
    AVFrame *frame = av_frame_clone(search->frame);
    if (frame) {
        av_frame_free(&search->best);
        search->best = frame;
        search->best_worth = value;
    }
}

/* Sends one more packet of the picture, or the end. False at the end of all. */
static bool feed(struct search *search, unsigned *packets)
{
    for (; *packets < PACKETS_MAX; (*packets)++) {
        int result = av_read_frame(search->video->format, search->packet);
        if (result < 0)
            return avcodec_send_packet(search->decoder, NULL) >= 0;
        bool is_ours = search->packet->stream_index == search->video->picture->index;
        if (is_ours)
            search->result = avcodec_send_packet(search->decoder, search->packet);
        av_packet_unref(search->packet);
        if (is_ours)
            return true; /* also after an error: the next packet may do */
    }
    return false;
}

/* The first frame at or after @from (in the stream's time base). */
static bool next_frame(struct search *search, int64_t from)
{
    unsigned packets = 0;
    for (unsigned frames = 0; frames < FRAMES_MAX && search->frames < FRAMES_MAX_IN_ALL;) {
        int result = avcodec_receive_frame(search->decoder, search->frame);
        if (result == AVERROR(EAGAIN)) {
            if (!feed(search, &packets))
                return false;
            continue;
        }
        if (result == AVERROR_EOF)
            return false;
        if (result < 0) {
            search->result = result;
            if (!feed(search, &packets))
                return false;
            continue;
        }
        frames++;
        search->frames++;
        int64_t at = search->frame->best_effort_timestamp;
        if (at == AV_NOPTS_VALUE || at >= from || frames == FRAMES_MAX)
            return true;
        av_frame_unref(search->frame);
    }
    return false;
}

/* The frame at @at_us after the start, if the container lets itself be moved there. */
static void look_later(struct search *search, int64_t at_us)
{
    const AVStream *stream = search->video->picture;
    int64_t start = stream->start_time == AV_NOPTS_VALUE ? 0 : stream->start_time;
    int64_t target = start + av_rescale_q(at_us, AV_TIME_BASE_Q, stream->time_base);
    if (av_seek_frame(search->video->format, stream->index, target, AVSEEK_FLAG_BACKWARD) < 0)
        return;
    avcodec_flush_buffers(search->decoder);
    if (next_frame(search, target))
        consider(search);
}

static void look_around(struct search *search, int64_t duration_us)
{
    if (next_frame(search, INT64_MIN))
        consider(search);
    /* Fades from black take a second or two; a lens cap, or a title, longer. */
    static const double parts[] = {0.1, 0.25, 0.5, 0.75};
    static const int64_t early_us[] = {500000, 1000000, 2000000, 4000000};
    for (size_t i = 0; !search->found && i < G_N_ELEMENTS(early_us); i++)
        if (early_us[i] < duration_us)
            look_later(search, early_us[i]);
    for (size_t i = 0; !search->found && i < G_N_ELEMENTS(parts); i++)
        look_later(search, (int64_t)((double)duration_us * parts[i]));
}

static bool fail_to_decode(const struct search *search, GError **error)
{
    if (search->result == AVERROR(ENOMEM))
        return err_set(error, ERR_LIMIT, "This video needs more memory than the server allows for one file.");
    return err_set_detail(error, ERR_CORRUPT, search->result < 0 ? av_err2str(search->result) : "no frame",
                          "No picture of this video can be decoded: the file is damaged or incomplete.");
}

bool video_poster(struct video *video, struct picture *ret_picture, GError **error)
{
    struct search search = {.video = video, .decoder = video_decoder(video, video->picture, DECODER_THREADS, error)};
    if (!search.decoder)
        return false;
    search.packet = av_packet_alloc();
    search.frame = av_frame_alloc();
    if (video->sound)
        video->sound->discard = AVDISCARD_ALL;
    int64_t duration_us = video->format->duration > 0 ? video->format->duration : 0;
    look_around(&search, duration_us);
    avcodec_free_context(&search.decoder); /* its own frames first: the picture is scaled by large steps */
    av_packet_free(&search.packet);
    av_frame_free(&search.frame);
    return search.best ? frame_to_picture(search.best, ret_picture, error) : fail_to_decode(&search, error);
}

/* ---- the job ---- */

static bool make_poster(struct video *video, int thumbnail_fd, int preview_fd, struct media_reply *reply,
                        GError **error)
{
    PICTURE_AUTO struct picture picture = {0}, preview = {0};
    if (!video_poster(video, &picture, error))
        return false;
    struct extent wanted = preview_extent(video->shown_width_px, video->shown_height_px);
    if (video->orientation >= 5)
        wanted = (struct extent){wanted.height_px, wanted.width_px};
    return preview_make(&picture, wanted, video->orientation, &preview, error) &&
           derivatives_write(&preview, thumbnail_fd, preview_fd, reply, error);
}

void video_work(const struct media_request *request, int input_fd, int thumbnail_fd, int preview_fd,
                struct media_reply *reply)
{
    g_autoptr(GError) error = NULL;
    struct video *video = video_open(request, input_fd, &error);
    if (!video) {
        reply->mime = g_strdup(video_sniff(request, input_fd));
        reply_set_outcome(reply, error);
        return;
    }
    video_facts(video, reply);
    if (make_poster(video, thumbnail_fd, preview_fd, reply, &error))
        reply->outcome = MEDIA_OK;
    else
        reply_set_outcome(reply, error);
    video_close(video);
}
