/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/partners: who shows their timeline to whom. */
#include "catalog/partners.h"

#include "api/dto.h"
#include "api/resources.h"
#include "base/error.h"
#include "db/db.h"

/* ---- answers ---- */

/* PartnerResponseDto: the account of the other one, and one word more. */
static bool write_partner(struct db_conn *conn, struct json *json, const struct partner *partner, GError **error)
{
    USER_AUTO struct user user = {0};
    if (!users_find_id(conn, partner->user_id, &user, error))
        return false;
    json_begin_object(json, NULL);
    dto_other_user_fields(json, &user);
    json_bool(json, "inTimeline", partner->in_timeline);
    json_end(json);
    return true;
}

static bool answer_partner(struct call *call, int status, const struct partner *partner, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct json json = json_to(text);
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    return conn && write_partner(conn, &json, partner, error) && call_answer(call, status, g_steal_pointer(&text));
}

struct listing {
    struct db_conn *conn;
    struct json json;
    GError *problem;
};

static bool write_one(const struct partner *partner, void *data)
{
    struct listing *listing = data;
    return write_partner(listing->conn, &listing->json, partner, &listing->problem);
}

struct list_query {
    const char *direction;
};
static const char *const words_direction[] = {"shared-by", "shared-with", NULL};
static const struct body_field list_fields[] = {{.name = "direction",
                                                 .kind = BODY_CHOICE,
                                                 .offset = offsetof(struct list_query, direction),
                                                 .is_required = true,
                                                 .choices = words_direction}};
static const struct body_shape list_query = BODY_SHAPE(struct list_query, list_fields);

bool handle_partners_list(struct call *call, GError **error)
{
    struct list_query query;
    if (!call_query(call, &list_query, &query, error))
        return false;
    enum partner_direction direction =
        g_str_equal(query.direction, words_direction[0]) ? PARTNER_SHARED_BY : PARTNER_SHARED_WITH;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    g_autoptr(GString) text = g_string_new(NULL);
    struct listing listing = {conn, json_to(text), NULL};
    json_begin_array(&listing.json, NULL);
    if (!conn || !partners_list(conn, call->who->user.id, direction, write_one, &listing, error))
        return false;
    if (listing.problem) {
        g_propagate_error(error, listing.problem);
        return false;
    }
    json_end(&listing.json);
    return call_answer(call, 200, g_steal_pointer(&text));
}

/* ---- changes ---- */

struct work {
    int64_t user_id;
    struct uuid other;
    bool in_timeline;
    struct partner partner;
};

static bool add_work(struct db_conn *conn, void *data, GError **error)
{
    struct work *work = data;
    return partners_add(conn, work->user_id, &work->other, &work->partner, error);
}

static bool add(struct call *call, const struct uuid *other, GError **error)
{
    struct work work = {.user_id = call->who->user.id, .other = *other};
    return call_write(call, add_work, &work, error) && answer_partner(call, 201, &work.partner, error);
}

struct wish {
    struct body_uuid with;
    struct body_bool in_timeline;
};

static const struct body_field create_fields[] = {
    {.name = "sharedWithId", .kind = BODY_UUID, .offset = offsetof(struct wish, with), .is_required = true}};
static const struct body_shape create_shape = BODY_SHAPE(struct wish, create_fields);

bool handle_partners_create(struct call *call, GError **error)
{
    struct wish wish;
    return call_body(call, &create_shape, &wish, error) && add(call, &wish.with.value, error);
}

bool handle_partners_create_by_path(struct call *call, GError **error)
{
    struct uuid other;
    return call_uuid(call, "id", &other, error) && add(call, &other, error);
}

static bool change_work(struct db_conn *conn, void *data, GError **error)
{
    struct work *work = data;
    return partners_change(conn, work->user_id, &work->other, work->in_timeline, &work->partner, error);
}

static const struct body_field update_fields[] = {
    {.name = "inTimeline", .kind = BODY_BOOL, .offset = offsetof(struct wish, in_timeline), .is_required = true}};
static const struct body_shape update_shape = BODY_SHAPE(struct wish, update_fields);

bool handle_partners_put(struct call *call, GError **error)
{
    struct wish wish;
    struct work work = {.user_id = call->who->user.id};
    if (!call_uuid(call, "id", &work.other, error) || !call_body(call, &update_shape, &wish, error))
        return false;
    work.in_timeline = wish.in_timeline.value;
    if (call_write(call, change_work, &work, error))
        return answer_partner(call, 200, &work.partner, error);
    call_hide_missing(error, "partner.update");
    return false;
}

static bool remove_work(struct db_conn *conn, void *data, GError **error)
{
    const struct work *work = data;
    return partners_remove(conn, work->user_id, &work->other, error);
}

bool handle_partners_delete(struct call *call, GError **error)
{
    struct work work = {.user_id = call->who->user.id};
    return call_uuid(call, "id", &work.other, error) && call_write(call, remove_work, &work, error) &&
           call_answer_empty(call, 204);
}

const struct operation partners_operations[] = {
    {"getPartners", .query = &list_query, ANSWERS(200, "[PartnerResponseDto]")},
    {"createPartner", .body = &create_shape, ANSWERS(201, "PartnerResponseDto")},
    {"createPartnerDeprecated", ANSWERS(201, "PartnerResponseDto")},
    {"updatePartner", .body = &update_shape, ANSWERS(200, "PartnerResponseDto")},
    {"removePartner", ANSWERS_NOTHING},
    {.name = NULL},
};
