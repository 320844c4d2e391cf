/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The run and the server's ledger: what is reported, and what its answers make of the tasks. */
#include <string.h>

#include "base/error.h"
#include "client/run_private.h"

enum { MORE_TRIES = 2 };

void run_report(struct run *run, struct task *task, enum report report)
{
    if (task->report == REPORT_NONE)
        g_ptr_array_add(run->to_report, task);
    task->report = report;
}

static enum saved_state saved_state_of(const struct task *task)
{
    const char *state = run_end_state(task->end);
    if (strcmp(state, "stored") == 0)
        return SAVED_STORED;
    return strcmp(state, "waiting") == 0 ? SAVED_WAITING : SAVED_SKIPPED;
}

void run_save(struct run *run, struct task *const *tasks, size_t n, enum saved_state state)
{
    g_autofree struct saved_item *items = g_new0(struct saved_item, n + 1);
    g_autofree const struct saved_item **pointers = g_new0(const struct saved_item *, n + 1);
    for (size_t i = 0; i < n; i++) {
        const struct task *task = tasks[i];
        bool has_reason = state == SAVED_WAITING || state == SAVED_SKIPPED;
        items[i] = (struct saved_item){.path = task->item->path,
                                       .key = task->item->key,
                                       .mark = task->mark,
                                       .has_sha1 = task->has_sha1,
                                       .state = state,
                                       .reason = has_reason ? (char *)run_end_reason(task->end) : NULL,
                                       .note = has_reason ? task->note : NULL,
                                       .upload_url = task->upload_url};
        memcpy(items[i].sha1, task->sha1, SHA1_SIZE);
        pointers[i] = &items[i];
    }
    g_autoptr(GError) error = NULL;
    if (!state_save(run->state, pointers, n, &error))
        meter_say(run->meter, "The state could not be written: %s The next run hashes these files again.",
                  error->message);
}

static void count(struct run *run, const struct task *task)
{
    struct backup_result *result = run->result;
    const char *state = run_end_state(task->end);
    if (strcmp(state, "waiting") == 0) {
        result->waiting++;
    } else if (strcmp(state, "skipped") == 0) {
        result->skipped++;
        result->failed += task->end == END_REFUSED || task->end == END_UNREADABLE;
    } else if (task->was_sent) {
        result->sent++;
        result->bytes_sent += task->sent_bytes ? task->sent_bytes : task->mark.size_bytes;
        result->bytes_saved += task->sent_bytes ? task->mark.size_bytes - task->sent_bytes : 0;
    } else {
        result->there++;
        result->unchanged += task->is_unchanged;
        result->healed += task->was_lost && task->n_sent > 0;
    }
}

/* Each item that is not backed up is named, with its reason and what to do. */
static void say_why(struct run *run, const struct task *task)
{
    bool is_stored = strcmp(run_end_state(task->end), "stored") == 0;
    if (is_stored && task->note)
        meter_say(run->meter, "%s: stored, but %s.", task->item->key, task->note);
    else if (is_stored && run->options.is_verbose && !task->is_unchanged)
        meter_say(run->meter, "%s: %s", task->item->key, backup_end_text(task->end));
    if (is_stored || task->end == END_GONE)
        return;
    if (task->item->is_missing) {
        meter_say(run->meter,
                  "The folder %s does not exist: connect the disk or remove it with `ambrotype backup remove`.",
                  task->item->key);
        return;
    }
    const char *word = strcmp(run_end_state(task->end), "waiting") == 0 ? "Waiting" : "Skipped";
    const char *what = task->item->is_dir ? "the folder cannot be read" : backup_end_text(task->end);
    const char *advice = backup_end_advice(task->end);
    meter_say(run->meter, "%s: %s: %s%s%s%s.%s%s", word, task->item->key, what, task->note ? " (" : "",
              task->note ? task->note : "", task->note ? ")" : "", *advice ? " " : "", advice);
}

void run_count_done(struct run *run, struct task *task)
{
    if (task->is_counted || task->is_unchanged)
        return;
    task->is_counted = true;
    meter_add(run->meter, 1, task->mark.size_bytes - task->counted_bytes);
    task->counted_bytes = task->mark.size_bytes;
}

static void settle(struct run *run, struct task *task)
{
    if (task->is_settled)
        return;
    task->is_settled = true;
    run->n_open--;
    run_count_done(run, task);
}

void run_settle(struct run *run, struct task *task)
{
    if (task->is_settled)
        return;
    settle(run, task);
    if (task->end == END_GONE) {
        run->result->total--;
        const char *path = task->item->path, *key = task->item->key;
        enum remote_verdict none;
        remote_report(run->remote, &run->device, NULL, 0, &key, 1, &none, NULL);
        state_forget(run->state, &path, 1, NULL);
        return;
    }
    count(run, task);
    say_why(run, task);
}

/* ---- answers ---- */

/* The owner deleted these bytes on the server for good: not missed, not sent again. */
static void settle_deleted(struct run *run, struct task *task)
{
    settle(run, task);
    run->result->deleted++;
}

static void send_again(struct run *run, struct task *task)
{
    if (task->n_sent >= MORE_TRIES) {
        task->end = END_REFUSED;
        g_free(task->note);
        task->note = g_strdup("it was sent, but the server does not confirm that it has it");
        run_report(run, task, REPORT_END);
        return;
    }
    if (task->is_unchanged) { /* it was stored once and is not any more: part of the work after all */
        struct meter_view view = meter_now(run->meter);
        task->is_unchanged = false;
        meter_total(run->meter, view.items_total + 1, view.bytes_total + task->mark.size_bytes);
    }
    if (task->is_counted) {
        meter_add(run->meter, -1, -task->counted_bytes);
        task->counted_bytes = 0;
        task->is_counted = false;
    }
    g_async_queue_push(run->to_send, task);
}

