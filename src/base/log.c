/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"

/* Written once at start, read by all threads. */
static GLogLevelFlags loudest_dropped_below = G_LOG_LEVEL_INFO;

static _Thread_local const char *current_request;

static const struct {
    const char *name;
    GLogLevelFlags level;
} levels[] = {
    {"critical", G_LOG_LEVEL_CRITICAL}, {"warning", G_LOG_LEVEL_WARNING}, {"message", G_LOG_LEVEL_MESSAGE},
    {"info", G_LOG_LEVEL_INFO},         {"debug", G_LOG_LEVEL_DEBUG},
};

void log_set_level(GLogLevelFlags level)
{
    loudest_dropped_below = level;
}

bool log_level_parse(const char *text, GLogLevelFlags *ret_level)
{
    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++) {
        if (g_strcmp0(text, levels[i].name) == 0) {
            *ret_level = levels[i].level;
            return true;
        }
    }
    return false;
}

static const char *level_name(GLogLevelFlags level)
{
    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++) {
        if (level & levels[i].level)
            return levels[i].name;
    }
    return "error";
}

void log_set_request(const char *request_id)
{
    current_request = request_id;
}

static void append_value(GString *line, const char *value)
{
    static const char plain[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.:/+@%,";
    if (value[0] && value[strspn(value, plain)] == '\0') {
        g_string_append(line, value);
        return;
    }
    g_string_append_c(line, '"');
    for (const unsigned char *c = (const unsigned char *)value; *c; c++) {
        if (*c == '"' || *c == '\\')
            g_string_append_printf(line, "\\%c", *c);
        else if (*c < 0x20 || *c == 0x7f)
            g_string_append_printf(line, "\\x%02x", *c);
        else
            g_string_append_c(line, (char)*c);
    }
    g_string_append_c(line, '"');
}

static GString *begin_line(GLogLevelFlags level, const char *event)
{
    char now[ISO_TEXT_SIZE];
    GString *line = g_string_sized_new(256);
    g_string_append_printf(line, "%s %s %s", iso_format(clock_now_us(), now), level_name(level), event);
    if (current_request) {
        g_string_append(line, " request=");
        append_value(line, current_request);
    }
    return line;
}

static void append_pair(GString *line, const char *key, const char *value)
{
    if (!value)
        return;
    g_string_append_printf(line, " %s=", key);
    append_value(line, value);
}

static void end_line(GString *line)
{
    g_string_append_c(line, '\n');
    /* A log that cannot be written has nowhere to complain. */
    ssize_t ignored = write(STDERR_FILENO, line->str, line->len);
    (void)ignored;
    g_string_free(line, TRUE);
}

void log_event(GLogLevelFlags level, const char *event, ...)
{
    if (level > loudest_dropped_below)
        return;
    GString *line = begin_line(level, event);
    va_list args;
    va_start(args, event);
    for (const char *key; (key = va_arg(args, const char *));)
        append_pair(line, key, va_arg(args, const char *));
    va_end(args);
    end_line(line);
}

void log_error(const char *event, const GError *error)
{
    const struct err_info *info = err_info(error);
    if (info->level > loudest_dropped_below)
        return;
    GString *line = begin_line(info->level, event);
    append_pair(line, "kind", info->name);
    append_pair(line, "message", error ? error->message : NULL);
    append_pair(line, "detail", err_detail(error));
    end_line(line);
}

static GLogWriterOutput write_glib(GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer unused)
{
    if ((level & G_LOG_LEVEL_MASK) > loudest_dropped_below)
        return G_LOG_WRITER_HANDLED;
    GString *line = begin_line(level, "glib");
    for (gsize i = 0; i < n_fields; i++) {
        if (strcmp(fields[i].key, "MESSAGE") == 0 && fields[i].length < 0)
            append_pair(line, "message", fields[i].value);
    }
    end_line(line);
    return G_LOG_WRITER_HANDLED;
}

void log_adopt_glib(void)
{
    g_log_set_writer_func(write_glib, NULL, NULL);
}
