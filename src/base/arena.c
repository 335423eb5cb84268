/* SPDX-License-Identifier: Apache-2.0 */
/* Bump allocator with a budget, see arena.h. */
#include "base/arena.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_EMULATED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_EMULATED 1
#endif
#endif
#ifndef ARENA_EMULATED
#define ARENA_EMULATED 0
#endif

/* Chunks grow with what was used: a small record costs a small block. The tree of a message takes
 * two or three of the small ones, which malloc has at hand for each thread; a large one it would
 * cut from its heap and join to it again for each stanza. */
enum { CHUNK_SMALL = 1024 - 64, CHUNK_SIZE = 8192 - 64, SMALL_USED = 4 * CHUNK_SMALL };

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* bytes in data */
	size_t used;
	_Alignas(max_align_t) char data[];
};

void arena_init(struct arena *a, size_t limit)
{
	*a = (struct arena){ .limit = limit };
}

static void free_chunks(struct arena_chunk *c)
{
	while (c) {
		struct arena_chunk *next = c->next;

		mem_free(c);
		c = next;
	}
}

void arena_done(struct arena *a)
{
	if (!a)
		return;
	free_chunks(a->chunk);
	*a = (struct arena){ .limit = a->limit };
}

void arena_wipe(struct arena *a)
{
	if (!a)
		return;
	for (struct arena_chunk *c = a->chunk; c; c = c->next)
		explicit_bzero(c->data, c->used);
	arena_done(a);
}

void arena_reset(struct arena *a)
{
	struct arena_chunk *keep = ARENA_EMULATED ? NULL : a->chunk;

	while (keep && keep->next && keep->next->size <= ARENA_KEEP) {
		struct arena_chunk *next = keep->next;

		mem_free(keep);
		keep = next;
	}
	if (!keep || keep->size > ARENA_KEEP) {
		free_chunks(keep ? keep : a->chunk);
		keep = NULL;
	} else {
		free_chunks(keep->next);
		keep->next = NULL;
		keep->used = 0;
	}
	a->chunk = keep;
	a->used = 0;
	a->is_over = false;
}

static struct arena_chunk *add_chunk(struct arena *a, size_t size)
{
	struct arena_chunk *c = mem_alloc(sizeof(*c) + size);

	c->next = a->chunk;
	c->size = size;
	c->used = 0;
	a->chunk = c;
	return c;
}

void *arena_alloc(struct arena *a, size_t size)
{
	size_t need = ARENA_EMULATED
			      ? size
			      : (size + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
	struct arena_chunk *c = a->chunk;
	void *p;

	must(need >= size);
	a->used += need;
	if (unlikely(a->used > a->limit))
		a->is_over = true;
	if (ARENA_EMULATED || !c || c->size - c->used < need) {
		size_t size_wanted = a->used > SMALL_USED ? CHUNK_SIZE : CHUNK_SMALL;

		c = add_chunk(a, ARENA_EMULATED || need > size_wanted ? need : size_wanted);
	}
	p = c->data + c->used;
	c->used += need;
	return p;
}

void *arena_zalloc(struct arena *a, size_t size)
{
	return memset(arena_alloc(a, size), 0, size);
}

struct str arena_dup(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.len + 1);

	if (s.len)
		memcpy(p, s.ptr, s.len);
	p[s.len] = '\0';
	return str_make(p, s.len);
}

struct str arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	int n;
	char *p;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	must(n >= 0);
	p = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	(void)vsnprintf(p, (size_t)n + 1, fmt, ap); /* measured above */
	va_end(ap);
	return str_make(p, (size_t)n);
}

struct str arena_join(struct arena *a, const struct str *parts, size_t count)
{
	size_t len = 0;
	char *p, *out;

	for (size_t i = 0; i < count; i++)
		len += parts[i].len;
	p = out = arena_alloc(a, len + 1);
	for (size_t i = 0; i < count; i++) {
		if (parts[i].len)
			memcpy(out, parts[i].ptr, parts[i].len);
		out += parts[i].len;
	}
	*out = '\0';
	return str_make(p, len);
}
