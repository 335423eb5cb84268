/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an Erlang term: refused with a place inside, or a term whose counts are right, and
 * that is taken as a row, or not. */
#include "server/transfer/ejabberd_row.h"
#include "server/transfer/erlang_term.h"

static enum err take(struct piece_sink *s, struct piece *p)
{
	(void)s;
	must(p->el && p->el->name.len);
	return OK;
}

static void walk(const struct term *t)
{
	size_t n = 0;

	for (const struct term *child = t->first; child; child = child->next) {
		walk(child);
		n++;
	}
	must(n == t->count);
	must(n == 0 || t->type == TERM_TUPLE || t->type == TERM_LIST);
}

static void take_row(const struct term *t)
{
	struct report report = { .file = NULL };
	struct piece_sink sink = { .report = &report, .take = take };
	struct ejabberd_row row;
	struct foreign f;

	if (!ejabberd_look(t, &row))
		return;
	foreign_init(&f, &sink);
	must(ejabberd_take(&f, t, row.table, STR("node")) == OK);
	foreign_done(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = str_make((const char *)data, size);
	const struct term *t = NULL;
	struct arena a;
	size_t at = size;

	arena_init(&a, 16 * MIB);
	if (erlang_parse(&a, text, &t, &at)) {
		must(t == NULL && at <= size);
	} else {
		walk(t);
		take_row(t);
	}
	arena_done(&a);
	return 0;
}
