/* SPDX-License-Identifier: Apache-2.0 */
/* A server's certificate as a stranger sees it, for those who run the server. Blocks on files; any
 * thread. */
#pragma once

#include "net/tls_context.h"

/* Why a client that trusts this machine's roots does not trust the chain of ctx (a server's), in a
 * few words of OpenSSL's; NULL: it does. The name is not looked at. *ret_has_roots: whether this
 * machine has roots at all. */
const char *tls_examine_chain(const struct tls_context *ctx, bool *ret_has_roots);

/* Whether both have the same certificate (the chain aside). */
bool tls_examine_same(const struct tls_context *a, const struct tls_context *b);
