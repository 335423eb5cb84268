/* SPDX-License-Identifier: Apache-2.0 */
/* Prosody's files, see prosody.h: <data>/<host>/<store>/<user>.dat holds one value, .list a row of
 * them; names in paths have everything but letters and digits as %xx. */
#include "server/transfer/prosody.h"

#include "base/mem.h"
#include "server/transfer/prosody_stanza.h"
#include "server/transfer/prosody_value.h"
#include "server/transfer/statement_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PATH_BYTES = 1024,             /* of a path below the host's folder */
	VALUE_MAX = 256 * 1024 * 1024, /* bytes of a value in memory */
};

struct reader {
	struct prosody_taker taker;
	struct report *report;
	int host;               /* folder */
	struct arena values;    /* of the statement */
	char path[PATH_BYTES];  /* of the file that is read */
	const char *user;       /* as it stands in paths */
	struct dirent **stores; /* those of pubsub nodes */
	int store_count;
};

typedef enum err value_fn(struct prosody_taker *t, const struct lua *value);

/* ---- names ---- */

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The name that part of a path stands for; without pointer when it is none of Prosody's. */
static struct str decode_name(struct arena *a, struct str text)
{
	char *name = arena_alloc(a, text.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '%') {
			int high = i + 2 < text.len ? digit(text.ptr[i + 1]) : -1;
			int low = i + 2 < text.len ? digit(text.ptr[i + 2]) : -1;

			if (high < 0 || low < 0)
				return STR_NONE;
			c = (char)(high << 4 | low);
			i += 2;
		}
		name[n++] = c;
	}
	return str_make(name, n);
}

static struct str encode_name(struct arena *a, struct str name)
{
	struct sbuf out scoped(sbuf_done) = SBUF(4 * KIB);

	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
			(void)sbuf_add_char(&out, c);
		else
			(void)sbuf_printf(&out, "%%%02x", (unsigned char)c);
	}
	return arena_dup(a, sbuf_str(&out));
}

/* ---- files ---- */

static enum err refuse_file(struct reader *r, unsigned line, enum err err)
{
	report_at(r->report, r->path, line);
	(void)report_refuse(r->report, "%s",
			    err == ERR_INVALID ? "this is not what Prosody writes" : err_text(err));
	return err == ERR_TOO_BIG ? ERR_INVALID : err;
}

static unsigned line_at(const struct statement_file *f, struct str text, size_t at)
{
	unsigned line = f->line;

	for (size_t i = 0; i < at && i < text.len; i++)
		line += text.ptr[i] == '\n';
	return line;
}

static enum err read_statement(struct reader *r, struct statement_file *f, struct str text,
			       value_fn *fn)
{
	const struct lua *value;
	size_t at = 0;
	enum err err;

	arena_done(&r->values);
	arena_init(&r->values, VALUE_MAX);
	err = lua_parse(&r->values, text, &value, &at);
	if (err)
		return refuse_file(r, line_at(f, text, at), err);
	report_at(r->report, r->path, f->line);
	foreign_begin(&r->taker.foreign);
	return fn(&r->taker, value);
}

/* Opens the user's file in a store; false when there is none. */
static enum err open_file(struct reader *r, const char *store, const char *ext, int *ret_fd)
{
	struct stat st;
	int n = snprintf(r->path, sizeof(r->path), "%s/%s.%s", store, r->user, ext);

	if (n < 0 || (size_t)n >= sizeof(r->path))
		return refuse_file(r, 0, ERR_TOO_BIG);
	*ret_fd = openat(r->host, r->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (*ret_fd < 0)
		return errno == ENOENT ? OK : refuse_file(r, 0, err_from_errno(errno));
	if (fstat(*ret_fd, &st) || !S_ISREG(st.st_mode)) {
		(void)close(*ret_fd); /* nothing was read */
		return refuse_file(r, 0, ERR_INVALID);
	}
	return OK;
}

/* Hands each value of the user's file in a store to fn. */
static enum err each_value(struct reader *r, const char *store, const char *ext, value_fn *fn)
{
	struct statement_file f;
	struct str text;
	int fd = -1;
	enum err err = open_file(r, store, ext, &fd);

