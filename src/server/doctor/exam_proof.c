/* SPDX-License-Identifier: Apache-2.0 */
/* What the DNS says of certificates: who may issue them (CAA: RFC 8659), and which ones are ours
 * (TLSA: RFC 6698, RFC 7673). Both may be absent. */
#include "net/dns_ask.h"
#include "net/tls_examine.h"
#include "server/doctor/caa.h"
#include "server/doctor/exam-private.h"

#include <stdio.h>

enum { CLIMB_MAX = 16 /* domains above one another */, SHOWN = 150 /* bytes of a name */ };

/* ---- TLSA ---- */

enum err exam_tlsa(struct exam *x, const char *host, uint16_t port)
{
	char name[DNS_NAME_MAX + 1];
	struct dns_row rows[DNS_ROWS_MAX];
	struct dane dane = { .count = 0 };
	size_t count = 0;
	enum err e;

	if (snprintf(name, sizeof(name), "_%u._tcp.%s", port, host) >= (int)sizeof(name))
		return OK;
	e = dns_ask_rows(&x->resolver, str_from(name), DNS_TLSA, rows, &count);
	if (e)
		return e == ERR_NOT_FOUND ? OK : e;
	for (size_t i = 0; i < count; i++) {
		if (dane_add(&dane, str_make(rows[i].data, rows[i].len)))
			continue; /* other servers pass over it, too */
	}
	if (tls_examine_is_named(x->tls, &dane))
		exam_note(x, "dns-tlsa", 'A', "", "TLSA at %.150s means the certificate", name);
	else if (dane.count)
		exam_note(x, "dns-tlsa", 'D',
			  "correct or remove it: parleyctl dns prints the record",
			  "TLSA at %.150s means another certificate: who uses DANE refuses ours",
			  name);
	else
		exam_note(x, "dns-tlsa", 'C',
			  "correct or remove it: parleyctl dns prints the record",
			  "TLSA at %.150s has nothing that can be used", name);
	return OK;
}

/* ---- CAA ---- */

/* The records that hold for name: its own, or else those of the next domain above that has some
 * (RFC 8659, 3). *ret_at: where; ERR_NOT_FOUND: nowhere. */
static enum err ask_above(const struct exam *x, struct str name, bool is_climbing,
			  struct dns_row *rows, size_t *ret_count, struct str *ret_at)
{
	enum err e = ERR_NOT_FOUND;

	for (unsigned i = 0; i < CLIMB_MAX && name.len && e == ERR_NOT_FOUND; i++) {
		struct str label;

		*ret_at = name;
		e = dns_ask_rows(&x->resolver, name, DNS_CAA, rows, ret_count);
		if (!is_climbing || !str_split(&name, '.', &label) || exam_is_stopped(x))
			break;
	}
	return e;
}

/* *ret_found: whether anything is said of it. */
static enum err check_name(struct exam *x, struct str name, bool is_climbing, bool *ret_found)
{
	struct caa caa = { .authority = x->zone.authority,
			   .account = x->zone.account,
			   .challenge = x->zone.challenge };
	struct dns_row rows[DNS_ROWS_MAX];
	struct str at;
	size_t count = 0;
	enum err e = ask_above(x, name, is_climbing, rows, &count, &at);

	if (e)
		return e == ERR_NOT_FOUND ? OK : e;
	*ret_found = true;
	for (size_t i = 0; i < count; i++)
		caa_read(&caa, str_make(rows[i].data, rows[i].len));
	if (!caa_permits(&caa))
		exam_note(x, "dns-caa", 'D', "correct it: parleyctl dns prints the record",
			  "CAA at %.*s does not let %.*s issue certificates for this server",
			  STR_ARG(str_sub(at, 0, SHOWN)), STR_ARG(x->zone.authority));
	return OK;
}

/* Names of services stand below the domain: what it says holds for them, unless they have records
 * of their own. */
enum err exam_caa(struct exam *x)
{
	size_t before = x->count;
	bool is_found = false;
	enum err e;

	if (!x->zone.authority.len)
		return OK;
	e = check_name(x, x->ascii, true, &is_found);
	for (size_t i = 0; i < x->zone.name_count && !e && !exam_is_stopped(x); i++)
		e = check_name(x, x->zone.names[i], false, &is_found);
	if (!e && x->count == before)
		exam_note(x, "dns-caa", 'A', "", "%.*s may issue certificates%s",
			  STR_ARG(x->zone.authority),
			  is_found ? ", says CAA" : ": there is no CAA record");
	return e;
}
