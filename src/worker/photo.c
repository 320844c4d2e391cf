/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/photo.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/error.h"
#include "worker/colour.h"
#include "worker/encode.h"
#include "worker/metadata.h"
#include "worker/thumbhash.h"

/* ---- the answer ---- */

static void set_outcome(struct media_reply *reply, const GError *error)
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

/* ---- limits ---- */

/* Needed beside the decoder's own memory: libraries, the previews, the encoders. */
enum { MEMORY_RESERVE = 96 << 20 };

static bool check_limits(const struct photo *photo, const struct media_request *request, GError **error)
{
    uint64_t pixels = (uint64_t)photo->width_px * photo->height_px;
    if (pixels > (uint64_t)request->max_pixels)
        return err_set(error, ERR_LIMIT,
                       "This picture has %u × %u pixels; pictures are made of photos up to %" G_GINT64_FORMAT
                       " megapixels.",
                       photo->width_px, photo->height_px, request->max_pixels / 1000000);
    struct rlimit limit;
    if (getrlimit(RLIMIT_DATA, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        photo->memory_bytes + MEMORY_RESERVE > limit.rlim_cur)
        return err_set(error, ERR_LIMIT,
                       "This picture of %u × %u pixels needs about %" G_GUINT64_FORMAT
                       " MB of memory, more than the server allows for one file.",
                       photo->width_px, photo->height_px, (photo->memory_bytes + MEMORY_RESERVE) >> 20);
    return true;
}

/* ---- derivatives ---- */

/* The decoded picture at preview size, upright, in our own planes. Ends @decoded. */
static bool make_preview(struct photo *photo, struct picture *decoded, unsigned turn, struct picture *ret_preview,
                         GError **error)
{
    bool direct = colour_is_direct(decoded);
    PICTURE_AUTO struct picture small = {0};
    if (!picture_shrink(decoded, photo->wanted, direct, &small, error))
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

static bool write_derivatives(const struct picture *preview, int thumbnail_fd, int preview_fd,
                              struct media_reply *reply, GError **error)
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

/* ---- facts ---- */

static void take_facts(const struct photo *photo, struct media_reply *reply)
{
    metadata_read(photo->exif, photo->xmp, photo->xmp_extended, photo->iptc, reply);
    reply->frames = photo->frames;
    reply->profile = colour_profile_name(photo->icc);
    if (photo->width_px == 0)
        return;
    unsigned turn = photo->is_upright                    ? photo->turn
                    : reply->orientation == MEDIA_NO_INT ? 1
                                                         : (unsigned)reply->orientation;
    bool swapped = turn >= 5;
    reply->width_px = swapped ? photo->height_px : photo->width_px;
    reply->height_px = swapped ? photo->width_px : photo->height_px;
    reply->raw_width_px = photo->raw_width_px;
    reply->raw_height_px = photo->raw_height_px;
    /* Clients turn the raw size by the EXIF number. Where a container's own rotation says otherwise, its result is told
     * as if it were raw. */
    bool raw_swapped = reply->raw_width_px != reply->width_px && reply->raw_width_px == reply->height_px;
    bool number_swaps = reply->orientation != MEDIA_NO_INT && reply->orientation >= 5;
    if (photo->is_upright && raw_swapped != number_swaps) {
        reply->raw_width_px = reply->width_px;
        reply->raw_height_px = reply->height_px;
        reply->orientation = MEDIA_NO_INT;
    }
}

static void photo_clear(struct photo *photo)
{
    g_clear_pointer(&photo->exif, g_bytes_unref);
    g_clear_pointer(&photo->xmp, g_bytes_unref);
    g_clear_pointer(&photo->xmp_extended, g_bytes_unref);
    g_clear_pointer(&photo->iptc, g_bytes_unref);
    g_clear_pointer(&photo->icc, g_bytes_unref);
    g_clear_pointer(&photo->damage, g_free);
}

static bool decode(const struct decoder *decoder, struct photo *photo, const struct media_request *request,
                   struct picture *ret_picture, GError **error)
{
    if (!check_limits(photo, request, error))
        return false;
    photo->wanted = derivative_extent(photo->width_px, photo->height_px, PREVIEW_SHORT_PX, PREVIEW_LONG_MAX_PX);
    return decoder->decode(photo, ret_picture, error);
}

static bool work(const struct decoder *decoder, struct photo *photo, const struct media_request *request,
                 int thumbnail_fd, int preview_fd, struct media_reply *reply, GError **error)
{
    PICTURE_AUTO struct picture picture = {0}, preview = {0};
    bool ok = decoder->open(photo, error) && decode(decoder, photo, request, &picture, error);
    /* After decode(), since some formats keep their metadata behind the picture; and in any case, since what is known
     * of a broken photo is worth keeping. */
    take_facts(photo, reply);
    unsigned turn = photo->is_upright                    ? photo->turn
                    : reply->orientation == MEDIA_NO_INT ? 1
                                                         : (unsigned)reply->orientation;
    ok = ok && make_preview(photo, &picture, turn, &preview, error);
    picture_clear(&picture); /* its planes may be the decoder's */
    decoder->close(photo);
    return ok && write_derivatives(&preview, thumbnail_fd, preview_fd, reply, error);
}

static void work_bytes(const struct media_request *request, const uint8_t *bytes, size_t size, int thumbnail_fd,
                       int preview_fd, struct media_reply *reply)
{
    g_autoptr(GError) error = NULL;
    const char *mime = NULL;
    struct photo photo = {.bytes = bytes, .size = size};
    const struct decoder *decoder = sniff(bytes, size, &mime, &error);
    reply->mime = g_strdup(mime);
    if (decoder && work(decoder, &photo, request, thumbnail_fd, preview_fd, reply, &error)) {
        reply->outcome = photo.damage ? MEDIA_DAMAGED : MEDIA_OK;
        reply->reason = g_strdup(photo.damage);
    } else {
        set_outcome(reply, error);
    }
    photo_clear(&photo);
}

void photo_work(const struct media_request *request, int input_fd, int thumbnail_fd, int preview_fd,
                struct media_reply *reply)
{
    struct stat status;
    if (fstat(input_fd, &status) != 0 || status.st_size <= 0) {
        reply->outcome = MEDIA_BROKEN;
        reply->reason = g_strdup("The file is empty.");
        return;
    }
    size_t size = (size_t)status.st_size;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, input_fd, 0);
    if (bytes == MAP_FAILED) {
        reply->outcome = MEDIA_FAULT;
        reply->reason = g_strdup("The file could not be read.");
        return;
    }
    work_bytes(request, bytes, size, thumbnail_fd, preview_fd, reply);
    munmap(bytes, size);
}
