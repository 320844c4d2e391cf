/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PATCH /api/uploads/{id}: the next bytes of a resumable upload. A connection that breaks keeps what arrived, unless
 * the part announced a checksum: half of it proves nothing and is undone. */
#include <openssl/evp.h>
#include <string.h>

#include "api/original.h"
#include "api/resources.h"
#include "api/tus_headers.h"
#include "api/uploads.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "catalog/assets.h"
#include "jobs/jobs.h"

struct patch {
    const struct api *api;
    struct ingest_resumable resumable;
    struct upload *upload; /* NULL before it is open and after it is given back */
    int64_t offset_bytes;  /* after the last byte taken */
    bool has_checksum;
    struct tus_checksum checksum;
    EVP_MD_CTX *digest; /* of this part; NULL without a checksum */
};

/* Gives the upload back with what arrived. Before the answer goes out: a client that tries again at once must not find
 * it taken. */
static void let_go(struct patch *patch)
{
    int64_t offset_bytes;
    g_autoptr(GError) error = NULL;
    struct upload *upload = g_steal_pointer(&patch->upload);
    if (upload && !ingest_park(upload, patch->has_checksum, &offset_bytes, &error))
        log_error("upload.park", error);
}

static void free_patch(void *data)
{
    struct patch *patch = data;
    jobs_foreground_end(patch->api->config.jobs);
    let_go(patch);
    ingest_resumable_clear(&patch->resumable);
    EVP_MD_CTX_free(patch->digest);
    g_free(patch);
}

/* ---- before the bytes ---- */

static bool begin_checksum(struct patch *patch, const char *value, GError **error)
{
    if (!value)
        return true;
    if (!tus_checksum_parse(value, &patch->checksum, error))
        return false;
    patch->has_checksum = true;
    patch->digest = EVP_MD_CTX_new();
    if (patch->digest &&
        EVP_DigestInit_ex(patch->digest, patch->checksum.is_sha256 ? EVP_sha256() : EVP_sha1(), NULL) == 1)
        return true;
    return err_set_detail(error, ERR_INTERNAL, "EVP_DigestInit_ex", "The server could not compute a checksum.");
}

/* More than is left is refused before a byte of it is taken. */
static bool check_length(struct http_request *http, const struct patch *patch, GError **error)
{
    if (http_content_length(http) <= patch->resumable.length_bytes - patch->offset_bytes)
        return true;
    return err_set(error, ERR_LIMIT, "The body is larger than what is left of the upload.");
}

static bool open_upload(struct http_request *http, struct patch *patch, GError **error)
{
    struct ingest *ingest = call_api(http)->config.ingest;
    int64_t owner_id = call_who(http)->user.id;
    struct uuid id;
    if (!uuid_parse_v4(http_param(http, "id"), &id))
        return err_set(error, ERR_NOT_FOUND, "There is no such upload.");
    if (!ingest_resumable_find(ingest, owner_id, &id, &patch->resumable, error))
        return false;
    if (patch->resumable.is_done)
        return err_set(error, ERR_CONFLICT, "This upload is complete already.");
    patch->upload = ingest_resumable_open(ingest, owner_id, &id, patch->offset_bytes, error);
    if (!patch->upload)
        return false;
    if (patch->has_checksum)
        ingest_guard_part(patch->upload);
    if (check_length(http, patch, error))
        return true;
    let_go(patch);
    return false;
}

static bool check_type(struct http_request *http, GError **error)
{
    const char *type = http_header(http, "Content-Type");
    if (type && strcmp(type, "application/offset+octet-stream") == 0)
        return true;
    return err_set(error, ERR_UNSUPPORTED, "Content-Type must be application/offset+octet-stream.");
}

bool uploads_patch_begin(struct http_request *http, GError **error)
{
    struct patch *patch = g_new0(struct patch, 1);
    http_set(http, HTTP_SLOT_ROUTE, patch, free_patch);
    patch->api = call_api(http);
    jobs_foreground_begin(patch->api->config.jobs); /* until the request is freed */
    g_autoptr(GError) reason = NULL;
    if (!uploads_check_version(http))
        return true; /* answered: http goes no further */
    if (check_type(http, &reason) &&
        tus_count("Upload-Offset", http_header(http, "Upload-Offset"), &patch->offset_bytes, &reason) &&
        begin_checksum(patch, http_header(http, "Upload-Checksum"), &reason) && open_upload(http, patch, &reason))
        return true;
    if (uploads_answer_special(http, reason))
        return true;
    g_propagate_error(error, g_steal_pointer(&reason));
    return false;
}

