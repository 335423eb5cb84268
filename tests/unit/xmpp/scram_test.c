/* SPDX-License-Identifier: Apache-2.0 */
/* xmpp/scram: the examples of the RFCs on both ends, and all that must be refused. */
#include "xmpp/scram.h"

#include "codec/base64.h"

#include "support/unit.h"

static struct arena arena;

static int set_up(void **state)
{
	arena_init(&arena, 8 * MIB);
	return 0;
}

static int tear_down(void **state)
{
	arena_done(&arena);
	return 0;
}

static void assert_str(struct str got, struct str wanted)
{
	if (!str_eq(got, wanted))
		print_message("# got \"%.*s\", wanted \"%.*s\"\n", STR_ARG(got), STR_ARG(wanted));
	assert_true(str_eq(got, wanted));
}

struct vector {
	enum digest_kind hash;
	struct str client_nonce, server_nonce, salt;
	uint32_t iterations;
	struct str first, challenge, final, success;
};

static const struct vector vectors[] = {
	{
		/* RFC 5802 5 */
		DIGEST_SHA1,
		STR_INIT("fyko+d2lbbFgONRv9qkxdawL"),
		STR_INIT("3rfcNHYJY1ZVvWVs7j"),
		STR_INIT("QSXCR+Q6sek8bf92"),
		4096,
		STR_INIT("n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL"),
		STR_INIT("r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"),
		STR_INIT(
			"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="),
		STR_INIT("v=rmF9pqV8S7suAoZWja4dJRkFsKQ="),
	},
	{
		/* RFC 7677 3 */
		DIGEST_SHA256,
		STR_INIT("rOprNGfwEbeRWgbNEkqO"),
		STR_INIT("%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"),
		STR_INIT("W22ZaJ0SNY7soEsUEjb6gQ=="),
		4096,
		STR_INIT("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"),
		STR_INIT(
			"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"),
		STR_INIT("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
			 "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="),
		STR_INIT("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="),
	},
	{
		/* computed with another implementation of HMAC and PBKDF2 */
		DIGEST_SHA512,
		STR_INIT("rOprNGfwEbeRWgbNEkqO"),
		STR_INIT("hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"),
		STR_INIT("Yin2FuHTt/M0kJWb0t9OI32n2VmOGi3m+JfjOvuDF88="),
		5000,
		STR_INIT("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"),
		STR_INIT("r=rOprNGfwEbeRWgbNEkqOhvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
			 "s=Yin2FuHTt/M0kJWb0t9OI32n2VmOGi3m+JfjOvuDF88=,i=5000"),
		STR_INIT(
			"c=biws,r=rOprNGfwEbeRWgbNEkqOhvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
			"p=xKAP4GM00WWnk9otrV3AX04/Um57apqO+LL7I7KviHf/QoFqPE4LVHrF2N8HuZEkJSwkFkEhj46lAjlpHyys9g=="),
		STR_INIT(
			"v=+X32tzl6gb/i2PQOSrv4ILo8Dojhgktjc4Ygvxh4m+/n/z2eObqDlg8RD9Jk4OE9EB2mBwPsyfJq7X+L6N9McQ=="),
	},
};

static struct str unbase64(struct str s)
{
	struct str out;

	assert_int_equal(base64_decode(&arena, s, &out), OK);
	return out;
}

static void copy_nonce(char *nonce, struct str s)
{
	memcpy(nonce, s.ptr, s.len);
	nonce[s.len] = '\0';
}

