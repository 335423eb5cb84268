/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of streams that outlive them (XEP-0198 5): what is counted, who may go on with it, how
 * much of it is kept; and what another server has acknowledged of what was sent to it. */
#include "server/s2s/s2s_track.h"

#include "server/route/feature.h"
#include "server/s2s/s2s_claim.h"
#include "server/s2s/s2s_policy.h"
#include "server/s2s/s2s_resume.h"

#include "support/server/route/route_bed.h"
#include "support/unit.h"

#include <stdio.h>

static const struct feature feature = {
	.name = "test", .spec = "", .test = "", .conf = &s2s_conf_table
};
static const struct feature *const features[] = { &feature, NULL };

struct bed {
	struct route_bed *route;
	struct s2s s2s;
	unsigned settled, taken, answers;
	enum s2s_claim_answer answer;
	uint32_t handled;
};

static void on_settled(void *stream)
{
	((struct bed *)stream)->settled++;
}

static void on_taken(void *stream)
{
	((struct bed *)stream)->taken++;
}

static const struct s2s_track_events events = { .on_settled = on_settled, .on_taken = on_taken };

static void bed_init(struct bed *b)
{
	struct home *h;

	*b = (struct bed){ .route = route_bed_new(features, "") };
	h = route_bed_home(b->route);
	b->s2s.home = h;
	list_init(&b->s2s.tracks);
	h->remote_owner = &b->s2s;
}

static void bed_done(struct bed *b)
{
	s2s_track_stop(&b->s2s);
	assert_true(list_is_empty(&b->s2s.tracks));
	assert_int_equal(b->s2s.track_count, 0);
	route_bed_free(&b->route);
}

static struct s2s_track *track(struct bed *b)
{
	struct s2s_track *t =
		s2s_track_new(&b->s2s, STR("a.example"), STR("b.example"), &events, b);

	t->can_resume = true;
	return t;
}

static void on_answer(void *stream, const struct s2s_claim *c)
{
	struct bed *b = stream;

	b->answers++;
	b->answer = c->answer;
	b->handled = c->handled;
}

static void turn(struct bed *b)
{
	bool is_done = false;

	for (unsigned i = 0; i < 4; i++)
		loop_run_until(b->s2s.home->loop, &is_done, USEC_PER_MSEC);
}

static struct s2s_claim *claim(struct bed *b, const char *token, const char *theirs)
{
	return s2s_claim_new(b->s2s.home, str_from(token), STR("a.example"), str_from(theirs), b,
			     on_answer);
}

/* What came first is counted first, whatever is handled first. */
static void counts_in_order(void **state)
{
	struct receipt *one[S2S_BATCH_STANZAS], *other;
	struct s2s_track *t;
	struct bed b;

	(void)state;
	bed_init(&b);
	t = track(&b);
	assert_true(s2s_track_ask(t));
	for (unsigned i = 0; i < S2S_BATCH_STANZAS; i++)
		one[i] = receipt_ref(s2s_track_count(t));
	other = receipt_ref(s2s_track_count(t));
	assert_ptr_not_equal(one[0], other);
	assert_false(s2s_track_ask(t));
	receipt_give(other);
	turn(&b);
	assert_int_equal(t->handled, 0);
	assert_int_equal(b.settled, 0);
	for (unsigned i = 0; i < S2S_BATCH_STANZAS; i++)
		receipt_give(one[i]);
	turn(&b);
	assert_int_equal(t->handled, S2S_BATCH_STANZAS + 1);
	assert_int_equal(b.settled, 1);
	assert_true(s2s_track_ask(t));
	s2s_track_drop(&t);
	bed_done(&b);
}

/* The stream that goes on hears the count when nothing is under way any more; from then on the id
 * is its own. */
