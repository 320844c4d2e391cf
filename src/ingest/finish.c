/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The end of an upload, in the order of the contract: compare, make the bytes durable, one transaction, then the
 * answer. Whatever fails, no row without bytes, and no bytes without row for longer than until the next sweep. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/text.h"
#include "catalog/asset_app_data.h"
#include "catalog/asset_beside.h"
#include "catalog/assets.h"
#include "catalog/blob_pack.h"
#include "catalog/blobs.h"
#include "catalog/ledger.h"
#include "catalog/quality.h"
#include "catalog/users.h"
#include "db/db.h"
#include "ingest/ingest_private.h"
#include "ingest/side_file.h"
#include "ingest/sniff.h"
#include "jobs/jobs.h"

enum { NAME_MAX_BYTES = 255 };

/* One finish, from the offer to the rows. */
struct finish {
    struct ingest *ingest;
    const struct ingest_offer *offer;
    const struct upload *resumable; /* NULL: a plain upload, or no bytes at all */
    char *name;                     /* for display */
    char *key;                      /* valid UTF-8, or NULL: the name */
    const struct media_type *type;
    enum asset_visibility visibility;
    struct blob_digest digest;
    struct blob_digest sidecar;
    struct store_hold *hold;         /* of the bytes, once durable; NULL: they are not needed */
    struct store_hold *sidecar_hold; /* NULL: none */
    GArray *beside;                  /* of a side file that came alone: struct asset_beside */
    bool is_to_look;                 /* a known asset got another side file */
    struct ingest_result result;
};

static void finish_clear(struct finish *finish)
{
    g_free(finish->name);
    g_free(finish->key);
    g_clear_pointer(&finish->beside, g_array_unref);
    store_hold_free(finish->sidecar_hold);
    store_hold_free(finish->hold);
}
#define FINISH_AUTO __attribute__((cleanup(finish_clear)))

static struct finish finish_for(struct ingest *ingest, const struct ingest_offer *offer)
{
    struct finish finish = {.ingest = ingest, .offer = offer};
    finish.name = text_file_name(offer->file_name ? offer->file_name : "", NAME_MAX_BYTES);
    if (offer->item_key && *offer->item_key)
        finish.key = text_utf8(offer->item_key, strlen(offer->item_key));
    return finish;
}

/* The hash by which phones and clients know the file: not that of what our client made of it. */
static const uint8_t *identity(const struct finish *finish)
{
    return finish->offer->original_sha1 ? finish->offer->original_sha1 : finish->digest.sha1;
}

/* Of the file on the device. */
static int64_t device_bytes(const struct finish *finish)
{
    return finish->offer->original_sha1 ? finish->offer->original_bytes : finish->digest.size_bytes;
}

/* ---- what is refused before anything is kept ---- */

static bool check_length(const struct finish *finish, GError **error)
{
    int64_t got = finish->digest.size_bytes, wanted = finish->offer->announced_bytes;
    if (wanted >= 0 && got != wanted)
        return err_set(error, ERR_INVALID,
                       "%s arrived with %" G_GINT64_FORMAT " bytes instead of %" G_GINT64_FORMAT ".", finish->name, got,
                       wanted);
    return got > 0 || err_set(error, ERR_INVALID, "%s is empty.", finish->name);
}

static bool check_sums(const struct finish *finish, GError **error)
{
    const struct ingest_offer *offer = finish->offer;
    bool same =
        (!offer->announced_sha1 || memcmp(offer->announced_sha1, finish->digest.sha1, SHA1_SIZE) == 0) &&
        (!offer->announced_sha256 || memcmp(offer->announced_sha256, finish->digest.id.sha256, SHA256_SIZE) == 0);
    return same || err_set(error, ERR_INVALID, "%s did not arrive as it was sent: its checksum differs.", finish->name);
}