static bool take_bytes(struct patch *patch, const void *bytes, size_t size, GError **error)
{
    if ((int64_t)size > patch->resumable.length_bytes - patch->offset_bytes)
        return err_set(error, ERR_LIMIT, "The body is larger than what is left of the upload.");
    if (patch->digest && EVP_DigestUpdate(patch->digest, bytes, size) != 1)
        return err_set_detail(error, ERR_INTERNAL, "EVP_DigestUpdate", "The server could not compute a checksum.");
    if (!ingest_write(patch->upload, bytes, size, error))
        return false;
    patch->offset_bytes += (int64_t)size;
    return true;
}

bool uploads_patch_write(struct http_request *http, const void *bytes, size_t size, GError **error)
{
    struct patch *patch = http_get(http, HTTP_SLOT_ROUTE);
    if (take_bytes(patch, bytes, size, error))
        return true;
    let_go(patch);
    return false;
}

/* ---- after the bytes ---- */

static bool checksum_holds(struct patch *patch)
{
    if (!patch->digest)
        return true;
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    return EVP_DigestFinal_ex(patch->digest, bytes, &size) == 1 && memcmp(bytes, patch->checksum.bytes, size) == 0;
}

static bool park(struct call *call, struct patch *patch, bool undo, GError **error)
{
    struct upload *upload = g_steal_pointer(&patch->upload);
    int64_t offset_bytes;
    if (!ingest_park(upload, undo, &offset_bytes, error))
        return false;
    uploads_add_count(call->request, "Upload-Offset", offset_bytes);
    return true;
}

static bool refuse_checksum(struct call *call, struct patch *patch, GError **error)
{
    if (!park(call, patch, true, error))
        return false;
    g_autoptr(GError) reason = NULL;
    err_set(&reason, ERR_INVALID, "The bytes do not have the announced checksum; send this part again.");
    http_answer_error_status(call->request, 460, reason);
    return true;
}

struct restore_work {
    int64_t owner_id;
    struct uuid id;
};

static bool restore(struct db_conn *conn, void *data, GError **error)
{
    const struct restore_work *work = data;
    return asset_restore(conn, work->owner_id, &work->id, error);
}

/* Who uploads by hand what lies in the trash wants it back. */
static bool take_from_trash(struct call *call, const struct ingest_result *result, GError **error)
{
    struct restore_work work = {.owner_id = call->who->user.id, .id = result->asset_id};
    return !result->is_trashed || call_write(call, restore, &work, error);
}

static bool finish(struct call *call, struct patch *patch, GError **error)
{
    struct tus_metadata metadata = {0};
    if (!tus_metadata_parse(patch->resumable.metadata, &metadata, error))
        return false;
    struct original original = {0};
    if (!original_parse(metadata.original_sha1, metadata.original_size, metadata.quality_note, &original)) {
        tus_metadata_clear(&metadata);
        return err_set(error, ERR_INVALID, "Upload-Metadata: what it says of the original makes no sense.");
    }
    int64_t now_us = clock_now_us();
    struct ingest_offer offer = {
        .owner_id = call->who->user.id,
        .device_id = patch->resumable.device_id,
        .item_key = metadata.item_key,
        .file_name = metadata.file_name,
        .modified_us = metadata.has_modified ? metadata.modified_us : now_us,
        .created_us = metadata.has_created    ? metadata.created_us
                      : metadata.has_modified ? metadata.modified_us
                                              : now_us,
        .is_favorite = metadata.is_favorite,
        .visibility = metadata.visibility,
        .live_photo_video = metadata.has_live_photo_video ? &metadata.live_photo_video : NULL,
        .announced_bytes = patch->resumable.length_bytes,
        .announced_sha1 = metadata.has_checksum ? metadata.sha1 : NULL,
        /* The web page: a person chose this file. Programs name their device, apps do not speak tus. */
        .is_deliberate = !metadata.has_device && call->who->is_cookie,
    };
    original_offer(&original, &offer);
    struct ingest_result result;
    struct upload *upload = g_steal_pointer(&patch->upload);
    bool done = ingest_finish(upload, &offer, &result, error) &&
                (!offer.is_deliberate || take_from_trash(call, &result, error));
    original_clear(&original);
    tus_metadata_clear(&metadata);
    if (!done)
        return false;
    uploads_add_count(call->request, "Upload-Offset", patch->offset_bytes);
    uploads_add_result(call->request, &result);
    return call_answer_empty(call, 204);
}

bool handle_uploads_patch(struct call *call, GError **error)
{
    struct patch *patch = http_get(call->request, HTTP_SLOT_ROUTE);
    if (!checksum_holds(patch))
        return refuse_checksum(call, patch, error);
    patch->has_checksum = false; /* it held: from here on a failure keeps the bytes */
    if (patch->offset_bytes == patch->resumable.length_bytes)
        return finish(call, patch, error);
    return park(call, patch, false, error) && call_answer_empty(call, 204);
}
