/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `ambrotype jobs`: what the server has still to do (reading the dates of photos, making their pictures, …), waiting
 * for it, stopping it, what failed and trying that again. Looks into the catalog, and writes there what the server is
 * to do; the server does the work and notices within seconds. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "catalog/assets.h"
#include "catalog/problems.h"
#include "catalog/rebuilds.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "media/kinds.h"
#include "media/media.h"
#include "store/store.h"

enum { LOOK_US = 200000 };

struct work {
    struct jobs_counts jobs;
    int64_t paused; /* of the waiting: they wait for somebody to resume their kind */
    int64_t waiting_assets, failed_assets;
};

static bool look(struct db *db, struct work *ret_work, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(db, error);
    ret_work->paused = 0;
    for (size_t i = 0; conn && i < media_n_kinds; i++) {
        struct jobs_counts counts;
        bool is_paused = false;
        if (!jobs_is_paused(conn, media_kinds[i].name, &is_paused, error) ||
            (is_paused && !jobs_count(conn, media_kinds[i].name, &counts, error)))
            return false;
        ret_work->paused += is_paused ? counts.waiting : 0;
    }
    return conn && jobs_count(conn, NULL, &ret_work->jobs, error) &&
           asset_media_counts(conn, 0, &ret_work->waiting_assets, &ret_work->failed_assets, error);
}

static int64_t left_to_do(const struct work *work)
{
    return work->jobs.waiting - work->paused + work->jobs.active;
}

/* Waits until nothing is to be done but what is paused; Ctrl-C ends the waiting, not the work. */
static bool wait_for_work(struct db *db, struct work *ret_work, GError **error)
{
    struct cli_progress progress;
    cli_progress_begin(&progress, "Looked into", left_to_do(ret_work));
    bool ok = true, goes_on = true;
    while (ok && goes_on && left_to_do(ret_work) > 0) {
        g_usleep(LOOK_US);
        ok = look(db, ret_work, error);
        goes_on = cli_progress_step(&progress, MAX(progress.total - left_to_do(ret_work), 0), 0);
    }
    cli_progress_end(&progress);
    return ok;
}

/* ---- the overview ---- */

struct printing {
    struct db_conn *conn;
    GError *failure;
};

static bool print_active(const struct jobs_row *row, void *data)
{
    struct printing *printing = data;
    ASSET_CAPTION_AUTO struct asset_caption caption = {0};
    if (!media_job_caption(printing->conn, media_kind_find(row->kind), row->subject, &caption, &printing->failure))
        return false;
    if (caption.file_name && row->progress_permille > 0)
        printf("    %s: %" PRId64 " %%\n", caption.file_name, row->progress_permille / 10);
    else if (caption.file_name)
        printf("    %s\n", caption.file_name);
    return true;
}

/* One line a kind that has something to tell, and the files that it works on. */
static bool print_kind(struct db_conn *conn, const struct media_kind *kind, GError **error)
{
    enum { ACTIVE_SHOWN = 20 };
    struct jobs_counts counts;
    bool is_paused = false;
    if (!jobs_count(conn, kind->name, &counts, error) || !jobs_is_paused(conn, kind->name, &is_paused, error))
        return false;
    if (counts.waiting + counts.active + counts.failed == 0 && !is_paused)
        return true;
    printf("  %s: %" PRId64 " waiting, %" PRId64 " at work, %" PRId64 " failed%s (%s)\n", kind->name, counts.waiting,
           counts.active, counts.failed, is_paused ? ", PAUSED" : "", kind->words);
    struct printing printing = {.conn = conn};
    if (!jobs_list(conn, kind->name, "active", 0, ACTIVE_SHOWN, print_active, &printing, error))
        return false;
    if (printing.failure)
        g_propagate_error(error, printing.failure);
    return !printing.failure;
}

static bool print_kinds(struct db *db, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(db, error);
    int64_t left = 0;
    if (!conn || !rebuild_left(conn, &left, error))
        return false;
    for (size_t i = 0; i < media_n_kinds; i++)
        if (!print_kind(conn, &media_kinds[i], error))
            return false;
    if (left > 0)
        printf("Pictures are being made again: %" PRId64 " more %s to be looked at.\n", left,
               left == 1 ? "file is" : "files are");
    return true;
}

static bool print_work(struct db *db, const struct work *work, GError **error)
{
    printf("Jobs: %" PRId64 " waiting, %" PRId64 " at work, %" PRId64 " failed.\n", work->jobs.waiting,
           work->jobs.active, work->jobs.failed);
    if (!print_kinds(db, error))
        return false;
    if (work->waiting_assets > 0)
        printf("%" PRId64 " %s not looked into yet: until then the date is the one that the device told.\n",
               work->waiting_assets, work->waiting_assets == 1 ? "photo is" : "photos are");
    if (work->failed_assets > 0)
        printf("Of %" PRId64 " %s no picture could be made, or only a part: stored all the same. "
               "`ambrotype jobs list-failed` says why.\n",
               work->failed_assets, work->failed_assets == 1 ? "file" : "files");
    return true;
}

static bool overview(struct db *db, bool wait, GError **error)
{
    struct work work = {0};
    return look(db, &work, error) && (!wait || wait_for_work(db, &work, error)) && print_work(db, &work, error);
}

/* ---- what failed ---- */

static bool print_failed_job(const struct jobs_row *row, void *data)
{
    struct printing *printing = data;
    const struct media_kind *kind = media_kind_find(row->kind);
    ASSET_CAPTION_AUTO struct asset_caption caption = {0};
    /* Those that make pictures are told by their file. */
    if (strcmp(kind->queue, "thumbnailGeneration") == 0 && kind->about == MEDIA_ABOUT_ASSET)
        return true;
    if (!media_job_caption(printing->conn, kind, row->subject, &caption, &printing->failure))
        return false;
    printf("%s (%s): %s\n", caption.file_name ? caption.file_name : "-", row->kind, row->error ? row->error : "?");
    return true;
}

