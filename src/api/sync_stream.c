/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A sync stream goes through its steps row by row, as the client takes the bytes. */
#include "api/sync_stream.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"

static const int64_t RESET_AFTER_US = INT64_C(30) * 86400 * G_USEC_PER_SEC; /* deletes are kept for a day more */
static const int64_t STREAM_LIMIT_US = INT64_C(15) * 60 * G_USEC_PER_SEC;   /* a snapshot must not stay for ever */

/* ---- how far the phone is ---- */

static int64_t bit(enum sync_request request)
{
    return INT64_C(1) << request;
}

/* All up to here has arrived, as a stream that came to its end says. */
static int64_t complete_until(const struct stream *stream, const struct step *step)
{
    return stream->complete.extra & bit(step->request) ? stream->complete.change_id : 0;
}

static int64_t arrived_until(const struct stream *stream, const struct step *step)
{
    return MAX(complete_until(stream, step), stream->positions[step - sync_steps].change_id);
}

/* ---- lines ---- */

/* The app acknowledges the last line that it has: nothing with the same change id may be missing then. So only the last
 * of several acknowledges theirs, the others what came before. */
static void close_line(struct stream *stream, int64_t next_change_id)
{
    struct sync_checkpoint *line = &stream->line;
    if (!stream->is_line_open)
        return;
    if (stream->row_change_id && *stream->row_change_id == next_change_id)
        *stream->row_change_id -= 1;
    g_string_append(stream->text, ",\"ack\":\"");
    sync_ack_format(line, stream->text);
    g_string_append(stream->text, "\"}\n");
    stream->is_line_open = false;
}

static struct json open_line(struct stream *stream, const char *type, struct sync_checkpoint what,
                             int64_t *row_change_id)
{
    stream->line = what;
    stream->row_change_id = row_change_id;
    g_string_append(stream->text, "{\"type\":\"");
    g_string_append(stream->text, type);
    g_string_append(stream->text, "\",\"data\":");
    struct json json = json_to(stream->text);
    json_begin_object(&json, NULL);
    stream->is_line_open = true;
    return json;
}

struct json line_begin(struct stream *stream, const char *entity, int64_t change_id)
{
    const struct step *step = &sync_steps[stream->step];
    struct sync_checkpoint line = {.entity = entity, .change_id = change_id};
    close_line(stream, change_id);
    if (step->kind == STEP_UNORDERED) {
        line.change_id = arrived_until(stream, step); /* nothing new is arrived by it */
        return open_line(stream, entity, line, NULL);
    }
    if (step->kind == STEP_BACKFILL) {
        line.change_id = g_array_index(stream->grants, struct sync_grant, stream->grant).create_id;
        line.extra = change_id;
        return open_line(stream, entity, line, &stream->line.extra);
    }
    if (step->kind == STEP_ROWS && step->by != SYNC_BY_NOTHING)
        line.extra = stream->last_change_id; /* of all grants that the snapshot has, what was before is sent */
    return open_line(stream, entity, line, &stream->line.change_id);
}

void line_end(struct json *json)
{
    json_end(json);
}

/* A line without data, for what its acknowledgement says. */
static void write_mark(struct stream *stream, const char *type, struct sync_checkpoint what)
{
    close_line(stream, -1);
    struct json json = open_line(stream, type, what, NULL);
    line_end(&json);
    close_line(stream, -1);
}

/* ---- where a step begins ---- */

static const struct step *find_step(const char *entity)
{
    for (size_t i = 0; i < sync_n_steps; i++)
        if (strcmp(sync_steps[i].entity, entity) == 0)
            return &sync_steps[i];
    g_return_val_if_reached(NULL);
}

