/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/xmp.h"

#include <string.h>

#include <expat.h>

#include "worker/charset.h"

/* Prefixes by their namespaces. Some have been written in several ways. */
static const struct {
    const char *uri, *prefix;
} namespaces[] = {
    {"http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf"},
    {"http://www.w3.org/XML/1998/namespace", "xml"},
    {"adobe:ns:meta/", "x"},
    {"http://ns.adobe.com/exif/1.0/", "exif"},
    {"http://ns.adobe.com/exif/1.0/aux/", "aux"},
    {"http://cipa.jp/exif/1.0/", "exifEX"},
    {"http://ns.adobe.com/tiff/1.0/", "tiff"},
    {"http://ns.adobe.com/xap/1.0/", "xmp"},
    {"http://purl.org/dc/elements/1.1/", "dc"},
    {"http://purl.org/dc/1.1/", "dc"},
    {"http://ns.adobe.com/photoshop/1.0/", "photoshop"},
    {"http://ns.adobe.com/lightroom/1.0/", "lr"},
    {"http://www.digikam.org/ns/1.0/", "digiKam"},
    {"http://ns.iview-multimedia.com/mediapro/1.0/", "mediapro"},
    {"http://ns.microsoft.com/photo/1.0/", "MicrosoftPhoto"},
    {"http://ns.microsoft.com/photo/1.0", "MicrosoftPhoto"},
    {"http://ns.microsoft.com/photo/1.2/", "MP"},
    {"http://ns.microsoft.com/photo/1.2/t/RegionInfo#", "MPRI"},
    {"http://ns.microsoft.com/photo/1.2/t/Region#", "MPReg"},
    {"http://www.metadataworkinggroup.com/schemas/regions/", "mwg-rs"},
    {"http://www.metadataworkinggroup.com/schemas/keywords/", "mwg-kw"},
    {"http://ns.adobe.com/xmp/sType/Area#", "stArea"},
    {"http://ns.adobe.com/xap/1.0/sType/Area#", "stArea"},
    {"http://ns.adobe.com/xap/1.0/sType/Dimensions#", "stDim"},
    {"http://ns.google.com/photos/1.0/panorama/", "GPano"},
    {"http://ns.google.com/photos/1.0/camera/", "GCamera"},
    {"http://ns.google.com/photos/1.0/container/", "Container"},
    {"http://ns.google.com/photos/1.0/container/item/", "Item"},
    {"http://ns.adobe.com/hdr-gain-map/1.0/", "hdrgm"},
    {"http://ns.adobe.com/xmp/1.0/DynamicMedia/", "xmpDM"},
    {"http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/", "Iptc4xmpCore"},
    {"http://iptc.org/std/Iptc4xmpExt/2008-02-29/", "Iptc4xmpExt"},
};

/* Names that are longer, or prefixes beyond these, are not those that anybody here asks for; without a limit they could
 * make each step slow. */
enum { NAME_MAX_BYTES = 100, BINDINGS_MAX = 200 };

struct xmp {
    GHashTable *values; /* path → text */
    GHashTable *counts; /* path of an array → number of items */
};

/* One open element. */
struct frame {
    size_t path_length; /* of the path with this element */
    guint n_bindings;   /* of prefixes, before this element's own */
    bool has_children;
    bool is_default; /* an item in the default language */
};

struct binding {
    char *prefix;
    const char *ours; /* NULL: a namespace that nobody asks for */
};

struct reader {
    XML_Parser parser;
    struct xmp *xmp;
    GString *path, *text;
    GArray *frames;     /* struct frame */
    GArray *bindings;   /* struct binding */
    unsigned n_skipped; /* depth within an element of a foreign namespace */
    bool is_too_long;   /* the text */
};

/* ---- names ---- */

static const char *find_prefix(const char *uri)
{
    for (size_t i = 0; i < G_N_ELEMENTS(namespaces); i++)
        if (strcmp(namespaces[i].uri, uri) == 0)
            return namespaces[i].prefix;
    return NULL;
}

static void bind(struct reader *reader, const char *prefix, const char *uri)
{
    if (reader->bindings->len == BINDINGS_MAX)
        return;
    struct binding binding = {g_strdup(prefix), find_prefix(uri)};
    g_array_append_val(reader->bindings, binding);
}

