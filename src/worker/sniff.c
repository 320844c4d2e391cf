/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a file is, by its first bytes: an extension may lie, and often does on phones. */
#include <string.h>

#include "base/error.h"
#include "worker/photo.h"
#include "worker/raw_look.h"

/* Signatures at a fixed place. Where @decoder is NULL, the kind is known but not shown by this build. */
static const struct signature {
    unsigned offset, size;
    const char *bytes;
    const struct decoder *decoder;
    const char *mime;
} signatures[] = {
    {0, 3, "\xff\xd8\xff", &jpeg_decoder, NULL},
    {0, 8, "\x89PNG\r\n\x1a\n", &png_decoder, NULL},
    {0, 6, "GIF87a", &gif_decoder, NULL},
    {0, 6, "GIF89a", &gif_decoder, NULL},
    {0, 12, "\0\0\0\x0cJXL \r\n\x87\n", &jxl_decoder, NULL},
    {0, 2, "\xff\x0a", &jxl_decoder, NULL},
    {0, 15, "FUJIFILMCCD-RAW", &raw_decoder, "image/x-fuji-raf"},
    {0, 4, "FOVb", &raw_decoder, "image/x-sigma-x3f"},
    {0, 4, "\0MRM", &raw_decoder, "image/x-minolta-mrw"},
    {6, 8, "HEAPCCDR", &raw_decoder, "image/x-canon-crw"},
    {0, 4, "8BPS", NULL, "image/vnd.adobe.photoshop"},
    {0, 12, "\0\0\0\x0cjP  \r\n\x87\n", NULL, "image/jp2"},
    {0, 4, "\x1a\x45\xdf\xa3", NULL, "video/x-matroska"},
    {0, 4, "OggS", NULL, "video/ogg"},
    {0, 4, "FLV\x01", NULL, "video/x-flv"},
    {0, 8, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", NULL, "video/x-ms-wmv"},
    {0, 4, "\0\0\x01\xba", NULL, "video/mpeg"},
    {0, 4, "\0\0\x01\xb3", NULL, "video/mpeg"},
    {0, 4, "\x06\x0e\x2b\x34", NULL, "video/mxf"},
    {0, 4, "fLaC", NULL, "audio/flac"},
    {0, 3, "ID3", NULL, "audio/mpeg"},
    {0, 5, "%PDF-", NULL, "application/pdf"},
};

/* Brands of ISO base media files (ISO/IEC 14496-12, ftyp box). */
static const struct {
    char brand[5];
    const struct decoder *decoder;
    const char *mime;
} brands[] = {
    {"avif", &avif_decoder, NULL},     {"avis", &avif_decoder, NULL}, {"heic", &heif_decoder, NULL},
    {"heix", &heif_decoder, NULL},     {"hevc", &heif_decoder, NULL}, {"hevx", &heif_decoder, NULL},
    {"heim", &heif_decoder, NULL},     {"heis", &heif_decoder, NULL}, {"crx ", &raw_decoder, "image/x-canon-cr3"},
    {"qt  ", NULL, "video/quicktime"}, {"isom", NULL, "video/mp4"},   {"iso2", NULL, "video/mp4"},
    {"iso4", NULL, "video/mp4"},       {"iso5", NULL, "video/mp4"},   {"iso6", NULL, "video/mp4"},
    {"mp41", NULL, "video/mp4"},       {"mp42", NULL, "video/mp4"},   {"avc1", NULL, "video/mp4"},
    {"dash", NULL, "video/mp4"},       {"MSNV", NULL, "video/mp4"},   {"XAVC", NULL, "video/mp4"},
    {"M4V ", NULL, "video/mp4"},       {"3gp4", NULL, "video/3gpp"},  {"3gp5", NULL, "video/3gpp"},
    {"3gp6", NULL, "video/3gpp"},      {"3g2a", NULL, "video/3gpp2"}, {"M4A ", NULL, "audio/mp4"},
    {"jp2 ", NULL, "image/jp2"},
};

/* Brands of any HEIF file: what codes its pictures, only the other brands or the items say. */
static const char general_brands[][5] = {"mif1", "msf1", "mif2", "miaf", "MiHE", "mhif"};

static int find_brand(const uint8_t *brand)
{
    for (size_t i = 0; i < G_N_ELEMENTS(brands); i++)
        if (memcmp(brands[i].brand, brand, 4) == 0)
            return (int)i;
    return -1;
}

/* The index of the brand that decides: the major one, unless it is a general one such as mif1; then the first that we
 * know among the compatible ones. */
static int ftyp_brand(const uint8_t *bytes, size_t size)
{
    if (size < 16 || memcmp(bytes + 4, "ftyp", 4) != 0)
        return -1;
    int major = find_brand(bytes + 8);
    if (major >= 0)
        return major;
    size_t box = (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
    for (size_t at = 16; at + 4 <= MIN(size, MIN(box, 512)); at += 4) {
        int i = find_brand(bytes + at);
        if (i >= 0)
            return i;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(general_brands); i++)
        if (memcmp(general_brands[i], bytes + 8, 4) == 0)
            return find_brand((const uint8_t *)"heic");
    return -1;
}

/* "BM" alone begins many a text: the second head's length and its one plane tell. */
static bool is_bmp(const uint8_t *bytes, size_t size)
{
    static const uint8_t heads[] = {12, 16, 40, 52, 56, 64, 108, 124};
    if (size < 30 || memcmp(bytes, "BM", 2) != 0 || memcmp(bytes + 15, "\0\0\0", 3) != 0)
        return false;
    const uint8_t *planes = bytes + (bytes[14] == 12 ? 22 : 26);
    return memchr(heads, bytes[14], sizeof(heads)) && planes[0] == 1 && planes[1] == 0;
}

/* A transport stream: 188 bytes a packet, each begun by 0x47; 192 in M2TS, four bytes later. */
static bool is_transport_stream(const uint8_t *bytes, size_t size)
{
    for (size_t step = 188, first = 0; step <= 192; step += 4, first += 4)
        if (size > first + 3 * step && bytes[first] == 0x47 && bytes[first + step] == 0x47 &&
            bytes[first + 2 * step] == 0x47 && bytes[first + 3 * step] == 0x47)
            return true;
    return false;
}

/* Text that is SVG, or XML that comes to it. */
static bool is_svg(const uint8_t *bytes, size_t size)
{
    size_t at = size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < size && g_ascii_isspace(bytes[at]))
        at++;
    bool is_xml = size - at >= 5 && (memcmp(bytes + at, "<?xml", 5) == 0 || memcmp(bytes + at, "<!DOC", 5) == 0);
    if (size - at >= 4 && memcmp(bytes + at, "<svg", 4) == 0)
        return true;
    return is_xml && memmem(bytes + at, MIN(size - at, 4096), "<svg", 4) != NULL;
}

static const struct decoder *known(const struct decoder *decoder, const char *mime, const char **ret_mime,
                                   GError **error)
{
    *ret_mime = decoder && decoder->mime ? decoder->mime : mime;
    if (!decoder)
        err_set(error, ERR_UNSUPPORTED,
                "Pictures of files of this kind (%s) cannot be made yet. The file itself is safe.", mime);
    return decoder;
}

const struct decoder *sniff(const uint8_t *bytes, size_t size, const char **ret_mime, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(signatures); i++) {
        const struct signature *row = &signatures[i];
        if (size >= row->offset + row->size && memcmp(bytes + row->offset, row->bytes, row->size) == 0)
            return known(row->decoder, row->mime, ret_mime, error);
    }
    const char *tiff = raw_kind_of_tiff(bytes, size);
    if (tiff)
        return known(strcmp(tiff, "image/tiff") == 0 ? &tiff_decoder : &raw_decoder, tiff, ret_mime, error);
    if (size >= 12 && memcmp(bytes, "RIFF", 4) == 0) {
        if (memcmp(bytes + 8, "WEBP", 4) == 0)
            return known(&webp_decoder, NULL, ret_mime, error);
        if (memcmp(bytes + 8, "AVI ", 4) == 0)
            return known(NULL, "video/x-msvideo", ret_mime, error);
        if (memcmp(bytes + 8, "WAVE", 4) == 0)
            return known(NULL, "audio/wav", ret_mime, error);
    }
    if (is_bmp(bytes, size))
        return known(&bmp_decoder, NULL, ret_mime, error);
    int brand = ftyp_brand(bytes, size);
    if (brand >= 0)
        return known(brands[brand].decoder, brands[brand].mime, ret_mime, error);
    if (is_transport_stream(bytes, size))
        return known(NULL, "video/mp2t", ret_mime, error);
    if (is_svg(bytes, size)) {
        *ret_mime = "image/svg+xml";
        err_set(error, ERR_UNSUPPORTED,
                "Drawings (SVG) can contain programs and are not shown. The file itself is safe.");
        return NULL;
    }
    err_set(error, ERR_CORRUPT, "This is no picture or video: its content is of no known kind.");
    return NULL;
}
