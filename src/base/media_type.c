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
