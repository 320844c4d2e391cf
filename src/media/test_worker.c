/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The worker program through its own protocol, as the server drives it. The first argument is the program; where
 * AMBROTYPE_KEEP names a folder, derivatives stay there to be looked at. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "media/test_pictures.h"
#include "media/worker_process.h"

static const char *worker_path;

struct result {
    struct media_reply reply;
    GBytes *thumbnail, *preview;
    GError *error;
    int signal;
};

static void result_clear(struct result *result)
{
    media_reply_clear(&result->reply);
    g_clear_pointer(&result->thumbnail, g_bytes_unref);
    g_clear_pointer(&result->preview, g_bytes_unref);
    g_clear_error(&result->error);
}
#define RESULT_AUTO __attribute__((cleanup(result_clear)))

static GBytes *read_all(int fd)
{
    off_t size = lseek(fd, 0, SEEK_END);
    g_assert_cmpint(size, >=, 0);
    guint8 *bytes = g_malloc((gsize)size + 1);
    g_assert_cmpint(io_pread_full(fd, bytes, (size_t)size, 0, NULL), ==, size);
    return g_bytes_new_take(bytes, (gsize)size);
}

static void keep(const char *name, GBytes *bytes, const char *suffix)
{
    const char *folder = g_getenv("AMBROTYPE_KEEP");
    if (!folder)
        return;
    g_autofree char *base = g_path_get_basename(name);
    g_autofree char *path = g_strconcat(folder, "/", base, suffix, NULL);
    g_file_set_contents(path, g_bytes_get_data(bytes, NULL), (gssize)g_bytes_get_size(bytes), NULL);
}

/* Asks @worker for the pictures of @bytes, and ends it where it failed. */
static void ask(struct worker_process **worker, const char *name, const void *bytes, size_t size, unsigned limit_s,
                struct result *ret_result)
{
    AUTO_FD int input = memfd_create("input", MFD_CLOEXEC);
    AUTO_FD int thumbnail = memfd_create("thumbnail", MFD_CLOEXEC);
    AUTO_FD int preview = memfd_create("preview", MFD_CLOEXEC);
    g_assert_true(io_write_all(input, bytes, size, NULL));
    struct media_request request = {
        .job = MEDIA_JOB_PHOTO,
        .file_name = (char *)name,
        .size_bytes = (int64_t)size,
        .max_pixels = INT64_C(1000000000),
        .cpu_s = limit_s,
    };
    struct result result = {0};
    media_reply_init(&result.reply);
    int fds[MEDIA_PHOTO_FDS] = {input, thumbnail, preview};
    int64_t deadline_us = g_get_monotonic_time() + (limit_s + 5) * G_USEC_PER_SEC;
    if (!worker_ask(*worker, &request, fds, MEDIA_PHOTO_FDS, deadline_us, &result.reply, &result.error)) {
        worker_end(g_steal_pointer(worker), &result.signal);
    } else {
        result.thumbnail = read_all(thumbnail);
        result.preview = read_all(preview);
        if (result.reply.outcome <= MEDIA_DAMAGED) {
            keep(name, result.thumbnail, ".thumbnail.webp");
            keep(name, result.preview, ".preview.jpg");
        }
    }
    *ret_result = result;
}

static struct worker_process *start(unsigned memory_mb)
{
    g_autoptr(GError) error = NULL;
    struct worker_process *worker = worker_start(worker_path, memory_mb, &error);
    g_assert_no_error(error);
    g_assert_true(worker_greet(worker, &error));
    return worker;
}

static void ask_file(struct worker_process **worker, const char *path, struct result *ret_result)
{
    g_autofree char *bytes = NULL;
    gsize size = 0;
    g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
    ask(worker, path, bytes, size, 60, ret_result);
}

/* ---- the real photos ---- */

static char *corpus_folder(void)
{
    const char *folder = g_getenv("AMBROTYPE_CORPUS");
    g_autofree char *beside = g_build_filename(SOURCE_ROOT, "..", "shared", "corpus", NULL);
    if (!folder)
        folder = beside;
    return g_file_test(folder, G_FILE_TEST_IS_DIR) ? g_strdup(folder) : NULL;
}

static void collect(const char *folder, GPtrArray *paths)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            collect(path, paths);
        else if (!g_str_has_suffix(name, ".md") && !g_str_has_suffix(name, ".xmp"))
            g_ptr_array_add(paths, g_steal_pointer(&path));
    }
}

static char *time_text(int64_t us)
{
    if (us == MEDIA_NO_INT)
        return g_strdup("-");
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(us / G_USEC_PER_SEC);
    return g_date_time_format(time, "%Y:%m:%d %H:%M:%S");
}

