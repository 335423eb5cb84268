/* SPDX-License-Identifier: Apache-2.0 */
/* Searching for people, see people.h. Who wants to be found says so by a command, and what others
 * may see of him; nobody is found otherwise. On the loop of the entity. */
#include "server/feature/people.h"

#include "server/model/directory.h"
#include "server/route/adhoc.h"
#include "server/route/errand.h"
#include "xmpp/ns.h"

enum {
	PAGE = 500,          /* rows that are read at a time */
	SCANNED_MAX = 20000, /* rows that one search looks at */
	FOUND_MAX = 50,      /* people in an answer */
};

static const struct {
	enum directory_field field;
	struct str label;
} shown[] = { { DIRECTORY_NICK, STR_INIT("Nickname") },
	      { DIRECTORY_FIRST, STR_INIT("Given name") },
	      { DIRECTORY_LAST, STR_INIT("Family name") },
	      { DIRECTORY_EMAIL, STR_INIT("Email") } };

/* ---- what can be asked (XEP-0055 2.1) ---- */

#define INSTRUCTIONS                                                                               \
	STR("Fill in one or more fields to find people of this server who want to be found. "      \
	    "The beginning of a word is enough.")

static enum verdict on_get(struct dispatch *d)
{
	struct xml *reply = reply_result(d->arena, &d->stanza);
	struct xml *query = xml_add_new(d->arena, reply, NS_IQ_SEARCH, STR("query"));
	struct xml *form = form_new(d->arena, STR("form"), NS_IQ_SEARCH);

	(void)xml_add_text_el(d->arena, query, NS_IQ_SEARCH, STR("instructions"), INSTRUCTIONS);
	(void)xml_add_text_el(d->arena, form, NS_DATA, STR("title"), STR("Find people"));
	(void)xml_add_text_el(d->arena, form, NS_DATA, STR("instructions"), INSTRUCTIONS);
	for (size_t i = 0; i < array_len(shown); i++) {
		struct str name = directory_field_name(shown[i].field);

		(void)xml_add_new(d->arena, query, NS_IQ_SEARCH, name);
		(void)form_add(d->arena, form, name, STR("text-single"), shown[i].label);
	}
	xml_add(query, form);
	return dispatch_reply(d, reply);
}

/* ---- a search (2.2) ---- */

struct found {
	struct found *next;
	struct str jid;
	struct directory_card card;
};

/* While it goes on; in the arena. */
struct search {
	struct directory_card wanted;
	bool has_form; /* it was asked with a form, and is answered with one */
	size_t scanned, count;
	struct found *first, **last;
	enum err err;
};

static void read_page(struct dispatch *d, struct str after);

static void take(struct dispatch *d, struct search *s, const struct keyval_row *row)
{
	struct directory_card card = { 0 };
	struct found *f;

	if (directory_decode(&card, row->value) || !directory_matches(&card, &s->wanted) ||
	    s->count == FOUND_MAX)
		return;
	f = arena_new(d->arena, struct found);
	*f = (struct found){ .jid = arena_dup(d->arena, row->key) };
	for (unsigned i = 0; i < DIRECTORY_FIELDS; i++)
		f->card.text[i] = arena_dup(d->arena, card.text[i]);
	*s->last = f;
	s->last = &f->next;
	s->count++;
}

static void on_page(void *arg, struct store_answer *answer)
{
	struct dispatch *d = arg;
	struct search *s = d->wait_arg;
	struct str last = STR_NONE;

	s->err = answer->err == ERR_NOT_FOUND ? OK : answer->err;
	for (const struct keyval_row *row = s->err ? NULL : answer->rows; row; row = row->next) {
		take(d, s, row);
		s->scanned++;
		last = row->key;
	}
	if (!s->err && answer->has_more && last.ptr && s->count < FOUND_MAX &&
	    s->scanned < SCANNED_MAX)
		read_page(d, arena_dup(d->arena, last));
	else
		dispatch_resume(d);
}

