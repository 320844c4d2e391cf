/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The API's own description, an OpenAPI 3.1 document: made from the table that routes requests (routes.c), the
 * operations beside the handlers (operation.h) and the types of answers (schema.h). Served at /api/openapi.json and
 * printed by `ambrotype openapi`.
 *
 * Threads: any. */
#pragma once

#include <glib.h>

struct body_shape;
struct json;

/** The document as JSON text. Made anew by each call; free with g_string_free(). */
GString *openapi_make(void);

/** Writes what a body or query of @shape looks like, as JSON Schema (openapi_shape.c). */
void openapi_write_shape(struct json *json, const char *key, const struct body_shape *shape);

/** Writes what one field looks like. */
struct body_field;
void openapi_write_field(struct json *json, const char *key, const struct body_field *field);
