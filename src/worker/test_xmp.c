/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * XMP packets as programs write them, and as nobody should; and what side files say. */
#include <locale.h>
#include <string.h>

#include "worker/charset.h"
#include "worker/metadata.h"
#include "worker/sidecar.h"
#include "worker/xmp.h"

#define REPLY_AUTO __attribute__((cleanup(media_reply_clear)))

#define RDF "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'"
#define SPACES                                                                                                         \
    "xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmlns:dc='http://purl.org/dc/elements/1.1/' "                            \
    "xmlns:exif='http://ns.adobe.com/exif/1.0/' xmlns:lr='http://ns.adobe.com/lightroom/1.0/' "                        \
    "xmlns:digiKam='http://www.digikam.org/ns/1.0/' xmlns:stArea='http://ns.adobe.com/xmp/sType/Area#' "               \
    "xmlns:stDim='http://ns.adobe.com/xap/1.0/sType/Dimensions#' xmlns:tiff='http://ns.adobe.com/tiff/1.0/' "          \
    "xmlns:mwg-rs='http://www.metadataworkinggroup.com/schemas/regions/' "                                             \
    "xmlns:MP='http://ns.microsoft.com/photo/1.2/' xmlns:MPRI='http://ns.microsoft.com/photo/1.2/t/RegionInfo#' "      \
    "xmlns:MPReg='http://ns.microsoft.com/photo/1.2/t/Region#'"
#define PACKET(attributes, body)                                                                                       \
    "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF " RDF "><rdf:Description " SPACES " " attributes ">" body            \
    "</rdf:Description></rdf:RDF></x:xmpmeta>"

static struct xmp *read_text(const char *text)
{
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    return xmp_read(bytes);
}

/* ---- syntax ---- */

static void test_shapes(void)
{
    struct xmp *xmp = read_text(
        PACKET("xmp:Rating='3'",
               "<dc:subject><rdf:Bag><rdf:li>one</rdf:li><rdf:li>two &amp; three</rdf:li></rdf:Bag></dc:subject>"
               "<dc:description><rdf:Alt><rdf:li xml:lang='de-DE'>Grüße</rdf:li><rdf:li xml:lang='x-default'>"
               "Greetings</rdf:li></rdf:Alt></dc:description>"
               "<xmp:Nickname rdf:parseType='Resource'><rdf:value>Nick</rdf:value></xmp:Nickname>"
               "<xmp:BaseURL rdf:resource='http://example.org/'/>"
               "<exif:Flash exif:Fired='True'/>"
               "<foreign:Thing xmlns:foreign='urn:foreign'><dc:title>unseen</dc:title></foreign:Thing>"));
    g_assert_cmpstr(xmp_text(xmp, "xmp:Rating"), ==, "3");
    g_assert_cmpint(xmp_count(xmp, "dc:subject"), ==, 2);
    g_assert_cmpstr(xmp_text(xmp, "dc:subject[2]"), ==, "two & three");
    g_assert_cmpstr(xmp_text(xmp, "dc:subject"), ==, "one");
    g_assert_cmpstr(xmp_text(xmp, "dc:description"), ==, "Greetings");
    g_assert_cmpstr(xmp_text(xmp, "dc:description[1]"), ==, "Grüße");
    g_assert_cmpstr(xmp_text(xmp, "xmp:Nickname"), ==, "Nick");
    g_assert_cmpstr(xmp_text(xmp, "xmp:BaseURL"), ==, "http://example.org/");
    g_assert_cmpstr(xmp_text(xmp, "exif:Flash/exif:Fired"), ==, "True");
    g_assert_null(xmp_text(xmp, "dc:title"));
    xmp_free(xmp);
}

/* Structures as attributes, as a resource, as a description: the same path. */
static void test_structures(void)
{
    static const char *const items[] = {
        "<rdf:li><rdf:Description mwg-rs:Name='Ann'><mwg-rs:Area stArea:x='0.5'/></rdf:Description></rdf:li>",
        ("<rdf:li rdf:parseType='Resource'><mwg-rs:Name>Ann</mwg-rs:Name><mwg-rs:Area rdf:parseType='Resource'>"
         "<stArea:x>0.5</stArea:x></mwg-rs:Area></rdf:li>"),
        "<rdf:li mwg-rs:Name='Ann'><mwg-rs:Area><rdf:Description stArea:x='0.5'/></mwg-rs:Area></rdf:li>",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(items); i++) {
        g_autofree char *text = g_strdup_printf(
            PACKET("", "<mwg-rs:Regions rdf:parseType='Resource'><mwg-rs:RegionList><rdf:Bag>%s</rdf:Bag>"
                       "</mwg-rs:RegionList></mwg-rs:Regions>"),
            items[i]);
        struct xmp *xmp = read_text(text);
        g_assert_cmpstr(xmp_text(xmp, "mwg-rs:Regions/mwg-rs:RegionList[1]/mwg-rs:Name"), ==, "Ann");
        g_assert_cmpstr(xmp_text(xmp, "mwg-rs:Regions/mwg-rs:RegionList[1]/mwg-rs:Area/stArea:x"), ==, "0.5");
        xmp_free(xmp);
    }
}

