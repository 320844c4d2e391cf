/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ingest under faults: a child process uploads while one named step kills it or fails, then the library is opened again
 * as a starting server would, and must hold all that was acknowledged, nothing half, and nothing nobody's. */
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "catalog/assets.h"
#include "catalog/blobs.h"
#include "db/db.h"
#include "ingest/test_library.h"
#include "ingest/verify.h"

static const char *const points[] = {
    "store.begin",        "store.write",           "store.fsync-file",     "store.link",        "store.fsync-dir",
    "store.after-commit", "store.unlink-staging",  "ingest.before-commit", "ingest.after-blob", "db.before-commit",
    "db.after-commit",    "ingest.in-transaction", "ingest.after-rows",    "ingest.park",
};
static const char *program;

/* ---- the child ---- */

static bool upload_with_sidecar(struct library *l, const char *name, struct ingest_result *ret_result, GError **error)
{
    struct upload *upload = ingest_begin(l->ingest, -1, error);
    if (!upload)
        return false;
    if (!ingest_write(upload, name, strlen(name), error)) {
        ingest_abandon(upload);
        return false;
    }
    struct ingest_offer offer = library_offer(l, name);
    offer.sidecar = "<x/>";
    offer.sidecar_size = 4;
    return ingest_finish(upload, &offer, ret_result, error);
}

static bool upload_in_parts(struct library *l, const char *name, struct ingest_result *ret_result, GError **error)
{
    struct ingest_resumable wanted = {.owner_id = l->owner_id, .length_bytes = (int64_t)strlen(name)}, made;
    int64_t offset;
    if (!ingest_resumable_create(l->ingest, &wanted, &made, error))
        return false;
    struct uuid id = made.id;
    ingest_resumable_clear(&made);
    struct upload *upload = ingest_resumable_open(l->ingest, l->owner_id, &id, 0, error);
    if (!upload)
        return false;
    if (!ingest_write(upload, name, 2, error)) {
        ingest_abandon(upload);
        return false;
    }
    if (!ingest_park(upload, false, &offset, error))
        return false;
    upload = ingest_resumable_open(l->ingest, l->owner_id, &id, offset, error);
    if (!upload)
        return false;
    if (!ingest_write(upload, name + 2, strlen(name) - 2, error)) {
        ingest_abandon(upload);
        return false;
    }
    struct ingest_offer offer = library_offer(l, name);
    return ingest_finish(upload, &offer, ret_result, error);
}

/* The content of each file is its name; what the server would answer goes to the parent. */
static void answer(const char *name, bool ok, const GError *error)
{
    g_autofree char *line =
        ok ? g_strdup_printf("ack %s\n", name) : g_strdup_printf("err %s %s\n", name, err_info(error)->name);
    if (write(STDOUT_FILENO, line, strlen(line)) < 0)
        _exit(9);
}

static bool upload_plain(struct library *l, const char *name, struct ingest_result *ret_result, GError **error)
{
    return library_upload(l, name, name, strlen(name), ret_result, error);
}

static const struct {
    const char *word;
    bool (*upload)(struct library *l, const char *name, struct ingest_result *ret_result, GError **error);
} ways[] = {{"plain", upload_plain}, {"with", upload_with_sidecar}, {"parts", upload_in_parts}};

static int child_main(const char *dir, const char *plan)
{
    struct library l;
    struct ingest_result result;
    library_open(&l, dir);
    g_setenv("AMBROTYPE_FAULT", plan, TRUE); /* from here on: opening has steps of the database, too */
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned way = 0; way < G_N_ELEMENTS(ways); way++) {
            g_autoptr(GError) error = NULL;
            g_autofree char *name = g_strdup_printf("%s%u.jpg", ways[way].word, i);
            bool ok = ways[way].upload(&l, name, &result, &error);
            answer(name, ok, error);
        }
    }
    library_close(&l);
    return 0;
}

/* ---- the parent ---- */

static char *run_child(const char *dir, const char *plan, int *ret_status)
{
    const char *argv[] = {program, "child", dir, plan, NULL};
    char *output = NULL;
    g_autoptr(GError) error = NULL;
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, ret_status, &error);
    g_assert_no_error(error);
    return output;
}

