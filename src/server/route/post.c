/* SPDX-License-Identifier: Apache-2.0 */
/* Stanzas without an entity behind them, see post.h. */
#include "server/route/post.h"

#include "server/route/receipt.h"
#include "server/route/remote.h"
#include "server/route/service.h"
#include "xml/build.h"
#include "xml/write.h"
#include "xmpp/ns.h"

enum {
	ERROR_ARENA_MAX = 4 * 1024 * 1024, /* bytes; a stanza whose tree is larger gets no error */
	ERROR_MAX = 64 * 1024,             /* bytes of the error */
};

/* Between loops a stanza was checked already: these limits only bound. */
const struct xml_limits post_limits = { .stanza_bytes = 16 * 1024 * 1024,
					.depth = 512,
					.attrs = 512,
					.name_bytes = 4096,
					.children = UINT16_MAX };

const struct xml_scope post_scope = { .default_ns = STR_INIT("jabber:client") };
const struct xml_scope post_alone_scope = { .default_ns = STR_INIT("") };

bool post_awaited(struct home *h, struct jid to, struct bytes *stanza, usec_t received,
		  struct receipt *receipt)
{
	struct str bare = to.node.len ? jid_bare_str(to) : to.domain;
	struct parcel *p;

	if (!home_realm(h, to.domain))
		return service_post(h, to.domain, stanza, false) ||
		       remote_post(h, to.domain, stanza, false);
	p = parcel_new(home_of(h, bare), bare, WAY_IN, bytes_ref(stanza));
	p->received = received;
	p->receipt = receipt_ref(receipt);
	parcel_post(p);
	return true;
}

bool post_stanza(struct home *h, struct jid to, struct bytes *stanza, usec_t received)
{
	return post_awaited(h, to, stanza, received, NULL);
}

void post_error(struct home *h, struct str stanza, enum condition why, struct str text)
{
	struct arena a scoped(arena_done) = { 0 };
	struct sbuf out scoped(sbuf_done) = SBUF(ERROR_MAX);
	struct bytes *bytes;
	struct xml *el;
	struct stanza s;

	arena_init(&a, ERROR_ARENA_MAX);
	if (xml_parse(&a, arena_dup(&a, stanza), &post_scope, &post_limits, &el) ||
	    stanza_read(&a, el, &s) != STANZA_OK || !jid_is_set(s.from) || !reply_may_error(&s) ||
	    xml_write(&out, reply_error(&a, &s, why, text), NS_CLIENT))
		return;
	bytes = bytes_new(sbuf_str(&out));
	(void)post_stanza(h, s.from, bytes, 0); /* an answer to nobody is lost */
	(void)bytes_unref(bytes);
}
