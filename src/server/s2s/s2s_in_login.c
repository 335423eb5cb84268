/* SPDX-License-Identifier: Apache-2.0 */
/* Login of other servers, see s2s_in_login.h. */
#include "server/s2s/s2s_in_login.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "codec/base64.h"
#include "server/s2s/s2s_policy.h"
#include "server/s2s/s2s_proof.h"
#include "server/s2s/s2s_verify.h"
#include "server/s2s/s2s_wire.h"
#include "xmpp/ns.h"

enum {
	ASKED_FIRST_MAX = 4, /* the same, of one on which nobody has logged in */
	ASKED_MAX = 16,      /* questions of dialback that one stream may have open */
	FAILURES_MAX = 3,    /* of EXTERNAL */
};

/* ---- login ---- */

static bool is_secure_enough(const struct s2s_in *c)
{
	return transport_is_secure(c->transport) || !s2s_policy_needs_tls(c->s2s->home->conf);
}

/* The pair may send stanzas from now on. False: it is one too many. */
static bool let_in(struct s2s_in *c, struct str ours, struct str theirs, const char *how)
{
	struct conf *conf = c->s2s->home->conf;

	if (s2s_pairs_add(&c->pairs, ours, theirs))
		return false;
	c->limits = (struct xml_limits){ .stanza_bytes =
						 (uint32_t)conf_size(conf, "limits.stanza_bytes"),
					 .depth = 64,
					 .attrs = 64,
					 .name_bytes = 256,
					 .children = 10000 };
	c->stream.limits = &c->limits;
	if (c->pairs.count == 1)
		s2s_in_life_settle(c, theirs);
	log_info(NULL, "another server has logged in", F_STR("domain", theirs), F_STR("for", ours),
		 F_STR("by", str_from(how)), F_STR("peer", transport_peer(c->transport)),
		 F_BOOL("encrypted", transport_is_secure(c->transport)));
	return true;
}

/* ---- dialback ---- */

static void answer(struct s2s_in *c, const struct dialback *request, enum dialback_type type,
		   enum condition error)
{
	struct dialback d = { .kind = request->kind,
			      .type = type,
			      .from = request->to,
			      .to = request->from,
			      .id = request->id,
			      .error = condition_name(error) };

	s2s_wire_dialback(&c->stream, &d);
}

static bool refuse(struct s2s_in *c, const struct dialback *request, enum condition error)
{
	answer(c, request, DIALBACK_ERROR, error);
	return true;
}

/* XEP-0220 2.2.1: what was shown was wrong. */
static void turn_away(struct s2s_in *c, const struct dialback *request)
{
	log_warn(NULL, "another server could not show who it is", F_STR("domain", request->from),
		 F_STR("for", request->to), F_STR("peer", transport_peer(c->transport)));
	if (c->pairs.count) {
		(void)refuse(c, request, COND_FORBIDDEN); /* the other pairs stay */
		return;
	}
	answer(c, request, DIALBACK_INVALID, COND_FORBIDDEN);
	(void)s2s_in_life_close(c); /* nothing is read here */
}

static void on_verified(void *arg, struct s2s_verify *v)
{
	struct s2s_in *c = arg;
	struct dialback request = { .kind = DIALBACK_RESULT, .from = v->theirs, .to = v->ours };

	c->asked_count--;
	if (c->state != S2S_IN_OPEN)
		return;
	if (v->is_valid && let_in(c, v->ours, v->theirs, "dialback"))
		answer(c, &request, DIALBACK_VALID, COND_FORBIDDEN);
	else if (v->is_valid)
		(void)refuse(c, &request, COND_RESOURCE_CONSTRAINT); /* it was told */
	else if (v->trouble)
		(void)refuse(c, &request, s2s_trouble_dialback(v->trouble)); /* as above */
	else
		turn_away(c, &request);
}

static bool is_asked(const struct s2s_in *c, const struct dialback *d)
{
	list_each (link, &c->asked) {
		const struct s2s_verify *v = list_entry(link, struct s2s_verify, link);

		if (str_eq(v->ours, d->to) && str_eq(v->theirs, d->from))
			return true;
	}
	return false;
}

/* XEP-0220 1.2: a certificate shows more than the key does. */
static bool vouch(struct s2s_in *c, const struct dialback *d)
{
	if (!let_in(c, d->to, d->from, "certificate"))
		return refuse(c, d, COND_RESOURCE_CONSTRAINT);
	answer(c, d, DIALBACK_VALID, COND_FORBIDDEN);
	return true;
}

/* A key: who made it is asked (XEP-0220 2.2.1). */
static bool on_key(struct s2s_in *c, const struct dialback *d)
{
	struct home *h = c->s2s->home;
	struct tls_peer_report report;
	struct s2s_verify *v;

	if (!s2s_policy_is_ours(h, d->to))
		return refuse(c, d, COND_ITEM_NOT_FOUND);
	if (s2s_policy_is_ours(h, d->from))
		return refuse(c, d, COND_NOT_ACCEPTABLE);
	if (!is_secure_enough(c) || !s2s_policy_allows(h, d->from))
		return refuse(c, d, COND_POLICY_VIOLATION);
	s2s_proof_of(c->s2s, c->transport, d->from, NULL, &report);
	if (s2s_proof_is_good(&report) || (c->is_dane && str_eq(d->from, c->theirs)))
		return vouch(c, d);
	if (s2s_policy_needs_certificate(h->conf, d->from))
		return refuse(c, d, COND_NOT_AUTHORIZED);
	if (c->asked_count >= (c->pairs.count ? ASKED_MAX : ASKED_FIRST_MAX) ||
	    c->pairs.count >= S2S_PAIRS_MAX || is_asked(c, d))
		return refuse(c, d, COND_RESOURCE_CONSTRAINT);
	v = s2s_verify_new(h, d, str_from(c->id), c, on_verified);
	list_append(&c->asked, &v->link);
	c->asked_count++;
	return true;
}