static void take_answers(struct run *run, struct task *const *tasks, const enum report *reports,
                         const enum remote_verdict *verdicts, size_t n)
{
    g_autoptr(GPtrArray) stored = g_ptr_array_new();
    for (size_t i = 0; i < n; i++) {
        struct task *task = tasks[i];
        if (reports[i] != REPORT_END)
            continue;
        if (saved_state_of(task) != SAVED_STORED) {
            run_save(run, &task, 1, saved_state_of(task));
            run_settle(run, task);
        } else if (verdicts[i] == REMOTE_STORED) {
            run->result->confirmed++;
            if (!task->is_unchanged)
                g_ptr_array_add(stored, task);
            run_settle(run, task);
        } else if (verdicts[i] == REMOTE_SKIPPED) {
            g_ptr_array_add(stored, task);
            settle_deleted(run, task);
        } else {
            send_again(run, task);
        }
    }
    run_save(run, (struct task *const *)stored->pdata, stored->len, SAVED_STORED);
}

/* ---- reports ---- */

static struct remote_report report_of(const struct task *task, enum report kind)
{
    struct remote_report report = {.key = task->item->key,
                                   .state = kind == REPORT_SEEN ? "seen" : "uploading",
                                   .size_bytes = task->mark.size_bytes,
                                   .mtime_ns = task->mark.mtime_ns};
    if (kind == REPORT_END) {
        report.state = run_end_state(task->end);
        report.reason = run_end_reason(task->end);
        report.note = report.reason ? task->note : NULL;
        report.sha1 = task->has_sha1 ? task->sha1 : NULL;
    }
    return report;
}

struct telling {
    struct run *run;
    const struct remote_report *reports;
    size_t n;
    enum remote_verdict *verdicts;
};

static bool attempt_report(void *data, GError **error)
{
    const struct telling *telling = data;
    struct run *run = telling->run;
    return remote_report(run->remote, &run->device, telling->reports, telling->n, NULL, 0, telling->verdicts, error);
}

/* The ledger takes a batch whole or not at all: one that it refuses is cut in halves until the culprit stands alone. */
static void tell(struct run *run, struct task **tasks, const enum report *kinds, size_t n)
{
    g_autofree struct remote_report *reports = g_new0(struct remote_report, n);
    g_autofree enum remote_verdict *verdicts = g_new0(enum remote_verdict, n);
    for (size_t i = 0; i < n; i++)
        reports[i] = report_of(tasks[i], kinds[i]);
    struct telling telling = {run, reports, n, verdicts};
    g_autoptr(GError) error = NULL;
    if (remote_persist(run->remote, run->options.patience_us, attempt_report, &telling, &error)) {
        take_answers(run, tasks, kinds, verdicts, n);
    } else if (err_is(error, ERR_INVALID) && n > 1) {
        tell(run, tasks, kinds, n / 2);
        tell(run, tasks + n / 2, kinds + n / 2, n - n / 2);
    } else if (err_is(error, ERR_INVALID)) {
        tasks[0]->end = END_REFUSED;
        g_free(tasks[0]->note);
        tasks[0]->note = g_strdup(error->message);
        if (kinds[0] == REPORT_END)
            run_settle(run, tasks[0]);
    } else {
        enum send_end end = send_end_of(error);
        run_end(run, end >= END_FULL ? end : END_NO_CONNECTION, error->message);
    }
}

void run_flush(struct run *run)
{
    run->reported_us = g_get_monotonic_time();
    while (run->to_report->len > 0 && g_atomic_int_get(&run->end) != END_NO_CONNECTION &&
           g_atomic_int_get(&run->end) != END_SIGNED_OUT) {
        size_t n = MIN(run->to_report->len, REMOTE_BATCH_MAX);
        g_autofree struct task **tasks = g_new0(struct task *, n);
        g_autofree enum report *kinds = g_new0(enum report, n);
        for (size_t i = 0; i < n; i++) {
            tasks[i] = g_ptr_array_index(run->to_report, i);
            kinds[i] = tasks[i]->report;
            tasks[i]->report = REPORT_NONE;
        }
        g_ptr_array_remove_range(run->to_report, 0, (guint)n);
        tell(run, tasks, kinds, n);
    }
}

/* ---- gone, status ---- */

void run_tell_gone(struct run *run)
{
    for (guint at = 0; at < run->gone->len && !run_is_ending(run);) {
        guint n = MIN(run->gone->len - at, REMOTE_BATCH_MAX);
        g_autofree const char **keys = g_new0(const char *, n);
        g_autofree const char **paths = g_new0(const char *, n);
        for (guint i = 0; i < n; i++) {
            const struct saved_item *saved = g_ptr_array_index(run->gone, at + i);
            keys[i] = saved->key;
            paths[i] = saved->path;
        }
        enum remote_verdict none;
        g_autoptr(GError) error = NULL;
        if (!remote_report(run->remote, &run->device, NULL, 0, keys, n, &none, &error))
            return; /* the next run tells it */
        if (!state_forget(run->state, paths, n, &error))
            return;
        at += n;
    }
}

void run_tell_status(struct run *run, const char *activity, const char *reason)
{
    run->status_us = g_get_monotonic_time();
    struct meter_view view = meter_now(run->meter);
    const struct remote_status status = {
        .activity = activity,
        .reason = reason,
        .done = MAX(view.items_done, 0),
        .total = MAX(view.items_total, view.items_done),
        .bytes_per_second = view.bytes_per_second,
        .seconds_left = view.seconds_left,
    };
    remote_set_status(run->remote, &run->device, &status, NULL); /* news, not data: the next one says it better */
}
