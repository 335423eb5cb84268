/* SPDX-License-Identifier: Apache-2.0 */
/* A network that is none: transports into which a fuzzer puts bytes, connections that are made when
 * it wants, TLS that is said to be there, and stanzas that go nowhere. It stands in for net/,
 * resolve/ and route/ below server/s2s, and holds what comes through to what was shown. */
#pragma once

#include "base/mem.h"
#include "net/tls.h"
#include "net/tls_peer.h"
#include "resolve/dial.h"
#include "resolve/proof.h"
#include "server/route/banned.h"
#include "server/route/post.h"
#include "server/route/receipt.h"
#include "server/route/service.h"
#include "server/s2s/s2s_head.h"
#include "xml/build.h"
#include "xml/tree.h"

#include <stdio.h>

enum { FAKE_SHOWN_MAX = 64, FAKE_NAME_MAX = 64, FAKE_RECEIPTS_MAX = 256 };

struct fake_wire {
	struct transport transport;
	struct list link; /* of ins or outs */
	struct dial *dial;
	char domain[FAKE_NAME_MAX]; /* of an out: whom it was dialled for */
	char id[FAKE_NAME_MAX];     /* the last stream id that we have sent on it */
	bool is_secure, is_closing, is_over, is_begun;
	bool has_said_valid; /* the fuzzer has fed a verdict, or a success */
};

struct proof_ask {
	struct list link;
	proof_fn fn;
	void *owner;
};

struct dial {
	struct list link;
	dial_fn fn;
	void *owner;
	char domain[FAKE_NAME_MAX];
	bool is_due, has_wire;
};

static struct {
	struct list ins, outs, dials, proofs;
	char shown[FAKE_SHOWN_MAX][FAKE_NAME_MAX]; /* domains whose server has said "valid" */
	size_t shown_count;
	struct receipt *receipts[FAKE_RECEIPTS_MAX]; /* of what came through and is not durable */
	size_t receipt_count;
	char token[FAKE_NAME_MAX]; /* the last that we have given to resume a stream */
	bool is_banned, needs_tls;
} fake;

/* ---- transports ---- */

static struct fake_wire *wire_of(const struct transport *t)
{
	return container_of((struct transport *)(uintptr_t)t, struct fake_wire, transport);
}

static void note_id(struct str text, const char *element, char *id)
{
	ptrdiff_t at = str_find(text, STR(" id='"));
	struct str rest = at < 0 ? STR_NONE : str_from_at(text, (size_t)at + 5), value;

	if (at >= 0 && str_find(text, str_from(element)) >= 0 && str_split(&rest, '\'', &value) &&
	    value.len < FAKE_NAME_MAX) {
		memcpy(id, value.ptr, value.len);
		id[value.len] = '\0';
	}
}

/* What our people say leaves only where it is for, and only once that server has let us in. */
static void fake_send(struct transport *t, struct bytes *data)
{
	struct fake_wire *w = wire_of(t);
	struct str text = bytes_str(data);

	note_id(text, "<stream:stream", w->id);
	note_id(text, "<enabled", fake.token);
	if (str_find(text, STR(">secret<")) < 0)
		return;
	must(*w->domain && str_find(text, str_from(w->domain)) >= 0);
	must(w->has_said_valid);
	must(w->is_secure || !fake.needs_tls);
}

static void fake_pause(struct transport *t, bool is_paused)
{
	(void)t;
	(void)is_paused;
}

static void fake_close(struct transport *t)
{
	wire_of(t)->is_closing = true;
}

static void fake_free(struct transport *t)
{
	list_remove(&wire_of(t)->link);
	mem_free(wire_of(t));
}

static size_t fake_unsent(const struct transport *t)
{
	(void)t;
	return 0;
}

static bool fake_is_secure(const struct transport *t)
{
	return wire_of(t)->is_secure;
}

static bool fake_is_framed(const struct transport *t)
{
	(void)t;
	return false;
}

static struct str fake_peer(const struct transport *t)
{
	(void)t;
	return STR("fake");
}

