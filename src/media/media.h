/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The server side of media work: what is to be made of a file (the plan), the pool of sandboxed workers that make it,
 * and the derivatives that come out. It decodes nothing itself and links no codec library: bytes of a photo are read
 * by ambrotype-media alone, which gets descriptors and answers with a bounded record (protocol.h) that is checked here.
 *
 * Life of a job: lease a worker (spawned on demand, ended when idle or after a number of files) → hand it the blob and
 * two temporary files → check its answer → rename the derivatives into derived/ → write the facts (one transaction) →
 * link the photo into browse/. A worker that crashes, hangs or answers nonsense fails that job alone.
 *
 * Threads: any. The jobs block: they run on the job runner's threads. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct blob_id;
struct db;
struct db_conn;
struct jobs_kind;
struct media;
struct store;

/** The name of the job kind; its subject is assets.id. */
#define MEDIA_JOB "media"

/** Videos: their own look, after MEDIA_JOB found one; of assets.id, too. */
#define VIDEO_JOB "video"

/** Puts what a rebuild makes again into the queue; its subject is users.id. */
#define MEDIA_REBUILD_JOB "rebuild"

/** Deletes removed accounts for good (removal.h); its subject is users.id. */
#define MEDIA_REMOVAL_JOB "removal"

/** Kinds that pack and unpack originals; their subject is blobs.id. */
#define MEDIA_PACK_JOB "pack"
#define MEDIA_UNPACK_JOB "unpack"

/** The subject of the pack job that puts more pack jobs into the queue, where packing is on; no blob has it. */
#define MEDIA_PACK_LOOK INT64_C(0)

/** MEDIA_PLAYBACK: what browsers play of a video whose original they do not. */
enum media_derivative { MEDIA_THUMBNAIL, MEDIA_PREVIEW, MEDIA_PLAYBACK };

/** 0 takes the default of each. */
struct media_config {
    unsigned workers;          /* processes at most; default: one a core, at most 4 */
    unsigned memory_mb;        /* of one worker; default 512 */
    unsigned heavy_memory_mb;  /* of the one that takes the files that need more; default 2048 */
    unsigned time_limit_s;     /* for one file; default 120 */
    unsigned idle_s;           /* an idle worker ends after this; default 30 */
    unsigned files_per_worker; /* then a fresh process; default 200 */
    bool packs;                /* JPEG originals are packed in idle time */
    unsigned unpacked_mb;      /* of rebuilt originals that are kept for the next reader; default 256 */
};

/** Prepares the pools, and lets @store unpack packed originals (store_set_unpacker()); no worker is started before the
 * first job. @worker_path: the program ambrotype-media; NULL looks for it beside the running program, then in the
 * libexec folder of the installation. @db and @store are not owned and must outlive it. ERR_NOT_FOUND where the worker
 * program is missing. */
struct media *media_start(struct db *db, struct store *store, const char *worker_path,
                          const struct media_config *config, GError **error);

/** Ends all workers, also those at work. Call it after jobs_stop(). NULL is fine. */
void media_stop(struct media *media);

/** Before jobs_start(): puts what the configuration asks for into the queue. */
bool media_prepare_jobs(struct media *media, GError **error);

/** Every hour: what has become possible since, such as packing a JPEG that took the place of a larger one. */
bool media_look_for_work(struct media *media, GError **error);

/** The kinds of jobs that this room does, for jobs_start(); owned by @media, which they borrow. */
const struct jobs_kind *media_jobs_kinds(struct media *media, size_t *ret_n_kinds);

/** Told after each look into a file, on the thread of the job: the facts and pictures are there, or what is wrong is
 *  known. @is_first: nothing was known before, as after an upload. It must not call back into this room. */
typedef void media_looked(int64_t asset_id, int64_t owner_id, bool is_first, void *data);
/** From now on @looked is told, instead of who was before; NULL: nobody. Once it returns nobody else is told any more.
 */
void media_on_looked(struct media *media, media_looked *looked, void *data);

/** Asks the workers which kinds of files they can show, once; may start one of each. To be called before
 *  media_shows(), when there is time for it. */
bool media_ask_formats(struct media *media, GError **error);

/** Can this installation make pictures of files of media type @mime? False before media_ask_formats(). */
bool media_shows(struct media *media, const char *mime);

/** The middle of the picture in @input_fd (a file of @size_bytes that stays the caller's) as a small square JPEG, for a
 *  person's picture; a worker makes it, and may have to be waited for. Free with g_bytes_unref(). NULL with ERR_INVALID
 *  and a sentence where the file is no picture that can be read. */
GBytes *media_portrait(struct media *media, int input_fd, int64_t size_bytes, GError **error);

/** What the workers report about their own confinement ("seccomp, landlock 7, …"), from a worker that is started for
 *  the question if none has answered yet. Free with g_free(). NULL with @error. */
char *media_confinement(struct media *media, GError **error);

/** Opens a derivative of blob @id for reading. @ret_type is a static MIME type, @ret_etag a quoted entity tag (free
 *  with g_free()). The descriptor, or -1 with ERR_NOT_FOUND while it is not made (yet). */
int media_derivative_open(struct store *store, const struct blob_id *id, enum media_derivative which,
                          int64_t *ret_size_bytes, const char **ret_type, char **ret_etag, GError **error);

/** Deletes the derivatives of a blob (before the blob goes, or to have them made anew); missing ones are fine. */
bool media_derivative_remove(struct store *store, const struct blob_id *id, GError **error);

/** Adds the job for one asset, inside a write transaction (ingest calls it; jobs_wake() afterwards). */
bool media_request(struct db_conn *conn, int64_t asset_id, GError **error);

/** Links the asset into the folder below browse/ that its date names, after the date was changed by hand. A file system
 *  without hard links is fine. */
bool media_place(struct db *db, struct store *store, int64_t asset_id, GError **error);

/** To be called when somebody looks for a derivative that is missing: a job that waits for it comes first now; and it
 * is made again where one could be made before (derived/ was deleted), also of a damaged photo that has a picture.
 * Where many may be missing a rebuild begins. Nothing happens for an asset that never had a picture, whose last attempt
 *  failed for good, or that is gone. In a transaction of its own, if there is need. */
bool media_remake(struct db *db, struct store *store, int64_t asset_id, GError **error);

/** Begins to make derivatives again, of all owners, in the order people look: all of them, or (@is_all false) what is
 *  missing. The queue does it (MEDIA_REBUILD_JOB): jobs_wake(). One that is under way begins anew. */
bool media_rebuild(struct db *db, bool is_all, GError **error);
/** What is not in the queue yet will not come there. */
bool media_rebuild_call_off(struct db *db, GError **error);

/** At the start, every hour, and when an account is to go at once: puts removed accounts whose time has come into the
 *  queue; jobs_wake() afterwards. */
bool media_remove_due(struct db *db, GError **error);

/** At the start: begins a rebuild where derived/ is empty and the library is not. One look, however large it is. */
bool media_look_for_loss(struct db *db, struct store *store, bool *ret_lost, GError **error);

/** Packs original @blob_id, where nobody runs jobs; twice, if need be. True also where it stays as it is (the catalog
 *  has the reason then) or is gone. ERR_CORRUPT where the original is damaged. */
bool media_pack(struct media *media, int64_t blob_id, GError **error);

/** Brings it back. ERR_CORRUPT where the packed file is damaged, ERR_FULL. */
bool media_unpack(struct media *media, int64_t blob_id, GError **error);
