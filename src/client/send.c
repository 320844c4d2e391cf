/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client/send.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/io.h"

enum { BLOCK_BYTES = 256 * 1024, SIDECAR_MAX_BYTES = 1024 * 1024 };

enum send_end send_end_of(const GError *error)
{
    if (strstr(error->message, "Quota has been exceeded"))
        return END_QUOTA;
    switch (err_kind(error)) {
    case ERR_CANCELLED:
        return END_STOPPED;
    case ERR_IO:
    case ERR_TIMEOUT:
    case ERR_BUSY:
    case ERR_CORRUPT:
        return END_NO_CONNECTION;
    case ERR_FULL:
        return END_FULL;
    case ERR_UNAUTHENTICATED:
    case ERR_FORBIDDEN:
        return END_SIGNED_OUT;
    case ERR_LIMIT:
        return END_TOO_LARGE;
    case ERR_UNSUPPORTED:
        return END_UNSUPPORTED;
    case ERR_EXISTS:
        return END_CHANGING;
    default:
        return END_REFUSED;
    }
}

/* ---- the file ---- */

static enum send_end end_of_errno(int err, char **ret_note)
{
    if (err == ENOENT || err == ENOTDIR)
        return END_GONE;
    *ret_note = g_strdup(g_strerror(err));
    return END_UNREADABLE;
}

/* Links are followed as the scan did; a pipe that took the file's name must not hang us. */
static enum send_end open_file(const char *path, int *ret_fd, struct file_mark *ret_mark, char **ret_note)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat stat;
    if (fd < 0 || fstat(fd, &stat) != 0)
        return end_of_errno(errno, ret_note);
    if (!S_ISREG(stat.st_mode))
        return END_GONE;
    if (stat.st_size == 0)
        return END_EMPTY;
    *ret_mark = file_mark_of(&stat);
    *ret_fd = io_steal_fd(&fd);
    return END_THERE;
}

/* Does the name still lead to the file as it was? */
static bool is_unchanged(const char *path, const struct file_mark *mark)
{
    struct stat stat_now;
    if (stat(path, &stat_now) != 0)
        return false;
    struct file_mark now = file_mark_of(&stat_now);
    return file_mark_equal(mark, &now);
}

static enum send_end digest_file(int fd, EVP_MD_CTX *digest, uint8_t ret_sha1[SHA1_SIZE], char **ret_note)
{
    g_autofree uint8_t *block = g_malloc(BLOCK_BYTES);
    if (EVP_DigestInit_ex(digest, EVP_sha1(), NULL) != 1)
        return END_UNREADABLE;
    for (;;) {
        ssize_t n = read(fd, block, BLOCK_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return end_of_errno(errno, ret_note);
        if (n == 0)
            break;
        if (remote_is_stopped())
            return END_STOPPED;
        if (EVP_DigestUpdate(digest, block, (size_t)n) != 1)
            return END_UNREADABLE;
    }
    return EVP_DigestFinal_ex(digest, ret_sha1, NULL) == 1 ? END_THERE : END_UNREADABLE;
}

enum send_end send_hash(const char *path, uint8_t ret_sha1[SHA1_SIZE], struct file_mark *ret_mark, char **ret_note)
{
    AUTO_FD int fd = -1;
    struct file_mark mark;
    uint8_t sha1[EVP_MAX_MD_SIZE];
    enum send_end end = open_file(path, &fd, &mark, ret_note);
    if (end != END_THERE)
        return end;
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    end = digest ? digest_file(fd, digest, sha1, ret_note) : END_UNREADABLE;
    EVP_MD_CTX_free(digest);
    if (end != END_THERE)
        return end;
    if (!is_unchanged(path, &mark))
        return END_CHANGING;
    memcpy(ret_sha1, sha1, SHA1_SIZE);
    *ret_mark = mark;
    return END_THERE;
}

/* ---- the whole file in one request ---- */

struct sending {
    struct remote *remote;
    struct send_job *job;
    int fd; /* of what is sent */
    int64_t size_bytes;
    const uint8_t *sha1;
    GBytes *sidecar; /* or NULL */
    bool was_there;
};

static GBytes *read_sidecar(const char *path)
{
    if (!path)
        return NULL;
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat stat;
    if (fd < 0 || fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode) || stat.st_size == 0 ||
        stat.st_size > SIDECAR_MAX_BYTES)
        return NULL;
    g_autofree void *bytes = g_malloc((gsize)stat.st_size);
    if (io_read_full(fd, bytes, (size_t)stat.st_size, NULL) != stat.st_size)
        return NULL;
    return g_bytes_new_take(g_steal_pointer(&bytes), (gsize)stat.st_size);
}

