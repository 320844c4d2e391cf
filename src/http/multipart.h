/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A parser of multipart/form-data bodies (RFC 7578 over RFC 2046, section 5.1) that takes them in pieces of any size,
 * as they come from the network, and needs constant memory whatever a file's size. It stores nothing: what it finds
 * goes to callbacks, in the order of the body. How the body was cut into pieces never changes what they are told, apart
 * from how the data of a part is cut.
 *
 * Threads: one at a time. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

struct multipart;

/** A part's headers. All text is valid UTF-8 (what is not becomes U+FFFD), otherwise as sent: a file name may hold
 *  slashes and control characters, and is no path. Valid during begin_part() only. */
struct multipart_part {
    const char *name;
    const char *file_name; /* NULL: an ordinary field */
    const char *type;      /* Content-Type as sent, or NULL */
};

/** Each answers false with @error to stop the parser, which then hands out that error. */
struct multipart_callbacks {
    bool (*begin_part)(void *data, const struct multipart_part *part, GError **error);
    bool (*data)(void *data, const void *bytes, size_t size, GError **error); /* size > 0 */
    bool (*end_part)(void *data, GError **error);
};

/** 0 takes the default. Whatever goes beyond is ERR_LIMIT. */
struct multipart_limits {
    unsigned max_parts;      /* 64 */
    size_t max_header_bytes; /* of one part: 16 KiB */
    size_t max_field_bytes;  /* data of a part without file name: 1 MiB */
};

/** @content_type: the request's header (may be NULL). ERR_UNSUPPORTED where it is not multipart/form-data, ERR_INVALID
 *  where its boundary is missing or malformed. @callbacks is copied; @limits may be NULL. */
struct multipart *multipart_new(const char *content_type, const struct multipart_callbacks *callbacks, void *data,
                                const struct multipart_limits *limits, GError **error);
void multipart_free(struct multipart *parser);

/** Takes the next piece. ERR_INVALID for what is no form data, ERR_LIMIT, ERR_UNSUPPORTED for an encoded part, or a
 *  callback's error. After an error only multipart_free() is allowed. */
bool multipart_feed(struct multipart *parser, const void *bytes, size_t size, GError **error);

/** To be called when the body has ended: ERR_INVALID unless the closing boundary was seen (end_part() of a part that
 *  was cut off is never called). */
bool multipart_finish(struct multipart *parser, GError **error);
