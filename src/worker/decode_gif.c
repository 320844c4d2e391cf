/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * GIF: the first picture of the file that shows anything, on a white screen; the others are counted, not decoded. */
#include <gif_lib.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "worker/photo.h"
#include "worker/rows.h"

struct gif_state {
    GifFileType *gif;
    size_t at;
    uint8_t *indexes; /* of the first picture */
    int transparent;  /* colour index, or NO_TRANSPARENT_COLOR */
    int delay;        /* of the picture to come, hundredths of a second */
};

/* A picture may be larger than its screen, by mistake of the program that wrote it; by 4 GB it is no mistake. */
enum { FRAMES_MAX = 100000, LOOKED_AT_MAX = 20, PICTURE_MAX_PX = 256 << 20 };

static int read_bytes(GifFileType *gif, GifByteType *out, int size)
{
    struct photo *photo = gif->UserData;
    struct gif_state *state = photo->state;
    size_t take = MIN((size_t)MAX(size, 0), photo->size - state->at);
    memcpy(out, photo->bytes + state->at, take);
    state->at += take;
    return (int)take;
}

static bool fail(GError **error)
{
    return err_set(error, ERR_CORRUPT, "The file is damaged: its picture cannot be read.");
}

static bool open_gif(struct photo *photo, GError **error)
{
    struct gif_state *state = photo->state = g_new0(struct gif_state, 1);
    state->transparent = NO_TRANSPARENT_COLOR;
    int code = 0;
    state->gif = DGifOpen(photo, read_bytes, &code);
    if (!state->gif || state->gif->SWidth <= 0 || state->gif->SHeight <= 0)
        return fail(error);
    photo->width_px = photo->raw_width_px = (unsigned)state->gif->SWidth;
    photo->height_px = photo->raw_height_px = (unsigned)state->gif->SHeight;
    photo->frames = 1;
    photo->memory_bytes = (uint64_t)photo->width_px * photo->height_px;
    return true;
}

/* Reads an extension; the graphics control in front of a picture says which index is transparent and how long the
 * picture stays. */
static bool read_extension(struct gif_state *state)
{
    int code = 0;
    GifByteType *block = NULL;
    if (DGifGetExtension(state->gif, &code, &block) == GIF_ERROR)
        return false;
    GraphicsControlBlock control;
    if (code == GRAPHICS_EXT_FUNC_CODE && block && block[0] == 4 &&
        DGifExtensionToGCB(4, block + 1, &control) == GIF_OK) {
        state->transparent = control.TransparentColor;
        state->delay = control.DelayTime;
    }
    while (block)
        if (DGifGetExtensionNext(state->gif, &block) == GIF_ERROR)
            return false;
    return true;
}

/* To the next picture's description. False at the end of the file, or where it breaks. */
static bool seek_picture(struct gif_state *state)
{
    state->transparent = NO_TRANSPARENT_COLOR;
    state->delay = 0;
    for (;;) {
        GifRecordType type;
        if (DGifGetRecordType(state->gif, &type) == GIF_ERROR || type == TERMINATE_RECORD_TYPE)
            return false;
        if (type == IMAGE_DESC_RECORD_TYPE)
            return DGifGetImageDesc(state->gif) == GIF_OK;
        if (type == EXTENSION_RECORD_TYPE && !read_extension(state))
            return false;
    }
}

/* How many rows of the picture could be read. */
static unsigned read_indexes(struct gif_state *state, const GifImageDesc *image)
{
    static const struct {
        uint8_t first, step;
    } passes[] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}}, all = {0, 1};
    unsigned width = (unsigned)image->Width, height = (unsigned)image->Height, n_read = 0;
    for (unsigned pass = 0; pass < (image->Interlace ? 4u : 1u); pass++) {
        unsigned first = image->Interlace ? passes[pass].first : all.first;
        unsigned step = image->Interlace ? passes[pass].step : all.step;
        for (unsigned y = first; y < height; y += step, n_read++)
            if (DGifGetLine(state->gif, state->indexes + (size_t)y * width, (int)width) == GIF_ERROR)
                return n_read;
    }
    return n_read;
}

static void colour_of(const ColorMapObject *map, int index, uint8_t rgb[3])
{
    bool known = map && index < map->ColorCount;
    rgb[0] = known ? map->Colors[index].Red : 0;
    rgb[1] = known ? map->Colors[index].Green : 0;
    rgb[2] = known ? map->Colors[index].Blue : 0;
}