static void is_claimed_once(void **state)
{
	char token[S2S_TOKEN_LEN + 1];
	struct receipt *under_way;
	struct s2s_track *t;
	struct bed b;

	(void)state;
	bed_init(&b);
	t = track(&b);
	memcpy(token, t->token, sizeof(token));
	under_way = receipt_ref(s2s_track_count(t));
	(void)claim(&b, token, "b.example");
	turn(&b);
	assert_int_equal(b.taken, 1);
	assert_int_equal(b.answers, 0);
	(void)claim(&b, token, "b.example"); /* a thief, or an impatient one */
	turn(&b);
	assert_int_equal(b.answers, 1);
	assert_int_equal(b.answer, S2S_CLAIM_UNKNOWN);
	receipt_give(under_way);
	turn(&b);
	assert_int_equal(b.answers, 2);
	assert_int_equal(b.answer, S2S_CLAIM_GRANTED);
	assert_int_equal(b.handled, 1);
	bed_done(&b);
}

static void is_claimed_by_its_owner_only(void **state)
{
	char token[S2S_TOKEN_LEN + 1];
	struct s2s_track *t;
	struct bed b;

	(void)state;
	bed_init(&b);
	t = track(&b);
	memcpy(token, t->token, sizeof(token));
	s2s_track_leave(&t);
	(void)claim(&b, token, "c.example");
	turn(&b);
	assert_int_equal(b.answer, S2S_CLAIM_UNKNOWN);
	assert_int_equal(b.answers, 1);
	(void)claim(&b, token, "b.example");
	turn(&b);
	assert_int_equal(b.answer, S2S_CLAIM_GRANTED);
	bed_done(&b);
}

/* The stream that wanted to go on is gone before it hears: the next one may. */
static void is_not_lost_on_the_way(void **state)
{
	char token[S2S_TOKEN_LEN + 1];
	struct s2s_claim *c;
	struct s2s_track *t;
	struct bed b;

	(void)state;
	bed_init(&b);
	t = track(&b);
	memcpy(token, t->token, sizeof(token));
	(void)s2s_track_count(t);
	s2s_track_leave(&t);
	c = claim(&b, token, "b.example");
	s2s_claim_forget(&c);
	turn(&b);
	assert_int_equal(b.answers, 0);
	(void)claim(&b, token, "b.example");
	turn(&b);
	assert_int_equal(b.answer, S2S_CLAIM_GRANTED);
	assert_int_equal(b.handled, 1);
	bed_done(&b);
}

static void is_late(void **state)
{
	char token[S2S_TOKEN_LEN + 1];
	struct s2s_track *t, *late;
	struct bed b;

	(void)state;
	bed_init(&b);
	late = t = track(&b);
	memcpy(token, t->token, sizeof(token));
	(void)s2s_track_count(t);
	s2s_track_leave(&t);
	turn(&b);
	late->ended_at -= USEC_PER_HOUR;
	(void)claim(&b, token, "b.example");
	turn(&b);
	assert_int_equal(b.answer, S2S_CLAIM_LATE);
	assert_int_equal(b.handled, 1);
	(void)claim(&b, token, "b.example");
	turn(&b);
	assert_int_equal(b.answer, S2S_CLAIM_UNKNOWN);
	bed_done(&b);
}

/* Who comes and goes does not push out what was counted of others, before there are very many. */
static void is_bounded(void **state)
{
	char token[S2S_TOKEN_LEN + 1], name[32];
	struct s2s_track *t;
	struct bed b;

	(void)state;
	bed_init(&b);
	t = track(&b);
	memcpy(token, t->token, sizeof(token));
	s2s_track_leave(&t);
	for (unsigned i = 0; i < 2 * S2S_TRACKS_DOMAIN_MAX; i++) {
		t = s2s_track_new(&b.s2s, STR("a.example"), STR("c.example"), &events, &b);
		t->can_resume = true;
		s2s_track_leave(&t);
	}
	assert_int_equal(b.s2s.track_count, 1 + S2S_TRACKS_DOMAIN_MAX);
	assert_non_null(s2s_track_find(&b.s2s, str_from(token)));
	for (unsigned i = 0; i < S2S_TRACKS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "c%u.example", i);
		t = s2s_track_new(&b.s2s, STR("a.example"), str_from(name), &events, &b);
		t->can_resume = true;
		s2s_track_leave(&t);
	}
	assert_int_equal(b.s2s.track_count, S2S_TRACKS_MAX);
	assert_null(s2s_track_find(&b.s2s, str_from(token)));
	t = s2s_track_new(&b.s2s, STR("a.example"), STR("b.example"), &events, &b);
	s2s_track_leave(&t); /* without resumption nothing stays */
	assert_int_equal(b.s2s.track_count, S2S_TRACKS_MAX);
	bed_done(&b);
}

