/* SPDX-License-Identifier: Apache-2.0 */
/* Push notifications on the wire, see push.h. */
#include "xep/push.h"

#include "codec/base64.h"
#include "codec/url.h"
#include "xep/form.h"
#include "xml/write.h"
#include "xmpp/ns.h"

#define FORM_OPTIONS STR("http://jabber.org/protocol/pubsub#publish-options")
#define FORM_SUMMARY STR("urn:xmpp:push:summary")

static bool refuse(struct push_fault *fault, enum condition condition, struct str text)
{
	*fault = (struct push_fault){ .condition = condition, .text = text };
	return false;
}

/* ---- reading ---- */

static bool read_jid(const struct xml *el, struct arena *a, struct jid *ret_jid,
		     struct push_fault *fault)
{
	struct str text = xml_attr(el, STR("jid"));

	if (!text.len)
		return refuse(fault, COND_BAD_REQUEST, STR("the app server's address is missing"));
	if (jid_parse(a, text, ret_jid))
		return refuse(fault, COND_JID_MALFORMED, STR_NONE);
	return true;
}

static bool is_small(const struct xml *form)
{
	struct sbuf out scoped(sbuf_done) = SBUF(PUSH_FORM_MAX);

	return xml_write_alone(&out, form) == OK;
}

/* The form with the publish options: any other is for servers that know it. */
static bool read_form(const struct xml *el, struct arena *a, const struct xml **ret_form,
		      struct push_fault *fault)
{
	xml_each (child, el) {
		if (!xml_is(child, NS_DATA, STR("x")) ||
		    !str_eq(form_type_of(child, a), FORM_OPTIONS))
			continue;
		if (*ret_form)
			return refuse(fault, COND_BAD_REQUEST,
				      STR("publish options are there twice"));
		if (form_check(child))
			return refuse(fault, COND_BAD_REQUEST,
				      STR("the publish options cannot be read"));
		if (!is_small(child))
			return refuse(fault, COND_NOT_ACCEPTABLE,
				      STR("the publish options are too large"));
		*ret_form = child;
	}
	return true;
}

/* ---- reading: push services of the web ---- */

static bool read_bytes(const struct xml *form, struct str var, size_t len, struct arena *a,
		       struct str *ret_bytes)
{
	struct str text = str_trim(form_value(form, var, a));

	*ret_bytes = STR_NONE;
	if (!text.len)
		return true;
	return text.len <= 2 * len && base64_url_decode(a, text, ret_bytes) == OK &&
	       ret_bytes->len == len;
}

static bool read_content(struct str text, enum push_content *ret_content)
{
	static const struct str names[] = { [PUSH_CONTENT_BODY] = STR_INIT("body"),
					    [PUSH_CONTENT_SENDER] = STR_INIT("sender"),
					    [PUSH_CONTENT_NONE] = STR_INIT("none") };

	*ret_content = PUSH_CONTENT_BODY;
	if (!text.len)
		return true;
	for (size_t i = 0; i < array_len(names); i++) {
		if (str_eq(text, names[i])) {
			*ret_content = (enum push_content)i;
			return true;
		}
	}
	return false;
}

static bool read_web_form(const struct xml *form, struct arena *a, struct push_web *web,
			  struct push_fault *fault)
{
	bool has_vapid = true;
	enum err err = form_bool(form, STR("vapid"), &has_vapid);
	struct url url;

	if (form_check(form) || (err && err != ERR_NOT_FOUND) ||
	    !read_content(form_value(form, STR("content"), a), &web->content))
		return refuse(fault, COND_BAD_REQUEST, STR("the form cannot be read"));
	web->endpoint = str_trim(form_value(form, STR("endpoint"), a));
	if (url_read(web->endpoint, &url))
		return refuse(fault, COND_NOT_ACCEPTABLE, STR("the endpoint is no URL"));
	if (!read_bytes(form, STR("p256dh"), PUSH_WEB_KEY, a, &web->key) ||
	    !read_bytes(form, STR("auth"), PUSH_WEB_AUTH, a, &web->auth) ||
	    !web->key.len != !web->auth.len)
		return refuse(fault, COND_NOT_ACCEPTABLE, STR("p256dh and auth are no keys"));
	web->is_anonymous = !has_vapid;
	return true;
}

static bool read_web(const struct xml *el, struct arena *a, struct push_web *web,
		     struct push_fault *fault)
{
	xml_each (child, el) {
		if (!xml_is(child, NS_DATA, STR("x")) ||
		    !str_eq(form_type_of(child, a), NS_PARLEY_WEBPUSH))
			continue;
		if (web->endpoint.len)
			return refuse(fault, COND_BAD_REQUEST, STR("the form is there twice"));
		if (!read_web_form(child, a, web, fault))
			return false;
	}
	return true;
}

