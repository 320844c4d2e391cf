/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The bytes of an asset: its original, its thumbnail and preview. */
#include <string.h>
#include <unistd.h>

#include "api/asset_files.h"
#include "api/resources.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/media_type.h"
#include "catalog/assets.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "media/media.h"
#include "store/store.h"

/* The phone apps keep up to a gigabyte by this; what stands behind an id never changes. */
#define FILE_CACHE "private, max-age=86400, no-transform, stale-while-revalidate=2592000, stale-if-error=2592000"

/* Should a file that somebody uploaded be opened as a page, it can run nothing and reach nothing. */
#define FILE_POLICY "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"

bool asset_files_find(struct call *call, enum asset_right right, struct asset_file *ret_file, GError **error)
{
    const char *permission = asset_right_name(right);
    struct viewer viewer = call_viewer(call);
    struct uuid id;
    if (!call_uuid(call, "id", &id, error))
        return false;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    if (conn && grants_find_file(conn, &viewer, right, &id, ret_file, error))
        return call_check_visible(call, ret_file->visibility, permission, error);
    call_hide_missing(error, permission);
    return false;
}

/* ---- originals ---- */

static int open_blob(struct call *call, const struct asset_file *file, int64_t *ret_size, GError **error)
{
    g_autoptr(GError) reason = NULL;
    int fd = store_open_blob(call->api->config.store, &file->blob, ret_size, &reason);
    if (fd >= 0)
        return fd;
    /* The catalog knows it and the store does not: damage, not a wrong address. */
    if (err_is(reason, ERR_NOT_FOUND))
        err_set_detail(error, ERR_CORRUPT, err_detail(reason), "The original is missing from the server's store.");
    else
        g_propagate_error(error, g_steal_pointer(&reason));
    return -1;
}

bool asset_files_answer_original(struct call *call, const struct asset_file *asset, const char *type,
                                 const char *disposition, GError **error)
{
    int64_t size;
    int fd = open_blob(call, asset, &size, error);
    if (fd < 0)
        return false;
    g_autofree char *hash = hex_encode(asset->blob.sha256, SHA256_SIZE);
    g_autofree char *etag = asset->is_motion_part ? g_strconcat(hash, "-motion", NULL) : g_steal_pointer(&hash);
    const struct http_file file = {
        .fd = fd,
        .start_bytes = asset->offset_bytes,
        .size_bytes = asset->is_motion_part ? asset->size_bytes : size,
        .type = type                                       ? type
                : media_type_is_harmless(asset->mime_type) ? asset->mime_type
                                                           : "application/octet-stream",
        .etag = etag,
        .modified_us = asset->modified_us,
        .cache_control = FILE_CACHE,
        .disposition = disposition,
        .file_name = asset->file_name,
    };
    http_add_header(call->request, "Content-Security-Policy", FILE_POLICY);
    http_answer_file(call->request, &file);
    return true;
}

struct original_wish {
    struct body_bool edited; /* originals are what there is */
    const char *download;    /* whatever it says */
};
static const struct body_field original_fields[] = {
    {.name = "edited", .kind = BODY_BOOL, .offset = offsetof(struct original_wish, edited)},
    {.name = "download", .kind = BODY_TEXT, .offset = offsetof(struct original_wish, download)},
};
static const struct body_shape original_query = BODY_SHAPE(struct original_wish, original_fields);

bool handle_asset_original(struct call *call, GError **error)
{
    struct original_wish wish;
    ASSET_FILE_AUTO struct asset_file asset = {0};
    return call_query(call, &original_query, &wish, error) &&
           asset_files_find(call, ASSET_MAY_DOWNLOAD, &asset, error) &&
           asset_files_answer_original(call, &asset, NULL, wish.download ? "attachment" : "inline", error);
}

/* ---- derivatives ---- */

/* What somebody looks at comes first; derived/ may be deleted at any time, and what should be there is made again.
 * Whether it should, media knows. */
static void remake(struct call *call, const struct asset_file *asset)
{
    g_autoptr(GError) error = NULL;
    if (!media_remake(call->api->config.db, call->api->config.store, asset->id, &error))
        log_error("media.remake", error);
    else if (call->api->config.jobs)
        jobs_wake(call->api->config.jobs);
}

/* An entity tag without its quotes: http adds them. */
static char *bare_etag(const char *quoted)
{
    size_t length = quoted ? strlen(quoted) : 0;
    if (length >= 2 && quoted[0] == '"')
        return g_strndup(quoted + 1, length - 2);
    return g_strdup(quoted);
}

bool asset_files_answer_made(struct call *call, const struct asset_file *asset, enum media_derivative which,
                             GError **error)
{
    int64_t size;
    const char *type;
    g_autofree char *quoted = NULL;
    int fd = media_derivative_open(call->api->config.store, &asset->blob, which, &size, &type, &quoted, error);
    if (fd < 0)
        return false;
    g_autofree char *etag = bare_etag(quoted);
    const struct http_file file = {
        .fd = fd, .size_bytes = size, .type = type, .etag = etag, .cache_control = FILE_CACHE};
    http_add_header(call->request, "Content-Security-Policy", FILE_POLICY);
    http_answer_file(call->request, &file);
    return true;
}

static bool answer_picture(struct call *call, const struct asset_file *asset, enum media_derivative which,
                           GError **error)
{
    g_autoptr(GError) reason = NULL;
    if (asset_files_answer_made(call, asset, which, &reason))
        return true;
    if (!err_is(reason, ERR_NOT_FOUND)) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    remake(call, asset);
    return err_set(error, ERR_NOT_FOUND,
                   asset->media_state == MEDIA_FAILED ? "No picture could be made of this file."
                                                      : "The picture is not made yet.");
}

static const char *const sizes[] = {"thumbnail", "preview", "fullsize", "original", NULL};

struct picture_wish {
    struct body_bool edited;
    const char *size;
};
static const struct body_field picture_fields[] = {
    {.name = "edited", .kind = BODY_BOOL, .offset = offsetof(struct picture_wish, edited)},
    {.name = "size", .kind = BODY_CHOICE, .offset = offsetof(struct picture_wish, size), .choices = sizes},
};
static const struct body_shape picture_query = BODY_SHAPE(struct picture_wish, picture_fields);

bool handle_asset_thumbnail(struct call *call, GError **error)
{
    struct picture_wish wish;
    ASSET_FILE_AUTO struct asset_file asset = {0};
    if (!call_query(call, &picture_query, &wish, error) || !asset_files_find(call, ASSET_MAY_VIEW, &asset, error))
        return false;
    const char *size = wish.size ? wish.size : sizes[0];
    bool is_whole = strcmp(size, "fullsize") == 0 || strcmp(size, "original") == 0;
    /* To whom a link gives no downloads the original is not shown either. */
    bool may_have = call->who->kind != ACCESS_SHARE || call->who->link.allow_download;
    if (is_whole && may_have && asset.type == ASSET_IMAGE && media_type_is_web(asset.mime_type))
        return asset_files_answer_original(call, &asset, NULL, "inline", error);
    bool is_small = strcmp(size, "thumbnail") == 0;
    return answer_picture(call, &asset, is_small ? MEDIA_THUMBNAIL : MEDIA_PREVIEW, error);
}

const struct operation asset_files_operations[] = {
    {"downloadAsset", .query = &original_query, ANSWERS_BYTES("*/*")},
    {"viewAsset", .query = &picture_query, ANSWERS_BYTES("image/*")},
    {.name = NULL},
};
