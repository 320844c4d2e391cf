/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/removal.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "catalog/assets.h"
#include "catalog/users.h"
#include "db/db.h"
#include "jobs/jobs.h"
#include "media/media.h"
#include "store/store.h"

struct step {
    int64_t user_id;
    GPtrArray *paths;
    bool is_done;
};

/* Looked at in each step: until the first one, an administrator may bring the account back. */
static bool delete_some(struct db_conn *conn, void *data, GError **error)
{
    struct step *step = data;
    USER_AUTO struct user user = {0};
    g_ptr_array_set_size(step->paths, 0); /* of a first run that was undone */
    if (!users_find_id(conn, step->user_id, &user, error))
        return false;
    if (!user.is_removed || user.purge_us > clock_now_us())
        return step->is_done = true;
    const struct user_deletion how = {.force = true, .limit = ASSETS_BATCH};
    return users_delete(conn, step->user_id, &how, step->paths, &step->is_done, error);
}

static void unlink_browse(struct store *store, const GPtrArray *paths)
{
    for (guint i = 0; i < paths->len; i++) {
        g_autoptr(GError) error = NULL;
        if (!store_browse_unlink(store, g_ptr_array_index(paths, i), &error) && !err_is(error, ERR_NOT_FOUND))
            log_error("removal.browse-unlink-failed", error);
    }
}

bool removal_run(const struct job_context *context, int64_t user_id, GError **error)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    struct step step = {.user_id = user_id, .paths = paths};
    GError *problem = NULL;
    while (!step.is_done && db_write(context->db, delete_some, &step, &problem))
        unlink_browse(context->store, paths);
    if (err_is(problem, ERR_NOT_FOUND)) { /* gone meanwhile, by the command line */
        g_clear_error(&problem);
        return true;
    }
    if (problem)
        g_propagate_error(error, problem);
    return !problem;
}

/* ---- what is due ---- */

static void note_due(int64_t id, void *data)
{
    g_array_append_val((GArray *)data, id);
}

static bool add_due(struct db_conn *conn, void *data, GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    if (!users_due(conn, clock_now_us(), note_due, ids, error))
        return false;
    for (guint i = 0; i < ids->len; i++) {
        if (!jobs_add(conn, MEDIA_REMOVAL_JOB, g_array_index(ids, int64_t, i), JOBS_LATER, error))
            return false;
    }
    return true;
}

bool media_remove_due(struct db *db, GError **error)
{
    return db_write(db, add_due, NULL, error);
}
