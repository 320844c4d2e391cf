/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/pack.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <jxl/decode.h>
#include <jxl/encode.h>
#include <turbojpeg.h>

#include "base/error.h"
#include "base/io.h"

/* What libjxl 0.7 takes, measured on photos of 12 to 40 MP with a tenth on top: packing 10 bytes a sample and 7 a pixel
 * (so 22 with halved colours, 37 with full ones), unpacking 4 to 7.5 a pixel. */
enum { PACK_BYTES_A_SAMPLE = 11, PACK_BYTES_A_PIXEL = 8, UNPACK_BYTES_A_PIXEL = 8, MEMORY_RESERVE = 64 << 20 };

/* More than 3 changes nothing for a JPEG but the time (measured: 16 bytes of 1.4 MB at 7). */
enum { EFFORT = 3 };
enum { WRITE_BLOCK_BYTES = 256 << 10, GROWTH_START_BYTES = 64 << 10 };

/* ---- limits ---- */

static uint64_t memory_limit(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_DATA, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY ? limit.rlim_cur : 0;
}

static bool check_memory(uint64_t width_px, uint64_t height_px, double pixel_bytes, uint64_t memory_bytes,
                         GError **error)
{
    if (width_px == 0 || height_px == 0 || width_px > UINT32_MAX / 4 || height_px > UINT32_MAX / 4)
        return err_set(error, ERR_CORRUPT, "The file is damaged: its picture has no size.");
    uint64_t needed = (uint64_t)((double)(width_px * height_px) * pixel_bytes) + MEMORY_RESERVE;
    if (memory_bytes == 0 || needed <= memory_bytes)
        return true;
    return err_set(error, ERR_LIMIT,
                   "This picture of %" G_GUINT64_FORMAT " × %" G_GUINT64_FORMAT " pixels needs about %" G_GUINT64_FORMAT
                   " MB of memory to be packed, more than is allowed.",
                   width_px, height_px, needed >> 20);
}

/* ---- JPEG → JPEG XL ---- */

static bool check_jpeg(const uint8_t *bytes, size_t size, GError **error)
{
    int width = 0, height = 0, sampling = -1, colours = 0;
    tjhandle handle = tjInitDecompress();
    bool ok = handle && size <= G_MAXLONG &&
              tjDecompressHeader3(handle, bytes, (unsigned long)size, &width, &height, &sampling, &colours) == 0;
    if (handle)
        tjDestroy(handle);
    if (!ok)
        return err_set(error, ERR_CORRUPT, "It is not a JPEG that can be packed: its header cannot be read.");
    /* Samples a pixel: one of brightness, and two of colour that may be thinned out. */
    double samples = sampling == TJSAMP_GRAY                            ? 1
                     : sampling == TJSAMP_420 || sampling == TJSAMP_411 ? 1.5
                     : sampling == TJSAMP_422 || sampling == TJSAMP_440 ? 2
                                                                        : 3;
    return check_memory((uint64_t)width, (uint64_t)height, samples * PACK_BYTES_A_SAMPLE + PACK_BYTES_A_PIXEL,
                        memory_limit(), error);
}

static bool fail_encoder(const JxlEncoder *encoder, GError **error)
{
    if (JxlEncoderGetError((JxlEncoder *)encoder) == JXL_ENC_ERR_OOM)
        return err_set(error, ERR_LIMIT, "Packing this picture needs more memory than is allowed.");
    return err_set(error, ERR_UNSUPPORTED,
                   "It is built in a way that JPEG XL cannot give back bit by bit (markers, colours, damage or data "
                   "behind the picture).");
}

/* Begins the one frame, the whole file. */
static bool add_jpeg(JxlEncoder *encoder, const uint8_t *bytes, size_t size, GError **error)
{
    JxlEncoderFrameSettings *settings = JxlEncoderFrameSettingsCreate(encoder, NULL);
    if (!settings || JxlEncoderUseContainer(encoder, JXL_TRUE) != JXL_ENC_SUCCESS ||
        JxlEncoderStoreJPEGMetadata(encoder, JXL_TRUE) != JXL_ENC_SUCCESS ||
        JxlEncoderFrameSettingsSetOption(settings, JXL_ENC_FRAME_SETTING_EFFORT, EFFORT) != JXL_ENC_SUCCESS)
        return err_set(error, ERR_INTERNAL, "The JPEG XL encoder could not be started.");
    if (JxlEncoderAddJPEGFrame(settings, bytes, size) != JXL_ENC_SUCCESS)
        return fail_encoder(encoder, error);
    JxlEncoderCloseInput(encoder);
    return true;
}

