/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/secret.h"

#include <sodium.h>
#include <string.h>

enum { SECRET_BYTES = 32, SECRET_CHARS = 43 };

char *secret_new(uint8_t ret_hash[SHA256_SIZE])
{
    uint8_t bytes[SECRET_BYTES];
    randombytes_buf(bytes, sizeof bytes);
    char *text = base64url_encode(bytes, sizeof bytes);
    sodium_memzero(bytes, sizeof bytes);
    crypto_hash_sha256(ret_hash, (const unsigned char *)text, strlen(text));
    return text;
}

bool secret_hash(const char *secret, uint8_t ret_hash[SHA256_SIZE])
{
    if (!secret || strnlen(secret, SECRET_CHARS + 1) != SECRET_CHARS)
        return false;
    for (const char *c = secret; *c; c++) {
        if (!g_ascii_isalnum(*c) && *c != '-' && *c != '_')
            return false;
    }
    crypto_hash_sha256(ret_hash, (const unsigned char *)secret, SECRET_CHARS);
    return true;
}
