/* SPDX-License-Identifier: Apache-2.0 */
/* Where the DNS sends others: the addresses of each host are called from this machine, and
 * host-meta (XEP-0156) is asked for as web clients of others do. A firewall in front is only seen
 * from elsewhere, which is said. */
#include "base/mem.h"
#include "net/dns_ask.h"
#include "server/doctor/exam-private.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>

enum { ADDRESSES_MAX = 4 /* of a host and a family that are called */ };
static const usec_t PATIENCE = 3 * USEC_PER_SEC;

void exam_add_place(struct exam *x, enum exam_door_kind kind, const char *host, uint16_t port)
{
	struct exam_place *p = &x->places[x->place_count];

	for (size_t i = 0; i < x->place_count; i++) {
		if (x->places[i].kind == kind && x->places[i].port == port &&
		    strcmp(x->places[i].host, host) == 0)
			return;
	}
	if (x->place_count == EXAM_PLACES_MAX)
		return;
	x->place_count++;
	p->kind = kind;
	p->port = port;
	(void)snprintf(p->host, sizeof(p->host), "%s", host); /* no name is longer */
}

/* RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291. */
static bool is_private(const struct addr *a)
{
	static const char *const nets[] = { "10.0.0.0/8",    "172.16.0.0/12",  "192.168.0.0/16",
					    "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
					    "fc00::/7",      "fe80::/10",      "::1/128" };
	struct addr_net net;

	for (size_t i = 0; i < array_len(nets); i++) {
		if (addr_net_parse(str_from(nets[i]), &net) == OK && addr_net_has(&net, a))
			return true;
	}
	return false;
}

/* Whether an interface of this machine has it. */
static bool is_here(const struct addr *a)
{
	struct ifaddrs *all, *at;
	bool is_found = false;

	if (getifaddrs(&all))
		return false;
	for (at = all; at && !is_found; at = at->ifa_next) {
		struct addr one = { .is_set = false };

		if (at->ifa_addr && at->ifa_addr->sa_family == AF_INET)
			one = addr_from_sockaddr(at->ifa_addr, sizeof(struct sockaddr_in));
		else if (at->ifa_addr && at->ifa_addr->sa_family == AF_INET6)
			one = addr_from_sockaddr(at->ifa_addr, sizeof(struct sockaddr_in6));
		is_found = one.is_set && memcmp(one.ip, a->ip, sizeof(one.ip)) == 0;
	}
	freeifaddrs(all);
	return is_found;
}

static bool read_row(const struct dns_row *row, struct addr *ret_addr)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (row->len == sizeof(v4.sin_addr)) {
		memcpy(&v4.sin_addr, row->data, row->len);
		*ret_addr = addr_from_sockaddr((struct sockaddr *)&v4, sizeof(v4));
	} else if (row->len == sizeof(v6.sin6_addr)) {
		memcpy(&v6.sin6_addr, row->data, row->len);
		*ret_addr = addr_from_sockaddr((struct sockaddr *)&v6, sizeof(v6));
	} else {
		return false;
	}
	return true;
}

static void check_meta(struct exam *x, const struct exam_door *door, const char *at)
{
	const char *step = "";
	enum err e = exam_call(x, door, PATIENCE, "/.well-known/host-meta.json", x->websocket_url,
			       &step);

	if (e)
		exam_note(x, "host-meta", 'B',
			  "listen.https at port 443, or have the web server there pass it on",
			  "https://%.*s/.well-known/host-meta.json does not name the WebSocket: "
			  "web clients of others do not find it (%s, %.64s: %s)",
			  STR_ARG(str_sub(x->ascii, 0, 100)),
			  e == ERR_CLOSED || e == ERR_AGAIN ? "nobody answers" : step, at,
			  e == ERR_AGAIN ? "too slow" : err_text(e));
	else
		exam_note(x, "host-meta", 'A', "", "host-meta at %.64s names the WebSocket", at);
}

static void check_address(struct exam *x, const struct exam_place *p, const struct addr *ip)
{
	struct exam_door door = { .kind = p->kind, .addr = *ip };
	char text[ADDR_TEXT_MAX], buf[ADDR_TEXT_MAX];
	const char *step = "";
	bool is_ours = is_here(ip);
	enum err e;

	door.addr.port = p->port;
	(void)snprintf(text, sizeof(text), "%.*s", STR_ARG(addr_format(&door.addr, buf)));
	if (is_private(ip))
		exam_note(x, "reach", 'C', "publish an address that the Internet knows",
			  "%.150s has the address %s, which only this network knows", p->host,
			  text);
	if (p->kind == EXAM_HTTPS) {
		check_meta(x, &door, text);
		return;
	}
	e = exam_call(x, &door, PATIENCE, "/", STR(""), &step);
	if (!e)
		exam_note(x, "reach", 'A', "", "%.150s answers at %s%s", p->host, text,
			  is_ours ? ", this machine's own address: what a firewall does is only "
				    "seen from elsewhere"
				  : "");
	else if (is_ours)
		exam_note(x, "reach", 'D',
			  "let the listener have this address, or all (0.0.0.0, ::)",
			  "%.150s: nobody answers at %s, an address of this machine (%s: %s)",
			  p->host, text, step, err_text(e));
	else
		exam_note(x, "reach", 'B',
			  "forward the port to this machine; from elsewhere try: nc -vz HOST PORT",
			  "%.150s: nobody answers at %s, which is not this machine's own address; "
			  "some routers do not let one call oneself (%s: %s)",
			  p->host, text, step, err_text(e));
}

static void check_place(struct exam *x, const struct exam_place *p)
{
	static const enum dns_kind kinds[] = { DNS_A, DNS_AAAA };
	struct dns_row rows[DNS_ROWS_MAX];
	struct addr ip;

	for (size_t k = 0; k < array_len(kinds); k++) {
		size_t count = 0;

		if (dns_ask_rows(&x->resolver, str_from(p->host), kinds[k], rows, &count))
			continue; /* exam_dns has told */
		for (size_t i = 0; i < count && i < ADDRESSES_MAX && !exam_is_stopped(x); i++) {
			if (read_row(&rows[i], &ip))
				check_address(x, p, &ip);
		}
	}
}

void exam_reach(struct exam *x)
{
	for (size_t i = 0; i < x->place_count && !exam_is_stopped(x); i++)
		check_place(x, &x->places[i]);
}
