/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <string.h>

#include "api/socket_io_packet.h"

static void expect(const char *text, enum socket_io_kind kind, const char *space, const char *payload)
{
    struct socket_io_packet packet;
    g_assert_true(socket_io_read(text, strlen(text), &packet));
    g_assert_cmpint(packet.kind, ==, kind);
    g_autofree char *found_space = packet.space ? g_strndup(packet.space, packet.space_size) : NULL;
    g_autofree char *found_payload = g_strndup(packet.payload, packet.payload_size);
    g_assert_cmpstr(found_space, ==, space);
    g_assert_cmpstr(found_payload, ==, payload);
}

static void test_reading(void)
{
    expect("1", SOCKET_IO_CLOSE, NULL, "");
    expect("2probe", SOCKET_IO_PING, NULL, "probe");
    expect("3", SOCKET_IO_PONG, NULL, "");
    expect("5", SOCKET_IO_NOTHING, NULL, "");
    expect("6", SOCKET_IO_NOTHING, NULL, "");
    expect("40", SOCKET_IO_CONNECT, NULL, "");
    expect("40{\"token\":\"x\"}", SOCKET_IO_CONNECT, NULL, "{\"token\":\"x\"}");
    expect("40/,", SOCKET_IO_CONNECT, NULL, "");
    expect("40/admin", SOCKET_IO_CONNECT, "/admin", "");
    expect("40/admin,{\"a\":\"b,c\"}", SOCKET_IO_CONNECT, "/admin", "{\"a\":\"b,c\"}");
    expect("41", SOCKET_IO_DISCONNECT, NULL, "");
    expect("42[\"hello\",1]", SOCKET_IO_EVENT, NULL, "[\"hello\",1]");
    expect("42/a,17[\"hello\"]", SOCKET_IO_EVENT, "/a", "[\"hello\"]");
    expect("4399999999999999999999[]", SOCKET_IO_EVENT, NULL, "[]");
}

static void test_what_is_no_packet(void)
{
    static const char *const none[] = {"",   "x",  "0",           "0{}", "7",  "9",  "4",  "4x",
                                       "44", "45", "451-[\"b\"]", "46",  "47", "-1", " 40"};
    struct socket_io_packet packet;
    for (size_t i = 0; i < G_N_ELEMENTS(none); i++)
        g_assert_false(socket_io_read(none[i], strlen(none[i]), &packet));
}

static void expect_bytes(GBytes *bytes, const char *text)
{
    g_autofree char *copy = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    g_assert_cmpstr(copy, ==, text);
    g_bytes_unref(bytes);
}

static void test_writing(void)
{
    struct socket_io_packet packet;
    expect_bytes(socket_io_open("s", 25000, 20000, 16384), "0{\"sid\":\"s\",\"upgrades\":[],\"pingInterval\":25000,"
                                                           "\"pingTimeout\":20000,\"maxPayload\":16384}");
    expect_bytes(socket_io_ping(), "2");
    expect_bytes(socket_io_connected("s"), "40{\"sid\":\"s\"}");
    expect_bytes(socket_io_disconnect(), "41");
    expect_bytes(socket_io_event("a \"b\"", NULL), "42[\"a \\\"b\\\"\"]");
    expect_bytes(socket_io_event("a", "{\"b\":1}"), "42[\"a\",{\"b\":1}]");
    g_assert_true(socket_io_read("2probe", 6, &packet));
    expect_bytes(socket_io_pong(&packet), "3probe");
    g_assert_true(socket_io_read("40/x,", 5, &packet));
    expect_bytes(socket_io_refused(&packet, "no"), "44/x,{\"message\":\"no\"}");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/api/socket-io/reading", test_reading);
    g_test_add_func("/api/socket-io/what-is-no-packet", test_what_is_no_packet);
    g_test_add_func("/api/socket-io/writing", test_writing);
    return g_test_run();
}
