/* SPDX-License-Identifier: Apache-2.0 */
/* The tie between the connection of a component, on the loop that accepted it, and the component at
 * the home of its domain: letters only, so that both may be anywhere. Each function says which side
 * calls it. */
#pragma once

#include "base/bytes.h"
#include "server/route/home.h"
#include "xmpp/condition.h"

struct plug;

/* What the connection hears. */
struct plug_conn_ops {
	/* The answer to plug_new; after false nothing follows and the connection still leaves. */
	void (*on_attached)(void *conn, bool is_attached);
	/* A stanza for the component; a count stays the caller's. */
	void (*on_stanza)(void *conn, struct bytes *stanza);
	/* The component is to be ended with this error. */
	void (*on_kick)(void *conn, enum stream_condition why, struct str text);
};

/* What the home hears. */
struct plug_home_ops {
	/* A connection has shown that it speaks for the domain of p. True: it may. */
	bool (*on_attach)(struct plug *p);
	/* p may be used: what is sent now comes behind the answer. Called after a true on_attach.
	 */
	void (*on_ready)(struct plug *p);
	/* The connection has gone; p is not used any more. Called after a true on_attach only. */
	void (*on_detach)(struct plug *p);
	/* So many bytes of what was sent have left. */
	void (*on_written)(struct plug *p, size_t bytes);
};

struct plug {
	/* constant */
	const struct plug_conn_ops *conn_ops;
	const struct plug_home_ops *home_ops;
	struct home *from, *home; /* of the connection, of the component */
	struct str domain, peer;  /* in name */
	/* the connection's */
	void *conn; /* NULL: it has left */
	/* the home's */
	void *component; /* set by on_attach */
	bool is_attached;
	char name[];
};

/* Connection: asks home to be the component of domain. peer is what administrators see. */
struct plug *plug_new(const struct plug_conn_ops *conn_ops, const struct plug_home_ops *home_ops,
		      void *conn, struct home *from, struct str domain, struct str peer);

/* Connection: ends it; NULL is fine, and NULL afterwards. What comes after that is answered with
 * errors. */
void plug_leave(struct plug **p);

/* Connection: bytes have left. */
void plug_written(struct plug *p, size_t bytes);

/* Home: a stanza for the component; takes a count of its own. */
void plug_send(struct plug *p, struct bytes *stanza);

/* Home: ends the connection. text must be constant. */
void plug_kick(struct plug *p, enum stream_condition why, struct str text);