static void unbind(struct reader *reader, guint n_left)
{
    while (reader->bindings->len > n_left) {
        g_free(g_array_index(reader->bindings, struct binding, reader->bindings->len - 1).prefix);
        g_array_set_size(reader->bindings, reader->bindings->len - 1);
    }
}

/* Our prefix for that of @name, or NULL. Prefixes that were never declared mean what they usually do. */
static const char *resolve(const struct reader *reader, const char *name, const char **ret_local)
{
    const char *colon = strchr(name, ':');
    size_t length = colon ? (size_t)(colon - name) : 0;
    *ret_local = colon ? colon + 1 : name;
    if (strlen(name) > NAME_MAX_BYTES)
        return NULL;
    for (guint i = reader->bindings->len; i-- > 0;) {
        const struct binding *binding = &g_array_index(reader->bindings, struct binding, i);
        if (strlen(binding->prefix) == length && memcmp(binding->prefix, name, length) == 0)
            return binding->ours;
    }
    for (size_t i = 0; length > 0 && i < G_N_ELEMENTS(namespaces); i++)
        if (strlen(namespaces[i].prefix) == length && memcmp(namespaces[i].prefix, name, length) == 0)
            return namespaces[i].prefix;
    return NULL;
}

static bool is_rdf(const char *prefix, const char *local, const char *wanted)
{
    return strcmp(prefix, "rdf") == 0 && strcmp(local, wanted) == 0;
}

/* ---- values ---- */

static void put(struct reader *reader, const char *text)
{
    GHashTable *values = reader->xmp->values;
    if (reader->path->len == 0 || g_hash_table_size(values) >= XMP_MAX_VALUES ||
        g_hash_table_contains(values, reader->path->str))
        return;
    g_hash_table_insert(values, g_strdup(reader->path->str), g_strdup(text));
}

static void append_name(GString *path, const char *prefix, const char *local)
{
    g_string_append_printf(path, "%s%s:%s", path->len > 0 ? "/" : "", prefix, local);
}

/* The next item of the array at the path. */
static void append_item(struct reader *reader)
{
    GHashTable *counts = reader->xmp->counts;
    guint n = GPOINTER_TO_UINT(g_hash_table_lookup(counts, reader->path->str)) + 1;
    if (n > XMP_MAX_VALUES)
        return;
    g_hash_table_insert(counts, g_strdup(reader->path->str), GUINT_TO_POINTER(n));
    g_string_append_printf(reader->path, "[%u]", n);
}

/* Properties that stand as attributes; those of RDF and XML itself are none. */
static void take_attributes(struct reader *reader, const char **attributes, struct frame *frame)
{
    for (; attributes[0]; attributes += 2) {
        const char *local, *prefix = resolve(reader, attributes[0], &local);
        if (!prefix)
            continue;
        if (strcmp(prefix, "xml") == 0)
            frame->is_default = frame->is_default || strcmp(attributes[1], "x-default") == 0;
        else if (is_rdf(prefix, local, "resource") || is_rdf(prefix, local, "value"))
            put(reader, attributes[1]);
        if (strcmp(prefix, "xml") == 0 || strcmp(prefix, "rdf") == 0 || strcmp(prefix, "x") == 0)
            continue;
        size_t length = reader->path->len;
        append_name(reader->path, prefix, local);
        if (strlen(attributes[1]) <= XMP_MAX_TEXT)
            put(reader, attributes[1]);
        g_string_truncate(reader->path, length);
    }
}

/* ---- what expat calls ---- */

static void take_bindings(struct reader *reader, const char **attributes)
{
    for (; attributes[0]; attributes += 2) {
        if (strcmp(attributes[0], "xmlns") == 0)
            bind(reader, "", attributes[1]);
        else if (g_str_has_prefix(attributes[0], "xmlns:"))
            bind(reader, attributes[0] + strlen("xmlns:"), attributes[1]);
    }
}

