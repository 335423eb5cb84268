/* SPDX-License-Identifier: Apache-2.0 */
/* Searching the directory, see search.h. Rows are read in order of their keys, so that pages
 * neither miss nor repeat a room; one request looks at so many and no more, and its page may then
 * be short: the next one goes on behind it. In the order of users every page looks at all. */
#include "server/room/search.h"

#include "server/model/room_listing.h"
#include "server/room/popular.h"
#include "server/room/room.h"
#include "xep/form.h"
#include "xep/rsm.h"
#include "xmpp/ns.h"

enum {
	PAGE_FIRST = 50,
	PAGE_MAX = 100,
	READ_MAX = 200,         /* rows of one look-up */
	SCAN_MAX = 2000,        /* rows that one request looks at */
	SCAN_MAX_USERS = 20000, /* the same in the order of users, which needs all; those behind
				   are not found */
	WORDS_MAX = 8,
	QUERY_MAX = 256, /* bytes */
};

#define CHANNEL_SEARCH   "urn:xmpp:channel-search:0"
#define NS_SEARCH        STR(CHANNEL_SEARCH ":search")
#define NS_SEARCH_PARAMS STR(CHANNEL_SEARCH ":search-params")
#define NS_SEARCH_ERROR  STR(CHANNEL_SEARCH ":error")
#define BY_ADDRESS       STR("{" CHANNEL_SEARCH ":order}address")
#define BY_USERS         STR("{" CHANNEL_SEARCH ":order}nusers")

/* Of the service's entity: what was counted last. */
static size_t entity_offset;

static struct popular **popular_slot(const struct entity *e)
{
	return entity_slot(e, entity_offset);
}

/* ---- what is looked for ---- */

/* In the order of users: most first, then by address. */
struct place {
	size_t users;
	struct str address;
};

struct search {
	bool by_users;
	struct place behind; /* by users: where the page before ended */
	bool has_behind;
	struct place best[PAGE_MAX]; /* by users: those of the page, in order */
	size_t best_count;
	struct rsm rsm;
	unsigned wanted, scanned;
	struct str words[WORDS_MAX];
	size_t word_count;
	bool in_name, in_description, in_address, has_types, has_rooms;
	struct str after;  /* the last row that was looked at */
	bool is_exhausted; /* there are no more rows */
	enum err err;
	unsigned found;
	struct str first, last;
	struct xml *result;
};

static bool has_word(struct str text, struct str word)
{
	for (size_t i = 0; i + word.len <= text.len; i++) {
		if (str_eq_nocase(str_sub(text, i, word.len), word))
			return true;
	}
	return false;
}

static bool fits(const struct search *s, const struct room_listing *c)
{
	for (size_t i = 0; i < s->word_count; i++) {
		if (!(s->in_name && has_word(c->name, s->words[i])) &&
		    !(s->in_description && has_word(c->description, s->words[i])) &&
		    !(s->in_address && has_word(c->address, s->words[i])))
			return false;
	}
	return !s->has_types || s->has_rooms;
}

/* ---- errors ---- */

static enum verdict refuse(struct dispatch *d, enum condition c, const char *why, const char *text)
{
	struct xml *el = dispatch_error_new(d, c, str_from(text)), *error;

	error = xml_child(el, el->ns, STR("error"));
	xml_set(d->arena, error, STR("type"), STR("modify"));
	(void)xml_add_new(d->arena, error, NS_SEARCH_ERROR, str_from(why));
	return dispatch_reply(d, el);
}

/* ---- the form ---- */

static void add_bool(struct dispatch *d, struct xml *form, const char *var, const char *label,
		     bool value)
{
	struct xml *field =
		form_add(d->arena, form, str_from(var), STR("boolean"), str_from(label));

	form_add_value(d->arena, field, value ? STR("true") : STR("false"));
}

static enum verdict send_form(struct dispatch *d)
{
	struct xml *reply = reply_result(d->arena, &d->stanza), *form, *field;

