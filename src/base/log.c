/* SPDX-License-Identifier: Apache-2.0 */
/* Structured log lines, see log.h. The level, the form and the sink are the process's; one write(2)
 * a line. */
#include "base/log.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
	LINE_MAX = 16384,
	VALUE_MAX =
		512 /* bytes of a field; a longer one is cut, so that no peer can suppress a line */
};

static int current_level = LOG_INFO;
static enum log_form current_form = LOG_TEXT;
static void (*current_sink)(struct str line);

static const char *const level_names[] = { "error", "warn", "info", "debug", "trace" };

void log_set_level(enum log_level level)
{
	__atomic_store_n(&current_level, (int)level, __ATOMIC_RELAXED);
}

enum log_level log_get_level(void)
{
	return (enum log_level)__atomic_load_n(&current_level, __ATOMIC_RELAXED);
}

enum err log_level_parse(struct str name, enum log_level *ret_level)
{
	for (size_t i = 0; i < array_len(level_names); i++) {
		if (str_eq(name, str_from(level_names[i]))) {
			*ret_level = (enum log_level)i;
			return OK;
		}
	}
	return ERR_INVALID;
}

struct str log_level_name(enum log_level level)
{
	return str_from(level_names[level]);
}

void log_set_form(enum log_form form)
{
	current_form = form;
}

void log_set_sink(void (*sink)(struct str line))
{
	current_sink = sink;
}

static void add_time(struct sbuf *b)
{
	usec_t now = wall_now();
	time_t sec = (time_t)(now / USEC_PER_SEC);
	struct tm tm;

	(void)gmtime_r(&sec, &tm);
	(void)sbuf_printf(b, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
			  tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
			  (int)(now % USEC_PER_SEC / 1000));
}

/* Quoted; control characters and what is not ASCII-safe in a terminal are escaped, so that a peer
 * cannot forge lines. */
static void add_quoted(struct sbuf *b, struct str s)
{
	s = str_sub(s, 0, VALUE_MAX);
	while (s.len && s.len == VALUE_MAX && ((unsigned char)s.ptr[s.len - 1] & 0xc0) == 0x80)
		s.len--; /* not inside a character */
	(void)sbuf_add_char(b, '"');
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		bool is_c1 = i > 0 && (unsigned char)s.ptr[i - 1] == 0xc2 &&
			     c < 0xa0; /* U+0080 to U+009F */

		if (c == '"' || c == '\\')
			(void)sbuf_printf(b, "\\%c", c);
		else if (c < 0x20 || c == 0x7f || is_c1)
			(void)sbuf_printf(b, "\\u%04x", c);
		else
			(void)sbuf_add_char(b, (char)c);
	}
	(void)sbuf_add_char(b, '"');
}

static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c <= 0x20 || c >= 0x7f || c == '"' || c == '=' || c == '\\')
			return false;
	}
	return s.len > 0 && s.len <= VALUE_MAX;
}

static void add_value(struct sbuf *b, const struct log_field *f)
{
	switch (f->kind) {
	case LOG_FIELD_STR:
		if (current_form == LOG_TEXT && is_plain(f->s))
			(void)sbuf_add(b, f->s);
		else
			add_quoted(b, f->s);
		break;
	case LOG_FIELD_INT:
		(void)sbuf_printf(b, "%lld", (long long)f->i);
		break;
	case LOG_FIELD_BOOL:
		(void)sbuf_add(b, f->b ? STR("true") : STR("false"));
		break;
	}
}

static void add_field(struct sbuf *b, const struct log_field *f)
{
	if (!f->key)
		return;
	if (current_form == LOG_JSON)
		(void)sbuf_printf(b, ",\"%s\":", f->key);
	else
		(void)sbuf_printf(b, " %s=", f->key);
	add_value(b, f);
}

static void add_context(struct sbuf *b, const struct log_ctx *ctx)
{
	if (!ctx)
		return;
	add_context(b, ctx->parent);
	add_field(b, &ctx->field);
}

static void write_line(struct str line)
{
	if (current_sink) {
		current_sink(line);
		return;
	}
	/* A log that cannot be written has nobody to tell. */
	if (write(STDERR_FILENO, line.ptr, line.len) < 0)
		return;
}

void log_write(enum log_level level, const struct log_ctx *ctx, const char *message,
	       const struct log_field *fields, size_t count)
{
	struct sbuf b scoped(sbuf_done) = SBUF(LINE_MAX);

	if (current_form == LOG_JSON) {
		(void)sbuf_lit(&b, "{\"time\":\"");
		add_time(&b);
		(void)sbuf_printf(&b, "\",\"level\":\"%s\",\"message\":", level_names[level]);
		add_quoted(&b, str_from(message));
	} else {
		add_time(&b);
		(void)sbuf_printf(&b, " %-5s %s", level_names[level], message);
	}
	add_context(&b, ctx);
	for (size_t i = 0; i < count; i++)
		add_field(&b, &fields[i]);
	if (current_form == LOG_JSON)
		(void)sbuf_add_char(&b, '}');
	(void)sbuf_add_char(&b, '\n');
	write_line(sbuf_str(&b));
}
