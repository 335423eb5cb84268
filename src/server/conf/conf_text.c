/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration files as text: reading them, and a walk over their tokens (strings, comments,
 * names, numbers). Any thread. */
#include "server/conf/conf_text.h"

#include "server/conf/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <libconfig.h>
#include <unistd.h>

struct walk {
	struct str text;
	size_t at; /* bytes */
	int line;
	struct sbuf *out;
	struct blame *blame;
};

static int peek(const struct walk *w, size_t ahead)
{
	return w->at + ahead < w->text.len ? (unsigned char)w->text.ptr[w->at + ahead] : -1;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name(int c)
{
	return is_letter(c) || is_digit(c) || c == '*' || c == '-' || c == '_';
}

static enum err refuse(struct walk *w, const char *why)
{
	blame_set(w->blame, "%s", why);
	return ERR_INVALID;
}

/* Copies n bytes and counts their lines. */
static void take(struct walk *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		w->line += w->text.ptr[w->at + i] == '\n';
	sbuf_add(w->out, str_sub(w->text, w->at, n));
	w->at += n;
}

static enum err take_string(struct walk *w)
{
	int first = w->line;

	take(w, 1);
	for (;;) {
		int c = peek(w, 0);

		if (c < 0) {
			w->line = first;
			return refuse(w, "a text in quotes begins here and has no end");
		}
		if (c == '\\' && (peek(w, 1) | 0x20) == 'x' && peek(w, 2) == '0' &&
		    peek(w, 3) == '0')
			return refuse(w, "a text must not contain NUL");
		take(w, c == '\\' && peek(w, 1) >= 0 ? 2 : 1);
		if (c == '"')
			return OK;
	}
}

static enum err take_comment(struct walk *w)
{
	int first = w->line;

	if (peek(w, 0) == '#' || peek(w, 1) == '/') {
		while (peek(w, 0) >= 0 && peek(w, 0) != '\n')
			take(w, 1);
		return OK;
	}
	take(w, 2);
	while (peek(w, 0) != '*' || peek(w, 1) != '/') {
		if (peek(w, 0) < 0) {
			w->line = first;
			return refuse(w, "a comment begins here and has no end");
		}
		take(w, 1);
	}
	take(w, 2);
	return OK;
}

/* libconfig cuts whole numbers without an L to 32 bits: those that need more get one. */
static enum err take_number(struct walk *w)
{
	size_t digits = 0;
	uint64_t number;
	enum err err;

	if (peek(w, 0) == '0' && (peek(w, 1) | 0x20) == 'x')
		return refuse(w, "numbers are written in decimal digits");
	while (is_digit(peek(w, digits)))
		digits++;
	if (peek(w, digits) == '.' || (peek(w, digits) | 0x20) == 'e') {
		/* A fraction, which no key takes: the schema says so with the key's name. */
		while (is_name(peek(w, 0)) || peek(w, 0) == '.' || peek(w, 0) == '+')
			take(w, 1);
		return OK;
	}
	err = str_to_u64(str_sub(w->text, w->at, digits), &number);
	if (err || number > INT64_MAX)
		return refuse(w, "this number is too large");
	take(w, digits);
	if (peek(w, 0) == 'L')
		take(w, peek(w, 1) == 'L' ? 2 : 1);
	else if (number > INT32_MAX)
		sbuf_add_char(w->out, 'L');
	return OK;
}

static enum err take_token(struct walk *w)
{
	int c = peek(w, 0);

	if (c == 0)
		return refuse(w, "NUL in the text");
	if (c == '@')
		return refuse(w, "@include is not supported: all keys stand in one file");
	if (c == '"')
		return take_string(w);
	if (c == '#' || (c == '/' && (peek(w, 1) == '/' || peek(w, 1) == '*')))
		return take_comment(w);
	if (is_digit(c))
		return take_number(w);
	if (is_letter(c) || c == '*') {
		while (is_name(peek(w, 0)))
			take(w, 1);
		return OK;
	}
	take(w, 1);
	return OK;
}

enum err conf_text_prepare(struct str text, struct sbuf *out, int *ret_line, struct blame *blame)
{
	struct walk w = { .text = text, .line = 1, .out = out, .blame = blame };

	while (w.at < text.len) {
		enum err err = take_token(&w);

		if (err) {
			*ret_line = w.line;
			return err;
		}
	}
	sbuf_add_char(out, '\0');
	return out->err;
}

static enum err read_file(int fd, struct sbuf *out)
{
	for (;;) {
		ssize_t n;

		if (sbuf_room(out, out->limit - out->len))
			return ERR_TOO_BIG;
		n = read(fd, out->ptr + out->len, out->limit - out->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_from_errno(errno);
		if (n == 0)
			return OK;
		out->len += (size_t)n;
		if (out->len == out->limit)
			return ERR_TOO_BIG;
	}
}

enum err conf_text_load(const char *path, struct sbuf *out, struct blame *blame)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err err;

	if (fd < 0) {
		err = err_from_errno(errno);
	} else {
		err = read_file(fd, out);
		(void)close(fd); /* only read from */
	}
	if (err)
		blame_set(blame, "%.200s: cannot be read: %s", path, err_text(err));
	return err;
}

struct str conf_text_folder(struct arena *arena, struct str path)
{
	size_t len = path.len;

	while (len > 0 && path.ptr[len - 1] != '/')
		len--;
	if (len == 0)
		return STR(".");
	return arena_dup(arena, str_make(path.ptr, len > 1 ? len - 1 : 1));
}

static enum err peek_in(const struct config_setting_t *setting, struct arena *arena,
			struct str *ret_text)
{
	if (setting->type != CONFIG_TYPE_STRING)
		return ERR_INVALID;
	*ret_text = arena_dup(arena, str_from(setting->value.sval));
	return OK;
}

enum err conf_text_peek(const char *path, const char *key, struct str otherwise,
			struct arena *arena, struct str *ret_text, struct blame *blame)
{
	struct sbuf text scoped(sbuf_done) = SBUF(CONF_TEXT_MAX + 1);
	struct sbuf prepared scoped(sbuf_done) = SBUF((size_t)2 * CONF_TEXT_MAX);
	const struct config_setting_t *setting;
	config_t config;
	int line = 1;
	enum err err = conf_text_load(path, &text, blame);

	if (err)
		return err;
	config_init(&config);
	err = conf_text_prepare(sbuf_str(&text), &prepared, &line, blame);
	if (!err && !config_read_string(&config, prepared.ptr)) {
		blame_set(blame, "%.200s:%d: %s", path, config_error_line(&config),
			  config_error_text(&config));
		err = ERR_INVALID;
	} else if (err) {
		struct blame sentence = *blame;

		blame_set(blame, "%.200s:%d: %s", path, line, sentence.text);
	} else {
		setting = config_lookup(&config, key);
		if (setting)
			err = peek_in(setting, arena, ret_text);
		else
			*ret_text = otherwise;
		if (err)
			blame_set(blame, "%.200s:%d: '%s' must be a text in quotes", path,
				  (int)setting->line, key);
	}
	config_destroy(&config);
	return err;
}
