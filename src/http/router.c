/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/router.h"

#include <string.h>

#include "base/error.h"
#include "http/query.h"

/* A route with the names of its parameters: two patterns of one shape may name them differently. */
struct entry {
    const struct http_route *route;
    unsigned n_names;
    char *names[ROUTER_MAX_PARAMS];
};

struct node {
    GHashTable *literals; /* char * → struct node * */
    struct node *param;
    struct node *rest;
    GPtrArray *entries; /* struct entry *: one a method */
};

struct router {
    struct node *root;
};

static void entry_free(gpointer data)
{
    struct entry *entry = data;
    for (unsigned i = 0; i < entry->n_names; i++)
        g_free(entry->names[i]);
    g_free(entry);
}

static void node_free(gpointer data)
{
    struct node *node = data;
    if (!node)
        return;
    g_hash_table_unref(node->literals);
    g_ptr_array_unref(node->entries);
    node_free(node->param);
    node_free(node->rest);
    g_free(node);
}

static struct node *node_new(void)
{
    struct node *node = g_new0(struct node, 1);
    node->literals = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, node_free);
    node->entries = g_ptr_array_new_with_free_func(entry_free);
    return node;
}

static struct node *child_of(struct node **slot)
{
    if (!*slot)
        *slot = node_new();
    return *slot;
}

/* The node below @node for pattern part @part, made if missing. @entry learns the name of a parameter. NULL: malformed.
 */
static struct node *grow(struct node *node, const char *part, bool last, struct entry *entry)
{
    size_t size = strlen(part);
    if (part[0] != '{') {
        struct node *child = g_hash_table_lookup(node->literals, part);
        if (!child)
            g_hash_table_insert(node->literals, g_strdup(part), child = node_new());
        return child;
    }
    bool rest = part[1] == '*';
    if (size < 3u + rest || part[size - 1] != '}' || entry->n_names == ROUTER_MAX_PARAMS || (rest && !last))
        return NULL;
    entry->names[entry->n_names++] = g_strndup(part + 1 + rest, size - 2 - rest);
    return child_of(rest ? &node->rest : &node->param);
}

static const struct entry *entry_for(const struct node *node, const char *method)
{
    for (guint i = 0; i < node->entries->len; i++) {
        const struct entry *entry = node->entries->pdata[i];
        if (strcmp(entry->route->method, method) == 0)
            return entry;
    }
    return NULL;
}

static bool add_route(struct node *node, const struct http_route *route, GError **error)
{
    struct entry *entry = g_new0(struct entry, 1);
    entry->route = route;
    g_auto(GStrv) parts = g_strsplit(route->pattern, "/", -1);
    if (route->pattern[0] != '/')
        node = NULL;
    for (char **part = parts + 1; node && *part; part++)
        node = grow(node, *part, !part[1], entry);
    if (!node || entry_for(node, route->method)) {
        entry_free(entry);
        return err_set_detail(error, ERR_INTERNAL, route->pattern, "The table of routes is wrong.");
    }
    g_ptr_array_add(node->entries, entry);
    return true;
}

struct router *router_new(const struct http_route *routes, size_t n_routes, GError **error)
{
    struct router *router = g_new0(struct router, 1);
    router->root = node_new();
    for (size_t i = 0; i < n_routes; i++) {
        if (!add_route(router->root, &routes[i], error)) {
            router_free(router);
            return NULL;
        }
    }
    return router;
}

void router_free(struct router *router)
{
    if (!router)
        return;
    node_free(router->root);
    g_free(router);
}

/* The path under way: decoded segments, and those that parameters took (indices; rest takes all from the last on). */
struct walk {
    GPtrArray *segments;
    unsigned taken[ROUTER_MAX_PARAMS];
    unsigned n_taken;
    bool has_rest;
};

static const struct node *walk_down(const struct node *node, struct walk *walk, unsigned at)
{
    if (at == walk->segments->len && node->entries->len > 0)
        return node;
    unsigned n_taken = walk->n_taken;
    const struct node *found = NULL;
    if (at < walk->segments->len) {
        const char *segment = walk->segments->pdata[at];
        const struct node *literal = g_hash_table_lookup(node->literals, segment);
        if (literal && (found = walk_down(literal, walk, at + 1)))
            return found;
        if (node->param && *segment && n_taken < ROUTER_MAX_PARAMS) {
            walk->taken[n_taken] = at;
            walk->n_taken = n_taken + 1;
            if ((found = walk_down(node->param, walk, at + 1)))
                return found;
            walk->n_taken = n_taken;
        }
        if (node->rest && n_taken < ROUTER_MAX_PARAMS) {
            walk->taken[n_taken] = at;
            walk->n_taken = n_taken + 1;
            walk->has_rest = true;
            return node->rest;
        }
    }
    return NULL;
}

static bool split_path(const char *path, GPtrArray *segments, GError **error)
{
    if (path[0] != '/')
        return err_set(error, ERR_INVALID, "The address of the request is not a path.");
    do {
        path++;
        size_t size = strcspn(path, "/");
        char *segment = percent_decode(path, size, false);
        if (!segment || strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0) {
            g_free(segment);
            return err_set(error, ERR_INVALID, "The path of the address is not valid.");
        }
        g_ptr_array_add(segments, segment);
        path += size;
        if (segments->len > ROUTER_MAX_SEGMENTS)
            return err_set(error, ERR_INVALID, "The path of the address has too many parts.");
    } while (*path);
    return true;
}

static char *join_rest(const GPtrArray *segments, unsigned from)
{
    GString *rest = g_string_new(segments->pdata[from]);
    for (guint i = from + 1; i < segments->len; i++)
        g_string_append_printf(rest, "/%s", (const char *)segments->pdata[i]);
    return g_string_free(rest, FALSE);
}

static char *allowed_methods(const struct node *node)
{
    GString *allow = g_string_new(NULL);
    for (guint i = 0; i < node->entries->len; i++) {
        const struct entry *entry = node->entries->pdata[i];
        g_string_append_printf(allow, "%s, ", entry->route->method);
    }
    if (entry_for(node, "GET") && !entry_for(node, "HEAD"))
        g_string_append(allow, "HEAD, ");
    if (!entry_for(node, "OPTIONS"))
        g_string_append(allow, "OPTIONS, ");
    g_string_truncate(allow, allow->len - 2);
    return g_string_free(allow, FALSE);
}

bool router_find(const struct router *router, const char *method, const char *path, struct router_match *ret_match,
                 GError **error)
{
    g_autoptr(GPtrArray) segments = g_ptr_array_new_with_free_func(g_free);
    if (!split_path(path, segments, error))
        return false;
    struct walk walk = {.segments = segments};
    const struct node *node = walk_down(router->root, &walk, 0);
    struct router_match match = {0};
    if (node) {
        const struct entry *entry = entry_for(node, method);
        if (!entry && strcmp(method, "HEAD") == 0)
            entry = entry_for(node, "GET");
        if (!entry)
            match.allow = allowed_methods(node);
        for (unsigned i = 0; entry && i < entry->n_names; i++) {
            match.names[i] = entry->names[i];
            bool rest = walk.has_rest && i + 1 == walk.n_taken;
            match.values[i] = rest ? join_rest(segments, walk.taken[i]) : g_strdup(segments->pdata[walk.taken[i]]);
            match.n_params++;
        }
        match.route = entry ? entry->route : NULL;
    }
    *ret_match = match;
    return true;
}

void router_match_clear(struct router_match *match)
{
    for (unsigned i = 0; i < match->n_params; i++)
        g_free(match->values[i]);
    g_free(match->allow);
    memset(match, 0, sizeof *match);
}
