/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The video program through its own protocol, as the server drives it. The first argument is the program. Videos are
 * made here by the ffmpeg command; where there is none, these tests are skipped and say so. */
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <string.h>

#include "base/error.h"
#include "media/test_video.h"

/* ---- looking ---- */

static const struct kind {
    const char *name, *arguments, *mime, *video_codec, *audio_codec;
    bool is_playable;
} kinds[] = {
    {"h264.mp4", QUARTERS "-c:v libx264 -pix_fmt yuv420p -c:a aac", "video/mp4", "h264", "aac", true},
    {"silent.mp4", SILENT_QUARTERS "-c:v libx264 -pix_fmt yuv420p", "video/mp4", "h264", NULL, true},
    {"h264.mov", QUARTERS "-c:v libx264 -pix_fmt yuv420p -c:a aac", "video/quicktime", "h264", "aac", true},
    {"pcm.mov", QUARTERS "-c:v libx264 -pix_fmt yuv420p -c:a pcm_s16le", "video/quicktime", "h264", "pcm_s16le", false},
    {"hevc.mp4", QUARTERS "-c:v libx265 -x265-params log-level=none -tag:v hvc1 -pix_fmt yuv420p -c:a aac", "video/mp4",
     "hevc", "aac", false},
    {"h264-10.mp4", QUARTERS "-c:v libx264 -pix_fmt yuv420p10le -c:a aac", "video/mp4", "h264", "aac", false},
    {"h264-444.mp4", QUARTERS "-c:v libx264 -pix_fmt yuv444p -c:a aac", "video/mp4", "h264", "aac", false},
    {"mpeg4.mp4", QUARTERS "-c:v mpeg4 -q:v 2 -c:a aac", "video/mp4", "mpeg4", "aac", false},
    {"av1.mp4", QUARTERS "-c:v libaom-av1 -cpu-used 8 -crf 30 -pix_fmt yuv420p -c:a aac", "video/mp4", "av1", "aac",
     true},
    {"prores.mov", QUARTERS "-c:v prores_ks -c:a pcm_s16le", "video/quicktime", "prores", "pcm_s16le", false},
    {"mjpeg.mov", QUARTERS "-c:v mjpeg -q:v 2 -pix_fmt yuvj422p -c:a pcm_u8", "video/quicktime", "mjpeg", "pcm_u8",
     false},
    {"h264.mkv", QUARTERS "-c:v libx264 -pix_fmt yuv420p -c:a aac", "video/x-matroska", "h264", "aac", false},
    {"vp9.webm", QUARTERS "-c:v libvpx-vp9 -cpu-used 8 -deadline realtime -crf 20 -c:a libopus", "video/webm", "vp9",
     "opus", true},
    {"vp8.webm", QUARTERS "-c:v libvpx -cpu-used 8 -crf 10 -b:v 1M -c:a libvorbis", "video/webm", "vp8", "vorbis",
     true},
    {"asp.avi", QUARTERS "-c:v mpeg4 -vtag XVID -q:v 2 -c:a libmp3lame", "video/x-msvideo", "mpeg4", "mp3", false},
    {"mjpeg.avi", QUARTERS "-c:v mjpeg -q:v 2 -c:a pcm_s16le", "video/x-msvideo", "mjpeg", "pcm_s16le", false},
    {"raw.avi", SILENT_QUARTERS "-c:v rawvideo -pix_fmt bgr24", "video/x-msvideo", "rawvideo", NULL, false},
    {"h263.3gp", QUARTERS "-c:v h263 -s 128x96 -q:v 2 -c:a aac -ar 8000", "video/3gpp", "h263", "aac", false},
    {"h264.3gp", QUARTERS "-c:v libx264 -pix_fmt yuv420p -c:a aac", "video/3gpp", "h264", "aac", true},
    {"h264.mts", QUARTERS "-c:v libx264 -pix_fmt yuv420p -c:a ac3 -f mpegts -mpegts_m2ts_mode 1", "video/mp2t", "h264",
     "ac3", false},
    {"mpeg2.m2ts", QUARTERS "-c:v mpeg2video -q:v 2 -c:a mp2 -f mpegts", "video/mp2t", "mpeg2video", "mp2", false},
    {"hevc.mkv", QUARTERS "-c:v libx265 -x265-params log-level=none -pix_fmt yuv420p10le -c:a flac", "video/x-matroska",
     "hevc", "flac", false},
    {"mpeg1.mpg", QUARTERS "-c:v mpeg2video -q:v 2 -c:a mp2 -f vob", "video/mpeg", "mpeg2video", "mp2", false},
    {"flash.flv", QUARTERS "-c:v flv -q:v 2 -c:a libmp3lame -ar 44100", "video/x-flv", "flv1", "mp3", false},
    {"windows.wmv", QUARTERS "-c:v wmv2 -q:v 2 -c:a wmav2", "video/x-ms-wmv", "wmv2", "wmav2", false},
};

