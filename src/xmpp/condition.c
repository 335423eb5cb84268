/* SPDX-License-Identifier: Apache-2.0 */
/* Error conditions and replies (RFC 6120 8.3, 4.9), see condition.h. Runs on the loop that owns the
 * arena. */
#include "xmpp/condition.h"

#include "xmpp/ns.h"

/* RFC 6120 8.3.3. Where it leaves the type open: what is not the sender's fault can be tried again,
 * the rest is final. */
static const struct {
	struct str name, type;
} conditions[] = {
	[COND_BAD_REQUEST] = { STR_INIT("bad-request"), STR_INIT("modify") },
	[COND_CONFLICT] = { STR_INIT("conflict"), STR_INIT("cancel") },
	[COND_FEATURE_NOT_IMPLEMENTED] = { STR_INIT("feature-not-implemented"),
					   STR_INIT("cancel") },
	[COND_FORBIDDEN] = { STR_INIT("forbidden"), STR_INIT("auth") },
	[COND_GONE] = { STR_INIT("gone"), STR_INIT("cancel") },
	[COND_INTERNAL_SERVER_ERROR] = { STR_INIT("internal-server-error"), STR_INIT("cancel") },
	[COND_ITEM_NOT_FOUND] = { STR_INIT("item-not-found"), STR_INIT("cancel") },
	[COND_JID_MALFORMED] = { STR_INIT("jid-malformed"), STR_INIT("modify") },
	[COND_NOT_ACCEPTABLE] = { STR_INIT("not-acceptable"), STR_INIT("modify") },
	[COND_NOT_ALLOWED] = { STR_INIT("not-allowed"), STR_INIT("cancel") },
	[COND_NOT_AUTHORIZED] = { STR_INIT("not-authorized"), STR_INIT("auth") },
	[COND_POLICY_VIOLATION] = { STR_INIT("policy-violation"), STR_INIT("modify") },
	[COND_RECIPIENT_UNAVAILABLE] = { STR_INIT("recipient-unavailable"), STR_INIT("wait") },
	[COND_REDIRECT] = { STR_INIT("redirect"), STR_INIT("modify") },
	[COND_REGISTRATION_REQUIRED] = { STR_INIT("registration-required"), STR_INIT("auth") },
	[COND_REMOTE_SERVER_NOT_FOUND] = { STR_INIT("remote-server-not-found"),
					   STR_INIT("cancel") },
	[COND_REMOTE_SERVER_TIMEOUT] = { STR_INIT("remote-server-timeout"), STR_INIT("wait") },
	[COND_RESOURCE_CONSTRAINT] = { STR_INIT("resource-constraint"), STR_INIT("wait") },
	[COND_SERVICE_UNAVAILABLE] = { STR_INIT("service-unavailable"), STR_INIT("cancel") },
	[COND_SUBSCRIPTION_REQUIRED] = { STR_INIT("subscription-required"), STR_INIT("auth") },
	[COND_UNDEFINED_CONDITION] = { STR_INIT("undefined-condition"), STR_INIT("cancel") },
	[COND_UNEXPECTED_REQUEST] = { STR_INIT("unexpected-request"), STR_INIT("wait") },
};

