/* SPDX-License-Identifier: Apache-2.0 */
/* The realms beside the users': where they are, and what serves them. Made at start, constant
 * afterwards. */
#pragma once

#include "server/conf/conf.h"
#include "server/route/home.h"

struct realms;

/* Reads where they are. ERR_INVALID: the configuration; ERR_EXISTS: two features claim the same;
 * blame says what. */
must_check enum err realms_new(const struct conf *conf, struct realms **ret_realms,
			       struct blame *blame);
void realms_free(struct realms **r);

/* Adds them to h, behind home_start. */
void realms_add(const struct realms *r, struct home *h);

/* The domain of the rooms as conf says: a view into a, which must outlive it. */
must_check enum err realms_rooms_domain(const struct conf *conf, struct arena *a,
					struct str *ret_domain);
