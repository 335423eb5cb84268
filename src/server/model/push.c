/* SPDX-License-Identifier: Apache-2.0 */
/* Registrations and rules of push notifications, see push.h. A row is an element without namespace.
 */
#include "server/model/push.h"

#include "base/mem.h"
#include "codec/base64.h"
#include "codec/hex.h"
#include "crypto/digest.h"
#include "xml/build.h"
#include "xml/write.h"
#include "xmpp/datetime.h"
#include "xmpp/ns.h"

static const struct xml_limits row_limits = {
	.stanza_bytes = PUSH_ROW_MAX, .depth = 16, .attrs = 64, .name_bytes = 256, .children = 2000
};
static const struct xml_scope row_scope = { .default_ns = STR_INIT("") };

/* ---- registrations ---- */

struct str push_target_key(struct arena *a, struct str jid, struct str node, struct str room)
{
	const struct str parts[] = { jid, str_make("", 1), node, str_make("", 1), room };
	uint8_t digest[DIGEST_MAX];
	struct sbuf out scoped(sbuf_done) = SBUF(PUSH_KEY);

	/* Those at the account have the keys that they had before there were others. */
	digest_of_parts(DIGEST_SHA256, parts, room.len ? array_len(parts) : 3, digest);
	(void)hex_encode(&out, str_make((const char *)digest, PUSH_KEY / 2));
	return arena_dup(a, sbuf_str(&out));
}

static struct push_target *target_new(void)
{
	struct push_target *t = mem_zalloc(1, sizeof(*t));

	arena_init(&t->arena, PUSH_TARGET_ARENA);
	return t;
}

void push_target_free(struct push_target **t)
{
	if (!*t)
		return;
	arena_wipe(&(*t)->arena);
	mem_free(*t);
	*t = NULL;
}

static const struct xml *parse(struct arena *a, struct str text)
{
	struct xml *el;

	return xml_parse(a, arena_dup(a, text), &row_scope, &row_limits, &el) ? NULL : el;
}

/* A copy that shares nothing. */
static const struct xml *dup_form(struct arena *a, const struct xml *form)
{
	struct sbuf out scoped(sbuf_done) = SBUF(PUSH_FORM_MAX);

	return form && !xml_write_alone(&out, form) ? parse(a, sbuf_str(&out)) : NULL;
}

struct push_target *push_target_new(const struct push_enable *e, struct str client,
				    struct str resource)
{
	struct push_target *t = target_new();

	t->jid = arena_dup(&t->arena, e->jid.full);
	t->node = arena_dup(&t->arena, e->node);
	t->key = push_target_key(&t->arena, t->jid, t->node, STR_NONE);
	t->form = dup_form(&t->arena, e->form);
	t->has_priority = e->has_priority;
	t->web = e->web;
	t->web.endpoint = arena_dup(&t->arena, e->web.endpoint);
	t->web.key = arena_dup(&t->arena, e->web.key);
	t->web.auth = arena_dup(&t->arena, e->web.auth);
	t->client = arena_dup(&t->arena, client);
	t->resource = arena_dup(&t->arena, resource);
	t->wall_enabled = wall_now();
	return t;
}

void push_target_set_room(struct push_target *t, struct str room)
{
	t->room = arena_dup(&t->arena, room);
	t->key = push_target_key(&t->arena, t->jid, t->node, t->room);
}

void push_target_answer(struct push_target *t, struct str answer)
{
	struct str cut = str_sub(answer, 0, PUSH_ANSWER_MAX);

	memset(t->answer, 0, sizeof(t->answer));
	if (cut.len)
		memcpy(t->answer, cut.ptr, cut.len);
}

static void set_number(struct arena *a, struct xml *el, struct str name, int64_t n)
{
	if (n)
		xml_set(a, el, name, arena_printf(a, "%lld", (long long)n));
}

static void set_text(struct arena *a, struct xml *el, struct str name, struct str value)
{
	if (value.len)
		xml_set(a, el, name, value);
}

static void set_bytes(struct arena *a, struct xml *el, struct str name, struct str bytes)
{
	struct sbuf text scoped(sbuf_done) = SBUF(2 * PUSH_WEB_KEY);

	if (!bytes.len || base64_url_encode(&text, bytes))
		return;
	xml_set(a, el, name, arena_dup(a, sbuf_str(&text)));
}

