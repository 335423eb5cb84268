/* SPDX-License-Identifier: Apache-2.0 */
/* What people who want to be found have told about themselves (XEP-0055), and whether it is what
 * somebody looks for. Any thread. */
#pragma once

#include "base/arena.h"
#include "base/sbuf.h"

enum directory_field {
	DIRECTORY_NICK,
	DIRECTORY_FIRST,
	DIRECTORY_LAST,
	DIRECTORY_EMAIL,
	DIRECTORY_FIELDS
};

enum { DIRECTORY_TEXT_MAX = 255 /* bytes of a field */ };

struct directory_card {
	struct str text[DIRECTORY_FIELDS]; /* borrowed; empty: not told */
};

/* "nick", "first", "last", "email": elements and fields of forms (XEP-0055 3, 8). */
struct str directory_field_name(enum directory_field f);

/* Sets a field of text that somebody sent; blanks around it go. ERR_TOO_BIG; ERR_INVALID: line
 * breaks and other characters that are none. */
must_check enum err directory_set(struct directory_card *c, enum directory_field f,
				  struct str text);

bool directory_is_empty(const struct directory_card *c);

/* Whether each word of wanted begins a word of the same field of c, whatever its case and accents.
 * An empty wanted finds nothing. */
bool directory_matches(const struct directory_card *c, const struct directory_card *wanted);

/* ---- in the store: the rows of DIRECTORY_SPACE belong to the server's domain, so that they can be
 * read by pages; the key is the account ---- */

#define DIRECTORY_SPACE STR("directory")

struct str directory_encode(const struct directory_card *c, struct arena *a);

/* Views into value. ERR_INVALID for what no version of this program wrote. */
must_check enum err directory_decode(struct directory_card *c, struct str value);
