/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/test_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"

int peer_dial(const struct http_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const char *port = strrchr(http_server_url(server), ':') + 1;
    address.sin_port = htons((uint16_t)g_ascii_strtoull(port, NULL, 10));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(connect(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    struct timeval patience = {.tv_sec = 120};
    g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), ==, 0);
    return fd;
}

bool peer_say(int fd, const char *text)
{
    size_t size = strlen(text);
    while (size > 0) {
        ssize_t sent = send(fd, text, size, MSG_NOSIGNAL);
        if (sent < 0)
            return false;
        text += sent;
        size -= (size_t)sent;
    }
    return true;
}

void reply_clear(struct reply *reply)
{
    g_free(reply->head);
    g_string_free(reply->body, TRUE);
}

char *reply_header(const struct reply *reply, const char *name)
{
    g_auto(GStrv) lines = g_strsplit(reply->head, "\r\n", -1);
    size_t size = strlen(name);
    for (char **line = lines; *line; line++)
        if (g_ascii_strncasecmp(*line, name, size) == 0 && (*line)[size] == ':')
            return g_strstrip(g_strdup(*line + size + 1));
    return NULL;
}

void reply_assert_header(const struct reply *reply, const char *name, const char *value)
{
    g_autofree char *found = reply_header(reply, name);
    g_assert_cmpstr(found, ==, value);
}

static void read_exactly(int fd, GString *text, size_t size)
{
    size_t old = text->len;
    g_string_set_size(text, old + size);
    for (size_t have = 0; have < size;) {
        ssize_t got = recv(fd, text->str + old + have, size - have, 0);
        g_assert_cmpint(got, >, 0);
        have += (size_t)got;
    }
}

static char *read_line(int fd)
{
    g_autoptr(GString) line = g_string_new(NULL);
    while (!g_str_has_suffix(line->str, "\r\n"))
        read_exactly(fd, line, 1);
    g_string_truncate(line, line->len - 2);
    return g_string_free(g_steal_pointer(&line), FALSE);
}

static void read_chunks(int fd, GString *body)
{
    for (;;) {
        g_autofree char *line = read_line(fd);
        size_t size = g_ascii_strtoull(line, NULL, 16);
        read_exactly(fd, body, size);
        g_autofree char *end = read_line(fd);
        g_assert_cmpstr(end, ==, "");
        if (size == 0)
            return;
    }
}

struct reply peer_hear_head(int fd)
{
    g_autoptr(GString) head = g_string_new(NULL);
    while (!g_str_has_suffix(head->str, "\r\n\r\n"))
        read_exactly(fd, head, 1);
    struct reply reply = {.body = g_string_new(NULL)};
    g_assert_true(g_str_has_prefix(head->str, "HTTP/1.1 "));
    reply.status = (int)g_ascii_strtoll(head->str + 9, NULL, 10);
    reply.head = g_string_free(g_steal_pointer(&head), FALSE);
    return reply;
}

struct reply peer_hear(int fd, bool has_body)
{
    struct reply reply = peer_hear_head(fd);
    g_autofree char *length = reply_header(&reply, "Content-Length");
    g_autofree char *encoding = reply_header(&reply, "Transfer-Encoding");
    if (has_body && encoding)
        read_chunks(fd, reply.body);
    else if (has_body && length && reply.status != 304)
        read_exactly(fd, reply.body, g_ascii_strtoull(length, NULL, 10));
    return reply;
}

void peer_assert_closed(int fd)
{
    char byte;
    ssize_t got = recv(fd, &byte, 1, 0);
    g_assert_true(got == 0 || (got < 0 && errno == ECONNRESET));
}

void peer_expect(int fd, const char *request, int status, const char *part)
{
    g_assert_true(peer_say(fd, request));
    struct reply reply = peer_hear(fd, !g_str_has_prefix(request, "HEAD "));
    if (reply.status != status || !strstr(reply.body->str, part))
        g_error("%.200s\n→ %s%s", request, reply.head, reply.body->str);
    reply_clear(&reply);
}

void peer_expect_alone(const struct http_server *server, const char *request, int status, const char *part)
{
    AUTO_FD int fd = peer_dial(server);
    peer_expect(fd, request, status, part);
}
