/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing and wiping of secrets, see secret.h. Any thread. */
#include "crypto/secret.h"

#include <openssl/crypto.h>

bool secret_equal(const void *a, const void *b, size_t len)
{
	return len == 0 || CRYPTO_memcmp(a, b, len) == 0;
}

void secret_wipe(void *ptr, size_t len)
{
	if (len)
		OPENSSL_cleanse(ptr, len);
}
