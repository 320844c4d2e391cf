/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/media_type.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Transport streams go by .mts and .m2ts; plain .ts is far more often a source file. */
const struct media_type media_types[] = {
    {".3fr", MEDIA_CLASS_IMAGE, "image/x-hasselblad-3fr", false},
    {".3g2", MEDIA_CLASS_VIDEO, "video/3gpp2", false},
    {".3gp", MEDIA_CLASS_VIDEO, "video/3gpp", false},
    {".3gpp", MEDIA_CLASS_VIDEO, "video/3gpp", false},
    {".apng", MEDIA_CLASS_IMAGE, "image/apng", true},
    {".ari", MEDIA_CLASS_IMAGE, "image/x-arriflex-ari", false},
    {".arw", MEDIA_CLASS_IMAGE, "image/x-sony-arw", false},
    {".avi", MEDIA_CLASS_VIDEO, "video/x-msvideo", false},
    {".avif", MEDIA_CLASS_IMAGE, "image/avif", true},
    {".bmp", MEDIA_CLASS_IMAGE, "image/bmp", false},
    {".cap", MEDIA_CLASS_IMAGE, "image/x-phaseone-cap", false},
    {".cin", MEDIA_CLASS_IMAGE, "image/x-phantom-cin", false},
    {".cr2", MEDIA_CLASS_IMAGE, "image/x-canon-cr2", false},
    {".cr3", MEDIA_CLASS_IMAGE, "image/x-canon-cr3", false},
    {".crw", MEDIA_CLASS_IMAGE, "image/x-canon-crw", false},
    {".dcr", MEDIA_CLASS_IMAGE, "image/x-kodak-dcr", false},
    {".dng", MEDIA_CLASS_IMAGE, "image/x-adobe-dng", false},
    {".erf", MEDIA_CLASS_IMAGE, "image/x-epson-erf", false},
    {".fff", MEDIA_CLASS_IMAGE, "image/x-hasselblad-fff", false},
    {".flv", MEDIA_CLASS_VIDEO, "video/x-flv", false},
    {".gif", MEDIA_CLASS_IMAGE, "image/gif", true},
    {".heic", MEDIA_CLASS_IMAGE, "image/heic", false},
    {".heif", MEDIA_CLASS_IMAGE, "image/heif", false},
    {".hif", MEDIA_CLASS_IMAGE, "image/heif", false},
    {".iiq", MEDIA_CLASS_IMAGE, "image/x-phaseone-iiq", false},
    {".insp", MEDIA_CLASS_IMAGE, "image/jpeg", true},
    {".insv", MEDIA_CLASS_VIDEO, "video/mp4", true},
    {".jfif", MEDIA_CLASS_IMAGE, "image/jpeg", true},
    {".jp2", MEDIA_CLASS_IMAGE, "image/jp2", false},
    {".jpe", MEDIA_CLASS_IMAGE, "image/jpeg", true},
    {".jpeg", MEDIA_CLASS_IMAGE, "image/jpeg", true},
    {".jpg", MEDIA_CLASS_IMAGE, "image/jpeg", true},
    {".jxl", MEDIA_CLASS_IMAGE, "image/jxl", false},
    {".k25", MEDIA_CLASS_IMAGE, "image/x-kodak-k25", false},
    {".kdc", MEDIA_CLASS_IMAGE, "image/x-kodak-kdc", false},
    {".m2t", MEDIA_CLASS_VIDEO, "video/mp2t", false},
    {".m2ts", MEDIA_CLASS_VIDEO, "video/mp2t", false},
    {".m4v", MEDIA_CLASS_VIDEO, "video/x-m4v", false},
    {".mef", MEDIA_CLASS_IMAGE, "image/x-mamiya-mef", false},
    {".mkv", MEDIA_CLASS_VIDEO, "video/x-matroska", false},
    {".mos", MEDIA_CLASS_IMAGE, "image/x-leaf-mos", false},
    {".mov", MEDIA_CLASS_VIDEO, "video/quicktime", false},
    {".mp4", MEDIA_CLASS_VIDEO, "video/mp4", true},
    {".mpe", MEDIA_CLASS_VIDEO, "video/mpeg", false},
    {".mpeg", MEDIA_CLASS_VIDEO, "video/mpeg", false},
    {".mpg", MEDIA_CLASS_VIDEO, "video/mpeg", false},
    {".mpo", MEDIA_CLASS_IMAGE, "image/jpeg", true},
    {".mrw", MEDIA_CLASS_IMAGE, "image/x-minolta-mrw", false},
    {".mts", MEDIA_CLASS_VIDEO, "video/mp2t", false},
    {".mxf", MEDIA_CLASS_VIDEO, "video/mxf", false},
    {".nef", MEDIA_CLASS_IMAGE, "image/x-nikon-nef", false},
    {".nrw", MEDIA_CLASS_IMAGE, "image/x-nikon-nrw", false},
    {".orf", MEDIA_CLASS_IMAGE, "image/x-olympus-orf", false},
    {".ori", MEDIA_CLASS_IMAGE, "image/x-olympus-ori", false},
    {".pef", MEDIA_CLASS_IMAGE, "image/x-pentax-pef", false},
    {".png", MEDIA_CLASS_IMAGE, "image/png", true},
    {".psd", MEDIA_CLASS_IMAGE, "image/vnd.adobe.photoshop", false},
    {".qt", MEDIA_CLASS_VIDEO, "video/quicktime", false},
    {".raf", MEDIA_CLASS_IMAGE, "image/x-fuji-raf", false},
    {".raw", MEDIA_CLASS_IMAGE, "image/x-panasonic-raw", false},
    {".rw2", MEDIA_CLASS_IMAGE, "image/x-panasonic-rw2", false},
    {".rwl", MEDIA_CLASS_IMAGE, "image/x-leica-rwl", false},
    {".sr2", MEDIA_CLASS_IMAGE, "image/x-sony-sr2", false},
    {".srf", MEDIA_CLASS_IMAGE, "image/x-sony-srf", false},
    {".srw", MEDIA_CLASS_IMAGE, "image/x-samsung-srw", false},
    {".tif", MEDIA_CLASS_IMAGE, "image/tiff", false},
    {".tiff", MEDIA_CLASS_IMAGE, "image/tiff", false},
    {".vob", MEDIA_CLASS_VIDEO, "video/mpeg", false},
    {".webm", MEDIA_CLASS_VIDEO, "video/webm", true},
    {".webp", MEDIA_CLASS_IMAGE, "image/webp", true},
    {".wmv", MEDIA_CLASS_VIDEO, "video/x-ms-wmv", false},
    {".x3f", MEDIA_CLASS_IMAGE, "image/x-sigma-x3f", false},
    {".xmp", MEDIA_CLASS_SIDECAR, "application/rdf+xml", false},
};
const size_t media_n_types = G_N_ELEMENTS(media_types);

