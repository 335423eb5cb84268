/* SPDX-License-Identifier: Apache-2.0 */
/* The client's side of SCRAM-SHA-1 (RFC 5802), with the costly part, PBKDF2, kept per account. One
 * thread. */
#pragma once

#include "base/sbuf.h"

#define KEY_BYTES          20
#define KEY_SALT_MAX       128 /* characters of base64 */
#define KEY_ITERATIONS_MAX 1000000
#define SCRAM_TEXT_MAX     (2 * KIB)

/* SaltedPassword for a salt and a count of iterations; iterations 0: none yet. */
struct login_key {
	uint64_t iterations;
	char salt[KEY_SALT_MAX + 1]; /* base64, as the server sent it */
	unsigned char salted[KEY_BYTES];
};

/* Appends s in base64. */
must_check enum err base64_put(struct sbuf *out, struct str s);

/* Appends what the base64 text s stands for. */
must_check enum err base64_take(struct sbuf *out, struct str s);

/* Appends the client-final-message for server_first. first_bare is what the client sent behind
 * "n,,". Renews *key when the server's salt or count differs; puts the signature that the server
 * must show, base64, into want (NUL-terminated). */
must_check enum err scram_answer(struct login_key *key, const char *password, struct str first_bare,
				 struct str server_first, struct sbuf *out,
				 char want[KEY_BYTES * 2]);

/* Reads and writes the keys of count accounts: lines of number, salt, iterations, key in base64. A
 * missing file is empty. */
void keys_load(const char *path, struct login_key *keys, size_t count);
must_check enum err keys_save(const char *path, const struct login_key *keys, size_t count);
