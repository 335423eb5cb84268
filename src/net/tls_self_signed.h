/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate of a first start: made by ourselves, for people who try the server out. */
#pragma once

#include "base/str.h"

enum { TLS_SELF_SIGNED_DAYS = 3650 };

/* Makes an ECDSA P-256 key, unless there is a key at key_path (who knows it goes on knowing it),
 * and a certificate (RFC 5280) for domain (in ASCII: codec/idn.h) and its conference., upload. and
 * pubsub. names, for localhost also 127.0.0.1 and ::1, and writes both as PEM, the key with mode
 * 0600: to a temporary file, synced, then renamed. Replaces files that are there. ERR_INVALID for a
 * domain that cannot stand in a certificate; ERR_IO, ERR_DENIED, ERR_NO_SPACE from the files;
 * ERR_CRYPTO. Blocks. */
must_check enum err tls_make_self_signed(const char *cert_path, const char *key_path,
					 struct str domain);
