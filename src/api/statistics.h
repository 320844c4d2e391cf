/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How many photos and videos an account has (AssetStatsResponseDto), as the query says which. Threads: the handler
 * pool.
 */
#pragma once

#include "api/call.h"

/** What the query may say. */
extern const struct body_shape statistics_query;

/** Answers for account @owner_id. What is locked away is counted for its owner alone, who has given the PIN. */
bool statistics_answer(struct call *call, int64_t owner_id, GError **error);
