/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Patterns that leave files out of a backup: the text of one `.ambrotypeignore`, in the syntax of gitignore(5).
 * Matching is linear in pattern × path (a set of states moves over the path), so no pattern can make it hang.
 *
 * Threads: any; a parsed list is constant. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Lines longer than this are refused: no path is that long. */
enum { IGNORE_LINE_MAX = 1024 };

struct ignore;

enum ignore_verdict { IGNORE_SILENT, IGNORE_EXCLUDE, IGNORE_INCLUDE };

/** Parses @text (any bytes). @ret_refused, if not NULL: lines that were too long or hold a class without its end, which
 *  match nothing. Never NULL; free with ignore_free(). */
struct ignore *ignore_parse(const char *text, size_t size, size_t *ret_refused);
void ignore_free(struct ignore *ignore);

/** What the last pattern that matches says of @path: relative to the folder of the file, `/` between components, none
 *  at the ends. Only @path itself is looked at: the caller does not enter folders that are excluded. */
enum ignore_verdict ignore_match(const struct ignore *ignore, const char *path, bool is_dir);
