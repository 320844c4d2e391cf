/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/devices.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "catalog/ledger.h"
#include "db/db.h"

#define UNKNOWN_PROGRAM "Unknown program"

/* The last one finds the sessions that devices_for_session() would give the device to. */
#define COLUMNS                                                                                                        \
    "id, uuid, owner_id, name, kind, os, client, origin IS NOT NULL, created_us, last_contact_us, activity,"           \
    " activity_reason, activity_done, activity_total, coalesce(bytes_per_second, -1), coalesce(seconds_left, -1),"     \
    " activity_us, EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = devices.owner_id AND devices.origin ="           \
    " 'session:' || coalesce(nullif(s.device_type, ''), '" UNKNOWN_PROGRAM "') || char(10) || s.device_os)"

static const char *const kinds[] = {"computer", "phone", "browser", "app"};
static const char *const activity_names[] = {NULL, "idle", "scanning", "uploading", "waiting", "off"};
static const char missing[] = "There is no such device.";

const char *device_activity_name(enum device_activity activity)
{
    return activity_names[activity];
}

bool device_activity_parse(const char *name, enum device_activity *ret_activity)
{
    for (size_t i = 1; name && i < G_N_ELEMENTS(activity_names); i++) {
        if (strcmp(name, activity_names[i]) == 0) {
            *ret_activity = (enum device_activity)i;
            return true;
        }
    }
    return false;
}

void device_clear(struct device *device)
{
    g_free(device->name);
    g_free(device->kind);
    g_free(device->os);
    g_free(device->client);
    g_free(device->status.reason);
    *device = (struct device){0};
}

static void read_device(struct db_rows *rows, struct device *ret_device)
{
    struct device device = {
        .id = db_int(rows, 0),
        .owner_id = db_int(rows, 2),
        .name = g_strdup(db_text(rows, 3)),
        .kind = g_strdup(db_text(rows, 4)),
        .os = g_strdup(db_text(rows, 5)),
        .client = g_strdup(db_text(rows, 6)),
        .is_implicit = db_int(rows, 7),
        .created_us = db_int(rows, 8),
        .last_contact_us = db_int(rows, 9),
        .status = {.activity = (enum device_activity)db_int(rows, 10),
                   .reason = g_strdup(db_text(rows, 11)),
                   .done = db_int(rows, 12),
                   .total = db_int(rows, 13),
                   .bytes_per_second = db_int(rows, 14),
                   .seconds_left = db_int(rows, 15),
                   .at_us = db_int(rows, 16)},
        .is_signed_in = db_int(rows, 17),
    };
    db_blob_exact(rows, 1, device.uuid.bytes, sizeof device.uuid.bytes);
    *ret_device = device;
}

bool device_is_app_phone(const struct device *device)
{
    return device->is_implicit && g_strcmp0(device->kind, "phone") == 0;
}

/* ---- registering ---- */

static bool is_short_text(const char *text, size_t least)
{
    size_t length = strnlen(text, DEVICE_NAME_MAX + 1);
    return length >= least && length <= DEVICE_NAME_MAX && g_utf8_validate(text, (gssize)length, NULL);
}

static bool check_new(const struct device_new *wanted, GError **error)
{
    bool known = false;
    for (size_t i = 0; wanted->kind && i < G_N_ELEMENTS(kinds); i++)
        known = known || strcmp(wanted->kind, kinds[i]) == 0;
    if (!known)
        return err_set(error, ERR_INVALID, "A device is a computer, a phone, a browser or an app.");
    if (!wanted->name || !is_short_text(wanted->name, 1) || (wanted->os && !is_short_text(wanted->os, 0)) ||
        (wanted->client && !is_short_text(wanted->client, 0)))
        return err_set(error, ERR_INVALID, "A device needs a name; names may have up to %d bytes of UTF-8.",
                       DEVICE_NAME_MAX);
    return true;
}

bool devices_register(struct db_conn *conn, int64_t owner_id, const struct device_new *wanted,
                      struct device *ret_device, GError **error)
{
    return check_new(wanted, error) &&
           db_exec(conn, error,
                   "INSERT INTO devices (uuid, owner_id, name, kind, os, client, created_us, last_contact_us)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) ON CONFLICT (owner_id, uuid) DO UPDATE SET"
                   " name = excluded.name, kind = excluded.kind, os = excluded.os, client = excluded.client,"
                   " last_contact_us = excluded.last_contact_us",
                   "bittt"
                   "ti",
                   wanted->uuid.bytes, sizeof wanted->uuid.bytes, owner_id, wanted->name, wanted->kind, wanted->os,
                   wanted->client, clock_now_us()) &&
           devices_find(conn, owner_id, &wanted->uuid, ret_device, error);
}

