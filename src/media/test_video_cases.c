/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is particular about some videos: turned and stretched ones, those that begin in the dark, bright and interlaced
 * ones, what their containers tell, damage, and what a conversion is asked for. */
#include <math.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "media/test_pictures.h"
#include "media/test_video.h"

#define PLAIN "-c:v libx264 -preset ultrafast -qp 10 -pix_fmt yuv420p"

static void expect_ok(const char *name, const struct result *result)
{
    if (result->error)
        g_error("%s: %s (signal %d)", name, result->error->message, result->signal);
    if (result->reply.outcome != MEDIA_OK)
        g_error("%s: %s", name, result->reply.reason);
}

static void expect_converted(const char *name, const struct converted *made)
{
    if (made->error)
        g_error("%s: %s (signal %d)", name, made->error->message, made->signal);
    if (made->reply.outcome != MEDIA_OK)
        g_error("%s: %s", name, made->reply.reason);
}

/* ---- shape ---- */

static void test_turned(void)
{
    /* Where red and green, the upper quarters, are seen. */
    static const struct {
        int rotate;
        double red_x, red_y, green_x, green_y;
    } turns[] = {{90, 0.25, 0.75, 0.25, 0.25}, {180, 0.75, 0.75, 0.25, 0.75}, {270, 0.75, 0.25, 0.75, 0.75}};
    if (!have_ffmpeg())
        return;
    struct worker_process *worker = start(1024);
    g_bytes_unref(make("plain.mp4", SILENT_QUARTERS PLAIN));
    for (size_t i = 0; i < G_N_ELEMENTS(turns); i++) {
        bool is_upright = turns[i].rotate == 180;
        g_autofree char *words =
            g_strdup_printf("-i %s/plain.mp4 -c copy -metadata:s:v rotate=%d", folder, turns[i].rotate);
        g_autoptr(GBytes) turned = make("turned.mp4", words);
        RESULT_AUTO struct result result, again;
        CONVERTED_AUTO struct converted copied, encoded;
        look(&worker, "turned.mp4", turned, &result);
        expect_ok("turned.mp4", &result);
        g_assert_cmpint(result.reply.width_px, ==, is_upright ? 128 : 96);
        g_assert_cmpint(result.reply.height_px, ==, is_upright ? 96 : 128);
        g_assert_cmpint(result.reply.raw_width_px, ==, 128);
        expect_colour(result.preview, turns[i].red_x, turns[i].red_y, red);
        expect_colour(result.preview, turns[i].green_x, turns[i].green_y, green);
        /* Copied, the player turns it; encoded, it stands. */
        convert(&worker, "copied.mp4", turned, (struct media_request){0}, &copied);
        expect_converted("copied.mp4", &copied);
        g_assert_cmpint(copied.reply.is_copied, ==, 1);
        look(&worker, "copied.mp4", copied.bytes, &again);
        expect_colour(again.preview, turns[i].red_x, turns[i].red_y, red);
        result_clear(&again);
        convert(&worker, "encoded.mp4", turned, (struct media_request){.convert_always = 1}, &encoded);
        expect_converted("encoded.mp4", &encoded);
        g_assert_cmpint(encoded.reply.is_copied, ==, 0);
        look(&worker, "encoded.mp4", encoded.bytes, &again);
        expect_ok("encoded.mp4", &again);
        g_assert_cmpint(again.reply.orientation, ==, MEDIA_NO_INT);
        g_assert_cmpint(again.reply.raw_width_px, ==, is_upright ? 128 : 96);
        expect_colour(again.preview, turns[i].red_x, turns[i].red_y, red);
        expect_colour(again.preview, turns[i].green_x, turns[i].green_y, green);
    }
    worker_end(worker, NULL);
}

