/* SPDX-License-Identifier: Apache-2.0 */
/* Counters, gauges and histograms: counted by thread without locks, summed when read. The list is
 * metric.def. */
#pragma once

#include "base/clock.h"
#include "base/sbuf.h"

enum metric {
#define COUNTER(id, name, labels, help) id,
#define GAUGE(id, name, labels, help)   id,
#define HISTOGRAM(id, name, help)
#include "base/metric.def"
#undef HISTOGRAM
	METRIC_COUNT
#undef COUNTER
#undef GAUGE
};

enum histogram {
#define COUNTER(id, name, labels, help)
#define GAUGE(id, name, labels, help)
#define HISTOGRAM(id, name, help) id,
#include "base/metric.def"
#undef COUNTER
#undef GAUGE
#undef HISTOGRAM
	HISTOGRAM_COUNT
};

/* Adds n (gauges may take negative numbers) to this thread's share. */
void metric_add(enum metric m, int64_t n);
#define metric_inc(m) metric_add((m), 1)

/* Counts one observation. */
void metric_observe(enum histogram h, usec_t duration);

/* The sum over all threads, those that ended included. */
int64_t metric_sum(enum metric m);

/* Appends all metrics in the Prometheus text format 0.0.4. */
enum err metric_write_prometheus(struct sbuf *out);
