/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/video.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libavutil/avstring.h>
#include <libavutil/cpu.h>

#include "base/error.h"
#include "base/io.h"

enum { BUFFER_BYTES = 64 << 10, HEAD_BYTES = 400, TS_PACKET = 188, M2TS_PACKET = 192, M2TS_HEAD = 4 };

/* More streams than any camera writes; each costs memory before anything of it is read. */
#define STREAMS_MAX "100"
#define PIXELS_MAX (INT64_C(8192) * 8192)

/* ---- what it is ---- */

/* Brands of ISO base media files (ISO/IEC 14496-12, ftyp box). Those of pictures are not here. */
static const struct {
    const char *brand, *mime;
} brands[] = {
    {"qt  ", "video/quicktime"}, {"M4V", "video/x-m4v"}, {"3gp", "video/3gpp"}, {"3gs", "video/3gpp"},
    {"3gr", "video/3gpp"},       {"3ge", "video/3gpp"},  {"3gg", "video/3gpp"}, {"3g2", "video/3gpp2"},
    {"iso", "video/mp4"},        {"mp4", "video/mp4"},   {"avc1", "video/mp4"}, {"MSNV", "video/mp4"},
    {"XAVC", "video/mp4"},       {"dash", "video/mp4"},  {"mmp4", "video/mp4"}, {"f4v", "video/mp4"},
    {"av01", "video/mp4"},       {"hvc1", "video/mp4"},  {"niko", "video/mp4"}, {"pana", "video/mp4"},
    {"mpvd", "video/mp4"},       {"CAEP", "video/mp4"},  {"heis", NULL},        {"M4A", NULL},
};

static const char *brand_mime(const uint8_t *brand)
{
    for (size_t i = 0; i < G_N_ELEMENTS(brands); i++)
        if (memcmp(brand, brands[i].brand, strlen(brands[i].brand)) == 0)
            return brands[i].mime;
    return NULL;
}

/* The major brand decides; a general one, such as mif1 of pictures, is no video. */
static const char *sniff_ftyp(const uint8_t *bytes)
{
    return memcmp(bytes + 4, "ftyp", 4) == 0 ? brand_mime(bytes + 8) : NULL;
}

/* QuickTime of before the ftyp box. */
static const char *sniff_atom(const uint8_t *bytes)
{
    static const char atoms[][5] = {"moov", "mdat", "wide", "free", "skip", "pnot"};
    for (size_t i = 0; i < G_N_ELEMENTS(atoms); i++)
        if (memcmp(bytes + 4, atoms[i], 4) == 0)
            return "video/quicktime";
    return NULL;
}

/* The document type stands within the EBML head (RFC 8794, section 11.2.4: element 0x4282). */
static const char *sniff_ebml(const uint8_t *bytes)
{
    if (memcmp(bytes, "\x1a\x45\xdf\xa3", 4) != 0)
        return NULL;
    for (unsigned at = 4; at < 64; at++)
        if (memcmp(bytes + at, "\x42\x82\x84webm", 7) == 0)
            return "video/webm";
    return "video/x-matroska";
}

/* Sync bytes at the distance of packets (ISO/IEC 13818-1; with a time stamp before each on Blu-ray and AVCHD). */
static const char *sniff_ts(const uint8_t *bytes)
{
    bool is_plain = bytes[0] == 0x47 && bytes[TS_PACKET] == 0x47;
    bool is_stamped = bytes[M2TS_HEAD] == 0x47 && bytes[M2TS_HEAD + M2TS_PACKET] == 0x47;
    return is_plain || is_stamped ? "video/mp2t" : NULL;
}

static const char *sniff_rest(const uint8_t *bytes)
{
    if (memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "AVI ", 4) == 0)
        return "video/x-msvideo";
    if (memcmp(bytes, "\0\0\1\xba", 4) == 0)
        return "video/mpeg";
    if (memcmp(bytes, "FLV\1", 4) == 0)
        return "video/x-flv";
    if (memcmp(bytes, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", 8) == 0)
        return "video/x-ms-wmv";
    return NULL;
}

/* Which demuxer opens what was sniffed. */
static const struct {
    const char *mime, *demuxer;
} containers[] = {
    {"video/mp4", "mov"},     {"video/quicktime", "mov"},       {"video/x-m4v", "mov"},     {"video/3gpp", "mov"},
    {"video/3gpp2", "mov"},   {"video/x-matroska", "matroska"}, {"video/webm", "matroska"}, {"video/x-msvideo", "avi"},
    {"video/mp2t", "mpegts"}, {"video/mpeg", "mpeg"},           {"video/x-flv", "flv"},     {"video/x-ms-wmv", "asf"},
};

const char *video_formats(void)
{
    static char *formats;
    if (formats)
        return formats;
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(containers); i++)
        if (av_find_input_format(containers[i].demuxer))
            g_string_append_printf(text, "%s%s", text->len ? "," : "", containers[i].mime);
    formats = g_string_free(text, FALSE);
    return formats;
}

