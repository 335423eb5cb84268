/* SPDX-License-Identifier: Apache-2.0 */
/* What archives keep, see lasting.h. */
#include "server/route/lasting.h"

#include "server/route/home.h"
#include "xmpp/ns.h"

static bool has_child_of(const struct xml *el, struct str ns)
{
	xml_each (child, el) {
		if (str_eq(child->ns, ns))
			return true;
	}
	return false;
}

/* XEP-0045 7.8.2: services need not say in words, or by XEP-0249, what it is. */
static bool is_invitation(const struct xml *el)
{
	const struct xml *x = xml_child(el, NS_MUC_USER, STR("x"));

	return x && xml_child(x, NS_MUC_USER, STR("invite"));
}

/* Payloads that mean something tomorrow, with or without a body. */
static bool is_lasting(const struct xml *el, struct arena *a)
{
	static const struct str lasting[] = {
		STR_INIT("urn:xmpp:receipts"),
		STR_INIT("urn:xmpp:chat-markers:0"),
		STR_INIT("urn:xmpp:reactions:0"),
		STR_INIT("urn:xmpp:message-retract:1"),
		STR_INIT("urn:xmpp:jingle-message:0"),
		STR_INIT("urn:xmpp:eme:0"),
		STR_INIT("eu.siacs.conversations.axolotl"),
		STR_INIT("urn:xmpp:omemo:2"),
		STR_INIT("jabber:x:conference"),
		STR_INIT("urn:xmpp:fasten:0"),
	};

	if (xml_child_text(el, NS_CLIENT, STR("body"), a).len ||
	    xml_child(el, NS_HINTS, STR("store")) || is_invitation(el))
		return true;
	for (size_t i = 0; i < array_len(lasting); i++) {
		if (has_child_of(el, lasting[i]))
			return true;
	}
	return false;
}

/* Keys that are sent around without a word are encrypted, too. */
static bool is_text(const struct xml *el, struct arena *a)
{
	static const struct str omemo[] = { STR_INIT("eu.siacs.conversations.axolotl"),
					    STR_INIT("urn:xmpp:omemo:2") };

	for (size_t i = 0; i < array_len(omemo); i++) {
		const struct xml *encrypted = xml_child(el, omemo[i], STR("encrypted"));

		if (encrypted)
			return xml_child(encrypted, omemo[i], STR("payload")) != NULL;
	}
	return xml_child_text(el, NS_CLIENT, STR("body"), a).len ||
	       xml_child(el, STR("urn:xmpp:openpgp:0"), STR("openpgp")) ||
	       xml_child(el, STR("jabber:x:encrypted"), STR("x"));
}

unsigned lasting_flags(const struct stanza *s, struct arena *a)
{
	if (s->type == MESSAGE_ERROR || xml_child(s->el, NS_REACTIONS, STR("reactions")) ||
	    xml_child(s->el, NS_RETRACT, STR("retract")) ||
	    xml_child(s->el, NS_PARLEY_PINS, STR("pin")) ||
	    xml_child(s->el, NS_PARLEY_PINS, STR("unpin")) ||
	    xml_child(s->el, STR("urn:xmpp:fasten:0"), STR("apply-to")) || !is_text(s->el, a))
		return 0;
	if (xml_child(s->el, STR("urn:xmpp:message-correct:0"), STR("replace")))
		return ARCHIVE_TEXT;
	return ARCHIVE_TEXT | ARCHIVE_COUNTED;
}

bool lasting_is_kept(const struct stanza *s, struct arena *a)
{
	if (s->type != MESSAGE_CHAT && s->type != MESSAGE_NORMAL)
		return false;
	return !xml_child(s->el, NS_HINTS, STR("no-store")) && is_lasting(s->el, a);
}

bool lasting_is_kept_in_room(const struct stanza *s, struct arena *a)
{
	if (s->type != MESSAGE_GROUPCHAT || xml_child(s->el, NS_HINTS, STR("no-store")) ||
	    xml_child(s->el, NS_HINTS, STR("no-permanent-store")))
		return false;
	/* The subject of a room is state. */
	return xml_child(s->el, NS_CLIENT, STR("subject")) || is_lasting(s->el, a);
}

bool lasting_is_for_room(const struct home *h, const struct stanza *s, struct arena *a)
{
	const struct realm *realm = home_realm(h, s->to.domain);

	return realm && !realm->has_accounts && s->to.node.len && lasting_is_kept_in_room(s, a);
}
