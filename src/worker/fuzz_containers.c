/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Our own readers of containers, without the decoders behind them: the first byte says which (r: camera RAW and TIFF
 * directories, h: items of HEIF, p: chunks of PNG). What they tell must lie within the file. */
#include <stdint.h>

#include "worker/heif_boxes.h"
#include "worker/png_chunks.h"
#include "worker/raw_look.h"
#include "worker/tiff_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_raw(const uint8_t *bytes, size_t size)
{
    struct raw_look look;
    raw_look(bytes, size, &look);
    for (unsigned i = 0; i < look.n_previews; i++) {
        g_assert_cmpuint(look.previews[i].offset, <, size);
        g_assert_cmpuint(look.previews[i].size, <=, size - look.previews[i].offset);
        g_assert_true(look.previews[i].width_px > 0 && look.previews[i].height_px > 0);
    }
    struct tiff tiff;
    if (look.exif)
        g_assert_true(tiff_open(g_bytes_get_data(look.exif, NULL), g_bytes_get_size(look.exif), &tiff));
    raw_look_clear(&look);
    raw_kind_of_tiff(bytes, size);
}

static void try_heif(const uint8_t *bytes, size_t size)
{
    struct heif_file file;
    struct heif_grid grid;
    unsigned turn = 0;
    if (!heif_file_read(bytes, size, &file))
        return;
    heif_has_item_type(&file, "tmap");
    if (heif_item_turn(&file, file.primary, &turn))
        g_assert_true(turn >= 1 && turn <= 8);
    GByteArray *item = heif_item_data(&file, file.primary);
    if (item)
        g_byte_array_unref(item);
    if (!heif_grid_read(&file, &grid))
        return;
    for (unsigned i = 0; i < grid.columns * grid.rows; i++) {
        GByteArray *tile = heif_item_data(&file, grid.tiles[i]);
        if (tile)
            g_byte_array_unref(tile);
    }
    g_free(grid.tiles);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct png_chunks chunks;
    if (size == 0)
        return 0;
    if (data[0] == 'r')
        try_raw(data + 1, size - 1);
    else if (data[0] == 'h')
        try_heif(data + 1, size - 1);
    else
        png_chunks_read(data + 1, size - 1, &chunks);
    return 0;
}
