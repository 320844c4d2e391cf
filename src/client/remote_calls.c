/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client/remote_calls.h"

#include <curl/curl.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"

enum { NAME_MAX_BYTES = 200 };

static bool ask(struct remote *remote, const char *method, const char *path, json_t *body,
                struct remote_answer *ret_answer, GError **error)
{
    const struct remote_request request = {.method = method, .path = path, .json = body, .fd = -1};
    return remote_ask(remote, &request, ret_answer, error);
}

/* As ask(), takes over @body, and the answer is of no interest. */
static bool tell(struct remote *remote, const char *method, const char *path, json_t *body, GError **error)
{
    REMOTE_ANSWER_AUTO struct remote_answer answer = {0};
    bool done = ask(remote, method, path, body, &answer, error);
    json_decref(body);
    return done;
}

static bool nonsense(GError **error)
{
    return err_set(error, ERR_CORRUPT, "The server's answer makes no sense to this client.");
}

static bool take_string(const json_t *object, const char *name, char **ret_text, GError **error)
{
    const char *text = json_string_value(json_object_get(object, name));
    if (!text || !*text)
        return nonsense(error);
    *ret_text = g_strdup(text);
    return true;
}

/* ---- finding the server ---- */

static char *resolve(const char *base, const char *relative)
{
    CURLU *url = curl_url();
    char *text = NULL, *result = NULL;
    if (curl_url_set(url, CURLUPART_URL, base, 0) == CURLUE_OK &&
        curl_url_set(url, CURLUPART_URL, relative, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_URL, &text, 0) == CURLUE_OK) {
        result = g_strdup(text);
        while (g_str_has_suffix(result, "/"))
            result[strlen(result) - 1] = '\0';
    }
    curl_free(text);
    curl_url_cleanup(url);
    return result;
}

/* What /.well-known/immich says, or the usual place; NULL with @error where nothing can be asked. */
static char *find_api(struct remote *remote, const char *server, GError **error)
{
    REMOTE_ANSWER_AUTO struct remote_answer answer = {0};
    const struct remote_request request = {.method = "GET", .path = "/.well-known/immich", .fd = -1};
    if (!remote_send(remote, &request, &answer, error))
        return NULL;
    if (answer.status >= 300 && answer.status < 400) {
        err_set(error, ERR_INVALID, "This server sends us elsewhere (%s): use that address.",
                answer.location ? answer.location : "it does not say where");
        return NULL;
    }
    const char *endpoint = json_string_value(json_object_get(json_object_get(answer.json, "api"), "endpoint"));
    g_autofree char *base = g_strconcat(server, "/", NULL);
    char *api = answer.status == 200 && endpoint ? resolve(base, endpoint) : g_strconcat(server, "/api", NULL);
    if (!api)
        err_set(error, ERR_INVALID, "The server names an address of its API that makes no sense.");
    return api;
}

/* The secret will go there: it must be the same machine, and never less safe than what was typed. */
static bool check_same_server(const char *server, const char *api, GError **error)
{
    CURLU *a = curl_url(), *b = curl_url();
    char *host_a = NULL, *host_b = NULL, *scheme_a = NULL, *scheme_b = NULL;
    bool same =
        curl_url_set(a, CURLUPART_URL, server, 0) == CURLUE_OK && curl_url_set(b, CURLUPART_URL, api, 0) == CURLUE_OK &&
        curl_url_get(a, CURLUPART_HOST, &host_a, 0) == CURLUE_OK &&
        curl_url_get(b, CURLUPART_HOST, &host_b, 0) == CURLUE_OK &&
        curl_url_get(a, CURLUPART_SCHEME, &scheme_a, 0) == CURLUE_OK &&
        curl_url_get(b, CURLUPART_SCHEME, &scheme_b, 0) == CURLUE_OK && g_ascii_strcasecmp(host_a, host_b) == 0 &&
        (strcmp(scheme_a, scheme_b) == 0 || strcmp(scheme_b, "https") == 0);
    curl_free(host_a);
    curl_free(host_b);
    curl_free(scheme_a);
    curl_free(scheme_b);
    curl_url_cleanup(a);
    curl_url_cleanup(b);
    return same ||
           err_set(error, ERR_INVALID, "The server names another machine (%s): sign in with that address.", api);
}

