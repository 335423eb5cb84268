/* SPDX-License-Identifier: Apache-2.0 */
/* To the home of a domain, see transit.h. */
#include "server/route/transit.h"

#include "base/mem.h"
#include "server/route/home.h"

struct transit {
	struct letter letter;
	struct home *home;
	void (*take)(struct home *h, struct str domain, struct bytes *stanza, bool is_quiet);
	struct bytes *stanza;
	bool is_quiet;
	struct str domain; /* view into name */
	char name[];
};

static void on_arrival(struct letter *l)
{
	struct transit *t = container_of(l, struct transit, letter);

	t->take(t->home, t->domain, t->stanza, t->is_quiet);
	(void)bytes_unref(t->stanza);
	mem_free(t);
}

void transit_post(struct home *h, struct str domain, struct bytes *stanza, bool is_quiet,
		  void (*take)(struct home *h, struct str domain, struct bytes *stanza,
			       bool is_quiet))
{
	struct home *there = home_of(h, domain);
	struct transit *t;

	if (there == h) {
		take(h, domain, stanza, is_quiet);
		return;
	}
	t = mem_alloc(sizeof(*t) + domain.len);
	*t = (struct transit){ .letter = { .fn = on_arrival },
			       .home = there,
			       .take = take,
			       .stanza = bytes_ref(stanza),
			       .is_quiet = is_quiet };
	memcpy(t->name, domain.ptr, domain.len);
	t->domain = str_make(t->name, domain.len);
	loop_post(there->loop, &t->letter);
}
