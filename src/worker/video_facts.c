/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "worker/hdr.h"
#include "worker/sidecar.h"
#include "worker/video.h"

/* Decoders that may be used: those of cameras, phones and the years of DVDs. All are part of libavcodec but dav1d's. */
const char video_codecs[] =
    "h264,hevc,libdav1d,vp8,vp9,mpeg4,msmpeg4,msmpeg4v1,msmpeg4v2,h263,h263i,flv,vp6,vp6f,mpeg1video,mpeg2video,mjpeg,"
    "prores,dnxhd,dvvideo,theora,vc1,wmv1,wmv2,wmv3,cinepak,svq1,svq3,qtrle,rpza,png,rawvideo,ffv1,huffyuv,utvideo,"
    "aac,aac_latm,mp1float,mp2float,mp3float,mp1,mp2,mp3,opus,vorbis,flac,alac,ac3,ac3_fixed,eac3,dca,truehd,"
    "amrnb,amrwb,wmav1,wmav2,wmapro,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,adpcm_swf,qdm2,qcelp,gsm_ms,nellymoser,speex,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_u8,pcm_s8,pcm_alaw,pcm_mulaw,pcm_f32le,pcm_f32be,"
    "pcm_bluray,pcm_dvd,mace3,mace6";

enum { MATRIX_BT709 = 1, UNSPECIFIED = 2, MATRIX_BT601 = 6, HD_HEIGHT_PX = 720 };

unsigned video_matrix(unsigned stated, unsigned height_px)
{
    if (stated != UNSPECIFIED && stated != 3)
        return stated;
    return height_px >= HD_HEIGHT_PX ? MATRIX_BT709 : MATRIX_BT601;
}

bool video_is_wide(const AVCodecParameters *parameters)
{
    return !hdr_is_srgb(parameters->color_primaries, parameters->color_trc);
}

/* ---- playing ---- */

static bool is_420_of_8_bits(const AVCodecParameters *parameters)
{
    return parameters->format == AV_PIX_FMT_YUV420P || parameters->format == AV_PIX_FMT_YUVJ420P;
}

bool video_is_plain_h264(const AVCodecParameters *parameters)
{
    bool is_progressive =
        parameters->field_order == AV_FIELD_PROGRESSIVE || parameters->field_order == AV_FIELD_UNKNOWN;
    int profile = parameters->profile & ~(FF_PROFILE_H264_CONSTRAINED | FF_PROFILE_H264_INTRA);
    bool is_usual = profile == FF_PROFILE_H264_BASELINE || profile == FF_PROFILE_H264_MAIN ||
                    profile == FF_PROFILE_H264_EXTENDED || profile == FF_PROFILE_H264_HIGH;
    return parameters->codec_id == AV_CODEC_ID_H264 && is_420_of_8_bits(parameters) && is_progressive && is_usual;
}

/* What Chromium, Firefox and Safari all play; docs/video.md has the table. */
enum { H264_LEVEL_MAX = 52 };

static bool is_one_of(enum AVCodecID id, const enum AVCodecID *ids, size_t n_ids)
{
    for (size_t i = 0; i < n_ids; i++)
        if (ids[i] == id)
            return true;
    return false;
}

bool video_is_playable(const struct video *video)
{
    static const enum AVCodecID mp4_sounds[] = {AV_CODEC_ID_AAC, AV_CODEC_ID_MP3, AV_CODEC_ID_OPUS, AV_CODEC_ID_FLAC};
    static const enum AVCodecID webm_sounds[] = {AV_CODEC_ID_OPUS, AV_CODEC_ID_VORBIS};
    const AVCodecParameters *picture = video->picture->codecpar;
    enum AVCodecID sound = video->sound ? video->sound->codecpar->codec_id : AV_CODEC_ID_NONE;
    bool is_webm = strcmp(video->mime, "video/webm") == 0, is_mp4 = strcmp(video->container, "mov") == 0;
    bool is_vp9 = picture->codec_id == AV_CODEC_ID_VP9 && picture->profile <= FF_PROFILE_VP9_0;
    bool is_av1 = picture->codec_id == AV_CODEC_ID_AV1 && picture->profile <= FF_PROFILE_AV1_MAIN;
    bool is_sound = sound == AV_CODEC_ID_NONE || (is_mp4 ? is_one_of(sound, mp4_sounds, G_N_ELEMENTS(mp4_sounds))
                                                         : is_one_of(sound, webm_sounds, G_N_ELEMENTS(webm_sounds)));
    if (is_mp4)
        return is_sound && (is_vp9 || is_av1 || (video_is_plain_h264(picture) && picture->level <= H264_LEVEL_MAX));
    return is_webm && is_sound && (is_vp9 || is_av1 || picture->codec_id == AV_CODEC_ID_VP8);
}