bool remote_discover(const char *server, char **ret_api, GError **error)
{
    if (!g_str_has_prefix(server, "http://") && !g_str_has_prefix(server, "https://"))
        return err_set(error, ERR_INVALID, "The address must begin with http:// or https://.");
    struct remote *remote = remote_new(server, NULL, false, error);
    if (!remote)
        return false;
    g_autofree char *api = find_api(remote, server, error);
    remote_free(remote);
    if (!api || !check_same_server(server, api, error))
        return false;
    remote = remote_new(api, NULL, false, error);
    if (!remote)
        return false;
    REMOTE_ANSWER_AUTO struct remote_answer answer = {0};
    const struct remote_request ping = {.method = "GET", .path = "/server/ping", .fd = -1};
    bool is_there = remote_send(remote, &ping, &answer, error);
    remote_free(remote);
    if (!is_there)
        return false;
    if (g_strcmp0(json_string_value(json_object_get(answer.json, "res")), "pong") != 0)
        return err_set(error, ERR_INVALID,
                       "There is a server, but it is no Ambrotype server (nor one of the Immich API).");
    *ret_api = g_steal_pointer(&api);
    return true;
}

/* ---- signing in ---- */

bool remote_login(const char *api, const char *email, const char *password, char **ret_token, GError **error)
{
    struct remote *remote = remote_new(api, NULL, false, error);
    if (!remote)
        return false;
    json_t *body = json_pack("{s:s, s:s}", "email", email, "password", password);
    REMOTE_ANSWER_AUTO struct remote_answer answer = {0};
    bool done = ask(remote, "POST", "/auth/login", body, &answer, error) &&
                take_string(answer.json, "accessToken", ret_token, error);
    json_decref(body);
    remote_free(remote);
    return done;
}

bool remote_logout(struct remote *remote, GError **error)
{
    return tell(remote, "POST", "/auth/logout", NULL, error);
}

bool remote_make_key(struct remote *remote, const char *name, char **ret_secret, GError **error)
{
    json_t *body =
        json_pack("{s:s, s:[s,s,s]}", "name", name, "permissions", "asset.upload", "asset.read", "user.read");
    REMOTE_ANSWER_AUTO struct remote_answer answer = {0};
    bool done =
        ask(remote, "POST", "/api-keys", body, &answer, error) && take_string(answer.json, "secret", ret_secret, error);
    json_decref(body);
    return done;
}

bool remote_whoami(struct remote *remote, char **ret_user_id, char **ret_email, GError **error)
{
    REMOTE_ANSWER_AUTO struct remote_answer answer = {0};
    if (!ask(remote, "GET", "/users/me", NULL, &answer, error) || !take_string(answer.json, "id", ret_user_id, error))
        return false;
    *ret_email = g_strdup(json_string_value(json_object_get(answer.json, "email")));
    return true;
}

/* ---- the device ---- */

static char *device_path(const struct uuid *device, const char *rest)
{
    char text[UUID_TEXT_SIZE];
    return g_strconcat("/backup/devices/", uuid_format(device, text), rest, NULL);
}

static int64_t limit_of(const json_t *limits, const char *name)
{
    return json_integer_value(json_object_get(limits, name)); /* 0 for null, and of an older server */
}

bool remote_register(struct remote *remote, const struct uuid *device, const char *quality,
                     struct remote_terms *ret_terms, GError **error)
{
    struct utsname system;
    if (uname(&system) != 0)
        memset(&system, 0, sizeof system);
    g_autofree char *name = g_utf8_make_valid(*system.nodename ? system.nodename : "computer", -1);
    g_autofree char *os = g_strdup_printf("%s %s", system.sysname, system.release);
    g_autofree char *path = device_path(device, "");
    json_t *body = json_pack("{s:s, s:s, s:s, s:s}", "name", name, "kind", "computer", "os", os, "client",
                             "ambrotype backup " AMBROTYPE_VERSION);
    if (quality)
        json_object_set_new(body, "quality", json_string(quality));
    REMOTE_ANSWER_AUTO struct remote_answer answer = {0};
    bool done = ask(remote, "PUT", path, body, &answer, error);
    json_decref(body);
    if (!done)
        return false;
    const json_t *limits = json_object_get(answer.json, "limits");
    *ret_terms = (struct remote_terms){
        .is_high_quality = g_strcmp0(json_string_value(json_object_get(answer.json, "qualityInForce")), "high") == 0,
        .photo_bytes = limit_of(limits, "photoBytes"),
        .photo_pixels = limit_of(limits, "photoPixels"),
        .video_bytes = limit_of(limits, "videoBytes"),
    };
    return true;
}

