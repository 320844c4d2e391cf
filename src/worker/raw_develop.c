/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/raw_develop.h"

#include <dlfcn.h>
#include <string.h>

#include <libraw/libraw.h>

#include "base/error.h"
#include "worker/rows.h"

struct raw_develop {
    libraw_data_t *raw;
};

static bool fail(int code, GError **error)
{
    const char *detail = libraw_strerror(code);
    switch (code) {
    case LIBRAW_FILE_UNSUPPORTED:
    case LIBRAW_NOT_IMPLEMENTED:
    case LIBRAW_OUT_OF_ORDER_CALL:
    case LIBRAW_NO_THUMBNAIL:
    case LIBRAW_UNSUPPORTED_THUMBNAIL:
        return err_set_detail(error, ERR_UNSUPPORTED, detail,
                              "Pictures of this variety of camera RAW cannot be made yet. The file itself is safe.");
    case LIBRAW_UNSUFFICIENT_MEMORY:
    case LIBRAW_TOO_BIG:
    case LIBRAW_MEMPOOL_OVERFLOW:
        return err_set_detail(error, ERR_LIMIT, detail,
                              "This picture needs more memory than the server allows for one file.");
    default:
        return err_set_detail(error, ERR_CORRUPT, detail, "The file is damaged: its picture cannot be read.");
    }
}

struct raw_develop *raw_develop_open(const uint8_t *bytes, size_t size, GError **error)
{
    libraw_data_t *raw = libraw_init(0);
    if (!raw) {
        fail(LIBRAW_UNSUFFICIENT_MEMORY, error);
        return NULL;
    }
    /* They would write to standard error. */
    libraw_set_memerror_handler(raw, NULL, NULL);
    libraw_set_dataerror_handler(raw, NULL, NULL);
    int code = libraw_open_buffer(raw, (void *)bytes, size);
    if (code != LIBRAW_SUCCESS || raw->sizes.width == 0 || raw->sizes.height == 0) {
        libraw_close(raw);
        fail(code != LIBRAW_SUCCESS ? code : LIBRAW_FILE_UNSUPPORTED, error);
        return NULL;
    }
    struct raw_develop *develop = g_new0(struct raw_develop, 1);
    develop->raw = raw;
    return develop;
}

void raw_develop_close(struct raw_develop *develop)
{
    if (!develop)
        return;
    libraw_close(develop->raw);
    g_free(develop);
}

struct extent raw_develop_extent(const struct raw_develop *develop)
{
    return (struct extent){develop->raw->sizes.width, develop->raw->sizes.height};
}

unsigned raw_develop_turn(const struct raw_develop *develop)
{
    /* LibRaw's own numbers: 3 half a turn, 5 anticlockwise, 6 clockwise. */
    int flip = develop->raw->sizes.flip;
    return flip == 3 ? 3 : flip == 5 ? 8 : flip == 6 ? 6 : 1;
}

/* Without a mosaic there are no four pixels that could become one. */
static bool may_halve(const struct raw_develop *develop)
{
    return develop->raw->idata.filters != 0;
}

uint64_t raw_develop_memory(const struct raw_develop *develop)
{
    /* The sensor's samples, two bytes each (three colours where there is no mosaic); four of 16 bits for each pixel of
     * the picture, and its copy of 8 bits. Measured: 24 megapixels take 118 MB. */
    uint64_t sensor = (uint64_t)develop->raw->sizes.raw_width * develop->raw->sizes.raw_height;
    uint64_t pixels = (uint64_t)develop->raw->sizes.width * develop->raw->sizes.height;
    bool is_small = MIN(develop->raw->sizes.width, develop->raw->sizes.height) < 2 * 1440;
    return may_halve(develop) && !is_small ? sensor * 2 + pixels * 11 / 4 : sensor * 8 + pixels * 11;
}

const uint8_t *raw_develop_preview(struct raw_develop *develop, size_t *ret_size)
{
    if (libraw_unpack_thumb(develop->raw) != LIBRAW_SUCCESS ||
        develop->raw->thumbnail.tformat != LIBRAW_THUMBNAIL_JPEG || !develop->raw->thumbnail.thumb)
        return NULL;
    *ret_size = develop->raw->thumbnail.tlength;
    return (const uint8_t *)develop->raw->thumbnail.thumb;
}

static bool take_image(struct raw_develop *develop, struct extent wanted, struct picture *ret_picture, GError **error)
{
    int code = LIBRAW_SUCCESS;
    libraw_processed_image_t *image = libraw_dcraw_make_mem_image(develop->raw, &code);
    if (!image)
        return fail(code, error);
    libraw_recycle(develop->raw); /* its own buffers, before there are ours */
    bool ok = image->bits == 8 && (image->colors == 3 || image->colors == 1) &&
              (size_t)image->width * image->height * image->colors <= image->data_size;
    wanted.width_px = MIN(wanted.width_px, image->width);
    wanted.height_px = MIN(wanted.height_px, image->height);
    struct rows *rows =
        ok ? rows_new(image->width, image->height, image->colors == 3 ? ROWS_RGB : ROWS_GRAY, 8, wanted, error) : NULL;
    for (unsigned y = 0; rows && y < image->height; y++)
        rows_add(rows, image->data + (size_t)y * image->width * image->colors);
    libraw_dcraw_clear_mem(image);
    if (!ok)
        return fail(LIBRAW_NOT_IMPLEMENTED, error);
    if (rows)
        rows_finish(rows, ret_picture);
    return rows != NULL;
}

bool raw_develop_unpack(struct raw_develop *develop, GError **error)
{
    int code = libraw_unpack(develop->raw);
    return code == LIBRAW_SUCCESS || fail(code, error);
}

bool raw_develop_picture(struct raw_develop *develop, struct extent wanted, struct picture *ret_picture, GError **error)
{
    libraw_output_params_t *how = &develop->raw->params;
    struct extent full = raw_develop_extent(develop);
    how->half_size =
        may_halve(develop) && full.width_px / 2 >= wanted.width_px && full.height_px / 2 >= wanted.height_px;
    how->use_camera_wb = 1;
    how->user_flip = 0;
    how->user_qual = 0; /* linear: what is finer does not survive the shrinking */
    how->output_bps = 8;
    how->output_color = 1; /* sRGB */
    int code = libraw_dcraw_process(develop->raw);
    return code == LIBRAW_SUCCESS ? take_image(develop, wanted, ret_picture, error) : fail(code, error);
}

void raw_develop_warm(void)
{
    /* LibRaw's OpenMP would start a thread a core, each with a stack that counts as memory. There is no header of the
     * OpenMP run time for every compiler: the function is asked for by name. */
    void (*set_threads)(int);
    *(void **)&set_threads = dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    if (set_threads)
        set_threads(1);
}
