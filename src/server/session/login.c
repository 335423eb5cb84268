/* SPDX-License-Identifier: Apache-2.0 */
/* What XEP-0388 puts around a SASL exchange: the client and its tokens (XEP-0484), inline binding,
 * <success/>. On the connection's loop. */
#include "base/metric.h"
#include "server/session/auth-private.h"
#include "xml/write.h"
#include "xmpp/datetime.h"
#include "xmpp/ns.h"

enum {
	SUCCESS_MAX = 256 * 1024, /* bytes */
	AGENT_ID_MAX = 256        /* bytes; the rest is not looked at */
};

bool login_read(struct auth *x, const struct xml *authenticate)
{
	struct sbuf out scoped(sbuf_done) = SBUF(64 * KIB);
	const struct xml *agent = xml_child(authenticate, NS_SASL2, STR("user-agent"));

	if (xml_write(&out, authenticate, NS_CLIENT))
		return false;
	x->inline_el = bytes_new(sbuf_str(&out));
	if (agent) {
		x->agent_id =
			arena_dup(&x->arena, str_sub(xml_attr(agent, STR("id")), 0, AGENT_ID_MAX));
		/* Copies: the element is gone when the exchange ends. */
		x->software = arena_dup(&x->arena, xml_child_text(agent, NS_SASL2, STR("software"),
								  &x->arena));
		x->device = arena_dup(&x->arena,
				      xml_child_text(agent, NS_SASL2, STR("device"), &x->arena));
	}
	upgrade_read(&x->upgrade, authenticate);
	return fast_read(x->conn, authenticate, &x->fast);
}

/* ---- the client and its tokens ---- */

static struct client_login describe(struct auth *x, struct str mechanism)
{
	return (struct client_login){
		.owner = auth_bare(x, x->name).full,
		.agent_id = x->agent_id,
		.software = x->software,
		.device = x->device,
		.mechanism = mechanism,
		.way = x->way,
		.is_invalidating = x->fast.is_invalidating,
		/* A token would outlive the certificate. */
		.wants_token = x->fast.wants_token && x->way != CLIENT_BY_CERTIFICATE,
		.wanted = x->fast.wanted,
		.token_life = conf_duration(x->conn->c2s->home->conf, "login.token_life"),
	};
}

static void take_token(struct auth *x, const struct client_answer *answer)
{
	if (answer->err || !answer->has_token)
		return;
	memcpy(x->token, answer->token, sizeof(x->token));
	x->wall_expiry = answer->wall_expiry;
}

static void bind_session(struct auth *x)
{
	conn_bind(x->conn,
		  &(struct bind_request){ .inline_el = x->inline_el, .agent_id = x->agent_id });
}

static void on_noted(void *arg, const struct client_answer *answer)
{
	struct auth *x = arg;
	struct conn *c = x->conn;

	if (!conn_resume(c)) {
		auth_free(c);
		return;
	}
	take_token(x, answer);
	bind_session(x); /* whether or not it could be noted: an account can be used when its disk
			  * is full
			  */
}

bool login_finish(struct auth *x, struct str mechanism)
{
	struct client_login login;

	if (x->way == CLIENT_BY_TOKEN || !x->agent_id.len) {
		bind_session(x);
		return true;
	}
	login = describe(x, mechanism);
	conn_wait(x->conn);
	client_log_in(x->conn->c2s->home->accounts, &login, on_noted, x);
	return true;
}

bool login_is_by_token(const struct auth *x, struct str mechanism, enum ht_kind *ret_kind)
{
	return x->fast.is_used && ht_kind_of(mechanism, ret_kind) &&
	       fast_is_offered(x->conn, *ret_kind);
}

