/* SPDX-License-Identifier: Apache-2.0 */
/* Which picture an account shows (XEP-0084, XEP-0398): the one that its metadata name, if the data
 * were published, too, and are what their id says. State and rules without the nodes themselves. On
 * the loop of its entity. */
#pragma once

#include "xml/tree.h"

enum {
	AVATAR_ID_LEN = 40,   /* characters: SHA-1, lower case */
	AVATAR_TYPE_MAX = 63, /* bytes of a content type */
	AVATAR_HELD_MAX = 4,  /* pictures that are remembered as sound; the oldest are forgotten */
};

struct avatar {
	char wanted[AVATAR_ID_LEN + 1];                /* named by the metadata; empty: none */
	char type[AVATAR_TYPE_MAX + 1];                /* of it, as the metadata have it */
	char held[AVATAR_HELD_MAX][AVATAR_ID_LEN + 1]; /* newest first; empty ones at the end */
};

/* The bytes that base 64 with white space anywhere (XEP-0084 4.1, XEP-0153 4.5) stands for, in the
 * arena. ERR_INVALID, also for nothing. */
must_check enum err avatar_read_image(struct arena *a, struct str text, struct str *ret_image);

/* The id of a picture, with a NUL behind it. */
void avatar_id_of(struct str image, char ret_id[AVATAR_ID_LEN + 1]);

/* Content type of PNG, JPEG, GIF and WebP, by the first bytes; empty for all else. */
struct str avatar_type_of(struct str image);

/* Whether type is one of those four. */
bool avatar_is_type(struct str type);

/* Data were published, with this text inside; or are no longer there: text unset. With an empty id
 * nothing is there any more. */
void avatar_hold(struct avatar *x, struct arena *a, struct str id, struct str text);

/* Metadata were published (NULL: there are none now). Of several the one without an address on the
 * web counts (XEP-0398 3.1), first those that are held. */
void avatar_want(struct avatar *x, const struct xml *metadata);

/* The id of what is shown; empty: nothing. */
struct str avatar_shown(const struct avatar *x);

/* For the store. ERR_INVALID for what no version of this program wrote: *ret_x is untouched. */
#define AVATAR_SPACE STR("avatar")
#define AVATAR_KEY   STR("shown")
struct str avatar_encode(const struct avatar *x, struct arena *a);
must_check enum err avatar_decode(struct str s, struct avatar *ret_x);
