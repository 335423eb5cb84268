/* SPDX-License-Identifier: Apache-2.0 */
/* xmpp/sasl: the state machine with an own client, with libgsasl as a foreign one, and with clients
 * that cheat. */
#include "xmpp/sasl.h"

#include "support/unit.h"

#include "codec/base64.h"
#include "crypto/digest.h"

#ifdef HAVE_GSASL
#include <gsasl.h>
#endif

static struct arena arena;
static struct scram_verifier account[DIGEST_KINDS]; /* of juliet, "r0m30" */
static const struct str binding_data = STR_INIT("0123456789abcdef0123456789ABCDEF");

static int set_up(void **state)
{
	arena_init(&arena, 8 * MIB);
	for (int hash = 0; hash < DIGEST_KINDS; hash++) {
		if (scram_make_verifier((enum digest_kind)hash, STR("r0m30"),
					STR("0123456789abcdef"), 4096, &account[hash]))
			return 1;
	}
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

static struct sasl_offer offer_with(uint32_t mechanisms)
{
	return (struct sasl_offer){
		.mechanisms = mechanisms,
		.domain = STR("example.com"),
		.server_secret = STR("a secret of the server"),
		.bindings = { { STR("tls-exporter"), binding_data } },
		.binding_count = 1,
	};
}

static const struct sasl_offer *offer_all(void)
{
	static struct sasl_offer offer;

	offer = offer_with(sasl_offer_mechanisms(true, false, 1, 0));
	return &offer;
}

static const struct sasl_offer *offer_without_plus(void)
{
	static struct sasl_offer offer;

	offer = offer_with(sasl_offer_mechanisms(true, false, 0, 0));
	offer.binding_count = 0;
	return &offer;
}

static void names_and_offers(void **state)
{
	static const char *const names[] = { "EXTERNAL",           "SCRAM-SHA-512-PLUS",
					     "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS",
					     "SCRAM-SHA-512",      "SCRAM-SHA-256",
					     "SCRAM-SHA-1",        "PLAIN" };
	const uint32_t plus = SASL_BIT(SASL_SCRAM_SHA_512_PLUS) |
			      SASL_BIT(SASL_SCRAM_SHA_256_PLUS) | SASL_BIT(SASL_SCRAM_SHA_1_PLUS);
	const uint32_t scram = SASL_BIT(SASL_SCRAM_SHA_512) | SASL_BIT(SASL_SCRAM_SHA_256) |
			       SASL_BIT(SASL_SCRAM_SHA_1);

	for (int m = 0; m < SASL_MECHANISMS; m++)
		assert_str(sasl_mechanism_name((enum sasl_mechanism)m), str_from(names[m]));
	assert_str(sasl_condition_name(SASL_NOT_AUTHORIZED), STR("not-authorized"));
	assert_str(sasl_condition_name(SASL_TEMPORARY_AUTH_FAILURE), STR("temporary-auth-failure"));
	assert_int_equal(sasl_offer_mechanisms(false, false, 0, 0), scram);
	assert_int_equal(sasl_offer_mechanisms(false, true, 0, 0), scram | SASL_BIT(SASL_PLAIN));
	assert_int_equal(sasl_offer_mechanisms(true, false, 0, 0), scram | SASL_BIT(SASL_PLAIN));
	assert_int_equal(sasl_offer_mechanisms(true, false, 2, 0),
			 plus | scram | SASL_BIT(SASL_PLAIN));
}

static void assert_failure(struct sasl_result r, enum sasl_condition c)
{
	assert_int_equal(r.step, SASL_FAILURE);
	assert_str(sasl_condition_name(r.condition), sasl_condition_name(c));
	assert_false(str_is_set(r.data));
}

/* What a server does between the messages: the account juliet exists, nobody else. */
static struct sasl_result look_up(struct sasl *x, struct sasl_result r)
{
	bool is_juliet = r.step == SASL_NEED_ACCOUNT && str_eq(r.name, STR("juliet"));

	if (r.step == SASL_NEED_ACCOUNT)
		r = sasl_account(x, account, is_juliet ? DIGEST_KINDS : 0);
	if (r.step == SASL_NEED_PASSWORD) {
		struct sasl_check *c = sasl_check_take(x);

		sasl_check_run(c);
		r = sasl_checked(x, c);
		sasl_check_free(&c);
		assert_null(c);
	}
	return r;
}

static struct sasl_result plain(const struct sasl_offer *offer, struct str initial)
{
	struct sasl *x = sasl_new(offer);
	struct sasl_result r = look_up(x, sasl_start(x, STR("PLAIN"), initial));

	r.name = arena_dup(&arena, r.name);
	sasl_free(&x);
	return r;
}

static void plain_right(void **state)
{
	static const struct str good[] = {
		STR_INIT("\0juliet\0r0m30"),
		STR_INIT("\0Juliet\0r0m30"),
		STR_INIT("juliet@example.com\0juliet\0r0m30"),
		STR_INIT("Juliet@Example.com\0juliet\0r0m30"),
	};

	for (size_t i = 0; i < array_len(good); i++) {
		struct sasl_result r = plain(offer_all(), good[i]);

		assert_int_equal(r.step, SASL_SUCCESS);
		assert_false(str_is_set(r.data));
		assert_str(r.name, STR("juliet"));
	}
}

static void plain_wrong(void **state)
{
	static const struct {
		struct str initial;
		enum sasl_condition condition;
	} bad[] = {
		{ STR_INIT("\0juliet\0r0m31"), SASL_NOT_AUTHORIZED },
		{ STR_INIT("\0romeo\0r0m30"), SASL_NOT_AUTHORIZED },
		{ STR_INIT("\0juliet@example.com\0r0m30"), SASL_NOT_AUTHORIZED },
		{ STR_INIT("\0\xff\0r0m30"), SASL_NOT_AUTHORIZED },
		{ STR_INIT("\0juliet\0\xff"), SASL_NOT_AUTHORIZED },
		{ STR_INIT("romeo@example.com\0juliet\0r0m30"), SASL_INVALID_AUTHZID },
		{ STR_INIT("juliet@example.org\0juliet\0r0m30"), SASL_INVALID_AUTHZID },
		{ STR_INIT("juliet\0juliet\0r0m30"), SASL_INVALID_AUTHZID },
		{ STR_INIT("example.com\0juliet\0r0m30"), SASL_INVALID_AUTHZID },
		{ STR_INIT("juliet@example.com/x\0juliet\0r0m30"), SASL_INVALID_AUTHZID },
		{ STR_INIT("@\0juliet\0r0m30"), SASL_INVALID_AUTHZID },
		{ STR_INIT(""), SASL_MALFORMED_REQUEST },
		{ STR_INIT("juliet"), SASL_MALFORMED_REQUEST },
		{ STR_INIT("\0juliet"), SASL_MALFORMED_REQUEST },
		{ STR_INIT("\0juliet\0"), SASL_MALFORMED_REQUEST },
		{ STR_INIT("\0\0r0m30"), SASL_MALFORMED_REQUEST },
		{ STR_INIT("\0\0"), SASL_MALFORMED_REQUEST },
		{ STR_INIT("\0juliet\0r0m30\0"), SASL_MALFORMED_REQUEST },
		{ STR_INIT("\0juliet\0r0m30\0x"), SASL_MALFORMED_REQUEST },
	};
	char big[SCRAM_MESSAGE_MAX + 1];

	for (size_t i = 0; i < array_len(bad); i++)
		assert_failure(plain(offer_all(), bad[i].initial), bad[i].condition);
	memset(big, 'x', sizeof(big));
	memcpy(big, "\0juliet\0", 8);
	assert_failure(plain(offer_all(), str_make(big, sizeof(big))), SASL_MALFORMED_REQUEST);
	assert_failure(plain(offer_all(), str_make(big, 8 + SCRAM_PASSWORD_MAX + 1)),
		       SASL_MALFORMED_REQUEST);
	assert_failure(plain(offer_all(), str_make(big, 8 + SCRAM_PASSWORD_MAX)),
		       SASL_NOT_AUTHORIZED);
}

/* The 64 hex digits that stand for an impossible name are an account of their own, which that name
 * must not open. */
static void impossible_name_is_nobody(void **state)
{
	struct sasl *x = sasl_new(offer_all());
	struct sasl_result r = sasl_start(x, STR("PLAIN"), STR("\0no body\0r0m30"));
	struct sasl_check *c;

	assert_int_equal(r.step, SASL_NEED_ACCOUNT);
	assert_int_equal(r.name.len, 64);
	r = sasl_account(x, account, DIGEST_KINDS);
	assert_int_equal(r.step, SASL_NEED_PASSWORD);
	c = sasl_check_take(x);
	sasl_check_run(c);
	assert_failure(sasl_checked(x, c), SASL_NOT_AUTHORIZED);
	sasl_check_free(&c);
	sasl_free(&x);
}

static void plain_asks_for_the_initial_response(void **state)
{
	struct sasl *x = sasl_new(offer_all());
	struct sasl_result r = sasl_start(x, STR("PLAIN"), STR_NONE);

	assert_int_equal(r.step, SASL_CHALLENGE);
	assert_true(str_is_set(r.data) && r.data.len == 0);
	r = look_up(x, sasl_respond(x, STR("\0juliet\0r0m30")));
	assert_int_equal(r.step, SASL_SUCCESS);
	sasl_free(&x);
}

static void only_what_was_offered(void **state)
{
	static const char *const never[] = {
		"",           "EXTERNAL",        "ANONYMOUS",         "plain", "SCRAM-SHA-1-PLUS ",
		"DIGEST-MD5", "SCRAM-SHA-3-512", "SCRAM-SHA-256-plus"
	};

	for (size_t i = 0; i < array_len(never); i++) {
		struct sasl *x = sasl_new(offer_all());

		assert_failure(sasl_start(x, str_from(never[i]), STR("n,,n=juliet,r=abc")),
			       SASL_INVALID_MECHANISM);
		sasl_free(&x);
	}
	for (int m = 0; m < SASL_MECHANISMS; m++) {
		struct sasl_offer offer =
			offer_with(sasl_offer_mechanisms(true, true, 1, 0) & ~SASL_BIT(m));
		struct sasl *x = sasl_new(&offer);

		assert_failure(sasl_start(x, sasl_mechanism_name((enum sasl_mechanism)m),
					  STR("n,,n=juliet,r=abc")),
			       SASL_INVALID_MECHANISM);
		sasl_free(&x);
	}
}

struct login {
	const char *mechanism;
	struct scram_client client;
	struct sasl_result last;
	enum err server_check; /* of the server's proof, after success */
	struct str challenge;
};

static void run(struct login *l, const struct sasl_offer *offer, bool is_initial_sent)
{
	struct sasl *x = sasl_new(offer);
	struct str message = scram_client_first(&l->client, &arena);
	struct sasl_result r =
		sasl_start(x, str_from(l->mechanism), is_initial_sent ? message : STR_NONE);

	if (!is_initial_sent) {
		assert_int_equal(r.step, SASL_CHALLENGE);
		assert_int_equal(r.data.len, 0);
		r = sasl_respond(x, message);
	}
	r = look_up(x, r);
	if (r.step == SASL_CHALLENGE) {
		l->challenge = arena_dup(&arena, r.data);
		assert_int_equal(scram_client_final(&l->client, &arena, l->challenge, &message),
				 OK);
		r = sasl_respond(x, message);
	}
	if (r.step == SASL_SUCCESS) {
		l->server_check = scram_client_check(&l->client, &arena, r.data);
		assert_str(r.name, STR("juliet"));
		assert_str(sasl_mechanism_name(sasl_current(x)), str_from(l->mechanism));
	}
	l->last = (struct sasl_result){ .step = r.step, .condition = r.condition };
	/* after the end nothing begins again */
	assert_failure(sasl_respond(x, message), SASL_MALFORMED_REQUEST);
	sasl_free(&x);
	assert_null(x);
}

static const struct scram_binding exporter = { STR_INIT("tls-exporter"),
					       STR_INIT("0123456789abcdef0123456789ABCDEF") };

static struct login login_of(enum sasl_mechanism m)
{
	static const enum digest_kind hashes[] = { DIGEST_SHA512, DIGEST_SHA256, DIGEST_SHA1 };

	return (struct login){
		.mechanism = sasl_mechanism_name(m).ptr,
		.client = { .hash = hashes[(m - SASL_SCRAM_SHA_512_PLUS) % 3],
			    .username = STR("juliet"),
			    .password = STR("r0m30"),
			    .is_plus = m < SASL_SCRAM_SHA_512,
			    .binding = m < SASL_SCRAM_SHA_512 ? &exporter : NULL },
	};
}

static struct sasl_result external(size_t count, struct str authzid, bool is_known)
{
	static const struct str names[] = { STR_INIT("juliet"), STR_INIT("romeo") };
	struct sasl_offer offer = offer_with(sasl_offer_mechanisms(true, false, 1, count));
	struct sasl *x;
	struct sasl_result r;

	offer.certified = names;
	offer.certified_count = count;
	x = sasl_new(&offer);
	r = sasl_start(x, STR("EXTERNAL"), authzid);
	if (r.step == SASL_NEED_ACCOUNT)
		r = sasl_certified(x, is_known, false);
	r.name = arena_dup(&arena, r.name);
	sasl_free(&x);
	return r;
}

/* XEP-0178 2 */
static void external_takes_what_is_certified(void **state)
{
	struct sasl_result r = external(1, STR(""), true);

	assert_int_equal(r.step, SASL_SUCCESS);
	assert_str(r.name, STR("juliet"));
	r = external(2, STR("Romeo@Example.COM"), true);
	assert_int_equal(r.step, SASL_SUCCESS);
	assert_str(r.name, STR("romeo"));
	assert_failure(external(0, STR("juliet@example.com"), true), SASL_INVALID_MECHANISM);
	assert_failure(external(1, STR("romeo@example.com"), true), SASL_INVALID_AUTHZID);
	assert_failure(external(1, STR("juliet@example.org"), true), SASL_INVALID_AUTHZID);
	assert_failure(external(1, STR("juliet@example.com/a"), true), SASL_INVALID_AUTHZID);
	assert_failure(external(1, STR("juliet"), true), SASL_INVALID_AUTHZID);
	assert_failure(external(2, STR(""), true), SASL_INVALID_AUTHZID);
	assert_failure(external(1, STR(""), false), SASL_NOT_AUTHORIZED);
	/* never without TLS */
	assert_int_equal(sasl_offer_mechanisms(false, true, 0, 1) & SASL_BIT(SASL_EXTERNAL), 0);
}

static void scram_right(void **state)
{
	for (int m = SASL_SCRAM_SHA_512_PLUS; m < SASL_PLAIN; m++) {
		for (int is_initial_sent = 0; is_initial_sent < 2; is_initial_sent++) {
			struct login l = login_of((enum sasl_mechanism)m);

			run(&l, offer_all(), is_initial_sent);
			assert_int_equal(l.last.step, SASL_SUCCESS);
			assert_int_equal(l.server_check, OK);
		}
	}
}

static void scram_wrong(void **state)
{
	for (int m = SASL_SCRAM_SHA_512_PLUS; m < SASL_PLAIN; m++) {
		struct login l = login_of((enum sasl_mechanism)m);

		l.client.password = STR("r0m3O");
		run(&l, offer_all(), true);
		assert_failure(l.last, SASL_NOT_AUTHORIZED);
		l = login_of((enum sasl_mechanism)m);
		l.client.username = STR("nobody");
		run(&l, offer_all(), true);
		assert_failure(l.last, SASL_NOT_AUTHORIZED);
		l = login_of((enum sasl_mechanism)m);
		l.client.authzid = STR("romeo@example.com");
		run(&l, offer_all(), true);
		assert_failure(l.last, SASL_INVALID_AUTHZID);
		l = login_of((enum sasl_mechanism)m);
		l.client.authzid = STR("juliet@example.com");
		run(&l, offer_all(), true);
		assert_int_equal(l.last.step, SASL_SUCCESS);
	}
}

/* XMPP.md 5, row 22: a name without account gets the same salt at each try, and the form of the
 * real thing. */
static void unknown_name_looks_real(void **state)
{
	struct login a = login_of(SASL_SCRAM_SHA_256), b = login_of(SASL_SCRAM_SHA_256),
		     c = login_of(SASL_SCRAM_SHA_256);
	ptrdiff_t at;

	a.client.username = STR("nobody");
	b.client.username = STR("Nobody");
	c.client.username = STR("no body"); /* cannot be a localpart */
	run(&a, offer_all(), true);
	run(&b, offer_all(), true);
	run(&c, offer_all(), true);
	assert_failure(c.last, SASL_NOT_AUTHORIZED);
	at = str_find(a.challenge, STR(",s="));
	assert_true(at > 0);
	assert_str(str_from_at(a.challenge, (size_t)at),
		   str_from_at(b.challenge, (size_t)str_find(b.challenge, STR(",s="))));
	assert_int_equal(a.challenge.len, c.challenge.len);
	assert_true(str_find(str_from_at(a.challenge, (size_t)at),
			     str_from_at(c.challenge, (size_t)at)) < 0);
	assert_true(str_find(a.challenge, STR(",i=10000,")) > 0);
}

static void downgrade_is_seen(void **state)
{
	struct login l = login_of(SASL_SCRAM_SHA_256);

	l.client.is_able = true;
	run(&l, offer_all(), true);
	assert_failure(l.last, SASL_NOT_AUTHORIZED);
	l = login_of(SASL_SCRAM_SHA_256);
	l.client.is_able = true;
	run(&l, offer_without_plus(), true);
	assert_int_equal(l.last.step, SASL_SUCCESS);
}

/* XEP-0474 5.1: the challenge of every SCRAM holds the hash of what was announced. */
static void challenge_hashes_what_was_announced(void **state)
{
	static const char all[] = "PLAIN\x1eSCRAM-SHA-1\x1eSCRAM-SHA-1-PLUS\x1eSCRAM-SHA-256\x1e"
				  "SCRAM-SHA-256-PLUS\x1eSCRAM-SHA-512\x1eSCRAM-SHA-512-PLUS\x1f"
				  "tls-exporter";
	static const char without[] = "PLAIN\x1eSCRAM-SHA-1\x1eSCRAM-SHA-256\x1eSCRAM-SHA-512";
	struct login l = login_of(SASL_SCRAM_SHA_256);
	struct str text = STR_NONE;

	for (int i = 0; i < 2; i++) {
		struct sbuf wanted scoped(sbuf_done) = SBUF(KIB);
		uint8_t digest[DIGEST_MAX];

		l = login_of(SASL_SCRAM_SHA_256);
		run(&l, i ? offer_without_plus() : offer_all(), true);
		assert_int_equal(l.last.step, SASL_SUCCESS);
		text = i ? str_from(without) : str_from(all);
		digest_of(DIGEST_SHA256, text, digest);
		assert_int_equal(sbuf_lit(&wanted, ",h="), OK);
		assert_int_equal(base64_encode(&wanted, str_make((const char *)digest, 32)), OK);
		assert_true(str_ends(l.challenge, sbuf_str(&wanted)));
	}
}

static void account_without_this_hash(void **state)
{
	struct sasl *x = sasl_new(offer_all());
	struct sasl_result r = sasl_start(x, STR("SCRAM-SHA-512"), STR("n,,n=juliet,r=abc"));

	assert_int_equal(r.step, SASL_NEED_ACCOUNT);
	r = sasl_account(x, account, 1); /* SHA-1 only */
	assert_int_equal(r.step, SASL_CHALLENGE);
	assert_true(str_find(r.data, STR(",i=10000,")) > 0);
	sasl_free(&x);
	x = sasl_new(offer_all());
	r = sasl_start(x, STR("PLAIN"), STR("\0juliet\0r0m30"));
	r = sasl_account(x, account, 1);
	assert_int_equal(r.step, SASL_NEED_PASSWORD);
	sasl_free(&x); /* the password was never taken: freed and wiped with the exchange */
}

static void answers_out_of_turn(void **state)
{
	struct sasl *x = sasl_new(offer_all());

	assert_failure(sasl_respond(x, STR("x")), SASL_MALFORMED_REQUEST);
	assert_failure(sasl_start(x, STR("PLAIN"), STR("\0juliet\0r0m30")), SASL_MALFORMED_REQUEST);
	sasl_free(&x);
	x = sasl_new(offer_all());
	assert_int_equal(sasl_start(x, STR("PLAIN"), STR("\0juliet\0r0m30")).step,
			 SASL_NEED_ACCOUNT);
	assert_failure(sasl_respond(x, STR("x")), SASL_MALFORMED_REQUEST);
	sasl_free(&x);
	x = sasl_new(offer_all());
	assert_int_equal(sasl_start(x, STR("SCRAM-SHA-1"), STR_NONE).step, SASL_CHALLENGE);
	assert_failure(sasl_respond(x, STR("")), SASL_MALFORMED_REQUEST);
	sasl_free(&x);
	sasl_free(&x);
	sasl_free(NULL);
}

/* The connection goes away while the pool works: the check stands alone. */
static void check_outlives_exchange(void **state)
{
	struct sasl *x = sasl_new(offer_all());
	struct sasl_check *c;

	assert_int_equal(sasl_start(x, STR("PLAIN"), STR("\0juliet\0r0m30")).step,
			 SASL_NEED_ACCOUNT);
	assert_int_equal(sasl_account(x, account, DIGEST_KINDS).step, SASL_NEED_PASSWORD);
	c = sasl_check_take(x);
	sasl_free(&x);
	sasl_check_run(c);
	sasl_check_free(&c);
	sasl_check_free(&c);
	sasl_check_free(NULL);
}

#ifdef HAVE_GSASL
static const struct sasl_offer *offer_other_kind(void)
{
	static struct sasl_offer offer;

	offer = offer_with(sasl_offer_mechanisms(true, false, 1, 0));
	offer.bindings[0].kind = STR("tls-server-end-point");
	return &offer;
}

struct foreign {
	const char *mechanism, *name, *password;
	struct str binding; /* without pointer: none */
};

/* libgsasl as the client; the step at which the server ends. */
static struct sasl_result run_gsasl(const struct foreign *f, const struct sasl_offer *offer)
{
	struct sbuf binding scoped(sbuf_done) = SBUF(KIB);
	struct sasl *x = sasl_new(offer);
	struct sasl_result r;
	Gsasl_session *session;
	Gsasl *ctx;
	char *out = NULL;
	size_t len = 0;

	assert_int_equal(gsasl_init(&ctx), GSASL_OK);
	assert_int_equal(gsasl_client_start(ctx, f->mechanism, &session), GSASL_OK);
	assert_int_equal(gsasl_property_set(session, GSASL_AUTHID, f->name), GSASL_OK);
	assert_int_equal(gsasl_property_set(session, GSASL_PASSWORD, f->password), GSASL_OK);
	if (str_is_set(f->binding)) {
		assert_int_equal(base64_encode(&binding, f->binding), OK);
		assert_int_equal(sbuf_add_char(&binding, '\0'), OK);
		assert_int_equal(gsasl_property_set(session, GSASL_CB_TLS_EXPORTER, binding.ptr),
				 GSASL_OK);
	}
	assert_in_set(gsasl_step(session, NULL, 0, &out, &len),
		      ((LargestIntegralType[]){ GSASL_OK, GSASL_NEEDS_MORE }), 2);
	r = look_up(x, sasl_start(x, str_from(f->mechanism), str_make(out, len)));
	gsasl_free(out);
	if (r.step == SASL_CHALLENGE) {
		assert_int_equal(gsasl_step(session, r.data.ptr, r.data.len, &out, &len),
				 GSASL_NEEDS_MORE);
		r = sasl_respond(x, str_make(out, len));
		gsasl_free(out);
		/* and it believes our proof */
		if (r.step == SASL_SUCCESS) {
			assert_int_equal(gsasl_step(session, r.data.ptr, r.data.len, &out, &len),
					 GSASL_OK);
			gsasl_free(out);
		}
	}
	gsasl_finish(session);
	gsasl_done(ctx);
	sasl_free(&x);
	return (struct sasl_result){ .step = r.step, .condition = r.condition };
}

static void gsasl_logs_in(void **state)
{
	static const char *const names[] = { "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS",
					     "SCRAM-SHA-256-PLUS", "PLAIN" };

	for (size_t i = 0; i < array_len(names); i++) {
		bool is_plus = str_ends(str_from(names[i]), STR("-PLUS"));
		struct foreign f = { names[i], "juliet", "r0m30",
				     is_plus ? binding_data : STR_NONE };

		assert_int_equal(run_gsasl(&f, offer_all()).step, SASL_SUCCESS);
		f.password = "wrong";
		assert_failure(run_gsasl(&f, offer_all()), SASL_NOT_AUTHORIZED);
		f.password = "r0m30";
		f.name = "nobody";
		assert_failure(run_gsasl(&f, offer_all()), SASL_NOT_AUTHORIZED);
	}
}

static void gsasl_binds(void **state)
{
	struct foreign f = { "SCRAM-SHA-256-PLUS", "juliet", "r0m30",
			     STR("another channel, another channel") };

	assert_failure(run_gsasl(&f, offer_all()), SASL_NOT_AUTHORIZED);
	/* a kind that was not announced is none */
	f.binding = binding_data;
	assert_failure(run_gsasl(&f, offer_other_kind()), SASL_NOT_AUTHORIZED);
}
#else
static void gsasl_logs_in(void **state)
{
	skip(); /* libgsasl is not here */
}

static void gsasl_binds(void **state)
{
	skip(); /* libgsasl is not here */
}
#endif

UNIT_TESTS_WITH(sasl, set_up, tear_down, cmocka_unit_test(names_and_offers),
		cmocka_unit_test(plain_right), cmocka_unit_test(plain_wrong),
		cmocka_unit_test(impossible_name_is_nobody),
		cmocka_unit_test(plain_asks_for_the_initial_response),
		cmocka_unit_test(only_what_was_offered),
		cmocka_unit_test(external_takes_what_is_certified), cmocka_unit_test(scram_right),
		cmocka_unit_test(scram_wrong), cmocka_unit_test(unknown_name_looks_real),
		cmocka_unit_test(downgrade_is_seen),
		cmocka_unit_test(challenge_hashes_what_was_announced),
		cmocka_unit_test(account_without_this_hash), cmocka_unit_test(answers_out_of_turn),
		cmocka_unit_test(check_outlives_exchange), cmocka_unit_test(gsasl_logs_in),
		cmocka_unit_test(gsasl_binds));
