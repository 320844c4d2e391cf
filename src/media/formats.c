/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/formats.h"

#include <string.h>

void formats_init(struct formats *formats)
{
    g_mutex_init(&formats->lock);
    formats->shown = NULL;
}

void formats_clear(struct formats *formats)
{
    g_mutex_clear(&formats->lock);
    g_free(formats->shown);
}

static bool add_lane(const struct job_context *context, enum media_lane lane, GString *shown, GError **error)
{
    struct worker_process *worker = pool_lease(context->pools[lane], false, error);
    if (!worker)
        return false;
    if (worker->hello.formats)
        g_string_append_printf(shown, "%s,", worker->hello.formats);
    /* One that was started for the question alone need not stay for half a minute. */
    pool_return(context->pools[lane], worker, worker->n_files > 0, NULL);
    return true;
}

static bool is_known(struct formats *formats)
{
    g_mutex_lock(&formats->lock);
    bool known = formats->shown != NULL;
    g_mutex_unlock(&formats->lock);
    return known;
}

bool formats_ask(struct formats *formats, const struct job_context *context, GError **error)
{
    if (is_known(formats))
        return true;
    /* Not under the lock: a lease may wait. Two that ask at once hear the same. */
    g_autoptr(GString) shown = g_string_new(",");
    if (!add_lane(context, LANE_PHOTO, shown, error) || !add_lane(context, LANE_VIDEO, shown, error))
        return false;
    g_mutex_lock(&formats->lock);
    if (!formats->shown)
        formats->shown = g_strdup(shown->str);
    g_mutex_unlock(&formats->lock);
    return true;
}

bool formats_has(struct formats *formats, const char *mime)
{
    g_autofree char *wanted = g_strdup_printf(",%s,", mime);
    g_mutex_lock(&formats->lock);
    bool has = formats->shown && strstr(formats->shown, wanted);
    g_mutex_unlock(&formats->lock);
    return has;
}
