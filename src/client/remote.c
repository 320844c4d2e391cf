/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client/remote.h"

#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

enum {
    ANSWER_MAX_BYTES = 64 * 1024 * 1024,
    MESSAGE_MAX_BYTES = 400,
    CONNECT_S = 15,
    SILENCE_S = 120, /* so long may nothing at all move: a disk may be slow to make a file durable */
    LAST_WORDS_S = 10,
    FIRST_PAUSE_MS = 500,
    LAST_PAUSE_MS = 30000,
    NAP_US = 50000,
    LONG_ATTEMPT_US = 150 * 1000 * 1000,
};

static volatile sig_atomic_t is_stopped;

struct remote {
    CURL *curl;
    char *api;
    char *auth_header; /* or NULL */
    bool is_last_words;
    remote_sent *sent;
    void *sent_data;
    remote_outage *outage;
    void *outage_data;
    int retry_after_s; /* of the last answer; -1 */
};

/* The file of a request while it is sent. */
struct body {
    struct remote *remote;
    int fd;
    int64_t offset, length, done;
    bool is_short; /* the file has become shorter than was announced */
};

/* The answer while it comes. */
struct inbox {
    GString *text;
    struct remote_answer *answer;
    bool is_too_long;
};

void remote_stop(void)
{
    is_stopped = 1;
}

void remote_unstop(void)
{
    is_stopped = 0;
}

bool remote_is_stopped(void)
{
    return is_stopped != 0;
}

struct remote *remote_new(const char *api, const char *secret, bool is_token, GError **error)
{
    static gsize once;
    if (g_once_init_enter(&once)) {
        curl_global_init(CURL_GLOBAL_DEFAULT);
        g_once_init_leave(&once, 1);
    }
    struct remote *remote = g_new0(struct remote, 1);
    remote->curl = curl_easy_init();
    remote->api = g_strdup(api);
    remote->retry_after_s = -1;
    if (secret)
        remote->auth_header = g_strdup_printf(is_token ? "Authorization: Bearer %s" : "x-api-key: %s", secret);
    if (!remote->curl) {
        remote_free(remote);
        err_set(error, ERR_INTERNAL, "The HTTP library could not start.");
        return NULL;
    }
    return remote;
}

void remote_free(struct remote *remote)
{
    if (!remote)
        return;
    curl_easy_cleanup(remote->curl);
    if (remote->auth_header)
        explicit_bzero(remote->auth_header, strlen(remote->auth_header));
    g_free(remote->auth_header);
    g_free(remote->api);
    g_free(remote);
}

void remote_on_sent(struct remote *remote, remote_sent *sent, void *data)
{
    remote->sent = sent;
    remote->sent_data = data;
}

void remote_on_outage(struct remote *remote, remote_outage *outage, void *data)
{
    remote->outage = outage;
    remote->outage_data = data;
}

void remote_set_last_words(struct remote *remote, bool is_last_words)
{
    remote->is_last_words = is_last_words;
}

void remote_answer_clear(struct remote_answer *answer)
{
    if (answer->json)
        json_decref(answer->json);
    g_free(answer->message);
    g_free(answer->location);
    g_free(answer->asset_id);
    g_free(answer->outcome);
    *answer = (struct remote_answer){.upload_offset = -1, .retry_after_s = -1};
}

/* ---- what curl calls ---- */

static void tell_sent(struct body *body, int64_t bytes)
{
    body->done += bytes;
    if (body->remote->sent)
        body->remote->sent(bytes, body->remote->sent_data);
}

static size_t read_body(char *buffer, size_t size, size_t n, void *data)
{
    struct body *body = data;
    size_t wanted = (size_t)MIN((int64_t)(size * n), body->length - body->done);
    if (wanted == 0)
        return 0;
    ssize_t got;
    do
        got = pread(body->fd, buffer, wanted, body->offset + body->done);
    while (got < 0 && errno == EINTR);
    if (got <= 0) {
        body->is_short = true;
        return CURL_READFUNC_ABORT;
    }
    tell_sent(body, got);
    return (size_t)got;
}