static const struct transport_ops fake_ops = { .send = fake_send,
					       .pause = fake_pause,
					       .close = fake_close,
					       .free = fake_free,
					       .unsent = fake_unsent,
					       .is_secure = fake_is_secure,
					       .is_framed = fake_is_framed,
					       .peer_name = fake_peer };

static struct fake_wire *wire_new(struct list *list)
{
	struct fake_wire *w = mem_zalloc(1, sizeof(*w));

	w->transport.ops = &fake_ops;
	list_append(list, &w->link);
	return w;
}

/* ---- in place of net/ ---- */

struct transport *transport_tls_accept(struct net_loop *net, struct transport *below,
				       struct tls_context *ctx, const struct str *alpn,
				       size_t output_limit)
{
	(void)net, (void)ctx, (void)alpn, (void)output_limit;
	wire_of(below)->is_secure = true;
	return below;
}

enum err transport_tls_connect(struct net_loop *net, struct transport *below,
			       struct tls_context *ctx, const struct tls_want *want,
			       struct transport **ret_t)
{
	(void)net, (void)ctx;
	if (str_starts(want->name, STR("broken.")))
		return ERR_INVALID;
	wire_of(below)->is_secure = true;
	*ret_t = below;
	return OK;
}

void tls_ask_peer(struct transport *t)
{
	must(wire_of(t)->is_secure);
}

/* cert.test has a certificate on every stream, liar.test another one than the DNS says, dane.test
 * one that the DNS names when it is asked. */
void tls_peer_check(const struct transport *t, const struct tls_trust *trust,
		    const struct tls_peer_want *want, struct tls_peer_report *ret_report)
{
	(void)trust;
	must(fake_is_secure(t));
	if (str_eq(want->domain, STR("cert.test")))
		ret_report->proof = TLS_PEER_PKIX;
	else if (str_eq(want->domain, STR("liar.test")))
		ret_report->proof = TLS_PEER_IMPOSTOR;
	else if (str_eq(want->domain, STR("dane.test")) && want->dane && want->dane->count)
		ret_report->proof = TLS_PEER_DANE;
	ret_report->has_certificate = true;
}

bool tls_context_missing_name(const struct tls_context *ctx, const struct str *names, size_t count,
			      struct str *ret_missing)
{
	(void)ctx, (void)names, (void)count, (void)ret_missing;
	return false;
}

/* There are no contexts and no authorities: what is there already is not made from them. */
struct tls_context *tls_context_ref(struct tls_context *ctx)
{
	return ctx;
}

struct tls_context *tls_context_unref(struct tls_context *ctx)
{
	(void)ctx;
	return NULL;
}

struct tls_trust *tls_trust_ref(struct tls_trust *trust)
{
	return trust;
}

struct tls_trust *tls_trust_unref(struct tls_trust *trust)
{
	(void)trust;
	return NULL;
}

/* ---- in place of resolve/ ---- */

struct dial *dial_begin(struct resolver *r, struct net_loop *net, const struct dial_want *want,
			dial_fn on_done, void *owner)
{
	struct dial *d = mem_zalloc(1, sizeof(*d));
	struct str name = str_sub(want->domain, 0, FAKE_NAME_MAX - 1);

	(void)r, (void)net;
	d->fn = on_done;
	d->owner = owner;
	d->is_due = true;
	memcpy(d->domain, name.ptr, name.len);
	list_append(&fake.dials, &d->link);
	return d;
}

void dial_next(struct dial *d)
{
	d->is_due = true;
}

void dial_end(struct dial **dial)
{
	if (*dial)
		list_remove(&(*dial)->link);
	mem_free(*dial);
	*dial = NULL;
}

