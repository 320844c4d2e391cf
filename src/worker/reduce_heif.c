/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A HEIC with a smaller picture: taken as it lies (rotation and mirroring stay properties of the item), encoded by x265
 * through libheif, and put in the place of the old one with everything else that the file holds (heif_edit.h). */
#include <string.h>

#include <libheif/heif.h>

#include "base/error.h"
#include "worker/heif_edit.h"
#include "worker/reduce.h"

enum { QUALITY = 50 };

static bool check(struct heif_error result, GError **error)
{
    if (result.code == heif_error_Ok)
        return true;
    if (result.code == heif_error_Memory_allocation_error)
        return err_set_detail(error, ERR_LIMIT, result.message,
                              "This picture needs more memory than the server allows for one file.");
    return err_set_detail(error, ERR_UNSUPPORTED, result.message, "Its picture cannot be made smaller.");
}

static struct heif_error append(struct heif_context *context, const void *bytes, size_t size, void *data)
{
    g_byte_array_append(data, bytes, (guint)size);
    return (struct heif_error){heif_error_Ok, heif_suberror_Unspecified, "ok"};
}

static bool fill(struct heif_image *image, const struct picture *small, GError **error)
{
    static const enum heif_channel channels[3] = {heif_channel_Y, heif_channel_Cb, heif_channel_Cr};
    for (unsigned i = 0; i < 3; i++) {
        const struct plane *plane = &small->planes[i];
        if (!check(heif_image_add_plane(image, channels[i], (int)plane->width_px, (int)plane->height_px, 8), error))
            return false;
        int stride = 0;
        uint8_t *data = heif_image_get_plane(image, channels[i], &stride);
        for (unsigned y = 0; y < plane->height_px; y++)
            memcpy(data + (size_t)y * (size_t)stride, plane->data + y * plane->stride_bytes, plane->width_px);
    }
    struct heif_color_profile_nclx *nclx = heif_nclx_color_profile_alloc();
    nclx->color_primaries = (enum heif_color_primaries)small->primaries;
    nclx->transfer_characteristics = (enum heif_transfer_characteristics)small->transfer;
    nclx->matrix_coefficients = (enum heif_matrix_coefficients)small->matrix;
    nclx->full_range_flag = small->is_full_range;
    bool ok = check(heif_image_set_nclx_color_profile(image, nclx), error);
    heif_nclx_color_profile_free(nclx);
    return ok;
}

/* No threads of x265's own: one job is one core, and looking at the machine is not allowed in here. */
static void set_up(struct heif_encoder *encoder)
{
    static const char *const settings[][2] = {
        {"preset", "veryfast"}, {"x265:pools", "none"},     {"x265:frame-threads", "1"},
        {"x265:wpp", "0"},      {"x265:log-level", "none"},
    };
    heif_encoder_set_lossy_quality(encoder, QUALITY);
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++)
        heif_encoder_set_parameter_string(encoder, settings[i][0], settings[i][1]);
}

static bool encode(struct heif_context *context, const struct picture *small, GByteArray *ret_file, GError **error)
{
    struct heif_encoder *encoder = NULL;
    struct heif_image *image = NULL;
    struct heif_writer writer = {.writer_api_version = 1, .write = append};
    if (heif_context_get_encoder_for_format(context, heif_compression_HEVC, &encoder).code != heif_error_Ok)
        return err_set(error, ERR_UNSUPPORTED, "This installation cannot write HEIC files.");
    set_up(encoder);
    bool ok = check(heif_image_create((int)small->width_px, (int)small->height_px, heif_colorspace_YCbCr,
                                      heif_chroma_420, &image),
                    error) &&
              fill(image, small, error) &&
              check(heif_context_encode_image(context, image, encoder, NULL, NULL), error) &&
              check(heif_context_write(context, &writer, ret_file), error);
    heif_image_release(image);
    heif_encoder_release(encoder);
    return ok;
}

/* Where the decoder could not leave the turn to us, the picture does not lie as the file has it. */
static const char *keep(const struct photo *photo)
{
    return photo->turn == 0 ? "Its parts lie in a way that cannot be carried over." : NULL;
}

static GByteArray *write_heif(const struct photo *photo, const struct picture *small, GError **error)
{
    if (small->kind != PICTURE_YCBCR)
        return err_set(error, ERR_UNSUPPORTED,
                       "Its colours are written in a rare way, or parts of it are transparent."),
               NULL;
    HEIF_EDIT_AUTO struct heif_edit *file = heif_edit_parse(photo->bytes, photo->size, error);
    if (!file)
        return NULL;
    if (heif_edit_has_property(file, "clap"))
        return err_set(error, ERR_UNSUPPORTED, "Its parts lie in a way that cannot be carried over."), NULL;
    g_autoptr(GByteArray) coded = g_byte_array_new();
    struct heif_context *context = heif_context_alloc();
    bool ok = encode(context, small, coded, error);
    heif_context_free(context);
    HEIF_EDIT_AUTO struct heif_edit *parts = ok ? heif_edit_parse(coded->data, coded->len, error) : NULL;
    return parts ? heif_edit_replace(file, parts, small->width_px, small->height_px, error) : NULL;
}

const struct reducer heif_reducer = {&heif_decoder, keep, true, write_heif};
