/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * POST /api/assets: one file with its fields as multipart/form-data. The file goes straight into ingest as it comes;
 * fields may stand before or after it (the Immich CLI sends some behind). Nothing is stored before the body has ended
 * well: a body that is cut off leaves nothing. */
#include <string.h>

#include "api/app_data_items.h"
#include "api/dto.h"
#include "api/known.h"
#include "api/link_upload.h"
#include "api/original.h"
#include "api/resources.h"
#include "api/upload_device.h"
#include "api/words.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/text.h"
#include "catalog/assets.h"
#include "db/db.h"
#include "http/multipart.h"
#include "ingest/ingest.h"
#include "jobs/jobs.h"

enum {
    MAX_FIELD_BYTES = 64 * 1024, /* `metadata` is the longest that apps send */
    MAX_SIDECAR_BYTES = 1024 * 1024,
    MAX_NAME_BYTES = 255,
};

/* Fields that mean something here; all others are read and forgotten. */
enum field {
    FIELD_CREATED,
    FIELD_MODIFIED,
    FIELD_FAVORITE,
    FIELD_VISIBILITY,
    FIELD_LIVE_VIDEO,
    FIELD_FILE_NAME,
    FIELD_DEVICE,
    FIELD_DEVICE_ITEM,
    FIELD_ORIGINAL_SHA1,
    FIELD_ORIGINAL_SIZE,
    FIELD_QUALITY_NOTE,
    FIELD_METADATA,
    N_FIELDS
};
static const char *const field_names[N_FIELDS] = {
    [FIELD_CREATED] = "fileCreatedAt",
    [FIELD_MODIFIED] = "fileModifiedAt",
    [FIELD_FAVORITE] = "isFavorite",
    [FIELD_VISIBILITY] = "visibility",
    [FIELD_LIVE_VIDEO] = "livePhotoVideoId",
    [FIELD_FILE_NAME] = "filename",
    [FIELD_DEVICE] = "deviceId",
    [FIELD_DEVICE_ITEM] = "deviceAssetId",
    [FIELD_ORIGINAL_SHA1] = "originalChecksum",
    [FIELD_ORIGINAL_SIZE] = "originalSize",
    [FIELD_QUALITY_NOTE] = "qualityNote",
    [FIELD_METADATA] = "metadata",
};

enum part { PART_OTHER, PART_FIELD, PART_FILE, PART_SIDECAR };

struct upload_request {
    const struct api *api;
    int64_t owner_id; /* whose it will be */
    bool is_by_link;
    struct multipart *parser;
    struct upload *upload;  /* of the file part; NULL before it */
    int64_t received_bytes; /* of the file */
    char *part_name;        /* the file's name as its part has it, or NULL */
    enum part part;         /* that is read now */
    enum field field;       /* of PART_FIELD */
    GString *fields[N_FIELDS];
    GByteArray *sidecar;
    int64_t announced_bytes; /* of the whole body; -1 */
    bool has_sha1;
    uint8_t sha1[SHA1_SIZE];
};

static void free_request(void *data)
{
    struct upload_request *request = data;
    jobs_foreground_end(request->api->config.jobs);
    multipart_free(request->parser);
    if (request->upload)
        ingest_abandon(request->upload);
    g_free(request->part_name);
    for (int i = 0; i < N_FIELDS; i++)
        if (request->fields[i])
            g_string_free(request->fields[i], TRUE);
    if (request->sidecar)
        g_byte_array_unref(request->sidecar);
    g_free(request);
}

/* ---- the parts ---- */

static bool begin_file(struct upload_request *request, const struct multipart_part *part, GError **error)
{
    if (request->upload)
        return err_set(error, ERR_INVALID, "assetData stands twice: one request takes one file.");
    request->part = PART_FILE;
    if (part->file_name && *part->file_name)
        request->part_name = g_strdup(part->file_name);
    request->upload = ingest_begin(request->api->config.ingest, request->announced_bytes, error);
    return request->upload != NULL;
}

