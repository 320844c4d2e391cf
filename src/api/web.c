/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The web page: files that were built into the program. Paths that are no file but look like a page of the page's own
 * router are answered with index.html; missing scripts and pictures are 404, so that an old page notices. */
#include "api/web.h"

#include <stdlib.h>
#include <string.h>

#include "api/resources.h"
#include "base/error.h"
#include "http/negotiate.h"

/* Scripts and styles come from here alone; what the page places by itself it sets through the object model. */
#define PAGE_POLICY                                                                                                    \
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "                                  \
    "media-src 'self' blob:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "        \
    "frame-ancestors 'none'"

static int compare_path(const void *key, const void *row)
{
    return strcmp(key, ((const struct web_file *)row)->path);
}

static const struct web_file *find(const char *path)
{
    return bsearch(path, web_files, web_n_files, sizeof *web_files, compare_path);
}

/* "/photos/2024" is a page, "/assets/index-4f1c.js" is not. */
static bool is_page_route(const char *path)
{
    return !strchr(strrchr(path, '/'), '.');
}

static const struct web_file *choose(const char *path)
{
    const struct web_file *file = strcmp(path, "/") == 0 ? NULL : find(path);
    if (!file && is_page_route(path))
        file = find("/index.html");
    return file;
}

static void answer(struct http_request *request, const struct web_file *file)
{
    bool is_packed = file->gzip && negotiate_gzip(http_header(request, "Accept-Encoding"));
    g_autofree char *etag = g_strconcat(file->etag, is_packed ? "-gzip" : NULL, NULL);
    const struct http_file meta = {
        .type = file->type,
        .etag = etag,
        .cache_control = file->immutable ? "public, max-age=31536000, immutable" : "no-cache",
    };
    if (file->gzip)
        http_add_header(request, "Vary", "Accept-Encoding");
    if (is_packed)
        http_add_header(request, "Content-Encoding", "gzip");
    http_add_header(request, "Content-Security-Policy", PAGE_POLICY);
    http_answer_static(request, is_packed ? file->gzip : file->bytes, is_packed ? file->gzip_size : file->size, &meta);
}

bool handle_web_page(struct call *call, GError **error)
{
    const struct web_file *file = choose(http_path(call->request));
    if (!file)
        return err_set(error, ERR_NOT_FOUND, "There is nothing at this address.");
    answer(call->request, file);
    return true;
}
