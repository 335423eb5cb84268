/* SPDX-License-Identifier: Apache-2.0 */
/* The realms beside the users': where they are, and what serves them. Made at start, constant
 * afterwards. */
#pragma once

#include "server/conf/conf.h"
#include "server/route/home.h"

enum { REALMS = 3, REALM_UPLOADS = 2 /* its number */ };

struct realms;

/* Reads where they are. ERR_INVALID: the configuration; ERR_EXISTS: two features claim the same;
 * blame says what. */
must_check enum err realms_new(const struct conf *conf, struct realms **ret_realms,
			       struct blame *blame);
void realms_free(struct realms **r);

/* Adds them to h, behind home_start. */
void realms_add(const struct realms *r, struct home *h);

/* The homes run: rooms that were ending when the server stopped are looked after. h is any of
 * them; any thread. */
void realms_started(struct home *h);

/* The domain of the i-th as conf says: a view into a, which must outlive it. ERR_INVALID: it is the
 * server's own, or none. */
must_check enum err realms_domain(const struct conf *conf, unsigned i, struct arena *a,
				  struct str *ret_domain);

/* The key of the configuration that says so. */
const char *realms_key(unsigned i);

/* Where the i-th is: lives as long as r. */
struct str realms_place(const struct realms *r, unsigned i);
