/* SPDX-License-Identifier: Apache-2.0 */
/* Requests for conversations, see inbox_ask.h. What clients have said of messages is looked up
 * first, so a request waits as a job and is answered by a dispatch of its own. */
#include "server/inbox/inbox_ask.h"

#include "base/mem.h"
#include "server/inbox/inbox_entry.h"
#include "server/inbox/inbox_fold.h"
#include "server/route/archive_id.h"
#include "server/route/post.h"
#include "server/route/router.h"
#include "xep/rsm.h"
#include "xml/build.h"
#include "xmpp/ns.h"

/* A place in the list: the newest message of a conversation, and which one it is. */
struct place {
	int64_t seq, tag;
};

/* A request; in the arena of its dispatch. */
struct ask {
	struct inbox_view view; /* first: what d->wait_arg is afterwards */
	bool only_unread, has_messages;
	struct rsm rsm;
	struct place after, before;
};

/* ---- places ---- */

static struct str place_write(struct dispatch *d, const struct inbox_talk *t)
{
	return ARENA_JOIN(d->arena, archive_id_write(d->home, d->arena, t->seq),
			  archive_id_write(d->home, d->arena, t->tag));
}

static bool place_read(const struct dispatch *d, struct str id, struct place *p)
{
	size_t half = id.len / 2;

	if (!id.len)
		return true;
	return archive_id_read(d->home, str_sub(id, 0, half), &p->seq) &&
	       archive_id_read(d->home, str_from_at(id, half), &p->tag);
}

/* Whether t stands behind p: the list begins with the newest. */
static bool is_behind(const struct inbox_talk *t, const struct place *p)
{
	return t->seq != p->seq ? t->seq < p->seq : t->tag < p->tag;
}

static bool is_in_front(const struct inbox_talk *t, const struct place *p)
{
	return t->seq != p->seq ? t->seq > p->seq : t->tag > p->tag;
}

/* ---- reading the request ---- */

static bool read_bool(const struct xml *el, struct str name, bool otherwise, bool *ret_is)
{
	struct str value = xml_attr(el, name);

	*ret_is = value.ptr ? str_eq(value, STR("true")) || str_eq(value, STR("1")) : otherwise;
	return !value.ptr || *ret_is || str_eq(value, STR("false")) || str_eq(value, STR("0"));
}

static bool read_ask(struct dispatch *d, struct ask *ask, enum condition *ret_why)
{
	const struct xml *el = stanza_payload(&d->stanza);

	*ret_why = COND_BAD_REQUEST;
	if (!read_bool(el, STR("unread-only"), false, &ask->only_unread) ||
	    !read_bool(el, STR("messages"), true, &ask->has_messages) ||
	    rsm_read(el, d->arena, &ask->rsm))
		return false;
	*ret_why = COND_FEATURE_NOT_IMPLEMENTED; /* XEP-0059 2.6 */
	if (ask->rsm.has_index)
		return false;
	*ret_why = COND_ITEM_NOT_FOUND;
	return place_read(d, ask->rsm.after, &ask->after) &&
	       place_read(d, ask->rsm.before, &ask->before);
}

/* ---- the page ---- */

struct page {
	struct inbox_talk **talks; /* all that match */
	size_t matching, from, to; /* the page among them */
};

static bool matches(const struct ask *ask, const struct inbox_talk *t)
{
	return !ask->only_unread || (t->row && t->row->unread) || t->mark.is_unread;
}

static struct page make_page(struct dispatch *d, struct ask *ask)
{
	struct page p = { .talks =
				  arena_alloc(d->arena, (ask->view.count + 1) * sizeof(*p.talks)) };
	size_t max =
		ask->rsm.has_max && ask->rsm.max < INBOX_PAGE_MAX ? ask->rsm.max : INBOX_PAGE_MAX;

	for (size_t i = 0; i < ask->view.count; i++) {
		if (matches(ask, &ask->view.talks[i]))
			p.talks[p.matching++] = &ask->view.talks[i];
	}
	p.to = p.matching;
	while (ask->rsm.after.len && p.from < p.to && !is_behind(p.talks[p.from], &ask->after))
		p.from++;
	while (ask->rsm.before.len && p.from < p.to &&
	       !is_in_front(p.talks[p.to - 1], &ask->before))
		p.to--;
	if (ask->rsm.before.ptr && p.to - p.from > max)
		p.from = p.to - max;
	else if (p.to - p.from > max)
		p.to = p.from + max;
	return p;
}

static size_t message_bytes(const struct ask *ask, const struct inbox_talk *t)
{
	return ask->has_messages && t->row ? t->row->message->stanza.len : 0;
}