static void test_pixels_become_square(void)
{
    if (!have_ffmpeg())
        return;
    struct worker_process *worker = start(1024);
    g_autoptr(GBytes) wide = make("wide.avi", QUARTERS_THROUGH("setsar=3/2") "-c:v mpeg4 -q:v 2");
    g_autoptr(GBytes) tall = make("tall.mp4", QUARTERS_THROUGH("setsar=1/2") PLAIN);
    RESULT_AUTO struct result one, two, three;
    CONVERTED_AUTO struct converted made;
    /* An AVI cannot say it; MPEG-4 itself does. */
    look(&worker, "wide.avi", wide, &one);
    expect_ok("wide.avi", &one);
    g_assert_cmpint(one.reply.width_px, ==, 192);
    g_assert_cmpint(one.reply.height_px, ==, 96);
    g_assert_cmpint(one.reply.preview_width_px, ==, 192);
    expect_quarters(one.preview);
    look(&worker, "tall.mp4", tall, &two);
    expect_ok("tall.mp4", &two);
    g_assert_cmpint(two.reply.width_px, ==, 128);
    g_assert_cmpint(two.reply.height_px, ==, 192);
    convert(&worker, "wide.avi", wide, (struct media_request){0}, &made);
    expect_converted("wide.avi", &made);
    g_assert_cmpint(made.reply.output_width_px, ==, 192);
    look(&worker, "made.mp4", made.bytes, &three);
    g_assert_cmpint(three.reply.raw_width_px, ==, 192);
    g_assert_cmpint(three.reply.width_px, ==, 192);
    expect_quarters(three.preview);
    worker_end(worker, NULL);
}

static void test_sizes(void)
{
    static const struct {
        const char *size;
        int64_t short_px, long_px, width, height;
    } rows[] = {
        {"2400x1350", 0, 0, 1920, 1080}, /* to 1080p */
        {"1350x2400", 0, 0, 1080, 1920}, /* upright just so */
        {"2400x600", 0, 0, 1920, 480},   /* by its long side */
        {"101x75", 0, 0, 100, 74},       /* even, never larger */
        {"640x480", 240, 320, 320, 240}, /* as asked */
    };
    if (!have_ffmpeg())
        return;
    struct worker_process *worker = start(1024);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *words =
            g_strdup_printf("-f lavfi -i color=red:s=%s:r=5:d=0.4 -c:v mpeg4 -q:v 5", rows[i].size);
        g_autoptr(GBytes) bytes = make("sized.mp4", words);
        CONVERTED_AUTO struct converted made;
        struct media_request request = {.convert_short_px = rows[i].short_px, .convert_long_px = rows[i].long_px};
        convert(&worker, rows[i].size, bytes, request, &made);
        expect_converted(rows[i].size, &made);
        g_assert_cmpint(made.reply.output_width_px, ==, rows[i].width);
        g_assert_cmpint(made.reply.output_height_px, ==, rows[i].height);
    }
    worker_end(worker, NULL);
}

/* ---- which frame, and how it looks ---- */

/* How many of 25 places are neither black nor white nor gray. */
static unsigned count_colours(GBytes *jpeg)
{
    unsigned n = 0;
    for (unsigned i = 0; i < 25; i++) {
        int rgb[3], width, height;
        picture_pixel(jpeg, 0.1 + 0.2 * (i % 5), 0.1 + 0.2 * floor(i / 5.0), rgb, &width, &height);
        n += MAX(rgb[0], MAX(rgb[1], rgb[2])) - MIN(rgb[0], MIN(rgb[1], rgb[2])) > 80;
    }
    return n;
}

static void test_poster_is_not_black(void)
{
    if (!have_ffmpeg())
        return;
    struct worker_process *worker = start(1024);
    g_autoptr(GBytes) dark = make("dark.mp4", "-f lavfi -i color=black:s=128x96:r=10:d=1.5 -f lavfi -i "
                                              "testsrc2=s=128x96:r=10:d=1 -filter_complex [0][1]concat " PLAIN);
    /* Black for longer than anybody looks frame by frame, with one key frame. */
    g_autoptr(GBytes) night =
        make("night.mp4", "-f lavfi -i color=black:s=128x96:r=10:d=12 -f lavfi -i testsrc2=s=128x96:r=10:d=8 "
                          "-filter_complex [0][1]concat " PLAIN " -g 1000");
    g_autoptr(GBytes) snow = make("white.mp4", "-f lavfi -i color=white:s=128x96:r=10:d=1 -f lavfi -i "
                                               "testsrc2=s=128x96:r=10:d=2 -filter_complex [0][1]concat " PLAIN);
    g_autoptr(GBytes) nothing = make("black.mp4", "-f lavfi -i color=black:s=128x96:r=10:d=1 " PLAIN);
    const struct {
        const char *name;
        GBytes *bytes;
        bool is_coloured;
    } rows[] = {{"dark", dark, true}, {"night", night, true}, {"white", snow, true}, {"black", nothing, false}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        RESULT_AUTO struct result result;
        look(&worker, rows[i].name, rows[i].bytes, &result);
        expect_ok(rows[i].name, &result);
        unsigned n = count_colours(result.preview);
        if ((n > 5) != rows[i].is_coloured)
            g_error("%s: %u places have a colour", rows[i].name, n);
    }
    worker_end(worker, NULL);
}

