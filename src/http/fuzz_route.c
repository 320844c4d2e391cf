/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fuzz target of the router and of what reads addresses. Input: a request's path up to the first line feed, then an
 * X-Forwarded-For value. */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "http/proxy.h"
#include "http/router.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void no_handler(struct http_request *request)
{
}

static const struct http_route routes[] = {
    {.method = "GET", .pattern = "/", .handle = no_handler},
    {.method = "GET", .pattern = "/a/{x}", .handle = no_handler},
    {.method = "GET", .pattern = "/a/b/{x}/{y}", .handle = no_handler},
    {.method = "PUT", .pattern = "/a/{x}/c/{y}/{*z}", .handle = no_handler},
    {.method = "GET", .pattern = "/{*rest}", .handle = no_handler},
};

static void check_path(const struct router *router, const char *method, const char *path)
{
    struct router_match match;
    g_autoptr(GError) error = NULL;
    if (!router_find(router, method, path, &match, &error)) {
        g_assert_true(err_is(error, ERR_INVALID));
        return;
    }
    g_assert_true(!match.route || !match.allow);
    for (unsigned i = 0; i < match.n_params; i++) {
        g_assert_true(g_utf8_validate(match.values[i], -1, NULL));
        g_assert_cmpuint(strlen(match.values[i]), <=, strlen(path));
        g_assert_cmpstr(match.values[i], !=, "..");
    }
    router_match_clear(&match);
}

static void check_forwarded(const char *value)
{
    static const char *const blocks[] = {"127.0.0.1", "10.0.0.0/9", "fd00::/7", NULL};
    struct proxy_list *list = proxy_list_new(blocks, NULL);
    g_autofree char *client = proxy_client(list, "127.0.0.1", value);
    struct proxy_list *itself = proxy_list_new((const char *const[]){client, NULL}, NULL);
    g_assert_nonnull(itself); /* whatever stands there, the client is an address */
    proxy_list_free(itself);
    proxy_list_free(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    char *line_end = strchr(text, '\n');
    if (line_end)
        *line_end = '\0';
    struct router *router = router_new(routes, G_N_ELEMENTS(routes), NULL);
    check_path(router, "GET", text);
    check_path(router, "PUT", text);
    router_free(router);
    check_forwarded(line_end ? line_end + 1 : text);
    return 0;
}
