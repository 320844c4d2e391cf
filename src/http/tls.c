/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/tls.h"

#include <stdint.h>
#include <string.h>

#include "base/error.h"

enum { CHAIN_MAX = 10 };

struct shown {
    gnutls_pcert_st chain[CHAIN_MAX];
    unsigned n_chain;
    gnutls_privkey_t key;
    struct shown *before; /* connections may still use it: kept, a few kilobytes a renewal */
};

static GMutex lock;          /* guards the pointer; what it points to never changes */
static struct shown *newest; /* NULL: none is loaded */

static bool fail(GError **error, const char *path, int code)
{
    return err_set(error, ERR_INVALID, "%s cannot be used for TLS: %s", path, gnutls_strerror(code));
}

static bool read_file(const char *path, gnutls_datum_t *ret_text, GError **error)
{
    g_autoptr(GError) cause = NULL;
    char *text = NULL;
    gsize size;
    if (!g_file_get_contents(path, &text, &size, &cause))
        return err_set(error, ERR_INVALID, "%s cannot be used for TLS: %s", path, cause->message);
    *ret_text = (gnutls_datum_t){(unsigned char *)text, (unsigned)size};
    return true;
}

static bool read_chain(struct shown *shown, const char *path, GError **error)
{
    gnutls_datum_t text;
    if (!read_file(path, &text, error))
        return false;
    shown->n_chain = CHAIN_MAX;
    int code = gnutls_pcert_list_import_x509_raw(shown->chain, &shown->n_chain, &text, GNUTLS_X509_FMT_PEM, 0);
    g_free(text.data);
    if (code < 0)
        shown->n_chain = 0;
    return code >= 0 || fail(error, path, code);
}

static bool read_key(struct shown *shown, const char *path, GError **error)
{
    gnutls_datum_t text;
    if (!read_file(path, &text, error))
        return false;
    int code = gnutls_privkey_init(&shown->key);
    if (code >= 0)
        code = gnutls_privkey_import_x509_raw(shown->key, &text, GNUTLS_X509_FMT_PEM, NULL, 0);
    gnutls_memset(text.data, 0, text.size);
    g_free(text.data);
    return code >= 0 || fail(error, path, code);
}

/* A key that belongs to another certificate would fail each handshake, long after somebody looked. */
static bool check_pair(const struct shown *shown, const char *key_path, GError **error)
{
    gnutls_pubkey_t public;
    int code = gnutls_pubkey_init(&public);
    if (code < 0)
        return fail(error, key_path, code);
    uint8_t ours[64], theirs[64];
    size_t ours_size = sizeof ours, theirs_size = sizeof theirs;
    code = gnutls_pubkey_import_privkey(public, shown->key, 0, 0);
    if (code >= 0)
        code = gnutls_pubkey_get_key_id(public, GNUTLS_KEYID_USE_SHA256, ours, &ours_size);
    if (code >= 0)
        code = gnutls_pubkey_get_key_id(shown->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, theirs, &theirs_size);
    gnutls_pubkey_deinit(public);
    if (code < 0)
        return fail(error, key_path, code);
    return (ours_size == theirs_size && memcmp(ours, theirs, ours_size) == 0) ||
           err_set(error, ERR_INVALID, "%s is not the key of the certificate.", key_path);
}

static void shown_free(struct shown *shown)
{
    for (unsigned i = 0; i < shown->n_chain; i++)
        gnutls_pcert_deinit(&shown->chain[i]);
    if (shown->key)
        gnutls_privkey_deinit(shown->key);
    g_free(shown);
}

bool tls_load(const char *cert_path, const char *key_path, GError **error)
{
    struct shown *shown = g_new0(struct shown, 1);
    if (!read_chain(shown, cert_path, error) || !read_key(shown, key_path, error) ||
        !check_pair(shown, key_path, error)) {
        shown_free(shown);
        return false;
    }
    g_mutex_lock(&lock);
    shown->before = newest;
    newest = shown;
    g_mutex_unlock(&lock);
    return true;
}

int tls_retrieve(gnutls_session_t session, const gnutls_datum_t *wanted, int n_wanted,
                 const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **ret_chain,
                 unsigned *ret_n_chain, gnutls_privkey_t *ret_key)
{
    g_mutex_lock(&lock);
    struct shown *shown = newest;
    g_mutex_unlock(&lock);
    if (!shown)
        return -1;
    *ret_chain = shown->chain;
    *ret_n_chain = shown->n_chain;
    *ret_key = shown->key;
    return 0;
}
