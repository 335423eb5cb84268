/* SPDX-License-Identifier: Apache-2.0 */
/* Letters between a component's connection and its home, see plug.h. The connection's last letter
 * goes to the home and back; then the plug is freed, and no other letter is under way. */
#include "server/component/plug.h"

#include "base/mem.h"
#include "server/route/post.h"

struct note {
	struct letter letter;
	struct plug *plug;
	struct bytes *stanza;
	size_t bytes;
	enum stream_condition why;
	struct str text;
};

static struct note *note_new(struct plug *p, void (*fn)(struct letter *l))
{
	struct note *n = mem_zalloc(1, sizeof(*n));

	n->letter.fn = fn;
	n->plug = p;
	return n;
}

static struct note *note_of(struct letter *l)
{
	return container_of(l, struct note, letter);
}

/* ---- at the connection ---- */

static void on_accepted(struct letter *l)
{
	struct note *n = note_of(l);

	if (n->plug->conn)
		n->plug->conn_ops->on_attached(n->plug->conn, true);
	mem_free(n);
}

static void on_refused(struct letter *l)
{
	struct note *n = note_of(l);

	if (n->plug->conn)
		n->plug->conn_ops->on_attached(n->plug->conn, false);
	mem_free(n);
}

static void on_stanza(struct letter *l)
{
	struct note *n = note_of(l);
	struct plug *p = n->plug;

	if (p->conn)
		p->conn_ops->on_stanza(p->conn, n->stanza);
	else
		post_error(p->from, bytes_str(n->stanza), COND_REMOTE_SERVER_TIMEOUT, STR_NONE);
	(void)bytes_unref(n->stanza);
	mem_free(n);
}

static void on_kick(struct letter *l)
{
	struct note *n = note_of(l);

	if (n->plug->conn)
		n->plug->conn_ops->on_kick(n->plug->conn, n->why, n->text);
	mem_free(n);
}

static void on_left(struct letter *l)
{
	struct note *n = note_of(l);

	mem_free(n->plug);
	mem_free(n);
}

/* ---- at the home ---- */

static void on_attach(struct letter *l)
{
	struct note *n = note_of(l);
	struct plug *p = n->plug;

	p->is_attached = p->home_ops->on_attach(p);
	n->letter.fn = p->is_attached ? on_accepted : on_refused;
	loop_post(p->from->loop, &n->letter);
	if (p->is_attached)
		p->home_ops->on_ready(p);
}

static void on_written(struct letter *l)
{
	struct note *n = note_of(l);

	if (n->plug->is_attached)
		n->plug->home_ops->on_written(n->plug, n->bytes);
	mem_free(n);
}

static void on_leave(struct letter *l)
{
	struct note *n = note_of(l);
	struct plug *p = n->plug;

	if (p->is_attached)
		p->home_ops->on_detach(p);
	p->is_attached = false;
	n->letter.fn = on_left;
	loop_post(p->from->loop, &n->letter);
}

/* ---- what the connection does ---- */

struct plug *plug_new(const struct plug_conn_ops *conn_ops, const struct plug_home_ops *home_ops,
		      void *conn, struct home *from, struct str domain, struct str peer)
{
	struct plug *p = mem_alloc(sizeof(*p) + domain.len + peer.len);

	*p = (struct plug){ .conn_ops = conn_ops,
			    .home_ops = home_ops,
			    .conn = conn,
			    .from = from,
			    .home = home_of(from, domain) };
	memcpy(p->name, domain.ptr, domain.len);
	memcpy(p->name + domain.len, peer.ptr, peer.len);
	p->domain = str_make(p->name, domain.len);
	p->peer = str_make(p->name + domain.len, peer.len);
	loop_post(p->home->loop, &note_new(p, on_attach)->letter);
	return p;
}

void plug_leave(struct plug **pp)
{
	struct plug *p = *pp;

	*pp = NULL;
	if (!p)
		return;
	p->conn = NULL;
	loop_post(p->home->loop, &note_new(p, on_leave)->letter);
}

void plug_written(struct plug *p, size_t bytes)
{
	struct note *n = note_new(p, on_written);

	n->bytes = bytes;
	loop_post(p->home->loop, &n->letter);
}

/* ---- what the home does ---- */

void plug_send(struct plug *p, struct bytes *stanza)
{
	struct note *n = note_new(p, on_stanza);

	n->stanza = bytes_ref(stanza);
	loop_post(p->from->loop, &n->letter);
}

void plug_kick(struct plug *p, enum stream_condition why, struct str text)
{
	struct note *n = note_new(p, on_kick);

	n->why = why;
	n->text = text;
	loop_post(p->from->loop, &n->letter);
}
