/* SPDX-License-Identifier: Apache-2.0 */
/* The one line of JSON that a run prints. */
#pragma once

#include "hive.h"

struct report {
	struct sbuf text;
};

/* Begins the line with the mode and what was asked for. */
void report_begin(struct report *r, const char *mode, const struct options *opt);

void report_count(struct report *r, const char *name, uint64_t value);
void report_number(struct report *r, const char *name, double value);

/* Rate, processor time of server (when its pid was given) and tool per unit of work between two
 * readings: units_per_second, server_us, server_share, tool_us. */
void report_work(struct report *r, const struct usage *from, const struct usage *to,
		 uint64_t units);

/* p50_ms, p99_ms, p999_ms. */
void report_tally(struct report *r, const struct tally *t);

/* Ends the line with failures and whether the run was cut short, prints it, frees r. Gives the exit
 * code of the program. */
int report_end(struct report *r, const struct hive *h, bool is_good);
