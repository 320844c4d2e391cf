/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The video program through its own protocol, as the server drives it. The first argument is the program. Videos are
 * made here by the ffmpeg command; where there is none, these tests are skipped and say so. */
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "media/test_asking.h"
#include "media/test_pictures.h"

static char *folder;
static char *ffmpeg;

/* ---- making videos ---- */

/* A second of a picture whose quarters are red, green (above), blue and white (below), with a tone. */
#define QUARTERS                                                                                                       \
    "-f lavfi -i color=red:s=64x48:r=25:d=1 -f lavfi -i color=lime:s=64x48:r=25:d=1 -f lavfi -i "                      \
    "color=blue:s=64x48:r=25:d=1 -f lavfi -i color=white:s=64x48:r=25:d=1 -f lavfi -i sine=440:d=1 -filter_complex "   \
    "[0][1]hstack[a];[2][3]hstack[b];[a][b]vstack[v] -map [v] -map 4:a "
#define SILENT_QUARTERS                                                                                                \
    "-f lavfi -i color=red:s=64x48:r=25:d=1 -f lavfi -i color=lime:s=64x48:r=25:d=1 -f lavfi -i "                      \
    "color=blue:s=64x48:r=25:d=1 -f lavfi -i color=white:s=64x48:r=25:d=1 -filter_complex "                            \
    "[0][1]hstack[a];[2][3]hstack[b];[a][b]vstack[v] -map [v] "

/* Runs ffmpeg with @arguments (split at blanks) and the path of a new file @name. */
static GBytes *make(const char *name, const char *arguments)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *words = g_strdup_printf("-v error -y -nostdin %s", arguments);
    g_auto(GStrv) split = g_strsplit(words, " ", -1);
    GPtrArray *argv = g_ptr_array_new();
    g_ptr_array_add(argv, ffmpeg);
    for (char **word = split; *word; word++)
        if (**word)
            g_ptr_array_add(argv, *word);
    g_ptr_array_add(argv, path);
    g_ptr_array_add(argv, NULL);
    int status = 0;
    g_autofree char *complaints = NULL;
    g_autoptr(GError) error = NULL;
    g_spawn_sync(NULL, (char **)argv->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, &complaints, &status, &error);
    g_ptr_array_free(argv, TRUE);
    g_assert_no_error(error);
    if (status != 0)
        g_error("ffmpeg %s: %s", arguments, complaints);
    char *bytes = NULL;
    gsize size = 0;
    g_assert_true(g_file_get_contents(path, &bytes, &size, &error));
    return g_bytes_new_take(bytes, size);
}

static bool have_ffmpeg(void)
{
    if (!ffmpeg)
        g_test_skip("There is no ffmpeg here.");
    return ffmpeg != NULL;
}

static void look(struct worker_process **worker, const char *name, GBytes *bytes, struct result *ret_result)
{
    gsize size;
    const void *start_of = g_bytes_get_data(bytes, &size);
    ask_job(worker, MEDIA_JOB_VIDEO, name, start_of, size, 60, ret_result);
}

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

static void expect_quarters(GBytes *jpeg)
{
    expect_colour(jpeg, 0.25, 0.25, red);
    expect_colour(jpeg, 0.75, 0.25, green);
    expect_colour(jpeg, 0.25, 0.75, blue);
    expect_colour(jpeg, 0.75, 0.75, white);
}

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

/* ---- converting ---- */

struct converted {
    struct media_reply reply;
    GBytes *bytes;
    GError *error;
    int signal;
};

static void converted_clear(struct converted *converted)
{
    media_reply_clear(&converted->reply);
    g_clear_pointer(&converted->bytes, g_bytes_unref);
    g_clear_error(&converted->error);
}
#define CONVERTED_AUTO __attribute__((cleanup(converted_clear)))

static void note_progress(int64_t done_permille, void *data)
{
    int64_t *last = data;
    g_assert_cmpint(done_permille, >, *last);
    *last = done_permille;
}

static void convert(struct worker_process **worker, const char *name, GBytes *bytes, struct media_request request,
                    struct converted *ret_converted)
{
    AUTO_FD int input = memfd_create("input", MFD_CLOEXEC);
    AUTO_FD int output = memfd_create("output", MFD_CLOEXEC);
    g_assert_true(io_write_all(input, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), NULL));
    request.job = MEDIA_JOB_CONVERT;
    request.file_name = (char *)name;
    request.size_bytes = (int64_t)g_bytes_get_size(bytes);
    request.max_pixels = INT64_C(1000000000);
    request.cpu_s = 60;
    int64_t last = 0;
    const struct worker_watch watch = {
        .deadline_us = g_get_monotonic_time() + 120 * G_USEC_PER_SEC, .progress = note_progress, .data = &last};
    int fds[MEDIA_CONVERT_FDS] = {input, output};
    struct converted made = {0};
    media_reply_init(&made.reply);
    if (!worker_ask(*worker, &request, fds, MEDIA_CONVERT_FDS, &watch, &made.reply, &made.error)) {
        worker_end(g_steal_pointer(worker), &made.signal);
    } else {
        off_t size = lseek(output, 0, SEEK_END);
        guint8 *copy = g_malloc((gsize)size + 1);
        g_assert_cmpint(io_pread_full(output, copy, (size_t)size, 0, NULL), ==, size);
        made.bytes = g_bytes_new_take(copy, (gsize)size);
        const char *keep = g_getenv("AMBROTYPE_KEEP");
        g_autofree char *path = keep ? g_strconcat(keep, "/", name, ".playback.mp4", NULL) : NULL;
        if (path)
            g_file_set_contents(path, (const char *)copy, (gssize)size, NULL);
    }
    *ret_converted = made;
}

/* Does the index stand before the pictures? */
static bool is_fast_start(GBytes *mp4)
{
    gsize size, at = 0;
    const uint8_t *bytes = g_bytes_get_data(mp4, &size);
    while (at + 8 <= size) {
        gsize box = (gsize)bytes[at] << 24 | (gsize)bytes[at + 1] << 16 | (gsize)bytes[at + 2] << 8 | bytes[at + 3];
        if (memcmp(bytes + at + 4, "moov", 4) == 0)
            return true;
        if (memcmp(bytes + at + 4, "mdat", 4) == 0 || box < 8)
            return false;
        at += box;
    }
    return false;
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
        g_assert_cmpfloat(fabs(result.reply.fps - 25), <=, 1.1);
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
    ffmpeg = g_find_program_in_path("ffmpeg");
    folder = g_dir_make_tmp("ambrotype-video-XXXXXX", NULL);
    g_test_add_func("/video/kinds", test_kinds);
    g_test_add_func("/video/conversions", test_conversions);
    int result = g_test_run();
    const char *command[] = {"rm", "-rf", folder, NULL};
    g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free(folder);
    g_free(ffmpeg);
    return result;
}
