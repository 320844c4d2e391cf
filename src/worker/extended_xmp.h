/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * XMP that is too large for one marker segment of a JPEG (Adobe XMP specification, part 3, 1.1.3.1): a second packet in
 * parts, which the first names by its GUID. Threads: any. */
#pragma once

#include <glib.h>
#include <stdint.h>

/** What stands before the parts, with its NUL. */
#define EXTENDED_XMP_ID "http://ns.adobe.com/xmp/extension/"

struct extended_xmp;

struct extended_xmp *extended_xmp_new(void);
void extended_xmp_free(struct extended_xmp *extended);

/** Takes note of the segment behind EXTENDED_XMP_ID; @bytes must outlive @extended. Nonsense is passed over. */
void extended_xmp_add(struct extended_xmp *extended, const uint8_t *bytes, size_t size);

/** The packet whose GUID stands in @packet, whole, or NULL where there is none, parts are missing or it is too large.
 */
GBytes *extended_xmp_join(const struct extended_xmp *extended, GBytes *packet);
