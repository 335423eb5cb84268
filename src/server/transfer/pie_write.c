/* SPDX-License-Identifier: Apache-2.0 */
/* XEP-0227 from the store, see pie_write.h. The file is made beside its goal, and moved there when
 * it is whole. */
#include "server/transfer/pie_write-private.h"

#include "base/mem.h"
#include "base/random.h"
#include "codec/base64.h"
#include "server/model/account.h"
#include "server/model/blocklist.h"
#include "server/model/offline.h"
#include "server/model/private_index.h"
#include "server/model/roster.h"
#include "server/model/vcard.h"
#include "server/store/archive.h"
#include "server/transfer/piece.h"
#include "xml/write.h"
#include "xmpp/datetime.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum {
	ACCOUNTS_PAGE = 100,
	ROWS_PAGE = 500,
	MESSAGES_PAGE = 500,
	MESSAGES_BYTES = 1024 * 1024, /* of a page */
	OUT_MAX = 64 * 1024 * 1024,   /* bytes of the largest row, escaped */
	FLUSH = 256 * 1024,           /* bytes */
	TOKEN_LEN = 12,
	ARENA_MAX = 16 * 1024 * 1024,
};

void pie_count(struct pie *p, enum piece_kind kind)
{
	p->report->counts[kind].found++;
	p->report->counts[kind].taken++;
}

/* ---- the file ---- */

enum err pie_flush(struct pie *p, size_t least)
{
	struct str rest = sbuf_str(&p->out);

	if (p->err || p->out.err)
		return p->err ? p->err : p->out.err;
	if (p->out.len < least)
		return OK;
	while (rest.len) {
		ssize_t n = write(p->fd, rest.ptr, rest.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return p->err = err_from_errno(errno);
		rest = str_from_at(rest, (size_t)n);
	}
	sbuf_reset(&p->out);
	return OK;
}

#define lit(p, text) (void)sbuf_lit(&(p)->out, text)

static void raw(struct pie *p, struct str s)
{
	(void)sbuf_add(&p->out, s);
}

void pie_attr(struct pie *p, const char *name, struct str value)
{
	(void)sbuf_printf(&p->out, " %s='", name);
	(void)xml_write_attr(&p->out, value);
	lit(p, "'");
}

/* ---- rows of the store ---- */

enum err pie_each_row(struct pie *p, struct str space, pie_row_fn *fn)
{
	struct str after = STR_NONE;
	struct arena last;
	bool has_more = true;
	enum err err = OK;

	arena_init(&last, ARENA_MAX);
	while (has_more && !err) {
		struct store_request request = { .kind = READ_KEYVAL,
						 .owner = p->owner,
						 .space = space,
						 .after_key = after,
						 .max = ROWS_PAGE };
		struct store_answer answer;

		err = errand_read(p->errand, &request, &answer);
		has_more = answer.has_more;
		for (const struct keyval_row *row = answer.rows; row && !err; row = row->next) {
			fn(p, row);
			err = pie_flush(p, FLUSH);
			if (!row->next) {
				arena_reset(&last);
				after = arena_dup(&last, row->key);
			}
		}
		arena_done(&answer.arena);
	}
	arena_done(&last);
	return err;
}

/* ---- credentials, settings ---- */

static void write_key(struct pie *p, const char *name, const uint8_t *bytes, size_t len)
{
	(void)sbuf_printf(&p->out, "<%s>", name);
	(void)base64_encode(&p->out, str_make((const char *)bytes, len));
	(void)sbuf_printf(&p->out, "</%s>", name);
}

static void write_credentials(struct pie *p, const struct account *account)
{
	static const char *const mechanisms[] = {
		[SCRAM_KIND_SHA1] = "SCRAM-SHA-1",
		[SCRAM_KIND_SHA256] = "SCRAM-SHA-256",
		[SCRAM_KIND_SHA512] = "SCRAM-SHA-512",
	};

	for (size_t i = 0; i < SCRAM_KINDS; i++) {
		const struct account_verifier *v = &account->verifier[i];

		if (!v->iterations)
			continue;
		(void)sbuf_printf(&p->out,
				  "<scram-credentials xmlns='urn:xmpp:pie:0#scram' mechanism='%s'>"
				  "<iter-count>%u</iter-count>",
				  mechanisms[i], v->iterations);
		write_key(p, "salt", v->salt, v->salt_len);
		write_key(p, "server-key", v->server_key, v->key_len);
		write_key(p, "stored-key", v->stored_key, v->key_len);
		lit(p, "</scram-credentials>\n");
		pie_count(p, PIECE_SCRAM);
	}
}

enum err pie_read_one(struct pie *p, struct str space, struct str key, struct str *ret_value)
{
	struct store_request request = {
		.kind = READ_KEYVAL, .owner = p->owner, .space = space, .key = key
	};
	struct store_answer answer;
	enum err err = errand_read(p->errand, &request, &answer);

