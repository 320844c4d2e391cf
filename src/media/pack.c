/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fault.h"
#include "base/io.h"
#include "catalog/blob_pack.h"
#include "db/db.h"
#include "media/browse.h"
#include "store/store.h"

/* Below this share of saved bytes the way back costs more than the room is worth. */
enum { SAVED_MIN_PERCENT = 5 };
/* What unpacking leaves free on the disk. */
static const int64_t reserve_bytes = INT64_C(256) << 20;

#define WHY_LARGE "It is larger than 64 MB, the most that is packed."
#define WHY_LITTLE "Packing it would save less than 5 %."
#define WHY_DIFFERS "It does not come back bit by bit."

/* ---- asking the worker ---- */

static int new_output(GError **error)
{
    int fd = memfd_create("packing", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        err_set_errno(error, errno, "memfd_create", "A file could not be prepared for packing.");
    return fd;
}

static struct media_request request_for(enum media_job job, int64_t size_bytes)
{
    return (struct media_request){.job = job, .size_bytes = size_bytes, .max_pixels = INT64_C(1000000000)};
}

static bool fail_unpack(const struct media_reply *reply, GError **error)
{
    const char *reason = reply->reason ? reply->reason : "A media worker failed.";
    switch ((enum media_outcome)reply->outcome) {
    case MEDIA_UNSUPPORTED:
    case MEDIA_BROKEN:
    case MEDIA_TOO_LARGE: /* no more than was enough when it was packed */
        return err_set_detail(error, ERR_CORRUPT, reason,
                              "The stored file is damaged: it cannot be unpacked any more.");
    default:
        return err_set(error, ERR_IO, "%s", reason);
    }
}

/* The worker may have been taken over, and still has the descriptor: from here on nobody can write by it. */
static bool seal(int fd, int64_t announced_bytes, GError **error)
{
    struct stat status;
    bool ok = fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0 &&
              fstat(fd, &status) == 0 && status.st_size == announced_bytes;
    return ok || err_set_detail(error, ERR_WORKER_DIED, "output", "The decoder answered nonsense about this file.");
}

int pack_unpack(int packed_fd, int64_t packed_bytes, void *data, GError **error)
{
    const struct job_context *context = data;
    AUTO_FD int output = new_output(error);
    int fds[MEDIA_PACK_FDS] = {packed_fd, output};
    struct media_request request = request_for(MEDIA_JOB_UNPACK, packed_bytes);
    struct media_reply reply;
    if (output < 0 || !media_ask(context, LANE_UNPACK, &request, fds, MEDIA_PACK_FDS, NULL, &reply, error))
        return -1;
    bool ok = reply.outcome == MEDIA_OK ? seal(output, reply.output_bytes, error) : fail_unpack(&reply, error);
    media_reply_clear(&reply);
    return ok ? io_steal_fd(&output) : -1;
}

/* ---- rows ---- */

struct change {
    int64_t blob_id;
    enum blob_pack pack;
    int64_t packed_bytes;
    uint8_t packed_sha256[SHA256_SIZE];
    const char *reason;
};

static bool write_change(struct db_conn *conn, void *data, GError **error)
{
    const struct change *change = data;
    switch (change->pack) {
    case BLOB_PACK_DONE:
        return blobs_set_packed(conn, change->blob_id, change->packed_bytes, change->packed_sha256, error);
    case BLOB_PACK_KEPT:
        return blobs_set_kept(conn, change->blob_id, change->reason, error);
    case BLOB_PACK_NONE:
        return blobs_set_plain(conn, change->blob_id, error);
    }
    g_assert_not_reached();
}

/* Bytes that were deleted meanwhile need nothing any more. */
static bool unless_gone(bool ok, GError *problem, GError **error)
{
    if (!ok && !err_is(problem, ERR_NOT_FOUND)) {
        g_propagate_error(error, problem);
        return false;
    }
    g_clear_error(&problem);
    return true;
}

static bool change(const struct job_context *context, struct change *wanted, GError **error)
{
    GError *problem = NULL;
    bool ok = db_write(context->db, write_change, wanted, &problem);
    return unless_gone(ok, problem, error);
}

static bool keep(const struct job_context *context, int64_t blob_id, const char *reason, GError **error)
{
    return change(context, &(struct change){.blob_id = blob_id, .pack = BLOB_PACK_KEPT, .reason = reason}, error);
}

static bool set_plain(const struct job_context *context, int64_t blob_id, GError **error)
{
    return change(context, &(struct change){.blob_id = blob_id, .pack = BLOB_PACK_NONE}, error);
}

/* False without error: gone. */
static bool load(const struct job_context *context, int64_t blob_id, struct blob_packing *ret_packing, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(context->db, error);
    GError *problem = NULL;
    if (!conn || blobs_find_packing(conn, blob_id, ret_packing, &problem))
        return conn != NULL;
    if (!err_is(problem, ERR_NOT_FOUND))
        g_propagate_error(error, g_steal_pointer(&problem));
    g_clear_error(&problem);
    return false;
}

/* The names in browse/ are links to the file that was: they hold its room, and end with the wrong extension. */
static bool renew_links(const struct job_context *context, int64_t blob_id, GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    {
        DB_READ struct db_conn *conn = db_read_begin(context->db, error);
        if (!conn || !blobs_assets(conn, blob_id, ids, error))
            return false;
    }
    for (guint i = 0; i < ids->len; i++) {
        if (!browse_renew(context->db, context->store, g_array_index(ids, int64_t, i), error))
            return false;
    }
    return true;
}

/* ---- packing ---- */

struct packing {
    const struct job_context *context;
    struct blob_packing row;
    const char *kept; /* why it stays as it is; static or owned by reply */
    struct media_reply reply;
};

/* The packed form of the plain file as a stage; NULL with error, or without: it stays as it is (kept). */
static struct stage *make_packed(struct packing *packing, GError **error)
{
    const struct job_context *context = packing->context;
    const struct blob_digest *digest = &packing->row.blob.digest;
    int64_t size_bytes;
    AUTO_FD int plain = store_open_form(context->store, &digest->id, BLOB_PLAIN, &size_bytes, error);
    AUTO_FD int output = plain < 0 ? -1 : new_output(error);
    if (output < 0)
        return NULL;
    if (size_bytes > MEDIA_PACK_MAX_BYTES) {
        packing->kept = WHY_LARGE;
        return NULL;
    }
    int fds[MEDIA_PACK_FDS] = {plain, output};
    struct media_request request = request_for(MEDIA_JOB_PACK, size_bytes);
    struct media_reply *reply = &packing->reply;
    if (!media_ask(context, LANE_IDLE, &request, fds, MEDIA_PACK_FDS, NULL, reply, error))
        return NULL;
    if (reply->outcome == MEDIA_FAULT) {
        err_set(error, ERR_IO, "%s", reply->reason);
        return NULL;
    }
    packing->kept = reply->outcome != MEDIA_OK                                           ? reply->reason
                    : reply->output_bytes * 100 > size_bytes * (100 - SAVED_MIN_PERCENT) ? WHY_LITTLE
                                                                                         : NULL;
    if (packing->kept)
        return NULL;
    g_autoptr(GBytes) bytes = media_take_output(output, reply->output_bytes, MEDIA_PACK_MAX_BYTES, error);
    struct stage *stage = bytes ? stage_begin(context->store, false, error) : NULL;
    if (stage && !stage_write(stage, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), error))
        stage_drop(g_steal_pointer(&stage));
    return stage;
}

