/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/backup/devices: the devices that back up, each with the card that people read. backup_items.c has their items.
 */
#include "api/dto.h"
#include "api/quality.h"
#include "api/resources.h"
#include "base/clock.h"
#include "base/error.h"
#include "catalog/devices.h"
#include "catalog/ledger_card.h"
#include "db/db.h"

/* ---- the card ---- */

static void time_or_null(struct json *json, const char *key, int64_t us)
{
    if (us > 0)
        json_time(json, key, us);
    else
        json_nil(json, key);
}

static void count_or_null(struct json *json, const char *key, int64_t count)
{
    if (count >= 0)
        json_int(json, key, count);
    else
        json_nil(json, key);
}

static void write_counts(struct json *json, const struct ledger_numbers *numbers)
{
    const struct {
        const char *name;
        int64_t count;
    } counts[] = {
        {"total", numbers->total},       {"seen", numbers->seen},           {"waiting", numbers->waiting},
        {"skipped", numbers->skipped},   {"uploading", numbers->uploading}, {"stored", numbers->stored},
        {"verified", numbers->verified}, {"missing", numbers->missing},     {"corrupt", numbers->corrupt},
        {"gone", numbers->gone},
    };
    json_begin_object(json, "counts");
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++)
        json_int(json, counts[i].name, counts[i].count);
    json_end(json);
    json_begin_object(json, "bytes");
    json_int(json, "total", numbers->total_bytes);
    json_int(json, "stored", numbers->stored_bytes);
    json_end(json);
    time_or_null(json, "lastStoredAt", numbers->last_stored_us);
    time_or_null(json, "lastVerifiedAt", numbers->last_verified_us);
    time_or_null(json, "oldestVerifiedAt", numbers->oldest_verified_us);
}

static void write_reasons(struct json *json, const struct ledger_numbers *numbers)
{
    json_begin_array(json, "reasons");
    for (size_t i = 0; i < numbers->n_reasons; i++) {
        const struct ledger_reason *reason = &numbers->reasons[i];
        json_begin_object(json, NULL);
        json_text(json, "state", item_state_name(reason->state));
        json_text(json, "reason", reason->reason);
        json_text(json, "text", item_reason_text(reason->reason));
        json_int(json, "count", reason->count);
        json_text(json, "example", reason->example);
        json_end(json);
    }
    json_end(json);
}

static void write_activity(struct json *json, const struct device_status *status)
{
    if (status->activity == ACTIVITY_NONE) {
        json_nil(json, "activity");
        return;
    }
    json_begin_object(json, "activity");
    json_text(json, "activity", device_activity_name(status->activity));
    json_text(json, "reason", status->reason);
    json_int(json, "done", status->done);
    json_int(json, "total", status->total);
    count_or_null(json, "bytesPerSecond", status->bytes_per_second);
    count_or_null(json, "secondsLeft", status->seconds_left);
    json_time(json, "at", status->at_us);
    json_end(json);
}

static void write_guess(struct json *json, const struct card *card)
{
    if (card->guess == GUESS_NONE) {
        json_nil(json, "guess");
        return;
    }
    json_begin_object(json, "guess");
    json_text(json, "guess", card_guess_name(card->guess));
    json_int(json, "days", card->guess_days);
    json_text(json, "text", card->guess_text);
    json_end(json);
}

static bool write_device(struct db_conn *conn, struct json *json, const struct api *api, const struct device *device,
                         GError **error)
{
    LEDGER_NUMBERS_AUTO struct ledger_numbers numbers = {0};
    if (!ledger_numbers(conn, device->id, &numbers, error))
        return false;
    CARD_AUTO struct card card = ledger_card(device, &numbers, clock_now_us());
    json_begin_object(json, NULL);
    dto_uuid(json, "id", &device->uuid);
    json_text(json, "name", device->name);
    json_text(json, "kind", device->kind);
    json_text(json, "os", device->os);
    json_text(json, "client", device->client);
    json_time(json, "createdAt", device->created_us);
    time_or_null(json, "lastContactAt", device->last_contact_us);
    json_text(json, "state", card_state_name(card.state));
    json_text(json, "headline", card.headline);
    json_bool(json, "reports", !device->is_implicit);
    write_guess(json, &card);
    write_counts(json, &numbers);
    write_reasons(json, &numbers);
    write_activity(json, &device->status);
    bool ok = quality_write_device(conn, json, api, device, error);
    json_end(json);
    return ok;
}

/* ---- list ---- */

struct listing {
    const struct api *api;
    struct db_conn *conn;
    struct json json;
    GError *error;
};

static bool write_listed(const struct device *device, void *data)
{
    struct listing *listing = data;
    return write_device(listing->conn, &listing->json, listing->api, device, &listing->error);
}

