/* SPDX-License-Identifier: Apache-2.0 */
/* The server's list of blocked addresses, see bans.h. */
#include "server/bans.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/sbuf.h"
#include "server/model/banlist.h"
#include "server/route/banned.h"
#include "server/s2s/s2s_life.h"

#include <errno.h>
#include <stdio.h>

enum { PAGE = 1000 /* rows read at a time */ };

static const struct conf_key keys[] = {
	{ "block.addresses", CONF_LIST, "[ ]", 0, 0,
	  "Addresses (user@domain), domains, and all below a domain (*.domain) that this server has nothing to do with." },
	{ "block.lists", CONF_LIST, "[ ]", 0, 0,
	  "Files with more of them, one a line, # begins a comment; read again on SIGHUP." },
	{ .path = NULL },
};
const struct conf_table bans_conf_table = { .module = "Block lists", .keys = keys };

struct bans {
	struct home *home;
	struct banlist *files; /* of the configuration and its files */
	struct bans_state state;
	struct letter start;
	struct reading *reading; /* under way */
	struct conf *next;       /* a count: to be read behind it */
};

/* Files being read, by a thread of the pool once loops run. */
struct reading {
	struct job job;
	struct bans *bans;
	struct conf *conf; /* a count */
	struct banlist *list;
	struct bans_state state;
};

/* A list being put together, and on its way. */
struct round {
	struct letter letter;
	struct home *first;
	struct banlist *list;
	unsigned next;
	enum err err;
	void (*fn)(void *arg, enum err e); /* may be NULL */
	void *arg;
};

/* ---- files ---- */

static enum err read_file(struct banlist *l, const char *path, unsigned *ret_line)
{
	struct sbuf text scoped(sbuf_done) = SBUF(BANLIST_FILE_MAX);
	FILE *f = fopen(path, "re");
	char part[64 * KIB];
	enum err e = OK;
	size_t n;

	if (!f)
		return err_from_errno(errno);
	while (!e && (n = fread(part, 1, sizeof(part), f)) > 0)
		e = sbuf_add(&text, str_make(part, n));
	if (!e && ferror(f))
		e = ERR_IO;
	(void)fclose(f); /* it was only read */
	return e ? e : banlist_read(l, sbuf_str(&text), ret_line);
}

/* All of them, so that everything that is wrong is told at once. */
static bool add_files(struct banlist *l, const struct conf *conf, struct bans_state *state)
{
	bool is_good = true;

	for (size_t i = 0; i < state->file_count; i++) {
		struct bans_file *f = &state->files[i];

		f->path = conf_resolve(conf, conf_list_at(conf, "block.lists", i));
		f->err = read_file(l, f->path, &f->line);
		if (f->err)
			log_error(NULL, "a list of blocked addresses cannot be read",
				  F_STR("file", str_from(f->path)), F_INT("line", f->line),
				  F_ERR(f->err));
		is_good = is_good && !f->err;
	}
	return is_good;
}

static bool add_addresses(struct banlist *l, const struct conf *conf)
{
	bool is_good = true;

	for (size_t i = 0; i < conf_list_count(conf, "block.addresses"); i++) {
		struct str text = conf_list_at(conf, "block.addresses", i);
		unsigned line;

		if (banlist_read(l, text, &line)) {
			log_error(NULL, "no address that can be blocked", F_STR("address", text));
			is_good = false;
		}
	}
	return is_good;
}

/* ---- to all homes ---- */

static void on_return(struct letter *letter)
{
	struct round *r = container_of(letter, struct round, letter);

	(void)banlist_unref(r->list);
	if (r->fn)
		r->fn(r->arg, r->err);
	mem_free(r);
}

static void pass_on(struct round *r);

static void on_visit(struct letter *letter)
{
	struct round *r = container_of(letter, struct round, letter);
	struct home *h = r->first->all[r->next++];

	(void)banlist_unref(h->bans);
	h->bans = r->list->items.count ? banlist_ref(r->list) : NULL;
	if (h->remote_owner)
		s2s_life_review(h->remote_owner);
	banned_changed(h);
	pass_on(r);
}

static void pass_on(struct round *r)
{
	bool is_done = r->err || r->next == r->first->count;

	r->letter.fn = is_done ? on_return : on_visit;
	loop_post(is_done ? r->first->loop : r->first->all[r->next]->loop, &r->letter);
}

/* ---- what was added by command ---- */

static void read_page(struct round *r, struct str after);

static void on_page(void *arg, struct store_answer *answer)
{
	struct round *r = arg;
	struct str last = STR_NONE;

	r->err = answer->err == ERR_NOT_FOUND ? OK : answer->err;
	for (const struct keyval_row *row = answer->rows; !r->err && row; row = row->next) {
		r->err = banlist_add(r->list, row->key);
		last = row->key;
	}
	if (r->err)
		log_error(NULL, "the list of blocked addresses is not renewed", F_ERR(r->err));
	if (!r->err && answer->has_more && last.ptr)
		read_page(r, last);
	else
		pass_on(r);
}

static void read_page(struct round *r, struct str after)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = r->first->domain,
					 .space = BAN_SPACE,
					 .after_key = after,
					 .max = PAGE };

	store_read(r->first->store, &request, on_page, r);
}

