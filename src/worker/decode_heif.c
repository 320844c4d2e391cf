/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * HEIC through libheif and libde265. The library applies the container's own rotation and mirroring (irot, imir), so
 * that EXIF's orientation must not be applied again. Planes are taken as coded: no RGB at full size. */
#include <stdlib.h>
#include <string.h>

#include <libheif/heif.h>

#include "base/error.h"
#include "worker/photo.h"
#include "worker/rows.h"

struct heif_state {
    struct heif_context *context;
    struct heif_image_handle *handle;
    struct heif_image *image;
};

enum { METADATA_MAX_BYTES = 16 << 20, METADATA_ITEMS_MAX = 16 };

static bool check(struct heif_error result, GError **error)
{
    if (result.code == heif_error_Ok)
        return true;
    if (result.code == heif_error_Memory_allocation_error)
        return err_set_detail(error, ERR_LIMIT, result.message,
                              "This picture needs more memory than the server allows for one file.");
    if (result.code == heif_error_Unsupported_feature || result.code == heif_error_Unsupported_filetype)
        return err_set_detail(error, ERR_UNSUPPORTED, result.message,
                              "Pictures of this variety of HEIF cannot be made yet. The file itself is safe.");
    return err_set_detail(error, ERR_CORRUPT, result.message, "The file is damaged: its picture cannot be read.");
}

static GBytes *read_item(const struct heif_image_handle *handle, heif_item_id id)
{
    size_t size = heif_image_handle_get_metadata_size(handle, id);
    if (size == 0 || size > METADATA_MAX_BYTES)
        return NULL;
    g_autofree uint8_t *bytes = g_malloc(size);
    if (heif_image_handle_get_metadata(handle, id, bytes).code != heif_error_Ok)
        return NULL;
    return g_bytes_new_take(g_steal_pointer(&bytes), size);
}

static void read_metadata(struct photo *photo, const struct heif_image_handle *handle)
{
    heif_item_id ids[METADATA_ITEMS_MAX];
    int n_ids = heif_image_handle_get_list_of_metadata_block_IDs(handle, NULL, ids, METADATA_ITEMS_MAX);
    for (int i = 0; i < n_ids; i++) {
        const char *type = heif_image_handle_get_metadata_type(handle, ids[i]);
        const char *content = heif_image_handle_get_metadata_content_type(handle, ids[i]);
        if (g_strcmp0(type, "Exif") == 0 && !photo->exif)
            photo->exif = read_item(handle, ids[i]);
        else if (g_strcmp0(content, "application/rdf+xml") == 0 && !photo->xmp)
            photo->xmp = read_item(handle, ids[i]);
    }
    size_t icc_size = heif_image_handle_get_raw_color_profile_size(handle);
    if (icc_size > 0 && icc_size <= METADATA_MAX_BYTES) {
        g_autofree uint8_t *icc = g_malloc(icc_size);
        if (heif_image_handle_get_raw_color_profile(handle, icc).code == heif_error_Ok)
            photo->icc = g_bytes_new_take(g_steal_pointer(&icc), icc_size);
    }
}

static bool open_heif(struct photo *photo, GError **error)
{
    struct heif_state *state = photo->state = g_new0(struct heif_state, 1);
    state->context = heif_context_alloc();
    /* No threads of its own for tiles: one job is one core. */
    heif_context_set_max_decoding_threads(state->context, 0);
    if (!check(heif_context_read_from_memory_without_copy(state->context, photo->bytes, photo->size, NULL), error) ||
        !check(heif_context_get_primary_image_handle(state->context, &state->handle), error))
        return false;
    int width = heif_image_handle_get_width(state->handle), height = heif_image_handle_get_height(state->handle);
    if (width <= 0 || height <= 0)
        return err_set(error, ERR_CORRUPT, "The file is damaged: its picture cannot be read.");
    photo->width_px = (unsigned)width;
    photo->height_px = (unsigned)height;
    photo->raw_width_px = (unsigned)MAX(heif_image_handle_get_ispe_width(state->handle), 0);
    photo->raw_height_px = (unsigned)MAX(heif_image_handle_get_ispe_height(state->handle), 0);
    photo->frames = 1;
    photo->is_upright = true;
    /* The canvas and a rotated copy of it, each three halves of a sample a pixel. */
    unsigned sample_bytes = heif_image_handle_get_luma_bits_per_pixel(state->handle) > 8 ? 2 : 1;
    photo->memory_bytes = (uint64_t)photo->width_px * photo->height_px * 3 * sample_bytes;
    if (heif_image_handle_has_alpha_channel(state->handle))
        photo->memory_bytes *= 3;
    read_metadata(photo, state->handle);
    return true;
}

