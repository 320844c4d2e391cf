/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Parts of the Immich API that need recognition: people, faces, search by what a picture shows, duplicates. This server
 * recognises nothing. Lists are empty, what a path names is not there, and what would have to be kept is refused.
 * (The names of people that stand in files are told by GET /api/assets/{id}/proof.) */
#include "api/dto.h"
#include "api/resources.h"
#include "base/error.h"
#include "catalog/assets.h"
#include "db/db.h"

enum { MAX_IDS = 1000, MAX_SIZE = 1000, MAX_PAGE = 1000000 };

/* ERR_INVALID, as of anything that is not there. */
static bool refuse_missing(struct call *call, const char *permission, GError **error)
{
    struct uuid id;
    return call_uuid(call, "id", &id, error) && err_set(error, ERR_INVALID, "Not found or no %s access", permission);
}

/* ---- people ---- */

struct people_query {
    struct body_uuid asset, person;
    struct body_int page, size;
    struct body_bool with_hidden;
};
static const struct body_field people_fields[] = {
    {.name = "closestAssetId", .kind = BODY_UUID, .offset = offsetof(struct people_query, asset)},
    {.name = "closestPersonId", .kind = BODY_UUID, .offset = offsetof(struct people_query, person)},
    {.name = "page", .kind = BODY_INT, .offset = offsetof(struct people_query, page), .min = 1, .max = MAX_PAGE},
    {.name = "size", .kind = BODY_INT, .offset = offsetof(struct people_query, size), .min = 1, .max = MAX_SIZE},
    {.name = "withHidden", .kind = BODY_BOOL, .offset = offsetof(struct people_query, with_hidden)},
};
static const struct body_shape people_shape = BODY_SHAPE(struct people_query, people_fields);

bool handle_people_list(struct call *call, GError **error)
{
    struct people_query query;
    if (!call_query(call, &people_shape, &query, error))
        return false;
    GString *text = g_string_new("{\"people\":[],\"total\":0,\"hidden\":0,\"hasNextPage\":false}");
    return call_answer(call, 200, text);
}

bool handle_people_create(struct call *call, GError **error)
{
    return err_set(error, ERR_INVALID, "This server recognises nobody, so that it keeps no people");
}

bool handle_person_get(struct call *call, GError **error)
{
    return refuse_missing(call, "person.read", error);
}

bool handle_person_put(struct call *call, GError **error)
{
    return refuse_missing(call, "person.update", error);
}

bool handle_person_delete(struct call *call, GError **error)
{
    return refuse_missing(call, "person.delete", error);
}

bool handle_person_merge(struct call *call, GError **error)
{
    return refuse_missing(call, "person.merge", error);
}

/* Each of a list is not there. */
static bool answer_not_found(struct call *call, const struct body_list *ids)
{
    const struct body_uuid *each = ids->items;
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_array(&json, NULL);
    for (size_t i = 0; i < ids->n; i++) {
        json_begin_object(&json, NULL);
        dto_uuid(&json, "id", &each[i].value);
        json_bool(&json, "success", false);
        json_text(&json, "error", "not_found");
        json_end(&json);
    }
    json_end(&json);
    return call_answer(call, 200, text);
}

struct one {
    struct body_uuid id; /* at the beginning: answer_not_found() reads a list of them */
};
struct many {
    struct body_list items;
};
static const struct body_field person_fields[] = {
    {.name = "id", .kind = BODY_UUID, .offset = offsetof(struct one, id), .is_required = true}};
static const struct body_shape person_shape = BODY_SHAPE(struct one, person_fields);
static const struct body_field all_people_fields[] = {{.name = "people",
                                                       .kind = BODY_OBJECTS,
                                                       .offset = offsetof(struct many, items),
                                                       .is_required = true,
                                                       .max = MAX_IDS,
                                                       .inner = &person_shape}};
static const struct body_shape all_people_shape = BODY_SHAPE(struct many, all_people_fields);

bool handle_people_put(struct call *call, GError **error)
{
    struct many given;
    return call_body(call, &all_people_shape, &given, error) && answer_not_found(call, &given.items);
}

static const struct body_field ids_fields[] = {
    {.name = "ids", .kind = BODY_UUIDS, .offset = offsetof(struct many, items), .is_required = true, .max = MAX_IDS}};
static const struct body_shape ids_shape = BODY_SHAPE(struct many, ids_fields);

static bool refuse_ids(struct call *call, const char *permission, GError **error)
{
    struct many given;
    if (!call_body(call, &ids_shape, &given, error))
        return false;
    return given.items.n == 0 ? call_answer_empty(call, 204)
                              : err_set(error, ERR_INVALID, "Not found or no %s access", permission);
}

bool handle_people_delete(struct call *call, GError **error)
{
    return refuse_ids(call, "person.delete", error);
}

bool handle_people_merge(struct call *call, GError **error)
{
    struct many given;
    return call_body(call, &ids_shape, &given, error) &&
           err_set(error, ERR_INVALID, "Not found or no person.merge access");
}

