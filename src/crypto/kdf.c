/* SPDX-License-Identifier: Apache-2.0 */
/* PBKDF2 by OpenSSL, and HKDF, see kdf.h. */
#include "crypto/kdf.h"

#include "crypto/secret.h"

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

/* RFC 5869 2.2, 2.3, of which only the first block is ever needed. */
void kdf_hkdf(struct str salt, struct str secret, struct str info, uint8_t *ret, size_t len)
{
	static const uint8_t zeros[DIGEST_MAX];
	const size_t size = digest_len(DIGEST_SHA256);
	const struct str parts[] = { info, STR("\x01") };
	uint8_t key[DIGEST_MAX], block[DIGEST_MAX];

	must(len <= size);
	digest_hmac(DIGEST_SHA256, salt.len ? salt : str_make((const char *)zeros, size), secret,
		    key);
	digest_hmac_parts(DIGEST_SHA256, str_make((const char *)key, size), parts, array_len(parts),
			  block);
	memcpy(ret, block, len);
	secret_wipe(key, sizeof(key));
	secret_wipe(block, sizeof(block));
}