static void server_knows_the_examples(void **state)
{
	for (size_t i = 0; i < array_len(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct scram_server x = { .hash = v->hash };
		struct str username, authzid, out;
		struct scram_verifier verifier;

		copy_nonce(x.nonce, v->server_nonce);
		assert_int_equal(scram_make_verifier(v->hash, STR("pencil"), unbase64(v->salt),
						     v->iterations, &verifier),
				 OK);
		assert_int_equal(scram_server_first(&x, &arena, v->first, &username, &authzid), OK);
		assert_str(username, STR("user"));
		assert_false(str_is_set(authzid));
		assert_str(scram_server_challenge(&x, &arena, &verifier, true), v->challenge);
		assert_int_equal(scram_server_final(&x, &arena, v->final, &out), OK);
		assert_str(out, v->success);
		/* said again, it is no second success */
		assert_int_equal(scram_server_final(&x, &arena, v->final, &out), ERR_INVALID);
		scram_server_done(&x);
	}
}

static void client_knows_the_examples(void **state)
{
	for (size_t i = 0; i < array_len(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct scram_client x = { .hash = v->hash,
					  .username = STR("user"),
					  .password = STR("pencil") };
		struct str out;

		copy_nonce(x.nonce, v->client_nonce);
		assert_str(scram_client_first(&x, &arena), v->first);
		assert_int_equal(scram_client_final(&x, &arena, v->challenge, &out), OK);
		assert_str(out, v->final);
		assert_int_equal(scram_client_check(&x, &arena, v->success), OK);
		scram_client_done(&x);
	}
}

static const struct scram_binding exporter = { STR_INIT("tls-exporter"),
					       STR_INIT("0123456789abcdef0123456789ABCDEF") };

/* A server that has announced -PLUS with tls-exporter, and one that has not. */
static struct scram_server server_plus(bool is_plus)
{
	return (struct scram_server){ .hash = DIGEST_SHA256,
				      .is_plus = is_plus,
				      .is_plus_announced = true,
				      .bindings = &exporter,
				      .binding_count = 1 };
}

static enum err first(struct scram_server x, const char *message)
{
	struct str username = STR("untouched"), authzid;
	enum err e = scram_server_first(&x, &arena, str_from(message), &username, &authzid);

	if (e)
		assert_str(username, STR("untouched"));
	return e;
}

static void first_message_is_strict(void **state)
{
	static const char *const bad[] = {
		"",
		",",
		"n",
		"n,",
		"n,,",
		"n,,n=user",
		"n,,n=user,",
		"n,,r=abc",
		"n,,n=,r=abc",
		"n,,n=user,r=",
		"n,,n=user,r=abc,",
		"n,,n=user,r=abc,,x=1",
		"n,,n=user,r=abc,x",
		"n,,n=user,r=abc,1=1",
		"n,,n=user,r=abc,x=",
		"n,,r=abc,n=user",
		"n,,n=user,r=a\x7f",
		"n,,n=user,r=a b",
		"n,,n=user,r=\xc3\xa9",
		"n,,n=us=er,r=abc",
		"n,,n=us=2c,r=abc",
		"n,,n=user=2,r=abc",
		"n,,n=user=,r=abc",
		"n,,n=\xff,r=abc",
		"n,a=,n=user,r=abc",
		"n,a=x=y,n=user,r=abc",
		"n,b=x,n=user,r=abc",
		"n,x,n=user,r=abc",
		"N,,n=user,r=abc",
		"x,,n=user,r=abc",
		" n,,n=user,r=abc",
		"nn,,n=user,r=abc",
		"p,,n=user,r=abc",
		"p=,,n=user,r=abc",
		"p=tls exporter,,n=user,r=abc",
	};

	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(first((struct scram_server){ .hash = DIGEST_SHA1 }, bad[i]),
				 ERR_INVALID);
	assert_int_equal(first((struct scram_server){ .hash = DIGEST_SHA1 }, "n,,m=x,n=user,r=abc"),
			 ERR_UNSUPPORTED);
	assert_int_equal(first((struct scram_server){ .hash = DIGEST_SHA1 }, "n,,n=user,r=abc,m=x"),
			 ERR_UNSUPPORTED);
	assert_int_equal(
		first((struct scram_server){ .hash = DIGEST_SHA1 }, "n,,n=user,r=abc,x=1,y=2"), OK);
	assert_int_equal(first((struct scram_server){ .hash = DIGEST_SHA1 }, "y,,n=user,r=abc"),
			 OK);
}

static void first_message_has_limits(void **state)
{
	struct scram_server x = { .hash = DIGEST_SHA1 };
	struct str username, authzid;
	char text[SCRAM_MESSAGE_MAX + 2], nonce[400];

	memset(text, 'a', sizeof(text));
	memcpy(text, "n,,n=u,r=b,x=", 13);
	assert_int_equal(scram_server_first(&x, &arena, str_make(text, SCRAM_MESSAGE_MAX),
					    &username, &authzid),
			 OK);
	x = (struct scram_server){ .hash = DIGEST_SHA1 };
	assert_int_equal(scram_server_first(&x, &arena, str_make(text, SCRAM_MESSAGE_MAX + 1),
					    &username, &authzid),
			 ERR_TOO_BIG);
	memset(nonce, 'a', sizeof(nonce));
	memcpy(nonce, "n,,n=u,r=", 9);
	x = (struct scram_server){ .hash = DIGEST_SHA1 };
	assert_int_equal(scram_server_first(&x, &arena, str_make(nonce, 9 + SCRAM_PEER_NONCE_MAX),
					    &username, &authzid),
			 OK);
	x = (struct scram_server){ .hash = DIGEST_SHA1 };
	assert_int_equal(scram_server_first(&x, &arena, str_make(nonce, 10 + SCRAM_PEER_NONCE_MAX),
					    &username, &authzid),
			 ERR_TOO_BIG);
	x = (struct scram_server){ .hash = DIGEST_SHA1 };
	assert_int_equal(scram_server_first(&x, &arena, STR("n,,n=u\0,r=b"), &username, &authzid),
			 ERR_INVALID);
}

static void names_are_unescaped(void **state)
{
	struct scram_server x = { .hash = DIGEST_SHA1 };
	struct scram_client c = { .hash = DIGEST_SHA1,
				  .username = STR("a,b=c"),
				  .authzid = STR("x=@,y") };
	struct str username, authzid;

	assert_int_equal(scram_server_first(&x, &arena, scram_client_first(&c, &arena), &username,
					    &authzid),
			 OK);
	assert_str(username, STR("a,b=c"));
	assert_str(authzid, STR("x=@,y"));
}

/* RFC 5802 6: who could bind but believes that we cannot has been lied to, if we said that we can.
 */
static void channel_binding_flags(void **state)
{
	assert_int_equal(first(server_plus(true), "p=tls-exporter,,n=user,r=abc"), OK);
	assert_int_equal(first(server_plus(true), "p=tls-unique,,n=user,r=abc"), ERR_DENIED);
	assert_int_equal(first(server_plus(true), "n,,n=user,r=abc"), ERR_DENIED);
	assert_int_equal(first(server_plus(true), "y,,n=user,r=abc"), ERR_DENIED);
	assert_int_equal(first(server_plus(false), "n,,n=user,r=abc"), OK);
	assert_int_equal(first(server_plus(false), "y,,n=user,r=abc"), ERR_DENIED);
	assert_int_equal(first(server_plus(false), "p=tls-exporter,,n=user,r=abc"), ERR_DENIED);
	assert_int_equal(first((struct scram_server){ .hash = DIGEST_SHA256, .is_plus = true },
			       "p=tls-exporter,,n=u,r=a"),
			 ERR_DENIED);
}

/* A whole exchange; edit may change the client's final message. */
struct exchange {
	struct scram_server server;
	struct scram_client client;
	const char *password; /* of the account */
	bool is_known;
};

static struct exchange plain_exchange(void)
{
	return (struct exchange){
		.server = { .hash = DIGEST_SHA256 },
		.client = { .hash = DIGEST_SHA256,
			    .username = STR("user"),
			    .password = STR("pencil") },
		.password = "pencil",
		.is_known = true,
	};
}

static struct exchange plus_exchange(void)
{
	struct exchange x = plain_exchange();

	x.server = server_plus(true);
	x.client.is_plus = true;
	x.client.binding = &exporter;
	return x;
}

static struct str until_final(struct exchange *x)
{
	struct str username, authzid, challenge, final;
	struct scram_verifier v;

	assert_int_equal(scram_make_verifier(DIGEST_SHA256, str_from(x->password), STR("some salt"),
					     4096, &v),
			 OK);
	assert_int_equal(scram_server_first(&x->server, &arena,
					    scram_client_first(&x->client, &arena), &username,
					    &authzid),
			 OK);
	challenge = scram_server_challenge(&x->server, &arena, &v, x->is_known);
	assert_int_equal(scram_client_final(&x->client, &arena, challenge, &final), OK);
	return final;
}

static void both_ends_agree(void **state)
{
	struct exchange x = plain_exchange();
	struct str out;

	assert_int_equal(scram_server_final(&x.server, &arena, until_final(&x), &out), OK);
	assert_int_equal(scram_client_check(&x.client, &arena, out), OK);
	x = plus_exchange();
	assert_int_equal(scram_server_final(&x.server, &arena, until_final(&x), &out), OK);
	assert_int_equal(scram_client_check(&x.client, &arena, out), OK);
}

static void wrong_password_and_no_account(void **state)
{
	struct exchange x = plain_exchange();
	struct str out = STR("untouched");

	x.client.password = STR("pencils");
	assert_int_equal(scram_server_final(&x.server, &arena, until_final(&x), &out), ERR_DENIED);
	x = plain_exchange();
	x.is_known = false; /* even with a proof that fits */
	assert_int_equal(scram_server_final(&x.server, &arena, until_final(&x), &out), ERR_DENIED);
	assert_str(out, STR("untouched"));
}

static void other_channel(void **state)
{
	static const struct scram_binding forged = { STR_INIT("tls-exporter"),
						     STR_INIT("0123456789abcdef0123456789ABCDEE") };
	static const struct scram_binding shorter = { STR_INIT("tls-exporter"),
						      STR_INIT("0123456789abcdef") };
	struct exchange x = plus_exchange();
	struct str out;

	x.client.binding = &forged;
	assert_int_equal(scram_server_final(&x.server, &arena, until_final(&x), &out), ERR_DENIED);
	x = plus_exchange();
	x.client.binding = &shorter;
	assert_int_equal(scram_server_final(&x.server, &arena, until_final(&x), &out), ERR_DENIED);
}

/* Somebody between who turns "y" into "n" in the first message is seen in c=. */
static void changed_flag(void **state)
{
	struct exchange x = plain_exchange();
	struct scram_verifier v;
	struct str username, authzid, challenge, final, out, text;
	char *changed;

	x.server = server_plus(false);
	x.client.is_able = true;
	text = arena_dup(&arena, scram_client_first(&x.client, &arena));
	assert_int_equal(text.ptr[0], 'y');
	changed = arena_alloc(&arena, text.len);
	memcpy(changed, text.ptr, text.len);
	changed[0] = 'n';
	assert_int_equal(
		scram_make_verifier(DIGEST_SHA256, STR("pencil"), STR("some salt"), 4096, &v), OK);
	assert_int_equal(scram_server_first(&x.server, &arena, str_make(changed, text.len),
					    &username, &authzid),
			 OK);
	challenge = scram_server_challenge(&x.server, &arena, &v, true);
	assert_int_equal(scram_client_final(&x.client, &arena, challenge, &final), OK);
	assert_int_equal(scram_server_final(&x.server, &arena, final, &out), ERR_DENIED);
}

/* Every single changed byte of the final message is refused. */
static void forged_finals(void **state)
{
	size_t len = 1;

	for (size_t i = 0; i < len; i++) {
		struct exchange x = plain_exchange();
		struct str final = until_final(&x), out;
		char *text = arena_alloc(&arena, final.len);

		len = final.len;
		memcpy(text, final.ptr, len);
		text[i] ^= 1;
		assert_int_not_equal(
			scram_server_final(&x.server, &arena, str_make(text, len), &out), OK);
		arena_reset(&arena);
	}
	assert_true(len > 100);
}

static void replayed_final(void **state)
{
	struct exchange x = plain_exchange(), y = plain_exchange();
	struct str final = until_final(&x), out;

	(void)until_final(&y); /* another exchange of the same account: its nonce is another */
	assert_int_equal(scram_server_final(&y.server, &arena, final, &out), ERR_DENIED);
	assert_int_equal(scram_server_final(&x.server, &arena, final, &out), OK);
}

static void final_message_is_strict(void **state)
{
	static const char *const bad[] = {
		"",
		"c=biws",
		"c=biws,r=%s",
		"c=biws,r=%s,",
		"c=biws,r=%s,p=",
		"c=biws,r=%s,p=AAAA",
		"c=biws,r=%s,p=!",
		"r=%s,c=biws,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"c=biws,r=%s,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,x=1",
		"c=biws,r=%s,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,",
		"c=biws,r=%s,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=",
		"c=biws,r=%s,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"c=biws,r=%s,x,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"c=,r=%s,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	};
	struct str out;

	for (size_t i = 0; i < array_len(bad); i++) {
		struct exchange x = plain_exchange();
		struct str rest = str_from(bad[i]);
		ptrdiff_t hole = str_find(rest, STR("%s"));

		(void)until_final(&x);
		if (hole >= 0)
			rest = ARENA_JOIN(&arena, str_sub(rest, 0, (size_t)hole),
					  x.server.whole_nonce,
					  str_from_at(rest, (size_t)hole + 2));
		assert_int_equal(scram_server_final(&x.server, &arena, rest, &out), ERR_INVALID);
	}
	{
		struct exchange x = plain_exchange();

		(void)until_final(&x);
		assert_int_equal(scram_server_final(&x.server, &arena, STR("c=biws,r=x,m=1,p=AAAA"),
						    &out),
				 ERR_UNSUPPORTED);
	}
}

static void client_is_careful(void **state)
{
	static const struct {
		const char *challenge;
		enum err e;
	} rows[] = {
		{ "r=clientserver,s=c2FsdA==,i=4096", OK },
		{ "r=clientserver,s=c2FsdA==,i=4096,x=1", OK },
		{ "r=client,s=c2FsdA==,i=4096", ERR_DENIED },
		{ "r=foreign,s=c2FsdA==,i=4096", ERR_DENIED },
		{ "r=clientserver,s=c2FsdA==,i=4095", ERR_DENIED },
		{ "r=clientserver,s=c2FsdA==,i=1", ERR_DENIED },
		{ "r=clientserver,s=c2FsdA==,i=99999999", ERR_DENIED },
		{ "r=clientserver,s=c2FsdA==,i=-1", ERR_INVALID },
		{ "r=clientserver,s=c2FsdA==,i=99999999999999999999", ERR_INVALID },
		{ "r=clientserver,s=,i=4096", ERR_INVALID },
		{ "r=clientserver,s=c2FsdA,i=4096", ERR_INVALID },
		{ "r=clientserver,i=4096,s=c2FsdA==", ERR_INVALID },
		{ "m=x,r=clientserver,s=c2FsdA==,i=4096", ERR_UNSUPPORTED },
		{ "e=other-error", ERR_INVALID },
	};
	struct str out;

	for (size_t i = 0; i < array_len(rows); i++) {
		struct scram_client x = { .hash = DIGEST_SHA1,
					  .username = STR("u"),
					  .password = STR("p"),
					  .nonce = "client" };

		(void)scram_client_first(&x, &arena);
		assert_int_equal(scram_client_final(&x, &arena, str_from(rows[i].challenge), &out),
				 rows[i].e);
	}
}

/* A server that does not know the verifier is not believed. */
static void client_checks_the_server(void **state)
{
	static const char *const bad[] = { "", "v=", "v=AAAA",
					   "v=rmF9pqV8S7suAoZWja4dJRkFsKU=", "e=unknown-user" };
	struct str out;

	for (size_t i = 0; i < array_len(bad); i++) {
		const struct vector *v = &vectors[0];
		struct scram_client x = { .hash = v->hash,
					  .username = STR("user"),
					  .password = STR("pencil") };

		copy_nonce(x.nonce, v->client_nonce);
		(void)scram_client_first(&x, &arena);
		assert_int_equal(scram_client_final(&x, &arena, v->challenge, &out), OK);
		assert_int_not_equal(scram_client_check(&x, &arena, str_from(bad[i])), OK);
		assert_int_not_equal(scram_client_check(&x, &arena, v->success), OK);
	}
}

static void verifiers(void **state)
{
	struct scram_verifier v, w;
	char big[SCRAM_PASSWORD_MAX + 1];

	memset(big, 'x', sizeof(big));
	assert_int_equal(scram_fresh_verifier(DIGEST_SHA512, STR("Pässwörd \u2665"), &v), OK);
	assert_int_equal(v.iterations, SCRAM_ITERATIONS);
	assert_true(scram_check_password(&v, STR("Pässwörd \u2665")));
	assert_true(scram_check_password(
		&v, STR("Pa\u0308sswo\u0308rd\u00a0\u2665"))); /* OpaqueString */
	assert_false(scram_check_password(&v, STR("pässwörd \u2665")));
	assert_false(scram_check_password(&v, STR("")));
	assert_int_equal(scram_fresh_verifier(DIGEST_SHA512, STR("Pässwörd \u2665"), &w), OK);
	assert_memory_not_equal(v.salt, w.salt, SCRAM_SALT_LEN);
	assert_int_equal(scram_fresh_verifier(DIGEST_SHA1, STR(""), &v), ERR_INVALID);
	assert_int_equal(scram_fresh_verifier(DIGEST_SHA1, STR("a\tb"), &v), ERR_INVALID);
	assert_int_equal(scram_fresh_verifier(DIGEST_SHA1, STR("a\xff"), &v), ERR_INVALID);
	assert_int_equal(scram_fresh_verifier(DIGEST_SHA1, str_make(big, SCRAM_PASSWORD_MAX), &v),
			 OK);
	assert_int_equal(scram_fresh_verifier(DIGEST_SHA1, str_make(big, sizeof(big)), &v),
			 ERR_TOO_BIG);
	assert_int_equal(scram_make_verifier(DIGEST_SHA1, STR("p"), STR(""), 4096, &v),
			 ERR_INVALID);
	assert_int_equal(scram_make_verifier(DIGEST_SHA1, STR("p"),
					     str_make(big, SCRAM_SALT_MAX + 1), 4096, &v),
			 ERR_INVALID);
	assert_int_equal(scram_make_verifier(DIGEST_SHA1, STR("p"), STR("s"), 0, &v), ERR_INVALID);
	assert_int_equal(scram_make_verifier(DIGEST_SHA1, STR("p"), STR("s"),
					     SCRAM_ITERATIONS_MAX + 1, &v),
			 ERR_INVALID);
}

/* An unknown name looks the same at each try, another name and another server do not. */
static void fake_verifiers(void **state)
{
	struct scram_verifier a, b;

	scram_fake_verifier(DIGEST_SHA256, STR("secret"), STR("nobody"), &a);
	scram_fake_verifier(DIGEST_SHA256, STR("secret"), STR("nobody"), &b);
	assert_memory_equal(&a, &b, sizeof(a));
	assert_int_equal(a.salt_len, SCRAM_SALT_LEN);
	assert_int_equal(a.iterations, SCRAM_ITERATIONS);
	scram_fake_verifier(DIGEST_SHA256, STR("secret"), STR("nobodx"), &b);
	assert_memory_not_equal(a.salt, b.salt, SCRAM_SALT_LEN);
	scram_fake_verifier(DIGEST_SHA256, STR("secreu"), STR("nobody"), &b);
	assert_memory_not_equal(a.salt, b.salt, SCRAM_SALT_LEN);
	scram_fake_verifier(DIGEST_SHA512, STR("secret"), STR("nobody"), &b);
	assert_memory_not_equal(a.salt, b.salt, SCRAM_SALT_LEN);
}

UNIT_TESTS_WITH(scram, set_up, tear_down, cmocka_unit_test(server_knows_the_examples),
		cmocka_unit_test(client_knows_the_examples),
		cmocka_unit_test(first_message_is_strict),
		cmocka_unit_test(first_message_has_limits), cmocka_unit_test(names_are_unescaped),
		cmocka_unit_test(channel_binding_flags), cmocka_unit_test(both_ends_agree),
		cmocka_unit_test(wrong_password_and_no_account), cmocka_unit_test(other_channel),
		cmocka_unit_test(changed_flag), cmocka_unit_test(forged_finals),
		cmocka_unit_test(replayed_final), cmocka_unit_test(final_message_is_strict),
		cmocka_unit_test(client_is_careful), cmocka_unit_test(client_checks_the_server),
		cmocka_unit_test(verifiers), cmocka_unit_test(fake_verifiers));
