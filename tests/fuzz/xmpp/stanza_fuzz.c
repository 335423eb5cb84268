/* SPDX-License-Identifier: Apache-2.0 */
/* Any element: reading it as a stanza keeps its promises, and what may be answered is answered by a
 * stanza that can be read. */
#include "xmpp/stanza.h"

#include "xml/build.h"
#include "xml/write.h"
#include "xmpp/condition.h"
#include "xmpp/ns.h"

#include <stdlib.h>

static const struct xml_limits limits = {
	.stanza_bytes = 64 * 1024, .depth = 64, .attrs = 64, .name_bytes = 256, .children = 1024
};
static const struct xml_scope scope = { .default_ns = STR_INIT("jabber:client") };

static void demand(bool is_fine)
{
	if (!is_fine)
		abort();
}

static void answer(struct arena *a, const struct stanza *s)
{
	struct sbuf out scoped(sbuf_done) = SBUF(MIB);
	struct stanza back;
	struct xml *x;

	demand(xml_write(&out, reply_error(a, s, COND_BAD_REQUEST, STR("<why>")), NS_CLIENT) == OK);
	demand(xml_parse(a, sbuf_str(&out), &scope, &limits, &x) == XML_FAULT_NONE);
	demand(stanza_read(a, x, &back) ==
	       (s->kind == STANZA_IQ && !str_is_set(s->id) ? STANZA_BAD_TYPE : STANZA_OK));
	demand(back.kind == s->kind && !reply_may_error(&back) && str_eq(back.id, s->id));
	demand(jid_eq(back.from, s->to) && jid_eq(back.to, s->from));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xml *x;
	struct stanza s;
	struct arena a;
	enum stanza_fault fault;

	arena_init(&a, MIB);
	if (xml_parse(&a, str_make((const char *)data, size), &scope, &limits, &x) ==
	    XML_FAULT_NONE) {
		fault = stanza_read(&a, x, &s);
		if (fault != STANZA_NOT_A_STANZA && reply_may_error(&s))
			answer(&a, &s);
		if (fault == STANZA_OK && s.kind == STANZA_IQ &&
		    (s.type == IQ_GET || s.type == IQ_SET))
			demand(stanza_payload(&s) && reply_result(&a, &s));
	}
	arena_done(&a);
	return 0;
}
