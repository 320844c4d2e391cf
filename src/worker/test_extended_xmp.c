/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * XMP in several marker segments of a JPEG, from the segments to the facts. */
#include <locale.h>
#include <string.h>

#include "worker/extended_xmp.h"
#include "worker/jpeg_markers.h"
#include "worker/metadata.h"

#define GUID "0123456789ABCDEF0123456789ABCDEF"
#define OTHER "FEDCBA9876543210FEDCBA9876543210"
#define XMP_ID "http://ns.adobe.com/xap/1.0/"

static const char *const rdf =
    "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
    "<rdf:Description xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmlns:tiff='http://ns.adobe.com/tiff/1.0/' "
    "xmlns:xmpNote='http://ns.adobe.com/xmp/note/' %s/></rdf:RDF></x:xmpmeta>";

static void append_segment(GByteArray *out, const void *id, size_t id_size, const void *bytes, size_t size)
{
    size_t length = 2 + id_size + size;
    const guint8 head[4] = {0xff, 0xe1, (guint8)(length >> 8), (guint8)length};
    g_byte_array_append(out, head, sizeof(head));
    g_byte_array_append(out, id, (guint)id_size);
    g_byte_array_append(out, bytes, (guint)size);
}

static GByteArray *jpeg_with(const char *attributes)
{
    GByteArray *out = g_byte_array_new();
    g_autofree char *packet = g_strdup_printf(rdf, attributes);
    g_byte_array_append(out, (const guint8 *)"\xff\xd8", 2);
    append_segment(out, XMP_ID, sizeof(XMP_ID), packet, strlen(packet));
    return out;
}

static void append_part(GByteArray *out, const char *guid, guint32 packet_size, guint32 at, const char *bytes,
                        size_t size)
{
    g_autoptr(GByteArray) part = g_byte_array_new();
    guint32 numbers[2] = {GUINT32_TO_BE(packet_size), GUINT32_TO_BE(at)};
    g_byte_array_append(part, (const guint8 *)guid, 32);
    g_byte_array_append(part, (const guint8 *)numbers, sizeof(numbers));
    g_byte_array_append(part, (const guint8 *)bytes, (guint)size);
    append_segment(out, EXTENDED_XMP_ID, sizeof(EXTENDED_XMP_ID), part->data, part->len);
}

/* Ends @file. */
static void read_file(GByteArray *file, bool *ret_extended, struct media_reply *ret_reply)
{
    g_byte_array_append(file, (const guint8 *)"\xff\xd9", 2);
    struct photo photo = {.bytes = file->data, .size = file->len};
    struct jpeg_markers markers;
    jpeg_markers_read(&photo, &markers);
    *ret_extended = photo.xmp_extended != NULL;
    media_reply_init(ret_reply);
    const struct metadata_blocks blocks = {photo.exif, photo.xmp, photo.iptc, photo.xmp_extended, 0, 0};
    metadata_read(&blocks, ret_reply);
    g_clear_pointer(&photo.xmp, g_bytes_unref);
    g_clear_pointer(&photo.xmp_extended, g_bytes_unref);
    g_byte_array_unref(file);
}

/* Three parts, the last one first. The first packet wins where both speak. */
static void test_parts_in_any_order(void)
{
    g_autofree char *packet = g_strdup_printf(rdf, "xmp:Rating='2' tiff:Make='Nikon' tiff:Model='Second'");
    size_t size = strlen(packet), third = size / 3;
    GByteArray *file = jpeg_with("xmpNote:HasExtendedXMP='" GUID "' tiff:Model='First'");
    append_part(file, GUID, (guint32)size, (guint32)(2 * third), packet + 2 * third, size - 2 * third);
    append_part(file, OTHER, 5, 0, "other", 5);
    append_part(file, GUID, (guint32)size, 0, packet, third);
    append_part(file, GUID, (guint32)size, (guint32)third, packet + third, third);
    bool extended;
    struct media_reply reply;
    read_file(file, &extended, &reply);
    g_assert_true(extended);
    g_assert_cmpint(reply.rating, ==, 2);
    g_assert_cmpstr(reply.make, ==, "Nikon");
    g_assert_cmpstr(reply.model, ==, "First");
    media_reply_clear(&reply);
}

static void test_not_whole_or_not_named(void)
{
    g_autofree char *packet = g_strdup_printf(rdf, "xmp:Rating='2'");
    size_t size = strlen(packet);
    static const struct {
        const char *guid;
        guint32 more, at;
    } parts[] = {
        {OTHER, 0, 0},         /* left over by a program that does not know it */
        {GUID, 1, 0},          /* one byte is missing */
        {GUID, 0, 1},          /* beyond its own end */
        {GUID, 0, 0xffffffff}, /* far beyond */
        {GUID, 0x7fffffff, 0}, /* two gigabytes, it says */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        GByteArray *file = jpeg_with("xmpNote:HasExtendedXMP='" GUID "'");
        append_part(file, parts[i].guid, (guint32)size + parts[i].more, parts[i].at, packet, size);
        bool extended;
        struct media_reply reply;
        read_file(file, &extended, &reply);
        g_assert_false(extended);
        g_assert_cmpint(reply.rating, ==, MEDIA_NO_INT);
        media_reply_clear(&reply);
    }
}

static void test_twice_the_same_part(void)
{
    g_autofree char *packet = g_strdup_printf(rdf, "xmp:Rating='2'");
    guint32 size = (guint32)strlen(packet);
    GByteArray *file = jpeg_with("xmpNote:HasExtendedXMP='" GUID "'");
    append_part(file, GUID, size, 0, packet, size - 1);
    append_part(file, GUID, size, 0, packet, size - 1);
    bool extended;
    struct media_reply reply;
    read_file(file, &extended, &reply);
    g_assert_false(extended);
    media_reply_clear(&reply);
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C");
    g_test_init(&argc, &argv, NULL);
    metadata_warm();
    g_test_add_func("/extended-xmp/parts-in-any-order", test_parts_in_any_order);
    g_test_add_func("/extended-xmp/not-whole-or-not-named", test_not_whole_or_not_named);
    g_test_add_func("/extended-xmp/twice-the-same-part", test_twice_the_same_part);
    return g_test_run();
}
