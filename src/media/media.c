/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/media.h"

#include <unistd.h>

#include "base/error.h"
#include "catalog/assets.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "media/browse.h"
#include "media/convert_job.h"
#include "media/derived.h"
#include "media/formats.h"
#include "media/job.h"
#include "media/looked.h"
#include "media/motion_job.h"
#include "media/pack_jobs.h"
#include "media/pool.h"
#include "media/portrait.h"
#include "media/rebuild.h"
#include "media/reduce.h"
#include "media/removal.h"
#include "media/video_job.h"
#include "media/worker_process.h"

#define WORKER_NAME "ambrotype-media"
#define VIDEO_WORKER_NAME "ambrotype-video"

enum {
    DEFAULT_WORKERS_MAX = 4,
    DEFAULT_MEMORY_MB = 512,
    DEFAULT_HEAVY_MEMORY_MB = 2048,
    DEFAULT_TIME_LIMIT_S = 120,
    DEFAULT_IDLE_S = 30,
    DEFAULT_FILES_PER_WORKER = 200,
    ATTEMPTS = 2,
    UNPACKERS = 2,
    CONVERT_THREADS = 2,
    CONVERTERS = 2,          /* one in idle time, one for somebody who waits */
    UNPACK_MEMORY_MB = 1024, /* not by the configuration: what was packed must come back, whatever is set later */
    DEFAULT_UNPACKED_MB = 256,
};

struct media {
    struct job_context context;
    struct formats formats;
    struct looked looked;
    unsigned workers;
    struct pack_jobs packing;
    struct jobs_kind kinds[9 + PACK_N_KINDS];
};

/* ---- the program ---- */

/* The program that opens photos is where it was said to be; the one of videos lies beside it. */
static char *find_photo_worker(const char *wanted)
{
    if (wanted)
        return g_file_test(wanted, G_FILE_TEST_IS_EXECUTABLE) ? g_canonicalize_filename(wanted, NULL) : NULL;
    return worker_find(WORKER_NAME);
}

static char *find_video_worker(const char *photo_worker)
{
    g_autofree char *folder = g_path_get_dirname(photo_worker);
    g_autofree char *path = g_build_filename(folder, VIDEO_WORKER_NAME, NULL);
    return g_file_test(path, G_FILE_TEST_IS_EXECUTABLE) ? g_steal_pointer(&path) : worker_find(VIDEO_WORKER_NAME);
}

static unsigned or_default(unsigned value, unsigned standard)
{
    return value ? value : standard;
}

struct media *media_start(struct db *db, struct store *store, const char *worker_path,
                          const struct media_config *config, GError **error)
{
    g_autofree char *path = find_photo_worker(worker_path);
    g_autofree char *video_path = path ? find_video_worker(path) : NULL;
    if (!path || !video_path) {
        err_set_detail(error, ERR_NOT_FOUND, worker_path, "The program %s was not found.",
                       path ? VIDEO_WORKER_NAME : WORKER_NAME);
        return NULL;
    }
    struct media *media = g_new0(struct media, 1);
    media->workers = or_default(config->workers, MIN(g_get_num_processors(), DEFAULT_WORKERS_MAX));
    struct pool_config pool = {
        .worker_path = path,
        .workers = media->workers,
        .memory_mb = or_default(config->memory_mb, DEFAULT_MEMORY_MB),
        .idle_s = or_default(config->idle_s, DEFAULT_IDLE_S),
        .files_per_worker = or_default(config->files_per_worker, DEFAULT_FILES_PER_WORKER),
    };
    struct pool_config heavy = pool;
    heavy.workers = 1;
    heavy.memory_mb = or_default(config->heavy_memory_mb, DEFAULT_HEAVY_MEMORY_MB);
    heavy.files_per_worker = 1; /* gives its memory back at once */
    struct pool_config video_pool = pool, unpackers = pool, converters;
    video_pool.worker_path = video_path;
    video_pool.workers = 1;
    video_pool.memory_mb = heavy.memory_mb;
    converters = video_pool;
    converters.workers = CONVERTERS;
    struct pool_config idle = heavy;
    idle.manners = WORKER_IDLE;
    unpackers.workers = UNPACKERS;
    unpackers.manners = WORKER_PROMPT;
    unpackers.memory_mb = UNPACK_MEMORY_MB;
    media->context = (struct job_context){
        .db = db,
        .store = store,
        .pools = {[LANE_PHOTO] = pool_new(&pool),
                  [LANE_HEAVY] = pool_new(&heavy),
                  [LANE_IDLE] = pool_new(&idle),
                  [LANE_VIDEO] = pool_new(&video_pool),
                  [LANE_CONVERT] = pool_new(&converters),
                  [LANE_UNPACK] = pool_new(&unpackers)},
        .time_limit_s = or_default(config->time_limit_s, DEFAULT_TIME_LIMIT_S),
        .packs = config->packs,
        .looked = &media->looked,
    };
    looked_init(&media->looked);
    derived_sweep(store);
    formats_init(&media->formats);
    media->packing.context = &media->context;
    store_set_unpacker(store, pack_unpack, &media->context,
                       (int64_t)or_default(config->unpacked_mb, DEFAULT_UNPACKED_MB) << 20);
    return media;
}

