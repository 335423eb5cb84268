/* SPDX-License-Identifier: Apache-2.0 */
/* One message of an archive, see archived.h. */
#include "server/room/archived.h"

#include "server/route/archive_id.h"
#include "server/route/post.h"
#include "xml/build.h"
#include "xmpp/ns.h"

struct archived *archived_new(struct dispatch *d, struct str id)
{
	struct archived *m = arena_new(d->arena, struct archived);

	return archive_id_read(d->home, id, &m->seq) && m->seq > 0 ? m : NULL;
}

static void on_read(void *arg, struct store_answer *found)
{
	struct dispatch *d = arg;
	struct archived *m = d->wait_arg;
	const struct archive_row *row = found->messages;

	m->err = found->err;
	if (!found->err && !row)
		m->err = ERR_NOT_FOUND;
	if (!m->err) {
		m->flags = row->flags;
		m->text = arena_dup(d->arena, row->stanza);
	}
	if (m->then)
		m->then(d, m);
	else
		dispatch_resume(d);
}

void archived_look(struct dispatch *d, struct archived *m)
{
	struct store_request request = {
		.kind = READ_ARCHIVE,
		.owner = d->entity->jid.full,
		.archive = { .ids = &m->seq, .id_count = 1, .max = 1, .must_exist = true }
	};

	d->wait_arg = m;
	store_read(d->home->store, &request, on_read, d);
}

enum condition archived_condition(enum err e)
{
	return e == ERR_NOT_FOUND ? COND_ITEM_NOT_FOUND
	       : e == ERR_BUSY    ? COND_RESOURCE_CONSTRAINT
				  : COND_INTERNAL_SERVER_ERROR;
}

struct xml *archived_parse(struct dispatch *d, const struct archived *m)
{
	struct xml *el;

	return m->err || xml_parse(d->arena, m->text, &post_scope, &post_limits, &el) ? NULL : el;
}

struct str archived_author(const struct xml *message)
{
	const struct xml *x = xml_child(message, NS_MUC_USER, STR("x"));

	return x ? xml_attr(xml_child(x, NS_MUC_USER, STR("item")), STR("jid")) : STR("");
}
