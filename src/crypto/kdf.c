/* SPDX-License-Identifier: Apache-2.0 */
/* PBKDF2 by OpenSSL, see kdf.h. Any thread that may block. */
#include "crypto/kdf.h"

#include <limits.h>
#include <openssl/evp.h>

void kdf_pbkdf2(enum digest_kind kind, struct str password, struct str salt, uint32_t iterations,
		uint8_t *ret)
{
	const EVP_MD *const mds[] = { [DIGEST_SHA1] = EVP_sha1(),
				      [DIGEST_SHA256] = EVP_sha256(),
				      [DIGEST_SHA512] = EVP_sha512() };

	must(kind < DIGEST_KINDS && iterations > 0 && iterations <= INT_MAX);
	must(password.len <= INT_MAX && salt.len <= INT_MAX);
	must(PKCS5_PBKDF2_HMAC(password.len ? password.ptr : "", (int)password.len,
			       (const unsigned char *)salt.ptr, (int)salt.len, (int)iterations,
			       mds[kind], (int)digest_len(kind), ret) == 1);
}