/* Finds the implicit device by @origin, or makes it. */
static bool implicit(struct db_conn *conn, int64_t owner_id, const char *origin, const struct device_new *wanted,
                     int64_t *ret_id, GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error,
                 "INSERT INTO devices (uuid, owner_id, origin, name, kind, os, client, created_us, last_contact_us)"
                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8) ON CONFLICT (owner_id, origin) DO UPDATE SET"
                 " client = excluded.client, last_contact_us = excluded.last_contact_us RETURNING id",
                 "bitttt"
                 "ti",
                 wanted->uuid.bytes, sizeof wanted->uuid.bytes, owner_id, origin, wanted->name, wanted->kind,
                 wanted->os, wanted->client, clock_now_us());
    if (!rows || !db_next_required(rows, error, "The device was not written."))
        return false;
    *ret_id = db_int(rows, 0);
    return true;
}

static const char *session_kind(const struct session *session)
{
    if (!session->app_version)
        return "browser";
    return "phone"; /* only the phone apps say their version */
}

bool devices_for_session(struct db_conn *conn, const struct session *session, int64_t *ret_id, GError **error)
{
    const char *type = *session->device_type ? session->device_type : UNKNOWN_PROGRAM;
    const char *os = *session->device_os ? session->device_os : NULL;
    g_autofree char *name = os ? g_strdup_printf("%s on %s", type, os) : g_strdup(type);
    g_autofree char *origin = g_strdup_printf("session:%s\n%s", type, os ? os : "");
    g_autofree char *client = session->app_version ? g_strdup_printf("Immich %s", session->app_version) : NULL;
    struct device_new wanted = {uuid_v4(), name, session_kind(session), os, client};
    return implicit(conn, session->user_id, origin, &wanted, ret_id, error);
}

bool devices_for_key(struct db_conn *conn, const struct api_key *key, int64_t *ret_id, GError **error)
{
    char uuid[UUID_TEXT_SIZE];
    g_autofree char *origin = g_strdup_printf("key:%s", uuid_format(&key->uuid, uuid));
    g_autofree char *name = g_strdup_printf("API key “%s”", key->name);
    struct device_new wanted = {uuid_v4(), name, "app", NULL, NULL};
    return implicit(conn, key->user_id, origin, &wanted, ret_id, error);
}

/* ---- looking ---- */

bool devices_find(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, struct device *ret_device,
                  GError **error)
{
    DB_ROWS struct db_rows *rows =
        db_query(conn, error, "SELECT " COLUMNS " FROM devices WHERE owner_id = ?1 AND uuid = ?2", "ib", owner_id,
                 uuid->bytes, sizeof uuid->bytes);
    if (!rows || !db_next_required(rows, error, missing))
        return false;
    read_device(rows, ret_device);
    return true;
}

bool devices_list(struct db_conn *conn, int64_t owner_id, devices_each *each, void *data, GError **error)
{
    DB_ROWS struct db_rows *rows = db_query(
        conn, error, "SELECT " COLUMNS " FROM devices WHERE owner_id = ?1 ORDER BY last_contact_us DESC, id DESC", "i",
        owner_id);
    if (!rows)
        return false;
    GError *failure = NULL;
    for (bool more = true; more && db_next(rows, &failure);) {
        DEVICE_AUTO struct device device;
        read_device(rows, &device);
        more = each(&device, data);
    }
    if (failure)
        g_propagate_error(error, failure);
    return !failure;
}

/* ---- changing ---- */

bool devices_set_status(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid,
                        const struct device_status *status, GError **error)
{
    if (status->done < 0 || status->total < 0)
        return err_set(error, ERR_INVALID, "A count cannot be negative.");
    if (status->reason && !item_reason_is_known(status->reason))
        return err_set(error, ERR_INVALID, "The reason is not a known one.");
    const int64_t *rate = status->bytes_per_second >= 0 ? &status->bytes_per_second : NULL;
    const int64_t *left = status->seconds_left >= 0 ? &status->seconds_left : NULL;
    return db_exec(conn, error,
                   "UPDATE devices SET activity = ?3, activity_reason = ?4, activity_done = ?5, activity_total = ?6,"
                   " bytes_per_second = ?7, seconds_left = ?8, activity_us = ?9, last_contact_us = ?9"
                   " WHERE owner_id = ?1 AND uuid = ?2",
                   "ibitiiIIi", owner_id, uuid->bytes, sizeof uuid->bytes, (int64_t)status->activity, status->reason,
                   status->done, status->total, rate, left, clock_now_us()) &&
           (db_changed(conn) > 0 || err_set(error, ERR_NOT_FOUND, missing));
}

bool devices_forget(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, GError **error)
{
    return db_exec(conn, error, "DELETE FROM devices WHERE owner_id = ?1 AND uuid = ?2", "ib", owner_id, uuid->bytes,
                   sizeof uuid->bytes) &&
           (db_changed(conn) > 0 || err_set(error, ERR_NOT_FOUND, missing));
}
