/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/photo.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "worker/colour.h"
#include "worker/derivatives.h"
#include "worker/metadata.h"
#include "worker/motion.h"
#include "worker/profiles.h"

/* ---- limits ---- */

/* Needed beside the decoder's own memory: libraries, the previews, the encoders. */
enum { MEMORY_RESERVE = 96 << 20 };

bool photo_check_limits(const struct photo *photo, const struct media_request *request, GError **error)
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

void photo_forget_pages(const struct photo *photo)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = ((uintptr_t)photo->bytes + page - 1) / page * page;
    uintptr_t end = ((uintptr_t)photo->bytes + photo->size) / page * page;
    if (end > begin)
        madvise((void *)begin, end - begin, MADV_DONTNEED);
}

/* ---- facts ---- */

static bool contains(GBytes *block, const char *words)
{
    size_t size = 0;
    const void *bytes = block ? g_bytes_get_data(block, &size) : NULL;
    return bytes && memmem(bytes, size, words, strlen(words));
}

/* By the words of the photo's XMP: Adobe's and Google's (Ultra HDR), and Apple's. */
static bool announces_gain_map(const struct photo *photo)
{
    static const char *const words[] = {"hdrgm:Version", "HDRGainMapVersion"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (contains(photo->xmp, words[i]) || contains(photo->xmp_extended, words[i]))
            return true;
    return false;
}

void photo_take_facts(const struct photo *photo, struct media_reply *reply)
{
    const struct metadata_blocks blocks = {photo->exif,         photo->xmp,          photo->iptc,
                                           photo->xmp_extended, photo->raw_width_px, photo->raw_height_px};
    metadata_read(&blocks, reply);
    motion_read(photo, reply);
    reply->frames = photo->frames;
    if (photo->has_gain_map || announces_gain_map(photo))
        reply->has_gain_map = 1;
    if (photo->frames > 1 && photo->duration_ms > 0)
        reply->duration_ms = photo->duration_ms;
    reply->profile = colour_profile_name(photo->icc);
    if (photo->width_px == 0)
        return;
    unsigned turn = photo->is_upright                    ? photo->turn
                    : reply->orientation == MEDIA_NO_INT ? 1
                                                         : (unsigned)reply->orientation;
    bool swapped = turn >= 5;
    unsigned width = photo->full_width_px ? photo->full_width_px : photo->width_px;
    unsigned height = photo->full_height_px ? photo->full_height_px : photo->height_px;
    reply->width_px = swapped ? height : width;
    reply->height_px = swapped ? width : height;
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

void photo_clear(struct photo *photo)
{
    g_clear_pointer(&photo->exif, g_bytes_unref);
    g_clear_pointer(&photo->xmp, g_bytes_unref);
    g_clear_pointer(&photo->xmp_extended, g_bytes_unref);
    g_clear_pointer(&photo->iptc, g_bytes_unref);
    g_clear_pointer(&photo->icc, g_bytes_unref);
    g_clear_pointer(&photo->damage, g_free);
}

/* Cameras that take pictures in Adobe RGB often put no profile into them. */
static void take_exif_colour(const struct decoder *decoder, const struct photo *photo, struct picture *picture)
{
    bool is_camera = decoder == &jpeg_decoder || decoder == &tiff_decoder;
    bool has_colours = picture->kind == PICTURE_YCBCR || picture->kind == PICTURE_RGB;
    if (is_camera && has_colours && picture->planes[0].data && !picture->icc)
        picture->icc = profile_of_exif(photo->exif);
}

/* What is to be made of a photo. */
struct product {
    struct extent (*extent)(unsigned width_px,
                            unsigned height_px); /* of the picture that write() gets, lying as the file */
    bool (*write)(const struct picture *picture, const int *fds, struct media_reply *reply, GError **error);
};

static bool write_derivatives(const struct picture *picture, const int *fds, struct media_reply *reply, GError **error)
{
    return derivatives_write(picture, fds[0], fds[1], reply, error);
}

static bool write_portrait(const struct picture *picture, const int *fds, struct media_reply *reply, GError **error)
{
    return portrait_write(picture, fds[0], reply, error);
}

static const struct product derivatives = {preview_extent, write_derivatives},
                            portrait = {portrait_extent, write_portrait};

static bool decode(const struct decoder *decoder, struct photo *photo, const struct media_request *request,
                   const struct product *product, struct picture *ret_picture, GError **error)
{
    if (!photo_check_limits(photo, request, error))
        return false;
    photo->wanted = product->extent(photo->width_px, photo->height_px);
    return decoder->decode(photo, ret_picture, error);
}

static bool work(const struct decoder *decoder, struct photo *photo, const struct media_request *request,
                 const struct product *product, const int *fds, struct media_reply *reply, GError **error)
{
    PICTURE_AUTO struct picture picture = {0}, preview = {0};
    bool ok = decoder->open(photo, error) && decode(decoder, photo, request, product, &picture, error);
    /* The planes are what counts now: the file's pages, megabytes of them, come back when they are looked at. */
    photo_forget_pages(photo);
    /* After decode(), since some formats keep their metadata behind the picture; and in any case, since what is known
     * of a broken photo is worth keeping. */
    photo_take_facts(photo, reply);
    take_exif_colour(decoder, photo, &picture);
    unsigned turn = photo->is_upright                    ? photo->turn
                    : reply->orientation == MEDIA_NO_INT ? 1
                                                         : (unsigned)reply->orientation;
    ok = ok && preview_make(&picture, photo->wanted, turn, &preview, error);
    picture_clear(&picture); /* its planes may be the decoder's */
    decoder->close(photo);
    return ok && product->write(&preview, fds, reply, error);
}

static void work_bytes(const struct media_request *request, const uint8_t *bytes, size_t size,
                       const struct product *product, const int *fds, struct media_reply *reply)
{
    g_autoptr(GError) error = NULL;
    const char *mime = NULL;
    struct photo photo = {.bytes = bytes, .size = size};
    const struct decoder *decoder = sniff(bytes, size, &mime, &error);
    reply->mime = g_strdup(mime);
    if (decoder && work(decoder, &photo, request, product, fds, reply, &error)) {
        reply->outcome = photo.damage ? MEDIA_DAMAGED : MEDIA_OK;
        reply->reason = g_strdup(photo.damage);
    } else {
        reply_set_outcome(reply, error);
    }
    photo_clear(&photo);
}

static void work_file(const struct media_request *request, int input_fd, const struct product *product, const int *fds,
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
    work_bytes(request, bytes, size, product, fds, reply);
    munmap(bytes, size);
}

void photo_work(const struct media_request *request, int input_fd, int thumbnail_fd, int preview_fd,
                struct media_reply *reply)
{
    const int fds[] = {thumbnail_fd, preview_fd};
    work_file(request, input_fd, &derivatives, fds, reply);
}

void photo_portrait(const struct media_request *request, int input_fd, int output_fd, struct media_reply *reply)
{
    work_file(request, input_fd, &portrait, &output_fd, reply);
}
