/* SPDX-License-Identifier: Apache-2.0 */
/* One question of dialback (XEP-0220 2.1.2): whether the key that a stream of another server has
 * shown us is that server's. It goes by letter from the stream's loop to the home of that server's
 * domain, and comes back with the answer, exactly once. */
#pragma once

#include "base/list.h"
#include "server/route/home.h"
#include "server/s2s/s2s_trouble.h"
#include "xep/dialback.h"

struct s2s_verify {
	struct letter letter;
	struct list link; /* the stream's, until the answer is there or the stream has gone */
	struct list wait; /* the home's, while it waits there */
	/* the stream's */
	void *stream; /* NULL: it has gone */
	void (*on_answer)(void *stream, struct s2s_verify *v);
	/* constant */
	struct home *from, *home; /* of the stream; of their domain */
	struct str ours, theirs;  /* domains: the one that is spoken to, the one to be shown */
	struct str id, key;       /* of the stream, and what was shown on it */
	/* the home's */
	bool is_sent;
	/* the answer's */
	bool is_valid;
	enum s2s_trouble trouble; /* else: S2S_NO_TROUBLE: the key is not theirs */
	char text[];
};

/* Asks on behalf of stream, which on_answer will hear on this loop unless s2s_verify_forget was
 * called; v is freed behind it. what: the request, DIALBACK_RESULT. Put it into a list by link. */
struct s2s_verify *s2s_verify_new(struct home *from, const struct dialback *what, struct str id,
				  void *stream,
				  void (*on_answer)(void *stream, struct s2s_verify *v));

/* The stream goes. */
void s2s_verify_forget(struct s2s_verify *v);

/* Home: the answer is there; v is not the home's any more. */
void s2s_verify_answer(struct s2s_verify *v, bool is_valid, enum s2s_trouble trouble);
