/* SPDX-License-Identifier: Apache-2.0 */
/* Login on a connection: SASL as in RFC 6120 6 and as in XEP-0388 (0.6 and 1.0), over one state
 * machine (xmpp/sasl.h). What XEP-0388 adds is in login.c. */
#include "server/session/auth-private.h"

#include "base/mem.h"
#include "base/metric.h"
#include "codec/base64.h"
#include "crypto/secret.h"
#include "server/session/certificate.h"
#include "server/session/channel.h"
#include "xmpp/ns.h"
#include "xmpp/sasl.h"

enum { AUTH_ARENA_MAX = 256 * 1024 };

void auth_free(struct conn *c)
{
	struct auth *x = c->auth;

	/* While something is under way for it, it is freed when that comes back. */
	if (!x || c->state == CONN_BUSY || c->pins)
		return;
	c->auth = NULL;
	loop_timer_stop(c->c2s->home->loop, &x->delay);
	sasl_free(&x->sasl);
	sasl_check_free(&x->check);
	(void)bytes_unref(x->inline_el);
	secret_wipe(x->token, sizeof(x->token));
	upgrade_wipe(&x->upgrade);
	arena_done(&x->arena);
	mem_free(x);
}

static struct str ns_of(const struct auth *x)
{
	return x->is_two ? NS_SASL2 : NS_SASL;
}

struct str auth_encode(struct auth *x, struct str data)
{
	struct sbuf out scoped(sbuf_done) = SBUF(16 * KIB);

	if (base64_encode(&out, data))
		return STR("");
	return arena_dup(&x->arena, sbuf_str(&out));
}

/* ---- answers ---- */

static void send_failure(struct auth *x, enum sasl_condition why)
{
	struct xml *failure = xml_new(&x->arena, ns_of(x), STR("failure"));

	/* XEP-0388 keeps the conditions of RFC 6120. */
	(void)xml_add_new(&x->arena, failure, NS_SASL, sasl_condition_name(why));
	if (x->text.ptr)
		(void)xml_add_text_el(&x->arena, failure, ns_of(x), STR("text"), x->text);
	conn_send(x->conn, failure);
}

bool auth_fail_now(struct auth *x, enum sasl_condition why)
{
	struct conn *c = x->conn;
	bool is_last =
		++c->failures >= (unsigned)conf_int(c->c2s->home->conf, "limits.login_failures");

	send_failure(x, why);
	auth_free(c);
	return is_last ? conn_fail(c, STREAM_POLICY_VIOLATION, STR("too many failed logins"))
		       : true;
}

static void on_delay(struct timer *t)
{
	struct auth *x = container_of(t, struct auth, delay);
	struct conn *c = x->conn;

	if (!conn_resume(c)) {
		auth_free(c);
		return;
	}
	if (auth_fail_now(x, x->condition))
		conn_read_on(c);
}

bool auth_fail(struct auth *x, enum sasl_condition why)
{
	struct conn *c = x->conn;
	struct throttle *throttle = c->c2s->throttle;
	char address[ADDR_TEXT_MAX];
	usec_t wait;

	metric_inc(METRIC_LOGIN_FAILED);
	log_info(NULL, "login failed", F_STR("peer", transport_peer(c->transport)),
		 F_STR("account", x->name), F_STR("condition", sasl_condition_name(why)));
	/* Without a name no password was looked at: COMPAT(slixmpp 1.8) tries every -PLUS with a
	 * binding that TLS 1.3 does not have. */
	if (why != SASL_NOT_AUTHORIZED || !x->name.len || conn_is_trusted(c))
		return auth_fail_now(x, why);
	throttle_failed(throttle, conn_counted_address(c, address), x->name);
	wait = throttle_delay(throttle, x->name);
	if (!wait)
		return auth_fail_now(x, why);
	x->condition = why;
	x->delay.fn = on_delay;
	conn_wait(c);
	loop_timer(c->c2s->home->loop, &x->delay, wait);
	return true;
}

struct jid auth_bare(struct auth *x, struct str name)
{
	return jid_make(&x->arena, name, x->conn->c2s->home->domain, STR_NONE);
}

static void send_success_one(struct auth *x)
{
	struct xml *success = xml_new(&x->arena, NS_SASL, STR("success"));
	struct conn *c = x->conn;

	if (x->success_data.ptr)
		xml_add_text(&x->arena, success, x->success_data);
	conn_send(c, success);
	stream_restart(&c->stream, c->transport);
	auth_free(c);
}

static bool go_in(struct auth *x)
{
	struct conn *c = x->conn;

	conn_authenticated(c, auth_bare(x, x->name).full);
	log_info(NULL, "logged in", F_STR("jid", c->bare), F_STR("mechanism", x->mechanism),
		 F_STR("peer", transport_peer(c->transport)));
	if (x->is_two)
		return login_finish(x, x->mechanism);
	send_success_one(x);
	return true;
}

