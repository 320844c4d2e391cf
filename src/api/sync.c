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

#include "api/dto.h"
#include "api/dto_sync.h"
#include "api/preferences.h"
#include "api/resources.h"
#include "api/words.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "catalog/albums.h"
#include "catalog/sync.h"
#include "db/db.h"

#define ENTITY_COMPLETE "SyncCompleteV1"
#define ENTITY_RESET "SyncResetV1"

static const int64_t RESET_AFTER_US = INT64_C(30) * 86400 * G_USEC_PER_SEC; /* deletes are kept for a day more */
static const int64_t STREAM_LIMIT_US = INT64_C(15) * 60 * G_USEC_PER_SEC;   /* a snapshot must not stay for ever */

enum { MAX_TYPES = 100, MAX_ACKS = 1000 };

/* ---- lines ---- */

struct stream;
struct step {
    const char *request; /* the type that asks for it */
    const char *entity;  /* the type of its lines, and of its checkpoint */
    enum sync_part part;
    int64_t (*write)(struct stream *stream, const struct step *step); /* appends the row's lines; its change id */
};

struct stream {
    struct db_conn *conn;
    struct db_rows *rows; /* of the step at work, or NULL */
    int64_t user_id;
    struct uuid user;
    int64_t until_us;       /* monotonic */
    int64_t last_change_id; /* of the snapshot */
    size_t step;
    bool wants[16]; /* by step */
    int64_t after[16];
    bool is_reset, is_complete;
    GString *text; /* what is not taken yet */
};

static struct json begin_line(struct stream *stream, const char *type)
{
    struct json json = json_to(stream->text);
    json_begin_object(&json, NULL);
    json_text(&json, "type", type);
    json_begin_object(&json, "data");
    return json;
}

static void end_line_with(struct stream *stream, struct json *json, const char *ack)
{
    json_end(json); /* data */
    json_text(json, "ack", ack);
    json_end(json);
    g_string_append_c(stream->text, '\n');
}

static void end_line(struct stream *stream, struct json *json, const char *type, int64_t change_id)
{
    char id_text[UUID_TEXT_SIZE];
    char ack[SYNC_ENTITY_MAX + UUID_TEXT_SIZE + 1];
    struct uuid id = change_id_uuid(change_id);
    g_snprintf(ack, sizeof ack, "%s|%s", type, uuid_format(&id, id_text));
    end_line_with(stream, json, ack);
}

static void write_user_fields(struct json *json, const struct sync_user *user)
{
    dto_uuid(json, "id", &user->uuid);
    json_text(json, "name", user->name);
    json_text(json, "email", user->email);
    json_text(json, "avatarColor", user->avatar_color);
    json_bool(json, "hasProfileImage", user->has_profile_image);
    json_time(json, "profileChangedAt", user->profile_changed_us);
    dto_time_or_null(json, "deletedAt", user->is_removed, user->removed_us);
}

static int64_t write_user(struct stream *stream, const struct step *step)
{
    struct sync_user user;
    sync_read_user(stream->rows, &user);
    struct json json = begin_line(stream, step->entity);
    write_user_fields(&json, &user);
    end_line(stream, &json, step->entity, user.change_id);
    return user.change_id;
}

static int64_t write_own_user(struct stream *stream, const struct step *step)
{
    struct sync_user user;
    sync_read_user(stream->rows, &user);
    struct json json = begin_line(stream, step->entity);
    write_user_fields(&json, &user);
    json_bool(&json, "isAdmin", user.is_admin);
    json_text(&json, "oauthId", "");
    json_nil(&json, "pinCode");
    json_text(&json, "storageLabel", user.storage_label);
    if (user.quota_bytes >= 0)
        json_int(&json, "quotaSizeInBytes", user.quota_bytes);
    else
        json_nil(&json, "quotaSizeInBytes");
    json_int(&json, "quotaUsageInBytes", user.usage_bytes);
    end_line(stream, &json, step->entity, user.change_id);
    return user.change_id;
}

/* Two keys of one row, so two lines with one change id. */
static int64_t write_user_metadata(struct stream *stream, const struct step *step)
{
    struct sync_user user;
    sync_read_user(stream->rows, &user);
    g_autoptr(GString) preferences = g_string_new(NULL);
    struct json inner = json_to(preferences);
    preferences_write(&inner, user.preferences);
    const char *onboarding = user.is_onboarded ? "{\"isOnboarded\":true}" : "{\"isOnboarded\":false}";
    const char *const values[][2] = {{"preferences", preferences->str}, {"onboarding", onboarding}};
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        struct json json = begin_line(stream, step->entity);
        dto_uuid(&json, "userId", &user.uuid);
        json_text(&json, "key", values[i][0]);
        json_raw(&json, "value", values[i][1]);
        end_line(stream, &json, step->entity, user.change_id);
    }
    return user.change_id;
}

