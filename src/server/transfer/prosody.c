/* SPDX-License-Identifier: Apache-2.0 */
/* Prosody's files, see prosody.h: <data>/<host>/<store>/<user>.dat holds one value, .list a row of
 * them; names in paths have everything but letters and digits as %xx. */
#include "server/transfer/prosody.h"

#include "base/mem.h"
#include "codec/hex.h"
#include "server/transfer/foreign.h"
#include "server/transfer/lua_data.h"
#include "server/transfer/prosody_stanza.h"
#include "server/transfer/statement_file.h"
#include "xmpp/ns.h"

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
	struct foreign foreign;
	struct report *report;
	int host;               /* folder */
	struct arena values;    /* of the statement */
	char path[PATH_BYTES];  /* of the file that is read */
	const char *user;       /* as it stands in paths */
	struct dirent **stores; /* those of pubsub nodes */
	int store_count;
	bool has_card;
};

typedef enum err value_fn(struct reader *r, const struct lua *value);

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
	foreign_begin(&r->foreign);
	return fn(r, value);
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

/* ---- credentials ---- */

static bool take_hex(struct reader *r, const struct lua *v, struct str name, struct str *ret)
{
	struct str text = lua_get_str(v, name);

	return text.len && hex_decode(&r->foreign.arena, text, ret) == OK;
}

static enum err on_account(struct reader *r, const struct lua *v)
{
	struct foreign_scram scram = { .salt = lua_get_str(v, STR("salt")),
				       .iterations = lua_get_number(v, STR("iteration_count"), 0) };
	double created = lua_get_number(v, STR("created"), 0);
	bool is_disabled = lua_is_true(lua_get(v, STR("disabled")));
	enum err err = OK;

	if (scram.salt.len && scram.iterations >= 1 && scram.iterations <= UINT32_MAX &&
	    take_hex(r, v, STR("stored_key"), &scram.stored_key) &&
	    take_hex(r, v, STR("server_key"), &scram.server_key))
		err = foreign_take_scram(&r->foreign, &scram);
	else if (!lua_get_str(v, STR("password")).ptr)
		foreign_leave_out(&r->foreign, PIECE_SCRAM, "not well formed");
	if (!err && (is_disabled || created > 0))
		err = foreign_take_settings(&r->foreign,
					    created > 0 && created < 1e10 ? (usec_t)(created * 1e6)
									  : 0,
					    is_disabled);
	return err;
}

/* ---- roster, blocked addresses ---- */

static enum err take_contact(struct reader *r, const struct lua *v)
{
	const struct lua *groups = lua_get(v, STR("groups"));
	struct xml *el = foreign_contact(&r->foreign, v->key->string, lua_get_str(v, STR("name")),
					 lua_get_str(v, STR("subscription")),
					 lua_get_str(v, STR("ask")).len > 0);

	if (lua_is_true(lua_get(v, STR("approved"))))
		xml_set(&r->foreign.arena, el, STR("approved"), STR("true"));
	for (const struct lua *g = groups && groups->type == LUA_TABLE ? groups->first : NULL; g;
	     g = g->next) {
		if (g->key && g->key->type == LUA_STRING)
			(void)xml_add_text_el(&r->foreign.arena, el, NS_ROSTER, STR("group"),
					      g->key->string);
	}
	return foreign_take(&r->foreign, PIECE_CONTACT, STR_NONE, el);
}

/* A request is true, or the stanza that it was. */
static enum err take_request(struct reader *r, const struct lua *v)
{
	struct xml *el;

	if (v->type != LUA_TABLE)
		return foreign_take_request(&r->foreign, v->key->string);
	el = prosody_stanza(&r->foreign.arena, v, NS_CLIENT);
	if (el)
		xml_set(&r->foreign.arena, el, STR("from"), v->key->string);
	return foreign_take(&r->foreign, PIECE_REQUEST, STR_NONE, el);
}

static bool has_string_key(const struct lua *v)
{
	return v->key && v->key->type == LUA_STRING;
}