static bool find_type(struct finish *finish, const struct stage *stage, GError **error)
{
    const struct media_type *type = media_type_of(finish->name);
    size_t head_size;
    const void *head = stage_head(stage, &head_size);
    /* The content decides where it is known and the name says nothing, or a video is called a photo. */
    const struct media_type *content = sniff_media_type(head, head_size);
    if (content && (!type || type->class != content->class))
        type = content;
    if (!type && sniff_is_drawing(finish->name, head, head_size))
        return err_set(error, ERR_INVALID, "%s is a drawing (SVG), which can contain programs: it is not taken.",
                       finish->name);
    if (!type)
        return err_set(error, ERR_INVALID, "%s is not a photo or video.", finish->name);
    if (type->class == MEDIA_CLASS_SIDECAR && finish->digest.size_bytes > SIDE_FILE_MAX_BYTES)
        return err_set(error, ERR_LIMIT, "%s is larger than 1 MB, too much for a side file.", finish->name);
    finish->type = type;
    return true;
}

static bool check_offer(struct finish *finish, const struct stage *stage, GError **error)
{
    const char *visibility = finish->offer->visibility;
    finish->visibility = ASSET_TIMELINE;
    if (visibility && !asset_visibility_parse(visibility, &finish->visibility))
        return err_set(error, ERR_INVALID, "This is not a visibility that an asset can have.");
    return check_length(finish, error) && check_sums(finish, error) && find_type(finish, stage, error);
}

/* ---- the rows ---- */

static bool record_present(struct db_conn *conn, const struct finish *finish, int64_t asset_id, GError **error)
{
    const struct ingest_offer *offer = finish->offer;
    if (offer->device_id == 0)
        return true;
    struct item_stored stored = {
        .device_id = offer->device_id,
        .key = finish->key,
        .name = finish->name,
        .size_bytes = device_bytes(finish),
        .modified_us = offer->modified_us,
        .asset_id = asset_id,
    };
    return ledger_stored(conn, &stored, error);
}

/* Deleted for good by its owner: the ledger says so of the item, which then is not missed. */
static bool record_deleted(struct db_conn *conn, const struct finish *finish, GError **error)
{
    const struct ingest_offer *offer = finish->offer;
    if (offer->device_id == 0)
        return true;
    struct device device = {.id = offer->device_id, .owner_id = offer->owner_id};
    struct item_report report = {
        .key = finish->key ? finish->key : finish->name,
        .name = finish->name,
        .size_bytes = device_bytes(finish),
        .modified_us = offer->modified_us,
        .state = ITEM_STORED,
        .sha1 = identity(finish),
    };
    struct item_result result;
    return ledger_report(conn, &device, &report, 1, NULL, 0, &result, error);
}

static bool record_app_data(struct db_conn *conn, const struct finish *finish, int64_t asset_id, GError **error)
{
    const struct ingest_offer *offer = finish->offer;
    for (size_t i = 0; i < offer->n_app_data; i++)
        if (!app_data_set(conn, asset_id, offer->app_data[i].key, offer->app_data[i].value, error))
            return false;
    return true;
}

/* What is to become of the file: decided once, when it comes. */
static bool choose_quality(struct db_conn *conn, const struct finish *finish, enum asset_quality *ret_quality,
                           GError **error)
{
    enum quality quality;
    if (!quality_in_force(conn, finish->offer->owner_id, finish->offer->device_id, &quality, error))
        return false;
    *ret_quality = finish->offer->original_sha1 ? ASSET_REDUCED
                   : quality == QUALITY_HIGH    ? ASSET_TO_REDUCE
                                                : ASSET_AS_IT_CAME;
    return true;
}