static void add_web(struct arena *a, struct xml *el, const struct push_web *web)
{
	struct xml *child = xml_add_new(a, el, STR(""), STR("web"));

	xml_set(a, child, STR("endpoint"), web->endpoint);
	set_bytes(a, child, STR("key"), web->key);
	set_bytes(a, child, STR("auth"), web->auth);
	set_number(a, child, STR("content"), web->content);
	set_number(a, child, STR("anonymous"), web->is_anonymous);
}

struct str push_target_encode(const struct push_target *t, struct arena *a)
{
	struct sbuf out scoped(sbuf_done) = SBUF(PUSH_ROW_MAX);
	struct xml *el = xml_new(a, STR(""), STR("target"));

	xml_set(a, el, STR("jid"), t->jid);
	set_text(a, el, STR("node"), t->node);
	set_text(a, el, STR("room"), t->room);
	set_text(a, el, STR("client"), t->client);
	set_text(a, el, STR("resource"), t->resource);
	set_text(a, el, STR("answer"), str_from(t->answer));
	set_number(a, el, STR("enabled"), t->wall_enabled);
	set_number(a, el, STR("pushed"), t->wall_pushed);
	set_number(a, el, STR("answered"), t->wall_answered);
	set_number(a, el, STR("failures"), t->failures);
	set_number(a, el, STR("disabled"), t->is_disabled);
	set_number(a, el, STR("priority"), t->has_priority);
	if (t->form)
		xml_add(el, xml_copy(a, t->form));
	if (t->web.endpoint.len)
		add_web(a, el, &t->web);
	return xml_write_alone(&out, el) ? STR_NONE : arena_dup(a, sbuf_str(&out));
}

static bool get_number(const struct xml *el, struct str name, int64_t *ret_n)
{
	struct str text = xml_attr(el, name);

	*ret_n = 0;
	return !text.ptr || str_to_i64(text, ret_n) == OK;
}

static bool read_numbers(const struct xml *el, struct push_target *t)
{
	int64_t failures, disabled, priority;

	if (!get_number(el, STR("enabled"), &t->wall_enabled) ||
	    !get_number(el, STR("pushed"), &t->wall_pushed) ||
	    !get_number(el, STR("answered"), &t->wall_answered) ||
	    !get_number(el, STR("failures"), &failures) ||
	    !get_number(el, STR("disabled"), &disabled) ||
	    !get_number(el, STR("priority"), &priority) || failures < 0 || failures > UINT32_MAX)
		return false;
	t->failures = (unsigned)failures;
	t->is_disabled = disabled != 0;
	t->has_priority = priority != 0;
	return true;
}

static bool get_bytes(const struct xml *el, struct str name, struct arena *a, size_t len,
		      struct str *ret_bytes)
{
	struct str text = xml_attr(el, name);

	return !text.len || (base64_url_decode(a, text, ret_bytes) == OK && ret_bytes->len == len);
}

static bool read_web(const struct xml *el, struct push_target *t)
{
	const struct xml *web = xml_child(el, STR(""), STR("web"));
	int64_t content, anonymous;

	if (!web)
		return true;
	t->web.endpoint = xml_attr(web, STR("endpoint"));
	if (!t->web.endpoint.len || !get_number(web, STR("content"), &content) ||
	    !get_number(web, STR("anonymous"), &anonymous) || content < PUSH_CONTENT_BODY ||
	    content > PUSH_CONTENT_NONE)
		return false;
	t->web.content = (enum push_content)content;
	t->web.is_anonymous = anonymous != 0;
	return get_bytes(web, STR("key"), &t->arena, PUSH_WEB_KEY, &t->web.key) &&
	       get_bytes(web, STR("auth"), &t->arena, PUSH_WEB_AUTH, &t->web.auth) &&
	       !t->web.key.len == !t->web.auth.len;
}

enum err push_target_decode(struct str key, struct str value, struct push_target **ret_target)
{
	struct push_target *t = target_new();
	const struct xml *el = parse(&t->arena, value);