/* The white of paper is 203 cd/m² of HDR (BT.2408): it must become about white, and gray about that gray. */
static void test_bright_ones_are_mapped(void)
{
    static const struct {
        const char *name, *transfer;
        int code; /* of ten bits: luma of paper white */
    } rows[] = {{"pq.mp4", "smpte2084", 573}, {"hlg.mp4", "arib-std-b67", 721}};
    if (!have_ffmpeg())
        return;
    struct worker_process *worker = start(1024);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *words = g_strdup_printf(
            "-f lavfi -i color=gray:s=128x96:r=10:d=0.5,format=yuv420p10le,geq=lum='if(lt(X,64),%d,64)':cb=512:cr=512 "
            "-c:v libx265 -preset ultrafast -x265-params log-level=none -color_primaries bt2020 -color_trc %s "
            "-colorspace bt2020nc -tag:v hvc1",
            rows[i].code, rows[i].transfer);
        g_autoptr(GBytes) bytes = make(rows[i].name, words);
        RESULT_AUTO struct result result, again;
        CONVERTED_AUTO struct converted made;
        int rgb[3], width, height;
        look(&worker, rows[i].name, bytes, &result);
        expect_ok(rows[i].name, &result);
        g_assert_true(g_str_has_prefix(result.reply.profile, "BT.2100"));
        picture_pixel(result.preview, 0.2, 0.5, rgb, &width, &height);
        g_assert_cmpint(MIN(rgb[0], MIN(rgb[1], rgb[2])), >=, 200);
        expect_colour(result.preview, 0.8, 0.5, black);
        convert(&worker, rows[i].name, bytes, (struct media_request){0}, &made);
        expect_converted(rows[i].name, &made);
        look(&worker, "made.mp4", made.bytes, &again);
        expect_ok("made.mp4", &again);
        g_assert_null(again.reply.profile);
        g_assert_cmpint(again.reply.is_playable, ==, 1);
        picture_pixel(again.preview, 0.2, 0.5, rgb, &width, &height);
        g_test_message("%s: paper white becomes %d %d %d", rows[i].name, rgb[0], rgb[1], rgb[2]);
        /* The curve of a whole video leaves room for the brightest that HDR may show. */
        g_assert_cmpint(MIN(rgb[0], MIN(rgb[1], rgb[2])), >=, 190);
        expect_colour(again.preview, 0.8, 0.5, black);
    }
    worker_end(worker, NULL);
}

static void test_interlaced(void)
{
    if (!have_ffmpeg())
        return;
    struct worker_process *worker = start(1024);
    g_autoptr(GBytes) bytes =
        make("fields.mts", QUARTERS_THROUGH("setfield=tff") "-flags +ildct+ilme -c:v libx264 "
                                                            "-x264-params tff=1 -pix_fmt yuv420p -f mpegts");
    RESULT_AUTO struct result result, again;
    CONVERTED_AUTO struct converted made;
    look(&worker, "fields.mts", bytes, &result);
    expect_ok("fields.mts", &result);
    g_assert_cmpint(result.reply.is_playable, ==, 0);
    g_assert_cmpint(result.reply.height_px, ==, 96);
    expect_quarters(result.preview);
    convert(&worker, "fields.mts", bytes, (struct media_request){0}, &made);
    expect_converted("fields.mts", &made);
    g_assert_cmpint(made.reply.is_copied, ==, 0);
    look(&worker, "made.mp4", made.bytes, &again);
    expect_quarters(again.preview);
    worker_end(worker, NULL);
}

/* ---- what containers tell ---- */

static void expect_local(const struct media_reply *reply, const char *iso, int64_t source, int64_t offset_min)
{
    char text[ISO_TEXT_SIZE];
    g_assert_cmpstr(iso_format(reply->local_us, text), ==, iso);
    g_assert_cmpint(reply->date_source, ==, source);
    g_assert_cmpint(reply->offset_min, ==, offset_min);
}