static int seek_body(void *data, curl_off_t offset, int origin)
{
    struct body *body = data;
    if (origin != SEEK_SET || offset < 0 || offset > body->length)
        return CURL_SEEKFUNC_FAIL;
    tell_sent(body, offset - body->done);
    return CURL_SEEKFUNC_OK;
}

static size_t take_text(char *bytes, size_t size, size_t n, void *data)
{
    struct inbox *inbox = data;
    if (size * n > ANSWER_MAX_BYTES - inbox->text->len) {
        inbox->is_too_long = true;
        return 0;
    }
    g_string_append_len(inbox->text, bytes, (gssize)(size * n));
    return size * n;
}

static void take_count(const char *value, int64_t *ret_count)
{
    gint64 count;
    if (g_ascii_string_to_signed(value, 10, 0, G_MAXINT64, &count, NULL))
        *ret_count = count;
}

static size_t take_header(char *bytes, size_t size, size_t n, void *data)
{
    struct remote_answer *answer = ((struct inbox *)data)->answer;
    g_autofree char *line = g_strndup(bytes, size * n);
    if (g_str_has_prefix(line, "HTTP/")) /* perhaps of a second answer (100, then 201) */
        remote_answer_clear(answer);
    char *colon = strchr(line, ':');
    if (!colon)
        return size * n;
    *colon = '\0';
    const char *value = g_strstrip(colon + 1);
    int64_t seconds = -1;
    char **text = NULL;
    if (g_ascii_strcasecmp(line, "Location") == 0)
        text = &answer->location;
    else if (g_ascii_strcasecmp(line, "X-Ambrotype-Asset-Id") == 0)
        text = &answer->asset_id;
    else if (g_ascii_strcasecmp(line, "X-Ambrotype-Status") == 0)
        text = &answer->outcome;
    else if (g_ascii_strcasecmp(line, "Upload-Offset") == 0)
        take_count(value, &answer->upload_offset);
    else if (g_ascii_strcasecmp(line, "Retry-After") == 0)
        take_count(value, &seconds);
    if (seconds >= 0)
        answer->retry_after_s = (int)MIN(seconds, 3600);
    if (text) {
        g_free(*text);
        *text = g_strdup(value);
    }
    return size * n;
}

static int watch(void *data, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
    const struct remote *remote = data;
    return is_stopped && !remote->is_last_words;
}

/* ---- one request ---- */

static char *make_url(const struct remote *remote, const char *path)
{
    if (*path == '/')
        return g_strconcat(remote->api, path, NULL);
    return g_strdup(path);
}

static struct curl_slist *make_headers(const struct remote *remote, const struct remote_request *request)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:"); /* the server answers early where it refuses */
    if (remote->auth_header && !request->is_anonymous)
        list = curl_slist_append(list, remote->auth_header);
    if (request->json)
        list = curl_slist_append(list, "Content-Type: application/json");
    for (size_t i = 0; request->headers && request->headers[i]; i++)
        list = curl_slist_append(list, request->headers[i]);
    return list;
}

static curl_mime *make_form(CURL *curl, const struct remote_request *request, struct body *body)
{
    curl_mime *form = curl_mime_init(curl);
    for (size_t i = 0; i < request->n_form; i++) {
        const struct remote_field *field = &request->form[i];
        curl_mimepart *part = curl_mime_addpart(form);
        curl_mime_name(part, field->name);
        if (field->bytes) {
            curl_mime_data(part, field->bytes, field->size);
            curl_mime_filename(part, "sidecar.xmp");
        } else {
            curl_mime_data(part, field->value, CURL_ZERO_TERMINATED);
        }
    }
    curl_mimepart *part = curl_mime_addpart(form);
    curl_mime_name(part, request->file_field);
    curl_mime_filename(part, "file"); /* the name goes as a field: any bytes pass there */
    curl_mime_type(part, "application/octet-stream");
    curl_mime_data_cb(part, request->length, read_body, seek_body, NULL, body);
    return form;
}