	form = form_new(d->arena, STR("form"), NS_SEARCH_PARAMS);
	(void)form_add(d->arena, form, STR("q"), STR("text-single"), STR("Search for"));
	add_bool(d, form, "all", "Return all entries (ignore search terms)", false);
	add_bool(d, form, "sinname", "Search in name", true);
	add_bool(d, form, "sindescription", "Search in description", true);
	add_bool(d, form, "sinaddress", "Search in address", true);
	field = form_add(d->arena, form, STR("types"), STR("list-multi"), STR("Service types"));
	form_add_value(d->arena, field, STR("xep-0045"));
	form_add_option(d->arena, field, STR("xep-0045"), STR("Multi-user chats"));
	field = form_add(d->arena, form, STR("key"), STR("list-single"), STR("Sort results by"));
	form_add_value(d->arena, field, BY_ADDRESS);
	form_add_option(d->arena, field, BY_ADDRESS, STR("Address"));
	form_add_option(d->arena, field, BY_USERS, STR("Number of online users"));
	xml_add(xml_add_new(d->arena, reply, NS_SEARCH, STR("search")), form);
	return dispatch_reply(d, reply);
}

static bool bool_of(const struct xml *form, const char *var, bool otherwise)
{
	bool value;

	return form_bool(form, str_from(var), &value) ? otherwise : value;
}

static void read_types(struct dispatch *d, const struct xml *form, struct search *s)
{
	const struct str *types;
	size_t count = form_values(form, STR("types"), d->arena, &types);

	s->has_types = count > 0;
	for (size_t i = 0; i < count; i++)
		s->has_rooms = s->has_rooms || str_eq(types[i], STR("xep-0045"));
}

/* Words of at least two bytes. */
static void read_words(struct str q, struct search *s)
{
	struct str word;

	while (s->word_count < WORDS_MAX && str_split(&q, ' ', &word)) {
		word = str_trim(word);
		if (word.len >= 2)
			s->words[s->word_count++] = word;
	}
}

/* False: d is answered. */
static bool read_form(struct dispatch *d, const struct xml *form, struct search *s)
{
	struct str q = form_value(form, STR("q"), d->arena),
		   key = form_value(form, STR("key"), d->arena);
	bool is_all = bool_of(form, "all", false);

	q = q.ptr ? str_trim(q) : STR("");
	s->in_name = bool_of(form, "sinname", true);
	s->in_description = bool_of(form, "sindescription", true);
	s->in_address = bool_of(form, "sinaddress", bool_of(form, "sinaddr", true));
	read_types(d, form, s);
	read_words(q, s);
	s->by_users = str_is_set(key) && str_eq(key, BY_USERS);
	if (str_is_set(key) && key.len && !str_eq(key, BY_ADDRESS) && !s->by_users)
		(void)refuse(d, COND_FEATURE_NOT_IMPLEMENTED, "invalid-sort-key",
			     "Rooms are sorted by address, or by the number of users.");
	else if (is_all && q.len)
		(void)refuse(d, COND_BAD_REQUEST, "conflicting-fields",
			     "All entries, or those with these words: not both.");
	else if (!is_all && (!s->word_count || q.len > QUERY_MAX))
		(void)refuse(d, COND_BAD_REQUEST, "invalid-search-terms",
			     "Words to search for have at least two characters.");
	else if (s->word_count && !s->in_name && !s->in_description && !s->in_address)
		(void)refuse(d, COND_BAD_REQUEST, "conflicting-fields",
			     "There is nothing left to search in.");
	else
		return true;
	return false;
}

/* ---- results ---- */

static void add_text(struct dispatch *d, struct xml *item, const char *name, struct str text)
{
	if (text.len)
		(void)xml_add_text_el(d->arena, item, NS_SEARCH, str_from(name),
				      arena_dup(d->arena, text));
}

