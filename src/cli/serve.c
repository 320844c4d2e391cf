/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `ambrotype serve`: puts the rooms together, waits for a signal, takes them apart in the opposite order. While it
 * waits it keeps house: once at start and every hour. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <time.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "catalog/quality.h"
#include "cli/cli.h"
#include "cli/config.h"
#include "cli/formats.h"
#include "cli/upkeep.h"
#include "db/db.h"
#include "ingest/ingest.h"
#include "jobs/jobs.h"
#include "media/media.h"
#include "store/store.h"

enum { UPKEEP_SECONDS = 3600 };

struct server {
    struct store *store;
    struct db *db;
    struct ingest *ingest;
    struct media *media;
    struct jobs *jobs;
    struct api *api;
    struct formats_look *formats;
};

static void wake_jobs(void *data)
{
    jobs_wake(data);
}

/* A derived/ that was deleted is no reason not to start, nor is trouble in looking at it. */
static void look_for_loss(struct server *server)
{
    g_autoptr(GError) error = NULL;
    bool lost = false;
    if (!media_look_for_loss(server->db, server->store, &lost, &error)) {
        log_error("media.rebuild-failed", error);
    } else if (lost) {
        log_event(G_LOG_LEVEL_MESSAGE, "media.rebuild-begun", "reason", "derived/ is empty", NULL);
        jobs_wake(server->jobs);
    }
}

static bool open_catalog(struct server *server, const struct config *config, GError **error)
{
    g_autofree char *target = g_strconcat("sqlite:", config->data, G_DIR_SEPARATOR_S "ambrotype.db", NULL);
    g_autofree char *copies = g_build_filename(config->data, "backups", NULL);
    struct uuid identity = store_identity(server->store);
    bool is_empty = false;
    server->db = db_open(target, error);
    return server->db && store_is_empty(server->store, &is_empty, error) &&
           catalog_migrate(server->db, copies, error) && catalog_check_identity(server->db, &identity, is_empty, error);
}

static bool start_work(struct server *server, const struct config *config, GError **error)
{
    server->ingest = ingest_new(server->db, server->store);
    ingest_set_reserve(server->ingest, config->reserve_mb * INT64_C(1000000));
    const struct quality_limits limits = {
        .photo_bytes = config->max_photo_mb * INT64_C(1000000),
        .photo_pixels = config->max_photo_megapixels * INT64_C(1000000),
        .video_bytes = config->max_video_gb * INT64_C(1000000000),
    };
    ingest_set_limits(server->ingest, &limits);
    const struct media_config media = {
        .workers = (unsigned)config->workers,
        .memory_mb = (unsigned)config->worker_memory_mb,
        .heavy_memory_mb = (unsigned)config->heavy_memory_mb,
        .time_limit_s = (unsigned)config->worker_seconds,
        .idle_s = (unsigned)config->worker_idle_seconds,
        .packs = g_str_equal(config->store_pack, CONFIG_PACK_JPEGXL),
        .unpacked_mb = (unsigned)config->unpacked_cache_mb,
    };
    server->media = media_start(server->db, server->store, *config->worker ? config->worker : NULL, &media, error);
    if (!server->media || !media_prepare_jobs(server->media, error))
        return false;
    size_t n_kinds;
    const struct jobs_kind *kinds = media_jobs_kinds(server->media, &n_kinds);
    server->jobs = jobs_start(server->db, kinds, n_kinds, error);
    if (!server->jobs)
        return false;
    ingest_on_stored(server->ingest, wake_jobs, server->jobs);
    look_for_loss(server);
    return true;
}

static bool start(struct server *server, const struct config *config, GError **error)
{
    server->store = store_open(config->data, error);
    if (!server->store || !open_catalog(server, config, error) || !start_work(server, config, error))
        return false;
    const struct api_config api = {
        .db = server->db,
        .store = server->store,
        .ingest = server->ingest,
        .media = server->media,
        .jobs = server->jobs,
        .listen = config->listen,
        .trusted_proxies = (const char *const *)config->trusted_proxies,
        .tls_cert = config->tls_cert,
        .tls_key = config->tls_key,
        .external_domain = config->external_url,
        .login_message = config->login_message,
        .trash_days = (unsigned)config->trash_days,
        .user_delete_days = (unsigned)config->user_delete_days,
        .session_days = (unsigned)config->session_days,
        .max_upload_bytes = config->max_upload_mb * INT64_C(1000000),
        .max_connections = (unsigned)config->max_connections,
        .max_per_address = (unsigned)config->max_per_address,
        .header_timeout_s = (unsigned)config->header_timeout_seconds,
    };
    server->api = api_start(&api, error);
    return server->api != NULL;
}

/* Whatever was started is ended, the last first: requests, jobs, workers, files. */
static void stop(struct server *server, unsigned grace_s)
{
    api_stop(server->api, grace_s);
    jobs_stop(server->jobs, grace_s);
    formats_end(server->formats); /* it may wait for a worker that a job had */
    media_stop(server->media);
    if (server->ingest)
        ingest_free(server->ingest);
    db_close(server->db);
    if (server->store)
        store_close(server->store);
}