static void test_kinds(void)
{
    if (!have_ffmpeg())
        return;
    struct worker_process *worker = start(1024);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const struct kind *kind = &kinds[i];
        g_autoptr(GBytes) bytes = make(kind->name, kind->arguments);
        RESULT_AUTO struct result result;
        look(&worker, kind->name, bytes, &result);
        if (result.error)
            g_error("%s: %s (signal %d)", kind->name, result.error->message, result.signal);
        const struct media_reply *reply = &result.reply;
        if (reply->outcome != MEDIA_OK)
            g_error("%s: %s", kind->name, reply->reason);
        g_test_message("%s: %" G_GINT64_FORMAT " ms, %.2f fps, cpu %.0f ms, peak %.0f MB", kind->name,
                       reply->duration_ms, reply->fps, (double)reply->cpu_us / 1000,
                       (double)reply->peak_memory_bytes / 1e6);
        g_assert_cmpstr(reply->mime, ==, kind->mime);
        g_assert_cmpstr(reply->video_codec, ==, kind->video_codec);
        g_assert_cmpstr(reply->audio_codec, ==, kind->audio_codec);
        g_assert_cmpint(reply->is_playable, ==, kind->is_playable);
        g_assert_cmpint(ABS(reply->duration_ms - 1000), <=, 150);
        g_assert_cmpint(reply->width_px, ==, 128);
        g_assert_cmpint(reply->height_px, ==, 96);
        expect_derivatives(&result);
        expect_quarters(result.preview);
    }
    worker_end(worker, NULL);
}

static void test_conversions(void)
{
    if (!have_ffmpeg())
        return;
    struct worker_process *worker = start(1024);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const struct kind *kind = &kinds[i];
        if (kind->is_playable)
            continue;
        g_autoptr(GBytes) bytes = make(kind->name, kind->arguments);
        CONVERTED_AUTO struct converted made;
        convert(&worker, kind->name, bytes, (struct media_request){0}, &made);
        if (made.error)
            g_error("%s: %s (signal %d)", kind->name, made.error->message, made.signal);
        if (made.reply.outcome != MEDIA_OK)
            g_error("%s: %s", kind->name, made.reply.reason);
        g_test_message("%s: %" G_GSIZE_FORMAT " bytes, cpu %.0f ms, peak %.0f MB", kind->name,
                       g_bytes_get_size(made.bytes), (double)made.reply.cpu_us / 1000,
                       (double)made.reply.peak_memory_bytes / 1e6);
        g_assert_cmpint(made.reply.output_bytes, ==, g_bytes_get_size(made.bytes));
        g_assert_true(is_fast_start(made.bytes));
        RESULT_AUTO struct result result;
        look(&worker, kind->name, made.bytes, &result);
        g_assert_no_error(result.error);
        if (result.reply.outcome != MEDIA_OK)
            g_error("%s: %s", kind->name, result.reply.reason);
        g_assert_cmpstr(result.reply.mime, ==, "video/mp4");
        g_assert_cmpstr(result.reply.video_codec, ==, "h264");
        g_assert_cmpstr(result.reply.audio_codec, ==, kind->audio_codec ? "aac" : NULL);
        g_assert_cmpint(result.reply.is_playable, ==, 1);
        g_assert_cmpint(ABS(result.reply.duration_ms - 1000), <=, 150);
        g_assert_cmpfloat(fabs(result.reply.fps - 25), <=, 2.5); /* an AVI begins with a gap of one frame */
        expect_quarters(result.preview);
    }
    worker_end(worker, NULL);
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C");
    signal(SIGPIPE, SIG_IGN);
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, >=, 2);
    worker_path = argv[1];
    begin_videos();
    g_test_add_func("/video/kinds", test_kinds);
    g_test_add_func("/video/conversions", test_conversions);
    video_cases_add();
    int result = g_test_run();
    end_videos();
    return result;
}
