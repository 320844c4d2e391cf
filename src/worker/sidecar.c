/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/sidecar.h"

#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "worker/capture_time.h"
#include "worker/facts_of_tags.h"

/* ---- what a packet says ---- */

/* False where it says nothing at all, not even what nobody asks for. */
static bool read_packet(GBytes *packet, unsigned stored_width_px, unsigned stored_height_px, int64_t orientation,
                        struct media_reply *ret_reply)
{
    struct tags *tags = tags_new(packet, NULL, NULL);
    media_reply_init(ret_reply);
    ret_reply->orientation = orientation;
    camera_read(tags, ret_reply);
    place_read(tags, ret_reply);
    words_read(tags, ret_reply);
    keywords_read(tags, ret_reply);
    faces_read(tags, stored_width_px, stored_height_px, ret_reply);
    maker_note_read(tags, ret_reply);
    capture_time_read(tags, ret_reply);
    bool has_any = tags_has_xmp(tags);
    tags_free(tags);
    return has_any;
}

/* ---- laying one over the other ---- */

static void take_text(char **to, char **from)
{
    if (!*from)
        return;
    g_free(*to);
    *to = g_steal_pointer(from);
}

static void take_int(int64_t *to, int64_t from)
{
    if (from != MEDIA_NO_INT)
        *to = from;
}

static void take_double(double *to, double from)
{
    if (!isnan(from))
        *to = from;
}

/* A date that shows the minute of the one below but no zone leaves that its zone. */
static void take_time(struct media_reply *to, const struct media_reply *from)
{
    const int64_t minute_us = 60 * G_USEC_PER_SEC;
    if (from->local_us == MEDIA_NO_INT)
        return;
    bool is_same_minute = to->local_us != MEDIA_NO_INT && to->local_us / minute_us == from->local_us / minute_us;
    to->local_us = from->local_us;
    to->date_source = from->date_source;
    if (from->offset_min == MEDIA_NO_INT && is_same_minute)
        return;
    to->offset_min = from->offset_min;
    to->zone_source = from->zone_source;
}

static void take_place(struct media_reply *to, const struct media_reply *from)
{
    if (isnan(from->latitude) || isnan(from->longitude))
        return;
    to->latitude = from->latitude;
    to->longitude = from->longitude;
    to->altitude_m = from->altitude_m;
}

/* What @from states, over @to. */
static void lay_over(struct media_reply *to, struct media_reply *from)
{
    take_time(to, from);
    take_place(to, from);
    take_text(&to->make, &from->make);
    take_text(&to->model, &from->model);
    take_text(&to->lens, &from->lens);
    take_text(&to->exposure_time, &from->exposure_time);
    take_double(&to->f_number, from->f_number);
    take_double(&to->focal_length_mm, from->focal_length_mm);
    take_int(&to->focal_35mm, from->focal_35mm);
    take_int(&to->iso, from->iso);
    take_text(&to->description, &from->description);
    take_int(&to->rating, from->rating);
    take_text(&to->keywords, &from->keywords);
    take_text(&to->faces, &from->faces);
    take_text(&to->projection, &from->projection);
    take_text(&to->burst_id, &from->burst_id);
}

void sidecar_apply(GBytes *sidecar, unsigned stored_width_px, unsigned stored_height_px, struct media_reply *reply)
{
    struct media_reply stated;
    bool is_read = read_packet(sidecar, stored_width_px, stored_height_px, reply->orientation, &stated);
    reply->sidecar = is_read ? MEDIA_SIDECAR_READ : MEDIA_SIDECAR_UNREADABLE;
    if (stated.local_us != MEDIA_NO_INT)
        stated.date_source = MEDIA_DATE_SIDECAR;
    lay_over(reply, &stated);
    if (reply->rating == 0)
        reply->rating = MEDIA_NO_INT;
    media_reply_clear(&stated);
}

void sidecar_read(int sidecar_fd, unsigned stored_width_px, unsigned stored_height_px, struct media_reply *reply)
{
    struct stat status;
    reply->sidecar = MEDIA_SIDECAR_UNREADABLE;
    if (fstat(sidecar_fd, &status) != 0 || status.st_size <= 0 || status.st_size > SIDECAR_MAX_BYTES)
        return;
    size_t size = (size_t)status.st_size;
    g_autofree void *bytes = g_malloc(size);
    if (io_pread_full(sidecar_fd, bytes, size, 0, NULL) != (ssize_t)size)
        return;
    g_autoptr(GBytes) packet = g_bytes_new_take(g_steal_pointer(&bytes), size);
    sidecar_apply(packet, stored_width_px, stored_height_px, reply);
}

void sidecar_fill_gaps(GBytes *xmp, struct media_reply *reply)
{
    struct media_reply stated;
    read_packet(xmp, 0, 0, reply->orientation, &stated);
    if (reply->local_us == MEDIA_NO_INT)
        take_time(reply, &stated);
    if (isnan(reply->latitude))
        take_place(reply, &stated);
    char **texts[][2] = {{&reply->make, &stated.make},
                         {&reply->model, &stated.model},
                         {&reply->lens, &stated.lens},
                         {&reply->exposure_time, &stated.exposure_time},
                         {&reply->description, &stated.description},
                         {&reply->keywords, &stated.keywords},
                         {&reply->faces, &stated.faces},
                         {&reply->projection, &stated.projection},
                         {&reply->burst_id, &stated.burst_id}};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        if (!*texts[i][0])
            take_text(texts[i][0], texts[i][1]);
    if (reply->rating == MEDIA_NO_INT && stated.rating != 0)
        reply->rating = stated.rating;
    media_reply_clear(&stated);
}
