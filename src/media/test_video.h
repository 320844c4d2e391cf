/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Videos for the tests of ambrotype-video, made by the ffmpeg command, and asking it about them. */
#pragma once

#include "media/test_asking.h"

/* A second of a picture whose quarters are red, green (above), blue and white (below), with a tone. */
#define QUARTERS                                                                                                       \
    "-f lavfi -i color=red:s=64x48:r=25:d=1 -f lavfi -i color=lime:s=64x48:r=25:d=1 -f lavfi -i "                      \
    "color=blue:s=64x48:r=25:d=1 -f lavfi -i color=white:s=64x48:r=25:d=1 -f lavfi -i sine=440:d=1 -filter_complex "   \
    "[0][1]hstack[a];[2][3]hstack[b];[a][b]vstack[v] -map [v] -map 4:a "
#define QUARTERS_THROUGH(filters)                                                                                      \
    "-f lavfi -i color=red:s=64x48:r=25:d=1 -f lavfi -i color=lime:s=64x48:r=25:d=1 -f lavfi -i "                      \
    "color=blue:s=64x48:r=25:d=1 -f lavfi -i color=white:s=64x48:r=25:d=1 -filter_complex "                            \
    "[0][1]hstack[a];[2][3]hstack[b];[a][b]vstack," filters "[v] -map [v] "
#define SILENT_QUARTERS                                                                                                \
    "-f lavfi -i color=red:s=64x48:r=25:d=1 -f lavfi -i color=lime:s=64x48:r=25:d=1 -f lavfi -i "                      \
    "color=blue:s=64x48:r=25:d=1 -f lavfi -i color=white:s=64x48:r=25:d=1 -filter_complex "                            \
    "[0][1]hstack[a];[2][3]hstack[b];[a][b]vstack[v] -map [v] "

/** Where videos are made. */
extern char *folder;
void begin_videos(void);
void end_videos(void);

/** Is there an ffmpeg? Else the test is skipped, and says so. */
bool have_ffmpeg(void);

/** Runs ffmpeg with @arguments (split at blanks) and the path of a new file @name; the file's bytes. */
GBytes *make(const char *name, const char *arguments);

/** Has @worker look at a video. */
void look(struct worker_process **worker, const char *name, GBytes *bytes, struct result *ret_result);

/** Is the poster that of QUARTERS? */
void expect_quarters(GBytes *jpeg);

struct converted {
    struct media_reply reply;
    GBytes *bytes;
    GError *error;
    int signal;
};
void converted_clear(struct converted *converted);
#define CONVERTED_AUTO __attribute__((cleanup(converted_clear)))

/** Has @worker convert a video as @request says (its job and sizes are filled here). Where AMBROTYPE_KEEP names a
 * folder, the result stays there. */
void convert(struct worker_process **worker, const char *name, GBytes *bytes, struct media_request request,
             struct converted *ret_converted);

/** Asked while a conversion runs; NULL: none. */
extern bool (*cancel_by)(void *data);

/** Does the index of an MP4 stand before its pictures? */
bool is_fast_start(GBytes *mp4);

/** The other tests of this program. */
void video_cases_add(void);
