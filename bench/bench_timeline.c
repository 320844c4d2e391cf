/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The timeline of a large library: generates assets of one owner (10 years, uploaded out of order), then times the
 * months, single months and statistics. Prints of each, in milliseconds: median and 99th percentile of the wall clock,
 * and the median of its own CPU time, which a busy machine does not blur.
 *
 *   bench_timeline FOLDER [ASSETS]     FOLDER: keeps catalog.db for the next run; ASSETS: default 1,000,000 */
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/assets.h"
#include "catalog/catalog.h"
#include "catalog/timeline.h"
#include "catalog/users.h"
#include "db/db.h"

enum { PIECE = 5000, ROUNDS = 100 };
static const int64_t FIRST_US = INT64_C(1420070400000000); /* 2015-01-01 */
static const int64_t SPAN_US = INT64_C(315360000000000);   /* ten years */

struct fill {
    unsigned from, to;
    int64_t owner_id;
    GRand *random;
};

static bool add_user(struct db_conn *conn, void *data, GError **error)
{
    struct fill *fill = data;
    USER_AUTO struct user user = {0};
    struct user_new wanted = {.email = "bench@example.org", .name = "Bench", .password_hash = "x", .quota_bytes = -1};
    if (!users_create_first(conn, &wanted, &user, error))
        return false;
    fill->owner_id = user.id;
    return true;
}

static bool add_asset(struct db_conn *conn, struct fill *fill, unsigned n, GError **error)
{
    int64_t taken_us = FIRST_US + (int64_t)(g_rand_double(fill->random) * (double)SPAN_US);
    struct asset_new asset = {.owner_id = fill->owner_id,
                              .digest = {.size_bytes = 3000000},
                              .file_name = "IMG_20240813_123456.jpg",
                              .mime_type = "image/jpeg",
                              .type = n % 20 == 0 ? ASSET_VIDEO : ASSET_IMAGE,
                              .is_favorite = n % 50 == 0,
                              .taken_us = taken_us,
                              .modified_us = taken_us};
    for (size_t i = 0; i < SHA256_SIZE; i++)
        asset.digest.id.sha256[i] = (uint8_t)g_rand_int(fill->random);
    memcpy(asset.digest.sha1, asset.digest.id.sha256, SHA1_SIZE);
    struct asset_made made;
    struct media_facts facts = {.has_taken = true,
                                .taken_us = taken_us,
                                .local_us = taken_us + INT64_C(7200000000),
                                .date_source = DATE_SOURCE_EXIF_ORIGINAL,
                                .time_zone = "UTC+2",
                                .width_px = 4032,
                                .height_px = 3024,
                                .raw_width_px = 4032,
                                .raw_height_px = 3024,
                                .orientation = 1,
                                .thumbhash = asset.digest.id.sha256,
                                .thumbhash_size = 25,
                                .make = "Apple",
                                .model = "iPhone 15 Pro",
                                .f_number = 1.8,
                                .iso = 50,
                                .has_position = true,
                                .latitude = 48.1,
                                .longitude = 11.5};
    return asset_insert(conn, &asset, &made, error) && asset_media_apply(conn, made.id, &facts, error);
}

static bool add_piece(struct db_conn *conn, void *data, GError **error)
{
    struct fill *fill = data;
    for (unsigned n = fill->from; n < fill->to; n++) {
        if (!add_asset(conn, fill, n, error))
            return false;
    }
    return true;
}

static void fill_up(struct db *db, unsigned assets)
{
    g_autoptr(GError) error = NULL;
    struct fill fill = {.random = g_rand_new_with_seed(1)};
    db_write(db, add_user, &fill, &error);
    g_assert_no_error(error);
    int64_t begun = g_get_monotonic_time();
    for (fill.from = 0; fill.from < assets; fill.from = fill.to) {
        fill.to = MIN(fill.from + PIECE, assets);
        db_write(db, add_piece, &fill, &error);
        g_assert_no_error(error);
    }
    printf("filled %u assets in %.1f s\n", assets, (double)(g_get_monotonic_time() - begun) / 1e6);
    g_rand_free(fill.random);
}

