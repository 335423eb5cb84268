/* SPDX-License-Identifier: Apache-2.0 */
/* What waits in the quiet box, see quiet_list.h. */
#include "server/quiet/quiet_list.h"

#include "server/route/post.h"
#include "server/route/roster_view.h"
#include "server/route/settle.h"
#include "xep/forward.h"
#include "xep/rsm.h"
#include "xml/build.h"
#include "xmpp/datetime.h"
#include "xmpp/ns.h"

#include <stdlib.h>

enum { ROWS_MAX = 1000 /* messages of one stranger; limits.quiet_messages is no more */ };

/* ---- all of them ---- */

static int by_newest(const void *one, const void *other)
{
	const struct quiet_item *a = *(const struct quiet_item *const *)one;
	const struct quiet_item *b = *(const struct quiet_item *const *)other;

	if (a->wall_since != b->wall_since)
		return a->wall_since < b->wall_since ? 1 : -1;
	return str_cmp(a->jid, b->jid);
}

size_t quiet_sorted(const struct entity *e, struct arena *a, const struct quiet_item ***ret_items)
{
	size_t count = 0, at = 0, room = e->quiet ? e->quiet->items.count : 0;
	const struct quiet_item **items = arena_alloc(a, (room + 1) * sizeof(struct quiet_item *));
	const struct quiet_item *item;

	while (e->quiet && (item = map_next(&e->quiet->items, &at))) {
		if (item->state == QUIET_WAITING)
			items[count++] = item;
	}
	qsort(items, count, sizeof(struct quiet_item *), by_newest);
	*ret_items = items;
	return count;
}

static void set_number(struct arena *a, struct xml *el, struct str name, uint64_t n)
{
	xml_set(a, el, name, arena_printf(a, "%llu", (unsigned long long)n));
}

static struct xml *add_sender(struct arena *a, struct xml *box, const struct quiet_item *item)
{
	struct xml *el = xml_add_new(a, box, NS_PARLEY_QUIET, STR("sender"));

	xml_set(a, el, STR("jid"), arena_dup(a, item->jid));
	xml_set(a, el, STR("since"), datetime_format(a, item->wall_since));
	xml_set(a, el, STR("last"), datetime_format(a, item->wall_last));
	xml_set(a, el, STR("request"), item->has_request ? STR("true") : STR("false"));
	set_number(a, el, STR("messages"), item->next - item->first);
	set_number(a, el, STR("lost"), item->lost);
	return el;
}

/* The place of an id; count: there is none. */
static size_t place_of(const struct quiet_item **items, size_t count, struct str id)
{
	size_t at = 0;

	while (at < count && !str_eq(items[at]->jid, id))
		at++;
	return at;
}

/* Cuts the page out of from .. to; false: an id that nobody has (XEP-0059 2.3). */
static bool cut(const struct rsm *rsm, const struct quiet_item **items, size_t *from, size_t *to)
{
	size_t max = rsm->has_max && rsm->max < QUIET_PAGE_MAX ? rsm->max : QUIET_PAGE_MAX;
	size_t count = *to;

	if (rsm->after.len) {
		*from = place_of(items, count, rsm->after) + 1;
		if (*from > count)
			return false;
	}
	if (rsm->before.len) {
		*to = place_of(items, count, rsm->before);
		if (*to == count)
			return false;
	}
	if (rsm->before.ptr && *to - *from > max)
		*from = *to - max;
	else if (*to - *from > max)
		*to = *from + max;
	return true;
}

static enum verdict list(struct dispatch *d)
{
	const struct quiet_item **items;
	size_t from = 0, to, count = quiet_sorted(d->entity, d->arena, &items);
	struct rsm_page page = { .has_count = true, .count = count };
	struct xml *reply, *box;
	struct rsm rsm;

