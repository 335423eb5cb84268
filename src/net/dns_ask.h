/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the DNS (RFC 1035, RFC 2782), through the resolver of libc. Blocks for at most
 * DNS_WAIT_SECONDS a question; any thread. */
#pragma once

#include "net/addr.h"

enum {
	DNS_WAIT_SECONDS = 3,
	DNS_NAME_MAX = 253, /* bytes of a name */
	DNS_SRV_MAX = 8,    /* records of an answer that are looked at */
};

struct dns_srv {
	uint16_t port;
	char target[DNS_NAME_MAX + 3]; /* host name with NUL; "." or "": not offered (RFC 2782) */
};

/* Whom to ask: off (the resolver that the system is set to), or an IPv4 address. */

/* The SRV records of name ("_xmpp-client._tcp.example.org"), at most DNS_SRV_MAX of them.
 * ERR_NOT_FOUND: the DNS says that there is none; ERR_CLOSED: no DNS answers; ERR_INVALID: a name
 * that cannot be asked for, or an answer that cannot be read. */
must_check enum err dns_ask_srv(const struct addr *resolver, struct str name,
				struct dns_srv ret_rows[DNS_SRV_MAX], size_t *ret_count);

/* Whether name has an IPv4 or an IPv6 address: OK, or ERR_NOT_FOUND and the others as above. */
must_check enum err dns_ask_address(const struct addr *resolver, struct str name);
