/* SPDX-License-Identifier: Apache-2.0 */
/* The modes about connections, see modes.h. chat.c has the one about messages. */
#include "modes.h"

#include "report.h"

/* Each login is worth the time until it was ready, then it leaves. */
static void leave(struct hive *h, struct bee *b)
{
	tally_add(h->arg, clock_now() - b->started);
	bee_quit(b);
}

static int storm(struct hive *h, const char *mode, uint64_t total)
{
	pid_t pid = (pid_t)h->opt->pid, other = (pid_t)h->opt->other_pid;
	struct usage from = usage_of_both(pid, other), to;
	struct tally tally = { .count = 0 };
	struct report report;

	h->arg = &tally;
	h->on_ready = leave;
	while (h->left < total && !h->failed && !hive_is_late(h)) {
		hive_fill(h, total);
		hive_step(h, clock_now() + USEC_PER_SEC);
	}
	to = usage_of_both(pid, other);
	report_begin(&report, mode, h->opt);
	report_count(&report, "done", h->ready);
	report_work(&report, &from, &to, h->ready);
	report_tally(&report, &tally);
	return report_end(&report, h, h->left == total);
}

int register_run(struct hive *h)
{
	return storm(h, "register", h->opt->users);
}

int login_run(struct hive *h)
{
	return storm(h, "login", h->opt->total);
}

static void count_login(struct hive *h, struct bee *b)
{
	tally_add(h->arg, clock_now() - b->started);
}

int idle_run(struct hive *h)
{
	pid_t pid = (pid_t)h->opt->pid;
	struct usage from, to;
	struct tally tally = { .count = 0 };
	struct report report;
	usec_t end;
	bool is_good;

	h->arg = &tally;
	h->on_ready = count_login;
	from = usage_now(pid);
	usage_memory(pid, &from);
	is_good = hive_login(h);
	to = usage_now(pid);
	end = clock_now() + (usec_t)h->opt->hold_ms * USEC_PER_MSEC;
	while (is_good && clock_now() < end && !hive_is_late(h))
		hive_step(h, end);
	usage_memory(pid, &to);
	report_begin(&report, "idle", h->opt);
	report_count(&report, "connections", h->ready);
	report_work(&report, &from, &to, h->ready);
	report_tally(&report, &tally);
	if (pid && h->ready) {
		report_number(&report, "rss_before_mib", (double)from.rss / MIB);
		report_number(&report, "rss_kib_each",
			      ((double)to.rss - (double)from.rss) / KIB / (double)h->ready);
		report_number(&report, "pss_kib_each",
			      ((double)to.pss - (double)from.pss) / KIB / (double)h->ready);
	}
	is_good = is_good && !h->failed;
	hive_quit(h);
	return report_end(&report, h, is_good);
}
