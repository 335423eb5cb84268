/* SPDX-License-Identifier: Apache-2.0 */
/* Looks after the server's certificate: counts its days, and with acme.agree gets one from an
 * authority (acme/acme.h), at once where there is none, and again at two thirds of its life. After
 * failures it waits longer and longer; the old certificate stays meanwhile. On the first worker's
 * loop; requests in a thread of their own while an attempt runs, files in the pool. */
#pragma once

#include "loop/loop.h"
#include "net/tls_context.h"
#include "server/certificates.h"
#include "server/certifier_files.h"

struct certifier;
struct tls_challenges;
struct pool;

struct certifier_config {
	struct loop *loop;
	struct pool *pool;
	struct str data_dir;               /* with a NUL */
	struct tls_challenges *challenges; /* where proofs are shown */
	void *owner;
	/* There is a new certificate in data_dir: has it used (certifier_watch). A sentence is
	 * added to why when it cannot be. */
	enum err (*on_new)(void *owner, struct sbuf *why);
};

/* How it stands, for people. */
struct certifier_status {
	bool is_on, is_running;
	enum certificate_source source; /* of the certificate in use */
	usec_t wall_renew;              /* when it is asked for next; 0: not at all */
	const struct certifier_state *state;
	struct str directory;
	const char *account_url; /* empty: not known */
};

/* What config points to lives longer. conf as in certifier_reload. */
struct certifier *certifier_new(const struct certifier_config *config, const struct conf *conf)
	__attribute__((returns_nonnull));

/* Ends an attempt that is under way. The loop does not run any more, the pool has stopped. */
void certifier_free(struct certifier **c);

/* The settings have changed; an attempt that runs goes on with the old ones. */
void certifier_reload(struct certifier *c, const struct conf *conf);

/* tls (a count is taken) is used from now on, and comes from source. */
void certifier_watch(struct certifier *c, struct tls_context *tls, enum certificate_source source);

/* Asks for a certificate now. fn is called at its end, with the sentence of a failure
 * (ERR_INVALID); or at once: ERR_UNSUPPORTED: it is not on; ERR_BUSY: an attempt runs. */
void certifier_renew(struct certifier *c, void (*fn)(void *arg, enum err e, struct str why),
		     void *arg);

/* What is in use; NULL before certifier_watch. */
const struct tls_context *certifier_tls(const struct certifier *c);

/* Valid until the loop goes on. */
struct certifier_status certifier_status(const struct certifier *c);
