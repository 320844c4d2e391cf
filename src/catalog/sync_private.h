/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the test of sync.c looks at. */
#pragma once

#include "catalog/sync.h"

/* By enum sync_part. */
extern const char *const sync_statements[SYNC_N_PARTS];
