/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Upload to durable, in one process: 500 files of 3 MB by 8 threads through ingest, against `cp` + `sync` + `sha256sum`
 * of the same files on the same file system. Prints both times and their ratio (above 1: ingest is faster).
 *
 *   bench_ingest [FOLDER [FILES [THREADS]]]     FOLDER: on the disk to measure; default: the temporary folder */
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "ingest/test_library.h"

enum { FILE_BYTES = 3000000, PART_BYTES = 256 << 10 };

struct bench {
    struct library library;
    char *source; /* folder with the files */
    unsigned n_files;
    gint next; /* atomic: the next file to take */
};

/* A file that no other has, and that does not compress. */
static void make_file(const char *path, unsigned seed)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    g_autofree guint32 *words = g_new(guint32, FILE_BYTES / 4);
    for (unsigned i = 0; i < FILE_BYTES / 4; i++)
        words[i] = g_rand_int(random);
    g_autoptr(GError) error = NULL;
    g_file_set_contents(path, (const char *)words, FILE_BYTES, &error);
    g_assert_no_error(error);
}

static char *file_path(const struct bench *bench, unsigned i)
{
    return g_strdup_printf("%s/%05u.jpg", bench->source, i);
}

static void upload_file(struct bench *bench, unsigned i, char *part)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = file_path(bench, i);
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct upload *upload = ingest_begin(bench->library.ingest, FILE_BYTES, &error);
    g_assert_no_error(error);
    ssize_t got;
    while ((got = io_read_full(fd, part, PART_BYTES, &error)) > 0)
        g_assert_true(ingest_write(upload, part, (size_t)got, &error));
    struct ingest_offer offer = library_offer(&bench->library, path);
    struct ingest_result result;
    g_assert_true(ingest_finish(upload, &offer, &result, &error));
}

static gpointer upload_thread(gpointer data)
{
    struct bench *bench = data;
    g_autofree char *part = g_malloc(PART_BYTES);
    for (;;) {
        unsigned i = (unsigned)g_atomic_int_add(&bench->next, 1);
        if (i >= bench->n_files)
            return NULL;
        upload_file(bench, i, part);
    }
}

static double time_ingest(struct bench *bench, unsigned n_threads)
{
    gint64 begin = g_get_monotonic_time();
    g_autofree GThread **threads = g_new0(GThread *, n_threads);
    bench->next = 0;
    for (unsigned i = 0; i < n_threads; i++)
        threads[i] = g_thread_new("upload", upload_thread, bench);
    for (unsigned i = 0; i < n_threads; i++)
        g_thread_join(threads[i]);
    return (double)(g_get_monotonic_time() - begin) / G_USEC_PER_SEC;
}

static double time_command(const char *command)
{
    gint64 begin = g_get_monotonic_time();
    const char *argv[] = {"sh", "-ec", command, NULL};
    gint status = 1;
    g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL,
                               NULL, NULL, &status, NULL));
    g_assert_cmpint(status, ==, 0);
    return (double)(g_get_monotonic_time() - begin) / G_USEC_PER_SEC;
}

int main(int argc, char **argv)
{
    const char *parent = argc > 1 ? argv[1] : g_get_tmp_dir();
    struct bench bench = {.n_files = argc > 2 ? (unsigned)g_ascii_strtoull(argv[2], NULL, 10) : 500};
    unsigned n_threads = argc > 3 ? (unsigned)g_ascii_strtoull(argv[3], NULL, 10) : 8;
    bench.source = g_build_filename(parent, "ambrotype-bench-XXXXXX", NULL);
    g_assert_nonnull(g_mkdtemp(bench.source));
    for (unsigned i = 0; i < bench.n_files; i++) {
        g_autofree char *path = file_path(&bench, i);
        make_file(path, i);
    }
    sync();
    g_autofree char *copy =
        g_strdup_printf("mkdir '%s/copy' && cp '%s'/*.jpg '%s/copy/' && sync && sha256sum '%s'/copy/*", bench.source,
                        bench.source, bench.source, bench.source);
    double copy_s = time_command(copy);
    library_new(&bench.library, parent);
    sync();
    double ingest_s = time_ingest(&bench, n_threads);
    printf("%u files of %.1f MB, %u threads\n", bench.n_files, FILE_BYTES / 1e6, n_threads);
    printf("cp + sync + sha256sum  %.2f s\n", copy_s);
    printf("ingest                 %.2f s\n", ingest_s);
    printf("ratio                  %.2f\n", copy_s / ingest_s);
    library_remove(&bench.library);
    g_autofree char *clean = g_strdup_printf("rm -rf -- '%s'", bench.source);
    time_command(clean);
    g_free(bench.source);
    return 0;
}
