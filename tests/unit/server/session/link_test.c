/* SPDX-License-Identifier: Apache-2.0 */
/* session/link: both ends, on one loop and on two that take turns. */
#include "server/session/link.h"

#include "support/unit.h"

struct bed {
	struct loop *conn_loop;
	struct home home;
	struct link *conn_link;    /* as the connection holds it */
	struct link *session_link; /* as the session holds it */
	unsigned requests, texts, gone, answers, pieces, overs;
	bool is_paused, is_in_order, leaves_on_text, leaves_on_over;
	size_t text_bytes, unsent, measured;
};

static struct bed *bed; /* on_request gets nothing else */

/* ---- turns ---- */

struct turn {
	struct letter letter;
	void (*fn)(void);
	bool is_done;
};

static void on_turn(struct letter *l)
{
	struct turn *t = container_of(l, struct turn, letter);

	if (t->fn)
		t->fn();
	t->is_done = true;
}

static void run(struct loop *l, void (*fn)(void))
{
	struct turn t = { .letter.fn = on_turn, .fn = fn };

	loop_post(l, &t.letter);
	loop_run_until(l, &t.is_done, USEC_PER_SEC);
	assert_true(t.is_done);
}

static void at_conn(void (*fn)(void))
{
	run(bed->conn_loop, fn);
}

static void at_home(void (*fn)(void))
{
	run(bed->home.loop, fn);
}

/* Until all letters have come, to and fro. */
static void settle(void)
{
	for (int i = 0; i < 4; i++) {
		at_home(NULL);
		at_conn(NULL);
	}
}

/* ---- the ends ---- */

static void on_answer(void *conn, const struct bind_answer *a)
{
	assert_ptr_equal(conn, bed);
	assert_true(str_eq(a->jid, STR("romeo@localhost/x")));
	assert_true(str_eq(a->elements, STR("<bound/>")));
	bed->answers++;
}

static void on_bytes(void *conn, struct bytes *bytes)
{
	assert_int_equal(bed->answers, 1); /* in order */
	assert_true(str_eq(bytes_str(bytes), STR("<message/>")));
	bed->pieces++;
}

static void leave(void)
{
	link_leave(&bed->conn_link, true);
	assert_null(bed->conn_link);
}

static void on_over(void *conn, bool is_error, unsigned condition, struct str text)
{
	assert_true(is_error && condition == 7 && str_eq(text, STR("enough")));
	bed->overs++;
	if (bed->leaves_on_over)
		leave();
}

static void on_pause(void *conn, bool is_paused)
{
	assert_int_not_equal(bed->is_paused, is_paused);
	bed->is_paused = is_paused;
}

static size_t unsent(void *conn)
{
	assert_ptr_equal(conn, bed);
	return bed->unsent + bed->pieces;
}

static const struct link_conn_ops conn_ops = { .on_answer = on_answer,
					       .on_bytes = on_bytes,
					       .on_over = on_over,
					       .on_pause = on_pause,
					       .unsent = unsent };

static void on_request(struct link *l, const struct bind_request *r)
{
	assert_true(str_eq(r->bare, STR("romeo@localhost")));
	assert_true(str_eq(r->lang, STR("de")));
	assert_ptr_equal(link_home(l), &bed->home);
	bed->session_link = l;
	bed->requests++;
}

static void end(void)
{
	link_over(&bed->session_link, true, 7, STR("enough"));
	assert_null(bed->session_link);
}

static void on_text(void *session, struct str text, usec_t received)
{
	assert_ptr_equal(session, bed);
	assert_true(received > 0);
	bed->texts++;
	bed->text_bytes += text.len;
	if (bed->leaves_on_text)
		end();
}

static void on_gone(void *session, bool is_in_order)
{
	bed->gone++;
	bed->is_in_order = is_in_order;
	bed->session_link = NULL;
}

static const struct link_session_ops session_ops = { .on_request = on_request,
						     .on_text = on_text,
						     .on_gone = on_gone };