/* What is due is there: a connection, once, unless it fails. */
static void fake_dial(struct dial *d, bool fails)
{
	struct dial_result result = { .why = DIAL_UNREACHABLE, .reason = STR("no") };
	struct fake_wire *w;

	if (!d->is_due)
		return;
	d->is_due = false;
	if (!fails && !d->has_wire) {
		w = wire_new(&fake.outs);
		memcpy(w->domain, d->domain, sizeof(w->domain));
		result = (struct dial_result){ .transport = &w->transport,
					       .ascii = str_from(d->domain),
					       .is_direct_tls = *d->domain == 'd' };
		d->has_wire = true;
	}
	d->fn(d->owner, &result);
}

bool resolver_validates(const struct resolver *r)
{
	return r != NULL;
}

void resolver_free(struct resolver **r)
{
	*r = NULL;
}

struct proof_ask *proof_begin(struct resolver *r, struct loop *loop, struct str ascii, proof_fn fn,
			      void *owner)
{
	struct proof_ask *p = mem_zalloc(1, sizeof(*p));

	(void)r, (void)loop, (void)ascii;
	p->fn = fn;
	p->owner = owner;
	list_append(&fake.proofs, &p->link);
	return p;
}

void proof_end(struct proof_ask **ask)
{
	if (*ask)
		list_remove(&(*ask)->link);
	mem_free(*ask);
	*ask = NULL;
}

/* The DNS answers all that it was asked: with records, or with none. */
static void fake_prove(bool has_records)
{
	struct proof proof = { .dane.count = 1 };

	list_each (link, &fake.proofs) {
		struct proof_ask *p = list_entry(link, struct proof_ask, link);

		p->fn(p->owner, &proof, has_records);
		proof_end(&p);
	}
	if (has_records && fake.shown_count < FAKE_SHOWN_MAX)
		(void)snprintf(fake.shown[fake.shown_count++], FAKE_NAME_MAX, "dane.test");
}

/* ---- in place of route/ ---- */

const struct xml_limits post_limits = { .stanza_bytes = 16 * 1024 * 1024,
					.depth = 512,
					.attrs = 512,
					.name_bytes = 4096,
					.children = UINT16_MAX };
const struct xml_scope post_scope = { .default_ns = STR_INIT("jabber:client") };
const struct xml_scope post_alone_scope = { .default_ns = STR_INIT("") };

static bool fake_is_shown(struct str domain)
{
	if (str_eq(domain, STR("cert.test")))
		return true;
	for (size_t i = 0; i < fake.shown_count; i++) {
		if (str_eq(domain, str_from(fake.shown[i])))
			return true;
	}
	return false;
}

/* Nothing comes through in the name of a domain whose own server was not asked, or said no. */
bool post_awaited(struct home *h, struct jid to, struct bytes *stanza, usec_t received,
		  struct receipt *receipt)
{
	struct arena a scoped(arena_done) = { 0 };
	struct s2s_head head;

	(void)received;
	arena_init(&a, 64 * KIB);
	must(s2s_head_read(&a, bytes_str(stanza), &head) == OK);
	if (home_realm(h, head.from))
		return true; /* an error that goes back */
	must(fake_is_shown(head.from));
	must(home_realm(h, to.domain));
	must(!fake.is_banned || !str_eq(head.from, STR("ban.test")));
	if (receipt && fake.receipt_count < FAKE_RECEIPTS_MAX)
		fake.receipts[fake.receipt_count++] = receipt_ref(receipt);
	return true;
}

bool post_stanza(struct home *h, struct jid to, struct bytes *stanza, usec_t received)
{
	return post_awaited(h, to, stanza, received, NULL);
}

/* All that has come through is durable. */
static void fake_commit(void)
{
	while (fake.receipt_count)
		receipt_give(fake.receipts[--fake.receipt_count]);
}

void post_error(struct home *h, struct str stanza, enum condition why, struct str text)
{
	(void)h, (void)stanza, (void)why, (void)text;
}

bool banned_covers(const struct home *h, struct jid who)
{
	(void)h;
	return fake.is_banned && str_eq(who.domain, STR("ban.test"));
}

const struct service *services_find(const struct services *s, struct str domain)
{
	(void)s, (void)domain;
	return NULL;
}
