/* SPDX-License-Identifier: Apache-2.0 */
/* Node configuration, see pubsub_config.h. */
#include "xep/pubsub_config.h"

#include "xep/form.h"

#define WORDS(...)                                                                                 \
	(const struct str[])                                                                       \
	{                                                                                          \
		__VA_ARGS__,                                                                       \
		{                                                                                  \
			.ptr = NULL                                                                \
		}                                                                                  \
	}
#define BOOLEAN WORDS(STR_INIT("0"), STR_INIT("1"))
#define NEVER   WORDS(STR_INIT("0"))

enum kind { KIND_BOOL, KIND_LIST, KIND_NUMBER, KIND_TEXT, KIND_TEXTS };

struct field {
	struct str var, label;
	enum kind kind;
	unsigned at;
	unsigned preset;         /* of choices and numbers */
	const struct str *words; /* of choices, in the order of their enum */
	bool is_meta;            /* stands in the node's meta-data, too */
};

static const struct field fields[] = {
	{ STR_INIT("pubsub#title"), STR_INIT("Name"), KIND_TEXT, PUBSUB_TITLE, 0, NULL, true },
	{ STR_INIT("pubsub#description"), STR_INIT("Description"), KIND_TEXT, PUBSUB_DESCRIPTION, 0,
	  NULL, true },
	{ STR_INIT("pubsub#type"), STR_INIT("Type of the payload"), KIND_TEXT, PUBSUB_TYPE, 0, NULL,
	  true },
	{ STR_INIT("pubsub#language"), STR_INIT("Language"), KIND_TEXT, PUBSUB_LANGUAGE, 0, NULL,
	  true },
	{ STR_INIT("pubsub#access_model"), STR_INIT("Who may subscribe and read"), KIND_LIST,
	  PUBSUB_ACCESS_MODEL, ACCESS_PRESENCE,
	  WORDS(STR_INIT("open"), STR_INIT("presence"), STR_INIT("roster"), STR_INIT("authorize"),
		STR_INIT("whitelist")),
	  true },
	{ STR_INIT("pubsub#roster_groups_allowed"), STR_INIT("Groups that may read"), KIND_TEXTS,
	  PUBSUB_ROSTER_GROUPS, 0, NULL, false },
	{ STR_INIT("pubsub#publish_model"), STR_INIT("Who may publish"), KIND_LIST,
	  PUBSUB_PUBLISH_MODEL, PUBLISH_PUBLISHERS,
	  WORDS(STR_INIT("publishers"), STR_INIT("subscribers"), STR_INIT("open")), true },
	{ STR_INIT("pubsub#persist_items"), STR_INIT("Keep items"), KIND_BOOL, PUBSUB_PERSIST_ITEMS,
	  1, BOOLEAN, false },
	{ STR_INIT("pubsub#max_items"), STR_INIT("Items that are kept at most"), KIND_NUMBER,
	  PUBSUB_MAX_ITEMS, 1, NULL, true },
	{ STR_INIT("pubsub#item_expire"), STR_INIT("Seconds until an item goes"), KIND_NUMBER,
	  PUBSUB_ITEM_EXPIRE, 0, NULL, false },
	{ STR_INIT("pubsub#publish_node_full"), STR_INIT("What happens when the node is full"),
	  KIND_LIST, PUBSUB_NODE_FULL, NODE_FULL_RETRACT_OLDEST,
	  WORDS(STR_INIT("retract-oldest"), STR_INIT("discard-oldest"), STR_INIT("reject")),
	  false },
	{ STR_INIT("pubsub#max_payload_size"), STR_INIT("Largest payload in bytes"), KIND_NUMBER,
	  PUBSUB_MAX_PAYLOAD, PUBSUB_NO_LIMIT, NULL, false },
	{ STR_INIT("pubsub#send_last_published_item"), STR_INIT("When the last item is sent"),
	  KIND_LIST, PUBSUB_SEND_LAST, SEND_LAST_ON_SUB_AND_PRESENCE,
	  WORDS(STR_INIT("never"), STR_INIT("on_sub"), STR_INIT("on_sub_and_presence")), false },
	{ STR_INIT("pubsub#deliver_notifications"), STR_INIT("Send notifications"), KIND_BOOL,
	  PUBSUB_DELIVER_NOTIFICATIONS, 1, BOOLEAN, false },
	{ STR_INIT("pubsub#deliver_payloads"), STR_INIT("Send payloads with notifications"),
	  KIND_BOOL, PUBSUB_DELIVER_PAYLOADS, 1, BOOLEAN, false },
	{ STR_INIT("pubsub#notification_type"), STR_INIT("Type of the notifications"), KIND_LIST,
	  PUBSUB_NOTIFICATION_TYPE, NOTIFICATION_HEADLINE,
	  WORDS(STR_INIT("headline"), STR_INIT("normal")), false },
	{ STR_INIT("pubsub#notify_config"), STR_INIT("Tell of changes of the configuration"),
	  KIND_BOOL, PUBSUB_NOTIFY_CONFIG, 0, BOOLEAN, false },
	{ STR_INIT("pubsub#notify_delete"), STR_INIT("Tell when the node is deleted"), KIND_BOOL,
	  PUBSUB_NOTIFY_DELETE, 1, BOOLEAN, false },
	{ STR_INIT("pubsub#notify_retract"), STR_INIT("Tell when items are removed"), KIND_BOOL,
	  PUBSUB_NOTIFY_RETRACT, 1, BOOLEAN, false },
	{ STR_INIT("pubsub#notify_sub"), STR_INIT("Tell the owner of subscribers"), KIND_BOOL,
	  PUBSUB_NOTIFY_SUB, 0, BOOLEAN, false },
	{ STR_INIT("pubsub#subscribe"), STR_INIT("Allow subscriptions"), KIND_BOOL,
	  PUBSUB_SUBSCRIBE, 1, BOOLEAN, false },
	{ STR_INIT("pubsub#itemreply"), STR_INIT("Who gets replies to items"), KIND_LIST,
	  PUBSUB_ITEMREPLY, ITEMREPLY_NONE,
	  WORDS(STR_INIT("none"), STR_INIT("owner"), STR_INIT("publisher")), false },
	{ STR_INIT("pubsub#node_type"), STR_INIT("Type of the node"), KIND_LIST, PUBSUB_NODE_TYPE,
	  0, WORDS(STR_INIT("leaf")), false },
	{ STR_INIT("pubsub#purge_offline"), STR_INIT("Forget items when the publisher goes"),
	  KIND_BOOL, PUBSUB_PURGE_OFFLINE, 0, NEVER, false },
	{ STR_INIT("pubsub#presence_based_delivery"), STR_INIT("Only to who is available"),
	  KIND_BOOL, PUBSUB_PRESENCE_BASED, 0, NEVER, false },
	{ STR_INIT("pubsub#tempsub"), STR_INIT("Subscriptions end with presence"), KIND_BOOL,
	  PUBSUB_TEMPSUB, 0, NEVER, false },
};