/* The oracle's words for one file: date, orientation, stored size, latitude, longitude. */
static char **ask_exiftool(const char *path)
{
    static const char *const names[] = {"-DateTimeOriginal", "-Orientation", "-ImageWidth",
                                        "-ImageHeight",      "-GPSLatitude", "-GPSLongitude"};
    GPtrArray *values = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *command[] = {"exiftool", "-s3", "-n", names[i], path, NULL};
        g_autofree char *text = NULL;
        g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &text,
                     NULL, NULL, NULL);
        g_ptr_array_add(values, g_strdup(text ? g_strstrip(text) : ""));
    }
    g_ptr_array_add(values, NULL);
    return (char **)g_ptr_array_free(values, FALSE);
}

static void expect_near(const char *path, const char *what, double ours, const char *theirs)
{
    /* Where the oracle has nothing, neither must we. */
    if (!*theirs)
        g_assert_true(isnan(ours));
    else if (isnan(ours) || fabs(ours - g_ascii_strtod(theirs, NULL)) > 0.0001)
        g_error("%s: %s %f, exiftool says %s", path, what, ours, theirs);
}

static void compare(const char *path, const struct media_reply *reply)
{
    g_auto(GStrv) theirs = ask_exiftool(path);
    g_autofree char *date = time_text(reply->local_us);
    bool from_original =
        reply->date_source == MEDIA_DATE_EXIF_ORIGINAL || reply->date_source == MEDIA_DATE_XMP_ORIGINAL;
    if (*theirs[0] && !g_str_has_prefix(theirs[0], date))
        g_error("%s: date %s, exiftool says %s", path, date, theirs[0]);
    if (!*theirs[0])
        g_assert_false(from_original);
    g_autofree char *orientation =
        reply->orientation == MEDIA_NO_INT ? g_strdup("") : g_strdup_printf("%d", (int)reply->orientation);
    g_assert_cmpstr(orientation, ==, theirs[1]);
    /* exiftool 12.57 tells no size of a JPEG XL whose codestream lies in parts. */
    if (*theirs[2]) {
        g_assert_cmpint(reply->raw_width_px, ==, g_ascii_strtoll(theirs[2], NULL, 10));
        g_assert_cmpint(reply->raw_height_px, ==, g_ascii_strtoll(theirs[3], NULL, 10));
    }
    expect_near(path, "latitude", reply->latitude, theirs[4]);
    expect_near(path, "longitude", reply->longitude, theirs[5]);
}

static void expect_derivatives(const struct result *result)
{
    const struct media_reply *reply = &result->reply;
    g_assert_cmpint(reply->preview_bytes, ==, g_bytes_get_size(result->preview));
    g_assert_cmpint(reply->thumbnail_bytes, ==, g_bytes_get_size(result->thumbnail));
    g_assert_cmpmem(g_bytes_get_data(result->preview, NULL), 3, "\xff\xd8\xff", 3);
    g_assert_cmpmem(g_bytes_get_data(result->thumbnail, NULL), 4, "RIFF", 4);
    int64_t shorter = MIN(reply->width_px, reply->height_px);
    g_assert_cmpint(MIN(reply->preview_width_px, reply->preview_height_px), ==, MIN(1440, shorter));
    g_assert_cmpint(MIN(reply->thumbnail_width_px, reply->thumbnail_height_px), ==, MIN(250, shorter));
    g_assert_cmpint(reply->preview_width_px > reply->preview_height_px, ==, reply->width_px > reply->height_px);
}

static void test_corpus(void)
{
    g_autofree char *folder = corpus_folder();
    if (!folder) {
        g_test_skip("no corpus of photos: set AMBROTYPE_CORPUS");
        return;
    }
    g_autofree char *exiftool = g_find_program_in_path("exiftool");
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    collect(folder, paths);
    struct worker_process *worker = start(1024);
    for (guint i = 0; i < paths->len; i++) {
        const char *path = paths->pdata[i];
        RESULT_AUTO struct result result;
        ask_file(&worker, path, &result);
        if (result.error)
            g_error("%s: %s (signal %d)", path, result.error->message, result.signal);
        const struct media_reply *reply = &result.reply;
        g_autofree char *date = time_text(reply->local_us);
        g_test_message("%s: outcome %d %s, %dx%d, date %s by %d, offset %d by %d, %.0f ms, peak %.0f MB", path,
                       (int)reply->outcome, reply->reason ? reply->reason : "", (int)reply->width_px,
                       (int)reply->height_px, date, (int)reply->date_source,
                       reply->offset_min == MEDIA_NO_INT ? -1 : (int)reply->offset_min, (int)reply->zone_source,
                       (double)reply->cpu_us / 1000, (double)reply->peak_memory_bytes / 1e6);
        g_assert_cmpint(reply->outcome, ==, MEDIA_OK);
        expect_derivatives(&result);
        if (exiftool)
            compare(path, reply);
    }
    worker_end(worker, NULL);
    if (!exiftool)
        g_test_skip("all photos decoded, but exiftool is missing: their facts were compared with nothing");
}