/* Too much for one answer: the client asks on from its end. */
static void cut_page(const struct ask *ask, struct page *p)
{
	bool is_last = ask->rsm.before.ptr != NULL;
	size_t bytes = 0, count = 0;

	while (count < p->to - p->from && bytes < INBOX_PAGE_BYTES) {
		bytes +=
			message_bytes(ask, p->talks[is_last ? p->to - 1 - count : p->from + count]);
		count++;
	}
	if (is_last)
		p->from = p->to - count;
	else
		p->to = p->from + count;
}

static struct xml *make_fin(struct dispatch *d, const struct ask *ask, const struct page *p)
{
	struct rsm_page page = { .has_count = true, .count = p->matching };
	struct xml *fin = xml_new(d->arena, NS_INBOX, STR("fin"));
	const struct {
		struct str name;
		uint64_t n;
	} sums[] = { { STR_INIT("total"), ask->view.count },
		     { STR_INIT("unread"), ask->view.unread_talks },
		     { STR_INIT("all-unread"), ask->view.unread } };

	for (size_t i = 0; i < array_len(sums); i++)
		xml_set(d->arena, fin, sums[i].name,
			arena_printf(d->arena, "%llu", (unsigned long long)sums[i].n));
	if (p->from < p->to) {
		page.has_index = true;
		page.index = p->from;
		page.first = place_write(d, p->talks[p->from]);
		page.last = place_write(d, p->talks[p->to - 1]);
	}
	rsm_write(d->arena, fin, &page);
	return fin;
}

static void deliver_page(struct dispatch *d, const struct ask *ask, const struct page *p)
{
	struct resource *r = resource_by_id(&d->entity->resources, d->resource_id);
	struct inbox_letter letter = { .query_id = d->stanza.id, .has_message = ask->has_messages };

	if (!r)
		return; /* the client has gone meanwhile */
	letter.to = arena_dup(d->arena, r->jid.full);
	for (size_t i = p->from; i < p->to; i++) {
		struct bytes *bytes = inbox_entry(d, p->talks[i], &letter);

		dispatch_deliver_bytes(d, r, bytes);
		(void)bytes_unref(bytes);
	}
}

static void answer(struct dispatch *d)
{
	struct ask *ask = d->wait_arg;
	struct xml *reply;
	struct page p;

	if (ask->view.err) {
		(void)dispatch_error(d, ask->view.err == ERR_BUSY || ask->view.err == ERR_TOO_BIG
						? COND_RESOURCE_CONSTRAINT
						: COND_INTERNAL_SERVER_ERROR);
		return;
	}
	p = make_page(d, ask);
	cut_page(ask, &p);
	deliver_page(d, ask, &p);
	reply = reply_result(d->arena, &d->stanza);
	xml_add(reply, make_fin(d, ask, &p));
	(void)dispatch_reply(d, reply);
}

/* ---- jobs ---- */

static void job_free(struct inbox_job *job)
{
	list_remove(&job->link);
	(void)bytes_unref(job->iq);
	mem_free(job);
}

/* The first job, as a dispatch from the resource that has sent it; its stanza was counted then. */
static void act(struct dispatch *d, void *arg)
{
	struct inbox *x = d->entity->conversations;
	struct ask *ask = arena_new(d->arena, struct ask);
	struct inbox_job *job;
	enum condition why;
	struct xml *el;

	(void)arg;
	if (!x || list_is_empty(&x->jobs))
		return;
	job = list_entry(x->jobs.next, struct inbox_job, link);
	x->job_count--;
	d->resource_id = job->resource;
	el = xml_parse(d->arena, arena_dup(d->arena, bytes_str(job->iq)), &post_scope, &post_limits,
		       &el)
		     ? NULL
		     : el;
	job_free(job);
	if (!el || stanza_read(d->arena, el, &d->stanza))
		return;
	if (d->entity->state == ENTITY_ABSENT) {
		(void)dispatch_error(d, COND_SERVICE_UNAVAILABLE);
		return;
	}
	ask->view.is_all = true;
	if (read_ask(d, ask, &why))
		(void)inbox_look(d, &ask->view, answer);
	else
		(void)dispatch_error(d, why);
}

static void on_turn(struct entity *e, void *arg, enum err err)
{
	(void)arg;
	(void)err; /* what failed was something in front of it */
	if (!e->conversations)
		return;
	inbox_fold(e);
	router_act_in_order(e, act, NULL);
}

enum verdict inbox_on_get(struct dispatch *d)
{
	struct inbox *x = d->entity->conversations;
	struct ask *ask = arena_new(d->arena, struct ask);
	struct inbox_job *job;
	enum condition why;

	if (!read_ask(d, ask, &why))
		return dispatch_error(d, why);
	if (!x || x->job_count == INBOX_JOBS_MAX)
		return dispatch_error(d, COND_RESOURCE_CONSTRAINT);
	job = mem_zalloc(1, sizeof(*job));
	job->resource = d->resource_id;
	job->iq = dispatch_bytes(d, d->stanza.el);
	list_append(&x->jobs, &job->link);
	x->job_count++;
	dispatch_call(d, on_turn, NULL);
	return DONE;
}
