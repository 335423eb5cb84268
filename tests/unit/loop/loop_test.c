/* SPDX-License-Identifier: Apache-2.0 */
/* loop/loop: watches, tasks, letters, from one thread and from several. */
#include "loop/loop.h"

#include "base/mem.h"

#include "support/unit.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

static const usec_t PATIENCE_USEC = 10 * USEC_PER_SEC;

/* ---- watches ---- */

struct end {
	struct watch watch;
	struct loop *loop;
	struct end *other; /* is unwatched when this one is heard */
	unsigned heard;
	bool *is_done;
};

static void on_end(struct watch *w, uint32_t events)
{
	struct end *end = container_of(w, struct end, watch);

	assert_true(events & EPOLLIN);
	end->heard++;
	if (end->other)
		loop_unwatch(end->loop, &end->other->watch);
	loop_unwatch(end->loop, w);
	*end->is_done = true;
}

/* Both have an event in one turn; who is heard first silences the other. */
static void is_not_heard_after_unwatch(void **state)
{
	struct loop *l;
	struct end ends[2] = { { .heard = 0 } };
	bool is_done = false;
	int fds[2][2];

	assert_int_equal(loop_new(3, &l), OK);
	assert_int_equal(loop_index(l), 3);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pipe(fds[i]), 0);
		ends[i] =
			(struct end){ .watch = { .fd = fds[i][0], .events = EPOLLIN, .fn = on_end },
				      .loop = l,
				      .other = &ends[1 - i],
				      .is_done = &is_done };
		assert_int_equal(loop_watch(l, &ends[i].watch), OK);
		assert_int_equal(write(fds[i][1], "x", 1), 1);
	}
	loop_run_until(l, &is_done, PATIENCE_USEC);
	is_done = false;
	loop_run_until(l, &is_done, 20 * USEC_PER_MSEC);
	assert_int_equal(ends[0].heard + ends[1].heard, 1);
	for (int i = 0; i < 4; i++)
		(void)close(fds[i / 2][i % 2]); /* nothing is written any more */
	loop_free(&l);
	assert_null(l);
}

static void refuses_a_bad_descriptor(void **state)
{
	struct watch w = { .fd = -1, .events = EPOLLIN, .fn = on_end };
	struct loop *l;

	assert_int_equal(loop_new(0, &l), OK);
	assert_int_equal(loop_watch(l, &w), ERR_BUSY);
	loop_free(&l);
}

/* ---- tasks ---- */

struct chore {
	struct task task;
	struct loop *loop;
	struct chore *follows; /* is asked for by this one */
	unsigned runs;
	bool *is_done;
};

static void on_task(struct task *t)
{
	struct chore *c = container_of(t, struct chore, task);

	c->runs++;
	if (c->follows)
		loop_task(c->loop, &c->follows->task);
	if (c->is_done)
		*c->is_done = true;
}

/* Also those that were asked for before the loop ran: nothing else would wake it. */
static void runs_tasks_once(void **state)
{
	struct loop *l;
	bool is_done = false;
	struct chore last = { .task.fn = on_task, .is_done = &is_done };
	struct chore first = { .task.fn = on_task, .follows = &last };

	assert_int_equal(loop_new(0, &l), OK);
	first.loop = l;
	list_init(&first.task.link);
	list_init(&last.task.link);
	loop_task(l, &first.task);
	loop_task(l, &first.task);
	loop_run_until(l, &is_done, PATIENCE_USEC);
	assert_true(is_done);
	assert_int_equal(first.runs, 1);
	assert_int_equal(last.runs, 1);
	loop_free(&l);
}

/* ---- letters ---- */

enum { SENDERS = 4, LETTERS = 20000 };

struct box {
	struct loop *loop;
	unsigned next[SENDERS]; /* number of the next letter of each */
	unsigned count;
	bool is_done;
};

struct note {
	struct letter letter;
	struct box *box;
	unsigned sender, number;
};

static void on_note(struct letter *l)
{
	struct note *n = container_of(l, struct note, letter);
	struct box *b = n->box;

	assert_int_equal(b->next[n->sender]++, n->number);
	b->is_done = ++b->count == SENDERS * LETTERS;
	if (b->is_done)
		loop_stop(b->loop);
}

static void *send_notes(void *arg)
{
	struct note *notes = arg;

	for (unsigned i = 0; i < LETTERS; i++)
		loop_post(notes[i].box->loop, &notes[i].letter);
	return NULL;
}

/* No letter is lost, none overtakes another of its sender, and none sleeps in the box. */
static void brings_letters_in_order(void **state)
{
	struct note *notes = mem_zalloc((size_t)SENDERS * LETTERS, sizeof(*notes));
	pthread_t threads[SENDERS];
	struct box box = { .count = 0 };

	assert_int_equal(loop_new(0, &box.loop), OK);
	for (unsigned s = 0; s < SENDERS; s++) {
		for (unsigned i = 0; i < LETTERS; i++)
			notes[s * LETTERS + i] = (struct note){
				.letter.fn = on_note, .box = &box, .sender = s, .number = i
			};
		assert_int_equal(pthread_create(&threads[s], NULL, send_notes, &notes[s * LETTERS]),
				 0);
	}
	loop_run(box.loop); /* without a timeout: a lost wake-up hangs here */
	for (unsigned s = 0; s < SENDERS; s++)
		(void)pthread_join(threads[s], NULL); /* all have been heard */
	assert_int_equal(box.count, SENDERS * LETTERS);
	loop_free(&box.loop);
	mem_free(notes);
}

struct echo {
	struct letter letter;
	struct loop *loop;
	unsigned left;
	bool is_done;
};

static void on_echo(struct letter *l)
{
	struct echo *e = container_of(l, struct echo, letter);

	assert_ptr_equal(loop_current(), e->loop);
	e->is_done = --e->left == 0;
	if (!e->is_done)
		loop_post(e->loop, &e->letter);
}

/* A letter posted by a letter comes in a later turn, without a bell. */
static void posts_to_itself(void **state)
{
	struct echo e = { .letter.fn = on_echo, .left = 100 };

	assert_int_equal(loop_new(0, &e.loop), OK);
	loop_post(e.loop, &e.letter);
	loop_run_until(e.loop, &e.is_done, PATIENCE_USEC);
	assert_true(e.is_done);
	assert_null(loop_current());
	loop_free(&e.loop);
}

UNIT_TESTS(loop_loop, cmocka_unit_test(is_not_heard_after_unwatch),
	   cmocka_unit_test(refuses_a_bad_descriptor), cmocka_unit_test(runs_tasks_once),
	   cmocka_unit_test(brings_letters_in_order), cmocka_unit_test(posts_to_itself));
