/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * HEIC through libheif and libde265. The container's own rotation and mirroring (irot, imir) go before EXIF's
 * orientation, which must not be applied again; where they can be read here they are paid at preview size, else by the
 * library. Planes are taken as coded: no RGB at full size. Photos of phones are grids of tiles: each is decoded by
 * itself and laid into a canvas that is as small as the preview allows, so that 48 megapixels take no more memory than
 * twelve; one broken tile costs a hole, not the picture. Depth, gain maps and other pictures beside the main one are
 * not decoded. */
#include <stdlib.h>
#include <string.h>

#include <libheif/heif.h>

#include "base/error.h"
#include "worker/derivatives.h"
#include "worker/heif_boxes.h"
#include "worker/hevc.h"
#include "worker/photo.h"
#include "worker/rows.h"

struct heif_state {
    struct heif_context *context;
    struct heif_image_handle *handle;
    struct heif_image *image;
    struct heif_file file;
    struct heif_grid grid; /* tiles NULL: it is none */
    bool owes_turn;        /* the library is told to leave the turn to us */
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

/* What libheif does not tell: the turn, and the tiles of a grid. */
static void read_structure(struct photo *photo)
{
    struct heif_state *state = photo->state;
    heif_item_id primary = 0;
    if (heif_image_handle_has_alpha_channel(state->handle) ||
        !heif_file_read(photo->bytes, photo->size, &state->file) ||
        heif_context_get_primary_image_ID(state->context, &primary).code != heif_error_Ok ||
        state->file.primary != primary)
        return;
    char type[5] = "";
    bool is_simple = heif_item_type(&state->file, primary, type) && strcmp(type, "hvc1") == 0;
    if (heif_grid_read(&state->file, &state->grid) &&
        ((int)state->grid.width_px != heif_image_handle_get_ispe_width(state->handle) ||
         (int)state->grid.height_px != heif_image_handle_get_ispe_height(state->handle)))
        g_clear_pointer(&state->grid.tiles, g_free);
    /* Pictures that are derived otherwise may be turned in several places: only the library knows. */
    state->owes_turn = (is_simple || state->grid.tiles) && heif_item_turn(&state->file, primary, &photo->turn);
    if (!state->owes_turn)
        g_clear_pointer(&state->grid.tiles, g_free);
}

/* Three halves of a sample a pixel, twice where the library makes a turned copy; of a grid, the canvas, which shrinks
 * with the factor that large ones are taken by. */
static uint64_t estimate_memory(const struct photo *photo)
{
    const struct heif_state *state = photo->state;
    unsigned sample_bytes = heif_image_handle_get_luma_bits_per_pixel(state->handle) > 8 ? 2 : 1;
    uint64_t bytes = (uint64_t)photo->width_px * photo->height_px * 3 * sample_bytes;
    if (heif_image_handle_has_alpha_channel(state->handle))
        return bytes * 3;
    if (!state->grid.tiles)
        return bytes;
    return bytes / (MIN(photo->width_px, photo->height_px) >= 4 * PREVIEW_SHORT_PX ? 8 : 2) +
           (uint64_t)state->grid.tile_width_px * state->grid.tile_height_px * 8 * sample_bytes;
}

/* Apple's name for it, and the item of ISO 21496-1. */
static bool has_gain_map(const struct heif_state *state)
{
    enum { AUXILIARY_MAX = 16 };
    heif_item_id ids[AUXILIARY_MAX];
    int n_ids = heif_image_handle_get_list_of_auxiliary_image_IDs(state->handle, 0, ids, AUXILIARY_MAX);
    bool found = state->file.iinf.body && heif_has_item_type(&state->file, "tmap");
    for (int i = 0; i < n_ids && !found; i++) {
        struct heif_image_handle *auxiliary = NULL;
        const char *type = NULL;
        if (heif_image_handle_get_auxiliary_image_handle(state->handle, ids[i], &auxiliary).code != heif_error_Ok)
            continue;
        if (heif_image_handle_get_auxiliary_type(auxiliary, &type).code == heif_error_Ok && type)
            found = strstr(type, "hdrgainmap") != NULL;
        heif_image_handle_free_auxiliary_types(auxiliary, &type);
        heif_image_handle_release(auxiliary);
    }
    return found;
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
    read_structure(photo);
    int width =
        state->owes_turn ? heif_image_handle_get_ispe_width(state->handle) : heif_image_handle_get_width(state->handle);
    int height = state->owes_turn ? heif_image_handle_get_ispe_height(state->handle)
                                  : heif_image_handle_get_height(state->handle);
    if (width <= 0 || height <= 0)
        return err_set(error, ERR_CORRUPT, "The file is damaged: its picture cannot be read.");
    photo->width_px = (unsigned)width;
    photo->height_px = (unsigned)height;
    photo->raw_width_px = (unsigned)MAX(heif_image_handle_get_ispe_width(state->handle), 0);
    photo->raw_height_px = (unsigned)MAX(heif_image_handle_get_ispe_height(state->handle), 0);
    photo->frames = 1;
    photo->is_upright = true;
    photo->memory_bytes = estimate_memory(photo);
    read_metadata(photo, state->handle);
    photo->has_gain_map = has_gain_map(state);
    return true;
}

/* Ends @nclx. */
static void set_colour(struct heif_color_profile_nclx *nclx, struct picture *picture)
{
    picture->primaries = (unsigned)nclx->color_primaries;
    picture->transfer = (unsigned)nclx->transfer_characteristics;
    picture->matrix = (unsigned)nclx->matrix_coefficients;
    picture->is_full_range = nclx->full_range_flag;
    heif_nclx_color_profile_free(nclx);
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
    if (nclx)
        set_colour(nclx, picture);
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

/* ---- pictures as they are coded ---- */

/* Item @id, one picture of HEVC, as it is coded. Colour as the container says it, else as the bitstream does. */
static bool decode_item(const struct heif_state *state, uint32_t id, struct picture *ret_picture, bool *ret_is_whole,
                        GError **error)
{
    struct heif_box config;
    g_autoptr(GByteArray) data = heif_item_data(&state->file, id);
    if (!data || !heif_item_property_of(&state->file, id, "hvcC", &config))
        return err_set(error, ERR_CORRUPT, "The file is damaged: its picture cannot be read.");
    if (!hevc_decode(config.body, config.size, data->data, data->len, ret_picture, ret_is_whole, error))
        return false;
    struct heif_color_profile_nclx *nclx = NULL;
    if (heif_image_handle_get_nclx_color_profile(state->handle, &nclx).code == heif_error_Ok && nclx)
        set_colour(nclx, ret_picture);
    return true;
}

/* ---- the whole picture at once ---- */

static bool has_alpha(const struct heif_state *state)
{
    return heif_image_handle_has_alpha_channel(state->handle);
}

static struct heif_decoding_options *decoding_options(const struct heif_state *state)
{
    struct heif_decoding_options *options = heif_decoding_options_alloc();
    if (options)
        options->ignore_transformations = state->owes_turn;
    return options;
}

static bool decode_handle(struct heif_state *state, const struct heif_image_handle *handle, bool as_rgba,
                          GError **error)
{
    struct heif_decoding_options *options = decoding_options(state);
    struct heif_error result =
        heif_decode_image(handle, &state->image, as_rgba ? heif_colorspace_RGB : heif_colorspace_undefined,
                          as_rgba ? heif_chroma_interleaved_RGBA : heif_chroma_undefined, options);
    if (options)
        heif_decoding_options_free(options);
    return check(result, error);
}

/* Some writers (libheif 1.15 is one) state the size as it is after the turn, which then lies across the pixels. */
static void correct_size(struct photo *photo, const struct picture *decoded)
{
    const struct heif_state *state = photo->state;
    if (!state->owes_turn || (decoded->width_px > decoded->height_px) == (photo->width_px > photo->height_px))
        return;
    unsigned width = photo->width_px;
    photo->width_px = photo->raw_width_px = photo->height_px;
    photo->height_px = photo->raw_height_px = width;
}

/* One picture of HEVC needs no libheif. False without @error where it is not one, or a rare one. */
static bool decode_single(struct photo *photo, struct picture *ret_picture, GError **error)
{
    struct heif_state *state = photo->state;
    bool is_whole;
    GError *problem = NULL;
    if (!state->owes_turn || state->grid.tiles)
        return false;
    if (!decode_item(state, state->file.primary, ret_picture, &is_whole, &problem)) {
        if (err_is(problem, ERR_UNSUPPORTED))
            g_error_free(problem);
        else
            g_propagate_error(error, problem);
        return false;
    }
    if (!is_whole)
        photo->damage = g_strdup("The file is damaged: a part of the picture is missing.");
    correct_size(photo, ret_picture);
    photo->wanted = preview_extent(photo->width_px, photo->height_px);
    return true;
}

static bool decode_whole(struct photo *photo, struct picture *ret_picture, GError **error)
{
    struct heif_state *state = photo->state;
    if (!decode_handle(state, state->handle, has_alpha(state), error))
        return false;
    if (has_alpha(state))
        return take_rows(photo, ret_picture, error);
    if (!take_planes(state, ret_picture, error))
        return false;
    correct_size(photo, ret_picture);
    photo->wanted = preview_extent(photo->width_px, photo->height_px);
    return true;
}

/* ---- tile by tile ---- */

/* How many pixels of each side become one: blocks of these must not cross from tile to tile, nor chroma's. */
static unsigned shrink_factor(const struct photo *photo)
{
    const struct heif_grid *grid = &((const struct heif_state *)photo->state)->grid;
    unsigned room =
        MIN(photo->width_px / (2 * photo->wanted.width_px), photo->height_px / (2 * photo->wanted.height_px));
    for (unsigned factor = 8; factor > 1; factor /= 2)
        if (factor <= room && grid->tile_width_px % (2 * factor) == 0 && grid->tile_height_px % (2 * factor) == 0)
            return factor;
    return 1;
}

/* A canvas for tiles like @tile, gray where none will come. */
static bool new_canvas(const struct photo *photo, const struct picture *tile, unsigned factor,
                       struct picture *ret_canvas, GError **error)
{
    bool halved = tile->n_planes == 3 && tile->planes[1].width_px < tile->width_px;
    struct picture canvas;
    if (!picture_new(tile->kind, photo->width_px / factor, photo->height_px / factor, tile->depth, halved, &canvas,
                     error))
        return false;
    for (unsigned i = 0; i < canvas.n_planes; i++) {
        const struct plane *plane = &canvas.planes[i];
        size_t count = plane->stride_bytes / (tile->depth > 8 ? 2 : 1) * plane->height_px;
        for (size_t n = 0; tile->depth > 8 && n < count; n++)
            ((uint16_t *)(void *)plane->data)[n] = (uint16_t)(1u << (tile->depth - 1));
        if (tile->depth == 8)
            memset(plane->data, 0x80, count);
    }
    canvas.primaries = tile->primaries;
    canvas.transfer = tile->transfer;
    canvas.matrix = tile->matrix;
    canvas.is_full_range = tile->is_full_range;
    *ret_canvas = canvas;
    return true;
}

static inline unsigned sample_at(const struct plane *plane, bool is_wide, size_t x, size_t y)
{
    const uint8_t *row = plane->data + y * plane->stride_bytes;
    return is_wide ? ((const uint16_t *)(const void *)row)[x] : row[x];
}

/* Squares of @factor × @factor of @from, averaged, into @to from place @x0, @y0 on. */
static void lay_plane(const struct plane *from, const struct plane *to, bool is_wide, unsigned factor, size_t x0,
                      size_t y0)
{
    if (x0 >= to->width_px || y0 >= to->height_px)
        return;
    size_t width = MIN(from->width_px / factor, to->width_px - x0);
    size_t height = MIN(from->height_px / factor, to->height_px - y0), sample_bytes = is_wide ? 2 : 1;
    unsigned area = factor * factor;
    for (size_t y = 0; y < height; y++) {
        uint8_t *row = to->data + (y0 + y) * to->stride_bytes + x0 * sample_bytes;
        if (factor == 1) {
            memcpy(row, from->data + y * from->stride_bytes, width * sample_bytes);
            continue;
        }
        for (size_t x = 0; x < width; x++) {
            unsigned sum = area / 2;
            for (unsigned n = 0; n < area; n++)
                sum += sample_at(from, is_wide, x * factor + n % factor, y * factor + n / factor);
            if (is_wide)
                ((uint16_t *)(void *)row)[x] = (uint16_t)(sum / area);
            else
                row[x] = (uint8_t)(sum / area);
        }
    }
}

static bool is_alike(const struct picture *tile, const struct picture *canvas, const struct heif_grid *grid)
{
    bool halved = tile->n_planes == 3 && tile->planes[1].width_px < tile->width_px;
    bool canvas_halved = canvas->n_planes == 3 && canvas->planes[1].width_px < canvas->width_px;
    return tile->kind == canvas->kind && tile->depth == canvas->depth && halved == canvas_halved &&
           tile->width_px == grid->tile_width_px && tile->height_px == grid->tile_height_px;
}

static void lay_tile(const struct picture *tile, const struct picture *canvas, const struct heif_grid *grid,
                     unsigned index, unsigned factor)
{
    size_t x = (size_t)(index % grid->columns) * grid->tile_width_px / factor;
    size_t y = (size_t)(index / grid->columns) * grid->tile_height_px / factor;
    for (unsigned i = 0; i < canvas->n_planes; i++) {
        unsigned across = tile->planes[i].width_px < tile->width_px ? 2 : 1;
        unsigned down = tile->planes[i].height_px < tile->height_px ? 2 : 1;
        lay_plane(&tile->planes[i], &canvas->planes[i], canvas->depth > 8, factor, x / across, y / down);
    }
}

/* Chroma must be halved both ways or neither: what picture_new() makes. */
static bool is_usual(const struct picture *tile, const struct heif_grid *grid)
{
    bool usual = tile->width_px == grid->tile_width_px && tile->height_px == grid->tile_height_px;
    if (tile->n_planes == 3)
        usual = usual && (tile->planes[1].width_px < tile->width_px) == (tile->planes[1].height_px < tile->height_px);
    return usual;
}

/* False without @error where the tiles are of an unusual kind, or none can be read: libheif itself is to try. */
static bool decode_tiles(struct photo *photo, struct picture *ret_picture, GError **error)
{
    struct heif_state *state = photo->state;
    const struct heif_grid *grid = &state->grid;
    unsigned n_tiles = grid->columns * grid->rows, n_failed = 0, factor = shrink_factor(photo);
    PICTURE_AUTO struct picture canvas = {0};
    for (unsigned i = 0; i < n_tiles; i++) {
        PICTURE_AUTO struct picture tile = {0};
        bool is_whole = false;
        GError *problem = NULL;
        if (!decode_item(state, grid->tiles[i], &tile, &is_whole, &problem)) {
            if (err_is(problem, ERR_LIMIT)) {
                g_propagate_error(error, problem);
                return false;
            }
            g_error_free(problem);
            n_failed++;
            continue;
        }
        if (canvas.owner && !is_alike(&tile, &canvas, grid)) {
            n_failed++;
            continue;
        }
        if (!canvas.owner && !is_usual(&tile, grid))
            return false;
        if (!canvas.owner && !new_canvas(photo, &tile, factor, &canvas, error))
            return false;
        lay_tile(&tile, &canvas, grid, i, factor);
        n_failed += !is_whole;
    }
    if (!canvas.owner)
        return false;
    if (n_failed > 0)
        photo->damage =
            g_strdup_printf("The file is damaged: %u of the %u parts of the picture are missing.", n_failed, n_tiles);
    *ret_picture = canvas;
    canvas = (struct picture){0};
    return true;
}

/* ---- what is left of a broken one ---- */

static bool decode_thumbnail(struct photo *photo, struct picture *ret_picture)
{
    struct heif_state *state = photo->state;
    heif_item_id id;
    struct heif_image_handle *handle = NULL;
    if (heif_image_handle_get_list_of_thumbnail_IDs(state->handle, &id, 1) < 1 ||
        heif_image_handle_get_thumbnail(state->handle, id, &handle).code != heif_error_Ok)
        return false;
    bool ok = decode_handle(state, handle, false, NULL) && take_planes(state, ret_picture, NULL);
    heif_image_handle_release(handle);
    if (!ok)
        return false;
    correct_size(photo, ret_picture);
    photo->wanted = preview_extent(ret_picture->width_px, ret_picture->height_px);
    photo->damage = g_strdup("The file is damaged: its picture cannot be read, and the small one beside it is shown.");
    return true;
}

static bool decode_heif(struct photo *photo, struct picture *ret_picture, GError **error)
{
    struct heif_state *state = photo->state;
    GError *problem = NULL;
    bool ok =
        state->grid.tiles ? decode_tiles(photo, ret_picture, &problem) : decode_single(photo, ret_picture, &problem);
    if (!ok && !problem)
        ok = decode_whole(photo, ret_picture, &problem);
    if (!ok && err_is(problem, ERR_CORRUPT) && decode_thumbnail(photo, ret_picture)) {
        g_clear_error(&problem);
        ok = true;
    }
    if (problem)
        g_propagate_error(error, problem);
    if (ok && photo->icc)
        ret_picture->icc = g_bytes_ref(photo->icc);
    return ok;
}

static void close_heif(struct photo *photo)
{
    struct heif_state *state = photo->state;
    if (state->image)
        heif_image_release(state->image);
    if (state->handle)
        heif_image_handle_release(state->handle);
    heif_context_free(state->context);
    g_free(state->grid.tiles);
    g_free(state);
}

const struct decoder heif_decoder = {"image/heic", open_heif, decode_heif, close_heif};
