/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/decode_jpeg_rows.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

#include "base/error.h"
#include "worker/colour.h"
#include "worker/rows.h"

/* Everything that a longjmp out of libjpeg must find again lies in here, not in local variables. */
struct reader {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    jmp_buf failed;
    char message[JMSG_LENGTH_MAX];
    struct rows *rows;
    uint8_t *row;
    struct shrinker *shrinker;
    uint8_t *strips[3]; /* of each plane, the rows of one row of MCUs */
    struct jpeg_progress_mgr progress;
};

static void on_error(j_common_ptr common)
{
    struct reader *reader = common->client_data;
    common->err->format_message(common, reader->message);
    longjmp(reader->failed, 1);
}

static void on_message(j_common_ptr common, int level)
{
    struct reader *reader = common->client_data;
    if (level >= 0)
        return;
    common->err->num_warnings++;
    common->err->format_message(common, reader->message);
}

static struct reader *reader_new(const uint8_t *bytes, size_t size)
{
    struct reader *reader = g_new0(struct reader, 1);
    reader->jpeg.err = jpeg_std_error(&reader->errors);
    reader->errors.error_exit = on_error;
    reader->errors.emit_message = on_message;
    reader->jpeg.client_data = reader;
    if (setjmp(reader->failed) == 0) {
        jpeg_create_decompress(&reader->jpeg);
        jpeg_mem_src(&reader->jpeg, bytes, size);
    }
    return reader;
}

static void reader_free(struct reader *reader)
{
    jpeg_destroy_decompress(&reader->jpeg);
    rows_free(reader->rows);
    g_free(reader->row);
    shrinker_free(reader->shrinker);
    for (unsigned i = 0; i < 3; i++)
        g_free(reader->strips[i]);
    g_free(reader);
}

static bool fail(struct reader *reader, GError **error)
{
    bool memory = reader->errors.msg_code == JERR_OUT_OF_MEMORY;
    return err_set_detail(error, memory ? ERR_LIMIT : ERR_CORRUPT, reader->message,
                          memory ? "This picture needs more memory than the server allows for one file."
                                 : "The file is damaged: its picture cannot be read.");
}

static bool read_header(struct reader *reader, GError **error)
{
    if (setjmp(reader->failed) != 0)
        return fail(reader, error);
    jpeg_read_header(&reader->jpeg, TRUE);
    return true;
}

bool jpeg_rows_extent(const uint8_t *bytes, size_t size, int *ret_width_px, int *ret_height_px, GError **error)
{
    struct reader *reader = reader_new(bytes, size);
    bool ok = read_header(reader, error);
    if (ok) {
        *ret_width_px = (int)reader->jpeg.image_width;
        *ret_height_px = (int)reader->jpeg.image_height;
    }
    reader_free(reader);
    return ok;
}

static bool begin(struct reader *reader, int eighths, struct extent wanted, GError **error)
{
    if (setjmp(reader->failed) != 0)
        return fail(reader, error);
    bool inks = reader->jpeg.jpeg_color_space == JCS_CMYK || reader->jpeg.jpeg_color_space == JCS_YCCK;
    reader->jpeg.scale_num = (unsigned)eighths;
    reader->jpeg.scale_denom = 8;
    reader->jpeg.out_color_space = inks ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(&reader->jpeg);
    reader->rows =
        rows_new(reader->jpeg.output_width, reader->jpeg.output_height, inks ? ROWS_CMYK : ROWS_RGB, 8, wanted, error);
    reader->row = g_malloc((size_t)reader->jpeg.output_width * (unsigned)reader->jpeg.output_components);
    return reader->rows != NULL;
}

static bool read_rows(struct reader *reader, GError **error)
{
    if (setjmp(reader->failed) != 0)
        return fail(reader, error);
    /* Adobe writes inks upside down: 255 is none. */
    bool upside_down = reader->jpeg.out_color_space == JCS_CMYK && reader->jpeg.saw_Adobe_marker;
    size_t row_bytes = (size_t)reader->jpeg.output_width * (unsigned)reader->jpeg.output_components;
    while (reader->jpeg.output_scanline < reader->jpeg.output_height) {
        JSAMPROW row = reader->row;
        jpeg_read_scanlines(&reader->jpeg, &row, 1);
        for (size_t i = 0; upside_down && i < row_bytes; i++)
            row[i] = (uint8_t)(255 - row[i]);
        rows_add(reader->rows, row);
    }
    return true;
}

