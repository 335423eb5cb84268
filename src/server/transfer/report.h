/* SPDX-License-Identifier: Apache-2.0 */
/* What came of an import or export: how many pieces of each kind, what was left out and why, and
 * the sentence that says why nothing was done. One thread at a time. */
#pragma once

#include "base/err.h"
#include "base/str.h"

enum piece_kind {
#define PIECE(id, name) id,
#include "server/transfer/piece_kinds.def"
#undef PIECE
	PIECE_KINDS
};

enum {
	LEFT_OUT_MAX = 48,    /* different reasons that are told apart */
	REPORT_FILE_MAX = 96, /* bytes of a file's name that are shown, its end */
};

struct left_out {
	enum piece_kind kind;
	const char *why; /* constant */
	uint64_t count;
	char file[REPORT_FILE_MAX]; /* the first one: where, as below */
	unsigned line;
};

struct report {
	const char *file; /* where the reader is, borrowed; NULL: nowhere */
	unsigned line;    /* from 1; 0: not known */
	struct {
		uint64_t found, taken;
	} counts[PIECE_KINDS];
	struct left_out left_out[LEFT_OUT_MAX];
	unsigned left_out_count;
	char fault[512]; /* why nothing was done; empty: no reason yet */
};

/* "contacts"; constant. */
const char *piece_name(enum piece_kind kind);

/* Says where the reader is. file is borrowed. */
void report_at(struct report *r, const char *file, unsigned line);

/* Counts a piece that is not taken. why is a constant sentence; the first place is kept. */
void report_leave_out(struct report *r, enum piece_kind kind, const char *why);

/* Why nothing is done, with the place in front; the first reason stays. Always ERR_INVALID. */
enum err report_refuse(struct report *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Forgets the counts, for a second reading. */
void report_restart(struct report *r);