static const char *demuxer_of(const char *mime)
{
    for (size_t i = 0; i < G_N_ELEMENTS(containers); i++)
        if (strcmp(containers[i].mime, mime) == 0)
            return containers[i].demuxer;
    return NULL;
}

static bool find_stretch(const struct media_request *request, int fd, int64_t *ret_start, int64_t *ret_size)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return false;
    int64_t start = MAX(request->stretch_offset, 0), rest = status.st_size - start;
    *ret_start = start;
    *ret_size = request->stretch_bytes > 0 ? MIN(request->stretch_bytes, rest) : rest;
    return rest > 0;
}

const char *video_sniff(const struct media_request *request, int fd)
{
    uint8_t bytes[HEAD_BYTES] = {0};
    int64_t start = 0, size = 0;
    if (!find_stretch(request, fd, &start, &size) ||
        io_pread_full(fd, bytes, (size_t)MIN(size, HEAD_BYTES), start, NULL) < 16)
        return NULL;
    const char *(*const sniffers[])(const uint8_t *) = {sniff_ftyp, sniff_atom, sniff_ebml, sniff_rest, sniff_ts};
    const char *mime = NULL;
    for (size_t i = 0; !mime && i < G_N_ELEMENTS(sniffers); i++)
        mime = sniffers[i](bytes);
    return mime;
}

/* ---- reading ---- */

static int read_bytes(void *opaque, uint8_t *buffer, int size)
{
    struct video *video = opaque;
    int64_t wanted = MIN((int64_t)size, video->size - video->at);
    if (wanted <= 0)
        return AVERROR_EOF;
    ssize_t got;
    do
        got = pread(video->fd, buffer, (size_t)wanted, video->start + video->at);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return AVERROR(errno);
    video->at += got;
    return got == 0 ? AVERROR_EOF : (int)got;
}

static int64_t seek_bytes(void *opaque, int64_t offset, int whence)
{
    struct video *video = opaque;
    if (whence & AVSEEK_SIZE)
        return video->size;
    int64_t base = (whence & ~AVSEEK_FORCE) == SEEK_SET   ? 0
                   : (whence & ~AVSEEK_FORCE) == SEEK_CUR ? video->at
                                                          : video->size;
    if (offset < -base || offset > INT64_MAX / 2)
        return AVERROR(EINVAL);
    video->at = base + offset;
    return video->at;
}

/* A file may name others (QuickTime data references and the like); here it names them in vain. */
static int refuse_to_open(AVFormatContext *format, AVIOContext **pb, const char *url, int flags, AVDictionary **options)
{
    return AVERROR(EACCES);
}

static bool fail_to_open(int result, GError **error)
{
    if (result == AVERROR(ENOMEM))
        return err_set(error, ERR_LIMIT, "This video needs more memory than the server allows for one file.");
    return err_set_detail(error, ERR_CORRUPT, av_err2str(result),
                          "This video cannot be read: the file is damaged or incomplete.");
}

/* What no header tells is found out by decoding a little, which has limits of its own. */
static int find_stream_info(AVFormatContext *format, int64_t max_pixels)
{
    unsigned n = format->nb_streams;
    g_autofree AVDictionary **options = g_new0(AVDictionary *, n + 1);
    for (unsigned i = 0; i < n; i++) {
        av_dict_set_int(&options[i], "max_pixels", max_pixels, 0);
        av_dict_set(&options[i], "codec_whitelist", video_codecs, 0);
    }
    int result = avformat_find_stream_info(format, options);
    for (unsigned i = 0; i < n; i++)
        av_dict_free(&options[i]);
    return result;
}

