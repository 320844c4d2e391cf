/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/config.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"

#define GROUP "server"

enum kind { TEXT, LIST, NUMBER };

struct key {
    const char *name;
    enum kind kind;
    size_t offset;
    const char *fallback;
    int64_t least, most; /* NUMBER */
    const char *about;
};

#define TEXT_KEY(name, field, fallback, about)                                                                         \
    {                                                                                                                  \
        name, TEXT, offsetof(struct config, field), fallback, 0, 0, about                                              \
    }
#define NUMBER_KEY(name, field, fallback, least, most, about)                                                          \
    {                                                                                                                  \
        name, NUMBER, offsetof(struct config, field), fallback, least, most, about                                     \
    }

static const struct key keys[] = {
    TEXT_KEY("data", data, "data", "the data folder: originals, catalog, everything"),
    TEXT_KEY("listen", listen, "127.0.0.1:2283", "address and port; port 0 takes a free one"),
    TEXT_KEY("tls-cert", tls_cert, "", "PEM file with the certificate chain; with it the server speaks HTTPS"),
    TEXT_KEY("tls-key", tls_key, "", "PEM file with the key of the certificate"),
    TEXT_KEY("external-url", external_url, "", "what people type, for links: https://photos.example.org"),
    {"trusted-proxies", LIST, offsetof(struct config, trusted_proxies), "127.0.0.1,::1", 0, 0,
     "addresses whose X-Forwarded-* headers count, divided by commas"},
    TEXT_KEY("log-level", log_level, "info", "critical, warning, message, info or debug"),
    TEXT_KEY("worker", worker, "", "path of ambrotype-media; empty: beside this program"),
    NUMBER_KEY("workers", workers, "0", 0, 64, "media workers at once; 0: one a processor, at most 4"),
    NUMBER_KEY("worker-memory-mb", worker_memory_mb, "512", 64, 65536, "memory a media worker may take"),
    NUMBER_KEY("heavy-memory-mb", heavy_memory_mb, "2048", 64, 65536,
               "memory of the one worker that takes photos which need more, one at a time"),
    NUMBER_KEY("worker-seconds", worker_seconds, "60", 1, 3600, "time a media worker may take for a photo"),
    NUMBER_KEY("worker-idle-seconds", worker_idle_seconds, "20", 0, 86400, "an idle media worker ends after this"),
    NUMBER_KEY("max-connections", max_connections, "1024", 8, 65536, "connections at once"),
    NUMBER_KEY("max-per-address", max_per_address, "256", 1, 65536, "connections at once from one address"),
    NUMBER_KEY("header-timeout-seconds", header_timeout_seconds, "20", 1, 3600,
               "the longest silence of a client in the middle of a request"),
    NUMBER_KEY("stop-seconds", stop_seconds, "20", 0, 3600, "time for running requests when the server stops"),
    NUMBER_KEY("reserve-mb", reserve_mb, "256", 0, 1048576, "disk space that uploads leave free"),
    NUMBER_KEY("max-upload-mb", max_upload_mb, "0", 0, 16777216,
               "the largest file that is taken; 0: what the disk holds"),
    NUMBER_KEY("max-photo-mb", max_photo_mb, "0", 0, 16777216,
               "the largest photo that is taken; 0: any, and 75 MB in High quality"),
    NUMBER_KEY("max-photo-megapixels", max_photo_megapixels, "0", 0, 100000,
               "the largest photo that clients are to send; 0: any, and 100 in High quality"),
    NUMBER_KEY("max-video-gb", max_video_gb, "0", 0, 16777,
               "the largest video that is taken; 0: any, and 10 GB in High quality"),
    NUMBER_KEY("trash-days", trash_days, "30", 1, 3650, "what lies in the trash for so long is deleted for good"),
    NUMBER_KEY("user-delete-days", user_delete_days, "7", 1, 3650,
               "an account that was deleted can be brought back for so long"),
    NUMBER_KEY("session-days", session_days, "400", 1, 3650, "a sign-in that was not used for so long ends"),
    TEXT_KEY("store-pack", store_pack, CONFIG_PACK_OFF, "jpegxl: keep JPEG originals as lossless JPEG XL; off"),
    NUMBER_KEY("unpacked-cache-mb", unpacked_cache_mb, "256", 1, 1048576,
               "rebuilt originals of packed ones that are kept for the next reader"),
    TEXT_KEY("login-message", login_message, "", "shown where people sign in"),
};

static bool set_number(const struct key *key, struct config *config, const char *value, const char *where,
                       GError **error)
{
    gint64 number = 0;
    if (!g_ascii_string_to_signed(value, 10, key->least, key->most, &number, NULL))
        return err_set(error, ERR_INVALID,
                       "%s: %s takes a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT ", not \"%s\".",
                       where, key->name, key->least, key->most, value);
    *(int64_t *)((char *)config + key->offset) = number;
    return true;
}

