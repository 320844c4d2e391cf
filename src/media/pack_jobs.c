/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/pack_jobs.h"

#include <string.h>

#include "base/error.h"
#include "catalog/blob_pack.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "media/media.h"

enum { PAGE_BLOBS = 200, FORGET_ROWS = 500, ATTEMPTS = 2 };

struct page {
    int64_t ids[PAGE_BLOBS];
    int n;
};

/* The newest first, so that the oldest has the highest row id: of one priority that is the first to run. */
static bool add_page(struct db_conn *conn, void *data, GError **error)
{
    const struct page *page = data;
    for (int i = page->n - 1; i >= 0; i--) {
        if (!jobs_add(conn, MEDIA_PACK_JOB, page->ids[i], JOBS_REWORK, error))
            return false;
    }
    return page->n < PAGE_BLOBS || jobs_add(conn, MEDIA_PACK_JOB, MEDIA_PACK_LOOK, JOBS_REFILL, error);
}

static bool look_for_more(struct pack_jobs *jobs, GError **error)
{
    const struct job_context *context = jobs->context;
    struct page page = {.n = 0};
    if (!context->packs)
        return true;
    {
        DB_READ struct db_conn *conn = db_read_begin(context->db, error);
        page.n = conn ? blobs_to_pack(conn, jobs->cursor, page.ids, PAGE_BLOBS, error) : -1;
    }
    if (page.n < 0 || (page.n > 0 && !db_write(context->db, add_page, &page, error)))
        return false;
    jobs->cursor = page.n == PAGE_BLOBS ? page.ids[page.n - 1] : 0;
    return true;
}

static bool run_pack(int64_t subject, void *data, GError **error)
{
    struct pack_jobs *jobs = data;
    return subject == MEDIA_PACK_LOOK ? look_for_more(jobs, error) : pack_run(jobs->context, subject, error);
}

static void give_up_pack(int64_t subject, const GError *reason, void *data)
{
    const struct pack_jobs *jobs = data;
    if (subject != MEDIA_PACK_LOOK)
        pack_give_up(jobs->context, subject, reason);
}

static bool run_unpack(int64_t subject, void *data, GError **error)
{
    const struct pack_jobs *jobs = data;
    return pack_undo(jobs->context, subject, error);
}

void pack_jobs_kinds(struct pack_jobs *jobs, struct jobs_kind *ret_kinds)
{
    ret_kinds[0] = (struct jobs_kind){
        .name = MEDIA_PACK_JOB,
        .rank = JOBS_WHEN_IDLE,
        .max_attempts = ATTEMPTS,
        .run = run_pack,
        .give_up = give_up_pack,
        .data = jobs,
    };
    ret_kinds[1] = (struct jobs_kind){
        .name = MEDIA_UNPACK_JOB,
        .rank = JOBS_WHEN_IDLE,
        .max_attempts = ATTEMPTS,
        .run = run_unpack,
        .data = jobs,
    };
}

static bool begin_on(struct db_conn *conn, void *data, GError **error)
{
    return jobs_add(conn, MEDIA_PACK_JOB, MEDIA_PACK_LOOK, JOBS_REFILL, error);
}

static bool forget(struct db_conn *conn, void *data, GError **error)
{
    return jobs_forget(conn, MEDIA_PACK_JOB, false, FORGET_ROWS, data, error);
}

bool pack_jobs_begin(struct pack_jobs *jobs, GError **error)
{
    struct db *db = jobs->context->db;
    if (jobs->context->packs)
        return db_write(db, begin_on, NULL, error);
    struct jobs_counts counts;
    {
        DB_READ struct db_conn *conn = db_read_begin(db, error);
        if (!conn || !jobs_count(conn, MEDIA_PACK_JOB, &counts, error))
            return false;
    }
    int64_t forgotten = counts.waiting > 0 ? FORGET_ROWS : 0;
    while (forgotten == FORGET_ROWS) {
        if (!db_write(db, forget, &forgotten, error))
            return false;
    }
    return true;
}

bool pack_is_wanted(const struct job_context *context, int64_t blob_id, const char *mime)
{
    struct blob_packing row;
    DB_READ struct db_conn *conn = db_read_begin(context->db, NULL);
    if (!mime || strcmp(mime, "image/jpeg") != 0 || !conn || !blobs_find_packing(conn, blob_id, &row, NULL))
        return false;
    const struct blob_digest *digest = &row.blob.digest;
    if (row.blob.pack == BLOB_PACK_DONE)
        return store_has(context->store, &digest->id, digest->size_bytes);
    return context->packs && row.blob.pack == BLOB_PACK_NONE;
}