static void add_item(struct dispatch *d, struct search *s, const struct room_listing *c)
{
	struct xml *item = xml_add_new(d->arena, s->result, NS_SEARCH, STR("item"));
	struct str address = arena_dup(d->arena, c->address);
	size_t users = popular_of(*popular_slot(d->entity), address);

	s->last =
		s->by_users ? arena_printf(d->arena, "%zu %.*s", users, STR_ARG(address)) : address;
	if (!s->found++)
		s->first = s->last;
	xml_set(d->arena, item, STR("address"), address);
	add_text(d, item, "nusers", arena_printf(d->arena, "%zu", users));
	add_text(d, item, "name", c->name);
	add_text(d, item, "description", c->description);
	add_text(d, item, "language", c->lang);
	add_text(d, item, "service-type", STR("xep-0045"));
	if (!c->is_whole)
		return;
	add_text(d, item, "is-open", c->is_open ? STR("true") : STR("false"));
	add_text(d, item, "anonymity-mode",
		 c->is_anonymous ? STR("muc_semianonymous")
				 : STR("{" CHANNEL_SEARCH ":anonymity}none"));
}

/* ---- in the order of users ---- */

static int compare(const struct place *a, const struct place *b)
{
	if (a->users != b->users)
		return a->users > b->users ? -1 : 1;
	return str_cmp(a->address, b->address);
}

/* Where a page ended: "users address". */
static bool read_behind(struct search *s)
{
	struct str rest = s->rsm.after, users;
	uint64_t n;

	s->has_behind = rest.len > 0;
	if (!s->has_behind)
		return true;
	if (!str_split(&rest, ' ', &users) || str_to_u64(users, &n))
		return false;
	s->behind = (struct place){ .users = (size_t)n, .address = rest };
	return true;
}

/* One that fits: is it among those of the page? */
static void consider(struct dispatch *d, struct search *s, const struct room_listing *c)
{
	struct place p = { .users = popular_of(*popular_slot(d->entity), c->address),
			   .address = c->address };
	size_t at = s->best_count;

	if (s->has_behind && compare(&p, &s->behind) <= 0)
		return;
	while (at && compare(&p, &s->best[at - 1]) < 0)
		at--;
	if (at == s->wanted)
		return;
	s->best_count += s->best_count < s->wanted;
	memmove(&s->best[at + 1], &s->best[at], (s->best_count - at - 1) * sizeof(s->best[0]));
	p.address = arena_dup(d->arena, p.address);
	s->best[at] = p;
}

static void on_best(void *arg, struct store_answer *found)
{
	struct dispatch *d = arg;
	struct search *s = d->wait_arg;

	s->err = found->err;
	for (size_t i = 0; i < s->best_count && !found->err; i++) {
		for (const struct keyval_row *row = found->rows; row; row = row->next) {
			struct room_listing c;

			if (!str_eq(row->key, s->best[i].address))
				continue;
			room_listing_read(row->key, row->value, &c);
			add_item(d, s, &c);
		}
	}
	dispatch_resume(d);
}

static void read_best(struct dispatch *d, struct search *s)
{
	struct str *keys = arena_alloc(d->arena, (s->best_count + 1) * sizeof(*keys));
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = d->entity->jid.full,
					 .space = ROOM_DIRECTORY_SPACE,
					 .keys = keys };

	for (size_t i = 0; i < s->best_count; i++)
		keys[request.key_count++] = s->best[i].address;
	s->is_exhausted = true; /* the page is what it is */
	if (request.key_count)
		store_read(d->home->store, &request, on_best, d);
	else
		dispatch_resume(d);
}

/* ---- looking ---- */

static void look(struct dispatch *d, struct search *s);

static bool is_enough(const struct search *s)
{
	if (s->err || s->is_exhausted)
		return true;
	return s->by_users ? s->scanned >= SCAN_MAX_USERS
			   : s->found == s->wanted || s->scanned >= SCAN_MAX;
}

