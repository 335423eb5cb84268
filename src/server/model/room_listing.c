/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the directory, see room_listing.h: name description language open anonymous; of older
 * ones the name alone. */
#include "server/model/room_listing.h"

enum { SEPARATOR = 0x1f }; /* no character of XML */

static const char separator[] = { SEPARATOR, '\0' };

struct str room_listing_encode(const struct room_config *c, struct str node, struct arena *a)
{
	struct str name = c->name.len ? c->name : node;
	bool is_open = !c->is_members_only && !c->has_password;

	return arena_printf(a, "%.*s%s%.*s%s%.*s%s%d%s%d", STR_ARG(name), separator,
			    STR_ARG(c->description), separator, STR_ARG(c->lang), separator,
			    is_open, separator, c->whois != WHOIS_ANYONE);
}

void room_listing_read(struct str key, struct str value, struct room_listing *ret_listing)
{
	struct room_listing l = { .address = key };
	struct str open;

	(void)str_split(&value, SEPARATOR, &l.name);
	l.is_whole = str_split(&value, SEPARATOR, &l.description) &&
		     str_split(&value, SEPARATOR, &l.lang) && str_split(&value, SEPARATOR, &open);
	l.is_open = l.is_whole && str_eq(open, STR("1"));
	l.is_anonymous = str_eq(value, STR("1"));
	*ret_listing = l;
}
