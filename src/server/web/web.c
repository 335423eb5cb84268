/* SPDX-License-Identifier: Apache-2.0 */
/* The web client over HTTP, see web.h. */
#include "server/web/web.h"

#include "base/mem.h"
#include "net/http_range.h"

/* A form of a file, ready to be given away without a copy. */
struct parts {
	struct bytes **steps; /* WEB_STEP each, but for the last */
	size_t count;
	size_t len; /* bytes of all */
};

struct web_item {
	const struct web_file *file;
	struct parts parts[HTTP_CODINGS];
	unsigned has; /* HTTP_CODING_BIT */
};

struct web {
	unsigned refs; /* atomic */
	const struct web_bundle *bundle;
	struct web_item *items; /* as the files of the bundle */
	const struct web_item *page;
	char *websocket_url, *url; /* owned */
};

#define PAGE STR("/index.html")

/* ---- what stands where ---- */

/* Views of the client: addresses that people keep, send and come back to. */
static const struct {
	struct str path;
	bool has_below; /* and everything under it */
} views[] = {
	{ STR_INIT("/"), false },         { STR_INIT("/c"), true },
	{ STR_INIT("/login"), false },    { STR_INIT("/join"), false },
	{ STR_INIT("/settings"), true },  { STR_INIT("/search"), false },
	{ STR_INIT("/threads"), false },  { STR_INIT("/later"), false },
	{ STR_INIT("/catch-up"), false }, { STR_INIT("/people"), false },
	{ STR_INIT("/rooms"), false },    { STR_INIT("/admin"), true },
};

static bool is_view(struct str path)
{
	for (size_t i = 0; i < array_len(views); i++) {
		struct str view = views[i].path;

		if (str_eq(path, view))
			return true;
		if (views[i].has_below && str_starts(path, view) && path.ptr[view.len] == '/')
			return true;
	}
	return false;
}

