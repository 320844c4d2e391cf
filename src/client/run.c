/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client/run.h"

#include <string.h>

#include "base/error.h"
#include "base/io.h"
#include "base/media_type.h"
#include "client/run_private.h"
#include "client/side_files.h"

enum {
    DEFAULT_HASHERS = 2,
    DEFAULT_SENDERS = 4,
    HELLO_PATIENCE_US = 3 * 1000 * 1000,
    CHECK_MAX = 500,
    CHECK_US = 300 * 1000,
    REPORT_US = 2 * 1000 * 1000,
    STATUS_US = 2 * 1000 * 1000,
    NAP_US = 100 * 1000,
};

static struct task leave; /* in a queue: the thread that takes it ends */

void backup_result_clear(struct backup_result *result)
{
    g_free(result->end_note);
    *result = (struct backup_result){0};
}

void run_end(struct run *run, enum send_end end, const char *note)
{
    if (g_atomic_int_compare_and_exchange(&run->end, 0, (gint)end))
        run->result->end_note = g_strdup(note);
}

bool run_is_ending(struct run *run)
{
    if (remote_is_stopped())
        run_end(run, END_STOPPED, NULL);
    return g_atomic_int_get(&run->end) != 0;
}

/* ---- threads that hash and send ---- */

static void tell_main(struct run *run, enum event_kind kind, struct task *task)
{
    struct event *event = g_new(struct event, 1);
    *event = (struct event){kind, task};
    g_async_queue_push(run->events, event);
}

static void hash_task(struct task *task)
{
    g_clear_pointer(&task->note, g_free);
    task->end = send_hash(task->item->path, task->sha1, &task->mark, &task->note);
    task->has_sha1 = task->end == END_THERE;
}

static void *hasher(void *data)
{
    struct run *run = data;
    for (struct task *task; (task = g_async_queue_pop(run->to_hash)) != &leave;) {
        if (run_is_ending(run))
            task->end = END_STOPPED;
        else
            hash_task(task);
        tell_main(run, EVENT_HASHED, task);
    }
    return NULL;
}

struct sender {
    struct run *run;
    struct task *task; /* that it sends now */
};

static void count_sent(int64_t bytes, void *data)
{
    struct sender *sender = data;
    sender->task->counted_bytes += bytes;
    meter_sent(sender->run->meter, bytes);
}

static void note_outage(void *data)
{
    meter_phase(((struct run *)data)->meter, METER_WAITING);
}

static void note_url(const struct send_job *job, void *data)
{
    struct run *run = data;
    state_set_upload(run->state, job->path, job->upload_url, NULL); /* without it the file begins anew */
}

/* "75 MB", "10 GB", as the server says it. */
static char *limit_text(int64_t bytes)
{
    return bytes % 1000000000 == 0 ? g_strdup_printf("%" G_GINT64_FORMAT " GB", bytes / 1000000000)
                                   : g_strdup_printf("%" G_GINT64_FORMAT " MB", bytes / 1000000);
}

static bool is_photo(const struct task *task)
{
    const struct media_type *type = media_type_of(task->item->key);
    return type && type->class == MEDIA_CLASS_IMAGE;
}

/* What is larger than the server takes is not sent at all. */
static bool exceeds(const struct run *run, struct task *task)
{
    int64_t limit = is_photo(task) ? run->terms.photo_bytes : run->terms.video_bytes;
    if (limit == 0 || task->mark.size_bytes <= limit)
        return false;
    task->end = END_TOO_LARGE;
    task->note = limit_text(limit);
    return true;
}

/* High quality, before the line: false where the file is not to be sent. */
static bool make_smaller(struct run *run, struct task *task, struct reduced *reduced)
{
    AUTO_FD int fd = -1;
    if (!run->reducer)
        return true;
    enum send_end end = send_open(task->item->path, &task->mark, &fd, &task->note);
    if (end == END_THERE && !is_photo(task))
        reducer_reduce_video(run->reducer, fd, task->item->key, reduced);
    else if (end == END_THERE)
        reducer_reduce(run->reducer, fd, task->item->key, run->terms.photo_pixels, reduced);
    if (end == END_THERE && !reduced->is_too_large)
        return true;
    task->end = end == END_THERE ? END_TOO_LARGE : end;
    if (end == END_THERE)
        task->note = g_strdup_printf("%" G_GINT64_FORMAT " megapixels", run->terms.photo_pixels / 1000000);
    return false;
}