static bool record_new(struct db_conn *conn, struct finish *finish, GError **error)
{
    const struct ingest_offer *offer = finish->offer;
    enum asset_quality quality;
    if (!choose_quality(conn, finish, &quality, error))
        return false;
    struct asset_new wanted = {
        .owner_id = offer->owner_id,
        .digest = finish->digest,
        .original_sha1 = offer->original_sha1,
        .original_bytes = offer->original_bytes,
        .quality = quality,
        .quality_note = offer->original_sha1 ? offer->quality_note : NULL,
        .sidecar = finish->sidecar_hold ? &finish->sidecar : NULL,
        .device_id = offer->device_id,
        .file_name = finish->name,
        .mime_type = finish->type->mime,
        .type = finish->type->class == MEDIA_CLASS_VIDEO ? ASSET_VIDEO : ASSET_IMAGE,
        .visibility = finish->visibility,
        .is_favorite = offer->is_favorite,
        .taken_us = offer->created_us,
        .modified_us = offer->modified_us,
        .live_video = offer->live_photo_video,
    };
    struct asset_made made;
    if (!users_check_quota(conn, offer->owner_id, finish->digest.size_bytes, error) ||
        !asset_insert(conn, &wanted, &made, error) ||
        !jobs_add_file(conn, INGEST_JOB, made.id, JOBS_UPLOAD, wanted.taken_us, wanted.digest.size_bytes, error) ||
        !record_app_data(conn, finish, made.id, error) || !record_present(conn, finish, made.id, error))
        return false;
    finish->result = (struct ingest_result){.outcome = INGEST_CREATED, .asset_id = made.uuid};
    return true;
}

/* The bytes of a known asset came again and are durable (perhaps healed): what an earlier check said of them is past.
 * Of an asset that High quality made smaller, these may be the file that came, or made smaller by another program: then
 * they take the place of what is lost. */
static bool record_healed(struct db_conn *conn, const struct finish *finish, int64_t asset_id, GError **error)
{
    ASSET_AUTO struct asset asset = {0};
    struct blob blob;
    if (!asset_find_id(conn, asset_id, &asset, error))
        return false;
    if (memcmp(&asset.digest.id, &finish->digest.id, sizeof(struct blob_id)) != 0)
        return asset_replace_lost(conn, asset_id, &finish->digest, finish->offer->quality_note, error) &&
               jobs_add(conn, INGEST_JOB, asset_id, JOBS_UPLOAD, error);
    if (!blobs_find(conn, &finish->digest.id, &blob, error))
        return false;
    /* Of a packed one both forms are there now, and these bytes are the ones that were just seen to be right. */
    if (blob.pack == BLOB_PACK_DONE &&
        (!blobs_set_plain(conn, blob.id, error) || !jobs_add(conn, INGEST_PACK_JOB, blob.id, JOBS_LATER, error)))
        return false;
    if (blob.check != BLOB_MISSING && blob.check != BLOB_CORRUPT)
        return true;
    struct blob_result result = {.id = blob.id, .check = BLOB_OK, .verified_us = clock_now_us()};
    return blobs_record_verified(conn, &result, 1, error);
}

static bool record(struct db_conn *conn, struct finish *finish, GError **error)
{
    struct asset_known known;
    if (!asset_known(conn, finish->offer->owner_id, identity(finish), &known, error))
        return false;
    if (known.as == ASSET_UNKNOWN || (known.as == ASSET_TOMBSTONE && finish->offer->is_deliberate)) {
        /* Deleted since the look that found the bytes not needed: they may be leaving the store just now. */
        if (!finish->hold)
            return err_set(error, ERR_BUSY, "%s was deleted while it was sent. Send it again.", finish->name);
        return record_new(conn, finish, error);
    }
    finish->result = (struct ingest_result){INGEST_DUPLICATE, known.uuid, known.is_trashed};
    if (known.as == ASSET_TOMBSTONE)
        return record_deleted(conn, finish, error);
    const struct uuid *live_video = finish->offer->live_photo_video;
    return (!finish->hold || record_healed(conn, finish, known.id, error)) &&
           (!live_video || asset_offer_live_video(conn, known.id, live_video, error)) &&
           (!finish->sidecar_hold || side_file_record(conn, &finish->sidecar, known.id, &finish->is_to_look, error)) &&
           record_app_data(conn, finish, known.id, error) && record_present(conn, finish, known.id, error);
}

