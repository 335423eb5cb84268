/* SPDX-License-Identifier: Apache-2.0 */
/* SASL, the server's end, see sasl.h. */
#include "xmpp/sasl.h"

#include "base/mem.h"
#include "codec/hex.h"
#include "crypto/secret.h"
#include "xmpp/announced.h"
#include "xmpp/jid.h"

enum {
	EXCHANGE_MEMORY =
		128 * 1024 /* bytes; six messages of SCRAM_MESSAGE_MAX and what is made of them */
};

static const struct {
	struct str name;
	enum digest_kind hash;
	bool is_scram, is_plus;
} mechanisms[SASL_MECHANISMS] = {
	[SASL_EXTERNAL] = { STR_INIT("EXTERNAL"), DIGEST_SHA512, false, false },
	[SASL_SCRAM_SHA_512_PLUS] = { STR_INIT("SCRAM-SHA-512-PLUS"), DIGEST_SHA512, true, true },
	[SASL_SCRAM_SHA_256_PLUS] = { STR_INIT("SCRAM-SHA-256-PLUS"), DIGEST_SHA256, true, true },
	[SASL_SCRAM_SHA_1_PLUS] = { STR_INIT("SCRAM-SHA-1-PLUS"), DIGEST_SHA1, true, true },
	[SASL_SCRAM_SHA_512] = { STR_INIT("SCRAM-SHA-512"), DIGEST_SHA512, true, false },
	[SASL_SCRAM_SHA_256] = { STR_INIT("SCRAM-SHA-256"), DIGEST_SHA256, true, false },
	[SASL_SCRAM_SHA_1] = { STR_INIT("SCRAM-SHA-1"), DIGEST_SHA1, true, false },
	[SASL_PLAIN] = { STR_INIT("PLAIN"), DIGEST_SHA512, false, false },
};

static const struct str conditions[] = {
	[SASL_ABORTED] = STR_INIT("aborted"),
	[SASL_ACCOUNT_DISABLED] = STR_INIT("account-disabled"),
	[SASL_CREDENTIALS_EXPIRED] = STR_INIT("credentials-expired"),
	[SASL_ENCRYPTION_REQUIRED] = STR_INIT("encryption-required"),
	[SASL_INCORRECT_ENCODING] = STR_INIT("incorrect-encoding"),
	[SASL_INVALID_AUTHZID] = STR_INIT("invalid-authzid"),
	[SASL_INVALID_MECHANISM] = STR_INIT("invalid-mechanism"),
	[SASL_MALFORMED_REQUEST] = STR_INIT("malformed-request"),
	[SASL_MECHANISM_TOO_WEAK] = STR_INIT("mechanism-too-weak"),
	[SASL_NOT_AUTHORIZED] = STR_INIT("not-authorized"),
	[SASL_TEMPORARY_AUTH_FAILURE] = STR_INIT("temporary-auth-failure"),
};

enum state {
	STATE_START,
	STATE_WAITS_FOR_INITIAL,
	STATE_WAITS_FOR_ACCOUNT,
	STATE_WAITS_FOR_FINAL,
	STATE_WAITS_FOR_CHECK,
	STATE_DONE,
};

struct sasl {
	const struct sasl_offer *offer;
	struct arena memory;
	enum state state;
	enum sasl_mechanism mechanism;
	struct str name;    /* prepared localpart */
	bool is_impossible; /* no account can have the name that the client gave */
	struct scram_server scram;
	struct sasl_check *check; /* PLAIN; until it is taken */
};

struct sasl_check {
	struct scram_verifier verifier;
	bool is_known;
	bool is_right; /* set by sasl_check_run() */
	size_t len;    /* bytes of the password */
	char password[];
};

struct str sasl_mechanism_name(enum sasl_mechanism m)
{
	must(m < SASL_MECHANISMS);
	return mechanisms[m].name;
}

struct str sasl_condition_name(enum sasl_condition c)
{
	must(c < array_len(conditions));
	return conditions[c];
}

