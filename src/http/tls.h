/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The certificate that a server shows, and its key, from two PEM files that can be read again while connections are
 * open: certificates are renewed every few weeks. TLS itself is libmicrohttpd's and GnuTLS's.
 *
 * GnuTLS asks by a function that is handed nothing of ours, so there is one certificate a process.
 *
 * Threads: any. */
#pragma once

#include <glib.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdbool.h>

/** What is offered: no version before TLS 1.2 (RFC 8996). */
#define TLS_PRIORITIES "NORMAL:-VERS-TLS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

/** Reads the chain in @cert_path (the server's own certificate first) and its key, and shows them from now on; also to
 *  read them again. On failure what was shown before goes on being shown. ERR_INVALID with the file and what is wrong.
 */
bool tls_load(const char *cert_path, const char *key_path, GError **error);

/** gnutls_certificate_retrieve_function2 of the loaded certificate. */
int tls_retrieve(gnutls_session_t session, const gnutls_datum_t *wanted, int n_wanted,
                 const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **ret_chain,
                 unsigned *ret_n_chain, gnutls_privkey_t *ret_key);