static void set_body(CURL *curl, const struct remote_request *request, struct body *body, char *json, curl_mime *form)
{
    if (form) {
        curl_easy_setopt(curl, CURLOPT_MIMEPOST, form);
    } else if (json) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(json));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, json);
    } else if (request->length > 0) {
        curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_body);
        curl_easy_setopt(curl, CURLOPT_READDATA, body);
        curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, seek_body);
        curl_easy_setopt(curl, CURLOPT_SEEKDATA, body);
        curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->length);
    } else if (strcmp(request->method, "HEAD") == 0) {
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    } else if (strcmp(request->method, "POST") == 0) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)0);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
    }
    if (strcmp(request->method, "HEAD") != 0)
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
}

static void set_limits(const struct remote *remote, char error_text[CURL_ERROR_SIZE])
{
    CURL *curl = remote->curl;
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error_text);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "ambrotype-backup/" AMBROTYPE_VERSION);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)SILENCE_S);
    if (remote->is_last_words && is_stopped)
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)LAST_WORDS_S);
    curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, 256L * 1024);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, watch);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, (void *)remote);
}

static bool is_tls_error(CURLcode code)
{
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR || code == CURLE_SSL_CERTPROBLEM ||
           code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_INVALIDCERTSTATUS || code == CURLE_SSL_ISSUER_ERROR;
}

static bool set_curl_error(CURLcode code, const char *text, GError **error)
{
    const char *why = *text ? text : curl_easy_strerror(code);
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return err_set(error, ERR_CANCELLED, "It was stopped.");
    if (is_tls_error(code))
        return err_set(error, ERR_UNSUPPORTED, "No secure connection can be made: %s.", why);
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        return err_set(error, ERR_INVALID, "This is no address of a server: it must begin with http:// or https://.");
    if (code == CURLE_OPERATION_TIMEDOUT)
        return err_set_detail(error, ERR_TIMEOUT, why, "The server does not answer (%s).", why);
    if (code == CURLE_COULDNT_RESOLVE_HOST)
        return err_set_detail(error, ERR_IO, why, "The server's name is not known (%s).", why);
    return err_set_detail(error, ERR_IO, why, "The server cannot be reached (%s).", why);
}

static void read_json(const struct inbox *inbox, struct remote_answer *answer)
{
    if (inbox->text->len == 0)
        return;
    answer->json = json_loadb(inbox->text->str, inbox->text->len, JSON_DECODE_ANY, NULL);
    answer->is_foreign = !answer->json;
    json_t *message = json_object_get(answer->json, "message");
    if (json_is_array(message))
        message = json_array_get(message, 0);
    const char *text = json_string_value(message);
    if (text)
        answer->message = g_utf8_substring(text, 0, MIN(g_utf8_strlen(text, -1), MESSAGE_MAX_BYTES));
}

static bool perform(struct remote *remote, const struct remote_request *request, struct body *body, struct inbox *inbox,
                    GError **error)
{
    CURL *curl = remote->curl;
    char error_text[CURL_ERROR_SIZE] = "";
    g_autofree char *url = make_url(remote, request->path);
    char *json = request->json ? json_dumps(request->json, JSON_COMPACT) : NULL;
    struct curl_slist *headers = make_headers(remote, request);
    curl_easy_reset(curl);
    set_limits(remote, error_text);
    curl_mime *form = request->file_field ? make_form(curl, request, body) : NULL;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_text);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, inbox);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, inbox);
    set_body(curl, request, body, json, form);
    CURLcode code = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    inbox->answer->status = (int)status;
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
    curl_mime_free(form);
    curl_slist_free_all(headers);
    free(json);
    /* A server that refuses an upload may close before it has read all: its answer counts. */
    if (code == CURLE_SEND_ERROR && status >= 400)
        code = CURLE_OK;
    if (body->is_short)
        return err_set(error, ERR_EXISTS, "The file was changed while it was sent.");
    if (inbox->is_too_long)
        return err_set(error, ERR_CORRUPT, "The server's answer is far too long.");
    return code == CURLE_OK || set_curl_error(code, error_text, error);
}

