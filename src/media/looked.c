/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/looked.h"

#include "catalog/assets.h"

void looked_init(struct looked *looked)
{
    *looked = (struct looked){0};
    g_rw_lock_init(&looked->lock);
}

void looked_clear(struct looked *looked)
{
    g_rw_lock_clear(&looked->lock);
}

void looked_set(struct looked *looked, media_looked *call, void *data)
{
    g_rw_lock_writer_lock(&looked->lock);
    looked->call = call;
    looked->data = data;
    g_rw_lock_writer_unlock(&looked->lock);
}

void looked_tell(struct looked *looked, const struct asset *asset)
{
    if (!looked)
        return;
    g_rw_lock_reader_lock(&looked->lock);
    if (looked->call)
        looked->call(asset->id, asset->owner_id, asset->media_state == MEDIA_WAITING, looked->data);
    g_rw_lock_reader_unlock(&looked->lock);
}