/* Reads the grants that are not known to have been backfilled, if the phone has anything that could lack them. */
static bool begin_backfill(struct stream *stream, const struct step *step, GError **error)
{
    const struct step *main = find_step(step->main);
    const struct position *own = &stream->positions[step - sync_steps];
    int64_t done = MAX(complete_until(stream, step), stream->positions[main - sync_steps].extra);
    stream->grants = g_array_new(FALSE, FALSE, sizeof(struct sync_grant));
    stream->grant = 0;
    if (arrived_until(stream, main) == 0)
        return true;
    if (own->change_id > done)
        done = own->extra == INT64_MAX ? own->change_id : own->change_id - 1;
    return sync_grants(stream->conn, step->by, stream->user_id, done + 1, stream->grants, error);
}

/* The range of the grant at work: what was there before it, as far as the phone has heard of anything. What came after
 * it was in the stream as it came. */
static struct sync_range backfill_range(const struct stream *stream, const struct step *step)
{
    const struct position *own = &stream->positions[step - sync_steps];
    const struct sync_grant *grant = &g_array_index(stream->grants, struct sync_grant, stream->grant);
    return (struct sync_range){
        .user_id = stream->user_id,
        .after = own->change_id == grant->create_id ? own->extra : 0,
        .until = MIN(grant->create_id, arrived_until(stream, find_step(step->main))),
        .grant = grant->id,
    };
}

static bool open_rows(struct stream *stream, const struct step *step, GError **error)
{
    struct sync_range range = {.user_id = stream->user_id, .after = arrived_until(stream, step)};
    if (step->kind == STEP_UNORDERED)
        range.after = complete_until(stream, step);
    if (step->kind == STEP_CHANGED)
        range.until = arrived_until(stream, find_step(step->main));
    if (step->kind == STEP_BACKFILL)
        range = backfill_range(stream, step);
    stream->rows = sync_open(stream->conn, step->part, &range, error);
    return stream->rows != NULL;
}

/* ---- through the steps ---- */

static void end_step(struct stream *stream)
{
    close_line(stream, -1);
    g_clear_pointer(&stream->grants, g_array_unref);
    stream->has_written = false;
    stream->step++;
}

/* Is there nothing to say? What a phone does not have yet cannot change for it. */
static bool is_idle(const struct stream *stream, const struct step *step)
{
    return !(stream->requests & bit(step->request)) || (step->by == SYNC_BY_PARTNERS && !stream->has_partners) ||
           (step->kind == STEP_CHANGED && arrived_until(stream, find_step(step->main)) == 0);
}

static bool begin_step(struct stream *stream, GError **error)
{
    const struct step *step = &sync_steps[stream->step];
    if (is_idle(stream, step)) {
        end_step(stream);
        return true;
    }
    if (step->kind == STEP_BACKFILL && !stream->grants && !begin_backfill(stream, step, error))
        return false;
    if (step->kind == STEP_BACKFILL && stream->grant == stream->grants->len) {
        end_step(stream);
        return true;
    }
    return open_rows(stream, step, error);
}

static void end_rows(struct stream *stream)
{
    const struct step *step = &sync_steps[stream->step];
    g_clear_pointer(&stream->rows, db_rows_free);
    if (step->kind != STEP_BACKFILL) {
        end_step(stream);
        return;
    }
    int64_t create_id = g_array_index(stream->grants, struct sync_grant, stream->grant++).create_id;
    write_mark(stream, "SyncAckV1", (struct sync_checkpoint){step->entity, create_id, INT64_MAX, 0});
}

static void write_row(struct stream *stream)
{
    const struct step *step = &sync_steps[stream->step];
    if (step->stands_for && !stream->has_written)
        write_mark(stream, "SyncAckV1", (struct sync_checkpoint){step->stands_for, stream->last_change_id, 0, 0});
    stream->has_written = true;
    step->write(stream, step);
}

/* One row more in the text, or the next step. False with @error. */
static bool advance(struct stream *stream, GError **error)
{
    GError *problem = NULL;
    if (!stream->rows)
        return begin_step(stream, error);
    if (db_next(stream->rows, &problem))
        write_row(stream);
    else
        end_rows(stream);
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}

