/* SPDX-License-Identifier: Apache-2.0 */
/* Keys out of passwords: PBKDF2 (RFC 8018 5.2), the Hi() of SCRAM; and out of other secrets: HKDF
 * (RFC 5869). */
#pragma once

#include "crypto/digest.h"

/* Writes digest_len(kind) bytes to ret. Takes about half a microsecond of CPU an iteration: never
 * on a loop, callers run it in a pool. iterations must be 1 or more. */
void kdf_pbkdf2(enum digest_kind kind, struct str password, struct str salt, uint32_t iterations,
		uint8_t *ret);

/* HKDF with SHA-256: writes len bytes (at most one digest: 32) to ret. salt may be empty. Any
 * thread.
 */
void kdf_hkdf(struct str salt, struct str secret, struct str info, uint8_t *ret, size_t len);
