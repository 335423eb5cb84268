/* SPDX-License-Identifier: Apache-2.0 */
/* Streams that go on, see s2s_claim.h. */
#include "server/s2s/s2s_claim.h"

#include "base/mem.h"
#include "crypto/secret.h"
#include "server/s2s/s2s_track.h"

static struct str put(char **at, struct str s)
{
	char *p = *at;

	memcpy(p, s.ptr, s.len);
	*at += s.len;
	return str_make(p, s.len);
}

static void on_back(struct letter *l)
{
	struct s2s_claim *c = container_of(l, struct s2s_claim, letter);
	struct s2s_track *t;

	if (c->stream) {
		c->on_answer(c->stream, c);
	} else if (c->answer == S2S_CLAIM_GRANTED) {
		t = s2s_track_new(c->from->remote_owner, c->ours, c->theirs, NULL, c);
		s2s_track_go_on(t, c->token, c->handled);
		s2s_track_leave(&t);
	}
	secret_wipe(c->text, c->token.len);
	mem_free(c);
}

static void answer(struct s2s_claim *c, enum s2s_claim_answer a, uint32_t handled)
{
	c->answer = a;
	c->handled = handled;
	c->letter.fn = on_back;
	loop_post(c->from->loop, &c->letter);
}

static void on_taken(void *claim, uint32_t handled)
{
	answer(claim, S2S_CLAIM_GRANTED, handled);
}

static void look_further(struct s2s_claim *c);

static void on_visit(struct letter *l)
{
	struct s2s_claim *c = container_of(l, struct s2s_claim, letter);
	struct s2s_track *t = s2s_track_find(c->from->all[c->next++]->remote_owner, c->token);
	uint32_t handled;

	if (!t) {
		look_further(c);
	} else if (!str_eq(t->ours, c->ours) || !str_eq(t->theirs, c->theirs)) {
		answer(c, S2S_CLAIM_UNKNOWN, 0);
	} else if (s2s_track_is_fresh(t)) {
		s2s_track_take(t, on_taken, c);
	} else {
		handled = t->handled;
		s2s_track_drop(&t);
		answer(c, S2S_CLAIM_LATE, handled);
	}
}

static void look_further(struct s2s_claim *c)
{
	if (c->next == c->from->count) {
		answer(c, S2S_CLAIM_UNKNOWN, 0);
		return;
	}
	c->letter.fn = on_visit;
	loop_post(c->from->all[c->next]->loop, &c->letter);
}

struct s2s_claim *s2s_claim_new(struct home *from, struct str token, struct str ours,
				struct str theirs, void *stream,
				void (*on_answer)(void *stream, const struct s2s_claim *c))
{
	size_t bytes = token.len + ours.len + theirs.len;
	struct s2s_claim *c = mem_zalloc(1, sizeof(*c) + bytes);
	char *at = c->text;

	c->token = put(&at, token);
	c->ours = put(&at, ours);
	c->theirs = put(&at, theirs);
	c->from = from;
	c->stream = stream;
	c->on_answer = on_answer;
	look_further(c);
	return c;
}

void s2s_claim_forget(struct s2s_claim **c)
{
	if (*c)
		(*c)->stream = NULL;
	*c = NULL;
}