static void send_task(struct run *run, struct remote *remote, struct task *task)
{
    REDUCED_AUTO struct reduced reduced = REDUCED_NONE;
    g_clear_pointer(&task->note, g_free);
    if (exceeds(run, task) || !make_smaller(run, task, &reduced))
        return;
    task->sent_bytes = reduced.fd >= 0 ? reduced.size_bytes : 0;
    struct send_job job = {
        .path = task->item->path,
        .key = task->item->key,
        .sidecar = task->item->sidecar,
        .mark = task->mark,
        .sha1 = task->sha1,
        .reduced = reduced.fd >= 0 ? &reduced : NULL,
        .device = &run->device,
        .patience_us = run->options.patience_us,
        .upload_url = g_steal_pointer(&task->upload_url),
        .on_url = note_url,
        .data = run,
    };
    task->n_sent++;
    task->end = send_file(remote, &job, &task->note);
    task->was_sent |= task->end == END_SENT;
    task->upload_url = job.upload_url;
    if (task->end >= END_FULL)
        run_end(run, task->end, task->note);
}

static void *sender(void *data)
{
    struct run *run = data;
    struct sender self = {.run = run};
    struct remote *remote = remote_new(run->account->api, run->account->secret, run->account->is_token, NULL);
    if (!remote)
        run_end(run, END_NO_CONNECTION, "The HTTP library could not start.");
    else
        remote_on_sent(remote, count_sent, &self), remote_on_outage(remote, note_outage, run);
    for (struct task *task; (task = g_async_queue_pop(run->to_send)) != &leave;) {
        self.task = task;
        if (run_is_ending(run)) {
            task->end = END_STOPPED;
        } else {
            tell_main(run, EVENT_BEGUN, task);
            send_task(run, remote, task);
        }
        tell_main(run, EVENT_SENT, task);
    }
    remote_free(remote);
    return NULL;
}

GPtrArray *run_start_workers(struct run *run)
{
    GPtrArray *threads = g_ptr_array_new();
    for (unsigned i = 0; i < run->options.n_hashers; i++)
        g_ptr_array_add(threads, g_thread_new("hash", hasher, run));
    for (unsigned i = 0; i < run->options.n_senders; i++)
        g_ptr_array_add(threads, g_thread_new("send", sender, run));
    return threads;
}

void run_join_workers(struct run *run, GPtrArray *threads)
{
    for (unsigned i = 0; i < run->options.n_hashers; i++)
        g_async_queue_push(run->to_hash, &leave);
    for (unsigned i = 0; i < run->options.n_senders; i++)
        g_async_queue_push(run->to_send, &leave);
    for (guint i = 0; i < threads->len; i++)
        g_thread_join(g_ptr_array_index(threads, i));
    g_ptr_array_unref(threads);
}

/* ---- the run's own thread ---- */

struct checking {
    struct run *run;
    uint8_t (*sha1s)[SHA1_SIZE];
    size_t n;
    bool *known;
};

static bool attempt_check(void *data, GError **error)
{
    const struct checking *checking = data;
    return remote_check(checking->run->remote, (const uint8_t(*)[SHA1_SIZE])checking->sha1s, checking->n,
                        checking->known, error);
}

/* Asks about up to CHECK_MAX hashed files, and sends on those that the server lacks. */
static void check_batch(struct run *run)
{
    size_t n = MIN(run->to_check->len, CHECK_MAX);
    struct task **tasks = (struct task **)run->to_check->pdata;
    g_autofree uint8_t(*sha1s)[SHA1_SIZE] = g_malloc_n(n, SHA1_SIZE);
    g_autofree bool *known = g_new0(bool, n);
    for (size_t i = 0; i < n; i++)
        memcpy(sha1s[i], tasks[i]->sha1, SHA1_SIZE);
    run_save(run, tasks, n, SAVED_HASHED);
    struct checking checking = {run, sha1s, n, known};
    g_autoptr(GError) error = NULL;
    if (!remote_persist(run->remote, run->options.patience_us, attempt_check, &checking, &error)) {
        enum send_end end = send_end_of(error);
        run_end(run, end >= END_FULL ? end : END_NO_CONNECTION, error->message);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (known[i]) {
            tasks[i]->end = END_THERE;
            run_count_done(run, tasks[i]);
            run_report(run, tasks[i], REPORT_END);
        } else {
            g_async_queue_push(run->to_send, tasks[i]);
        }
    }
    g_ptr_array_remove_range(run->to_check, 0, (guint)n);
}

