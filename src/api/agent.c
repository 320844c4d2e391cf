/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/agent.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"

enum { WORD_MAX = 128 };

struct mark {
    const char *needle, *name;
};

/* In this order: browsers name those that they imitate behind their own name. */
static const struct mark browsers[] = {
    {"Edg/", "Edge"},          {"EdgA/", "Edge"},     {"OPR/", "Opera"},       {"SamsungBrowser/", "Samsung Internet"},
    {"Vivaldi/", "Vivaldi"},   {"FxiOS/", "Firefox"}, {"Firefox/", "Firefox"}, {"CriOS/", "Chrome"},
    {"Chromium/", "Chromium"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
};
static const struct mark systems[] = {
    {"Windows", "Windows"}, {"iPhone", "iOS"},     {"iPad", "iPadOS"}, {"Android", "Android"},
    {"CrOS", "ChromeOS"},   {"Mac OS X", "macOS"}, {"Linux", "Linux"},
};
/* The second pair is of earlier versions. */
static const struct mark apps[] = {
    {"immich-android/", "Android"},
    {"immich-ios/", "iOS"},
    {"Immich_Android_", "Android"},
    {"Immich_iOS_", "iOS"},
};

static const struct mark *find(const struct mark *marks, size_t n, const char *text)
{
    for (size_t i = 0; text && i < n; i++)
        if (strstr(text, marks[i].needle))
            return &marks[i];
    return NULL;
}

static char *word(const char *text)
{
    if (!text || !*text)
        return g_strdup("");
    return text_file_name(text, WORD_MAX);
}

static char *version_after(const char *text, const char *needle)
{
    const char *version = strstr(text, needle) + strlen(needle);
    size_t length = strspn(version, "0123456789.");
    return length > 0 && length <= WORD_MAX ? g_strndup(version, length) : NULL;
}

void agent_clear(struct agent *agent)
{
    g_free(agent->type);
    g_free(agent->os);
    g_free(agent->app_version);
    *agent = (struct agent){0};
}

struct agent agent_parse(const char *user_agent, const char *device_model, const char *device_type)
{
    const struct mark *app = find(apps, G_N_ELEMENTS(apps), user_agent);
    const struct mark *browser = find(browsers, G_N_ELEMENTS(browsers), user_agent);
    const struct mark *system = find(systems, G_N_ELEMENTS(systems), user_agent);
    struct agent agent = {
        .type = browser && !app ? g_strdup(browser->name) : word(device_model),
        .os = app      ? g_strdup(app->name)
              : system ? g_strdup(system->name)
                       : word(device_type),
    };
    if (app)
        agent.app_version = version_after(user_agent, app->needle);
    return agent;
}
