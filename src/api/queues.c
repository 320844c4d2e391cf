/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/jobs and /api/queues: what the server has still to do, for administrators; and stopping, starting, emptying it.
 * Names and shapes are those of the Immich API; media/kinds.h says which work of ours goes under which name. */
#include <string.h>

#include "api/resources.h"
#include "base/error.h"
#include "catalog/problems.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "media/kinds.h"
#include "media/media.h"

enum {
    LISTED = 200, /* jobs of one state in an answer */
    MAX_STATES = 20,
};

/* ---- counts ---- */

struct queue {
    const char *name;
    struct jobs_counts counts;
    bool is_paused;
    uint64_t done;
};

static bool read_queue(struct call *call, struct db_conn *conn, const char *name, struct queue *ret_queue,
                       GError **error)
{
    struct queue queue = {.name = name};
    for (size_t i = 0; i < media_n_kinds; i++) {
        struct jobs_counts counts;
        if (!media_kind_is_of(&media_kinds[i], name))
            continue;
        if (!jobs_count(conn, media_kinds[i].name, &counts, error))
            return false;
        queue.counts.waiting += counts.waiting;
        queue.counts.active += counts.active;
        queue.counts.failed += counts.failed;
        queue.counts.delayed += counts.delayed;
        queue.done += call->api->config.jobs ? jobs_done(call->api->config.jobs, media_kinds[i].name) : 0;
    }
    if (!media_queue_is_paused(conn, name, &queue.is_paused, error))
        return false;
    *ret_queue = queue;
    return true;
}

static void write_counts(struct json *json, const char *key, const struct queue *queue)
{
    int64_t waiting = queue->counts.waiting - queue->counts.delayed;
    json_begin_object(json, key);
    json_int(json, "active", queue->counts.active);
    json_int(json, "completed", (int64_t)queue->done);
    json_int(json, "delayed", queue->counts.delayed);
    json_int(json, "failed", queue->counts.failed);
    json_int(json, "paused", queue->is_paused ? waiting : 0);
    json_int(json, "waiting", queue->is_paused ? 0 : waiting);
    json_end(json);
}

/* QueueResponseLegacyDto */
static void write_legacy(struct json *json, const char *key, const struct queue *queue)
{
    json_begin_object(json, key);
    write_counts(json, "jobCounts", queue);
    json_begin_object(json, "queueStatus");
    json_bool(json, "isActive", queue->counts.active > 0);
    json_bool(json, "isPaused", queue->is_paused);
    json_end(json);
    json_end(json);
}

/* QueueResponseDto */
static void write_queue(struct json *json, const char *key, const struct queue *queue)
{
    json_begin_object(json, key);
    json_bool(json, "isPaused", queue->is_paused);
    json_text(json, "name", queue->name);
    write_counts(json, "statistics", queue);
    json_end(json);
}

