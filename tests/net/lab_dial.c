/* SPDX-License-Identifier: Apache-2.0 */
/* lab_dial SERVER ANCHOR DOMAIN [CA CERT KEY]: finds and connects to the server of a domain as
 * parleyd does, and says in one line what came of it. ANCHOR "-": none. With certificates it begins
 * TLS at once and judges the other one's. SERVER: whom to ask. */
#include "base/mem.h"
#include "net/tls.h"
#include "net/tls_peer.h"
#include "resolve/dial.h"

#include <stdio.h>
#include <stdlib.h>

struct call {
	struct net_loop *net;
	struct dial *dial;
	struct transport *t;
	struct tls_context *ctx;
	struct tls_trust *trust;
	struct tls_peer_want want;
	bool is_over;
};

static const char *const errors[] = {
	[DIAL_OK] = "ok",
	[DIAL_NO_NAME] = "no-name",
	[DIAL_NO_SERVICE] = "no-service",
	[DIAL_NO_ADDRESS] = "no-address",
	[DIAL_BOGUS] = "bogus",
	[DIAL_UNRESOLVED] = "unresolved",
	[DIAL_REFUSED] = "refused",
	[DIAL_UNREACHABLE] = "unreachable",
	[DIAL_FORBIDDEN] = "forbidden",
};

static const char *const proofs[] = {
	[TLS_PEER_UNKNOWN] = "unknown",
	[TLS_PEER_PKIX] = "pkix",
	[TLS_PEER_DANE] = "dane",
	[TLS_PEER_IMPOSTOR] = "impostor",
};

static void on_data(void *owner, struct str data)
{
	(void)owner;
	(void)data;
}

static void on_ready(void *owner)
{
	struct call *c = owner;
	struct tls_peer_report report;

	tls_peer_check(c->t, c->trust, &c->want, &report);
	printf(" proof=%s alpn=%.*s judged=\"%s\"", proofs[report.proof], STR_ARG(tls_alpn(c->t)),
	       report.reason);
	c->is_over = true;
}

static void on_end(void *owner, enum transport_end why)
{
	struct call *c = owner;

	printf(" ended=%d", why);
	c->is_over = true;
}

static const struct transport_events events = {
	.on_data = on_data,
	.on_ready = on_ready,
	.on_end = on_end,
};

static void secure(struct call *c, const struct dial_result *r)
{
	static const struct str alpn[] = { STR_INIT("xmpp-server"), { .ptr = NULL } };
	struct tls_want want = { .name = r->ascii, .alpn = alpn, .output_limit = 64 * KIB };
	struct transport *t = c->t;

	c->want = (struct tls_peer_want){
		.domain = r->ascii,
		.ascii = r->ascii,
		.target = r->is_target_secure ? r->target : STR(""),
		.dane = r->dane,
	};
	must(transport_tls_connect(c->net, t, c->ctx, &want, &c->t) == OK);
	transport_own(c->t, &events, c);
}

static void on_done(void *owner, const struct dial_result *r)
{
	char text[ADDR_TEXT_MAX];
	struct call *c = owner;

	printf("why=%s direct=%d secure=%d dane=%zu target=%.*s peer=%.*s reason=\"%.*s\"",
	       errors[r->why], r->is_direct_tls, r->is_target_secure, r->dane ? r->dane->count : 0,
	       STR_ARG(r->target), STR_ARG(addr_format(&r->peer, text)), STR_ARG(r->reason));
	c->t = r->transport;
	if (c->t && c->ctx)
		secure(c, r);
	else
		c->is_over = true;
}

int main(int argc, char **argv)
{
	struct call c = { .is_over = false };
	struct sbuf blame scoped(sbuf_done) = SBUF(1000);
	struct addr server;
	struct resolver_config config = { .servers = &server, .server_count = 1 };
	struct dial_want want = { .output_limit = 64 * KIB };
	struct resolver *resolver = NULL;
	struct loop *loop;

	if (argc != 4 && argc != 7)
		return 2;
	must(addr_parse_ip(str_from(argv[1]), &server) == OK && loop_new(0, &loop) == OK);
	config.trust_anchor = argv[2][0] == '-' ? NULL : argv[2];
	want.domain = str_from(argv[3]);
	c.net = net_loop_new(loop);
	if (resolver_new(loop, &config, &resolver, &blame)) {
		printf("resolver: %.*s\n", STR_ARG(sbuf_str(&blame)));
		return 1;
	}
	if (argc == 7)
		must(tls_trust_new(argv[4], &c.trust, NULL) == OK &&
		     tls_context_new_peer(argv[5], argv[6], &c.ctx, NULL) == OK);
	c.dial = dial_begin(resolver, c.net, &want, on_done, &c);
	loop_run_until(loop, &c.is_over, 2 * USEC_PER_MIN);
	printf("%s\n", c.is_over ? "" : " late");
	transport_free(&c.t);
	dial_end(&c.dial);
	resolver_free(&resolver);
	c.trust = tls_trust_unref(c.trust);
	c.ctx = tls_context_unref(c.ctx);
	net_loop_free(&c.net);
	loop_free(&loop);
	return 0;
}