static bool record_work(struct db_conn *conn, void *data, GError **error)
{
    struct finish *finish = data;
    int fault = FAULT("ingest.in-transaction");
    if (fault)
        return err_set_errno(error, fault, NULL, "The upload could not be written down.");
    return record(conn, finish, error) &&
           (!finish->resumable || resumable_record_result(conn, finish->resumable, &finish->result, error));
}

/* ---- the bytes ---- */

/* Same SHA-1, other SHA-256: made to collide. To say "duplicate" would lose the file. Where the client made the bytes
 * smaller, now or then, the file's own SHA-256 is not known and nothing can be compared. */
static bool check_collision(struct db_conn *conn, const struct finish *finish, const struct asset *asset,
                            GError **error)
{
    REDUCTION_AUTO struct asset_reduction reduction = {0};
    const uint8_t *sha256 = finish->digest.id.sha256;
    if (finish->offer->original_sha1 || memcmp(sha256, asset->digest.id.sha256, SHA256_SIZE) == 0)
        return true;
    if (!asset_reduction_find(conn, asset->id, &reduction, error))
        return false;
    bool is_same = reduction.quality == ASSET_REDUCED &&
                   (!reduction.has_original_sha256 || memcmp(sha256, reduction.original_sha256, SHA256_SIZE) == 0);
    return is_same || err_set(error, ERR_CONFLICT,
                              "%s has the SHA-1 of another file of yours and cannot be told from it.", finish->name);
}

/* Of an asset that is there: has its blob been lost, so that these bytes are wanted in its place? */
static bool look_lost(struct db_conn *conn, const struct finish *finish, int64_t asset_id, bool *ret_lost,
                      GError **error)
{
    ASSET_AUTO struct asset asset = {0};
    struct blob blob;
    if (!asset_find_id(conn, asset_id, &asset, error) || !check_collision(conn, finish, &asset, error) ||
        !blobs_find(conn, &asset.digest.id, &blob, error))
        return false;
    *ret_lost =
        blob.check == BLOB_MISSING || blob.check == BLOB_CORRUPT || !blob_is_there(finish->ingest->store, &blob);
    return true;
}

/* Does the owner have the bytes, and are they well in the store as far as is known? Then they need not be stored
 * again. An asset whose blob is missing or damaged gets it back from this upload. A sidecar is taken with every asset
 * that is there or comes: the newest that its owner gives is the one that counts. */
static bool are_needed(const struct finish *finish, bool *ret_needed, bool *ret_sidecar_needed, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(finish->ingest->db, error);
    struct asset_known known;
    const struct ingest_offer *offer = finish->offer;
    if (!conn || !asset_known(conn, offer->owner_id, identity(finish), &known, error))
        return false;
    *ret_needed = known.as != ASSET_TOMBSTONE || offer->is_deliberate;
    *ret_sidecar_needed = *ret_needed;
    if (known.as == ASSET_PRESENT)
        return look_lost(conn, finish, known.id, ret_needed, error);
    return !*ret_needed || users_check_quota(conn, offer->owner_id, finish->digest.size_bytes, error);
}

/* ---- limits ---- */

struct skip {
    const struct finish *finish;
    const char *note;
};

static bool record_skipped(struct db_conn *conn, void *data, GError **error)
{
    const struct skip *skip = data;
    const struct ingest_offer *offer = skip->finish->offer;
    struct device device = {.id = offer->device_id, .owner_id = offer->owner_id};
    struct item_report report = {
        .key = skip->finish->key ? skip->finish->key : skip->finish->name,
        .name = skip->finish->name,
        .size_bytes = device_bytes(skip->finish),
        .modified_us = offer->modified_us,
        .state = ITEM_SKIPPED,
        .reason = REASON_TOO_LARGE,
        .note = skip->note,
    };
    struct item_result result;
    return offer->device_id == 0 || ledger_report(conn, &device, &report, 1, NULL, 0, &result, error);
}

