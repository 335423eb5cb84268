/* SPDX-License-Identifier: Apache-2.0 */
/* Turns, see turns.h. A line of turns for each owner: its first one is being carried out, and knows
 * the last one. */
#include "server/model/turns.h"

#include "base/map.h"
#include "base/mem.h"

struct turns {
	struct loop *loop;
	struct map lines; /* owner -> first turn of its line */
	size_t count;
};

static void on_home(struct letter *l)
{
	struct turn *t = container_of(l, struct turn, letter);

	t->done(t);
}

static void go_home(struct turn *t, enum err err)
{
	t->err = err;
	t->letter.fn = on_home;
	loop_post(t->home, &t->letter);
}

static void on_begin(struct letter *l)
{
	struct turn *t = container_of(l, struct turn, letter);

	t->run(t);
}

void turn_over(struct turn *t, enum err err)
{
	struct turns *turns = t->turns;
	struct turn *next = t->next;

	must(map_get(&turns->lines, t->owner) == t);
	turns->count--;
	if (next) {
		next->last = t->last;
		(void)map_set(&turns->lines, next->owner, next); /* t stood there */
		/* By a letter: a long line of turns that end at once is no deep recursion. */
		next->letter.fn = on_begin;
		loop_post(turns->loop, &next->letter);
	} else {
		(void)map_remove(&turns->lines, t->owner); /* as above */
	}
	go_home(t, err);
}

static void on_arrival(struct letter *l)
{
	struct turn *t = container_of(l, struct turn, letter), *first;
	struct turns *turns = t->turns;

	if (turns->count >= TURNS_MAX) {
		go_home(t, ERR_BUSY);
		return;
	}
	turns->count++;
	t->next = NULL;
	first = map_get(&turns->lines, t->owner);
	if (first) {
		first->last->next = t;
		first->last = t;
		return;
	}
	t->last = t;
	(void)map_set(&turns->lines, t->owner, t); /* nothing stood there */
	t->run(t);
}

void turns_take(struct turns *turns, struct turn *t)
{
	t->turns = turns;
	t->home = loop_current();
	must(t->home != NULL);
	t->letter.fn = on_arrival;
	loop_post(turns->loop, &t->letter);
}

struct turns *turns_new(struct loop *loop)
{
	struct turns *turns = mem_zalloc(1, sizeof(*turns));

	turns->loop = loop;
	map_init(&turns->lines);
	return turns;
}

static void drop_line(struct turn *t)
{
	while (t) {
		struct turn *next = t->next;

		t->drop(t);
		t = next;
	}
}

void turns_free(struct turns **turns)
{
	struct turn *t;
	size_t at = 0;

	if (!*turns)
		return;
	while ((t = map_next(&(*turns)->lines, &at)))
		drop_line(t);
	map_done(&(*turns)->lines);
	mem_free(*turns);
	*turns = NULL;
}
