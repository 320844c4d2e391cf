/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One reduction, from the asset to its smaller file: what reduce.c does for all, and reduce_photo.c and reduce_video.c
 * each for their kind. */
#pragma once

#include "catalog/assets.h"
#include "media/derived.h"
#include "media/job.h"

struct reduction {
    const struct job_context *context;
    struct asset asset;
    struct media_reply made;   /* what a worker says of the original; its output_… of the smaller file */
    int output_fd;             /* the smaller file, written by a worker; -1: none yet */
    struct derived_file file;  /* of videos: where it lies */
    struct blob_digest digest; /* of it, once stored */
    struct store_hold *hold;
    char *note;
    int width_px, height_px; /* as shown */
    int64_t verified_us;
};

/** Has a worker make the smaller file, and fills @made, @output_fd and @note. @ret_keep (owned) becomes the reason
 * where the file is kept, "" where there is nothing to say; NULL where a file was made. */
bool reduce_photo_make(struct reduction *reduction, char **ret_keep, GError **error);
bool reduce_video_make(struct reduction *reduction, char **ret_keep, GError **error);
