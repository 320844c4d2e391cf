/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Changes numbers of an EXIF block in their places, so that nothing moves: maker notes hold offsets that nobody else
 * knows. Threads: any. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** Writes the size of the picture into a TIFF block (the bytes behind "Exif\0\0") wherever it states one: ImageWidth
 * and ImageLength of its first directory, PixelXDimension and PixelYDimension of the EXIF directory. What it does not
 * state is not added; a block that is damaged stays as it is. */
void tiff_set_extent(uint8_t *tiff, size_t size, unsigned width_px, unsigned height_px);
