/* SPDX-License-Identifier: Apache-2.0 */
/* Announcements (XEP-0133 4.23): a headline to everybody who is online, kept nowhere. And, under a
 * node that ejabberd has, too, a message to every account: it goes the way of every message, so
 * that it waits for who is away. */
#include "server/feature/announce.h"

#include "server/route/errand.h"
#include "server/route/notice.h"

enum { PAGE = 500 /* accounts read at a time */ };

static const struct str SUBJECT = STR_INIT("Announcement");

static void run_all(struct adhoc *x);

static void ask(struct adhoc *x)
{
	adhoc_form(x, STR("Making an Announcement"),
		   x->command->run == run_all
			   ? STR("Fill out this form to make an announcement to all users of this "
				 "service, those who are away, too.")
			   : STR("Fill out this form to make an announcement to all active users "
				 "of this service."));
	notice_ask(x, STR("announcement"), STR("Announcement"), STR_NONE);
	adhoc_ask(x);
}

static struct str check(struct adhoc *x)
{
	return notice_check(x, STR("announcement"));
}

struct announcement {
	struct adhoc *x;
	struct notice notice;
	uint64_t reached, failed;
	struct str *owners; /* of the page */
	unsigned count, next;
	bool has_more;
};

static struct announcement *announcement_new(struct adhoc *x, struct str type)
{
	struct announcement *n = arena_new(x->arena, struct announcement);

	n->x = x;
	n->notice = (struct notice){ .type = type,
				     .subject = SUBJECT,
				     .text = notice_text(x, STR("announcement")) };
	log_info(&x->entity->log, "administrator makes an announcement",
		 F_STR("command", x->command->node));
	return n;
}

/* ---- to who is online ---- */

static void on_visited(void *arg, uint64_t reached)
{
	const struct announcement *n = arg;

	adhoc_done(n->x, arena_printf(n->x->arena, "It reached %llu users.",
				      (unsigned long long)reached));
}

static void run_online(struct adhoc *x)
{
	struct announcement *n = announcement_new(x, STR("headline"));

	notice_to_online(x->home, &n->notice, on_visited, n);
}

/* ---- to everybody, one after the other: each is stored before the next ---- */

static void read_page(struct announcement *n, struct str after);

static void send(struct dispatch *d, void *arg)
{
	const struct announcement *n = arg;

	dispatch_route(d, notice_new(d->arena, d->home, d->entity->jid.full, &n->notice));
}

static void go_on(struct announcement *n);

static void on_sent(void *arg, enum err err)
{
	struct announcement *n = arg;

	if (err && err != ERR_NOT_FOUND) /* deleted meanwhile */
		n->failed++;
	else if (!err)
		n->reached++;
	go_on(n);
}

static void go_on(struct announcement *n)
{
	struct adhoc *x = n->x;

	if (n->next < n->count)
		errand_run(x->home, n->owners[n->next++], send, on_sent, n);
	else if (n->has_more && n->count)
		read_page(n, n->owners[n->count - 1]);
	else if (n->failed)
		adhoc_failed(x, arena_printf(x->arena, "It went to %llu users, not to %llu.",
					     (unsigned long long)n->reached,
					     (unsigned long long)n->failed));
	else
		adhoc_done(x, arena_printf(x->arena, "It went to %llu users.",
					   (unsigned long long)n->reached));
}

static void on_page(void *arg, struct store_answer *answer)
{
	struct announcement *n = arg;
	struct arena *a = n->x->arena;

	if ((answer->err && answer->err != ERR_NOT_FOUND) || arena_is_over(a)) {
		adhoc_failed_err(n->x, answer->err ? answer->err : ERR_TOO_BIG);
		return;
	}
	n->owners = arena_alloc(a, (answer->account_count + 1) * sizeof(*n->owners));
	n->count = answer->account_count;
	n->next = 0;
	n->has_more = answer->has_more;
	for (unsigned i = 0; i < n->count; i++)
		n->owners[i] = arena_dup(a, answer->accounts[i].owner);
	go_on(n);
}

static void read_page(struct announcement *n, struct str after)
{
	struct store_request request = { .kind = READ_ACCOUNTS, .after_key = after, .max = PAGE };

	store_read(n->x->home->store, &request, on_page, n);
}

static void run_all(struct adhoc *x)
{
	read_page(announcement_new(x, STR_NONE), STR_NONE);
}

/* ---- the table ---- */

static const struct adhoc_stage stage[] = { { ask, check } };

static const struct adhoc_command commands[] = {
	ADHOC_ADMIN_ROW("announce", "Send Announcement to Online Users", stage, run_online),
	ADHOC_ADMIN_ROW("announce-all", "Send Announcement to All Users", stage, run_all),
	{ .node = { .ptr = NULL } },
};

const struct feature feature_announce = {
	.name = "announce",
	.spec = "XEP-0133 1.3.1",
	.test = "im/admin-announce.talk",
	.commands = commands,
};
