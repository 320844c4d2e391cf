/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/job.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "catalog/assets.h"
#include "db/db.h"
#include "media/browse.h"
#include "media/derived.h"
#include "media/facts.h"

/* Larger pictures exist as files but not as photos. Below this, a worker's memory decides; what is read by rows (PNG)
 * takes next to none, but time. */
#define MAX_PIXELS INT64_C(1000000000)
enum { DERIVATIVE_MAX_BYTES = 64 << 20 };

/* ---- writing the result ---- */

struct outcome {
    int64_t asset_id;
    const struct media_facts *facts; /* NULL: as they are */
    const char *reason;              /* NULL: all is well */
};

static bool write_outcome(struct db_conn *conn, void *data, GError **error)
{
    const struct outcome *outcome = data;
    /* Facts first: also a photo without a picture has its date; then what is wrong with it. */
    return (!outcome->facts || asset_media_apply(conn, outcome->asset_id, outcome->facts, error)) &&
           (!outcome->reason || asset_media_fail(conn, outcome->asset_id, outcome->reason, error));
}

/* An asset that was deleted meanwhile needs nothing any more. */
static bool unless_gone(bool ok, GError *problem, GError **error)
{
    if (ok)
        return true;
    if (err_is(problem, ERR_NOT_FOUND)) {
        g_error_free(problem);
        return true;
    }
    g_propagate_error(error, problem);
    return false;
}

static bool finish(const struct job_context *context, const struct asset *asset, const struct media_reply *reply,
                   const char *reason, GError **error)
{
    struct facts facts;
    facts_fill(reply, asset, &facts);
    struct outcome outcome = {asset->id, &facts.facts, reason};
    GError *problem = NULL;
    bool ok = db_write(context->db, write_outcome, &outcome, &problem);
    bool gone = err_is(problem, ERR_NOT_FOUND);
    if (!unless_gone(ok, problem, error))
        return false;
    return gone || browse_place(context->db, context->store, asset->id, error);
}

/* ---- asking a worker ---- */

static const char *how_it_ended(int signal)
{
    switch (signal) {
    case SIGSYS:
        return "The file made its decoder do something forbidden; it was stopped.";
    case SIGXCPU:
        return "Working on this file took longer than the time limit.";
    case SIGABRT:
    case SIGTRAP: /* GLib's way to end for lack of memory */
        return "The decoder gave up on this file: it is damaged, or needs more memory than is allowed.";
    default:
        return "The decoder crashed on this file.";
    }
}

/* What the job's error says when a worker broke off: the signal tells more than the silent socket. */
static void explain_death(GError **problem, int signal)
{
    if (signal == 0 || !err_is(*problem, ERR_WORKER_DIED))
        return;
    g_autofree char *detail = g_strdup_printf("signal %d", signal);
    g_clear_error(problem);
    err_set_detail(problem, ERR_WORKER_DIED, detail, "%s", how_it_ended(signal));
}

static bool ask(const struct job_context *context, const struct asset *asset, const int fds[MEDIA_PHOTO_FDS],
                struct media_reply *ret_reply, GError **error)
{
    struct worker_process *worker = pool_lease(context->pool, error);
    if (!worker)
        return false;
    struct media_request request = {
        .job = MEDIA_JOB_PHOTO,
        .file_name = asset->file_name,
        .size_bytes = asset->digest.size_bytes,
        .max_pixels = MAX_PIXELS,
        .cpu_s = context->time_limit_s,
    };
    GError *problem = NULL;
    int signal = 0;
    int64_t deadline_us = g_get_monotonic_time() + (int64_t)context->time_limit_s * G_USEC_PER_SEC;
    bool ok = worker_ask(worker, &request, fds, MEDIA_PHOTO_FDS, deadline_us, ret_reply, &problem);
    pool_return(context->pool, worker, ok, &signal);
    if (ok)
        return true;
    explain_death(&problem, signal);
    /* A malformed answer is the worker's failure, not the store's: the file may have taken it over. */
    if (err_is(problem, ERR_CORRUPT)) {
        g_autofree char *detail = g_strdup(err_detail(problem));
        g_clear_error(&problem);
        err_set_detail(&problem, ERR_WORKER_DIED, detail, "The decoder answered nonsense about this file.");
    }
    g_propagate_error(error, problem);
    return false;
}

/* ---- derivatives ---- */

