/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is to be done in a run: the folders as they are, against what is remembered of them. */
#include <string.h>

#include "base/error.h"
#include "client/run_private.h"

static bool told(int64_t n_items, void *data)
{
    struct run *run = data;
    meter_add(run->meter, n_items - meter_now(run->meter).items_done, 0);
    return !remote_is_stopped();
}

/* A folder in which nothing is left but of which much is remembered is more likely a disk that is not there than a
 * person who deleted everything: its items are not reported as gone. */
static void guard_empty_root(struct run *run, const char *root, guint n_before)
{
    if (run->scan->items->len != n_before)
        return;
    GHashTableIter iter;
    gpointer path;
    g_hash_table_iter_init(&iter, run->saved);
    while (g_hash_table_iter_next(&iter, &path, NULL)) {
        if (!scan_is_below(path, root))
            continue;
        g_ptr_array_add(run->scan->lost, g_strdup(root));
        run->result->emptied++;
        g_ptr_array_add(
            run->scan->words,
            g_strdup_printf("%s holds no photos any more. If its disk is not connected, connect it; if you emptied"
                            " it, remove it with `ambrotype backup remove`. What was backed up stays.",
                            root));
        return;
    }
}

bool run_scan(struct run *run, GError **error)
{
    g_autoptr(GPtrArray) folders = state_folders(run->state, error);
    if (!folders)
        return false;
    if (folders->len == 0)
        return err_set(error, ERR_INVALID,
                       "Backup is off: no folders were added. Begin with `ambrotype backup add DIR`.");
    for (guint i = 0; i < folders->len; i++) {
        const char *root = g_ptr_array_index(folders, i);
        guint n_before = run->scan->items->len;
        if (!scan_add(run->scan, root, told, run))
            return err_set(error, ERR_CANCELLED, "It was stopped.");
        guard_empty_root(run, root, n_before);
    }
    return true;
}

static enum send_end end_of_problem(const struct scan_item *item)
{
    return item->problem == SCAN_EMPTY ? END_EMPTY : END_UNREADABLE;
}

static struct task *make_task(struct run *run, const struct scan_item *item)
{
    struct task *task = g_new0(struct task, 1);
    task->item = item;
    task->mark = item->mark;
    task->end = END_STOPPED; /* until it came to an end */
    g_ptr_array_add(run->tasks, task);
    run->n_open++;
    return task;
}

/* Into the queue that its state asks for. Answers whether it had been stored before and has not changed. */
static bool place_task(struct run *run, struct task *task)
{
    const struct scan_item *item = task->item;
    const struct saved_item *saved = g_hash_table_lookup(run->saved, item->path);
    if (item->problem != SCAN_FINE) {
        task->end = end_of_problem(item);
        task->note = g_strdup(item->note);
        run_report(run, task, REPORT_END);
        return false;
    }
    if (!saved || !saved->has_sha1 || !file_mark_equal(&saved->mark, &item->mark)) {
        run_report(run, task, REPORT_SEEN);
        g_async_queue_push(run->to_hash, task);
        return false;
    }
    task->has_sha1 = true;
    memcpy(task->sha1, saved->sha1, SHA1_SIZE);
    task->upload_url = g_strdup(saved->upload_url);
    task->was_lost = g_hash_table_contains(run->lost, item->key);
    if (saved->state == SAVED_STORED && !task->was_lost) {
        task->end = END_THERE;
        task->is_unchanged = true;
        run_report(run, task, REPORT_END);
        return true;
    }
    run_report(run, task, REPORT_SEEN);
    g_ptr_array_add(run->to_check, task);
    return false;
}

/* The newest first: what was just taken is missed most. */
static int by_newest(gconstpointer a, gconstpointer b)
{
    const struct scan_item *x = *(const struct scan_item *const *)a, *y = *(const struct scan_item *const *)b;
    if (x->mark.mtime_ns != y->mark.mtime_ns)
        return x->mark.mtime_ns < y->mark.mtime_ns ? 1 : -1;
    return strcmp(x->path, y->path);
}

void run_plan(struct run *run)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    int64_t items = 0, bytes = 0;
    g_ptr_array_sort(run->scan->items, by_newest);
    for (guint i = 0; i < run->scan->items->len; i++) {
        const struct scan_item *item = g_ptr_array_index(run->scan->items, i);
        if (!g_hash_table_add(seen, item->path))
            continue; /* below two of the folders */
        struct task *task = make_task(run, item);
        if (place_task(run, task))
            continue;
        items++;
        bytes += task->mark.size_bytes;
    }
    run->result->total = run->tasks->len;
    meter_total(run->meter, items, bytes);
    GHashTableIter iter;
    gpointer path, saved;
    g_hash_table_iter_init(&iter, run->saved);
    while (g_hash_table_iter_next(&iter, &path, &saved))
        if (!g_hash_table_contains(seen, path) && !scan_is_lost(run->scan, path))
            g_ptr_array_add(run->gone, saved);
}
