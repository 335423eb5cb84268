/* SPDX-License-Identifier: Apache-2.0 */
/* Serialised stanzas, see stanza_text.h. */
#include "xmpp/stanza_text.h"

static bool has(struct str text, struct str what)
{
	return str_find(text, what) >= 0;
}

static struct str start_tag(struct str text)
{
	ptrdiff_t end = str_index(text, '>');

	return end < 0 ? text : str_sub(text, 0, (size_t)end + 1);
}

/* Quotes are escaped in values: what has one behind it is no part of another attribute. */
static struct str value_behind(struct str tag, struct str name_and_quote)
{
	ptrdiff_t at = str_find(tag, name_and_quote);
	struct str rest;
	ptrdiff_t end;

	if (at < 0)
		return STR_NONE;
	rest = str_from_at(tag, (size_t)at + name_and_quote.len);
	end = str_index(rest, name_and_quote.ptr[name_and_quote.len - 1]);
	return end < 0 ? STR_NONE : str_sub(rest, 0, (size_t)end);
}

static struct str value_of(struct str tag, struct str single, struct str twofold)
{
	struct str value = value_behind(tag, single);

	return value.ptr ? value : value_behind(tag, twofold);
}

struct str stanza_text_from(struct str text)
{
	return value_of(start_tag(text), STR(" from='"), STR(" from=\""));
}

struct str stanza_text_type(struct str text)
{
	return value_of(start_tag(text), STR(" type='"), STR(" type=\""));
}

bool stanza_text_is_iq(struct str text)
{
	return str_starts(text, STR("<iq"));
}

bool stanza_text_is_state(struct str text)
{
	struct str type;

	if (!str_starts(text, STR("<presence")))
		return false;
	type = stanza_text_type(text);
	return !type.ptr || str_eq(type, STR("unavailable"));
}

bool stanza_text_is_chat_state(struct str text)
{
	return str_starts(text, STR("<message")) &&
	       has(text, STR("http://jabber.org/protocol/chatstates")) &&
	       !has(text, STR("<body")) && !has(text, STR("<forwarded"));
}