/* Does what the disk has behind @packed_fd give the original? */
static bool proves(const struct job_context *context, int packed_fd, int64_t packed_bytes,
                   const struct blob_digest *digest, bool *ret_same, GError **error)
{
    GError *problem = NULL;
    AUTO_FD int original = pack_unpack(packed_fd, packed_bytes, (void *)context, &problem);
    if (original < 0 && err_is(problem, ERR_CORRUPT)) {
        g_clear_error(&problem);
        *ret_same = false;
        return true;
    }
    if (original < 0) {
        g_propagate_error(error, problem);
        return false;
    }
    return store_fd_matches(original, &digest->id, digest->size_bytes, ret_same, error);
}

static bool prove(struct packing *packing, struct stage *stage, GError **error)
{
    const struct job_context *context = packing->context;
    const struct blob_digest *digest = &packing->row.blob.digest;
    AUTO_FD int packed = stage_read_back(stage, error);
    bool same = false;
    if (packed < 0 || !proves(context, packed, stage_size(stage), digest, &same, error))
        return false;
    if (same)
        return true;
    /* Is it the packing, or was the original damaged before? */
    if (!store_verify(context->store, &digest->id, digest->size_bytes, error))
        return false;
    packing->kept = WHY_DIFFERS;
    return false;
}

/* From a proven stage, which is consumed, to the one form that stays. The blob is held meanwhile: it is looked for in
 * what is committed, and cannot be taken out after that. */
