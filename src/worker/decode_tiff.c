/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * TIFF and BigTIFF: the first page, by rows or by rows of tiles, so that a scan of any size passes through in little
 * memory. What has samples of 1 to 16 bits in gray, colours of a palette, RGB or inks is read as it is; everything else
 * (JPEG within, YCbCr, CIE L*a*b*, floating point of high range) is converted to RGB by libtiff, strip by strip. */
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

#include "base/error.h"
#include "worker/photo.h"
#include "worker/rows.h"
#include "worker/tiff_walk.h"

struct tiff_state {
    TIFF *tiff;
    toff_t at;
    char message[160];
    uint16_t bits, samples, photometric, planar, compression, format;
    uint32_t block_width, block_height; /* a tile, or a strip of the picture's width */
    bool is_tiled, is_converted;        /* by libtiff, to RGBA of 8 bits */
    bool has_alpha, is_premultiplied, is_inverted;
    uint16_t *map[3];
    enum rows_layout layout;
    struct rows *rows;
    uint8_t *block; /* as read */
    uint8_t *row;   /* as handed over: 8 or 16 bits, interleaved */
    unsigned n_failed;
    uint64_t n_passed; /* bytes of samples since the file's pages were given back */
};

enum { BLOCK_MAX = 512 << 20 };

/* ---- libtiff on memory ---- */

static tmsize_t read_bytes(thandle_t data, void *out, tmsize_t size)
{
    const struct photo *photo = data;
    struct tiff_state *state = photo->state;
    size_t left = state->at < photo->size ? photo->size - (size_t)state->at : 0, take = MIN((size_t)MAX(size, 0), left);
    memcpy(out, photo->bytes + (left ? state->at : 0), take);
    state->at += take;
    return (tmsize_t)take;
}

static tmsize_t write_nothing(thandle_t data, void *bytes, tmsize_t size)
{
    return 0;
}

static toff_t seek(thandle_t data, toff_t offset, int whence)
{
    const struct photo *photo = data;
    struct tiff_state *state = photo->state;
    state->at = whence == SEEK_SET ? offset : whence == SEEK_CUR ? state->at + offset : photo->size + offset;
    return state->at;
}

static int close_nothing(thandle_t data)
{
    return 0;
}

static toff_t size_of(thandle_t data)
{
    const struct photo *photo = data;
    return photo->size;
}

static int map(thandle_t data, void **ret_bytes, toff_t *ret_size)
{
    const struct photo *photo = data;
    *ret_bytes = (void *)photo->bytes;
    *ret_size = photo->size;
    return 1;
}

static void unmap(thandle_t data, void *bytes, toff_t size)
{
}

static int on_error(TIFF *tiff, void *data, const char *module, const char *format, va_list arguments)
    G_GNUC_PRINTF(4, 0);
static int on_error(TIFF *tiff, void *data, const char *module, const char *format, va_list arguments)
{
    struct tiff_state *state = data;
    g_vsnprintf(state->message, sizeof(state->message), format, arguments);
    return 1;
}

static int on_warning(TIFF *tiff, void *data, const char *module, const char *format, va_list arguments)
{
    return 1;
}

static bool fail(const struct tiff_state *state, GError **error)
{
    bool memory = strstr(state->message, "memory") != NULL;
    bool unknown = strstr(state->message, "not configured") || strstr(state->message, "not implemented");
    if (unknown)
        return err_set_detail(error, ERR_UNSUPPORTED, state->message,
                              "Pictures of this variety of TIFF cannot be made yet. The file itself is safe.");
    return err_set_detail(error, memory ? ERR_LIMIT : ERR_CORRUPT, state->message,
                          memory ? "This picture needs more memory than the server allows for one file."
                                 : "The file is damaged: its picture cannot be read.");
}

static TIFF *open_library(struct photo *photo)
{
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options)
        return NULL;
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, photo->state);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, photo->state);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, BLOCK_MAX);
    TIFF *tiff = TIFFClientOpenExt("photo", "r", photo, read_bytes, write_nothing, seek, close_nothing, size_of, map,
                                   unmap, options);
    TIFFOpenOptionsFree(options);
    return tiff;
}