static void read_page(struct dispatch *d, struct str after)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = d->home->domain,
					 .space = DIRECTORY_SPACE,
					 .after_key = after,
					 .max = PAGE };

	store_read(d->home->store, &request, on_page, d);
}

/* 8.: the fields that every item has, then the items. */
static void add_form(struct dispatch *d, struct xml *query, const struct search *s)
{
	struct xml *form = form_new(d->arena, STR("result"), NS_IQ_SEARCH);
	struct xml *reported = xml_add_new(d->arena, form, NS_DATA, STR("reported"));

	(void)form_add(d->arena, reported, STR("jid"), STR("jid-single"), STR("Address"));
	for (size_t i = 0; i < array_len(shown); i++)
		(void)form_add(d->arena, reported, directory_field_name(shown[i].field),
			       STR("text-single"), shown[i].label);
	for (const struct found *f = s->first; f; f = f->next) {
		struct xml *item = xml_add_new(d->arena, form, NS_DATA, STR("item"));

		form_add_field(d->arena, item, STR("jid"), STR_NONE, f->jid);
		for (size_t i = 0; i < array_len(shown); i++)
			form_add_field(d->arena, item, directory_field_name(shown[i].field),
				       STR_NONE, f->card.text[shown[i].field]);
	}
	xml_add(query, form);
}

static void add_items(struct dispatch *d, struct xml *query, const struct search *s)
{
	for (const struct found *f = s->first; f; f = f->next) {
		struct xml *item = xml_add_new(d->arena, query, NS_IQ_SEARCH, STR("item"));

		xml_set(d->arena, item, STR("jid"), f->jid);
		for (size_t i = 0; i < array_len(shown); i++) {
			(void)xml_add_text_el(d->arena, item, NS_IQ_SEARCH,
					      directory_field_name(shown[i].field),
					      f->card.text[shown[i].field]);
		}
	}
}

static void answer(struct dispatch *d)
{
	const struct search *s = d->wait_arg;
	struct xml *reply, *query;

	if (s->err) {
		(void)dispatch_error(d, s->err == ERR_BUSY ? COND_RESOURCE_CONSTRAINT
							   : COND_INTERNAL_SERVER_ERROR);
		return;
	}
	reply = reply_result(d->arena, &d->stanza);
	query = xml_add_new(d->arena, reply, NS_IQ_SEARCH, STR("query"));
	if (s->has_form)
		add_form(d, query, s);
	else
		add_items(d, query, s);
	(void)dispatch_reply(d, reply);
}

/* What is looked for; ERR_INVALID for what cannot be. */
static enum err read_wanted(struct dispatch *d, struct search *s)
{
	const struct xml *query = stanza_payload(&d->stanza);
	const struct xml *form = xml_child(query, NS_DATA, STR("x"));

	s->has_form = form != NULL;
	if (form && (form_check(form) || !form_submitted(query, NS_IQ_SEARCH, d->arena)))
		return ERR_INVALID;
	for (unsigned i = 0; i < DIRECTORY_FIELDS; i++) {
		enum directory_field f = (enum directory_field)i;
		const struct xml *el = xml_child(query, NS_IQ_SEARCH, directory_field_name(f));
		struct str text = form ? form_value(form, directory_field_name(f), d->arena)
				  : el ? xml_text(el, d->arena)
				       : STR("");

		if (directory_set(&s->wanted, f, text.ptr ? text : STR("")))
			return ERR_INVALID;
	}
	return OK;
}

static enum verdict on_set(struct dispatch *d)
{
	struct search *s = arena_new(d->arena, struct search);

	s->last = &s->first;
	if (read_wanted(d, s))
		return dispatch_error(d, COND_BAD_REQUEST);
	if (directory_is_empty(&s->wanted))
		return dispatch_error_text(d, COND_NOT_ACCEPTABLE, STR("fill in a field"));
	d->wait_arg = s;
	read_page(d, STR_NONE);
	return dispatch_wait(d, answer);
}

/* ---- the command: who wants to be found ---- */

