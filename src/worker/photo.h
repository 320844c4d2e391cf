/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One photo on its way through the worker. A decoder is two steps: open() reads headers alone and says how large the
 * picture is, what it will cost and where the metadata lies; decode() comes only after the limits were compared. One
 * decode serves both derivatives. Threads: one photo at a time. */
#pragma once

#include "media/protocol.h"
#include "worker/picture.h"

struct photo {
    const uint8_t *bytes; /* the whole file, mapped from it (a preview within a RAW file: a part of that) */
    size_t size;

    /* Filled by open(). */
    unsigned width_px, height_px; /* as decode() will hand it over (unless shrunk) */
    unsigned raw_width_px, raw_height_px;
    unsigned full_width_px, full_height_px; /* where decode() gives a smaller picture of a larger photo (camera RAW) */
    unsigned frames;
    bool has_gain_map;     /* beside the picture lies one that makes it brighter on screens that can */
    int64_t duration_ms;   /* of all frames of an animation, once round; 0: none, not known */
    uint64_t memory_bytes; /* what decode() will take, estimated from the headers */
    bool is_upright;       /* the container's own orientation rules: EXIF's must not be applied again */
    unsigned turn;         /* with is_upright: EXIF number of the turn that is still owed after decode(), or 0 */
    GBytes *exif;          /* the TIFF block, without "Exif\0\0" */
    GBytes *xmp, *iptc;    /* an XMP packet; the records of an IPTC block */
    GBytes *xmp_extended;  /* a second packet, for what the first had no room for */
    GBytes *icc;
    size_t tail; /* of a JPEG: what lies from here on is behind the picture; 0: not known */

    /* For decode(). */
    struct extent wanted; /* the preview, as it lies in the file: shrink to no less than twice this */

    /* Filled by decode(). */
    char *damage; /* the sentence for a picture of which a part is missing */

    void *state; /* the decoder's own */
};

struct decoder {
    const char *mime; /* NULL: one of several, which sniff() tells */
    bool (*open)(struct photo *photo, GError **error);
    bool (*decode)(struct photo *photo, struct picture *ret_picture, GError **error);
    void (*close)(struct photo *photo); /* always called after open(), also a failed one */
};

extern const struct decoder jpeg_decoder, png_decoder, webp_decoder, gif_decoder, heif_decoder, avif_decoder,
    jxl_decoder, tiff_decoder, bmp_decoder, raw_decoder;

/** The decoder for these bytes, by their content alone. NULL with ERR_UNSUPPORTED for known kinds of files that this
 *  build makes no pictures of, or with ERR_CORRUPT where they are nothing known; @ret_mime (static) is set in the
 * former case too. */
const struct decoder *sniff(const uint8_t *bytes, size_t size, const char **ret_mime, GError **error);

/** Does the whole job: derivatives to @thumbnail_fd and @preview_fd, all that was found out to @reply (initialised by
 *  the caller). Never fails: what went wrong stands in the reply. */
void photo_work(const struct media_request *request, int input_fd, int thumbnail_fd, int preview_fd,
                struct media_reply *reply);

/** As photo_work(): the middle of the photo as a small square JPEG to @output_fd, for a person's picture. */
void photo_portrait(const struct media_request *request, int input_fd, int output_fd, struct media_reply *reply);

/* ---- steps of the job that other jobs on photos take, too ---- */

/** ERR_LIMIT where the photo has more pixels than @request takes, or decoding it would need more memory than there is.
 *  After open(). */
bool photo_check_limits(const struct photo *photo, const struct media_request *request, GError **error);
/** What open() (and decode()) found out, into @reply. */
void photo_take_facts(const struct photo *photo, struct media_reply *reply);
/** Ends the metadata; after the decoder's close(). */
void photo_clear(struct photo *photo);

/** Gives the file's pages back to the system until they are looked at again: those of an uncompressed picture count as
 *  much as its pixels. Only for what is mapped from a file. */
void photo_forget_pages(const struct photo *photo);