/* ---- the other side ---- */

static void push(struct s2s_queue *q, const char *text)
{
	struct bytes *bytes = bytes_new(str_from(text));

	assert_int_equal(s2s_queue_push(q, bytes, false, MIB), OK);
	(void)bytes_unref(bytes);
}

static void give_up_first(struct s2s_resume *r, struct s2s_queue *q)
{
	r->given_up += q->sent > 0;
	s2s_item_free(s2s_queue_take(q));
}

static void acknowledgements(void **state)
{
	struct s2s_resume r = { .acked = 0 };
	struct s2s_queue q;

	(void)state;
	s2s_queue_init(&q);
	s2s_resume_begin(&r);
	r.acked = UINT32_MAX; /* h is modulo 2^32 */
	push(&q, "a");
	push(&q, "b");
	(void)s2s_queue_next(&q);
	assert_int_equal(s2s_resume_ack(&r, &q, 1), ERR_INVALID);
	assert_int_equal(s2s_resume_ack(&r, &q, 0), OK);
	assert_int_equal(q.count, 1);
	assert_int_equal(s2s_resume_ack(&r, &q, 0), OK);
	assert_int_equal(s2s_resume_ack(&r, &q, UINT32_MAX), ERR_INVALID); /* it goes back */
	s2s_queue_done(&q);
	s2s_resume_done(&r);
}

/* What was sent and has come back to its sender meanwhile is known to be theirs, or never comes. */
static void goes_on_behind_what_was_given_up(void **state)
{
	struct s2s_resume r = { .acked = 0 };
	struct s2s_queue q;

	(void)state;
	s2s_queue_init(&q);
	s2s_resume_begin(&r);
	s2s_resume_name(&r, STR("id"));
	for (const char *text = "a\0b\0c\0d\0e\0"; *text; text += 2)
		push(&q, text);
	for (unsigned i = 0; i < 4; i++)
		(void)s2s_queue_next(&q);
	give_up_first(&r, &q); /* a, b */
	give_up_first(&r, &q);
	assert_int_equal(s2s_resume_go_on(&r, &q, 5), ERR_INVALID);
	assert_int_equal(s2s_resume_go_on(&r, &q, 3), OK); /* they have a, b, c */
	assert_true(str_eq(bytes_str(s2s_queue_next(&q)->stanza), STR("d")));
	assert_true(str_eq(bytes_str(s2s_queue_next(&q)->stanza), STR("e")));
	assert_int_equal(s2s_resume_ack(&r, &q, 4), OK);
	give_up_first(&r, &q); /* e, which never came */
	assert_int_equal(s2s_resume_go_on(&r, &q, 4), OK);
	push(&q, "f");
	(void)s2s_queue_next(&q);
	assert_int_equal(s2s_resume_ack(&r, &q, 5), OK);
	assert_int_equal(q.count, 0);
	s2s_queue_done(&q);
	s2s_resume_done(&r);
}

static void ids(void **state)
{
	struct bytes *lengthy = bytes_new_empty(S2S_RESUME_ID_MAX + 1);
	struct s2s_resume r = { .acked = 0 };

	(void)state;
	memset(lengthy->data, 'x', lengthy->len);
	s2s_resume_name(&r, STR("one"));
	s2s_resume_name(&r, STR("two"));
	assert_true(str_eq(r.id, STR("two")));
	s2s_resume_name(&r, bytes_str(lengthy));
	assert_int_equal(r.id.len, 0);
	s2s_resume_done(&r);
	(void)bytes_unref(lengthy);
}

UNIT_TESTS(server_s2s_track, cmocka_unit_test(counts_in_order), cmocka_unit_test(is_claimed_once),
	   cmocka_unit_test(is_claimed_by_its_owner_only), cmocka_unit_test(is_not_lost_on_the_way),
	   cmocka_unit_test(is_late), cmocka_unit_test(is_bounded),
	   cmocka_unit_test(acknowledgements), cmocka_unit_test(goes_on_behind_what_was_given_up),
	   cmocka_unit_test(ids));
