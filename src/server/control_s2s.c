/* SPDX-License-Identifier: Apache-2.0 */
/* A letter goes from home to home, notes the streams of each, and comes back; another one goes to
 * the home of a domain, and comes back when it is known whether its server can be reached. */
#include "server/control_s2s.h"

#include "base/mem.h"
#include "server/s2s/s2s_in_life.h"
#include "server/s2s/s2s_remote.h"

#include <stdio.h>

enum {
	ROUND_ARENA_MAX = 4 * 1024 * 1024, /* bytes of all that is listed */
	STREAMS_MAX = 5000,                /* that are listed */
};

struct round {
	struct letter letter;
	struct home *first;
	unsigned next; /* index of the home to be asked */
	struct arena arena;
	struct admin_stream *rows; /* STREAMS_MAX of them */
	size_t count;
	void (*fn)(void *arg, const struct admin_stream *streams, size_t count);
	void *arg;
};

static const char *const remote_states[] = { [S2S_IDLE] = "idle",
					     [S2S_OPENING] = "opening",
					     [S2S_OPEN] = "open",
					     [S2S_WAITING] = "waiting" };

static void note_remotes(struct round *r, const struct s2s *s)
{
	const struct s2s_remote *remote;
	size_t at = 0;

	while ((remote = map_next(&s->remotes, &at)) && r->count < STREAMS_MAX) {
		if (remote->state == S2S_IDLE)
			continue;
		r->rows[r->count++] = (struct admin_stream){
			.domain = arena_dup(&r->arena, remote->theirs),
			.ours = arena_dup(&r->arena, remote->ours),
			.direction = "out",
			.state = remote_states[remote->state],
			.wall_since = remote->state == S2S_OPEN ? remote->wall_open : 0,
			.waiting = remote->queue.count,
			.bytes = remote->queue.bytes,
			.trouble = remote->trouble ? s2s_trouble_text(remote->trouble) : STR("")
		};
	}
}

static void note_in(struct round *r, const struct s2s_in *c)
{
	const struct s2s_pair *pair = c->pairs.first;

	do {
		r->rows[r->count++] = (struct admin_stream){
			.domain = arena_dup(&r->arena, pair ? pair->theirs : STR("")),
			.ours = arena_dup(&r->arena, pair && pair->ours.len ? pair->ours : c->ours),
			.direction = "in",
			.state = pair ? "open" : "opening",
			.peer = arena_dup(&r->arena, transport_peer(c->transport)),
			.wall_since = pair ? c->wall_open : 0
		};
		pair = pair ? pair->next : NULL;
	} while (pair && r->count < STREAMS_MAX);
}

static void on_return(struct letter *l)
{
	struct round *r = container_of(l, struct round, letter);

	r->fn(r->arg, r->rows, r->count);
	arena_done(&r->arena);
	mem_free(r);
}

static void pass_on(struct round *r);

static void on_visit(struct letter *l)
{
	struct round *r = container_of(l, struct round, letter);
	const struct s2s *s = r->first->all[r->next++]->remote_owner;

	note_remotes(r, s);
	list_each (link, (struct list *)(uintptr_t)&s->ins) {
		if (r->count < STREAMS_MAX)
			note_in(r, list_entry(link, struct s2s_in, link));
	}
	pass_on(r);
}

static void pass_on(struct round *r)
{
	bool is_done = r->next == r->first->count;

	r->letter.fn = is_done ? on_return : on_visit;
	loop_post(is_done ? r->first->loop : r->first->all[r->next]->loop, &r->letter);
}

void control_list_streams(void *owner,
			  void (*fn)(void *arg, const struct admin_stream *streams, size_t count),
			  void *arg)
{
	struct round *r = mem_zalloc(1, sizeof(*r));

	arena_init(&r->arena, ROUND_ARENA_MAX);
	r->first = owner;
	r->rows = arena_zalloc(&r->arena, STREAMS_MAX * sizeof(*r->rows));
	r->fn = fn;
	r->arg = arg;
	pass_on(r);
}

/* ---- a test ---- */

struct trial {
	struct letter letter;
	struct s2s_probe probe;
	struct home *first, *home;
	void (*fn)(void *arg, struct str why);
	void *arg;
	char why[512];
	struct str domain; /* view into name */
	char name[];
};

static void on_back(struct letter *l)
{
	struct trial *t = container_of(l, struct trial, letter);

	t->fn(t->arg, str_from(t->why));
	mem_free(t);
}

static void on_known(struct s2s_probe *p, enum s2s_trouble trouble, struct str reason)
{
	struct trial *t = container_of(p, struct trial, probe);

	if (trouble)
		(void)snprintf(t->why, sizeof(t->why), "%.*s%s%.*s",
			       STR_ARG(s2s_trouble_text(trouble)), reason.len ? ": " : "",
			       STR_ARG(reason));
	t->letter.fn = on_back;
	loop_post(t->first->loop, &t->letter);
}

static void on_trial(struct letter *l)
{
	struct trial *t = container_of(l, struct trial, letter);

	t->probe.fn = on_known;
	s2s_remote_probe(t->home->remote_owner, t->domain, &t->probe);
}

void control_test_server(void *owner, struct str domain, void (*fn)(void *arg, struct str why),
			 void *arg)
{
	struct trial *t = mem_zalloc(1, sizeof(*t) + domain.len);

	memcpy(t->name, domain.ptr, domain.len);
	t->domain = str_make(t->name, domain.len);
	t->first = owner;
	t->home = home_of(owner, t->domain);
	t->fn = fn;
	t->arg = arg;
	t->letter.fn = on_trial;
	loop_post(t->home->loop, &t->letter);
}
