/* SPDX-License-Identifier: Apache-2.0 */
/* What can be found in an archived message: its own words, without what only quotes or stands in
 * for something else (XEP-0428), who wrote it, whom it mentions (XEP-0372, XEP-0513), what is
 * attached (XEP-0066, XEP-0385, XEP-0447). Nothing can be found in an encrypted one (XEP-0380). Any
 * thread.
 */
#pragma once

#include "base/arena.h"
#include "search/query.h"
#include "search/tokens.h"

enum {
	MESSAGE_WORDS_BYTES_MAX = 64 * 1024, /* of text that is read from one message */
	MESSAGE_TOKENS_BYTES_MAX = 1024 * 1024,
};

/* Bump it when other tokens come out of the same message: indexes are made anew then. */
enum { MESSAGE_TOKENS_VERSION = 1 };

struct message_words {
	struct arena arena;      /* of the tree */
	struct sbuf tokens;      /* each with TOKEN_END behind it */
	struct sbuf phrases;     /* all units in their order, each with a blank in front and behind;
				  * pieces that do not belong together with two */
	bool is_without_phrases; /* only tokens are wanted: phrases stays empty */
};

void message_words_init(struct message_words *m);
void message_words_done(struct message_words *m);

/* Reads a stored message into m (which has been used before, or not); its buffers are valid until
 * the next call. False: there is nothing to be found in it. */
bool message_words_read(struct message_words *m, struct str stanza);

/* Whether all phrases, written as search/query.h does, stand in the message that was read last. */
bool message_words_have(const struct message_words *m, const struct str *phrases, size_t count);

/* Whether the message that was read last mentions somebody: by one of the terms that are mentions
 * (TOKEN_MENTION, TOKEN_OCCUPANT), or by a name in its text (query_name; unset: none). */
bool message_words_mention(const struct message_words *m, const struct query_term *terms,
			   size_t count, struct str name);
