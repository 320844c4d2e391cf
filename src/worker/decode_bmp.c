/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * BMP of Windows and OS/2, read by hand: 1 to 32 bits, palettes, masks, run lengths (RLE4, RLE8). Rows are taken in the
 * order of the file, mostly from below, and the small picture is turned over at the end: so rows that a file does not
 * have cost nothing, whatever size it claims. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "worker/photo.h"
#include "worker/rows.h"

enum { FILE_HEAD = 14, CORE_HEAD = 12, INFO_HEAD = 40, V4_HEAD = 108, V5_HEAD = 124 };
enum { BI_RGB = 0, BI_RLE8 = 1, BI_RLE4 = 2, BI_BITFIELDS = 3, BI_ALPHABITFIELDS = 6 };

/* A byte of run lengths makes at most 127.5 pixels; what claims far more is a bomb, or empty. */
enum { RLE_PIXELS_A_BYTE = 256, RLE_PIXELS_FREE = 1 << 24 };

/* After so many bytes of the file its pages are given back. */
enum { FORGET_BYTES = 8 << 20 };

struct channel {
    uint32_t mask;
    unsigned shift, bits;
};

struct bmp_state {
    size_t data; /* offset of the pixels */
    unsigned bits, compression;
    bool is_top_down;
    unsigned n_colours;
    uint8_t palette[256][3];
    struct channel channels[4]; /* red, green, blue, alpha */
    struct rows *rows;
    uint8_t *row; /* RGB or RGBA */
};

static uint32_t le(const struct photo *photo, size_t at, unsigned size)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= at + i < photo->size ? (uint32_t)photo->bytes[at + i] << 8 * i : 0;
    return value;
}

static bool fail(GError **error)
{
    return err_set(error, ERR_CORRUPT, "The file is damaged: its picture cannot be read.");
}

/* ---- head ---- */

static void set_channel(struct channel *channel, uint32_t mask)
{
    channel->mask = mask;
    channel->shift = channel->bits = 0;
    for (; mask && !(mask & 1); mask >>= 1)
        channel->shift++;
    for (; mask & 1; mask >>= 1)
        channel->bits++;
}

static void read_masks(const struct photo *photo, size_t head_size)
{
    struct bmp_state *state = photo->state;
    static const uint32_t of_16[4] = {0x7c00, 0x03e0, 0x001f, 0}, of_32[4] = {0xff0000, 0xff00, 0xff, 0};
    bool masked = state->compression == BI_BITFIELDS || state->compression == BI_ALPHABITFIELDS;
    bool has_alpha = head_size >= 56 || state->compression == BI_ALPHABITFIELDS;
    for (unsigned i = 0; i < 4; i++) {
        uint32_t mask = state->bits == 16 ? of_16[i] : of_32[i];
        if (masked)
            mask = i < 3 || has_alpha ? le(photo, FILE_HEAD + INFO_HEAD + 4 * i, 4) : 0;
        set_channel(&state->channels[i], mask);
    }
}

static void read_palette(const struct photo *photo, size_t at, unsigned entry_bytes, unsigned n_colours)
{
    struct bmp_state *state = photo->state;
    size_t room = at < photo->size ? (photo->size - at) / entry_bytes : 0;
    state->n_colours = (unsigned)MIN(MIN(n_colours, 256), room);
    for (unsigned i = 0; i < state->n_colours; i++)
        for (unsigned c = 0; c < 3; c++)
            state->palette[i][c] = photo->bytes[at + i * entry_bytes + 2 - c];
}

/* Version 5: a profile of its own, told from the head's begin. */
static void read_profile(struct photo *photo, size_t head_size)
{
    enum { EMBEDDED = 0x4d424544, PROFILE_MAX = 4 << 20 }; /* "MBED" */
    if (head_size < V5_HEAD || le(photo, FILE_HEAD + 56, 4) != EMBEDDED)
        return;
    uint64_t offset = (uint64_t)FILE_HEAD + le(photo, FILE_HEAD + 112, 4), size = le(photo, FILE_HEAD + 116, 4);
    if (size > 0 && size <= PROFILE_MAX && offset < photo->size && size <= photo->size - offset)
        photo->icc = g_bytes_new(photo->bytes + offset, size);
}

static bool check_variety(const struct bmp_state *state, GError **error)
{
    unsigned bits = state->bits;
    bool known = bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
    bool masked = state->compression == BI_BITFIELDS || state->compression == BI_ALPHABITFIELDS;
    bool fits = state->compression == BI_RGB || (state->compression == BI_RLE8 && bits == 8) ||
                (state->compression == BI_RLE4 && bits == 4) || (masked && (bits == 16 || bits == 32));
    return (known && fits) || err_set(error, ERR_UNSUPPORTED,
                                      "Pictures of this variety of BMP cannot be made yet. The file itself is safe.");
}

static size_t stride_of(const struct photo *photo)
{
    const struct bmp_state *state = photo->state;
    return ((uint64_t)photo->width_px * state->bits + 31) / 32 * 4;
}

