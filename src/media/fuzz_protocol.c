/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Both directions of the worker protocol: the first byte picks the message, the rest is its payload. What is accepted
 * is written and read again, and must come out the same: what the reader lets in, the writer can say. */
#include <stdint.h>
#include <string.h>

#include "media/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hello(const uint8_t *data, size_t size)
{
    struct protocol_hello hello;
    if (!protocol_hello_read(data, size, &hello, NULL))
        return;
    g_autoptr(GByteArray) again = protocol_hello_write(&hello);
    struct protocol_hello second;
    g_assert_true(protocol_hello_read(again->data, again->len, &second, NULL));
    g_assert_cmpstr(hello.program, ==, second.program);
    protocol_hello_clear(&hello);
    protocol_hello_clear(&second);
}

static void request(const uint8_t *data, size_t size)
{
    struct media_request request;
    if (!media_request_read(data, size, &request, NULL))
        return;
    g_autoptr(GByteArray) again = media_request_write(&request);
    struct media_request second;
    g_assert_true(media_request_read(again->data, again->len, &second, NULL));
    g_assert_cmpstr(request.file_name, ==, second.file_name);
    g_assert_cmpint(request.size_bytes, ==, second.size_bytes);
    media_request_clear(&request);
    media_request_clear(&second);
}

static void reply(const uint8_t *data, size_t size)
{
    struct media_reply reply;
    if (!media_reply_read(data, size, &reply, NULL))
        return;
    g_autoptr(GByteArray) again = media_reply_write(&reply);
    struct media_reply second;
    g_assert_true(media_reply_read(again->data, again->len, &second, NULL));
    g_autoptr(GByteArray) third = media_reply_write(&second);
    g_assert_cmpmem(again->data, again->len, third->data, third->len);
    media_reply_clear(&reply);
    media_reply_clear(&second);
}

static void progress(const uint8_t *data, size_t size)
{
    struct media_progress progress;
    if (!media_progress_read(data, size, &progress, NULL))
        return;
    g_assert_cmpint(progress.done_permille, >=, 0);
    g_assert_cmpint(progress.done_permille, <=, 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const messages[])(const uint8_t *, size_t) = {hello, request, reply, progress};
    if (size > 0)
        messages[data[0] % G_N_ELEMENTS(messages)](data + 1, size - 1);
    return 0;
}
