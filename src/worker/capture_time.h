/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * When a photo was taken, by what its metadata says; the rule stands in capture_time.c. Threads: one. */
#pragma once

#include "media/protocol.h"
#include "worker/tags.h"

/** Fills local_us, date_source, offset_min, zone_source and modified_us of @reply. */
void capture_time_read(const struct tags *tags, struct media_reply *reply);