	*ret_value = !err && answer.rows ? arena_dup(&p->arena, answer.rows->value) : STR_NONE;
	arena_done(&answer.arena);
	return err;
}

static enum err write_settings(struct pie *p, const struct account *account)
{
	struct str keep;
	enum err err = pie_read_one(p, ACCOUNT_RETENTION_SPACE, STR(""), &keep);

	if (err)
		return err;
	lit(p, "<account xmlns='urn:parley:account:0'");
	pie_attr(p, "created", datetime_format(&p->arena, account->wall_created));
	if (account->is_disabled)
		pie_attr(p, "disabled", STR("true"));
	if (keep.ptr)
		pie_attr(p, "keep", keep);
	lit(p, "/>\n");
	pie_count(p, PIECE_SETTINGS);
	return OK;
}

/* ---- roster ---- */

static void write_item(struct pie *p, const struct roster_item *item)
{
	struct str rest = item->groups, group;

	lit(p, "<item");
	pie_attr(p, "jid", item->jid);
	if (item->name.ptr)
		pie_attr(p, "name", item->name);
	pie_attr(p, "subscription", roster_subscription(item));
	if (item->flags & ROSTER_PENDING_OUT)
		pie_attr(p, "ask", STR("subscribe"));
	if (item->flags & ROSTER_APPROVED)
		pie_attr(p, "approved", STR("true"));
	lit(p, ">");
	while (item->groups.len && str_split(&rest, ROSTER_SEPARATOR, &group)) {
		lit(p, "<group>");
		(void)xml_write_text(&p->out, group);
		lit(p, "</group>");
	}
	lit(p, "</item>\n");
	pie_count(p, PIECE_CONTACT);
}

/* The stored text of a stanza, which says nothing about its namespace: <message …>. */
static bool write_stanza(struct pie *p, struct str name, struct str stanza)
{
	struct str rest = str_from_at(stanza, name.len);

	if (!str_starts(stanza, name) || !rest.len || !memchr(" />", rest.ptr[0], 3))
		return false;
	raw(p, name);
	if (!str_starts(rest, STR(" xmlns='")))
		lit(p, " xmlns='jabber:client'");
	raw(p, rest);
	return true;
}

/* A row of the roster as an item; false for the version, and what cannot be read. */
static bool read_item(const struct keyval_row *row, struct roster *roster,
		      struct roster_item **ret_item)
{
	if (!row->key.len || roster_decode(roster, row->key, row->value))
		return false;
	*ret_item = roster_find(roster, row->key);
	return *ret_item != NULL;
}

static void on_contact(struct pie *p, const struct keyval_row *row)
{
	struct roster *roster = roster_new();
	struct roster_item *item;

	if (read_item(row, roster, &item) && (item->flags & ROSTER_LISTED))
		write_item(p, item);
	roster_free(&roster);
}

static void on_request(struct pie *p, const struct keyval_row *row)
{
	struct roster *roster = roster_new();
	struct roster_item *item;

	if (read_item(row, roster, &item) && (item->flags & ROSTER_PENDING_IN)) {
		pie_count(p, PIECE_REQUEST);
		if (!write_stanza(p, STR("<presence"), item->request)) {
			lit(p, "<presence xmlns='jabber:client' type='subscribe'");
			pie_attr(p, "from", item->jid);
			lit(p, "/>");
		}
		lit(p, "\n");
	}
	roster_free(&roster);
}

static enum err write_roster(struct pie *p)
{
	enum err err;

	lit(p, "<query xmlns='jabber:iq:roster'>\n");
	err = pie_each_row(p, ROSTER_SPACE, on_contact);
	lit(p, "</query>\n");
	return err ? err : pie_each_row(p, ROSTER_SPACE, on_request);
}

/* ---- private storage, blocked addresses ---- */

static void on_private(struct pie *p, const struct keyval_row *row)
{
	raw(p, row->value);
	lit(p, "\n");
	pie_count(p, PIECE_PRIVATE);
}

static void on_blocked(struct pie *p, const struct keyval_row *row)
{
	lit(p, "<item");
	pie_attr(p, "jid", row->key);
	lit(p, "/>\n");
	pie_count(p, PIECE_BLOCKED);
}

static enum err write_lists(struct pie *p)
{
	enum err err;