struct page {
    int64_t last_id;
    unsigned n;
};

static bool print_problem(const struct asset_problem *problem, void *data)
{
    struct page *page = data;
    printf("%s (%s): %s\n", problem->file_name, problem->owner_name, problem->reason ? problem->reason : "?");
    page->last_id = problem->id;
    page->n++;
    return true;
}

static bool list_failed(struct db *db, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(db, error);
    struct printing printing = {.conn = conn};
    struct page page = {0};
    if (!conn || !jobs_list(conn, NULL, "failed", 0, UINT32_MAX, print_failed_job, &printing, error))
        return false;
    if (printing.failure) {
        g_propagate_error(error, printing.failure);
        return false;
    }
    do {
        page.n = 0;
        if (!asset_problems(conn, page.last_id, ASSETS_BATCH, print_problem, &page, error))
            return false;
    } while (page.n == ASSETS_BATCH);
    return true;
}

/* ---- steering ---- */

struct steering {
    const char *kind; /* NULL: all */
    bool pauses;
};

static bool steer(struct db_conn *conn, void *data, GError **error)
{
    const struct steering *steering = data;
    for (size_t i = 0; i < media_n_kinds; i++) {
        const char *name = media_kinds[i].name;
        if (steering->kind && strcmp(steering->kind, name) != 0)
            continue;
        if (!(steering->pauses ? jobs_pause(conn, name, error) : jobs_resume(conn, name, error)))
            return false;
    }
    /* Those that the API stopped by the name of a queue. */
    for (const char *const *queue = media_queues; !steering->pauses && !steering->kind && *queue; queue++)
        if (!jobs_resume(conn, *queue, error))
            return false;
    return true;
}

static bool pause_or_resume(struct db *db, const char *kind, bool pauses, GError **error)
{
    struct steering steering = {kind, pauses};
    if (kind && !*media_kind_find(kind)->name)
        return err_set(error, ERR_INVALID, "There is no kind of jobs \"%s\"; `ambrotype jobs` names those that wait.",
                       kind);
    if (!db_write(db, steer, &steering, error))
        return false;
    printf("%s: %s.\n", kind ? kind : "All jobs", pauses ? "paused, until you resume them" : "going on");
    return true;
}

static bool retry_failed(struct db *db, GError **error)
{
    int64_t n = 0;
    if (!media_retry(db, NULL, &n, error))
        return false;
    printf("Tried again: %" PRId64 ".\n", n);
    return true;
}

static bool rebuild(struct db *db, bool all, GError **error)
{
    if (!media_rebuild(db, all, error))
        return false;
    puts(all ? "All pictures will be made again, the newest first."
             : "Missing pictures will be made, the newest first.");
    return true;
}

static const char *const words[] = {"pause", "resume", "retry-failed", "list-failed", "rebuild", NULL};

static bool obey(struct db *db, const char *word, const char *kind, bool all, GError **error)
{
    if (strcmp(word, "pause") == 0 || strcmp(word, "resume") == 0)
        return pause_or_resume(db, kind, strcmp(word, "pause") == 0, error);
    if (strcmp(word, "retry-failed") == 0)
        return retry_failed(db, error);
    if (strcmp(word, "list-failed") == 0)
        return list_failed(db, error);
    return rebuild(db, all, error);
}

int cmd_jobs(int argc, char **argv)
{
    g_autofree char *data = NULL;
    gboolean wait = FALSE, all = FALSE;
    const GOptionEntry entries[] = {
        {"data", 'd', 0, G_OPTION_ARG_FILENAME, &data, "The data folder (data)", "DIR"},
        {"wait", 'w', 0, G_OPTION_ARG_NONE, &wait, "Wait until the server has done all of them", NULL},
        {"all", 0, 0, G_OPTION_ARG_NONE, &all, "With rebuild: also what is there", NULL},
        G_OPTION_ENTRY_NULL,
    };
    if (!cli_parse(&argc, &argv,
                   "jobs [--data DIR] [--wait] [pause [KIND] | resume [KIND] | list-failed | retry-failed |"
                   " rebuild [--all]]",
                   "Shows what the server has still to do with the photos that came in, or steers it: stops a kind of"
                   " jobs or all, lets them go on, lists what failed and why, tries that again, makes the pictures in"
                   " derived/ again that are missing.",
                   entries))
        return CLI_USAGE;
    const char *word = argc > 1 ? argv[1] : NULL, *kind = argc > 2 ? argv[2] : NULL;
    bool takes_kind = word && (strcmp(word, "pause") == 0 || strcmp(word, "resume") == 0);
    if (word && !g_strv_contains(words, word))
        return cli_usage("jobs", "unexpected word \"%s\".", word);
    if ((kind && !takes_kind) || argc > 3)
        return cli_usage("jobs", "unexpected word \"%s\".", argv[argc > 3 ? 3 : 2]);
    if ((all && (!word || strcmp(word, "rebuild") != 0)) || (wait && word))
        return cli_usage("jobs", "%s does not go with that.", all ? "--all" : "--wait");
    g_autofree char *data_dir = data ? g_strdup(data) : cli_default_data();
    g_autoptr(GError) error = NULL;
    struct cli_data opened = {0};
    if (!cli_data_open(data_dir, &opened, &error))
        return cli_fail(error);
    bool ok = word ? obey(opened.db, word, kind, all, &error) : overview(opened.db, wait, &error);
    cli_data_close(&opened);
    return ok ? CLI_OK : cli_fail(error);
}
