/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which part of a representation a request wants, if any: Range and the conditional headers (RFC 9110, sections 13
 * and 14). Pure functions over header values. Threads: any. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum range_result {
    RANGE_WHOLE,       /* no range, or one that is to be ignored: 200 */
    RANGE_PART,        /* 206 */
    RANGE_UNSATISFIED, /* 416 */
};

/** Reads a Range value (may be NULL) for a representation of @size bytes (>= 0). One byte range is honoured; several,
 *  other units and malformed values are ignored, as section 14.2 permits. @ret_first and @ret_last are set with
 *  RANGE_PART only: 0 <= first <= last < size. */
enum range_result range_parse(const char *value, int64_t size, int64_t *ret_first, int64_t *ret_last);

/** What a representation is, for conditions: @etag strong, without quotes, NULL if none; @modified_us 0 if not known.
 */
struct validator {
    const char *etag;
    int64_t modified_us;
};

/** The conditional headers of a request; each NULL where absent. */
struct conditions {
    const char *method;
    const char *if_match;
    const char *if_none_match;
    const char *if_modified_since;
    const char *if_unmodified_since;
    const char *if_range;
};

enum condition_result { CONDITION_PASS, CONDITION_NOT_MODIFIED, CONDITION_FAILED };

/** Evaluates all but If-Range in the order of section 13.2.2: go on, 304, or 412. */
enum condition_result conditions_check(const struct conditions *conditions, const struct validator *validator);
/** Does If-Range (if there is one) allow a part to be sent? */
bool conditions_allow_range(const struct conditions *conditions, const struct validator *validator);

/** Parses an HTTP date in any of the three forms of section 5.6.7. False for all else. */
bool http_date_parse(const char *text, int64_t *ret_us);
enum { HTTP_DATE_SIZE = 30 };
/** Writes "Sun, 06 Nov 1994 08:49:37 GMT" and returns @ret_text. */
char *http_date_format(int64_t us, char ret_text[HTTP_DATE_SIZE]);
