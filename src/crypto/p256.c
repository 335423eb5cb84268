/* SPDX-License-Identifier: Apache-2.0 */
/* P-256, see p256.h. Any thread. */
#include "crypto/p256.h"

#include "base/random.h"
#include "crypto/digest.h"
#include "crypto/secret.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

static const char group_name[] = "P-256";

/* ---- keys ---- */

/* The point of a private key; false: the number is not in 1 to n - 1. */
static bool make_public(const uint8_t priv[P256_PRIVATE], uint8_t ret_pub[P256_PUBLIC])
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	BIGNUM *number = BN_secure_new();
	EC_POINT *point;
	bool is_fine;

	must(group && number && BN_bin2bn(priv, P256_PRIVATE, number));
	point = EC_POINT_new(group);
	must(point != NULL);
	BN_set_flags(number, BN_FLG_CONSTTIME);
	is_fine = !BN_is_zero(number) && BN_cmp(number, EC_GROUP_get0_order(group)) < 0;
	if (is_fine) {
		must(EC_POINT_mul(group, point, number, NULL, NULL, NULL) == 1);
		must(EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, ret_pub,
					P256_PUBLIC, NULL) == P256_PUBLIC);
	}
	EC_POINT_free(point);
	BN_clear_free(number);
	EC_GROUP_free(group);
	return is_fine;
}

void p256_from_seed(const uint8_t seed[P256_PRIVATE], struct p256_key *ret_key)
{
	memcpy(ret_key->priv, seed, P256_PRIVATE);
	while (!make_public(ret_key->priv, ret_key->pub))
		digest_of(DIGEST_SHA256, str_make((const char *)ret_key->priv, P256_PRIVATE),
			  ret_key->priv);
}

void p256_generate(struct p256_key *ret_key)
{
	uint8_t seed[P256_PRIVATE];

	random_fill(seed, sizeof(seed));
	p256_from_seed(seed, ret_key);
	secret_wipe(seed, sizeof(seed));
}

/* For OpenSSL: priv may be NULL. NULL: pub is no point. */
static EVP_PKEY *pkey_new(const uint8_t *priv, const uint8_t *pub)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *number = priv ? BN_secure_new() : NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params;

	must(build && ctx);
	must(OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, group_name, 0));
	must(OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, pub, P256_PUBLIC));
	if (priv) {
		must(number && BN_bin2bn(priv, P256_PRIVATE, number));
		must(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number));
	}
	params = OSSL_PARAM_BLD_to_param(build);
	must(params && EVP_PKEY_fromdata_init(ctx) == 1);
	if (EVP_PKEY_fromdata(ctx, &key, priv ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) !=
	    1) {
		ERR_clear_error();
		key = NULL;
	}
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_clear_free(number);
	return key;
}

bool p256_is_point(const uint8_t pub[P256_PUBLIC])
{
	EVP_PKEY *key = pub[0] == POINT_CONVERSION_UNCOMPRESSED ? pkey_new(NULL, pub) : NULL;

	EVP_PKEY_free(key);
	return key != NULL;
}

/* ---- use ---- */

enum err p256_agree(const struct p256_key *key, const uint8_t peer[P256_PUBLIC],
		    uint8_t ret_secret[P256_SECRET])
{
	EVP_PKEY *other = peer[0] == POINT_CONVERSION_UNCOMPRESSED ? pkey_new(NULL, peer) : NULL;
	size_t len = P256_SECRET;
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *own;

	if (!other)
		return ERR_INVALID;
	own = pkey_new(key->priv, key->pub);
	must(own != NULL);
	ctx = EVP_PKEY_CTX_new(own, NULL);
	must(ctx && EVP_PKEY_derive_init(ctx) == 1 && EVP_PKEY_derive_set_peer(ctx, other) == 1);
	must(EVP_PKEY_derive(ctx, ret_secret, &len) == 1 && len == P256_SECRET);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(own);
	EVP_PKEY_free(other);
	return OK;
}

/* RFC 7518 3.4: two numbers of fixed length, instead of ASN.1. */
static void to_plain(const uint8_t *der, size_t len, uint8_t ret_signature[P256_SIGNATURE])
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);

	must(sig != NULL);
	must(BN_bn2binpad(ECDSA_SIG_get0_r(sig), ret_signature, P256_SIGNATURE / 2) ==
	     P256_SIGNATURE / 2);
	must(BN_bn2binpad(ECDSA_SIG_get0_s(sig), ret_signature + P256_SIGNATURE / 2,
			  P256_SIGNATURE / 2) == P256_SIGNATURE / 2);
	ECDSA_SIG_free(sig);
}

void p256_sign(const struct p256_key *key, struct str s, uint8_t ret_signature[P256_SIGNATURE])
{
	EVP_PKEY *own = pkey_new(key->priv, key->pub);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[128];
	size_t len = sizeof(der);

	must(own && ctx);
	must(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, own) == 1);
	must(EVP_DigestSign(ctx, der, &len, (const unsigned char *)s.ptr, s.len) == 1);
	to_plain(der, len, ret_signature);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(own);
}
