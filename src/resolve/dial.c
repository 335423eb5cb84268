/* SPDX-License-Identifier: Apache-2.0 */
/* Connecting to a domain, see dial.h: SRV records, then one target after the other. */
#include "resolve/dial.h"

#include "base/mem.h"
#include "codec/idn.h"
#include "net/tcp.h"
#include "resolve/race.h"
#include "resolve/srv.h"
#include "resolve/target.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum dial_way { DIAL_STARTTLS, DIAL_DIRECT, DIAL_WAYS };

/* What the answer about one service was. */
struct service {
	struct dial *dial;
	struct resolve_ask *ask;
	enum resolve_outcome outcome;
	bool is_secure; /* the answer, or that there is none */
	bool has_rows;
	bool is_refused; /* "." (RFC 2782) */
};

struct dial {
	struct resolver *resolver;
	struct net_loop *net;
	struct dial_want want;
	dial_fn on_done;
	void *owner;
	struct timer deadline, step;
	struct service services[DIAL_WAYS];
	struct srv srvs[SRV_MAX];
	size_t srv_count, next; /* srvs[next - 1] is the one that is tried */
	struct target_ask target;
	struct race *race;
	struct str ascii;
	char *domain;
	struct addr fixed;
	enum dial_error why; /* of the last server that failed */
	char ascii_text[IDN_ASCII_MAX + 1], reason[DIAL_REASON_MAX];
};

static const char *const service_names[DIAL_WAYS] = { "_xmpp-server._tcp.", "_xmpps-server._tcp." };

/* ---- ends ---- */

static void stop(struct dial *d)
{
	for (size_t i = 0; i < DIAL_WAYS; i++)
		resolve_end(&d->services[i].ask);
	target_ask_stop(&d->target);
	race_free(&d->race);
	loop_timer_stop(d->net->loop, &d->deadline);
	loop_timer_stop(d->net->loop, &d->step);
}

static void fail(struct dial *d)
{
	struct dial_result result = { .why = d->why,
				      .ascii = d->ascii,
				      .reason = str_from(d->reason) };

	stop(d);
	d->on_done(d->owner, &result); /* may end d */
}

static void blame(struct dial *d, enum dial_error why, const char *what, struct str reason)
{
	d->why = why;
	(void)snprintf(d->reason, sizeof(d->reason), "%s%s%.*s", what, *what ? ": " : "",
		       STR_ARG(reason));
}

static void on_deadline(struct timer *t)
{
	struct dial *d = container_of(t, struct dial, deadline);

	if (d->why == DIAL_OK)
		blame(d, DIAL_UNREACHABLE, "", STR("no server has answered in time"));
	fail(d);
}

/* ---- one server ---- */

static void go_on(struct dial *d)
{
	loop_timer(d->net->loop, &d->step, 0);
}

static void blame_race(struct dial *d, int error)
{
	const struct srv *srv = &d->srvs[d->next - 1];
	char what[SRV_TARGET_MAX + 16];

	(void)snprintf(what, sizeof(what), "%s port %u", srv->target, srv->port);
	blame(d, error == ECONNREFUSED ? DIAL_REFUSED : DIAL_UNREACHABLE, what,
	      str_from(strerrordesc_np(error)));
}

static void on_raced(void *owner, int fd, const struct addr *to, int error)
{
	struct dial *d = owner;
	const struct srv *srv = &d->srvs[d->next - 1];
	char text[ADDR_TEXT_MAX];
	struct dial_result result = { .ascii = d->ascii,
				      .is_direct_tls = srv->is_direct_tls,
				      .is_target_secure = srv->is_secure,
				      .target = str_from(srv->target),
				      .dane = d->target.dane.count ? &d->target.dane : NULL };
	enum err e;

	if (fd < 0) {
		race_free(&d->race);
		blame_race(d, error);
		go_on(d);
		return;
	}
	result.peer = *to;
	e = tcp_new(d->net, fd, addr_format_ip(to, text), d->want.output_limit, &result.transport);
	race_free(&d->race);
	if (e) {
		blame_race(d, EMFILE);
		go_on(d);
		return;
	}
	loop_timer_stop(d->net->loop, &d->deadline);
	d->on_done(d->owner, &result); /* may end d */
}

