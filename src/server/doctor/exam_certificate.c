/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate: name, dates, chain, and whether the files are what is used. */
#include "net/tls_context.h"
#include "net/tls_examine.h"
#include "server/doctor/exam-private.h"

enum { WHY_MAX = 200, ERROR_SHOWN = 160 /* bytes */ };
static const usec_t SOON = 14 * USEC_PER_DAY;

static void check_name(struct exam *x)
{
	struct str missing;

	if (tls_context_missing_name(x->tls, &x->ascii, 1, &missing))
		exam_note(x, "certificate-name", 'F', "get a certificate for this name",
			  "the certificate does not name %.*s: clients refuse it",
			  STR_ARG(str_sub(missing, 0, 160)));
	else
		exam_note(x, "certificate-name", 'A', "", "the certificate names the domain");
}

static void check_date(struct exam *x)
{
	usec_t left = tls_context_expires(x->tls) - wall_now();
	long long days = (long long)(left / USEC_PER_DAY);
	const char *advice = x->renewal.is_on ? "see certificate-renewal; parleyctl cert renew"
					      : "renew it, then send SIGHUP";

	if (left <= 0)
		exam_note(x, "certificate-date", 'F', advice, "the certificate has expired");
	else if (left < SOON && (!x->renewal.is_on || x->renewal.failures))
		exam_note(x, "certificate-date", 'C', advice,
			  "the certificate expires in %lld days", days);
	else
		exam_note(x, "certificate-date", 'A', "", "the certificate is good for %lld days",
			  days);
}

static void check_renewal(struct exam *x)
{
	const struct exam_renewal *r = &x->renewal;
	long long hours = (long long)((r->wall_next - wall_now()) / USEC_PER_HOUR);

	if (!r->is_on)
		return;
	if (r->failures)
		exam_note(x, "certificate-renewal", x->is_self_signed ? 'D' : 'C',
			  "mend that, then parleyctl cert renew",
			  "%u attempts to get a certificate failed, the next is in %lld hours: "
			  "%.*s",
			  r->failures, hours, STR_ARG(str_sub(r->error, 0, ERROR_SHOWN)));
	else if (x->is_self_signed)
		exam_note(x, "certificate-renewal", 'C', "look again in a minute",
			  "the first certificate is being got");
	else
		exam_note(x, "certificate-renewal", 'A', "",
			  "the certificate is renewed in %lld days", hours / 24);
}

static void check_chain(struct exam *x)
{
	bool has_roots, is_test = str_eq(x->domain, STR("localhost"));
	const char *why;

	if (x->is_self_signed && !is_test)
		exam_note(x, "certificate-issuer", 'D',
			  "set acme.agree, or tls.certificate and tls.key",
			  "the certificate is the self-signed one of the first start");
	if (x->is_self_signed || is_test)
		return;
	why = tls_examine_chain(x->tls, &has_roots);
	if (!why)
		exam_note(x, "certificate-chain", 'A', "",
			  "this machine's roots vouch for the certificate");
	else if (!has_roots)
		exam_note(x, "certificate-chain", 'A', "",
			  "this machine has no roots that could vouch for the certificate");
	else
		exam_note(x, "certificate-chain", 'D',
			  "put the issuer's certificates behind it, in the same file",
			  "this machine does not trust the certificate: %.150s", why);
}

/* What the next start or reload would find. */
static void check_file(struct exam *x)
{
	struct sbuf why scoped(sbuf_done) = SBUF(WHY_MAX);
	struct tls_context *ctx;

	if (tls_context_new_server(x->cert_path, x->key_path, &ctx, &why)) {
		exam_note(x, "certificate-file", 'F', "put the right files there",
			  "the next start or reload fails: %.*s", STR_ARG(sbuf_str(&why)));
		return;
	}
	if (tls_examine_same(ctx, x->tls))
		exam_note(x, "certificate-file", 'A', "", "the key fits, and the files are in use");
	else
		exam_note(x, "certificate-file", 'C', "send SIGHUP",
			  "the file has another certificate than the one in use");
	(void)tls_context_unref(ctx); /* ours alone */
}

void exam_certificate(struct exam *x)
{
	check_name(x);
	check_date(x);
	check_renewal(x);
	check_chain(x);
	check_file(x);
}