static void on_rows(void *arg, struct store_answer *found)
{
	struct dispatch *d = arg;
	struct search *s = d->wait_arg;
	const struct keyval_row *row = found->rows;

	s->err = found->err;
	for (; row && !found->err && s->found < s->wanted; row = row->next) {
		struct room_listing c;

		s->scanned++;
		s->after = arena_dup(d->arena, row->key);
		room_listing_read(row->key, row->value, &c);
		if (fits(s, &c) && s->by_users)
			consider(d, s, &c);
		else if (fits(s, &c))
			add_item(d, s, &c);
	}
	s->is_exhausted = !row && !found->has_more;
	if (!is_enough(s))
		look(d, s);
	else if (s->by_users && !s->err)
		read_best(d, s);
	else
		dispatch_resume(d);
}

static void look(struct dispatch *d, struct search *s)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = d->entity->jid.full,
					 .space = ROOM_DIRECTORY_SPACE,
					 .after_key = s->after,
					 .max = READ_MAX };

	store_read(d->home->store, &request, on_rows, d);
}

static void answer(struct dispatch *d)
{
	struct search *s = d->wait_arg;
	struct rsm_page page = { .first = s->first, .last = s->last };
	struct xml *reply;

	if (s->err) {
		(void)dispatch_error(d, s->err == ERR_BUSY ? COND_RESOURCE_CONSTRAINT
							   : COND_INTERNAL_SERVER_ERROR);
		return;
	}
	if (!s->is_exhausted &&
	    s->found < s->wanted) { /* the next page goes on behind what was seen */
		page.last = s->after;
		page.first = s->first.ptr ? s->first : s->after;
	}
	rsm_write(d->arena, s->result, &page);
	reply = reply_result(d->arena, &d->stanza);
	xml_add(reply, s->result);
	(void)dispatch_reply(d, reply);
}

static void on_counted(void *arg)
{
	struct dispatch *d = arg;

	look(d, d->wait_arg);
}

static void begin(struct dispatch *d, struct search *s)
{
	struct popular **p = popular_slot(d->entity);

	if (popular_is_fresh(*p))
		look(d, s);
	else
		popular_count(d->home, d->entity->jid.full, p, on_counted, d);
}

static enum verdict on_search(struct dispatch *d)
{
	const struct xml *query = stanza_payload(&d->stanza);
	const struct xml *form = xml_child(query, NS_DATA, STR("x"));
	struct search *s;

	if (!form)
		return send_form(d);
	if (form_check(form) || !form_submitted(query, NS_SEARCH_PARAMS, d->arena))
		return dispatch_error(d, COND_BAD_REQUEST);
	s = arena_new(d->arena, struct search);
	*s = (struct search){ .wanted = PAGE_FIRST };
	if (rsm_read(query, d->arena, &s->rsm))
		return dispatch_error(d, COND_BAD_REQUEST);
	if (s->rsm.before.ptr || s->rsm.has_index)
		return dispatch_error(d, COND_FEATURE_NOT_IMPLEMENTED);
	if (!read_form(d, form, s))
		return DONE;
	if (s->rsm.has_max)
		s->wanted = s->rsm.max < 1 ? 1 : s->rsm.max < PAGE_MAX ? s->rsm.max : PAGE_MAX;
	if (s->by_users && !read_behind(s))
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	s->after = s->by_users ? STR_NONE : s->rsm.after;
	s->result = xml_new(d->arena, NS_SEARCH, STR("result"));
	d->wait_arg = s;
	begin(d, s);
	return dispatch_wait(d, answer);
}

static const struct iq_handler iq[] = {
	{ STR_INIT("urn:xmpp:channel-search:0:search"), STR_INIT("search"), IQ_GET, TARGET_SERVER,
	  on_search },
	{ .run = NULL },
};

static void on_unload(struct entity *e)
{
	popular_free(popular_slot(e));
}

static const struct str vars[] = { STR_INIT("urn:xmpp:channel-search:0:search"), { .ptr = NULL } };

const struct feature room_search_feature = {
	.name = "room_search",
	.spec = "XEP-0433 0.1.0",
	.test = "rooms/search.talk, rooms/popular.talk",
	.entity_state = sizeof(struct popular *),
	.entity_offset = &entity_offset,
	.on_unload = on_unload,
	.iq = iq,
	.disco_domain = vars,
};
