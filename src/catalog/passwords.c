/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/passwords.h"

#include <sodium.h>
#include <string.h>

#include "base/error.h"

enum { MEMORY_BYTES = 64 << 20, PASSES = 2, PARALLEL_MAX = 2 };

/* Guards running. */
static GMutex lock;
static GCond one_ended;
static unsigned running;

static void turn_begin(void)
{
    g_mutex_lock(&lock);
    while (running >= PARALLEL_MAX)
        g_cond_wait(&one_ended, &lock);
    running++;
    g_mutex_unlock(&lock);
}

static void turn_end(void)
{
    g_mutex_lock(&lock);
    running--;
    g_cond_signal(&one_ended);
    g_mutex_unlock(&lock);
}

static bool make(const char *password, char ret_hash[crypto_pwhash_STRBYTES])
{
    turn_begin();
    bool ok = crypto_pwhash_str_alg(ret_hash, password, strlen(password), PASSES, MEMORY_BYTES,
                                    crypto_pwhash_ALG_ARGON2ID13) == 0;
    turn_end();
    return ok;
}

char *password_hash(const char *password, GError **error)
{
    size_t length = password ? strnlen(password, PASSWORD_MAX_BYTES + 1) : 0;
    if (length > PASSWORD_MAX_BYTES || (password && !g_utf8_validate(password, (gssize)length, NULL))) {
        err_set(error, ERR_INVALID, "A password may have up to %d bytes of UTF-8.", PASSWORD_MAX_BYTES);
        return NULL;
    }
    if (length == 0 || g_utf8_strlen(password, -1) < PASSWORD_MIN_CHARS) {
        err_set(error, ERR_INVALID, "A password must have at least %d characters.", PASSWORD_MIN_CHARS);
        return NULL;
    }
    char hash[crypto_pwhash_STRBYTES];
    if (!make(password, hash)) {
        err_set(error, ERR_BUSY, "The server has no memory for this now. Try again.");
        return NULL;
    }
    return g_strdup(hash);
}

/* A hash of a password that nobody knows: what an unknown account's password is compared with. */
static const char *dummy_hash(void)
{
    static gsize once;
    static char dummy[crypto_pwhash_STRBYTES];
    if (g_once_init_enter(&once)) {
        char random[65];
        uint8_t bytes[32];
        randombytes_buf(bytes, sizeof bytes);
        sodium_bin2hex(random, sizeof random, bytes, sizeof bytes);
        if (!make(random, dummy))
            dummy[0] = '\0';
        g_once_init_leave(&once, 1);
    }
    return dummy;
}

bool password_verify(const char *hash, const char *password)
{
    bool known = hash && *hash;
    if (!known)
        hash = dummy_hash();
    if (strnlen(password, PASSWORD_MAX_BYTES + 1) > PASSWORD_MAX_BYTES)
        return false;
    turn_begin();
    bool right = crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
    turn_end();
    return right && known;
}