/* ---- what it is ---- */

static void take_metadata(struct photo *photo)
{
    struct tiff tiff;
    struct tiff_dir dir;
    if (!tiff_open(photo->bytes, photo->size, &tiff) || !tiff_dir_at(&tiff, tiff.first, &dir))
        return;
    photo->exif = tiff_exif(&tiff);
    photo->xmp = tiff_block(&dir, TIFF_TAG_XMP);
    photo->iptc = tiff_block(&dir, TIFF_TAG_IPTC);
    photo->icc = tiff_block(&dir, TIFF_TAG_ICC);
}

static void read_alpha(struct tiff_state *state)
{
    uint16_t n_extra = 0, *extra = NULL;
    TIFFGetFieldDefaulted(state->tiff, TIFFTAG_EXTRASAMPLES, &n_extra, &extra);
    state->has_alpha = n_extra > 0 && (extra[0] == EXTRASAMPLE_ASSOCALPHA || extra[0] == EXTRASAMPLE_UNASSALPHA);
    state->is_premultiplied = state->has_alpha && extra[0] == EXTRASAMPLE_ASSOCALPHA;
}

/* Strips of separate planes are gone through plane by plane (read_planes()); transparency is left out there. */
static bool is_by_plane(const struct tiff_state *state)
{
    return !state->is_tiled && state->planar == PLANARCONFIG_SEPARATE && state->samples > 1;
}

/* Can it be read as it is? Then @state->layout says as what. */
static bool is_plain(struct tiff_state *state)
{
    bool whole = state->bits == 8 || state->bits == 16;
    if (state->format != SAMPLEFORMAT_UINT || state->compression == COMPRESSION_OJPEG ||
        (!whole && state->bits != 1 && state->bits != 2 && state->bits != 4))
        return false;
    switch (state->photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
        state->is_inverted = state->photometric == PHOTOMETRIC_MINISWHITE;
        state->layout = state->has_alpha && whole ? ROWS_GRAY_ALPHA : ROWS_GRAY;
        return state->samples >= 1 && (whole || state->samples == 1);
    case PHOTOMETRIC_PALETTE:
        state->layout = ROWS_RGB;
        return state->samples == 1 && state->bits <= 8 &&
               TIFFGetField(state->tiff, TIFFTAG_COLORMAP, &state->map[0], &state->map[1], &state->map[2]);
    case PHOTOMETRIC_RGB:
        state->layout = state->has_alpha && state->samples >= 4 ? ROWS_RGB_ALPHA : ROWS_RGB;
        return whole && state->samples >= 3;
    case PHOTOMETRIC_SEPARATED:
        state->layout = ROWS_CMYK;
        return whole && state->samples >= 4;
    default:
        return false;
    }
}

/* JPEG within a TIFF is YCbCr mostly: the decoder itself can turn it to RGB, scanline by scanline. */
static void ask_for_rgb(struct tiff_state *state)
{
    if (state->compression != COMPRESSION_JPEG || state->photometric != PHOTOMETRIC_YCBCR ||
        state->planar != PLANARCONFIG_CONTIG)
        return;
    TIFFSetField(state->tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    state->photometric = PHOTOMETRIC_RGB;
}

static void read_layout(struct tiff_state *state)
{
    TIFF *tiff = state->tiff;
    uint32_t rows_per_strip = 0;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &state->bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &state->samples);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &state->planar);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &state->compression);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &state->format);
    if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &state->photometric))
        state->photometric = state->samples >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
    state->is_tiled = TIFFIsTiled(tiff) != 0;
    if (!is_by_plane(state))
        read_alpha(state);
    ask_for_rgb(state);
    if (state->is_tiled) {
        TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &state->block_width);
        TIFFGetField(tiff, TIFFTAG_TILELENGTH, &state->block_height);
    } else {
        TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &state->block_width);
        TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &rows_per_strip);
        state->block_height = rows_per_strip;
    }
    state->is_converted = !is_plain(state);
    if (!state->is_converted)
        return;
    state->layout = ROWS_RGB_ALPHA;
    /* The turn is paid later, with everybody else's. */
    TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
}