/* All of them, as members of an object (@legacy) or as a list. */
static bool answer_all(struct call *call, bool legacy, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn)
        return false;
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    if (legacy)
        json_begin_object(&json, NULL);
    else
        json_begin_array(&json, NULL);
    for (const char *const *name = media_queues; *name; name++) {
        struct queue queue;
        if (!read_queue(call, conn, *name, &queue, error))
            return false;
        if (legacy)
            write_legacy(&json, *name, &queue);
        else
            write_queue(&json, NULL, &queue);
    }
    json_end(&json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

bool handle_jobs_list(struct call *call, GError **error)
{
    return answer_all(call, true, error);
}

bool handle_queues_list(struct call *call, GError **error)
{
    return answer_all(call, false, error);
}

/* The queue that the path names. */
static bool find_name(struct call *call, const char **ret_name, GError **error)
{
    const char *wanted = http_param(call->request, "name");
    for (const char *const *name = media_queues; *name; name++) {
        if (strcmp(*name, wanted) == 0) {
            *ret_name = *name;
            return true;
        }
    }
    g_autofree char *all = g_strjoinv(", ", (char **)media_queues);
    return call_problem(call, error, "name", "must be one of: %s", all);
}

static bool answer_one(struct call *call, const char *name, bool legacy, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    struct queue queue;
    if (!conn || !read_queue(call, conn, name, &queue, error))
        return false;
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    if (legacy)
        write_legacy(&json, NULL, &queue);
    else
        write_queue(&json, NULL, &queue);
    return call_answer(call, 200, text);
}

bool handle_queues_get(struct call *call, GError **error)
{
    const char *name;
    return find_name(call, &name, error) && answer_one(call, name, false, error);
}

/* ---- commands ---- */

static bool pause_work(struct db_conn *conn, void *data, GError **error)
{
    return media_queue_pause(conn, data, error);
}

static bool resume_work(struct db_conn *conn, void *data, GError **error)
{
    return media_queue_resume(conn, data, error);
}

/* What is missing is made (@force: everything again), and what failed is tried once more. */
static bool start(struct call *call, const char *name, bool force, GError **error)
{
    int64_t n = 0;
    bool makes_pictures = media_kind_is_of(media_kind_find(MEDIA_JOB), name);
    return (!makes_pictures || media_rebuild(call->api->config.db, force, error)) &&
           media_retry(call->api->config.db, name, &n, error);
}

/* What waits is forgotten, what runs is stopped. */
static bool empty(struct call *call, const char *name, GError **error)
{
    if (!media_queue_forget(call->api->config.db, name, false, error))
        return false;
    for (size_t i = 0; call->api->config.jobs && i < media_n_kinds; i++)
        if (media_kind_is_of(&media_kinds[i], name))
            jobs_cancel(call->api->config.jobs, media_kinds[i].name);
    return true;
}

static const char *const commands[] = {"start", "pause", "resume", "empty", "clear-failed", NULL};

struct command {
    const char *command;
    struct body_bool force;
};
static const struct body_field command_fields[] = {
    {.name = "command",
     .kind = BODY_CHOICE,
     .offset = offsetof(struct command, command),
     .is_required = true,
     .choices = commands},
    {.name = "force", .kind = BODY_BOOL, .offset = offsetof(struct command, force)},
};
static const struct body_shape command_shape = BODY_SHAPE(struct command, command_fields);

static bool obey(struct call *call, const char *name, const struct command *given, GError **error)
{
    if (strcmp(given->command, "start") == 0)
        return start(call, name, given->force.value, error);
    if (strcmp(given->command, "pause") == 0)
        return call_write(call, pause_work, (void *)name, error);
    if (strcmp(given->command, "resume") == 0)
        return call_write(call, resume_work, (void *)name, error);
    if (strcmp(given->command, "empty") == 0)
        return empty(call, name, error);
    return media_queue_forget(call->api->config.db, name, true, error);
}

bool handle_jobs_put(struct call *call, GError **error)
{
    const char *name;
    struct command given;
    if (!find_name(call, &name, error) || !call_body(call, &command_shape, &given, error) ||
        !obey(call, name, &given, error))
        return false;
    jobs_wake(call->api->config.jobs);
    return answer_one(call, name, true, error);
}

struct change {
    struct body_bool is_paused;
};
static const struct body_field change_fields[] = {
    {.name = "isPaused", .kind = BODY_BOOL, .offset = offsetof(struct change, is_paused)},
};
static const struct body_shape change_shape = BODY_SHAPE(struct change, change_fields);

bool handle_queues_put(struct call *call, GError **error)
{
    const char *name;
    struct change given;
    if (!find_name(call, &name, error) || !call_body(call, &change_shape, &given, error))
        return false;
    if (given.is_paused.is_set &&
        !call_write(call, given.is_paused.value ? pause_work : resume_work, (void *)name, error))
        return false;
    jobs_wake(call->api->config.jobs);
    return answer_one(call, name, false, error);
}

struct emptying {
    struct body_bool failed;
};
static const struct body_field emptying_fields[] = {
    {.name = "failed", .kind = BODY_BOOL, .offset = offsetof(struct emptying, failed)},
};
static const struct body_shape emptying_shape = BODY_SHAPE(struct emptying, emptying_fields);

bool handle_queues_empty(struct call *call, GError **error)
{
    const char *name;
    struct emptying given;
    return find_name(call, &name, error) && call_body(call, &emptying_shape, &given, error) &&
           empty(call, name, error) &&
           (!given.failed.value || media_queue_forget(call->api->config.db, name, true, error)) &&
           call_answer_empty(call, 204);
}

/* ---- single jobs ---- */

struct listing {
    struct json *json;
    struct db_conn *conn;
    const char *queue;
    GError *failure;
};

/* QueueJobResponseDto; what `data` holds is free. */
static bool write_job(const struct jobs_row *row, void *data)
{
    struct listing *listing = data;
    const struct media_kind *kind = media_kind_find(row->kind);
    ASSET_CAPTION_AUTO struct asset_caption caption = {0};
    char id[UUID_TEXT_SIZE];
    if (!media_job_caption(listing->conn, kind, row->subject, &caption, &listing->failure))
        return false;
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, row->id);
    json_begin_object(listing->json, NULL);
    json_text(listing->json, "id", number);
    json_text(listing->json, "name", kind->job_name);
    json_int(listing->json, "timestamp", row->created_us / 1000);
    json_begin_object(listing->json, "data");
    json_text(listing->json, "kind", row->kind);
    json_text(listing->json, "state", row->state);
    json_text(listing->json, "id", caption.file_name ? uuid_format(&caption.uuid, id) : NULL);
    json_text(listing->json, "fileName", caption.file_name);
    json_text(listing->json, "ownerName", caption.owner_name);
    json_text(listing->json, "reason", row->error);
    json_int(listing->json, "attempts", row->attempts);
    json_double(listing->json, "progress", (double)row->progress_permille / 1000);
    json_end(listing->json);
    json_end(listing->json);
    return true;
}

