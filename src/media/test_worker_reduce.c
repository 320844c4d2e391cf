/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Photos made smaller by the worker, with all that they hold beside the picture. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <webp/encode.h>

#include "base/io.h"
#include "media/test_asking.h"
#include "media/test_pictures.h"

struct reduced {
    struct media_reply reply;
    GBytes *file; /* NULL: none was made */
};

static void reduced_clear(struct reduced *reduced)
{
    media_reply_clear(&reduced->reply);
    g_clear_pointer(&reduced->file, g_bytes_unref);
}
#define REDUCED_AUTO __attribute__((cleanup(reduced_clear)))

static void reduce(struct worker_process **worker, GBytes *photo, int64_t pixels, struct reduced *ret_reduced)
{
    g_autoptr(GError) error = NULL;
    AUTO_FD int input = memfd_create("input", MFD_CLOEXEC);
    AUTO_FD int output = memfd_create("output", MFD_CLOEXEC);
    g_assert_true(io_write_all(input, g_bytes_get_data(photo, NULL), g_bytes_get_size(photo), NULL));
    struct media_request request = {
        .job = MEDIA_JOB_REDUCE_PHOTO,
        .size_bytes = (int64_t)g_bytes_get_size(photo),
        .max_pixels = INT64_C(1000000000),
        .cpu_s = 120,
        .reduce_pixels = pixels,
    };
    const struct worker_watch watch = {.deadline_us = g_get_monotonic_time() + 300 * G_USEC_PER_SEC};
    const int fds[MEDIA_REDUCE_FDS] = {input, output};
    *ret_reduced = (struct reduced){0};
    worker_ask(*worker, &request, fds, MEDIA_REDUCE_FDS, &watch, &ret_reduced->reply, &error);
    g_assert_no_error(error);
    int64_t size = lseek(output, 0, SEEK_END);
    g_assert_cmpint(size, ==, ret_reduced->reply.output_bytes == MEDIA_NO_INT ? 0 : ret_reduced->reply.output_bytes);
    if (size == 0)
        return;
    guint8 *bytes = g_malloc((gsize)size);
    g_assert_cmpint(io_pread_full(output, bytes, (size_t)size, 0, NULL), ==, size);
    ret_reduced->file = g_bytes_new_take(bytes, (gsize)size);
}

/* Does the worker say the same of both files, but for the size of the picture? */
static void expect_same_facts(struct worker_process **worker, GBytes *photo, const struct reduced *reduced)
{
    RESULT_AUTO struct result before, after;
    ask_bytes(worker, "before", g_bytes_ref(photo), &before);
    ask_bytes(worker, "after", g_bytes_ref(reduced->file), &after);
    g_assert_cmpint(before.reply.outcome, ==, MEDIA_OK);
    g_assert_cmpint(after.reply.outcome, ==, MEDIA_OK);
    g_autofree char *by_job = media_reply_difference(&reduced->reply, &after.reply);
    g_autofree char *by_look = media_reply_difference(&before.reply, &after.reply);
    g_assert_cmpstr(by_job, ==, NULL);
    g_assert_cmpstr(by_look, ==, NULL);
    g_assert_cmpint(after.reply.raw_width_px, ==, reduced->reply.output_width_px);
    g_assert_cmpint(after.reply.raw_height_px, ==, reduced->reply.output_height_px);
    double shape = (double)before.reply.width_px / (double)before.reply.height_px;
    g_assert_cmpfloat_with_epsilon((double)after.reply.width_px / (double)after.reply.height_px, shape, 0.02);
}

/* ---- a JPEG that holds everything ---- */

static void append_segment(GByteArray *out, guint8 marker, const void *bytes, gsize size)
{
    const guint8 head[] = {0xff, marker, (guint8)((size + 2) >> 8), (guint8)(size + 2)};
    g_byte_array_append(out, head, sizeof(head));
    g_byte_array_append(out, bytes, (guint)size);
}

