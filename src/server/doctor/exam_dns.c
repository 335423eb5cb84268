/* SPDX-License-Identifier: Apache-2.0 */
/* What the DNS says about the domain: SRV records (RFC 6120 3.2, XEP-0368), or at least an address.
 * A machine without DNS is no fault: it is only said. */
#include "net/dns_ask.h"
#include "server/doctor/exam-private.h"

#include <stdio.h>

/* Without SRV (RFC 6120 3.2.2). */
enum { PORT_CLIENT = 5222, PORT_SERVER = 5269 };
enum { ZONE_ARENA_MAX = 256 * 1024, RECORD_SHOWN = 200 /* bytes */ };

static const struct service {
	const char *check, *name;
	enum exam_door_kind kind; /* of the listener that it is for */
} for_clients[] = {
	{ "dns", "_xmpp-client._tcp", EXAM_XMPP },
	{ "dns", "_xmpps-client._tcp", EXAM_XMPPS },
}, for_servers[] = {
	{ "dns-servers", "_xmpp-server._tcp", EXAM_SERVER },
	{ "dns-servers", "_xmpps-server._tcp", EXAM_SERVER_TLS },
};

/* Names that no public DNS has (RFC 6761, RFC 6762), and addresses. */
static bool is_special(struct str domain)
{
	const struct str ends[] = { STR("localhost"), STR(".localhost"), STR(".test"),
				    STR(".example"),  STR(".invalid"),   STR(".local"),
				    STR(".internal"), STR(".home.arpa") };
	struct addr ip;

	for (size_t i = 0; i < array_len(ends); i++) {
		if (str_ends(domain, ends[i]))
			return true;
	}
	return addr_parse_ip(domain, &ip) == OK || str_index(domain, '.') < 0;
}

static const struct exam_door *door_of(const struct exam *x, enum exam_door_kind kind)
{
	for (size_t i = 0; i < x->door_count; i++) {
		if (x->doors[i].kind == kind)
			return &x->doors[i];
	}
	return NULL;
}

static enum err ask_service(const struct exam *x, const char *service, struct dns_srv *rows,
			    size_t *ret_count)
{
	char name[DNS_NAME_MAX + 1];

	if (snprintf(name, sizeof(name), "%s.%.*s", service, STR_ARG(x->ascii)) >=
	    (int)sizeof(name))
		return ERR_INVALID;
	return dns_ask_srv(&x->resolver, str_from(name), rows, ret_count);
}

/* A record leads to a listener, if not to another machine's forwarding. */
static void judge_row(struct exam *x, const struct service *s, const struct dns_srv *row)
{
	const struct exam_door *door = door_of(x, s->kind);
	bool is_off = !row->target[0] || str_eq(str_from(row->target), STR("."));

	if (is_off && door)
		exam_note(x, s->check, 'C', "let the record name this machine",
			  "the SRV record %s says that there is no such service", s->name);
	else if (!is_off && !door)
		exam_note(x, s->check, 'C', "take the record out, or listen",
			  "the SRV record %s leads to a listener that is off", s->name);
	else if (!is_off && row->port != door->addr.port)
		exam_note(x, s->check, 'B', "make sure that something forwards it",
			  "the SRV record %s names port %u, the listener has %u", s->name,
			  row->port, door->addr.port);
	else if (!is_off && dns_ask_address(&x->resolver, str_from(row->target)) == ERR_NOT_FOUND)
		exam_note(x, s->check, 'D', "give this name an address",
			  "the SRV record %s names %.150s, which has no address", s->name,
			  row->target);
	else
		exam_note(x, s->check, 'A', "", "the SRV record %s names %.150s, port %u", s->name,
			  row->target, row->port);
	if (!is_off)
		exam_add_place(x, s->kind, row->target, row->port);
}

/* *ret_found grows by the records. */
static enum err check_service(struct exam *x, const struct service *s, size_t *ret_found)
{
	struct dns_srv rows[DNS_SRV_MAX];
	size_t count = 0;
	enum err e = ask_service(x, s->name, rows, &count);

	if (e == ERR_NOT_FOUND)
		return OK;
	for (size_t at = 0; !e && at < count && !exam_is_stopped(x); at++)
		judge_row(x, s, &rows[at]);
	*ret_found += count;
	return e;
}

/* Clients then try the domain's own address, at the standard port. */
static enum err check_address(struct exam *x)
{
	const struct exam_door *door = door_of(x, EXAM_XMPP);
	enum err e = dns_ask_address(&x->resolver, x->ascii);

	if (e == ERR_NOT_FOUND)
		exam_note(x, "dns", 'C', "add an SRV record _xmpp-client._tcp",
			  "the DNS has neither a record nor an address for the domain");
	else if (!e && (!door || door->addr.port != PORT_CLIENT))
		exam_note(x, "dns", 'C', "add an SRV record _xmpp-client._tcp",
			  "without an SRV record clients try port 5222, which is not ours");
	else if (!e)
		exam_note(x, "dns", 'A', "",
			  "no SRV record: clients find the domain's address, port 5222");
	return e == ERR_NOT_FOUND ? OK : e;
}