bool remote_cards(struct remote *remote, const struct uuid *device, json_t **ret_card, json_t **ret_others,
                  GError **error)
{
    char text[UUID_TEXT_SIZE];
    uuid_format(device, text);
    REMOTE_ANSWER_AUTO struct remote_answer answer = {0};
    if (!ask(remote, "GET", "/backup/devices", NULL, &answer, error))
        return false;
    size_t i;
    json_t *card, *mine = NULL, *others = json_array();
    json_array_foreach(answer.json, i, card)
    {
        if (g_strcmp0(json_string_value(json_object_get(card, "id")), text) == 0)
            mine = card;
        else
            json_array_append(others, card);
    }
    *ret_others = others;
    if (mine) {
        *ret_card = json_incref(mine);
        return true;
    }
    return err_set(error, ERR_NOT_FOUND, "The server does not know this computer yet: `ambrotype backup run`.");
}

bool remote_set_status(struct remote *remote, const struct uuid *device, const struct remote_status *status,
                       GError **error)
{
    g_autofree char *path = device_path(device, "/status");
    json_t *body = json_pack("{s:s, s:I, s:I}", "activity", status->activity, "done", (json_int_t)status->done, "total",
                             (json_int_t)status->total);
    if (status->reason)
        json_object_set_new(body, "reason", json_string(status->reason));
    if (status->bytes_per_second >= 0)
        json_object_set_new(body, "bytesPerSecond", json_integer(status->bytes_per_second));
    if (status->seconds_left >= 0)
        json_object_set_new(body, "secondsLeft", json_integer(status->seconds_left));
    return tell(remote, "PUT", path, body, error);
}

/* ---- files ---- */

/* Told of file @at by its index. */
typedef bool checked(size_t at, const json_t *result, void *data);

static bool check(struct remote *remote, const uint8_t (*sha1s)[SHA1_SIZE], size_t n, checked *each, void *data,
                  GError **error)
{
    json_t *assets = json_array();
    for (size_t i = 0; i < n; i++) {
        g_autofree char *id = g_strdup_printf("%zu", i);
        g_autofree char *hex = hex_encode(sha1s[i], SHA1_SIZE);
        json_array_append_new(assets, json_pack("{s:s, s:s}", "id", id, "checksum", hex));
    }
    json_t *body = json_pack("{s:o}", "assets", assets);
    REMOTE_ANSWER_AUTO struct remote_answer answer = {0};
    bool done = ask(remote, "POST", "/assets/bulk-upload-check", body, &answer, error);
    json_decref(body);
    if (!done)
        return false;
    json_t *results = json_object_get(answer.json, "results");
    if (json_array_size(results) != n)
        return nonsense(error);
    size_t i;
    json_t *result;
    json_array_foreach(results, i, result)
    {
        guint64 at;
        const char *id = json_string_value(json_object_get(result, "id"));
        if (!id || !g_ascii_string_to_unsigned(id, 10, 0, n - 1, &at, NULL) || !each(at, result, data))
            return nonsense(error);
    }
    return true;
}

static bool is_known(const json_t *result)
{
    return g_strcmp0(json_string_value(json_object_get(result, "action")), "reject") == 0;
}

static bool note_known(size_t at, const json_t *result, void *data)
{
    bool *known = data;
    known[at] = is_known(result);
    return true;
}

bool remote_check(struct remote *remote, const uint8_t (*sha1s)[SHA1_SIZE], size_t n, bool *ret_known, GError **error)
{
    memset(ret_known, 0, n * sizeof *ret_known);
    return check(remote, sha1s, n, note_known, ret_known, error);
}

static bool note_id(size_t at, const json_t *result, void *data)
{
    struct uuid id;
    char **ids = data;
    const char *text = json_string_value(json_object_get(result, "assetId"));
    if (!is_known(result) || !text || ids[at])
        return true;
    if (!uuid_parse_v4(text, &id))
        return false;
    ids[at] = g_strdup(text);
    return true;
}

