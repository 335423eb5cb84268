/* SPDX-License-Identifier: Apache-2.0 */
/* A loop, a server of names on it that answers from a table, and a resolver that asks there. */
#pragma once

#include "unit/net/fixture.h"

#include "resolve/resolve.h"

#include <arpa/inet.h>
#include <stdio.h>

enum {
	ZONE_MAX = 32,
	PACKET_MAX = 4096,
	RDATA_MAX = 300,
	TYPE_CNAME = 5,
	RCODE_SERVFAIL = 2,
	RCODE_NXDOMAIN = 3,
};

struct zone_row {
	const char *name; /* small letters, no dot at the end */
	unsigned type;    /* 0: all, for rcode */
	unsigned rcode;
	uint8_t rdata[RDATA_MAX];
	size_t len;
};

struct dns_fixture {
	struct net_fixture net;
	struct watch watch;
	struct addr at;
	struct zone_row rows[ZONE_MAX];
	size_t count;
	unsigned questions;
	bool is_silent;
	struct resolver *resolver;
};

/* A name in wire form behind buf; its length. */
static inline size_t wire_name(const char *name, uint8_t *buf)
{
	struct str rest = str_from(name), label;
	size_t len = 0;

	while (*name && str_split(&rest, '.', &label)) {
		buf[len++] = (uint8_t)label.len;
		memcpy(buf + len, label.ptr, label.len);
		len += label.len;
	}
	buf[len++] = 0;
	return len;
}

/* The name at packet[12] as text; where the question's type stands. */
static inline size_t read_question(const uint8_t *packet, char *name)
{
	size_t at = 12, len = 0;

	while (packet[at]) {
		if (len)
			name[len++] = '.';
		for (size_t i = 0; i < packet[at]; i++) {
			char c = (char)packet[at + 1 + i];

			name[len++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
		}
		at += 1u + packet[at];
	}
	name[len] = '\0';
	return at + 1;
}

static inline void put_u16(uint8_t *packet, size_t at, unsigned n)
{
	packet[at] = (uint8_t)(n >> 8);
	packet[at + 1] = (uint8_t)n;
}

static inline size_t put_row(uint8_t *packet, size_t len, const struct zone_row *row)
{
	put_u16(packet, len, 0xc00c); /* the question's name */
	put_u16(packet, len + 2, row->type);
	put_u16(packet, len + 4, 1);
	put_u16(packet, len + 6, 0);
	put_u16(packet, len + 8, 300);
	put_u16(packet, len + 10, (unsigned)row->len);
	memcpy(packet + len + 12, row->rdata, row->len);
	return len + 12 + row->len;
}

static inline size_t dns_answer(struct dns_fixture *f, uint8_t *packet)
{
	char name[256];
	size_t at = read_question(packet, name), len = at + 4;
	unsigned type = (unsigned)packet[at] << 8 | packet[at + 1], rcode = RCODE_NXDOMAIN,
		 rows = 0;

	for (size_t i = 0; i < f->count; i++) {
		const struct zone_row *row = &f->rows[i];

		if (strcmp(row->name, name) != 0) {
			/* Above something that exists there is a name, too. */
			if (str_ends(str_from(row->name), str_from(name)) && !row->rcode)
				rcode = rcode == RCODE_NXDOMAIN ? 0 : rcode;
			continue;
		}
		rcode = row->rcode;
		if (row->type == type || (row->type == TYPE_CNAME && !row->rcode)) {
			len = put_row(packet, len, row);
			rows++;
		}
	}
	put_u16(packet, 2, 0x8180 | rcode);
	put_u16(packet, 6, rows);
	put_u16(packet, 8, 0);
	put_u16(packet, 10, 0);
	return len;
}

static inline void dns_on_question(struct watch *w, uint32_t events)
{
	struct dns_fixture *f = container_of(w, struct dns_fixture, watch);
	uint8_t packet[PACKET_MAX];
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	ssize_t n = recvfrom(w->fd, packet, 512, 0, (struct sockaddr *)&from, &from_len);

	if (n < 17 || f->is_silent)
		return;
	f->questions++;
	n = (ssize_t)dns_answer(f, packet);
	assert_int_equal(sendto(w->fd, packet, (size_t)n, 0, (struct sockaddr *)&from, from_len),
			 n);
}

static inline void dns_fixture_init(struct dns_fixture *f)
{
	struct resolver_config config = { .servers = &f->at, .server_count = 1 };
	struct sockaddr_storage ss;
	socklen_t len;

	memset(f, 0, sizeof(*f));
	net_fixture_init(&f->net);
	assert_int_equal(addr_parse(STR("127.0.0.1:0"), &f->at), OK);
	len = addr_to_sockaddr(&f->at, &ss);
	f->watch = (struct watch){ .events = 1, .fn = dns_on_question };
	f->watch.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(f->watch.fd, (struct sockaddr *)&ss, len), 0);
	len = sizeof(ss);
	assert_int_equal(getsockname(f->watch.fd, (struct sockaddr *)&ss, &len), 0);
	f->at = addr_from_sockaddr((struct sockaddr *)&ss, len);
	assert_int_equal(loop_watch(f->net.loop, &f->watch), OK);
	assert_int_equal(resolver_new(f->net.loop, &config, &f->resolver, NULL), OK);
}

static inline void dns_fixture_done(struct dns_fixture *f)
{
	resolver_free(&f->resolver);
	loop_unwatch(f->net.loop, &f->watch);
	(void)close(f->watch.fd);
	net_fixture_done(&f->net);
}

static inline struct zone_row *zone_add(struct dns_fixture *f, const char *name, unsigned type)
{
	struct zone_row *row = &f->rows[f->count++];

	assert_true(f->count <= ZONE_MAX);
	*row = (struct zone_row){ .name = name, .type = type };
	return row;
}

static inline void zone_a(struct dns_fixture *f, const char *name, const char *ip)
{
	struct zone_row *row = zone_add(f, name, RESOLVE_A);

	row->len = 4;
	assert_int_equal(inet_pton(AF_INET, ip, row->rdata), 1);
}

static inline void zone_aaaa(struct dns_fixture *f, const char *name, const char *ip)
{
	struct zone_row *row = zone_add(f, name, RESOLVE_AAAA);

	row->len = 16;
	assert_int_equal(inet_pton(AF_INET6, ip, row->rdata), 1);
}

static inline void zone_srv(struct dns_fixture *f, const char *name, unsigned priority,
			    unsigned weight, unsigned port, const char *target)
{
	struct zone_row *row = zone_add(f, name, RESOLVE_SRV);

	put_u16(row->rdata, 0, priority);
	put_u16(row->rdata, 2, weight);
	put_u16(row->rdata, 4, port);
	row->len = 6 + wire_name(target, row->rdata + 6);
}

static inline void zone_cname(struct dns_fixture *f, const char *name, const char *target)
{
	struct zone_row *row = zone_add(f, name, TYPE_CNAME);

	row->len = wire_name(target, row->rdata);
}

static inline void zone_fails(struct dns_fixture *f, const char *name)
{
	zone_add(f, name, 0)->rcode = RCODE_SERVFAIL;
}

/* libunbound takes its time over servers that fail, and machines are busy. */
#define DNS_PATIENCE_USEC (30 * USEC_PER_SEC)

static inline void dns_wait(struct dns_fixture *f, const bool *flag)
{
	loop_run_until(f->net.loop, flag, DNS_PATIENCE_USEC);
	assert_true(*flag);
}
