/* SPDX-License-Identifier: Apache-2.0 */
/* Slots, see slots.h. A slot is no row anywhere: it is what the client gets back, signed. */
#include "server/upload/slots.h"

#include "base/random.h"
#include "server/model/uploads.h"
#include "server/route/home.h"
#include "server/upload/link.h"
#include "server/upload/settings.h"
#include "xep/disco.h"
#include "xep/form.h"
#include "xmpp/datetime.h"
#include "xmpp/ns.h"

/* ---- disco ---- */

static enum verdict answer(struct dispatch *d, struct xml *payload)
{
	struct xml *reply = reply_result(d->arena, &d->stanza);

	xml_add(reply, payload);
	return dispatch_reply(d, reply);
}

static enum verdict on_info(struct dispatch *d)
{
	static const struct str vars[] = {
		STR_INIT("http://jabber.org/protocol/disco#info"),
		STR_INIT("http://jabber.org/protocol/disco#items"),
		STR_INIT("urn:xmpp:ping"),
		STR_INIT("urn:xmpp:http:upload:0"),
		STR_INIT("urn:xmpp:http:upload:purpose:0#message"),
		STR_INIT("urn:xmpp:http:upload:purpose:0#profile"),
		STR_INIT("urn:xmpp:http:upload:purpose:0#ephemeral"),
		STR_INIT("urn:xmpp:http:upload:purpose:0#permanent"),
		STR_INIT("urn:parley:upload:0"),
	};
	struct xml *query = disco_info_new(d->arena, STR_NONE), *form;

	if (xml_attr(stanza_payload(&d->stanza), STR("node")).len)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	disco_add_identity(d->arena, query, STR("store"), STR("file"), STR("HTTP File Upload"));
	for (size_t i = 0; i < array_len(vars); i++)
		disco_add_feature(d->arena, query, vars[i]);
	form = form_new(d->arena, STR("result"), NS_UPLOAD);
	form_add_field(d->arena, form, STR("max-file-size"), STR_NONE,
		       arena_printf(d->arena, "%zu", conf_size(d->home->conf, "files.max_size")));
	xml_add(query, form);
	return answer(d, query);
}

static enum verdict on_items(struct dispatch *d)
{
	if (xml_attr(stanza_payload(&d->stanza), STR("node")).len)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	return answer(d, disco_items_new(d->arena, STR_NONE));
}

/* ---- what is asked for ---- */

/* Adds an element of the specification's namespace to the error, behind its condition. */
static struct xml *error_with(struct dispatch *d, enum condition c, struct str text,
			      struct str name, struct xml **ret_reply)
{
	struct xml *reply = reply_error(d->arena, &d->stanza, c, text);
	struct xml *error = xml_child(reply, STR_NONE, STR("error"));

	*ret_reply = reply;
	return xml_add_new(d->arena, error, NS_UPLOAD, name);
}

static enum verdict too_large(struct dispatch *d)
{
	struct str most = arena_printf(d->arena, "%zu", conf_size(d->home->conf, "files.max_size"));
	struct str text = ARENA_JOIN(d->arena, STR("File too large. The maximum file size is "),
				     most, STR(" bytes"));
	struct xml *reply, *el;

	el = error_with(d, COND_NOT_ACCEPTABLE, text, STR("file-too-large"), &reply);
	xml_add_text(d->arena, xml_add_new(d->arena, el, NS_UPLOAD, STR("max-file-size")), most);
	return dispatch_reply(d, reply);
}

/* 4: the purpose is an element of its own namespace; without one it is a message. */
static enum err read_purpose(const struct xml *request, struct upload *u)
{
	enum err e = OK;

	u->purpose = UPLOAD_MESSAGE;
	xml_each (el, request) {
		if (!str_eq(el->ns, NS_UPLOAD_PURPOSE))
			continue;
		e = upload_purpose_parse(el->name, &u->purpose);
		if (!e && u->purpose == UPLOAD_EPHEMERAL)
			e = datetime_parse(xml_attr(el, STR("expire-before")), &u->wall_end);
		return e;
	}
	return OK;
}

static enum err read_request(struct dispatch *d, struct upload *u)
{
	const struct xml *request = stanza_payload(&d->stanza);
	struct str name = xml_attr(request, STR("filename"));
	struct str type = str_trim(xml_attr(request, STR("content-type")));

	if (str_is_empty(name) || str_to_u64(xml_attr(request, STR("size")), &u->size) ||
	    u->size == 0 || (type.len && !upload_is_type(type)) || read_purpose(request, u))
		return ERR_INVALID;
	u->name = upload_clean_name(d->arena, name);
	u->type = type;
	u->owner = jid_bare_str(d->stanza.from);
	u->wall_made = wall_now();
	return u->purpose == UPLOAD_EPHEMERAL && u->wall_end <= u->wall_made ? ERR_INVALID : OK;
}

/* ---- the answer ---- */

struct asking {
	struct upload u;
	enum err err;
};

