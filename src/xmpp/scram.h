/* SPDX-License-Identifier: Apache-2.0 */
/* SCRAM (RFC 5802, RFC 7677; SHA-512 by draft-melnikov-scram-sha-512) with and without channel
 * binding: both ends, as messages without base64. One exchange belongs to one thread at a time.
 * What is marked blocking runs PBKDF2 and belongs into a pool.
 *
 * RFC 5802 names SASLprep for names and passwords. It stands on Unicode 3.2 and is obsolete:
 * passwords are prepared as OpaqueString (RFC 8265 4, made to replace it; the same for ASCII),
 * names by the caller as localparts. */
#pragma once

#include "base/arena.h"
#include "crypto/digest.h"

enum {
	SCRAM_MESSAGE_MAX = 4096,    /* bytes, each message of the peer */
	SCRAM_PASSWORD_MAX = 1023,   /* bytes, also after preparing */
	SCRAM_PEER_NONCE_MAX = 256,  /* bytes */
	SCRAM_NONCE_LEN = 32,        /* characters of ours: 160 bits */
	SCRAM_SALT_LEN = 16,         /* bytes of the salts that we make */
	SCRAM_SALT_MAX = 64,         /* bytes of those that we take */
	SCRAM_ITERATIONS = 10000,    /* of the verifiers that we make */
	SCRAM_ITERATIONS_MIN = 4096, /* what our client end takes from a server, RFC 7677 4 */
	SCRAM_ITERATIONS_MAX = 1000000,
};

/* What the server keeps instead of the password. Zero-terminated nowhere; unused bytes of the
 * arrays are zero. */
struct scram_verifier {
	enum digest_kind hash;
	uint32_t iterations;
	uint8_t salt_len; /* bytes */
	uint8_t salt[SCRAM_SALT_MAX];
	uint8_t stored_key[DIGEST_MAX]; /* digest_len(hash) bytes */
	uint8_t server_key[DIGEST_MAX];
};

/* Blocking. The verifier of a password; prepares it. ERR_INVALID for a password that cannot be used
 * (empty, control characters, not UTF-8), a salt of 0 or more than SCRAM_SALT_MAX bytes, 0 or more
 * than SCRAM_ITERATIONS_MAX iterations; ERR_TOO_BIG past SCRAM_PASSWORD_MAX. */
must_check enum err scram_make_verifier(enum digest_kind hash, struct str password, struct str salt,
					uint32_t iterations, struct scram_verifier *ret_v);

/* Blocking. The same with a fresh salt and SCRAM_ITERATIONS. */
must_check enum err scram_fresh_verifier(enum digest_kind hash, struct str password,
					 struct scram_verifier *ret_v);

/* The verifier out of the SaltedPassword (RFC 5802 3) that a client has computed with this salt
 * (XEP-0480 3). ERR_INVALID: salted is not as long as the hash, or as scram_make_verifier. */
must_check enum err scram_salted_verifier(enum digest_kind hash, struct str salted, struct str salt,
					  uint32_t iterations, struct scram_verifier *ret_v);

/* Blocking. Whether the password is the one of v; takes as long for a wrong one as for the right
 * one. */
bool scram_check_password(const struct scram_verifier *v, struct str password);

/* A verifier for a name that has no account: of the same shape, the same at each try, and no
 * password fits. The secret is the server's own (32 random bytes or so, kept over restarts);
 * without it nobody can tell the salt from a real one. */
void scram_fake_verifier(enum digest_kind hash, struct str server_secret, struct str username,
			 struct scram_verifier *ret_v);

/* Overwrites all of it; v may be NULL. */
void scram_verifier_wipe(struct scram_verifier *v);

/* One kind of channel binding (RFC 5929, RFC 9266) and its data for this connection. */
struct scram_binding {
	struct str kind; /* "tls-exporter" */
	struct str data;
};

enum scram_state { SCRAM_START, SCRAM_WAITS_FOR_VERIFIER, SCRAM_WAITS_FOR_FINAL, SCRAM_DONE };

/* The server's end. The caller fills the first block (the rest zero); strings are borrowed for as
 * long as the exchange lasts. */
struct scram_server {
	enum digest_kind hash;
	bool is_plus;           /* the name of the mechanism ends in -PLUS */
	bool is_plus_announced; /* a mechanism with -PLUS was among those announced on this
				   connection */
	const struct scram_binding *bindings;
	size_t binding_count;
	struct str announced; /* see xmpp/announced.h; its hash goes into the challenge (XEP-0474).
				 Unset: no hash */

	enum scram_state state;
	char nonce[SCRAM_NONCE_LEN +
		   1]; /* our part; drawn by scram_server_first unless a test has set it */
	struct str gs2_header, first_bare, server_first, whole_nonce, binding_data;
	struct scram_verifier verifier;
	bool is_known;
};

/* Reads the client's first message. *ret_username is unescaped but not prepared, *ret_authzid the
 * same (without pointer: absent). The arena must live as long as the exchange, also for the two
 * calls below. ERR_INVALID: not the syntax of RFC 5802 7; ERR_TOO_BIG; ERR_UNSUPPORTED: an
 * extension that must be understood ("m="); ERR_DENIED: the channel binding does not fit the
 * mechanism or is of a kind that we do not have, or the client says that we do not announce -PLUS
 * when we do (somebody has taken it out, RFC 5802 6). */
must_check enum err scram_server_first(struct scram_server *x, struct arena *a, struct str message,
				       struct str *ret_username, struct str *ret_authzid);

/* The challenge for the verifier, which is copied and whose hash must be that of the exchange. With
 * is_known false (see scram_fake_verifier) the last step fails whatever the client sends. */
struct str scram_server_challenge(struct scram_server *x, struct arena *a,
				  const struct scram_verifier *v, bool is_known);

/* Reads the client's final message; *ret_message is the server's final one, to be sent with the
 * success. ERR_DENIED: another password, nonce or channel binding; otherwise as scram_server_first.
 * One try only: after it the exchange is over. */
must_check enum err scram_server_final(struct scram_server *x, struct arena *a, struct str message,
				       struct str *ret_message);

/* Wipes the verifier. x may be NULL. */
void scram_server_done(struct scram_server *x);

/* The client's end. The caller fills the first block (the rest zero); strings are borrowed. */
struct scram_client {
	enum digest_kind hash;
	struct str username, password;
	struct str authzid;                  /* may be unset */
	const struct scram_binding *binding; /* NULL: none */
	bool is_plus;                        /* binds to the channel; binding must be set */
	bool is_able; /* could bind, but the server did not announce it: flag "y" */

	enum scram_state state;
	char nonce[SCRAM_NONCE_LEN + 1]; /* drawn by scram_client_first unless a test has set it */
	struct str gs2_header, first_bare;
	uint8_t server_signature[DIGEST_MAX];
};

/* The first message. The arena must live as long as the exchange. */
struct str scram_client_first(struct scram_client *x, struct arena *a);

/* Blocking. Reads the server's first message, writes the client's final one. ERR_INVALID,
 * ERR_TOO_BIG, ERR_UNSUPPORTED as above; ERR_DENIED: the nonce is not ours, or iterations outside
 * of SCRAM_ITERATIONS_MIN to SCRAM_ITERATIONS_MAX. */
must_check enum err scram_client_final(struct scram_client *x, struct arena *a,
				       struct str server_first, struct str *ret_message);

/* Whether the server has proved that it knows the verifier. ERR_DENIED if not. */
must_check enum err scram_client_check(struct scram_client *x, struct arena *a,
				       struct str server_final);

/* Wipes what the exchange has derived. x may be NULL. */
void scram_client_done(struct scram_client *x);
