/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The socket half of protocol.h: frames and the descriptors that ride on them. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "media/protocol.h"

static bool set_gone(GError **error, int saved_errno)
{
    return err_set_detail(error, ERR_WORKER_DIED, saved_errno ? g_strerror(saved_errno) : "end of stream",
                          "The media worker ended while it worked on this file.");
}

static void put_header(uint8_t header[PROTOCOL_HEADER_SIZE], uint32_t size, enum protocol_kind kind, uint32_t job_id)
{
    uint32_t length = GUINT32_TO_LE(size), id = GUINT32_TO_LE(job_id);
    uint16_t words[2] = {GUINT16_TO_LE((uint16_t)kind), 0};
    memcpy(header, &length, 4);
    memcpy(header + 4, words, 4);
    memcpy(header + 8, &id, 4);
}

/* Sends the first piece of a frame with the descriptors: they must ride on its first byte, and only there. */
static ssize_t send_first(int socket, const uint8_t *bytes, size_t size, const int *fds, unsigned n_fds)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int) * PROTOCOL_MAX_FDS)];
        struct cmsghdr align;
    } control = {0};
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (n_fds > 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
        memcpy(CMSG_DATA(head), fds, sizeof(int) * n_fds);
    }
    ssize_t sent;
    do
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent;
}

bool protocol_send(int socket, enum protocol_kind kind, uint32_t job_id, const GByteArray *payload, const int *fds,
                   unsigned n_fds, GError **error)
{
    size_t payload_size = payload ? payload->len : 0;
    if (payload_size > PROTOCOL_MAX_PAYLOAD || n_fds > PROTOCOL_MAX_FDS)
        return err_set(error, ERR_LIMIT, "A message to or from the media worker is too large.");
    size_t size = PROTOCOL_HEADER_SIZE + payload_size;
    g_autofree uint8_t *frame = g_malloc(size);
    put_header(frame, (uint32_t)payload_size, kind, job_id);
    if (payload_size > 0)
        memcpy(frame + PROTOCOL_HEADER_SIZE, payload->data, payload_size);

    ssize_t sent = send_first(socket, frame, size, fds, n_fds);
    for (size_t done = 0; sent >= 0 && (done += (size_t)sent) < size;)
        sent = send_first(socket, frame + done, size - done, NULL, 0);
    return sent >= 0 || set_gone(error, errno);
}

/* ---- receiving ---- */

static bool wait_readable(int socket, int64_t deadline_us, GError **error)
{
    for (;;) {
        int wait_ms = -1;
        if (deadline_us >= 0) {
            int64_t left_us = deadline_us - g_get_monotonic_time();
            wait_ms = left_us <= 0 ? 0 : (int)MIN((left_us + 999) / 1000, G_MAXINT);
        }
        struct pollfd wanted = {.fd = socket, .events = POLLIN};
        int ready = poll(&wanted, 1, wait_ms);
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return set_gone(error, errno);
        if (ready == 0)
            return err_set(error, ERR_TIMEOUT, "Working on this file took longer than the time limit.");
    }
}

/* Takes the descriptors out of a received message into @frame. False where there were more than fit. */
static bool take_fds(struct msghdr *message, struct protocol_frame *frame)
{
    for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head; head = CMSG_NXTHDR(message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof(int));
            if (frame->n_fds < PROTOCOL_MAX_FDS)
                frame->fds[frame->n_fds++] = fd;
            else
                close(fd);
        }
    }
    return !(message->msg_flags & MSG_CTRUNC);
}

static bool receive_bytes(int socket, int64_t deadline_us, uint8_t *buffer, size_t size, struct protocol_frame *frame,
                          GError **error)
{
    for (size_t have = 0; have < size;) {
        if (!wait_readable(socket, deadline_us, error))
            return false;
        union {
            char bytes[CMSG_SPACE(sizeof(int) * PROTOCOL_MAX_FDS)];
            struct cmsghdr align;
        } control;
        struct iovec part = {.iov_base = buffer + have, .iov_len = size - have};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        if (frame && have == 0) {
            message.msg_control = control.bytes;
            message.msg_controllen = sizeof(control.bytes);
        }
        ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0)
            return set_gone(error, got < 0 ? errno : 0);
        if (frame && have == 0 && !take_fds(&message, frame))
            return err_set(error, ERR_CORRUPT, "The media worker's message was malformed.");
        have += (size_t)got;
    }
    return true;
}

static bool receive_frame(int socket, int64_t deadline_us, struct protocol_frame *frame, GError **error)
{
    uint8_t header[PROTOCOL_HEADER_SIZE];
    if (!receive_bytes(socket, deadline_us, header, sizeof(header), frame, error))
        return false;
    uint32_t size, id;
    uint16_t words[2];
    memcpy(&size, header, 4);
    memcpy(words, header + 4, 4);
    memcpy(&id, header + 8, 4);
    size = GUINT32_FROM_LE(size);
    if (size > PROTOCOL_MAX_PAYLOAD)
        return err_set_detail(error, ERR_CORRUPT, "payload too large", "The media worker's message was malformed.");
    frame->kind = GUINT16_FROM_LE(words[0]);
    frame->job_id = GUINT32_FROM_LE(id);
    frame->payload = g_byte_array_sized_new(size);
    g_byte_array_set_size(frame->payload, size);
    return receive_bytes(socket, deadline_us, frame->payload->data, size, NULL, error);
}

bool protocol_receive(int socket, int64_t deadline_us, struct protocol_frame *ret_frame, GError **error)
{
    struct protocol_frame frame = {0};
    if (!receive_frame(socket, deadline_us, &frame, error)) {
        protocol_frame_clear(&frame);
        return false;
    }
    *ret_frame = frame;
    return true;
}

void protocol_frame_clear(struct protocol_frame *frame)
{
    for (unsigned i = 0; i < frame->n_fds; i++)
        close(frame->fds[i]);
    if (frame->payload)
        g_byte_array_unref(frame->payload);
    *frame = (struct protocol_frame){0};
}
