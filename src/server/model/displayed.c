/* SPDX-License-Identifier: Apache-2.0 */
/* Markers of what was read, see displayed.h. */
#include "server/model/displayed.h"

#include "base/mem.h"
#include "xmpp/ns.h"

struct displayed *displayed_new(void)
{
	struct displayed *x = mem_zalloc(1, sizeof(*x));

	map_init(&x->markers);
	list_init(&x->in_time);
	return x;
}

static size_t bytes_of(const struct marker *m)
{
	return m->conversation.len + m->by.len + m->id.len;
}

static void drop(struct displayed *x, struct marker *m)
{
	x->bytes -= bytes_of(m);
	(void)map_remove(&x->markers, m->conversation);
	list_remove(&m->link);
	mem_free((void *)(uintptr_t)m->conversation.ptr);
	mem_free((void *)(uintptr_t)m->by.ptr);
	mem_free((void *)(uintptr_t)m->id.ptr);
	mem_free(m);
}

static struct marker *oldest_of(const struct displayed *x)
{
	return list_is_empty(&x->in_time) ? NULL : list_entry(x->in_time.next, struct marker, link);
}

void displayed_free(struct displayed **displayed)
{
	struct displayed *x = *displayed;
	struct marker *m;

	*displayed = NULL;
	if (!x)
		return;
	while ((m = oldest_of(x)))
		drop(x, m);
	map_done(&x->markers);
	mem_free(x);
}

const struct marker *displayed_find(const struct displayed *x, struct str conversation)
{
	return map_get(&x->markers, conversation);
}

bool displayed_is_behind(const struct displayed *x, const struct marker *m)
{
	const struct marker *old = displayed_find(x, m->conversation);

	return old && old->seq && m->seq && m->seq < old->seq && str_eq(m->by, old->by);
}

bool displayed_put(struct displayed *x, const struct marker *m)
{
	struct marker *copy;

	if (m->id.len > DISPLAYED_ID_MAX || displayed_is_behind(x, m))
		return false;
	copy = mem_zalloc(1, sizeof(*copy));
	copy->conversation = str_make(str_dup(m->conversation), m->conversation.len);
	copy->by = str_make(str_dup(m->by), m->by.len);
	copy->id = str_make(str_dup(m->id), m->id.len);
	copy->seq = m->seq;
	displayed_remove(x, copy->conversation);
	x->bytes += bytes_of(copy);
	(void)map_set(&x->markers, copy->conversation, copy);
	list_append(&x->in_time, &copy->link);
	while (x->markers.count > DISPLAYED_MAX || x->bytes > DISPLAYED_BYTES_MAX)
		drop(x, oldest_of(x));
	return true;
}

void displayed_remove(struct displayed *x, struct str conversation)
{
	struct marker *m = map_get(&x->markers, conversation);

	if (m)
		drop(x, m);
}

enum err displayed_read(struct arena *a, struct str item_id, const struct xml *payload,
			struct marker *ret_m)
{
	const struct xml *el = xml_first(payload);
	struct jid conversation, by;
	struct str id = el ? xml_attr(el, STR("id")) : STR_NONE;

	if (!xml_is(payload, NS_DISPLAYED, STR("displayed")) ||
	    !xml_is(el, NS_SID, STR("stanza-id")) || xml_next(el) || !id.len ||
	    id.len > DISPLAYED_ID_MAX || jid_parse(a, item_id, &conversation) ||
	    jid_parse(a, xml_attr(el, STR("by")), &by))
		return ERR_INVALID;
	*ret_m = (struct marker){ .conversation = conversation.full, .by = by.full, .id = id };
	return OK;
}

/* ---- in the store: the place, by and id, each behind a newline ---- */

struct str displayed_encode(const struct marker *m, struct arena *a)
{
	return ARENA_JOIN(a, arena_printf(a, "%lld\n", (long long)m->seq), m->by, STR("\n"), m->id);
}

enum err displayed_decode(struct str key, struct str value, struct marker *ret_m)
{
	struct str rest = value, seq_text, by;
	int64_t seq;

	if (!key.len || !str_split(&rest, '\n', &seq_text) || !str_split(&rest, '\n', &by) ||
	    str_to_i64(seq_text, &seq) || seq < 0 || !by.len || !rest.len ||
	    rest.len > DISPLAYED_ID_MAX)
		return ERR_INVALID;
	*ret_m = (struct marker){ .conversation = key, .by = by, .id = rest, .seq = seq };
	return OK;
}
