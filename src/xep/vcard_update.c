/* SPDX-License-Identifier: Apache-2.0 */
/* The hash of an avatar in presence, see vcard_update.h. */
#include "xep/vcard_update.h"

#include "xmpp/ns.h"

enum vcard_update vcard_update_of(const struct xml *presence, struct arena *a)
{
	const struct xml *x = xml_child(presence, NS_VCARD_UPDATE, STR("x"));
	struct str photo;

	if (!x)
		return VCARD_UPDATE_NONE;
	photo = xml_child_text(x, NS_VCARD_UPDATE, STR("photo"), a);
	if (!str_is_set(photo))
		return VCARD_UPDATE_UNSURE;
	return str_trim(photo).len ? VCARD_UPDATE_HASH : VCARD_UPDATE_EMPTY;
}

void vcard_update_set(struct arena *a, struct xml *presence, struct str hash)
{
	struct xml *x;

	while ((x = xml_child(presence, NS_VCARD_UPDATE, STR("x"))))
		xml_remove(x);
	x = xml_add_new(a, presence, NS_VCARD_UPDATE, STR("x"));
	x = xml_add_new(a, x, NS_VCARD_UPDATE, STR("photo"));
	if (hash.len)
		xml_add_text(a, x, hash);
}
