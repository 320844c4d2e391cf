/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A person's preferences: a closed table of groups, names, types and defaults (UserPreferencesResponseDto). What is
 * stored is only what a person set, as JSON text; defaults may so change with the program.
 *
 * Threads: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "api/call.h"
#include "base/json.h"

struct body_problems;

/** Writes all preferences: those of @stored (JSON text of preferences_merge(), or NULL), defaults for the rest. */
void preferences_write(struct json *json, const char *stored);

/** One number or truth (0, 1) of @stored, or its default. The name is one of the table. */
int64_t preferences_number(const char *stored, const char *group, const char *name);

/** Writes JSON Schema of what preferences_write() writes, and of what preferences_merge() takes (api/schema.h). */
void preferences_write_schema(struct json *json, const char *key);
void preferences_write_update_schema(struct json *json, const char *key);

/** @stored with the members of the JSON object @update set: the text to store, free with g_free(). Names that the table
 *  lacks are ignored. NULL with ERR_INVALID; mistakes of value go to @problems with their paths. */
char *preferences_merge(const char *stored, const void *update, size_t size, struct body_problems *problems,
                        GError **error);

/** Answers with account @user's preferences; or merges the body of the request into them first. */
bool preferences_answer(struct call *call, const struct user *user);
bool preferences_change(struct call *call, int64_t user_id, GError **error);