bool handle_backup_list_devices(struct call *call, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn)
        return false;
    g_autoptr(GString) text = g_string_new(NULL);
    struct listing listing = {.api = call->api, .conn = conn, .json = json_to(text)};
    json_begin_array(&listing.json, NULL);
    if (!devices_list(conn, call->who->user.id, write_listed, &listing, error))
        return false;
    if (listing.error) {
        g_propagate_error(error, listing.error);
        return false;
    }
    json_end(&listing.json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

/* ---- register, forget ---- */

static const char *const kinds[] = {"computer", "phone", "browser", "app", NULL};
static const char *const qualities[] = {"account", "original", "high", NULL};

struct device_body {
    const char *name, *kind, *os, *client, *quality;
};
static const struct body_field device_fields[] = {
    {.name = "name",
     .kind = BODY_TEXT,
     .offset = offsetof(struct device_body, name),
     .is_required = true,
     .min = 1,
     .max = DEVICE_NAME_MAX},
    {.name = "kind",
     .kind = BODY_CHOICE,
     .offset = offsetof(struct device_body, kind),
     .is_required = true,
     .choices = kinds},
    {.name = "os", .kind = BODY_TEXT, .offset = offsetof(struct device_body, os), .max = DEVICE_NAME_MAX},
    {.name = "client", .kind = BODY_TEXT, .offset = offsetof(struct device_body, client), .max = DEVICE_NAME_MAX},
    {.name = "quality", .kind = BODY_CHOICE, .offset = offsetof(struct device_body, quality), .choices = qualities},
};
static const struct body_shape device_shape = BODY_SHAPE(struct device_body, device_fields);

struct device_work {
    const struct api *api;
    int64_t owner_id;
    struct device_new wanted;
    const char *quality; /* NULL: as it is */
    GString *text;       /* the device as it is then */
};

static bool choose_quality(struct db_conn *conn, const struct device_work *work, GError **error)
{
    enum quality quality;
    bool is_own = quality_parse(work->quality, &quality);
    return !work->quality ||
           quality_set_device(conn, work->owner_id, &work->wanted.uuid, is_own ? &quality : NULL, error);
}

static bool register_device(struct db_conn *conn, void *data, GError **error)
{
    struct device_work *work = data;
    DEVICE_AUTO struct device device = {0};
    g_string_truncate(work->text, 0);
    struct json json = json_to(work->text);
    return devices_register(conn, work->owner_id, &work->wanted, &device, error) && choose_quality(conn, work, error) &&
           write_device(conn, &json, work->api, &device, error);
}

bool handle_backup_put_device(struct call *call, GError **error)
{
    struct device_body given;
    struct uuid id;
    if (!call_uuid(call, "id", &id, error) || !call_body(call, &device_shape, &given, error))
        return false;
    g_autoptr(GString) text = g_string_new(NULL);
    struct device_work work = {
        .api = call->api,
        .quality = given.quality,
        .owner_id = call->who->user.id,
        .wanted = {.uuid = id, .name = given.name, .kind = given.kind, .os = given.os, .client = given.client},
        .text = text,
    };
    return call_write(call, register_device, &work, error) && call_answer(call, 200, g_steal_pointer(&text));
}

static bool forget_device(struct db_conn *conn, void *data, GError **error)
{
    const struct device_work *work = data;
    return devices_forget(conn, work->owner_id, &work->wanted.uuid, error);
}

bool handle_backup_delete_device(struct call *call, GError **error)
{
    struct device_work work = {.owner_id = call->who->user.id};
    return call_uuid(call, "id", &work.wanted.uuid, error) && call_write(call, forget_device, &work, error) &&
           call_answer_empty(call, 204);
}

/* ---- status ---- */

struct status_body {
    const char *activity, *reason;
    struct body_int done, total, bytes_per_second, seconds_left;
};
#define COUNT_FIELD(field, member, required)                                                                           \
    {                                                                                                                  \
        .name = field, .kind = BODY_INT, .offset = offsetof(struct status_body, member), .is_required = required,      \
        .min = 0, .max = INT64_C(9007199254740991)                                                                     \
    }
static const struct body_field status_fields[] = {
    {.name = "activity", .kind = BODY_TEXT, .offset = offsetof(struct status_body, activity), .is_required = true},
    {.name = "reason", .kind = BODY_TEXT, .offset = offsetof(struct status_body, reason), .max = 64},
    COUNT_FIELD("done", done, true),
    COUNT_FIELD("total", total, true),
    COUNT_FIELD("bytesPerSecond", bytes_per_second, false),
    COUNT_FIELD("secondsLeft", seconds_left, false),
};
static const struct body_shape status_shape = BODY_SHAPE(struct status_body, status_fields);

struct status_work {
    int64_t owner_id;
    struct uuid id;
    struct device_status status;
};

static bool set_status(struct db_conn *conn, void *data, GError **error)
{
    const struct status_work *work = data;
    return devices_set_status(conn, work->owner_id, &work->id, &work->status, error);
}

bool handle_backup_put_status(struct call *call, GError **error)
{
    struct status_body given;
    struct status_work work = {.owner_id = call->who->user.id};
    if (!call_uuid(call, "id", &work.id, error) || !call_body(call, &status_shape, &given, error))
        return false;
    if (!device_activity_parse(given.activity, &work.status.activity))
        return call_problem(call, error, "activity", "must be one of: idle, scanning, uploading, waiting, off");
    if (given.reason && !item_reason_is_known(given.reason))
        return call_problem(call, error, "reason", "is none of the known reasons");
    work.status.reason = (char *)given.reason;
    work.status.done = given.done.value;
    work.status.total = given.total.value;
    work.status.bytes_per_second = given.bytes_per_second.is_set ? given.bytes_per_second.value : -1;
    work.status.seconds_left = given.seconds_left.is_set ? given.seconds_left.value : -1;
    return call_write(call, set_status, &work, error) && call_answer_empty(call, 204);
}

const struct operation backup_operations[] = {
    {"getBackupDevices", ANSWERS(200, "[Device]")},
    {"registerBackupDevice", .body = &device_shape, ANSWERS(200, "Device")},
    {"forgetBackupDevice", ANSWERS_NOTHING},
    {"setBackupStatus", .body = &status_shape, ANSWERS_NOTHING},
    {.name = NULL},
};
