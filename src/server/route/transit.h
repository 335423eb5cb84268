/* SPDX-License-Identifier: Apache-2.0 */
/* A stanza on its way to the home of a domain that is none of ours: a service's or another
 * server's. */
#pragma once

#include "base/bytes.h"
#include "base/str.h"

struct home;

/* Calls take on the home of the domain: at once if that is h, else by a letter with copies; a count
 * of stanza stays the caller's. On h's loop. */
void transit_post(struct home *h, struct str domain, struct bytes *stanza, bool is_quiet,
		  void (*take)(struct home *h, struct str domain, struct bytes *stanza,
			       bool is_quiet));
