/* SPDX-License-Identifier: Apache-2.0 */
/* SRV and TLSA of a domain, see proof.h. */
#include "resolve/proof.h"

#include "base/mem.h"
#include "codec/idn.h"
#include "resolve/dial.h"

#include <stdio.h>

enum { WAYS = 2, NAME_MAX_BYTES = RESOLVE_NAME_MAX + 64 };

static const char *const services[WAYS] = { "_xmpp-server._tcp.", "_xmpps-server._tcp." };

struct question {
	struct proof_ask *of;
	struct resolve_ask *ask;
	size_t i; /* of the way, or of the proof */
};

struct proof_ask {
	struct resolver *resolver;
	struct loop *loop;
	proof_fn fn;
	void *owner;
	struct timer deadline;
	struct question srvs[WAYS], tlsas[PROOF_TARGETS_MAX];
	struct srv rows[SRV_MAX];
	size_t row_count;
	struct proof proofs[PROOF_TARGETS_MAX];
	size_t count;
	char domain[IDN_ASCII_MAX + 1];
	bool has_no_service; /* proven: the domain itself is its server (RFC 6120 3.2.2) */
};

void proof_end(struct proof_ask **ask)
{
	struct proof_ask *p = *ask;

	*ask = NULL;
	if (!p)
		return;
	for (size_t i = 0; i < WAYS; i++)
		resolve_end(&p->srvs[i].ask);
	for (size_t i = 0; i < PROOF_TARGETS_MAX; i++)
		resolve_end(&p->tlsas[i].ask);
	loop_timer_stop(p->loop, &p->deadline);
	mem_free(p);
}

/* Those of which something is known; then p is gone. */
static void finish(struct proof_ask *p)
{
	struct proof_ask *gone = p;
	size_t kept = 0;

	for (size_t i = 0; i < p->count; i++) {
		if (p->proofs[i].dane.count)
			p->proofs[kept++] = p->proofs[i];
	}
	p->fn(p->owner, p->proofs, kept);
	proof_end(&gone);
}

static void on_deadline(struct timer *t)
{
	finish(container_of(t, struct proof_ask, deadline));
}

static bool is_asking(const struct proof_ask *p)
{
	for (size_t i = 0; i < WAYS; i++) {
		if (p->srvs[i].ask)
			return true;
	}
	for (size_t i = 0; i < p->count; i++) {
		if (p->tlsas[i].ask)
			return true;
	}
	return false;
}

static struct resolve_ask *ask(struct proof_ask *p, const char *name, enum resolve_type type,
			       resolve_fn fn, struct question *q)
{
	return resolve_begin(p->resolver, str_from(name), type, fn, q);
}

/* ---- TLSA ---- */

static void on_tlsa(void *owner, const struct resolve_answer *answer)
{
	struct question *q = owner;
	struct proof *proof = &q->of->proofs[q->i];

	q->ask = NULL;
	for (size_t i = 0; answer->is_secure && i < answer->count; i++) {
		if (dane_add(&proof->dane, answer->rows[i]) == ERR_TOO_BIG)
			break;
	}
	if (!is_asking(q->of))
		finish(q->of);
}

/* The same host may stand there for both services: its ports have records of their own. */
static void ask_targets(struct proof_ask *p)
{
	srv_order(p->rows, p->row_count);
	for (size_t i = 0; i < p->row_count && p->count < PROOF_TARGETS_MAX; i++) {
		struct question *q = &p->tlsas[p->count];
		char name[NAME_MAX_BYTES];

		(void)snprintf(name, sizeof(name), "_%u._tcp.%s", p->rows[i].port,
			       p->rows[i].target);
		memcpy(p->proofs[p->count].target, p->rows[i].target, sizeof(p->rows[i].target));
		*q = (struct question){ .of = p, .i = p->count++ };
		q->ask = ask(p, name, RESOLVE_TLSA, on_tlsa, q);
	}
}

/* ---- SRV ---- */

/* What is not proven counts for nothing, and so do its targets. */
static void on_srv(void *owner, const struct resolve_answer *answer)
{
	struct question *q = owner;
	struct proof_ask *p = q->of;

	q->ask = NULL;
	for (size_t i = 0; answer->is_secure && i < answer->count && p->row_count < SRV_MAX; i++) {
		struct srv *row = &p->rows[p->row_count];

		*row = (struct srv){ .is_secure = true };
		if (srv_parse(answer->rows[i], row) == OK && *row->target && row->port)
			p->row_count++;
	}
	if (q->i == 0 && answer->is_secure &&
	    (answer->outcome == RESOLVE_NO_DATA || answer->outcome == RESOLVE_NO_NAME))
		p->has_no_service = true;
	if (is_asking(p))
		return;
	if (p->row_count == 0 && p->has_no_service) {
		p->rows[p->row_count] = (struct srv){ .port = DIAL_SERVER_PORT };
		memcpy(p->rows[p->row_count++].target, p->domain, sizeof(p->domain));
	}
	ask_targets(p);
	if (!is_asking(p))
		finish(p);
}

struct proof_ask *proof_begin(struct resolver *r, struct loop *loop, struct str ascii, proof_fn fn,
			      void *owner)
{
	struct proof_ask *p = mem_zalloc(1, sizeof(*p));

	p->resolver = r;
	p->loop = loop;
	p->fn = fn;
	p->owner = owner;
	p->deadline.fn = on_deadline;
	must(ascii.len <= IDN_ASCII_MAX);
	memcpy(p->domain, ascii.ptr, ascii.len);
	loop_timer(loop, &p->deadline, PROOF_USEC);
	for (size_t i = 0; i < WAYS; i++) {
		char name[NAME_MAX_BYTES];

		(void)snprintf(name, sizeof(name), "%s%.*s", services[i], STR_ARG(ascii));
		p->srvs[i] = (struct question){ .of = p, .i = i };
		p->srvs[i].ask = ask(p, name, RESOLVE_SRV, on_srv, &p->srvs[i]);
	}
	return p;
}