static void connect_link(void)
{
	char bare[] = "romeo@localhost", lang[] = "de";

	bed->conn_link = link_new(&conn_ops, bed, &session_ops, &bed->home);
	link_request(bed->conn_link,
		     &(struct bind_request){ .bare = str_from(bare), .lang = str_from(lang) });
	memset(bare, 'x', sizeof(bare) - 1); /* what a request says was copied */
	memset(lang, 'x', sizeof(lang) - 1);
}

static void attach(void)
{
	link_attach(bed->session_link, bed);
	link_answer(bed->session_link, &(struct bind_answer){ .jid = STR("romeo@localhost/x"),
							      .elements = STR("<bound/>") });
}

static void send_piece(void)
{
	struct bytes *b = bytes_new(STR("<message/>"));

	link_bytes(bed->session_link, b);
	(void)bytes_unref(b); /* the link has its own count */
}

static void send_text(void)
{
	link_text(bed->conn_link, STR("<iq/>"));
}

/* ---- tests ---- */

static void set_up(struct bed *b, bool is_apart)
{
	*b = (struct bed){ .is_paused = false };
	bed = b;
	assert_int_equal(loop_new(0, &b->conn_loop), OK);
	b->home.loop = b->conn_loop;
	if (is_apart)
		assert_int_equal(loop_new(1, &b->home.loop), OK);
	at_conn(connect_link);
	settle();
	at_home(attach);
	settle();
	assert_int_equal(b->requests, 1);
	assert_int_equal(b->answers, 1);
}

static void tear_down(struct bed *b)
{
	settle(); /* the link itself has gone with the last letter: the leak checker says if not */
	if (b->home.loop != b->conn_loop)
		loop_free(&b->home.loop);
	loop_free(&b->conn_loop);
}

static void carries_both_ways(void **state)
{
	for (int is_apart = 0; is_apart < 2; is_apart++) {
		struct bed b;

		set_up(&b, is_apart);
		at_conn(send_text);
		at_home(send_piece);
		settle();
		assert_int_equal(b.texts, 1);
		assert_int_equal(b.pieces, 1);
		at_conn(leave);
		settle();
		assert_int_equal(b.gone, 1);
		assert_true(b.is_in_order);
		tear_down(&b);
	}
}

static void session_ends_first(void **state)
{
	for (int is_apart = 0; is_apart < 2; is_apart++) {
		struct bed b;

		set_up(&b, is_apart);
		b.leaves_on_over = true;
		at_home(end);
		settle();
		assert_int_equal(b.overs, 1);
		assert_int_equal(b.gone, 0); /* it knows */
		tear_down(&b);
	}
}

/* The session ends inside a text, the connection inside that: the link is gone before link_text
 * returns. */
static void ends_inside_a_text(void **state)
{
	for (int is_apart = 0; is_apart < 2; is_apart++) {
		struct bed b;

		set_up(&b, is_apart);
		b.leaves_on_text = b.leaves_on_over = true;
		at_conn(send_text);
		settle();
		assert_int_equal(b.texts, 1);
		assert_int_equal(b.overs, 1);
		assert_null(b.conn_link);
		tear_down(&b);
	}
}

/* Both let go while neither has heard of the other. */
static void both_end_at_once(void **state)
{
	struct bed b;

	set_up(&b, true);
	at_conn(leave);
	end(); /* on no loop: the letter of the other lies in the box */
	settle();
	assert_int_equal(b.gone, 0);
	assert_int_equal(b.overs, 0);
	tear_down(&b);
}

static void leave_while_asked(void **state)
{
	for (int is_apart = 0; is_apart < 2; is_apart++) {
		struct bed b = { .is_paused = false };
		struct link *held;

		bed = &b;
		assert_int_equal(loop_new(0, &b.conn_loop), OK);
		b.home.loop = b.conn_loop;
		if (is_apart)
			assert_int_equal(loop_new(1, &b.home.loop), OK);
		at_conn(connect_link);
		settle();
		held = b.session_link;
		link_hold(held);
		at_conn(leave);
		settle();
		assert_true(link_is_left(held));
		at_home(attach); /* an answer to nobody */
		settle();
		assert_int_equal(b.answers, 0);
		link_release(held);
		tear_down(&b);
	}
}

