/* SPDX-License-Identifier: Apache-2.0 */
/* JSON by hand: names are literals and values are numbers, see report.h. */
#include "report.h"

#include <stdio.h>

#define REPORT_MAX (8 * KIB)

void report_begin(struct report *r, const char *mode, const struct options *opt)
{
	*r = (struct report){ .text = SBUF(REPORT_MAX) };
	(void)sbuf_printf(&r->text, "{\"mode\": \"%s\", \"wire\": \"%s\", \"sasl\": \"%s\"", mode,
			  opt->wire, opt->sasl);
	report_count(r, "users", opt->users);
}

void report_count(struct report *r, const char *name, uint64_t value)
{
	(void)sbuf_printf(&r->text, ", \"%s\": %llu", name,
			  (unsigned long long)value); /* looked at by report_end */
}

void report_number(struct report *r, const char *name, double value)
{
	(void)sbuf_printf(&r->text, ", \"%s\": %.3f", name, value); /* looked at by report_end */
}

void report_work(struct report *r, const struct usage *from, const struct usage *to, uint64_t units)
{
	double time = to->at > from->at ? (double)(to->at - from->at) : 1,
	       count = units ? (double)units : 1;
	bool is_known = from->seen && to->seen;

	report_number(r, "seconds", time / USEC_PER_SEC);
	report_number(r, "per_second", (double)units * USEC_PER_SEC / time);
	if (is_known) {
		report_number(r, "server_us", (double)(to->cpu - from->cpu) / count);
		report_number(r, "server_share", (double)(to->cpu - from->cpu) / time);
	}
	report_number(r, "tool_us", (double)(to->own - from->own) / count);
}

void report_tally(struct report *r, const struct tally *t)
{
	report_number(r, "p50_ms", tally_ms(t, 0.5));
	report_number(r, "p99_ms", tally_ms(t, 0.99));
	report_number(r, "p999_ms", tally_ms(t, 0.999));
}

int report_end(struct report *r, const struct hive *h, bool is_good)
{
	bool is_cut = hive_is_late(h);

	is_good = is_good && !h->failed && !is_cut;
	report_count(r, "failed", h->failed);
	(void)sbuf_printf(&r->text, ", \"cut_short\": %s, \"good\": %s}", is_cut ? "true" : "false",
			  is_good ? "true" : "false");
	if (r->text.err)
		(void)fprintf(stderr, "swarm: the report is too long\n");
	else
		(void)printf("%.*s\n", STR_ARG(sbuf_str(&r->text)));
	is_good = is_good && !r->text.err;
	sbuf_done(&r->text);
	return is_good ? 0 : 1;
}
