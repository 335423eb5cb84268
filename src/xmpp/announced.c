/* SPDX-License-Identifier: Apache-2.0 */
/* The text that XEP-0474 hashes, see announced.h. Any thread. */
#include "xmpp/announced.h"

#include "base/sbuf.h"

#include <stdlib.h>

enum { ANNOUNCED_MAX = 4096 /* bytes */ };

static int compare(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static void add_sorted(struct sbuf *out, struct str *items, size_t count)
{
	if (count)
		qsort(items, count, sizeof(*items), compare);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			(void)sbuf_add_char(out, '\x1e');
		(void)sbuf_add(out, items[i]);
	}
}

struct str announced_text(struct arena *a, struct str *mechanisms, size_t mechanism_count,
			  struct str *bindings, size_t binding_count)
{
	struct sbuf out scoped(sbuf_done) = SBUF(ANNOUNCED_MAX);

	add_sorted(&out, mechanisms, mechanism_count);
	if (binding_count) {
		(void)sbuf_add_char(&out, '\x1f');
		add_sorted(&out, bindings, binding_count);
	}
	must(out.err == OK);
	return arena_dup(a, sbuf_str(&out));
}
