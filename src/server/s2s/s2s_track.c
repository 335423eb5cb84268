/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of streams of other servers, see s2s_track.h. */
#include "server/s2s/s2s_track.h"

#include "base/mem.h"
#include "base/random.h"
#include "crypto/secret.h"

/* Stanzas one behind the other. */
struct s2s_batch {
	struct receipt receipt;
	struct list link;
	struct s2s_track *track; /* NULL: it has gone */
	uint32_t stanzas;
	bool is_asked; /* somebody wants to hear when it is handled */
	bool is_done;
};

static void free_track(struct s2s_track *t)
{
	list_each (link, &t->batches) {
		struct s2s_batch *b = list_entry(link, struct s2s_batch, link);

		list_remove(link);
		b->track = NULL;
	}
	if (t->open)
		receipt_give(&t->open->receipt);
	list_remove(&t->link);
	if (!t->stream)
		t->s2s->track_count--;
	secret_wipe(t->token, sizeof(t->token));
	mem_free(t);
}

static void close_batch(struct s2s_track *t)
{
	if (t->open)
		receipt_give(&t->open->receipt);
	t->open = NULL;
}

/* ---- counting ---- */

/* Those in front that are handled. True: one of them was asked for. */
static bool count_done(struct s2s_track *t)
{
	bool is_asked = false;

	list_each (link, &t->batches) {
		struct s2s_batch *b = list_entry(link, struct s2s_batch, link);

		if (!b->is_done)
			break;
		t->handled += b->stanzas;
		is_asked = is_asked || b->is_asked;
		list_remove(link);
		mem_free(b);
	}
	return is_asked;
}

static void hand_over(struct s2s_track *t)
{
	void (*taken)(void *claim, uint32_t handled) = t->taken;
	uint32_t handled = t->handled;
	void *claim = t->claim;

	free_track(t);
	taken(claim, handled);
}

static void on_handled(struct receipt *r)
{
	struct s2s_batch *b = container_of(r, struct s2s_batch, receipt);
	struct s2s_track *t = b->track;
	bool is_asked;

	if (!t) {
		mem_free(b);
		return;
	}
	b->is_done = true;
	is_asked = count_done(t);
	if (t->claim) {
		if (list_is_empty(&t->batches))
			hand_over(t);
	} else if (is_asked && t->stream) {
		t->events->on_settled(t->stream);
	}
}

struct receipt *s2s_track_count(struct s2s_track *t)
{
	if (t->open && t->open->stanzas >= S2S_BATCH_STANZAS)
		close_batch(t);
	if (!t->open) {
		t->open = mem_zalloc(1, sizeof(*t->open));
		receipt_init(&t->open->receipt, t->s2s->home->loop, on_handled);
		t->open->track = t;
		list_append(&t->batches, &t->open->link);
	}
	t->open->stanzas++;
	return &t->open->receipt;
}

bool s2s_track_ask(struct s2s_track *t)
{
	if (list_is_empty(&t->batches))
		return true;
	list_entry(t->batches.prev, struct s2s_batch, link)->is_asked = true;
	close_batch(t);
	return false;
}

/* ---- coming and going ---- */

struct s2s_track *s2s_track_new(struct s2s *s, struct str ours, struct str theirs,
				const struct s2s_track_events *events, void *stream)
{
	struct s2s_track *t = mem_zalloc(1, sizeof(*t) + ours.len + theirs.len);

	memcpy(t->text, ours.ptr, ours.len);
	memcpy(t->text + ours.len, theirs.ptr, theirs.len);
	t->ours = str_make(t->text, ours.len);
	t->theirs = str_make(t->text + ours.len, theirs.len);
	t->s2s = s;
	t->events = events;
	t->stream = stream;
	list_init(&t->batches);
	random_token(t->token, S2S_TOKEN_LEN);
	list_prepend(&s->tracks, &t->link); /* those that have gone are behind */
	return t;
}

void s2s_track_go_on(struct s2s_track *t, struct str token, uint32_t handled)
{
	must(token.len == S2S_TOKEN_LEN);
	memcpy(t->token, token.ptr, S2S_TOKEN_LEN);
	t->can_resume = true;
	t->handled = handled;
}

void s2s_track_drop(struct s2s_track **track)
{
	struct s2s_track *t = *track;

	*track = NULL;
	if (!t)
		return;
	close_batch(t);
	free_track(t);
}

static bool is_of(const struct s2s_track *t, struct str domain)
{
	return !t->stream && !t->claim && (!domain.len || str_eq(t->theirs, domain));
}

/* Of a domain, or of all, no more than max stay. */
static void forget_oldest(struct s2s *s, struct str domain, size_t max)
{
	size_t count = 0;

	list_each (link, &s->tracks)
		count += is_of(list_entry(link, struct s2s_track, link), domain);
	list_each (link, &s->tracks) {
		struct s2s_track *t = list_entry(link, struct s2s_track, link);

		if (count <= max)
			break;
		if (is_of(t, domain)) {
			count--;
			free_track(t); /* never that whose name domain is: it is the newest */
		}
	}
}

void s2s_track_leave(struct s2s_track **track)
{
	struct s2s_track *t = *track;
	struct s2s *s;

	if (!t || !t->can_resume || t->s2s->is_stopping) {
		s2s_track_drop(track);
		return;
	}
	*track = NULL;
	s = t->s2s;
	close_batch(t);
	list_remove(&t->link);
	list_append(&s->tracks, &t->link);
	t->stream = NULL;
	t->ended_at = clock_now();
	s->track_count++;
	forget_oldest(s, t->theirs, S2S_TRACKS_DOMAIN_MAX);
	forget_oldest(s, STR_NONE, S2S_TRACKS_MAX);
}

void s2s_track_stop(struct s2s *s)
{
	list_each (link, &s->tracks) {
		struct s2s_track *t = list_entry(link, struct s2s_track, link);

		if (!t->stream && !t->claim)
			s2s_track_drop(&t);
	}
}

/* ---- going on with it ---- */

struct s2s_track *s2s_track_find(struct s2s *s, struct str token)
{
	list_each (link, &s->tracks) {
		struct s2s_track *t = list_entry(link, struct s2s_track, link);

		if (t->can_resume && token.len == S2S_TOKEN_LEN &&
		    secret_equal(token.ptr, t->token, S2S_TOKEN_LEN))
			return t;
	}
	return NULL;
}

bool s2s_track_is_fresh(const struct s2s_track *t)
{
	usec_t limit = conf_duration(t->s2s->home->conf, "limits.server_resume");

	return t->stream || clock_now() - t->ended_at <= limit;
}

void s2s_track_take(struct s2s_track *t, void (*taken)(void *claim, uint32_t handled), void *claim)
{
	void *stream = t->stream;

	if (stream)
		t->s2s->track_count++; /* as one that has gone */
	t->stream = NULL;
	t->can_resume = false; /* nobody else finds it */
	t->taken = taken;
	t->claim = claim;
	close_batch(t);
	if (stream)
		t->events->on_taken(stream);
	if (list_is_empty(&t->batches))
		hand_over(t);
}
