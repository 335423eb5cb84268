/* SPDX-License-Identifier: Apache-2.0 */
/* Heads of answers, see http_answer.h, and the names of the status codes (RFC 9110, 15; RFC 6585).
 */
#include "net/http_answer.h"

#include "base/clock.h"

#include <time.h>

struct reason {
	unsigned status;
	const char *text;
};

static const struct reason reasons[] = {
	{ 101, "Switching Protocols" },
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 206, "Partial Content" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 416, "Range Not Satisfiable" },
	{ 417, "Expectation Failed" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Content" },
	{ 423, "Locked" },
	{ 426, "Upgrade Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
	{ 507, "Insufficient Storage" },
};

const char *http_reason(unsigned status)
{
	for (size_t i = 0; i < array_len(reasons); i++) {
		if (reasons[i].status == status)
			return reasons[i].text;
	}
	return "Unknown";
}

static bool is_clean(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if ((unsigned char)s.ptr[i] < ' ' && s.ptr[i] != '\t')
			return false;
	}
	return true;
}

static void add_field(struct sbuf *out, struct str name, struct str value)
{
	if (!is_clean(name) || !is_clean(value))
		return;
	(void)sbuf_add(out, name); /* the error sticks */
	(void)sbuf_lit(out, ": ");
	(void)sbuf_add(out, value);
	(void)sbuf_lit(out, "\r\n");
}

static void add_date(struct sbuf *out)
{
	time_t now = (time_t)(wall_now() / USEC_PER_SEC);
	struct tm tm;
	char text[40];
	size_t n = gmtime_r(&now, &tm)
			   ? strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm)
			   : 0;

	add_field(out, STR("Date"), str_make(text, n));
}

bool http_answer_has_body(const struct http_answer *answer)
{
	return answer->status >= 200 && answer->status != 204 && answer->status != 304;
}

static enum err write_head(struct sbuf *out, const struct http_answer *answer, uint64_t length,
			   bool is_last)
{
	(void)sbuf_printf(out, "HTTP/1.1 %u %s\r\n", answer->status, http_reason(answer->status));
	add_date(out);
	if (!str_is_empty(answer->content_type))
		add_field(out, STR("Content-Type"), answer->content_type);
	for (size_t i = 0; i < answer->count; i++)
		add_field(out, answer->fields[i].name, answer->fields[i].value);
	if (http_answer_has_body(answer) && length != HTTP_LENGTH_UNKNOWN)
		(void)sbuf_printf(out, "Content-Length: %llu\r\n", (unsigned long long)length);
	add_field(out, STR("Connection"), is_last ? STR("close") : STR("keep-alive"));
	return sbuf_lit(out, "\r\n");
}

enum err http_answer_head(struct sbuf *out, const struct http_answer *answer, uint64_t length,
			  bool is_last)
{
	static const struct http_answer too_long = { .status = 500 };
	enum err e = write_head(out, answer, length, is_last);

	if (e) {
		sbuf_reset(out);
		must(write_head(out, &too_long, 0, true) == OK);
	}
	return e;
}
