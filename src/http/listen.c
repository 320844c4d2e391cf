/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"

enum { BACKLOG = 512 };

/* Divides "host:port" or "[v6]:port"; both are to be freed. */
static bool split_address(const char *text, char **ret_host, char **ret_port)
{
    const char *colon = strrchr(text, ':');
    guint64 port;
    if (!colon || colon == text || !g_ascii_string_to_unsigned(colon + 1, 10, 0, 65535, &port, NULL))
        return false;
    size_t size = (size_t)(colon - text);
    bool bracketed = size > 2 && text[0] == '[' && text[size - 1] == ']';
    if (!bracketed && memchr(text, ':', size))
        return false;
    *ret_host = bracketed ? g_strndup(text + 1, size - 2) : g_strndup(text, size);
    *ret_port = g_strdup(colon + 1);
    return true;
}

static int open_one(const struct addrinfo *address)
{
    AUTO_FD int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    int on = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(fd, address->ai_addr, address->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0)
        return -1;
    return io_steal_fd(&fd);
}

static char *url_of(int fd, const char *scheme)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    char host[NI_MAXHOST];
    char port[NI_MAXSERV];
    if (getsockname(fd, (struct sockaddr *)&address, &size) < 0 ||
        getnameinfo((struct sockaddr *)&address, size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return NULL;
    bool is_v6 = address.ss_family == AF_INET6;
    return g_strdup_printf("%s://%s%s%s:%s", scheme, is_v6 ? "[" : "", host, is_v6 ? "]" : "", port);
}

int listen_open(const char *listen, const char *scheme, char **ret_url, GError **error)
{
    g_autofree char *host = NULL;
    g_autofree char *port = NULL;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *addresses = NULL;
    if (!split_address(listen, &host, &port) || getaddrinfo(host, port, &hints, &addresses) != 0) {
        err_set(error, ERR_INVALID, "\"%s\" is not an address to listen on, such as 127.0.0.1:2283.", listen);
        return -1;
    }
    AUTO_FD int fd = open_one(addresses);
    int saved_errno = errno;
    freeaddrinfo(addresses);
    char *url = fd >= 0 ? url_of(fd, scheme) : NULL;
    if (!url) {
        err_set_errno(error, saved_errno, listen, "Cannot listen on %s: %s.", listen, g_strerror(saved_errno));
        return -1;
    }
    *ret_url = url;
    return io_steal_fd(&fd);
}
