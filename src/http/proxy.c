/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/error.h"

/* All addresses are IPv6 here, IPv4 ones mapped (RFC 4291, section 2.5.5.2): one way to compare. */
struct block {
    uint8_t bytes[16];
    unsigned bits;
};

struct proxy_list {
    GArray *blocks; /* struct block */
};

enum { MAPPED_PREFIX_BITS = 96 };

static void map_ipv4(const struct in_addr *address, uint8_t ret_bytes[16])
{
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
    memcpy(ret_bytes, prefix, sizeof prefix);
    memcpy(ret_bytes + sizeof prefix, address, 4);
}

/* @ret_is_ipv4 tells how @text was written. */
static bool parse_address(const char *text, uint8_t ret_bytes[16], bool *ret_is_ipv4)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, text, &v4) == 1) {
        map_ipv4(&v4, ret_bytes);
        *ret_is_ipv4 = true;
        return true;
    }
    if (inet_pton(AF_INET6, text, &v6) != 1)
        return false;
    memcpy(ret_bytes, &v6, 16);
    *ret_is_ipv4 = false;
    return true;
}

static bool parse_block(const char *text, struct block *ret_block)
{
    const char *slash = strchr(text, '/');
    g_autofree char *address = slash ? g_strndup(text, (gsize)(slash - text)) : g_strdup(text);
    bool is_ipv4;
    if (!parse_address(address, ret_block->bytes, &is_ipv4))
        return false;
    guint64 bits = is_ipv4 ? 32 : 128;
    if (slash && !g_ascii_string_to_unsigned(slash + 1, 10, 0, bits, &bits, NULL))
        return false;
    ret_block->bits = (unsigned)bits + (is_ipv4 ? MAPPED_PREFIX_BITS : 0);
    return true;
}

struct proxy_list *proxy_list_new(const char *const *blocks, GError **error)
{
    struct proxy_list *list = g_new0(struct proxy_list, 1);
    list->blocks = g_array_new(FALSE, FALSE, sizeof(struct block));
    for (; blocks && *blocks; blocks++) {
        struct block block;
        if (!parse_block(*blocks, &block)) {
            err_set(error, ERR_INVALID, "\"%s\" is not an address of a trusted proxy.", *blocks);
            proxy_list_free(list);
            return NULL;
        }
        g_array_append_val(list->blocks, block);
    }
    return list;
}

void proxy_list_free(struct proxy_list *list)
{
    if (!list)
        return;
    g_array_unref(list->blocks);
    g_free(list);
}

char *proxy_address_text(const struct sockaddr *address)
{
    char text[INET6_ADDRSTRLEN] = "unknown";
    if (address && address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
        inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
    } else if (address && address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
        if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
            inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], text, sizeof text);
        else
            inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
    }
    return g_strdup(text);
}

static bool block_has(const struct block *block, const uint8_t address[16])
{
    unsigned whole = block->bits / 8;
    unsigned rest = block->bits % 8;
    if (memcmp(block->bytes, address, whole) != 0)
        return false;
    return rest == 0 || ((block->bytes[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

bool proxy_is_trusted(const struct proxy_list *list, const char *address)
{
    uint8_t bytes[16];
    bool is_ipv4;
    if (list->blocks->len == 0 || !parse_address(address, bytes, &is_ipv4))
        return false;
    for (guint i = 0; i < list->blocks->len; i++)
        if (block_has(&g_array_index(list->blocks, struct block, i), bytes))
            return true;
    return false;
}

/* One element of X-Forwarded-For as a plain address: some proxies add a port or write brackets. NULL if it is none. */
static char *forwarded_address(const char *text, size_t size)
{
    g_autofree char *element = g_strstrip(g_strndup(text, size));
    const char *start = element;
    char *bracket = strchr(element, ']');
    char *colon = strchr(element, ':');
    if (element[0] == '[' && bracket) {
        *bracket = '\0';
        start = element + 1;
    } else if (colon && !strchr(colon + 1, ':')) {
        *colon = '\0'; /* 192.0.2.1:1234 */
    }
    uint8_t bytes[16];
    bool is_ipv4;
    return parse_address(start, bytes, &is_ipv4) ? g_strdup(start) : NULL;
}

char *proxy_client(const struct proxy_list *list, const char *peer, const char *forwarded_for)
{
    g_autofree char *client = g_strdup(peer);
    size_t end = forwarded_for ? strlen(forwarded_for) : 0;
    while (end > 0 && proxy_is_trusted(list, client)) {
        size_t start = end;
        while (start > 0 && forwarded_for[start - 1] != ',')
            start--;
        char *next = forwarded_address(forwarded_for + start, end - start);
        if (!next)
            break;
        g_free(client);
        client = next;
        end = start > 0 ? start - 1 : 0;
    }
    return g_steal_pointer(&client);
}
