/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One video on its way through ambrotype-video: opened by libavformat from a descriptor alone (no names, no network, no
 * other file), looked at (facts, a poster), or made into an MP4 that every browser plays. Which containers and codecs
 * are opened is a closed list (video_input.c, video_codecs.c). Threads: one video at a time. */
#pragma once

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "media/protocol.h"
#include "worker/picture.h"

/** An open video. */
struct video {
    int fd;
    int64_t start, size, at; /* the stretch of the file that is the video, and the place in it */
    AVFormatContext *format;
    AVStream *picture; /* never NULL once open */
    AVStream *sound;   /* NULL: none */
    const char *mime;  /* static */
    const char *container;
    unsigned orientation;                     /* EXIF number of the turn that the container wants */
    unsigned width_px, height_px;             /* as coded */
    unsigned shown_width_px, shown_height_px; /* with square pixels, turned */
};

/** MIME types that this build can show, separated by commas. */
const char *video_formats(void);

/** What the first bytes of @fd (or of the stretch that @request names) are: a static MIME type, or NULL for no video.
 */
const char *video_sniff(const struct media_request *request, int fd);

/** Opens the container and finds its streams. ERR_CORRUPT, ERR_UNSUPPORTED, ERR_LIMIT with a sentence about the file.
 *  End with video_close(). */
struct video *video_open(const struct media_request *request, int fd, GError **error);
void video_close(struct video *video);

/** A decoder for @stream with @threads. NULL with ERR_UNSUPPORTED. Free with avcodec_free_context(). */
AVCodecContext *video_decoder(const struct video *video, const AVStream *stream, unsigned threads, GError **error);

/** The names of the decoders that may be used, as libavformat wants them. */
extern const char video_codecs[];

/** Width over height of a pixel; 1 where it is not said, or nonsense. */
double video_pixel_ratio(const struct video *video);

/** Is the picture brighter or more colourful than sRGB, so that it must be converted by hdr.h? */
bool video_is_wide(const AVCodecParameters *parameters);

/** The matrix of ISO/IEC 23091-2 by which colours are coded, guessed by the size where it is not said. */
unsigned video_matrix(unsigned stated, unsigned height_px);

/** Fills what @reply says of the container and its streams. */
void video_facts(struct video *video, struct media_reply *reply);

/** Do browsers play the file as it is? */
bool video_is_playable(const struct video *video);

/** Is this H.264 that every browser decodes (8 bits, 4:2:0, progressive)? */
bool video_is_plain_h264(const AVCodecParameters *parameters);

/** The picture that stands for the video: an early one that is not black or blank, as coded (not turned). @ret_picture
 *  is freed with picture_clear(). */
bool video_poster(struct video *video, struct picture *ret_picture, GError **error);

/** The two jobs, whole. Never fail: what went wrong stands in the reply. */
void video_work(const struct media_request *request, int input_fd, int thumbnail_fd, int preview_fd,
                struct media_reply *reply);
void video_convert(const struct media_request *request, int input_fd, int output_fd, struct media_reply *reply);

/** Runs each library once before the worker locks itself in. */
void video_warm(void);
