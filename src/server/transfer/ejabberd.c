/* SPDX-License-Identifier: Apache-2.0 */
/* ejabberd's dumps, see ejabberd.h: an index of the rows, sorted by account, table and time. */
#include "server/transfer/ejabberd.h"

#include "base/map.h"
#include "base/mem.h"
#include "server/transfer/ejabberd_row.h"
#include "server/transfer/statement_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	NAMES_MAX = 256 * 1024 * 1024, /* bytes of all users and nodes */
	ROW_MAX = 256 * 1024 * 1024,   /* bytes of a row in memory */
	KEY_MAX = 24,                  /* of a node's number */
};

/* An account, or somebody who has rows all the same. */
struct user {
	struct str name;
	bool has_account;
};

struct node {
	struct user *user; /* NULL: nobody's here */
	struct str name;
	char key[KEY_MAX]; /* its number */
};

struct entry {
	const struct user *user; /* NULL while the node is not known: an item */
	const struct node *node; /* of an item */
	uint64_t offset;
	usec_t wall;
	uint32_t line, len;
	enum ejabberd_table table;
};

struct reader {
	struct foreign foreign;
	struct report *report;
	const char *path;
	struct str domain;
	int fd;
	struct arena names, row;
	struct map users, nodes;
	struct entry *entries;
	size_t count, room;
	struct sbuf text; /* of the row that is read again */
	bool has_tables;
};

static enum err refuse(struct reader *r, unsigned line, enum err err)
{
	report_at(r->report, r->path, line);
	(void)report_refuse(r->report, "%s",
			    err == ERR_INVALID ? "this is not what ejabberdctl dump writes"
					       : err_text(err));
	return err == ERR_TOO_BIG ? ERR_INVALID : err;
}

static enum err parse(struct reader *r, struct str text, unsigned line,
		      const struct term **ret_term)
{
	size_t at = 0;
	enum err err;

	arena_done(&r->row);
	arena_init(&r->row, ROW_MAX);
	err = erlang_parse(&r->row, text, ret_term, &at);
	for (size_t i = 0; err && i < at && i < text.len; i++)
		line += text.ptr[i] == '\n';
	return err ? refuse(r, line, err) : OK;
}

/* ---- the index ---- */

static struct user *user_of(struct reader *r, struct str name)
{
	struct user *u = map_get(&r->users, name);

	if (u)
		return u;
	u = arena_new(&r->names, struct user);
	u->name = arena_dup(&r->names, name);
	(void)map_set(&r->users, u->name, u);
	return u;
}

static struct node *node_of(struct reader *r, int64_t number)
{
	char key[KEY_MAX];
	struct node *n;

	(void)snprintf(key, sizeof(key), "%lld", (long long)number);
	n = map_get(&r->nodes, str_from(key));
	if (n)
		return n;
	n = arena_new(&r->names, struct node);
	memcpy(n->key, key, sizeof(key));
	(void)map_set(&r->nodes, str_from(n->key), n);
	return n;
}

static struct entry *add_entry(struct reader *r)
{
	if (r->count == r->room) {
		r->room = r->room ? 2 * r->room : 1024;
		r->entries = mem_grow(r->entries, r->room * sizeof(*r->entries));
	}
	return &r->entries[r->count++];
}

static enum err index_row(struct reader *r, const struct term *t, struct entry place)
{
	struct ejabberd_row row;

	if (!ejabberd_look(t, &row) || (row.table != EJABBERD_ITEM && !str_eq(row.host, r->domain)))
		return OK;
	place.table = row.table;
	place.wall = row.wall;
	if (row.table == EJABBERD_ITEM) {
		place.node = node_of(r, row.node);
	} else {
		struct user *u = user_of(r, row.user);

		u->has_account |= row.table == EJABBERD_PASSWD;
		place.user = u;
	}
	if (row.table == EJABBERD_NODE) {
		struct node *n = node_of(r, row.node);

		n->user = user_of(r, row.user);
		n->name = arena_dup(&r->names, row.node_name);
	}
	if (r->count == EJABBERD_ROWS_MAX || arena_is_over(&r->names)) {
		report_at(r->report, r->path, place.line);
		return report_refuse(r->report, "more than %d rows, or too many names",
				     EJABBERD_ROWS_MAX);
	}
	*add_entry(r) = place;
	return OK;
}

static enum err index_statements(struct reader *r, struct statement_file *f)
{
	uint64_t end = 0;

	for (;;) {
		const struct term *t;
		struct str text;
		enum err err = statement_file_next(f, &text);

		if (err)
			return refuse(r, f->line, err);
		if (!text.ptr)
			return OK;
		if (!ejabberd_is_wanted(text))
			continue;
		end = statement_file_end(f);
		err = parse(r, text, f->line, &t);
		if (err)
			return err;
		r->has_tables |= term_is_record(t, STR("tables"), 2);
		err = index_row(r, t,
				(struct entry){ .offset = end - text.len,
						.len = (uint32_t)text.len,
						.line = f->line });
		if (err)
			return err;
	}
}

