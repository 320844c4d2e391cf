/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/album_events.h"

#include "api/call.h"
#include "api/events.h"
#include "base/error.h"
#include "base/log.h"
#include "catalog/grants.h"
#include "db/db.h"

static bool note_member(int64_t user_id, enum album_role role, void *data)
{
    g_array_append_val((GArray *)data, user_id);
    return true;
}

GArray *album_events_audience(struct call *call, const struct uuid *id)
{
    g_autoptr(GError) error = NULL;
    GArray *audience = g_array_new(FALSE, FALSE, sizeof(int64_t));
    const struct viewer viewer = call_viewer(call);
    struct album_grant grant;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, &error);
    bool known = conn && grants_album(conn, &viewer, ALBUM_MAY_READ, id, &grant, &error) &&
                 albums_members(conn, grant.album_id, viewer.user_id, note_member, audience, &error);
    if (!known && !err_is(error, ERR_NOT_FOUND))
        log_error("events.album", error);
    return audience;
}

void album_events_tell(struct call *call, const GArray *audience, const struct uuid *id)
{
    for (guint i = 0; i < audience->len; i++)
        events_send_id(call->api->events, g_array_index(audience, int64_t, i), "on_album_update", id);
}

void album_events_changed(struct call *call, const struct uuid *id)
{
    g_autoptr(GArray) audience = album_events_audience(call, id);
    album_events_tell(call, audience, id);
}