static void keep_house(struct server *server, const struct config *config)
{
    upkeep(&(struct upkeep){
        .db = server->db,
        .store = server->store,
        .ingest = server->ingest,
        .trash_days = (unsigned)config->trash_days,
        .session_days = (unsigned)config->session_days,
    });
    g_autoptr(GError) error = NULL;
    if (!media_look_for_work(server->media, &error))
        log_error("upkeep.look-for-work", error);
    jobs_wake(server->jobs);
}

/* A renewed certificate. One that cannot be used leaves the old one in place, and the server up. */
static void reload(struct server *server)
{
    g_autoptr(GError) error = NULL;
    if (api_reload_tls(server->api, &error))
        log_event(G_LOG_LEVEL_MESSAGE, "server.certificate-reloaded", NULL);
    else
        log_error("server.certificate-kept", error);
}

/* Waits for SIGTERM or SIGINT, which every thread has blocked; SIGHUP is among @signals where there is a certificate.
 */
static int wait_for_stop(struct server *server, const struct config *config, const sigset_t *signals)
{
    const struct timespec hour = {.tv_sec = UPKEEP_SECONDS};
    for (;;) {
        int signal = sigtimedwait(signals, NULL, &hour);
        if (signal == SIGHUP)
            reload(server);
        else if (signal > 0)
            return signal;
        if (errno == EAGAIN)
            keep_house(server, config);
    }
}

static int serve(const struct config *config, const sigset_t *signals)
{
    struct server server = {0};
    g_autoptr(GError) error = NULL;
    if (!start(&server, config, &error)) {
        stop(&server, 0);
        return cli_fail(error);
    }
    log_event(G_LOG_LEVEL_MESSAGE, "server.started", "version", AMBROTYPE_VERSION, "data", config->data, "address",
              api_url(server.api), NULL);
    printf("Ambrotype is ready: %s\n", api_url(server.api));
    fflush(stdout);
    server.formats = formats_begin(server.media);
    keep_house(&server, config);
    int signal = wait_for_stop(&server, config, signals);
    log_event(G_LOG_LEVEL_MESSAGE, "server.stopping", "signal", g_strsignal(signal), NULL);
    stop(&server, (unsigned)config->stop_seconds);
    log_event(G_LOG_LEVEL_MESSAGE, "server.stopped", NULL);
    return CLI_OK;
}

int cmd_serve(int argc, char **argv)
{
    g_autofree char *data = NULL, *listen = NULL, *file = NULL, *tls_cert = NULL, *tls_key = NULL;
    gboolean print_config = FALSE;
    const GOptionEntry entries[] = {
        {"data", 'd', 0, G_OPTION_ARG_FILENAME, &data, "The data folder (data)", "DIR"},
        {"listen", 'l', 0, G_OPTION_ARG_STRING, &listen, "Where to listen (127.0.0.1:2283)", "ADDRESS:PORT"},
        {"tls-cert", 0, 0, G_OPTION_ARG_FILENAME, &tls_cert, "Certificate chain (PEM): speak HTTPS", "FILE"},
        {"tls-key", 0, 0, G_OPTION_ARG_FILENAME, &tls_key, "Its key (PEM)", "FILE"},
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &file, "Read this key file", "FILE"},
        {"print-config", 0, 0, G_OPTION_ARG_NONE, &print_config, "Print the configuration in force and end", NULL},
        G_OPTION_ENTRY_NULL,
    };
    if (!cli_parse(&argc, &argv, "serve [--data DIR] [--listen ADDRESS:PORT] [--config FILE]",
                   "Runs the server until SIGTERM or SIGINT.", entries))
        return CLI_USAGE;
    if (argc > 1)
        return cli_usage("serve", "unexpected word \"%s\".", argv[1]);

    const struct config_override overrides[] = {
        {"data", data}, {"listen", listen}, {"tls-cert", tls_cert}, {"tls-key", tls_key}};
    const char *path = file ? file : g_getenv("AMBROTYPE_CONFIG");
    struct config config = {0};
    g_autoptr(GError) error = NULL;
    if (!config_load(path, overrides, G_N_ELEMENTS(overrides), &config, &error)) {
        cli_fail(error);
        return CLI_USAGE;
    }
    if (print_config) {
        config_print(&config);
        config_clear(&config);
        return CLI_OK;
    }
    GLogLevelFlags level = G_LOG_LEVEL_INFO;
    log_level_parse(config.log_level, &level);
    log_set_level(level);
    log_adopt_glib();

    /* Blocked before any thread starts, so that all inherit it and only wait_for_stop() sees them. */
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    if (*config.tls_cert)
        sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    int exit_code = serve(&config, &signals);
    config_clear(&config);
    return exit_code;
}

int cmd_routes(int argc, char **argv)
{
    api_print_routes(stdout);
    return CLI_OK;
}

int cmd_openapi(int argc, char **argv)
{
    api_print_document(stdout);
    return CLI_OK;
}
