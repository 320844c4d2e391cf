/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The program's log: one line an event on standard error, `time level event key=value …`, values quoted where they
 * hold anything but plain characters, so that a line is always one line. Program code logs, library code does not.
 *
 * Threads: any; a line is written with one write(2). log_request_id() is per thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/** Lines quieter than @level are dropped. Default: G_LOG_LEVEL_INFO. */
void log_set_level(GLogLevelFlags level);

/** Parses "debug", "info", "message", "warning", "critical". False for others. */
bool log_level_parse(const char *text, GLogLevelFlags *ret_level);

/** Sends what GLib and libraries log through g_log() here as well. Call once at start. */
void log_adopt_glib(void);

/** The request that this thread now works for; its id is added to each line. NULL ends it. The text is not copied. */
void log_set_request(const char *request_id);

/** Writes @event (a fixed word such as "upload.stored") with pairs of key and value: const char *key, const char
 *  *value, …, NULL. A NULL value skips its pair. */
void log_event(GLogLevelFlags level, const char *event, ...) G_GNUC_NULL_TERMINATED;

/** Logs @error as @event with its kind, message and detail, at the level of its kind. */
void log_error(const char *event, const GError *error);