/* A home that cannot keep up is not buried in letters. */
static void send_much(void)
{
	static char text[64 * 1024];

	memset(text, 'x', sizeof(text));
	for (unsigned i = 0; i < 1000 && !bed->is_paused; i++)
		link_text(bed->conn_link, str_make(text, sizeof(text)));
}

static void pauses_who_sends_too_much(void **state)
{
	struct bed b;

	set_up(&b, true);
	at_conn(send_much);
	assert_true(b.is_paused);
	at_home(NULL);
	assert_true(b.text_bytes > LINK_BYTES_MAX / 2 && b.text_bytes < 2 * LINK_BYTES_MAX);
	at_conn(NULL);
	assert_false(b.is_paused);
	at_conn(leave);
	tear_down(&b);
}

/* A session can tell what its connection has not taken. */
static void send_pieces(void)
{
	for (int i = 0; i < 1000; i++)
		send_piece();
}

static void counts_what_waits(void **state)
{
	struct bed b;

	set_up(&b, true);
	at_home(send_pieces);
	assert_true(link_waiting(b.session_link) > 512 * 1000);
	at_conn(NULL);
	at_home(NULL);
	assert_int_equal(b.pieces, 1000);
	assert_true(link_waiting(b.session_link) < 64 * 1024);
	at_home(send_pieces);
	at_conn(leave); /* before they come: nobody takes them */
	tear_down(&b);
}

static void pause(void)
{
	link_pause(bed->session_link, true);
}

static void go_on(void)
{
	link_pause(bed->session_link, false);
}

/* Two reasons to pause: it goes on when both have gone. */
static void two_reasons_to_pause(void **state)
{
	struct bed b;

	set_up(&b, true);
	at_conn(send_much);
	at_home(pause);
	at_conn(NULL);
	assert_true(b.is_paused);
	at_home(go_on);
	at_conn(NULL);
	assert_false(b.is_paused);
	at_conn(leave);
	tear_down(&b);
}

/* ---- what has not left ---- */

enum { UNKNOWN = 99 };

static void measure(void)
{
	size_t bytes;

	bed->measured = link_measure(bed->session_link, &bytes) ? bytes : UNKNOWN;
}

static void send_and_measure(void)
{
	send_piece();
	measure();
}

/* The answer is of what was sent before the question, given once, and asked for by the next one. */
static void measures_what_has_not_left(void **state)
{
	for (int is_apart = 0; is_apart < 2; is_apart++) {
		struct bed b;

		set_up(&b, is_apart);
		b.unsent = 10;
		at_home(send_and_measure);
		assert_int_equal(b.measured, is_apart ? UNKNOWN : 11);
		at_home(measure);
		assert_int_equal(b.measured, is_apart ? UNKNOWN : 11); /* one question at a time */
		settle();
		b.unsent = 20;
		at_home(measure);
		assert_int_equal(b.measured, is_apart ? 11 : 21);
		at_home(measure);
		settle();
		at_home(measure);
		assert_int_equal(b.measured, 21);
		at_home(measure); /* under way when the connection goes */
		at_conn(leave);
		settle();
		assert_int_equal(b.gone, 1);
		tear_down(&b);
	}
}

UNIT_TESTS(session_link, cmocka_unit_test(carries_both_ways), cmocka_unit_test(session_ends_first),
	   cmocka_unit_test(ends_inside_a_text), cmocka_unit_test(both_end_at_once),
	   cmocka_unit_test(leave_while_asked), cmocka_unit_test(pauses_who_sends_too_much),
	   cmocka_unit_test(counts_what_waits), cmocka_unit_test(two_reasons_to_pause),
	   cmocka_unit_test(measures_what_has_not_left));