void media_stop(struct media *media)
{
    if (!media)
        return;
    for (size_t i = 0; i < N_LANES; i++)
        pool_free(media->context.pools[i]);
    store_set_unpacker(media->context.store, NULL, NULL, 0);
    formats_clear(&media->formats);
    looked_clear(&media->looked);
    g_free(media);
}

/* ---- jobs ---- */

static bool run(int64_t subject, void *data, GError **error)
{
    const struct media *media = data;
    return job_run(&media->context, subject, error);
}

static bool run_video(int64_t subject, void *data, GError **error)
{
    const struct media *media = data;
    return video_job_run(&media->context, subject, error);
}

static bool run_rebuild(int64_t subject, void *data, GError **error)
{
    const struct media *media = data;
    return rebuild_run(&media->context, subject, error);
}

static void give_up(int64_t subject, const GError *reason, void *data)
{
    const struct media *media = data;
    job_give_up(&media->context, subject, reason);
}

static bool run_motion(int64_t subject, void *data, GError **error)
{
    const struct media *media = data;
    return motion_job_run(&media->context, subject, error);
}

static void give_up_motion(int64_t subject, const GError *reason, void *data)
{
    const struct media *media = data;
    motion_job_give_up(&media->context, subject, reason);
}

static bool run_convert(int64_t subject, void *data, GError **error)
{
    const struct media *media = data;
    return convert_job_run(&media->context, subject, 1, error);
}

/* Somebody waits: as fast as two cores can, which is what one more frame in memory is worth. */
static bool run_convert_now(int64_t subject, void *data, GError **error)
{
    const struct media *media = data;
    return convert_job_run(&media->context, subject, MIN(g_get_num_processors(), CONVERT_THREADS), error);
}

static void give_up_convert(int64_t subject, const GError *reason, void *data)
{
    const struct media *media = data;
    convert_job_give_up(&media->context, subject, reason);
}

static bool run_reduce(int64_t subject, void *data, GError **error)
{
    const struct media *media = data;
    return reduce_run(&media->context, subject, error);
}

static void give_up_reduce(int64_t subject, const GError *reason, void *data)
{
    const struct media *media = data;
    reduce_give_up(&media->context, subject, reason);
}

GBytes *media_portrait(struct media *media, int input_fd, int64_t size_bytes, GError **error)
{
    return portrait_make(&media->context, input_fd, size_bytes, error);
}

static bool run_removal(int64_t subject, void *data, GError **error)
{
    const struct media *media = data;
    return removal_run(&media->context, subject, error);
}

