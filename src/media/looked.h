/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who wants to know when a file was looked into: media_on_looked() sets it, the jobs tell it. Threads: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/media.h"

struct looked {
    GRWLock lock; /* guards the rest; held for reading while @call runs, so that it is over once it is taken away */
    media_looked *call;
    void *data;
};

void looked_init(struct looked *looked);
void looked_clear(struct looked *looked);
void looked_set(struct looked *looked, media_looked *call, void *data);

struct asset;
/** @asset as it was before the look. @looked may be NULL. */
void looked_tell(struct looked *looked, const struct asset *asset);