static bool find_limits(const struct finish *finish, enum quality *ret_quality, bool *ret_known, GError **error)
{
    const struct ingest_offer *offer = finish->offer;
    const uint8_t *sha1 = offer->announced_sha1 && !offer->original_sha1 ? offer->announced_sha1 : identity(finish);
    DB_READ struct db_conn *conn = db_read_begin(finish->ingest->db, error);
    struct asset_known known = {.as = ASSET_UNKNOWN};
    if (!conn || !quality_in_force(conn, offer->owner_id, offer->device_id, ret_quality, error) ||
        !asset_known(conn, offer->owner_id, sha1, &known, error))
        return false;
    *ret_known = known.as != ASSET_UNKNOWN;
    return true;
}

/* A file whose name says nothing is measured as a photo, the narrower limit. */
static bool check_limits(const struct finish *finish, GError **error)
{
    bool is_video = finish->type && finish->type->class == MEDIA_CLASS_VIDEO, is_known = false;
    enum quality quality;
    g_autofree char *note = NULL;
    if (!find_limits(finish, &quality, &is_known, error))
        return false;
    struct quality_limits limits = quality_limits_for(quality, &finish->ingest->limits);
    if (is_known || quality_takes(&limits, is_video, device_bytes(finish), &note))
        return true;
    struct skip skip = {finish, note};
    if (!db_write(finish->ingest->db, record_skipped, &skip, error))
        return false;
    const char *kind = is_video ? "video" : "photo";
    g_autofree char *free_note = NULL;
    if (!quality_takes(&finish->ingest->limits, is_video, device_bytes(finish), &free_note))
        return err_set(error, ERR_LIMIT, "%s is larger than %s, the most that this server takes for a %s.",
                       finish->name, note, kind);
    return err_set(error, ERR_LIMIT,
                   "%s is larger than %s, the most that High quality takes for a %s. To back it up, choose Original "
                   "quality for this device or account.",
                   finish->name, note, kind);
}

bool ingest_check_limits(struct ingest *ingest, const struct ingest_offer *offer, int64_t size_bytes, GError **error)
{
    FINISH_AUTO struct finish finish = finish_for(ingest, offer);
    finish.type = media_type_of(finish.name);
    finish.digest.size_bytes = size_bytes;
    return check_limits(&finish, error);
}

static bool keep_sidecar(struct finish *finish, GError **error)
{
    const struct ingest_offer *offer = finish->offer;
    return !offer->sidecar || offer->sidecar_size == 0 ||
           side_file_keep(finish->ingest, offer->sidecar, offer->sidecar_size, &finish->sidecar, &finish->sidecar_hold,
                          error);
}

/* Where this cannot be done now (the database is gone, another upload of the same bytes is under way), the trace in
 * staging/ stays for the next sweep. */
static void release_hold(struct finish *finish, const struct blob_id *id, struct store_hold **hold)
{
    if (*hold && !blobs_release(finish->ingest->db, id, *hold, NULL))
        store_hold_leave(g_steal_pointer(hold));
}

/* Takes back blobs that the transaction did not come to refer to. */
static void release_unused(struct finish *finish)
{
    release_hold(finish, &finish->sidecar.id, &finish->sidecar_hold);
    release_hold(finish, &finish->digest.id, &finish->hold);
}

/* The rows may be there after the next start: then their bytes must be. */
static void leave_uncertain(struct finish *finish)
{
    if (finish->sidecar_hold)
        store_hold_leave(g_steal_pointer(&finish->sidecar_hold));
    if (finish->hold)
        store_hold_leave(g_steal_pointer(&finish->hold));
}

static bool fail_at(const char *point, int fault, GError **error)
{
    return err_set_errno(error, fault, point, "The upload could not be stored.");
}