static void XMLCALL begin_element(void *data, const XML_Char *name, const XML_Char **attributes)
{
    struct reader *reader = data;
    struct frame frame = {.n_bindings = reader->bindings->len};
    if (reader->n_skipped > 0) {
        reader->n_skipped++;
        return;
    }
    if (reader->frames->len == XMP_MAX_DEPTH || g_hash_table_size(reader->xmp->values) >= XMP_MAX_VALUES) {
        XML_StopParser(reader->parser, XML_FALSE);
        return;
    }
    if (reader->frames->len > 0)
        g_array_index(reader->frames, struct frame, reader->frames->len - 1).has_children = true;
    take_bindings(reader, attributes);
    const char *local, *prefix = resolve(reader, name, &local);
    if (!prefix) {
        unbind(reader, frame.n_bindings);
        reader->n_skipped = 1;
        return;
    }
    if (is_rdf(prefix, local, "li"))
        append_item(reader);
    else if (strcmp(prefix, "rdf") != 0 && strcmp(prefix, "x") != 0)
        append_name(reader->path, prefix, local);
    frame.path_length = reader->path->len;
    take_attributes(reader, attributes, &frame);
    g_array_append_val(reader->frames, frame);
    g_string_truncate(reader->text, 0);
    reader->is_too_long = false;
}

/* "dc:description[2]" in the default language is also "dc:description". */
static void put_default(struct reader *reader)
{
    char *bracket = strrchr(reader->path->str, '[');
    size_t length = reader->path->len;
    if (!bracket || length == 0 || reader->path->str[length - 1] != ']')
        return;
    *bracket = '\0';
    put(reader, reader->text->str);
    *bracket = '[';
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

static void XMLCALL end_element(void *data, const XML_Char *name)
{
    struct reader *reader = data;
    (void)name;
    if (reader->n_skipped > 0) {
        reader->n_skipped--;
        return;
    }
    if (reader->frames->len == 0)
        return;
    struct frame frame = g_array_index(reader->frames, struct frame, reader->frames->len - 1);
    if (!frame.has_children && !reader->is_too_long && !is_blank(reader->text->str)) {
        if (frame.is_default)
            put_default(reader);
        put(reader, reader->text->str);
    }
    g_string_truncate(reader->text, 0);
    unbind(reader, frame.n_bindings);
    g_array_set_size(reader->frames, reader->frames->len - 1);
    size_t above =
        reader->frames->len > 0 ? g_array_index(reader->frames, struct frame, reader->frames->len - 1).path_length : 0;
    g_string_truncate(reader->path, above);
}

static void XMLCALL take_text(void *data, const XML_Char *text, int size)
{
    struct reader *reader = data;
    if (reader->n_skipped > 0 || reader->is_too_long)
        return;
    if (reader->text->len + (size_t)size > XMP_MAX_TEXT)
        reader->is_too_long = true;
    else
        g_string_append_len(reader->text, text, size);
}

static void XMLCALL refuse_doctype(void *data, const XML_Char *name, const XML_Char *system, const XML_Char *public,
                                   int has_internal)
{
    (void)name, (void)system, (void)public, (void)has_internal;
    XML_StopParser(((struct reader *)data)->parser, XML_FALSE);
}

/* ---- before expat sees it ---- */

static bool is_xml_char(unsigned long c)
{
    return c == 9 || c == 10 || c == 13 || (c >= 0x20 && c < 0xd800) || (c >= 0xe000 && c <= 0xfffd) ||
           (c >= 0x10000 && c <= 0x10ffff);
}

/* "&#0;" is no XML and would end the reading. */
static void blank_bad_references(char *text)
{
    for (char *at = strstr(text, "&#"); at; at = strstr(at + 2, "&#")) {
        bool is_hex = at[2] == 'x' || at[2] == 'X';
        char *end = NULL;
        guint64 c = g_ascii_strtoull(at + (is_hex ? 3 : 2), &end, is_hex ? 16 : 10);
        if (*end == ';' && !is_xml_char(c))
            memset(at, ' ', (size_t)(end - at) + 1);
    }
}

/* As UTF-8 that expat takes; NULL for what expat reads as it is (UTF-16). */
static char *prepare(const char *bytes, size_t size)
{
    if (size >= 2 && (bytes[0] == '\0' || bytes[1] == '\0'))
        return NULL;
    g_autofree char *copy = g_malloc(size + 1);
    memcpy(copy, bytes, size);
    copy[size] = '\0';
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)copy[i] < 0x20 && !strchr("\t\n\r", copy[i]))
            copy[i] = ' ';
        else if (copy[i] == '\0')
            copy[i] = ' ';
    char *text = charset_decode(copy, size);
    blank_bad_references(text);
    return text;
}

