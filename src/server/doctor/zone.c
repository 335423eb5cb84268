/* SPDX-License-Identifier: Apache-2.0 */
/* The zone of the server, see zone.h. */
#include "server/doctor/zone.h"

#include "net/addr.h"

struct zone {
	struct arena *arena;
	const struct zone_facts *facts;
	struct zone_record *records;
	size_t count;
};

static void add(struct zone *z, struct zone_record record)
{
	if (z->count < ZONE_RECORDS_MAX)
		z->records[z->count++] = record;
}

static void comment(struct zone *z, struct str text)
{
	add(z, (struct zone_record){ .kind = ZONE_COMMENT, .text = text });
}

/* Without an address the line is a comment that says what belongs there. */
static void add_addresses(struct zone *z)
{
	const struct zone_facts *f = z->facts;
	struct addr ip;
	bool is_known = addr_parse_ip(f->address, &ip) == OK;
	const char *type = is_known && !addr_is_v4(&ip) ? "AAAA" : "A";
	struct str text =
		arena_printf(z->arena, "%s%.*s. IN %s %.*s", is_known ? "" : "; ",
			     STR_ARG(f->domain), type,
			     STR_ARG(is_known ? f->address : STR("(the address of this machine)")));

	add(z, (struct zone_record){ .kind = ZONE_ADDRESS, .text = text, .name = f->domain });
	for (size_t i = 0; i < f->name_count; i++) {
		text = arena_printf(z->arena, "%.*s. IN CNAME %.*s.", STR_ARG(f->names[i]),
				    STR_ARG(f->domain));
		add(z, (struct zone_record){
			       .kind = ZONE_ADDRESS, .text = text, .name = f->names[i] });
	}
}

static void add_srv(struct zone *z, const char *service, struct str of, uint16_t port)
{
	struct str name = arena_printf(z->arena, "%s._tcp.%.*s", service, STR_ARG(of));

	if (!port)
		return;
	add(z, (struct zone_record){ .kind = ZONE_SRV,
				     .name = name,
				     .port = port,
				     .text = arena_printf(z->arena, "%.*s. IN SRV 0 5 %u %.*s.",
							  STR_ARG(name), port,
							  STR_ARG(z->facts->domain)) });
}

/* Of the server's name, which all SRV records lead to. */
static void add_tlsa(struct zone *z, uint16_t port)
{
	const struct zone_facts *f = z->facts;
	struct str name = arena_printf(z->arena, "_%u._tcp.%.*s", port, STR_ARG(f->domain));

	if (!port)
		return;
	add(z, (struct zone_record){ .kind = ZONE_TLSA,
				     .name = name,
				     .text = arena_printf(z->arena, "%.*s. IN TLSA 3 1 1 %.*s",
							  STR_ARG(name), STR_ARG(f->key_digest)) });
}

static void add_caa(struct zone *z)
{
	const struct zone_facts *f = z->facts;
	struct str account =
		f->account.len ? arena_printf(z->arena, "; accounturi=%.*s", STR_ARG(f->account))
			       : STR("");

	if (!f->authority.len)
		return;
	comment(z, STR("; who may issue certificates, and for whom (RFC 8657)"));
	add(z, (struct zone_record){ .kind = ZONE_CAA,
				     .name = f->domain,
				     .text = arena_printf(z->arena,
							  "%.*s. IN CAA 0 issue \"%.*s%.*s\"",
							  STR_ARG(f->domain), STR_ARG(f->authority),
							  STR_ARG(account)) });
}

size_t zone_make(struct arena *a, const struct zone_facts *f,
		 struct zone_record ret_records[ZONE_RECORDS_MAX])
{
	struct zone z = { .arena = a, .facts = f, .records = ret_records };

	comment(&z, STR("; addresses"));
	add_addresses(&z);
	comment(&z, STR("; clients"));
	add_srv(&z, "_xmpp-client", f->domain, f->xmpp);
	add_srv(&z, "_xmpps-client", f->domain, f->xmpps);
	comment(&z, STR("; other servers"));
	add_srv(&z, "_xmpp-server", f->domain, f->server);
	add_srv(&z, "_xmpps-server", f->domain, f->server_tls);
	for (size_t i = 0; i < f->name_count; i++) {
		add_srv(&z, "_xmpp-server", f->names[i], f->server);
		add_srv(&z, "_xmpps-server", f->names[i], f->server_tls);
	}
	add_caa(&z);
	if (f->key_digest.len) {
		comment(&z,
			STR("; the key of the certificate, for zones that are signed (DNSSEC)"));
		add_tlsa(&z, f->xmpp);
		add_tlsa(&z, f->xmpps);
		add_tlsa(&z, f->server);
		add_tlsa(&z, f->server_tls);
	}
	if (f->https && f->https != 443)
		comment(&z, STR("; web clients of others find the server by "
				"https on port 443 of the domain (/.well-known/host-meta)"));
	return z.count;
}
