/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, see addr.h. */
#include "net/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

static const uint8_t mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

bool addr_is_v4(const struct addr *a)
{
	return a->is_set && memcmp(a->ip, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

bool addr_is_loopback(const struct addr *a)
{
	static const uint8_t loopback6[16] = { [15] = 1 };

	if (addr_is_v4(a))
		return a->ip[12] == 127;
	return a->is_set && memcmp(a->ip, loopback6, sizeof(loopback6)) == 0;
}

static void set_v4(struct addr *a, const void *four)
{
	memcpy(a->ip, mapped_prefix, sizeof(mapped_prefix));
	memcpy(a->ip + 12, four, 4);
	a->is_set = true;
}

enum err addr_parse_ip(struct str text, struct addr *ret_addr)
{
	struct addr a = { .port = 0 };
	char copy[INET6_ADDRSTRLEN];
	uint8_t four[4];

	if (str_is_empty(text) || text.len >= sizeof(copy) || memchr(text.ptr, '\0', text.len))
		return ERR_INVALID;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	if (inet_pton(AF_INET, copy, four) == 1)
		set_v4(&a, four);
	else if (inet_pton(AF_INET6, copy, a.ip) == 1)
		a.is_set = true;
	else
		return ERR_INVALID;
	*ret_addr = a;
	return OK;
}

/* Cuts "host:port" or "[v6]:port". */
static enum err split_port(struct str text, struct str *ret_host, struct str *ret_port)
{
	ptrdiff_t at;

	if (str_starts(text, STR("["))) {
		at = str_find(text, STR("]:"));
		if (at < 0)
			return ERR_INVALID;
		*ret_host = str_sub(text, 1, (size_t)at - 1);
		*ret_port = str_from_at(text, (size_t)at + 2);
		return str_index(*ret_host, ':') < 0 ? ERR_INVALID : OK;
	}
	at = str_index(text, ':');
	if (at < 0)
		return ERR_INVALID;
	*ret_host = str_sub(text, 0, (size_t)at);
	*ret_port = str_from_at(text, (size_t)at + 1);
	return OK;
}

enum err addr_parse(struct str text, struct addr *ret_addr)
{
	struct addr a = { .port = 0 };
	struct str host, port;
	uint64_t number;
	enum err e;

	if (str_is_empty(text)) {
		*ret_addr = a;
		return OK;
	}
	e = split_port(text, &host, &port);
	if (e)
		return e;
	if (port.len > 5 || str_to_u64(port, &number) || number > UINT16_MAX)
		return ERR_INVALID;
	if (str_eq_nocase(host, STR("localhost")))
		host = STR("127.0.0.1");
	e = addr_parse_ip(host, &a);
	if (e)
		return e;
	a.port = (uint16_t)number;
	*ret_addr = a;
	return OK;
}

struct str addr_format_ip(const struct addr *a, char *buf)
{
	buf[0] = '\0';
	if (!a->is_set)
		return str_make(buf, 0);
	if (addr_is_v4(a))
		(void)inet_ntop(AF_INET, a->ip + 12, buf,
				ADDR_TEXT_MAX); /* the buffer is large enough */
	else
		(void)inet_ntop(AF_INET6, a->ip, buf, ADDR_TEXT_MAX); /* as above */
	return str_from(buf);
}

struct str addr_format(const struct addr *a, char *buf)
{
	char ip[ADDR_TEXT_MAX];
	bool is_v4 = addr_is_v4(a);
	int n;

	if (str_is_empty(addr_format_ip(a, ip))) {
		buf[0] = '\0';
		return str_make(buf, 0);
	}
	n = snprintf(buf, ADDR_TEXT_MAX, is_v4 ? "%.46s:%u" : "[%.46s]:%u", ip, (unsigned)a->port);
	return str_make(buf, (size_t)n);
}

socklen_t addr_to_sockaddr(const struct addr *a, struct sockaddr_storage *ret_ss)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(a->port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(a->port) };

	memset(ret_ss, 0, sizeof(*ret_ss));
	if (addr_is_v4(a)) {
		memcpy(&in.sin_addr, a->ip + 12, 4);
		memcpy(ret_ss, &in, sizeof(in));
		return sizeof(in);
	}
	memcpy(&in6.sin6_addr, a->ip, 16);
	memcpy(ret_ss, &in6, sizeof(in6));
	return sizeof(in6);
}

struct addr addr_from_sockaddr(const struct sockaddr *sa, socklen_t len)
{
	struct addr a = { .port = 0 };
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (len >= sizeof(in) && sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		set_v4(&a, &in.sin_addr);
		a.port = ntohs(in.sin_port);
	} else if (len >= sizeof(in6) && sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		memcpy(a.ip, &in6.sin6_addr, 16);
		a.port = ntohs(in6.sin6_port);
		a.is_set = true;
	}
	return a;
}

/* Whether the first bits of both are equal. */
static bool shares_prefix(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;
	uint8_t mask = (uint8_t)(0xff00u >> rest);

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || (a[whole] & mask) == (b[whole] & mask);
}

enum err addr_net_parse(struct str text, struct addr_net *ret_net)
{
	struct addr_net net = { .bits = 128 };
	ptrdiff_t slash = str_index(text, '/');
	uint8_t zero[16] = { 0 };
	uint64_t bits = 0;
	unsigned most;
	struct addr a;
	enum err e = addr_parse_ip(slash < 0 ? text : str_sub(text, 0, (size_t)slash), &a);

	if (e)
		return e;
	memcpy(net.ip, a.ip, sizeof(net.ip));
	if (slash >= 0) {
		struct str digits = str_from_at(text, (size_t)slash + 1);

		most = addr_is_v4(&a) ? 32 : 128;
		if (digits.len > 3 || str_to_u64(digits, &bits) || bits > most)
			return ERR_INVALID;
		net.bits = (uint8_t)(bits + 128 - most);
	}
	for (unsigned i = net.bits; i < 128; i++)
		zero[i / 8] |= (uint8_t)(net.ip[i / 8] & (0x80u >> i % 8));
	for (unsigned i = 0; i < 16; i++) {
		if (zero[i])
			return ERR_INVALID;
	}
	*ret_net = net;
	return OK;
}

bool addr_net_has(const struct addr_net *net, const struct addr *a)
{
	return a->is_set && shares_prefix(net->ip, a->ip, net->bits);
}

bool addr_nets_have(const struct addr_nets *nets, const struct addr *a)
{
	for (size_t i = 0; nets && i < nets->count; i++) {
		if (addr_net_has(&nets->items[i], a))
			return true;
	}
	return false;
}

enum { NETWORK_BYTES_V6 = 8 };

struct addr addr_network(const struct addr *a)
{
	struct addr network = *a;

	network.port = 0;
	if (!addr_is_v4(a))
		memset(network.ip + NETWORK_BYTES_V6, 0, sizeof(network.ip) - NETWORK_BYTES_V6);
	return network;
}
