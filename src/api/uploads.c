/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/uploads: resumable uploads by tus 1.0 (core, creation, expiration, checksum, termination); paths and metadata in
 * docs/architecture.md. uploads_patch.c takes the bytes. */
#include "api/uploads.h"

#include <string.h>

#include "api/original.h"
#include "api/resources.h"
#include "api/tus_headers.h"
#include "api/upload_device.h"
#include "base/error.h"
#include "base/text.h"
#include "catalog/assets.h"
#include "catalog/users.h"
#include "db/db.h"

#define TUS_VERSION "1.0.0"

bool uploads_check_version(struct http_request *request)
{
    http_add_header(request, "Tus-Resumable", TUS_VERSION);
    const char *version = http_header(request, "Tus-Resumable");
    if (version && strcmp(version, TUS_VERSION) == 0)
        return true;
    http_add_header(request, "Tus-Version", TUS_VERSION);
    g_autoptr(GError) reason = NULL;
    err_set(&reason, ERR_INVALID, "This is tus " TUS_VERSION ": send the header Tus-Resumable.");
    http_answer_error_status(request, 412, reason);
    return false;
}

bool uploads_answer_special(struct http_request *request, const GError *error)
{
    bool is_checksum = err_is(error, ERR_UNSUPPORTED) && http_header(request, "Upload-Checksum");
    if (!is_checksum && !err_is(error, ERR_BUSY))
        return false;
    http_answer_error_status(request, is_checksum ? 400 : 423, error);
    return true;
}

void uploads_add_result(struct http_request *request, const struct ingest_result *result)
{
    char id[UUID_TEXT_SIZE];
    http_add_header(request, "X-Ambrotype-Asset-Id", uuid_format(&result->asset_id, id));
    http_add_header(request, "X-Ambrotype-Status", result->outcome == INGEST_CREATED ? "created" : "duplicate");
}

void uploads_add_count(struct http_request *request, const char *header, int64_t bytes)
{
    char text[24];
    g_snprintf(text, sizeof text, "%" G_GINT64_FORMAT, bytes);
    http_add_header(request, header, text);
}

static void add_expires(struct http_request *request, const struct ingest_resumable *resumable)
{
    char date[TUS_DATE_SIZE];
    http_add_header(request, "Upload-Expires", tus_date(resumable->expires_us, date));
}

bool handle_uploads_options(struct call *call, GError **error)
{
    struct http_request *request = call->request;
    http_add_header(request, "Tus-Resumable", TUS_VERSION);
    http_add_header(request, "Tus-Version", TUS_VERSION);
    http_add_header(request, "Tus-Extension", "creation,expiration,checksum,termination");
    http_add_header(request, "Tus-Checksum-Algorithm", "sha1,sha256");
    if (call->api->config.max_upload_bytes > 0)
        uploads_add_count(request, "Tus-Max-Size", call->api->config.max_upload_bytes);
    return call_answer_empty(call, 204);
}

/* ---- creation ---- */

static bool read_length(struct call *call, int64_t *ret_length, GError **error)
{
    if (http_header(call->request, "Upload-Defer-Length"))
        return err_set(error, ERR_INVALID, "Upload-Defer-Length is not taken here: the length must be known.");
    if (!tus_count("Upload-Length", http_header(call->request, "Upload-Length"), ret_length, error))
        return false;
    int64_t max_bytes = call->api->config.max_upload_bytes;
    if (max_bytes > 0 && *ret_length > max_bytes) {
        g_autofree char *limit = text_size((guint64)max_bytes);
        return err_set(error, ERR_LIMIT, "The file is larger than this server takes (%s).", limit);
    }
    return *ret_length > 0 || err_set(error, ERR_INVALID, "The file is empty: there is nothing to back up.");
}

/* Told at the beginning rather than after ten gigabytes. What the owner has already costs nothing more: such an upload
 * heals it or is a duplicate. */
static bool check_quota(struct call *call, int64_t length, const struct tus_metadata *metadata, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    int64_t owner_id = call->who->user.id;
    struct asset_known known = {0};
    if (!conn || (metadata->has_checksum && !asset_known(conn, owner_id, metadata->sha1, &known, error)))
        return false;
    return (metadata->has_checksum && known.as == ASSET_PRESENT) || users_check_quota(conn, owner_id, length, error);
}

