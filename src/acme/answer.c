/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of ACME, see answer.h. Any thread. */
#include "acme/answer.h"

#include "codec/url.h"

#include <jansson.h>

static const struct str error_prefix = STR_INIT("urn:ietf:params:acme:error:");

struct str acme_way_name(enum acme_way way)
{
	static const struct str names[ACME_WAYS] = {
		[ACME_HTTP] = STR_INIT("http-01"),
		[ACME_TLS_ALPN] = STR_INIT("tls-alpn-01"),
	};

	return names[way];
}

bool acme_is_url(struct str url)
{
	struct url parts;

	return url_read(url, &parts) == OK && parts.is_https;
}

/* ---- parts ---- */

/* An object, or NULL. */
static json_t *parse(struct str json)
{
	json_t *root;

	if (json.len > ACME_ANSWER_MAX)
		return NULL;
	root = json_loadb(json.ptr ? json.ptr : "", json.len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(root)) {
		json_decref(root);
		return NULL;
	}
	return root;
}

/* The text of a member in the arena; empty: there is none. */
static struct str text_of(struct arena *a, const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_string(value))
		return STR("");
	return arena_dup(a, str_make(json_string_value(value), json_string_length(value)));
}

static enum err read_url(struct arena *a, const json_t *object, const char *name,
			 struct str *ret_url)
{
	struct str url = text_of(a, object, name);

	if (!acme_is_url(url))
		return ERR_INVALID;
	*ret_url = url;
	return OK;
}

static enum acme_status status_of(const json_t *object)
{
	static const struct {
		const char *name;
		enum acme_status status;
	} rows[] = {
		{ "pending", ACME_PENDING },
		{ "ready", ACME_READY },
		{ "processing", ACME_PROCESSING },
		{ "valid", ACME_VALID },
	};
	const char *name = json_string_value(json_object_get(object, "status"));

	for (size_t i = 0; name && i < array_len(rows); i++) {
		if (!strcmp(name, rows[i].name))
			return rows[i].status;
	}
	return ACME_INVALID;
}

/* For a line of a log: no controls, of C1 neither, and not without end; cut between characters. */
static struct str clean(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, ACME_DETAIL_MAX + 1);
	size_t len = 0;

	for (size_t i = 0; i < s.len && len < ACME_DETAIL_MAX; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		bool is_c1 = c == 0xc2 && i + 1 < s.len && (unsigned char)s.ptr[i + 1] < 0xa0;

		if (is_c1)
			i++;
		out[len++] = is_c1 || c < ' ' || c == 0x7f ? ' ' : s.ptr[i];
	}
	if (len == ACME_DETAIL_MAX) {
		while (len > 0 && ((unsigned char)out[len - 1] & 0xc0) == 0x80)
			len--;
		if (len > 0 && (unsigned char)out[len - 1] >= 0xc0)
			len--;
	}
	out[len] = '\0';
	return str_make(out, len);
}

/* Of several errors (RFC 8555 6.7.1) the first subproblem says more than their sum. */
static void take_problem(struct arena *a, const json_t *object, struct acme_problem *ret_problem)
{
	const json_t *part = json_array_get(json_object_get(object, "subproblems"), 0);
	struct str type = text_of(a, object, "type"), detail = text_of(a, object, "detail");
	struct str more = text_of(a, part, "detail");

	if (str_starts(type, error_prefix))
		type = str_from_at(type, error_prefix.len);
	if (more.len)
		detail = ARENA_JOIN(a, detail, STR(": "), more);
	ret_problem->type = clean(a, type);
	ret_problem->detail = clean(a, detail);
}

/* ---- answers ---- */

enum err acme_read_directory(struct arena *a, struct str json, struct acme_directory *ret_directory)
{
	struct acme_directory d = { .terms = STR("") };
	json_t *root = parse(json);
	const json_t *meta = json_object_get(root, "meta");
	enum err e = root ? read_url(a, root, "newNonce", &d.new_nonce) : ERR_INVALID;

	if (!e)
		e = read_url(a, root, "newAccount", &d.new_account);
	if (!e)
		e = read_url(a, root, "newOrder", &d.new_order);
	if (!e) {
		d.terms = clean(a, text_of(a, meta, "termsOfService"));
		d.needs_binding = json_is_true(json_object_get(meta, "externalAccountRequired"));
		*ret_directory = d;
	}
	json_decref(root);
	return e;
}

static enum err read_order(struct arena *a, const json_t *root, struct acme_order *o)
{
	const json_t *list = json_object_get(root, "authorizations");
	enum err e = read_url(a, root, "finalize", &o->finalize);

	if (e)
		return e;
	o->status = status_of(root);
	o->count = json_array_size(list);
	if (o->count > ACME_NAMES_MAX)
		return ERR_TOO_BIG;
	for (size_t i = 0; i < o->count; i++) {
		const json_t *url = json_array_get(list, i);
		struct str text = str_make(json_string_value(url), json_string_length(url));

		if (!str_is_set(text) || !acme_is_url(text))
			return ERR_INVALID;
		o->authorizations[i] = arena_dup(a, text);
	}
	if (json_object_get(root, "certificate"))
		e = read_url(a, root, "certificate", &o->certificate);
	take_problem(a, json_object_get(root, "error"), &o->problem);
	return e;
}

enum err acme_read_order(struct arena *a, struct str json, struct acme_order *ret_order)
{
	struct acme_order o = { .certificate = STR("") };
	json_t *root = parse(json);
	enum err e = root ? read_order(a, root, &o) : ERR_INVALID;

	json_decref(root);
	if (!e)
		*ret_order = o;
	return e;
}

/* It goes into a path and into a file's content: nothing but its alphabet (RFC 8555 8.1). */
static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '-' || c == '_'))
			return false;
	}
	return s.len >= ACME_TOKEN_MIN && s.len <= ACME_TOKEN_MAX;
}

/* What we do not know, or cannot use, is passed over. */
static void read_challenge(struct arena *a, const json_t *object, struct acme_authorization *auth)
{
	struct str type = text_of(a, object, "type");
	struct acme_challenge c = { .token = text_of(a, object, "token") };

	if (read_url(a, object, "url", &c.url) || !is_token(c.token))
		return;
	take_problem(a, json_object_get(object, "error"), &c.problem);
	for (enum acme_way way = 0; way < ACME_WAYS; way++) {
		if (str_eq(type, acme_way_name(way)))
			auth->challenges[way] = c;
	}
}

enum err acme_read_authorization(struct arena *a, struct str json,
				 struct acme_authorization *ret_authorization)
{
	struct acme_authorization auth = { .status = ACME_INVALID };
	json_t *root = parse(json);
	const json_t *identifier = json_object_get(root, "identifier");
	const json_t *list = json_object_get(root, "challenges");
	enum err e = OK;

	auth.name = text_of(a, identifier, "value");
	if (!root || !auth.name.len || auth.name.len > ACME_NAME_MAX)
		e = ERR_INVALID;
	auth.status = status_of(root);
	for (size_t i = 0; !e && i < json_array_size(list) && !arena_is_over(a); i++)
		read_challenge(a, json_array_get(list, i), &auth);
	json_decref(root);
	if (!e)
		*ret_authorization = auth;
	return e;
}

void acme_read_problem(struct arena *a, struct str json, struct acme_problem *ret_problem)
{
	json_t *root = parse(json);

	take_problem(a, root, ret_problem);
	json_decref(root);
}
