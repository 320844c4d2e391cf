/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/heif_edit.h"

#include <string.h>

#include "base/error.h"
#include "worker/tiff_edit.h"

enum { ITEMS_MAX = 4096, PROPERTIES_MAX = 4096, BOX_HEAD = 8, FULL_HEAD = 12 };

/* A stretch of the file. */
struct part {
    const uint8_t *bytes;
    size_t size;
};

struct item {
    uint32_t id;
    uint8_t type[4];
    struct part info;    /* its whole infe box */
    GByteArray *payload; /* all extents, one behind the other; NULL: it has none */
    GArray *properties;  /* uint16_t: index from 1, the top bit says that it is essential */
    bool is_dropped;
};

struct reference {
    uint8_t type[4];
    uint32_t from;
    GArray *to; /* uint32_t */
};

struct heif_edit {
    struct part file, ftyp, hdlr, idat;
    GArray *rest;      /* struct part: boxes behind, as they are */
    GArray *meta_rest; /* the same, inside of meta */
    uint32_t primary;
    GPtrArray *items;      /* struct item */
    GPtrArray *references; /* struct reference */
    GArray *properties;    /* struct part: whole boxes */
};

/* ---- reading numbers and boxes ---- */

/* A place in a part; once it ran over the end it stays @is_bad and gives zeros. */
struct reader {
    struct part part;
    size_t at;
    bool is_bad;
};

static uint64_t take(struct reader *reader, unsigned n)
{
    uint64_t value = 0;
    if (reader->is_bad || n > reader->part.size - reader->at) {
        reader->is_bad = true;
        return 0;
    }
    for (unsigned i = 0; i < n; i++)
        value = value << 8 | reader->part.bytes[reader->at++];
    return value;
}

struct box {
    uint8_t type[4];
    struct part whole, content;
};

/* The next box; false at the end, or (is_bad) where there is none. */
static bool next_box(struct reader *reader, struct box *ret_box)
{
    size_t start = reader->at;
    if (reader->is_bad || start == reader->part.size)
        return false;
    uint64_t size = take(reader, 4);
    const uint8_t *type = reader->part.bytes + reader->at;
    take(reader, 4);
    if (size == 1)
        size = take(reader, 8);
    else if (size == 0)
        size = reader->part.size - start;
    if (reader->is_bad || size < reader->at - start || size > reader->part.size - start) {
        reader->is_bad = true;
        return false;
    }
    memcpy(ret_box->type, type, 4);
    ret_box->whole = (struct part){reader->part.bytes + start, (size_t)size};
    ret_box->content = (struct part){reader->part.bytes + reader->at, (size_t)size - (reader->at - start)};
    reader->at = start + (size_t)size;
    return true;
}

static bool is_type(const uint8_t type[4], const char *name)
{
    return memcmp(type, name, 4) == 0;
}

static bool damaged(GError **error)
{
    return err_set(error, ERR_CORRUPT, "The file is damaged: its parts cannot be found.");
}

static bool foreign(GError **error)
{
    return err_set(error, ERR_UNSUPPORTED, "Its parts lie in a way that cannot be carried over.");
}

/* ---- what a file is made of ---- */

static void item_free(void *data)
{
    struct item *item = data;
    if (item->payload)
        g_byte_array_unref(item->payload);
    g_array_unref(item->properties);
    g_free(item);
}

static void reference_free(void *data)
{
    struct reference *reference = data;
    g_array_unref(reference->to);
    g_free(reference);
}

void heif_edit_free(struct heif_edit *file)
{
    if (!file)
        return;
    g_array_unref(file->rest);
    g_array_unref(file->meta_rest);
    g_ptr_array_unref(file->items);
    g_ptr_array_unref(file->references);
    g_array_unref(file->properties);
    g_free(file);
}

void heif_edit_auto_free(struct heif_edit **file)
{
    heif_edit_free(*file);
}

static struct item *find_item(const struct heif_edit *file, uint32_t id)
{
    for (guint i = 0; i < file->items->len; i++) {
        struct item *item = g_ptr_array_index(file->items, i);
        if (item->id == id)
            return item;
    }
    return NULL;
}