/* Where the XML begins: some writers put a byte order mark, a length or blanks before it. */
static const char *find_begin(const char *bytes, size_t *size)
{
    const char *at = memchr(bytes, '<', *size);
    if (!at)
        return NULL;
    size_t skipped = (size_t)(at - bytes);
    /* UTF-16 with the high byte first: the NUL belongs to the letter. */
    if (skipped % 2 == 1 && at[-1] == '\0')
        skipped--;
    *size -= skipped;
    return bytes + skipped;
}

/* ---- reading ---- */

static void parse(struct reader *reader, const char *bytes, size_t size, bool is_utf8)
{
    reader->parser = XML_ParserCreate(is_utf8 ? "UTF-8" : NULL);
    /* Else expat asks the system for chance; who makes a packet slow to read slows down but his own photo. */
    XML_SetHashSalt(reader->parser, 0x414d42524f);
    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, begin_element, end_element);
    XML_SetCharacterDataHandler(reader->parser, take_text);
    XML_SetStartDoctypeDeclHandler(reader->parser, refuse_doctype);
    /* The verdict does not matter: what was read before an error is true. */
    XML_Parse(reader->parser, bytes, (int)size, XML_TRUE);
    XML_ParserFree(reader->parser);
}

struct xmp *xmp_read(GBytes *packet)
{
    size_t size = 0;
    const char *bytes = packet ? g_bytes_get_data(packet, &size) : NULL;
    bytes = bytes && size <= XMP_MAX_BYTES ? find_begin(bytes, &size) : NULL;
    if (!bytes)
        return NULL;
    struct xmp *xmp = g_new0(struct xmp, 1);
    xmp->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    xmp->counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct reader reader = {.xmp = xmp, .path = g_string_new(NULL), .text = g_string_new(NULL)};
    reader.frames = g_array_new(FALSE, FALSE, sizeof(struct frame));
    reader.bindings = g_array_new(FALSE, FALSE, sizeof(struct binding));
    g_autofree char *text = prepare(bytes, size);
    parse(&reader, text ? text : bytes, text ? strlen(text) : size, text != NULL);
    unbind(&reader, 0);
    g_array_unref(reader.frames);
    g_array_unref(reader.bindings);
    g_string_free(reader.path, TRUE);
    g_string_free(reader.text, TRUE);
    if (g_hash_table_size(xmp->values) > 0)
        return xmp;
    xmp_free(xmp);
    return NULL;
}

void xmp_free(struct xmp *xmp)
{
    if (!xmp)
        return;
    g_hash_table_unref(xmp->values);
    g_hash_table_unref(xmp->counts);
    g_free(xmp);
}

const char *xmp_text(const struct xmp *xmp, const char *path)
{
    const char *text = xmp ? g_hash_table_lookup(xmp->values, path) : NULL;
    if (text || !xmp)
        return text;
    g_autofree char *first = g_strconcat(path, "[1]", NULL);
    return g_hash_table_lookup(xmp->values, first);
}

unsigned xmp_count(const struct xmp *xmp, const char *path)
{
    return xmp ? GPOINTER_TO_UINT(g_hash_table_lookup(xmp->counts, path)) : 0;
}

void xmp_warm(void)
{
    static const char packet[] = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/"
                                 "22-rdf-syntax-ns#'><rdf:Description xmlns:xmp='http://ns.adobe.com/xap/1.0/' "
                                 "xmp:CreateDate='2024-08-13T12:34:56'/></rdf:RDF></x:xmpmeta>";
    g_autoptr(GBytes) bytes = g_bytes_new_static(packet, sizeof(packet) - 1);
    xmp_free(xmp_read(bytes));
}