/* ---- its order ---- */

static int compare(const void *one, const void *other)
{
	const struct entry *a = one, *b = other;
	int order;

	if (!a->user || !b->user)
		return (a->user == NULL) - (b->user == NULL);
	order = str_cmp(a->user->name, b->user->name);
	if (!order)
		order = (int)a->table - (int)b->table;
	if (!order)
		order = (a->wall > b->wall) - (a->wall < b->wall);
	return order ? order : (a->offset > b->offset) - (a->offset < b->offset);
}

/* Items go to who owns their node; what belongs to no account of this host goes to the end. */
static void sort_entries(struct reader *r)
{
	for (size_t i = 0; i < r->count; i++) {
		struct entry *e = &r->entries[i];

		if (e->table == EJABBERD_ITEM)
			e->user = e->node->user;
		if (e->user && !e->user->has_account)
			e->user = NULL;
	}
	if (r->count)
		qsort(r->entries, r->count, sizeof(*r->entries), compare);
}

/* ---- rows again ---- */

static enum err read_row(struct reader *r, const struct entry *e, const struct term **ret_term)
{
	size_t done = 0;

	sbuf_reset(&r->text);
	if (sbuf_room(&r->text, e->len))
		return refuse(r, e->line, ERR_TOO_BIG);
	while (done < e->len) {
		ssize_t n =
			pread(r->fd, r->text.ptr + done, e->len - done, (off_t)(e->offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return refuse(r, e->line, ERR_IO);
		done += (size_t)n;
	}
	return parse(r, str_make(r->text.ptr, e->len), e->line, ret_term);
}

/* e is the first row of its user. Since 24 there may be one of PASSWD for each kind of password:
 * one in the clear says what all others do. */
static enum err begin_account(struct reader *r, const struct entry *e)
{
	const struct entry *end = r->entries + r->count, *at = e;
	const struct user *user = e->user;
	struct str password = STR_NONE;

	for (; at < end && at->user == user && at->table == EJABBERD_PASSWD && !password.ptr;
	     at++) {
		const struct term *t;
		enum err err = read_row(r, at, &t);

		if (err)
			return err;
		password = ejabberd_password(t);
	}
	report_at(r->report, r->path, e->line);
	return r->foreign.sink->begin(r->foreign.sink, user->name, password);
}

static enum err take_row(struct reader *r, const struct entry *e)
{
	const struct term *t;
	enum err err = read_row(r, e, &t);

	report_at(r->report, r->path, e->line);
	if (err)
		return err;
	foreign_begin(&r->foreign);
	return ejabberd_take(&r->foreign, t, e->table, e->node ? e->node->name : STR_NONE);
}

static enum err read_accounts(struct reader *r)
{
	enum err err = OK;
	size_t i = 0;

	while (!err && i < r->count && r->entries[i].user) {
		const struct user *user = r->entries[i].user;

		err = begin_account(r, &r->entries[i]); /* the first row is that of passwd */
		for (; !err && i < r->count && r->entries[i].user == user; i++)
			err = take_row(r, &r->entries[i]);
		if (!err)
			err = r->foreign.sink->end(r->foreign.sink);
	}
	return err;
}

/* ---- the file ---- */

static enum err open_dump(struct reader *r)
{
	struct stat st;

	r->fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (r->fd < 0)
		return refuse(r, 0, err_from_errno(errno));
	return fstat(r->fd, &st) || !S_ISREG(st.st_mode) ? refuse(r, 0, ERR_INVALID) : OK;
}

static enum err read_dump(struct reader *r)
{
	struct statement_file f;
	enum err err = open_dump(r);

	if (err)
		return err;
	statement_file_init(&f, dup(r->fd), STATEMENT_ERLANG);
	err = f.fd < 0 ? ERR_BUSY : index_statements(r, &f);
	statement_file_done(&f);
	if (!err && !r->has_tables)
		err = refuse(r, 1, ERR_INVALID);
	if (err)
		return err;
	sort_entries(r);
	return read_accounts(r);
}

enum err ejabberd_read(const char *path, struct str domain, struct piece_sink *sink)
{
	struct reader r = { .report = sink->report, .path = path, .domain = domain, .fd = -1 };
	enum err err;

	foreign_init(&r.foreign, sink);
	arena_init(&r.names, NAMES_MAX);
	arena_init(&r.row, ROW_MAX);
	map_init(&r.users);
	map_init(&r.nodes);
	r.text = SBUF(STATEMENT_MAX);
	err = read_dump(&r);
	report_at(r.report, NULL, 0);
	if (r.fd >= 0)
		(void)close(r.fd); /* only read */
	sbuf_done(&r.text);
	map_done(&r.users);
	map_done(&r.nodes);
	mem_free(r.entries);
	arena_done(&r.names);
	arena_wipe(&r.row);
	foreign_done(&r.foreign);
	return err;
}
