/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/formats.h"

#include <glib.h>
#include <stdbool.h>

#include "base/log.h"
#include "base/media_type.h"
#include "media/media.h"

enum { FORMATS_DELAY_MS = 1500 };

struct formats_look {
    GThread *thread;
    GMutex lock; /* guards is_ending */
    GCond changed;
    struct media *media;
    bool is_ending;
};

static char *list_without_pictures(struct media *media)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < media_n_types; i++)
        if (media_types[i].class != MEDIA_CLASS_SIDECAR && !media_shows(media, media_types[i].mime))
            g_string_append_printf(text, "%s%s", text->len ? " " : "", media_types[i].extension);
    return g_string_free(text, FALSE);
}

static void *look_at_formats(void *data)
{
    struct formats_look *look = data;
    g_autoptr(GError) error = NULL;
    gint64 due_us = g_get_monotonic_time() + FORMATS_DELAY_MS * G_TIME_SPAN_MILLISECOND;
    g_mutex_lock(&look->lock);
    while (!look->is_ending && g_cond_wait_until(&look->changed, &look->lock, due_us))
        ;
    bool is_ending = look->is_ending;
    g_mutex_unlock(&look->lock);
    if (is_ending)
        return NULL;
    if (!media_ask_formats(look->media, &error)) {
        log_error("media.formats", error);
        return NULL;
    }
    g_autofree char *without = list_without_pictures(look->media);
    bool has_all = media_shows(look->media, "image/heic") && media_shows(look->media, "image/avif") &&
                   media_shows(look->media, "video/mp4");
    log_event(has_all ? G_LOG_LEVEL_INFO : G_LOG_LEVEL_WARNING, "media.formats", "without-pictures", without, NULL);
    return NULL;
}

struct formats_look *formats_begin(struct media *media)
{
    struct formats_look *look = g_new0(struct formats_look, 1);
    g_mutex_init(&look->lock);
    g_cond_init(&look->changed);
    look->media = media;
    look->thread = g_thread_new("formats", look_at_formats, look);
    return look;
}

void formats_end(struct formats_look *look)
{
    if (!look)
        return;
    g_mutex_lock(&look->lock);
    look->is_ending = true;
    g_cond_signal(&look->changed);
    g_mutex_unlock(&look->lock);
    g_thread_join(look->thread);
    g_mutex_clear(&look->lock);
    g_cond_clear(&look->changed);
    g_free(look);
}