static const struct str stream_conditions[] = {
	[STREAM_BAD_FORMAT] = STR_INIT("bad-format"),
	[STREAM_BAD_NAMESPACE_PREFIX] = STR_INIT("bad-namespace-prefix"),
	[STREAM_CONFLICT] = STR_INIT("conflict"),
	[STREAM_CONNECTION_TIMEOUT] = STR_INIT("connection-timeout"),
	[STREAM_HOST_GONE] = STR_INIT("host-gone"),
	[STREAM_HOST_UNKNOWN] = STR_INIT("host-unknown"),
	[STREAM_IMPROPER_ADDRESSING] = STR_INIT("improper-addressing"),
	[STREAM_INTERNAL_SERVER_ERROR] = STR_INIT("internal-server-error"),
	[STREAM_INVALID_FROM] = STR_INIT("invalid-from"),
	[STREAM_INVALID_NAMESPACE] = STR_INIT("invalid-namespace"),
	[STREAM_INVALID_XML] = STR_INIT("invalid-xml"),
	[STREAM_NOT_AUTHORIZED] = STR_INIT("not-authorized"),
	[STREAM_NOT_WELL_FORMED] = STR_INIT("not-well-formed"),
	[STREAM_POLICY_VIOLATION] = STR_INIT("policy-violation"),
	[STREAM_REMOTE_CONNECTION_FAILED] = STR_INIT("remote-connection-failed"),
	[STREAM_RESET] = STR_INIT("reset"),
	[STREAM_RESOURCE_CONSTRAINT] = STR_INIT("resource-constraint"),
	[STREAM_RESTRICTED_XML] = STR_INIT("restricted-xml"),
	[STREAM_SEE_OTHER_HOST] = STR_INIT("see-other-host"),
	[STREAM_SYSTEM_SHUTDOWN] = STR_INIT("system-shutdown"),
	[STREAM_UNDEFINED_CONDITION] = STR_INIT("undefined-condition"),
	[STREAM_UNSUPPORTED_ENCODING] = STR_INIT("unsupported-encoding"),
	[STREAM_UNSUPPORTED_FEATURE] = STR_INIT("unsupported-feature"),
	[STREAM_UNSUPPORTED_STANZA_TYPE] = STR_INIT("unsupported-stanza-type"),
	[STREAM_UNSUPPORTED_VERSION] = STR_INIT("unsupported-version"),
};

struct str condition_name(enum condition c)
{
	must(c < array_len(conditions));
	return conditions[c].name;
}

struct str condition_type(enum condition c)
{
	must(c < array_len(conditions));
	return conditions[c].type;
}

struct str stream_condition_name(enum stream_condition c)
{
	must(c < array_len(stream_conditions));
	return stream_conditions[c];
}

static struct str full_or_none(struct jid j)
{
	return jid_is_set(j) ? j.full : STR_NONE;
}

/* The element of s again, without children, on its way back. */
static struct xml *reply_new(struct arena *a, const struct stanza *s, struct str type)
{
	struct xml *el = xml_new(a, s->el->ns, s->el->name);

	xml_set(a, el, STR("type"), type);
	xml_set(a, el, STR("from"), full_or_none(s->to));
	xml_set(a, el, STR("to"), full_or_none(s->from));
	xml_set(a, el, STR("id"), s->id);
	return el;
}

static void add_text(struct arena *a, struct xml *error, struct str ns, struct str text)
{
	struct xml *el;

	if (str_is_empty(text))
		return;
	el = xml_add_text_el(a, error, ns, STR("text"), text);
	xml_set_ns(a, el, XML_NS_XML, STR("lang"), STR("en"));
}

struct xml *reply_result(struct arena *a, const struct stanza *s)
{
	must(s->kind == STANZA_IQ && (s->type == IQ_GET || s->type == IQ_SET));
	return reply_new(a, s, STR("result"));
}

bool reply_may_error(const struct stanza *s)
{
	return s->type != MESSAGE_ERROR && s->type != PRESENCE_ERROR && s->type != IQ_ERROR &&
	       s->type != IQ_RESULT;
}

struct xml *reply_error(struct arena *a, const struct stanza *s, enum condition c, struct str text)
{
	struct xml *el, *error;

	must(reply_may_error(s));
	el = reply_new(a, s, STR("error"));
	error = xml_add_new(a, el, el->ns, STR("error"));
	xml_set(a, error, STR("type"), condition_type(c));
	(void)xml_add_new(a, error, NS_STANZAS, condition_name(c)); /* it hangs in the tree */
	add_text(a, error, NS_STANZAS, text);
	return el;
}

void reply_error_by(struct arena *a, struct xml *el, struct str by)
{
	xml_set(a, xml_child(el, el->ns, STR("error")), STR("by"), by);
}

void reply_error_wait(struct arena *a, struct xml *el)
{
	xml_set(a, xml_child(el, el->ns, STR("error")), STR("type"), STR("wait"));
}

struct xml *stream_error_new(struct arena *a, enum stream_condition c, struct str text)
{
	struct xml *error = xml_new(a, NS_STREAM, STR("error"));

	(void)xml_add_new(a, error, NS_STREAMS_ERROR,
			  stream_condition_name(c)); /* it hangs in the tree */
	add_text(a, error, NS_STREAMS_ERROR, text);
	return error;
}
