/* SPDX-License-Identifier: Apache-2.0 */
/* Which servers of names are asked about other domains, and what proves their answers: the
 * configuration of resolve/. Main thread, at the start and on reload. */
#pragma once

#include "resolve/resolve.h"
#include "server/conf/conf.h"

extern const struct conf_table names_conf_table;

/* Whether the rows mean something. ERR_INVALID with a sentence; name: of the file. */
must_check enum err names_check(const struct conf *conf, const char *name, struct blame *blame);

/* A resolver as conf, which was checked, wants it: see resolver_new. */
must_check enum err names_resolver(const struct conf *conf, struct loop *loop,
				   struct resolver **ret_resolver, struct sbuf *why);

/* Adds to out what a resolver is made from: it is the same as long as this is. Any thread.
 * ERR_TOO_BIG.
 */
must_check enum err names_key(const struct conf *conf, struct sbuf *out);

/* The file that proves answers, the caller's (mem_free); NULL: none, and so there is no DANE. Any
 * thread. */
char *names_anchor(const struct conf *conf);
