/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `ambrotype backup status`: the server's card of this computer, or what is known here when the server is away. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/backup_private.h"
#include "cli/cli.h"
#include "client/meter.h"
#include "client/remote_calls.h"
#include "client/run.h"

/* All that can be said; headline and state are never NULL. */
struct standing {
    const char *state;
    char *headline;
    struct client_account account;
    GPtrArray *folders;
    struct state_counts counts;
    char *last_run;
    json_t *card;   /* the server's, or NULL */
    json_t *others; /* those of other devices of the account, or NULL */
    bool is_bad;    /* the exit status */
};

static void clear(struct standing *standing)
{
    g_free(standing->headline);
    g_free(standing->last_run);
    client_account_clear(&standing->account);
    g_clear_pointer(&standing->folders, g_ptr_array_unref);
    json_decref(standing->card);
    json_decref(standing->others);
}

static void stand(struct standing *standing, const char *state, const char *headline)
{
    standing->state = state;
    g_free(standing->headline);
    standing->headline = g_strdup(headline);
}

/* Asks the server; without it, says why. */
static void ask_server(struct backup_client *client, struct standing *standing)
{
    struct uuid device;
    g_autoptr(GError) error = NULL;
    const struct client_account *account = &standing->account;
    struct remote *remote = remote_new(account->api, account->secret, account->is_token, NULL);
    bool done = remote && state_device(client->state, &device, &error) &&
                remote_cards(remote, &device, &standing->card, &standing->others, &error);
    remote_free(remote);
    standing->is_bad = true;
    if (done) {
        const char *state = json_string_value(json_object_get(standing->card, "state"));
        const char *headline = json_string_value(json_object_get(standing->card, "headline"));
        stand(standing, state ? state : "problem", headline ? headline : "The server does not say.");
        standing->is_bad = false;
    } else if (err_is(error, ERR_NOT_FOUND)) {
        stand(standing, "empty", "Nothing was backed up yet: `ambrotype backup run`");
        standing->is_bad = false;
    } else if (err_is(error, ERR_UNAUTHENTICATED)) {
        stand(standing, "off", "This computer is not signed in any more: `ambrotype backup login URL`");
    } else if (remote_is_outage(error)) {
        stand(standing, "waiting", "Waiting for connection");
    } else {
        stand(standing, "problem", error ? error->message : "The server cannot be asked.");
    }
}

static bool find_standing(struct backup_client *client, struct standing *standing, GError **error)
{
    g_autoptr(GError) reason = NULL;
    standing->folders = state_folders(client->state, error);
    if (!standing->folders || !state_counts(client->state, &standing->counts, error))
        return false;
    standing->last_run = state_get(client->state, "last_run", NULL);
    if (!client_account_load(&client->place, &standing->account, &reason)) {
        if (!err_is(reason, ERR_NOT_FOUND)) {
            g_propagate_error(error, g_steal_pointer(&reason));
            return false;
        }
        stand(standing, "off", "Backup is off: this computer is signed in nowhere (`ambrotype backup login URL`)");
    } else if (standing->folders->len == 0) {
        stand(standing, "off", "Backup is off: no folders were added (`ambrotype backup add DIR`)");
    } else {
        ask_server(client, standing);
    }
    return true;
}

static int print_json(const struct standing *standing)
{
    const struct state_counts *counts = &standing->counts;
    json_t *folders = json_array();
    for (guint i = 0; i < standing->folders->len; i++) {
        g_autofree char *folder = scan_key(g_ptr_array_index(standing->folders, i));
        json_array_append_new(folders, json_string(folder));
    }
    json_t *local = json_pack("{s:I, s:I, s:I, s:I, s:I}", "total", (json_int_t)counts->total, "stored",
                              (json_int_t)counts->stored, "waiting", (json_int_t)counts->waiting + counts->pending,
                              "skipped", (json_int_t)counts->skipped, "bytes", (json_int_t)counts->bytes);
    json_t *all = json_pack("{s:s, s:s, s:s?, s:s?, s:o, s:o, s:s?, s:O?, s:O?}", "state", standing->state, "headline",
                            standing->headline, "server", standing->account.server, "account", standing->account.who,
                            "folders", folders, "local", local, "lastRun", standing->last_run, "device", standing->card,
                            "otherDevices", standing->others);
    char *text = all ? json_dumps(all, JSON_INDENT(2)) : NULL;
    if (text)
        puts(text);
    free(text);
    json_decref(all);
    return text && !standing->is_bad ? CLI_OK : CLI_FAILED;
}

