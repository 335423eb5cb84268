/* SPDX-License-Identifier: Apache-2.0 */
/* Who the server is to those who connect to it, and to whom it connects: its TLS contexts, and the
 * certifier that renews them. On the main thread, which is the first worker's. */
#pragma once

#include "net/tls_challenges.h"
#include "server/certifier.h"

struct federation;
struct worker;
struct worker_news;

struct identity {
	struct str data_dir; /* borrowed */
	struct tls_challenges *challenges;
	struct tls_context *tls;
	struct federation *federation;
	enum certificate_source source, next_source;
	struct certifier *certifier;
	struct worker *workers;
	unsigned count;
};

/* At start: all but the certifier. What is wrong is in blame. Blocks on the files. */
must_check enum err identity_load(struct identity *id, const struct conf *conf, struct str data_dir,
				  struct blame *blame);

/* The workers are there: looks after the certificate from now on. */
void identity_start(struct identity *id, struct worker *workers, unsigned count, struct pool *pool);

/* For a reload: loads what conf names into news, whose counts are the caller's until identity_take;
 * nothing is used yet. */
must_check enum err identity_prepare(struct identity *id, struct worker_news *news,
				     struct blame *blame);
void identity_take(struct identity *id, const struct worker_news *news);

/* Ends the certifier: the loop does not run any more, the pool has stopped. The contexts stay to
 * the end of the process. */
void identity_stop(struct identity *id);
