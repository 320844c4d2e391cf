/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * GET and PUT /api/backup/preferences: in which quality the account backs up; and what cards and clients read about
 * quality of an account or device. */
#include "api/quality.h"

#include "api/resources.h"
#include "base/error.h"
#include "db/db.h"
#include "ingest/ingest.h"

static void limit_or_null(struct json *json, const char *key, int64_t limit)
{
    if (limit > 0)
        json_int(json, key, limit);
    else
        json_nil(json, key);
}

static void write_limits(struct json *json, const struct api *api, enum quality quality)
{
    struct quality_limits limits = quality_limits_for(quality, ingest_limits(api->config.ingest));
    json_begin_object(json, "limits");
    limit_or_null(json, "photoBytes", limits.photo_bytes);
    limit_or_null(json, "photoPixels", limits.photo_pixels);
    limit_or_null(json, "videoBytes", limits.video_bytes);
    json_end(json);
}

static void write_saved(struct json *json, const struct quality_saved *saved)
{
    json_begin_object(json, "saved");
    json_int(json, "files", saved->files);
    json_int(json, "bytes", saved->bytes);
    json_end(json);
}

bool quality_write_device(struct db_conn *conn, struct json *json, const struct api *api, const struct device *device,
                          GError **error)
{
    bool is_own;
    enum quality own, in_force;
    struct quality_saved saved;
    if (!quality_of_device(conn, device->id, &is_own, &own, error) ||
        !quality_in_force(conn, device->owner_id, device->id, &in_force, error) ||
        !quality_saved(conn, device->owner_id, device->id, &saved, error))
        return false;
    json_text(json, "quality", is_own ? quality_name(own) : "account");
    json_text(json, "qualityInForce", quality_name(in_force));
    write_limits(json, api, in_force);
    write_saved(json, &saved);
    return true;
}

/* ---- the account ---- */

static bool answer(struct call *call, GError **error)
{
    enum quality quality;
    struct quality_saved saved;
    int64_t owner_id = call->who->user.id;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn || !quality_of_account(conn, owner_id, &quality, error) ||
        !quality_saved(conn, owner_id, 0, &saved, error))
        return false;
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    json_text(&json, "quality", quality_name(quality));
    write_limits(&json, call->api, quality);
    write_saved(&json, &saved);
    json_end(&json);
    return call_answer(call, 200, text);
}

bool handle_backup_get_preferences(struct call *call, GError **error)
{
    return answer(call, error);
}

static const char *const qualities[] = {"original", "high", NULL};

struct preferences_body {
    const char *quality;
};
static const struct body_field preferences_fields[] = {
    {.name = "quality",
     .kind = BODY_CHOICE,
     .offset = offsetof(struct preferences_body, quality),
     .is_required = true,
     .choices = qualities},
};
static const struct body_shape preferences_shape = BODY_SHAPE(struct preferences_body, preferences_fields);

struct preferences_work {
    int64_t owner_id;
    enum quality quality;
};

static bool set_quality(struct db_conn *conn, void *data, GError **error)
{
    const struct preferences_work *work = data;
    return quality_set_account(conn, work->owner_id, work->quality, error);
}

bool handle_backup_put_preferences(struct call *call, GError **error)
{
    struct preferences_body given;
    struct preferences_work work = {.owner_id = call->who->user.id};
    if (!call_body(call, &preferences_shape, &given, error))
        return false;
    quality_parse(given.quality, &work.quality);
    return call_write(call, set_quality, &work, error) && answer(call, error);
}

const struct operation quality_operations[] = {
    {"getBackupPreferences", ANSWERS(200, "BackupPreferences")},
    {"setBackupPreferences", .body = &preferences_shape, ANSWERS(200, "BackupPreferences")},
    {.name = NULL},
};