/* Sent twice, the last one counts; but a list may also come piece by piece, each of its items as a field of its own. */
static void begin_field(struct upload_request *request, enum field field)
{
    GString *text = request->fields[field];
    if (!text)
        request->fields[field] = g_string_new(NULL);
    else if (field == FIELD_METADATA && text->len > 0 && *text->str == '{')
        g_string_append_c(text, ',');
    else
        g_string_truncate(text, 0);
}

static bool begin_part(void *data, const struct multipart_part *part, GError **error)
{
    struct upload_request *request = data;
    request->part = PART_OTHER;
    if (strcmp(part->name, "assetData") == 0)
        return begin_file(request, part, error);
    if (strcmp(part->name, "sidecarData") == 0) {
        if (request->sidecar)
            return err_set(error, ERR_INVALID, "sidecarData stands twice.");
        request->sidecar = g_byte_array_new();
        request->part = PART_SIDECAR;
        return true;
    }
    for (int i = 0; i < N_FIELDS; i++)
        if (strcmp(part->name, field_names[i]) == 0) {
            request->part = PART_FIELD;
            request->field = (enum field)i;
            begin_field(request, (enum field)i);
        }
    return true;
}

static bool take_file(struct upload_request *request, const void *bytes, size_t size, GError **error)
{
    int64_t max_bytes = request->api->config.max_upload_bytes;
    if (max_bytes > 0 && (int64_t)size > max_bytes - request->received_bytes) {
        g_autofree char *limit = text_size((guint64)max_bytes);
        return err_set(error, ERR_LIMIT, "The file is larger than this server takes (%s).", limit);
    }
    request->received_bytes += (int64_t)size;
    return ingest_write(request->upload, bytes, size, error);
}

static bool take_data(void *data, const void *bytes, size_t size, GError **error)
{
    struct upload_request *request = data;
    switch (request->part) {
    case PART_FILE:
        return take_file(request, bytes, size, error);
    case PART_SIDECAR:
        if (size > MAX_SIDECAR_BYTES - request->sidecar->len)
            return err_set(error, ERR_LIMIT, "The sidecar is larger than 1 MB.");
        g_byte_array_append(request->sidecar, bytes, (guint)size);
        return true;
    case PART_FIELD:
        if (size > MAX_FIELD_BYTES - request->fields[request->field]->len)
            return err_set(error, ERR_LIMIT, "The field %s is too long.", field_names[request->field]);
        g_string_append_len(request->fields[request->field], bytes, (gssize)size);
        return true;
    case PART_OTHER:
        break;
    }
    return true;
}

static bool end_part(void *data, GError **error)
{
    ((struct upload_request *)data)->part = PART_OTHER;
    return true;
}

/* ---- before the body ---- */

static void answer_result(struct http_request *http, int status, const struct uuid *id, const char *word)
{
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    dto_uuid(&json, "id", id);
    json_text(&json, "status", word);
    json_end(&json);
    http_answer_json(http, status, text);
}

/* A client that tells the checksum beforehand need not send what is here already. */
static bool answer_if_known(struct http_request *http, struct upload_request *request, GError **error)
{
    const char *header = http_header(http, "x-immich-checksum");
    if (!header || !*header)
        return true;
    if (!hash_decode(header, request->sha1, SHA1_SIZE))
        return err_set(error, ERR_INVALID, "x-immich-checksum must be a SHA-1 in hex or base64.");
    request->has_sha1 = true;
    DB_READ struct db_conn *conn = db_read_begin(request->api->config.db, error);
    struct asset_known known;
    bool is_wanted;
    if (!conn || !known_wanted(conn, request->owner_id, request->sha1, &known, &is_wanted, error))
        return false;
    /* What comes by a link goes into its album also where its owner has it. */
    if (!is_wanted && !request->is_by_link)
        answer_result(http, 200, &known.uuid, "duplicate");
    return true;
}

