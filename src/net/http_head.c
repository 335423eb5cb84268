/* SPDX-License-Identifier: Apache-2.0 */
/* Request heads, see http_head.h. llhttp 8.1 lets a bare CR end a line and passes folded lines,
 * several Hosts and "Host :": the guard looks at every byte before it. */
#include "net/http_head.h"

#include <llhttp.h>

enum { LENGTH_DIGITS_MAX = 18 };

enum err http_head_find(struct str data, size_t *at)
{
	for (size_t i = *at; i < data.len; i++) {
		char c = data.ptr[i];

		if (i >= HTTP_HEAD_MAX)
			return ERR_TOO_BIG;
		if (c == '\0' || (c == '\n' && (i == 0 || data.ptr[i - 1] != '\r')) ||
		    (c != '\n' && i > 0 && data.ptr[i - 1] == '\r'))
			return ERR_INVALID;
		if (c == '\n' && i >= 3 && data.ptr[i - 2] == '\n') {
			*at = i + 1;
			return OK;
		}
	}
	*at = data.len;
	return ERR_AGAIN;
}

/* tchar (RFC 9110, 5.6.2) */
static bool is_token_char(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!is_token_char((unsigned char)s.ptr[i]))
			return false;
	}
	return s.len > 0;
}

static bool is_field_value(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static bool is_target(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c <= ' ' || c >= 0x7f || strchr("#\"<>\\^`{|}", c))
			return false;
	}
	return s.len > 0;
}

static unsigned guard_request_line(struct str line)
{
	struct str method, target;

	if (line.len > HTTP_LINE_MAX)
		return 414;
	if (!str_split(&line, ' ', &method) || !str_split(&line, ' ', &target))
		return 400;
	if (!is_token(method) || !is_target(target))
		return 400;
	if (str_eq(line, STR("HTTP/1.1")) || str_eq(line, STR("HTTP/1.0")))
		return 0;
	return str_starts(line, STR("HTTP/")) && line.len == 8 ? 505 : 400;
}

/* Takes the line up to CRLF off *text; http_head_find has seen that every LF stands behind a CR. */
static struct str next_line(struct str *text)
{
	struct str line = STR_NONE;

	(void)str_split(text, '\n', &line); /* there is one: the head ends in CRLF */
	return str_sub(line, 0, line.len ? line.len - 1 : 0);
}

static unsigned guard(struct str text)
{
	struct str line = next_line(&text);
	unsigned status = guard_request_line(line);

	for (unsigned count = 0; !status; count++) {
		ptrdiff_t colon;

		line = next_line(&text);
		if (str_is_empty(line))
			return str_is_empty(text) ? 0 : 400;
		if (count == HTTP_FIELDS_MAX)
			return 431;
		colon = str_index(line, ':');
		if (colon < 0 || !is_token(str_sub(line, 0, (size_t)colon)) ||
		    !is_field_value(str_from_at(line, (size_t)colon + 1)))
			return 400;
	}
	return status;
}

/* --- llhttp's part */

struct reading {
	llhttp_t parser; /* first: llhttp hands it back */
	struct http_head *head;
	struct str target;
};

static struct reading *reading_of(llhttp_t *parser)
{
	return (struct reading *)(void *)parser;
}

static int on_url(llhttp_t *parser, const char *at, size_t len)
{
	reading_of(parser)->target = str_make(at, len);
	return 0;
}

static int on_method(llhttp_t *parser, const char *at, size_t len)
{
	reading_of(parser)->head->method = str_make(at, len);
	return 0;
}

static int on_name(llhttp_t *parser, const char *at, size_t len)
{
	struct http_head *head = reading_of(parser)->head;

	if (head->count == HTTP_FIELDS_MAX)
		return HPE_USER;
	head->fields[head->count].name = str_make(at, len);
	head->fields[head->count].value = STR("");
	return 0;
}

static int on_value(llhttp_t *parser, const char *at, size_t len)
{
	struct http_head *head = reading_of(parser)->head;

	if (head->count == HTTP_FIELDS_MAX)
		return HPE_USER;
	head->fields[head->count].value = str_trim(str_make(at, len));
	return 0;
}

static int on_value_complete(llhttp_t *parser)
{
	reading_of(parser)->head->count++;
	return 0;
}

/* The body is ours: see http_body. */
static int on_headers_complete(llhttp_t *parser)
{
	(void)parser;
	return 2;
}

static unsigned run_llhttp(struct str text, struct http_head *head, struct str *ret_target)
{
	struct reading r = { .head = head };
	llhttp_settings_t settings;
	llhttp_errno_t result;

	llhttp_settings_init(&settings);
	settings.on_url = on_url;
	settings.on_method = on_method;
	settings.on_header_field = on_name;
	settings.on_header_value = on_value;
	settings.on_header_value_complete = on_value_complete;
	settings.on_headers_complete = on_headers_complete;
	llhttp_init(&r.parser, HTTP_REQUEST, &settings);
	result = llhttp_execute(&r.parser, text.ptr, text.len);
	if (result == HPE_INVALID_METHOD)
		return 501;
	if (result != HPE_PAUSED_UPGRADE || llhttp_get_error_pos(&r.parser) != text.ptr + text.len)
		return 400;
	head->is_11 = llhttp_get_http_minor(&r.parser) == 1;
	*ret_target = r.target;
	return 0;
}

/* --- what it means */

struct str http_head_field(const struct http_head *head, struct str name)
{
	for (unsigned i = 0; i < head->count; i++) {
		if (str_eq_nocase(head->fields[i].name, name))
			return head->fields[i].value;
	}
	return STR_NONE;
}

