/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client/side_files.h"

#include <fcntl.h>
#include <string.h>

#include "base/error.h"
#include "base/io.h"
#include "base/text.h"
#include "client/run_private.h"

enum { SIDE_FILE_MAX_BYTES = 1024 * 1024 };

/* A side file that has to be sent. */
struct side {
    const struct task *task;
    struct file_mark mark;
};

static bool is_stored(const struct task *task)
{
    return (task->end == END_SENT || task->end == END_THERE) && task->has_sha1 && task->item->sidecar;
}

static void say(struct run *run, const struct side *side, const char *why)
{
    g_autofree char *name = g_path_get_basename(side->task->item->sidecar);
    g_autofree char *text = text_utf8(name, strlen(name));
    meter_say(run->meter, "%s: stored, but its side file %s stays behind: %s", side->task->item->key, text, why);
}

/* Those that are other than when they were last sent, or belong to another photo of the same name. */
static GArray *find_changed(struct run *run, GError **error)
{
    g_autoptr(GHashTable) sent = state_side_files(run->state, error);
    if (!sent)
        return NULL;
    GArray *sides = g_array_new(FALSE, FALSE, sizeof(struct side));
    for (guint i = 0; i < run->tasks->len; i++) {
        struct side side = {.task = g_ptr_array_index(run->tasks, i)};
        struct stat status;
        if (!is_stored(side.task) || stat(side.task->item->sidecar, &status) != 0)
            continue;
        side.mark = file_mark_of(&status);
        const struct file_mark *before = g_hash_table_lookup(sent, side.task->item->path);
        if (!before || side.task->was_sent || !file_mark_equal(before, &side.mark))
            g_array_append_val(sides, side);
    }
    return sides;
}

static bool send(struct run *run, const struct side *side, const char *asset_id, GError **error)
{
    AUTO_FD int fd = open(side->task->item->sidecar, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0 ||
        status.st_size > SIDE_FILE_MAX_BYTES)
        return err_set(error, ERR_LIMIT, "it cannot be read, is empty or larger than 1 MB.");
    g_autofree char *path = g_strdup_printf("/assets/%s/sidecar", asset_id);
    static const char *const headers[] = {"Content-Type: application/rdf+xml", NULL};
    const struct remote_request request = {
        .method = "PUT", .path = path, .headers = headers, .fd = fd, .length = status.st_size};
    REMOTE_ANSWER_AUTO struct remote_answer answer = {0};
    return remote_ask(run->remote, &request, &answer, error);
}

/* False where there is no use in going on. */
static bool send_all(struct run *run, const struct side *sides, guint n, GError **error)
{
    uint8_t sha1s[REMOTE_BATCH_MAX][SHA1_SIZE];
    char *ids[REMOTE_BATCH_MAX] = {0};
    for (guint i = 0; i < n; i++)
        memcpy(sha1s[i], sides[i].task->sha1, SHA1_SIZE);
    bool goes_on = remote_find(run->remote, sha1s, n, ids, error);
    for (guint i = 0; goes_on && i < n && !run_is_ending(run); i++) {
        g_autoptr(GError) reason = NULL;
        const struct task *task = sides[i].task;
        if (!ids[i]) /* deleted since */
            continue;
        if (send(run, &sides[i], ids[i], &reason)) {
            run->result->side_files++;
            goes_on = state_set_side_file(run->state, task->item->path, &sides[i].mark, error);
        } else if (remote_is_outage(reason)) {
            g_propagate_error(error, g_steal_pointer(&reason));
            goes_on = false;
        } else if (!err_is(reason, ERR_INVALID) && !err_is(reason, ERR_NOT_FOUND)) {
            say(run, &sides[i], reason->message);
        }
    }
    for (guint i = 0; i < n; i++)
        g_free(ids[i]);
    return goes_on;
}

void run_side_files(struct run *run)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) sides = run_is_ending(run) ? NULL : find_changed(run, &error);
    const struct side *all = sides ? (const struct side *)(void *)sides->data : NULL;
    guint at = 0;
    for (; sides && at < sides->len && !run_is_ending(run); at += REMOTE_BATCH_MAX)
        if (!send_all(run, all + at, MIN(sides->len - at, REMOTE_BATCH_MAX), &error))
            break;
    if (error)
        meter_say(run->meter, "Side files of photos that are stored stay behind until the next run: %s",
                  error->message);
}
