/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A lossy WebP with a smaller picture and the same metadata and profile. */
#include <string.h>

#include <webp/decode.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include "base/error.h"
#include "worker/reduce.h"
#include "worker/tiff_edit.h"

enum { QUALITY = 90, METHOD = 4, RIFF_HEAD = 12, CHUNK_HEAD = 8, LOSSY = 1 };

/* Does it hold chunks that this does not know, and would lose? */
static bool has_strange_chunk(const struct photo *photo)
{
    static const char names[][5] = {"VP8X", "VP8 ", "ICCP", "EXIF", "XMP "};
    for (size_t at = RIFF_HEAD; at + CHUNK_HEAD <= photo->size;) {
        const uint8_t *head = photo->bytes + at;
        size_t size = head[4] | (size_t)head[5] << 8 | (size_t)head[6] << 16 | (size_t)head[7] << 24;
        bool is_known = false;
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
            is_known = is_known || memcmp(head, names[i], 4) == 0;
        if (!is_known || size > photo->size - at - CHUNK_HEAD)
            return true;
        at += CHUNK_HEAD + size + size % 2;
    }
    return false;
}

static const char *keep(const struct photo *photo)
{
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(photo->bytes, photo->size, &features) != VP8_STATUS_OK)
        return "Its parts cannot be found.";
    if (features.has_alpha)
        return "Parts of it are transparent.";
    if (features.format != LOSSY)
        return "It is lossless.";
    return has_strange_chunk(photo) ? "It holds parts that cannot be carried over." : NULL;
}

static bool import(const struct picture *small, WebPPicture *webp, GError **error)
{
    g_autofree uint8_t *rgb = g_try_malloc((gsize)small->width_px * small->height_px * 3);
    webp->width = (int)small->width_px;
    webp->height = (int)small->height_px;
    for (unsigned y = 0; rgb && y < small->height_px; y++)
        for (unsigned x = 0; x < small->width_px; x++)
            for (unsigned c = 0; c < 3; c++)
                rgb[((size_t)y * small->width_px + x) * 3 + c] =
                    small->planes[c].data[y * small->planes[c].stride_bytes + x];
    return (rgb && WebPPictureImportRGB(webp, rgb, webp->width * 3)) ||
           err_set(error, ERR_LIMIT, "This picture needs more memory than the server allows for one file.");
}

static bool encode(const struct picture *small, WebPMemoryWriter *ret_file, GError **error)
{
    WebPConfig config;
    WebPPicture webp;
    if (!WebPConfigPreset(&config, WEBP_PRESET_PHOTO, QUALITY) || !WebPPictureInit(&webp))
        return err_set(error, ERR_INTERNAL, "The WebP encoder could not be started.");
    config.method = METHOD;
    webp.writer = WebPMemoryWrite;
    webp.custom_ptr = ret_file;
    bool ok = import(small, &webp, error) &&
              (WebPEncode(&config, &webp) || err_set(error, ERR_UNSUPPORTED, "Its picture cannot be made smaller."));
    WebPPictureFree(&webp);
    return ok;
}

static bool add_chunk(WebPMux *mux, const char *name, GBytes *bytes)
{
    WebPData data;
    data.bytes = bytes ? g_bytes_get_data(bytes, &data.size) : NULL;
    return !bytes || WebPMuxSetChunk(mux, name, &data, 1) == WEBP_MUX_OK;
}

/* The block with the new sizes; some programs put "Exif\0\0" in front of it. */
static GBytes *edit_exif(GBytes *exif, const struct picture *small)
{
    size_t size = 0;
    const uint8_t *bytes = exif ? g_bytes_get_data(exif, &size) : NULL;
    if (!bytes)
        return NULL;
    uint8_t *copy = g_memdup2(bytes, size);
    size_t skip = size > 6 && memcmp(copy, "Exif\0\0", 6) == 0 ? 6 : 0;
    tiff_set_extent(copy + skip, size - skip, small->width_px, small->height_px);
    return g_bytes_new_take(copy, size);
}

static GByteArray *assemble(const struct photo *photo, const struct picture *small, const WebPMemoryWriter *file)
{
    WebPData picture = {file->mem, file->size}, whole = {NULL, 0};
    g_autoptr(GBytes) exif = edit_exif(photo->exif, small);
    WebPMux *mux = WebPMuxNew();
    GByteArray *out = NULL;
    if (mux && WebPMuxSetImage(mux, &picture, 0) == WEBP_MUX_OK && add_chunk(mux, "ICCP", photo->icc) &&
        add_chunk(mux, "EXIF", exif) && add_chunk(mux, "XMP ", photo->xmp) &&
        WebPMuxAssemble(mux, &whole) == WEBP_MUX_OK) {
        out = g_byte_array_new();
        g_byte_array_append(out, whole.bytes, (guint)whole.size);
    }
    WebPDataClear(&whole);
    WebPMuxDelete(mux);
    return out;
}

static GByteArray *write_webp(const struct photo *photo, const struct picture *small, GError **error)
{
    WebPMemoryWriter file;
    WebPMemoryWriterInit(&file);
    GByteArray *out = NULL;
    if (small->kind != PICTURE_RGB)
        err_set(error, ERR_UNSUPPORTED, "Its colours are written in a rare way.");
    else if (encode(small, &file, error) && !(out = assemble(photo, small, &file)))
        err_set(error, ERR_LIMIT, "This picture needs more memory than the server allows for one file.");
    WebPMemoryWriterClear(&file);
    return out;
}

const struct reducer webp_reducer = {&webp_decoder, keep, false, write_webp};