static unsigned channels_of(enum rows_layout layout)
{
    return layout == ROWS_CMYK ? 4 : (unsigned)layout;
}

/* A row of tiles (or for strips: one row) as read, and for what libtiff converts, one strip of the picture. */
static uint64_t block_bytes(const struct photo *photo)
{
    const struct tiff_state *state = photo->state;
    uint64_t across = state->is_tiled ? ((uint64_t)photo->width_px + state->block_width - 1) / state->block_width : 1;
    unsigned planes = state->planar == PLANARCONFIG_SEPARATE && state->samples > 1 ? channels_of(state->layout) : 1;
    if (state->is_converted)
        return (state->is_tiled ? across * state->block_width : photo->width_px) * 4 *
               MIN(state->block_height, MAX(photo->height_px, state->is_tiled ? state->block_height : 0));
    return state->is_tiled ? across * planes * (uint64_t)TIFFTileSize64(state->tiff)
                           : planes * (uint64_t)TIFFScanlineSize64(state->tiff);
}

static bool open_tiff(struct photo *photo, GError **error)
{
    struct tiff_state *state = photo->state = g_new0(struct tiff_state, 1);
    take_metadata(photo);
    state->tiff = open_library(photo);
    uint32_t width = 0, height = 0;
    if (!state->tiff || !TIFFGetField(state->tiff, TIFFTAG_IMAGEWIDTH, &width) ||
        !TIFFGetField(state->tiff, TIFFTAG_IMAGELENGTH, &height) || width == 0 || height == 0 || width > INT32_MAX ||
        height > INT32_MAX)
        return fail(state, error);
    photo->width_px = photo->raw_width_px = width;
    photo->height_px = photo->raw_height_px = height;
    photo->frames = 1;
    read_layout(state);
    char refusal[1024];
    if (state->is_converted && !TIFFRGBAImageOK(state->tiff, refusal))
        return err_set_detail(error, ERR_UNSUPPORTED, refusal,
                              "Pictures of this variety of TIFF cannot be made yet. The file itself is safe.");
    if (state->block_width == 0 || state->block_height == 0)
        return fail(state, error);
    photo->memory_bytes = block_bytes(photo) * (state->is_converted ? 2 : 1);
    return true;
}

/* ---- samples ---- */

static unsigned sample_bits(const struct tiff_state *state, const uint8_t *row, size_t index)
{
    unsigned bits = state->bits;
    size_t bit = index * bits;
    return row[bit / 8] >> (8 - bits - bit % 8) & ((1u << bits) - 1);
}

/* One pixel of few bits, as 8. */
static void put_small(const struct tiff_state *state, const uint8_t *from, size_t x, uint8_t *to)
{
    unsigned value = sample_bits(state, from, x);
    if (state->photometric == PHOTOMETRIC_PALETTE) {
        for (unsigned i = 0; i < 3; i++)
            to[i] = (uint8_t)(state->map[i][value] >> 8);
        return;
    }
    unsigned gray = value * 255 / ((1u << state->bits) - 1);
    *to = (uint8_t)(state->is_inverted ? 255 - gray : gray);
}

static inline unsigned sample(const void *row, size_t index, bool is_wide)
{
    return is_wide ? ((const uint16_t *)row)[index] : ((const uint8_t *)row)[index];
}

static inline void put(void *row, size_t index, bool is_wide, unsigned value)
{
    if (is_wide)
        ((uint16_t *)row)[index] = (uint16_t)value;
    else
        ((uint8_t *)row)[index] = (uint8_t)value;
}

/* @count pixels of one row of a block into the row, from @x on. @step: samples from pixel to pixel in @from; @channel:
 * the only one that @from has, or -1: it has them all. */
