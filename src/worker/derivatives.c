/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/derivatives.h"

#include <stdlib.h>

#include "base/error.h"
#include "worker/colour.h"
#include "worker/encode.h"
#include "worker/thumbhash.h"

/* ---- the answer ---- */

void reply_set_outcome(struct media_reply *reply, const GError *error)
{
    static const struct {
        enum err_kind kind;
        enum media_outcome outcome;
    } outcomes[] = {
        {ERR_UNSUPPORTED, MEDIA_UNSUPPORTED},
        {ERR_CORRUPT, MEDIA_BROKEN},
        {ERR_LIMIT, MEDIA_TOO_LARGE},
    };
    reply->outcome = MEDIA_FAULT;
    for (size_t i = 0; i < G_N_ELEMENTS(outcomes); i++)
        if (err_is(error, outcomes[i].kind))
            reply->outcome = outcomes[i].outcome;
    reply->reason = g_strdup(error->message);
}

/* ---- the files ---- */

struct extent preview_extent(unsigned width_px, unsigned height_px)
{
    return derivative_extent(width_px, height_px, PREVIEW_SHORT_PX, PREVIEW_LONG_MAX_PX);
}

bool preview_make(struct picture *decoded, struct extent wanted, unsigned turn, struct picture *ret_preview,
                  GError **error)
{
    bool direct = colour_is_direct(decoded);
    PICTURE_AUTO struct picture small = {0};
    if (!picture_shrink(decoded, wanted, direct, &small, error))
        return false;
    if (!direct) {
        struct picture converted;
        if (!colour_to_srgb(&small, &converted, error))
            return false;
        picture_clear(&small);
        small = converted;
    }
    if (turn >= 2 && turn <= 8 && !picture_orient(&small, turn, error))
        return false;
    *ret_preview = small;
    small = (struct picture){0};
    return true;
}

static bool add_thumbhash(const struct picture *thumbnail, struct media_reply *reply, GError **error)
{
    PICTURE_AUTO struct picture tiny = {0};
    struct extent extent =
        derivative_extent(thumbnail->width_px, thumbnail->height_px, THUMBHASH_SIDE_MAX, THUMBHASH_SIDE_MAX);
    if (!picture_scale(thumbnail, extent, true, &tiny, error))
        return false;
    uint8_t *rgb = picture_to_rgb(&tiny, error);
    if (!rgb)
        return false;
    uint8_t hash[THUMBHASH_BYTES_MAX];
    size_t size = thumbhash(rgb, tiny.width_px, tiny.height_px, hash);
    free(rgb);
    reply->thumbhash = g_bytes_new(hash, size);
    return true;
}

bool derivatives_write(const struct picture *preview, int thumbnail_fd, int preview_fd, struct media_reply *reply,
                       GError **error)
{
    PICTURE_AUTO struct picture thumbnail = {0};
    struct extent extent =
        derivative_extent(preview->width_px, preview->height_px, THUMBNAIL_SHORT_PX, THUMBNAIL_LONG_MAX_PX);
    if (!encode_jpeg(preview, preview_fd, &reply->preview_bytes, error) ||
        !picture_scale(preview, extent, true, &thumbnail, error) ||
        !encode_webp(&thumbnail, thumbnail_fd, &reply->thumbnail_bytes, error) ||
        !add_thumbhash(&thumbnail, reply, error))
        return false;
    reply->preview_width_px = preview->width_px;
    reply->preview_height_px = preview->height_px;
    reply->thumbnail_width_px = thumbnail.width_px;
    reply->thumbnail_height_px = thumbnail.height_px;
    return true;
}

/* ---- a person's picture ---- */

struct extent portrait_extent(unsigned width_px, unsigned height_px)
{
    return derivative_extent(width_px, height_px, PORTRAIT_PX, PREVIEW_LONG_MAX_PX);
}

/* A view of the middle square. It begins at even places, where planes of colour have a sample of their own. */
static struct picture middle(const struct picture *picture)
{
    struct picture square = *picture;
    unsigned side = MIN(picture->width_px, picture->height_px);
    unsigned x = (picture->width_px - side) / 2 & ~1u, y = (picture->height_px - side) / 2 & ~1u;
    square.width_px = square.height_px = side;
    for (unsigned i = 0; i < square.n_planes; i++) {
        struct plane *plane = &square.planes[i];
        unsigned half = i > 0;
        plane->data += (size_t)(y >> half) * plane->stride_bytes + (x >> half);
        plane->width_px = plane->height_px = (side + half) >> half;
    }
    return square;
}

bool portrait_write(const struct picture *picture, int fd, struct media_reply *reply, GError **error)
{
    struct picture square = middle(picture); /* owns nothing */
    if (!encode_jpeg(&square, fd, &reply->output_bytes, error))
        return false;
    reply->output_width_px = square.width_px;
    reply->output_height_px = square.height_px;
    return true;
}