	if (err || fd < 0)
		return err;
	statement_file_init(&f, fd, STATEMENT_LUA);
	for (;;) {
		err = statement_file_next(&f, &text);
		if (err)
			err = refuse_file(r, f.line, err);
		if (err || !text.ptr)
			break;
		err = read_statement(r, &f, text, fn);
		if (err)
			break;
	}
	statement_file_done(&f);
	return err;
}

static struct str node_of_store(struct arena *a, const char *store)
{
	return decode_name(a, str_from_at(str_from(store), PROSODY_NODE_STORE.len));
}

static enum err on_item(struct prosody_taker *t, const struct lua *v)
{
	struct arena *a = &t->foreign.arena;
	struct str store = str_from(container_of(t, struct reader, taker)->path);
	struct str node =
		node_of_store(a,
			      arena_dup(a, str_sub(store, 0, (size_t)str_index(store, '/'))).ptr);

	return prosody_take_item(t, node, lua_get_str(v, STR("key")),
				 prosody_stanza(a, v, STR("")));
}

static enum err read_items(struct reader *r)
{
	enum err err = OK;

	for (int i = 0; i < r->store_count && !err; i++)
		err = each_value(r, r->stores[i]->d_name, "list", on_item);
	return err;
}

/* ---- an account ---- */

/* The password, where it is kept in the clear. */
static enum err find_password(struct prosody_taker *t, const struct lua *v)
{
	struct reader *r = container_of(t, struct reader, taker);
	struct str password = lua_get_str(v, STR("password")), name;

	name = decode_name(&t->foreign.arena, str_from(r->user));
	if (!name.len)
		return refuse_file(r, 0, ERR_INVALID);
	return t->foreign.sink->begin(t->foreign.sink, name, password);
}

static enum err read_account(struct reader *r)
{
	enum err err = each_value(r, "accounts", "dat", find_password);

	r->taker.has_card = false;
	for (const struct prosody_store *s = prosody_stores; s->name && !err; s++)
		err = each_value(r, s->name, s->is_list ? "list" : "dat", s->take);
	if (!err)
		err = read_items(r);
	return err ? err : r->taker.foreign.sink->end(r->taker.foreign.sink);
}

/* ---- the folder ---- */

static int is_account(const struct dirent *entry)
{
	struct str name = str_from(entry->d_name);

	return name.len > 4 && name.ptr[0] != '.' && str_ends(name, STR(".dat"));
}

static int is_node_store(const struct dirent *entry)
{
	return str_starts(str_from(entry->d_name), PROSODY_NODE_STORE);
}

static void free_entries(struct dirent **entries, int count)
{
	for (int i = 0; i < count; i++)
		mem_free(entries[i]);
	mem_free(entries);
}

static enum err read_accounts(struct reader *r)
{
	struct dirent **accounts = NULL;
	int count = scandirat(r->host, "accounts", &accounts, is_account, alphasort);
	enum err err = OK;

	if (count < 0)
		return report_refuse(r->report, "there are no accounts of this host");
	for (int i = 0; i < count && !err; i++) {
		accounts[i]->d_name[strlen(accounts[i]->d_name) - 4] = '\0';
		r->user = accounts[i]->d_name;
		err = read_account(r);
	}
	free_entries(accounts, count);
	return err;
}

static int open_host(const char *path, struct str domain)
{
	struct arena a;
	int fd;

	arena_init(&a, 16 * KIB);
	fd = open(ARENA_JOIN(&a, str_from(path), STR("/"), encode_name(&a, domain)).ptr,
		  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	arena_done(&a);
	return fd;
}

enum err prosody_read(const char *path, struct str domain, struct piece_sink *sink)
{
	struct reader r = { .report = sink->report };
	enum err err;

	report_at(r.report, path, 0);
	r.host = open_host(path, domain);
	if (r.host < 0)
		return report_refuse(r.report, "there is no readable folder of the host %.*s",
				     STR_ARG(domain));
	r.store_count = scandirat(r.host, ".", &r.stores, is_node_store, alphasort);
	foreign_init(&r.taker.foreign, sink);
	arena_init(&r.values, VALUE_MAX);
	if (r.store_count < 0 || r.store_count > PROSODY_STORES_MAX)
		err = report_refuse(r.report, "it cannot be read, or has too many pubsub nodes");
	else
		err = read_accounts(&r);
	report_at(r.report, NULL, 0);
	if (r.store_count >= 0)
		free_entries(r.stores, r.store_count);
	arena_wipe(&r.values);
	foreign_done(&r.taker.foreign);
	(void)close(r.host); /* only a name */
	return err;
}