bool remote_send(struct remote *remote, const struct remote_request *request, struct remote_answer *ret_answer,
                 GError **error)
{
    if (is_stopped && !remote->is_last_words)
        return err_set(error, ERR_CANCELLED, "It was stopped.");
    g_autoptr(GString) text = g_string_new(NULL);
    struct body body = {.remote = remote, .fd = request->fd, .offset = request->offset, .length = request->length};
    struct inbox inbox = {.text = text, .answer = ret_answer};
    remote_answer_clear(ret_answer);
    remote->retry_after_s = -1;
    if (!perform(remote, request, &body, &inbox, error)) {
        if (body.done > 0)
            tell_sent(&body, -body.done);
        return false;
    }
    read_json(&inbox, ret_answer);
    remote->retry_after_s = ret_answer->retry_after_s;
    if (ret_answer->status >= 400 && body.done > 0)
        tell_sent(&body, -body.done);
    return true;
}

static enum err_kind kind_of_status(int status)
{
    static const struct {
        int status;
        enum err_kind kind;
    } kinds[] = {{401, ERR_UNAUTHENTICATED},
                 {403, ERR_FORBIDDEN},
                 {404, ERR_NOT_FOUND},
                 {408, ERR_BUSY},
                 {409, ERR_CONFLICT},
                 {413, ERR_LIMIT},
                 {415, ERR_UNSUPPORTED},
                 {423, ERR_BUSY},
                 {429, ERR_BUSY},
                 {460, ERR_BUSY},
                 {507, ERR_FULL}};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (kinds[i].status == status)
            return kinds[i].kind;
    return status >= 500 ? ERR_BUSY : ERR_INVALID;
}

bool remote_ask(struct remote *remote, const struct remote_request *request, struct remote_answer *ret_answer,
                GError **error)
{
    if (!remote_send(remote, request, ret_answer, error))
        return false;
    int status = ret_answer->status;
    if (status >= 200 && status < 300)
        return true;
    if (status < 400)
        return err_set(error, ERR_CORRUPT,
                       "The server sends us elsewhere (%s): if that lasts, sign in with that address.",
                       ret_answer->location ? ret_answer->location : "it does not say where");
    if (ret_answer->is_foreign && status < 500 && kind_of_status(status) != ERR_LIMIT) /* a proxy may limit, too */
        return err_set(error, ERR_CORRUPT, "Something that is not the server answered, with status %d.", status);
    if (ret_answer->message)
        return err_set(error, kind_of_status(status), "%s", ret_answer->message);
    return err_set(error, kind_of_status(status), "The server answered with status %d.", status);
}

/* ---- trying again ---- */

bool remote_is_outage(const GError *error)
{
    return err_is(error, ERR_IO) || err_is(error, ERR_TIMEOUT) || err_is(error, ERR_BUSY) || err_is(error, ERR_CORRUPT);
}

/* False when it was stopped meanwhile. */
static bool pause_ms(int64_t ms)
{
    int64_t end = g_get_monotonic_time() + ms * 1000;
    while (g_get_monotonic_time() < end) {
        if (is_stopped)
            return false;
        g_usleep(NAP_US);
    }
    return true;
}

bool remote_persist(struct remote *remote, int64_t patience_us, remote_attempt *attempt, void *data, GError **error)
{
    int64_t failing_since_us = 0;
    for (int64_t pause = FIRST_PAUSE_MS;; pause = MIN(pause * 2, LAST_PAUSE_MS)) {
        g_autoptr(GError) reason = NULL;
        int64_t began_us = g_get_monotonic_time();
        if (attempt(data, &reason))
            return true;
        int64_t now_us = g_get_monotonic_time();
        if (failing_since_us == 0 || now_us - began_us > LONG_ATTEMPT_US) { /* it worked for long: a new outage */
            failing_since_us = now_us;
            pause = FIRST_PAUSE_MS;
        }
        /* Half to one and a half of it: clients that lost the same server must not come back at the same instant. */
        int64_t wait = g_random_int_range((gint32)(pause / 2), (gint32)(pause + pause / 2));
        if (remote->retry_after_s > 0)
            wait = MAX(wait, remote->retry_after_s * 1000);
        bool is_late = now_us + wait * 1000 > failing_since_us + patience_us;
        if (!remote_is_outage(reason) || is_late || is_stopped) {
            g_propagate_error(error, g_steal_pointer(&reason));
            return false;
        }
        if (remote->outage)
            remote->outage(remote->outage_data);
        if (!pause_ms(wait))
            return err_set(error, ERR_CANCELLED, "It was stopped.");
    }
}
