/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts a stream of bytes into TLS records (RFC 8446, 5.1), so that nobody ever opens half of
 * one. What is kept of a partial record is as long as what has come of it. On the loop. */
#pragma once

#include "base/str.h"

enum { TLS_RECORD_HANDSHAKE = 22 };

enum {
	TLS_PLAIN_MAX = 16384,                 /* bytes, plaintext of a record (RFC 8446, 5.1) */
	TLS_RECORD_HEAD = 5,                   /* bytes */
	TLS_PADDED_MAX = TLS_PLAIN_MAX + 256,  /* bytes, the same with type and padding (5.2) */
	TLS_CIPHER_MAX = TLS_PLAIN_MAX + 2048, /* bytes after the head (RFC 5246, 6.2.3) */
};

/* The beginning of a record; NULL when there is none. */
struct tls_partial;

struct tls_record {
	struct str whole; /* the record, head included */
	struct tls_partial
		*kept; /* where it lies, if not in the caller's data: tls_record_drop when done */
};

/* Takes the next record off *data, going on with *partial. ERR_AGAIN: data is used up. ERR_INVALID:
 * this is no TLS (is_first: nor the beginning of it). */
must_check enum err tls_record_next(struct tls_partial **partial, struct str *data, bool is_first,
				    struct tls_record *ret_record);

/* Frees; NULL is fine. */
void tls_record_drop(struct tls_partial **partial);