static void on_row(void *arg, struct store_answer *found)
{
	struct adhoc *x = arg;
	struct directory_card card = { 0 };
	bool is_listed =
		!found->err && found->rows && directory_decode(&card, found->rows->value) == OK;

	if (found->err && found->err != ERR_NOT_FOUND) {
		adhoc_failed_err(x, found->err);
		return;
	}
	adhoc_form(x, STR("Be found by others"),
		   STR("People of this server find you by what you fill in here, and see it."));
	form_add_value(x->arena,
		       adhoc_field(x, STR("listed"), STR("boolean"), STR("I want to be found")),
		       is_listed ? STR("true") : STR("false"));
	for (size_t i = 0; i < array_len(shown); i++) {
		struct xml *field = adhoc_field(x, directory_field_name(shown[i].field),
						STR("text-single"), shown[i].label);

		if (is_listed && card.text[shown[i].field].len)
			form_add_value(x->arena, field,
				       arena_dup(x->arena, card.text[shown[i].field]));
	}
	adhoc_ask(x);
}

static void ask(struct adhoc *x)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = x->home->domain,
					 .space = DIRECTORY_SPACE,
					 .key = x->entity->jid.full };

	store_read(x->home->store, &request, on_row, x);
}

static struct str check(struct adhoc *x)
{
	struct directory_card card = { 0 };

	for (unsigned i = 0; i < DIRECTORY_FIELDS; i++) {
		enum directory_field f = (enum directory_field)i;

		if (directory_set(&card, f, adhoc_value(x, directory_field_name(f))))
			return STR("one of these texts is too long, or has more than one line");
	}
	return adhoc_bool(x, STR("listed"), false) && directory_is_empty(&card)
		       ? STR("fill in something that others may find you by")
		       : STR_NONE;
}

static void act(struct dispatch *d, void *arg)
{
	const struct adhoc *x = arg;
	struct directory_card card = { 0 };

	if (!adhoc_bool(x, STR("listed"), false)) {
		txn_delete(dispatch_txn(d), d->home->domain, DIRECTORY_SPACE, d->entity->jid.full);
		return;
	}
	for (unsigned i = 0; i < DIRECTORY_FIELDS; i++) {
		enum directory_field f = (enum directory_field)i;

		must(!directory_set(&card, f, adhoc_value(x, directory_field_name(f))));
	}
	txn_put(dispatch_txn(d), d->home->domain, DIRECTORY_SPACE, d->entity->jid.full,
		directory_encode(&card, d->arena));
}

static void done(void *arg, enum err err)
{
	struct adhoc *x = arg;

	if (err)
		adhoc_failed_err(x, err);
	else
		adhoc_done(x, STR_NONE);
}

static void run(struct adhoc *x)
{
	errand_run(x->home, x->entity->jid.full, act, done, x);
}

static const struct adhoc_stage stages[] = { { ask, check } };

static const struct adhoc_command commands[] = {
	{ .node = STR_INIT("urn:parley:people:0#settings"),
	  .name = STR_INIT("Be found by others"),
	  .form_type = STR_INIT("urn:parley:people:0"),
	  .stages = stages,
	  .stage_count = array_len(stages),
	  .run = run },
	{ .node = { .ptr = NULL } },
};

/* ---- life ---- */

static void on_removal(struct dispatch *d)
{
	txn_delete(dispatch_txn(d), d->home->domain, DIRECTORY_SPACE, d->entity->jid.full);
}

#define SEARCH STR_INIT("jabber:iq:search")

static const struct iq_handler iq[] = {
	{ SEARCH, STR_INIT("query"), IQ_GET, TARGET_DOMAIN, on_get },
	{ SEARCH, STR_INIT("query"), IQ_SET, TARGET_DOMAIN, on_set },
	{ .run = NULL },
};

static const struct str vars[] = { SEARCH, { .ptr = NULL } };

const struct feature feature_people = {
	.name = "people",
	.spec = "XEP-0055 1.3",
	.test = "im/people.talk",
	.disco_domain = vars,
	.iq = iq,
	.commands = commands,
	.on_removal = on_removal,
};
