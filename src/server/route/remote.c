/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a stanza to the home of another server's domain; see remote.h. */
#include "server/route/remote.h"

#include "base/mem.h"
#include "server/route/home.h"

struct transit {
	struct letter letter;
	struct home *home;
	struct bytes *stanza;
	bool is_quiet;
	struct str domain; /* view into name */
	char name[];
};

static void on_transit(struct letter *l)
{
	struct transit *t = container_of(l, struct transit, letter);

	t->home->remote_ops->take(t->home, t->domain, t->stanza, t->is_quiet);
	(void)bytes_unref(t->stanza);
	mem_free(t);
}

bool remote_post(struct home *h, struct str domain, struct bytes *stanza, bool is_quiet)
{
	struct home *there = home_of(h, domain);
	struct transit *t;

	if (!h->remote_ops)
		return false;
	if (there == h) {
		h->remote_ops->take(h, domain, stanza, is_quiet);
		return true;
	}
	t = mem_alloc(sizeof(*t) + domain.len);
	*t = (struct transit){ .letter = { .fn = on_transit },
			       .home = there,
			       .stanza = bytes_ref(stanza),
			       .is_quiet = is_quiet };
	memcpy(t->name, domain.ptr, domain.len);
	t->domain = str_make(t->name, domain.len);
	loop_post(there->loop, &t->letter);
	return true;
}