static void write_end(struct stream *stream)
{
    if (stream->is_reset)
        g_string_append(stream->text, "{\"type\":\"" SYNC_RESET "\",\"data\":{},\"ack\":\"" SYNC_RESET "|reset\"}\n");
    else
        write_mark(stream, SYNC_COMPLETE,
                   (struct sync_checkpoint){SYNC_COMPLETE, stream->last_change_id, stream->requests, 0});
    stream->is_complete = true;
}

ssize_t stream_pull(void *data, char *buffer, size_t max)
{
    struct stream *stream = data;
    g_autoptr(GError) error = NULL;
    if (g_get_monotonic_time() > stream->until_us)
        return -1;
    while (stream->text->len < max && !stream->is_complete) {
        if (stream->is_reset || stream->step == sync_n_steps) {
            write_end(stream);
        } else if (!advance(stream, &error)) {
            log_error("sync.stream-failed", error);
            return -1;
        }
    }
    size_t size = MIN(max, stream->text->len);
    memcpy(buffer, stream->text->str, size);
    g_string_erase(stream->text, 0, (gssize)size); /* what is left is less than a line */
    return (ssize_t)size;
}

/* ---- beginning and end ---- */

struct checkpoints {
    struct stream *stream;
    int64_t first_us, complete_us; /* when the first of all was acknowledged, and the end of a stream; 0: never */
};

static bool take_checkpoint(const struct sync_checkpoint *checkpoint, void *data)
{
    struct checkpoints *checkpoints = data;
    struct stream *stream = checkpoints->stream;
    struct position position = {checkpoint->change_id, checkpoint->extra};
    for (size_t i = 0; i < sync_n_steps; i++)
        if (strcmp(sync_steps[i].entity, checkpoint->entity) == 0)
            stream->positions[i] = position;
    if (checkpoints->first_us == 0 || checkpoint->acked_us < checkpoints->first_us)
        checkpoints->first_us = checkpoint->acked_us;
    if (strcmp(checkpoint->entity, SYNC_COMPLETE) == 0) {
        stream->complete = position;
        checkpoints->complete_us = checkpoint->acked_us;
    }
    return true;
}

/* A phone that did not come to the end of a stream for so long may have missed deletes. */
static bool take_checkpoints(struct stream *stream, int64_t session_id, GError **error)
{
    struct checkpoints checkpoints = {.stream = stream};
    if (!sync_checkpoints(stream->conn, session_id, take_checkpoint, &checkpoints, error))
        return false;
    int64_t since_us = checkpoints.complete_us ? checkpoints.complete_us : checkpoints.first_us;
    stream->is_reset = since_us != 0 && clock_now_us() - since_us > RESET_AFTER_US;
    return true;
}

static bool look_for_partners(struct stream *stream, GError **error)
{
    g_autoptr(GArray) grants = g_array_new(FALSE, FALSE, sizeof(struct sync_grant));
    bool ok = sync_grants(stream->conn, SYNC_BY_PARTNERS, stream->user_id, 0, grants, error);
    stream->has_partners = grants->len > 0;
    return ok;
}

struct stream *stream_new(struct db *db, int64_t session_id, int64_t user_id, const struct uuid *user, int64_t requests,
                          GError **error)
{
    struct stream *stream = g_new0(struct stream, 1);
    stream->user_id = user_id;
    stream->user = *user;
    stream->requests = requests;
    stream->until_us = g_get_monotonic_time() + STREAM_LIMIT_US;
    stream->text = g_string_new(NULL);
    stream->conn = db_stream_begin(db, error);
    if (!stream->conn || !db_last_change_id(stream->conn, &stream->last_change_id, error) ||
        !take_checkpoints(stream, session_id, error) || !look_for_partners(stream, error)) {
        stream_free(stream);
        return NULL;
    }
    return stream;
}

void stream_free(void *data)
{
    struct stream *stream = data;
    db_rows_free(stream->rows);
    db_read_end(stream->conn);
    g_clear_pointer(&stream->grants, g_array_unref);
    g_string_free(stream->text, TRUE);
    g_free(stream);
}
