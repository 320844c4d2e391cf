/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Answers with the bytes of an asset, for the handlers that have found out which. Threads: as handlers. */
#pragma once

#include "api/call.h"
#include "catalog/assets.h"
#include "media/media.h"

/** The file that the path names, if the caller has @right on it. Clear with asset_file_clear(). */
bool asset_files_find(struct call *call, enum asset_right right, struct asset_file *ret_file, GError **error);

/** Answers with the original; @type NULL: its own media type. */
bool asset_files_answer_original(struct call *call, const struct asset_file *asset, const char *type,
                                 const char *disposition, GError **error);

/** Answers with a derivative that is there; false with ERR_NOT_FOUND where it is not. */
bool asset_files_answer_made(struct call *call, const struct asset_file *asset, enum media_derivative which,
                             GError **error);