/* From checked bytes to rows. @stage is consumed (and becomes NULL) once its bytes are on their way into the store. */
static bool store_it(struct finish *finish, struct stage **stage, GError **error)
{
    int fault = FAULT("ingest.before-commit");
    if (fault)
        return fail_at("ingest.before-commit", fault, error);
    bool needed, sidecar_needed, is_new;
    if (!check_limits(finish, error) || !are_needed(finish, &needed, &sidecar_needed, error) ||
        (sidecar_needed && !keep_sidecar(finish, error)))
        return false;
    if (needed) {
        struct blob_digest digest;
        if (!stage_commit_hold(g_steal_pointer(stage), &digest, &is_new, &finish->hold, error)) {
            release_unused(finish);
            return false;
        }
    }
    fault = FAULT("ingest.after-blob");
    GError *problem = NULL;
    bool ok = fault ? fail_at("ingest.after-blob", fault, &problem)
                    : db_write(finish->ingest->db, record_work, finish, &problem);
    if (ok)
        (void)FAULT("ingest.after-rows");
    if (err_is(problem, ERR_UNCERTAIN))
        leave_uncertain(finish);
    else if (!ok || finish->result.outcome != INGEST_CREATED)
        release_unused(finish);
    if (problem)
        g_propagate_error(error, problem);
    return ok;
}

/* ---- a side file alone ---- */

static bool find_beside(struct finish *finish, GError **error)
{
    const struct ingest_offer *offer = finish->offer;
    DB_READ struct db_conn *conn = db_read_begin(finish->ingest->db, error);
    finish->beside = g_array_new(FALSE, FALSE, sizeof(struct asset_beside));
    return conn &&
           assets_beside(conn, offer->owner_id, offer->device_id, finish->key, finish->name, finish->beside, error);
}

static bool record_beside(struct db_conn *conn, void *data, GError **error)
{
    struct finish *finish = data;
    for (guint i = 0; i < finish->beside->len; i++) {
        const struct asset_beside *asset = &g_array_index(finish->beside, struct asset_beside, i);
        if (!side_file_record(conn, &finish->digest, asset->id, &finish->is_to_look, error))
            return false;
    }
    finish->result = (struct ingest_result){.outcome = INGEST_DUPLICATE,
                                            .asset_id = g_array_index(finish->beside, struct asset_beside, 0).uuid};
    return !finish->resumable || resumable_record_result(conn, finish->resumable, &finish->result, error);
}

/* As store_it(), for an XMP file that came without its photo. */
static bool store_beside(struct finish *finish, struct stage **stage, GError **error)
{
    bool is_new;
    struct blob_digest digest;
    GError *problem = NULL;
    if (!find_beside(finish, error) ||
        !stage_commit_hold(g_steal_pointer(stage), &digest, &is_new, &finish->hold, error))
        return false;
    bool ok = db_write(finish->ingest->db, record_beside, finish, &problem);
    if (err_is(problem, ERR_UNCERTAIN))
        leave_uncertain(finish);
    else
        release_unused(finish); /* of which it keeps what an asset refers to */
    if (problem)
        g_propagate_error(error, problem);
    return ok;
}

/* May the same bytes be taken at a later try, so that a resumable upload should not lose them? */
static bool may_work_later(const GError *error)
{
    return err_info(error)->retry;
}

static void end_upload(struct upload *upload, struct stage *stage, bool ok, const GError *problem)
{
    upload->stage = stage;
    if (!upload->is_resumable) {
        stage_drop(stage);
        g_free(upload);
    } else if (!ok && stage && may_work_later(problem)) {
        resumable_rest(upload);
    } else {
        /* Where the outcome is uncertain the row may have it: it stays, to be asked. */
        resumable_finished(upload, ok || err_is(problem, ERR_UNCERTAIN));
    }
}