static bool drain(JxlEncoder *encoder, int output_fd, int64_t *ret_bytes, GError **error)
{
    g_autofree uint8_t *block = g_malloc(WRITE_BLOCK_BYTES);
    int64_t total = 0;
    JxlEncoderStatus status = JXL_ENC_NEED_MORE_OUTPUT;
    while (status == JXL_ENC_NEED_MORE_OUTPUT) {
        uint8_t *next = block;
        size_t left = WRITE_BLOCK_BYTES;
        status = JxlEncoderProcessOutput(encoder, &next, &left);
        if (status == JXL_ENC_ERROR)
            return fail_encoder(encoder, error);
        size_t got = WRITE_BLOCK_BYTES - left;
        if (!io_write_all(output_fd, block, got, error))
            return false;
        total += (int64_t)got;
    }
    *ret_bytes = total;
    return true;
}

static bool pack(const uint8_t *bytes, size_t size, int output_fd, int64_t *ret_bytes, GError **error)
{
    if (!check_jpeg(bytes, size, error))
        return false;
    JxlEncoder *encoder = JxlEncoderCreate(NULL);
    if (!encoder)
        return err_set(error, ERR_INTERNAL, "The JPEG XL encoder could not be started.");
    bool ok = add_jpeg(encoder, bytes, size, error) && drain(encoder, output_fd, ret_bytes, error);
    JxlEncoderDestroy(encoder);
    return ok;
}

/* ---- JPEG XL → JPEG ---- */

static bool fail_packed(GError **error)
{
    return err_set(error, ERR_CORRUPT, "The packed file is damaged: no original can be rebuilt from it.");
}

/* libjxl 0.7 begins the JPEG anew when its buffer was too small, so that the buffer must come to hold all of it. */
static bool grow(JxlDecoder *decoder, GByteArray *jpeg, size_t max_bytes, GError **error)
{
    size_t unused = JxlDecoderReleaseJPEGBuffer(decoder);
    size_t used = jpeg->len - MIN(unused, jpeg->len);
    if (jpeg->len >= max_bytes)
        return err_set(error, ERR_LIMIT, "The packed file unpacks to more than any original has.");
    g_byte_array_set_size(jpeg, (guint)MIN((size_t)jpeg->len * 2, max_bytes));
    return JxlDecoderSetJPEGBuffer(decoder, jpeg->data + used, jpeg->len - used) == JXL_DEC_SUCCESS ||
           fail_packed(error);
}

struct unpack {
    JxlDecoder *decoder;
    GByteArray *jpeg;
    uint64_t memory_bytes;
    size_t max_bytes;
    bool has_jpeg; /* the file says that a JPEG is in it */
};

/* One step; @ret_done after the last. */
static bool step(struct unpack *unpack, bool *ret_done, GError **error)
{
    JxlBasicInfo info;
    switch (JxlDecoderProcessInput(unpack->decoder)) {
    case JXL_DEC_BASIC_INFO:
        return JxlDecoderGetBasicInfo(unpack->decoder, &info) == JXL_DEC_SUCCESS
                   ? check_memory(info.xsize, info.ysize, UNPACK_BYTES_A_PIXEL, unpack->memory_bytes, error)
                   : fail_packed(error);
    case JXL_DEC_JPEG_RECONSTRUCTION:
        unpack->has_jpeg = true;
        return JxlDecoderSetJPEGBuffer(unpack->decoder, unpack->jpeg->data, unpack->jpeg->len) == JXL_DEC_SUCCESS ||
               fail_packed(error);
    case JXL_DEC_JPEG_NEED_MORE_OUTPUT:
        return grow(unpack->decoder, unpack->jpeg, unpack->max_bytes, error);
    case JXL_DEC_NEED_IMAGE_OUT_BUFFER: /* pixels: nobody asked for those */
        return unpack->has_jpeg ? fail_packed(error)
                                : err_set(error, ERR_UNSUPPORTED, "This JPEG XL is no packed JPEG.");
    case JXL_DEC_FULL_IMAGE:
        *ret_done = true;
        return unpack->has_jpeg || err_set(error, ERR_UNSUPPORTED, "This JPEG XL is no packed JPEG.");
    default:
        return fail_packed(error);
    }
}

