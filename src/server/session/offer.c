/* SPDX-License-Identifier: Apache-2.0 */
/* Stream features (RFC 6120 4.3.2): what is offered before and after login. */
#include "server/session/offer.h"

#include "server/model/invites.h"
#include "server/route/registry.h"
#include "server/session/certificate.h"
#include "server/session/channel.h"
#include "server/session/fast.h"
#include "server/session/upgrade.h"
#include "xmpp/ns.h"
#include "xmpp/sasl.h"

enum { FEATURES_ARENA_MAX = 64 * 1024, MECHANISMS_ARENA_MAX = 256 * 1024 };

uint32_t offer_mechanisms(const struct conn *c)
{
	bool is_secure = transport_is_secure(c->transport);
	struct scram_binding bindings[SASL_BINDINGS_MAX];
	struct str names[CERTIFIED_MAX];
	struct arena a scoped(arena_done) = { 0 };

	if (!is_secure && !c->may_be_plain)
		return 0;
	arena_init(&a, MECHANISMS_ARENA_MAX);
	return sasl_offer_mechanisms(is_secure, false, channel_bindings(c, &a, bindings),
				     certificate_names(c, &a, names));
}

static void add_mechanisms(const struct conn *c, struct arena *a, struct xml *parent, struct str ns)
{
	uint32_t mechanisms = offer_mechanisms(c);

	for (unsigned m = 0; m < SASL_MECHANISMS; m++) {
		if (mechanisms & SASL_BIT(m))
			(void)xml_add_text_el(a, parent, ns, STR("mechanism"),
					      sasl_mechanism_name((enum sasl_mechanism)m));
	}
}

/* XEP-0440 */
static void add_bindings(const struct conn *c, struct arena *a, struct xml *features)
{
	struct scram_binding bindings[SASL_BINDINGS_MAX];
	size_t count = channel_bindings(c, a, bindings);
	struct xml *holder = NULL;

	for (size_t i = 0; i < count; i++) {
		if (!holder)
			holder = xml_add_new(a, features, NS_CB, STR("sasl-channel-binding"));
		xml_set(a, xml_add_new(a, holder, NS_CB, STR("channel-binding")), STR("type"),
			bindings[i].kind);
	}
}

static void add_inline_feature(struct arena *a, struct xml *parent, struct str var)
{
	xml_set(a, xml_add_new(a, parent, NS_BIND2, STR("feature")), STR("var"), var);
}

/* XEP-0388 with XEP-0386 and XEP-0198 inside. */
static void add_sasl2(const struct conn *c, struct arena *a, struct xml *features)
{
	struct xml *auth = xml_add_new(a, features, NS_SASL2, STR("authentication"));
	const struct feature *const *f = registry_features(c->c2s->home->registry);
	struct xml *holder, *bind, *inside;

	add_mechanisms(c, a, auth, NS_SASL2);
	holder = xml_add_new(a, auth, NS_SASL2, STR("inline"));
	bind = xml_add_new(a, holder, NS_BIND2, STR("bind"));
	inside = xml_add_new(a, bind, NS_BIND2, STR("inline"));
	add_inline_feature(a, inside, NS_SM);
	add_inline_feature(a, inside, NS_CSI);
	for (; *f; f++) {
		if ((*f)->bind_inline)
			add_inline_feature(a, inside, str_from((*f)->bind_inline));
	}
	(void)xml_add_new(a, holder, NS_SM, STR("sm"));
	fast_add_offer(c, a, holder);
	upgrade_add_offer(a, auth);
}

/* XEP-0478 */
static void add_limits(const struct conn *c, struct arena *a, struct xml *features)
{
	struct xml *limits = xml_add_new(a, features, NS_LIMITS, STR("limits"));
	size_t bytes = c->bare.len ? conf_size(c->c2s->home->conf, "limits.stanza_bytes")
				   : c->stream.limits->stanza_bytes;

	(void)xml_add_text_el(a, limits, NS_LIMITS, STR("max-bytes"),
			      arena_printf(a, "%zu", bytes));
	if (!c->bare.len)
		(void)xml_add_text_el(a, limits, NS_LIMITS, STR("idle-seconds"),
				      arena_printf(a, "%lld",
						   (long long)(conf_duration(c->c2s->home->conf,
									     "limits.login_time") /
							       USEC_PER_SEC)));
}

static void add_before_login(const struct conn *c, struct arena *a, struct xml *features)
{
	bool is_secure = transport_is_secure(c->transport);

	if (!is_secure && !c->stream.is_framed) {
		struct xml *tls = xml_add_new(a, features, NS_TLS, STR("starttls"));

		if (!c->may_be_plain)
			(void)xml_add_new(a, tls, NS_TLS, STR("required"));
	}
	if (!offer_mechanisms(c))
		return;
	add_mechanisms(c, a, xml_add_new(a, features, NS_SASL, STR("mechanisms")), NS_SASL);
	add_sasl2(c, a, features);
	add_bindings(c, a, features);
	/* XEP-0445 3: where nobody is invited nobody need know. COMPAT(Conversations 2.16): it
	 * shows no invitation where registration is not offered, too. */
	if (invites_may_register(c->c2s->home->invites))
		(void)xml_add_new(a, features, NS_IBR_TOKEN, STR("register"));
	if (conf_bool(c->c2s->home->conf, "registration.open") ||
	    invites_may_register(c->c2s->home->invites))
		(void)xml_add_new(a, features, NS_REGISTER_FEATURE, STR("register"));
}

static void add_after_login(const struct conn *c, struct arena *a, struct xml *features)
{
	const struct feature *const *f = registry_features(c->c2s->home->registry);

	if (!c->is_bound_inline) {
		struct xml *session;

		(void)xml_add_new(a, features, NS_BIND, STR("bind"));
		session = xml_add_new(a, features, NS_SESSION,
				      STR("session")); /* COMPAT(RFC 3921): not needed any more */
		(void)xml_add_new(a, session, NS_SESSION, STR("optional"));
	}
	if (!c->has_sm)
		(void)xml_add_new(a, features, NS_SM, STR("sm"));
	(void)xml_add_new(a, features, NS_CSI, STR("csi"));
	for (; *f; f++) {
		if ((*f)->stream_features)
			(*f)->stream_features(c->c2s->home, a, features);
	}
}

void offer_features(struct conn *c)
{
	struct arena a scoped(arena_done) = { 0 };
	struct xml *features;

	arena_init(&a, FEATURES_ARENA_MAX);
	features = xml_new(&a, NS_STREAM, STR("features"));
	if (c->bare.len)
		add_after_login(c, &a, features);
	else
		add_before_login(c, &a, features);
	add_limits(c, &a, features);
	conn_send(c, features);
}