static void test_prefixes_mean_their_namespaces(void)
{
    struct xmp *xmp = read_text("<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><r:Description "
                                "xmlns:xap='http://ns.adobe.com/xap/1.0/' xmlns:dc='urn:not-dublin' xap:Rating='5'>"
                                "<dc:title>foreign</dc:title></r:Description></r:RDF>");
    g_assert_cmpstr(xmp_text(xmp, "xmp:Rating"), ==, "5");
    g_assert_null(xmp_text(xmp, "dc:title"));
    xmp_free(xmp);
    struct xmp *undeclared = read_text("<x:xmpmeta><rdf:RDF><rdf:Description xmp:Rating='2'/></rdf:RDF></x:xmpmeta>");
    g_assert_cmpstr(xmp_text(undeclared, "xmp:Rating"), ==, "2");
    xmp_free(undeclared);
}

/* ---- encodings ---- */

static GBytes *in_utf16(const char *text, bool is_big, bool has_mark)
{
    glong units = 0;
    g_autofree gunichar2 *wide = g_utf8_to_utf16(text, -1, NULL, &units, NULL);
    GByteArray *out = g_byte_array_new();
    for (glong i = has_mark ? -1 : 0; i < units; i++) {
        unsigned unit = i < 0 ? 0xfeff : wide[i];
        guint8 pair[2] = {(guint8)(is_big ? unit >> 8 : unit), (guint8)(is_big ? unit : unit >> 8)};
        g_byte_array_append(out, pair, 2);
    }
    return g_byte_array_free_to_bytes(out);
}

static void test_encodings(void)
{
    const char *packet = "<?xpacket begin='\xef\xbb\xbf' id='x'?>" PACKET("", "<dc:title>Grüße 🌍</dc:title>");
    for (unsigned i = 0; i < 4; i++) {
        g_autoptr(GBytes) bytes = in_utf16(packet, i & 1, i & 2);
        struct xmp *xmp = xmp_read(bytes);
        g_assert_cmpstr(xmp_text(xmp, "dc:title"), ==, "Grüße 🌍");
        xmp_free(xmp);
    }
    struct xmp *latin = read_text(PACKET("", "<dc:title>Gr\xfc\xdf"
                                             "e</dc:title>"));
    g_assert_cmpstr(xmp_text(latin, "dc:title"), ==, "Grüße");
    xmp_free(latin);
    struct xmp *controls = read_text(PACKET("", "<dc:title>a\x01"
                                                "b&#0;c&#x1F;d</dc:title>"));
    g_assert_nonnull(controls);
    g_assert_true(g_str_has_prefix(xmp_text(controls, "dc:title"), "a b"));
    g_assert_true(g_str_has_suffix(xmp_text(controls, "dc:title"), "d"));
    xmp_free(controls);
}

static void test_charset(void)
{
    g_autofree char *windows = charset_decode("\x93Gr\xfc\xdf"
                                              "e\x94 \x81",
                                              10);
    g_assert_cmpstr(windows, ==, "“Grüße” \xef\xbf\xbd");
    g_autofree char *cut = charset_decode("Grüß", 5); /* a camera cut the last letter in two */
    g_assert_cmpstr(cut, ==, "Grü\xef\xbf\xbd");
    g_autofree char *clean = charset_clean(" a\tb\x01\x7f\nc ", 100);
    g_assert_cmpstr(clean, ==, "a b\nc");
    g_autofree char *short_one = charset_clean("üüü", 5);
    g_assert_cmpstr(short_one, ==, "üü");
    g_assert_null(charset_clean(" \n ", 100));
    g_autofree char *half = charset_utf16("a\0\x3d\xd8", 4, false);
    g_assert_cmpstr(half, ==, "a\xef\xbf\xbd");
}

/* ---- what should not be ---- */

