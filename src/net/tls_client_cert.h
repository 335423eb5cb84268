/* SPDX-License-Identifier: Apache-2.0 */
/* What a client's certificate says (RFC 6120, 13.7.1.4), for net/tls.c. On the loop; tls_context.h
 * has tls_context_trust_clients. */
#pragma once

#include "base/arena.h"
#include "net/tls_context.h"

#include <openssl/ssl.h>

/* See transport_addresses. Nothing without a certificate, with one that was not verified, or with
 * one that has ended since. */
size_t tls_client_addresses(const SSL *ssl, struct arena *a, struct str *ret_addresses, size_t max);

/* Constraints on names cost their product, and are looked at before any signature: false when the
 * certificate has more than names_max names, or broken ones. */
bool tls_cert_is_bounded(const X509 *cert, int names_max);
