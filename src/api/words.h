/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The closed lists of words of the API, and the lenient readings of values that come as text (multipart fields, query
 * values, tus metadata).
 *
 * Threads: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/** NULL-terminated lists. */
extern const char *const words_visibility[];
extern const char *const words_avatar_color[];
extern const char *const words_asset_order[];

/** Is @word one of @list? NULL is not. */
bool word_is_one_of(const char *word, const char *const *list);
bool word_is_visibility(const char *word);

/** "true", "false", "1", "0"; others (and NULL) are false with @ret_value untouched. */
bool word_bool(const char *word, bool *ret_value);

/** Is @name a permission of the Immich API 3.2.2 (or "all")? */
bool word_is_permission(const char *name);