static struct banlist *copy(const struct banlist *from)
{
	struct banlist *l = banlist_new();
	const char *key;
	size_t at = 0;

	while ((key = map_next(&from->items, &at)))
		must(banlist_add(l, str_from(key)) == OK); /* it was there: there is room */
	return l;
}

static void renew(struct bans *b, void (*fn)(void *arg, enum err e), void *arg)
{
	struct round *r = mem_zalloc(1, sizeof(*r));

	r->first = b->home;
	r->list = copy(b->files);
	r->fn = fn;
	r->arg = arg;
	read_page(r, STR_NONE);
}

/* ---- life ---- */

static void forget_files(struct bans_state *state)
{
	for (size_t i = 0; i < state->file_count; i++)
		mem_free(state->files[i].path);
	mem_free(state->files);
	state->files = NULL;
	state->file_count = 0;
}

static struct reading *reading_new(struct bans *b, struct conf *conf)
{
	struct reading *r = mem_zalloc(1, sizeof(*r));

	r->bans = b;
	r->conf = conf_ref(conf);
	r->list = banlist_new();
	r->state.file_count = conf_list_count(conf, "block.lists");
	r->state.files = mem_zalloc(r->state.file_count + 1, sizeof(*r->state.files));
	return r;
}

/* On any thread. */
static void read_all(struct reading *r)
{
	r->state.wall_good = wall_now();
	r->state.is_good = add_addresses(r->list, r->conf);
	r->state.is_good = add_files(r->list, r->conf, &r->state) && r->state.is_good;
	r->state.addresses = r->list->items.count;
}

/* What was read is in force, or what was there before stays; r is gone. */
static void take_files(struct bans *b, struct reading *r)
{
	if (r->state.is_good) {
		(void)banlist_unref(b->files);
		b->files = banlist_ref(r->list);
		log_info(NULL, "lists of blocked addresses read",
			 F_INT("addresses", (int64_t)r->state.addresses));
	} else {
		r->state.wall_good = b->state.wall_good;
		r->state.addresses = b->state.addresses;
	}
	forget_files(&b->state);
	b->state = r->state;
	(void)banlist_unref(r->list);
	(void)conf_unref(r->conf);
	mem_free(r);
}

static void begin_reading(struct bans *b, struct conf *conf);

static void on_read(struct job *j)
{
	struct reading *r = container_of(j, struct reading, job);
	struct bans *b = r->bans;
	struct conf *next = b->next;

	b->reading = NULL;
	b->next = NULL;
	take_files(b, r);
	renew(b, NULL, NULL);
	if (next)
		begin_reading(b, next);
	(void)conf_unref(next);
}

static void run_reading(struct job *j, unused_arg void *thread_ctx)
{
	read_all(container_of(j, struct reading, job));
}

static void begin_reading(struct bans *b, struct conf *conf)
{
	struct reading *r = reading_new(b, conf);

	r->job.run = run_reading;
	r->job.done = on_read;
	b->reading = r;
	if (pool_submit(b->home->pool, &r->job) == OK)
		return;
	read_all(r); /* the pool is full: rather late than not at all */
	on_read(&r->job);
}

static void on_start(struct letter *l)
{
	renew(container_of(l, struct bans, start), NULL, NULL);
}

struct bans *bans_new(struct home *home)
{
	struct bans *b = mem_zalloc(1, sizeof(*b));
	struct reading *r;

	b->home = home;
	b->files = banlist_new();
	r = reading_new(b, home->conf);
	read_all(r);
	take_files(b, r);
	b->start.fn = on_start;
	loop_post(home->loop, &b->start); /* the store answers loops that run */
	return b;
}

void bans_free(struct bans **bans)
{
	struct bans *b = *bans;

	*bans = NULL;
	if (!b)
		return;
	for (unsigned i = 0; i < b->home->count; i++)
		b->home->all[i]->bans = banlist_unref(b->home->all[i]->bans);
	b->files = banlist_unref(b->files);
	forget_files(&b->state);
	mem_free(b);
}

void bans_reload(struct bans *b, struct conf *conf)
{
	if (!b->reading) {
		begin_reading(b, conf);
		return;
	}
	(void)conf_unref(b->next);
	b->next = conf_ref(conf);
}

const struct bans_state *bans_state(const struct bans *b)
{
	return &b->state;
}

/* ---- commands ---- */

struct change {
	struct bans *bans;
	void (*fn)(void *arg, enum err e);
	void *arg;
};

static void on_committed(struct txn *t)
{
	struct change *c = t->arg;
	enum err e = t->err;

	txn_free(&t);
	if (e)
		c->fn(c->arg, e);
	else
		renew(c->bans, c->fn, c->arg);
	mem_free(c);
}

void bans_change(void *bans, struct str address, struct str why, bool is_added,
		 void (*fn)(void *arg, enum err e), void *arg)
{
	struct bans *b = bans;
	struct change *c = mem_zalloc(1, sizeof(*c));
	struct txn *t = txn_new();

	*c = (struct change){ .bans = b, .fn = fn, .arg = arg };
	if (is_added)
		txn_put(t, b->home->domain, BAN_SPACE, address,
			ban_encode(wall_now(), why, &t->arena));
	else
		txn_delete(t, b->home->domain, BAN_SPACE, address);
	t->done = on_committed;
	t->arg = c;
	store_commit(b->home->store, t);
}
