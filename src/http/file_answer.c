/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Answers from a file or from memory, with conditions and ranges. */
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "http/negotiate.h"
#include "http/private.h"
#include "http/query.h"
#include "http/range.h"

/* What is to be sent: the head is decided, the body still open. */
struct part {
    int status;
    int64_t first;
    int64_t size_bytes;
};

static void add_named_disposition(struct http_request *request, const char *disposition, const char *file_name)
{
    /* filename for old clients in ASCII without what needs escapes, filename* for all others (RFC 6266, section 5). */
    g_autofree char *plain = g_str_to_ascii(file_name, "C");
    for (char *c = plain; *c; c++)
        if (*c < ' ' || *c == 0x7f || *c == '"' || *c == '\\' || *c == '%')
            *c = '_';
    g_autofree char *encoded = percent_encode(file_name);
    g_autofree char *value = g_strdup_printf("%s; filename=\"%s\"; filename*=UTF-8''%s", disposition, plain, encoded);
    http_add_header(request, "Content-Disposition", value);
}

void http_add_attachment(struct http_request *request, const char *file_name)
{
    add_named_disposition(request, "attachment", file_name);
}

static void add_disposition(struct http_request *request, const struct http_file *file)
{
    if (file->file_name)
        add_named_disposition(request, file->disposition, file->file_name);
    else
        http_add_header(request, "Content-Disposition", file->disposition);
}

static void add_validators(struct http_request *request, const struct http_file *file)
{
    if (file->etag) {
        g_autofree char *quoted = g_strdup_printf("\"%s\"", file->etag);
        http_add_header(request, "ETag", quoted);
    }
    if (file->modified_us != 0) {
        char date[HTTP_DATE_SIZE];
        http_add_header(request, "Last-Modified", http_date_format(file->modified_us, date));
    }
    if (file->cache_control)
        http_add_header(request, "Cache-Control", file->cache_control);
}

static void add_content_range(struct http_request *request, const struct part *part, int64_t size)
{
    g_autofree char *value = NULL;
    if (part->status == 416)
        value = g_strdup_printf("bytes */%" G_GINT64_FORMAT, size);
    else
        value = g_strdup_printf("bytes %" G_GINT64_FORMAT "-%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT, part->first,
                                part->first + part->size_bytes - 1, size);
    http_add_header(request, "Content-Range", value);
}

static struct part choose_part(struct http_request *request, const struct http_file *file)
{
    struct validator validator = {file->etag, file->modified_us};
    struct conditions conditions = {
        .method = http_method(request),
        .if_match = http_header(request, "If-Match"),
        .if_none_match = http_header(request, "If-None-Match"),
        .if_modified_since = http_header(request, "If-Modified-Since"),
        .if_unmodified_since = http_header(request, "If-Unmodified-Since"),
        .if_range = http_header(request, "If-Range"),
    };
    switch (conditions_check(&conditions, &validator)) {
    case CONDITION_NOT_MODIFIED:
        return (struct part){304, 0, 0};
    case CONDITION_FAILED:
        return (struct part){412, 0, 0};
    case CONDITION_PASS:
        break;
    }
    /* Range is for GET only (section 14.2); a HEAD tells of the whole. */
    bool wants_part = strcmp(conditions.method, "GET") == 0 && conditions_allow_range(&conditions, &validator);
    int64_t first;
    int64_t last;
    switch (range_parse(wants_part ? http_header(request, "Range") : NULL, file->size_bytes, &first, &last)) {
    case RANGE_PART:
        return (struct part){206, first, last - first + 1};
    case RANGE_UNSATISFIED:
        return (struct part){416, 0, 0};
    case RANGE_WHOLE:
        break;
    }
    return (struct part){200, 0, file->size_bytes};
}

/* Writes the headers of @part; the caller adds the body for 200 and 206. */
static struct part answer_head(struct http_request *request, const struct http_file *file)
{
    struct part part = choose_part(request, file);
    add_validators(request, file);
    http_add_header(request, "Accept-Ranges", "bytes");
    if (part.status == 206 || part.status == 416)
        add_content_range(request, &part, file->size_bytes);
    if (part.status == 200 || part.status == 206) {
        http_add_header(request, "Content-Type", file->type ? file->type : "application/octet-stream");
        if (file->disposition)
            add_disposition(request, file);
    }
    return part;
}

void http_answer_file(struct http_request *request, const struct http_file *file)
{
    AUTO_FD int fd = file->fd;
    struct part part = answer_head(request, file);
    if (part.size_bytes > 0)
        answer_file_part(request, part.status, io_steal_fd(&fd), file->start_bytes + part.first, part.size_bytes);
    else
        http_answer_empty(request, part.status);
}

static bool is_text_type(const char *type)
{
    static const char *const texts[] = {
        "text/",         "application/javascript", "application/json", "application/manifest",
        "image/svg+xml", "application/wasm"};
    for (size_t i = 0; type && i < G_N_ELEMENTS(texts); i++)
        if (g_str_has_prefix(type, texts[i]))
            return true;
    return false;
}

/* The packed form of static @bytes, made when first asked for. NULL where it would not be smaller. */
static GBytes *packed_form(struct http_server *server, const void *bytes, size_t size)
{
    g_mutex_lock(&server->lock);
    GBytes *packed = g_hash_table_lookup(server->packed, bytes);
    if (packed)
        g_bytes_ref(packed);
    g_mutex_unlock(&server->lock);
    if (packed || !(packed = answer_gzip(bytes, size, 9)))
        return packed;
    g_mutex_lock(&server->lock);
    g_hash_table_replace(server->packed, (void *)(uintptr_t)bytes, g_bytes_ref(packed));
    g_mutex_unlock(&server->lock);
    return packed;
}

void http_answer_static(struct http_request *request, const void *bytes, size_t size, const struct http_file *meta)
{
    struct http_file file = *meta;
    g_autofree char *packed_etag = NULL;
    g_autoptr(GBytes) whole = NULL;
    if (size >= GZIP_FROM_BYTES && is_text_type(file.type)) {
        http_add_header(request, "Vary", "Accept-Encoding");
        if (negotiate_gzip(http_header(request, "Accept-Encoding")))
            whole = packed_form(request->server, bytes, size);
    }
    if (whole) { /* a representation of its own, with its own tag (RFC 9110, section 8.8.3.3) */
        http_add_header(request, "Content-Encoding", "gzip");
        packed_etag = file.etag ? g_strconcat(file.etag, "-gz", NULL) : NULL;
        file.etag = packed_etag;
    } else {
        whole = g_bytes_new_static(bytes, size);
    }
    file.size_bytes = (int64_t)g_bytes_get_size(whole);
    struct part part = answer_head(request, &file);
    answer_bytes(request, part.status, NULL, g_bytes_new_from_bytes(whole, (gsize)part.first, (gsize)part.size_bytes));
}
