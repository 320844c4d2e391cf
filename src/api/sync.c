/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/sync: how the phone apps learn what the server holds. A stream is one JSON object a line, {type, data, ack}:
 * of each kind of entity what is gone, then what is new or changed since the session's checkpoint; at the end
 * SyncCompleteV1. The app applies the lines and sends the last `ack` of each run of lines of one type back.
 *
 * Rows are read from one snapshot while the client takes them, so memory does not grow with the library, no line can
 * refer to something that the client was not told of, and an acknowledgement never waits for the stream. Where anything
 * goes wrong in the middle the connection is cut off without SyncCompleteV1: the client comes again and goes on from
 * what it acknowledged. */
#include <string.h>

#include "api/resources.h"
#include "api/sync_stream.h"
#include "api/words.h"
#include "base/error.h"
#include "db/db.h"

enum { MAX_TYPES = 100, MAX_ACKS = 1000 };

/* Kinds of earlier versions, whose lines this server does not write; to send nothing would look like an empty library.
 */
static const char *const outdated[] = {"AssetsV1", "PartnerAssetsV1", "AlbumAssetsV1", "AssetFacesV1", NULL};

/* ---- the stream ---- */

/* An API key has no checkpoints: what it got would be lost to whom it belongs. */
static bool check_session(struct call *call, GError **error)
{
    return call->who->kind == ACCESS_SESSION ||
           err_set(error, ERR_FORBIDDEN, "Sync endpoints cannot be used with API keys");
}

static bool begin_anew(struct db_conn *conn, void *data, GError **error)
{
    const struct access *who = data;
    return sync_forget(conn, who->session.id, NULL, error);
}

struct stream_request {
    struct body_list types;
    struct body_bool reset;
};
static const struct body_field stream_fields[] = {
    {.name = "types",
     .kind = BODY_TEXTS,
     .offset = offsetof(struct stream_request, types),
     .is_required = true,
     .max = MAX_TYPES},
    {.name = "reset", .kind = BODY_BOOL, .offset = offsetof(struct stream_request, reset)},
};
static const struct body_shape stream_shape = BODY_SHAPE(struct stream_request, stream_fields);

static bool check_types(struct call *call, const struct stream_request *wanted, GError **error)
{
    for (const char *const *type = wanted->types.items; *type; type++)
        if (word_is_one_of(*type, outdated))
            return call_problem(call, error, "types", "%s is of an earlier version of the app; update it", *type);
    return true;
}

bool handle_sync_stream(struct call *call, GError **error)
{
    const struct access *who = call->who;
    struct stream_request wanted;
    if (!check_session(call, error) || !call_body(call, &stream_shape, &wanted, error) ||
        !check_types(call, &wanted, error))
        return false;
    if (wanted.reset.value && !call_write(call, begin_anew, (void *)who, error))
        return false;
    struct stream *stream = stream_new(call->api->config.db, who->session.id, who->user.id, &who->user.uuid,
                                       sync_requests((const char *const *)wanted.types.items), error);
    if (!stream)
        return false;
    stream->is_reset |= who->session.is_pending_sync_reset && !wanted.reset.value;
    http_add_header(call->request, "Cache-Control", "no-store");
    http_answer_slow_pull(call->request, 200, "application/jsonlines+json", -1, stream_pull, stream, stream_free);
    return true;
}

/* ---- acknowledgements ---- */

static bool write_ack(const struct sync_checkpoint *checkpoint, void *data)
{
    struct json *json = data;
    g_autoptr(GString) ack = g_string_new(NULL);
    sync_ack_format(checkpoint, ack);
    json_begin_object(json, NULL);
    json_text(json, "type", checkpoint->entity);
    json_text(json, "ack", ack->str);
    json_end(json);
    return true;
}

bool handle_sync_get_acks(struct call *call, GError **error)
{
    if (!check_session(call, error))
        return false;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_array(&json, NULL);
    if (!conn || !sync_checkpoints(conn, call->who->session.id, write_ack, &json, error))
        return false;
    json_end(&json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

struct acks {
    int64_t session_id;
    const char *const *texts;
};

static bool apply_ack(struct db_conn *conn, const struct acks *acks, const char *ack, GError **error)
{
    g_auto(GStrv) parts = NULL;
    struct sync_checkpoint checkpoint;
    if (strcmp(ack, SYNC_RESET) == 0 || g_str_has_prefix(ack, SYNC_RESET "|"))
        return sync_forget(conn, acks->session_id, NULL, error);
    return sync_ack_parse(ack, &checkpoint, &parts) ? sync_ack(conn, acks->session_id, &checkpoint, error)
                                                    : err_set(error, ERR_INVALID, "Invalid ack type");
}

static bool apply_acks(struct db_conn *conn, void *data, GError **error)
{
    const struct acks *acks = data;
    for (const char *const *text = acks->texts; *text; text++)
        if (!apply_ack(conn, acks, *text, error))
            return false;
    return true;
}

static const struct body_field ack_fields[] = {
    {.name = "acks", .kind = BODY_TEXTS, .is_required = true, .max = MAX_ACKS},
};
static const struct body_shape ack_shape = BODY_SHAPE(struct body_list, ack_fields);

bool handle_sync_send_acks(struct call *call, GError **error)
{
    struct body_list list;
    if (!check_session(call, error) || !call_body(call, &ack_shape, &list, error))
        return false;
    struct acks acks = {.session_id = call->who->session.id, .texts = list.items};
    /* A phone sends a dozen of them each time. What is lost with the power comes again, and does no harm. */
    return db_write_relaxed(call->api->config.db, apply_acks, &acks, error) && call_answer_empty(call, 204);
}

static bool forget_acks(struct db_conn *conn, void *data, GError **error)
{
    const struct acks *acks = data;
    if (!acks->texts)
        return sync_forget(conn, acks->session_id, NULL, error);
    for (const char *const *text = acks->texts; *text; text++)
        if (!sync_forget(conn, acks->session_id, *text, error))
            return false;
    return true;
}

static const struct body_field forget_fields[] = {{.name = "types", .kind = BODY_TEXTS, .max = MAX_TYPES}};
static const struct body_shape forget_shape = BODY_SHAPE(struct body_list, forget_fields);

bool handle_sync_delete_acks(struct call *call, GError **error)
{
    struct body_list list;
    if (!check_session(call, error) || !call_body(call, &forget_shape, &list, error))
        return false;
    struct acks acks = {.session_id = call->who->session.id, .texts = list.is_set ? list.items : NULL};
    return call_write(call, forget_acks, &acks, error) && call_answer_empty(call, 204);
}

const struct operation sync_operations[] = {
    {"getSyncStream", .body = &stream_shape, .answers = {{200, "SyncLine", "application/jsonlines+json"}}},
    {"getSyncAck", ANSWERS(200, "[SyncAckDto]")},
    {"sendSyncAck", .body = &ack_shape, ANSWERS_NOTHING},
    {"deleteSyncAck", .body = &forget_shape, ANSWERS_NOTHING},
    {.name = NULL},
};
