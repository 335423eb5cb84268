/* SPDX-License-Identifier: Apache-2.0 */
/* Heap memory that never fails, see mem.h. */
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

static void out_of_memory(size_t size) never_returns;

static void out_of_memory(size_t size)
{
	(void)fprintf(stderr, "out of memory: %zu bytes asked for\n", size);
	abort();
}

void *mem_alloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		out_of_memory(size);
	return p;
}

void *mem_alloc_aligned(size_t size)
{
	void *p = NULL;

	if (posix_memalign(&p, MEM_ALIGNED, size ? size : 1) != 0)
		out_of_memory(size);
	return p;
}

void *mem_zalloc(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);

	if (!p)
		out_of_memory(size);
	return p;
}

void *mem_grow(void *ptr, size_t size)
{
	void *p = realloc(ptr, size ? size : 1);

	if (!p)
		out_of_memory(size);
	return p;
}

void mem_free(void *ptr)
{
	free(ptr);
}
