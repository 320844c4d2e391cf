/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the two files of /api/uploads share. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "http/http.h"
#include "ingest/ingest.h"

/** Adds Tus-Resumable to the answer and checks that of the request. False: another version, which has been answered
 *  with 412. */
bool uploads_check_version(struct http_request *request);

/** Answers @error where tus wants another status than that of its kind: 423 while another request writes, 400 for a
 *  checksum that is not taken. False: it was none of these and is not answered. */
bool uploads_answer_special(struct http_request *request, const GError *error);

/** The headers that tell what became of a finished upload. */
void uploads_add_result(struct http_request *request, const struct ingest_result *result);

/** A header that is a count of bytes. */
void uploads_add_count(struct http_request *request, const char *header, int64_t bytes);
