/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The server's configuration: one table of keys. Each key may stand in the key file ([server] group), in the
 * environment (AMBROTYPE_ and the key in capitals, `-` as `_`), or on the command line; the later wins. An unknown key
 * in the file is an error: a misspelt limit must not be ignored silently.
 *
 * Threads: main thread, at start. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define CONFIG_PACK_OFF "off"
#define CONFIG_PACK_JPEGXL "jpegxl"

struct config {
    char *data;
    char *listen;
    char *tls_cert, *tls_key; /* "": HTTP */
    char *external_url;       /* "" where it is not known */
    char **trusted_proxies;
    char *log_level;
    char *worker; /* path of ambrotype-media; "" finds it beside this program */
    int64_t workers;
    int64_t worker_memory_mb;
    int64_t heavy_memory_mb;
    int64_t worker_seconds;
    int64_t worker_idle_seconds;
    int64_t max_connections;
    int64_t max_per_address;
    int64_t header_timeout_seconds;
    int64_t stop_seconds;
    int64_t reserve_mb;
    int64_t max_upload_mb;
    int64_t max_photo_mb;
    int64_t max_photo_megapixels;
    int64_t max_video_gb;
    int64_t trash_days;
    int64_t user_delete_days;
    int64_t session_days;
    char *store_pack; /* "off" or CONFIG_PACK_JPEGXL */
    int64_t unpacked_cache_mb;
    char *login_message;
};

/** One value for a key from the command line, which wins over all others. */
struct config_override {
    const char *key;
    const char *value; /* NULL: not given */
};

/** Reads defaults, then @file (NULL: none), then the environment, then @overrides. ERR_INVALID names the key, where it
 *  stood and what it takes. Clear with config_clear(). */
bool config_load(const char *file, const struct config_override *overrides, size_t n_overrides,
                 struct config *ret_config, GError **error);
void config_clear(struct config *config);

/** Prints the configuration as a key file with a comment a key. */
void config_print(const struct config *config);
