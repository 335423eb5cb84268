/* SPDX-License-Identifier: Apache-2.0 */
/* What an index holds of a message: tokens, each a byte string that ends with TOKEN_END, which no
 * XML text can have. Words stand for themselves; anything else begins with '@', which no word does.
 * Any thread. */
#pragma once

#include "base/sbuf.h"

#define TOKEN_END '\x1f'

enum { TOKEN_MAX = 256 /* bytes; what is longer is cut */ };

/* What the second character of such a token says. The store adds its own: owners ('w') and
 * conversations ('p'). */
enum token_kind {
	TOKEN_FROM = 'f',    /* bare JID of the sender */
	TOKEN_NAME = 'n',    /* the sender's nick in a room, or node, folded */
	TOKEN_HAS = 'h',     /* link, file, image, pin */
	TOKEN_THREAD = 't',  /* XEP-0201 */
	TOKEN_MENTION = 'm', /* JID: bare, or of an occupant */
	TOKEN_OCCUPANT = 'o' /* XEP-0421: the same by occupant id */
};

/* Appends one; an empty value gives none. */
void token_add(struct sbuf *out, enum token_kind kind, struct str value);

/* The same without TOKEN_END, where out is empty: for a question. */
void token_write(struct sbuf *out, enum token_kind kind, struct str value);

/* A name as TOKEN_NAME has it, appended: its units with blanks between; as it is, where there are
 * none. */
void token_fold_name(struct sbuf *out, struct str name);
