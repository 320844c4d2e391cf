/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `ambrotype pack` and `ambrotype unpack`: all JPEG originals into lossless JPEG XL now, and all of them back. Where a
 * server runs on the data folder it does the work, as it alone may change the store; else this program does. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "catalog/assets.h"
#include "catalog/blob_pack.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "media/media.h"
#include "store/store.h"

enum { PAGE_BLOBS = 200, LOOK_US = 200000, REASONS_SHOWN = 10 };

/* What the two commands differ in. */
struct direction {
    const char *command, *kind, *verb, *failed;
    int (*page)(struct db_conn *conn, int64_t after_id, int64_t *ret_ids, unsigned limit, GError **error);
    bool (*work)(struct media *media, int64_t blob_id, GError **error);
};

static const struct direction to_packed = {"pack", MEDIA_PACK_JOB, "Packed", "NOT PACKED", blobs_to_pack, media_pack};
static const struct direction to_plain = {"unpack",       MEDIA_UNPACK_JOB, "Unpacked",
                                          "NOT UNPACKED", blobs_packed,     media_unpack};

struct run {
    const struct direction *direction;
    struct cli_data data;
    GArray *ids; /* int64_t: what there is to do */
    struct blobs_pack_figures before, after;
    guint added; /* of ids: put into the queue of a server */
    int64_t forgotten;
    int64_t failed, left;
};

static bool collect(struct run *run, GError **error)
{
    int64_t ids[PAGE_BLOBS], after_id = 0;
    int n = PAGE_BLOBS;
    while (n == PAGE_BLOBS) {
        DB_READ struct db_conn *conn = db_read_begin(run->data.db, error);
        n = conn ? run->direction->page(conn, after_id, ids, PAGE_BLOBS, error) : -1;
        if (n > 0) {
            g_array_append_vals(run->ids, ids, (guint)n);
            after_id = ids[n - 1];
        }
    }
    return n >= 0;
}

/* ---- what a run that was cut off left: originals in both forms ---- */

struct pairs {
    struct blob_id last; /* that has a plain form */
    bool has_last;
    GArray *found; /* struct blob_id */
};

static bool see_form(const struct blob_id *id, enum blob_form form, int64_t size_bytes, void *data, GError **error)
{
    struct pairs *pairs = data;
    if (form == BLOB_PLAIN)
        pairs->last = *id;
    else if (pairs->has_last && memcmp(&pairs->last, id, sizeof *id) == 0)
        g_array_append_val(pairs->found, *id);
    pairs->has_last = form == BLOB_PLAIN;
    return true;
}

/* Adds those that this direction puts in order. */
static bool add_pairs(struct run *run, const GArray *found, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(run->data.db, error);
    if (!conn)
        return false;
    for (guint i = 0; i < found->len; i++) {
        struct blob blob;
        g_autoptr(GError) unknown = NULL; /* verify tells of it */
        if (blobs_find(conn, &g_array_index(found, struct blob_id, i), &blob, &unknown) &&
            (blob.pack == BLOB_PACK_DONE) == (run->direction == &to_packed))
            g_array_append_val(run->ids, blob.id);
    }
    return true;
}

static bool collect_pairs(struct run *run, GError **error)
{
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(struct blob_id));
    struct pairs pairs = {.found = found};
    return store_walk(run->data.store, see_form, NULL, &pairs, error) &&
           (found->len == 0 || add_pairs(run, found, error));
}

static bool look(struct run *run, struct blobs_pack_figures *ret_figures, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(run->data.db, error);
    return conn && blobs_pack_figures(conn, ret_figures, error);
}

/* ---- alone ---- */

static void tell_failed(struct run *run, struct cli_progress *progress, int64_t blob_id, const GError *reason)
{
    struct blob_packing row;
    DB_READ struct db_conn *conn = db_read_begin(run->data.db, NULL);
    g_autofree char *name = conn && blobs_find_packing(conn, blob_id, &row, NULL)
                                ? hex_encode(row.blob.digest.id.sha256, SHA256_SIZE)
                                : g_strdup("?");
    cli_progress_clear(progress);
    printf("%s %s: %s\n", run->direction->failed, name, reason->message);
    run->failed++;
}