/* ---- made pictures ---- */

static void ask_bytes(struct worker_process **worker, const char *name, GBytes *bytes, struct result *ret_result)
{
    gsize size;
    const void *start = g_bytes_get_data(bytes, &size);
    ask(worker, name, start, size, 60, ret_result);
    g_bytes_unref(bytes);
}

static void expect_colour(GBytes *jpeg, double x, double y, const int wanted[3])
{
    int rgb[3], width, height;
    picture_pixel(jpeg, x, y, rgb, &width, &height);
    for (unsigned i = 0; i < 3; i++)
        if (ABS(rgb[i] - wanted[i]) > 24)
            g_error("at %.2f %.2f: %d %d %d, wanted %d %d %d", x, y, rgb[0], rgb[1], rgb[2], wanted[0], wanted[1],
                    wanted[2]);
}

static const int red[3] = {255, 0, 0}, green[3] = {0, 255, 0}, white[3] = {255, 255, 255}, black[3] = {0, 0, 0};

/* Where the first row and column of the file are seen (CIPA DC-008, tag 274), as the corners of its two upper quarters.
 */
static void test_orientations(void)
{
    static const struct {
        double red_x, red_y, green_x, green_y;
    } corners[9] = {{0},
                    {0.1, 0.1, 0.9, 0.1},
                    {0.9, 0.1, 0.1, 0.1},
                    {0.9, 0.9, 0.1, 0.9},
                    {0.1, 0.9, 0.9, 0.9},
                    {0.1, 0.1, 0.1, 0.9},
                    {0.9, 0.1, 0.9, 0.9},
                    {0.9, 0.9, 0.9, 0.1},
                    {0.1, 0.9, 0.1, 0.1}};
    struct worker_process *worker = start(256);
    for (unsigned orientation = 1; orientation <= 8; orientation++) {
        RESULT_AUTO struct result result;
        ask_bytes(&worker, "turned.jpg", picture_jpeg(64, 48, orientation), &result);
        g_assert_no_error(result.error);
        g_assert_cmpint(result.reply.outcome, ==, MEDIA_OK);
        g_assert_cmpint(result.reply.orientation, ==, orientation);
        g_assert_cmpint(result.reply.width_px, ==, orientation >= 5 ? 48 : 64);
        g_assert_cmpint(result.reply.height_px, ==, orientation >= 5 ? 64 : 48);
        g_assert_cmpint(result.reply.raw_width_px, ==, 64);
        g_assert_cmpint(result.reply.preview_width_px, ==, result.reply.width_px);
        expect_colour(result.preview, corners[orientation].red_x, corners[orientation].red_y, red);
        expect_colour(result.preview, corners[orientation].green_x, corners[orientation].green_y, green);
    }
    worker_end(worker, NULL);
}

static void test_sizes(void)
{
    static const struct {
        unsigned width, height, preview_width, preview_height, thumbnail_width, thumbnail_height;
    } sizes[] = {
        {4000, 3000, 1920, 1440, 333, 250}, {3000, 4000, 1440, 1920, 250, 333}, {1, 1, 1, 1, 1, 1},
        {100, 80, 100, 80, 100, 80},        {20000, 100, 8192, 41, 2000, 10},   {3, 5000, 3, 5000, 1, 2000},
        {1439, 2000, 1439, 2000, 250, 347},
    };
    struct worker_process *worker = start(256);
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        RESULT_AUTO struct result result;
        ask_bytes(&worker, "sized.jpg", picture_jpeg(sizes[i].width, sizes[i].height, 0), &result);
        g_assert_no_error(result.error);
        g_assert_cmpint(result.reply.outcome, ==, MEDIA_OK);
        g_assert_cmpint(result.reply.preview_width_px, ==, sizes[i].preview_width);
        g_assert_cmpint(result.reply.preview_height_px, ==, sizes[i].preview_height);
        g_assert_cmpint(result.reply.thumbnail_width_px, ==, sizes[i].thumbnail_width);
        g_assert_cmpint(result.reply.thumbnail_height_px, ==, sizes[i].thumbnail_height);
    }
    worker_end(worker, NULL);
}

