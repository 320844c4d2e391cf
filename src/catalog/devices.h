/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Devices: what a person backs up from. A client registers with an id that it made; uploads of other programs go to a
 * device that the server makes for their kind of session ("Chrome on Windows": signing in again finds the same one) or
 * for their API key. Forgetting a device forgets its ledger, never its photos.
 *
 * Threads: as catalog.h. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "catalog/keys.h"
#include "catalog/sessions.h"

struct db_conn;

enum { DEVICE_NAME_MAX = 255 };

enum device_activity {
    ACTIVITY_NONE,
    ACTIVITY_IDLE,
    ACTIVITY_SCANNING,
    ACTIVITY_UPLOADING,
    ACTIVITY_WAITING,
    ACTIVITY_OFF
};

/** "idle", "scanning", "uploading", "waiting", "off"; NULL for ACTIVITY_NONE. Other words do not parse. */
const char *device_activity_name(enum device_activity activity);
bool device_activity_parse(const char *name, enum device_activity *ret_activity);

/** What a client last said it does. */
struct device_status {
    enum device_activity activity; /* ACTIVITY_NONE: never said */
    char *reason;                  /* a reason of ledger.h, or NULL */
    int64_t done, total;
    int64_t bytes_per_second; /* -1: unknown */
    int64_t seconds_left;     /* -1: unknown */
    int64_t at_us;
};

/** One device. Owned strings: device_clear(). */
struct device {
    int64_t id;
    struct uuid uuid;
    int64_t owner_id;
    char *name;
    char *kind;        /* "computer", "phone", "browser", "app" */
    char *os;          /* or NULL */
    char *client;      /* program and version, or NULL */
    bool is_implicit;  /* made by the server: it knows only what was sent */
    bool is_signed_in; /* of one made for a session: there is such a session */
    int64_t created_us;
    int64_t last_contact_us;
    struct device_status status;
};
void device_clear(struct device *device);
#define DEVICE_AUTO __attribute__((cleanup(device_clear)))

struct device_new {
    struct uuid uuid;
    const char *name;   /* 1 … DEVICE_NAME_MAX bytes */
    const char *kind;   /* one of the four words */
    const char *os;     /* NULL: unknown */
    const char *client; /* NULL: unknown */
};
/** Writes: registers the device of this owner, or renames and refreshes it. ERR_INVALID. */
bool devices_register(struct db_conn *conn, int64_t owner_id, const struct device_new *wanted,
                      struct device *ret_device, GError **error);

/** Is it a phone with the Immich app? It tells nothing of what it has, what it waits for, or whether it backs up. */
bool device_is_app_phone(const struct device *device);

/** Writes where needed: the implicit device of a session, or of a key. @ret_id its row id. */
bool devices_for_session(struct db_conn *conn, const struct session *session, int64_t *ret_id, GError **error);
bool devices_for_key(struct db_conn *conn, const struct api_key *key, int64_t *ret_id, GError **error);

/** ERR_NOT_FOUND where this owner has no such device. */
bool devices_find(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, struct device *ret_device,
                  GError **error);

/** Last contact first. False from @each ends it. */
typedef bool devices_each(const struct device *device, void *data);
bool devices_list(struct db_conn *conn, int64_t owner_id, devices_each *each, void *data, GError **error);

/** Writes the status and the contact; at_us is set to now, the owner's word for it is not asked. ERR_INVALID,
 *  ERR_NOT_FOUND. */
bool devices_set_status(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid,
                        const struct device_status *status, GError **error);

/** Writes: forgets the device and its ledger. ERR_NOT_FOUND. */
bool devices_forget(struct db_conn *conn, int64_t owner_id, const struct uuid *uuid, GError **error);