/* infe: versions 2 and 3 name the type of the item (8.11.6 of ISO/IEC 14496-12). */
static bool read_info(struct heif_edit *file, struct part content, GError **error)
{
    struct reader reader = {.part = content};
    unsigned version = (unsigned)take(&reader, 1);
    take(&reader, 3);
    take(&reader, version == 0 ? 2 : 4);
    for (struct box box; next_box(&reader, &box);) {
        struct reader entry = {.part = box.content};
        unsigned entry_version = (unsigned)take(&entry, 1);
        take(&entry, 3);
        if (!is_type(box.type, "infe") || entry_version < 2 || file->items->len >= ITEMS_MAX)
            return foreign(error);
        struct item *item = g_new0(struct item, 1);
        item->properties = g_array_new(FALSE, FALSE, sizeof(uint16_t));
        g_ptr_array_add(file->items, item);
        item->id = (uint32_t)take(&entry, entry_version == 2 ? 2 : 4);
        item->info = box.whole;
        if (take(&entry, 2) != 0) /* protected */
            return foreign(error);
        uint32_t type = GUINT32_TO_BE((uint32_t)take(&entry, 4));
        memcpy(item->type, &type, 4);
        if (entry.is_bad || find_item(file, item->id) != item)
            return damaged(error);
    }
    return !reader.is_bad || damaged(error);
}

static bool add_extent(const struct heif_edit *file, struct item *item, unsigned method, uint64_t offset,
                       uint64_t length, GError **error)
{
    struct part source = method == 1 ? file->idat : file->file;
    if (method > 1)
        return foreign(error);
    if (offset > source.size || length > source.size - offset)
        return damaged(error);
    if (length == 0) /* all that is left: nobody writes it */
        return foreign(error);
    if (item->payload->len + length > 1u << 30)
        return foreign(error);
    g_byte_array_append(item->payload, source.bytes + offset, (guint)length);
    return true;
}

/* iloc (8.11.3). */
static bool read_locations(struct heif_edit *file, struct part content, GError **error)
{
    struct reader reader = {.part = content};
    unsigned version = (unsigned)take(&reader, 1);
    take(&reader, 3);
    unsigned sizes = (unsigned)take(&reader, 1), more = (unsigned)take(&reader, 1);
    unsigned offset_size = sizes >> 4, length_size = sizes & 15, base_size = more >> 4, index_size = more & 15;
    uint64_t n_items = take(&reader, version < 2 ? 2 : 4);
    if (version > 2 || offset_size > 8 || length_size > 8 || base_size > 8 || index_size > 8)
        return foreign(error);
    for (; n_items > 0 && !reader.is_bad; n_items--) {
        struct item *item = find_item(file, (uint32_t)take(&reader, version < 2 ? 2 : 4));
        unsigned method = version > 0 ? (unsigned)take(&reader, 2) & 15 : 0;
        if (take(&reader, 2) != 0) /* of another file */
            return foreign(error);
        uint64_t base = take(&reader, base_size), n_extents = take(&reader, 2);
        if (reader.is_bad || !item || item->payload)
            return damaged(error);
        item->payload = g_byte_array_new();
        for (; n_extents > 0; n_extents--) {
            take(&reader, version > 0 ? index_size : 0);
            uint64_t offset = take(&reader, offset_size), length = take(&reader, length_size);
            if (reader.is_bad || offset > UINT64_MAX - base)
                return damaged(error);
            if (!add_extent(file, item, method, base + offset, length, error))
                return false;
        }
    }
    return !reader.is_bad || damaged(error);
}

static bool read_references(struct heif_edit *file, struct part content, GError **error)
{
    struct reader reader = {.part = content};
    unsigned id_size = take(&reader, 1) == 0 ? 2 : 4;
    take(&reader, 3);
    for (struct box box; next_box(&reader, &box);) {
        struct reader entry = {.part = box.content};
        struct reference *reference = g_new0(struct reference, 1);
        reference->to = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        g_ptr_array_add(file->references, reference);
        memcpy(reference->type, box.type, 4);
        reference->from = (uint32_t)take(&entry, id_size);
        for (uint64_t n = take(&entry, 2); n > 0 && !entry.is_bad; n--) {
            uint32_t to = (uint32_t)take(&entry, id_size);
            g_array_append_val(reference->to, to);
        }
        if (entry.is_bad || file->references->len > ITEMS_MAX)
            return damaged(error);
    }
    return !reader.is_bad || damaged(error);
}

