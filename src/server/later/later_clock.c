/* SPDX-License-Identifier: Apache-2.0 */
/* The clock, see later_clock.h. A page of rows is read; the accounts of those that are due are
 * asked to send, all at a time; then the next page. */
#include "server/later/later_clock.h"

#include "base/log.h"
#include "base/mem.h"
#include "server/model/later.h"
#include "server/route/errand.h"

enum { DUE_PAGE = 50 /* rows read, and errands under way, at a time */ };

static const usec_t LOOK_USEC = 10 * USEC_PER_MIN; /* at most between two looks: clocks are set */
static const usec_t TROUBLE_USEC = 30 * USEC_PER_SEC;

struct later_clock {
	struct home *home;
	void (*due)(struct dispatch *d, usec_t wall_at, struct str id);
	struct timer timer;
	bool is_reading, is_asked; /* is_asked: look again behind this look */
	bool has_trouble;          /* something could not be done in this look */
	unsigned under_way;        /* errands */
	usec_t next;        /* wall clock; when the soonest row that is not due is; 0: none */
	struct poke *pokes; /* one for each home */
};

/* One row that is due. */
struct due {
	struct later_clock *clock;
	usec_t wall_at;
	struct str id; /* view into key */
	char key[];
};

/* "Look again", from a home. */
struct poke {
	struct letter letter;
	struct later_clock *clock;
	bool is_under_way; /* atomic */
};

static void look(struct later_clock *c);

static void wait_for_next(struct later_clock *c)
{
	usec_t left = c->next ? c->next - wall_now() : LOOK_USEC;

	if (c->has_trouble)
		left = TROUBLE_USEC;
	loop_timer(c->home->loop, &c->timer, left < 0 ? 0 : left < LOOK_USEC ? left : LOOK_USEC);
}

/* All of this look has been done. */
static void end_look(struct later_clock *c)
{
	bool is_asked = c->is_asked;

	c->is_reading = c->is_asked = false;
	if (is_asked && !c->has_trouble)
		look(c);
	else
		wait_for_next(c);
}

/* ---- one row ---- */

static void on_dropped(struct txn *t)
{
	if (t->err)
		log_error(NULL, "a message for later of nobody stays", F_ERR(t->err));
	txn_free(&t);
}

/* Of an account that is there no more. */
static void drop_row(struct later_clock *c, struct str key)
{
	struct txn *t = txn_new();

	txn_delete(t, c->home->domain, LATER_DUE_SPACE, key);
	t->done = on_dropped;
	store_commit(c->home->store, t);
}

static void act(struct dispatch *d, void *arg)
{
	const struct due *x = arg;

	x->clock->due(d, x->wall_at, x->id);
}

static void on_done(void *arg, enum err err)
{
	struct due *x = arg;
	struct later_clock *c = x->clock;

	if (err == ERR_NOT_FOUND)
		drop_row(c, str_from(x->key));
	else if (err)
		c->has_trouble = true;
	mem_free(x);
	if (!--c->under_way)
		end_look(c);
}

static void send_out(struct later_clock *c, struct str key, usec_t wall_at, struct str account)
{
	struct due *x = mem_zalloc(1, sizeof(*x) + key.len + 1);
	struct str copy, unused;
	usec_t again;

	memcpy(x->key, key.ptr, key.len);
	copy = str_make(x->key, key.len);
	must(later_due_read(copy, &again, &unused, &x->id) == OK);
	x->clock = c;
	x->wall_at = wall_at;
	c->under_way++;
	errand_run(c->home, account, act, on_done, x);
}

/* ---- a page ---- */

static void on_rows(void *arg, struct store_answer *answer)
{
	struct later_clock *c = arg;
	usec_t now = wall_now();

	c->next = 0;
	c->has_trouble = answer->err != OK;
	c->under_way = 1; /* this look */
	for (const struct keyval_row *row = answer->rows; row && !c->next; row = row->next) {
		struct str account, id;
		usec_t at;

		if (later_due_read(row->key, &at, &account, &id))
			drop_row(c, row->key);
		else if (at > now)
			c->next = at;
		else
			send_out(c, row->key, at, account);
	}
	if (c->under_way > 1 && !c->next)
		c->is_asked = true; /* behind a page of what is due there may be more */
	if (!--c->under_way)
		end_look(c);
}

static void look(struct later_clock *c)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = c->home->domain,
					 .space = LATER_DUE_SPACE,
					 .max = DUE_PAGE };

	c->is_reading = true;
	loop_timer_stop(c->home->loop, &c->timer);
	store_read(c->home->store, &request, on_rows, c);
}

static void on_timer(struct timer *t)
{
	look(container_of(t, struct later_clock, timer));
}

/* ---- from elsewhere ---- */

static void on_poke(struct letter *l)
{
	struct poke *p = container_of(l, struct poke, letter);

	__atomic_store_n(&p->is_under_way, false, __ATOMIC_RELEASE);
	if (p->clock->is_reading)
		p->clock->is_asked = true;
	else
		look(p->clock);
}

void later_clock_look(struct home *h)
{
	struct poke *p = &h->later_clock->pokes[h->index];

	if (!__atomic_exchange_n(&p->is_under_way, true, __ATOMIC_ACQ_REL))
		loop_post(p->clock->home->loop, &p->letter);
}

/* ---- beginning and end ---- */

struct later_clock *later_clock_new(struct home *h,
				    void (*due)(struct dispatch *d, usec_t wall_at, struct str id))
{
	struct later_clock *c = mem_zalloc(1, sizeof(*c));

	c->home = h;
	c->due = due;
	c->timer.fn = on_timer;
	c->pokes = mem_zalloc(h->count, sizeof(*c->pokes));
	for (unsigned i = 0; i < h->count; i++) {
		c->pokes[i].clock = c;
		c->pokes[i].letter.fn = on_poke;
		h->all[i]->later_clock = c;
	}
	loop_timer(h->loop, &c->timer, 0);
	return c;
}

void later_clock_free(struct later_clock **clock)
{
	if (*clock)
		mem_free((*clock)->pokes);
	mem_free(*clock);
	*clock = NULL;
}