/* Matrix, range and primaries by the nclx box or the bitstream; for a file that says nothing, what cameras write. */
static void take_colour(const struct heif_state *state, struct picture *picture)
{
    struct heif_color_profile_nclx *nclx = NULL;
    picture->primaries = picture->transfer = 2;
    picture->matrix = 6;
    picture->is_full_range = true;
    if (heif_image_handle_get_nclx_color_profile(state->handle, &nclx).code != heif_error_Ok)
        heif_image_get_nclx_color_profile(state->image, &nclx);
    if (!nclx)
        return;
    picture->primaries = (unsigned)nclx->color_primaries;
    picture->transfer = (unsigned)nclx->transfer_characteristics;
    picture->matrix = (unsigned)nclx->matrix_coefficients;
    picture->is_full_range = nclx->full_range_flag;
    heif_nclx_color_profile_free(nclx);
}

static void free_image(void *image)
{
    heif_image_release(image);
}

static bool add_plane(const struct heif_state *state, enum heif_channel channel, struct picture *picture)
{
    int stride = 0;
    const uint8_t *data = heif_image_get_plane_readonly(state->image, channel, &stride);
    int width = heif_image_get_width(state->image, channel), height = heif_image_get_height(state->image, channel);
    if (!data || width <= 0 || height <= 0 || stride <= 0 ||
        heif_image_get_bits_per_pixel_range(state->image, channel) != (int)picture->depth)
        return false;
    picture->planes[picture->n_planes++] =
        (struct plane){(uint8_t *)data, (size_t)stride, (unsigned)width, (unsigned)height};
    return true;
}

static bool take_planes(struct heif_state *state, struct picture *ret_picture, GError **error)
{
    static const enum heif_channel ycc[3] = {heif_channel_Y, heif_channel_Cb, heif_channel_Cr};
    static const enum heif_channel rgb[3] = {heif_channel_R, heif_channel_G, heif_channel_B};
    enum heif_colorspace colorspace = heif_image_get_colorspace(state->image);
    bool is_rgb = colorspace == heif_colorspace_RGB;
    struct picture picture = {.kind = is_rgb ? PICTURE_RGB : PICTURE_YCBCR};
    int depth = heif_image_get_bits_per_pixel_range(state->image, is_rgb ? heif_channel_R : heif_channel_Y);
    if (colorspace == heif_colorspace_monochrome)
        picture.kind = PICTURE_GRAY;
    picture.depth = (unsigned)CLAMP(depth, 0, 17);
    bool ok = depth >= 8 && depth <= 16;
    for (unsigned i = 0; ok && i < (picture.kind == PICTURE_GRAY ? 1 : 3); i++)
        ok = add_plane(state, is_rgb ? rgb[i] : ycc[i], &picture);
    if (!ok)
        return err_set(error, ERR_UNSUPPORTED,
                       "Pictures of this variety of HEIF cannot be made yet. The file itself is safe.");
    picture.width_px = picture.planes[0].width_px;
    picture.height_px = picture.planes[0].height_px;
    take_colour(state, &picture);
    picture.owner = g_steal_pointer(&state->image);
    picture.free_owner = free_image;
    *ret_picture = picture;
    return true;
}

/* With transparency: as RGBA rows, which are laid on white. */
static bool take_rows(struct photo *photo, struct picture *ret_picture, GError **error)
{
    struct heif_state *state = photo->state;
    int stride = 0;
    const uint8_t *data = heif_image_get_plane_readonly(state->image, heif_channel_interleaved, &stride);
    int width = heif_image_get_width(state->image, heif_channel_interleaved);
    int height = heif_image_get_height(state->image, heif_channel_interleaved);
    if (!data || width <= 0 || height <= 0)
        return err_set(error, ERR_CORRUPT, "The file is damaged: its picture cannot be read.");
    struct rows *rows = rows_new((unsigned)width, (unsigned)height, ROWS_RGB_ALPHA, 8, photo->wanted, error);
    if (!rows)
        return false;
    for (int y = 0; y < height; y++)
        rows_add(rows, data + (size_t)y * (size_t)stride);
    rows_finish(rows, ret_picture);
    take_colour(state, ret_picture);
    return true;
}

static bool decode_heif(struct photo *photo, struct picture *ret_picture, GError **error)
{
    struct heif_state *state = photo->state;
    bool has_alpha = heif_image_handle_has_alpha_channel(state->handle);
    struct heif_error result =
        heif_decode_image(state->handle, &state->image, has_alpha ? heif_colorspace_RGB : heif_colorspace_undefined,
                          has_alpha ? heif_chroma_interleaved_RGBA : heif_chroma_undefined, NULL);
    if (!check(result, error))
        return false;
    if (!(has_alpha ? take_rows(photo, ret_picture, error) : take_planes(state, ret_picture, error)))
        return false;
    ret_picture->icc = photo->icc ? g_bytes_ref(photo->icc) : NULL;
    return true;
}

static void close_heif(struct photo *photo)
{
    struct heif_state *state = photo->state;
    if (state->image)
        heif_image_release(state->image);
    if (state->handle)
        heif_image_handle_release(state->handle);
    heif_context_free(state->context);
    g_free(state);
}

const struct decoder heif_decoder = {"image/heic", open_heif, decode_heif, close_heif};