/* What is behind the last slash of the key: valid UTF-8. */
static const char *name_of(const char *key)
{
    const char *slash = strrchr(key, '/');
    return slash && slash[1] ? slash + 1 : key;
}

static bool attempt_whole(void *data, GError **error)
{
    struct sending *sending = data;
    const struct send_job *job = sending->job;
    char device[UUID_TEXT_SIZE], time[ISO_TEXT_SIZE];
    g_autofree char *hex = hex_encode(sending->sha1, SHA1_SIZE), *original = hex_encode(job->sha1, SHA1_SIZE);
    g_autofree char *original_size = g_strdup_printf("%" G_GINT64_FORMAT, job->mark.size_bytes);
    g_autofree char *checksum = g_strconcat("x-immich-checksum: ", hex, NULL);
    const char *const headers[] = {checksum, NULL};
    iso_format(job->mark.mtime_ns / 1000, time);
    gsize sidecar_size = 0;
    const void *sidecar = sending->sidecar ? g_bytes_get_data(sending->sidecar, &sidecar_size) : NULL;
    struct remote_field form[10] = {
        {"deviceId", .value = uuid_format(job->device, device)},
        {"deviceAssetId", .value = job->key},
        {"filename", .value = name_of(job->key)},
        {"fileCreatedAt", .value = time},
        {"fileModifiedAt", .value = time},
        {"isFavorite", .value = "false"},
    };
    size_t n_form = 6;
    if (job->reduced) {
        form[n_form++] = (struct remote_field){"originalChecksum", .value = original};
        form[n_form++] = (struct remote_field){"originalSize", .value = original_size};
        form[n_form++] = (struct remote_field){"qualityNote", .value = job->reduced->note};
    }
    if (sidecar)
        form[n_form++] = (struct remote_field){"sidecarData", .bytes = sidecar, .size = sidecar_size};
    const struct remote_request request = {
        .method = "POST",
        .path = "/assets",
        .headers = headers,
        .fd = sending->fd,
        .length = sending->size_bytes,
        .form = form,
        .n_form = n_form,
        .file_field = "assetData",
    };
    REMOTE_ANSWER_AUTO struct remote_answer answer = {0};
    if (!remote_ask(sending->remote, &request, &answer, error))
        return false;
    if (!json_is_string(json_object_get(answer.json, "id")))
        return err_set(error, ERR_CORRUPT, "The server's answer makes no sense to this client.");
    sending->was_there = answer.status == 200;
    return true;
}

/* ---- a large file in parts: tus 1.0 ---- */

static void add_metadata(GString *text, const char *key, const char *value)
{
    g_autofree char *base64 = g_base64_encode((const guchar *)value, strlen(value));
    g_string_append_printf(text, "%s%s %s", text->len > 0 ? "," : "", key, base64);
}

static void set_url(struct send_job *job, const char *url)
{
    g_free(job->upload_url);
    job->upload_url = g_strdup(url);
    if (!job->reduced) /* a later run may make another smaller file */
        job->on_url(job, job->data);
}