bool upload_begin(struct http_request *http, GError **error)
{
    static const struct multipart_callbacks callbacks = {begin_part, take_data, end_part};
    struct upload_request *request = g_new0(struct upload_request, 1);
    http_set(http, HTTP_SLOT_ROUTE, request, free_request);
    request->api = call_api(http);
    jobs_foreground_begin(request->api->config.jobs); /* until the request is freed */
    request->announced_bytes = http_content_length(http);
    request->is_by_link = call_who(http)->kind == ACCESS_SHARE;
    if (!link_upload_owner(call_who(http), &request->owner_id, error))
        return false;
    request->parser = multipart_new(http_header(http, "Content-Type"), &callbacks, request, NULL, error);
    return request->parser && answer_if_known(http, request, error);
}

bool upload_write(struct http_request *http, const void *bytes, size_t size, GError **error)
{
    struct upload_request *request = http_get(http, HTTP_SLOT_ROUTE);
    return multipart_feed(request->parser, bytes, size, error);
}

/* ---- after the body ---- */

/* The fields, understood. */
struct meaning {
    int64_t created_us, modified_us;
    bool is_favorite;
    const char *visibility;
    bool has_live_video;
    struct uuid live_video;
    char *device_item;
    char *file_name;
    struct original original;
    struct app_data *app_data; /* views of @app_data_body */
    size_t n_app_data;
    struct body *app_data_body;
};

static void meaning_clear(struct meaning *meaning)
{
    g_free(meaning->device_item);
    g_free(meaning->file_name);
    original_clear(&meaning->original);
    g_free(meaning->app_data);
    body_free(meaning->app_data_body);
}
#define MEANING_AUTO __attribute__((cleanup(meaning_clear)))

/* The text of a field, or NULL where it was not sent or is empty. */
static const char *text_of(const struct upload_request *request, enum field field)
{
    const GString *text = request->fields[field];
    return text && text->len > 0 ? text->str : NULL;
}

static void read_time(struct call *call, const struct upload_request *request, enum field field, int64_t *ret_us,
                      GError **error)
{
    const char *text = text_of(request, field);
    if (!text)
        call_problem(call, error, field_names[field], "is missing");
    else if (!iso_parse(text, ret_us))
        call_problem(call, error, field_names[field], "must be a date and time in ISO 8601");
}

static char *valid_text(const GString *text)
{
    return text && text->len > 0 ? text_utf8(text->str, text->len) : NULL;
}

/* Names as they are sent: a field of its own, or that of the part. Only the last component counts, cut to what file
 * systems take: the name is for people, and a photo is not refused for it. */
static char *read_file_name(const struct upload_request *request)
{
    g_autofree char *field = valid_text(request->fields[FIELD_FILE_NAME]);
    return text_file_name(field ? field : request->part_name ? request->part_name : "", MAX_NAME_BYTES);
}

static void read_app_data(struct call *call, const char *text, struct meaning *meaning, GError **error)
{
    g_autoptr(GError) reason = NULL;
    if (!text)
        return;
    meaning->app_data = app_data_parse(text, &meaning->n_app_data, &meaning->app_data_body, &reason);
    if (!meaning->app_data)
        call_problem(call, error, "metadata", "must be a list of {key, value}: %s", reason->message);
}

