/* SPDX-License-Identifier: Apache-2.0 */
/* How fast the streams of one other domain may be read, all of them together, on all loops. A
 * stream takes its domain's account when it has logged in: under a lock; what is read is counted
 * without. Any thread. */
#pragma once

#include "base/str.h"
#include "server/s2s/s2s_rate.h"

struct s2s_rates;
struct s2s_account;

/* The caller's count. */
struct s2s_rates *s2s_rates_new(void) __attribute__((returns_nonnull));
struct s2s_rates *s2s_rates_ref(struct s2s_rates *r);

/* Gives NULL; NULL is fine. All accounts were given back before the last. */
struct s2s_rates *s2s_rates_unref(struct s2s_rates *r);

/* The account of a domain (prepared), which all who ask for it share. */
struct s2s_account *s2s_rates_get(struct s2s_rates *r, struct str domain)
	__attribute__((returns_nonnull));

/* The rate of it; for s2s_rate_take. */
struct s2s_rate *s2s_account_rate(struct s2s_account *a);

/* A stream has gone; now: the time of its loop. Whoever was too fast is remembered until he would
 * not be, so that coming again does not help. *a is NULL then; NULL is fine. */
void s2s_rates_put(struct s2s_rates *r, struct s2s_account **a, usec_t now);

/* Accounts that there are: for tests. */
size_t s2s_rates_count(struct s2s_rates *r);
