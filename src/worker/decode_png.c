/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PNG, by rows: a bomb of 30,000 × 30,000 pixels passes through in the memory of a preview. Only interlaced files need
 * the whole picture at once; their cost stands in the plan. */
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "worker/photo.h"
#include "worker/png_chunks.h"
#include "worker/profiles.h"
#include "worker/rows.h"

/* All that must survive a longjmp out of libpng. */
struct png_state {
    png_structp png;
    png_infop info;
    size_t at; /* reading place in the file */
    struct rows *rows;
    uint8_t *row; /* one row, or the whole picture of an interlaced file */
    struct png_chunks chunks;
    bool is_interlaced;
    bool has_pixels; /* all rows are read; what fails after that costs only metadata */
    char message[100];
};

/* Rows are asked for whole, so that a header alone could cost 30 GB. */
enum { CHUNK_MAX_BYTES = 32 << 20, CHUNKS_MAX = 1000, ROW_MAX_PX = 16 << 20 };
#define XMP_KEYWORD "XML:com.adobe.xmp"

static void on_error(png_structp png, png_const_charp message)
{
    struct photo *photo = png_get_error_ptr(png);
    struct png_state *state = photo->state;
    g_strlcpy(state->message, message, sizeof(state->message));
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
}

static void read_bytes(png_structp png, png_bytep out, size_t size)
{
    struct photo *photo = png_get_io_ptr(png);
    struct png_state *state = photo->state;
    if (size > photo->size - state->at)
        png_error(png, "end of file");
    memcpy(out, photo->bytes + state->at, size);
    state->at += size;
}

/* What is asked of libpng for every file: samples of 8 or 16 bits, gray or RGB, transparency as a channel. */
static void set_transforms(struct png_state *state)
{
    png_set_expand(state->png);
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
    if (png_get_bit_depth(state->png, state->info) == 16)
        png_set_swap(state->png);
#endif
}

static bool fail(const struct png_state *state, GError **error)
{
    bool memory = strstr(state->message, "memory") != NULL;
    return err_set_detail(error, memory ? ERR_LIMIT : ERR_CORRUPT, state->message,
                          memory ? "This picture needs more memory than the server allows for one file."
                                 : "The file is damaged: its picture cannot be read.");
}

static bool open_png(struct photo *photo, GError **error)
{
    struct png_state *state = photo->state = g_new0(struct png_state, 1);
    state->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, photo, on_error, on_warning);
    state->info = state->png ? png_create_info_struct(state->png) : NULL;
    if (!state->info)
        return err_set(error, ERR_INTERNAL, "The PNG decoder could not be started.");
    if (setjmp(png_jmpbuf(state->png)) != 0)
        return fail(state, error);
    png_set_read_fn(state->png, photo, read_bytes);
    png_set_user_limits(state->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(state->png, CHUNK_MAX_BYTES);
    png_set_chunk_cache_max(state->png, CHUNKS_MAX);
    png_set_crc_action(state->png, PNG_CRC_WARN_USE, PNG_CRC_WARN_DISCARD);
    png_read_info(state->png, state->info);
    if (png_get_image_width(state->png, state->info) > ROW_MAX_PX)
        return err_set(error, ERR_LIMIT, "This picture is wider than the server can work on.");
    set_transforms(state);
    state->is_interlaced = png_set_interlace_handling(state->png) > 1;
    png_read_update_info(state->png, state->info);
    photo->width_px = photo->raw_width_px = png_get_image_width(state->png, state->info);
    photo->height_px = photo->raw_height_px = png_get_image_height(state->png, state->info);
    png_chunks_read(photo->bytes, photo->size, &state->chunks);
    photo->frames = MAX(state->chunks.frames, 1);
    photo->duration_ms = state->chunks.duration_ms;
    if (state->is_interlaced)
        photo->memory_bytes = (uint64_t)png_get_rowbytes(state->png, state->info) * photo->height_px;
    return true;
}

static enum rows_layout layout_of(const struct png_state *state)
{
    switch (png_get_channels(state->png, state->info)) {
    case 1:
        return ROWS_GRAY;
    case 2:
        return ROWS_GRAY_ALPHA;
    case 3:
        return ROWS_RGB;
    default:
        return ROWS_RGB_ALPHA;
    }
}

