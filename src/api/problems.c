/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/problems, a path of our own: for administrators, the files of everybody that are stored but with which something
 * did not work, with the reason; and trying again. */
#include <string.h>

#include "api/resources.h"
#include "base/error.h"
#include "catalog/problems.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "media/kinds.h"

enum { PAGE_MAX = 500, PAGE_DEFAULT = 100, JOBS_MAX = 200, RETRY_MAX = 1000 };

/* ---- list ---- */

struct listing {
    struct json *json;
    struct db_conn *conn;
    unsigned n;
    int64_t last_id;
    GError *failure;
};

static void write_item(struct json *json, const char *id, const char *kind, const struct uuid *asset,
                       const char *file_name, const char *owner_name, const char *reason, int64_t at_us)
{
    char asset_id[UUID_TEXT_SIZE];
    json_begin_object(json, NULL);
    json_text(json, "id", id);
    json_text(json, "kind", kind);
    json_text(json, "assetId", asset ? uuid_format(asset, asset_id) : NULL);
    json_text(json, "fileName", file_name);
    json_text(json, "ownerName", owner_name);
    json_text(json, "reason", reason);
    json_time(json, "at", at_us);
    json_end(json);
}

static bool write_problem(const struct asset_problem *problem, void *data)
{
    struct listing *listing = data;
    char id[UUID_TEXT_SIZE];
    uuid_format(&problem->uuid, id);
    write_item(listing->json, id, problem->has_picture ? "damaged" : "no-picture", &problem->uuid, problem->file_name,
               problem->owner_name, problem->reason, problem->at_us);
    listing->n++;
    listing->last_id = problem->id;
    return true;
}

/* Failed jobs of other kinds; those that make pictures are told by their file. */
static bool write_job(const struct jobs_row *row, void *data)
{
    struct listing *listing = data;
    const struct media_kind *kind = media_kind_find(row->kind);
    ASSET_CAPTION_AUTO struct asset_caption caption = {0};
    if (media_kind_is_of(kind, "thumbnailGeneration") && kind->about == MEDIA_ABOUT_ASSET)
        return true;
    if (!media_job_caption(listing->conn, kind, row->subject, &caption, &listing->failure))
        return false;
    g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, row->id);
    write_item(listing->json, id, row->kind, caption.file_name ? &caption.uuid : NULL, caption.file_name,
               caption.owner_name, row->error, row->updated_us);
    return true;
}

static bool write_page(struct listing *listing, int64_t before_id, unsigned limit, GError **error)
{
    if (before_id == 0) {
        if (!jobs_list(listing->conn, NULL, "failed", 0, JOBS_MAX, write_job, listing, error))
            return false;
        if (listing->failure) {
            g_propagate_error(error, listing->failure);
            return false;
        }
    }
    return asset_problems(listing->conn, before_id, limit, write_problem, listing, error);
}

struct page {
    struct body_int limit, cursor;
};
static const struct body_field page_fields[] = {
    {.name = "limit", .kind = BODY_INT, .offset = offsetof(struct page, limit), .min = 1, .max = PAGE_MAX},
    {.name = "cursor", .kind = BODY_INT, .offset = offsetof(struct page, cursor), .max = INT64_MAX},
};
static const struct body_shape page_shape = BODY_SHAPE(struct page, page_fields);

bool handle_problems_list(struct call *call, GError **error)
{
    struct page page;
    int64_t waiting = 0, failed = 0;
    if (!call_query(call, &page_shape, &page, error))
        return false;
    unsigned limit = page.limit.is_set ? (unsigned)page.limit.value : PAGE_DEFAULT;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn || !asset_media_counts(conn, 0, &waiting, &failed, error))
        return false;
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    struct listing listing = {.json = &json, .conn = conn};
    json_begin_object(&json, NULL);
    json_int(&json, "files", failed);
    json_begin_array(&json, "items");
    if (!write_page(&listing, page.cursor.value, limit, error))
        return false;
    json_end(&json);
    g_autofree char *next = listing.n == limit ? g_strdup_printf("%" G_GINT64_FORMAT, listing.last_id) : NULL;
    json_text(&json, "nextCursor", next);
    json_end(&json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

/* ---- again ---- */

struct again {
    struct body_list ids;
};
static const struct body_field again_fields[] = {
    {.name = "ids", .kind = BODY_TEXTS, .offset = offsetof(struct again, ids), .max = RETRY_MAX},
};
static const struct body_shape again_shape = BODY_SHAPE(struct again, again_fields);

/* What is gone, or was mended meanwhile, needs nothing. */
static bool retry_one(struct call *call, const char *id, int64_t *n, GError **error)
{
    struct uuid uuid;
    gint64 job_id = 0;
    GError *problem = NULL;
    bool ok;
    if (uuid_parse(id, &uuid))
        ok = media_retry_asset(call->api->config.db, &uuid, &problem);
    else if (g_ascii_string_to_signed(id, 10, 1, INT64_MAX, &job_id, NULL))
        ok = media_retry_job(call->api->config.db, job_id, &problem);
    else
        return call_problem(call, error, "ids", "holds something that is no id of a problem");
    *n += ok;
    if (ok || err_is(problem, ERR_NOT_FOUND)) {
        g_clear_error(&problem);
        return true;
    }
    g_propagate_error(error, problem);
    return false;
}

bool handle_problems_retry(struct call *call, GError **error)
{
    struct again given;
    int64_t n = 0;
    if (!call_body(call, &again_shape, &given, error))
        return false;
    const char *const *ids = given.ids.items;
    for (size_t i = 0; i < given.ids.n; i++)
        if (!retry_one(call, ids[i], &n, error))
            return false;
    if (!given.ids.is_set && !media_retry(call->api->config.db, NULL, &n, error))
        return false;
    jobs_wake(call->api->config.jobs);
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    json_int(&json, "retried", n);
    json_end(&json);
    return call_answer(call, 200, text);
}

const struct operation problems_operations[] = {
    {"getProblems", .query = &page_shape, ANSWERS(200, "Problems")},
    {"retryProblems", .body = &again_shape, ANSWERS(200, "{retried: int}")},
    {.name = NULL},
};
