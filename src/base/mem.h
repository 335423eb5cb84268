/* SPDX-License-Identifier: Apache-2.0 */
/* Heap memory. Out of memory ends the process (docs/adr/0003): what a peer can ask for is checked
 * against a named limit first. Any thread. */
#pragma once

#include "base/attr.h"

#include <stddef.h>

/* size bytes, not cleared; the caller frees them with mem_free. size 0 gives a valid pointer. */
void *mem_alloc(size_t size) __attribute__((malloc, returns_nonnull, alloc_size(1)));

/* count * size bytes, all zero; stops the process when the product overflows. */
void *mem_zalloc(size_t count, size_t size)
	__attribute__((malloc, returns_nonnull, alloc_size(1, 2)));

enum { MEM_ALIGNED = 4096 /* bytes: what disks take as it is */ };

/* The same at a multiple of MEM_ALIGNED; the caller frees it with mem_free, never mem_grow. */
void *mem_alloc_aligned(size_t size) __attribute__((malloc, returns_nonnull, alloc_size(1)));

/* Moves ptr (or NULL) to a block of size bytes. */
void *mem_grow(void *ptr, size_t size) __attribute__((returns_nonnull, alloc_size(2)));

/* Gives ptr back; NULL is fine. */
void mem_free(void *ptr);
