/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/words.h"

#include <string.h>

const char *const words_visibility[] = {"archive", "timeline", "hidden", "locked", NULL};
const char *const words_avatar_color[] = {"primary", "pink",   "red",  "yellow", "blue", "green",
                                          "purple",  "orange", "gray", "amber",  NULL};
const char *const words_asset_order[] = {"asc", "desc", NULL};

/* What a permission is about, and the verbs it knows. */
static const struct subject {
    const char *name;
    const char *verbs;
} subjects[] = {
    {"activity", "create read update delete statistics"},
    {"apiKey", "create read update delete rotate"},
    {"asset", "read update delete statistics share view download upload copy derive edit.get edit.create edit.delete"},
    {"assetFile", "read delete download"},
    {"album", "create read update delete statistics share download"},
    {"albumAsset", "create delete"},
    {"albumUser", "create update delete"},
    {"auth", "changePassword"},
    {"authDevice", "delete"},
    {"archive", "read"},
    {"backup", "list download upload delete"},
    {"clusterGroup", "read leave"},
    {"clusterGroupRequest", "create read delete"},
    {"adminConfig", "read update"},
    {"userConfig", "read"},
    {"duplicate", "read delete"},
    {"face", "create read update delete"},
    {"folder", "read"},
    {"job", "create read"},
    {"library", "create read update delete statistics"},
    {"timeline", "read download"},
    {"map", "read search"},
    {"memory", "create read update delete statistics"},
    {"memoryAsset", "create delete"},
    {"notification", "create read update delete"},
    {"partner", "create read update delete"},
    {"person", "create read update delete statistics merge reassign"},
    {"pinCode", "create update delete"},
    {"plugin", "create read update delete"},
    {"server", "about apkLinks storage statistics versionCheck"},
    {"serverLicense", "read update delete"},
    {"session", "create read update delete lock"},
    {"sharedLink", "create read update delete"},
    {"stack", "create read update delete"},
    {"sync", "stream"},
    {"syncCheckpoint", "read update delete"},
    {"systemConfig", "read update"},
    {"systemMetadata", "read update"},
    {"tag", "create read update delete asset"},
    {"user", "read update"},
    {"userLicense", "create read update delete"},
    {"userOnboarding", "read update delete"},
    {"userPreference", "read update"},
    {"userProfileImage", "create read update delete"},
    {"queue", "read update"},
    {"queueJob", "create read update delete"},
    {"workflow", "create read update delete logs"},
    {"adminUser", "create read update delete"},
    {"adminSession", "read"},
    {"adminAuth", "unlinkAll"},
};

bool word_is_one_of(const char *word, const char *const *list)
{
    return word && g_strv_contains(list, word);
}

bool word_is_visibility(const char *word)
{
    return word_is_one_of(word, words_visibility);
}

bool word_bool(const char *word, bool *ret_value)
{
    static const char *const yes[] = {"true", "1", NULL}, *const no[] = {"false", "0", NULL};
    if (word_is_one_of(word, yes))
        *ret_value = true;
    else if (word_is_one_of(word, no))
        *ret_value = false;
    else
        return false;
    return true;
}

bool word_is_permission(const char *name)
{
    if (strcmp(name, "all") == 0 || strcmp(name, "maintenance") == 0)
        return true;
    const char *dot = strchr(name, '.');
    if (!dot)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(subjects); i++) {
        size_t length = strlen(subjects[i].name);
        if (length != (size_t)(dot - name) || strncmp(subjects[i].name, name, length) != 0)
            continue;
        g_auto(GStrv) verbs = g_strsplit(subjects[i].verbs, " ", -1);
        return g_strv_contains((const char *const *)verbs, dot + 1);
    }
    return false;
}
