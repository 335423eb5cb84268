/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a search: what comes out keeps its limits, and holds nothing that ends a token. */
#include "search/query.h"

#include <stdlib.h>

static void demand(bool is_fine)
{
	if (!is_fine)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct query_view view = { .me = STR_INIT("me@x"),
					 .occupant_jid = STR_INIT("r@c/me"),
					 .occupant_id = STR_INIT("oc"),
					 .hides_addresses = size % 2 };
	struct query q = { .term_count = 12345 };
	struct arena a;

	arena_init(&a, 16 * MIB);
	if (query_read(str_make((const char *)data, size), &view, &a, &q)) {
		demand(q.term_count == 12345);
	} else {
		demand(size <= QUERY_BYTES_MAX);
		demand(q.term_count <= QUERY_TERMS_MAX && q.phrase_count <= QUERY_PHRASES_MAX);
		for (unsigned i = 0; i < q.term_count; i++)
			demand(q.terms[i].token.len && (i || !q.terms[i].is_alternative) &&
			       !memchr(q.terms[i].token.ptr, TOKEN_END, q.terms[i].token.len));
		for (unsigned i = 0; i < q.phrase_count; i++)
			demand(q.phrases[i].len > 2 && q.phrases[i].ptr[0] == ' ');
	}
	arena_done(&a);
	return 0;
}
