/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From a worker's answer to what the catalog stores: names of sources, zones as text, and the dates that stand outside
 * of the file. Threads: any. */
#pragma once

#include "base/clock.h"
#include "catalog/media_facts.h"
#include "media/protocol.h"

struct asset;

/** Facts whose texts belong to the reply they were made of, and what stands here. Owned: facts_clear(). */
struct facts {
    struct media_facts facts;
    char *burst_id; /* by the file's name, or NULL */
    char time_zone[ZONE_TEXT_SIZE];
};

/** Fills @ret_facts from @reply (NULL: nothing could be found out) and, where it has no capture time, from the name of
 *  @asset or the file's edit time; else the asset keeps its client's word. @reply must outlive @ret_facts. */
void facts_fill(const struct media_reply *reply, const struct asset *asset, struct facts *ret_facts);
void facts_clear(struct facts *facts);
#define FACTS_AUTO __attribute__((cleanup(facts_clear)))