static bool asset_is_whole(struct library *l, const char *name, bool *ret_there)
{
    g_autofree char *sha1 = g_compute_checksum_for_string(G_CHECKSUM_SHA1, name, -1);
    uint8_t bytes[SHA1_SIZE];
    g_assert_true(hex_decode(sha1, bytes, sizeof bytes));
    DB_READ struct db_conn *conn = db_read_begin(l->db, NULL);
    struct asset_known known;
    g_assert_true(asset_known(conn, l->owner_id, bytes, &known, NULL));
    *ret_there = known.as == ASSET_PRESENT;
    if (!*ret_there)
        return true;
    ASSET_AUTO struct asset asset = {0};
    g_assert_true(asset_find_id(conn, known.id, &asset, NULL));
    return strcmp(asset.file_name, name) == 0 &&
           store_verify(l->store, &asset.digest.id, asset.digest.size_bytes, NULL) &&
           (!asset.has_sidecar || store_verify(l->store, &asset.sidecar, 4, NULL));
}

static void check_answers(struct library *l, const char *output, unsigned *ret_errors)
{
    g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
    unsigned errors = 0;
    for (char **line = lines; *line && **line; line++) {
        g_auto(GStrv) words = g_strsplit(*line, " ", -1);
        bool is_there;
        g_assert_true(asset_is_whole(l, words[1], &is_there));
        if (strcmp(words[0], "ack") == 0) {
            g_assert_true(is_there);
        } else {
            bool is_uncertain = strcmp(words[2], "uncertain") == 0;
            g_assert_true(is_uncertain || strcmp(words[2], "io") == 0 || strcmp(words[2], "full") == 0);
            g_assert_true(!is_there || is_uncertain);
            errors++;
        }
    }
    *ret_errors = errors;
}

/* After the sweep of the start: each row has its bytes, all bytes have their row, staging holds only what can go on. */
static void check_library(struct library *l)
{
    g_autoptr(GError) error = NULL;
    unsigned swept;
    g_assert_true(ingest_sweep(l->ingest, &swept, &error));
    g_assert_no_error(error);
    struct verify_options options = {.sample = 1};
    struct verification result;
    g_assert_true(verify_run(l->db, l->store, &options, &result, &error));
    g_assert_cmpint(result.missing, ==, 0);
    g_assert_cmpint(result.corrupt, ==, 0);
    g_assert_cmpint(result.stray, ==, 0);
    g_assert_cmpuint(library_count_files(l, "store"), ==, library_number(l, "SELECT count(*) FROM blobs"));
    g_assert_cmpint(library_number(l, "SELECT count(*) FROM assets"), ==,
                    library_number(l, "SELECT count(*) FROM jobs"));
    g_assert_cmpint(library_number(l, "SELECT count(*) FROM assets"), ==,
                    library_number(l, "SELECT count(*) FROM ledger_items WHERE state = 4"));
    g_assert_cmpuint(library_count_files(l, "staging"), <=,
                     library_number(l, "SELECT count(*) FROM uploads WHERE result_asset IS NULL"));
}

/* The client comes again and all is well. */
static void check_second_run(const char *dir)
{
    int status;
    g_autofree char *output = run_child(dir, "", &status);
    g_assert_cmpint(status, ==, 0);
    g_assert_null(strstr(output, "err "));
    struct library l;
    unsigned errors;
    library_open(&l, dir);
    check_answers(&l, output, &errors);
    g_assert_cmpint(library_number(&l, "SELECT count(*) FROM assets"), ==, 9);
    check_library(&l);
    library_remove(&l);
}

static void test_fault(gconstpointer data)
{
    const char *plan = data;
    struct library l;
    library_new(&l, NULL);
    g_autofree char *dir = g_strdup(l.dir);
    library_close(&l);
    int status;
    g_autofree char *output = run_child(dir, plan, &status);
    bool was_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    g_assert_true(was_killed || status == 0);
    library_open(&l, dir);
    unsigned errors;
    check_answers(&l, output, &errors);
    check_library(&l);
    library_close(&l);
    if (strstr(plan, ":kill"))
        g_assert_true(was_killed); /* a point that is never passed tests nothing */
    else if (!strstr(plan, "unlink-staging") && !strstr(plan, "store.after-") && !strstr(plan, "after-rows"))
        g_assert_cmpuint(errors, >, 0);
    check_second_run(dir);
}

static void add_point(const char *point)
{
    static const char *const actions[] = {"kill@1", "kill@2", "kill@3", "eio@1", "enospc@2", "eio"};
    for (unsigned i = 0; i < G_N_ELEMENTS(actions); i++) {
        g_autofree char *path = g_strdup_printf("/ingest-faults/%s/%s", point, actions[i]);
        g_test_add_data_func_full(path, g_strdup_printf("%s:%s", point, actions[i]), test_fault, g_free);
    }
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "child") == 0)
        return child_main(argv[2], argv[3]);
    g_test_init(&argc, &argv, NULL);
    program = argv[0];
    for (unsigned i = 0; i < G_N_ELEMENTS(points); i++)
        add_point(points[i]);
    return g_test_run();
}