/* ipma: which item has which properties (9.3 of ISO/IEC 23008-12). */
static bool read_associations(struct heif_edit *file, struct part content, GError **error)
{
    struct reader reader = {.part = content};
    unsigned version = (unsigned)take(&reader, 1), flags = (unsigned)take(&reader, 3);
    for (uint64_t n = take(&reader, 4); n > 0 && !reader.is_bad; n--) {
        struct item *item = find_item(file, (uint32_t)take(&reader, version < 1 ? 2 : 4));
        for (uint64_t k = take(&reader, 1); k > 0 && !reader.is_bad; k--) {
            uint16_t wide = flags & 1;
            uint16_t value = (uint16_t)take(&reader, wide ? 2 : 1);
            if (!wide)
                value = (uint16_t)((value & 0x80) << 8 | (value & 0x7f));
            if ((value & 0x7fff) > file->properties->len)
                return damaged(error);
            if (item && (value & 0x7fff) != 0)
                g_array_append_val(item->properties, value);
        }
    }
    return !reader.is_bad || damaged(error);
}

static bool read_properties(struct heif_edit *file, struct part content, GError **error)
{
    struct reader reader = {.part = content};
    for (struct box box; next_box(&reader, &box);) {
        if (is_type(box.type, "ipco")) {
            struct reader list = {.part = box.content};
            for (struct box property; next_box(&list, &property);)
                g_array_append_val(file->properties, property.whole);
            if (list.is_bad || file->properties->len > PROPERTIES_MAX)
                return damaged(error);
        } else if (is_type(box.type, "ipma")) {
            if (!read_associations(file, box.content, error))
                return false;
        } else {
            return foreign(error);
        }
    }
    return !reader.is_bad || damaged(error);
}

static bool read_primary(struct heif_edit *file, struct part content, GError **error)
{
    struct reader reader = {.part = content};
    unsigned version = (unsigned)take(&reader, 1);
    take(&reader, 3);
    file->primary = (uint32_t)take(&reader, version == 0 ? 2 : 4);
    return !reader.is_bad || damaged(error);
}

/* Boxes of meta in the order in which they need each other, whatever order they have. */
static bool read_meta(struct heif_edit *file, struct part content, GError **error)
{
    static const struct {
        char type[5];
        bool (*read)(struct heif_edit *file, struct part content, GError **error);
    } readers[] = {{"pitm", read_primary},
                   {"iinf", read_info},
                   {"iloc", read_locations},
                   {"iref", read_references},
                   {"iprp", read_properties}};
    struct part found[G_N_ELEMENTS(readers)] = {{NULL, 0}};
    if (content.size < 4)
        return damaged(error);
    struct reader reader = {.part = {content.bytes + 4, content.size - 4}};
    for (struct box box; next_box(&reader, &box);) {
        bool is_known = is_type(box.type, "free") || is_type(box.type, "skip");
        for (size_t i = 0; i < G_N_ELEMENTS(readers); i++)
            if (is_type(box.type, readers[i].type)) {
                if (found[i].bytes)
                    return foreign(error);
                found[i] = box.content;
                is_known = true;
            }
        if (is_type(box.type, "hdlr"))
            file->hdlr = box.whole;
        else if (is_type(box.type, "idat"))
            file->idat = box.content;
        else if (!is_known)
            g_array_append_val(file->meta_rest, box.whole);
    }
    if (reader.is_bad || !file->hdlr.bytes)
        return damaged(error);
    for (size_t i = 0; i < G_N_ELEMENTS(readers); i++) {
        bool may_lack = readers[i].read == read_references;
        if (!found[i].bytes && !may_lack)
            return damaged(error);
        if (found[i].bytes && !readers[i].read(file, found[i], error))
            return false;
    }
    const struct item *primary = find_item(file, file->primary);
    return (primary && primary->payload) || damaged(error);
}

static bool parse(struct heif_edit *file, GError **error)
{
    struct reader reader = {.part = file->file};
    struct part meta = {NULL, 0};
    for (struct box box; next_box(&reader, &box);) {
        if (is_type(box.type, "moov") || is_type(box.type, "moof") || (is_type(box.type, "meta") && meta.bytes))
            return foreign(error); /* a sequence: its samples are found by their places */
        if (is_type(box.type, "meta"))
            meta = box.content;
        else if (is_type(box.type, "ftyp"))
            file->ftyp = box.whole;
        else if (!is_type(box.type, "mdat") && !is_type(box.type, "free") && !is_type(box.type, "skip"))
            g_array_append_val(file->rest, box.whole);
    }
    if (reader.is_bad || !meta.bytes || !file->ftyp.bytes)
        return damaged(error);
    return read_meta(file, meta, error);
}

