/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/openapi.h"

#include <string.h>

#include "api/resources.h"
#include "api/schema.h"
#include "base/json.h"
#include "http/http.h"

#define REFUSAL "Refusal"

/* ---- who may ask ---- */

static const struct {
    const char *name, *type, *in, *parameter, *scheme;
    bool is_link; /* of a shared link */
} credentials[] = {
    {"cookie", "apiKey", "cookie", "immich_access_token", NULL, false},
    {"bearer", "http", NULL, NULL, "bearer", false},
    {"apiKey", "apiKey", "header", "x-api-key", NULL, false},
    {"linkKey", "apiKey", "query", "key", NULL, true},
    {"linkSlug", "apiKey", "query", "slug", NULL, true},
};

static void write_credentials(struct json *json)
{
    json_begin_object(json, "securitySchemes");
    for (size_t i = 0; i < G_N_ELEMENTS(credentials); i++) {
        json_begin_object(json, credentials[i].name);
        json_text(json, "type", credentials[i].type);
        if (credentials[i].in) {
            json_text(json, "in", credentials[i].in);
            json_text(json, "name", credentials[i].parameter);
        } else {
            json_text(json, "scheme", credentials[i].scheme);
        }
        json_end(json);
    }
    json_end(json);
}

static void write_security(struct json *json, const struct api_route *row)
{
    json_begin_array(json, "security");
    bool by_link = row->who == API_LINK || row->who == API_LINK_LOGIN;
    for (size_t i = 0; row->who != API_PUBLIC && i < G_N_ELEMENTS(credentials); i++) {
        if (credentials[i].is_link && !by_link)
            continue;
        json_begin_object(json, NULL);
        json_begin_array(json, credentials[i].name);
        json_end(json);
        json_end(json);
    }
    json_end(json);
    if (row->permission)
        json_text(json, "x-ambrotype-permission", row->permission);
    if (row->who == API_ADMIN)
        json_bool(json, "x-ambrotype-admin", true);
}

/* ---- parameters ---- */

static void begin_parameter(struct json *json, const char *name, const char *in, bool is_required)
{
    json_begin_object(json, NULL);
    json_text(json, "name", name);
    json_text(json, "in", in);
    if (is_required)
        json_bool(json, "required", true);
}

struct wanted {
    const char *name;
    char *type;
};

static void take_type(const char *name, const char *type, bool is_optional, void *data)
{
    struct wanted *wanted = data;
    if (strcmp(wanted->name, name) == 0)
        wanted->type = g_strdup(type);
}

/* Each {name} of the pattern; a UUID, unless the operation says otherwise. */
static void write_path_parameters(struct json *json, const char *pattern, const char *params)
{
    for (const char *open = strchr(pattern, '{'); open; open = strchr(open + 1, '{')) {
        g_autofree char *name = g_strndup(open + 1, strcspn(open + 1, "}"));
        struct wanted wanted = {.name = name};
        schema_each_member(params ? params : "", take_type, &wanted);
        begin_parameter(json, name, "path", true);
        schema_write_type(json, "schema", wanted.type ? wanted.type : "uuid");
        json_end(json);
        g_free(wanted.type);
    }
}

static void write_header(const char *name, const char *type, bool is_optional, void *data)
{
    struct json *json = data;
    begin_parameter(json, name, "header", !is_optional);
    schema_write_type(json, "schema", type);
    json_end(json);
}

static void write_parameters(struct json *json, const struct api_route *row, const struct operation *operation)
{
    json_begin_array(json, "parameters");
    write_path_parameters(json, row->pattern, operation ? operation->params : NULL);
    const struct body_shape *query = operation ? operation->query : NULL;
    for (size_t i = 0; query && i < query->n_fields; i++) {
        begin_parameter(json, query->fields[i].name, "query", query->fields[i].is_required);
        openapi_write_field(json, "schema", &query->fields[i]);
        json_end(json);
    }
    if (operation && operation->headers)
        schema_each_member(operation->headers, write_header, json);
    json_end(json);
}

/* ---- bodies ---- */

static void begin_content(struct json *json, const char *media)
{
    json_begin_object(json, "content");
    json_begin_object(json, media ? media : "application/json");
}

static void end_content(struct json *json)
{
    json_end(json);
    json_end(json);
}

static void write_body(struct json *json, const struct operation *operation)
{
    if (!operation->body && !operation->body_type)
        return;
    json_begin_object(json, "requestBody");
    json_bool(json, "required", !operation->may_lack_body);
    begin_content(json, operation->body_media);
    if (operation->body)
        openapi_write_shape(json, "schema", operation->body);
    else
        schema_write_type(json, "schema", operation->body_type);
    end_content(json);
    json_end(json);
}

static const char *sentence_of(int status)
{
    static const struct {
        int status;
        const char *sentence;
    } sentences[] = {{200, "Done."}, {201, "Made."}, {204, "Done; there is nothing to tell."}};
    for (size_t i = 0; i < G_N_ELEMENTS(sentences); i++)
        if (sentences[i].status == status)
            return sentences[i].sentence;
    return "See its status.";
}

static void write_answer(struct json *json, const struct operation_answer *answer)
{
    char status[12];
    g_snprintf(status, sizeof status, "%d", answer->status);
    json_begin_object(json, status);
    json_text(json, "description", sentence_of(answer->status));
    if (answer->type) {
        begin_content(json, answer->media);
        schema_write_type(json, "schema", answer->type);
        end_content(json);
    }
    json_end(json);
}