/* ---- words in the container ---- */

static const char *word(const struct video *video, const char *const *keys)
{
    const AVDictionary *places[] = {video->format->metadata, video->picture->metadata};
    for (; *keys; keys++)
        for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
            const AVDictionaryEntry *entry = av_dict_get(places[i], *keys, NULL, 0);
            if (entry && *entry->value)
                return entry->value;
        }
    return NULL;
}

static char *plain_word(const struct video *video, const char *const *keys)
{
    const char *text = word(video, keys);
    char *copy = text && g_utf8_validate(text, -1, NULL) ? g_strdup(text) : NULL;
    return copy ? g_strstrip(copy) : NULL;
}

/* "+HH:MM", "+HHMM", "Z" behind the time of day. */
static bool parse_zone(const char *text, int64_t *ret_offset_min)
{
    const char *time = strpbrk(text, "T ");
    const char *zone = time ? strpbrk(time + 1, "+-Zz") : NULL;
    if (!zone)
        return false;
    if (*zone == 'Z' || *zone == 'z') {
        *ret_offset_min = 0;
        return true;
    }
    int digits[4], n = 0;
    for (const char *at = zone + 1; *at && n < 4; at++)
        if (g_ascii_isdigit(*at))
            digits[n++] = *at - '0';
    if (n < 4)
        return false;
    int64_t minutes = (digits[0] * 10 + digits[1]) * 60 + digits[2] * 10 + digits[3];
    *ret_offset_min = *zone == '-' ? -minutes : minutes;
    return minutes <= 16 * 60;
}

/* Cameras without a clock write the beginning of some epoch. */
static bool parse_moment(const char *text, int64_t *ret_us)
{
    static const int64_t first_us = INT64_C(315532800) * G_USEC_PER_SEC; /* 1980 */
    int64_t us;
    if (!text || strlen(text) < 10 || !iso_parse(text, &us) || us < first_us)
        return false;
    *ret_us = us;
    return true;
}

static bool read_local_date(const char *text, struct media_reply *reply)
{
    int64_t us, offset_min;
    if (!text || strlen(text) < 16 || !parse_moment(text, &us))
        return false;
    bool has_zone = parse_zone(text, &offset_min);
    reply->local_us = has_zone ? us + offset_min * 60 * G_USEC_PER_SEC : us;
    reply->date_source = has_zone ? MEDIA_DATE_CONTAINER_ZONED : MEDIA_DATE_CONTAINER_LOCAL;
    reply->offset_min = has_zone ? offset_min : MEDIA_NO_INT;
    reply->zone_source = has_zone ? MEDIA_ZONE_TAG : MEDIA_ZONE_NONE;
    return true;
}

/* Apple's date has a zone; ©day may have one; the creation time of the movie header is UTC by its standard, and of an
 * AVI the local time. */
static void read_date(const struct video *video, struct media_reply *reply)
{
    static const char *const zoned[] = {"com.apple.quicktime.creationdate", NULL};
    static const char *const day[] = {"date", "IDIT", NULL};
    static const char *const created[] = {"creation_time", NULL};
    const char *creation = word(video, created);
    int64_t us;
    reply->date_source = MEDIA_DATE_NONE;
    if (read_local_date(word(video, zoned), reply) || read_local_date(word(video, day), reply))
        return;
    if (creation && strpbrk(creation, "Zz") && parse_moment(creation, &us)) {
        reply->local_us = us;
        reply->date_source = MEDIA_DATE_CONTAINER_UTC;
        reply->offset_min = 0;
        reply->zone_source = MEDIA_ZONE_UTC;
    } else {
        read_local_date(creation, reply);
    }
}

/* ISO 6709, degrees: "+35.6586+139.7454+020.0/". */
static void read_place(const struct video *video, struct media_reply *reply)
{
    static const char *const keys[] = {"com.apple.quicktime.location.ISO6709", "location", "location-eng", NULL};
    const char *at = word(video, keys);
    double numbers[3];
    unsigned n = 0;
    for (; at && n < 3 && (*at == '+' || *at == '-'); n++) {
        char *end = NULL;
        numbers[n] = g_ascii_strtod(at, &end);
        if (end == at)
            break;
        at = end;
    }
    if (n < 2 || fabs(numbers[0]) > 90 || fabs(numbers[1]) > 180 || (numbers[0] == 0 && numbers[1] == 0))
        return;
    reply->latitude = numbers[0];
    reply->longitude = numbers[1];
    if (n == 3 && isfinite(numbers[2]))
        reply->altitude_m = numbers[2];
}

