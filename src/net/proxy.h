/* SPDX-License-Identifier: Apache-2.0 */
/* The PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt): the first bytes of a
 * connection from a proxy, which name the client. Pure parser; any thread. */
#pragma once

#include "net/addr.h"

enum {
	PROXY_V1_MAX = 107,    /* bytes, CRLF included */
	PROXY_HEAD_MAX = 1024, /* bytes; a version 2 header with longer extras is refused */
};

/* Reads the header at the beginning of data. *ret_len: its bytes; *ret_client: the client, off
 * where the proxy speaks for itself (UNKNOWN, LOCAL). ERR_AGAIN when more bytes are needed;
 * ERR_NOT_FOUND when data begins with something else; ERR_INVALID or ERR_TOO_BIG for a broken
 * header. */
must_check enum err proxy_parse(struct str data, size_t *ret_len, struct addr *ret_client);