/* Row @y of the screen: the picture's part in colours, white around it. */
static void render_row(const struct photo *photo, const GifImageDesc *image, unsigned y, uint8_t *row)
{
    const struct gif_state *state = photo->state;
    const ColorMapObject *map = image->ColorMap ? image->ColorMap : state->gif->SColorMap;
    memset(row, 0xff, (size_t)photo->width_px * 3);
    if ((int)y < image->Top || (int)y >= image->Top + image->Height)
        return;
    const uint8_t *indexes = state->indexes + (size_t)((int)y - image->Top) * (size_t)image->Width;
    for (int x = 0; x < image->Width && image->Left + x < (int)photo->width_px; x++)
        if (indexes[x] != state->transparent)
            colour_of(map, indexes[x], row + (size_t)(image->Left + x) * 3);
}

/* A picture that says next to nothing stays for a tenth of a second: so all browsers have it. */
static int64_t delay_ms(const struct gif_state *state)
{
    return state->delay > 1 ? state->delay * 10 : 100;
}

/* Counts the pictures that follow, and how long they take. */
static unsigned count_rest(struct gif_state *state, int64_t *duration_ms)
{
    unsigned frames = 0;
    while (frames < FRAMES_MAX && seek_picture(state)) {
        *duration_ms += delay_ms(state);
        int size = 0;
        GifByteType *block = NULL;
        if (DGifGetCode(state->gif, &size, &block) == GIF_ERROR)
            break;
        while (block)
            if (DGifGetCodeNext(state->gif, &block) == GIF_ERROR)
                return frames;
        frames++;
    }
    return frames;
}

static bool shows_something(const struct gif_state *state, size_t size)
{
    if (state->transparent < 0)
        return true;
    for (size_t i = 0; i < size; i++)
        if (state->indexes[i] != state->transparent)
            return true;
    return false;
}

/* Reads the picture that is described next. */
static bool read_picture(struct photo *photo, GifImageDesc *ret_image, GError **error)
{
    struct gif_state *state = photo->state;
    GifImageDesc image = state->gif->Image;
    if (image.Width <= 0 || image.Height <= 0 || image.Left < 0 || image.Top < 0)
        return fail(error);
    photo->duration_ms += delay_ms(state);
    size_t size = (size_t)image.Width * (size_t)image.Height;
    if (size > PICTURE_MAX_PX)
        return err_set(error, ERR_LIMIT, "This picture needs more memory than the server allows for one file.");
    free(state->indexes);
    state->indexes = picture_buffer(size, error);
    if (!state->indexes)
        return false;
    memset(state->indexes, state->transparent >= 0 ? state->transparent : 0, size);
    unsigned n_read = read_indexes(state, &image);
    if (n_read == 0)
        return fail(error);
    if (n_read < (unsigned)image.Height)
        photo->damage = g_strdup("The file is damaged: it ends early, so that a part of the picture is missing.");
    *ret_image = image;
    return true;
}

static bool decode_gif(struct photo *photo, struct picture *ret_picture, GError **error)
{
    struct gif_state *state = photo->state;
    GifImageDesc image;
    if (!seek_picture(state))
        return fail(error);
    if (!read_picture(photo, &image, error))
        return false;
    /* Some animations begin with nothing. */
    while (!photo->damage && photo->frames < LOOKED_AT_MAX &&
           !shows_something(state, (size_t)image.Width * (size_t)image.Height) && seek_picture(state)) {
        if (!read_picture(photo, &image, error))
            return false;
        photo->frames++;
    }
    struct rows *rows = rows_new(photo->width_px, photo->height_px, ROWS_RGB, 8, photo->wanted, error);
    if (!rows)
        return false;
    g_autofree uint8_t *row = g_malloc((size_t)photo->width_px * 3);
    for (unsigned y = 0; y < photo->height_px; y++) {
        render_row(photo, &image, y, row);
        rows_add(rows, row);
    }
    rows_finish(rows, ret_picture);
    if (!photo->damage)
        photo->frames += count_rest(state, &photo->duration_ms);
    return true;
}

static void close_gif(struct photo *photo)
{
    struct gif_state *state = photo->state;
    int code = 0;
    if (state->gif)
        DGifCloseFile(state->gif, &code);
    free(state->indexes);
    g_free(state);
}

const struct decoder gif_decoder = {"image/gif", open_gif, decode_gif, close_gif};
