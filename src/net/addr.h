/* SPDX-License-Identifier: Apache-2.0 */
/* IP addresses with a port, their text, and networks (CIDR) for lists such as limits.trusted and
 * proxies. Plain values; any thread. IPv4 is kept as IPv4-mapped IPv6 (RFC 4291, 2.5.5.2), so one
 * comparison serves both. */
#pragma once

#include "base/str.h"

#include <sys/socket.h>

struct addr {
	uint8_t ip[16];
	uint16_t port; /* host byte order; 0: the kernel picks one */
	bool is_set;   /* false: off */
};

enum { ADDR_TEXT_MAX = 64 /* bytes, of "[v6]:port" and its NUL */ };

/* "127.0.0.1:5222", "[::1]:5222", "localhost:5222" (127.0.0.1); "" gives an address that is off.
 * Host names are not looked up. ERR_INVALID for all else. */
must_check enum err addr_parse(struct str text, struct addr *ret_addr);

/* An IP address alone, without port or brackets. ERR_INVALID. */
must_check enum err addr_parse_ip(struct str text, struct addr *ret_addr);

/* "ip:port" and "ip" into buf (ADDR_TEXT_MAX bytes); the view points into buf. IPv4 is written as
 * IPv4; an address that is off is empty. */
struct str addr_format(const struct addr *a, char *buf);
struct str addr_format_ip(const struct addr *a, char *buf);

/* The network that one customer has, with no host and no port: of IPv6 the first 64 bits, of IPv4
 * all of it. What is counted against limits. */
struct addr addr_network(const struct addr *a);

bool addr_is_v4(const struct addr *a);
bool addr_is_loopback(const struct addr *a);

/* To and from the kernel's form. The length of what was written is given back. Unknown families
 * give an address that is off. */
socklen_t addr_to_sockaddr(const struct addr *a, struct sockaddr_storage *ret_ss);
struct addr addr_from_sockaddr(const struct sockaddr *sa, socklen_t len);

/* A network: the first bits of the mapped form. */
struct addr_net {
	uint8_t ip[16];
	uint8_t bits; /* 0 to 128 */
};

/* "127.0.0.0/8", "2001:db8::/32", or one address. ERR_INVALID, also when bits past the prefix are
 * set. */
must_check enum err addr_net_parse(struct str text, struct addr_net *ret_net);

bool addr_net_has(const struct addr_net *net, const struct addr *a);

/* A borrowed list of networks. */
struct addr_nets {
	const struct addr_net *items;
	size_t count;
};

bool addr_nets_have(const struct addr_nets *nets, const struct addr *a);
