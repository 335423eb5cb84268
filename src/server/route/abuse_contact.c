/* SPDX-License-Identifier: Apache-2.0 */
/* Abuse addresses of other servers, see abuse_contact.h. */
#include "server/route/abuse_contact.h"

#include "base/mem.h"
#include "base/random.h"
#include "server/route/post.h"
#include "xep/form.h"
#include "xml/write.h"
#include "xmpp/ns.h"

enum { ASK_TOKEN_LEN = 12, ASK_ARENA_MAX = 64 * 1024, ASK_BYTES_MAX = 16 * 1024 };

#define ID_PREFIX  STR("abuse-contact:")
#define SERVERINFO STR("http://jabber.org/network/serverinfo")

struct ask {
	struct list link; /* in asks; while it is under way */
	struct letter letter;
	struct timer timer;
	struct loop *asker;
	struct home *home; /* of the server's domain */
	char token[ASK_TOKEN_LEN + 1];
	struct str domain; /* owned */
	char text[ABUSE_CONTACTS_MAX][ABUSE_CONTACT_BYTES_MAX];
	struct str addresses[ABUSE_CONTACTS_MAX]; /* views into text */
	size_t count;
	void (*fn)(void *arg, const struct str *addresses, size_t count);
	void *arg;
};

static void ask_free(struct ask *x)
{
	mem_free((void *)(uintptr_t)x->domain.ptr);
	mem_free(x);
}

static void on_return(struct letter *l)
{
	struct ask *x = container_of(l, struct ask, letter);

	x->fn(x->arg, x->addresses, x->count);
	ask_free(x);
}

static void give_back(struct ask *x)
{
	x->letter.fn = on_return;
	loop_post(x->asker, &x->letter);
}

static void end(struct ask *x)
{
	loop_timer_stop(x->home->loop, &x->timer);
	list_remove(&x->link);
	x->home->abuse_asks->count--;
	give_back(x);
}

static void on_late(struct timer *t)
{
	end(container_of(t, struct ask, timer));
}

/* XEP-0030 3.1 */
static bool send(const struct ask *x)
{
	struct arena a scoped(arena_done) = { 0 };
	struct sbuf out scoped(sbuf_done) = SBUF(ASK_BYTES_MAX);
	struct bytes *bytes;
	struct jid to;
	struct xml *iq;
	bool is_sent;

	arena_init(&a, ASK_ARENA_MAX);
	iq = xml_new(&a, NS_CLIENT, STR("iq"));
	xml_set(&a, iq, STR("from"), x->home->domain);
	xml_set(&a, iq, STR("to"), x->domain);
	xml_set(&a, iq, STR("type"), STR("get"));
	xml_set(&a, iq, STR("id"), ARENA_JOIN(&a, ID_PREFIX, str_from(x->token)));
	(void)xml_add_new(&a, iq, NS_DISCO_INFO, STR("query"));
	if (jid_parse(&a, x->domain, &to) || xml_write(&out, iq, NS_CLIENT))
		return false;
	bytes = bytes_new(sbuf_str(&out));
	is_sent = post_stanza(x->home, to, bytes, 0);
	(void)bytes_unref(bytes);
	return is_sent;
}

static void on_begin(struct letter *l)
{
	struct ask *x = container_of(l, struct ask, letter);
	struct abuse_contact_asks *asks = x->home->abuse_asks;

	if (asks->count == ABUSE_CONTACT_ASKS_MAX) {
		give_back(x);
		return;
	}
	asks->count++;
	list_append(&asks->all, &x->link);
	random_token(x->token, ASK_TOKEN_LEN);
	x->timer.fn = on_late;
	loop_timer(x->home->loop, &x->timer, ABUSE_CONTACT_USEC);
	if (!send(x)) /* else x may be gone: a refusal comes at once */
		end(x);
}

void abuse_contact_ask(struct home *h, struct str about,
		       void (*fn)(void *arg, const struct str *addresses, size_t count), void *arg)
{
	struct arena a scoped(arena_done) = { 0 };
	struct ask *x = mem_zalloc(1, sizeof(*x));
	struct jid jid;

	arena_init(&a, ASK_ARENA_MAX);
	x->asker = loop_current();
	x->home = home_of(h, h->domain);
	x->fn = fn;
	x->arg = arg;
	x->letter.fn = on_begin;
	if (jid_parse(&a, about, &jid) == OK && !home_realm(h, jid.domain))
		x->domain = str_make(str_dup(jid.domain), jid.domain.len);
	if (x->domain.len && h->abuse_asks)
		loop_post(x->home->loop, &x->letter);
	else
		give_back(x);
}

/* ---- the answer ---- */

static bool is_address(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] <= ' ' || s.ptr[i] > '~')
			return false;
	}
	return s.len > 0 && s.len <= ABUSE_CONTACT_BYTES_MAX && str_index(s, ':') > 0;
}

static void read_form(struct ask *x, const struct xml *form, struct arena *a)
{
	const struct str *values;
	size_t count = form_values(form, STR("abuse-addresses"), a, &values);

	for (size_t i = 0; i < count && x->count < ABUSE_CONTACTS_MAX; i++) {
		if (!is_address(values[i]))
			continue;
		memcpy(x->text[x->count], values[i].ptr, values[i].len);
		x->addresses[x->count] = str_make(x->text[x->count], values[i].len);
		x->count++;
	}
}

bool abuse_contact_answer(struct dispatch *d)
{
	const struct stanza *s = &d->stanza;
	struct abuse_contact_asks *asks = d->home->abuse_asks;

	if (!asks || d->way != WAY_IN || d->entity->jid.node.len || !str_starts(s->id, ID_PREFIX))
		return false;
	list_each (link, &asks->all) {
		struct ask *x = list_entry(link, struct ask, link);

		if (!str_eq(str_from_at(s->id, ID_PREFIX.len), str_from(x->token)) ||
		    !str_eq(s->from.full, x->domain))
			continue;
		xml_each (el, s->type == IQ_RESULT ? stanza_payload(s) : NULL) {
			if (xml_is(el, NS_DATA, STR("x")) &&
			    str_eq(form_type_of(el, d->arena), SERVERINFO))
				read_form(x, el, d->arena);
		}
		end(x);
		return true;
	}
	return false;
}

void abuse_contact_stop(struct home *h)
{
	if (!h->abuse_asks || home_of(h, h->domain) != h)
		return;
	while (!list_is_empty(&h->abuse_asks->all))
		end(list_entry(h->abuse_asks->all.next, struct ask, link));
}

void abuse_contact_done(struct abuse_contact_asks *asks)
{
	while (!list_is_empty(&asks->all)) {
		struct ask *x = list_entry(asks->all.next, struct ask, link);

		list_remove(&x->link);
		ask_free(x);
	}
}