/* Without those that the caller does not want. */
static size_t choose_addresses(struct dial *d, struct addr *addrs, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (!d->want.may_dial || d->want.may_dial(d->owner, &addrs[i]))
			addrs[kept++] = addrs[i];
	}
	return kept;
}

static void connect_to(struct dial *d, struct addr *addrs, size_t count)
{
	count = choose_addresses(d, addrs, count);
	if (count == 0) {
		blame(d, DIAL_FORBIDDEN, d->srvs[d->next - 1].target,
		      STR("its address may not be connected to"));
		go_on(d);
		return;
	}
	d->race = race_new(d->net->loop, addrs, count, on_raced, d);
}

static void on_target(void *owner, enum target_end end)
{
	static const enum dial_error errors[] = {
		[TARGET_NO_NAME] = DIAL_NO_ADDRESS,
		[TARGET_NO_ADDRESS] = DIAL_NO_ADDRESS,
		[TARGET_BOGUS] = DIAL_BOGUS,
		[TARGET_UNRESOLVED] = DIAL_UNRESOLVED,
	};
	struct dial *d = owner;
	bool is_domain = str_eq(str_from(d->srvs[d->next - 1].target), d->ascii);

	if (end == TARGET_KNOWN) {
		connect_to(d, d->target.addrs, d->target.count);
		return;
	}
	blame(d, end == TARGET_NO_NAME && is_domain ? DIAL_NO_NAME : errors[end],
	      d->srvs[d->next - 1].target, str_from(d->target.reason));
	go_on(d);
}