static void list_kinds(struct media *media)
{
    media->kinds[0] = (struct jobs_kind){
        .name = MEDIA_JOB,
        .parallel = media->workers,
        .max_attempts = ATTEMPTS,
        .run = run,
        .give_up = give_up,
        .data = media,
    };
    media->kinds[1] = (struct jobs_kind){
        .name = VIDEO_JOB,
        .max_attempts = ATTEMPTS,
        .rank = JOBS_SECOND,
        .run = run_video,
        .give_up = give_up,
        .data = media,
    };
    media->kinds[2] = (struct jobs_kind){
        .name = MOTION_JOB,
        .max_attempts = ATTEMPTS,
        .rank = JOBS_SECOND,
        .run = run_motion,
        .give_up = give_up_motion,
        .data = media,
    };
    media->kinds[3] = (struct jobs_kind){
        .name = MEDIA_REBUILD_JOB,
        .max_attempts = ATTEMPTS,
        .rank = JOBS_SECOND,
        .run = run_rebuild,
        .data = media,
    };
    struct jobs_kind convert = {
        .name = CONVERT_JOB,
        .rank = JOBS_WHEN_IDLE,
        .max_attempts = ATTEMPTS,
        .run = run_convert,
        .give_up = give_up_convert,
        .data = media,
    };
    media->kinds[4] = convert;
    convert.name = CONVERT_NOW_JOB;
    convert.rank = JOBS_SECOND;
    convert.run = run_convert_now;
    media->kinds[5] = convert;

    struct jobs_kind reduce = {
        .name = REDUCE_JOB,
        .rank = JOBS_SECOND,
        .max_attempts = ATTEMPTS,
        .run = run_reduce,
        .give_up = give_up_reduce,
        .data = media,
    };
    media->kinds[6] = reduce;
    reduce.name = REDUCE_VIDEO_JOB;
    reduce.rank = JOBS_WHEN_IDLE;
    media->kinds[7] = reduce;
    media->kinds[8] = (struct jobs_kind){
        .name = MEDIA_REMOVAL_JOB,
        .rank = JOBS_SECOND,
        .max_attempts = ATTEMPTS,
        .run = run_removal,
        .data = media,
    };
    pack_jobs_kinds(&media->packing, &media->kinds[9]);
}

bool media_prepare_jobs(struct media *media, GError **error)
{
    return pack_jobs_begin(&media->packing, error);
}

bool media_look_for_work(struct media *media, GError **error)
{
    return media_remove_due(media->context.db, error) &&
           (!media->context.packs || pack_jobs_begin(&media->packing, error));
}

const struct jobs_kind *media_jobs_kinds(struct media *media, size_t *ret_n_kinds)
{
    list_kinds(media);
    *ret_n_kinds = G_N_ELEMENTS(media->kinds);
    return media->kinds;
}

bool media_request(struct db_conn *conn, int64_t asset_id, GError **error)
{
    return jobs_add(conn, MEDIA_JOB, asset_id, JOBS_UPLOAD, error);
}

bool media_place(struct db *db, struct store *store, int64_t asset_id, GError **error)
{
    return browse_place(db, store, asset_id, error);
}

/* ---- what is missing ---- */

struct want {
    int64_t asset_id, owner_id, taken_us, size_bytes;
    const char *kind; /* NULL: nothing can or need be done */
};

static bool add_want(struct db_conn *conn, void *data, GError **error)
{
    const struct want *want = data;
    return jobs_add_file(conn, want->kind, want->asset_id, JOBS_LOOKED_AT, want->taken_us, want->size_bytes, error);
}

