/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unit tests of verify and export over a small real library. */
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include "base/error.h"
#include "base/io.h"
#include "catalog/blobs.h"
#include "db/db.h"
#include "ingest/export.h"
#include "ingest/test_library.h"
#include "ingest/verify.h"

struct fixture {
    struct library l;
    char *target;
};

static void set_up(struct fixture *f, gconstpointer unused)
{
    library_new(&f->l, NULL);
    f->target = g_build_filename(g_get_tmp_dir(), "ambrotype-export-XXXXXX", NULL);
    g_assert_nonnull(g_mkdtemp(f->target));
}

static void tear_down(struct fixture *f, gconstpointer unused)
{
    const char *argv[] = {"rm", "-rf", "--", f->target, NULL};
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free(f->target);
    library_remove(&f->l);
}

static void upload(struct fixture *f, const char *name, const char *text)
{
    g_autoptr(GError) error = NULL;
    struct ingest_result result;
    bool ok = library_upload(&f->l, name, text, strlen(text), &result, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
}

/* The file of the blob that holds @text. */
static char *stored_path(struct fixture *f, const char *text)
{
    g_autofree char *hex = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    return g_strdup_printf("%s/store/%.2s/%.2s/%s", f->l.dir, hex, hex + 2, hex);
}

static void overwrite(const char *path, const char *text)
{
    AUTO_FD int fd = open(path, O_WRONLY | O_CLOEXEC); /* root may; else: */
    if (fd < 0) {
        g_assert_cmpint(g_chmod(path, 0600), ==, 0);
        fd = open(path, O_WRONLY | O_CLOEXEC);
    }
    g_assert_cmpint(write(fd, text, strlen(text)), ==, (ssize_t)strlen(text));
}

/* ---- verify ---- */

static void count_finding(const struct verify_finding *finding, void *data)
{
    ((unsigned *)data)[finding->kind]++;
}

static struct verification verified(struct fixture *f, double sample, unsigned findings[4])
{
    g_autoptr(GError) error = NULL;
    struct verify_options options = {.sample = sample, .found = count_finding, .data = findings};
    struct verification result;
    memset(findings, 0, 4 * sizeof *findings);
    bool ok = verify_run(f->l.db, f->l.store, &options, &result, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    return result;
}

static void test_verify_finds_each_kind(struct fixture *f, gconstpointer unused)
{
    unsigned found[4];
    upload(f, "a.jpg", "first");
    upload(f, "b.jpg", "second");
    upload(f, "c.jpg", "third");
    upload(f, "d.jpg", "fourth");
    struct verification result = verified(f, 1, found);
    g_assert_cmpint(result.checked, ==, 4);
    g_assert_cmpint(result.ok, ==, 4);
    g_assert_cmpint(library_number(&f->l, "SELECT count(*) FROM ledger_items WHERE verified_us IS NOT NULL"), ==, 4);

    g_autofree char *rotten = stored_path(f, "first"), *lost = stored_path(f, "second"), *cut = stored_path(f, "third");
    g_autofree char *stray = g_build_filename(f->l.dir, "store", "notes.txt", NULL);
    overwrite(rotten, "frist");
    g_assert_cmpint(g_unlink(lost), ==, 0);
    g_assert_cmpint(chmod(cut, 0600), ==, 0); /* only root may write to a read-only file */
    g_assert_cmpint(truncate(cut, 2), ==, 0);
    g_assert_true(g_file_set_contents(stray, "x", 1, NULL));
    result = verified(f, 1, found);
    g_assert_cmpint(result.ok, ==, 1);
    g_assert_cmpint(result.missing, ==, 1);
    g_assert_cmpint(result.corrupt, ==, 2);
    g_assert_cmpint(result.stray, ==, 1);
    g_assert_cmpint(result.unknown, ==, 0);
    g_assert_cmpuint(found[VERIFY_MISSING], ==, 1);
    g_assert_cmpuint(found[VERIFY_CORRUPT], ==, 2);
    g_assert_cmpuint(found[VERIFY_STRAY], ==, 1);
    g_assert_cmpint(library_number(&f->l, "SELECT corrupt FROM verifications ORDER BY id DESC LIMIT 1"), ==, 2);

    /* The phone sends them again: all is well afterwards. */
    upload(f, "a.jpg", "first");
    upload(f, "b.jpg", "second");
    upload(f, "c.jpg", "third");
    g_assert_cmpint(library_number(&f->l, "SELECT count(*) FROM blobs WHERE verify > 1"), ==, 0);
    result = verified(f, 1, found);
    g_assert_cmpint(result.ok, ==, 4);
}

static void test_sample_still_looks_for_all(struct fixture *f, gconstpointer unused)
{
    unsigned found[4];
    upload(f, "a.jpg", "first");
    upload(f, "b.jpg", "second");
    g_autofree char *lost = stored_path(f, "second");
    g_assert_cmpint(g_unlink(lost), ==, 0);
    struct verification result = verified(f, 0, found);
    g_assert_cmpint(result.checked, ==, 1);
    g_assert_cmpint(result.missing, ==, 1);
}

static void put_unknown(struct fixture *f)
{
    struct stage *stage = stage_begin(f->l.store, false, NULL);
    struct blob_digest digest;
    bool is_new;
    g_assert_true(stage_write(stage, "nobody's", 8, NULL) && stage_commit(stage, &digest, &is_new, NULL));
}

/* Its change time says how old a file is, and cannot be set: the young case is what a test can make. */
static void test_arriving_blob_is_no_error(struct fixture *f, gconstpointer unused)
{
    unsigned found[4];
    put_unknown(f);
    g_assert_cmpint(verified(f, 1, found).unknown, ==, 0);
}

static bool stop(int64_t done_blobs, int64_t done_bytes, void *data)
{
    return false;
}

static void test_verify_can_be_ended(struct fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    struct verify_options options = {.sample = 1, .progress = stop};
    struct verification result;
    upload(f, "a.jpg", "first");
    g_assert_false(verify_run(f->l.db, f->l.store, &options, &result, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_CANCELLED);
}

/* ---- export ---- */

static struct export_report exported(struct fixture *f)
{
    g_autoptr(GError) error = NULL;
    struct export_options options = {.target = f->target};
    struct export_report report;
    bool ok = export_run(f->l.db, f->l.store, &options, &report, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    return report;
}

static void assert_file(struct fixture *f, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(f->target, "a@example.org", "2020", "2020-09", name, NULL),
                    *contents = NULL;
    g_assert_true(g_file_get_contents(path, &contents, NULL, NULL));
    g_assert_cmpstr(contents, ==, text);
    struct stat status;
    g_assert_cmpint(stat(path, &status), ==, 0);
    g_assert_cmpint(status.st_mtime, ==, 1600000000);
}

static void test_export_gives_all_back(struct fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    upload(f, "IMG.jpg", "one");
    upload(f, "IMG.jpg", "two");
    struct upload *with_sidecar = ingest_begin(f->l.ingest, -1, NULL);
    struct ingest_offer offer = library_offer(&f->l, "side.jpg");
    struct ingest_result result;
    offer.sidecar = "<x/>";
    offer.sidecar_size = 4;
    g_assert_true(ingest_write(with_sidecar, "three", 5, NULL));
    g_assert_true(ingest_finish(with_sidecar, &offer, &result, &error));
    struct export_report report = exported(f);
    g_assert_cmpint(report.written, ==, 4);
    g_assert_cmpint(report.failed, ==, 0);
    assert_file(f, "IMG.jpg", "one");
    assert_file(f, "IMG (2).jpg", "two");
    assert_file(f, "side.jpg", "three");
    assert_file(f, "side.jpg.xmp", "<x/>");
    report = exported(f); /* again: nothing to do */
    g_assert_cmpint(report.written, ==, 0);
    g_assert_cmpint(report.present, ==, 4);
}

static void test_export_touches_no_other_file(struct fixture *f, gconstpointer unused)
{
    upload(f, "IMG.jpg", "one");
    exported(f);
    g_autofree char *path = g_build_filename(f->target, "a@example.org", "2020", "2020-09", "IMG.jpg", NULL);
    g_autofree char *contents = NULL;
    g_assert_true(g_file_set_contents(path, "mine", -1, NULL));
    g_assert_cmpint(exported(f).written, ==, 1);
    assert_file(f, "IMG (2).jpg", "one");
    g_assert_true(g_file_get_contents(path, &contents, NULL, NULL));
    g_assert_cmpstr(contents, ==, "mine");
}

static void note_failed(const char *path, const GError *reason, void *data)
{
    g_assert_cmpstr(path, ==, "a@example.org/2020/2020-09/IMG.jpg");
    g_assert_error(reason, ERR_DOMAIN, ERR_CORRUPT);
    (*(unsigned *)data)++;
}

static void test_export_never_writes_damaged_bytes(struct fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    upload(f, "IMG.jpg", "one");
    upload(f, "ok.jpg", "two");
    g_autofree char *rotten = stored_path(f, "one");
    overwrite(rotten, "eno");
    unsigned failed = 0;
    struct export_options options = {.target = f->target, .failed = note_failed, .data = &failed};
    struct export_report report;
    g_assert_true(export_run(f->l.db, f->l.store, &options, &report, &error));
    g_assert_cmpuint(failed, ==, 1);
    g_assert_cmpint(report.failed, ==, 1);
    assert_file(f, "ok.jpg", "two");
    g_autofree char *folder = g_build_filename(f->target, "a@example.org", "2020", "2020-09", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    unsigned n_files = 0;
    while (g_dir_read_name(dir))
        n_files++;
    g_assert_cmpuint(n_files, ==, 1);
}

static void test_export_not_into_itself(struct fixture *f, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *inside = g_build_filename(f->l.dir, "browse", "out", NULL);
    struct export_options options = {.target = inside};
    struct export_report report;
    g_assert_false(export_run(f->l.db, f->l.store, &options, &report, &error));
    g_assert_error(error, ERR_DOMAIN, ERR_INVALID);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/" name, struct fixture, NULL, set_up, test, tear_down)
    ADD("verify/finds-each-kind", test_verify_finds_each_kind);
    ADD("verify/sample-still-looks-for-all", test_sample_still_looks_for_all);
    ADD("verify/arriving-blob-is-no-error", test_arriving_blob_is_no_error);
    ADD("verify/can-be-ended", test_verify_can_be_ended);
    ADD("export/gives-all-back", test_export_gives_all_back);
    ADD("export/touches-no-other-file", test_export_touches_no_other_file);
    ADD("export/never-writes-damaged-bytes", test_export_never_writes_damaged_bytes);
    ADD("export/not-into-itself", test_export_not_into_itself);
    return g_test_run();
}
