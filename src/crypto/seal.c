/* SPDX-License-Identifier: Apache-2.0 */
/* Authenticated encryption, see seal.h. Any thread. */
#include "crypto/seal.h"

#include "base/random.h"
#include "crypto/secret.h"

#include <openssl/err.h>
#include <openssl/evp.h>

static const unsigned char *bytes(struct str s)
{
	return (const unsigned char *)s.ptr;
}

/* Begins with key, nonce and context. */
static EVP_CIPHER_CTX *begin(const uint8_t *key, const uint8_t *nonce, struct str context,
			     bool is_closing)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len;

	must(ctx && context.len < INT32_MAX);
	must(EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce, is_closing) == 1);
	must(EVP_CipherUpdate(ctx, NULL, &len, bytes(context), (int)context.len) == 1);
	return ctx;
}

void seal_close(const uint8_t key[SEAL_KEY], struct str context, struct str plain, uint8_t *ret)
{
	EVP_CIPHER_CTX *ctx;
	int len, last;

	must(plain.len < INT32_MAX - SEAL_EXTRA);
	random_fill(ret, SEAL_NONCE);
	ctx = begin(key, ret, context, true);
	must(EVP_CipherUpdate(ctx, ret + SEAL_NONCE, &len, bytes(plain), (int)plain.len) == 1);
	must(EVP_CipherFinal_ex(ctx, ret + SEAL_NONCE + len, &last) == 1);
	must((size_t)(len + last) == plain.len);
	must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG,
				 ret + SEAL_NONCE + plain.len) == 1);
	EVP_CIPHER_CTX_free(ctx);
}

enum err seal_open(const uint8_t key[SEAL_KEY], struct str context, struct str sealed, uint8_t *ret)
{
	uint8_t tag[SEAL_TAG];
	EVP_CIPHER_CTX *ctx;
	struct str cipher;
	int len = 0, last = 0;
	bool is_right;

	if (sealed.len < SEAL_EXTRA || sealed.len > INT32_MAX)
		return ERR_INVALID;
	cipher = str_sub(sealed, SEAL_NONCE, sealed.len - SEAL_EXTRA);
	memcpy(tag, sealed.ptr + sealed.len - SEAL_TAG, SEAL_TAG);
	ctx = begin(key, (const uint8_t *)sealed.ptr, context, false);
	is_right = EVP_CipherUpdate(ctx, ret, &len, bytes(cipher), (int)cipher.len) == 1 &&
		   EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG, tag) == 1 &&
		   EVP_CipherFinal_ex(ctx, ret + len, &last) == 1;
	EVP_CIPHER_CTX_free(ctx);
	if (is_right)
		return OK;
	ERR_clear_error();
	secret_wipe(ret, cipher.len);
	return ERR_INVALID;
}

void seal_once(const uint8_t key[16], const uint8_t nonce[SEAL_NONCE], struct str plain,
	       uint8_t *ret)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len, last;

	must(ctx && plain.len < INT32_MAX - SEAL_EXTRA);
	must(EVP_EncryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, key, nonce) == 1);
	must(EVP_EncryptUpdate(ctx, ret, &len, bytes(plain), (int)plain.len) == 1);
	must(EVP_EncryptFinal_ex(ctx, ret + len, &last) == 1);
	must((size_t)(len + last) == plain.len);
	must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG, ret + plain.len) == 1);
	EVP_CIPHER_CTX_free(ctx);
}
