/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs of domains, see s2s_pairs.h. */
#include "server/s2s/s2s_pairs.h"

#include "base/mem.h"

void s2s_pairs_done(struct s2s_pairs *p)
{
	while (p->first) {
		struct s2s_pair *pair = p->first;

		p->first = pair->next;
		mem_free(pair);
	}
	p->count = 0;
}

bool s2s_pairs_have(const struct s2s_pairs *p, struct str ours, struct str theirs)
{
	for (const struct s2s_pair *pair = p->first; pair; pair = pair->next) {
		if (str_eq(pair->theirs, theirs) && (!pair->ours.len || str_eq(pair->ours, ours)))
			return true;
	}
	return false;
}

enum err s2s_pairs_add(struct s2s_pairs *p, struct str ours, struct str theirs)
{
	struct s2s_pair *pair;

	if (s2s_pairs_have(p, ours, theirs))
		return OK;
	if (p->count >= S2S_PAIRS_MAX)
		return ERR_TOO_BIG;
	pair = mem_alloc(sizeof(*pair) + ours.len + theirs.len);
	*pair = (struct s2s_pair){ .next = p->first };
	if (ours.len)
		memcpy(pair->text, ours.ptr, ours.len);
	memcpy(pair->text + ours.len, theirs.ptr, theirs.len);
	pair->ours = str_make(pair->text, ours.len);
	pair->theirs = str_make(pair->text + ours.len, theirs.len);
	p->first = pair;
	p->count++;
	return OK;
}