/* "  Skipped: 2 (the file is empty), such as a.jpg" */
static void print_reasons(const json_t *card)
{
    size_t i;
    json_t *reason;
    json_array_foreach(json_object_get(card, "reasons"), i, reason)
    {
        const char *state = json_string_value(json_object_get(reason, "state"));
        const char *text = json_string_value(json_object_get(reason, "text"));
        const char *example = json_string_value(json_object_get(reason, "example"));
        printf("  %s: %" PRId64 " (%s)%s%s\n", g_strcmp0(state, "waiting") == 0 ? "Waiting" : "Skipped",
               (int64_t)json_integer_value(json_object_get(reason, "count")), text ? text : "no reason given",
               example ? ", such as " : "", example ? example : "");
    }
}

static int64_t count_of(const json_t *counts, const char *name)
{
    return json_integer_value(json_object_get(counts, name));
}

/* What stands well beside what does not: the headline tells of the worst alone. */
static void print_counts(const json_t *card)
{
    const json_t *counts = json_object_get(card, "counts");
    g_autofree char *stored = meter_count(count_of(counts, "stored"));
    g_autofree char *total = meter_count(count_of(counts, "total"));
    g_autofree char *verified = meter_count(count_of(counts, "verified"));
    printf("  Items: %s of %s stored, %s verified\n", stored, total, verified);
    if (g_strcmp0(json_string_value(json_object_get(card, "qualityInForce")), "high") == 0)
        puts("  Quality: High quality");
}

/* "  Pixel 8 on Android: 312 items from this phone stored, not verified yet", and what may be the matter with it. */
static void print_others(const json_t *others)
{
    size_t i;
    json_t *card;
    json_array_foreach(others, i, card)
    {
        const char *guess = json_string_value(json_object_get(json_object_get(card, "guess"), "text"));
        printf("  %s: %s\n", json_string_value(json_object_get(card, "name")),
               json_string_value(json_object_get(card, "headline")));
        if (guess)
            printf("    A guess, as the phone's app does not tell: %s\n", guess);
    }
}

/* "2026-11-21 10:42", local time. */
static void print_last_run(const char *last_run)
{
    int64_t at_us;
    if (!iso_parse(last_run, &at_us))
        return;
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(at_us / G_USEC_PER_SEC);
    g_autofree char *text = time ? g_date_time_format(time, "%Y-%m-%d %H:%M") : NULL;
    if (text)
        printf("  Last run: %s\n", text);
}

static int print_words(const struct standing *standing)
{
    printf("%s\n", standing->headline);
    if (standing->account.server)
        printf("  Server: %s%s%s\n", standing->account.server, standing->account.who ? ", as " : "",
               standing->account.who ? standing->account.who : "");
    for (guint i = 0; i < standing->folders->len; i++)
        printf("  Folder: %s\n", (const char *)g_ptr_array_index(standing->folders, i));
    if (standing->card) {
        print_counts(standing->card);
        print_reasons(standing->card);
    } else if (standing->counts.total > 0) {
        g_autofree char *stored = meter_count(standing->counts.stored);
        g_autofree char *total = meter_count(standing->counts.total);
        printf("  As of the last run: %s of %s items stored\n", stored, total);
    }
    if (standing->last_run)
        print_last_run(standing->last_run);
    if (json_array_size(standing->others) > 0)
        puts("Other devices of this account:");
    print_others(standing->others);
    return standing->is_bad ? CLI_FAILED : CLI_OK;
}

int backup_status(struct backup_client *client, void *data)
{
    const gboolean *as_json = data;
    g_autoptr(GError) error = NULL;
    struct standing standing = {0};
    int code;
    if (!find_standing(client, &standing, &error))
        code = cli_fail(error);
    else
        code = *as_json ? print_json(&standing) : print_words(&standing);
    clear(&standing);
    return code;
}