	lit(p, "<query xmlns='jabber:iq:private'>\n");
	err = pie_each_row(p, PRIVATE_SPACE, on_private);
	lit(p, "</query>\n<blocklist xmlns='urn:xmpp:blocking'>\n");
	if (!err)
		err = pie_each_row(p, BLOCK_SPACE, on_blocked);
	lit(p, "</blocklist>\n");
	return err;
}

/* ---- messages ---- */

typedef void message_fn(struct pie *p, const struct archive_row *row);

static enum err each_message(struct pie *p, const struct archive_query *query, message_fn *fn)
{
	struct store_request request = { .kind = READ_ARCHIVE,
					 .owner = p->owner,
					 .archive = *query };
	bool is_complete = false;
	enum err err = OK;

	request.archive.max = MESSAGES_PAGE;
	request.archive.max_bytes = MESSAGES_BYTES;
	while (!is_complete && !err) {
		struct store_answer answer;

		err = errand_read(p->errand, &request, &answer);
		for (const struct archive_row *row = answer.messages; row && !err;
		     row = row->next) {
			fn(p, row);
			err = pie_flush(p, FLUSH);
		}
		is_complete = answer.is_complete || answer.examined_seq <= request.archive.after;
		request.archive.after = answer.examined_seq;
		arena_done(&answer.arena);
	}
	return err;
}

static void on_archived(struct pie *p, const struct archive_row *row)
{
	static const struct str name = STR_INIT("<message");

	if (!str_starts(row->stanza, name))
		return;
	(void)sbuf_printf(&p->out, "<result xmlns='urn:xmpp:mam:2' id='%lld'>",
			  (long long)row->seq);
	lit(p, "<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='");
	raw(p, datetime_format(&p->arena, archive_row_time(row)));
	lit(p, "'/>");
	(void)write_stanza(p, name, row->stanza); /* looked at above */
	lit(p, "</forwarded></result>\n");
	pie_count(p, PIECE_ARCHIVED);
	arena_reset(&p->arena);
}

/* With the mark of who kept it, and since when (XEP-0203). What is not to be archived says so, as
 * its sender could have (XEP-0334 4.2). */
static void on_offline(struct pie *p, const struct archive_row *row)
{
	static const struct str end = STR_INIT("</message>"),
				hint = STR_INIT("<no-permanent-store xmlns='urn:xmpp:hints'/>");
	struct str text = row->stanza;

	if ((row->flags & ARCHIVE_BLANKED) || !str_ends(text, end))
		return;
	text.len -= end.len;
	if (!write_stanza(p, STR("<message"), text))
		return;
	if (row->flags & ARCHIVE_HIDDEN && !str_ends(text, hint))
		raw(p, hint);
	lit(p, "<delay xmlns='urn:xmpp:delay'");
	pie_attr(p, "from", p->domain);
	pie_attr(p, "stamp", datetime_format(&p->arena, archive_row_time(row)));
	lit(p, "/>");
	raw(p, end);
	lit(p, "\n");
	pie_count(p, PIECE_OFFLINE);
	arena_reset(&p->arena);
}

/* Behind the mark all that is for who was away; in front of it what clients with an archive have
 * not found there, because it is hidden, and which is deleted once it has reached one. */
static enum err write_offline(struct pie *p)
{
	struct archive_query waiting = { .flags_any = ARCHIVE_OFFLINE, .with_hidden = true },
			     hidden = { .flags_any = ARCHIVE_HIDDEN, .with_hidden = true };
	struct str mark;
	enum err err = pie_read_one(p, OFFLINE_SPACE, STR(""), &mark);

	if (err)
		return err;
	if (mark.ptr && str_to_i64(mark, &waiting.after))
		waiting.after = 0;
	lit(p, "<offline-messages>\n");
	hidden.below = waiting.after + 1;
	if (waiting.after)
		err = each_message(p, &hidden, on_offline);
	if (!err)
		err = each_message(p, &waiting, on_offline);
	lit(p, "</offline-messages>\n");
	return err;
}

static enum err write_archive(struct pie *p)
{
	static const struct archive_query all = { .after = 0 };
	enum err err;

	lit(p, "<archive xmlns='urn:xmpp:pie:0#mam'>\n");
	err = each_message(p, &all, on_archived);
	lit(p, "</archive>\n");
	return err;
}

/* ---- an account ---- */

static enum err write_vcard(struct pie *p)
{
	struct str card;
	enum err err = pie_read_one(p, VCARD_SPACE, VCARD_KEY, &card);

	if (err || !card.len)
		return err;
	raw(p, card);
	lit(p, "\n");
	pie_count(p, PIECE_VCARD);
	return OK;
}

static enum err write_account(struct pie *p, const struct account *account)
{
	static enum err (*const parts[])(struct pie * p) = { write_roster,  write_offline,
							     write_lists,   write_vcard,
							     pie_write_pep, write_archive };
	ptrdiff_t at = str_index(account->owner, '@');
	enum err err;

