/* SPDX-License-Identifier: Apache-2.0 */
/* What came of an import, see report.h. */
#include "server/transfer/report.h"

#include <stdarg.h>
#include <stdio.h>

const char *piece_name(enum piece_kind kind)
{
	static const char *const names[] = {
#define PIECE(id, name) name,
#include "server/transfer/piece_kinds.def"
#undef PIECE
	};

	return names[kind];
}

void report_at(struct report *r, const char *file, unsigned line)
{
	r->file = file;
	r->line = line;
}

/* The end of the name says more than its beginning. */
static void copy_file(char *to, const char *file)
{
	struct str name = str_from(file);

	if (name.len >= REPORT_FILE_MAX)
		name = str_from_at(name, name.len - REPORT_FILE_MAX + 1);
	if (name.len)
		memcpy(to, name.ptr, name.len);
	to[name.len] = '\0';
}

void report_leave_out(struct report *r, enum piece_kind kind, const char *why)
{
	struct left_out *l;

	for (unsigned i = 0; i < r->left_out_count; i++) {
		l = &r->left_out[i];
		if (l->kind == kind && str_eq(str_from(l->why), str_from(why))) {
			l->count++;
			return;
		}
	}
	if (r->left_out_count == LEFT_OUT_MAX)
		return;
	l = &r->left_out[r->left_out_count++];
	*l = (struct left_out){ .kind = kind, .why = why, .count = 1, .line = r->line };
	copy_file(l->file, r->file);
}

enum err report_refuse(struct report *r, const char *fmt, ...)
{
	char file[REPORT_FILE_MAX];
	size_t len = 0;
	va_list args;

	if (r->fault[0])
		return ERR_INVALID;
	copy_file(file, r->file);
	if (r->file && r->line)
		(void)snprintf(r->fault, sizeof(r->fault), "%s:%u: ", file, r->line);
	else if (r->file)
		(void)snprintf(r->fault, sizeof(r->fault), "%s: ", file);
	len = strlen(r->fault);
	va_start(args, fmt);
	(void)vsnprintf(r->fault + len, sizeof(r->fault) - len, fmt, args);
	va_end(args);
	return ERR_INVALID;
}

void report_restart(struct report *r)
{
	*r = (struct report){ .file = NULL };
}
