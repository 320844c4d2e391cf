/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `ambrotype jobs`: what the server has still to do (reading the dates of photos, making their pictures), and waiting
 * for it. Looks into the catalog; the server does the work. */
#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "catalog/assets.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "store/store.h"

enum { LOOK_US = 200000 };

struct work {
    struct jobs_counts jobs;
    int64_t waiting_assets, failed_assets;
};

static bool look(struct db *db, struct work *ret_work, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(db, error);
    return conn && jobs_count(conn, NULL, &ret_work->jobs, error) &&
           asset_media_counts(conn, 0, &ret_work->waiting_assets, &ret_work->failed_assets, error);
}

/* Waits until nothing is to be done; Ctrl-C ends the waiting, not the work. */
static bool wait_for_work(struct db *db, struct work *ret_work, GError **error)
{
    struct cli_progress progress;
    cli_progress_begin(&progress, "Looked into", ret_work->jobs.waiting + ret_work->jobs.active);
    bool ok = true, goes_on = true;
    while (ok && goes_on && ret_work->jobs.waiting + ret_work->jobs.active > 0) {
        g_usleep(LOOK_US);
        ok = look(db, ret_work, error);
        int64_t left = ret_work->jobs.waiting + ret_work->jobs.active;
        goes_on = cli_progress_step(&progress, MAX(progress.total - left, 0), 0);
    }
    cli_progress_end(&progress);
    return ok;
}

static int print_work(const struct work *work)
{
    printf("Jobs: %" PRId64 " waiting, %" PRId64 " at work, %" PRId64 " failed.\n", work->jobs.waiting,
           work->jobs.active, work->jobs.failed);
    if (work->waiting_assets > 0)
        printf("%" PRId64 " %s not looked into yet: until then the date is the one that the device told.\n",
               work->waiting_assets, work->waiting_assets == 1 ? "photo is" : "photos are");
    if (work->failed_assets > 0)
        printf("Of %" PRId64 " %s no picture could be made, or only a part: stored all the same; the page says why.\n",
               work->failed_assets, work->failed_assets == 1 ? "file" : "files");
    return CLI_OK;
}

int cmd_jobs(int argc, char **argv)
{
    g_autofree char *data = NULL;
    gboolean wait = FALSE;
    const GOptionEntry entries[] = {
        {"data", 'd', 0, G_OPTION_ARG_FILENAME, &data, "The data folder (data)", "DIR"},
        {"wait", 'w', 0, G_OPTION_ARG_NONE, &wait, "Wait until the server has done all of them", NULL},
        G_OPTION_ENTRY_NULL,
    };
    if (!cli_parse(&argc, &argv, "jobs [--data DIR] [--wait]",
                   "Shows what the server has still to do with the photos that came in.", entries))
        return CLI_USAGE;
    if (argc > 1)
        return cli_usage("jobs", "unexpected word \"%s\".", argv[1]);
    g_autofree char *data_dir = data ? g_strdup(data) : cli_default_data();
    g_autoptr(GError) error = NULL;
    struct cli_data opened = {0};
    struct work work = {0};
    if (!cli_data_open(data_dir, &opened, &error))
        return cli_fail(error);
    bool ok = look(opened.db, &work, &error) && (!wait || wait_for_work(opened.db, &work, &error));
    cli_data_close(&opened);
    return ok ? print_work(&work) : cli_fail(error);
}