static bool read_meaning(struct call *call, const struct upload_request *request, struct meaning *ret_meaning,
                         GError **error)
{
    if (!request->upload)
        call_problem(call, error, "assetData", "is missing");
    read_time(call, request, FIELD_CREATED, &ret_meaning->created_us, error);
    read_time(call, request, FIELD_MODIFIED, &ret_meaning->modified_us, error);
    const char *favorite = text_of(request, FIELD_FAVORITE);
    if (favorite && !word_bool(favorite, &ret_meaning->is_favorite))
        call_problem(call, error, "isFavorite", "must be true or false");
    ret_meaning->visibility = text_of(request, FIELD_VISIBILITY);
    if (ret_meaning->visibility && !word_is_visibility(ret_meaning->visibility))
        call_problem(call, error, "visibility", "must be one of: archive, timeline, hidden, locked");
    const char *live = text_of(request, FIELD_LIVE_VIDEO);
    ret_meaning->has_live_video = live != NULL;
    if (live && !uuid_parse_v4(live, &ret_meaning->live_video))
        call_problem(call, error, "livePhotoVideoId", "must be a UUID (version 4)");
    const char *sha1 = text_of(request, FIELD_ORIGINAL_SHA1), *size = text_of(request, FIELD_ORIGINAL_SIZE);
    if (!original_parse(sha1, size, text_of(request, FIELD_QUALITY_NOTE), &ret_meaning->original))
        call_problem(call, error, "originalChecksum",
                     "must be a SHA-1 in hex or base64, with originalSize, a number of bytes, and qualityNote, a line "
                     "of text");
    read_app_data(call, text_of(request, FIELD_METADATA), ret_meaning, error);
    ret_meaning->device_item = valid_text(request->fields[FIELD_DEVICE_ITEM]);
    ret_meaning->file_name = read_file_name(request);
    return call->problems == NULL;
}

static bool find_device(struct call *call, const struct upload_request *request, struct ingest_offer *offer,
                        const struct meaning *meaning, GError **error)
{
    struct uuid wanted;
    const char *text = text_of(request, FIELD_DEVICE);
    bool is_registered;
    if (!upload_device(call, text && uuid_parse_v4(text, &wanted) ? &wanted : NULL, &offer->device_id, &is_registered,
                       error))
        return false;
    /* Phone apps say an id of the item that is the phone's own; command lines make one of name and size. */
    bool is_phone = call->who->kind == ACCESS_SESSION && call->who->session.app_version;
    offer->item_key = is_registered || is_phone ? meaning->device_item : NULL;
    return true;
}

static bool store_file(struct call *call, struct upload_request *request, const struct meaning *meaning,
                       struct ingest_result *ret_result, GError **error)
{
    struct ingest_offer offer = {
        .owner_id = request->owner_id,
        .file_name = meaning->file_name,
        .created_us = meaning->created_us,
        .modified_us = meaning->modified_us,
        .is_favorite = meaning->is_favorite,
        .visibility = meaning->visibility,
        .live_photo_video = meaning->has_live_video ? &meaning->live_video : NULL,
        .announced_bytes = -1,
        .announced_sha1 = request->has_sha1 ? request->sha1 : NULL,
        .sidecar = request->sidecar && request->sidecar->len > 0 ? request->sidecar->data : NULL,
        .sidecar_size = request->sidecar ? request->sidecar->len : 0,
        .app_data = meaning->app_data,
        .n_app_data = meaning->n_app_data,
    };
    original_offer(&meaning->original, &offer);
    if (request->is_by_link ? !link_upload_check(call, error) || !link_upload_narrow(&offer, error)
                            : !find_device(call, request, &offer, meaning, error))
        return false;
    struct upload *upload = g_steal_pointer(&request->upload);
    return ingest_finish(upload, &offer, ret_result, error);
}

bool handle_upload(struct call *call, GError **error)
{
    struct upload_request *request = http_get(call->request, HTTP_SLOT_ROUTE);
    MEANING_AUTO struct meaning meaning = {0};
    struct ingest_result result;
    if (!multipart_finish(request->parser, error) || !read_meaning(call, request, &meaning, error) ||
        !store_file(call, request, &meaning, &result, error) ||
        (request->is_by_link && !link_upload_show(call, &result.asset_id, error)))
        return false;
    bool is_new = result.outcome == INGEST_CREATED;
    answer_result(call->request, is_new ? 201 : 200, &result.asset_id, is_new ? "created" : "duplicate");
    return true;
}

const struct operation upload_operations[] = {
    {"uploadAsset", .body_type = "AssetMediaCreateDto", .body_media = "multipart/form-data",
     .headers = "x-immich-checksum?: text",
     .answers = {{201, "AssetMediaResponseDto", NULL}, {200, "AssetMediaResponseDto", NULL}}},
    {.name = NULL},
};