static void add_header(struct dispatch *d, struct xml *put, struct str slot)
{
	struct xml *header = xml_add_new(d->arena, put, NS_UPLOAD, STR("header"));

	xml_set(d->arena, header, STR("name"), STR("Authorization"));
	xml_add_text(d->arena, header, ARENA_JOIN(d->arena, STR("Bearer "), slot));
}

static void give_slot(struct dispatch *d, struct upload *u)
{
	struct str slot = upload_slot_write(d->arena, uploads_key(d->home->uploads), u);
	struct str url = upload_link(d->arena, d->home->web_url, u);
	struct xml *el = xml_new(d->arena, NS_UPLOAD, STR("slot")), *put, *tus;
	usec_t resume = conf_duration(d->home->conf, "files.resume_expire");

	put = xml_add_new(d->arena, el, NS_UPLOAD, STR("put"));
	xml_set(d->arena, put, STR("url"), url);
	add_header(d, put, slot);
	xml_set(d->arena, xml_add_new(d->arena, el, NS_UPLOAD, STR("get")), STR("url"), url);
	tus = xml_add_new(d->arena, el, NS_PARLEY_UPLOAD, STR("tus"));
	xml_set(d->arena, tus, STR("url"), ARENA_JOIN(d->arena, d->home->web_url, UPLOAD_TUS_PATH));
	xml_set(d->arena, tus, STR("expires"), datetime_format(d->arena, u->wall_made + resume));
	(void)answer(d, el);
}

/* 5: what time makes better has a stamp. */
static void refuse_for_now(struct dispatch *d, struct str text)
{
	struct xml *reply;
	struct xml *retry = error_with(d, COND_RESOURCE_CONSTRAINT, text, STR("retry"), &reply);

	xml_set(d->arena, retry, STR("stamp"),
		datetime_format(d->arena, wall_now() + USEC_PER_MIN));
	(void)dispatch_reply(d, reply);
}

static void on_judged(struct dispatch *d)
{
	struct asking *q = d->wait_arg;

	switch (q->err) {
	case OK:
		give_slot(d, &q->u);
		return;
	case ERR_DENIED:
		(void)dispatch_error_text(d, COND_FORBIDDEN,
					  STR("Only accounts of this server may upload files"));
		return;
	case ERR_TOO_BIG:
		(void)dispatch_error_text(
			d, COND_RESOURCE_CONSTRAINT,
			STR("Quota reached. Delete files that are not needed any more"));
		return;
	case ERR_NO_SPACE:
		(void)dispatch_error_text(d, COND_RESOURCE_CONSTRAINT,
					  STR("The server has no room for this file"));
		return;
	default:
		refuse_for_now(d, STR("The server is busy. Please try again"));
		return;
	}
}

static void on_answer(void *arg, enum err err, unused_arg const struct upload *u)
{
	struct dispatch *d = arg;
	struct asking *q = d->wait_arg;

	q->err = err;
	dispatch_resume(d);
}

static bool is_user(const struct dispatch *d)
{
	struct jid from = d->stanza.from;

	return from.node.len && str_eq(from.domain, d->home->domain);
}

static enum verdict on_request(struct dispatch *d)
{
	struct asking *q = arena_new(d->arena, struct asking);
	struct upload_rules rules = upload_rules_of(d->home->conf);
	char id[UPLOAD_ID_LEN + 1];

	if (!is_user(d))
		return dispatch_error_text(d, COND_FORBIDDEN,
					   STR("Only accounts of this server may upload files"));
	if (read_request(d, &q->u))
		return dispatch_error(d, COND_BAD_REQUEST);
	if (q->u.size > conf_size(d->home->conf, "files.max_size"))
		return too_large(d);
	if (!d->home->web_url.len || !d->home->uploads)
		return dispatch_error_text(d, COND_SERVICE_UNAVAILABLE,
					   STR("This server has no web address"));
	random_token(id, UPLOAD_ID_LEN);
	q->u.id = arena_dup(d->arena, str_from(id));
	d->wait_arg = q;
	uploads_may_send(d->home->uploads, &q->u, &rules, on_answer, d);
	return dispatch_wait(d, on_judged);
}

static const struct iq_handler iq[] = {
	{ STR_INIT("http://jabber.org/protocol/disco#info"), STR_INIT("query"), IQ_GET,
	  TARGET_SERVER, on_info },
	{ STR_INIT("http://jabber.org/protocol/disco#items"), STR_INIT("query"), IQ_GET,
	  TARGET_SERVER, on_items },
	{ STR_INIT("urn:xmpp:http:upload:0"), STR_INIT("request"), IQ_GET, TARGET_SERVER,
	  on_request },
	{ STR_INIT("urn:xmpp:ping"), STR_INIT("ping"), IQ_GET, TARGET_SERVER, dispatch_result },
	{ .run = NULL },
};

const struct feature upload_slots_feature = {
	.name = "upload_slots",
	.spec = "XEP-0363 1.2.0",
	.test = "upload/slot.talk",
	.iq = iq,
	.conf = NULL,
};
