/* SPDX-License-Identifier: Apache-2.0 */
/* The table of challenges for net/tls*.c. */
#pragma once

#include "net/tls_challenges.h"

#include <openssl/ssl.h>

/* The only protocol that a challenge is shown to (RFC 8737 4). */
#define TLS_CHALLENGES_ALPN "acme-tls/1"

/* For SSL_CTX_set_client_hello_cb, with the table: who asks for TLS_CHALLENGES_ALPN alone, with a
 * name that has a challenge, gets its certificate. */
int tls_challenges_on_hello(SSL *ssl, int *alert, void *challenges);

/* Whether tls_challenges_on_hello has done so. */
bool tls_challenges_is_shown(const SSL *ssl);
