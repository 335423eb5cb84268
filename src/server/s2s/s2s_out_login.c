/* SPDX-License-Identifier: Apache-2.0 */
/* Login at other servers, see s2s_out_login.h. */
#include "server/s2s/s2s_out_login.h"

#include "base/log.h"
#include "codec/base64.h"
#include "server/s2s/s2s_back.h"
#include "server/s2s/s2s_out_sm.h"
#include "server/s2s/s2s_policy.h"
#include "server/s2s/s2s_proof.h"
#include "server/s2s/s2s_wire.h"
#include "xmpp/ns.h"

/* ---- dialback ---- */

static void send_dialback(struct s2s_out *o, const struct dialback *d)
{
	s2s_wire_dialback(&o->stream, d);
}

static void send_key(struct s2s_out *o)
{
	char key[DIALBACK_KEY_LEN];
	struct dialback d = { .kind = DIALBACK_RESULT,
			      .type = DIALBACK_REQUEST,
			      .from = o->ours,
			      .to = o->theirs,
			      .key = str_make(key, sizeof(key)) };

	dialback_key(s2s_secret(o->s2s), d.to, d.from, o->id, key);
	send_dialback(o, &d);
	o->state = S2S_OUT_KEY;
}

/* ---- EXTERNAL (XEP-0178) ---- */

/* They have offered it, so our certificate is good; it need not be for each domain of ours. */
static bool may_external(const struct s2s_out *o)
{
	struct str missing;

	return o->has_external && !o->avoids_external &&
	       !tls_context_missing_name(o->s2s->tls.accept, &o->ours, 1, &missing);
}

/* XEP-0178 3, step 11: the name is said again, for servers that want it. */
static void send_auth(struct s2s_out *o)
{
	struct arena a scoped(arena_done) = { 0 };
	struct sbuf name scoped(sbuf_done) = SBUF(2 * KIB);
	struct xml *auth;

	arena_init(&a, 8 * KIB);
	must(base64_encode(&name, o->ours) == OK);
	auth = xml_new(&a, NS_SASL, STR("auth"));
	xml_set(&a, auth, STR("mechanism"), STR("EXTERNAL"));
	xml_add_text(&a, auth, sbuf_str(&name));
	stream_send(&o->stream, auth);
	o->state = S2S_OUT_SASL;
}

bool s2s_out_login_sasl(struct s2s_out *o, const struct xml *el)
{
	const struct xml *why = xml_first(el);

	if (o->state != S2S_OUT_SASL)
		return s2s_out_life_fail(o, STREAM_NOT_AUTHORIZED, S2S_BAD_STREAM,
					 STR("SASL that was not asked for"));
	if (xml_is(el, NS_SASL, STR("success"))) {
		o->is_logged_in = true;
		stream_restart(&o->stream, o->transport);
		o->state = S2S_OUT_HEADER;
		stream_send_open(&o->stream, o->ours, o->theirs, STR_NONE);
		return true;
	}
	log_info(NULL, "another server does not accept our certificate", F_STR("domain", o->theirs),
		 F_STR("for", o->ours), F_STR("condition", why ? why->name : STR("")));
	o->avoids_external = true;
	send_key(o);
	return true;
}

/* ---- both ---- */

static void authenticate(struct s2s_out *o)
{
	s2s_back_ask(o);
	if (may_external(o))
		send_auth(o);
	else
		send_key(o);
}

void s2s_out_login_begin(struct s2s_out *o)
{
	o->authenticates = true;
	if (o->state != S2S_OUT_READY)
		return;
	s2s_out_life_limit(o);
	authenticate(o);
}

void s2s_out_login_ask(struct s2s_out *o, const struct s2s_verify *v)
{
	struct dialback d = { .kind = DIALBACK_VERIFY,
			      .type = DIALBACK_REQUEST,
			      .from = v->ours,
			      .to = v->theirs,
			      .id = v->id,
			      .key = v->key };

	send_dialback(o, &d);
}

bool s2s_out_login_is_ready(const struct s2s_out *o)
{
	return o->state == S2S_OUT_READY || o->state == S2S_OUT_KEY || o->state == S2S_OUT_RESUME ||
	       o->state == S2S_OUT_OPEN;
}

static void opened(struct s2s_out *o)
{
	if (s2s_out_sm_resumes(o))
		return;
	s2s_out_sm_open(o, false);
}

static bool on_verdict(struct s2s_out *o, const struct dialback *d)
{
	if (o->state != S2S_OUT_KEY || d->type == DIALBACK_REQUEST || !str_eq(d->from, o->theirs) ||
	    !str_eq(d->to, o->ours))
		return s2s_out_life_fail(o, STREAM_NOT_AUTHORIZED, S2S_BAD_STREAM,
					 STR("a dialback result that was not asked for"));
	if (d->type == DIALBACK_VALID) {
		opened(o);
		return true;
	}
	return s2s_out_life_close(o, d->type == DIALBACK_INVALID ? S2S_INVALID : S2S_REFUSED,
				  d->error);
}

/* They may open a stream of their own for that. */
static bool refuse_pair(struct s2s_out *o, const struct dialback *request)
{
	struct dialback d = { .kind = request->kind,
			      .type = DIALBACK_ERROR,
			      .from = request->to,
			      .to = request->from,
			      .id = request->id,
			      .error = condition_name(COND_RESOURCE_CONSTRAINT) };

	send_dialback(o, &d);
	return true;
}

bool s2s_out_login_dialback(struct s2s_out *o, struct arena *a, const struct xml *el)
{
	struct dialback d;

	if (dialback_read(a, el, &d))
		return s2s_out_life_fail(o, STREAM_INVALID_XML, S2S_BAD_STREAM,
					 STR("dialback that cannot be"));
	if (d.kind == DIALBACK_RESULT && d.type != DIALBACK_REQUEST)
		return on_verdict(o, &d);
	if (d.type == DIALBACK_REQUEST && o->back) /* XEP-0288 2.2: other domains of theirs */
		return refuse_pair(o, &d);
	/* XEP-0220 2.1.2: what was not asked on this stream means nothing. */
	if (d.type == DIALBACK_REQUEST || !o->events->on_answer(o->owner, &d))
		return s2s_out_life_fail(o, STREAM_NOT_AUTHORIZED, S2S_BAD_STREAM,
					 STR("a dialback answer that was not asked for"));
	return true;
}

/* ---- features ---- */

static bool has_mechanism(const struct xml *features, struct str name)
{
	const struct xml *mechanisms = xml_child(features, NS_SASL, STR("mechanisms"));
	struct arena a scoped(arena_done) = { 0 };

	if (!mechanisms)
		return false;
	arena_init(&a, 16 * KIB);
	xml_each (m, mechanisms) {
		if (str_eq(str_trim(xml_text(m, &a)), name))
			return true;
	}
	return false;
}

/* Questions are answered on a stream where nobody has logged in, or somebody has; not between. */
void s2s_out_login_features(struct s2s_out *o, const struct xml *features)
{
	o->has_external = features && transport_is_secure(o->transport) &&
			  has_mechanism(features, STR("EXTERNAL"));
	o->has_sm = features && xml_child(features, NS_SM, STR("sm"));
	o->offers_bidi = features && xml_child(features, NS_BIDI_FEATURE, STR("bidi"));
	if (o->is_logged_in) {
		opened(o);
		o->events->on_ready(o->owner);
		return;
	}
	o->state = S2S_OUT_READY;
	if (!o->authenticates)
		s2s_out_life_idle(o);
	else
		authenticate(o);
	if (s2s_out_login_is_ready(o))
		o->events->on_ready(o->owner);
}
