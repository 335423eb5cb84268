/* SPDX-License-Identifier: Apache-2.0 */
/* A server's addresses and TLSA records, see target.h. */
#include "resolve/target.h"

#include <stdio.h>

enum {
	FAMILY_MAX = RACE_MAX / 2,
	V4_LEN = 4,
	V6_LEN = 16,
};

static void finish(struct target_ask *t, enum target_end end)
{
	target_ask_stop(t);
	if (end == TARGET_KNOWN)
		race_interleave(t->addrs, t->count);
	t->fn(t->owner, end);
}

/* Bogus answers count in any case; the rest only when there is no address. */
static void look(struct target_ask *t)
{
	if (t->fault == TARGET_BOGUS ||
	    (t->fault == TARGET_UNRESOLVED && t->count == 0 && !t->v4_ask && !t->v6_ask)) {
		finish(t, t->fault);
		return;
	}
	if (t->tlsa_ask)
		return;
	if (!t->v4_ask && !t->v6_ask) {
		finish(t, t->count ? TARGET_KNOWN : t->fault);
	} else if (t->count > 0 && !t->is_waiting) {
		t->is_waiting = true;
		loop_timer(t->loop, &t->timer, TARGET_FAMILY_USEC);
	}
}

static void on_waited(struct timer *timer)
{
	finish(container_of(timer, struct target_ask, timer), TARGET_KNOWN);
}

static void blame(struct target_ask *t, enum target_end fault, struct str reason)
{
	if (t->fault == TARGET_BOGUS)
		return;
	t->fault = fault;
	(void)snprintf(t->reason, sizeof(t->reason), "%.*s", STR_ARG(reason));
}

static void add_rows(struct target_ask *t, const struct resolve_answer *answer, size_t len)
{
	size_t most = t->count + FAMILY_MAX;

	for (size_t i = 0; i < answer->count && t->count < most; i++) {
		struct addr a = { .ip = { [10] = 0xff, [11] = 0xff },
				  .port = t->port,
				  .is_set = true };

		if (answer->rows[i].len != len)
			continue;
		memcpy(a.ip + sizeof(a.ip) - len, answer->rows[i].ptr, len);
		t->addrs[t->count++] = a;
	}
}

static void take_addresses(struct target_ask *t, const struct resolve_answer *answer, size_t len)
{
	if (answer->outcome == RESOLVE_FOUND)
		add_rows(t, answer, len);
	else if (answer->outcome == RESOLVE_BOGUS)
		blame(t, TARGET_BOGUS, answer->reason);
	else if (answer->outcome == RESOLVE_FAILED)
		blame(t, TARGET_UNRESOLVED, answer->reason);
	else if (answer->outcome == RESOLVE_NO_NAME && t->fault == TARGET_NO_ADDRESS)
		blame(t, TARGET_NO_NAME, STR("there is no such host"));
	look(t);
}

static void on_v4(void *owner, const struct resolve_answer *answer)
{
	struct target_ask *t = owner;

	t->v4_ask = NULL;
	take_addresses(t, answer, V4_LEN);
}

static void on_v6(void *owner, const struct resolve_answer *answer)
{
	struct target_ask *t = owner;

	t->v6_ask = NULL;
	take_addresses(t, answer, V6_LEN);
}

/* Without a secure answer nothing is known: an attacker may have taken the records away (RFC 7673,
 * 3.4). What is insecure by its zone cannot be used, and that is all. */
static void on_tlsa(void *owner, const struct resolve_answer *answer)
{
	struct target_ask *t = owner;

	t->tlsa_ask = NULL;
	if (answer->outcome == RESOLVE_BOGUS || answer->outcome == RESOLVE_FAILED) {
		blame(t, answer->outcome == RESOLVE_BOGUS ? TARGET_BOGUS : TARGET_UNRESOLVED,
		      answer->reason);
		finish(t, t->fault);
		return;
	}
	for (size_t i = 0; answer->is_secure && i < answer->count; i++) {
		if (dane_add(&t->dane, answer->rows[i]) == ERR_TOO_BIG)
			break; /* what else cannot be used says nothing */
	}
	look(t);
}

static void ask_tlsa(struct target_ask *t, const struct srv *srv)
{
	char name[SRV_TARGET_MAX + sizeof("_65535._tcp.")];
	int len = snprintf(name, sizeof(name), "_%u._tcp.%s", srv->port, srv->target);

	/* Too long for the DNS: there can be none. */
	if (len > 0 && len <= RESOLVE_NAME_MAX)
		t->tlsa_ask = resolve_begin(t->resolver, str_make(name, (size_t)len), RESOLVE_TLSA,
					    on_tlsa, t);
}

void target_ask_start(struct target_ask *t, const struct srv *srv)
{
	struct str host = str_from(srv->target);

	t->count = t->dane.count = 0;
	t->is_waiting = false;
	t->port = srv->port;
	t->fault = TARGET_NO_ADDRESS;
	(void)snprintf(t->reason, sizeof(t->reason), "it has no address");
	t->timer.fn = on_waited;
	if (srv->is_secure)
		ask_tlsa(t, srv);
	t->v6_ask = resolve_begin(t->resolver, host, RESOLVE_AAAA, on_v6, t);
	t->v4_ask = resolve_begin(t->resolver, host, RESOLVE_A, on_v4, t);
}

void target_ask_stop(struct target_ask *t)
{
	resolve_end(&t->v4_ask);
	resolve_end(&t->v6_ask);
	resolve_end(&t->tlsa_ask);
	if (t->loop)
		loop_timer_stop(t->loop, &t->timer);
}