static const struct lua *first_of(const struct lua *t)
{
	return t && t->type == LUA_TABLE ? t->first : NULL;
}

static enum err on_roster(struct reader *r, const struct lua *roster)
{
	const struct lua *pending = lua_get(lua_get_false(roster), STR("pending"));
	enum err err = OK;

	if (!pending) /* before 0.10 */
		pending = lua_get(roster, STR("pending"));
	for (const struct lua *v = first_of(pending); v && !err; v = v->next) {
		if (has_string_key(v) && (v->type == LUA_TABLE || lua_is_true(v)))
			err = take_request(r, v);
	}
	for (const struct lua *v = first_of(roster); v && !err; v = v->next) {
		if (has_string_key(v) && v->type == LUA_TABLE && v != pending)
			err = take_contact(r, v);
	}
	return err;
}

static enum err on_blocklist(struct reader *r, const struct lua *list)
{
	enum err err = OK;

	for (const struct lua *v = first_of(list); v && !err; v = v->next) {
		if (has_string_key(v) && (lua_is_true(v) || v->type == LUA_NUMBER))
			err = foreign_take_blocked(&r->foreign, v->key->string);
	}
	return err;
}

/* ---- single elements ---- */

static enum err on_vcard(struct reader *r, const struct lua *v)
{
	r->has_card = true;
	return foreign_take(&r->foreign, PIECE_VCARD, STR_NONE,
			    prosody_stanza(&r->foreign.arena, v, NS_VCARD));
}

static enum err on_private(struct reader *r, const struct lua *table)
{
	enum err err = OK;

	for (const struct lua *v = first_of(table); v && !err; v = v->next) {
		if (has_string_key(v))
			err = foreign_take(&r->foreign, PIECE_PRIVATE, STR_NONE,
					   prosody_stanza(&r->foreign.arena, v,
							  STR("jabber:iq:private")));
	}
	return err;
}

/* ---- messages ---- */

static usec_t when(const struct lua *v)
{
	double seconds = lua_get_number(v, STR("when"), 0);

	return seconds > 0 && seconds < 1e11 ? (usec_t)(seconds * 1e6) : 0;
}

static struct xml *message_of(struct reader *r, const struct lua *v)
{
	struct xml *el = prosody_stanza(&r->foreign.arena, v, NS_CLIENT);

	if (el) { /* of the store, not of the message */
		xml_set(&r->foreign.arena, el, STR("stamp"), STR_NONE);
		xml_set(&r->foreign.arena, el, STR("stamp_legacy"), STR_NONE);
	}
	return el;
}

static enum err on_archived(struct reader *r, const struct lua *v)
{
	struct xml *el = message_of(r, v);

	if (el && when(v))
		return foreign_take_archived(&r->foreign, el, when(v));
	foreign_leave_out(&r->foreign, PIECE_ARCHIVED, "not well formed");
	return OK;
}

static enum err on_offline(struct reader *r, const struct lua *v)
{
	struct xml *el = message_of(r, v);

	if (el)
		return foreign_take_offline(&r->foreign, el, when(v));
	foreign_leave_out(&r->foreign, PIECE_OFFLINE, "not well formed");
	return OK;
}

/* [false]: the default; addresses: true or false. */
static enum err on_prefs(struct reader *r, const struct lua *prefs)
{
	struct arena *a = &r->foreign.arena;
	const struct lua *standard = lua_get_false(prefs);
	struct xml *el = xml_new(a, NS_MAM, STR("prefs")), *lists[2];
	struct str word = lua_str(standard);

	if (!word.ptr)
		word = lua_is_true(standard) ? STR("always") : STR("never");
	xml_set(a, el, STR("default"), word);
	lists[1] = xml_add_new(a, el, NS_MAM, STR("always"));
	lists[0] = xml_add_new(a, el, NS_MAM, STR("never"));
	for (const struct lua *v = first_of(prefs); v; v = v->next) {
		if (has_string_key(v) && v->type == LUA_BOOL)
			(void)xml_add_text_el(a, lists[v->is_true], NS_MAM, STR("jid"),
					      v->key->string);
	}
	return foreign_take(&r->foreign, PIECE_PREFS, STR_NONE, el);
}

