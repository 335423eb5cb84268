/* SPDX-License-Identifier: Apache-2.0 */
/* Stanzas of other servers on their way in, see s2s_gate.h. */
#include "server/s2s/s2s_gate.h"

#include "base/metric.h"
#include "server/route/post.h"
#include "xml/write.h"
#include "xmpp/ns.h"

/* Serialised in the loop's scratch. ERR_TOO_BIG. */
static enum err write(struct s2s_gate *g, const struct xml *el)
{
	sbuf_reset(&g->home->scratch);
	return xml_write(&g->home->scratch, el, NS_CLIENT);
}

void s2s_gate_refuse(struct s2s_gate *g, struct arena *a, struct stanza *s, enum condition why)
{
	struct bytes *bytes;

	if (!reply_may_error(s))
		return;
	if (!jid_is_set(s->to))
		s->to = (struct jid){ .full = g->home->domain, .domain = g->home->domain };
	if (write(g, reply_error(a, s, why, STR_NONE)))
		return;
	bytes = bytes_new(sbuf_str(&g->home->scratch));
	(void)post_stanza(g->home, s->from, bytes, 0); /* an answer to nobody is lost */
	(void)bytes_unref(bytes);
}

void s2s_gate_post(struct s2s_gate *g, struct arena *a, struct stanza *s, struct str lang)
{
	struct bytes *bytes;

	stanza_set_from(a, s, s->from);
	stanza_set_to(a, s, s->to);
	if (lang.len && !xml_attr_ns(s->el, XML_NS_XML, STR("lang")).ptr)
		xml_set_ns(a, s->el, XML_NS_XML, STR("lang"), lang);
	if (write(g, s->el)) {
		s2s_gate_refuse(g, a, s, COND_RESOURCE_CONSTRAINT);
		return;
	}
	metric_inc(METRIC_S2S_STANZAS_IN);
	bytes = bytes_new(sbuf_str(&g->home->scratch));
	g->stanzas++;
	g->bytes += bytes->len;
	if (!post_awaited(g->home, s->to, bytes, clock_now(), g->receipt))
		s2s_gate_refuse(g, a, s, COND_ITEM_NOT_FOUND);
	(void)bytes_unref(bytes);
}

bool s2s_gate_is_full(const struct s2s_gate *g)
{
	return g->stanzas >= S2S_GATE_STANZAS || g->bytes >= S2S_GATE_BYTES;
}

/* The letter visits every loop: what was sent there before has arrived when it is back. */
static void on_fence(struct letter *l)
{
	struct s2s_gate *g = container_of(l, struct s2s_gate, fence);
	struct home *h = g->home;

	if (g->next < h->count) {
		loop_post(h->all[g->next++]->loop, l);
		return;
	}
	if (loop_current() != h->loop) {
		loop_post(h->loop, l);
		return;
	}
	g->is_fenced = false;
	g->on_passed(g);
}

void s2s_gate_close(struct s2s_gate *g)
{
	g->stanzas = 0;
	g->bytes = 0;
	g->is_fenced = true;
	g->next = 0;
	g->fence.fn = on_fence;
	on_fence(&g->fence);
}