/* What files are answered with beside 200 (RFC 9110, sections 13 and 14). */
static void write_answers_of_files(struct json *json, const struct operation_answer *whole)
{
    const struct operation_answer part = {206, whole->type, whole->media}, same = {304, NULL, NULL};
    write_answer(json, &part);
    write_answer(json, &same);
}

static void write_answers(struct json *json, const struct operation *operation)
{
    json_begin_object(json, "responses");
    for (size_t i = 0; operation && i < G_N_ELEMENTS(operation->answers) && operation->answers[i].status; i++) {
        const struct operation_answer *answer = &operation->answers[i];
        write_answer(json, answer);
        if (answer->status == 200 && answer->type && strcmp(answer->type, "bytes") == 0)
            write_answers_of_files(json, answer);
    }
    static const char *const refusals[] = {"4XX", "5XX"};
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        json_begin_object(json, refusals[i]);
        json_text(json, "$ref", "#/components/responses/" REFUSAL);
        json_end(json);
    }
    json_end(json);
}

/* ---- operations ---- */

/* The pages for people are no part of the API, and what has no handler is nothing. */
static bool is_shown(const struct api_route *row)
{
    return row->handle && (g_str_has_prefix(row->pattern, "/api/") || g_str_has_prefix(row->pattern, "/.well-known/"));
}

/* The row before @row of the same operation: @row is then its twin by another method. */
static const struct api_route *first_of(const struct api_route *row)
{
    const struct api_route *first = api_routes;
    while (strcmp(first->operation, row->operation) != 0)
        first++;
    return first;
}

static void write_operation(struct json *json, const struct api_route *row)
{
    const char *tag = NULL;
    const struct operation *operation = operation_find(row->operation, &tag);
    g_autofree char *method = g_ascii_strdown(row->method, -1);
    bool is_twin = first_of(row) != row;
    g_autofree char *id = is_twin ? g_strconcat(row->operation, "-", method, NULL) : g_strdup(row->operation);
    json_begin_object(json, method);
    json_text(json, "operationId", id);
    if (is_twin)
        json_text(json, "x-ambrotype-twin-of", row->operation);
    if (tag) {
        json_begin_array(json, "tags");
        json_text(json, NULL, tag);
        json_end(json);
    }
    write_security(json, row);
    write_parameters(json, row, operation);
    if (operation)
        write_body(json, operation);
    write_answers(json, operation);
    json_end(json);
}

static bool stands_before(size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (is_shown(&api_routes[i]) && strcmp(api_routes[i].pattern, api_routes[index].pattern) == 0)
            return true;
    return false;
}

static void write_paths(struct json *json)
{
    json_begin_object(json, "paths");
    for (size_t i = 0; i < api_n_routes; i++) {
        if (!is_shown(&api_routes[i]) || stands_before(i))
            continue;
        json_begin_object(json, api_routes[i].pattern);
        for (size_t k = i; k < api_n_routes; k++)
            if (is_shown(&api_routes[k]) && strcmp(api_routes[k].pattern, api_routes[i].pattern) == 0)
                write_operation(json, &api_routes[k]);
        json_end(json);
    }
    json_end(json);
}

/* ---- the whole ---- */

static void write_info(struct json *json)
{
    json_text(json, "openapi", "3.1.0");
    json_begin_object(json, "info");
    json_text(json, "title", "Ambrotype");
    json_text(json, "version", AMBROTYPE_VERSION);
    json_text(json, "x-immich-version", API_IMMICH_VERSION);
    json_end(json);
    json_begin_array(json, "servers");
    json_begin_object(json, NULL);
    json_text(json, "url", "/");
    json_end(json);
    json_end(json);
}

static void write_components(struct json *json)
{
    json_begin_object(json, "components");
    write_credentials(json);
    json_begin_object(json, "responses");
    json_begin_object(json, REFUSAL);
    json_text(json, "description", "Refused, or failed: the message says why.");
    begin_content(json, NULL);
    schema_write_type(json, "schema", REFUSAL);
    end_content(json);
    json_end(json);
    json_end(json);
    json_begin_object(json, "schemas");
    for (size_t i = 0; schemas[i]; i++)
        for (const struct schema *schema = schemas[i]; schema->name; schema++)
            schema_write(json, schema->name, schema);
    json_end(json);
    json_end(json);
}

GString *openapi_make(void)
{
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    json_begin_object(&json, NULL);
    write_info(&json);
    write_paths(&json);
    write_components(&json);
    json_end(&json);
    return text;
}

void api_print_document(FILE *out)
{
    GString *text = openapi_make();
    fprintf(out, "%s\n", text->str);
    g_string_free(text, TRUE);
}

/* ---- GET /api/openapi.json ---- */

/* Made with the first request, and kept: the tables do not change while the program runs. */
static const struct document {
    GString *text;
    char *etag;
} * document(void)
{
    static struct document made;
    static gsize is_made;
    if (g_once_init_enter(&is_made)) {
        made.text = openapi_make();
        made.etag = g_compute_checksum_for_string(G_CHECKSUM_SHA256, made.text->str, (gssize)made.text->len);
        g_once_init_leave(&is_made, 1);
    }
    return &made;
}

bool handle_openapi(struct call *call, GError **error)
{
    const struct http_file meta = {.type = "application/json", .etag = document()->etag, .cache_control = "no-cache"};
    http_answer_static(call->request, document()->text->str, document()->text->len, &meta);
    return true;
}

const struct operation openapi_operations[] = {
    {"getApiDocument", .answers = {{200, "<any>", NULL}, {304, NULL, NULL}}},
    {.name = NULL},
};
