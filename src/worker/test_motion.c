/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The finder of motion photos' videos on files made by hand: each kind that phones write, and what only looks so. */
#include <string.h>

#include "worker/jpeg_markers.h"
#include "worker/motion.h"

#define XMP_ID "http://ns.adobe.com/xap/1.0/"

static void put(GByteArray *out, const void *bytes, size_t size)
{
    g_byte_array_append(out, bytes, (guint)size);
}

static void put_text(GByteArray *out, const char *text)
{
    put(out, text, strlen(text));
}

static void put_be(GByteArray *out, uint64_t value, unsigned size)
{
    for (unsigned i = size; i > 0; i--)
        put(out, &(uint8_t){(uint8_t)(value >> (8 * (i - 1)))}, 1);
}

static void put_le(GByteArray *out, uint32_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        put(out, &(uint8_t){(uint8_t)(value >> (8 * i))}, 1);
}

static void put_filled(GByteArray *out, size_t size)
{
    for (size_t i = 0; i < size; i++)
        put(out, "\x2a", 1);
}

static void put_box(GByteArray *out, const char *type, size_t content)
{
    put_be(out, 8 + content, 4);
    put(out, type, 4);
    put_filled(out, content);
}

/* The boxes of an MP4, without what they would say. */
enum { FILM_BYTES = 16 + 108 + 408 };
static void put_film(GByteArray *out)
{
    put_be(out, 16, 4);
    put(out, "ftypmp42\0\0\0\0", 12);
    put_box(out, "moov", 100);
    put_box(out, "mdat", 400);
}

static GByteArray *jpeg(const char *xmp)
{
    GByteArray *out = g_byte_array_new();
    put(out, "\xff\xd8", 2);
    if (xmp) {
        put(out, "\xff\xe1", 2);
        put_be(out, 2 + sizeof(XMP_ID) + strlen(xmp), 2);
        put(out, XMP_ID, sizeof(XMP_ID));
        put_text(out, xmp);
    }
    put(out, "\xff\xda\0\x04\0\0", 6);
    put_filled(out, 300);
    put(out, "\xff\xd9", 2);
    return out;
}

static char *packet(const char *attributes, const char *inner)
{
    return g_strdup_printf(
        "<?xpacket begin='\xef\xbb\xbf' id='W5M0MpCehiHzreSzNTczkc9d'?>\n<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "
        "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description xmlns:GCamera='http://ns.google.com/"
        "photos/1.0/camera/' %s>%s</rdf:Description></rdf:RDF></x:xmpmeta>\n  <?xpacket end='w'?>",
        attributes, inner);
}

static char *directory(const char *items)
{
    g_autofree char *inner = g_strdup_printf(
        "<Container:Directory xmlns:Container='http://ns.google.com/photos/1.0/container/' "
        "xmlns:Item='http://ns.google.com/photos/1.0/container/item/'><rdf:Seq>%s</rdf:Seq></Container:Directory>",
        items);
    return packet("GCamera:MotionPhoto='1' GCamera:MotionPhotoVersion='1'", inner);
}

#define PRIMARY                                                                                                        \
    "<rdf:li rdf:parseType='Resource'><Container:Item Item:Mime='image/jpeg' Item:Semantic='Primary' "                 \
    "Item:Length='0' Item:Padding='0'/></rdf:li>"

/* Ends @file. */
static void expect_film(GByteArray *file, size_t offset)
{
    /* Of its own size exactly, so that a sanitizer sees a look beyond it. */
    gsize size = file->len;
    g_autofree uint8_t *bytes = g_byte_array_free(file, FALSE);
    g_autofree uint8_t *exact = g_memdup2(bytes, size);
    struct photo photo = {.bytes = exact, .size = size};
    struct jpeg_markers markers;
    jpeg_markers_read(&photo, &markers);
    struct media_reply reply;
    media_reply_init(&reply);
    motion_read(&photo, &reply);
    if (offset == 0) {
        g_assert_cmpint(reply.motion_bytes, ==, MEDIA_NO_INT);
        g_assert_cmpint(reply.motion_offset, ==, MEDIA_NO_INT);
    } else {
        g_assert_cmpint(reply.motion_offset, ==, offset);
        g_assert_cmpint(reply.motion_bytes, ==, FILM_BYTES);
    }
    g_clear_pointer(&photo.xmp, g_bytes_unref);
    media_reply_clear(&reply);
}

/* ---- tests ---- */