struct heif_edit *heif_edit_parse(const uint8_t *bytes, size_t size, GError **error)
{
    struct heif_edit *file = g_new0(struct heif_edit, 1);
    file->file = (struct part){bytes, size};
    file->rest = g_array_new(FALSE, FALSE, sizeof(struct part));
    file->meta_rest = g_array_new(FALSE, FALSE, sizeof(struct part));
    file->items = g_ptr_array_new_with_free_func(item_free);
    file->references = g_ptr_array_new_with_free_func(reference_free);
    file->properties = g_array_new(FALSE, FALSE, sizeof(struct part));
    if (parse(file, error))
        return file;
    heif_edit_free(file);
    return NULL;
}

static const uint8_t *property_type(const struct heif_edit *file, uint16_t association)
{
    return g_array_index(file->properties, struct part, (association & 0x7fff) - 1).bytes + 4;
}

bool heif_edit_has_property(const struct heif_edit *file, const char type[4])
{
    const struct item *primary = find_item(file, file->primary);
    for (guint i = 0; i < primary->properties->len; i++)
        if (is_type(property_type(file, g_array_index(primary->properties, uint16_t, i)), type))
            return true;
    return false;
}

/* ---- putting it together ---- */

static void put(GByteArray *out, uint64_t value, unsigned n)
{
    for (unsigned i = n; i-- > 0;) {
        uint8_t byte = (uint8_t)(value >> 8 * i);
        g_byte_array_append(out, &byte, 1);
    }
}

static void put_part(GByteArray *out, struct part part)
{
    g_byte_array_append(out, part.bytes, (guint)part.size);
}

/* Begins a box; end_box() writes its size. */
static guint begin_box(GByteArray *out, const char type[4])
{
    guint at = out->len;
    put(out, 0, 4);
    g_byte_array_append(out, (const guint8 *)type, 4);
    return at;
}

static void end_box(GByteArray *out, guint at)
{
    for (unsigned i = 0; i < 4; i++)
        out->data[at + i] = (uint8_t)((out->len - at) >> 8 * (3 - i));
}

/* The pictures that the old primary one was put together of, unless another is, too. */
static void drop_tiles(const struct heif_edit *file)
{
    for (guint i = 0; i < file->references->len; i++) {
        const struct reference *reference = g_ptr_array_index(file->references, i);
        if (reference->from != file->primary || !is_type(reference->type, "dimg"))
            continue;
        for (guint k = 0; k < reference->to->len; k++) {
            struct item *tile = find_item(file, g_array_index(reference->to, uint32_t, k));
            if (tile)
                tile->is_dropped = true;
        }
    }
    for (guint i = 0; i < file->references->len; i++) {
        const struct reference *reference = g_ptr_array_index(file->references, i);
        struct item *from = find_item(file, reference->from);
        if (reference->from == file->primary || !from || from->is_dropped || !is_type(reference->type, "dimg"))
            continue;
        for (guint k = 0; k < reference->to->len; k++) {
            struct item *tile = find_item(file, g_array_index(reference->to, uint32_t, k));
            if (tile)
                tile->is_dropped = false;
        }
    }
}

static bool is_dropped(const struct heif_edit *file, uint32_t id)
{
    const struct item *item = find_item(file, id);
    return item && item->is_dropped;
}

static void put_info(GByteArray *out, const struct heif_edit *file, const struct item *coded)
{
    unsigned n = 0;
    for (guint i = 0; i < file->items->len; i++)
        n += !((const struct item *)g_ptr_array_index(file->items, i))->is_dropped;
    guint box = begin_box(out, "iinf");
    put(out, n > UINT16_MAX ? 1 : 0, 1);
    put(out, 0, 3);
    put(out, n, n > UINT16_MAX ? 4 : 2);
    for (guint i = 0; i < file->items->len; i++) {
        const struct item *item = g_ptr_array_index(file->items, i);
        guint at = out->len;
        if (item->is_dropped)
            continue;
        put_part(out, item->info);
        /* The primary one may have been a grid: now it is coded itself. Behind head, version, id, protection. */
        if (item->id == file->primary)
            memcpy(out->data + at + FULL_HEAD + (out->data[at + BOX_HEAD] == 2 ? 2 : 4) + 2, coded->type, 4);
    }
    end_box(out, box);
}