/* EXIF, big-endian: make, orientation 6, a directory with date, a maker note, and the size of the picture twice. */
static void append_exif(GByteArray *out, guint16 width, guint16 height)
{
    static const char date[] = "2024:08:13 12:34:56", note[] = "Maker note, byte by byte";
    guint8 exif[200] = "Exif\0\0MM\0*\0\0\0\x08";
    guint8 *at = exif + 14, *tiff = exif + 6;
    const struct {
        guint16 tag, type;
        guint32 count, value;
    } first[] = {{0x100, 4, 1, width},
                 {0x10f, 2, 4, 'A' << 24 | 'c' << 16 | 'm' << 8},
                 {0x112, 3, 1, 6u << 16},
                 {0x8769, 4, 1, 62}},
      second[] = {{0x9003, 2, sizeof(date), 116},
                  {0x927c, 7, sizeof(note), 140},
                  {0xa002, 3, 1, (guint32)width << 16},
                  {0xa003, 4, 1, height}};
#define PUT(n, value)                                                                                                  \
    for (int i = (n); i-- > 0;)                                                                                        \
    *at++ = (guint8)((guint32)(value) >> 8 * i)
    PUT(2, G_N_ELEMENTS(first));
    for (gsize e = 0; e < G_N_ELEMENTS(first); e++) {
        PUT(2, first[e].tag);
        PUT(2, first[e].type);
        PUT(4, first[e].count);
        PUT(4, first[e].value);
    }
    at = tiff + 62;
    PUT(2, G_N_ELEMENTS(second));
    for (gsize e = 0; e < G_N_ELEMENTS(second); e++) {
        PUT(2, second[e].tag);
        PUT(2, second[e].type);
        PUT(4, second[e].count);
        PUT(4, second[e].value);
    }
#undef PUT
    memcpy(tiff + 116, date, sizeof(date));
    memcpy(tiff + 140, note, sizeof(note));
    append_segment(out, 0xe1, exif, 6 + 140 + sizeof(note));
}

/* Index of two pictures, little-endian; @first_size and @second_at as the file has them. */
static void append_mpf(GByteArray *out, guint32 first_size, guint32 second_at, guint32 second_size)
{
    guint8 mpf[80] = "MPF\0II*\0\x08\0\0\0\x01\0\x02\xb0\x07\0\x20\0\0\0\x1a\0\0\0";
    guint32 entries[8] = {0x030000, first_size, 0, 0, 0, second_size, second_at, 0};
    for (gsize i = 0; i < G_N_ELEMENTS(entries); i++)
        entries[i] = GUINT32_TO_LE(entries[i]);
    memcpy(mpf + 4 + 0x1a, entries, sizeof(entries));
    append_segment(out, 0xe2, mpf, 4 + 0x1a + sizeof(entries));
}

static const char video[] = "\0\0\0\x10"
                            "ftypmp42\0\0\0\0the video of a motion photo";

static guint32 le32(const guint8 *bytes)
{
    return (guint32)bytes[0] | (guint32)bytes[1] << 8 | (guint32)bytes[2] << 16 | (guint32)bytes[3] << 24;
}

/* Segments as cameras write them, a second picture behind the first, and a video behind both. */
static GBytes *rich_jpeg(unsigned width, unsigned height, GBytes *second)
{
    g_autoptr(GBytes) plain = picture_jpeg(width, height, 0);
    static const char xmp[] =
        "http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/"
        "1999/02/22-rdf-syntax-ns#'><rdf:Description xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmp:Rating='4'/>"
        "</rdf:RDF></x:xmpmeta>";
    static const char iptc[] = "Photoshop 3.0\0"
                               "8BIM\x04\x04\0\0\0\0\0\x0b\x1c\x02\x78\0\x06"
                               "Abroad\0";
    gsize size = 0, second_size = g_bytes_get_size(second);
    const guint8 *bytes = g_bytes_get_data(plain, &size);
    gsize mpf_bytes = 4 + 4 + 0x1a + 32;
    GByteArray *out = g_byte_array_new();
    g_byte_array_append(out, bytes, 2);
    append_exif(out, (guint16)width, (guint16)height);
    append_segment(out, 0xe1, xmp, sizeof(xmp) - 1);
    append_segment(out, 0xed, iptc, sizeof(iptc) - 1);
    append_segment(out, 0xfe, "a comment", 9);
    gsize index = out->len + 8, first_size = out->len + mpf_bytes + size - 2;
    append_mpf(out, (guint32)first_size, (guint32)(first_size - index), (guint32)second_size);
    g_byte_array_append(out, bytes + 2, (guint)size - 2);
    g_assert_cmpint(out->len, ==, first_size);
    g_byte_array_append(out, g_bytes_get_data(second, NULL), (guint)second_size);
    g_byte_array_append(out, (const guint8 *)video, sizeof(video));
    return g_byte_array_free_to_bytes(out);
}