static void test_malformed_keeps_what_came_before(void)
{
    struct xmp *cut = read_text("<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF " RDF "><rdf:Description " SPACES
                                " xmp:Rating='4'><dc:title>whole</dc:title><dc:desc");
    g_assert_cmpstr(xmp_text(cut, "xmp:Rating"), ==, "4");
    g_assert_cmpstr(xmp_text(cut, "dc:title"), ==, "whole");
    xmp_free(cut);
    g_assert_null(read_text("no packet at all"));
    g_assert_null(read_text("<svg/>"));
    g_assert_null(xmp_read(NULL));
}

static void test_entities_and_types_are_refused(void)
{
    g_assert_null(
        read_text("<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]>" PACKET("", "<dc:title>&b;"
                                                                                                 "</dc:title>")));
    struct xmp *unknown = read_text(PACKET("xmp:Rating='1'", "<dc:title>a&nbsp;b</dc:title>"));
    g_assert_cmpstr(xmp_text(unknown, "xmp:Rating"), ==, "1");
    xmp_free(unknown);
}

static void test_limits(void)
{
    g_autoptr(GString) deep = g_string_new("<rdf:RDF " RDF " " SPACES "><rdf:Description xmp:Rating='1'>");
    for (unsigned i = 0; i < 100000; i++)
        g_string_append(deep, "<dc:a>");
    struct xmp *xmp = read_text(deep->str);
    g_assert_cmpstr(xmp_text(xmp, "xmp:Rating"), ==, "1");
    xmp_free(xmp);

    g_autoptr(GString) wide = g_string_new("<rdf:RDF " RDF " " SPACES "><rdf:Description><dc:subject><rdf:Bag>");
    for (unsigned i = 0; i < 50000; i++)
        g_string_append(wide, "<rdf:li>word</rdf:li>");
    xmp = read_text(wide->str);
    g_assert_cmpint(xmp_count(xmp, "dc:subject"), <=, XMP_MAX_VALUES + 1);
    g_assert_cmpstr(xmp_text(xmp, "dc:subject[20000]"), ==, "word");
    g_assert_null(xmp_text(xmp, "dc:subject[20001]"));
    xmp_free(xmp);

    g_autoptr(GString) names = g_string_new("<rdf:RDF " RDF "><rdf:Description");
    for (unsigned i = 0; i < 5000; i++)
        g_string_append_printf(names, " xmlns:p%u='urn:%u'", i, i);
    g_string_append(names, " " SPACES ">");
    for (unsigned i = 0; i < 5000; i++)
        g_string_append_printf(names, "<p%u:a/>", i);
    g_string_append(names, "<xmp:Rating>5</xmp:Rating></rdf:Description></rdf:RDF>");
    xmp = read_text(names->str);
    g_assert_cmpstr(xmp_text(xmp, "xmp:Rating"), ==, "5");
    xmp_free(xmp);
}

/* ---- facts ---- */

static void read_packet(const char *text, struct media_reply *ret_reply)
{
    media_reply_init(ret_reply);
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    const struct metadata_blocks blocks = {.xmp = bytes, .stored_width_px = 700, .stored_height_px = 840};
    metadata_read(&blocks, ret_reply);
}

static void test_keywords(void)
{
    REPLY_AUTO struct media_reply reply;
    read_packet(PACKET("",
                       "<lr:hierarchicalSubject><rdf:Bag><rdf:li>People|Marie Curie</rdf:li></rdf:Bag>"
                       "</lr:hierarchicalSubject><digiKam:TagsList><rdf:Seq><rdf:li>People/Marie Curie</rdf:li>"
                       "<rdf:li>Places/Paris</rdf:li></rdf:Seq></digiKam:TagsList><dc:subject><rdf:Bag>"
                       "<rdf:li>marie curie</rdf:li><rdf:li> AC/DC </rdf:li><rdf:li>a\nb</rdf:li><rdf:li>  </rdf:li>"
                       "<rdf:li>AC/DC</rdf:li></rdf:Bag></dc:subject>"),
                &reply);
    g_assert_cmpstr(reply.keywords, ==, "People|Marie Curie\nPlaces|Paris\nAC/DC\na b");
    REPLY_AUTO struct media_reply single;
    read_packet(PACKET("dc:subject='alone'", ""), &single);
    g_assert_cmpstr(single.keywords, ==, "alone");
}

#define REGIONS(size, list)                                                                                            \
    "<mwg-rs:Regions rdf:parseType='Resource'>" size "<mwg-rs:RegionList><rdf:Bag>" list                               \
    "</rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>"