static void read_interlaced(struct png_state *state, unsigned height_px)
{
    size_t row_bytes = png_get_rowbytes(state->png, state->info);
    for (int pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; pass++)
        for (unsigned y = 0; y < height_px; y++)
            png_read_row(state->png, state->row + y * row_bytes, NULL);
    for (unsigned y = 0; y < height_px; y++)
        rows_add(state->rows, state->row + y * row_bytes);
}

static void read_plain(struct png_state *state, unsigned height_px)
{
    for (unsigned y = 0; y < height_px; y++) {
        png_read_row(state->png, state->row, NULL);
        rows_add(state->rows, state->row);
    }
}

static void take_metadata(struct photo *photo)
{
    struct png_state *state = photo->state;
    png_uint_32 exif_size = 0, icc_size = 0;
    png_bytep exif = NULL, icc = NULL;
    png_charp name = NULL;
    int compression = 0, n_texts = 0;
    png_textp texts = NULL;
    if (png_get_eXIf_1(state->png, state->info, &exif_size, &exif) && !photo->exif)
        photo->exif = g_bytes_new(exif, exif_size);
    if (png_get_iCCP(state->png, state->info, &name, &compression, &icc, &icc_size) && !photo->icc)
        photo->icc = g_bytes_new(icc, icc_size);
    png_get_text(state->png, state->info, &texts, &n_texts);
    for (int i = 0; i < n_texts && !photo->xmp; i++)
        if (strcmp(texts[i].key, XMP_KEYWORD) == 0)
            photo->xmp = g_bytes_new(texts[i].text, MAX(texts[i].text_length, texts[i].itxt_length));
}

/* After an error: enough rows for a picture with a gap? */
static bool accept_partial(struct photo *photo, GError **error)
{
    struct png_state *state = photo->state;
    if (state->has_pixels)
        return true;
    if (!state->rows || rows_count(state->rows) == 0)
        return fail(state, error);
    photo->damage = g_strdup("The file is damaged: it ends early, so that the lower part of the picture is missing.");
    return true;
}

static bool read_picture(struct photo *photo, GError **error)
{
    struct png_state *state = photo->state;
    if (setjmp(png_jmpbuf(state->png)) != 0)
        return accept_partial(photo, error);
    if (state->is_interlaced)
        read_interlaced(state, photo->height_px);
    else
        read_plain(state, photo->height_px);
    state->has_pixels = true;
    png_read_end(state->png, state->info);
    return true;
}

/* cICP goes before iCCP, that before sRGB, and that before gAMA and cHRM (PNG, third edition, 11.3.2). */
static void take_colour(const struct photo *photo, struct picture *picture)
{
    const struct png_state *state = photo->state;
    const struct png_chunks *chunks = &state->chunks;
    if (chunks->has_cicp && picture->kind == PICTURE_RGB) {
        picture->primaries = chunks->primaries;
        picture->transfer = chunks->transfer;
    } else if (photo->icc) {
        picture->icc = g_bytes_ref(photo->icc);
    } else if (!chunks->has_srgb && chunks->has_gamma) {
        picture->icc = profile_of_numbers(chunks->gamma, chunks->has_primaries ? chunks->white_xy : NULL,
                                          chunks->has_primaries ? chunks->rgb_xy : NULL, picture->kind == PICTURE_GRAY);
    }
}

static bool decode_png(struct photo *photo, struct picture *ret_picture, GError **error)
{
    struct png_state *state = photo->state;
    unsigned depth = png_get_bit_depth(state->png, state->info);
    uint64_t row_bytes = png_get_rowbytes(state->png, state->info);
    state->rows = rows_new(photo->width_px, photo->height_px, layout_of(state), depth, photo->wanted, error);
    state->row = state->rows ? picture_buffer(row_bytes * (state->is_interlaced ? photo->height_px : 1), error) : NULL;
    if (!state->row || !read_picture(photo, error))
        return false;
    take_metadata(photo);
    rows_finish(state->rows, ret_picture);
    state->rows = NULL;
    take_colour(photo, ret_picture);
    return true;
}

static void close_png(struct photo *photo)
{
    struct png_state *state = photo->state;
    if (state->png)
        png_destroy_read_struct(&state->png, &state->info, NULL);
    rows_free(state->rows);
    free(state->row);
    g_free(state);
}

const struct decoder png_decoder = {"image/png", open_png, decode_png, close_png};