bool ingest_finish(struct upload *upload, const struct ingest_offer *offer, struct ingest_result *ret_result,
                   GError **error)
{
    struct ingest *ingest = upload->ingest;
    FINISH_AUTO struct finish finish = finish_for(ingest, offer);
    finish.resumable = upload->is_resumable ? upload : NULL;
    struct stage *stage = upload->stage;
    GError *problem = NULL;
    bool ok = stage_digest(stage, &finish.digest, &problem) && check_offer(&finish, stage, &problem) &&
              (finish.type->class == MEDIA_CLASS_SIDECAR ? store_beside(&finish, &stage, &problem)
                                                         : store_it(&finish, &stage, &problem));
    end_upload(upload, stage, ok, problem);
    if (!ok) {
        g_propagate_error(error, problem);
        return false;
    }
    if ((finish.result.outcome == INGEST_CREATED || finish.is_to_look) && ingest->wake)
        ingest->wake(ingest->wake_data);
    *ret_result = finish.result;
    return true;
}

/* ---- no bytes at all ---- */

static bool known_work(struct db_conn *conn, void *data, GError **error)
{
    struct finish *finish = data;
    struct asset_known known;
    struct asset_file file = {0};
    if (!asset_known(conn, finish->offer->owner_id, identity(finish), &known, error))
        return false;
    bool is_there = known.as == ASSET_PRESENT || (known.as == ASSET_TOMBSTONE && !finish->offer->is_deliberate);
    if (!is_there)
        return err_set(error, ERR_NOT_FOUND, "This file is not known."); /* gone since the look before */
    finish->result = (struct ingest_result){INGEST_DUPLICATE, known.uuid, known.is_trashed};
    if (known.as == ASSET_TOMBSTONE)
        return record_deleted(conn, finish, error);
    if (!asset_find_file(conn, finish->offer->owner_id, &known.uuid, &file, error))
        return false;
    REDUCTION_AUTO struct asset_reduction reduction = {0};
    finish->digest.size_bytes = file.size_bytes;
    asset_file_clear(&file);
    if (!asset_reduction_find(conn, known.id, &reduction, error))
        return false;
    if (reduction.original_bytes > 0)
        finish->digest.size_bytes = reduction.original_bytes;
    return record_present(conn, finish, known.id, error);
}

/* Is the asset of this SHA-1 there with its bytes? One whose blob is lost wants them sent. */
static bool look_known(const struct finish *finish, bool *ret_known, GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(finish->ingest->db, error);
    struct asset_known known;
    if (!conn || !asset_known(conn, finish->offer->owner_id, identity(finish), &known, error))
        return false;
    *ret_known = known.as == ASSET_TOMBSTONE && !finish->offer->is_deliberate;
    if (known.as != ASSET_PRESENT)
        return true;
    ASSET_AUTO struct asset asset = {0};
    if (!asset_find_id(conn, known.id, &asset, error))
        return false;
    struct blob blob;
    if (!blobs_find(conn, &asset.digest.id, &blob, error))
        return false;
    *ret_known =
        blob.check != BLOB_MISSING && blob.check != BLOB_CORRUPT && blob_is_there(finish->ingest->store, &blob);
    return true;
}

bool ingest_known(struct ingest *ingest, const struct ingest_offer *offer, bool *ret_known,
                  struct ingest_result *ret_result, GError **error)
{
    bool is_known = false;
    if (offer->announced_sha1) {
        FINISH_AUTO struct finish finish = finish_for(ingest, offer);
        memcpy(finish.digest.sha1, offer->announced_sha1, SHA1_SIZE);
        finish.digest.size_bytes = MAX(offer->announced_bytes, 0);
        if (!look_known(&finish, &is_known, error))
            return false;
        GError *problem = NULL;
        if (is_known && !db_write(ingest->db, known_work, &finish, &problem)) {
            if (!err_is(problem, ERR_NOT_FOUND)) {
                g_propagate_error(error, problem);
                return false;
            }
            g_clear_error(&problem);
            is_known = false;
        }
        if (is_known)
            *ret_result = finish.result;
    }
    *ret_known = is_known;
    return true;
}