static char **split_list(const char *value)
{
    g_auto(GStrv) parts = g_strsplit_set(value, ", ", -1);
    g_autoptr(GStrvBuilder) list = g_strv_builder_new();
    for (char **part = parts; *part; part++) {
        if (**part)
            g_strv_builder_add(list, *part);
    }
    return g_strv_builder_end(list);
}

static bool set_key(const struct key *key, struct config *config, const char *value, const char *where, GError **error)
{
    if (!g_utf8_validate(value, -1, NULL))
        return err_set(error, ERR_INVALID, "%s: the value of %s is not valid UTF-8 text.", where, key->name);
    void *field = (char *)config + key->offset;
    switch (key->kind) {
    case NUMBER:
        return set_number(key, config, value, where, error);
    case LIST:
        g_strfreev(*(char ***)field);
        *(char ***)field = split_list(value);
        return true;
    case TEXT:
        g_free(*(char **)field);
        *(char **)field = g_strdup(value);
        return true;
    }
    g_assert_not_reached();
}

static const struct key *find_key(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (g_str_equal(keys[i].name, name))
            return &keys[i];
    }
    return NULL;
}

static bool load_file(const char *path, struct config *config, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) cause = NULL;
    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, &cause))
        return err_set(error, ERR_INVALID, "The configuration file %s cannot be read: %s.", path, cause->message);
    g_auto(GStrv) groups = g_key_file_get_groups(file, NULL);
    for (char **group = groups; *group; group++) {
        if (!g_str_equal(*group, GROUP))
            return err_set(error, ERR_INVALID, "%s: there is no group [%s]; keys stand in [" GROUP "].", path, *group);
    }
    g_auto(GStrv) names = g_key_file_get_keys(file, GROUP, NULL, NULL);
    for (char **name = names; name && *name; name++) {
        const struct key *key = find_key(*name);
        if (!key)
            return err_set(error, ERR_INVALID, "%s: there is no key \"%s\".", path, *name);
        g_autofree char *value = g_key_file_get_string(file, GROUP, *name, NULL);
        if (!set_key(key, config, value ? value : "", path, error))
            return false;
    }
    return true;
}

static bool load_environment(struct config *config, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *capitals = g_ascii_strup(keys[i].name, -1);
        g_autofree char *name = g_strconcat("AMBROTYPE_", g_strdelimit(capitals, "-", '_'), NULL);
        const char *value = g_getenv(name);
        if (value && !set_key(&keys[i], config, value, name, error))
            return false;
    }
    return true;
}

static bool load_all(const char *file, const struct config_override *overrides, size_t n_overrides,
                     struct config *config, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (!set_key(&keys[i], config, keys[i].fallback, "default", error))
            return false;
    }
    if ((file && !load_file(file, config, error)) || !load_environment(config, error))
        return false;
    for (size_t i = 0; i < n_overrides; i++) {
        if (overrides[i].value &&
            !set_key(find_key(overrides[i].key), config, overrides[i].value, "command line", error))
            return false;
    }
    if (!g_str_equal(config->store_pack, CONFIG_PACK_OFF) && !g_str_equal(config->store_pack, CONFIG_PACK_JPEGXL))
        return err_set(error, ERR_INVALID,
                       "store-pack takes " CONFIG_PACK_OFF " or " CONFIG_PACK_JPEGXL ", not \"%s\".",
                       config->store_pack);
    if (!*config->tls_cert != !*config->tls_key)
        return err_set(error, ERR_INVALID, "tls-cert and tls-key belong together: give both or neither.");
    GLogLevelFlags level;
    if (!log_level_parse(config->log_level, &level))
        return err_set(error, ERR_INVALID, "log-level takes critical, warning, message, info or debug, not \"%s\".",
                       config->log_level);
    return true;
}

bool config_load(const char *file, const struct config_override *overrides, size_t n_overrides,
                 struct config *ret_config, GError **error)
{
    struct config config = {0};
    if (!load_all(file, overrides, n_overrides, &config, error)) {
        config_clear(&config);
        return false;
    }
    *ret_config = config;
    return true;
}

void config_clear(struct config *config)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        void *field = (char *)config + keys[i].offset;
        if (keys[i].kind == TEXT)
            g_clear_pointer((char **)field, g_free);
        else if (keys[i].kind == LIST)
            g_clear_pointer((char ***)field, g_strfreev);
    }
}

static char *value_text(const struct key *key, const struct config *config)
{
    const void *field = (const char *)config + key->offset;
    switch (key->kind) {
    case NUMBER:
        return g_strdup_printf("%" G_GINT64_FORMAT, *(const int64_t *)field);
    case LIST:
        return g_strjoinv(",", *(char **const *)field);
    case TEXT:
        return g_strdup(*(char *const *)field);
    }
    g_assert_not_reached();
}

void config_print(const struct config *config)
{
    puts("[" GROUP "]");
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *value = value_text(&keys[i], config);
        printf("# %s\n%s=%s\n", keys[i].about, keys[i].name, value);
    }
}