static bool is_choice(const struct field *f)
{
	return f->kind == KIND_BOOL || f->kind == KIND_LIST;
}

struct pubsub_config pubsub_config_default(void)
{
	struct pubsub_config c = { .choice = { 0 } };

	for (size_t i = 0; i < array_len(fields); i++) {
		if (is_choice(&fields[i]))
			c.choice[fields[i].at] = (uint8_t)fields[i].preset;
		else if (fields[i].kind == KIND_NUMBER)
			c.number[fields[i].at] = (int32_t)fields[i].preset;
		else
			c.text[fields[i].at] = STR("");
	}
	return c;
}

bool pubsub_config_eq(const struct pubsub_config *a, const struct pubsub_config *b)
{
	for (size_t i = 0; i < PUBSUB_CHOICES; i++) {
		if (a->choice[i] != b->choice[i])
			return false;
	}
	for (size_t i = 0; i < PUBSUB_NUMBERS; i++) {
		if (a->number[i] != b->number[i])
			return false;
	}
	for (size_t i = 0; i < PUBSUB_TEXTS; i++) {
		if (!str_eq(a->text[i], b->text[i]))
			return false;
	}
	return true;
}

static const struct field *field_of(struct str var)
{
	for (size_t i = 0; i < array_len(fields); i++) {
		if (str_eq(fields[i].var, var))
			return &fields[i];
	}
	return NULL;
}