	p->owner = account->owner;
	lit(p, "<user");
	pie_attr(p, "name", str_sub(p->owner, 0, at < 0 ? 0 : (size_t)at));
	lit(p, ">\n");
	write_credentials(p, account);
	err = write_settings(p, account);
	for (size_t i = 0; i < array_len(parts) && !err; i++) {
		arena_reset(&p->arena);
		err = parts[i](p);
		if (!err && errand_is_cancelled(p->errand))
			err = ERR_CLOSED;
	}
	lit(p, "</user>\n");
	pie_count(p, PIECE_ACCOUNT);
	return err ? err : pie_flush(p, FLUSH);
}

static enum err write_one(struct pie *p, struct str owner)
{
	struct store_request request = { .kind = READ_ACCOUNT, .owner = owner };
	struct store_answer answer;
	enum err err = errand_read(p->errand, &request, &answer);

	if (!err)
		err = write_account(p, &answer.account);
	arena_wipe(&answer.arena);
	return err;
}

static enum err write_page(struct pie *p, struct store_answer *answer, struct arena *last,
			   struct str *after)
{
	enum err err = OK;

	for (unsigned i = 0; i < answer->account_count && !err; i++)
		err = write_account(p, &answer->accounts[i]);
	if (answer->account_count) {
		arena_reset(last);
		*after = arena_dup(last, answer->accounts[answer->account_count - 1].owner);
	}
	return err;
}

static enum err write_all(struct pie *p)
{
	struct str after = STR_NONE;
	struct arena last;
	bool has_more = true;
	enum err err = OK;

	arena_init(&last, ARENA_MAX);
	while (has_more && !err) {
		struct store_request request = { .kind = READ_ACCOUNTS,
						 .after_key = after,
						 .max = ACCOUNTS_PAGE };
		struct store_answer answer;

		err = errand_read(p->errand, &request, &answer);
		if (!err)
			err = write_page(p, &answer, &last, &after);
		has_more = answer.has_more && answer.account_count > 0;
		arena_wipe(&answer.arena);
	}
	arena_done(&last);
	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err write_document(struct pie *p, struct str owner)
{
	enum err err;

	lit(p, "<?xml version='1.0' encoding='UTF-8'?>\n<server-data xmlns='urn:xmpp:pie:0'>\n");
	lit(p, "<host");
	pie_attr(p, "jid", p->domain);
	lit(p, ">\n");
	err = owner.ptr ? write_one(p, owner) : write_all(p);
	lit(p, "</host>\n</server-data>\n");
	return err ? err : pie_flush(p, 0);
}

/* ---- beside the goal, then there ---- */

static enum err sync_folder(struct arena *a, struct str path)
{
	int fd, failed;

	while (path.len && path.ptr[path.len - 1] != '/')
		path.len--;
	fd = open(path.len ? arena_dup(a, path).ptr : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_from_errno(errno);
	failed = fsync(fd) ? errno : 0;
	(void)close(fd); /* only a name */
	return err_from_errno(failed);
}

static enum err finish(struct pie *p, struct arena *a, struct str part, struct str path)
{
	if (fsync(p->fd))
		return err_from_errno(errno);
	if (renameat2(AT_FDCWD, part.ptr, AT_FDCWD, path.ptr, RENAME_NOREPLACE))
		return err_from_errno(errno);
	return sync_folder(a, path);
}

static enum err write_file(struct pie *p, struct arena *a, struct str path, struct str owner)
{
	char token[TOKEN_LEN + 1];
	struct str part;
	enum err err;

	random_token(token, TOKEN_LEN);
	part = ARENA_JOIN(a, path, STR(".part-"), str_from(token));
	if (faccessat(AT_FDCWD, path.ptr, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return ERR_EXISTS;
	p->fd = open(part.ptr, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (p->fd < 0)
		return err_from_errno(errno);
	err = write_document(p, owner);
	if (!err)
		err = finish(p, a, part, path);
	(void)close(p->fd); /* what is there was synced */
	if (err)
		(void)unlink(part.ptr); /* what cannot be removed stays for people to see */
	return err;
}

enum err pie_write(struct errand *e, struct str path, struct str domain, struct str owner,
		   struct report *report)
{
	struct pie p = { .errand = e, .report = report, .domain = domain, .fd = -1 };
	struct arena names;
	enum err err;

	p.out = SBUF(OUT_MAX);
	arena_init(&p.arena, ARENA_MAX);
	arena_init(&names, ARENA_MAX);
	err = write_file(&p, &names, arena_dup(&names, path), owner);
	if (err) {
		report_at(report, arena_dup(&names, path).ptr, 0);
		(void)report_refuse(report, "%s", err_text(err)); /* err is given */
		report_at(report, NULL, 0);
	}
	arena_done(&names);
	arena_done(&p.arena);
	sbuf_done(&p.out);
	return err;
}