	to = count;
	if (rsm_read(stanza_payload(&d->stanza), d->arena, &rsm) ||
	    (rsm.after.ptr && rsm.before.ptr))
		return dispatch_error(d, COND_BAD_REQUEST);
	if (rsm.has_index)
		return dispatch_error(d, COND_FEATURE_NOT_IMPLEMENTED); /* XEP-0059 2.6 */
	if (!cut(&rsm, items, &from, &to))
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	reply = reply_result(d->arena, &d->stanza);
	box = xml_add_new(d->arena, reply, NS_PARLEY_QUIET, STR("box"));
	for (size_t i = from; i < to; i++)
		(void)add_sender(d->arena, box, items[i]);
	if (from < to) {
		page.first = arena_dup(d->arena, items[from]->jid);
		page.last = arena_dup(d->arena, items[to - 1]->jid);
		page.has_index = true;
		page.index = from;
	}
	rsm_write(d->arena, box, &page);
	return dispatch_reply(d, reply);
}

/* ---- one of them ---- */

/* While it is looked up; in the arena. */
struct view {
	struct str jid;
	struct keyval_row *rows, **last;
	enum err err;
};

static void add_forwarded(struct arena *a, struct xml *box, struct str stanza, usec_t wall)
{
	struct xml *el;

	if (!xml_parse(a, arena_dup(a, stanza), &post_scope, &post_limits, &el))
		xml_add(box, forward_wrap(a, el, wall));
}

static void answer(struct dispatch *d)
{
	struct view *v = d->wait_arg;
	const struct quiet_item *item = quiet_find(d->entity->quiet, v->jid);
	const struct roster_item *asks =
		d->entity->roster ? roster_find(d->entity->roster, v->jid) : NULL;
	struct xml *reply = reply_result(d->arena, &d->stanza);
	struct xml *box = xml_add_new(d->arena, reply, NS_PARLEY_QUIET, STR("box"));

	if (v->err || !item || item->state != QUIET_WAITING) {
		(void)dispatch_error(d, v->err ? COND_RESOURCE_CONSTRAINT : COND_ITEM_NOT_FOUND);
		return;
	}
	xml_set(d->arena, box, STR("jid"), v->jid);
	(void)add_sender(d->arena, box, item);
	if (item->has_request && asks && asks->request.len)
		add_forwarded(d->arena, box, asks->request, item->wall_since);
	for (const struct keyval_row *row = v->rows; row; row = row->next) {
		struct str stanza;
		usec_t wall;

		if (quiet_mail_decode(row->value, &wall, &stanza) == OK)
			add_forwarded(d->arena, box, stanza, wall);
	}
	(void)dispatch_reply(d, reply);
}

static void on_rows(void *arg, struct store_answer *found)
{
	struct dispatch *d = arg;
	struct view *v = d->wait_arg;

	v->err = found->err;
	for (const struct keyval_row *row = v->err ? NULL : found->rows; row; row = row->next) {
		struct keyval_row *copy;
		uint64_t number;

		if (quiet_mail_key_read(row->key, v->jid, &number))
			break; /* somebody else's */
		copy = arena_new(d->arena, struct keyval_row);
		copy->value = arena_dup(d->arena, row->value);
		*v->last = copy;
		v->last = &copy->next;
	}
	dispatch_resume(d);
}

static void read_rows(struct dispatch *d)
{
	struct view *v = d->wait_arg;
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = d->entity->jid.full,
					 .space = QUIET_MAIL_SPACE,
					 .after_key = ARENA_JOIN(d->arena, v->jid, STR("\x1f")),
					 .max = ROWS_MAX };

	store_read(d->home->store, &request, on_rows, d);
}

enum verdict quiet_on_list(struct dispatch *d)
{
	struct str text = xml_attr(stanza_payload(&d->stanza), STR("jid"));
	const struct quiet_item *item;
	struct view *v;
	struct jid jid;

	if (!text.ptr)
		return list(d);
	if (jid_parse(d->arena, text, &jid))
		return dispatch_error(d, COND_BAD_REQUEST);
	item = quiet_find(d->entity->quiet, jid_bare_str(jid));
	if (!item || item->state != QUIET_WAITING)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	v = arena_new(d->arena, struct view);
	v->jid = jid_bare_str(jid);
	v->last = &v->rows;
	d->wait_arg = v;
	return settle_in_turn(d, read_rows, answer);
}