static bool is_rle(const struct bmp_state *state)
{
    return state->compression == BI_RLE8 || state->compression == BI_RLE4;
}

static bool open_bmp(struct photo *photo, GError **error)
{
    struct bmp_state *state = photo->state = g_new0(struct bmp_state, 1);
    size_t head_size = le(photo, FILE_HEAD, 4);
    bool is_core = head_size == CORE_HEAD;
    int32_t width = is_core ? (int32_t)le(photo, 18, 2) : (int32_t)le(photo, 18, 4);
    int32_t height = is_core ? (int32_t)le(photo, 20, 2) : (int32_t)le(photo, 22, 4);
    if (photo->size < FILE_HEAD + head_size || width <= 0 || height == 0 || height == INT32_MIN)
        return fail(error);
    state->bits = le(photo, is_core ? 24 : 28, 2);
    state->compression = is_core || head_size < 20 ? BI_RGB : le(photo, 30, 4);
    state->is_top_down = height < 0;
    state->data = le(photo, 10, 4);
    photo->width_px = photo->raw_width_px = (unsigned)width;
    photo->height_px = photo->raw_height_px = (unsigned)(height < 0 ? -height : height);
    photo->frames = 1;
    if (!check_variety(state, error))
        return false;
    bool has_masks = head_size == INFO_HEAD && state->compression != BI_RGB && !is_rle(state);
    size_t palette = FILE_HEAD + head_size + (has_masks ? state->compression == BI_BITFIELDS ? 12 : 16 : 0);
    unsigned n_colours = is_core || head_size < 36 ? 0 : le(photo, 46, 4);
    if (state->bits <= 8)
        read_palette(photo, palette, is_core ? 3 : 4, n_colours ? n_colours : 1u << state->bits);
    else
        read_masks(photo, head_size);
    read_profile(photo, head_size);
    if (state->data < FILE_HEAD + head_size || state->data >= photo->size)
        return fail(error);
    uint64_t pixels = (uint64_t)photo->width_px * photo->height_px;
    if (is_rle(state) && pixels > RLE_PIXELS_FREE && pixels / RLE_PIXELS_A_BYTE > photo->size - state->data)
        return err_set(error, ERR_CORRUPT,
                       "The file is damaged: it claims %u × %u pixels and has far too little data for them.",
                       photo->width_px, photo->height_px);
    photo->memory_bytes = (uint64_t)photo->width_px * 4;
    return true;
}

/* ---- plain rows ---- */

static void put_index(struct bmp_state *state, unsigned index, uint8_t *to)
{
    static const uint8_t black[3] = {0, 0, 0};
    memcpy(to, index < state->n_colours ? state->palette[index] : black, 3);
}

static uint8_t channel_value(const struct channel *channel, uint32_t pixel)
{
    uint64_t value = (pixel & channel->mask) >> channel->shift, top = (UINT64_C(1) << channel->bits) - 1;
    return channel->bits ? (uint8_t)(value * 255 / top) : 0;
}

static void take_row(const struct photo *photo, const uint8_t *from)
{
    struct bmp_state *state = photo->state;
    bool has_alpha = state->channels[3].mask != 0;
    uint8_t *to = state->row;
    for (unsigned x = 0; x < photo->width_px; x++) {
        if (state->bits <= 8) {
            unsigned bit = x % (8 / state->bits) * state->bits;
            unsigned index = from[(uint64_t)x * state->bits / 8] >> (8 - state->bits - bit) & ((1u << state->bits) - 1);
            put_index(state, index, to);
            to += 3;
        } else if (state->bits == 24) {
            to[0] = from[3 * (size_t)x + 2];
            to[1] = from[3 * (size_t)x + 1];
            to[2] = from[3 * (size_t)x];
            to += 3;
        } else {
            unsigned bytes = state->bits / 8;
            uint32_t pixel = 0;
            for (unsigned i = 0; i < bytes; i++)
                pixel |= (uint32_t)from[(size_t)x * bytes + i] << 8 * i;
            for (unsigned c = 0; c < 3u + has_alpha; c++)
                *to++ = channel_value(&state->channels[c], pixel);
        }
    }
}

static bool read_plain(const struct photo *photo)
{
    struct bmp_state *state = photo->state;
    size_t stride = stride_of(photo);
    uint64_t n_rows = MIN((photo->size - state->data) / stride, photo->height_px);
    uint64_t rows_a_round = MAX(1, FORGET_BYTES / stride);
    for (uint64_t y = 0; y < n_rows; y++) {
        take_row(photo, photo->bytes + state->data + y * stride);
        rows_add(state->rows, state->row);
        if (y % rows_a_round == rows_a_round - 1)
            photo_forget_pages(photo);
    }
    return n_rows == photo->height_px;
}

/* ---- run lengths ---- */

struct run {
    const struct photo *photo;
    size_t at;
    unsigned x, y;
};

