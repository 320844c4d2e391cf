/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/picture.h"

#include <libswscale/swscale.h>
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

static bool scale_plane(const struct plane *from, unsigned depth, const struct plane *to, GError **error)
{
    if (from->width_px == to->width_px && from->height_px == to->height_px) {
        copy_plane(from, to, (size_t)to->width_px * (depth > 8 ? 2 : 1));
        return true;
    }
    /* A plane is a gray picture to swscale: centres align, no range or siting enters, and planes of any subsampling
     * work alike. */
    enum AVPixelFormat format = depth > 8 ? AV_PIX_FMT_GRAY16 : AV_PIX_FMT_GRAY8;
    struct SwsContext *scaler = sws_getContext((int)from->width_px, (int)from->height_px, format, (int)to->width_px,
                                               (int)to->height_px, format, SWS_LANCZOS, NULL, NULL, NULL);
    if (!scaler)
        return err_set(error, ERR_LIMIT, "This picture has a shape that cannot be scaled.");
    const uint8_t *source[4] = {from->data};
    uint8_t *target[4] = {to->data};
    int source_stride[4] = {(int)from->stride_bytes}, target_stride[4] = {(int)to->stride_bytes};
    int rows = sws_scale(scaler, source, source_stride, 0, (int)from->height_px, target, target_stride);
    sws_freeContext(scaler);
    return rows == (int)to->height_px || err_set(error, ERR_INTERNAL, "Scaling a picture failed.");
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
