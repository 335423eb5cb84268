/* SPDX-License-Identifier: Apache-2.0 */
/* The insides that the files of the export share. */
#pragma once

#include "base/sbuf.h"
#include "server/transfer/pie_write.h"

struct pie {
	struct errand *errand;
	struct report *report;
	int fd;
	struct sbuf out;
	struct arena arena; /* of the account */
	struct str domain, owner;
	struct pep *pep; /* of the account, while it is written */
	enum err err;    /* of the file: sticks */
};

typedef void pie_row_fn(struct pie *p, const struct keyval_row *row);

/* Counts a piece that was written. */
void pie_count(struct pie *p, enum piece_kind kind);

/* Writes what has gathered, if it is at least so much. */
must_check enum err pie_flush(struct pie *p, size_t least);

/* name='value' with a space in front. */
void pie_attr(struct pie *p, const char *name, struct str value);

/* Hands all rows of a space to fn. */
must_check enum err pie_each_row(struct pie *p, struct str space, pie_row_fn *fn);

/* One row, in the arena of the account; without pointer if there is none. */
must_check enum err pie_read_one(struct pie *p, struct str space, struct str key,
				 struct str *ret_value);

/* The account's nodes, their items, and its archiving preferences. */
must_check enum err pie_write_pep(struct pie *p);
