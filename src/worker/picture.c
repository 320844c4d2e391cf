/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/picture.h"

#include <libswscale/swscale.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"

void picture_clear(struct picture *picture)
{
    if (picture->free_owner)
        picture->free_owner(picture->owner);
    g_clear_pointer(&picture->icc, g_bytes_unref);
    *picture = (struct picture){0};
}

void *picture_buffer(uint64_t size, GError **error)
{
    void *buffer = size <= G_MAXSSIZE ? malloc(size ? size : 1) : NULL;
    if (!buffer)
        err_set(error, ERR_LIMIT, "This picture needs more memory than the server allows for one file.");
    return buffer;
}

static unsigned half(unsigned px)
{
    return px / 2 + px % 2;
}

bool picture_new(enum picture_kind kind, unsigned width_px, unsigned height_px, unsigned depth, bool chroma_halved,
                 struct picture *ret_picture, GError **error)
{
    struct picture made = {
        .kind = kind,
        .width_px = width_px,
        .height_px = height_px,
        .depth = depth,
        .n_planes = kind == PICTURE_GRAY   ? 1
                    : kind == PICTURE_CMYK ? 4
                                           : 3,
        .primaries = 2,
        .transfer = 2,
        .matrix = 2,
        .is_full_range = true,
    };
    size_t offsets[4], total = 0;
    for (unsigned i = 0; i < made.n_planes; i++) {
        bool halved = chroma_halved && (i == 1 || i == 2);
        struct plane *plane = &made.planes[i];
        plane->width_px = halved ? half(width_px) : width_px;
        plane->height_px = halved ? half(height_px) : height_px;
        /* Rows begin on 32 bytes and a block of slack follows the last: the vector code of swscale reads in blocks.
         * An odd number of rows gets one more, because TurboJPEG works on pairs of luma rows (tjPlaneHeight()) and
         * writes the second of the last pair: without room of its own that is the top of the next plane. */
        plane->stride_bytes = ((size_t)plane->width_px * (depth > 8 ? 2 : 1) + 31) / 32 * 32;
        offsets[i] = total;
        total += plane->stride_bytes * (plane->height_px + plane->height_px % 2);
    }
    uint8_t *buffer = picture_buffer(total + 64, error);
    if (!buffer)
        return false;
    for (unsigned i = 0; i < made.n_planes; i++)
        made.planes[i].data = buffer + offsets[i];
    made.owner = buffer;
    made.free_owner = free;
    *ret_picture = made;
    return true;
}

struct extent derivative_extent(unsigned width_px, unsigned height_px, unsigned short_px, unsigned long_max_px)
{
    double shorter = MIN(width_px, height_px), longer = MAX(width_px, height_px);
    double scale = MIN(1.0, MIN(short_px / shorter, long_max_px / longer));
    return (struct extent){MAX(1, (unsigned)(width_px * scale + 0.5)), MAX(1, (unsigned)(height_px * scale + 0.5))};
}

/* ---- scaling ---- */

static void copy_plane(const struct plane *from, const struct plane *to, size_t row_bytes)
{
    for (unsigned y = 0; y < to->height_px; y++)
        memcpy(to->data + y * to->stride_bytes, from->data + y * from->stride_bytes, row_bytes);
}

/* Scalers that were made, the latest used first: their tables of sines cost a twentieth of a photo, and a camera's
 * photos are of one size. Planes that are scaled side by side need one each. Only one thread works in here. */
enum { SCALERS_MAX = 8 };
static struct scaler {
    unsigned from_width_px, from_height_px, to_width_px, to_height_px, depth, place;
    struct SwsContext *context;
} scalers[SCALERS_MAX];

/* A plane is a gray picture to swscale: centres align, no range or siting enters, and planes of any subsampling work
 * alike. */
static struct SwsContext *scaler_for(struct scaler wanted)
{
    size_t i = 0;
    while (i < SCALERS_MAX && memcmp(&scalers[i], &wanted, offsetof(struct scaler, context)) != 0)
        i++;
    if (i == SCALERS_MAX) {
        enum AVPixelFormat format = wanted.depth > 8 ? AV_PIX_FMT_GRAY16 : AV_PIX_FMT_GRAY8;
        wanted.context =
            sws_getContext((int)wanted.from_width_px, (int)wanted.from_height_px, format, (int)wanted.to_width_px,
                           (int)wanted.to_height_px, format, SWS_LANCZOS, NULL, NULL, NULL);
        if (!wanted.context)
            return NULL;
        sws_freeContext(scalers[--i].context);
    } else {
        wanted = scalers[i];
    }
    memmove(scalers + 1, scalers, i * sizeof(*scalers));
    scalers[0] = wanted;
    return wanted.context;
}

