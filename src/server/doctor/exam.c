/* SPDX-License-Identifier: Apache-2.0 */
/* The exam of an installation, see exam.h: its order, and what needs no look at anything. */
#include "server/doctor/exam-private.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>

enum {
	FDS_SPARE = 100, /* descriptors that are no client: files, listeners, loops */
	FDS_LEAST = 4096,
};

void exam_note(struct exam *x, const char *check, char grade, const char *advice, const char *fmt,
	       ...)
{
	struct admin_finding *f = &x->findings[x->count];
	va_list list;

	if (x->count == EXAM_FINDINGS_MAX) /* components without end: the first are enough */
		return;
	x->count++;
	f->check = check;
	f->grade = grade;
	f->advice = advice;
	va_start(list, fmt);
	(void)vsnprintf(f->text, sizeof(f->text), fmt, list);
	va_end(list);
}

bool exam_is_stopped(const struct exam *x)
{
	return x->is_stopped && __atomic_load_n(x->is_stopped, __ATOMIC_RELAXED);
}

static void check_limits(struct exam *x)
{
	uint64_t least = x->connections ? x->connections + FDS_SPARE : FDS_LEAST;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	if (limit.rlim_cur < least)
		exam_note(x, "descriptors", 'C', "raise LimitNOFILE, or lower limits.connections",
			  "the process may open %llu files, %llu are needed",
			  (unsigned long long)limit.rlim_cur, (unsigned long long)least);
	else
		exam_note(x, "descriptors", 'A', "", "the process may open %llu files",
			  (unsigned long long)limit.rlim_cur);
}

static void check_registration(struct exam *x)
{
	if (x->is_registration_open)
		exam_note(x, "registration", 'B', "prefer invitations: parleyctl invite new",
			  "anybody may make an account");
	else
		exam_note(x, "registration", 'A', "", "strangers cannot make accounts");
}

static void check_components(struct exam *x)
{
	size_t absent = 0;

	for (size_t i = 0; i < x->component_count; i++) {
		if (x->components[i].is_connected)
			continue;
		absent++;
		exam_note(x, "components", 'C', "start the component, or take it out",
			  "the component %.*s is not connected",
			  STR_ARG(str_sub(x->components[i].domain, 0, 160)));
	}
	if (x->component_count && !absent)
		exam_note(x, "components", 'A', "", "all %zu components are connected",
			  x->component_count);
}

/* The slow and the numerous ones come last. */
void exam_run(struct exam *x)
{
	x->count = 0;
	exam_certificate(x);
	exam_files(x);
	exam_clock(x);
	check_limits(x);
	check_registration(x);
	exam_doors(x);
	exam_dns(x);
	exam_reach(x);
	exam_lists(x);
	check_components(x);
}