static void take_row(struct tiff_state *state, const uint8_t *from, size_t x, size_t count, size_t step, int channel)
{
    unsigned channels = channels_of(state->layout), white = state->bits == 16 ? 65535 : 255;
    bool is_wide = state->bits == 16;
    if (state->bits < 8 || state->photometric == PHOTOMETRIC_PALETTE) {
        for (size_t i = 0; i < count; i++)
            put_small(state, from, i, state->row + (x + i) * channels);
        return;
    }
    for (size_t i = 0; i < count; i++)
        for (unsigned c = 0; c < channels; c++) {
            if (channel >= 0 && c != (unsigned)channel)
                continue;
            unsigned value = sample(from, channel >= 0 ? i : i * step + c, is_wide);
            bool is_colour = c == 0 && state->is_inverted;
            put(state->row, (x + i) * channels + c, is_wide, is_colour ? white - value : value);
        }
}

/* Premultiplied colours back to their own: what lays pictures on white expects these. */
static void unmultiply(const struct tiff_state *state, size_t count)
{
    unsigned channels = channels_of(state->layout), white = state->bits == 16 ? 65535 : 255;
    bool is_wide = state->bits == 16, has_alpha = state->layout == ROWS_RGB_ALPHA || state->layout == ROWS_GRAY_ALPHA;
    if (!state->is_premultiplied || !has_alpha)
        return;
    for (size_t i = 0; i < count; i++) {
        uint64_t alpha = sample(state->row, i * channels + channels - 1, is_wide);
        for (unsigned c = 0; c + 1 < channels; c++) {
            uint64_t value = sample(state->row, i * channels + c, is_wide);
            put(state->row, i * channels + c, is_wide, alpha ? (unsigned)MIN(white, value * white / alpha) : white);
        }
    }
}

/* The pages of an uncompressed file would otherwise all stay. */
static void count_row(struct photo *photo)
{
    enum { FORGET_BYTES = 8 << 20 };
    struct tiff_state *state = photo->state;
    state->n_passed += (uint64_t)photo->width_px * state->samples * (state->bits == 16 ? 2 : 1);
    if (state->n_passed < FORGET_BYTES)
        return;
    state->n_passed = 0;
    photo_forget_pages(photo);
}

static void finish_row(struct photo *photo)
{
    struct tiff_state *state = photo->state;
    count_row(photo);
    unmultiply(state, photo->width_px);
    rows_add(state->rows, state->row);
}

/* ---- strips ---- */

static bool read_strips(struct photo *photo)
{
    struct tiff_state *state = photo->state;
    size_t step = is_by_plane(state) ? 1 : state->samples;
    for (unsigned y = 0; y < photo->height_px; y++) {
        if (TIFFReadScanline(state->tiff, state->block, y, 0) < 0)
            return false;
        take_row(state, state->block, 0, photo->width_px, step, -1);
        finish_row(photo);
    }
    return true;
}

/* Planes of compressed strips cannot be read in turns: libtiff would begin each strip anew for every row. So each plane
 * is gone through by itself, into gray pictures that are put together. */
static bool read_planes(struct photo *photo, struct picture *ret_picture, GError **error)
{
    struct tiff_state *state = photo->state;
    unsigned n_planes = state->layout == ROWS_CMYK ? 4 : 3;
    PICTURE_AUTO struct picture whole = {0};
    for (unsigned plane = 0; plane < n_planes; plane++) {
        struct rows *rows =
            rows_new(photo->width_px, photo->height_px, ROWS_GRAY, state->bits == 16 ? 16 : 8, photo->wanted, error);
        if (!rows)
            return false;
        for (unsigned y = 0; y < photo->height_px; y++) {
            if (TIFFReadScanline(state->tiff, state->block, y, (uint16_t)plane) < 0) {
                state->n_failed++;
                break;
            }
            rows_add(rows, state->block);
            count_row(photo);
        }
        bool is_empty = rows_count(rows) == 0;
        PICTURE_AUTO struct picture one = {0};
        rows_finish(rows, &one);
        if (is_empty)
            return fail(state, error);
        if (plane == 0 && !picture_new(state->layout == ROWS_CMYK ? PICTURE_CMYK : PICTURE_RGB, one.width_px,
                                       one.height_px, one.depth, false, &whole, error))
            return false;
        for (unsigned y = 0; y < one.height_px; y++)
            memcpy(whole.planes[plane].data + y * whole.planes[plane].stride_bytes,
                   one.planes[0].data + y * one.planes[0].stride_bytes, (size_t)one.width_px * (one.depth > 8 ? 2 : 1));
    }
    *ret_picture = whole;
    whole = (struct picture){0};
    return true;
}