static void forget_scalers(void)
{
    for (size_t i = 0; i < SCALERS_MAX; i++)
        sws_freeContext(scalers[i].context);
    memset(scalers, 0, sizeof(scalers));
}

/* Rows @y… of a plane that lie at @rows. */
static bool scale_rows(struct SwsContext *scaler, const uint8_t *rows, size_t stride_bytes, unsigned y, unsigned n_rows,
                       const struct plane *to)
{
    const uint8_t *source[4] = {rows};
    uint8_t *target[4] = {to->data};
    int source_stride[4] = {(int)stride_bytes}, target_stride[4] = {(int)to->stride_bytes};
    return sws_scale(scaler, source, source_stride, (int)y, (int)n_rows, target, target_stride) >= 0;
}

static bool scale_plane(const struct plane *from, unsigned depth, const struct plane *to, GError **error)
{
    if (from->width_px == to->width_px && from->height_px == to->height_px) {
        copy_plane(from, to, (size_t)to->width_px * (depth > 8 ? 2 : 1));
        return true;
    }
    struct SwsContext *scaler =
        scaler_for((struct scaler){from->width_px, from->height_px, to->width_px, to->height_px, depth, 0, NULL});
    if (!scaler)
        return err_set(error, ERR_LIMIT, "This picture has a shape that cannot be scaled.");
    return scale_rows(scaler, from->data, from->stride_bytes, 0, from->height_px, to) ||
           err_set(error, ERR_INTERNAL, "Scaling a picture failed.");
}

/* The pages that lie wholly within the plane: its owner frees what is left as always. */
static void give_back(const struct plane *plane)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = (uintptr_t)plane->data;
    uintptr_t end = (begin + plane->stride_bytes * plane->height_px) / page * page;
    begin = (begin + page - 1) / page * page;
    if (end > begin)
        madvise((void *)begin, end - begin, MADV_DONTNEED);
}

static bool scale(const struct picture *from, struct extent extent, bool chroma_halved, bool is_last_use,
                  struct picture *ret_picture, GError **error)
{
    PICTURE_AUTO struct picture scaled = {0};
    if (!picture_new(from->kind, extent.width_px, extent.height_px, from->depth, chroma_halved, &scaled, error))
        return false;
    for (unsigned i = 0; i < scaled.n_planes; i++) {
        if (!scale_plane(&from->planes[i], from->depth, &scaled.planes[i], error))
            return false;
        if (is_last_use)
            give_back(&from->planes[i]);
    }
    scaled.icc = from->icc ? g_bytes_ref(from->icc) : NULL;
    scaled.primaries = from->primaries;
    scaled.transfer = from->transfer;
    scaled.matrix = from->matrix;
    scaled.is_full_range = from->is_full_range;
    *ret_picture = scaled;
    scaled = (struct picture){0};
    return true;
}

bool picture_scale(const struct picture *from, struct extent extent, bool chroma_halved, struct picture *ret_picture,
                   GError **error)
{
    return scale(from, extent, chroma_halved, false, ret_picture, error);
}

bool picture_shrink(struct picture *from, struct extent extent, bool chroma_halved, struct picture *ret_picture,
                    GError **error)
{
    bool ok = scale(from, extent, chroma_halved, true, ret_picture, error);
    picture_clear(from);
    return ok;
}

/* ---- shrinking while it is decoded ---- */

struct shrinker {
    struct picture out;
    struct SwsContext *scalers[4]; /* NULL: that plane is copied */
    unsigned heights_px[4], n_rows[4];
    bool has_failed;
};

struct shrinker *shrinker_new(const struct picture *like, struct extent extent, bool chroma_halved, GError **error)
{
    struct picture out;
    if (!picture_new(like->kind, extent.width_px, extent.height_px, 8, chroma_halved, &out, error))
        return NULL;
    struct shrinker *shrinker = g_new0(struct shrinker, 1);
    for (unsigned i = 0; i < out.n_planes; i++) {
        const struct plane *from = &like->planes[i], *to = &out.planes[i];
        memset(to->data, 0x80, to->stride_bytes * to->height_px);
        shrinker->heights_px[i] = from->height_px;
        if (from->width_px == to->width_px && from->height_px == to->height_px)
            continue;
        shrinker->scalers[i] =
            scaler_for((struct scaler){from->width_px, from->height_px, to->width_px, to->height_px, 8, 1 + i, NULL});
        if (!shrinker->scalers[i]) {
            picture_clear(&out);
            g_free(shrinker);
            err_set(error, ERR_LIMIT, "This picture has a shape that cannot be scaled.");
            return NULL;
        }
    }
    out.primaries = like->primaries;
    out.transfer = like->transfer;
    out.matrix = like->matrix;
    out.is_full_range = like->is_full_range;
    shrinker->out = out;
    return shrinker;
}