static bool list_state(struct listing *listing, const char *state, GError **error)
{
    for (size_t i = 0; i < media_n_kinds; i++) {
        if (!media_kind_is_of(&media_kinds[i], listing->queue))
            continue;
        if (!jobs_list(listing->conn, media_kinds[i].name, state, 0, LISTED, write_job, listing, error))
            return false;
        if (listing->failure) {
            g_propagate_error(error, listing->failure);
            return false;
        }
    }
    return true;
}

static const char *const job_states[] = {"active", "failed", "completed", "delayed", "waiting", "paused", NULL};

struct jobs_query {
    struct body_list states;
};
static const struct body_field jobs_fields[] = {
    {.name = "status", .kind = BODY_TEXTS, .offset = offsetof(struct jobs_query, states), .max = MAX_STATES},
};
static const struct body_shape jobs_shape = BODY_SHAPE(struct jobs_query, jobs_fields);

static bool read_states(struct call *call, struct jobs_query *ret_query, GError **error)
{
    if (!call_query(call, &jobs_shape, ret_query, error))
        return false;
    const char *const *states = ret_query->states.items;
    for (size_t i = 0; i < ret_query->states.n; i++)
        if (!g_strv_contains(job_states, states[i]))
            return call_problem(call, error, "status", "is none of the known states");
    return true;
}

static bool wants(const struct jobs_query *query, const char *state)
{
    return query->states.n == 0 || g_strv_contains(query->states.items, state);
}

bool handle_queues_jobs(struct call *call, GError **error)
{
    static const char *const ours[] = {"active", "waiting", "failed"};
    struct listing listing = {0};
    struct jobs_query query;
    if (!find_name(call, &listing.queue, error) || !read_states(call, &query, error))
        return false;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn)
        return false;
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    listing.json = &json;
    listing.conn = conn;
    json_begin_array(&json, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(ours); i++)
        if (wants(&query, ours[i]) && !list_state(&listing, ours[i], error))
            return false;
    json_end(&json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

#define NAME "name: QueueName"
const struct operation queues_operations[] = {
    {"getQueuesLegacy", ANSWERS(200, "QueuesResponseLegacyDto")},
    {"runQueueCommandLegacy", .params = NAME, .body = &command_shape, ANSWERS(200, "QueueResponseLegacyDto")},
    {"getQueues", ANSWERS(200, "[QueueResponseDto]")},
    {"getQueue", .params = NAME, ANSWERS(200, "QueueResponseDto")},
    {"updateQueue", .params = NAME, .body = &change_shape, ANSWERS(200, "QueueResponseDto")},
    {"getQueueJobs", .params = NAME, .query = &jobs_shape, ANSWERS(200, "[QueueJobResponseDto]")},
    {"emptyQueue", .params = NAME, .body = &emptying_shape, ANSWERS_NOTHING},
    {.name = NULL},
};
