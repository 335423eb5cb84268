/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate as the administrator's commands tell it, see control_certificate.h. */
#include "server/control_certificate.h"

#include "codec/hex.h"
#include "net/tls_examine.h"
#include "server/certifier.h"

enum { NAMES_MAX = 100, DIGEST_TEXT = 2 * TLS_DIGEST_LEN };

static const char *const sources[] = {
	[CERTIFICATE_FILES] = "files",
	[CERTIFICATE_ACME] = "acme",
	[CERTIFICATE_SELF_SIGNED] = "self-signed",
};

static struct str hex(struct arena *a, const uint8_t *digest)
{
	struct sbuf out scoped(sbuf_done) = SBUF(DIGEST_TEXT);

	(void)hex_encode(&out, str_make((const char *)digest, TLS_DIGEST_LEN)); /* it fits */
	return arena_dup(a, sbuf_str(&out));
}

void control_show_certificate(void *owner,
			      void (*fn)(void *arg, const struct admin_certificate *certificate),
			      void *arg)
{
	const struct certifier *certifier = owner;
	struct certifier_status status = certifier_status(certifier);
	struct arena a scoped(arena_done) = { 0 };
	struct str names[NAMES_MAX];
	struct tls_facts facts;
	struct admin_certificate c = { .source = sources[status.source],
				       .names = names,
				       .is_renewed = status.is_on,
				       .is_running = status.is_running,
				       .directory = status.directory,
				       .account_url = str_from(status.account_url),
				       .error = str_from(status.state->error),
				       .wall_renew = status.wall_renew,
				       .wall_tried = status.state->wall_tried,
				       .failures = status.state->failures };

	arena_init(&a, MIB);
	tls_examine_facts(certifier_tls(certifier), &facts);
	c.name_count = tls_examine_names(certifier_tls(certifier), &a, names, NAMES_MAX);
	c.issuer = str_from(facts.issuer);
	c.fingerprint = hex(&a, facts.fingerprint);
	c.key_digest = hex(&a, facts.key_digest);
	c.wall_from = facts.wall_from;
	c.wall_until = facts.wall_until;
	fn(arg, &c);
}

void control_renew_certificate(void *owner, void (*fn)(void *arg, enum err e, struct str why),
			       void *arg)
{
	certifier_renew(owner, fn, arg);
}