#define FACE(words, area) "<rdf:li><rdf:Description " words "><mwg-rs:Area " area "/></rdf:Description></rdf:li>"

static void test_faces_stand_upright(void)
{
    /* Stored 700 × 840, to be turned by 90°: the left upper corner comes to the right. */
    REPLY_AUTO struct media_reply stored, upright, pixels;
    read_packet(PACKET("tiff:Orientation='6'",
                       REGIONS("<mwg-rs:AppliedToDimensions stDim:w='700' stDim:h='840'/>",
                               FACE("mwg-rs:Name='Ann&#10;B.' mwg-rs:Type='Face'",
                                    "stArea:x='0.1' stArea:y='0.2' stArea:w='0.1' stArea:h='0.2'")
                                   FACE("mwg-rs:Name='Rex' mwg-rs:Type='Pet'",
                                        "stArea:x='0.5' stArea:y='0.5' stArea:w='0.1' stArea:h='0.2'"))),
                &stored);
    g_assert_cmpstr(stored.faces, ==, "0.700000 0.050000 0.200000 0.100000 Ann B.");
    read_packet(PACKET("tiff:Orientation='6'",
                       REGIONS("<mwg-rs:AppliedToDimensions stDim:w='840' stDim:h='700'/>",
                               FACE("", "stArea:x='0.1' stArea:y='0.2' stArea:w='0.1' stArea:h='0.2'"))),
                &upright);
    g_assert_cmpstr(upright.faces, ==, "0.050000 0.100000 0.100000 0.200000 ");
    read_packet(
        PACKET("", REGIONS("<mwg-rs:AppliedToDimensions stDim:w='200' stDim:h='100'/>",
                           FACE("", "stArea:x='200' stArea:y='50' stArea:w='100' stArea:h='50' stArea:unit='pixel'")
                               FACE("", "stArea:x='nan' stArea:y='0' stArea:w='1' stArea:h='1'")
                                   FACE("", "stArea:x='5' stArea:y='5' stArea:w='1' stArea:h='1'"))),
        &pixels);
    g_assert_cmpstr(pixels.faces, ==, "0.750000 0.250000 0.250000 0.500000 ");
}

static void test_all_turns_of_faces(void)
{
    static const char *const wanted[] = {
        "0.100000 0.200000 0.300000 0.400000 ", "0.600000 0.200000 0.300000 0.400000 ",
        "0.600000 0.400000 0.300000 0.400000 ", "0.100000 0.400000 0.300000 0.400000 ",
        "0.200000 0.100000 0.400000 0.300000 ", "0.400000 0.100000 0.400000 0.300000 ",
        "0.400000 0.600000 0.400000 0.300000 ", "0.200000 0.600000 0.400000 0.300000 ",
    };
    for (unsigned turn = 1; turn <= 8; turn++) {
        g_autofree char *text = g_strdup_printf(
            PACKET("tiff:Orientation='%u'",
                   REGIONS("", FACE("", "stArea:x='0.25' stArea:y='0.4' stArea:w='0.3' stArea:h='0.4'"))),
            turn);
        REPLY_AUTO struct media_reply reply;
        read_packet(text, &reply);
        g_assert_cmpstr(reply.faces, ==, wanted[turn - 1]);
    }
}

static void test_faces_of_windows(void)
{
    REPLY_AUTO struct media_reply reply;
    read_packet(PACKET("", "<MP:RegionInfo rdf:parseType='Resource'><MPRI:Regions><rdf:Bag><rdf:li "
                           "MPReg:PersonDisplayName='Ann' MPReg:Rectangle='0.1, 0.2, 0.3, 0.4'/><rdf:li "
                           "MPReg:PersonDisplayName='Nowhere'/></rdf:Bag></MPRI:Regions></MP:RegionInfo>"),
                &reply);
    g_assert_cmpstr(reply.faces, ==, "0.100000 0.200000 0.300000 0.400000 Ann");
}

/* ---- side files ---- */

static void lay_over(const char *embedded, const char *sidecar, struct media_reply *ret_reply)
{
    read_packet(embedded, ret_reply);
    g_autoptr(GBytes) bytes = g_bytes_new(sidecar, strlen(sidecar));
    sidecar_apply(bytes, 700, 840, ret_reply);
}

