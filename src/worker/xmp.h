/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An XMP packet (ISO 16684-1) or side file as a flat list of texts by path, read by expat in one pass: no tree, no
 * recursion, and time and memory in proportion to its size. What is malformed ends the reading; what came before it is
 * kept, since half a packet still has its dates.
 *
 * A path names properties by the usual prefixes, whatever the packet calls them, items of arrays from 1 on, and fields
 * of structures: "dc:subject[2]", "mwg-rs:Regions/mwg-rs:RegionList[1]/mwg-rs:Area/stArea:x". Namespaces that nobody
 * here asks for are passed over.
 *
 * Limits: XMP_MAX_BYTES, XMP_MAX_DEPTH elements within each other, XMP_MAX_VALUES texts of at most XMP_MAX_TEXT bytes;
 * no document type, no entities but the five of XML. Threads: one a packet. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum { XMP_MAX_BYTES = 16 << 20, XMP_MAX_DEPTH = 64, XMP_MAX_VALUES = 20000, XMP_MAX_TEXT = 64 << 10 };

struct xmp;

/** Reads @packet: UTF-8 or UTF-16, with bytes before it and behind it; 8-bit text that is no UTF-8 as charset.h says.
 *  NULL where it has no value at all (or is NULL itself). */
struct xmp *xmp_read(GBytes *packet);
void xmp_free(struct xmp *xmp);

/** The text at @path, of an array the first (of texts in several languages the default); NULL where there is none.
 *  Valid UTF-8 and valid as long as @xmp. */
const char *xmp_text(const struct xmp *xmp, const char *path);

/** How many items the array at @path has; 0: none, or no array. */
unsigned xmp_count(const struct xmp *xmp, const char *path);

/** Loads what expat loads lazily, before the worker locks itself in. */
void xmp_warm(void);
