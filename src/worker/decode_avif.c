/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * AVIF through libavif and dav1d: two to five times cheaper than the same through libheif. Rotation and mirroring of
 * the container are given as a turn that is still owed, so that it is paid at preview size. */
#include <stdlib.h>
#include <string.h>

#include <avif/avif.h>

#include "base/error.h"
#include "worker/photo.h"
#include "worker/rows.h"

static bool check(avifResult result, GError **error)
{
    if (result == AVIF_RESULT_OK)
        return true;
    if (result == AVIF_RESULT_OUT_OF_MEMORY)
        return err_set(error, ERR_LIMIT, "This picture needs more memory than the server allows for one file.");
    return err_set_detail(error, ERR_CORRUPT, avifResultToString(result),
                          "The file is damaged: its picture cannot be read.");
}

static GBytes *copy_block(const avifRWData *block)
{
    return block->size > 0 ? g_bytes_new(block->data, block->size) : NULL;
}

/* irot turns anticlockwise in quarters; imir mirrors after it: mode 0 swaps top and bottom, 1 left and right (ISO/IEC
 * 23008-12, 6.5.10 and 6.5.12). As the one EXIF number that does the same. */
static unsigned turn_of(const avifImage *image)
{
    static const uint8_t turns[4][3] = {{1, 4, 2}, {8, 5, 7}, {3, 2, 4}, {6, 7, 5}};
    unsigned angle = image->transformFlags & AVIF_TRANSFORM_IROT ? image->irot.angle & 3u : 0;
    unsigned mirror = image->transformFlags & AVIF_TRANSFORM_IMIR ? 1 + (image->imir.mode & 1u) : 0;
    return turns[angle][mirror];
}

static bool open_avif(struct photo *photo, GError **error)
{
    avifDecoder *decoder = photo->state = avifDecoderCreate();
    if (!decoder)
        return err_set(error, ERR_LIMIT, "This picture needs more memory than the server allows for one file.");
    decoder->codecChoice = AVIF_CODEC_CHOICE_DAV1D;
    decoder->maxThreads = 1;
    decoder->strictFlags = AVIF_STRICT_DISABLED; /* cameras leave out boxes; the picture is there all the same */
    if (!check(avifDecoderSetIOMemory(decoder, photo->bytes, photo->size), error) ||
        !check(avifDecoderParse(decoder), error))
        return false;
    const avifImage *image = decoder->image;
    photo->width_px = photo->raw_width_px = image->width;
    photo->height_px = photo->raw_height_px = image->height;
    photo->frames = (unsigned)MAX(decoder->imageCount, 1);
    if (photo->frames > 1 && decoder->duration > 0 && decoder->duration < 1e6)
        photo->duration_ms = (int64_t)(decoder->duration * 1000 + 0.5);
    photo->is_upright = true;
    photo->turn = turn_of(image);
    photo->exif = copy_block(&image->exif);
    photo->xmp = copy_block(&image->xmp);
    photo->icc = copy_block(&image->icc);
    unsigned sample_bytes = image->depth > 8 ? 2 : 1;
    unsigned thirds = image->yuvFormat == AVIF_PIXEL_FORMAT_YUV420 ? 3 : 6;
    photo->memory_bytes = (uint64_t)image->width * image->height * sample_bytes * thirds +
                          (decoder->alphaPresent ? (uint64_t)image->width * image->height * 8 : 0);
    return true;
}

static bool take_planes(const avifImage *image, struct picture *ret_picture, GError **error)
{
    avifPixelFormatInfo info;
    avifGetPixelFormatInfo(image->yuvFormat, &info);
    struct picture picture = {.kind = info.monochrome ? PICTURE_GRAY : PICTURE_YCBCR, .depth = image->depth};
    picture.n_planes = info.monochrome ? 1 : 3;
    picture.width_px = image->width;
    picture.height_px = image->height;
    for (unsigned i = 0; i < picture.n_planes; i++) {
        unsigned shift_x = i ? (unsigned)info.chromaShiftX : 0, shift_y = i ? (unsigned)info.chromaShiftY : 0;
        picture.planes[i] = (struct plane){
            .data = image->yuvPlanes[i],
            .stride_bytes = image->yuvRowBytes[i],
            .width_px = (image->width + (1u << shift_x) - 1) >> shift_x,
            .height_px = (image->height + (1u << shift_y) - 1) >> shift_y,
        };
        if (!image->yuvPlanes[i])
            return err_set(error, ERR_CORRUPT, "The file is damaged: its picture cannot be read.");
    }
    *ret_picture = picture; /* the decoder owns the planes until close() */
    return true;
}

static bool take_rows(struct photo *photo, const avifImage *image, struct picture *ret_picture, GError **error)
{
    avifRGBImage rgb;
    avifRGBImageSetDefaults(&rgb, image);
    rgb.format = AVIF_RGB_FORMAT_RGBA;
    rgb.depth = image->depth > 8 ? 16 : 8;
    rgb.rowBytes = image->width * avifRGBImagePixelSize(&rgb);
    rgb.pixels = picture_buffer((uint64_t)rgb.rowBytes * image->height, error);
    if (!rgb.pixels)
        return false;
    bool ok = check(avifImageYUVToRGB(image, &rgb), error);
    struct rows *rows =
        ok ? rows_new(image->width, image->height, ROWS_RGB_ALPHA, rgb.depth, photo->wanted, error) : NULL;
    for (unsigned y = 0; rows && y < image->height; y++)
        rows_add(rows, rgb.pixels + (size_t)y * rgb.rowBytes);
    free(rgb.pixels);
    if (rows)
        rows_finish(rows, ret_picture);
    return rows != NULL;
}

static bool decode_avif(struct photo *photo, struct picture *ret_picture, GError **error)
{
    avifDecoder *decoder = photo->state;
    if (!check(avifDecoderNextImage(decoder), error))
        return false;
    const avifImage *image = decoder->image;
    /* The size in the container and in the bitstream may differ; the limits were checked for the former. */
    if (image->width != photo->width_px || image->height != photo->height_px)
        return err_set(error, ERR_CORRUPT, "The file is damaged: its picture cannot be read.");
    if (!(image->alphaPlane ? take_rows(photo, image, ret_picture, error) : take_planes(image, ret_picture, error)))
        return false;
    ret_picture->primaries = image->colorPrimaries;
    ret_picture->transfer = image->transferCharacteristics;
    ret_picture->matrix = image->matrixCoefficients;
    ret_picture->is_full_range = image->yuvRange == AVIF_RANGE_FULL;
    ret_picture->icc = photo->icc ? g_bytes_ref(photo->icc) : NULL;
    return true;
}

static void close_avif(struct photo *photo)
{
    if (photo->state)
        avifDecoderDestroy(photo->state);
}

const struct decoder avif_decoder = {"image/avif", open_avif, decode_avif, close_avif};