bool jpeg_rows_decode(const struct photo *photo, int eighths, struct picture *ret_picture, char **ret_warning,
                      GError **error)
{
    struct reader *reader = reader_new(photo->bytes, photo->size);
    bool ok = read_header(reader, error) && begin(reader, eighths, photo->wanted, error) && read_rows(reader, error);
    if (ok) {
        rows_finish(reader->rows, ret_picture);
        reader->rows = NULL;
        *ret_warning = reader->errors.num_warnings > 0 ? g_strdup(reader->message) : NULL;
    }
    reader_free(reader);
    return ok;
}

/* ---- planes, strip by strip ---- */

enum { SCANS_MAX = 500 };

/* A progressive file of a few bytes a scan can have millions of them; each goes over the whole picture. */
static void on_progress(j_common_ptr common)
{
    if (common->is_decompressor && ((j_decompress_ptr)common)->input_scan_number > SCANS_MAX)
        ERREXIT(common, JERR_EOI_EXPECTED);
}

static unsigned share(unsigned px, int samples, int of)
{
    return (unsigned)(((uint64_t)px * (unsigned)samples + (unsigned)of - 1) / (unsigned)of);
}

static bool begin_strips(struct reader *reader, const struct photo *photo, GError **error)
{
    if (setjmp(reader->failed) != 0)
        return fail(reader, error);
    struct jpeg_decompress_struct *jpeg = &reader->jpeg;
    if (jpeg->num_components != 1 && jpeg->num_components != 3)
        return err_set(error, ERR_CORRUPT, "The file is damaged: its picture cannot be read.");
    reader->progress.progress_monitor = on_progress;
    jpeg->progress = &reader->progress;
    jpeg->raw_data_out = TRUE;
    jpeg->out_color_space = jpeg->jpeg_color_space;
    jpeg_start_decompress(jpeg);
    struct picture like = {
        .kind = jpeg->num_components == 1 ? PICTURE_GRAY : PICTURE_YCBCR,
        .width_px = jpeg->image_width,
        .height_px = jpeg->image_height,
        .depth = 8,
        .n_planes = (unsigned)jpeg->num_components,
        .icc = photo->icc,
        .primaries = 2,
        .transfer = 2,
        .matrix = 2,
        .is_full_range = true,
    };
    for (unsigned i = 0; i < like.n_planes; i++) {
        const jpeg_component_info *component = &jpeg->comp_info[i];
        like.planes[i].width_px = share(like.width_px, component->h_samp_factor, jpeg->max_h_samp_factor);
        like.planes[i].height_px = share(like.height_px, component->v_samp_factor, jpeg->max_v_samp_factor);
        reader->strips[i] =
            g_malloc((size_t)component->width_in_blocks * DCTSIZE * DCTSIZE * (unsigned)component->v_samp_factor);
    }
    reader->shrinker = shrinker_new(&like, photo->wanted, colour_is_direct(&like), error);
    return reader->shrinker != NULL;
}

static bool read_strips(struct reader *reader, GError **error)
{
    if (setjmp(reader->failed) != 0)
        return fail(reader, error);
    struct jpeg_decompress_struct *jpeg = &reader->jpeg;
    JSAMPROW rows[3][MAX_SAMP_FACTOR * DCTSIZE];
    JSAMPARRAY planes[3] = {rows[0], rows[1], rows[2]};
    for (int i = 0; i < jpeg->num_components; i++)
        for (int y = 0; y < jpeg->comp_info[i].v_samp_factor * DCTSIZE; y++)
            rows[i][y] = reader->strips[i] + (size_t)y * jpeg->comp_info[i].width_in_blocks * DCTSIZE;
    while (jpeg->output_scanline < jpeg->output_height) {
        jpeg_read_raw_data(jpeg, planes, (JDIMENSION)(jpeg->max_v_samp_factor * DCTSIZE));
        for (int i = 0; i < jpeg->num_components; i++)
            shrinker_add(reader->shrinker, (unsigned)i, reader->strips[i],
                         (size_t)jpeg->comp_info[i].width_in_blocks * DCTSIZE,
                         (unsigned)jpeg->comp_info[i].v_samp_factor * DCTSIZE);
    }
    return true;
}

bool jpeg_strips_decode(const struct photo *photo, struct picture *ret_picture, char **ret_warning, GError **error)
{
    struct reader *reader = reader_new(photo->bytes, photo->size);
    bool ok = read_header(reader, error) && begin_strips(reader, photo, error) && read_strips(reader, error) &&
              shrinker_finish(g_steal_pointer(&reader->shrinker), ret_picture, error);
    if (ok)
        *ret_warning = reader->errors.num_warnings > 0 ? g_strdup(reader->message) : NULL;
    reader_free(reader);
    return ok;
}