/* The bytes that the worker wrote, copied out of its reach before they are looked at. */
static GBytes *take_output(int fd, int64_t announced_bytes, GError **error)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || status.st_size != announced_bytes || announced_bytes > DERIVATIVE_MAX_BYTES) {
        err_set_detail(error, ERR_WORKER_DIED, "size of a derivative",
                       "The decoder answered nonsense about this file.");
        return NULL;
    }
    g_autofree uint8_t *bytes = g_malloc((gsize)announced_bytes);
    ssize_t got = io_pread_full(fd, bytes, (size_t)announced_bytes, 0, error);
    if (got < 0)
        return NULL;
    return g_bytes_new_take(g_steal_pointer(&bytes), (gsize)got);
}

static bool keep_derivatives(const struct job_context *context, const struct asset *asset,
                             const struct media_reply *reply, int thumbnail_fd, int preview_fd, GError **error)
{
    g_autoptr(GBytes) thumbnail = take_output(thumbnail_fd, reply->thumbnail_bytes, error);
    g_autoptr(GBytes) preview = thumbnail ? take_output(preview_fd, reply->preview_bytes, error) : NULL;
    return preview && derived_write(context->store, &asset->digest.id, MEDIA_THUMBNAIL, thumbnail, error) &&
           derived_write(context->store, &asset->digest.id, MEDIA_PREVIEW, preview, error);
}

/* What the worker said, made true. */
static bool act_on(const struct job_context *context, const struct asset *asset, const struct media_reply *reply,
                   int thumbnail_fd, int preview_fd, GError **error)
{
    switch ((enum media_outcome)reply->outcome) {
    case MEDIA_OK:
    case MEDIA_DAMAGED:
        return keep_derivatives(context, asset, reply, thumbnail_fd, preview_fd, error) &&
               finish(context, asset, reply, reply->reason, error);
    case MEDIA_UNSUPPORTED:
    case MEDIA_BROKEN:
    case MEDIA_TOO_LARGE:
        return finish(context, asset, reply, reply->reason, error);
    case MEDIA_FAULT:
        break;
    }
    return err_set(error, ERR_IO, "%s", reply->reason ? reply->reason : "A media worker failed.");
}

static bool make_pictures(const struct job_context *context, const struct asset *asset, GError **error)
{
    int64_t size_bytes;
    AUTO_FD int input = store_open_blob(context->store, &asset->digest.id, &size_bytes, error);
    if (input < 0)
        return false;
    AUTO_FD int thumbnail = memfd_create("thumbnail", MFD_CLOEXEC);
    AUTO_FD int preview = memfd_create("preview", MFD_CLOEXEC);
    if (thumbnail < 0 || preview < 0)
        return err_set_errno(error, errno, "memfd_create", "A media job could not be prepared.");
    int fds[MEDIA_PHOTO_FDS] = {input, thumbnail, preview};
    struct media_reply reply;
    if (!ask(context, asset, fds, &reply, error))
        return false;
    bool ok = act_on(context, asset, &reply, thumbnail, preview, error);
    media_reply_clear(&reply);
    return ok;
}

static bool load(const struct job_context *context, int64_t asset_id, struct asset *ret_asset, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(context->db, error);
    return conn && asset_find_id(conn, asset_id, ret_asset, error);
}

bool job_run(const struct job_context *context, int64_t asset_id, GError **error)
{
    GError *problem = NULL;
    ASSET_AUTO struct asset asset = {0};
    if (!load(context, asset_id, &asset, &problem))
        return unless_gone(false, problem, error);
    if (asset.type == ASSET_VIDEO || asset.type == ASSET_AUDIO)
        return finish(context, &asset, NULL, "Pictures of videos cannot be made yet. The file itself is safe.", error);
    return make_pictures(context, &asset, error);
}

void job_give_up(const struct job_context *context, int64_t asset_id, const GError *reason)
{
    g_autoptr(GError) problem = NULL;
    ASSET_AUTO struct asset asset = {0};
    /* Nothing is lost when this fails too: the job's own row keeps the reason. */
    if (!load(context, asset_id, &asset, &problem))
        return;
    struct outcome outcome = {asset_id, NULL, reason->message};
    if (asset.media_state == MEDIA_WAITING)
        finish(context, &asset, NULL, reason->message, &problem);
    else /* a remake: what is known of the asset stays */
        db_write(context->db, write_outcome, &outcome, &problem);
}
