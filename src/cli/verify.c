/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `ambrotype verify`: reads the stored bytes again and says what is not as it must be, by the names people know. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "catalog/blobs.h"
#include "catalog/library.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "db/db.h"
#include "ingest/verify.h"
#include "store/store.h"

struct run {
    struct cli_data data;
    struct cli_progress progress;
    int64_t bytes;
};

static bool on_progress(int64_t done_blobs, int64_t done_bytes, void *data)
{
    struct run *run = data;
    run->bytes = done_bytes;
    return cli_progress_step(&run->progress, done_blobs, done_bytes);
}

static bool print_use(const struct blob_use *use, void *unused)
{
    printf("    %s%s of %s%s\n", use->is_sidecar ? "sidecar of " : "", use->file_name, use->owner_email,
           use->is_trashed ? " (in the trash)" : "");
    return true;
}

static void on_found(const struct verify_finding *finding, void *data)
{
    static const char *const words[] = {
        [VERIFY_MISSING] = "MISSING",
        [VERIFY_CORRUPT] = "DAMAGED",
        [VERIFY_UNKNOWN] = "unknown",
        [VERIFY_STRAY] = "stray",
    };
    struct run *run = data;
    cli_progress_clear(&run->progress);
    printf("%s %s%s%s\n", words[finding->kind], finding->name, finding->reason ? ": " : "",
           finding->reason ? finding->reason->message : "");
    if (finding->blob_id == 0)
        return;
    g_autoptr(GError) error = NULL;
    DB_READ struct db_conn *conn = db_read_begin(run->data.db, &error);
    if (!conn || !blobs_uses(conn, finding->blob_id, print_use, NULL, &error))
        printf("    (whose it is cannot be read: %s)\n", error->message);
}

/* "5%", "5", "0.5%": a part of a hundred. */
static bool parse_sample(const char *text, double *ret_sample)
{
    char *end = NULL;
    double percent = g_ascii_strtod(text, &end);
    if (end == text || (strcmp(end, "") != 0 && strcmp(end, "%") != 0) || !(percent >= 0 && percent <= 100))
        return false;
    *ret_sample = percent / 100;
    return true;
}

static void print_result(const struct verification *result, int64_t bytes)
{
    g_autofree char *size = text_size((guint64)bytes);
    int64_t seconds = MAX((result->finished_us - result->started_us) / G_USEC_PER_SEC, 1);
    printf("%s: %" PRId64 " %s checked, %s read again in %" PRId64 " s; %" PRId64 " as they must be, %" PRId64
           " missing, %" PRId64 " damaged.\n",
           result->missing + result->corrupt == 0 ? "Verified" : "NOT in order", result->checked,
           result->checked == 1 ? "original" : "originals", size, seconds, result->ok, result->missing,
           result->corrupt);
    if (result->unknown + result->stray > 0)
        printf("%" PRId64 " stored files that the catalog does not know, %" PRId64
               " files that are none of ours: harmless; nothing was touched.\n",
               result->unknown, result->stray);
    if (result->missing + result->corrupt > 0)
        puts("What to do: bring the files back from a copy of the data folder, or let the device that has them back up "
             "again; then run this again.");
}

static int verify(struct run *run, double sample)
{
    const struct verify_options options = {.sample = sample, .progress = on_progress, .found = on_found, .data = run};
    g_autoptr(GError) error = NULL;
    struct verification result = {0};
    cli_progress_begin(&run->progress, "Verified", 0);
    bool ok = verify_run(run->data.db, run->data.store, &options, &result, &error);
    cli_progress_end(&run->progress);
    if (!ok)
        return cli_fail(error);
    print_result(&result, run->bytes);
    if (db_is_read_only(run->data.db))
        puts("The results could not be written down: the data folder is read-only.");
    return result.missing + result.corrupt > 0 ? CLI_DAMAGE : CLI_OK;
}

int cmd_verify(int argc, char **argv)
{
    g_autofree char *data = NULL, *sample_text = NULL;
    const GOptionEntry entries[] = {
        {"data", 'd', 0, G_OPTION_ARG_FILENAME, &data, "The data folder (data)", "DIR"},
        {"sample", 's', 0, G_OPTION_ARG_STRING, &sample_text, "Read the bytes of only N % of the originals", "N%"},
        G_OPTION_ENTRY_NULL,
    };
    if (!cli_parse(
            &argc, &argv, "verify [--data DIR] [--sample N%]",
            "Reads every stored original again, compares its hash and the catalog with the store, and writes the\n"
            "result into the ledger. Also while the server runs. Ends with 0 when all is well, 3 when an original\n"
            "is missing or damaged, 1 when it could not be checked.",
            entries))
        return CLI_USAGE;
    double sample = 1;
    if (argc > 1)
        return cli_usage("verify", "unexpected word \"%s\".", argv[1]);
    if (sample_text && !parse_sample(sample_text, &sample))
        return cli_usage("verify", "--sample takes a number from 0 to 100, not \"%s\".", sample_text);

    g_autofree char *data_dir = data ? g_strdup(data) : cli_default_data();
    g_autoptr(GError) error = NULL;
    struct run run = {0};
    if (!cli_data_open(data_dir, &run.data, &error))
        return cli_fail(error);
    cli_data_start_media(&run.data, NULL); /* without it, packed originals are told as what cannot be checked */
    int exit_code = verify(&run, sample);
    cli_data_close(&run.data);
    return exit_code;
}