static bool open_container(struct video *video, int64_t max_pixels, GError **error)
{
    video->container = demuxer_of(video->mime);
    const AVInputFormat *demuxer = av_find_input_format(video->container);
    if (!demuxer)
        return err_set(error, ERR_UNSUPPORTED,
                       "Videos of this kind (%s) cannot be opened by this build. The file itself is safe.",
                       video->mime);
    uint8_t *buffer = av_malloc(BUFFER_BYTES);
    AVIOContext *reader =
        buffer ? avio_alloc_context(buffer, BUFFER_BYTES, 0, video, read_bytes, NULL, seek_bytes) : NULL;
    video->format = avformat_alloc_context();
    if (!reader || !video->format) {
        if (reader)
            av_freep(&reader->buffer);
        else
            av_freep(&buffer);
        avio_context_free(&reader);
        return fail_to_open(AVERROR(ENOMEM), error);
    }
    video->format->pb = reader;
    video->format->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_DISCARD_CORRUPT;
    video->format->io_open = refuse_to_open;
    AVDictionary *options = NULL;
    av_dict_set(&options, "protocol_whitelist", "none", 0);
    av_dict_set(&options, "format_whitelist", demuxer->name, 0);
    av_dict_set(&options, "codec_whitelist", video_codecs, 0);
    av_dict_set(&options, "max_streams", STREAMS_MAX, 0);
    av_dict_set(&options, "export_xmp", "1", 0); /* MP4 and MOV alone know it */
    int result = avformat_open_input(&video->format, NULL, demuxer, &options);
    av_dict_free(&options);
    if (result < 0) { /* frees the context, not its reader */
        av_freep(&reader->buffer);
        avio_context_free(&reader);
        return fail_to_open(result, error);
    }
    result = find_stream_info(video->format, max_pixels);
    return result >= 0 || fail_to_open(result, error);
}

/* ---- streams ---- */

static AVStream *best_stream(const struct video *video, enum AVMediaType type, int related)
{
    int found = av_find_best_stream(video->format, type, -1, related, NULL, 0);
    return found >= 0 ? video->format->streams[found] : NULL;
}

/* Cover art is no moving picture. */
static AVStream *moving_picture(const struct video *video)
{
    AVStream *stream = best_stream(video, AVMEDIA_TYPE_VIDEO, -1);
    if (stream && !(stream->disposition & AV_DISPOSITION_ATTACHED_PIC))
        return stream;
    for (unsigned i = 0; i < video->format->nb_streams; i++) {
        AVStream *other = video->format->streams[i];
        if (other->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !(other->disposition & AV_DISPOSITION_ATTACHED_PIC))
            return other;
    }
    return NULL;
}

static bool find_streams(struct video *video, GError **error)
{
    video->picture = moving_picture(video);
    if (!video->picture && !best_stream(video, AVMEDIA_TYPE_AUDIO, -1))
        return err_set(error, ERR_CORRUPT, "This video cannot be read: the file is damaged or incomplete.");
    if (!video->picture)
        return err_set(error, ERR_UNSUPPORTED, "This file holds no moving pictures, only sound or data.");
    video->sound = best_stream(video, AVMEDIA_TYPE_AUDIO, video->picture->index);
    for (unsigned i = 0; i < video->format->nb_streams; i++) {
        AVStream *stream = video->format->streams[i];
        if (stream != video->picture && stream != video->sound)
            stream->discard = AVDISCARD_ALL;
    }
    return true;
}

/* The EXIF number of a display matrix (ISO/IEC 14496-12, 8.2.2.3): only turns by quarters and mirrors are told. */
static unsigned matrix_orientation(const int32_t *m)
{
    int64_t a = m[0], b = m[1], c = m[3], d = m[4];
    bool is_turned = llabs(b) + llabs(c) > llabs(a) + llabs(d);
    if (is_turned)
        return b > 0 ? (c > 0 ? 5 : 6) : (c > 0 ? 8 : 7);
    return a >= 0 ? (d >= 0 ? 1 : 4) : (d >= 0 ? 2 : 3);
}

double video_pixel_ratio(const struct video *video)
{
    AVRational ratio = av_guess_sample_aspect_ratio(video->format, video->picture, NULL);
    double value = ratio.num > 0 && ratio.den > 0 ? av_q2d(ratio) : 1;
    return value >= 1.0 / 8 && value <= 8 ? value : 1;
}

