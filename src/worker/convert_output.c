/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker/convert.h"

enum { BUFFER_BYTES = 256 << 10 };

/* A place in the file: the muxer has one that writes, and while it moves the index to the front one that reads. */
struct place {
    int fd;
    int64_t at;
};

struct convert_output {
    AVFormatContext *muxer;
    struct place writing, reading;
};

static int read_bytes(void *opaque, uint8_t *buffer, int size)
{
    struct place *place = opaque;
    ssize_t got;
    do
        got = pread(place->fd, buffer, (size_t)size, place->at);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return AVERROR(errno);
    place->at += got;
    return got == 0 ? AVERROR_EOF : (int)got;
}

static int write_bytes(void *opaque, uint8_t *buffer, int size)
{
    struct place *place = opaque;
    for (int done = 0; done < size;) {
        ssize_t written;
        /* Not pwrite(), which is not among the allowed calls: two fewer places where a file can be written. */
        if (lseek(place->fd, place->at, SEEK_SET) < 0)
            return AVERROR(errno);
        written = write(place->fd, buffer + done, (size_t)(size - done));
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return AVERROR(errno);
        done += (int)written;
        place->at += written;
    }
    return size;
}

static int64_t seek(void *opaque, int64_t offset, int whence)
{
    struct place *place = opaque;
    struct stat status;
    if (fstat(place->fd, &status) != 0)
        return AVERROR(errno);
    if (whence & AVSEEK_SIZE)
        return status.st_size;
    int64_t base = (whence & ~AVSEEK_FORCE) == SEEK_SET   ? 0
                   : (whence & ~AVSEEK_FORCE) == SEEK_CUR ? place->at
                                                          : status.st_size;
    if (offset < -base)
        return AVERROR(EINVAL);
    place->at = base + offset;
    return place->at;
}

static AVIOContext *open_place(struct place *place, bool writes)
{
    uint8_t *buffer = av_malloc(BUFFER_BYTES);
    AVIOContext *pb = buffer ? avio_alloc_context(buffer, BUFFER_BYTES, writes, place, writes ? NULL : read_bytes,
                                                  writes ? write_bytes : NULL, seek)
                             : NULL;
    if (!pb)
        av_free(buffer);
    return pb;
}

static void close_place(AVIOContext **pb)
{
    if (*pb)
        av_freep(&(*pb)->buffer);
    avio_context_free(pb);
}

/* For the index to go to the front the muxer opens its own file once more; nothing else can be opened. */
static int open_again(AVFormatContext *muxer, AVIOContext **ret_pb, const char *url, int flags, AVDictionary **options)
{
    struct convert_output *output = muxer->opaque;
    if (flags & AVIO_FLAG_WRITE)
        return AVERROR(EACCES);
    output->reading.at = 0;
    *ret_pb = open_place(&output->reading, false);
    return *ret_pb ? 0 : AVERROR(ENOMEM);
}

static int close_again(AVFormatContext *muxer, AVIOContext *pb)
{
    close_place(&pb);
    return 0;
}

struct convert_output *convert_output_new(int fd)
{
    struct convert_output *output = g_new0(struct convert_output, 1);
    output->writing.fd = output->reading.fd = fd;
    if (avformat_alloc_output_context2(&output->muxer, NULL, "mp4", NULL) >= 0) {
        output->muxer->pb = open_place(&output->writing, true);
        output->muxer->flags |= AVFMT_FLAG_CUSTOM_IO;
        output->muxer->opaque = output;
        output->muxer->io_open = open_again;
        output->muxer->io_close2 = close_again;
    }
    if (output->muxer && output->muxer->pb)
        return output;
    convert_output_free(output);
    return NULL;
}

void convert_output_free(struct convert_output *output)
{
    if (!output)
        return;
    if (output->muxer)
        close_place(&output->muxer->pb);
    avformat_free_context(output->muxer);
    g_free(output);
}

AVFormatContext *convert_output_muxer(struct convert_output *output)
{
    return output->muxer;
}

int convert_output_begin(struct convert_output *output)
{
    AVDictionary *options = NULL;
    av_dict_set(&options, "movflags", "+faststart+use_metadata_tags", 0);
    int result = avformat_write_header(output->muxer, &options);
    av_dict_free(&options);
    return result < 0 ? result : 0;
}

int convert_output_write(struct convert_output *output, AVPacket *packet, const AVStream *stream, AVRational time_base)
{
    packet->stream_index = stream->index;
    av_packet_rescale_ts(packet, time_base, stream->time_base);
    return av_interleaved_write_frame(output->muxer, packet);
}

int convert_output_finish(struct convert_output *output, int64_t *ret_bytes)
{
    int result = av_write_trailer(output->muxer);
    if (result < 0)
        return result;
    avio_flush(output->muxer->pb);
    struct stat status;
    if (output->muxer->pb->error < 0)
        return output->muxer->pb->error;
    if (fstat(output->writing.fd, &status) != 0)
        return AVERROR(errno);
    *ret_bytes = status.st_size;
    return 0;
}
