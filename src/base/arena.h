/* SPDX-License-Identifier: Apache-2.0 */
/* Bump allocator with a budget: one for each stanza that is being handled (docs/memory.md). All is
 * freed at once. Under AddressSanitizer each allocation is a block of its own, so that overruns are
 * seen. One thread at a time. */
#pragma once

#include "base/attr.h"
#include "base/str.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *chunk; /* newest first */
	size_t used;               /* bytes handed out since the last reset */
	size_t limit;              /* bytes; passing it sets is_over */
	bool is_over;
};

/* An arena that hands out at most limit bytes before arena_is_over() says so. Owns nothing yet. */
void arena_init(struct arena *a, size_t limit);

/* Frees everything; the arena can be used again after arena_init. */
void arena_done(struct arena *a);

/* arena_done() for an arena that saw secrets: overwrites everything before it is freed. */
void arena_wipe(struct arena *a);

/* Frees all but the first chunk (at most ARENA_KEEP bytes) and starts over. */
void arena_reset(struct arena *a);
#define ARENA_KEEP (16 * KIB)

/* size bytes, aligned for any type, not cleared; never NULL. Past the limit memory still comes (so
 * that callers need no check at every line) and is_over is set: who owns the unit of work looks
 * once, at its end or where a peer's input decides the size. */
void *arena_alloc(struct arena *a, size_t size)
	__attribute__((malloc, returns_nonnull, alloc_size(2)));

/* The same, all zero. */
void *arena_zalloc(struct arena *a, size_t size)
	__attribute__((malloc, returns_nonnull, alloc_size(2)));

#define arena_new(a, type) ((type *)arena_zalloc((a), sizeof(type)))

/* A copy of s in the arena, with a NUL behind it that is not counted. */
struct str arena_dup(struct arena *a, struct str s);

/* printf into the arena. */
struct str arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The strings of parts (count of them) one behind the other. */
struct str arena_join(struct arena *a, const struct str *parts, size_t count);
#define ARENA_JOIN(a, ...)                                                                         \
	arena_join((a), (const struct str[]){ __VA_ARGS__ },                                       \
		   array_len(((const struct str[]){ __VA_ARGS__ })))

static inline bool arena_is_over(const struct arena *a)
{
	return a->is_over;
}