/* Which job would make the picture of @asset, if it is not at work already and not in vain. */
static bool choose_job(struct db_conn *conn, const struct asset *asset, const char **ret_kind, GError **error)
{
    static const char *const kinds[] = {MEDIA_JOB, VIDEO_JOB};
    *ret_kind = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        enum jobs_state state;
        int64_t priority;
        if (!jobs_look(conn, kinds[i], asset->id, &state, &priority, error))
            return false;
        if (state == JOBS_WAITING && priority < JOBS_LOOKED_AT - 1)
            *ret_kind = kinds[i];
        /* A job that died on the file would die again at each look at it. */
        if (state != JOBS_NONE)
            return true;
    }
    /* A thumbhash is written with the picture that it is the hash of, and cleared where there is none. */
    if (asset->media_state != MEDIA_WAITING && asset->thumbhash_size > 0)
        *ret_kind = MEDIA_JOB;
    return true;
}

static bool look_for_want(struct db *db, int64_t asset_id, struct want *ret_want, struct blob_id *ret_blob,
                          GError **error)
{
    DB_READ struct db_conn *conn = db_read_begin(db, error);
    ASSET_AUTO struct asset asset = {0};
    GError *problem = NULL;
    if (!conn)
        return false;
    *ret_want = (struct want){0};
    if (!asset_find_id(conn, asset_id, &asset, &problem))
        return job_unless_gone(false, problem, error);
    *ret_want = (struct want){asset.id, asset.owner_id, asset.taken_us, asset.digest.size_bytes, NULL};
    *ret_blob = asset.digest.id;
    return choose_job(conn, &asset, &ret_want->kind, error);
}

bool media_remake(struct db *db, struct store *store, int64_t asset_id, GError **error)
{
    struct want want;
    struct blob_id blob;
    if (!look_for_want(db, asset_id, &want, &blob, error))
        return false;
    if (!want.kind)
        return true;
    /* Where not even its folder is left, others are missing too. */
    return (derived_has_folder(store, &blob) || rebuild_owner_missing(db, want.owner_id, error)) &&
           db_write_relaxed(db, add_want, &want, error);
}

/* ---- packing, where no jobs run ---- */

bool media_pack(struct media *media, int64_t blob_id, GError **error)
{
    GError *problem = NULL;
    for (unsigned attempt = 1; !pack_run(&media->context, blob_id, &problem); attempt++) {
        if (!err_info(problem)->retry || attempt == ATTEMPTS) {
            bool is_the_files = pack_give_up(&media->context, blob_id, problem);
            if (is_the_files)
                g_clear_error(&problem);
            else
                g_propagate_error(error, problem);
            return is_the_files;
        }
        g_clear_error(&problem);
    }
    return true;
}

bool media_unpack(struct media *media, int64_t blob_id, GError **error)
{
    return pack_undo(&media->context, blob_id, error);
}

/* ---- who wants to know ---- */

void media_on_looked(struct media *media, media_looked *looked, void *data)
{
    looked_set(&media->looked, looked, data);
}

/* ---- formats ---- */

bool media_ask_formats(struct media *media, GError **error)
{
    return formats_ask(&media->formats, &media->context, error);
}

bool media_shows(struct media *media, const char *mime)
{
    return formats_has(&media->formats, mime);
}

/* ---- confinement, for people ---- */

char *media_confinement(struct media *media, GError **error)
{
    static const struct {
        enum protocol_confinement bit;
        const char *words;
    } names[] = {
        {CONFINED_SECCOMP, "system calls"},
        {CONFINED_MEMORY, "memory"},
        {CONFINED_LIMITS, "limits"},
        {CONFINED_NO_NEW_PRIVILEGES, "no new privileges"},
        {CONFINED_RELAXED, "relaxed for a sanitizer"},
    };
    struct worker_process *worker = pool_lease(media->context.pools[LANE_PHOTO], false, error);
    if (!worker)
        return NULL;
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (worker->hello.confinement & names[i].bit)
            g_string_append_printf(text, "%s%s", text->len ? ", " : "", names[i].words);
    if (worker->hello.confinement & CONFINED_LANDLOCK)
        g_string_append_printf(text, "%slandlock %d", text->len ? ", " : "", (int)worker->hello.landlock_abi);
    pool_return(media->context.pools[LANE_PHOTO], worker, true, NULL);
    return g_string_free(text, FALSE);
}