bool remote_find(struct remote *remote, const uint8_t (*sha1s)[SHA1_SIZE], size_t n, char **ret_ids, GError **error)
{
    return check(remote, sha1s, n, note_id, ret_ids, error);
}

static json_t *report_json(const struct remote_report *report)
{
    char time[ISO_TEXT_SIZE];
    json_t *item = json_pack("{s:s, s:s, s:I, s:s}", "key", report->key, "state", report->state, "size",
                             (json_int_t)report->size_bytes, "modifiedAt", iso_format(report->mtime_ns / 1000, time));
    if (report->reason)
        json_object_set_new(item, "reason", json_string(report->reason));
    if (report->note)
        json_object_set_new(item, "note", json_string(report->note));
    if (report->sha1) {
        g_autofree char *hex = hex_encode(report->sha1, SHA1_SIZE);
        json_object_set_new(item, "checksum", json_string(hex));
    }
    return item;
}

static enum remote_verdict verdict_of(const char *state)
{
    if (g_strcmp0(state, "stored") == 0 || g_strcmp0(state, "verified") == 0)
        return REMOTE_STORED;
    if (g_strcmp0(state, "seen") == 0)
        return REMOTE_SEEN;
    return g_strcmp0(state, "skipped") == 0 ? REMOTE_SKIPPED : REMOTE_OTHER;
}

bool remote_report(struct remote *remote, const struct uuid *device, const struct remote_report *reports, size_t n,
                   const char *const *gone, size_t n_gone, enum remote_verdict *ret_verdicts, GError **error)
{
    g_autofree char *path = device_path(device, "/items");
    json_t *items = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(items, report_json(&reports[i]));
    json_t *lost = json_array();
    for (size_t i = 0; i < n_gone; i++)
        json_array_append_new(lost, json_string(gone[i]));
    json_t *body = json_pack("{s:o, s:o}", "items", items, "gone", lost);
    REMOTE_ANSWER_AUTO struct remote_answer answer = {0};
    bool done = ask(remote, "POST", path, body, &answer, error);
    json_decref(body);
    if (!done)
        return false;
    json_t *results = json_object_get(answer.json, "results");
    if (json_array_size(results) != n)
        return nonsense(error);
    for (size_t i = 0; i < n; i++) {
        const json_t *result = json_array_get(results, i);
        if (g_strcmp0(json_string_value(json_object_get(result, "key")), reports[i].key) != 0)
            return nonsense(error);
        ret_verdicts[i] = verdict_of(json_string_value(json_object_get(result, "state")));
    }
    return true;
}

/* One page of items in @state; @cursor moves on, and is NULL behind the last. */
static bool lost_page(struct remote *remote, const struct uuid *device, const char *state, char **cursor,
                      GHashTable *keys, GError **error)
{
    g_autofree char *rest = g_strdup_printf("/items?state=%s&limit=%d&cursor=%s", state, REMOTE_BATCH_MAX, *cursor);
    g_autofree char *path = device_path(device, rest);
    REMOTE_ANSWER_AUTO struct remote_answer answer = {0};
    if (!ask(remote, "GET", path, NULL, &answer, error))
        return false;
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(answer.json, "items"), i, item)
    {
        const char *key = json_string_value(json_object_get(item, "key"));
        if (key)
            g_hash_table_add(keys, g_strdup(key));
    }
    const char *next = json_string_value(json_object_get(answer.json, "nextCursor"));
    guint64 here = g_ascii_strtoull(*cursor, NULL, 10), there;
    g_clear_pointer(cursor, g_free);
    if (!next || !g_ascii_string_to_unsigned(next, 10, 0, G_MAXINT64, &there, NULL))
        return true;
    if (there <= here) /* it would never end */
        return nonsense(error);
    *cursor = g_strdup(next);
    return true;
}

bool remote_lost(struct remote *remote, const struct uuid *device, GHashTable *keys, GError **error)
{
    static const char *const states[] = {"missing", "corrupt"};
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
        g_autofree char *cursor = g_strdup("0");
        while (cursor)
            if (!lost_page(remote, device, states[i], &cursor, keys, error))
                return false;
    }
    return true;
}
