/* SPDX-License-Identifier: Apache-2.0 */
/* Compiler attributes and the few macros that every file may use. */
#pragma once

#include <stddef.h>

/* The result must be looked at; a deliberate (void) cast needs a reason beside it. */
#define must_check __attribute__((warn_unused_result))

/* Calls done(&local) when the local goes out of scope: struct sbuf out scoped(sbuf_done) =
 * SBUF(KIB); */
#define scoped(done) __attribute__((cleanup(done)))

#define unused_arg    __attribute__((unused))
#define never_returns __attribute__((noreturn))
#define likely(x)     __builtin_expect(!!(x), 1)
#define unlikely(x)   __builtin_expect(!!(x), 0)

#define array_len(a) (sizeof(a) / sizeof((a)[0]))

/* The struct that holds member at ptr. */
#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#define KIB ((size_t)1024)
#define MIB ((size_t)1024 * KIB)

/* Checks what can only be false through a bug; kept in release builds. Says the expression and
 * stops the process. */
#define must(expr) (likely(expr) ? (void)0 : must_failed(#expr, __FILE__, __LINE__))
void must_failed(const char *expr, const char *file, int line) never_returns;
