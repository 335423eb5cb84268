/* SPDX-License-Identifier: Apache-2.0 */
/* Clients of an account, see clients.h. */
#include "server/route/clients.h"

#include "base/mem.h"
#include "server/route/entity.h"
#include "xmpp/condition.h"

enum { CLIENTS_ARENA_MAX = 1024 * 1024 /* bytes */ };

/* A question on its way: to the store, to the loop of the account, and back. */
struct question {
	struct letter letter;
	struct loop *asker;
	struct home *home; /* of the account */
	struct arena arena;
	struct str owner, id; /* in the arena */
	struct client_view *views;
	size_t count;
	enum err err;
	bool has_ended; /* sessions of it */
	clients_fn *list_fn;
	void (*out_fn)(void *arg, enum err err);
	void *arg;
};

static struct question *question_new(struct home *h, struct str owner, void *arg)
{
	struct question *q = mem_zalloc(1, sizeof(*q));

	arena_init(&q->arena, CLIENTS_ARENA_MAX);
	q->asker = loop_current();
	q->home = home_of(h, owner);
	q->owner = arena_dup(&q->arena, owner);
	q->arg = arg;
	return q;
}

static void on_answer(struct letter *l)
{
	struct question *q = container_of(l, struct question, letter);

	if (q->list_fn)
		q->list_fn(q->arg, q->err, q->views, q->count);
	else
		q->out_fn(q->arg, q->err);
	arena_done(&q->arena);
	mem_free(q);
}

static void go_back(struct question *q)
{
	q->letter.fn = on_answer;
	loop_post(q->asker, &q->letter);
}

/* What stands for a session whose client has not said who it is. */
static struct str session_view_id(struct arena *a, const struct resource *r)
{
	const struct home *h = r->entity->home;
	struct siphash_key key = { h->id_key[0], h->id_key[3] };

	return arena_printf(a, "session-%016llx", (unsigned long long)siphash(key, r->jid.full));
}

/* ---- listing ---- */

static struct client_view *find_view(struct question *q, struct str id)
{
	for (size_t i = 0; i < q->count; i++) {
		if (str_eq(q->views[i].id, id))
			return &q->views[i];
	}
	return NULL;
}

static void note(struct question *q, const struct resource *r)
{
	bool is_known = r->client_id[0] != '\0';
	struct str id = is_known ? arena_dup(&q->arena, str_from(r->client_id))
				 : session_view_id(&q->arena, r);
	struct client_view *v = find_view(q, id);

	if (!v) { /* its row made room for others: it can log in all the same */
		if (q->count == CLIENTS_LISTED_MAX)
			return;
		v = &q->views[q->count++];
		*v = (struct client_view){ .id = id, .is_known = is_known, .knows_password = true };
		v->client.wall_first = v->client.wall_last = r->wall_bound;
	}
	v->is_connected = true;
}

static void on_visit(struct letter *l)
{
	struct question *q = container_of(l, struct question, letter);
	struct entity *e = entity_find(q->home, q->owner);

	if (e) {
		resource_each(r, &e->resources) note(q, r);
	}
	go_back(q);
}

static struct client client_dup(struct arena *a, const struct client *c)
{
	struct client copy = *c;

	copy.mechanism = arena_dup(a, c->mechanism);
	copy.software = arena_dup(a, c->software);
	copy.device = arena_dup(a, c->device);
	return copy;
}

static void on_rows(void *arg, struct store_answer *answer)
{
	struct question *q = arg;
	struct client_row rows[CLIENT_ROWS_MAX];
	size_t count;

	q->err = answer->err;
	if (q->err) {
		go_back(q);
		return;
	}
	answer->account.owner = q->owner;
	count = client_rows(q->home->accounts, answer, rows);
	q->views = arena_zalloc(&q->arena, CLIENTS_LISTED_MAX * sizeof(*q->views));
	for (size_t i = 0; i < count; i++)
		q->views[q->count++] =
			(struct client_view){ .id = arena_dup(&q->arena, rows[i].id),
					      .client = client_dup(&q->arena, &rows[i].client),
					      .is_known = true,
					      .knows_password = rows[i].knows_password,
					      .has_token = rows[i].has_token };
	q->letter.fn = on_visit;
	loop_post(q->home->loop, &q->letter);
}

void clients_list(struct home *h, struct str owner, clients_fn *fn, void *arg)
{
	struct question *q = question_new(h, owner, arg);
	struct store_request request = { .kind = READ_OWNER,
					 .owner = q->owner,
					 .spaces = client_spaces,
					 .space_count = CLIENT_SPACE_COUNT };

	q->list_fn = fn;
	store_read(h->store, &request, on_rows, q);
}

/* ---- signing out ---- */

static bool is_of(struct question *q, const struct resource *r)
{
	return r->client_id[0] ? str_eq(q->id, str_from(r->client_id))
			       : str_eq(q->id, session_view_id(&q->arena, r));
}

/* RFC 6120 4.9.3.16: what the stream was made with has been revoked. */
static void on_end(struct letter *l)
{
	struct question *q = container_of(l, struct question, letter);
	struct entity *e = entity_find(q->home, q->owner);

	if (e) {
		entity_pin(e);
		resource_each(r, &e->resources)
		{
			if (!is_of(q, r))
				continue;
			q->has_ended = true;
			r->ops->kick(r, STREAM_RESET, STR("this client was signed out"));
		}
		entity_unpin(e);
	}
	/* Without a row, it may come again as it came. */
	if (q->err == ERR_NOT_FOUND && q->has_ended)
		q->err = ERR_DENIED;
	go_back(q);
}

static void on_removed(void *arg, enum err err)
{
	struct question *q = arg;

	q->err = err;
	if (err && err != ERR_DENIED && err != ERR_NOT_FOUND) {
		go_back(q);
		return;
	}
	q->letter.fn = on_end;
	loop_post(q->home->loop, &q->letter);
}

void clients_sign_out(struct home *h, struct str owner, struct str id,
		      void (*fn)(void *arg, enum err err), void *arg)
{
	struct question *q = question_new(h, owner, arg);

	q->out_fn = fn;
	q->id = arena_dup(&q->arena, id);
	client_remove(h->accounts, q->owner, q->id, on_removed, q);
}