bool push_enable_read(const struct xml *el, struct arena *a, struct push_enable *ret_enable,
		      struct push_fault *ret_fault)
{
	struct push_enable e = { .node = xml_attr(el, STR("node")) };

	if (!read_jid(el, a, &e.jid, ret_fault) || !read_form(el, a, &e.form, ret_fault) ||
	    !read_web(el, a, &e.web, ret_fault))
		return false;
	if (e.node.len > PUSH_NODE_MAX)
		return refuse(ret_fault, COND_NOT_ACCEPTABLE, STR("the node's name is too long"));
	e.has_priority = xml_child(el, NS_PUSH_PRIORITY, STR("priority")) != NULL;
	*ret_enable = e;
	return true;
}

bool push_disable_read(const struct xml *el, struct arena *a, struct push_disable *ret_disable,
		       struct push_fault *ret_fault)
{
	struct push_disable d = { .node = xml_attr(el, STR("node")) };

	if (!read_jid(el, a, &d.jid, ret_fault))
		return false;
	*ret_disable = d;
	return true;
}

/* ---- writing ---- */

static void add_summary(struct arena *a, struct xml *notification, const struct push_summary *s)
{
	struct xml *form = form_new(a, STR("form"), FORM_SUMMARY);

	form_add_field(a, form, STR("message-count"), STR("text-single"),
		       arena_printf(a, "%u", s->messages));
	if (s->requests)
		form_add_field(a, form, STR("pending-subscription-count"), STR("text-single"),
			       arena_printf(a, "%u", s->requests));
	if (s->sender.len)
		form_add_field(a, form, STR("last-message-sender"), STR("jid-single"), s->sender);
	if (s->body.len)
		form_add_field(a, form, STR("last-message-body"), STR("text-single"), s->body);
	xml_add(notification, form);
}

/* XEP-0060 7.1.5 */
static void add_options(struct arena *a, struct xml *pubsub, const struct xml *form)
{
	struct xml *options = xml_add_new(a, pubsub, NS_PUBSUB, STR("publish-options"));
	struct xml *copy = xml_copy(a, form);

	xml_set(a, copy, STR("type"), STR("submit"));
	xml_add(options, copy);
}

struct xml *push_publish_new(struct arena *a, const struct push_address *address,
			     const struct push_summary *summary)
{
	struct xml *iq = xml_new(a, NS_CLIENT, STR("iq"));
	struct xml *pubsub = xml_add_new(a, iq, NS_PUBSUB, STR("pubsub"));
	struct xml *publish = xml_add_new(a, pubsub, NS_PUBSUB, STR("publish"));
	struct xml *item = xml_add_new(a, publish, NS_PUBSUB, STR("item"));
	struct xml *notification = xml_add_new(a, item, NS_PUSH, STR("notification"));

	xml_set(a, iq, STR("type"), STR("set"));
	xml_set(a, iq, STR("from"), address->from);
	xml_set(a, iq, STR("to"), address->to);
	xml_set(a, iq, STR("id"), address->id);
	if (address->node.len)
		xml_set(a, publish, STR("node"), address->node);
	add_summary(a, notification, summary);
	if (address->has_priority)
		(void)xml_add_text_el(a, notification, NS_PUSH_PRIORITY, STR("priority"),
				      summary->is_urgent ? STR("high") : STR("normal"));
	if (address->form)
		add_options(a, pubsub, address->form);
	return iq;
}

/* ---- answers ---- */

bool push_is_final(enum condition c, struct str type)
{
	if (str_eq(type, STR("wait")))
		return false;
	switch (c) {
	case COND_INTERNAL_SERVER_ERROR:
	case COND_RECIPIENT_UNAVAILABLE:
	case COND_REMOTE_SERVER_NOT_FOUND:
	case COND_REMOTE_SERVER_TIMEOUT:
	case COND_RESOURCE_CONSTRAINT:
	case COND_SERVICE_UNAVAILABLE:
	case COND_UNDEFINED_CONDITION:
	case COND_UNEXPECTED_REQUEST:
		return false;
	default:
		return true;
	}
}

struct str push_withdrawn(const struct xml *message, struct jid account, struct arena *a)
{
	const struct xml *pubsub = xml_child(message, NS_PUBSUB, STR("pubsub"));
	struct jid jid;

	xml_each (child, pubsub) {
		if (xml_is(child, NS_PUBSUB, STR("affiliation")) &&
		    str_eq(xml_attr(child, STR("affiliation")), STR("none")) &&
		    jid_parse(a, xml_attr(child, STR("jid")), &jid) == OK && jid_eq(jid, account))
			return xml_attr(pubsub, STR("node"));
	}
	return STR_NONE;
}
