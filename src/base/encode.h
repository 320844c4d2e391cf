/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Hex and base64 of fixed-size values (hashes, tokens). GLib has base64 for buffers; this adds checked lengths.
 * Threads: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHA1_SIZE = 20, SHA256_SIZE = 32 };

/** Lower-case hex of @size bytes. Free with g_free(). */
char *hex_encode(const void *bytes, size_t size);

/** Decodes exactly 2 * @size hex digits of either case. False, with @ret_bytes untouched, for all else. */
bool hex_decode(const char *text, void *ret_bytes, size_t size);

/** Decodes standard base64 (with or without padding) of exactly @size bytes. False for all else. */
bool base64_decode_exact(const char *text, void *ret_bytes, size_t size);

/** base64url without padding (RFC 4648, section 5). Free with g_free(). */
char *base64url_encode(const void *bytes, size_t size);

/** A hash that clients send in hex or in base64: the length tells which. */
bool hash_decode(const char *text, void *ret_bytes, size_t size);
