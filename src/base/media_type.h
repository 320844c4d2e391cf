/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The kinds of files that a library takes, by the extension of their names: what a client looks for on a disk, what the
 * server accepts and lists, and which media type stands for it. Names only: what the bytes are is for the media worker
 * to find out.
 *
 * Threads: any; the table is constant. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum media_class { MEDIA_CLASS_IMAGE, MEDIA_CLASS_VIDEO, MEDIA_CLASS_SIDECAR };

struct media_type {
    const char *extension; /* with its dot, lower case */
    enum media_class class;
    const char *mime;
    bool is_web; /* browsers show it as it is */
};

/** In order of the extensions. */
extern const struct media_type media_types[];
extern const size_t media_n_types;

/** The row for the name of a file (its extension in any case), or NULL where the library does not take such files. */
const struct media_type *media_type_of(const char *file_name);

/** Does the name of a file say another kind than its content, of media type @mime? Then both kinds as people call them
 *  ("JPEG", "HEIC"); free them with g_free(). NULL and names that are not known are no contradiction. */
bool media_type_differs(const char *file_name, const char *mime, char **ret_named, char **ret_content);

/** May a file of media type @mime be given to a browser under this type? True for images and videos of the table only:
 *  never for what a browser could run (HTML, SVG). NULL gives false. */
bool media_type_is_harmless(const char *mime);

/** Do browsers show files of media type @mime as they are? NULL gives false. */
bool media_type_is_web(const char *mime);