uint32_t sasl_offer_mechanisms(bool is_secure, bool is_plain_allowed, size_t binding_count,
			       size_t certified_count)
{
	uint32_t bits = is_secure && certified_count ? SASL_BIT(SASL_EXTERNAL) : 0;

	for (int m = SASL_EXTERNAL + 1; m < SASL_MECHANISMS; m++) {
		bool is_fit = mechanisms[m].is_scram ? !mechanisms[m].is_plus || binding_count > 0
						     : is_secure || is_plain_allowed;

		bits |= is_fit ? SASL_BIT(m) : 0;
	}
	return bits;
}

struct sasl *sasl_new(const struct sasl_offer *offer)
{
	struct sasl *x = mem_zalloc(1, sizeof(*x));

	must(offer->server_secret.len > 0 && offer->binding_count <= SASL_BINDINGS_MAX);
	x->offer = offer;
	arena_init(&x->memory, EXCHANGE_MEMORY);
	return x;
}

void sasl_free(struct sasl **x)
{
	if (!x || !*x)
		return;
	sasl_check_free(&(*x)->check);
	scram_server_done(&(*x)->scram);
	arena_wipe(&(*x)->memory);
	mem_free(*x);
	*x = NULL;
}

static struct sasl_result fail(struct sasl *x, enum sasl_condition c)
{
	x->state = STATE_DONE;
	sasl_check_free(&x->check);
	scram_server_done(&x->scram);
	return (struct sasl_result){ .step = SASL_FAILURE, .condition = c };
}

static enum sasl_condition condition_of(enum err e)
{
	return e == ERR_DENIED ? SASL_NOT_AUTHORIZED : SASL_MALFORMED_REQUEST;
}

struct str sasl_prep_name(struct arena *a, struct str username, bool *ret_is_possible)
{
	uint8_t digest[DIGEST_MAX];
	struct sbuf hex scoped(sbuf_done) = SBUF(2 * DIGEST_MAX);
	struct str name;

	*ret_is_possible = jid_prep_node(a, username, &name) == OK && name.len > 0;
	if (*ret_is_possible)
		return arena_dup(a, name);
	digest_of(DIGEST_SHA256, username, digest);
	must(hex_encode(&hex, str_make((const char *)digest, digest_len(DIGEST_SHA256))) == OK);
	return arena_dup(a, sbuf_str(&hex));
}

static void take_name(struct sasl *x, struct str username)
{
	bool is_possible;

	x->name = sasl_prep_name(&x->memory, username, &is_possible);
	x->is_impossible = !is_possible;
}

/* The name that the client wants to act as is the one that it logs in with (RFC 6120 6.3.8), or
 * none. */
static bool is_own(struct sasl *x, struct str authzid)
{
	struct jid wanted;

	if (str_is_empty(authzid))
		return true;
	return !x->is_impossible && jid_parse(&x->memory, authzid, &wanted) == OK &&
	       !jid_is_full(wanted) && str_eq(wanted.node, x->name) &&
	       str_eq(wanted.domain, x->offer->domain);
}

static struct sasl_result need_account(struct sasl *x, struct str username, struct str authzid)
{
	take_name(x, username);
	if (!is_own(x, authzid))
		return fail(x, SASL_INVALID_AUTHZID);
	x->state = STATE_WAITS_FOR_ACCOUNT;
	return (struct sasl_result){ .step = SASL_NEED_ACCOUNT, .name = x->name };
}

/* XEP-0474: what was announced, by the form of SASL in use; both announce the same. */
static struct str announced(struct sasl *x)
{
	struct str names[SASL_MECHANISMS], kinds[SASL_BINDINGS_MAX];
	size_t count = 0;

	for (int m = 0; m < SASL_MECHANISMS; m++) {
		if (x->offer->mechanisms & SASL_BIT(m))
			names[count++] = mechanisms[m].name;
	}
	for (size_t i = 0; i < x->offer->binding_count; i++)
		kinds[i] = x->offer->bindings[i].kind;
	return announced_text(&x->memory, names, count, kinds, x->offer->binding_count);
}

static struct sasl_result start_scram(struct sasl *x, struct str initial)
{
	const uint32_t plus = SASL_BIT(SASL_SCRAM_SHA_512_PLUS) |
			      SASL_BIT(SASL_SCRAM_SHA_256_PLUS) | SASL_BIT(SASL_SCRAM_SHA_1_PLUS);
	struct str username, authzid;
	enum err e;

