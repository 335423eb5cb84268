/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the server, see ending.h. */
#include "server/ending.h"

#include "base/log.h"
#include "base/mem.h"

struct wish {
	struct letter letter;
	struct ending *ending;
	usec_t delay;
	bool wants_restart;
};

static void end(struct ending *x)
{
	if (x->is_due) /* it is under way */
		return;
	x->is_due = true;
	loop_timer_stop(x->loop, &x->timer);
	x->stop(x->owner);
}

static void on_due(struct timer *t)
{
	end(container_of(t, struct ending, timer));
}

void ending_now(struct ending *x)
{
	if (!x->is_due)
		x->wants_restart = false;
	end(x);
}

static void on_wish(struct letter *l)
{
	struct wish *w = container_of(l, struct wish, letter);
	struct ending *x = w->ending;

	if (!x->is_due) {
		x->wants_restart = w->wants_restart;
		loop_timer_stop(x->loop, &x->timer);
		loop_timer(x->loop, &x->timer, w->delay);
		log_info(NULL, "the server will end", F_INT("seconds", w->delay / USEC_PER_SEC),
			 F_BOOL("restart", w->wants_restart));
	}
	mem_free(w);
}

void ending_init(struct ending *x, struct loop *l, void (*stop)(void *owner), void *owner)
{
	*x = (struct ending){ .loop = l, .stop = stop, .owner = owner };
	x->timer.fn = on_due;
}

void ending_done(struct ending *x)
{
	if (x->loop)
		loop_timer_stop(x->loop, &x->timer);
}

void ending_ask(void *owner, usec_t delay, bool wants_restart)
{
	struct wish *w = mem_zalloc(1, sizeof(*w));

	w->ending = owner;
	w->delay = delay;
	w->wants_restart = wants_restart;
	w->letter.fn = on_wish;
	loop_post(w->ending->loop, &w->letter);
}
