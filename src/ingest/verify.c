/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/verify.h"

#include <sys/stat.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/io.h"
#include "catalog/blob_pack.h"
#include "db/db.h"
#include "store/store.h"

enum { PAGE_BLOBS = 64 };
/* A file this young may belong to an upload whose rows come in a moment. */
static const int64_t arriving_us = INT64_C(600) * G_USEC_PER_SEC;

/* A file of a blob that the catalog did not know. */
struct unknown {
    struct blob_id id;
    enum blob_form form;
};

struct run {
    struct db *db;
    struct store *store;
    const struct verify_options *options;
    int64_t id; /* of the run's row */
    struct verification numbers;
    int64_t done_blobs, done_bytes;
    struct blob_result results[PAGE_BLOBS]; /* of this page, not written yet */
    size_t n_results;
    GArray *unknown; /* struct unknown: to be looked at again at the end */
};

static bool begin_work(struct db_conn *conn, void *data, GError **error)
{
    struct run *run = data;
    return verifications_begin(conn, run->options->sample, &run->id, error);
}

static bool finish_work(struct db_conn *conn, void *data, GError **error)
{
    struct run *run = data;
    return verifications_finish(conn, run->id, &run->numbers, error);
}

static bool results_work(struct db_conn *conn, void *data, GError **error)
{
    struct run *run = data;
    return blobs_record_verified(conn, run->results, run->n_results, error);
}

/* Writes down by @work, where that is possible at all. */
static bool record(struct run *run, db_work *work, GError **error)
{
    return db_is_read_only(run->db) || db_write(run->db, work, run, error);
}

static void tell(struct run *run, enum verify_kind kind, const char *name, int64_t blob_id, const GError *reason)
{
    struct verify_finding finding = {kind, name, blob_id, reason};
    if (run->options->found)
        run->options->found(&finding, run->options->data);
}

static bool tell_progress(struct run *run, GError **error)
{
    const struct verify_options *options = run->options;
    if (!options->progress || options->progress(run->done_blobs, run->done_bytes, options->data))
        return true;
    return err_set(error, ERR_CANCELLED, "The verification was ended before it was complete.");
}

/* ---- catalog → store ---- */

/* Does the catalog have @blob still (or again) with these bytes? Asked before a loss is reported: the blob may have
 * been deleted since its page was read. */
static bool is_still_there(struct run *run, const struct blob *blob, bool *ret_there, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(run->db, error);
    if (!conn)
        return false;
    struct blob now;
    GError *problem = NULL;
    *ret_there = blobs_find(conn, &blob->digest.id, &now, &problem);
    if (*ret_there || err_is(problem, ERR_NOT_FOUND)) {
        g_clear_error(&problem);
        return true;
    }
    g_propagate_error(error, problem);
    return false;
}

static void note(struct run *run, const struct blob *blob, enum blob_check check)
{
    run->results[run->n_results++] = (struct blob_result){blob->id, check, clock_now_us()};
    run->numbers.checked++;
    run->numbers.ok += check == BLOB_OK;
    run->numbers.missing += check == BLOB_MISSING;
    run->numbers.corrupt += check == BLOB_CORRUPT;
}

static bool note_bad(struct run *run, const struct blob *blob, const GError *reason, GError **error)
{
    bool is_there = true;
    if (!is_still_there(run, blob, &is_there, error))
        return false;
    if (!is_there)
        return true;
    /* Nobody is here to unpack it: that says nothing about the file. */
    if (err_is(reason, ERR_UNSUPPORTED)) {
        g_propagate_error(error, g_error_copy(reason));
        return false;
    }
    bool is_missing = err_is(reason, ERR_NOT_FOUND);
    g_autofree char *name = hex_encode(blob->digest.id.sha256, SHA256_SIZE);
    note(run, blob, is_missing ? BLOB_MISSING : BLOB_CORRUPT);
    tell(run, is_missing ? VERIFY_MISSING : VERIFY_CORRUPT, name, blob->id, reason);
    return true;
}

/* A worker that dies or takes too long over a packed file may have had a bad day; the second one has the last word. */
static bool verify_blob(struct run *run, const struct blob *blob, GError **error)
{
    GError *problem = NULL;
    for (unsigned attempt = 1; !store_verify(run->store, &blob->digest.id, blob->digest.size_bytes, &problem);
         attempt++) {
        if (attempt == 2 || (!err_is(problem, ERR_WORKER_DIED) && !err_is(problem, ERR_TIMEOUT))) {
            g_propagate_error(error, problem);
            return false;
        }
        g_clear_error(&problem);
    }
    return true;
}