static void test_sidecar_wins_field_by_field(void)
{
    REPLY_AUTO struct media_reply reply;
    lay_over(PACKET("exif:DateTimeOriginal='2024-08-13T12:34:56+02:00' xmp:Rating='3' tiff:Make='Canon' "
                    "tiff:Orientation='6' exif:GPSLatitude='10,0N' exif:GPSLongitude='20,0E' exif:GPSAltitude='5/1'",
                    "<dc:description><rdf:Alt><rdf:li>embedded</rdf:li></rdf:Alt></dc:description><dc:subject><rdf:Bag>"
                    "<rdf:li>old</rdf:li></rdf:Bag></dc:subject>"),
             PACKET("exif:DateTimeOriginal='2024-08-13T12:34:56' xmp:Rating='0' tiff:Orientation='1' "
                    "exif:GPSLatitude='11,0N' exif:GPSLongitude='21,0E'",
                    "<dc:subject><rdf:Bag><rdf:li>new</rdf:li></rdf:Bag></dc:subject>"),
             &reply);
    g_assert_cmpint(reply.sidecar, ==, MEDIA_SIDECAR_READ);
    g_assert_cmpint(reply.date_source, ==, MEDIA_DATE_SIDECAR);
    g_assert_cmpint(reply.offset_min, ==, 120); /* the same minute: the zone is still true */
    g_assert_true(reply.rating == MEDIA_NO_INT);
    g_assert_cmpstr(reply.make, ==, "Canon");
    g_assert_cmpstr(reply.description, ==, "embedded");
    g_assert_cmpstr(reply.keywords, ==, "new");
    g_assert_cmpfloat(reply.latitude, ==, 11);
    g_assert_true(isnan(reply.altitude_m));
    g_assert_cmpint(reply.orientation, ==, 6);
}

static void test_sidecar_with_another_time_has_its_own_zone(void)
{
    REPLY_AUTO struct media_reply reply;
    lay_over(PACKET("exif:DateTimeOriginal='2024-08-13T12:34:56+02:00'", ""),
             PACKET("xmp:CreateDate='2020-01-01T10:00:00'", ""), &reply);
    g_assert_true(reply.offset_min == MEDIA_NO_INT);
    g_assert_cmpint(reply.zone_source, ==, MEDIA_ZONE_NONE);
}

static void test_unreadable_sidecar_changes_nothing(void)
{
    REPLY_AUTO struct media_reply reply;
    lay_over(PACKET("xmp:Rating='3'", ""), "this is no XMP", &reply);
    g_assert_cmpint(reply.sidecar, ==, MEDIA_SIDECAR_UNREADABLE);
    g_assert_cmpint(reply.rating, ==, 3);
}

static void test_gaps_are_filled(void)
{
    static const char packet[] = PACKET("xmp:CreateDate='2020-01-01T10:00:00' xmp:Rating='5' tiff:Make='Canon'", "");
    g_autoptr(GBytes) bytes = g_bytes_new_static(packet, sizeof(packet) - 1);
    REPLY_AUTO struct media_reply reply;
    media_reply_init(&reply);
    reply.make = g_strdup("Sony");
    sidecar_fill_gaps(bytes, &reply);
    g_assert_cmpstr(reply.make, ==, "Sony");
    g_assert_cmpint(reply.rating, ==, 5);
    g_assert_cmpint(reply.date_source, ==, MEDIA_DATE_XMP_CREATED);
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C");
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/xmp/shapes", test_shapes);
    g_test_add_func("/xmp/structures", test_structures);
    g_test_add_func("/xmp/prefixes-mean-their-namespaces", test_prefixes_mean_their_namespaces);
    g_test_add_func("/xmp/encodings", test_encodings);
    g_test_add_func("/xmp/charset", test_charset);
    g_test_add_func("/xmp/malformed-keeps-what-came-before", test_malformed_keeps_what_came_before);
    g_test_add_func("/xmp/entities-and-types-are-refused", test_entities_and_types_are_refused);
    g_test_add_func("/xmp/limits", test_limits);
    g_test_add_func("/xmp/keywords", test_keywords);
    g_test_add_func("/xmp/faces-stand-upright", test_faces_stand_upright);
    g_test_add_func("/xmp/all-turns-of-faces", test_all_turns_of_faces);
    g_test_add_func("/xmp/faces-of-windows", test_faces_of_windows);
    g_test_add_func("/xmp/sidecar-wins-field-by-field", test_sidecar_wins_field_by_field);
    g_test_add_func("/xmp/sidecar-with-another-time-has-its-own-zone", test_sidecar_with_another_time_has_its_own_zone);
    g_test_add_func("/xmp/unreadable-sidecar-changes-nothing", test_unreadable_sidecar_changes_nothing);
    g_test_add_func("/xmp/gaps-are-filled", test_gaps_are_filled);
    return g_test_run();
}