static bool run(struct unpack *unpack, const uint8_t *bytes, size_t size, GError **error)
{
    const int events = JXL_DEC_BASIC_INFO | JXL_DEC_JPEG_RECONSTRUCTION | JXL_DEC_FULL_IMAGE;
    if (!unpack->decoder || JxlDecoderSubscribeEvents(unpack->decoder, events) != JXL_DEC_SUCCESS ||
        JxlDecoderSetInput(unpack->decoder, bytes, size) != JXL_DEC_SUCCESS)
        return err_set(error, ERR_INTERNAL, "The JPEG XL decoder could not be started.");
    JxlDecoderCloseInput(unpack->decoder);
    for (bool done = false; !done;) {
        if (!step(unpack, &done, error))
            return false;
    }
    size_t unused = JxlDecoderReleaseJPEGBuffer(unpack->decoder);
    g_byte_array_set_size(unpack->jpeg, (guint)(unpack->jpeg->len - MIN(unused, unpack->jpeg->len)));
    return unpack->jpeg->len > 0 || fail_packed(error);
}

GByteArray *unpack_jpeg(const uint8_t *bytes, size_t size, uint64_t memory_bytes, size_t max_bytes, GError **error)
{
    struct unpack unpack = {.decoder = JxlDecoderCreate(NULL),
                            .jpeg = g_byte_array_new(),
                            .memory_bytes = memory_bytes,
                            .max_bytes = max_bytes};
    /* A fifth is what packing usually saves; a half on top is nearly always enough at once. */
    g_byte_array_set_size(unpack.jpeg, (guint)MIN(size + size / 2 + GROWTH_START_BYTES, max_bytes));
    bool ok = run(&unpack, bytes, size, error);
    JxlDecoderDestroy(unpack.decoder);
    if (ok)
        return unpack.jpeg;
    g_byte_array_unref(unpack.jpeg);
    return NULL;
}

static bool unpack(const uint8_t *bytes, size_t size, int output_fd, int64_t *ret_bytes, GError **error)
{
    g_autoptr(GByteArray) jpeg = unpack_jpeg(bytes, size, memory_limit(), MEDIA_PACK_MAX_BYTES, error);
    if (!jpeg || !io_write_all(output_fd, jpeg->data, jpeg->len, error))
        return false;
    *ret_bytes = jpeg->len;
    return true;
}

/* ---- both ---- */

typedef bool direction(const uint8_t *bytes, size_t size, int output_fd, int64_t *ret_bytes, GError **error);

static void set_outcome(struct media_reply *reply, const GError *error)
{
    reply->outcome = err_is(error, ERR_LIMIT)         ? MEDIA_TOO_LARGE
                     : err_is(error, ERR_UNSUPPORTED) ? MEDIA_UNSUPPORTED
                     : err_is(error, ERR_CORRUPT)     ? MEDIA_BROKEN
                                                      : MEDIA_FAULT;
    reply->reason = g_strdup(error->message);
}

static void work(direction *go, const char *mime, int input_fd, int output_fd, struct media_reply *reply)
{
    g_autoptr(GError) error = NULL;
    struct stat status;
    void *bytes = MAP_FAILED;
    if (fstat(input_fd, &status) == 0 && status.st_size > 0)
        bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, input_fd, 0);
    if (bytes == MAP_FAILED) {
        reply->outcome = MEDIA_FAULT;
        reply->reason = g_strdup("The file could not be read.");
        return;
    }
    int64_t output_bytes = 0;
    if (go(bytes, (size_t)status.st_size, output_fd, &output_bytes, &error)) {
        reply->outcome = MEDIA_OK;
        reply->mime = g_strdup(mime);
        reply->output_bytes = output_bytes;
    } else {
        set_outcome(reply, error);
    }
    munmap(bytes, (size_t)status.st_size);
}

void pack_work(const struct media_request *request, int input_fd, int output_fd, struct media_reply *reply)
{
    work(pack, "image/jxl", input_fd, output_fd, reply);
}

void unpack_work(const struct media_request *request, int input_fd, int output_fd, struct media_reply *reply)
{
    work(unpack, "image/jpeg", input_fd, output_fd, reply);
}
