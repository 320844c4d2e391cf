/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/heif_boxes.h"

#include <string.h>

enum { TILES_MAX = 4096, ITEM_MAX_BYTES = 256 << 20, PROPERTIES_MAX = 64 };

/* ---- reading ---- */

/* A reader that goes no further than its end; what is missing reads as 0 and spoils it. */
struct cursor {
    const uint8_t *at, *end;
    bool is_spoilt;
};

static uint64_t take(struct cursor *cursor, unsigned size)
{
    uint64_t value = 0;
    if ((size_t)(cursor->end - cursor->at) < size) {
        cursor->is_spoilt = true;
        cursor->at = cursor->end;
        return 0;
    }
    for (unsigned i = 0; i < size; i++)
        value = value << 8 | *cursor->at++;
    return value;
}

static struct cursor cursor_at(const struct heif_box *box)
{
    return (struct cursor){box->body, box->body ? box->body + box->size : NULL, !box->body};
}

static bool next_box(struct cursor *cursor, struct heif_box *ret_box)
{
    const uint8_t *begin = cursor->at;
    uint64_t left = (uint64_t)(cursor->end - begin), size = take(cursor, 4);
    struct heif_box box = {0};
    if (cursor->is_spoilt || left < 8)
        return false;
    memcpy(box.type, cursor->at, 4);
    cursor->at += 4;
    if (size == 1)
        size = take(cursor, 8);
    else if (size == 0)
        size = left;
    uint64_t head = (uint64_t)(cursor->at - begin);
    if (cursor->is_spoilt || size < head || size > left)
        return false;
    box.body = cursor->at;
    box.size = (size_t)(size - head);
    cursor->at = begin + size;
    *ret_box = box;
    return true;
}

static bool is_type(const struct heif_box *box, const char *type)
{
    return memcmp(box->type, type, 4) == 0;
}

static void read_meta(const struct heif_box *meta, struct heif_file *file)
{
    struct cursor cursor = cursor_at(meta), inner;
    struct heif_box box, property;
    take(&cursor, 4);
    while (next_box(&cursor, &box)) {
        if (is_type(&box, "pitm")) {
            inner = cursor_at(&box);
            unsigned version = (unsigned)(take(&inner, 4) >> 24);
            file->primary = (uint32_t)take(&inner, version == 0 ? 2 : 4);
        } else if (is_type(&box, "iinf")) {
            file->iinf = box;
        } else if (is_type(&box, "iloc")) {
            file->iloc = box;
        } else if (is_type(&box, "iref")) {
            file->iref = box;
        } else if (is_type(&box, "idat")) {
            file->idat = box;
        } else if (is_type(&box, "iprp")) {
            for (inner = cursor_at(&box); next_box(&inner, &property);)
                if (is_type(&property, "ipco"))
                    file->ipco = property;
                else if (is_type(&property, "ipma") && !file->ipma.body)
                    file->ipma = property;
        }
    }
}

bool heif_file_read(const uint8_t *bytes, size_t size, struct heif_file *ret_file)
{
    struct heif_file file = {.bytes = bytes, .size = size};
    struct cursor cursor = {bytes, bytes + size, false};
    struct heif_box box;
    while (next_box(&cursor, &box))
        if (is_type(&box, "meta")) {
            read_meta(&box, &file);
            break;
        }
    *ret_file = file;
    return file.primary != 0 && file.iloc.body && file.iinf.body;
}

/* ---- items ---- */

/* Goes through the items; one of @id (0: any) and of @type (NULL: any). */
static bool find_item(const struct heif_file *file, uint32_t id, const char *type, char ret_type[5])
{
    struct cursor cursor = cursor_at(&file->iinf), inner;
    struct heif_box box;
    unsigned version = (unsigned)(take(&cursor, 4) >> 24);
    take(&cursor, version == 0 ? 2 : 4);
    while (next_box(&cursor, &box)) {
        if (!is_type(&box, "infe"))
            continue;
        inner = cursor_at(&box);
        version = (unsigned)(take(&inner, 4) >> 24);
        if (version < 2)
            continue;
        uint32_t item = (uint32_t)take(&inner, version == 2 ? 2 : 4);
        take(&inner, 2);
        if (inner.end - inner.at < 4 || (id != 0 && item != id) || (type && memcmp(inner.at, type, 4) != 0))
            continue;
        memcpy(ret_type, inner.at, 4);
        ret_type[4] = '\0';
        return true;
    }
    return false;
}

