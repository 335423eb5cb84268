/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics over threads, and their Prometheus text. */
#include "base/metric.h"
#include "support/unit.h"

#include <pthread.h>

static void *count(void *arg)
{
	for (int i = 0; i < 1000; i++)
		metric_inc(METRIC_IQ);
	metric_add(METRIC_SESSIONS, -3);
	return NULL;
}

static void sums_over_threads(void **state)
{
	int64_t iq = metric_sum(METRIC_IQ), sessions = metric_sum(METRIC_SESSIONS);
	pthread_t other;

	assert_int_equal(pthread_create(&other, NULL, count, NULL), 0);
	(void)count(NULL);
	assert_int_equal(pthread_join(other, NULL), 0);
	/* The share of a thread that ended still counts. */
	assert_int_equal(metric_sum(METRIC_IQ) - iq, 2000);
	assert_int_equal(metric_sum(METRIC_SESSIONS) - sessions, -6);
}

static void has_line(const struct sbuf *text, struct str line)
{
	if (str_find(sbuf_str(text), line) < 0)
		fail_msg("no line \"%.*s\"", STR_ARG(line));
}

static void is_readable_by_prometheus(void **state)
{
	struct sbuf out scoped(sbuf_done) = SBUF(MIB);
	size_t types = 0, labels = 0;
	struct str rest, line;

	metric_observe(METRIC_COMMIT_TIME, 50);
	metric_observe(METRIC_COMMIT_TIME, 51);
	metric_observe(METRIC_COMMIT_TIME, -1);
	metric_observe(METRIC_COMMIT_TIME, 6000000);
	assert_int_equal(metric_write_prometheus(&out), OK);
	has_line(&out, STR("# TYPE parley_store_commit_seconds histogram\n"));
	has_line(&out, STR("\nparley_store_commit_seconds_bucket{le=\"5e-05\"} 2\n"));
	has_line(&out, STR("\nparley_store_commit_seconds_bucket{le=\"0.0001\"} 3\n"));
	has_line(&out, STR("\nparley_store_commit_seconds_bucket{le=\"5\"} 3\n"));
	has_line(&out, STR("\nparley_store_commit_seconds_bucket{le=\"+Inf\"} 4\n"));
	has_line(&out, STR("\nparley_store_commit_seconds_sum 6.0001\n"));
	has_line(&out, STR("\nparley_store_commit_seconds_count 4\n"));
	has_line(&out, STR("# TYPE parley_sessions gauge\n"));
	/* A name has one TYPE line, however many labels it comes with. */
	for (rest = sbuf_str(&out); str_split(&rest, '\n', &line);) {
		types += str_starts(line, STR("# TYPE parley_logins_total counter"));
		labels += str_starts(line, STR("parley_logins_total{result="));
	}
	assert_int_equal(types, 1);
	assert_int_equal(labels, 3);
}

UNIT_TESTS(base_metric, cmocka_unit_test(sums_over_threads),
	   cmocka_unit_test(is_readable_by_prometheus));