static bool find_size(struct video *video, const struct media_request *request, GError **error)
{
    const AVCodecParameters *parameters = video->picture->codecpar;
    if (parameters->width <= 0 || parameters->height <= 0)
        return err_set(error, ERR_CORRUPT, "This video cannot be read: the file is damaged or incomplete.");
    if ((int64_t)parameters->width * parameters->height > MIN(PIXELS_MAX, request->max_pixels))
        return err_set(error, ERR_LIMIT, "This video has %d × %d pixels; videos are opened up to 67 megapixels.",
                       parameters->width, parameters->height);
    video->width_px = (unsigned)parameters->width;
    video->height_px = (unsigned)parameters->height;
    /* As browsers do it, nothing is shrunk: wide pixels widen the picture, tall ones heighten it. */
    double ratio = video_pixel_ratio(video);
    unsigned width = MAX(1, (unsigned)(ratio > 1 ? video->width_px * ratio + 0.5 : video->width_px));
    unsigned height = MAX(1, (unsigned)(ratio < 1 ? video->height_px / ratio + 0.5 : video->height_px));
    const uint8_t *matrix = av_stream_get_side_data(video->picture, AV_PKT_DATA_DISPLAYMATRIX, NULL);
    video->orientation = matrix ? matrix_orientation((const int32_t *)(const void *)matrix) : 1;
    video->shown_width_px = video->orientation >= 5 ? height : width;
    video->shown_height_px = video->orientation >= 5 ? width : height;
    return true;
}

struct video *video_open(const struct media_request *request, int fd, GError **error)
{
    struct video *video = g_new0(struct video, 1);
    video->fd = fd;
    video->mime = video_sniff(request, fd);
    if (!video->mime)
        err_set(error, ERR_CORRUPT, "This is no video: its content is of no known kind.");
    else if (find_stretch(request, fd, &video->start, &video->size) &&
             open_container(video, MIN(PIXELS_MAX, request->max_pixels), error) && find_streams(video, error) &&
             find_size(video, request, error))
        return video;
    video_close(video);
    return NULL;
}

void video_close(struct video *video)
{
    if (!video)
        return;
    AVIOContext *reader = video->format ? video->format->pb : NULL;
    avformat_close_input(&video->format);
    if (reader)
        av_freep(&reader->buffer);
    avio_context_free(&reader);
    g_free(video);
}

AVCodecContext *video_decoder(const struct video *video, const AVStream *stream, unsigned threads, GError **error)
{
    const AVCodec *codec = avcodec_find_decoder(stream->codecpar->codec_id);
    if (!codec || !av_match_name(codec->name, video_codecs)) {
        err_set(error, ERR_UNSUPPORTED, "The codec of this video (%s) cannot be decoded by this build.",
                avcodec_get_name(stream->codecpar->codec_id));
        return NULL;
    }
    AVCodecContext *context = avcodec_alloc_context3(codec);
    AVDictionary *options = NULL;
    av_dict_set(&options, "codec_whitelist", video_codecs, 0);
    bool ok = context && avcodec_parameters_to_context(context, stream->codecpar) >= 0;
    if (ok) {
        context->pkt_timebase = stream->time_base;
        context->thread_count = (int)threads;
        context->max_pixels = PIXELS_MAX;
        context->err_recognition = 0;
        ok = avcodec_open2(context, codec, &options) >= 0;
    }
    av_dict_free(&options);
    if (ok)
        return context;
    avcodec_free_context(&context);
    err_set(error, ERR_CORRUPT, "The picture of this video (%s) cannot be decoded.",
            avcodec_get_name(stream->codecpar->codec_id));
    return NULL;
}

/* libav writes its messages where nobody reads them, and looks at the terminal to do so. */
static void log_nothing(void *object, int level, const char *format, va_list arguments)
{
}

/* The names of channels in a transport stream may come in any of these (ETSI EN 300 468, annex A.2), for which libc
 * loads converters. They stay open, so that they stay loaded. */
enum { CONVERTERS_MAX = 32, LATIN_MAX = 16 };
static void *loaded[CONVERTERS_MAX];

static void load_converters(void)
{
    static const char *const others[] = {"ISO6937", "UCS-2BE", "KSC_5601", "GB2312", "UTF-8", ""};
    unsigned n = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        loaded[n++] = iconv_open("UTF-8", others[i]);
    for (unsigned i = 1; i <= LATIN_MAX; i++) {
        char name[32];
        snprintf(name, sizeof(name), "ISO-8859-%u", i);
        loaded[n++] = iconv_open("UTF-8", name);
    }
}

void video_warm(void)
{
    load_converters();
    av_log_set_callback(log_nothing);
    (void)av_get_cpu_flags();
    (void)av_cpu_count();
}