bool heif_item_type(const struct heif_file *file, uint32_t id, char ret_type[5])
{
    return id != 0 && find_item(file, id, NULL, ret_type);
}

bool heif_has_item_type(const struct heif_file *file, const char *type)
{
    char found[5];
    return find_item(file, 0, type, found);
}

static bool property_at(const struct heif_file *file, unsigned number, struct heif_box *ret_box)
{
    struct cursor cursor = cursor_at(&file->ipco);
    while (number > 0 && next_box(&cursor, ret_box))
        if (--number == 0)
            return true;
    return false;
}

bool heif_item_property(const struct heif_file *file, uint32_t id, unsigned index, struct heif_box *ret_box)
{
    struct cursor cursor = cursor_at(&file->ipma);
    uint64_t head = take(&cursor, 4), count = take(&cursor, 4);
    unsigned version = (unsigned)(head >> 24), link_size = head & 1 ? 2 : 1;
    for (uint64_t i = 0; i < count && !cursor.is_spoilt; i++) {
        uint64_t item = take(&cursor, version == 0 ? 2 : 4);
        unsigned n_links = (unsigned)take(&cursor, 1);
        for (unsigned n = 0; n < n_links; n++) {
            unsigned link = (unsigned)take(&cursor, link_size) & (link_size == 2 ? 0x7fff : 0x7f);
            if (item == id && n == index)
                return !cursor.is_spoilt && property_at(file, link, ret_box);
        }
        if (item == id)
            return false;
    }
    return false;
}

bool heif_item_property_of(const struct heif_file *file, uint32_t id, const char *type, struct heif_box *ret_box)
{
    for (unsigned i = 0; i < PROPERTIES_MAX && heif_item_property(file, id, i, ret_box); i++)
        if (is_type(ret_box, type))
            return true;
    return false;
}

static bool item_size(const struct heif_file *file, uint32_t id, unsigned *ret_width_px, unsigned *ret_height_px)
{
    struct heif_box ispe;
    if (!heif_item_property_of(file, id, "ispe", &ispe))
        return false;
    struct cursor cursor = cursor_at(&ispe);
    take(&cursor, 4);
    uint64_t width = take(&cursor, 4), height = take(&cursor, 4);
    if (cursor.is_spoilt || width == 0 || height == 0 || width > 1u << 20 || height > 1u << 20)
        return false;
    *ret_width_px = (unsigned)width;
    *ret_height_px = (unsigned)height;
    return true;
}

/* Appends one extent. @method: 0 counts from the file's begin, 1 from the idat box's. */
static bool append_extent(const struct heif_file *file, unsigned method, uint64_t offset, uint64_t length,
                          GByteArray *out)
{
    const uint8_t *base = method == 1 ? file->idat.body : file->bytes;
    uint64_t size = method == 1 ? file->idat.size : file->size;
    if (method > 1 || !base || offset > size)
        return false;
    if (length == 0)
        length = size - offset;
    if (length > size - offset || length > ITEM_MAX_BYTES - out->len)
        return false;
    g_byte_array_append(out, base + offset, (guint)length);
    return true;
}

GByteArray *heif_item_data(const struct heif_file *file, uint32_t id)
{
    struct cursor cursor = cursor_at(&file->iloc);
    unsigned version = (unsigned)(take(&cursor, 4) >> 24), sizes = (unsigned)take(&cursor, 2);
    unsigned offset_size = sizes >> 12, length_size = sizes >> 8 & 15, base_size = sizes >> 4 & 15;
    unsigned index_size = version > 0 ? sizes & 15 : 0;
    uint64_t n_items = take(&cursor, version < 2 ? 2 : 4);
    if (offset_size > 8 || length_size > 8 || base_size > 8 || index_size > 8)
        return NULL;
    for (uint64_t i = 0; i < n_items && !cursor.is_spoilt; i++) {
        uint64_t item = take(&cursor, version < 2 ? 2 : 4);
        unsigned method = version > 0 ? (unsigned)take(&cursor, 2) & 15 : 0, data_ref = (unsigned)take(&cursor, 2);
        uint64_t base = take(&cursor, base_size);
        unsigned n_extents = (unsigned)take(&cursor, 2);
        g_autoptr(GByteArray) out = item == id ? g_byte_array_new() : NULL;
        bool ok = data_ref == 0;
        for (unsigned n = 0; n < n_extents && !cursor.is_spoilt; n++) {
            take(&cursor, index_size);
            uint64_t offset = take(&cursor, offset_size), length = take(&cursor, length_size);
            if (item == id)
                ok = ok && !cursor.is_spoilt && base <= G_MAXUINT64 - offset &&
                     append_extent(file, method, base + offset, length, out);
        }
        if (item == id)
            return ok && out->len > 0 ? g_steal_pointer(&out) : NULL;
    }
    return NULL;
}

