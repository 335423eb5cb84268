/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the server, see notice.h. */
#include "server/route/notice.h"

#include "base/mem.h"
#include "base/random.h"
#include "server/route/census.h"
#include "server/route/recipients.h"
#include "server/route/router.h"
#include "xml/build.h"
#include "xmpp/ns.h"

struct str notice_text(const struct adhoc *x, struct str var)
{
	const struct str *lines = NULL;
	size_t count = adhoc_values_of(x, var, &lines);
	struct sbuf out scoped(sbuf_done) = SBUF(ADHOC_VALUES_MAX);

	for (size_t i = 0; i < count; i++) {
		if (i)
			(void)sbuf_lit(&out, "\n");
		(void)sbuf_add(&out, lines[i]);
	}
	return arena_dup(x->arena, str_trim(sbuf_str(&out)));
}

struct str notice_check(const struct adhoc *x, struct str var)
{
	struct str text = notice_text(x, var);

	if (!text.len)
		return STR("the text is missing");
	return text.len > NOTICE_MAX ? STR("the text is too long") : STR_NONE;
}

void notice_ask(struct adhoc *x, struct str var, struct str label, struct str text)
{
	struct xml *field = adhoc_required(x, var, STR("text-multi"), label);
	struct str rest = text, line;

	while (text.len && str_split(&rest, '\n', &line))
		form_add_value(x->arena, field, arena_dup(x->arena, line));
}

struct xml *notice_new(struct arena *a, const struct home *h, struct str to, const struct notice *n)
{
	struct xml *el = xml_new(a, NS_CLIENT, STR("message"));

	xml_set(a, el, STR("from"), h->domain);
	xml_set(a, el, STR("to"), arena_dup(a, to));
	xml_set(a, el, STR("id"), arena_printf(a, "%016llx", (unsigned long long)random_u64()));
	if (n->type.len)
		xml_set(a, el, STR("type"), n->type);
	(void)xml_add_text_el(a, el, NS_CLIENT, STR("subject"), n->subject);
	(void)xml_add_text_el(a, el, NS_CLIENT, STR("body"), arena_dup(a, n->text));
	return el;
}

bool notice_deliver(struct dispatch *d, const struct notice *n)
{
	struct bytes *bytes = NULL;

	resource_each(r, &d->entity->resources)
	{
		if (!recipients_takes(r))
			continue;
		if (!bytes)
			bytes = dispatch_bytes(d, notice_new(d->arena, d->home, d->entity->jid.full,
							     n));
		dispatch_deliver_bytes(d, r, bytes);
	}
	if (bytes)
		(void)bytes_unref(bytes);
	return bytes != NULL;
}

/* ---- to everybody who is online ---- */

struct round {
	const struct notice *notice;
	uint64_t reached;
	void (*done)(void *arg, uint64_t reached);
	void *arg;
};

static void tell(struct dispatch *d, void *arg)
{
	struct round *r = arg;

	r->reached += notice_deliver(d, r->notice);
}

static void visit(struct entity *e, void *arg)
{
	if (e->state == ENTITY_READY && e->resources.count)
		router_act(e, tell, arg);
}

static void on_visited(void *arg)
{
	struct round *r = arg;

	r->done(r->arg, r->reached);
	mem_free(r);
}

void notice_to_online(struct home *h, const struct notice *n,
		      void (*done)(void *arg, uint64_t reached), void *arg)
{
	struct round *r = mem_zalloc(1, sizeof(*r));

	*r = (struct round){ .notice = n, .done = done, .arg = arg };
	census_take(h, visit, on_visited, r);
}
