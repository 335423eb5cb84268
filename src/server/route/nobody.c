/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of accounts that do not exist, see nobody.h. */
#include "server/route/nobody.h"

#include "server/conf/conf.h"
#include "xmpp/ns.h"

bool nobody_is_hidden(const struct home *h)
{
	return conf_bool(h->conf, "hide_accounts");
}

/* What an account keeps or shows to its clients without a word. */
static bool is_silent(const struct home *h, const struct stanza *s)
{
	switch (s->type) {
	case MESSAGE_ERROR:
	case MESSAGE_HEADLINE:
		return true;
	case MESSAGE_GROUPCHAT:
		return false;
	case MESSAGE_NORMAL:
		if (jid_is_full(s->to)) /* RFC 6121 8.5.3.2.1 */
			return false;
		/* fallthrough */
	default:
		return nobody_is_hidden(h) || !xml_child(s->el, NS_CLIENT, STR("body"));
	}
}

bool nobody_answers(const struct home *h, const struct stanza *s)
{
	switch (s->kind) {
	case STANZA_IQ:
		return s->type == IQ_GET || s->type == IQ_SET;
	case STANZA_MESSAGE:
		return !is_silent(h, s);
	case STANZA_PRESENCE:
		return false;
	}
	return false;
}