struct named {
    const char *name;
    struct body_bool with_hidden;
};
static const struct body_field named_fields[] = {
    {.name = "name", .kind = BODY_TEXT, .offset = offsetof(struct named, name), .is_required = true, .min = 1},
    {.name = "withHidden", .kind = BODY_BOOL, .offset = offsetof(struct named, with_hidden)},
};
static const struct body_shape named_shape = BODY_SHAPE(struct named, named_fields);

bool handle_search_person(struct call *call, GError **error)
{
    struct named named;
    return call_query(call, &named_shape, &named, error) && call_answer(call, 200, g_string_new("[]"));
}

/* ---- faces ---- */

struct face_query {
    struct body_uuid id;
};
static const struct body_field face_fields[] = {
    {.name = "id", .kind = BODY_UUID, .offset = offsetof(struct face_query, id), .is_required = true}};
static const struct body_shape face_shape = BODY_SHAPE(struct face_query, face_fields);

bool handle_faces_list(struct call *call, GError **error)
{
    struct face_query query;
    int64_t owner_id;
    struct viewer viewer = call_viewer(call);
    if (!call_query(call, &face_shape, &query, error))
        return false;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (conn && grants_asset(conn, &viewer, ASSET_MAY_READ, &query.id.value, &owner_id, error))
        return call_answer(call, 200, g_string_new("[]"));
    call_hide_missing(error, asset_right_name(ASSET_MAY_READ));
    return false;
}

bool handle_faces_create(struct call *call, GError **error)
{
    return err_set(error, ERR_INVALID, "This server recognises nobody, so that it keeps no faces");
}

bool handle_face_put(struct call *call, GError **error)
{
    return refuse_missing(call, "face.update", error);
}

bool handle_face_delete(struct call *call, GError **error)
{
    return refuse_missing(call, "face.delete", error);
}

/* ---- by what a picture shows ---- */

bool handle_search_smart(struct call *call, GError **error)
{
    return err_set(error, ERR_INVALID, "Smart search is not enabled");
}

/* ---- duplicates ---- */

bool handle_duplicates_list(struct call *call, GError **error)
{
    return call_answer(call, 200, g_string_new("[]"));
}

bool handle_duplicates_delete(struct call *call, GError **error)
{
    return refuse_ids(call, "duplicate.delete", error);
}

bool handle_duplicate_delete(struct call *call, GError **error)
{
    return refuse_missing(call, "duplicate.delete", error);
}

static const struct body_field group_fields[] = {
    {.name = "duplicateId", .kind = BODY_UUID, .offset = offsetof(struct one, id), .is_required = true}};
static const struct body_shape group_shape = BODY_SHAPE(struct one, group_fields);
static const struct body_field groups_fields[] = {{.name = "groups",
                                                   .kind = BODY_OBJECTS,
                                                   .offset = offsetof(struct many, items),
                                                   .is_required = true,
                                                   .max = MAX_IDS,
                                                   .inner = &group_shape}};
static const struct body_shape groups_shape = BODY_SHAPE(struct many, groups_fields);

bool handle_duplicates_resolve(struct call *call, GError **error)
{
    struct many given;
    return call_body(call, &groups_shape, &given, error) && answer_not_found(call, &given.items);
}

/* Of what is always refused, the answer is what it would be. */
const struct operation people_operations[] = {
    {"getAllPeople", .query = &people_shape, ANSWERS(200, "PeopleResponseDto")},
    {"createPerson", .body_type = "<any>", ANSWERS(201, "PersonResponseDto")},
    {"updatePeople", .body = &all_people_shape, ANSWERS(200, "[BulkIdResponseDto]")},
    {"deletePeople", .body = &ids_shape, ANSWERS_NOTHING},
    {"mergePeople", .body = &ids_shape, ANSWERS(200, "[BulkIdResponseDto]")},
    {"getPerson", ANSWERS(200, "PersonResponseDto")},
    {"updatePerson", .body_type = "<any>", ANSWERS(200, "PersonResponseDto")},
    {"deletePerson", ANSWERS_NOTHING},
    {"getPersonStatistics", ANSWERS(200, "PersonStatisticsResponseDto")},
    {"getPersonThumbnail", ANSWERS_BYTES("image/jpeg")},
    {"mergePersonLegacy", .body_type = "<any>", ANSWERS(200, "[BulkIdResponseDto]")},
    {"reassignFaces", .body_type = "<any>", ANSWERS(200, "[PersonResponseDto]")},
    {"searchPerson", .query = &named_shape, ANSWERS(200, "[PersonResponseDto]")},
    {"getFaces", .query = &face_shape, ANSWERS(200, "[AssetFaceResponseDto]")},
    {"createFace", .body_type = "<any>", ANSWERS(201, NULL)},
    {"reassignFacesById", .body_type = "<any>", ANSWERS(200, "PersonResponseDto")},
    {"deleteFace", .body_type = "<any>", ANSWERS_NOTHING},
    {"searchSmart", .body_type = "<any>", ANSWERS(200, "SearchResponseDto")},
    {"getAssetDuplicates", ANSWERS(200, "[DuplicateResponseDto]")},
    {"deleteDuplicates", .body = &ids_shape, ANSWERS_NOTHING},
    {"deleteDuplicate", ANSWERS_NOTHING},
    {"resolveDuplicates", .body = &groups_shape, ANSWERS(200, "[BulkIdResponseDto]")},
    {.name = NULL},
};
