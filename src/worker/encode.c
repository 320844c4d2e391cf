/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/encode.h"

#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include <webp/encode.h>

#include "base/error.h"
#include "base/io.h"

enum { JPEG_QUALITY = 80, WEBP_QUALITY = 80, WEBP_METHOD = 3 };

static bool fail(GError **error)
{
    return err_set(error, ERR_INTERNAL, "A picture could not be written.");
}

bool encode_jpeg(const struct picture *picture, int fd, int64_t *ret_bytes, GError **error)
{
    const unsigned char *planes[3] = {picture->planes[0].data, picture->planes[1].data, picture->planes[2].data};
    int strides[3];
    for (unsigned i = 0; i < 3; i++)
        strides[i] = (int)picture->planes[i].stride_bytes;
    tjhandle encoder = tjInitCompress();
    unsigned char *file = NULL;
    unsigned long size = 0;
    bool ok = encoder &&
              tjCompressFromYUVPlanes(encoder, planes, (int)picture->width_px, strides, (int)picture->height_px,
                                      picture->n_planes == 1 ? TJSAMP_GRAY : TJSAMP_420, &file, &size, JPEG_QUALITY,
                                      TJFLAG_ACCURATEDCT) == 0; /* costs nothing, and gives files a little smaller */
    ok = ok ? io_write_all(fd, file, size, error) : fail(error);
    tjFree(file);
    if (encoder)
        tjDestroy(encoder);
    if (ok)
        *ret_bytes = (int64_t)size;
    return ok;
}

/* WebP wants limited range: luma 16…235, chroma 16…240. */
static void limit_range(const struct plane *from, uint8_t *to, int stride, bool is_luma)
{
    uint8_t table[256];
    for (int i = 0; i < 256; i++)
        table[i] = (uint8_t)(is_luma ? 16 + (i * 219 + 127) / 255 : 128 + ((i - 128) * 224) / 255);
    for (unsigned y = 0; y < from->height_px; y++)
        for (unsigned x = 0; x < from->width_px; x++)
            to[(size_t)y * (size_t)stride + x] = table[from->data[y * from->stride_bytes + x]];
}

static bool fill(WebPPicture *webp, const struct picture *picture)
{
    webp->width = (int)picture->width_px;
    webp->height = (int)picture->height_px;
    webp->colorspace = WEBP_YUV420;
    webp->use_argb = 0;
    if (!WebPPictureAlloc(webp))
        return false;
    limit_range(&picture->planes[0], webp->y, webp->y_stride, true);
    uint8_t *chroma[2] = {webp->u, webp->v};
    for (unsigned i = 0; i < 2; i++) {
        if (picture->n_planes == 3)
            limit_range(&picture->planes[1 + i], chroma[i], webp->uv_stride, false);
        else
            memset(chroma[i], 128, (size_t)webp->uv_stride * (picture->height_px / 2 + picture->height_px % 2));
    }
    return true;
}

bool encode_webp(const struct picture *picture, int fd, int64_t *ret_bytes, GError **error)
{
    WebPConfig config;
    WebPPicture webp;
    WebPMemoryWriter file;
    if (!WebPConfigPreset(&config, WEBP_PRESET_PHOTO, WEBP_QUALITY) || !WebPPictureInit(&webp))
        return fail(error);
    config.method = WEBP_METHOD;
    WebPMemoryWriterInit(&file);
    webp.writer = WebPMemoryWrite;
    webp.custom_ptr = &file;
    bool ok = fill(&webp, picture) && WebPEncode(&config, &webp);
    ok = ok ? io_write_all(fd, file.mem, file.size, error) : fail(error);
    if (ok)
        *ret_bytes = (int64_t)file.size;
    WebPPictureFree(&webp);
    WebPMemoryWriterClear(&file);
    return ok;
}

uint8_t *picture_to_rgb(const struct picture *picture, GError **error)
{
    uint8_t *rgb = picture_buffer((uint64_t)picture->width_px * picture->height_px * 3, error);
    if (!rgb)
        return NULL;
    const unsigned char *planes[3] = {picture->planes[0].data, picture->planes[1].data, picture->planes[2].data};
    int strides[3];
    for (unsigned i = 0; i < 3; i++)
        strides[i] = (int)picture->planes[i].stride_bytes;
    tjhandle decoder = tjInitDecompress();
    bool ok = decoder && tjDecodeYUVPlanes(decoder, planes, strides, picture->n_planes == 1 ? TJSAMP_GRAY : TJSAMP_420,
                                           rgb, (int)picture->width_px, 0, (int)picture->height_px, TJPF_RGB, 0) == 0;
    if (decoder)
        tjDestroy(decoder);
    if (ok)
        return rgb;
    free(rgb);
    fail(error);
    return NULL;
}