static void expect_hint(char *xmp, uint64_t from_end, bool is_off)
{
    struct motion_hint hint = motion_hint_read(xmp, strlen(xmp));
    g_assert_cmpuint(hint.from_end_bytes, ==, from_end);
    g_assert_true(hint.is_off == is_off);
    g_free(xmp);
}

static void test_hints(void)
{
    expect_hint(packet("GCamera:MicroVideo='1' GCamera:MicroVideoOffset='4711'", ""), 4711, false);
    expect_hint(packet("", "<GCamera:MicroVideo>1</GCamera:MicroVideo><GCamera:MicroVideoOffset> 12 "
                           "</GCamera:MicroVideoOffset>"),
                12, false);
    expect_hint(directory(PRIMARY "<rdf:li><C:Item I:Semantic='MotionPhoto' I:Length='300' I:Padding='9'/></rdf:li>"
                                  "<rdf:li><C:Item I:Semantic='Original' I:Length='70' I:Padding='5'/></rdf:li>"),
                375, false);
    expect_hint(packet("GCamera:MotionPhoto='0'", ""), 0, true);
    expect_hint(packet("xmp:CreatorTool='none'", ""), 0, false);
    expect_hint(g_strdup("no packet at all"), 0, false);
}

static void test_google_directory(void)
{
    g_autofree char *items =
        g_strdup_printf(PRIMARY "<rdf:li rdf:parseType='Resource'><Container:Item Item:Mime='video/mp4' "
                                "Item:Semantic='MotionPhoto' Item:Length='%d' Item:Padding='0'/></rdf:li>",
                        FILM_BYTES);
    g_autofree char *xmp = directory(items);
    GByteArray *file = jpeg(xmp);
    size_t at = file->len;
    put_film(file);
    expect_film(file, at);
}

/* Elements instead of attributes, a gain map between the two, and a picture behind the video. */
static void test_google_directory_in_another_hand(void)
{
    g_autofree char *items = g_strdup_printf(
        PRIMARY "<rdf:li><Container:Item Item:Semantic='GainMap' Item:Length='90'/></rdf:li>"
                "<rdf:li rdf:parseType='Resource'><Container:Item rdf:parseType='Resource'><Item:Semantic>MotionPhoto"
                "</Item:Semantic><Item:Length> %d </Item:Length></Container:Item></rdf:li>"
                "<rdf:li><Container:Item Item:Semantic='Original' Item:Length='70'/></rdf:li>",
        FILM_BYTES);
    g_autofree char *xmp = directory(items);
    GByteArray *file = jpeg(xmp);
    put_filled(file, 90);
    size_t at = file->len;
    put_film(file);
    put_filled(file, 70);
    expect_film(file, at);
}

static void test_micro_video(void)
{
    g_autofree char *attributes = g_strdup_printf(
        "GCamera:MicroVideo='1' GCamera:MicroVideoVersion='1' GCamera:MicroVideoOffset='%d'", FILM_BYTES);
    g_autofree char *xmp = packet(attributes, "");
    GByteArray *file = jpeg(xmp);
    size_t at = file->len;
    put_film(file);
    expect_film(file, at);
}

/* Editors shift what lies behind, and leave the packet as it was. */
static void test_hint_that_is_off_the_place(void)
{
    static const int errors[] = {-200, -8, 8, 200};
    for (size_t i = 0; i < G_N_ELEMENTS(errors); i++) {
        g_autofree char *attributes =
            g_strdup_printf("GCamera:MicroVideo='1' GCamera:MicroVideoOffset='%d'", FILM_BYTES + errors[i]);
        g_autofree char *xmp = packet(attributes, "");
        GByteArray *file = jpeg(xmp);
        size_t at = file->len;
        put_film(file);
        expect_film(file, at);
    }
}

static void put_samsung_trailer(GByteArray *out, size_t film_at)
{
    /* Two entries: a time, then the film, whose data begin with a head of 24 bytes. */
    put(out, "\0\0\x01\x0a", 4);
    put_le(out, 14, 4);
    put_text(out, "Image_UTC_Data1700000000000");
    size_t head = out->len;
    put_text(out, "SEFH");
    put_le(out, 106, 4);
    put_le(out, 2, 4);
    put(out, "\0\0\x01\x0a", 4);
    put_le(out, 35, 4);
    put_le(out, 35, 4);
    put(out, "\0\0\x30\x0a", 4);
    put_le(out, (uint32_t)(head - film_at + 24), 4);
    put_le(out, FILM_BYTES + 24, 4);
    put_le(out, (uint32_t)(out->len - head), 4);
    put_text(out, "SEFT");
}