static bool take_over(struct packing *packing, struct stage *stage, struct store_hold *hold, GError **error)
{
    const struct job_context *context = packing->context;
    const int64_t blob_id = packing->row.blob.id;
    struct blob_digest packed;
    struct blob_packing now;
    GError *problem = NULL;
    if (!load(context, blob_id, &now, &problem) || !stage_digest(stage, &packed, &problem)) {
        stage_drop(stage);
        return !problem || unless_gone(false, problem, error);
    }
    if (!store_hold_pack(hold, stage, error))
        return false;
    struct change done = {.blob_id = blob_id, .pack = BLOB_PACK_DONE, .packed_bytes = packed.size_bytes};
    memcpy(done.packed_sha256, packed.id.sha256, SHA256_SIZE);
    int fault = FAULT("media.pack.linked");
    if (fault)
        return err_set_errno(error, fault, NULL, "A packed file could not be written down.");
    if (!change(context, &done, error))
        return false;
    (void)FAULT("media.pack.written-down");
    return store_hold_drop(hold, BLOB_PLAIN, error);
}

static bool finish(const struct job_context *context, int64_t blob_id, GError **error)
{
    (void)FAULT("media.pack.one-form");
    return renew_links(context, blob_id, error);
}

static bool pack_plain(struct packing *packing, GError **error)
{
    const struct job_context *context = packing->context;
    const struct blob *blob = &packing->row.blob;
    GError *problem = NULL;
    struct stage *stage = make_packed(packing, &problem);
    if (stage && !prove(packing, stage, &problem))
        stage_drop(g_steal_pointer(&stage));
    if (problem) {
        g_propagate_error(error, problem);
        return false;
    }
    if (packing->kept)
        return keep(context, blob->id, packing->kept, error);
    (void)FAULT("media.pack.proven");
    struct store_hold *hold = store_hold_take(context->store, &blob->digest.id);
    bool ok = take_over(packing, stage, hold, error);
    store_hold_free(hold);
    return ok && finish(context, blob->id, error);
}

/* ---- what an earlier run left ---- */

/* The catalog knows nothing of the packed file, and there is no other (it was brought back from an older copy). */
static bool adopt(struct packing *packing, GError **error)
{
    const struct job_context *context = packing->context;
    const struct blob *blob = &packing->row.blob;
    struct change done = {.blob_id = blob->id, .pack = BLOB_PACK_DONE};
    AUTO_FD int packed = store_open_form(context->store, &blob->digest.id, BLOB_PACKED, &done.packed_bytes, error);
    bool same = false;
    if (packed < 0 || !proves(context, packed, done.packed_bytes, &blob->digest, &same, error))
        return false;
    if (!same)
        return err_set(error, ERR_CORRUPT, "The stored file is damaged: what it unpacks to is not what was packed.");
    struct blob_id hash;
    if (!store_fd_hash(packed, &hash, error))
        return false;
    memcpy(done.packed_sha256, hash.sha256, SHA256_SIZE);
    return change(context, &done, error) && finish(context, blob->id, error);
}

/* Is the packed file the one that was proven? */
static bool is_proven(const struct packing *packing, bool *ret_proven, GError **error)
{
    int64_t size_bytes;
    AUTO_FD int packed =
        store_open_form(packing->context->store, &packing->row.blob.digest.id, BLOB_PACKED, &size_bytes, error);
    struct blob_id hash;
    if (packed < 0)
        return false;
    (void)posix_fadvise(packed, 0, 0, POSIX_FADV_DONTNEED);
    if (!store_fd_hash(packed, &hash, error))
        return false;
    *ret_proven = memcmp(hash.sha256, packing->row.packed_sha256, SHA256_SIZE) == 0;
    return true;
}

/* Packed already. Both forms: the run was cut off, or the bytes came again. */
static bool tidy(struct packing *packing, GError **error)
{
    const struct job_context *context = packing->context;
    const struct blob *blob = &packing->row.blob;
    bool has_plain = store_has(context->store, &blob->digest.id, blob->digest.size_bytes);
    bool has_packed = store_has_packed(context->store, &blob->digest.id, -1);
    bool proven = false;
    if (!has_plain)
        return !has_packed || finish(context, blob->id, error);
    if (has_packed && !is_proven(packing, &proven, error))
        return false;
    if (!proven)
        return set_plain(context, blob->id, error) && pack_plain(packing, error);
    struct store_hold *hold = store_hold_take(context->store, &blob->digest.id);
    bool ok = store_hold_drop(hold, BLOB_PLAIN, error);
    store_hold_free(hold);
    return ok && finish(context, blob->id, error);
}

