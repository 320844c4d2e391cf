/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/bulk.h"

#include "api/dto.h"
#include "catalog/assets.h"
#include "db/db.h"

struct piece {
    bulk_work *work;
    struct bulk bulk;
    enum bulk_outcome *outcomes;
};

static bool run_piece(struct db_conn *conn, void *data, GError **error)
{
    const struct piece *piece = data;
    return piece->work(conn, &piece->bulk, piece->outcomes, error);
}

bool bulk_run(struct call *call, bulk_work *work, const struct bulk *bulk, const char *permission,
              enum bulk_outcome *ret_outcomes, GError **error)
{
    size_t done = 0;
    do {
        struct piece piece = {work, *bulk, ret_outcomes + done};
        if (done > 0) /* an empty list may be no list */
            piece.bulk.assets += done;
        piece.bulk.n = MIN(bulk->n - done, ASSETS_BATCH);
        if (!call_write(call, run_piece, &piece, error)) {
            call_hide_missing(error, permission);
            return false;
        }
        done += piece.bulk.n;
    } while (done < bulk->n);
    return true;
}

struct ids {
    struct body_list ids;
};

static const struct body_field ids_fields[] = {
    {.name = "ids", .kind = BODY_UUIDS, .offset = offsetof(struct ids, ids), .is_required = true, .max = BULK_MAX}};
const struct body_shape bulk_ids_shape = BODY_SHAPE(struct ids, ids_fields);

bool bulk_ids(struct call *call, struct body_list *ret_ids, GError **error)
{
    struct ids given;
    if (!call_body(call, &bulk_ids_shape, &given, error))
        return false;
    *ret_ids = given.ids;
    return true;
}

static void write_outcome(struct json *json, const struct uuid *id, enum bulk_outcome outcome)
{
    static const char *const words[] = {NULL, "duplicate", "not_found", "no_permission"};
    json_begin_object(json, NULL);
    dto_uuid(json, "id", id);
    json_bool(json, "success", outcome == BULK_DONE);
    if (outcome != BULK_DONE)
        json_text(json, "error", words[outcome]);
    json_end(json);
}

bool bulk_answer(struct call *call, bulk_work *work, const char *permission, GError **error)
{
    struct uuid into;
    struct body_list ids;
    if (!call_uuid(call, "id", &into, error) || !bulk_ids(call, &ids, error))
        return false;
    g_autofree enum bulk_outcome *outcomes = g_new0(enum bulk_outcome, ids.n + 1);
    const struct bulk bulk = {call->who->user.id, call_is_unlocked(call), &into, ids.items, ids.n};
    if (!bulk_run(call, work, &bulk, permission, outcomes, error))
        return false;
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_array(&json, NULL);
    for (size_t i = 0; i < ids.n; i++)
        write_outcome(&json, &bulk.assets[i], outcomes[i]);
    json_end(&json);
    return call_answer(call, 200, text);
}

bool bulk_write_assets(struct call *call, struct db_conn *conn, struct json *json, const char *key, const GArray *ids,
                       GError **error)
{
    struct viewer viewer = call_viewer(call);
    json_begin_array(json, key);
    for (guint i = 0; i < ids->len; i++) {
        ASSET_AUTO struct asset asset = {0};
        if (!asset_find_id(conn, g_array_index(ids, int64_t, i), &asset, error))
            return false;
        grants_mask(&viewer, &asset);
        dto_asset(json, NULL, &asset);
    }
    json_end(json);
    return true;
}