	if (!el || !xml_attr(el, STR("jid")).len || !read_numbers(el, t) || !read_web(el, t)) {
		push_target_free(&t);
		return ERR_INVALID;
	}
	t->key = arena_dup(&t->arena, key);
	t->jid = xml_attr(el, STR("jid"));
	t->node = xml_attr(el, STR("node"));
	t->room = xml_attr(el, STR("room"));
	t->client = xml_attr(el, STR("client"));
	t->resource = xml_attr(el, STR("resource"));
	t->form = xml_child(el, NS_DATA, STR("x"));
	push_target_answer(t, xml_attr(el, STR("answer")));
	*ret_target = t;
	return OK;
}

usec_t push_backoff(unsigned failures, usec_t first)
{
	usec_t wait = first;

	for (unsigned i = 1; i < failures && wait < PUSH_BACKOFF_MAX; i++)
		wait *= 2;
	return wait < PUSH_BACKOFF_MAX ? wait : PUSH_BACKOFF_MAX;
}

/* ---- quiet conversations ---- */

static enum push_level level_of_name(struct str name)
{
	if (str_eq(name, STR("always")))
		return PUSH_ALWAYS;
	if (str_eq(name, STR("on-mention")))
		return PUSH_ON_MENTION;
	return str_eq(name, STR("never")) ? PUSH_NEVER : PUSH_UNSET;
}

/* XEP-0492 2.2: for whom a setting is; NULL: for a kind of program that no push goes to. */
static enum push_level *place_of(struct push_levels *l, const struct xml *setting)
{
	struct str category = xml_attr(setting, STR("identity-category"));
	struct str type = xml_attr(setting, STR("identity-type"));

	if (!category.len)
		return &l->any;
	if (!str_eq(category, STR("client")))
		return NULL;
	if (!type.len)
		return &l->client;
	if (str_eq(type, STR("phone")))
		return &l->phone;
	return str_eq(type, STR("web")) ? &l->web : NULL;
}

static usec_t until_of(const struct xml *holder)
{
	const struct xml *place = xml_child(holder, NS_PARLEY_CHATS, STR("place"));
	usec_t wall;

	if (!place || datetime_parse(xml_attr(place, STR("until")), &wall))
		return 0;
	return wall > 0 ? wall : 1; /* long ago is also a time */
}

struct push_levels push_levels_read(const struct xml *holder)
{
	const struct xml *el = xml_child(holder, NS_NOTIFY_SETTINGS, STR("notify"));
	struct push_levels l = { .wall_until = until_of(holder) };

	xml_each (child, el) {
		enum push_level level = level_of_name(child->name);
		enum push_level *place = place_of(&l, child);

		if (str_eq(child->ns, NS_NOTIFY_SETTINGS) && level && place)
			*place = level;
	}
	return l;
}

bool push_levels_are_set(const struct push_levels *l)
{
	return l->any || l->client || l->phone || l->web;
}

enum push_level push_level_of(const struct push_levels *l, bool is_web, usec_t wall)
{
	enum push_level level = is_web ? l->web : l->phone;

	if (level && !is_web)
		return level;
	if (!level)
		level = l->client ? l->client : l->any;
	if (level == PUSH_NEVER && l->wall_until && wall >= l->wall_until)
		return PUSH_UNSET;
	return level;
}

static const char level_signs[] = "-amn";

struct str push_levels_encode(const struct push_levels *l, struct arena *a)
{
	struct str signs = arena_printf(a, "%c%c%c%c", level_signs[l->any], level_signs[l->client],
					level_signs[l->phone], level_signs[l->web]);

	if (!l->wall_until)
		return signs;
	return arena_printf(a, "%s %lld", signs.ptr, (long long)l->wall_until);
}

enum err push_levels_decode(struct str value, struct push_levels *ret_levels)
{
	enum push_level of[4];
	uint64_t until = 0;

	if (value.len > array_len(of) &&
	    (value.ptr[array_len(of)] != ' ' ||
	     str_to_u64(str_from_at(value, array_len(of) + 1), &until) || until > DATETIME_MAX))
		return ERR_INVALID;
	if (value.len < array_len(of))
		return ERR_INVALID;
	for (size_t i = 0; i < array_len(of); i++) {
		const char *at = memchr(level_signs, value.ptr[i], sizeof(level_signs) - 1);

		if (!at)
			return ERR_INVALID;
		of[i] = (enum push_level)(at - level_signs);
	}
	*ret_levels = (struct push_levels){ of[0], of[1], of[2], of[3], (usec_t)until };
	return OK;
}