static void test_words_of_containers(void)
{
#define APPLE                                                                                                          \
    "-metadata com.apple.quicktime.creationdate=2024-08-13T12:34:56+0200 -metadata "                                   \
    "com.apple.quicktime.make=Apple -metadata com.apple.quicktime.model=iPhone_15 -metadata "                          \
    "com.apple.quicktime.location.ISO6709=+35.6586+139.7454+020.000/ -metadata "                                       \
    "com.apple.quicktime.content.identifier=11111111-2222-3333-4444-555555555555 -movflags use_metadata_tags "
    if (!have_ffmpeg())
        return;
    struct worker_process *worker = start(1024);
    g_autoptr(GBytes) apple = make("apple.mov", SILENT_QUARTERS PLAIN " " APPLE);
    g_autoptr(GBytes) android =
        make("android.mp4", SILENT_QUARTERS PLAIN " -metadata creation_time=2024-08-13T10:34:56Z "
                                                  "-metadata location=-33.8568+151.2153/");
    g_autoptr(GBytes) mkv = make("date.mkv", SILENT_QUARTERS PLAIN " -metadata creation_time=2024-08-13T10:34:56Z");
    RESULT_AUTO struct result one, two, three, again;
    look(&worker, "apple.mov", apple, &one);
    expect_ok("apple.mov", &one);
    expect_local(&one.reply, "2024-08-13T12:34:56.000Z", MEDIA_DATE_CONTAINER_ZONED, 120);
    g_assert_cmpstr(one.reply.make, ==, "Apple");
    g_assert_cmpstr(one.reply.model, ==, "iPhone_15");
    g_assert_cmpstr(one.reply.content_id, ==, "11111111-2222-3333-4444-555555555555");
    g_assert_cmpfloat_with_epsilon(one.reply.latitude, 35.6586, 1e-6);
    g_assert_cmpfloat_with_epsilon(one.reply.longitude, 139.7454, 1e-6);
    g_assert_cmpfloat_with_epsilon(one.reply.altitude_m, 20, 1e-6);
    look(&worker, "android.mp4", android, &two);
    expect_ok("android.mp4", &two);
    expect_local(&two.reply, "2024-08-13T10:34:56.000Z", MEDIA_DATE_CONTAINER_UTC, 0);
    g_assert_cmpint(two.reply.zone_source, ==, MEDIA_ZONE_UTC);
    g_assert_cmpfloat_with_epsilon(two.reply.latitude, -33.8568, 1e-4);
    look(&worker, "date.mkv", mkv, &three);
    expect_ok("date.mkv", &three);
    expect_local(&three.reply, "2024-08-13T10:34:56.000Z", MEDIA_DATE_CONTAINER_UTC, 0);

    /* A playable copy tells nobody the place; a smaller original keeps all. */
    CONVERTED_AUTO struct converted plain, kept;
    convert(&worker, "apple.mov", apple, (struct media_request){.convert_always = 1}, &plain);
    expect_converted("plain", &plain);
    look(&worker, "plain.mp4", plain.bytes, &again);
    g_assert_null(again.reply.make);
    g_assert_null(again.reply.content_id);
    g_assert_true(isnan(again.reply.latitude));
    g_assert_cmpint(again.reply.date_source, ==, MEDIA_DATE_NONE);
    result_clear(&again);
    convert(&worker, "apple.mov", apple, (struct media_request){.convert_always = 1, .convert_metadata = 1}, &kept);
    expect_converted("kept", &kept);
    look(&worker, "kept.mp4", kept.bytes, &again);
    expect_local(&again.reply, "2024-08-13T12:34:56.000Z", MEDIA_DATE_CONTAINER_ZONED, 120);
    g_assert_cmpstr(again.reply.model, ==, "iPhone_15");
    g_assert_cmpstr(again.reply.content_id, ==, one.reply.content_id);
    g_assert_cmpfloat_with_epsilon(again.reply.longitude, 139.7454, 1e-6);
    worker_end(worker, NULL);
}

static void test_slow_motion_and_unknown_length(void)
{
    if (!have_ffmpeg())
        return;
    struct worker_process *worker = start(1024);
    g_autoptr(GBytes) slow = make("slow.mp4", "-f lavfi -i testsrc2=s=128x96:r=120:d=1 -an " PLAIN);
    g_autoptr(GBytes) live = make("live.webm", "-f lavfi -i testsrc2=s=128x96:r=10:d=2 -c:v libvpx -deadline realtime "
                                               "-cpu-used 8 -live 1 -f webm");
    RESULT_AUTO struct result one, two;
    CONVERTED_AUTO struct converted made;
    look(&worker, "slow.mp4", slow, &one);
    expect_ok("slow.mp4", &one);
    g_assert_cmpfloat_with_epsilon(one.reply.fps, 120, 1);
    g_assert_cmpint(one.reply.duration_ms, ==, 1000);
    convert(&worker, "slow.mp4", slow, (struct media_request){.convert_always = 1}, &made);
    expect_converted("slow.mp4", &made);
    g_assert_cmpint(ABS(made.reply.duration_ms - 1000), <=, 20);
    look(&worker, "live.webm", live, &two);
    expect_ok("live.webm", &two);
    g_assert_cmpint(ABS(two.reply.duration_ms - 2000), <=, 150);
    worker_end(worker, NULL);
}