/* Whoever asks finds nobody. */
static enum err check_invitation(struct exam *x)
{
	struct dns_srv rows[DNS_SRV_MAX];
	size_t count;
	enum err e = ask_service(x, for_servers[0].name, rows, &count);

	if (!e)
		exam_note(
			x, "dns-servers", 'B', "take the record out, or set s2s.enabled",
			"the SRV record _xmpp-server._tcp invites other servers, which find nobody");
	return e == ERR_NOT_FOUND ? OK : e;
}

/* Without a record other servers try the standard port. A listener for this machine alone wants
 * nobody. */
static enum err check_servers(struct exam *x)
{
	const struct exam_door *door = door_of(x, EXAM_SERVER);
	size_t found = 0;
	enum err e = OK;

	if (!x->is_federating)
		return check_invitation(x);
	for (size_t i = 0; i < array_len(for_servers) && !e && !exam_is_stopped(x); i++)
		e = check_service(x, &for_servers[i], &found);
	if (!e && !found && door && !addr_is_loopback(&door->addr) &&
	    door->addr.port != PORT_SERVER)
		exam_note(x, "dns-servers", 'C', "add an SRV record _xmpp-server._tcp",
			  "without an SRV record other servers try port 5269, which is not ours");
	return e;
}

/* What proves the answers about other servers. */
static void check_anchor(struct exam *x)
{
	if (x->trust_anchor)
		exam_note(x, "dns-dane", 'A', "", "answers of the DNS are validated from %.200s",
			  x->trust_anchor);
	else
		exam_note(x, "dns-dane", 'B', "install dns-root-data, or set resolve.trust_anchor",
			  "answers of the DNS are not validated, and there is no DANE");
}

/* ---- what should be there ---- */

/* An SRV record of the name with another port is judged elsewhere: it may be forwarded. */
static enum err look_for(const struct exam *x, const struct zone_record *r, bool *ret_is_there)
{
	struct dns_srv rows[DNS_SRV_MAX];
	size_t count;
	enum err e = OK;

	*ret_is_there = true;
	if (r->kind == ZONE_SRV)
		e = dns_ask_srv(&x->resolver, r->name, rows, &count);
	else if (r->kind == ZONE_ADDRESS)
		e = dns_ask_address(&x->resolver, r->name);
	*ret_is_there = e != ERR_NOT_FOUND;
	return e == ERR_NOT_FOUND ? OK : e;
}

/* Record by record; CAA and TLSA, which may be absent, are for exam_proof.c. */
static enum err check_zone(struct exam *x)
{
	struct arena a scoped(arena_done) = { 0 };
	struct zone_record records[ZONE_RECORDS_MAX];
	size_t count, missing = 0;
	bool is_there;
	enum err e = OK;

	arena_init(&a, ZONE_ARENA_MAX);
	count = zone_make(&a, &x->zone, records);
	for (size_t i = 0; i < count && !e && !exam_is_stopped(x); i++) {
		e = look_for(x, &records[i], &is_there);
		if (e || is_there)
			continue;
		missing++;
		exam_note(x, "dns-zone", 'B', "add it; parleyctl dns prints all records",
			  "the DNS lacks: %.*s",
			  STR_ARG(str_sub(records[i].text, 0, RECORD_SHOWN)));
	}
	if (!e && !missing && !exam_is_stopped(x))
		exam_note(x, "dns-zone", 'A', "", "the DNS has all addresses and SRV records");
	return e;
}

void exam_dns(struct exam *x)
{
	char name[EXAM_HOST_MAX];
	size_t found = 0;
	enum err e = OK;

	(void)snprintf(name, sizeof(name), "%.*s", STR_ARG(x->ascii));
	x->place_count = 0;
	if (x->is_federating)
		check_anchor(x);
	if (is_special(x->ascii) && !x->resolver.is_set) {
		exam_note(x, "dns", 'A', "", "the domain is none that a DNS would know");
		return;
	}
	for (size_t i = 0; i < array_len(for_clients) && !e && !exam_is_stopped(x); i++)
		e = check_service(x, &for_clients[i], &found);
	if (!e && !found && !exam_is_stopped(x))
		e = check_address(x);
	if (!e && !exam_is_stopped(x))
		e = check_servers(x);
	if (!e && !exam_is_stopped(x))
		e = check_zone(x);
	for (size_t i = 0; i < x->place_count && !e && !exam_is_stopped(x); i++)
		e = exam_tlsa(x, x->places[i].host, x->places[i].port);
	if (!e && !exam_is_stopped(x))
		e = exam_caa(x);
	if (!e && x->websocket_url.len)
		exam_add_place(x, EXAM_HTTPS, name, x->web_port);
	if (e)
		exam_note(x, "dns", 'A', "", "no DNS answers here: it was not looked at");
}