static void test_everything_stays(void)
{
    struct worker_process *worker = start(512);
    g_autoptr(GBytes) second = picture_jpeg(64, 48, 0);
    g_autoptr(GBytes) photo = rich_jpeg(1200, 800, second);
    REDUCED_AUTO struct reduced reduced;
    reduce(&worker, photo, 240000, &reduced);
    g_assert_cmpint(reduced.reply.outcome, ==, MEDIA_OK);
    g_assert_nonnull(reduced.file);
    g_assert_cmpint(reduced.reply.output_width_px, ==, 600);
    g_assert_cmpint(reduced.reply.output_height_px, ==, 400);
    g_assert_cmpint(reduced.reply.orientation, ==, 6);
    g_assert_cmpint(reduced.reply.rating, ==, 4);
    g_assert_cmpstr(reduced.reply.description, ==, "Abroad");
    g_assert_cmpint(reduced.reply.date_source, ==, MEDIA_DATE_EXIF_ORIGINAL);
    expect_same_facts(&worker, photo, &reduced);
    gsize size = 0, second_size = g_bytes_get_size(second);
    const guint8 *bytes = g_bytes_get_data(reduced.file, &size);
    g_assert_cmpint(size, <=, g_bytes_get_size(photo) * 9 / 10);
    /* The note at its place, the sizes made true, the comment there. */
    const guint8 *tiff = (const guint8 *)memmem(bytes, size, "MM\0*", 4);
    g_assert_cmpstr((const char *)tiff + 140, ==, "Maker note, byte by byte");
    g_assert_cmpint(tiff[10 + 10] << 8 | tiff[10 + 11], ==, 600);
    g_assert_cmpint(tiff[62 + 2 + 24 + 8] << 8 | tiff[62 + 2 + 24 + 9], ==, 600);
    g_assert_cmpint(tiff[62 + 2 + 36 + 10] << 8 | tiff[62 + 2 + 36 + 11], ==, 400);
    g_assert_nonnull(memmem(bytes, size, "a comment", 9));
    /* The second picture where the index says, the video at the end, of the same length. */
    const guint8 *index = (const guint8 *)memmem(bytes, size, "MPF\0II", 6) + 4;
    gsize second_at = (gsize)(index - bytes) + le32(index + 0x1a + 16 + 8);
    g_assert_cmpint(le32(index + 0x1a + 4), ==, second_at);
    g_assert_cmpmem(bytes + second_at, second_size, g_bytes_get_data(second, NULL), second_size);
    g_assert_cmpmem(bytes + second_at + second_size, size - second_at - second_size, video, sizeof(video));
    worker_end(worker, NULL);
}

static void test_all_turns(void)
{
    struct worker_process *worker = start(512);
    for (unsigned orientation = 1; orientation <= 8; orientation++) {
        g_autoptr(GBytes) photo = picture_jpeg(1000, 701, orientation);
        REDUCED_AUTO struct reduced reduced;
        reduce(&worker, photo, 160000, &reduced);
        g_assert_nonnull(reduced.file);
        expect_same_facts(&worker, photo, &reduced);
        expect_colour(reduced.file, 0.1, 0.1, red); /* as it lies: the picture is not turned */
        expect_colour(reduced.file, 0.9, 0.9, white);
    }
    worker_end(worker, NULL);
}

/* Files of phones and an encoder, in containers of items: tiles, thumbnails, profiles, motion. */
static void test_corpus_of_items(void)
{
    static const char *const names[] = {"heic/IMG_2682.heic", "motionphoto/samsung-one-ui-6.heic",
                                        "avif/8bit-sRGB.avif"};
    const char *given = g_getenv("AMBROTYPE_CORPUS");
    g_autofree char *beside = g_build_filename(SOURCE_ROOT, "..", "shared", "corpus", NULL);
    const char *corpus = given ? given : beside;
    if (!g_file_test(corpus, G_FILE_TEST_IS_DIR)) {
        g_test_skip("no corpus of photos: set AMBROTYPE_CORPUS");
        return;
    }
    struct worker_process *worker = start(1024);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(corpus, "formats", names[i], NULL), *bytes = NULL;
        gsize size = 0;
        g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
        g_autoptr(GBytes) photo = g_bytes_new_take(g_steal_pointer(&bytes), size);
        REDUCED_AUTO struct reduced reduced;
        reduce(&worker, photo, 500000, &reduced);
        g_test_message("%s: %s", names[i], reduced.reply.reason ? reduced.reply.reason : "made smaller");
        g_assert_nonnull(reduced.file);
        g_assert_cmpint(reduced.reply.output_width_px * reduced.reply.output_height_px, <=, 500000);
        expect_same_facts(&worker, photo, &reduced);
    }
    worker_end(worker, NULL);
}