static bool judge(struct auth *x, const struct client_answer *answer)
{
	struct str mac = str_make((const char *)answer->mac, HT_PROOF);

	switch (answer->err) {
	case OK:
		take_token(x, answer);
		return auth_succeed(x, mac, ht_name(x->token_kind));
	case ERR_DENIED:
		return auth_fail(x, SASL_NOT_AUTHORIZED);
	case ERR_CLOSED:
		return auth_fail(x, SASL_CREDENTIALS_EXPIRED);
	default:
		return auth_fail_now(x, SASL_TEMPORARY_AUTH_FAILURE);
	}
}

static void on_judged(void *arg, const struct client_answer *answer)
{
	struct auth *x = arg;
	struct conn *c = x->conn;

	if (!conn_resume(c)) {
		auth_free(c);
		return;
	}
	if (judge(x, answer))
		conn_read_on(c);
}

bool login_by_token(struct auth *x, enum ht_kind kind, struct str message)
{
	struct client_login login;
	struct ht_message m;
	bool is_going_on, is_possible;

	if (!x->agent_id.len) {
		x->text = STR("a token belongs to a client: <user-agent/> needs an id");
		return auth_fail_now(x, SASL_MALFORMED_REQUEST);
	}
	if (!message.ptr || ht_parse(message, &m))
		return auth_fail_now(x, SASL_MALFORMED_REQUEST);
	/* An impossible name needs no further care: whoever stands for it has no such token. */
	x->name = sasl_prep_name(&x->arena, m.authcid, &is_possible);
	if (auth_is_throttled(x, &is_going_on))
		return is_going_on;
	x->way = CLIENT_BY_TOKEN;
	x->token_kind = kind;
	login = describe(x, ht_name(kind));
	login.is_by_token = true;
	login.proof = (struct token_proof){ .kind = kind,
					    .binding = fast_binding(x->conn, &x->arena, kind),
					    .count = x->fast.count };
	memcpy(login.proof.mac, m.proof.ptr, HT_PROOF);
	conn_wait(x->conn);
	client_log_in(x->conn->c2s->home->accounts, &login, on_judged, x);
	return true;
}

/* ---- success ---- */

/* XEP-0082 without fractions, as XEP-0484 shows it. */
static void add_token(struct auth *x, struct sbuf *out)
{
	struct str expiry = datetime_format(&x->arena, x->wall_expiry);

	if (!x->token[0])
		return;
	(void)sbuf_lit(out, "<token xmlns='urn:xmpp:fast:0' expiry='");
	(void)sbuf_add(out, str_sub(expiry, 0, sizeof("2026-11-22T01:02:03") - 1));
	(void)sbuf_lit(out, "Z' token='");
	(void)sbuf_add(out, str_from(x->token));
	(void)sbuf_lit(out, "'/>");
}

/* XEP-0388 2.5: <success/> with what was done inline; the features follow at once. */
void auth_bound(struct conn *c, const struct bind_answer *answer)
{
	struct auth *x = c->auth;
	struct sbuf out scoped(sbuf_done) = SBUF(SUCCESS_MAX);
	bool is_bound = answer->result == BIND_NEW || answer->result == BIND_RESUMED;
	struct bytes *bytes;

	c->is_bound_inline = is_bound;
	c->has_sm = answer->has_sm;
	(void)sbuf_lit(&out, "<success xmlns='urn:xmpp:sasl:2'>");
	if (x->success_data.ptr) {
		(void)sbuf_lit(&out, "<additional-data>");
		(void)sbuf_add(&out, x->success_data);
		(void)sbuf_lit(&out, "</additional-data>");
	}
	(void)sbuf_lit(&out, "<authorization-identifier>");
	(void)xml_write_text(&out, is_bound ? answer->jid : c->bare);
	(void)sbuf_lit(&out, "</authorization-identifier>");
	(void)sbuf_add(&out, answer->elements);
	add_token(x, &out);
	(void)sbuf_lit(&out, "</success>");
	must(out.err == OK);
	bytes = bytes_new(sbuf_str(&out));
	stream_send_bytes(&c->stream, bytes);
	(void)bytes_unref(bytes);
	auth_free(c);
	if (answer->result != BIND_RESUMED)
		offer_features(c);
}