/* ---- what is measured ---- */

static void keep_month(int month, int64_t count, void *data)
{
    g_array_append_val((GArray *)data, month);
}

static unsigned run_months(struct db_conn *conn, GArray *months, unsigned round)
{
    struct timeline_filter filter = {.owner_id = 1, .is_favorite = -1};
    g_array_set_size(months, 0);
    g_assert_true(timeline_months(conn, &filter, keep_month, months, NULL));
    return months->len;
}

static unsigned run_bucket(struct db_conn *conn, GArray *months, unsigned round)
{
    struct timeline_filter filter = {.owner_id = 1, .is_favorite = -1};
    int month = g_array_index(months, int, (round * 37) % months->len);
    DB_ROWS struct db_rows *rows = timeline_bucket(conn, &filter, month, NULL);
    unsigned n = 0;
    for (struct timeline_item item; timeline_next(rows, &item, NULL); n++)
        ;
    return n;
}

static unsigned run_statistics(struct db_conn *conn, GArray *months, unsigned round)
{
    struct asset_filter filter = {.owner_id = 1, .is_favorite = -1, .is_trashed = 0};
    struct asset_statistics statistics;
    g_assert_true(asset_statistics(conn, &filter, &statistics, NULL));
    return (unsigned)statistics.total;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double cpu_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void measure(struct db *db, const char *what, unsigned (*run)(struct db_conn *, GArray *, unsigned),
                    GArray *months)
{
    double ms[ROUNDS], cpu[ROUNDS];
    unsigned rows = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        int64_t begun = g_get_monotonic_time();
        double cpu_begun = cpu_ms();
        DB_READ struct db_conn *conn = db_read_begin(db, NULL);
        rows = run(conn, months, round);
        ms[round] = (double)(g_get_monotonic_time() - begun) / 1000;
        cpu[round] = cpu_ms() - cpu_begun;
    }
    qsort(ms, ROUNDS, sizeof ms[0], compare);
    qsort(cpu, ROUNDS, sizeof cpu[0], compare);
    printf("%-12s median %7.3f ms   p99 %7.3f ms   CPU %7.3f ms   (%u rows)\n", what, ms[ROUNDS / 2],
           ms[ROUNDS * 99 / 100], cpu[ROUNDS / 2], rows);
}

static void print_memory(void)
{
    g_autofree char *status = NULL;
    if (!g_file_get_contents("/proc/self/status", &status, NULL, NULL))
        return;
    const char *line = strstr(status, "VmRSS:");
    if (line)
        printf("memory       %.*s\n", (int)strcspn(line, "\n"), line);
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    if (argc < 2) {
        fprintf(stderr, "usage: bench_timeline FOLDER [ASSETS]\n");
        return 2;
    }
    g_mkdir_with_parents(argv[1], 0700);
    g_autofree char *path = g_build_filename(argv[1], "catalog.db", NULL);
    bool is_new = !g_file_test(path, G_FILE_TEST_EXISTS);
    g_autofree char *target = g_strconcat("sqlite:", path, NULL);
    int64_t begun = g_get_monotonic_time();
    struct db *db = db_open(target, &error);
    g_assert_no_error(error);
    catalog_migrate(db, argv[1], &error);
    g_assert_no_error(error);
    printf("opened in %.1f ms\n", (double)(g_get_monotonic_time() - begun) / 1000);
    if (is_new)
        fill_up(db, argc > 2 ? (unsigned)g_ascii_strtoull(argv[2], NULL, 10) : 1000000);
    g_autoptr(GArray) months = g_array_new(FALSE, FALSE, sizeof(int));
    measure(db, "months", run_months, months);
    measure(db, "one month", run_bucket, months);
    measure(db, "statistics", run_statistics, months);
    print_memory();
    db_close(db);
    return 0;
}