	x->scram.hash = mechanisms[x->mechanism].hash;
	x->scram.is_plus = mechanisms[x->mechanism].is_plus;
	x->scram.is_plus_announced = (x->offer->mechanisms & plus) != 0;
	x->scram.bindings = x->offer->bindings;
	x->scram.binding_count = x->offer->binding_count;
	x->scram.announced = announced(x);
	e = scram_server_first(&x->scram, &x->memory, initial, &username, &authzid);
	if (e)
		return fail(x, condition_of(e));
	return need_account(x, username, authzid);
}

/* RFC 4616 2: [authzid] NUL authcid NUL passwd. */
static struct sasl_result start_plain(struct sasl *x, struct str initial)
{
	struct str rest = initial, authzid, username;
	ptrdiff_t first = str_index(rest, '\0'), second;

	if (initial.len > SCRAM_MESSAGE_MAX || first < 0)
		return fail(x, SASL_MALFORMED_REQUEST);
	authzid = str_sub(rest, 0, (size_t)first);
	rest = str_from_at(rest, (size_t)first + 1);
	second = str_index(rest, '\0');
	if (second < 1)
		return fail(x, SASL_MALFORMED_REQUEST);
	username = str_sub(rest, 0, (size_t)second);
	rest = str_from_at(rest, (size_t)second + 1);
	if (str_is_empty(rest) || str_index(rest, '\0') >= 0 || rest.len > SCRAM_PASSWORD_MAX)
		return fail(x, SASL_MALFORMED_REQUEST);
	x->check = mem_zalloc(1, sizeof(*x->check) + rest.len);
	x->check->len = rest.len;
	memcpy(x->check->password, rest.ptr, rest.len);
	return need_account(x, username, authzid);
}

/* XEP-0178 2: the name is one of the certificate's, and must be said where there are several. */
static bool pick_certified(struct sasl *x, struct str authzid)
{
	const struct sasl_offer *o = x->offer;
	struct jid wanted = { 0 };

	if (authzid.len && (jid_parse(&x->memory, authzid, &wanted) || jid_is_full(wanted) ||
			    !str_eq(wanted.domain, o->domain)))
		return false;
	for (size_t i = 0; i < o->certified_count; i++) {
		x->name = o->certified[i];
		if (authzid.len ? str_eq(wanted.node, x->name) : o->certified_count == 1)
			return true;
	}
	x->name = STR_NONE;
	return false;
}

static struct sasl_result start_external(struct sasl *x, struct str authzid)
{
	if (authzid.len > SCRAM_MESSAGE_MAX)
		return fail(x, SASL_MALFORMED_REQUEST);
	if (!pick_certified(x, authzid))
		return fail(x, SASL_INVALID_AUTHZID);
	x->state = STATE_WAITS_FOR_ACCOUNT;
	return (struct sasl_result){ .step = SASL_NEED_ACCOUNT, .name = x->name };
}

struct sasl_result sasl_certified(struct sasl *x, bool is_known, bool is_disabled)
{
	must(x->state == STATE_WAITS_FOR_ACCOUNT && x->mechanism == SASL_EXTERNAL);
	if (!is_known)
		return fail(x, SASL_NOT_AUTHORIZED);
	if (is_disabled)
		return fail(x, SASL_ACCOUNT_DISABLED);
	x->state = STATE_DONE;
	return (struct sasl_result){ .step = SASL_SUCCESS, .name = x->name };
}

static struct sasl_result begin(struct sasl *x, struct str initial)
{
	if (x->mechanism == SASL_EXTERNAL)
		return start_external(x, initial);
	return mechanisms[x->mechanism].is_scram ? start_scram(x, initial)
						 : start_plain(x, initial);
}

struct sasl_result sasl_start(struct sasl *x, struct str mechanism, struct str initial)
{
	int m = 0;

	if (x->state != STATE_START)
		return fail(x, SASL_MALFORMED_REQUEST);
	while (m < SASL_MECHANISMS && !str_eq(mechanism, mechanisms[m].name))
		m++;
	if (m == SASL_MECHANISMS || !(x->offer->mechanisms & SASL_BIT(m)))
		return fail(x, SASL_INVALID_MECHANISM);
	x->mechanism = (enum sasl_mechanism)m;
	if (str_is_set(initial))
		return begin(x, initial);
	x->state = STATE_WAITS_FOR_INITIAL;
	return (struct sasl_result){ .step = SASL_CHALLENGE, .data = STR("") };
}

