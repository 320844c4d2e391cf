/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/metadata.h"

#include "worker/capture_time.h"
#include "worker/exif.h"
#include "worker/facts_of_tags.h"

void metadata_read(const struct metadata_blocks *blocks, struct media_reply *reply)
{
    struct tags *tags = tags_new(blocks->xmp, blocks->xmp_extended, blocks->iptc);
    exif_read(blocks->exif, tags);
    orientation_read(tags, reply);
    camera_read(tags, reply);
    place_read(tags, reply);
    words_read(tags, reply);
    keywords_read(tags, reply);
    faces_read(tags, blocks->stored_width_px, blocks->stored_height_px, reply);
    maker_note_read(tags, reply);
    capture_time_read(tags, reply);
    if (reply->rating == 0)
        reply->rating = MEDIA_NO_INT;
    tags_free(tags);
}

void metadata_warm(void)
{
    exif_warm();
}
