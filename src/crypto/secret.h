/* SPDX-License-Identifier: Apache-2.0 */
/* The only two ways to treat a secret: compare it without telling by the time it took, and wipe it.
 * Any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether the len bytes at a and b are equal, in a time that depends on len only. */
bool secret_equal(const void *a, const void *b, size_t len);

/* Overwrites len bytes, even where the compiler sees no reader. ptr may be NULL with len 0. */
void secret_wipe(void *ptr, size_t len);