static bool check_blob(struct run *run, const struct blob *blob, GError **error)
{
    run->done_blobs++;
    bool is_wanted = run->options->sample >= 1 || g_random_double() < run->options->sample;
    /* One that is not part of the sample is looked at all the same; if it is not as long as it must be, it is read. */
    if (!is_wanted && blob_is_there(run->store, blob))
        return true;
    g_autoptr(GError) reason = NULL;
    if (verify_blob(run, blob, &reason)) {
        run->done_bytes += blob->digest.size_bytes;
        note(run, blob, BLOB_OK);
        return true;
    }
    return note_bad(run, blob, reason, error);
}

static int read_page(struct run *run, int64_t after_id, struct blob *ret_blobs, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(run->db, error);
    return conn ? blobs_page(conn, after_id, ret_blobs, PAGE_BLOBS, error) : -1;
}

static bool check_catalog(struct run *run, GError **error)
{
    struct blob blobs[PAGE_BLOBS];
    int64_t after_id = 0;
    int n;
    while ((n = read_page(run, after_id, blobs, error)) > 0) {
        run->n_results = 0;
        for (int i = 0; i < n; i++) {
            if (!check_blob(run, &blobs[i], error) || !tell_progress(run, error))
                return false;
        }
        if (run->n_results > 0 && !record(run, results_work, error))
            return false;
        after_id = blobs[n - 1].id;
    }
    return n == 0;
}

/* ---- store → catalog ---- */

static bool is_known(struct run *run, const struct blob_id *id, bool *ret_known, GError **error)
{
    struct blob blob = {.digest.id = *id};
    return is_still_there(run, &blob, ret_known, error);
}

static bool see_blob(const struct blob_id *id, enum blob_form form, int64_t size_bytes, void *data, GError **error)
{
    struct run *run = data;
    bool known = true;
    if (!is_known(run, id, &known, error))
        return false;
    if (!known) {
        struct unknown unknown = {*id, form};
        g_array_append_val(run->unknown, unknown);
    }
    return true;
}

static void see_stray(const char *path, void *data)
{
    struct run *run = data;
    run->numbers.stray++;
    tell(run, VERIFY_STRAY, path, 0, NULL);
}

/* Is the file so young that its rows may be on their way? A gone one is nobody's business either. */
static bool is_arriving(struct run *run, const struct unknown *unknown)
{
    int64_t size_bytes;
    AUTO_FD int fd = store_open_form(run->store, &unknown->id, unknown->form, &size_bytes, NULL);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0)
        return true;
    return (int64_t)status.st_ctim.tv_sec * G_USEC_PER_SEC > g_get_real_time() - arriving_us;
}

static bool check_store(struct run *run, GError **error)
{
    if (!store_walk(run->store, see_blob, see_stray, run, error))
        return false;
    for (unsigned i = 0; i < run->unknown->len; i++) {
        const struct unknown *unknown = &g_array_index(run->unknown, struct unknown, i);
        bool known = true;
        bool arriving = is_arriving(run, unknown);
        if (!is_known(run, &unknown->id, &known, error))
            return false;
        if (known || arriving)
            continue;
        g_autofree char *hex = hex_encode(unknown->id.sha256, SHA256_SIZE);
        g_autofree char *name = g_strconcat(hex, unknown->form == BLOB_PACKED ? " (packed)" : "", NULL);
        run->numbers.unknown++;
        tell(run, VERIFY_UNKNOWN, name, 0, NULL);
    }
    return true;
}

bool verify_run(struct db *db, struct store *store, const struct verify_options *options,
                struct verification *ret_result, GError **error)
{
    struct run run = {.db = db, .store = store, .options = options};
    run.numbers.started_us = clock_now_us();
    run.numbers.sample = options->sample;
    g_autoptr(GArray) unknown = g_array_new(FALSE, FALSE, sizeof(struct unknown));
    run.unknown = unknown;
    if (!record(&run, begin_work, error) || !check_catalog(&run, error) || !check_store(&run, error))
        return false;
    run.numbers.finished_us = clock_now_us();
    if (!record(&run, finish_work, error))
        return false;
    *ret_result = run.numbers;
    return true;
}
