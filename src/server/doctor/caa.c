/* SPDX-License-Identifier: Apache-2.0 */
/* CAA records, see caa.h. */
#include "server/doctor/caa.h"

enum { CRITICAL = 0x80, HEAD = 2 /* bytes: flags, length of the tag */ };

static bool has_way(struct str ways, struct str wanted)
{
	struct str way;

	while (str_split(&ways, ',', &way)) {
		if (str_eq(str_trim(way), wanted))
			return true;
	}
	return false;
}

/* RFC 8657, 3 and 4. Other parameters are for the authority alone. */
static bool parameter_fits(const struct caa *c, struct str parameter)
{
	bool is_any = str_eq(c->challenge, STR("any"));
	struct str tag, value = parameter;

	if (!str_split(&value, '=', &tag))
		return true;
	tag = str_trim(tag);
	value = str_trim(value);
	if (str_eq_nocase(tag, STR("accounturi")))
		return !c->account.len || str_eq(value, c->account);
	if (!str_eq_nocase(tag, STR("validationmethods")))
		return true;
	return is_any ? has_way(value, STR("http-01")) || has_way(value, STR("tls-alpn-01"))
		      : has_way(value, c->challenge);
}

/* RFC 8659, 4.2: [issuer] *(";" parameter) */
static bool value_fits(const struct caa *c, struct str value)
{
	struct str part;
	bool fits;

	if (!str_split(&value, ';', &part) || !str_eq_nocase(str_trim(part), c->authority))
		return false;
	fits = true;
	while (fits && str_split(&value, ';', &part))
		fits = parameter_fits(c, str_trim(part));
	return fits;
}

void caa_read(struct caa *c, struct str rdata)
{
	size_t len = rdata.len < HEAD ? 0 : (uint8_t)rdata.ptr[1];
	struct str tag = str_sub(rdata, HEAD, len), value = str_from_at(rdata, HEAD + len);

	if (!len || rdata.len < HEAD + len) {
		c->is_restricted = true;
		return;
	}
	if (str_eq_nocase(tag, STR("issue"))) {
		c->is_restricted = true;
		c->is_allowed = c->is_allowed || value_fits(c, value);
	} else if ((uint8_t)rdata.ptr[0] & CRITICAL && !str_eq_nocase(tag, STR("issuewild")) &&
		   !str_eq_nocase(tag, STR("iodef"))) {
		c->is_strange = true;
	}
}

bool caa_permits(const struct caa *c)
{
	return !c->is_strange && (!c->is_restricted || c->is_allowed);
}