static void put_references(GByteArray *out, const struct heif_edit *file)
{
    guint box = begin_box(out, "iref");
    guint empty;
    put(out, 1, 1);
    put(out, 0, 3);
    empty = out->len;
    for (guint i = 0; i < file->references->len; i++) {
        const struct reference *reference = g_ptr_array_index(file->references, i);
        if (is_dropped(file, reference->from) || (reference->from == file->primary && is_type(reference->type, "dimg")))
            continue;
        guint entry = begin_box(out, (const char *)reference->type);
        unsigned n = 0;
        for (guint k = 0; k < reference->to->len; k++)
            n += !is_dropped(file, g_array_index(reference->to, uint32_t, k));
        put(out, reference->from, 4);
        put(out, n, 2);
        for (guint k = 0; k < reference->to->len; k++)
            if (!is_dropped(file, g_array_index(reference->to, uint32_t, k)))
                put(out, g_array_index(reference->to, uint32_t, k), 4);
        if (n == 0)
            g_byte_array_set_size(out, entry);
        else
            end_box(out, entry);
    }
    if (out->len == empty)
        g_byte_array_set_size(out, box);
    else
        end_box(out, box);
}

/* Those of the new coding, which take the place of what the primary item had of the same kind. */
static bool is_of_coding(const uint8_t type[4])
{
    static const char names[][5] = {"hvcC", "av1C", "ispe", "pixi"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (is_type(type, names[i]))
            return true;
    return false;
}

static const struct item *first_tile(const struct heif_edit *file)
{
    for (guint i = 0; i < file->references->len; i++) {
        const struct reference *reference = g_ptr_array_index(file->references, i);
        if (reference->from == file->primary && is_type(reference->type, "dimg") && reference->to->len > 0)
            return find_item(file, g_array_index(reference->to, uint32_t, 0));
    }
    return NULL;
}

static void put_properties(GByteArray *out, const struct heif_edit *file, const struct heif_edit *coded_file,
                           const struct item *coded)
{
    g_autoptr(GArray) primary = g_array_new(FALSE, FALSE, sizeof(uint16_t));
    guint box = begin_box(out, "iprp"), list = begin_box(out, "ipco");
    for (guint i = 0; i < file->properties->len; i++)
        put_part(out, g_array_index(file->properties, struct part, i));
    guint n_properties = file->properties->len;
    for (guint i = 0; i < coded->properties->len; i++) {
        uint16_t association = g_array_index(coded->properties, uint16_t, i);
        if (!is_of_coding(property_type(coded_file, association)))
            continue;
        put_part(out, g_array_index(coded_file->properties, struct part, (association & 0x7fff) - 1));
        association = (uint16_t)((association & 0x8000) | ++n_properties);
        g_array_append_val(primary, association);
    }
    end_box(out, list);
    /* What turns the picture must come behind its size: the old ones follow. */
    const struct item *old = find_item(file, file->primary);
    for (guint i = 0; i < old->properties->len; i++) {
        uint16_t association = g_array_index(old->properties, uint16_t, i);
        if (!is_of_coding(property_type(file, association)))
            g_array_append_val(primary, association);
    }
    /* Phones that put pictures together of tiles may state the colours of the tiles alone. */
    const struct item *tile = heif_edit_has_property(file, "colr") ? NULL : first_tile(file);
    for (guint i = 0; tile && i < tile->properties->len; i++) {
        uint16_t association = g_array_index(tile->properties, uint16_t, i);
        if (is_type(property_type(file, association), "colr"))
            g_array_append_val(primary, association);
    }
    guint map = begin_box(out, "ipma");
    unsigned n = 0;
    for (guint i = 0; i < file->items->len; i++) {
        const struct item *item = g_ptr_array_index(file->items, i);
        n += !item->is_dropped && (item->id == file->primary || item->properties->len > 0);
    }
    put(out, 1, 1);
    put(out, 1, 3);
    put(out, n, 4);
    for (guint i = 0; i < file->items->len; i++) {
        const struct item *item = g_ptr_array_index(file->items, i);
        const GArray *properties = item->id == file->primary ? primary : item->properties;
        if (item->is_dropped || properties->len == 0)
            continue;
        put(out, item->id, 4);
        put(out, properties->len, 1);
        for (guint k = 0; k < properties->len; k++)
            put(out, g_array_index(properties, uint16_t, k), 2);
    }
    end_box(out, map);
    end_box(out, box);
}

static const GByteArray *payload_of(const struct heif_edit *file, const struct item *item, const struct item *coded)
{
    return item->id == file->primary ? coded->payload : item->payload;
}

/* Every payload in one piece; where, is filled in when it is known: @ret_first is the place of the first offset. */
static void put_locations(GByteArray *out, const struct heif_edit *file, const struct item *coded, guint *ret_first)
{
    unsigned n = 0;
    for (guint i = 0; i < file->items->len; i++) {
        const struct item *item = g_ptr_array_index(file->items, i);
        n += !item->is_dropped && item->payload;
    }
    guint box = begin_box(out, "iloc");
    put(out, 2, 1);
    put(out, 0, 3);
    put(out, 0x4400, 2);
    put(out, n, 4);
    *ret_first = out->len;
    for (guint i = 0; i < file->items->len; i++) {
        const struct item *item = g_ptr_array_index(file->items, i);
        if (item->is_dropped || !item->payload)
            continue;
        put(out, item->id, 4);
        put(out, 0, 4); /* method, which file */
        put(out, 1, 2);
        put(out, 0, 4);
        put(out, payload_of(file, item, coded)->len, 4);
    }
    end_box(out, box);
}

enum { LOCATION_BYTES = 18, LOCATION_OFFSET = 10 };

static void put_payloads(GByteArray *out, const struct heif_edit *file, const struct item *coded, guint location,
                         unsigned width_px, unsigned height_px)
{
    guint box = begin_box(out, "mdat");
    for (guint i = 0; i < file->items->len; i++) {
        const struct item *item = g_ptr_array_index(file->items, i);
        if (item->is_dropped || !item->payload)
            continue;
        guint at = out->len;
        for (unsigned k = 0; k < 4; k++)
            out->data[location + LOCATION_OFFSET + k] = (uint8_t)(at >> 8 * (3 - k));
        location += LOCATION_BYTES;
        const GByteArray *payload = payload_of(file, item, coded);
        g_byte_array_append(out, payload->data, payload->len);
        /* An Exif item begins with the offset of its TIFF header. */
        if (is_type(item->type, "Exif") && payload->len > 4) {
            struct reader reader = {.part = {payload->data, payload->len}};
            uint64_t skip = 4 + take(&reader, 4);
            if (skip < payload->len)
                tiff_set_extent(out->data + at + skip, payload->len - skip, width_px, height_px);
        }
    }
    end_box(out, box);
}

GByteArray *heif_edit_replace(const struct heif_edit *file, const struct heif_edit *coded_file, unsigned width_px,
                              unsigned height_px, GError **error)
{
    const struct item *coded = find_item(coded_file, coded_file->primary);
    const struct item *primary = find_item(file, file->primary);
    bool is_plain = is_type(primary->type, "grid") || memcmp(primary->type, coded->type, 4) == 0;
    if (!is_plain)
        return foreign(error), NULL;
    uint64_t total = 0;
    for (guint i = 0; i < file->items->len; i++) {
        const struct item *item = g_ptr_array_index(file->items, i);
        total += item->payload ? item->payload->len : 0;
    }
    if (total > 1u << 30)
        return foreign(error), NULL;
    drop_tiles(file);
    GByteArray *out = g_byte_array_new();
    guint location = 0;
    put_part(out, file->ftyp);
    guint meta = begin_box(out, "meta");
    put(out, 0, 4);
    put_part(out, file->hdlr);
    guint pitm = begin_box(out, "pitm");
    put(out, 1, 1);
    put(out, 0, 3);
    put(out, file->primary, 4);
    end_box(out, pitm);
    put_info(out, file, coded);
    put_references(out, file);
    put_properties(out, file, coded_file, coded);
    put_locations(out, file, coded, &location);
    for (guint i = 0; i < file->meta_rest->len; i++)
        put_part(out, g_array_index(file->meta_rest, struct part, i));
    end_box(out, meta);
    put_payloads(out, file, coded, location, width_px, height_px);
    for (guint i = 0; i < file->rest->len; i++)
        put_part(out, g_array_index(file->rest, struct part, i));
    return out;
}