/* ---- tiles ---- */

/* One row of tiles into @state->block, one after the other (plane by plane where they are separate). */
static bool read_tile_row(struct photo *photo, uint32_t y)
{
    struct tiff_state *state = photo->state;
    size_t tile_bytes = (size_t)TIFFTileSize(state->tiff);
    unsigned planes = state->planar == PLANARCONFIG_SEPARATE && state->samples > 1 ? channels_of(state->layout) : 1;
    uint8_t *to = state->block;
    bool any = false;
    for (unsigned plane = 0; plane < planes; plane++)
        for (uint64_t x = 0; x < photo->width_px; x += state->block_width, to += tile_bytes) {
            if (TIFFReadTile(state->tiff, to, (uint32_t)x, y, 0, (uint16_t)plane) >= 0) {
                any = true;
                continue;
            }
            memset(to, state->layout == ROWS_CMYK ? 0 : 0xff, tile_bytes);
            state->n_failed++;
        }
    return any;
}

static bool read_tiles(struct photo *photo)
{
    struct tiff_state *state = photo->state;
    size_t tile_bytes = (size_t)TIFFTileSize(state->tiff), row_bytes = (size_t)TIFFTileRowSize(state->tiff);
    bool separate = state->planar == PLANARCONFIG_SEPARATE && state->samples > 1, any = false;
    unsigned planes = separate ? channels_of(state->layout) : 1;
    for (uint64_t y = 0; y < photo->height_px; y += state->block_height) {
        any |= read_tile_row(photo, (uint32_t)y);
        if (!any) /* a whole row of tiles, and nothing: the rest will be no better */
            return false;
        for (uint32_t in = 0; in < state->block_height && y + in < photo->height_px; in++) {
            const uint8_t *tile = state->block;
            for (unsigned plane = 0; plane < planes; plane++)
                for (uint64_t x = 0; x < photo->width_px; x += state->block_width, tile += tile_bytes)
                    take_row(state, tile + in * row_bytes, (size_t)x, MIN(state->block_width, photo->width_px - x),
                             state->samples, separate ? (int)plane : -1);
            finish_row(photo);
        }
    }
    return true;
}

/* ---- everything else, through libtiff's RGBA ---- */

/* ABGR words, the lowest row first, as RGBA rows from above. */
static void add_raster(struct photo *photo, const uint32_t *raster, unsigned width_px, unsigned height_px)
{
    struct tiff_state *state = photo->state;
    for (unsigned y = height_px; y-- > 0;) {
        const uint32_t *from = raster + (size_t)y * width_px;
        for (unsigned x = 0; x < photo->width_px; x++) {
            uint8_t *to = state->row + (size_t)x * 4;
            unsigned alpha = TIFFGetA(from[x]);
            to[0] = (uint8_t)TIFFGetR(from[x]);
            to[1] = (uint8_t)TIFFGetG(from[x]);
            to[2] = (uint8_t)TIFFGetB(from[x]);
            to[3] = (uint8_t)alpha;
            for (unsigned c = 0; c < 3 && alpha > 0 && alpha < 255; c++)
                to[c] = (uint8_t)MIN(255, to[c] * 255u / alpha);
        }
        rows_add(state->rows, state->row);
    }
}