/* Noise, so that the file has some length; what is not lossless is smaller at half the size. */
static GBytes *noisy_webp(unsigned width, unsigned height)
{
    g_autofree guint8 *rgb = g_malloc((gsize)width * height * 3);
    g_autoptr(GRand) dice = g_rand_new_with_seed(1);
    for (gsize i = 0; i < (gsize)width * height * 3; i++)
        rgb[i] = (guint8)(96 + i % 97 / 2 + (guint)g_rand_int_range(dice, 0, 64));
    uint8_t *file = NULL;
    size_t size = WebPEncodeRGB(rgb, (int)width, (int)height, (int)width * 3, 90, &file);
    g_assert_cmpint(size, >, 0);
    GBytes *bytes = g_bytes_new(file, size);
    WebPFree(file);
    return bytes;
}

static void test_webp_and_jxl(void)
{
    struct worker_process *worker = start(1024);
    const struct picture_jxl wanted = {
        .width_px = 800, .height_px = 600, .orientation = 6, .is_noisy = true, .is_container = true};
    GBytes *photos[] = {noisy_webp(800, 600), picture_jxl(&wanted)};
    for (gsize i = 0; i < G_N_ELEMENTS(photos); i++) {
        REDUCED_AUTO struct reduced reduced;
        reduce(&worker, photos[i], 120000, &reduced);
        g_assert_cmpstr(reduced.reply.reason, ==, NULL);
        g_assert_nonnull(reduced.file);
        expect_same_facts(&worker, photos[i], &reduced);
        g_bytes_unref(photos[i]);
    }
    worker_end(worker, NULL);
}

static void expect_kept(struct worker_process **worker, GBytes *photo, int64_t pixels, enum media_kept why)
{
    REDUCED_AUTO struct reduced reduced;
    reduce(worker, photo, pixels, &reduced);
    g_assert_cmpint(reduced.reply.outcome, ==, MEDIA_OK);
    g_assert_null(reduced.file);
    g_assert_cmpint(reduced.reply.kept, ==, why);
    g_assert_true((reduced.reply.reason == NULL) == (why == MEDIA_KEPT_SMALL));
    g_bytes_unref(photo);
}

/* The index names a picture within the first one, as a broken program might. */
static GBytes *strange_index(void)
{
    g_autoptr(GBytes) second = picture_jpeg(64, 48, 0);
    g_autoptr(GBytes) photo = rich_jpeg(600, 400, second);
    gsize size = 0;
    guint8 *bytes = g_memdup2(g_bytes_get_data(photo, &size), g_bytes_get_size(photo));
    guint8 *index = (guint8 *)memmem(bytes, size, "MPF\0II", 6) + 4;
    memset(index + 0x1a + 16 + 9, 0, 3);
    return g_bytes_new_take(bytes, size);
}

static void test_what_is_kept(void)
{
    struct worker_process *worker = start(512);
    expect_kept(&worker, picture_jpeg(400, 300, 0), 120000, MEDIA_KEPT_SMALL);
    g_autoptr(GBytes) large = picture_jpeg(800, 600, 0);
    REDUCED_AUTO struct reduced once;
    reduce(&worker, large, 120000, &once);
    expect_kept(&worker, g_bytes_ref(once.file), 119000, MEDIA_KEPT_NO_GAIN);
    expect_kept(&worker, picture_png(400, 300, 300, false), 60000, MEDIA_KEPT_KIND);
    expect_kept(&worker, picture_webp_animation(400, 300), 60000, MEDIA_KEPT_PARTS);
    expect_kept(&worker, strange_index(), 60000, MEDIA_KEPT_PARTS);
    g_autoptr(GBytes) whole = picture_jpeg(1600, 1200, 0);
    expect_kept(&worker, g_bytes_new_from_bytes(whole, 0, g_bytes_get_size(whole) * 6 / 10), 60000, MEDIA_KEPT_DAMAGED);
    expect_kept(&worker, g_bytes_new_static("no picture at all", 17), 60000, MEDIA_KEPT_DAMAGED);
    worker_end(worker, NULL);
}

void reduce_tests_add(void)
{
    g_test_add_func("/worker/reduce/everything-stays", test_everything_stays);
    g_test_add_func("/worker/reduce/all-turns", test_all_turns);
    g_test_add_func("/worker/reduce/corpus-of-items", test_corpus_of_items);
    g_test_add_func("/worker/reduce/webp-and-jxl", test_webp_and_jxl);
    g_test_add_func("/worker/reduce/what-is-kept", test_what_is_kept);
}
