/* SPDX-License-Identifier: Apache-2.0 */
/* Encrypted blobs, see blob_seal.h. The head: 8 bytes of name, 8 of the key's digest, 16 of salt,
 * and 32 of proof (HMAC-SHA-256) over those. */
#include "server/store/blob_seal.h"

#include "base/arena.h"
#include "base/random.h"
#include "codec/hex.h"
#include "crypto/digest.h"
#include "crypto/secret.h"

enum { MAGIC = 8, KEY_ID = 8, SALT = 16, SIGNED = MAGIC + KEY_ID + SALT };

static const char magic[MAGIC + 1] = "PARLEYS1";

static struct str bytes(const void *ptr, size_t len)
{
	return str_make(ptr, len);
}

enum err blob_keys_read(struct str text, struct blob_keys *ret_keys)
{
	struct arena a scoped(arena_wipe) = { 0 };
	struct blob_keys keys = { .count = 0 };
	struct str line, key;

	arena_init(&a, BLOB_KEY_FILE_MAX);
	while (str_split(&text, '\n', &line)) {
		line = str_trim(line);
		if (str_is_empty(line) || str_starts(line, STR("#")))
			continue;
		if (keys.count == BLOB_KEYS_MAX)
			return ERR_TOO_BIG;
		if (hex_decode(&a, line, &key) || key.len != SEAL_KEY)
			return ERR_INVALID;
		memcpy(keys.key[keys.count++], key.ptr, SEAL_KEY);
	}
	if (!keys.count)
		return ERR_INVALID;
	*ret_keys = keys;
	secret_wipe(&keys, sizeof(keys));
	return OK;
}

static void make_key_id(const uint8_t key[SEAL_KEY], uint8_t ret[KEY_ID])
{
	uint8_t sum[DIGEST_MAX];

	digest_hmac(DIGEST_SHA256, bytes(key, SEAL_KEY), STR("parley blob key"), sum);
	memcpy(ret, sum, KEY_ID);
}

static void make_proof(const uint8_t key[SEAL_KEY], const uint8_t *head, uint8_t ret[DIGEST_MAX])
{
	const struct str parts[] = { STR("parley blob head"), bytes(head, SIGNED) };

	digest_hmac_parts(DIGEST_SHA256, bytes(key, SEAL_KEY), parts, array_len(parts), ret);
}

static void make_seal(const uint8_t key[SEAL_KEY], const uint8_t *head, struct blob_seal *ret_seal)
{
	const struct str parts[] = { STR("parley blob file"), bytes(head, SIGNED) };
	uint8_t sum[DIGEST_MAX];

	digest_hmac_parts(DIGEST_SHA256, bytes(key, SEAL_KEY), parts, array_len(parts), sum);
	memcpy(ret_seal->key, sum, SEAL_KEY);
	secret_wipe(sum, sizeof(sum));
}

void blob_seal_begin(const struct blob_keys *keys, uint8_t ret_head[BLOB_HEAD],
		     struct blob_seal *ret_seal)
{
	uint8_t proof[DIGEST_MAX];

	must(keys->count > 0);
	memcpy(ret_head, magic, MAGIC);
	make_key_id(keys->key[0], ret_head + MAGIC);
	random_fill(ret_head + MAGIC + KEY_ID, SALT);
	make_proof(keys->key[0], ret_head, proof);
	memcpy(ret_head + SIGNED, proof, BLOB_HEAD - SIGNED);
	make_seal(keys->key[0], ret_head, ret_seal);
}

enum err blob_seal_open(const struct blob_keys *keys, const uint8_t head[BLOB_HEAD],
			struct blob_seal *ret_seal)
{
	uint8_t id[KEY_ID], proof[DIGEST_MAX];

	if (memcmp(head, magic, MAGIC) != 0)
		return ERR_NOT_FOUND;
	for (unsigned i = 0; i < keys->count; i++) {
		make_key_id(keys->key[i], id);
		if (memcmp(head + MAGIC, id, KEY_ID) != 0)
			continue;
		make_proof(keys->key[i], head, proof);
		if (!secret_equal(head + SIGNED, proof, BLOB_HEAD - SIGNED))
			return ERR_NOT_FOUND;
		make_seal(keys->key[i], head, ret_seal);
		return OK;
	}
	return ERR_NOT_FOUND;
}

enum err blob_seal_size(uint64_t on_disk, uint64_t *ret_size)
{
	uint64_t body = on_disk - BLOB_HEAD, whole = body / BLOB_CHUNK_SEALED,
		 rest = body % BLOB_CHUNK_SEALED;

	if (on_disk < BLOB_HEAD || (rest && rest <= SEAL_EXTRA))
		return ERR_INVALID;
	*ret_size = whole * BLOB_CHUNK + (rest ? rest - SEAL_EXTRA : 0);
	return OK;
}

uint64_t blob_chunk_place(uint64_t number)
{
	return BLOB_HEAD + number * BLOB_CHUNK_SEALED;
}

void blob_chunk_close(const struct blob_seal *seal, uint64_t number, struct str plain, uint8_t *ret)
{
	must(plain.len <= BLOB_CHUNK);
	seal_close(seal->key, bytes(&number, sizeof(number)), plain, ret);
}

enum err blob_chunk_open(const struct blob_seal *seal, uint64_t number, struct str sealed,
			 uint8_t *ret)
{
	if (sealed.len <= SEAL_EXTRA || sealed.len > BLOB_CHUNK_SEALED)
		return ERR_INVALID;
	return seal_open(seal->key, bytes(&number, sizeof(number)), sealed, ret);
}