static bool read_converted_strips(struct photo *photo)
{
    struct tiff_state *state = photo->state;
    for (uint64_t y = 0; y < photo->height_px; y += state->block_height) {
        unsigned height = (unsigned)MIN(state->block_height, photo->height_px - y);
        if (!TIFFReadRGBAStripExt(state->tiff, (uint32_t)y, (uint32_t *)(void *)state->block, 1))
            return false;
        add_raster(photo, (const uint32_t *)(const void *)state->block, photo->width_px, height);
    }
    return true;
}

static bool read_converted_tiles(struct photo *photo)
{
    struct tiff_state *state = photo->state;
    unsigned across = (photo->width_px + state->block_width - 1) / state->block_width;
    size_t width = (size_t)across * state->block_width, tile_pixels = (size_t)state->block_width * state->block_height;
    g_autofree uint32_t *tile = g_try_malloc_n(tile_pixels, sizeof(*tile));
    uint32_t *raster = (uint32_t *)(void *)state->block;
    if (!tile)
        return false;
    for (uint64_t y = 0; y < photo->height_px; y += state->block_height) {
        unsigned height = (unsigned)MIN(state->block_height, photo->height_px - y);
        for (unsigned i = 0; i < across; i++) {
            if (!TIFFReadRGBATileExt(state->tiff, i * state->block_width, (uint32_t)y, tile, 1))
                return false;
            /* The tile's lowest row comes first, also where the picture ends above it. */
            for (unsigned row = 0; row < height; row++)
                memcpy(raster + row * width + (size_t)i * state->block_width,
                       tile + (size_t)(state->block_height - height + row) * state->block_width,
                       (size_t)state->block_width * 4);
        }
        add_raster(photo, raster, (unsigned)width, height);
    }
    return true;
}

static bool read_all(struct photo *photo)
{
    const struct tiff_state *state = photo->state;
    if (state->is_converted)
        return state->is_tiled ? read_converted_tiles(photo) : read_converted_strips(photo);
    return state->is_tiled ? read_tiles(photo) : read_strips(photo);
}

static bool decode_tiff(struct photo *photo, struct picture *ret_picture, GError **error)
{
    struct tiff_state *state = photo->state;
    unsigned depth = state->bits == 16 && !state->is_converted ? 16 : 8;
    bool by_plane = !state->is_converted && is_by_plane(state) && state->layout != ROWS_GRAY;
    uint64_t row_bytes = (uint64_t)photo->width_px * channels_of(state->layout) * (depth / 8);
    state->block = picture_buffer(block_bytes(photo), error);
    state->row = state->block ? picture_buffer(row_bytes, error) : NULL;
    if (!state->row)
        return false;
    memset(state->row, 0xff, row_bytes);
    bool ok = by_plane;
    if (by_plane) {
        if (!read_planes(photo, ret_picture, error))
            return false;
    } else {
        state->rows = rows_new(photo->width_px, photo->height_px, state->layout, depth, photo->wanted, error);
        if (!state->rows)
            return false;
        ok = read_all(photo);
        if (rows_count(state->rows) == 0)
            return fail(state, error);
        rows_finish(g_steal_pointer(&state->rows), ret_picture);
    }
    if (!ok || state->n_failed > 0)
        photo->damage = g_strdup("The file is damaged: a part of the picture is missing.");
    bool is_own_colour = !state->is_converted || state->photometric == PHOTOMETRIC_YCBCR;
    ret_picture->icc = photo->icc && is_own_colour ? g_bytes_ref(photo->icc) : NULL;
    return true;
}

static void close_tiff(struct photo *photo)
{
    struct tiff_state *state = photo->state;
    if (state->tiff)
        TIFFClose(state->tiff);
    rows_free(state->rows);
    free(state->block);
    free(state->row);
    g_free(state);
}

const struct decoder tiff_decoder = {"image/tiff", open_tiff, decode_tiff, close_tiff};
