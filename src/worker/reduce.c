/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/reduce.h"

#include <math.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/io.h"
#include "worker/derivatives.h"

enum { OUTPUT_MAX_BYTES = 60 << 20 }; /* the worker may write 64 MB into a file (confine.c) */
#define KIND_IS_KEPT "Files of this kind are kept as they are."
enum { TRANSFER_PQ = 16, TRANSFER_HLG = 18 };

static const struct reducer *const reducers[] = {&jpeg_reducer, &heif_reducer, &avif_reducer, &webp_reducer,
                                                 &jxl_reducer};

static const struct reducer *find_reducer(const struct decoder *decoder)
{
    for (size_t i = 0; i < G_N_ELEMENTS(reducers); i++)
        if (reducers[i]->decoder == decoder)
            return reducers[i];
    return NULL;
}

/* ---- keeping a file is an answer, not an error ---- */

static bool keep(struct media_reply *reply, enum media_kept why, const char *sentence)
{
    reply->outcome = MEDIA_OK;
    reply->kept = why;
    g_free(reply->reason);
    reply->reason = g_strdup(sentence);
    return true;
}

/* The largest size of the same shape that has at most @max_pixels. */
static struct extent reduced_extent(unsigned width_px, unsigned height_px, int64_t max_pixels)
{
    double scale = sqrt((double)max_pixels / ((double)width_px * height_px));
    struct extent extent = {MAX(1, (unsigned)lround(width_px * scale)), MAX(1, (unsigned)lround(height_px * scale))};
    while ((int64_t)extent.width_px * extent.height_px > max_pixels) {
        if (extent.width_px >= extent.height_px)
            extent.width_px--;
        else
            extent.height_px--;
    }
    /* Codecs that halve the colours would pad an odd side. */
    return (struct extent){MAX(extent.width_px & ~1u, 1), MAX(extent.height_px & ~1u, 1)};
}

/* What the headers and the metadata say against it. */
static const char *reason_to_keep(const struct photo *photo, const struct reducer *reducer,
                                  const struct media_reply *reply)
{
    if (photo->frames > 1)
        return "It holds more than one picture.";
    if (reply->projection)
        return "It is a 360° photo: what its metadata say of it counts in pixels.";
    return reducer->keep ? reducer->keep(photo) : NULL;
}

static const char *reason_of_picture(const struct picture *picture)
{
    if (picture->depth > 8)
        return "Its colours have more than 8 bits, which would be lost.";
    if (picture->transfer == TRANSFER_PQ || picture->transfer == TRANSFER_HLG)
        return "It is an HDR photo, whose brightness would be lost.";
    return NULL;
}

static bool write_out(struct media_reply *reply, const struct photo *photo, const GByteArray *file,
                      struct extent extent, int output_fd, GError **error)
{
    if (file->len > photo->size * REDUCE_GAIN)
        return keep(reply, MEDIA_KEPT_NO_GAIN, "It would not become a tenth smaller.");
    if (file->len > OUTPUT_MAX_BYTES)
        return keep(reply, MEDIA_KEPT_PARTS, "What it holds beside the picture is larger than 60 MB.");
    if (!io_write_all(output_fd, file->data, file->len, error))
        return false;
    reply->outcome = MEDIA_OK;
    reply->output_bytes = file->len;
    reply->output_width_px = extent.width_px;
    reply->output_height_px = extent.height_px;
    return true;
}

static bool reduce(const struct reducer *reducer, struct photo *photo, const struct media_request *request,
                   int output_fd, struct media_reply *reply, GError **error)
{
    PICTURE_AUTO struct picture picture = {0}, small = {0};
    const char *reason = reason_to_keep(photo, reducer, reply);
    if (reason)
        return keep(reply, MEDIA_KEPT_PARTS, reason);
    photo->wanted = (struct extent){photo->width_px, photo->height_px};
    if (!photo_check_limits(photo, request, error) || !reducer->decoder->decode(photo, &picture, error))
        return false;
    reason = photo->damage ? photo->damage : reason_of_picture(&picture);
    if (reason)
        return keep(reply, photo->damage ? MEDIA_KEPT_DAMAGED : MEDIA_KEPT_PARTS, reason);
    struct extent extent = reduced_extent(picture.width_px, picture.height_px, request->reduce_pixels);
    if (!picture_shrink(&picture, extent, reducer->chroma_halved, &small, error))
        return false;
    g_autoptr(GByteArray) file = reducer->write(photo, &small, error);
    return file && write_out(reply, photo, file, extent, output_fd, error);
}

/* Headers, facts, then the picture if there is need. */
static bool work(const struct decoder *decoder, struct photo *photo, const struct media_request *request, int output_fd,
                 struct media_reply *reply, GError **error)
{
    const struct reducer *reducer = find_reducer(decoder);
    /* A camera's own file is taken as it is, and finding out what is in it costs much. */
    if (decoder == &raw_decoder)
        return keep(reply, MEDIA_KEPT_KIND, KIND_IS_KEPT);
    bool ok = decoder->open(photo, error);
    photo_take_facts(photo, reply);
    if (ok && (int64_t)photo->width_px * photo->height_px <= request->reduce_pixels)
        keep(reply, MEDIA_KEPT_SMALL, NULL);
    else if (ok && !reducer)
        keep(reply, MEDIA_KEPT_KIND, KIND_IS_KEPT);
    else if (ok)
        ok = reduce(reducer, photo, request, output_fd, reply, error);
    decoder->close(photo);
    return ok;
}

static void work_bytes(const struct media_request *request, const uint8_t *bytes, size_t size, int output_fd,
                       struct media_reply *reply)
{
    g_autoptr(GError) error = NULL;
    const char *mime = NULL;
    struct photo photo = {.bytes = bytes, .size = size};
    const struct decoder *decoder = sniff(bytes, size, &mime, &error);
    reply->mime = g_strdup(mime);
    if (!decoder || !work(decoder, &photo, request, output_fd, reply, &error)) {
        if (err_is(error, ERR_UNSUPPORTED))
            keep(reply, decoder ? MEDIA_KEPT_PARTS : MEDIA_KEPT_KIND, error->message);
        else if (err_is(error, ERR_CORRUPT))
            keep(reply, MEDIA_KEPT_DAMAGED, error->message);
        else
            reply_set_outcome(reply, error);
    }
    photo_clear(&photo);
}

void reduce_work(const struct media_request *request, int input_fd, int output_fd, struct media_reply *reply)
{
    struct stat status;
    if (fstat(input_fd, &status) != 0 || status.st_size <= 0) {
        keep(reply, MEDIA_KEPT_DAMAGED, "The file is empty.");
        return;
    }
    size_t size = (size_t)status.st_size;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, input_fd, 0);
    if (bytes == MAP_FAILED) {
        reply->outcome = MEDIA_FAULT;
        reply->reason = g_strdup("The file could not be read.");
        return;
    }
    work_bytes(request, bytes, size, output_fd, reply);
    munmap(bytes, size);
}
