/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An AVIF with a smaller picture, put in the place of the old one with everything else that the file holds
 * (heif_edit.h). */
#include <string.h>

#include <avif/avif.h>

#include "base/error.h"
#include "worker/heif_edit.h"
#include "worker/reduce.h"

/* Quantizers run from 0 (lossless) to 63. */
enum { QUANTIZER = 11, SPEED = 8 };

static bool fill(avifImage *image, const struct picture *small)
{
    image->colorPrimaries = (avifColorPrimaries)small->primaries;
    image->transferCharacteristics = (avifTransferCharacteristics)small->transfer;
    image->matrixCoefficients = (avifMatrixCoefficients)small->matrix;
    image->yuvRange = small->is_full_range ? AVIF_RANGE_FULL : AVIF_RANGE_LIMITED;
    avifImageAllocatePlanes(image, AVIF_PLANES_YUV);
    for (unsigned i = 0; i < small->n_planes; i++) {
        const struct plane *plane = &small->planes[i];
        if (!image->yuvPlanes[i])
            return false;
        for (unsigned y = 0; y < plane->height_px; y++)
            memcpy(image->yuvPlanes[i] + (size_t)y * image->yuvRowBytes[i], plane->data + y * plane->stride_bytes,
                   plane->width_px);
    }
    return true;
}

static bool encode(const struct picture *small, avifRWData *ret_file, GError **error)
{
    avifPixelFormat format = small->kind == PICTURE_GRAY ? AVIF_PIXEL_FORMAT_YUV400 : AVIF_PIXEL_FORMAT_YUV420;
    avifImage *image = avifImageCreate((int)small->width_px, (int)small->height_px, 8, format);
    avifEncoder *encoder = avifEncoderCreate();
    bool ok = image && encoder && fill(image, small);
    if (!ok)
        err_set(error, ERR_LIMIT, "This picture needs more memory than the server allows for one file.");
    if (ok) {
        encoder->codecChoice = AVIF_CODEC_CHOICE_AOM;
        encoder->maxThreads = 1;
        encoder->speed = SPEED;
        encoder->minQuantizer = encoder->maxQuantizer = QUANTIZER;
        avifResult result = avifEncoderWrite(encoder, image, ret_file);
        ok = result == AVIF_RESULT_OK ||
             err_set_detail(error, result == AVIF_RESULT_OUT_OF_MEMORY ? ERR_LIMIT : ERR_UNSUPPORTED,
                            avifResultToString(result), "This installation cannot write AVIF files.");
    }
    if (encoder)
        avifEncoderDestroy(encoder);
    if (image)
        avifImageDestroy(image);
    return ok;
}

static GByteArray *write_avif(const struct photo *photo, const struct picture *small, GError **error)
{
    if (small->kind != PICTURE_YCBCR && small->kind != PICTURE_GRAY)
        return err_set(error, ERR_UNSUPPORTED, "Parts of it are transparent."), NULL;
    HEIF_EDIT_AUTO struct heif_edit *file = heif_edit_parse(photo->bytes, photo->size, error);
    if (!file)
        return NULL;
    if (heif_edit_has_property(file, "clap"))
        return err_set(error, ERR_UNSUPPORTED, "Its parts lie in a way that cannot be carried over."), NULL;
    avifRWData coded = AVIF_DATA_EMPTY;
    GByteArray *out = NULL;
    if (encode(small, &coded, error)) {
        HEIF_EDIT_AUTO struct heif_edit *parts = heif_edit_parse(coded.data, coded.size, error);
        out = parts ? heif_edit_replace(file, parts, small->width_px, small->height_px, error) : NULL;
    }
    avifRWDataFree(&coded);
    return out;
}

const struct reducer avif_reducer = {&avif_decoder, NULL, true, write_avif};