static bool work_alone(struct run *run, GError **error)
{
    struct cli_progress progress;
    if (!cli_data_start_media(&run->data, error))
        return false;
    cli_progress_begin(&progress, run->direction->verb, run->ids->len);
    bool goes_on = true;
    guint done = 0;
    GError *problem = NULL;
    while (goes_on && done < run->ids->len) {
        int64_t id = g_array_index(run->ids, int64_t, done);
        bool ok = run->direction->work(run->data.media, id, &problem);
        if (!ok && err_is(problem, ERR_FULL))
            break;
        if (!ok)
            tell_failed(run, &progress, id, problem);
        g_clear_error(&problem);
        goes_on = cli_progress_step(&progress, ++done, 0);
    }
    cli_progress_end(&progress);
    run->left = (int64_t)run->ids->len - done;
    if (!problem)
        return true;
    g_propagate_error(error, problem);
    return false;
}

/* ---- beside a server ---- */

static bool add_jobs(struct db_conn *conn, void *data, GError **error)
{
    struct run *run = data;
    /* From the last of the page to its first: among equals the newest row goes first. */
    guint to = MIN(run->added + PAGE_BLOBS, run->ids->len);
    for (guint i = to; i-- > run->added;) {
        if (!jobs_add(conn, run->direction->kind, g_array_index(run->ids, int64_t, i), JOBS_REWORK, error))
            return false;
    }
    return true;
}

static bool forget_jobs(struct db_conn *conn, void *data, GError **error)
{
    struct run *run = data;
    return jobs_forget(conn, run->direction->kind, false, PAGE_BLOBS, &run->forgotten, error);
}

/* A server that packs in its idle time finds its own again. */
static bool look_again(struct db_conn *conn, void *data, GError **error)
{
    return jobs_add(conn, MEDIA_PACK_JOB, MEDIA_PACK_LOOK, JOBS_REFILL, error);
}

static bool take_back(struct run *run, GError **error)
{
    do {
        if (!db_write(run->data.db, forget_jobs, run, error))
            return false;
        run->left += run->forgotten;
    } while (run->forgotten == PAGE_BLOBS);
    return run->direction != &to_packed || db_write(run->data.db, look_again, NULL, error);
}

static bool count(struct run *run, struct jobs_counts *ret_counts, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(run->data.db, error);
    return conn && jobs_count(conn, run->direction->kind, ret_counts, error);
}

/* Waits until none is left; Ctrl-C takes the waiting ones back. */
static bool wait_for_server(struct run *run, GError **error)
{
    struct jobs_counts counts = {0};
    struct cli_progress progress;
    cli_progress_begin(&progress, run->direction->verb, run->ids->len);
    bool ok = count(run, &counts, error), goes_on = true;
    while (ok && goes_on && counts.waiting + counts.active > 0) {
        g_usleep(LOOK_US);
        ok = count(run, &counts, error);
        goes_on = cli_progress_step(&progress, MAX(progress.total - counts.waiting - counts.active, 0), 0);
    }
    cli_progress_end(&progress);
    if (!ok)
        return false;
    run->failed = counts.failed;
    return goes_on || take_back(run, error);
}

static bool say_paused(struct run *run, GError **error)
{
    bool is_paused = false;
    DB_READ struct db_conn *conn = db_read_begin(run->data.db, error);
    if (!conn || !jobs_is_paused(conn, run->direction->kind, &is_paused, error))
        return false;
    if (is_paused)
        printf("It is told to pause: `ambrotype jobs resume %s` lets it begin.\n", run->direction->kind);
    return true;
}

static bool work_beside(struct run *run, GError **error)
{
    for (; run->added < run->ids->len; run->added += PAGE_BLOBS) {
        if (!db_write(run->data.db, add_jobs, run, error))
            return false;
    }
    puts("A server runs on this data folder: it does the work, when nothing else waits.");
    if (!say_paused(run, error))
        return false;
    fflush(stdout);
    return wait_for_server(run, error);
}

/* ---- the report ---- */

struct reasons {
    unsigned shown;
    int64_t others;
};

static bool print_reason(const char *reason, int64_t n, void *data)
{
    struct reasons *reasons = data;
    if (reasons->shown < REASONS_SHOWN)
        printf("  %" PRId64 " × %s\n", n, reason);
    else
        reasons->others += n;
    reasons->shown++;
    return true;
}

static void print_kept(struct run *run)
{
    struct reasons reasons = {0};
    if (run->after.kept == 0)
        return;
    printf("%" PRId64 " %s as %s:\n", run->after.kept, run->after.kept == 1 ? "stays" : "stay",
           run->after.kept == 1 ? "it is" : "they are");
    DB_READ struct db_conn *conn = db_read_begin(run->data.db, NULL);
    if (conn && blobs_kept_reasons(conn, print_reason, &reasons, NULL) && reasons.others > 0)
        printf("  %" PRId64 " for other reasons\n", reasons.others);
}