static void put_pixel(struct run *run, unsigned index)
{
    struct bmp_state *state = run->photo->state;
    if (run->x < run->photo->width_px)
        put_index(state, index, state->row + (size_t)run->x++ * 3);
}

/* Pixels that no run names have the first colour. */
static void blank_row(const struct run *run)
{
    struct bmp_state *state = run->photo->state;
    for (unsigned x = 0; x < run->photo->width_px; x++)
        put_index(state, 0, state->row + (size_t)x * 3);
}

static void end_row(struct run *run)
{
    struct bmp_state *state = run->photo->state;
    rows_add(state->rows, state->row);
    run->y++;
    run->x = 0;
    blank_row(run);
}

/* @count pixels that are written one by one, padded to two bytes. */
static bool take_literal(struct run *run, unsigned count)
{
    const struct bmp_state *state = run->photo->state;
    unsigned bytes = state->bits == 8 ? count : (count + 1) / 2;
    if (bytes > run->photo->size - run->at)
        return false;
    for (unsigned i = 0; i < count; i++) {
        unsigned byte = run->photo->bytes[run->at + (state->bits == 8 ? i : i / 2)];
        put_pixel(run, state->bits == 8 ? byte : i % 2 ? byte & 15 : byte >> 4);
    }
    run->at += bytes + bytes % 2;
    return run->at <= run->photo->size;
}

static bool take_delta(struct run *run)
{
    if (run->photo->size - run->at < 2)
        return false;
    unsigned right = run->photo->bytes[run->at], down = run->photo->bytes[run->at + 1], x = run->x;
    run->at += 2;
    for (; down > 0 && run->y < run->photo->height_px; down--)
        end_row(run);
    run->x = MIN(x + right, run->photo->width_px);
    return true;
}

/* False where the data end without saying so. */
static bool read_runs(const struct photo *photo)
{
    enum { END_OF_ROW = 0, END_OF_PICTURE = 1, DELTA = 2 };
    const struct bmp_state *state = photo->state;
    struct run run = {.photo = photo, .at = state->data};
    blank_row(&run);
    while (run.y < photo->height_px && photo->size - run.at >= 2) {
        unsigned count = photo->bytes[run.at], value = photo->bytes[run.at + 1];
        run.at += 2;
        if (count > 0) {
            for (unsigned i = 0; i < count; i++)
                put_pixel(&run, state->bits == 8 ? value : i % 2 ? value & 15 : value >> 4);
        } else if (value == END_OF_ROW) {
            end_row(&run);
        } else if (value == END_OF_PICTURE) {
            while (run.y < photo->height_px)
                end_row(&run);
        } else if (!(value == DELTA ? take_delta(&run) : take_literal(&run, value))) {
            break;
        }
    }
    if (run.x > 0 && run.y < photo->height_px)
        end_row(&run);
    return run.y >= photo->height_px;
}

/* ---- picture ---- */

static void turn_over(struct picture *picture)
{
    for (unsigned i = 0; i < picture->n_planes; i++) {
        struct plane *plane = &picture->planes[i];
        g_autofree uint8_t *kept = g_malloc(plane->stride_bytes);
        for (unsigned y = 0; y < plane->height_px / 2; y++) {
            uint8_t *upper = plane->data + y * plane->stride_bytes;
            uint8_t *lower = plane->data + (plane->height_px - 1 - y) * plane->stride_bytes;
            memcpy(kept, upper, plane->stride_bytes);
            memcpy(upper, lower, plane->stride_bytes);
            memcpy(lower, kept, plane->stride_bytes);
        }
    }
}

static bool decode_bmp(struct photo *photo, struct picture *ret_picture, GError **error)
{
    struct bmp_state *state = photo->state;
    enum rows_layout layout =
        state->bits > 8 && state->bits != 24 && state->channels[3].mask ? ROWS_RGB_ALPHA : ROWS_RGB;
    state->rows = rows_new(photo->width_px, photo->height_px, layout, 8, photo->wanted, error);
    state->row = state->rows ? picture_buffer((uint64_t)photo->width_px * layout, error) : NULL;
    if (!state->row)
        return false;
    bool whole = is_rle(state) ? read_runs(photo) : read_plain(photo);
    if (rows_count(state->rows) == 0)
        return fail(error);
    if (!whole)
        photo->damage = g_strdup("The file is damaged: it ends early, so that a part of the picture is missing.");
    rows_finish(g_steal_pointer(&state->rows), ret_picture);
    if (!state->is_top_down)
        turn_over(ret_picture);
    ret_picture->icc = photo->icc ? g_bytes_ref(photo->icc) : NULL;
    return true;
}

static void close_bmp(struct photo *photo)
{
    struct bmp_state *state = photo->state;
    rows_free(state->rows);
    free(state->row);
    g_free(state);
}

const struct decoder bmp_decoder = {"image/bmp", open_bmp, decode_bmp, close_bmp};