bool http_head_has_token(const struct http_head *head, struct str name, struct str token)
{
	for (unsigned i = 0; i < head->count; i++) {
		struct str list = head->fields[i].value, part;

		if (!str_eq_nocase(head->fields[i].name, name))
			continue;
		while (str_split(&list, ',', &part)) {
			if (str_eq_nocase(str_trim(part), token))
				return true;
		}
	}
	return false;
}

static unsigned count_of(const struct http_head *head, struct str name)
{
	unsigned n = 0;

	for (unsigned i = 0; i < head->count; i++)
		n += str_eq_nocase(head->fields[i].name, name);
	return n;
}

/* host[:port], without anything that could change meaning in a URL or a log. */
static bool is_host(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (!is_token_char(c) && !strchr(":[]", c))
			return false;
	}
	return true;
}

static unsigned read_host(struct http_head *head)
{
	unsigned count = count_of(head, STR("Host"));

	if (count > 1 || (count == 0 && head->is_11))
		return 400;
	head->host = http_head_field(head, STR("Host"));
	if (!str_is_set(head->host))
		head->host = STR("");
	return is_host(head->host) ? 0 : 400;
}

/* How the body is framed (RFC 9112, 6.3), without the leniencies. */
static unsigned read_framing(struct http_head *head)
{
	struct str length = http_head_field(head, STR("Content-Length"));
	struct str coding = http_head_field(head, STR("Transfer-Encoding"));

	if (count_of(head, STR("Content-Length")) > 1 ||
	    count_of(head, STR("Transfer-Encoding")) > 1)
		return 400;
	if (str_is_set(coding)) {
		if (str_is_set(length) || !head->is_11)
			return 400;
		head->is_chunked = str_eq_nocase(coding, STR("chunked"));
		return head->is_chunked ? 0 : 501;
	}
	if (!str_is_set(length))
		return 0;
	head->has_length = length.len <= LENGTH_DIGITS_MAX && !str_to_u64(length, &head->length);
	return head->has_length ? 0 : 400;
}

static unsigned read_wishes(struct http_head *head)
{
	struct str expect = http_head_field(head, STR("Expect"));

	head->is_keep_alive =
		head->is_11 ? !http_head_has_token(head, STR("Connection"), STR("close"))
			    : http_head_has_token(head, STR("Connection"), STR("keep-alive"));
	head->wants_upgrade = http_head_has_token(head, STR("Connection"), STR("upgrade"));
	if (!str_is_set(expect) || !head->is_11)
		return 0;
	head->wants_continue = str_eq_nocase(expect, STR("100-continue"));
	return head->wants_continue ? 0 : 417;
}

static enum http_verb verb_of(struct str method)
{
	static const struct str names[HTTP_VERB_OTHER] = {
		[HTTP_VERB_GET] = STR_INIT("GET"),         [HTTP_VERB_HEAD] = STR_INIT("HEAD"),
		[HTTP_VERB_POST] = STR_INIT("POST"),       [HTTP_VERB_PUT] = STR_INIT("PUT"),
		[HTTP_VERB_DELETE] = STR_INIT("DELETE"),   [HTTP_VERB_PATCH] = STR_INIT("PATCH"),
		[HTTP_VERB_OPTIONS] = STR_INIT("OPTIONS"),
	};
	unsigned i = 0;

	while (i < HTTP_VERB_OTHER && !str_eq(method, names[i]))
		i++;
	return (enum http_verb)i;
}

/* Cuts scheme and authority off an absolute-form target (RFC 9112, 3.2.2); the authority must be
 * the Host. */
static unsigned cut_absolute(struct http_head *head, struct str *target)
{
	size_t skip = str_starts(*target, STR("http://"))    ? 7
		      : str_starts(*target, STR("https://")) ? 8
							     : 0;
	struct str rest = str_from_at(*target, skip), host;
	ptrdiff_t slash;

	if (skip == 0)
		return 400;
	slash = str_index(rest, '/');
	host = str_sub(rest, 0, slash < 0 ? rest.len : (size_t)slash);
	if (!is_host(host) || str_is_empty(host) || !str_eq_nocase(host, head->host))
		return 400;
	*target = slash < 0 ? STR("/") : str_from_at(rest, (size_t)slash);
	return 0;
}

static unsigned read_target(struct http_head *head, struct str target)
{
	ptrdiff_t mark;
	unsigned status;

	head->verb = verb_of(head->method);
	if (str_eq(head->method, STR("CONNECT")))
		return 501;
	if (str_eq(target, STR("*"))) {
		head->path = target;
		return head->verb == HTTP_VERB_OPTIONS ? 0 : 400;
	}
	if (!str_starts(target, STR("/"))) {
		status = cut_absolute(head, &target);
		if (status)
			return status;
	}
	mark = str_index(target, '?');
	head->path = str_sub(target, 0, mark < 0 ? target.len : (size_t)mark);
	head->query = mark < 0 ? STR_NONE : str_from_at(target, (size_t)mark + 1);
	return 0;
}

unsigned http_head_parse(struct str text, struct http_head *ret_head)
{
	struct str target = STR_NONE;
	unsigned status = guard(text);

	memset(ret_head, 0, sizeof(*ret_head));
	if (!status)
		status = run_llhttp(text, ret_head, &target);
	if (!status)
		status = read_host(ret_head);
	if (!status)
		status = read_framing(ret_head);
	if (!status)
		status = read_wishes(ret_head);
	return status ? status : read_target(ret_head, target);
}