static const struct web_item *find_file(const struct web *w, struct str path)
{
	size_t low = 0, high = w->bundle->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_cmp(path, w->bundle->files[middle].path);

		if (order == 0)
			return &w->items[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct web_item *web_find(const struct web *w, struct str path)
{
	if (!w)
		return NULL;
	return is_view(path) ? w->page : find_file(w, path);
}

/* ---- life ---- */

static struct parts parts_new(struct str bytes)
{
	struct parts p = { .count = (bytes.len + WEB_STEP - 1) / WEB_STEP, .len = bytes.len };

	p.steps = mem_zalloc(p.count, sizeof(struct bytes *));
	for (size_t i = 0; i < p.count; i++)
		p.steps[i] = bytes_new(str_sub(bytes, i * WEB_STEP, WEB_STEP));
	return p;
}

static void parts_done(struct parts *p)
{
	for (size_t i = 0; i < p->count; i++)
		p->steps[i] = bytes_unref(p->steps[i]);
	mem_free(p->steps);
}

static void item_init(struct web_item *item, const struct web_file *file, const char *blob)
{
	item->file = file;
	for (enum http_coding c = 0; c < HTTP_CODINGS; c++) {
		const struct web_form *form = &file->forms[c];

		item->parts[c] = parts_new(str_make(blob + form->at, form->len));
		if (form->len || c == HTTP_CODING_NONE)
			item->has |= HTTP_CODING_BIT(c);
	}
}

struct web *web_new(const struct web_config *config)
{
	const struct web_bundle *bundle = config->bundle;
	struct web *w = mem_zalloc(1, sizeof(*w));

	w->refs = 1;
	w->bundle = bundle;
	w->websocket_url = str_dup(config->websocket_url);
	w->url = str_dup(config->url);
	w->items = mem_zalloc(bundle->count, sizeof(*w->items));
	for (size_t i = 0; i < bundle->count; i++)
		item_init(&w->items[i], &bundle->files[i], bundle->blob);
	w->page = find_file(w, PAGE);
	return w->page ? w : web_unref(w);
}

struct web *web_ref(struct web *w)
{
	(void)__atomic_add_fetch(&w->refs, 1, __ATOMIC_RELAXED);
	return w;
}

static void web_free(struct web *w)
{
	for (size_t i = 0; i < w->bundle->count; i++) {
		for (enum http_coding c = 0; c < HTTP_CODINGS; c++)
			parts_done(&w->items[i].parts[c]);
	}
	mem_free(w->items);
	mem_free(w->websocket_url);
	mem_free(w->url);
	mem_free(w);
}

struct web *web_unref(struct web *w)
{
	if (w && __atomic_sub_fetch(&w->refs, 1, __ATOMIC_ACQ_REL) == 0)
		web_free(w);
	return NULL;
}

/* ---- the policy ---- */

/* Whether text can stand among the sources of a policy without ending or widening it. */
static bool is_source(struct str text)
{
	/* So short that WEB_POLICY_MAX always suffices. */
	enum { SOURCE_MAX = 512 };
	static const struct str signs = STR_INIT(".:/-_[]~%");

	for (size_t i = 0; i < text.len && i <= SOURCE_MAX; i++) {
		char c = text.ptr[i];
		bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
				(c >= '0' && c <= '9') || str_index(signs, c) >= 0;

		if (!is_plain)
			return false;
	}
	return text.len > 0 && text.len <= SOURCE_MAX;
}

static void add_source(struct sbuf *out, struct str before, struct str text)
{
	if (!is_source(text))
		return;
	(void)sbuf_lit(out, " "); /* the error sticks */
	(void)sbuf_add(out, before);
	(void)sbuf_add(out, text);
}

enum err web_write_policy(struct sbuf *out, const struct web *w, struct str host, bool is_secure)
{
	struct str url = str_from(w->url);

	(void)sbuf_lit(out, "default-src 'none'; script-src 'self'; style-src 'self'; font-src "
			    "'self'; img-src 'self' blob: data:");
	add_source(out, STR(""), url);
	(void)sbuf_lit(out, "; media-src 'self' blob:");
	add_source(out, STR(""), url);
	/* Not every browser counts the WebSocket of the own host as 'self'. */
	(void)sbuf_lit(out, "; connect-src 'self'");
	add_source(out, is_secure ? STR("wss://") : STR("ws://"), host);
	add_source(out, STR(""), str_from(w->websocket_url));
	add_source(out, STR(""), url);
	return sbuf_lit(out, "; worker-src 'self'; manifest-src 'self'; frame-src 'none'; "
			     "object-src 'none'; base-uri 'none'; form-action 'self'; "
			     "frame-ancestors 'none'; require-trusted-types-for 'script'; "
			     "trusted-types parley");
}

/* ---- answers ---- */

enum { FIELDS_MAX = 12 };

struct answer {
	struct http_field fields[FIELDS_MAX];
	size_t count;
};

static void add(struct answer *a, struct str name, struct str value)
{
	must(a->count < FIELDS_MAX);
	a->fields[a->count++] = (struct http_field){ .name = name, .value = value };
}

/* What a calling page may use, and no frame in it; all else that a browser could hand out is not
 * wanted. Only names that browsers know: the others would be warnings on the console. */
#define PERMISSIONS                                                                                \
	STR("camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), "        \
	    "picture-in-picture=(self), clipboard-write=(self), screen-wake-lock=(self), "         \
	    "geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=(), "                     \
	    "accelerometer=(), gyroscope=(), magnetometer=()")

/* What every answer says, and (RFC 9110, 15.4.5) a 304 as well. */
static void add_common(struct answer *a, const struct web_file *file, struct str tag)
{
	add(a, STR("ETag"), tag);
	add(a, STR("Vary"), STR("Accept-Encoding"));
	add(a, STR("Cache-Control"),
	    file->is_lasting ? STR("public, max-age=31536000, immutable") : STR("no-cache"));
	add(a, STR("X-Content-Type-Options"), STR("nosniff"));
	add(a, STR("Referrer-Policy"), STR("no-referrer"));
	add(a, STR("Cross-Origin-Resource-Policy"), STR("same-origin"));
	if (str_starts(file->type, STR("text/html"))) {
		add(a, STR("Cross-Origin-Opener-Policy"), STR("same-origin"));
		add(a, STR("Permissions-Policy"), PERMISSIONS);
	}
	if (str_eq(file->path, STR("/sw.js")))
		add(a, STR("Service-Worker-Allowed"), STR("/"));
}

/* An answer on its way: a step goes out when the one before has left. */
struct sending {
	struct web *web;
	struct http_conn *conn;
	const struct parts *parts;
	size_t next; /* step */
};

static void sending_free(struct sending *s)
{
	(void)web_unref(s->web);
	mem_free(s);
}

static void send_step(struct sending *s)
{
	http_write(s->conn, s->parts->steps[s->next++]);
	if (s->next < s->parts->count)
		return;
	http_end(s->conn);
	sending_free(s);
}

static void on_drained(void *arg)
{
	send_step(arg);
}

static void on_gone(void *arg)
{
	sending_free(arg);
}

static const struct http_events sending_events = { .on_drained = on_drained, .on_gone = on_gone };

static void send_parts(struct web *w, struct http_conn *conn, const struct http_answer *answer,
		       const struct parts *parts)
{
	bool is_head = http_request_of(conn)->head.verb == HTTP_VERB_HEAD;
	struct sending *s;

	http_begin(conn, answer, parts->len);
	if (is_head || parts->count == 0) {
		http_end(conn);
		return;
	}
	s = mem_zalloc(1, sizeof(*s));
	s->web = web_ref(w);
	s->conn = conn;
	s->parts = parts;
	http_listen(conn, &sending_events, s);
	send_step(s);
}

/* RFC 9110, 13.2.2: 412, 304 or 200. There are no dates, so that only tags count. */
static unsigned judge(const struct http_head *head, struct str tag)
{
	struct str wanted = http_head_field(head, STR("If-Match"));
	struct str known = http_head_field(head, STR("If-None-Match"));

	if (str_is_set(wanted) && !http_tag_is_among(wanted, tag, false))
		return 412;
	return str_is_set(known) && http_tag_is_among(known, tag, true) ? 304 : 200;
}

void web_respond(struct web *w, const struct web_item *item, struct http_conn *conn)
{
	const struct http_request *request = http_request_of(conn);
	enum http_coding coding = http_coding_pick(&request->head, item->has);
	struct sbuf policy scoped(sbuf_done) = SBUF(WEB_POLICY_MAX);
	struct http_answer answer = { .content_type = item->file->type };
	struct str tag = item->file->forms[coding].tag;
	struct answer a = { .count = 0 };

	answer.fields = a.fields;
	answer.status = judge(&request->head, tag);
	add_common(&a, item->file, tag);
	if (answer.status != 200) {
		answer.content_type = STR("");
		answer.count = a.count;
		http_respond(conn, &answer, NULL);
		return;
	}
	/* Scripts, too: that of a worker is bound by what comes with itself. */
	must(web_write_policy(&policy, w, request->head.host, request->is_secure) == OK);
	add(&a, STR("Content-Security-Policy"), sbuf_str(&policy));
	if (coding != HTTP_CODING_NONE)
		add(&a, STR("Content-Encoding"), http_coding_name(coding));
	answer.count = a.count;
	send_parts(w, conn, &answer, &item->parts[coding]);
}
