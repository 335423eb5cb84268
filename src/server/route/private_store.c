/* SPDX-License-Identifier: Apache-2.0 */
/* Private storage in the store, see private_store.h. */
#include "server/route/private_store.h"

#include "server/model/private_index.h"
#include "server/route/post.h"
#include "server/route/settle.h"
#include "xml/build.h"
#include "xml/write.h"
#include "xmpp/ns.h"

static struct str key_of(struct arena *a, const struct xml *el)
{
	return private_key(a, el->ns, el->name);
}

/* ---- write ---- */

/* What is to stand under key; an empty text: nothing. */
struct piece {
	struct str key, text;
};

static bool has_room(const struct dispatch *d, const struct piece *pieces, size_t count)
{
	const struct private_index *x = d->entity->private_index;
	size_t items = x->items.count, bytes = x->bytes;

	for (size_t i = 0; i < count; i++) {
		const struct piece *p = &pieces[i];
		struct private_index_change c = private_index_change(x, p->key, p->text.len);

		if (p->key.len > PRIVATE_NAME_MAX)
			return false;
		items += c.new_items;
		items -= c.old_items;
		bytes += c.new_bytes;
		bytes -= c.old_bytes;
	}
	return items <= (size_t)conf_int(d->home->conf, "limits.private_elements") &&
	       bytes <= conf_size(d->home->conf, "limits.private_bytes");
}

static void keep(struct dispatch *d, const struct piece *p)
{
	struct private_index *x = d->entity->private_index;
	struct str owner = d->entity->jid.full;
	struct txn *txn = dispatch_txn(d);

	if (p->text.len) {
		txn_put(txn, owner, PRIVATE_SPACE, p->key, p->text);
		txn_put(txn, owner, PRIVATE_SIZES, p->key,
			arena_printf(d->arena, "%zu", p->text.len));
	} else if (private_index_has(x, p->key)) {
		txn_delete(txn, owner, PRIVATE_SPACE, p->key);
		txn_delete(txn, owner, PRIVATE_SIZES, p->key);
	}
	private_index_set(x, p->key, p->text.len);
}

/* Adds the text of el to out, and what that makes of its piece: el stands under its name behind the
 * others of that name, which were written last. */
static bool write_piece(struct arena *a, struct sbuf *out, const struct xml *el, struct piece *p)
{
	sbuf_reset(out);
	if ((el->first || el->attrs) && xml_write_alone(out, el))
		return false;
	p->text = p->text.len ? ARENA_JOIN(a, p->text, sbuf_str(out)) : arena_dup(a, sbuf_str(out));
	return true;
}

static struct piece *piece_of(struct piece *pieces, size_t *count, struct str key)
{
	for (size_t i = 0; i < *count; i++) {
		if (str_eq(pieces[i].key, key))
			return &pieces[i];
	}
	if (*count == PRIVATE_PUT_MAX)
		return NULL;
	pieces[*count] = (struct piece){ .key = key };
	return &pieces[(*count)++];
}

static enum err put(struct dispatch *d, const struct xml *first, bool is_all)
{
	struct sbuf out scoped(sbuf_done) = SBUF(conf_size(d->home->conf, "limits.private_bytes"));
	struct piece pieces[PRIVATE_PUT_MAX];
	size_t count = 0;

	for (const struct xml *el = first; el; el = is_all ? xml_next(el) : NULL) {
		struct piece *p = piece_of(pieces, &count, key_of(d->arena, el));

		if (!p || !write_piece(d->arena, &out, el, p))
			return ERR_TOO_BIG;
	}
	if (arena_is_over(d->arena) || !has_room(d, pieces, count))
		return ERR_TOO_BIG;
	for (size_t i = 0; i < count; i++)
		keep(d, &pieces[i]);
	return OK;
}

enum err private_put(struct dispatch *d, const struct xml *el)
{
	return put(d, el, false);
}

enum err private_put_all(struct dispatch *d, const struct xml *list)
{
	return put(d, xml_first(list), true);
}

void private_remove(struct dispatch *d, struct str ns, struct str name)
{
	keep(d, &(struct piece){ .key = private_key(d->arena, ns, name) });
}

bool private_has(const struct dispatch *d, struct str ns, struct str name)
{
	return private_index_has(d->entity->private_index, private_key(d->arena, ns, name));
}

/* ---- read ---- */

/* Of a dispatch that waits, in its arena. */
struct look {
	struct str key;
	enum err err;
	struct xml *found;
	void (*fn)(struct dispatch *d, enum err err, struct xml *found);
};

/* The text lives as long as the arena. */
static enum err parse(struct arena *a, struct str text, struct xml **ret_found)
{
	struct str whole =
		ARENA_JOIN(a, STR("<query xmlns='jabber:iq:private'>"), text, STR("</query>"));

	return xml_parse(a, whole, &post_alone_scope, &post_limits, ret_found) ? ERR_IO : OK;
}

static void go_on(struct dispatch *d)
{
	struct look *look = d->wait_arg;

	look->fn(d, look->err, look->found);
}

static void on_read(void *arg, struct store_answer *answer)
{
	struct dispatch *d = arg;
	struct look *look = d->wait_arg;

	look->err = answer->err;
	if (!answer->err && answer->rows)
		look->err = parse(d->arena, answer->rows->value, &look->found);
	if (look->err)
		log_error(&d->entity->log, "private storage cannot be read", F_ERR(look->err),
			  F_STR("key", look->key));
	dispatch_resume(d);
}

static void look_up(struct dispatch *d)
{
	const struct look *look = d->wait_arg;
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = d->entity->jid.full,
					 .space = PRIVATE_SPACE,
					 .key = look->key };

	store_read(d->home->store, &request, on_read, d);
}

static void look_for(struct dispatch *d, struct str ns, struct str name,
		     void (*fn)(struct dispatch *d, enum err err, struct xml *found))
{
	struct look *look = arena_new(d->arena, struct look);

	look->key = private_key(d->arena, ns, name);
	look->fn = fn;
	look->found = xml_new(d->arena, NS_PRIVATE, STR("query"));
	d->wait_arg = look;
}

enum verdict private_get(struct dispatch *d, struct str ns, struct str name,
			 void (*fn)(struct dispatch *d, enum err err, struct xml *found))
{
	look_for(d, ns, name, fn);
	return settle_in_turn(d, look_up, go_on);
}

enum verdict private_get_alone(struct dispatch *d, struct str ns, struct str name,
			       void (*fn)(struct dispatch *d, enum err err, struct xml *found))
{
	look_for(d, ns, name, fn);
	return settle_alone(d, look_up, go_on);
}