static void test_stretch(void)
{
    if (!have_ffmpeg())
        return;
    struct worker_process *worker = start(1024);
    g_autoptr(GBytes) clip = make("clip.mp4", SILENT_QUARTERS "-c:v mpeg4 -q:v 2");
    g_autoptr(GByteArray) both = g_byte_array_new();
    for (unsigned i = 0; i < 5000; i++)
        g_byte_array_append(both, (const guint8 *)"photo", 5);
    gsize size;
    const guint8 *bytes = g_bytes_get_data(clip, &size);
    g_byte_array_append(both, bytes, (guint)size);
    g_byte_array_append(both, (const guint8 *)"the end", 7);
    g_autoptr(GBytes) whole = g_bytes_new(both->data, both->len);
    CONVERTED_AUTO struct converted made, none;
    struct media_request request = {.stretch_offset = 25000, .stretch_bytes = (int64_t)size};
    convert(&worker, "motion.jpg", whole, request, &made);
    expect_converted("motion.jpg", &made);
    RESULT_AUTO struct result result;
    look(&worker, "made.mp4", made.bytes, &result);
    expect_quarters(result.preview);
    /* Beyond the end. */
    request.stretch_offset = 1 << 30;
    convert(&worker, "motion.jpg", whole, request, &none);
    g_assert_no_error(none.error);
    g_assert_cmpint(none.reply.outcome, ==, MEDIA_BROKEN);
    worker_end(worker, NULL);
}

/* ---- damage and malice ---- */

static void test_cut_ones(void)
{
    if (!have_ffmpeg())
        return;
    struct worker_process *worker = start(1024);
    g_autoptr(GBytes) whole =
        make("whole.mp4", "-f lavfi -i testsrc2=s=128x96:r=25:d=3 -c:v mpeg4 -q:v 2 -g 5 -movflags faststart");
    g_autoptr(GBytes) cut = g_bytes_new_from_bytes(whole, 0, g_bytes_get_size(whole) / 2);
    g_autoptr(GBytes) head = g_bytes_new_from_bytes(whole, 0, 200);
    RESULT_AUTO struct result one, two;
    CONVERTED_AUTO struct converted made;
    look(&worker, "cut.mp4", cut, &one);
    expect_ok("cut.mp4", &one);
    convert(&worker, "cut.mp4", cut, (struct media_request){0}, &made);
    g_assert_no_error(made.error);
    g_assert_cmpint(made.reply.outcome, ==, MEDIA_DAMAGED);
    g_assert_nonnull(strstr(made.reply.reason, "ends early"));
    g_assert_cmpint(made.reply.duration_ms, >, 500);
    g_assert_cmpint(made.reply.duration_ms, <, 2500);
    look(&worker, "head.mp4", head, &two);
    g_assert_no_error(two.error);
    g_assert_cmpint(two.reply.outcome, ==, MEDIA_BROKEN);
    g_assert_cmpstr(two.reply.mime, ==, "video/mp4");
    worker_end(worker, NULL);
}