/* A question: whether a key is ours (XEP-0220 2.2.2). */
static bool on_question(struct s2s_in *c, const struct dialback *d)
{
	bool is_valid;

	if (!s2s_policy_is_ours(c->s2s->home, d->to))
		return refuse(c, d, COND_ITEM_NOT_FOUND);
	if (!is_secure_enough(c))
		return refuse(c, d, COND_POLICY_VIOLATION);
	is_valid = dialback_key_is(s2s_secret(c->s2s), d->from, d->to, d->id, d->key);
	answer(c, d, is_valid ? DIALBACK_VALID : DIALBACK_INVALID, COND_FORBIDDEN);
	return true;
}

bool s2s_in_login_dialback(struct s2s_in *c, struct arena *a, const struct xml *el)
{
	struct dialback d;

	if (dialback_read(a, el, &d))
		return s2s_in_life_fail(c, STREAM_IMPROPER_ADDRESSING, STR_NONE);
	/* We have asked nothing on this stream (XEP-0220 3.1; XMPP.md 5, row 35). */
	if (d.type != DIALBACK_REQUEST)
		return s2s_in_life_fail(c, STREAM_NOT_AUTHORIZED, STR_NONE);
	return d.kind == DIALBACK_VERIFY ? on_question(c, &d) : on_key(c, &d);
}

/* ---- EXTERNAL (XEP-0178) ---- */

void s2s_in_login_offer(struct s2s_in *c, struct arena *a, struct xml *features)
{
	struct tls_peer_report report;
	struct xml *mechanisms, *dialback;

	c->may_external = false;
	if (c->identity.len || !is_secure_enough(c))
		return;
	if (c->theirs.len) {
		s2s_proof_of(c->s2s, c->transport, c->theirs, NULL, &report);
		c->may_external = c->is_dane || s2s_proof_is_good(&report);
		if (!c->may_external && transport_is_secure(c->transport))
			log_debug(NULL, "certificate of another server shows nothing",
				  F_STR("domain", c->theirs),
				  F_STR("why", str_from(report.reason)));
	}
	if (c->may_external) {
		mechanisms = xml_add_new(a, features, NS_SASL, STR("mechanisms"));
		(void)xml_add_text_el(a, mechanisms, NS_SASL, STR("mechanism"), STR("EXTERNAL"));
	}
	dialback = xml_add_new(a, features, NS_DIALBACK_FEATURE, STR("dialback"));
	(void)xml_add_new(a, dialback, NS_DIALBACK_FEATURE, STR("errors"));
}

static bool deny(struct s2s_in *c, struct str condition)
{
	struct arena a scoped(arena_done) = { 0 };
	struct xml *failure;

	metric_inc(METRIC_LOGIN_FAILED);
	if (++c->failures >= FAILURES_MAX)
		return s2s_in_life_fail(c, STREAM_POLICY_VIOLATION, STR_NONE);
	arena_init(&a, KIB);
	failure = xml_new(&a, NS_SASL, STR("failure"));
	(void)xml_add_new(&a, failure, NS_SASL, condition);
	stream_send(&c->stream, failure);
	return true;
}

/* The domain that they want to speak for: it was said with the stream, and may be said again. */
static bool is_authzid(const struct s2s_in *c, struct arena *a, const struct xml *el)
{
	struct str text = xml_text(el, a), name, domain;

	if (!text.len || str_eq(text, STR("=")))
		return true;
	return base64_decode(a, text, &name) == OK && jid_prep_domain(a, name, &domain) == OK &&
	       str_eq(domain, c->theirs);
}

bool s2s_in_login_external(struct s2s_in *c, struct arena *a, const struct xml *el)
{
	if (!xml_is(el, NS_SASL, STR("auth")))
		return deny(c, STR("malformed-request"));
	if (!c->may_external || !str_eq(xml_attr(el, STR("mechanism")), STR("EXTERNAL")))
		return deny(c, STR("invalid-mechanism"));
	if (!is_authzid(c, a, el))
		return deny(c, STR("invalid-authzid"));
	if (c->asked_count || !let_in(c, STR_NONE, c->theirs, "certificate"))
		return deny(c, STR("temporary-auth-failure"));
	metric_inc(METRIC_LOGIN_OK);
	c->may_external = false;
	c->identity = str_make(str_dup(c->theirs), c->theirs.len);
	stream_send(&c->stream, xml_new(a, NS_SASL, STR("success")));
	stream_restart(&c->stream, c->transport);
	c->state = S2S_IN_HEADER;
	return true;
}