/* The server's Location as a path below the base address: what follows "/api". NULL where it is none of ours. */
static const char *path_of(const char *location)
{
    const char *uploads = location ? strstr(location, "/uploads/") : NULL;
    return uploads && !strchr(uploads + strlen("/uploads/"), '/') ? uploads : NULL;
}

static bool begin_upload(struct sending *sending, GError **error)
{
    struct send_job *job = sending->job;
    char device[UUID_TEXT_SIZE], time[ISO_TEXT_SIZE];
    g_autofree char *hex = hex_encode(sending->sha1, SHA1_SIZE), *original = hex_encode(job->sha1, SHA1_SIZE);
    g_autofree char *original_size = g_strdup_printf("%" G_GINT64_FORMAT, job->mark.size_bytes);
    g_autoptr(GString) metadata = g_string_new(NULL);
    iso_format(job->mark.mtime_ns / 1000, time);
    add_metadata(metadata, "filename", name_of(job->key));
    add_metadata(metadata, "fileCreatedAt", time);
    add_metadata(metadata, "fileModifiedAt", time);
    add_metadata(metadata, "checksum", hex);
    add_metadata(metadata, "deviceId", uuid_format(job->device, device));
    add_metadata(metadata, "itemKey", job->key);
    if (job->reduced) {
        add_metadata(metadata, "originalChecksum", original);
        add_metadata(metadata, "originalSize", original_size);
        add_metadata(metadata, "qualityNote", job->reduced->note);
    }
    g_autofree char *metadata_line = g_strconcat("Upload-Metadata: ", metadata->str, NULL);
    g_autofree char *length_line = g_strdup_printf("Upload-Length: %" G_GINT64_FORMAT, sending->size_bytes);
    const char *const headers[] = {"Tus-Resumable: 1.0.0", length_line, metadata_line, NULL};
    const struct remote_request request = {.method = "POST", .path = "/uploads", .headers = headers, .fd = -1};
    REMOTE_ANSWER_AUTO struct remote_answer answer = {0};
    if (!remote_ask(sending->remote, &request, &answer, error))
        return false;
    const char *path = path_of(answer.location);
    if (!path)
        return err_set(error, ERR_CORRUPT, "The server began an upload and did not say where it goes on.");
    set_url(job, path);
    return true;
}