/* Whatever is done to a file: an answer, or the worker's own end, and a fresh one works on. */
static void test_flipped_ones(void)
{
    static const char *const names[] = {"h264.mp4", "asp.avi", "vp8.webm", "h264.mts", "mpeg2.m2ts"};
    static const char *const words[] = {QUARTERS PLAIN " -c:a aac", QUARTERS "-c:v mpeg4 -c:a libmp3lame",
                                        QUARTERS "-c:v libvpx -deadline realtime -cpu-used 8 -c:a libvorbis",
                                        QUARTERS PLAIN " -c:a ac3 -f mpegts -mpegts_m2ts_mode 1",
                                        QUARTERS "-c:v mpeg2video -c:a mp2 -f mpegts"};
    enum { ROUNDS = 12 };
    if (!have_ffmpeg())
        return;
    struct worker_process *worker = start(512);
    GRand *random = g_rand_new_with_seed(7);
    unsigned deaths = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GBytes) whole = make(names[i], words[i]);
        for (unsigned round = 0; round < ROUNDS; round++) {
            gsize size;
            const guint8 *from = g_bytes_get_data(whole, &size);
            g_autofree guint8 *bytes = g_memdup2(from, size);
            for (unsigned flip = 0; flip < 1 + round * 8; flip++)
                bytes[g_rand_int_range(random, 0, (gint32)size)] ^= (guint8)(1u << g_rand_int_range(random, 0, 8));
            g_autoptr(GBytes) flipped = g_bytes_new(bytes, size);
            RESULT_AUTO struct result result;
            CONVERTED_AUTO struct converted made = {0};
            look(&worker, names[i], flipped, &result);
            g_assert_cmpint(result.signal, !=, SIGSYS);
            if (!worker)
                worker = start(512), deaths++;
            convert(&worker, names[i], flipped, (struct media_request){0}, &made);
            g_assert_cmpint(made.signal, !=, SIGSYS);
            if (!worker)
                worker = start(512), deaths++;
        }
    }
    g_test_message("%u workers ended", deaths);
    g_rand_free(random);
    worker_end(worker, NULL);
}

/* A QuickTime file whose pictures are said to lie in another file: that one is never opened. */
static void test_other_files_are_not_opened(void)
{
    if (!have_ffmpeg())
        return;
    struct worker_process *worker = start(1024);
    g_autoptr(GBytes) clip = make("clip.mov", SILENT_QUARTERS PLAIN);
    gsize size;
    g_autofree guint8 *bytes = g_memdup2(g_bytes_get_data(clip, &size), g_bytes_get_size(clip));
    size = g_bytes_get_size(clip);
    /* The flag "in this file" of the data reference goes. */
    unsigned changed = 0;
    for (gsize at = 0; at + 12 <= size; at++)
        if (memcmp(bytes + at, "url \0\0\0\1", 8) == 0) {
            bytes[at + 7] = 0;
            changed++;
        }
    g_assert_cmpuint(changed, >=, 1);
    g_autoptr(GBytes) foreign = g_bytes_new(bytes, size);
    RESULT_AUTO struct result result, playlist;
    look(&worker, "foreign.mov", foreign, &result);
    g_assert_no_error(result.error); /* no forbidden call was tried */
    static const char text[] = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n";
    g_autoptr(GBytes) list = g_bytes_new_static(text, sizeof(text) - 1);
    look(&worker, "list.mp4", list, &playlist);
    g_assert_no_error(playlist.error);
    g_assert_cmpint(playlist.reply.outcome, ==, MEDIA_BROKEN);
    worker_end(worker, NULL);
}

static bool at_once(void *data)
{
    return true;
}

static void test_cancelled(void)
{
    if (!have_ffmpeg())
        return;
    struct worker_process *worker = start(1024);
    g_autoptr(GBytes) clip = make("clip.avi", "-f lavfi -i testsrc2=s=640x480:r=25:d=8 -c:v mpeg4 -q:v 2");
    cancel_by = at_once;
    CONVERTED_AUTO struct converted made;
    convert(&worker, "clip.avi", clip, (struct media_request){0}, &made);
    cancel_by = NULL;
    g_assert_error(made.error, ERR_DOMAIN, ERR_CANCELLED);
    g_assert_null(worker);
}

void video_cases_add(void)
{
    g_test_add_func("/video/turned", test_turned);
    g_test_add_func("/video/pixels-become-square", test_pixels_become_square);
    g_test_add_func("/video/sizes", test_sizes);
    g_test_add_func("/video/poster-is-not-black", test_poster_is_not_black);
    g_test_add_func("/video/bright-ones-are-mapped", test_bright_ones_are_mapped);
    g_test_add_func("/video/interlaced", test_interlaced);
    g_test_add_func("/video/words-of-containers", test_words_of_containers);
    g_test_add_func("/video/slow-motion-and-unknown-length", test_slow_motion_and_unknown_length);
    g_test_add_func("/video/stretch", test_stretch);
    g_test_add_func("/video/cut-ones", test_cut_ones);
    g_test_add_func("/video/flipped-ones", test_flipped_ones);
    g_test_add_func("/video/other-files-are-not-opened", test_other_files_are_not_opened);
    g_test_add_func("/video/cancelled", test_cancelled);
}