static struct sasl_result finish_scram(struct sasl *x, struct str response)
{
	struct str message;
	enum err e = scram_server_final(&x->scram, &x->memory, response, &message);

	if (e)
		return fail(x, condition_of(e));
	x->state = STATE_DONE;
	scram_server_done(&x->scram);
	return (struct sasl_result){ .step = SASL_SUCCESS, .data = message, .name = x->name };
}

struct sasl_result sasl_respond(struct sasl *x, struct str response)
{
	switch (x->state) {
	case STATE_WAITS_FOR_INITIAL:
		return begin(x, response);
	case STATE_WAITS_FOR_FINAL:
		return finish_scram(x, response);
	default:
		return fail(x, SASL_MALFORMED_REQUEST);
	}
}

static const struct scram_verifier *find_verifier(const struct scram_verifier *verifiers,
						  size_t count, enum digest_kind hash)
{
	for (size_t i = 0; i < count; i++) {
		if (verifiers[i].hash == hash)
			return &verifiers[i];
	}
	return NULL;
}

/* For PLAIN any verifier will do: the one with the strongest hash. */
static const struct scram_verifier *
pick_verifier(const struct sasl *x, const struct scram_verifier *verifiers, size_t count)
{
	const struct scram_verifier *v =
		find_verifier(verifiers, count, mechanisms[x->mechanism].hash);

	for (int hash = DIGEST_KINDS - 1; !v && !mechanisms[x->mechanism].is_scram && hash >= 0;
	     hash--)
		v = find_verifier(verifiers, count, (enum digest_kind)hash);
	return v;
}

struct sasl_result sasl_account(struct sasl *x, const struct scram_verifier *verifiers,
				size_t count)
{
	const struct scram_verifier *found =
		pick_verifier(x, verifiers, x->is_impossible ? 0 : count);
	struct scram_verifier v;

	must(x->state == STATE_WAITS_FOR_ACCOUNT && x->mechanism != SASL_EXTERNAL);
	/* Made in any case, so that it costs the same time. */
	scram_fake_verifier(mechanisms[x->mechanism].hash, x->offer->server_secret, x->name, &v);
	if (found)
		v = *found;
	if (mechanisms[x->mechanism].is_scram) {
		struct str data = scram_server_challenge(&x->scram, &x->memory, &v, found != NULL);

		scram_verifier_wipe(&v);
		x->state = STATE_WAITS_FOR_FINAL;
		return (struct sasl_result){ .step = SASL_CHALLENGE, .data = data };
	}
	x->check->verifier = v;
	x->check->is_known = found != NULL;
	scram_verifier_wipe(&v);
	x->state = STATE_WAITS_FOR_CHECK;
	return (struct sasl_result){ .step = SASL_NEED_PASSWORD, .name = x->name };
}

struct sasl_check *sasl_check_take(struct sasl *x)
{
	struct sasl_check *c = x->check;

	must(x->state == STATE_WAITS_FOR_CHECK && c);
	x->check = NULL;
	return c;
}

void sasl_check_run(struct sasl_check *c)
{
	bool is_right = scram_check_password(&c->verifier, str_make(c->password, c->len));

	c->is_right = is_right && c->is_known;
}

enum err sasl_check_verifier(const struct sasl_check *c, enum digest_kind hash,
			     struct scram_verifier *ret_v)
{
	if (!c->is_right)
		return ERR_DENIED;
	return scram_fresh_verifier(hash, str_make(c->password, c->len), ret_v);
}

void sasl_check_free(struct sasl_check **c)
{
	if (!c || !*c)
		return;
	secret_wipe(*c, sizeof(**c) + (*c)->len);
	mem_free(*c);
	*c = NULL;
}

struct sasl_result sasl_checked(struct sasl *x, const struct sasl_check *c)
{
	must(x->state == STATE_WAITS_FOR_CHECK && !x->check);
	if (!c->is_right)
		return fail(x, SASL_NOT_AUTHORIZED);
	x->state = STATE_DONE;
	return (struct sasl_result){ .step = SASL_SUCCESS, .name = x->name };
}

enum sasl_mechanism sasl_current(const struct sasl *x)
{
	return x->mechanism;
}