bool pack_run(const struct job_context *context, int64_t blob_id, GError **error)
{
    struct packing packing = {.context = context};
    GError *problem = NULL;
    if (!load(context, blob_id, &packing.row, &problem))
        return !problem || unless_gone(false, problem, error);
    const struct blob *blob = &packing.row.blob;
    if (blob->pack == BLOB_PACK_KEPT)
        return true;
    media_reply_init(&packing.reply);
    bool ok;
    if (blob->pack == BLOB_PACK_DONE)
        ok = tidy(&packing, error);
    else if (store_has(context->store, &blob->digest.id, -1))
        ok = pack_plain(&packing, error);
    else /* where it is missing in every form, that is for verify to say */
        ok = !store_has_packed(context->store, &blob->digest.id, -1) || adopt(&packing, error);
    media_reply_clear(&packing.reply);
    return ok;
}

bool pack_give_up(const struct job_context *context, int64_t blob_id, const GError *reason)
{
    /* A disk that is full or broken says nothing about the file; the job's own row keeps the reason. */
    bool is_the_files = err_is(reason, ERR_WORKER_DIED) || err_is(reason, ERR_TIMEOUT) || err_is(reason, ERR_LIMIT);
    return is_the_files && keep(context, blob_id, reason->message, NULL);
}

/* ---- the way back ---- */

static bool check_space(struct store *store, int64_t size_bytes, GError **error)
{
    int64_t free_bytes, total_bytes;
    if (!store_space(store, &free_bytes, &total_bytes, error))
        return false;
    return free_bytes - reserve_bytes >= size_bytes ||
           err_set(error, ERR_FULL, "Server storage is full: there is no room for the unpacked file.");
}

/* The original as a stage, of exactly the bytes that were packed. */
static struct stage *make_plain(const struct job_context *context, const struct blob_digest *digest, GError **error)
{
    int64_t packed_bytes;
    AUTO_FD int packed = store_open_form(context->store, &digest->id, BLOB_PACKED, &packed_bytes, error);
    AUTO_FD int original = packed < 0 ? -1 : pack_unpack(packed, packed_bytes, (void *)context, error);
    g_autoptr(GBytes) bytes =
        original < 0 ? NULL : media_take_output(original, digest->size_bytes, digest->size_bytes, error);
    struct stage *stage = bytes ? stage_begin(context->store, false, error) : NULL;
    struct blob_digest found;
    bool ok = stage && stage_write(stage, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), error) &&
              stage_digest(stage, &found, error);
    if (ok && memcmp(&found.id, &digest->id, sizeof found.id) != 0)
        ok = err_set(error, ERR_CORRUPT, "The stored file is damaged: what it unpacks to is not what was packed.");
    if (ok)
        return stage;
    stage_drop(stage);
    return NULL;
}

/* Lets the packed form go, once the plain one is durable and written down. */
static bool give_back(const struct job_context *context, int64_t blob_id, struct store_hold *hold, GError **error)
{
    struct blob_packing now;
    GError *problem = NULL;
    (void)FAULT("media.unpack.linked");
    if (!load(context, blob_id, &now, &problem)) /* deleted since: with all its forms */
        return problem ? unless_gone(false, problem, error) : store_hold_unlink(hold, error);
    if (!set_plain(context, blob_id, error))
        return false;
    (void)FAULT("media.unpack.written-down");
    return store_hold_drop(hold, BLOB_PACKED, error);
}

bool pack_undo(const struct job_context *context, int64_t blob_id, GError **error)
{
    struct blob_packing row;
    GError *problem = NULL;
    if (!load(context, blob_id, &row, &problem))
        return !problem || unless_gone(false, problem, error);
    const struct blob_digest *digest = &row.blob.digest;
    if (!store_has_packed(context->store, &digest->id, -1))
        return row.blob.pack != BLOB_PACK_DONE || !store_has(context->store, &digest->id, digest->size_bytes) ||
               set_plain(context, blob_id, error);
    struct store_hold *hold = NULL;
    if (store_has(context->store, &digest->id, digest->size_bytes) &&
        store_verify(context->store, &digest->id, digest->size_bytes, NULL)) {
        hold = store_hold_take(context->store, &digest->id);
    } else {
        struct blob_digest found;
        bool is_new;
        struct stage *stage =
            check_space(context->store, digest->size_bytes, error) ? make_plain(context, digest, error) : NULL;
        if (!stage || !stage_commit_hold(stage, &found, &is_new, &hold, error))
            return false;
    }
    bool ok = give_back(context, blob_id, hold, error);
    store_hold_free(hold);
    return ok && finish(context, blob_id, error);
}
