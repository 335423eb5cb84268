/* SPDX-License-Identifier: Apache-2.0 */
/* The list of networks that are not public, see guard.h. */
#include "fetch/guard.h"

/* Of IPv6, only 2000::/3 is given out at all; these are the parts of both that are not public. */
static const char *const closed[] = {
	"0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
	"172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
	"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4",
	"2001::/23",     "2001:db8::/32",   "2002::/16",      "3fff::/20",
};

static struct addr_net net(const char *text)
{
	struct addr_net n;

	must(addr_net_parse(str_from(text), &n) == OK);
	return n;
}

static bool is_in(const struct addr *a, const char *text)
{
	struct addr_net n = net(text);

	return addr_net_has(&n, a);
}

/* RFC 6052 2.1: the last four bytes are an address of IPv4. */
static struct addr translated(const struct addr *a)
{
	struct addr v4 = { .ip = { [10] = 0xff, [11] = 0xff }, .port = a->port, .is_set = true };

	memcpy(v4.ip + 12, a->ip + 12, 4);
	return v4;
}

bool guard_allows(const struct addr *to, const struct addr_nets *exceptions)
{
	if (!to->is_set)
		return false;
	if (exceptions && addr_nets_have(exceptions, to))
		return true;
	if (is_in(to, "64:ff9b::/96")) {
		struct addr v4 = translated(to);

		return guard_allows(&v4, exceptions);
	}
	if (!addr_is_v4(to) && !is_in(to, "2000::/3"))
		return false;
	for (size_t i = 0; i < array_len(closed); i++) {
		if (is_in(to, closed[i]))
			return false;
	}
	return true;
}