/* ---- pubsub nodes of an account ---- */

static enum err on_nodes(struct reader *r, const struct lua *nodes)
{
	enum err err = OK;

	for (const struct lua *v = first_of(nodes); v && !err; v = v->next) {
		if (has_string_key(v) && (v->type == LUA_TABLE || lua_is_true(v)))
			err = foreign_take(&r->foreign, PIECE_NODE, STR_NONE,
					   prosody_node(&r->foreign.arena, v));
	}
	return err;
}

static struct str node_of_store(struct arena *a, const char *store)
{
	return decode_name(a, str_from_at(str_from(store), 4)); /* behind "pep_" */
}

static enum err on_item(struct reader *r, const struct lua *v)
{
	struct arena *a = &r->foreign.arena;
	struct str store = str_from(r->path);
	struct str node =
		node_of_store(a,
			      arena_dup(a, str_sub(store, 0, (size_t)str_index(store, '/'))).ptr);
	struct xml *payload = prosody_stanza(a, v, STR("")), *card, *item;
	enum err err;

	if (payload)
		xml_set(a, payload, STR("stamp"), STR_NONE);
	card = payload && !r->has_card ? prosody_card(a, payload) : NULL;
	item = xml_new(a, STR("http://jabber.org/protocol/pubsub"), STR("item"));
	xml_set(a, item, STR("id"), lua_get_str(v, STR("key")));
	if (payload)
		xml_add(item, payload);
	err = foreign_take(&r->foreign, PIECE_ITEM, node, item);
	if (err || !card)
		return err;
	r->has_card = true;
	return foreign_take(&r->foreign, PIECE_VCARD, STR_NONE, card);
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
static enum err find_password(struct reader *r, const struct lua *v)
{
	struct str password = lua_get_str(v, STR("password")), name;

	name = decode_name(&r->foreign.arena, str_from(r->user));
	if (!name.len)
		return refuse_file(r, 0, ERR_INVALID);
	return r->foreign.sink->begin(r->foreign.sink, name, password);
}

static enum err read_account(struct reader *r)
{
	static const struct {
		const char *store, *ext;
		value_fn *fn;
	} stores[] = {
		{ "accounts", "dat", find_password }, { "accounts", "dat", on_account },
		{ "roster", "dat", on_roster },       { "vcard", "dat", on_vcard },
		{ "private", "dat", on_private },     { "blocklist", "dat", on_blocklist },
		{ "archive_prefs", "dat", on_prefs }, { "pep", "dat", on_nodes },
		{ "offline", "list", on_offline },    { "archive", "list", on_archived },
	};
	enum err err = OK;

	r->has_card = false;
	for (size_t i = 0; i < array_len(stores) && !err; i++)
		err = each_value(r, stores[i].store, stores[i].ext, stores[i].fn);
	if (!err)
		err = read_items(r);
	return err ? err : r->foreign.sink->end(r->foreign.sink);
}

/* ---- the folder ---- */

static int is_account(const struct dirent *entry)
{
	struct str name = str_from(entry->d_name);

	return name.len > 4 && name.ptr[0] != '.' && str_ends(name, STR(".dat"));
}

static int is_node_store(const struct dirent *entry)
{
	return str_starts(str_from(entry->d_name), STR("pep_"));
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
	foreign_init(&r.foreign, sink);
	arena_init(&r.values, VALUE_MAX);
	if (r.store_count < 0 || r.store_count > PROSODY_STORES_MAX)
		err = report_refuse(r.report, "it cannot be read, or has too many pubsub nodes");
	else
		err = read_accounts(&r);
	report_at(r.report, NULL, 0);
	if (r.store_count >= 0)
		free_entries(r.stores, r.store_count);
	arena_wipe(&r.values);
	foreign_done(&r.foreign);
	(void)close(r.host); /* only a name */
	return err;
}