static void on_upgraded(void *arg, enum err err)
{
	struct auth *x = arg;
	struct conn *c = x->conn;

	if (!conn_resume(c)) {
		auth_free(c);
		return;
	}
	if (err) /* another login may do it */
		log_info(NULL, "verifiers were not added", F_STR("account", x->name), F_ERR(err));
	if (go_in(x))
		conn_read_on(c);
}

bool auth_proved(struct auth *x)
{
	struct upgrade *u = &x->upgrade;

	if (!u->made_count)
		return go_in(x);
	conn_wait(x->conn);
	accounts_add_verifiers(x->conn->c2s->home->accounts, auth_bare(x, x->name).full, &u->known,
			       u->made, u->made_count, on_upgraded, x);
	return true;
}

bool auth_succeed(struct auth *x, struct str data, struct str mechanism)
{
	if (x->is_disabled) /* RFC 6120 6.5.1; before the proof it looks like any other */
		return auth_fail(x, SASL_ACCOUNT_DISABLED);
	if (data.ptr)
		x->success_data = auth_encode(x, data);
	x->mechanism = mechanism;
	if (x->is_two && x->way == CLIENT_BY_PASSWORD && tasks_next(x))
		return true;
	return auth_proved(x);
}

/* ---- steps ---- */

static bool step(struct auth *x, struct sasl_result r);

static bool is_external(const struct auth *x)
{
	return sasl_current(x->sasl) == SASL_EXTERNAL;
}

static bool take_verifiers(struct auth *x, const struct store_answer *answer)
{
	static const enum digest_kind kinds[] = { DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA512 };
	struct scram_verifier verifiers[array_len(kinds)] = { 0 };
	size_t count = 0;
	bool is_going_on;

	for (size_t i = 0; !answer->err && i < array_len(kinds); i++)
		count += account_verifier_get(&answer->account, kinds[i], &verifiers[count]);
	x->is_disabled = !answer->err && answer->account.is_disabled;
	if (!x->is_disabled) /* nothing is added to it */
		upgrade_note(&x->upgrade, verifiers, count);
	is_going_on = step(x, sasl_account(x->sasl, verifiers, count));
	for (size_t i = 0; i < count; i++)
		scram_verifier_wipe(&verifiers[i]);
	return is_going_on;
}

static bool take_account(struct auth *x, const struct store_answer *answer)
{
	if (answer->err && answer->err != ERR_NOT_FOUND)
		return auth_fail_now(x, SASL_TEMPORARY_AUTH_FAILURE);
	if (!is_external(x))
		return take_verifiers(x, answer);
	x->way = CLIENT_BY_CERTIFICATE;
	return step(x, sasl_certified(x->sasl, !answer->err,
				      !answer->err && answer->account.is_disabled));
}

static void on_account(void *arg, struct store_answer *answer)
{
	struct auth *x = arg;
	struct conn *c = x->conn;

	if (!conn_resume(c)) {
		auth_free(c);
		return;
	}
	if (take_account(x, answer))
		conn_read_on(c);
}

bool auth_is_throttled(struct auth *x, bool *ret_go_on)
{
	struct conn *c = x->conn;
	char address[ADDR_TEXT_MAX];

	if (conn_is_trusted(c) || throttle_check(c->c2s->throttle, conn_counted_address(c, address),
						 x->name) == THROTTLE_GO)
		return false;
	metric_inc(METRIC_LOGIN_THROTTLED);
	*ret_go_on = auth_fail_now(x, SASL_TEMPORARY_AUTH_FAILURE);
	return true;
}

static bool look_up(struct auth *x, struct str name)
{
	struct conn *c = x->conn;
	struct store_request request = { .kind = READ_ACCOUNT };
	bool is_going_on;

	x->name = arena_dup(&x->arena, name);
	/* Nobody guesses certificates, and guessers of the password must not keep their owner out.
	 */
	if (!is_external(x) && auth_is_throttled(x, &is_going_on))
		return is_going_on;
	request.owner = auth_bare(x, x->name).full;
	conn_wait(c);
	store_read(c->c2s->home->store, &request, on_account, x);
	return true;
}

static void run_check(struct job *j, void *thread_ctx)
{
	struct auth *x = container_of(j, struct auth, job);

	(void)thread_ctx;
	sasl_check_run(x->check);
	upgrade_from_password(&x->upgrade, x->check);
}

static void on_checked(struct job *j)
{
	struct auth *x = container_of(j, struct auth, job);
	struct conn *c = x->conn;

	if (!conn_resume(c)) {
		auth_free(c);
		return;
	}
	if (step(x, sasl_checked(x->sasl, x->check)))
		conn_read_on(c);
}

static bool check_password(struct auth *x)
{
	struct conn *c = x->conn;

	x->check = sasl_check_take(x->sasl);
	x->job.run = run_check;
	x->job.done = on_checked;
	if (pool_submit(c->c2s->home->pool, &x->job))
		return auth_fail_now(x, SASL_TEMPORARY_AUTH_FAILURE);
	conn_wait(c);
	return true;
}

