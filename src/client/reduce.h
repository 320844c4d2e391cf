/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * High quality, the client's part: a photo or video that is larger than it keeps is made smaller before it is sent, by
 * the server's own sandboxed programs ambrotype-media and ambrotype-video, so that the line carries less. Without them,
 * or where they cannot carry everything over, the file is sent as it is, and the server looks at it.
 *
 * Threads: any; one photo and one video at a time, the others wait. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/encode.h"

struct reducer;

/** NULL where no program is installed. A worker ends with the thread that made the first file smaller. */
struct reducer *reducer_new(void);
/** NULL is fine. */
void reducer_free(struct reducer *reducer);

/** A smaller file, held in memory (a photo) or in a nameless file below TMPDIR (a video). Owned: reduced_clear(). */
struct reduced {
    int fd; /* -1: none: send the file itself */
    int64_t size_bytes;
    uint8_t sha1[SHA1_SIZE];
    char *note;        /* what was done, for people */
    bool is_too_large; /* it has more pixels than are taken: it is not to be sent at all */
};
#define REDUCED_NONE                                                                                                   \
    {                                                                                                                  \
        .fd = -1                                                                                                       \
    }
void reduced_clear(struct reduced *reduced);
#define REDUCED_AUTO __attribute__((cleanup(reduced_clear)))

/** Makes the photo in @fd smaller if it should be and can be; whatever goes wrong only means that it is sent as it is.
 *  @max_pixels: what is taken at all, 0: any. @name for messages. */
void reducer_reduce(struct reducer *reducer, int fd, const char *name, int64_t max_pixels, struct reduced *ret_reduced);

/** The same for a video: one whose short side is above 1080 becomes an MP4 of that size. It may take minutes; a run
 * that is to stop ends it. */
void reducer_reduce_video(struct reducer *reducer, int fd, const char *name, struct reduced *ret_reduced);
