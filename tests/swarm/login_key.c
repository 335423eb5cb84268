/* SPDX-License-Identifier: Apache-2.0 */
/* SCRAM-SHA-1 on OpenSSL, see login_key.h. */
#include "login_key.h"

#include "base/mem.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>

#define KEYS_LINE_MAX 512

enum err base64_put(struct sbuf *out, struct str s)
{
	size_t size = (s.len + 2) / 3 * 4;
	enum err e = sbuf_room(out, size + 1); /* the library adds a NUL */

	if (e)
		return e;
	(void)EVP_EncodeBlock((unsigned char *)out->ptr + out->len, (const unsigned char *)s.ptr,
			      (int)s.len);
	out->len += size;
	return OK;
}

enum err base64_take(struct sbuf *out, struct str s)
{
	enum err e = sbuf_room(out, s.len / 4 * 3 + 1);
	int n;

	if (e)
		return e;
	if (!s.len || s.len % 4)
		return ERR_INVALID;
	n = EVP_DecodeBlock((unsigned char *)out->ptr + out->len, (const unsigned char *)s.ptr,
			    (int)s.len);
	if (n < 0)
		return ERR_INVALID;
	out->len += (size_t)n; /* the library counts the padding as zeros */
	for (size_t i = 1; i <= 2 && s.ptr[s.len - i] == '='; i++)
		out->len--;
	return OK;
}

static void hmac(const unsigned char *key, struct str text, unsigned char out[KEY_BYTES])
{
	must(HMAC(EVP_sha1(), key, KEY_BYTES, (const unsigned char *)text.ptr, text.len, out,
		  NULL) != NULL);
}

/* The value of name=... among comma-separated parts. */
static struct str part_of(struct str text, char name)
{
	struct str part;

	while (str_split(&text, ',', &part))
		if (part.len > 2 && part.ptr[0] == name && part.ptr[1] == '=')
			return str_from_at(part, 2);
	return STR_NONE;
}

static enum err renew(struct login_key *key, const char *password, struct str salt,
		      uint64_t iterations)
{
	struct sbuf raw scoped(sbuf_done) = SBUF(KEY_SALT_MAX);
	enum err e;

	if (key->iterations == iterations && str_eq(str_from(key->salt), salt))
		return OK;
	if (salt.len > KEY_SALT_MAX || iterations == 0 || iterations > KEY_ITERATIONS_MAX)
		return ERR_TOO_BIG;
	e = base64_take(&raw, salt);
	if (e)
		return e;
	if (PKCS5_PBKDF2_HMAC(password, (int)strlen(password), (unsigned char *)raw.ptr,
			      (int)raw.len, (int)iterations, EVP_sha1(), KEY_BYTES,
			      key->salted) != 1)
		return ERR_CRYPTO;
	memcpy(key->salt, salt.ptr, salt.len);
	key->salt[salt.len] = 0;
	key->iterations = iterations;
	return OK;
}

/* Appends ",p=" and the proof over the whole exchange; the server's signature goes to want. */
static enum err prove(const struct login_key *key, struct str exchange, struct sbuf *out,
		      char want[KEY_BYTES * 2])
{
	unsigned char client[KEY_BYTES], stored[KEY_BYTES], signature[KEY_BYTES], server[KEY_BYTES];
	enum err e;

	hmac(key->salted, STR("Client Key"), client);
	must(SHA1(client, KEY_BYTES, stored) != NULL);
	hmac(stored, exchange, signature);
	for (size_t i = 0; i < KEY_BYTES; i++)
		client[i] ^= signature[i];
	hmac(key->salted, STR("Server Key"), server);
	hmac(server, exchange, signature);
	(void)EVP_EncodeBlock((unsigned char *)want, signature, KEY_BYTES);
	e = sbuf_lit(out, ",p=");
	return e ? e : base64_put(out, str_make((char *)client, KEY_BYTES));
}

enum err scram_answer(struct login_key *key, const char *password, struct str first_bare,
		      struct str server_first, struct sbuf *out, char want[KEY_BYTES * 2])
{
	struct sbuf exchange scoped(sbuf_done) = SBUF(SCRAM_TEXT_MAX);
	struct str nonce = part_of(server_first, 'r'), mine = part_of(first_bare, 'r');
	uint64_t iterations;
	size_t start = out->len;
	enum err e = str_to_u64(part_of(server_first, 'i'), &iterations);

	if (e)
		return e;
	if (!mine.len || !str_starts(nonce, mine))
		return ERR_DENIED;
	e = renew(key, password, part_of(server_first, 's'), iterations);
	if (e)
		return e;
	e = sbuf_printf(out, "c=biws,r=%.*s", STR_ARG(nonce));
	if (e)
		return e;
	e = sbuf_printf(&exchange, "%.*s,%.*s,%.*s", STR_ARG(first_bare), STR_ARG(server_first),
			(int)(out->len - start), out->ptr + start);
	return e ? e : prove(key, sbuf_str(&exchange), out, want);
}

static enum err load_line(struct str line, struct login_key *keys, size_t count)
{
	struct sbuf raw scoped(sbuf_done) = SBUF(KIB);
	struct str number, salt, iterations, rest = str_trim(line);
	uint64_t at, turns;

	if (!str_split(&rest, ' ', &number) || !str_split(&rest, ' ', &salt) ||
	    !str_split(&rest, ' ', &iterations))
		return ERR_INVALID;
	if (str_to_u64(number, &at) || str_to_u64(iterations, &turns) || at >= count ||
	    salt.len > KEY_SALT_MAX)
		return ERR_INVALID;
	if (base64_take(&raw, rest) || raw.len != KEY_BYTES)
		return ERR_INVALID;
	keys[at].iterations = turns;
	memcpy(keys[at].salt, salt.ptr, salt.len);
	keys[at].salt[salt.len] = 0;
	memcpy(keys[at].salted, raw.ptr, KEY_BYTES);
	return OK;
}

void keys_load(const char *path, struct login_key *keys, size_t count)
{
	char line[KEYS_LINE_MAX];
	FILE *file = fopen(path, "r");

	while (file && fgets(line, sizeof(line), file))
		(void)load_line(str_from(line), keys, count); /* a line of no use only costs time */
	if (file)
		(void)fclose(file); /* read only */
}

enum err keys_save(const char *path, const struct login_key *keys, size_t count)
{
	FILE *file = fopen(path, "w");

	if (!file)
		return ERR_IO;
	for (size_t i = 0; i < count; i++) {
		unsigned char text[KEY_BYTES * 2];

		if (!keys[i].iterations)
			continue;
		(void)EVP_EncodeBlock(text, keys[i].salted, KEY_BYTES);
		(void)fprintf(file, "%zu %s %llu %s\n", i, keys[i].salt,
			      (unsigned long long)keys[i].iterations, text);
	}
	return fclose(file) == 0 ? OK : ERR_IO;
}
