/* SPDX-License-Identifier: Apache-2.0 */
/* The one source of randomness: the kernel's. Any thread. */
#pragma once

#include "base/sbuf.h"

/* Fills len bytes at buf with unguessable bytes; stops the process if the kernel cannot give any.
 */
void random_fill(void *buf, size_t len);

uint64_t random_u64(void);

/* Writes len characters of [a-z2-7] (5 bits each) to buf, and a NUL behind them: buf holds len + 1
 * bytes. */
void random_token(char *buf, size_t len);

/* Test seam: from now on a fixed sequence made from seed; 0 goes back to the kernel. Tests only. */
void random_seed_for_test(uint64_t seed);
