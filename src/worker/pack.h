/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Packing: a JPEG as JPEG XL that holds the same coefficients in fewer bytes, and what is needed to write the very same
 * JPEG again (ISO/IEC 18181-2, box jbrd). Nothing of it is trusted: the server unpacks what was packed and compares
 * hashes. Threads: one file at a time. */
#pragma once

#include "media/protocol.h"

/** @input_fd: a JPEG; its JPEG XL goes to @output_fd, the size to @reply (initialised by the caller). Never fails: what
 *  went wrong stands in the reply. */
void pack_work(const struct media_request *request, int input_fd, int output_fd, struct media_reply *reply);

/** The other way round. */
void unpack_work(const struct media_request *request, int input_fd, int output_fd, struct media_reply *reply);

/** Rebuilds the JPEG out of @bytes; nobody but unpack_work() and its fuzz target calls it. @memory_bytes: what decoding
 *  may take (0: no limit); @max_bytes: the longest JPEG. Free with g_byte_array_unref(). NULL with ERR_CORRUPT,
 *  ERR_UNSUPPORTED (a JPEG XL that no JPEG was packed in) or ERR_LIMIT. */
GByteArray *unpack_jpeg(const uint8_t *bytes, size_t size, uint64_t memory_bytes, size_t max_bytes, GError **error);