static void test_cut_jpeg_is_damaged(void)
{
    g_autoptr(GBytes) whole = picture_jpeg(1600, 1200, 0);
    struct worker_process *worker = start(256);
    RESULT_AUTO struct result result;
    ask_bytes(&worker, "cut.jpg", g_bytes_new_from_bytes(whole, 0, g_bytes_get_size(whole) * 6 / 10), &result);
    g_assert_no_error(result.error);
    g_assert_cmpint(result.reply.outcome, ==, MEDIA_DAMAGED);
    g_assert_nonnull(strstr(result.reply.reason, "ends early"));
    expect_derivatives(&result);
    expect_colour(result.preview, 0.1, 0.1, red);
    RESULT_AUTO struct result head;
    ask_bytes(&worker, "head.jpg", g_bytes_new_from_bytes(whole, 0, 100), &head);
    g_assert_no_error(head.error);
    g_assert_cmpint(head.reply.outcome, ==, MEDIA_BROKEN);
    worker_end(worker, NULL);
}

static void test_no_picture(void)
{
    struct worker_process *worker = start(256);
    static const char text[] = "Dear diary, this is no photo.\n";
    RESULT_AUTO struct result words, nothing;
    ask(&worker, "notes.jpg", text, strlen(text), 10, &words);
    g_assert_no_error(words.error);
    g_assert_cmpint(words.reply.outcome, ==, MEDIA_BROKEN);
    g_assert_nonnull(words.reply.reason);
    ask(&worker, "empty.jpg", "", 0, 10, &nothing);
    g_assert_no_error(nothing.error);
    g_assert_cmpint(nothing.reply.outcome, ==, MEDIA_BROKEN);
    worker_end(worker, NULL);
}

static void test_png_bomb_in_little_memory(void)
{
    struct worker_process *worker = start(160);
    RESULT_AUTO struct result bomb, interlaced, endless;
    ask_bytes(&worker, "bomb.png", picture_png(30000, 30000, 30000, false), &bomb);
    g_assert_no_error(bomb.error);
    g_assert_cmpint(bomb.reply.outcome, ==, MEDIA_OK);
    g_assert_cmpint(bomb.reply.width_px, ==, 30000);
    expect_derivatives(&bomb);
    expect_colour(bomb.preview, 0.5, 0.5, black);
    g_test_message("bomb: %.0f ms, peak %.0f MB", (double)bomb.reply.cpu_us / 1000,
                   (double)bomb.reply.peak_memory_bytes / 1e6);
    /* Interlaced it would need all its pixels at once. */
    ask_bytes(&worker, "interlaced.png", picture_png(30000, 30000, 10, true), &interlaced);
    g_assert_no_error(interlaced.error);
    /* A sanitizer build has no memory limit to be held against. */
    if (worker->hello.confinement & CONFINED_MEMORY)
        g_assert_cmpint(interlaced.reply.outcome, ==, MEDIA_TOO_LARGE);
    ask_bytes(&worker, "endless.png", picture_png(60000, 60000, 1, false), &endless);
    g_assert_no_error(endless.error);
    g_assert_cmpint(endless.reply.outcome, ==, MEDIA_TOO_LARGE);
    g_assert_nonnull(strstr(endless.reply.reason, "60000"));
    worker_end(worker, NULL);
}

static void test_cut_png_is_damaged(void)
{
    struct worker_process *worker = start(256);
    RESULT_AUTO struct result result;
    ask_bytes(&worker, "cut.png", picture_png(400, 400, 200, false), &result);
    g_assert_no_error(result.error);
    g_assert_cmpint(result.reply.outcome, ==, MEDIA_DAMAGED);
    expect_colour(result.preview, 0.5, 0.2, black);
    expect_colour(result.preview, 0.5, 0.9, white);
    worker_end(worker, NULL);
}

static void test_transparency_lies_on_white(void)
{
    struct worker_process *worker = start(256);
    RESULT_AUTO struct result result;
    ask_bytes(&worker, "clear.png", picture_png_transparent(300, 200), &result);
    g_assert_no_error(result.error);
    g_assert_cmpint(result.reply.outcome, ==, MEDIA_OK);
    expect_colour(result.preview, 0.5, 0.5, white);
    worker_end(worker, NULL);
}

