/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The worker on real photos, its facts against those of exiftool. */
#include <math.h>
#include <string.h>

#include "media/test_asking.h"

static void ask_file(struct worker_process **worker, const char *path, struct result *ret_result)
{
    g_autofree char *bytes = NULL;
    gsize size = 0;
    g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
    ask(worker, path, bytes, size, 60, ret_result);
}

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

void corpus_tests_add(void)
{
    g_test_add_func("/worker/corpus", test_corpus);
}