static void take_end(struct run *run, struct task *task)
{
    if (task->end >= END_FULL)
        return; /* the run ends: the task stays open */
    if (task->end == END_CHANGING && run->changing) {
        g_ptr_array_add(run->changing, task);
        return;
    }
    if (task->end == END_GONE) {
        run_settle(run, task);
        return;
    }
    run_count_done(run, task);
    run_report(run, task, REPORT_END);
}

static void take_event(struct run *run, const struct event *event)
{
    struct task *task = event->task;
    if (event->kind == EVENT_BEGUN) {
        run_report(run, task, REPORT_UPLOADING);
    } else if (event->kind == EVENT_HASHED && task->end == END_THERE) {
        if (run->to_check->len == 0)
            run->checked_us = g_get_monotonic_time();
        g_ptr_array_add(run->to_check, task);
    } else {
        take_end(run, task);
    }
}

/* Files that were being changed have had the time of a run to come to rest. */
static void try_changing_again(struct run *run)
{
    g_autoptr(GPtrArray) again = g_steal_pointer(&run->changing);
    for (guint i = 0; i < again->len; i++)
        g_async_queue_push(run->to_hash, g_ptr_array_index(again, i));
}

static bool is_due(int64_t since_us, int64_t period_us)
{
    return g_get_monotonic_time() - since_us >= period_us;
}

static void work(struct run *run)
{
    while (run->n_open > 0 && !run_is_ending(run)) {
        g_autofree struct event *event = g_async_queue_timeout_pop(run->events, NAP_US);
        if (event)
            take_event(run, event);
        bool is_idle = !event;
        if (run->to_check->len >= CHECK_MAX ||
            (run->to_check->len > 0 && (is_idle || is_due(run->checked_us, CHECK_US))))
            check_batch(run);
        if (run->to_report->len >= REMOTE_BATCH_MAX ||
            (run->to_report->len > 0 && is_due(run->reported_us, REPORT_US)) ||
            (is_idle && run->to_report->len > 0 && (int64_t)run->to_report->len >= run->n_open))
            run_flush(run);
        if (is_due(run->status_us, STATUS_US))
            run_tell_status(run, "uploading", NULL);
        if (run->changing && run->changing->len > 0 && (int64_t)run->changing->len == run->n_open)
            try_changing_again(run);
    }
}

/* What was under way when the run ended, in words of the ledger. */
static void close_open_tasks(struct run *run)
{
    enum send_end end = (enum send_end)g_atomic_int_get(&run->end);
    for (guint i = 0; i < run->tasks->len; i++) {
        struct task *task = g_ptr_array_index(run->tasks, i);
        if (task->is_settled || task->report == REPORT_END)
            continue;
        run->result->waiting++;
        if (end == END_FULL || end == END_QUOTA) {
            task->end = end;
            run_report(run, task, REPORT_END);
            task->is_settled = true; /* named once for all, not one by one */
            run->n_open--;
        } else if (task->n_sent > 0) {
            run_report(run, task, REPORT_SEEN);
        }
    }
}

static void finish(struct run *run)
{
    remote_set_last_words(run->remote, true);
    for (struct event *event; (event = g_async_queue_try_pop(run->events)); g_free(event))
        if (event->kind == EVENT_SENT)
            take_end(run, event->task);
    if (run_is_ending(run)) {
        if (g_atomic_int_get(&run->end) != END_STOPPED)
            remote_set_last_words(run->remote, false);
        close_open_tasks(run);
    }
    run_flush(run);
    enum send_end end = (enum send_end)g_atomic_int_get(&run->end);
    if (end == END_FULL || end == END_QUOTA)
        run_tell_status(run, "waiting", run_end_reason(end));
    else if (end != END_NO_CONNECTION && end != END_SIGNED_OUT)
        run_tell_status(run, "idle", NULL);
}

/* ---- from begin to end ---- */

static bool attempt_hello(void *data, GError **error)
{
    struct run *run = data;
    g_autofree char *quality = state_get(run->state, STATE_QUALITY, NULL);
    return remote_register(run->remote, &run->device, quality, &run->terms, error) &&
           (!quality || state_set(run->state, STATE_QUALITY, NULL, error)); /* told: from here on the server knows it */
}