static int64_t write_gone(struct stream *stream, const struct step *step, const char *key)
{
    struct sync_gone gone;
    sync_read_gone(stream->rows, &gone);
    struct json json = begin_line(stream, step->entity);
    dto_uuid(&json, key, &gone.uuid);
    end_line(stream, &json, step->entity, gone.change_id);
    return gone.change_id;
}

static int64_t write_gone_user(struct stream *stream, const struct step *step)
{
    return write_gone(stream, step, "userId");
}

static int64_t write_gone_asset(struct stream *stream, const struct step *step)
{
    return write_gone(stream, step, "assetId");
}

static int64_t write_asset(struct stream *stream, const struct step *step)
{
    struct sync_asset asset;
    sync_read_asset(stream->rows, &asset);
    struct json json = begin_line(stream, step->entity);
    dto_sync_asset_fields(&json, &asset, &stream->user);
    end_line(stream, &json, step->entity, asset.change_id);
    return asset.change_id;
}

static int64_t write_exif(struct stream *stream, const struct step *step)
{
    struct sync_exif row;
    sync_read_exif(stream->rows, &row);
    struct json json = begin_line(stream, step->entity);
    dto_sync_exif_fields(&json, &row);
    end_line(stream, &json, step->entity, row.change_id);
    return row.change_id;
}

static int64_t write_gone_album(struct stream *stream, const struct step *step)
{
    return write_gone(stream, step, "albumId");
}

static int64_t write_album(struct stream *stream, const struct step *step)
{
    struct sync_album album;
    sync_read_album(stream->rows, &album);
    struct json json = begin_line(stream, step->entity);
    dto_uuid(&json, "id", &album.uuid);
    json_text(&json, "name", album.name);
    json_text(&json, "description", album.description);
    json_time(&json, "createdAt", album.created_us);
    json_time(&json, "updatedAt", album.updated_us);
    dto_uuid_or_null(&json, "thumbnailAssetId", album.has_thumbnail ? &album.thumbnail : NULL);
    json_bool(&json, "isActivityEnabled", album.is_activity_enabled);
    json_text(&json, "order", album.is_ascending ? "asc" : "desc");
    end_line(stream, &json, step->entity, album.change_id);
    return album.change_id;
}

static int64_t write_album_user(struct stream *stream, const struct step *step)
{
    struct sync_link link;
    sync_read_link(stream->rows, &link);
    struct json json = begin_line(stream, step->entity);
    dto_uuid(&json, "albumId", &link.album);
    dto_uuid(&json, "userId", &link.other);
    json_text(&json, "role", album_role_name((enum album_role)link.role));
    end_line(stream, &json, step->entity, link.change_id);
    return link.change_id;
}

static int64_t write_album_asset(struct stream *stream, const struct step *step)
{
    struct sync_link link;
    sync_read_link(stream->rows, &link);
    struct json json = begin_line(stream, step->entity);
    dto_uuid(&json, "albumId", &link.album);
    dto_uuid(&json, "assetId", &link.other);
    end_line(stream, &json, step->entity, link.change_id);
    return link.change_id;
}

/* In the order that the keys of the app's database ask for; of each kind the deletes first, so that bytes which were
 * deleted and uploaded again do not stand twice for a moment. */
static const struct step steps[] = {
    {"AuthUsersV1", "AuthUserV1", SYNC_OWN_USER, write_own_user},
    {"UsersV1", "UserDeleteV1", SYNC_GONE_USERS, write_gone_user},
    {"UsersV1", "UserV1", SYNC_USERS, write_user},
    {"AssetsV2", "AssetDeleteV1", SYNC_GONE_ASSETS, write_gone_asset},
    {"AssetsV2", "AssetV2", SYNC_ASSETS, write_asset},
    {"AlbumsV2", "AlbumDeleteV1", SYNC_GONE_ALBUMS, write_gone_album},
    {"AlbumsV2", "AlbumV2", SYNC_ALBUMS, write_album},
    {"AlbumUsersV1", "AlbumUserV1", SYNC_ALBUM_USERS, write_album_user},
    {"AlbumToAssetsV1", "AlbumToAssetDeleteV1", SYNC_GONE_ALBUM_ASSETS, write_album_asset},
    {"AlbumToAssetsV1", "AlbumToAssetV1", SYNC_ALBUM_ASSETS, write_album_asset},
    {"AssetExifsV1", "AssetExifV1", SYNC_EXIF, write_exif},
    {"UserMetadataV1", "UserMetadataV1", SYNC_OWN_USER, write_user_metadata},
};
G_STATIC_ASSERT(G_N_ELEMENTS(steps) <= G_N_ELEMENTS(((struct stream *)0)->wants));

/* Kinds of earlier versions, whose lines this server does not write; to send nothing would look like an empty library.
 */
static const char *const outdated[] = {"AssetsV1", "PartnerAssetsV1", "AlbumAssetsV1", "AssetFacesV1", NULL};

/* ---- the stream ---- */

