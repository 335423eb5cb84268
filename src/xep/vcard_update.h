/* SPDX-License-Identifier: Apache-2.0 */
/* The hash of an avatar in presence (XEP-0153 4.1): <x xmlns='vcard-temp:x:update'/>. Any thread.
 */
#pragma once

#include "xml/tree.h"

enum vcard_update {
	VCARD_UPDATE_NONE,   /* no such element */
	VCARD_UPDATE_UNSURE, /* one without <photo/>: not ready to say */
	VCARD_UPDATE_EMPTY,  /* no picture is to be shown */
	VCARD_UPDATE_HASH,
};

/* What a presence says. */
enum vcard_update vcard_update_of(const struct xml *presence, struct arena *a);

/* Makes it say this hash (borrowed), or with an empty one that there is no picture. */
void vcard_update_set(struct arena *a, struct xml *presence, struct str hash);