/* Where the server is; *ret_is_done when it has all of it. An upload that it no longer knows begins anew. */
static bool find_offset(struct sending *sending, int64_t *ret_offset, bool *ret_is_done, GError **error)
{
    struct send_job *job = sending->job;
    static const char *const headers[] = {"Tus-Resumable: 1.0.0", NULL};
    REMOTE_ANSWER_AUTO struct remote_answer answer = {0};
    g_autoptr(GError) reason = NULL;
    *ret_offset = 0;
    *ret_is_done = false;
    if (!job->upload_url)
        return begin_upload(sending, error);
    const struct remote_request request = {.method = "HEAD", .path = job->upload_url, .headers = headers, .fd = -1};
    if (!remote_ask(sending->remote, &request, &answer, &reason)) {
        if (answer.status == 404 || answer.status == 410 || answer.status == 400) {
            set_url(job, NULL);
            return begin_upload(sending, error);
        }
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    if (answer.upload_offset < 0 || answer.upload_offset > sending->size_bytes)
        return err_set(error, ERR_CORRUPT, "The server's answer makes no sense to this client.");
    *ret_offset = answer.upload_offset;
    *ret_is_done = answer.asset_id != NULL;
    sending->was_there = g_strcmp0(answer.outcome, "duplicate") == 0;
    return true;
}

/* A part of size 0 asks the server to finish what it has whole. */
static bool send_part(struct sending *sending, int64_t *offset, bool *ret_is_done, GError **error)
{
    struct send_job *job = sending->job;
    g_autofree char *offset_line = g_strdup_printf("Upload-Offset: %" G_GINT64_FORMAT, *offset);
    const char *const headers[] = {"Tus-Resumable: 1.0.0", "Content-Type: application/offset+octet-stream", offset_line,
                                   NULL};
    const struct remote_request request = {
        .method = "PATCH",
        .path = job->upload_url,
        .headers = headers,
        .fd = sending->fd,
        .offset = *offset,
        .length = MIN((int64_t)SEND_PART_BYTES, sending->size_bytes - *offset),
    };
    REMOTE_ANSWER_AUTO struct remote_answer answer = {0};
    if (!remote_ask(sending->remote, &request, &answer, error))
        return false;
    if (!answer.asset_id && answer.upload_offset <= *offset)
        return err_set(error, ERR_CORRUPT, "The server does not get on with the upload.");
    *offset = answer.upload_offset;
    *ret_is_done = answer.asset_id != NULL;
    sending->was_there = g_strcmp0(answer.outcome, "duplicate") == 0;
    return true;
}

static bool attempt_parts(void *data, GError **error)
{
    struct sending *sending = data;
    int64_t offset;
    bool is_done;
    if (!find_offset(sending, &offset, &is_done, error))
        return false;
    while (!is_done) {
        g_autoptr(GError) reason = NULL;
        if (send_part(sending, &offset, &is_done, &reason))
            continue;
        if (err_is(reason, ERR_CONFLICT)) /* the last part arrived though its answer did not: ask where we are */
            return err_set(error, ERR_BUSY, "%s", reason->message);
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    return true;
}

/* ---- either ---- */

enum send_end send_open(const char *path, const struct file_mark *mark, int *ret_fd, char **ret_note)
{
    AUTO_FD int fd = -1;
    struct file_mark now;
    enum send_end end = open_file(path, &fd, &now, ret_note);
    if (end == END_THERE && !file_mark_equal(&now, mark))
        end = END_CHANGING;
    if (end == END_THERE)
        *ret_fd = io_steal_fd(&fd);
    return end;
}

enum send_end send_file(struct remote *remote, struct send_job *job, char **ret_note)
{
    AUTO_FD int fd = -1;
    struct file_mark mark;
    enum send_end end = open_file(job->path, &fd, &mark, ret_note);
    if (end != END_THERE)
        return end;
    if (!file_mark_equal(&mark, &job->mark))
        return END_CHANGING;
    struct sending sending = {
        .remote = remote,
        .job = job,
        .fd = job->reduced ? job->reduced->fd : fd,
        .size_bytes = job->reduced ? job->reduced->size_bytes : job->mark.size_bytes,
        .sha1 = job->reduced ? job->reduced->sha1 : job->sha1,
        .sidecar = read_sidecar(job->sidecar),
    };
    if (job->reduced)
        g_clear_pointer(&job->upload_url, g_free); /* one of an earlier run was of the file itself */
    /* A side file can go along in one request only; else it follows at the end of the run (side_files.h). */
    bool in_parts = sending.size_bytes > SEND_WHOLE_MAX_BYTES;
    g_autoptr(GError) error = NULL;
    bool done = remote_persist(remote, job->patience_us, in_parts ? attempt_parts : attempt_whole, &sending, &error);
    g_clear_pointer(&sending.sidecar, g_bytes_unref);
    if (!is_unchanged(job->path, &job->mark)) {
        if (job->upload_url && !done)
            set_url(job, NULL);
        if (done || err_is(error, ERR_INVALID) || err_is(error, ERR_EXISTS))
            return END_CHANGING;
    }
    if (!done) {
        enum send_end failed = send_end_of(error);
        /* The ledger says "larger than" and this note: a sentence would not fit, and the server knows the limit. */
        *ret_note = failed == END_TOO_LARGE ? NULL : g_strdup(error->message);
        return failed;
    }
    if (in_parts)
        set_url(job, NULL);
    return sending.was_there ? END_THERE : END_SENT;
}