bool heif_item_turn(const struct heif_file *file, uint32_t id, unsigned *ret_turn)
{
    /* irot turns anticlockwise in quarters; imir mirrors: 0 swaps top and bottom, 1 left and right (ISO/IEC 23008-12,
     * 6.5.10 and 6.5.12). [angle][no mirror, 0, 1] as the EXIF number of a turn and then a mirror. */
    static const uint8_t turns[4][3] = {{1, 4, 2}, {8, 5, 7}, {3, 2, 4}, {6, 7, 5}};
    unsigned angle = 0, mirror = 0;
    struct heif_box box;
    for (unsigned i = 0; i < PROPERTIES_MAX && heif_item_property(file, id, i, &box); i++) {
        if (is_type(&box, "clap"))
            return false;
        if (is_type(&box, "irot") && box.size >= 1)
            /* Turning what is mirrored already is mirroring what is turned the other way. */
            angle = (angle + (mirror ? 4u - (box.body[0] & 3u) : box.body[0] & 3u)) & 3;
        if (is_type(&box, "imir") && box.size >= 1) {
            if (mirror)
                return false;
            mirror = 1 + (box.body[0] & 1u);
        }
    }
    *ret_turn = turns[angle][mirror];
    return true;
}

/* ---- grids ---- */

static uint32_t *read_tiles(const struct heif_file *file, uint32_t id, unsigned wanted)
{
    struct cursor cursor = cursor_at(&file->iref), inner;
    struct heif_box box;
    unsigned id_size = take(&cursor, 4) >> 24 == 0 ? 2 : 4;
    while (next_box(&cursor, &box)) {
        inner = cursor_at(&box);
        if (!is_type(&box, "dimg") || take(&inner, id_size) != id || take(&inner, 2) != wanted)
            continue;
        g_autofree uint32_t *tiles = g_new(uint32_t, wanted);
        for (unsigned i = 0; i < wanted; i++)
            tiles[i] = (uint32_t)take(&inner, id_size);
        return inner.is_spoilt ? NULL : g_steal_pointer(&tiles);
    }
    return NULL;
}

bool heif_grid_read(const struct heif_file *file, struct heif_grid *ret_grid)
{
    char type[5];
    if (!heif_item_type(file, file->primary, type) || strcmp(type, "grid") != 0)
        return false;
    g_autoptr(GByteArray) data = heif_item_data(file, file->primary);
    if (!data)
        return false;
    struct cursor cursor = {data->data, data->data + data->len, false};
    take(&cursor, 1);
    unsigned side_size = take(&cursor, 1) & 1 ? 4 : 2;
    struct heif_grid grid = {0};
    grid.rows = (unsigned)take(&cursor, 1) + 1;
    grid.columns = (unsigned)take(&cursor, 1) + 1;
    grid.width_px = (unsigned)take(&cursor, side_size);
    grid.height_px = (unsigned)take(&cursor, side_size);
    unsigned n_tiles = grid.rows * grid.columns, turn;
    if (cursor.is_spoilt || n_tiles > TILES_MAX)
        return false;
    g_autofree uint32_t *tiles = read_tiles(file, file->primary, n_tiles);
    if (!tiles || !item_size(file, tiles[0], &grid.tile_width_px, &grid.tile_height_px))
        return false;
    for (unsigned i = 0; i < n_tiles; i++)
        if (!heif_item_type(file, tiles[i], type) || strcmp(type, "hvc1") != 0 ||
            !heif_item_turn(file, tiles[i], &turn) || turn != 1)
            return false;
    /* The tiles must cover the picture. */
    if (grid.width_px == 0 || grid.height_px == 0 || grid.width_px > (uint64_t)grid.columns * grid.tile_width_px ||
        grid.height_px > (uint64_t)grid.rows * grid.tile_height_px)
        return false;
    grid.tiles = g_steal_pointer(&tiles);
    *ret_grid = grid;
    return true;
}