static int compare_extension(const void *key, const void *row)
{
    return strcmp(key, ((const struct media_type *)row)->extension);
}

const struct media_type *media_type_of(const char *file_name)
{
    g_autofree char *extension = text_extension(file_name);
    return bsearch(extension, media_types, media_n_types, sizeof *media_types, compare_extension);
}

/* The first row of @mime that is an image or a video. */
static const struct media_type *find_mime(const char *mime)
{
    for (size_t i = 0; mime && i < media_n_types; i++)
        if (media_types[i].class != MEDIA_CLASS_SIDECAR && strcmp(media_types[i].mime, mime) == 0)
            return &media_types[i];
    return NULL;
}

bool media_type_is_harmless(const char *mime)
{
    return find_mime(mime) != NULL;
}

bool media_type_is_web(const char *mime)
{
    const struct media_type *type = find_mime(mime);
    return type && type->is_web;
}

/* ---- name against content ---- */

/* Kinds that names and content call differently and that are the same, or of which the content knows only one. */
static const char *family_of(const char *mime)
{
    static const struct {
        const char *mime, *family;
    } families[] = {
        {"image/apng", "image/png"},
        {"image/heif", "image/heic"},
        {"image/x-nikon-nrw", "image/x-nikon-nef"},
        {"image/x-olympus-ori", "image/x-olympus-orf"},
        {"image/x-panasonic-raw", "image/x-panasonic-rw2"},
        {"image/x-leica-rwl", "image/x-panasonic-rw2"},
        {"image/x-sony-sr2", "image/x-sony-arw"},
        {"image/x-sony-srf", "image/x-sony-arw"},
        {"image/x-kodak-kdc", "image/x-kodak-dcr"},
        {"image/x-kodak-k25", "image/x-kodak-dcr"},
        {"image/x-hasselblad-fff", "image/x-hasselblad-3fr"},
        {"video/quicktime", "video/mp4"}, /* one form of boxes, many brands */
        {"video/x-m4v", "video/mp4"},
        {"video/3gpp", "video/mp4"},
        {"video/3gpp2", "video/mp4"},
        {"video/webm", "video/x-matroska"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(families); i++)
        if (strcmp(families[i].mime, mime) == 0)
            return families[i].family;
    return mime;
}

/* As people call it: "image/x-canon-cr2" is CR2. */
static char *kind_name(const char *mime)
{
    static const struct {
        const char *mime, *name;
    } names[] = {
        {"image/webp", "WebP"},
        {"image/jxl", "JPEG XL"},
        {"image/jp2", "JPEG 2000"},
        {"image/svg+xml", "SVG"},
        {"image/x-raw", "camera RAW"},
        {"image/vnd.adobe.photoshop", "Photoshop"},
        {"video/quicktime", "QuickTime video"},
        {"video/x-matroska", "Matroska video"},
        {"video/webm", "WebM video"},
        {"video/x-msvideo", "AVI video"},
        {"video/x-ms-wmv", "Windows Media video"},
        {"video/x-m4v", "MP4 video"},
        {"video/mp2t", "MPEG transport stream"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(names[i].mime, mime) == 0)
            return g_strdup(names[i].name);
    const char *type = strchr(mime, '/'), *last = strrchr(mime, '-');
    g_autofree char *upper = g_ascii_strup(last ? last + 1 : type ? type + 1 : mime, -1);
    const char *suffix = g_str_has_prefix(mime, "video/") ? " video" : g_str_has_prefix(mime, "audio/") ? " sound" : "";
    return g_strconcat(upper, suffix, NULL);
}

bool media_type_differs(const char *file_name, const char *mime, char **ret_named, char **ret_content)
{
    const struct media_type *named = file_name ? media_type_of(file_name) : NULL;
    if (!named || !mime || strcmp(family_of(named->mime), family_of(mime)) == 0)
        return false;
    /* A TIFF of a maker nobody knows, under a maker's name. */
    if (strcmp(mime, "image/x-raw") == 0 && g_str_has_prefix(named->mime, "image/x-"))
        return false;
    *ret_named = kind_name(named->mime);
    *ret_content = kind_name(mime);
    return true;
}