static bool begin(struct run *run, GError **error)
{
    run->saved = state_items(run->state, error);
    if (!run->saved || !state_device(run->state, &run->device, error))
        return false;
    run->remote = remote_new(run->account->api, run->account->secret, run->account->is_token, error);
    if (!run->remote || !remote_persist(run->remote, HELLO_PATIENCE_US, attempt_hello, run, error))
        return false;
    remote_on_outage(run->remote, note_outage, run);
    run->reducer = run->terms.is_high_quality ? reducer_new() : NULL;
    /* A key that may not read the ledger still backs up; what was lost is then not healed. */
    remote_lost(run->remote, &run->device, run->lost, NULL);
    run_tell_status(run, "scanning", NULL);
    return run_scan(run, error);
}

static void add_part(GString *text, int64_t n, const char *one, const char *many)
{
    if (n == 0)
        return;
    g_autofree char *count = meter_count(n);
    g_string_append_printf(text, "%s%s %s", text->len > 0 ? ", " : "", count, n == 1 ? one : many);
}

static void say_scan(struct run *run)
{
    const struct scan *scan = run->scan;
    for (guint i = 0; i < scan->words->len; i++)
        meter_say(run->meter, "%s", (const char *)g_ptr_array_index(scan->words, i));
    g_autoptr(GString) text = g_string_new(NULL);
    add_part(text, scan->n_other, "file that is no photo or video", "files that are no photos or videos");
    add_part(text, scan->n_alone, "side file without a photo", "side files without a photo");
    add_part(text, scan->n_hidden, "hidden or of other programs", "hidden or of other programs");
    add_part(text, scan->n_ignored, "by .ambrotypeignore", "by .ambrotypeignore");
    add_part(text, scan->n_links, "link to a folder", "links to folders");
    if (text->len > 0)
        meter_say(run->meter, "Left out: %s.", text->str);
}

static void go(struct run *run)
{
    struct meter_view scanned = meter_now(run->meter);
    meter_add(run->meter, -scanned.items_done, 0);
    run_plan(run);
    meter_phase(run->meter, METER_WORKING);
    say_scan(run);
    run_tell_gone(run);
    run_tell_status(run, "uploading", NULL);
    GPtrArray *threads = run_start_workers(run);
    run_flush(run);
    work(run);
    run_join_workers(run, threads);
    run_side_files(run);
    finish(run);
    run->result->end = (enum send_end)g_atomic_int_get(&run->end);
}

static void free_task(void *data)
{
    struct task *task = data;
    g_free(task->upload_url);
    g_free(task->note);
    g_free(task);
}

static void init(struct run *run)
{
    struct backup_options *options = &run->options;
    options->n_hashers = options->n_hashers ? options->n_hashers : DEFAULT_HASHERS;
    options->n_senders = options->n_senders ? options->n_senders : DEFAULT_SENDERS;
    run->meter = meter_new(options->is_quiet);
    run->scan = scan_new();
    run->tasks = g_ptr_array_new_with_free_func(free_task);
    run->lost = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    run->to_check = g_ptr_array_new();
    run->to_report = g_ptr_array_new();
    run->changing = g_ptr_array_new();
    run->gone = g_ptr_array_new();
    run->to_hash = g_async_queue_new();
    run->to_send = g_async_queue_new();
    run->events = g_async_queue_new_full(g_free);
}

static void clear(struct run *run)
{
    meter_free(run->meter);
    g_async_queue_unref(run->to_hash);
    g_async_queue_unref(run->to_send);
    g_async_queue_unref(run->events);
    g_ptr_array_unref(run->to_check);
    g_ptr_array_unref(run->to_report);
    g_clear_pointer(&run->changing, g_ptr_array_unref);
    g_ptr_array_unref(run->gone);
    g_ptr_array_unref(run->tasks);
    g_clear_pointer(&run->saved, g_hash_table_unref);
    g_hash_table_unref(run->lost);
    scan_free(run->scan);
    remote_free(run->remote);
    reducer_free(run->reducer);
}

bool backup_run(struct state *state, const struct client_account *account, const struct backup_options *options,
                struct backup_result *ret_result, GError **error)
{
    struct backup_result result = {0};
    struct run run = {.state = state, .account = account, .options = *options, .result = &result};
    init(&run);
    bool has_begun = begin(&run, error);
    if (has_begun)
        go(&run);
    clear(&run);
    if (has_begun)
        *ret_result = result;
    else
        backup_result_clear(&result);
    return has_begun;
}