/* ---- values ---- */

static enum err read_word(const struct field *f, struct str text, uint8_t *ret_choice)
{
	text = str_trim(text);
	if (f->kind == KIND_BOOL && str_eq(text, STR("true")))
		text = STR("1");
	if (f->kind == KIND_BOOL && str_eq(text, STR("false")))
		text = STR("0");
	for (uint8_t i = 0; f->words[i].ptr; i++) {
		if (str_eq(f->words[i], text)) {
			*ret_choice = i;
			return OK;
		}
	}
	return ERR_INVALID;
}

/* Larger numbers than the largest stand for it. */
static enum err read_number(struct str text, int32_t *ret_n)
{
	uint64_t n = PUBSUB_NO_LIMIT;
	enum err e = OK;

	text = str_trim(text);
	if (!str_eq(text, STR("max")))
		e = str_to_u64(text, &n);
	if (e && e != ERR_TOO_BIG)
		return e;
	*ret_n = e || n > PUBSUB_NO_LIMIT ? PUBSUB_NO_LIMIT : (int32_t)n;
	return OK;
}

static struct str number_text(struct arena *a, int32_t n)
{
	return n == PUBSUB_NO_LIMIT ? STR("max") : arena_printf(a, "%d", (int)n);
}

static enum err read_texts(const struct xml *form, const struct field *f, struct arena *a,
			   struct str *ret_text)
{
	struct sbuf out scoped(sbuf_done) = SBUF(PUBSUB_GROUPS_MAX * (PUBSUB_TEXT_MAX + 1));
	const struct str *values = NULL;
	size_t count = form_values(form, f->var, a, &values);

	if (count > PUBSUB_GROUPS_MAX)
		return ERR_INVALID;
	for (size_t i = 0; i < count; i++) {
		if (!values[i].len || values[i].len > PUBSUB_TEXT_MAX)
			return ERR_INVALID;
		if (out.len)
			(void)sbuf_add_char(&out, PUBSUB_SEPARATOR);
		(void)sbuf_add(&out, values[i]);
	}
	*ret_text = out.len ? arena_dup(a, sbuf_str(&out)) : STR("");
	return out.err;
}

static enum err read_field(struct pubsub_config *c, const struct xml *form, const struct field *f,
			   struct arena *a)
{
	struct str text = form_value(form, f->var, a);

	if (f->kind == KIND_TEXTS)
		return read_texts(form, f, a, &c->text[f->at]);
	if (f->kind == KIND_TEXT) {
		if (text.len > PUBSUB_TEXT_MAX)
			return ERR_INVALID;
		c->text[f->at] = text.len ? text : STR("");
		return OK;
	}
	if (!str_is_set(text)) /* a field that was left empty: as it was */
		return OK;
	if (f->kind == KIND_NUMBER)
		return read_number(text, &c->number[f->at]);
	return read_word(f, text, &c->choice[f->at]);
}

enum err pubsub_config_read(struct pubsub_config *c, const struct xml *form, struct arena *a,
			    bool is_strict, struct str *ret_field)
{
	*ret_field = STR_NONE;
	if (form_check(form))
		return ERR_INVALID;
	xml_each (el, form) {
		struct str var = xml_attr(el, STR("var"));
		const struct field *f = field_of(var);

		if (!str_is_set(var) || str_eq(var, STR("FORM_TYPE")))
			continue;
		*ret_field = var;
		if (!f && is_strict)
			return ERR_UNSUPPORTED;
		if (f && read_field(c, form, f, a))
			return ERR_INVALID;
	}
	return OK;
}

/* ---- writing ---- */