static void print_report(struct run *run)
{
    const struct blobs_pack_figures *before = &run->before, *after = &run->after;
    g_autofree char *saved = text_size((guint64)(after->original_bytes - after->packed_bytes));
    if (run->direction == &to_packed) {
        g_autofree char *from = text_size((guint64)MAX(after->original_bytes - before->original_bytes, 0));
        g_autofree char *to = text_size((guint64)MAX(after->packed_bytes - before->packed_bytes, 0));
        printf("Packed %" PRId64 " now: %s became %s.\n", MAX(after->packed - before->packed, 0), from, to);
    } else {
        printf("Unpacked %" PRId64 " now.\n", MAX(before->packed - after->packed, 0));
    }
    printf("In all %" PRId64 " %s packed, which saves %s.\n", after->packed,
           after->packed == 1 ? "original is" : "originals are", saved);
    print_kept(run);
    if (run->failed > 0)
        printf("%" PRId64 " could not be done; `ambrotype verify` tells whether they are damaged.\n", run->failed);
    if (run->left > 0)
        printf("%" PRId64 " are left: run `ambrotype %s` again to go on.\n", run->left, run->direction->command);
}

/* What no worker has looked into yet is not known to be a JPEG. */
static void say_waiting(struct run *run)
{
    int64_t waiting = 0, failed = 0;
    DB_READ struct db_conn *conn = db_read_begin(run->data.db, NULL);
    if (run->direction == &to_packed && conn && asset_media_counts(conn, 0, &waiting, &failed, NULL) && waiting > 0)
        printf("%" PRId64 " %s not looked into yet and can be packed later.\n", waiting,
               waiting == 1 ? "photo is" : "photos are");
}

static int work(struct run *run, bool is_beside)
{
    g_autoptr(GError) error = NULL;
    if (!look(run, &run->before, &error) || !collect(run, &error) || !collect_pairs(run, &error))
        return cli_fail(error);
    bool ok = is_beside ? work_beside(run, &error) : work_alone(run, &error);
    if (!look(run, &run->after, ok ? &error : NULL))
        return cli_fail(error);
    print_report(run);
    say_waiting(run);
    if (!ok)
        return cli_fail(error);
    return run->failed > 0 || run->left > 0 ? CLI_FAILED : CLI_OK;
}

static int pack(const struct direction *direction, int argc, char **argv, const char *usage, const char *about)
{
    g_autofree char *data = NULL;
    const GOptionEntry entries[] = {
        {"data", 'd', 0, G_OPTION_ARG_FILENAME, &data, "The data folder (data)", "DIR"},
        G_OPTION_ENTRY_NULL,
    };
    if (!cli_parse(&argc, &argv, usage, about, entries))
        return CLI_USAGE;
    if (argc > 1)
        return cli_usage(direction->command, "unexpected word \"%s\".", argv[1]);
    g_autofree char *data_dir = data ? g_strdup(data) : cli_default_data();
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    struct run run = {.direction = direction, .ids = ids};
    bool is_beside = false;
    bool ok = cli_data_open_alone(data_dir, &run.data, &error);
    if (!ok && err_is(error, ERR_BUSY)) {
        g_clear_error(&error);
        is_beside = true;
        ok = cli_data_open(data_dir, &run.data, &error);
    }
    if (!ok)
        return cli_fail(error);
    int exit_code = work(&run, is_beside);
    cli_data_close(&run.data);
    return exit_code;
}

int cmd_pack(int argc, char **argv)
{
    return pack(&to_packed, argc, argv, "pack [--data DIR]",
                "Packs all JPEG originals that are not packed yet: each becomes a lossless JPEG XL, about a sixth\n"
                "smaller, out of which it comes back bit by bit. What does not come back identical stays as it is.\n"
                "May be interrupted and run again. Also while the server runs, which then does the work.");
}

int cmd_unpack(int argc, char **argv)
{
    return pack(&to_plain, argc, argv, "unpack [--data DIR]",
                "Brings all packed originals back into the form in which they came. May be interrupted and run\n"
                "again. Also while the server runs, which then does the work; turn store-pack off there first, or\n"
                "it packs them again.");
}
