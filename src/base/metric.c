/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics by thread, see metric.h. A thread's share is made at its first count and stays for ever:
 * threads are few. */
#include "base/metric.h"

#include "base/mem.h"

enum { BUCKETS = 14 };

static const usec_t bounds[BUCKETS] = { 50,    100,   250,   500,    1000,   2500,    5000,
					10000, 25000, 50000, 100000, 250000, 1000000, 5000000 };

struct share {
	struct share *next;
	int64_t value[METRIC_COUNT];
	uint64_t bucket[HISTOGRAM_COUNT][BUCKETS + 1];
	uint64_t total_usec[HISTOGRAM_COUNT];
};

enum metric_type { TYPE_COUNTER, TYPE_GAUGE };

static const struct {
	enum metric_type type;
	const char *name, *labels, *help;
} rows[METRIC_COUNT] = {
#define COUNTER(id, n, l, h) { TYPE_COUNTER, n, l, h },
#define GAUGE(id, n, l, h)   { TYPE_GAUGE, n, l, h },
#define HISTOGRAM(id, n, h)
#include "base/metric.def"
#undef COUNTER
#undef GAUGE
#undef HISTOGRAM
};

static const struct {
	const char *name, *help;
} histograms[HISTOGRAM_COUNT] = {
#define COUNTER(id, n, l, h)
#define GAUGE(id, n, l, h)
#define HISTOGRAM(id, n, h) { n, h },
#include "base/metric.def"
#undef COUNTER
#undef GAUGE
#undef HISTOGRAM
};

static struct share *all_shares; /* pushed atomically, never removed */
static _Thread_local struct share *my_share;

static struct share *get_share(void)
{
	struct share *s = my_share;

	if (likely(s != NULL))
		return s;
	s = my_share = mem_zalloc(1, sizeof(*s));
	s->next = __atomic_load_n(&all_shares, __ATOMIC_ACQUIRE);
	while (!__atomic_compare_exchange_n(&all_shares, &s->next, s, false, __ATOMIC_RELEASE,
					    __ATOMIC_ACQUIRE)) {}
	return s;
}

/* Only this thread writes its share; readers need whole words, no order. */
static void bump(uint64_t *p, uint64_t n)
{
	__atomic_store_n(p, *p + n, __ATOMIC_RELAXED);
}

void metric_add(enum metric m, int64_t n)
{
	int64_t *p = &get_share()->value[m];

	__atomic_store_n(p, *p + n, __ATOMIC_RELAXED);
}

void metric_observe(enum histogram h, usec_t duration)
{
	struct share *s = get_share();
	size_t i = 0;

	if (duration < 0)
		duration = 0;
	while (i < BUCKETS && duration > bounds[i])
		i++;
	bump(&s->bucket[h][i], 1);
	bump(&s->total_usec[h], (uint64_t)duration);
}

int64_t metric_sum(enum metric m)
{
	int64_t sum = 0;

	for (struct share *s = __atomic_load_n(&all_shares, __ATOMIC_ACQUIRE); s; s = s->next)
		sum += __atomic_load_n(&s->value[m], __ATOMIC_RELAXED);
	return sum;
}

static void write_rows(struct sbuf *out)
{
	const char *last = "";

	for (size_t i = 0; i < METRIC_COUNT; i++) {
		if (strcmp(last, rows[i].name) != 0) {
			(void)sbuf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", rows[i].name,
					  rows[i].help, rows[i].name,
					  rows[i].type == TYPE_COUNTER ? "counter" : "gauge");
			last = rows[i].name;
		}
		if (rows[i].labels[0])
			(void)sbuf_printf(out, "%s{%s} ", rows[i].name, rows[i].labels);
		else
			(void)sbuf_printf(out, "%s ", rows[i].name);
		(void)sbuf_printf(out, "%lld\n", (long long)metric_sum((enum metric)i));
	}
}

static void write_histogram(struct sbuf *out, size_t h)
{
	uint64_t count = 0, total = 0;

	(void)sbuf_printf(out, "# HELP %s %s\n# TYPE %s histogram\n", histograms[h].name,
			  histograms[h].help, histograms[h].name);
	for (size_t i = 0; i <= BUCKETS; i++) {
		for (struct share *s = __atomic_load_n(&all_shares, __ATOMIC_ACQUIRE); s;
		     s = s->next)
			count += __atomic_load_n(&s->bucket[h][i], __ATOMIC_RELAXED);
		if (i < BUCKETS)
			(void)sbuf_printf(out, "%s_bucket{le=\"%g\"} %llu\n", histograms[h].name,
					  (double)bounds[i] / 1e6, (unsigned long long)count);
		else
			(void)sbuf_printf(out, "%s_bucket{le=\"+Inf\"} %llu\n", histograms[h].name,
					  (unsigned long long)count);
	}
	for (struct share *s = __atomic_load_n(&all_shares, __ATOMIC_ACQUIRE); s; s = s->next)
		total += __atomic_load_n(&s->total_usec[h], __ATOMIC_RELAXED);
	(void)sbuf_printf(out, "%s_sum %g\n%s_count %llu\n", histograms[h].name,
			  (double)total / 1e6, histograms[h].name, (unsigned long long)count);
}

enum err metric_write_prometheus(struct sbuf *out)
{
	write_rows(out);
	for (size_t h = 0; h < HISTOGRAM_COUNT; h++)
		write_histogram(out, h);
	return out->err;
}
