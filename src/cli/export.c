/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `ambrotype export`: everything back out as ordinary files. */
#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "base/text.h"
#include "catalog/assets.h"
#include "catalog/users.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "db/db.h"
#include "ingest/export.h"
#include "store/store.h"

static bool on_progress(int64_t done_assets, int64_t done_bytes, void *data)
{
    return cli_progress_step(data, done_assets, done_bytes);
}

static void on_failed(const char *path, const GError *reason, void *data)
{
    cli_progress_clear(data);
    printf("NOT WRITTEN %s: %s\n", path, reason->message);
}

/* The row id of @email's account; 0 (everybody) without one. */
static bool find_owner(struct db *db, const char *email, int64_t *ret_owner_id, GError **error)
{
    if (!email) {
        *ret_owner_id = 0;
        return true;
    }
    USER_AUTO struct user user = {0};
    DB_READ struct db_conn *conn = db_read_begin(db, error);
    if (!conn || !users_find_email(conn, email, &user, error))
        return false;
    *ret_owner_id = user.id;
    return true;
}

/* A photo that no worker has looked into yet lies under the date that its device told. */
static void say_undated(struct db *db, int64_t owner_id)
{
    int64_t waiting = 0, failed = 0;
    g_autoptr(GError) error = NULL;
    DB_READ struct db_conn *conn = db_read_begin(db, &error);
    if (conn && asset_media_counts(conn, owner_id, &waiting, &failed, &error) && waiting > 0)
        printf("%" PRId64 " %s not looked into yet, and filed under the date that the device told: let the server run "
               "(`ambrotype jobs --wait`), then export again.\n",
               waiting, waiting == 1 ? "photo is" : "photos are");
}

static int export(struct cli_data *data, const char *target, const char *email)
{
    struct cli_progress progress;
    struct export_options options = {.target = target, .progress = on_progress, .failed = on_failed, .data = &progress};
    struct export_report report = {0};
    g_autoptr(GError) error = NULL;
    if (!find_owner(data->db, email, &options.owner_id, &error))
        return cli_fail(error);
    cli_progress_begin(&progress, "Exported", 0);
    bool ok = export_run(data->db, data->store, &options, &report, &error);
    cli_progress_end(&progress);
    if (!ok)
        return cli_fail(error);
    say_undated(data->db, options.owner_id);
    g_autofree char *size = text_size((guint64)report.bytes);
    printf("Exported to %s: %" PRId64 " files written (%s), each compared with its hash; %" PRId64
           " were there already; %" PRId64 " could not be written.\n",
           target, report.written, size, report.present, report.failed);
    return report.failed > 0 ? CLI_FAILED : CLI_OK;
}

int cmd_export(int argc, char **argv)
{
    g_autofree char *data = NULL, *email = NULL;
    const GOptionEntry entries[] = {
        {"data", 'd', 0, G_OPTION_ARG_FILENAME, &data, "The data folder (data)", "DIR"},
        {"user", 'u', 0, G_OPTION_ARG_STRING, &email, "Only the photos of this account", "EMAIL"},
        G_OPTION_ENTRY_NULL,
    };
    if (!cli_parse(&argc, &argv, "export [--data DIR] [--user EMAIL] TARGET",
                   "Writes everything back out as ordinary files with their dates, below TARGET, a folder for each\n"
                   "account. May be run again: what is there already is left alone. Also while the server runs.",
                   entries))
        return CLI_USAGE;
    if (argc != 2)
        return cli_usage("export", argc < 2 ? "say where to: export TARGET." : "give one TARGET.");

    g_autofree char *data_dir = data ? g_strdup(data) : cli_default_data();
    g_autoptr(GError) error = NULL;
    struct cli_data opened = {0};
    if (!cli_data_open(data_dir, &opened, &error))
        return cli_fail(error);
    cli_data_start_media(&opened, NULL); /* without it, packed originals are told as not written */
    int exit_code = export(&opened, argv[1], email);
    cli_data_close(&opened);
    return exit_code;
}