static void test_samsung_trailer(void)
{
    GByteArray *file = jpeg(NULL);
    put(file, "\0\0\x30\x0a\x10\0\0\0MotionPhoto_Data", 24);
    size_t at = file->len;
    put_film(file);
    put_samsung_trailer(file, at);
    expect_film(file, at);
}

/* Older ones, whose trailer a chat program cut off: the film stands behind the picture all the same. */
static void test_film_behind_the_picture(void)
{
    GByteArray *file = jpeg(NULL);
    put_text(file, "MotionPhoto_Data");
    size_t at = file->len;
    put_film(file);
    put_text(file, "whatever follows");
    expect_film(file, at);
}

static GByteArray *heic(void)
{
    GByteArray *out = g_byte_array_new();
    put_be(out, 24, 4);
    put(out, "ftypheic\0\0\0\0mif1heic", 20);
    put_box(out, "meta", 500);
    put_box(out, "mdat", 900);
    return out;
}

static void test_heic_box(void)
{
    GByteArray *file = heic();
    put_be(file, 8 + FILM_BYTES, 4);
    put_text(file, "mpvd");
    size_t at = file->len;
    put_film(file);
    put_box(file, "sefd", 40);
    expect_film(file, at);

    /* With a head of 16 bytes. */
    file = heic();
    put_be(file, 1, 4);
    put_text(file, "mpvd");
    put_be(file, 16 + FILM_BYTES, 8);
    at = file->len;
    put_film(file);
    expect_film(file, at);
}

static void test_off(void)
{
    g_autofree char *attributes = g_strdup_printf("GCamera:MotionPhoto='0' GCamera:MicroVideoOffset='%d'", FILM_BYTES);
    g_autofree char *xmp = packet(attributes, "");
    GByteArray *file = jpeg(xmp);
    put_film(file);
    expect_film(file, 0);
}

static void test_no_film(void)
{
    expect_film(jpeg(NULL), 0);
    expect_film(heic(), 0);
    /* A hint without a film behind it. */
    static const char *const offsets[] = {"0", "1", "500", "99999999", "18446744073709551615", "-3", "x"};
    for (size_t i = 0; i < G_N_ELEMENTS(offsets); i++) {
        g_autofree char *attributes =
            g_strdup_printf("GCamera:MicroVideo='1' GCamera:MicroVideoOffset='%s'", offsets[i]);
        g_autofree char *xmp = packet(attributes, "");
        GByteArray *file = jpeg(xmp);
        put_filled(file, 600);
        expect_film(file, 0);
    }
    /* A trailer that points outside of the file. */
    GByteArray *file = jpeg(NULL);
    put_samsung_trailer(file, 0);
    expect_film(file, 0);
}

/* Films of which a part is missing: cut anywhere, without an index, without data. */
static void test_half_films(void)
{
    for (unsigned cut = 1; cut < FILM_BYTES; cut += 7) {
        GByteArray *file = jpeg(NULL);
        put_film(file);
        g_byte_array_set_size(file, file->len - cut);
        expect_film(file, 0);
    }
    static const char *const parts[] = {"moov", "mdat"};
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        GByteArray *file = jpeg(NULL);
        put_be(file, 16, 4);
        put(file, "ftypmp42\0\0\0\0", 12);
        put_box(file, parts[i], 500);
        expect_film(file, 0);
    }
}

/* Nothing but heads: found out in bounded time. */
static void test_endless_heads(void)
{
    GByteArray *file = jpeg(NULL);
    put_be(file, 16, 4);
    put(file, "ftypmp42\0\0\0\0", 12);
    for (unsigned i = 0; i < 300000; i++)
        put(file,
            "\0\0\0\x08"
            "free",
            8);
    expect_film(file, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/motion/hints", test_hints);
    g_test_add_func("/motion/google-directory", test_google_directory);
    g_test_add_func("/motion/google-directory-in-another-hand", test_google_directory_in_another_hand);
    g_test_add_func("/motion/micro-video", test_micro_video);
    g_test_add_func("/motion/hint-that-is-off-the-place", test_hint_that_is_off_the_place);
    g_test_add_func("/motion/samsung-trailer", test_samsung_trailer);
    g_test_add_func("/motion/film-behind-the-picture", test_film_behind_the_picture);
    g_test_add_func("/motion/heic-box", test_heic_box);
    g_test_add_func("/motion/off", test_off);
    g_test_add_func("/motion/no-film", test_no_film);
    g_test_add_func("/motion/half-films", test_half_films);
    g_test_add_func("/motion/endless-heads", test_endless_heads);
    return g_test_run();
}
