/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the DNS (RFC 1035, RFC 2782), through the resolver of libc. Blocks for at most
 * DNS_WAIT_SECONDS a question; any thread. */
#pragma once

#include "net/addr.h"

enum {
	DNS_WAIT_SECONDS = 3,
	DNS_NAME_MAX = 253, /* bytes of a name */
	DNS_SRV_MAX = 8,    /* records of an answer that are looked at */
	DNS_ROWS_MAX = 16,  /* the same, of other kinds */
	DNS_ROW_MAX = 512,  /* bytes of one */
};

enum dns_kind { DNS_A = 1, DNS_AAAA = 28, DNS_TLSA = 52, DNS_CAA = 257 };

/* A record of another kind, in its wire form. */
struct dns_row {
	size_t len;
	char data[DNS_ROW_MAX];
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

/* The records of a kind that stand at name, at most DNS_ROWS_MAX of them, aliases followed; longer
 * ones than DNS_ROW_MAX are cut. Errors as above. */
must_check enum err dns_ask_rows(const struct addr *resolver, struct str name, enum dns_kind kind,
				 struct dns_row ret_rows[DNS_ROWS_MAX], size_t *ret_count);
