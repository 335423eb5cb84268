/* SPDX-License-Identifier: Apache-2.0 */
/* The lists of blocked addresses: those that could not be read, and those that have changed since.
 * Nothing is said where none are configured. */
#include "server/doctor/exam-private.h"

#include <sys/stat.h>

static const char NAME
[] = "block-lists";

static void note_wrong(struct exam *x, const struct exam_list *l)
{
	if (l->line)
		exam_note(x, NAME, 'D', "mend the line, then send SIGHUP",
			  "line %u of %.160s cannot be taken: %s", l->line, l->path,
			  err_text(l->err));
	else
		exam_note(x, NAME, 'D', "mend the file, then send SIGHUP",
			  "%.160s cannot be read: %s", l->path, err_text(l->err));
}

/* Whether the file is another one than the one that was read. */
static bool has_changed(const struct exam *x, const struct exam_list *l)
{
	struct stat st;

	if (stat(l->path, &st))
		return true;
	return st.st_mtim.tv_sec * USEC_PER_SEC + st.st_mtim.tv_nsec / 1000 > x->wall_lists;
}

/* Older lists in their place are better than none. */
static void note_force(struct exam *x)
{
	if (x->wall_lists)
		exam_note(x, NAME, 'D', "mend what is wrong, see the log; then send SIGHUP",
			  "what block says is not in force, but what was read %lld minutes ago",
			  (long long)((wall_now() - x->wall_lists) / USEC_PER_MIN));
	else
		exam_note(x, NAME, 'F', "mend what is wrong, see the log; then send SIGHUP",
			  "nothing of what block says is in force");
}

void exam_lists(struct exam *x)
{
	size_t changed = 0;

	if (!x->are_lists_in_force)
		note_force(x);
	for (size_t i = 0; i < x->list_count; i++) {
		if (x->lists[i].err)
			note_wrong(x, &x->lists[i]);
		else
			changed += x->are_lists_in_force && has_changed(x, &x->lists[i]);
	}
	if (changed)
		exam_note(x, NAME, 'C', "send SIGHUP",
			  "%zu of %zu lists of blocked addresses have changed since they were read",
			  changed, x->list_count);
	else if (x->are_lists_in_force && x->list_count)
		exam_note(x, NAME, 'A', "",
			  "%zu lists of blocked addresses, %llu in all, were read %lld minutes ago",
			  x->list_count, (unsigned long long)x->blocked_addresses,
			  (long long)((wall_now() - x->wall_lists) / USEC_PER_MIN));
}
