/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A HEIF file (HEIC, AVIF: ISO/IEC 23008-12) taken apart and put together again with another picture in its primary
 * item: all other items (EXIF, XMP, thumbnail, gain map, depth), properties and boxes stay as they were, byte by byte,
 * at new places. Threads: one. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct heif_edit;

/** Takes @bytes apart, which must live as long as the result. NULL with ERR_UNSUPPORTED where it is made in a way that
 *  this cannot carry over (sequences, references into other files, …), ERR_CORRUPT where its boxes make no sense. */
struct heif_edit *heif_edit_parse(const uint8_t *bytes, size_t size, GError **error);
void heif_edit_free(struct heif_edit *file);
#define HEIF_EDIT_AUTO __attribute__((cleanup(heif_edit_auto_free)))
void heif_edit_auto_free(struct heif_edit **file);

/** Has the primary item a property of this type ("clap")? */
bool heif_edit_has_property(const struct heif_edit *file, const char type[4]);

/** The file with the primary item of @coded (a file of one picture, as an encoder wrote it) in the place of its own
 *  picture; tiles of the old one are left out. The sizes that EXIF states become @width_px and @height_px. NULL with
 *  ERR_UNSUPPORTED or ERR_CORRUPT. Free with g_byte_array_unref(). */
GByteArray *heif_edit_replace(const struct heif_edit *file, const struct heif_edit *coded, unsigned width_px,
                              unsigned height_px, GError **error);
