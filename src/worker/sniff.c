/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a file is, by its first bytes: an extension may lie, and often does on phones. */
#include <string.h>

#include "base/error.h"
#include "worker/photo.h"

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
    {0, 4, "II*\0", NULL, "image/tiff"},
    {0, 4, "MM\0*", NULL, "image/tiff"},
    {0, 4, "IIU\0", NULL, "image/x-panasonic-rw2"},
    {0, 15, "FUJIFILMCCD-RAW", NULL, "image/x-fuji-raf"},
    {0, 4, "8BPS", NULL, "image/vnd.adobe.photoshop"},
    {0, 4, "\x1a\x45\xdf\xa3", NULL, "video/x-matroska"},
    {0, 4, "OggS", NULL, "video/ogg"},
    {0, 4, "\0\0\x01\xba", NULL, "video/mpeg"},
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
    {"heim", &heif_decoder, NULL},     {"heis", &heif_decoder, NULL}, {"crx ", NULL, "image/x-canon-cr3"},
    {"qt  ", NULL, "video/quicktime"}, {"isom", NULL, "video/mp4"},   {"iso2", NULL, "video/mp4"},
    {"iso5", NULL, "video/mp4"},       {"mp41", NULL, "video/mp4"},   {"mp42", NULL, "video/mp4"},
    {"avc1", NULL, "video/mp4"},       {"M4V ", NULL, "video/mp4"},   {"3gp4", NULL, "video/3gpp"},
    {"3gp5", NULL, "video/3gpp"},      {"M4A ", NULL, "audio/mp4"},
};

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
    return -1;
}

static const struct decoder *known(const struct decoder *decoder, const char *mime, const char **ret_mime,
                                   GError **error)
{
    *ret_mime = decoder ? decoder->mime : mime;
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
    if (size >= 12 && memcmp(bytes, "RIFF", 4) == 0) {
        if (memcmp(bytes + 8, "WEBP", 4) == 0)
            return known(&webp_decoder, NULL, ret_mime, error);
        if (memcmp(bytes + 8, "AVI ", 4) == 0)
            return known(NULL, "video/x-msvideo", ret_mime, error);
        if (memcmp(bytes + 8, "WAVE", 4) == 0)
            return known(NULL, "audio/wav", ret_mime, error);
    }
    /* "BM" alone begins many a text; four reserved bytes are zero (BITMAPFILEHEADER). */
    if (size >= 26 && memcmp(bytes, "BM", 2) == 0 && memcmp(bytes + 6, "\0\0\0\0", 4) == 0)
        return known(NULL, "image/bmp", ret_mime, error);
    int brand = ftyp_brand(bytes, size);
    if (brand >= 0)
        return known(brands[brand].decoder, brands[brand].mime, ret_mime, error);
    err_set(error, ERR_CORRUPT, "This is no picture or video: its content is of no known kind.");
    return NULL;
}