static void read_words(const struct video *video, struct media_reply *reply)
{
    static const char *const make[] = {
        "com.apple.quicktime.make", "com.android.manufacturer", "make", "make-eng", "manufacturer", NULL};
    static const char *const model[] = {"com.apple.quicktime.model", "com.android.model", "model", "model-eng", NULL};
    static const char *const description[] = {"com.apple.quicktime.description", "description", NULL};
    static const char *const content_id[] = {"com.apple.quicktime.content.identifier", NULL};
    reply->make = plain_word(video, make);
    reply->model = plain_word(video, model);
    reply->description = plain_word(video, description);
    reply->content_id = plain_word(video, content_id);
}

/* ---- numbers ---- */

/* A file that was written as it was recorded (by a browser, say) does not know its length: its last packets do. */
static int64_t duration_by_end(const struct video *video)
{
    enum { PACKETS_MAX = 4000 };
    AVPacket *packet = av_packet_alloc();
    int64_t last_us = 0, start_us = video->format->start_time == AV_NOPTS_VALUE ? 0 : video->format->start_time;
    bool ok = packet && avformat_seek_file(video->format, -1, INT64_MIN, INT64_MAX / 2, INT64_MAX / 2, 0) >= 0;
    for (unsigned i = 0; ok && i < PACKETS_MAX && av_read_frame(video->format, packet) >= 0; i++) {
        const AVStream *stream = video->format->streams[packet->stream_index];
        int64_t end = packet->pts == AV_NOPTS_VALUE ? packet->dts : packet->pts;
        if (end != AV_NOPTS_VALUE)
            last_us = MAX(last_us, av_rescale_q(end + packet->duration, stream->time_base, AV_TIME_BASE_Q));
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    avformat_seek_file(video->format, -1, INT64_MIN, start_us, INT64_MAX, 0);
    return MAX(last_us - start_us, 0);
}

static int64_t duration_ms(struct video *video)
{
    static const int64_t longest_us = INT64_C(3600) * 24 * 366 * G_USEC_PER_SEC;
    AVFormatContext *format = video->format;
    bool is_known = format->duration != AV_NOPTS_VALUE && format->duration > 0 &&
                    format->duration_estimation_method != AVFMT_DURATION_FROM_BITRATE;
    int64_t duration_us = is_known ? format->duration : duration_by_end(video);
    return duration_us > 0 && duration_us < longest_us ? (duration_us + 500) / 1000 : MEDIA_NO_INT;
}

static double frame_rate(const struct video *video)
{
    AVRational rate = video->picture->avg_frame_rate;
    if (rate.num <= 0 || rate.den <= 0)
        rate = video->picture->r_frame_rate;
    double fps = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : MEDIA_NO_DOUBLE;
    return fps > 0 && fps <= 10000 ? fps : MEDIA_NO_DOUBLE;
}

static char *codec_name(const AVStream *stream)
{
    return stream && stream->codecpar->codec_id != AV_CODEC_ID_NONE
               ? g_strdup(avcodec_get_name(stream->codecpar->codec_id))
               : NULL;
}

static char *range_name(const AVCodecParameters *parameters)
{
    if (parameters->color_trc == AVCOL_TRC_SMPTE2084)
        return g_strdup("BT.2100 PQ");
    return parameters->color_trc == AVCOL_TRC_ARIB_STD_B67 ? g_strdup("BT.2100 HLG") : NULL;
}

/* A packet inside of the container: for what the container itself does not say. */
static void read_xmp(const struct video *video, struct media_reply *reply)
{
    const AVDictionaryEntry *entry = av_dict_get(video->format->metadata, "xmp", NULL, AV_DICT_MATCH_CASE);
    if (!entry)
        return;
    g_autoptr(GBytes) packet = g_bytes_new_static(entry->value, strlen(entry->value));
    sidecar_fill_gaps(packet, reply);
}

void video_facts(struct video *video, struct media_reply *reply)
{
    reply->mime = g_strdup(video->mime);
    reply->width_px = video->shown_width_px;
    reply->height_px = video->shown_height_px;
    /* As of photos: the size as stored, and the EXIF number by which clients turn it. */
    reply->raw_width_px = video->width_px;
    reply->raw_height_px = video->height_px;
    reply->orientation = video->orientation > 1 ? video->orientation : MEDIA_NO_INT;
    reply->fps = frame_rate(video);
    reply->video_codec = codec_name(video->picture);
    reply->audio_codec = codec_name(video->sound);
    reply->profile = range_name(video->picture->codecpar);
    reply->is_playable = video_is_playable(video);
    read_date(video, reply);
    read_place(video, reply);
    read_words(video, reply);
    read_xmp(video, reply);
    reply->duration_ms = duration_ms(video);
    if (reply->duration_ms != MEDIA_NO_INT && reply->duration_ms > 0)
        reply->bit_rate = (int64_t)((double)video->size * 8000 / (double)reply->duration_ms);
}