/* One row more in the text, or the next step. False with @error. */
static bool advance(struct stream *stream, GError **error)
{
    const struct step *step = &steps[stream->step];
    if (!stream->rows) {
        if (!stream->wants[stream->step]) {
            stream->step++;
            return true;
        }
        stream->rows = sync_open(stream->conn, step->part, stream->user_id, stream->after[stream->step], error);
        return stream->rows != NULL;
    }
    GError *problem = NULL;
    if (db_next(stream->rows, &problem)) {
        step->write(stream, step);
        return true;
    }
    g_clear_pointer(&stream->rows, db_rows_free);
    stream->step++;
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}

static void write_end(struct stream *stream)
{
    const char *type = stream->is_reset ? ENTITY_RESET : ENTITY_COMPLETE;
    struct json json = begin_line(stream, type);
    if (stream->is_reset)
        end_line_with(stream, &json, ENTITY_RESET "|reset");
    else
        end_line(stream, &json, type, stream->last_change_id);
    stream->is_complete = true;
}

static ssize_t pull(void *data, char *buffer, size_t max)
{
    struct stream *stream = data;
    g_autoptr(GError) error = NULL;
    if (g_get_monotonic_time() > stream->until_us)
        return -1;
    while (stream->text->len < max && !stream->is_complete) {
        if (stream->is_reset || stream->step == G_N_ELEMENTS(steps)) {
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

static void stream_free(void *data)
{
    struct stream *stream = data;
    db_rows_free(stream->rows);
    db_read_end(stream->conn);
    g_string_free(stream->text, TRUE);
    g_free(stream);
}

static bool take_checkpoint(const struct sync_checkpoint *checkpoint, void *data)
{
    struct stream *stream = data;
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        if (strcmp(steps[i].entity, checkpoint->entity) == 0)
            stream->after[i] = checkpoint->change_id;
    if (strcmp(checkpoint->entity, ENTITY_COMPLETE) == 0 && clock_now_us() - checkpoint->acked_us > RESET_AFTER_US)
        stream->is_reset = true;
    return true;
}

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

static bool start_stream(struct call *call, const struct stream_request *wanted, struct stream *stream, GError **error)
{
    const struct access *who = call->who;
    *stream = (struct stream){
        .user_id = who->user.id,
        .user = who->user.uuid,
        .until_us = g_get_monotonic_time() + STREAM_LIMIT_US,
        .is_reset = who->session.is_pending_sync_reset && !wanted->reset.value,
        .text = g_string_new(NULL),
    };
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        stream->wants[i] = word_is_one_of(steps[i].request, (const char *const *)wanted->types.items);
    stream->conn = db_stream_begin(call->api->config.db, error);
    return stream->conn && db_last_change_id(stream->conn, &stream->last_change_id, error) &&
           sync_checkpoints(stream->conn, who->session.id, take_checkpoint, stream, error);
}

bool handle_sync_stream(struct call *call, GError **error)
{
    struct stream_request wanted;
    if (!check_session(call, error) || !call_body(call, &stream_shape, &wanted, error) ||
        !check_types(call, &wanted, error))
        return false;
    if (wanted.reset.value && !call_write(call, begin_anew, (void *)call->who, error))
        return false;
    struct stream *stream = g_new0(struct stream, 1);
    if (!start_stream(call, &wanted, stream, error)) {
        stream_free(stream);
        return false;
    }
    http_add_header(call->request, "Cache-Control", "no-store");
    http_answer_slow_pull(call->request, 200, "application/jsonlines+json", -1, pull, stream, stream_free);
    return true;
}

/* ---- acknowledgements ---- */

static bool write_ack(const struct sync_checkpoint *checkpoint, void *data)
{
    struct json *json = data;
    char text[UUID_TEXT_SIZE];
    struct uuid id = change_id_uuid(checkpoint->change_id);
    g_autofree char *ack = g_strconcat(checkpoint->entity, "|", uuid_format(&id, text), NULL);
    json_begin_object(json, NULL);
    json_text(json, "type", checkpoint->entity);
    json_text(json, "ack", ack);
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

static bool is_entity(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        if (strcmp(steps[i].entity, name) == 0)
            return true;
    return strcmp(name, ENTITY_COMPLETE) == 0;
}

struct acks {
    int64_t session_id;
    const char *const *texts;
    bool is_sound;
};

/* "Type|update id", or "SyncResetV1|reset". */
static bool apply_ack(struct db_conn *conn, struct acks *acks, const char *ack, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(ack, "|", 4);
    struct uuid id;
    if (parts[0] && strcmp(parts[0], ENTITY_RESET) == 0)
        return sync_forget(conn, acks->session_id, NULL, error);
    int64_t change_id = parts[0] && parts[1] && uuid_parse(parts[1], &id) ? change_id_from_uuid(&id) : -1;
    acks->is_sound = change_id >= 0 && is_entity(parts[0]);
    return acks->is_sound ? sync_ack(conn, acks->session_id, parts[0], change_id, error)
                          : err_set(error, ERR_INVALID, "Invalid ack type");
}

static bool apply_acks(struct db_conn *conn, void *data, GError **error)
{
    struct acks *acks = data;
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
    return call_write(call, apply_acks, &acks, error) && call_answer_empty(call, 204);
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