struct str pubsub_config_word(const struct pubsub_config *c, enum pubsub_choice field)
{
	for (size_t i = 0; i < array_len(fields); i++) {
		if (is_choice(&fields[i]) && fields[i].at == field)
			return fields[i].words[c->choice[field]];
	}
	return STR("");
}

static void write_values(const struct pubsub_config *c, const struct field *f, struct arena *a,
			 struct xml *field)
{
	struct str rest, part;

	if (is_choice(f)) {
		form_add_value(a, field, f->words[c->choice[f->at]]);
	} else if (f->kind == KIND_NUMBER) {
		form_add_value(a, field, number_text(a, c->number[f->at]));
	} else if (f->kind == KIND_TEXT) {
		if (c->text[f->at].len)
			form_add_value(a, field, c->text[f->at]);
	} else {
		rest = c->text[f->at];
		while (rest.len && str_split(&rest, PUBSUB_SEPARATOR, &part))
			form_add_value(a, field, part);
	}
}

static struct xml *write_field(const struct pubsub_config *c, const struct field *f,
			       struct arena *a, struct xml *form)
{
	static const struct str types[] = { [KIND_BOOL] = STR_INIT("boolean"),
					    [KIND_LIST] = STR_INIT("list-single"),
					    [KIND_NUMBER] = STR_INIT("text-single"),
					    [KIND_TEXT] = STR_INIT("text-single"),
					    [KIND_TEXTS] = STR_INIT("text-multi") };
	struct xml *field = form_add(a, form, f->var, types[f->kind], f->label);

	write_values(c, f, a, field);
	return field;
}

void pubsub_config_write(const struct pubsub_config *c, struct arena *a, struct xml *form,
			 bool is_asking)
{
	for (size_t i = 0; i < array_len(fields); i++) {
		struct xml *field = write_field(c, &fields[i], a, form);

		for (const struct str *w = fields[i].words;
		     is_asking && fields[i].kind == KIND_LIST && w->ptr; w++)
			form_add_option(a, field, *w, STR_NONE);
	}
}

void pubsub_config_describe(const struct pubsub_config *c, struct arena *a, struct xml *form)
{
	for (size_t i = 0; i < array_len(fields); i++) {
		if (fields[i].is_meta)
			(void)write_field(c, &fields[i], a, form);
	}
}

/* ---- in the store: "name=value" behind one another, '\x1e' between them; names without "pubsub#",
 * groups with PUBSUB_SEPARATOR between them ---- */

#define BETWEEN '\x1e'

void pubsub_config_encode(const struct pubsub_config *c, struct sbuf *out)
{
	for (size_t i = 0; i < array_len(fields); i++) {
		const struct field *f = &fields[i];

		if (i)
			(void)sbuf_add_char(out, BETWEEN);
		(void)sbuf_add(out, str_from_at(f->var, strlen("pubsub#")));
		(void)sbuf_lit(out, "=");
		if (is_choice(f))
			(void)sbuf_add(out, f->words[c->choice[f->at]]);
		else if (f->kind == KIND_NUMBER)
			(void)sbuf_add_u64(out, (uint64_t)c->number[f->at]);
		else
			(void)sbuf_add(out, c->text[f->at]);
	}
}

static enum err decode_field(struct pubsub_config *c, const struct field *f, struct str value)
{
	if (is_choice(f))
		return read_word(f, value, &c->choice[f->at]);
	if (f->kind == KIND_NUMBER)
		return read_number(value, &c->number[f->at]);
	c->text[f->at] = value.len ? value : STR("");
	return OK;
}

enum err pubsub_config_decode(struct str s, struct pubsub_config *ret_c)
{
	struct pubsub_config c = pubsub_config_default();
	struct str part, name;

	while (s.len && str_split(&s, BETWEEN, &part)) {
		if (!str_split(&part, '=', &name) || !str_is_set(part))
			return ERR_INVALID;
		for (size_t i = 0; i < array_len(fields); i++) {
			if (str_eq(str_from_at(fields[i].var, strlen("pubsub#")), name) &&
			    decode_field(&c, &fields[i], part))
				return ERR_INVALID;
		}
	}
	*ret_c = c;
	return OK;
}