static bool is_literal(struct str host, struct addr *ret_addr)
{
	if (host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
		host = str_sub(host, 1, host.len - 2);
	return addr_parse_ip(host, ret_addr) == OK;
}

static void try_next(struct dial *d)
{
	struct srv *srv = &d->srvs[d->next];
	struct addr literal;

	if (d->next == d->srv_count) {
		fail(d);
		return;
	}
	d->next++;
	d->target.dane.count = 0;
	if (d->want.fixed) {
		literal = *d->want.fixed;
		connect_to(d, &literal, 1);
	} else if (is_literal(str_from(srv->target), &literal)) {
		literal.port = srv->port;
		connect_to(d, &literal, 1);
	} else {
		target_ask_start(&d->target, srv);
	}
}

/* ---- the list of servers ---- */

static void add_domain(struct dial *d, uint16_t port, bool is_secure)
{
	struct srv *srv = &d->srvs[d->srv_count++];

	*srv = (struct srv){ .port = port, .is_secure = is_secure };
	memcpy(srv->target, d->ascii.ptr, d->ascii.len);
}

/* Both are known. False: there is nothing to try. */
static bool choose_servers(struct dial *d)
{
	const struct service *plain = &d->services[DIAL_STARTTLS],
			     *direct = &d->services[DIAL_DIRECT];

	if (plain->outcome == RESOLVE_BOGUS || direct->outcome == RESOLVE_BOGUS) {
		d->why = DIAL_BOGUS; /* the reason is set */
		return false;
	}
	if (d->srv_count > 0) {
		srv_order(d->srvs, d->srv_count);
		return true;
	}
	if (plain->outcome == RESOLVE_FAILED) {
		d->why = DIAL_UNRESOLVED;
		return false;
	}
	if (plain->is_refused || plain->has_rows) {
		blame(d, DIAL_NO_SERVICE, d->ascii_text,
		      plain->is_refused ? STR("it says that it has no such server")
					: STR("its SRV records cannot be used"));
		return false;
	}
	add_domain(d, DIAL_SERVER_PORT, plain->is_secure);
	return true;
}

static void on_srv(void *owner, const struct resolve_answer *answer)
{
	struct service *s = owner;
	struct dial *d = s->dial;
	bool is_direct = s == &d->services[DIAL_DIRECT];

	s->ask = NULL;
	s->outcome = answer->outcome;
	s->is_secure = answer->is_secure;
	for (size_t i = 0; i < answer->count && d->srv_count < SRV_MAX; i++) {
		struct srv *srv = &d->srvs[d->srv_count];

		*srv = (struct srv){ .is_direct_tls = is_direct, .is_secure = answer->is_secure };
		s->has_rows = true;
		if (srv_parse(answer->rows[i], srv))
			continue;
		if (*srv->target == '\0')
			s->is_refused = true;
		else if (srv->port != 0)
			d->srv_count++;
	}
	if (answer->outcome >= RESOLVE_BOGUS && d->why == DIAL_OK) {
		(void)snprintf(d->reason, sizeof(d->reason), "%s%s: %.*s",
			       service_names[is_direct ? DIAL_DIRECT : DIAL_STARTTLS],
			       d->ascii_text, STR_ARG(answer->reason));
	}
	if (!d->services[DIAL_STARTTLS].ask && !d->services[DIAL_DIRECT].ask) {
		if (choose_servers(d))
			try_next(d);
		else
			fail(d);
	}
}

static void ask_services(struct dial *d)
{
	for (size_t i = 0; i < DIAL_WAYS; i++) {
		struct service *s = &d->services[i];
		char name[IDN_ASCII_MAX + 32];
		int len = snprintf(name, sizeof(name), "%s%s", service_names[i], d->ascii_text);

		s->dial = d;
		/* A domain that is too long for its own SRV records: the answer says so. */
		s->ask = resolve_begin(d->resolver, str_make(name, (size_t)len), RESOLVE_SRV,
				       on_srv, s);
	}
}

/* ---- begin and end ---- */

static void start(struct dial *d)
{
	struct addr literal;

	if (is_literal(d->want.domain, &literal)) {
		struct str text = addr_format_ip(&literal, d->ascii_text);

		d->ascii = str_make(d->ascii_text, text.len);
	} else if (idn_ascii(d->want.domain, d->ascii_text, &d->ascii)) {
		blame(d, DIAL_NO_NAME, "", STR("the domain is no host name"));
		fail(d);
		return;
	}
	if (d->want.fixed || is_literal(d->ascii, &literal)) {
		add_domain(d, DIAL_SERVER_PORT, false);
		try_next(d);
	} else {
		ask_services(d);
	}
}

static void on_step(struct timer *t)
{
	struct dial *d = container_of(t, struct dial, step);

	if (str_is_empty(d->ascii))
		start(d);
	else
		try_next(d);
}

static void start_deadline(struct dial *d)
{
	loop_timer(d->net->loop, &d->deadline,
		   d->want.patience ? d->want.patience : DIAL_PATIENCE_USEC);
}

struct dial *dial_begin(struct resolver *r, struct net_loop *net, const struct dial_want *want,
			dial_fn on_done, void *owner)
{
	struct dial *d = mem_zalloc(1, sizeof(*d));

	d->resolver = r;
	d->net = net;
	d->want = *want;
	d->domain = str_dup(want->domain);
	d->want.domain = str_make(d->domain, want->domain.len);
	if (want->fixed) {
		d->fixed = *want->fixed;
		d->want.fixed = &d->fixed;
	}
	d->on_done = on_done;
	d->owner = owner;
	d->deadline.fn = on_deadline;
	d->step.fn = on_step;
	d->target = (struct target_ask){
		.resolver = r, .loop = net->loop, .fn = on_target, .owner = d
	};
	start_deadline(d);
	go_on(d);
	return d;
}

void dial_next(struct dial *d)
{
	blame(d, DIAL_UNREACHABLE, "", STR("no server of the domain is left to try"));
	start_deadline(d);
	go_on(d);
}

void dial_end(struct dial **dial)
{
	struct dial *d = *dial;

	*dial = NULL;
	if (!d)
		return;
	stop(d);
	mem_free(d->domain);
	mem_free(d);
}