void shrinker_add(struct shrinker *shrinker, unsigned plane, const uint8_t *rows, size_t stride_bytes, unsigned n_rows)
{
    const struct plane *to = &shrinker->out.planes[plane];
    unsigned y = shrinker->n_rows[plane];
    n_rows = MIN(n_rows, shrinker->heights_px[plane] - y);
    shrinker->n_rows[plane] += n_rows;
    if (n_rows > 0 && shrinker->scalers[plane])
        shrinker->has_failed |= !scale_rows(shrinker->scalers[plane], rows, stride_bytes, y, n_rows, to);
    else
        for (unsigned i = 0; i < n_rows; i++)
            memcpy(to->data + (y + i) * to->stride_bytes, rows + i * stride_bytes, to->width_px);
}

bool shrinker_finish(struct shrinker *shrinker, struct picture *ret_picture, GError **error)
{
    bool ok = !shrinker->has_failed || err_set(error, ERR_INTERNAL, "Scaling a picture failed.");
    if (ok) {
        *ret_picture = shrinker->out;
        shrinker->out = (struct picture){0};
    }
    shrinker_free(shrinker);
    return ok;
}

void shrinker_free(struct shrinker *shrinker)
{
    if (!shrinker)
        return;
    /* Scalers that wait for more rows are of no use to others. */
    for (unsigned i = 0; i < 4; i++)
        if (shrinker->n_rows[i] < shrinker->heights_px[i]) {
            forget_scalers();
            break;
        }
    picture_clear(&shrinker->out);
    g_free(shrinker);
}

/* ---- turning ---- */

/* Each orientation of EXIF (CIPA DC-008, tag 274) is a transposition or none, then flips of the result. */
static const struct {
    bool transpose, flip_x, flip_y;
} turns[9] = {
    [2] = {false, true, false}, [3] = {false, true, true}, [4] = {false, false, true}, [5] = {true, false, false},
    [6] = {true, true, false},  [7] = {true, true, true},  [8] = {true, false, true},
};

enum { TURN_BLOCK = 32 };

/* One block: small enough that both the rows read and the rows written stay in the first cache. */
static void turn_block(const struct plane *from, const struct plane *to, unsigned orientation, unsigned x0, unsigned y0)
{
    unsigned x1 = MIN(x0 + TURN_BLOCK, to->width_px), y1 = MIN(y0 + TURN_BLOCK, to->height_px);
    for (unsigned y = y0; y < y1; y++) {
        uint8_t *row = to->data + y * to->stride_bytes;
        unsigned across = turns[orientation].flip_y ? to->height_px - 1 - y : y;
        for (unsigned x = x0; x < x1; x++) {
            unsigned along = turns[orientation].flip_x ? to->width_px - 1 - x : x;
            unsigned source_x = turns[orientation].transpose ? across : along;
            unsigned source_y = turns[orientation].transpose ? along : across;
            row[x] = from->data[source_y * from->stride_bytes + source_x];
        }
    }
}

bool picture_orient(struct picture *picture, unsigned orientation, GError **error)
{
    bool swap = turns[orientation].transpose;
    bool halved = picture->n_planes == 3 && picture->planes[1].width_px != picture->width_px;
    PICTURE_AUTO struct picture turned = {0};
    if (!picture_new(picture->kind, swap ? picture->height_px : picture->width_px,
                     swap ? picture->width_px : picture->height_px, picture->depth, halved, &turned, error))
        return false;
    for (unsigned i = 0; i < turned.n_planes; i++)
        for (unsigned y = 0; y < turned.planes[i].height_px; y += TURN_BLOCK)
            for (unsigned x = 0; x < turned.planes[i].width_px; x += TURN_BLOCK)
                turn_block(&picture->planes[i], &turned.planes[i], orientation, x, y);
    struct picture old = *picture;
    *picture = turned;
    turned = old;
    return true;
}
