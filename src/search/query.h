/* SPDX-License-Identifier: Apache-2.0 */
/* What people type into a search (docs/search.md): words, "phrases", from: in: has: before: after:
 * thread: mentions:me. What is no operator is text to be found; nothing that is typed is an error
 * but too much of it. Any thread. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "search/tokens.h"
#include "xmpp/jid.h"

enum {
	QUERY_BYTES_MAX = 1024,
	QUERY_TERMS_MAX = 64, /* alternatives included */
	QUERY_PHRASES_MAX = 8,
};

/* One token that must be there, or an alternative to the one before it. */
struct query_term {
	struct str token;
	bool is_alternative;
};

struct query {
	const struct query_term *terms;
	unsigned term_count;
	const struct str *phrases; /* units with blanks between, in front and behind */
	unsigned phrase_count;
	struct jid in; /* unset: anywhere */
	bool has_begin, has_end;
	usec_t wall_begin;   /* inclusive */
	usec_t wall_end;     /* exclusive */
	bool has_address;    /* a sender is looked for by another address than one's own */
	bool is_void;        /* nothing can be found: an address that is none, text without units */
	bool has_mention;    /* of the asker; once, however often it was typed */
	unsigned mention_at; /* the first of its terms; the others are alternatives behind it */
};

/* Who asks, where. */
struct query_view {
	struct str me;                        /* bare JID */
	struct str occupant_jid, occupant_id; /* of the asker in the room that is searched; empty:
					       * none */
	struct str nick;                      /* the asker's name there; empty: none */
	bool hides_addresses; /* senders must not be looked for by address, but for oneself */
};

/* A name as text that stands together: its units as struct query has phrases (unset where there are
 * none), and in *ret_token a term that every message with it has. Strings live in the arena. */
struct str query_name(struct str name, struct arena *a, struct str *ret_token);

/* ERR_TOO_BIG: a limit was passed. Strings live in the arena. */
must_check enum err query_read(struct str text, const struct query_view *view, struct arena *a,
			       struct query *ret_query);