static void test_animations_show_the_first_picture(void)
{
    struct worker_process *worker = start(256);
    RESULT_AUTO struct result gif, webp;
    ask_bytes(&worker, "two.gif", picture_gif(320, 200), &gif);
    g_assert_no_error(gif.error);
    g_assert_cmpint(gif.reply.outcome, ==, MEDIA_OK);
    g_assert_cmpstr(gif.reply.mime, ==, "image/gif");
    g_assert_cmpint(gif.reply.frames, ==, 2);
    expect_colour(gif.preview, 0.5, 0.5, red);
    ask_bytes(&worker, "two.webp", picture_webp_animation(320, 200), &webp);
    g_assert_no_error(webp.error);
    g_assert_cmpint(webp.reply.outcome, ==, MEDIA_OK);
    g_assert_cmpint(webp.reply.frames, ==, 2);
    expect_colour(webp.preview, 0.5, 0.5, red);
    worker_end(worker, NULL);
}

/* ---- confinement ---- */

static void test_hello(void)
{
    struct worker_process *worker = start(256);
    int64_t holds = worker->hello.confinement;
    g_test_message("confinement %x, landlock %d", (unsigned)holds, (int)worker->hello.landlock_abi);
    g_assert_true(holds & CONFINED_LIMITS);
    g_assert_true(holds & CONFINED_NO_NEW_PRIVILEGES);
    if (!(holds & CONFINED_RELAXED)) {
        g_assert_true(holds & CONFINED_SECCOMP);
        g_assert_true(holds & CONFINED_MEMORY);
    }
    g_assert_cmpint(worker->hello.landlock_abi > 0, ==, (holds & CONFINED_LANDLOCK) != 0);
    worker_end(worker, NULL);
}

#ifdef AMBROTYPE_FAULTS
static void expect_death(const char *command, int wanted_signal)
{
    struct worker_process *worker = start(256);
    bool relaxed = worker->hello.confinement & CONFINED_RELAXED;
    RESULT_AUTO struct result result;
    ask(&worker, command, "x", 1, 10, &result);
    g_assert_null(worker);
    g_assert_error(result.error, ERR_DOMAIN, ERR_WORKER_DIED);
    if (!relaxed)
        g_assert_cmpint(result.signal, ==, wanted_signal);
}

static void test_forbidden_calls_kill(void)
{
    struct worker_process *worker = start(256);
    bool relaxed = worker->hello.confinement & CONFINED_RELAXED;
    worker_end(worker, NULL);
    if (relaxed) {
        g_test_skip("a sanitizer build has no system call filter");
        return;
    }
    static const char *const commands[] = {"misbehave:open", "misbehave:socket", "misbehave:fork", "misbehave:exec"};
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        expect_death(commands[i], SIGSYS);
}

static void test_crash_memory_and_time(void)
{
    expect_death("misbehave:crash", SIGABRT);
    struct worker_process *worker = start(256);
    bool is_limited = worker->hello.confinement & CONFINED_MEMORY; /* not in a sanitizer build */
    if (is_limited)
        expect_death("misbehave:memory", SIGTRAP); /* GLib's own end when an allocation fails */
    RESULT_AUTO struct result spinning, garbage;
    ask(&worker, "misbehave:spin", "x", 1, 1, &spinning);
    g_assert_error(spinning.error, ERR_DOMAIN, ERR_WORKER_DIED);
    g_assert_cmpint(spinning.signal, ==, SIGXCPU);
    worker = start(256);
    ask(&worker, "misbehave:garbage", "x", 1, 10, &garbage);
    g_assert_error(garbage.error, ERR_DOMAIN, ERR_CORRUPT);
}
#endif

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C");
    signal(SIGPIPE, SIG_IGN);
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, >=, 2);
    worker_path = argv[1];
    g_test_add_func("/worker/hello", test_hello);
    g_test_add_func("/worker/orientations", test_orientations);
    g_test_add_func("/worker/sizes", test_sizes);
    g_test_add_func("/worker/cut-jpeg-is-damaged", test_cut_jpeg_is_damaged);
    g_test_add_func("/worker/no-picture", test_no_picture);
    g_test_add_func("/worker/png-bomb-in-little-memory", test_png_bomb_in_little_memory);
    g_test_add_func("/worker/cut-png-is-damaged", test_cut_png_is_damaged);
    g_test_add_func("/worker/transparency-lies-on-white", test_transparency_lies_on_white);
    g_test_add_func("/worker/animations-show-the-first-picture", test_animations_show_the_first_picture);
#ifdef AMBROTYPE_FAULTS
    g_test_add_func("/worker/forbidden-calls-kill", test_forbidden_calls_kill);
    g_test_add_func("/worker/crash-memory-and-time", test_crash_memory_and_time);
#endif
    g_test_add_func("/worker/corpus", test_corpus);
    return g_test_run();
}
