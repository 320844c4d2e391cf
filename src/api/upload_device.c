/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/upload_device.h"

#include "base/error.h"
#include "catalog/devices.h"
#include "db/db.h"

static bool find_registered(struct call *call, const struct uuid *wanted, int64_t *ret_device_id, bool *ret_found,
                            GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (!conn)
        return false;
    DEVICE_AUTO struct device device = {0};
    g_autoptr(GError) reason = NULL;
    *ret_found = devices_find(conn, call->who->user.id, wanted, &device, &reason);
    if (!*ret_found && !err_is(reason, ERR_NOT_FOUND)) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    *ret_device_id = device.id;
    return true;
}

struct implicit_work {
    const struct access *who;
    int64_t device_id;
};

static bool find_implicit(struct db_conn *conn, void *data, GError **error)
{
    struct implicit_work *work = data;
    const struct access *who = work->who;
    return who->kind == ACCESS_SESSION ? devices_for_session(conn, &who->session, &work->device_id, error)
                                       : devices_for_key(conn, &who->key, &work->device_id, error);
}

bool upload_device(struct call *call, const struct uuid *wanted, int64_t *ret_device_id, bool *ret_is_registered,
                   GError **error)
{
    bool is_registered = false;
    int64_t device_id = 0;
    if (wanted && !find_registered(call, wanted, &device_id, &is_registered, error))
        return false;
    if (!is_registered) {
        struct implicit_work work = {.who = call->who};
        if (!call_write(call, find_implicit, &work, error))
            return false;
        device_id = work.device_id;
    }
    *ret_device_id = device_id;
    *ret_is_registered = is_registered;
    return true;
}