/* As the quota: before ten gigabytes are sent. */
static bool check_limits(struct call *call, int64_t length, const struct tus_metadata *metadata, int64_t device_id,
                         GError **error)
{
    struct original original = {0};
    if (!original_parse(metadata->original_sha1, metadata->original_size, metadata->quality_note, &original))
        return err_set(error, ERR_INVALID, "Upload-Metadata: what it says of the original makes no sense.");
    struct ingest_offer offer = {
        .owner_id = call->who->user.id,
        .device_id = device_id,
        .item_key = metadata->item_key,
        .file_name = metadata->file_name,
        .modified_us = metadata->modified_us,
        .announced_sha1 = metadata->has_checksum ? metadata->sha1 : NULL,
    };
    original_offer(&original, &offer);
    bool ok = ingest_check_limits(call->api->config.ingest, &offer, length, error);
    original_clear(&original);
    return ok;
}

static bool create(struct call *call, int64_t length, const struct tus_metadata *metadata, GError **error)
{
    struct ingest_resumable wanted = {
        .owner_id = call->who->user.id,
        .length_bytes = length,
        .metadata = (char *)http_header(call->request, "Upload-Metadata"),
    };
    bool is_registered;
    const struct uuid *device = metadata->has_device ? &metadata->device : NULL;
    if (!upload_device(call, device, &wanted.device_id, &is_registered, error))
        return false;
    if (device && !is_registered)
        return err_set(error, ERR_INVALID, "Upload-Metadata: deviceId is no device of yours: register it first.");
    struct ingest_resumable made = {0};
    if (!check_limits(call, length, metadata, wanted.device_id, error))
        return false;
    if (!ingest_resumable_create(call->api->config.ingest, &wanted, &made, error))
        return false;
    char id[UUID_TEXT_SIZE];
    g_autofree char *location = g_strconcat("/api/uploads/", uuid_format(&made.id, id), NULL);
    http_add_header(call->request, "Location", location);
    add_expires(call->request, &made);
    ingest_resumable_clear(&made);
    return call_answer_empty(call, 201);
}

bool handle_uploads_create(struct call *call, GError **error)
{
    if (!uploads_check_version(call->request))
        return true;
    if (g_bytes_get_size(http_body(call->request)) > 0)
        return err_set(error, ERR_INVALID,
                       "The first bytes come with PATCH: creation-with-upload is not offered here.");
    struct tus_metadata metadata = {0};
    int64_t length;
    if (!read_length(call, &length, error) ||
        !tus_metadata_parse(http_header(call->request, "Upload-Metadata"), &metadata, error))
        return false;
    bool done = check_quota(call, length, &metadata, error) && create(call, length, &metadata, error);
    tus_metadata_clear(&metadata);
    return done;
}

/* ---- looking, ending ---- */

bool handle_uploads_head(struct call *call, GError **error)
{
    struct uuid id;
    struct ingest_resumable resumable = {0};
    http_add_header(call->request, "Cache-Control", "no-store");
    if (!uploads_check_version(call->request))
        return true;
    if (!call_uuid(call, "id", &id, error) ||
        !ingest_resumable_find(call->api->config.ingest, call->who->user.id, &id, &resumable, error))
        return false;
    uploads_add_count(call->request, "Upload-Offset", resumable.offset_bytes);
    uploads_add_count(call->request, "Upload-Length", resumable.length_bytes);
    if (resumable.metadata)
        http_add_header(call->request, "Upload-Metadata", resumable.metadata);
    add_expires(call->request, &resumable);
    if (resumable.is_done)
        uploads_add_result(call->request, &resumable.result);
    ingest_resumable_clear(&resumable);
    return call_answer_empty(call, 200);
}

bool handle_uploads_delete(struct call *call, GError **error)
{
    struct uuid id;
    if (!uploads_check_version(call->request))
        return true;
    if (!call_uuid(call, "id", &id, error))
        return false;
    g_autoptr(GError) reason = NULL;
    if (ingest_resumable_delete(call->api->config.ingest, call->who->user.id, &id, &reason))
        return call_answer_empty(call, 204);
    if (uploads_answer_special(call->request, reason))
        return true;
    g_propagate_error(error, g_steal_pointer(&reason));
    return false;
}

#define TUS "Tus-Resumable: '" TUS_VERSION "'; "
const struct operation uploads_operations[] = {
    {"getUploadOptions", ANSWERS_NOTHING},
    {"createUpload", .headers = TUS "Upload-Length: int; Upload-Metadata: text", ANSWERS(201, NULL)},
    {"getUpload", .headers = TUS, ANSWERS(200, NULL)},
    {"appendUpload", .body_type = "bytes", .body_media = "application/offset+octet-stream",
     .headers = TUS "Upload-Offset: int; Upload-Checksum?: text", ANSWERS_NOTHING},
    {"deleteUpload", .headers = TUS, ANSWERS_NOTHING},
    {.name = NULL},
};