/* False as in stream_events; x may be gone in any case. */
static bool step(struct auth *x, struct sasl_result r)
{
	switch (r.step) {
	case SASL_NEED_ACCOUNT:
		return look_up(x, r.name);
	case SASL_NEED_PASSWORD:
		return check_password(x);
	case SASL_CHALLENGE: {
		struct xml *challenge = xml_new(&x->arena, ns_of(x), STR("challenge"));

		xml_add_text(&x->arena, challenge, auth_encode(x, r.data));
		conn_send(x->conn, challenge);
		return true;
	}
	case SASL_SUCCESS:
		return auth_succeed(x, r.data, sasl_mechanism_name(sasl_current(x->sasl)));
	case SASL_FAILURE:
		break;
	}
	return auth_fail(x, r.condition);
}

/* ---- elements ---- */

static void set_offer(struct auth *x)
{
	struct conn *c = x->conn;
	struct str *names = arena_alloc(&x->arena, CERTIFIED_MAX * sizeof(*names));

	x->offer.certified_count = certificate_names(c, &x->arena, names);
	x->offer.certified = names;
	x->offer.mechanisms = offer_mechanisms(c);
	x->offer.domain = c->c2s->home->domain;
	x->offer.server_secret = c->c2s->server_secret;
	x->offer.binding_count = channel_bindings(c, &x->arena, x->offer.bindings);
}

static struct auth *auth_new(struct conn *c, bool is_two)
{
	struct auth *x = mem_zalloc(1, sizeof(*x));

	x->conn = c;
	x->is_two = is_two;
	x->way = CLIENT_BY_PASSWORD;
	arena_init(&x->arena, AUTH_ARENA_MAX);
	set_offer(x);
	x->sasl = sasl_new(&x->offer);
	c->auth = x;
	c->drop_auth = auth_free;
	return x;
}

/* RFC 6120 6.4.2: "=" is an initial response without bytes; nothing is none. */
static enum err decode(struct auth *x, struct str text, struct str *ret_data)
{
	if (str_eq(text, STR("="))) {
		*ret_data = STR("");
		return OK;
	}
	return base64_decode(&x->arena, text, ret_data);
}

static bool start(struct conn *c, struct str mechanism, struct str initial, bool is_two,
		  struct xml *el)
{
	struct auth *x = auth_new(c, is_two);
	struct str data = STR_NONE;
	enum ht_kind kind;

	if (is_two && !login_read(x, el))
		return auth_fail_now(x, SASL_MALFORMED_REQUEST);
	if (initial.ptr && decode(x, initial, &data))
		return auth_fail(x, SASL_INCORRECT_ENCODING);
	if (is_two && login_is_by_token(x, mechanism, &kind))
		return login_by_token(x, kind, data);
	return step(x, sasl_start(x->sasl, arena_dup(&x->arena, mechanism), data));
}

static bool respond(struct conn *c, struct str text)
{
	struct auth *x = c->auth;
	struct str data;

	if (decode(x, text, &data))
		return auth_fail(x, SASL_INCORRECT_ENCODING);
	return step(x, sasl_respond(x->sasl, data));
}

static bool start_one(struct conn *c, struct xml *el)
{
	struct arena a scoped(arena_done) = { 0 };
	struct str text;

	arena_init(&a, AUTH_ARENA_MAX);
	text = xml_text(el, &a);
	return start(c, xml_attr(el, STR("mechanism")), text.len ? text : STR_NONE, false, el);
}

static bool start_two(struct conn *c, struct xml *el)
{
	struct arena a scoped(arena_done) = { 0 };
	struct str text;

	arena_init(&a, AUTH_ARENA_MAX);
	text = xml_child_text(el, NS_SASL2, STR("initial-response"), &a);
	return start(c, xml_attr(el, STR("mechanism")), text, true, el);
}

bool auth_element(struct conn *c, struct xml *el)
{
	bool is_two = str_eq(el->ns, NS_SASL2);
	struct arena a scoped(arena_done) = { 0 };

	arena_init(&a, AUTH_ARENA_MAX);
	if (!offer_mechanisms(c)) { /* nothing was offered: TLS comes first */
		struct auth *x = c->auth ? c->auth : auth_new(c, is_two);

		return auth_fail_now(x, SASL_ENCRYPTION_REQUIRED);
	}
	if (str_eq(el->name, is_two ? STR("authenticate") : STR("auth")) && !c->auth)
		return is_two ? start_two(c, el) : start_one(c, el);
	if (c->auth && c->auth->is_two == is_two) {
		if (str_eq(el->name, STR("response")))
			return respond(c, xml_text(el, &a));
		if (str_eq(el->name, STR("abort")))
			return auth_fail_now(c->auth, SASL_ABORTED);
		if (c->auth->upgrade.step != UPGRADE_IDLE)
			return tasks_element(c->auth, el);
	}
	return conn_fail(c, STREAM_NOT_AUTHORIZED, STR_NONE);
}
