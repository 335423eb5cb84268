/* SPDX-License-Identifier: Apache-2.0 */
/* Counted bytes, see bytes.h. */
#include "base/bytes.h"

#include "base/mem.h"

struct bytes *bytes_new_empty(size_t len)
{
	struct bytes *b;

	must(len < UINT32_MAX);
	b = mem_alloc(sizeof(*b) + len);
	b->refs = 1;
	b->len = (unsigned)len;
	return b;
}

struct bytes *bytes_new(struct str s)
{
	struct bytes *b = bytes_new_empty(s.len);

	if (s.len)
		memcpy(b->data, s.ptr, s.len);
	return b;
}

struct bytes *bytes_ref(struct bytes *b)
{
	(void)__atomic_add_fetch(&b->refs, 1, __ATOMIC_RELAXED);
	return b;
}

struct bytes *bytes_unref(struct bytes *b)
{
	if (b && __atomic_sub_fetch(&b->refs, 1, __ATOMIC_ACQ_REL) == 0)
		mem_free(b);
	return NULL;
}
