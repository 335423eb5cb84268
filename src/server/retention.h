/* SPDX-License-Identifier: Apache-2.0 */
/* How long messages are kept: archive.keep, or what an administrator has set for an account. A
 * round through all accounts, a few at a time, takes away what is older. */
#pragma once

#include "server/route/home.h"

extern const struct conf_table retention_conf_table;

struct retention;

/* Starts on the loop of h (borrowed), with a round at once; further ones follow each hour, or more
 * often where messages are kept for less than some hours. Settings are read from h->conf at each
 * step, so that a reload holds within a minute. */
struct retention *retention_new(struct home *h) __attribute__((returns_nonnull));

/* The loop does not run any more. */
void retention_free(struct retention **r);
