/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/users/profile-image: a picture of oneself, which everybody who has an account may see. What is sent goes into a
 * file in memory as it comes, and a media worker makes a small square JPEG of it. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "api/dto.h"
#include "api/resources.h"
#include "base/error.h"
#include "base/io.h"
#include "catalog/profile_images.h"
#include "db/db.h"
#include "http/multipart.h"
#include "media/media.h"

enum { MAX_FILE_BYTES = 64 << 20 };

struct incoming {
    struct multipart *parser;
    int fd; /* -1 before the file's part */
    int64_t size_bytes;
    bool is_file; /* the part that is read now */
};

static void incoming_free(void *data)
{
    struct incoming *incoming = data;
    multipart_free(incoming->parser);
    io_auto_close(&incoming->fd);
    g_free(incoming);
}

static bool begin_part(void *data, const struct multipart_part *part, GError **error)
{
    struct incoming *incoming = data;
    incoming->is_file = strcmp(part->name, "file") == 0;
    if (!incoming->is_file)
        return true;
    if (incoming->fd >= 0)
        return err_set(error, ERR_INVALID, "file stands twice: one picture is wanted.");
    incoming->fd = memfd_create("profile-image", MFD_CLOEXEC);
    return incoming->fd >= 0 || err_set_errno(error, errno, "memfd_create", "The picture could not be taken.");
}

static bool take_data(void *data, const void *bytes, size_t size, GError **error)
{
    struct incoming *incoming = data;
    if (!incoming->is_file)
        return true;
    incoming->size_bytes += (int64_t)size;
    if (incoming->size_bytes > MAX_FILE_BYTES)
        return err_set(error, ERR_LIMIT, "The picture is larger than %d MB.", MAX_FILE_BYTES >> 20);
    return io_write_all(incoming->fd, bytes, size, error);
}

static bool end_part(void *data, GError **error)
{
    ((struct incoming *)data)->is_file = false;
    return true;
}

bool profile_image_begin(struct http_request *http, GError **error)
{
    static const struct multipart_callbacks callbacks = {begin_part, take_data, end_part};
    struct incoming *incoming = g_new0(struct incoming, 1);
    incoming->fd = -1;
    http_set(http, HTTP_SLOT_ROUTE, incoming, incoming_free);
    incoming->parser = multipart_new(http_header(http, "Content-Type"), &callbacks, incoming, NULL, error);
    return incoming->parser != NULL;
}

bool profile_image_write(struct http_request *http, const void *bytes, size_t size, GError **error)
{
    struct incoming *incoming = http_get(http, HTTP_SLOT_ROUTE);
    return multipart_feed(incoming->parser, bytes, size, error);
}

/* ---- what is kept ---- */

struct keeping {
    int64_t user_id;
    GBytes *jpeg; /* NULL: none any more */
    struct user user;
};

static bool keep(struct db_conn *conn, void *data, GError **error)
{
    struct keeping *keeping = data;
    user_clear(&keeping->user);
    return (keeping->jpeg ? profile_image_set(conn, keeping->user_id, keeping->jpeg, error)
                          : profile_image_drop(conn, keeping->user_id, error)) &&
           users_find_id(conn, keeping->user_id, &keeping->user, error);
}

static bool answer_made(struct call *call, const struct user *user)
{
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    dto_uuid(&json, "userId", &user->uuid);
    dto_profile_image_path(&json, "profileImagePath", user);
    json_time(&json, "profileChangedAt", user->profile_changed_us);
    json_end(&json);
    return call_answer(call, 201, text);
}

bool handle_profile_image_create(struct call *call, GError **error)
{
    struct incoming *incoming = http_get(call->request, HTTP_SLOT_ROUTE);
    if (!multipart_finish(incoming->parser, error))
        return false;
    if (incoming->fd < 0 || incoming->size_bytes == 0)
        return call_problem(call, error, "file", "is missing");
    g_autoptr(GBytes) jpeg = media_portrait(call->api->config.media, incoming->fd, incoming->size_bytes, error);
    struct keeping keeping = {.user_id = call->who->user.id, .jpeg = jpeg};
    bool done = jpeg && call_write(call, keep, &keeping, error) && answer_made(call, &keeping.user);
    user_clear(&keeping.user);
    return done;
}

bool handle_profile_image_delete(struct call *call, GError **error)
{
    struct keeping keeping = {.user_id = call->who->user.id};
    bool done = call_write(call, keep, &keeping, error);
    user_clear(&keeping.user);
    return done && call_answer_empty(call, 204);
}

/* ---- looking ---- */

/* A file in memory, so that conditions and ranges are those of all files. */
static bool answer_jpeg(struct call *call, GBytes *jpeg, int64_t changed_us, GError **error)
{
    gsize size;
    const void *bytes = g_bytes_get_data(jpeg, &size);
    AUTO_FD int fd = memfd_create("profile-image", MFD_CLOEXEC);
    if (fd < 0)
        return err_set_errno(error, errno, "memfd_create", "The picture could not be sent.");
    if (!io_write_all(fd, bytes, size, error))
        return false;
    g_autofree char *etag = g_strdup_printf("%" G_GINT64_FORMAT, changed_us);
    const struct http_file file = {
        .fd = io_steal_fd(&fd),
        .size_bytes = (int64_t)size,
        .type = "image/jpeg",
        .etag = etag,
        .modified_us = changed_us,
        .cache_control = "private, max-age=86400, no-transform",
        .disposition = "inline",
        .file_name = "profile.jpg",
    };
    http_answer_file(call->request, &file);
    return true;
}

bool handle_profile_image_get(struct call *call, GError **error)
{
    struct uuid id;
    int64_t changed_us = 0;
    if (!call_uuid(call, "id", &id, error))
        return false;
    g_autoptr(GBytes) jpeg = NULL;
    {
        DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
        jpeg = conn ? profile_image_find(conn, &id, &changed_us, error) : NULL;
    }
    return jpeg && answer_jpeg(call, jpeg, changed_us, error);
}

const struct operation profile_image_operations[] = {
    {"createProfileImage", .body_type = "{file: bytes}", .body_media = "multipart/form-data",
     ANSWERS(201, "CreateProfileImageResponseDto")},
    {"deleteProfileImage", ANSWERS_NOTHING},
    {"getProfileImage", ANSWERS_BYTES("image/jpeg")},
    {.name = NULL},
};
