/* SPDX-License-Identifier: Apache-2.0 */
/* Answers for people. One thread. */
#include "ctl/print.h"

#include "codec/qr.h"
#include "codec/utf8.h"

enum { COLUMNS_MAX = 32, CELL_MAX = 16 * 1024 /* bytes */ };

static bool is_control(uint32_t cp)
{
	/* Besides C0 and C1 those that turn the direction of the text around them. */
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x202a && cp <= 0x202e) ||
	       (cp >= 0x2066 && cp <= 0x2069);
}

static void add_clean(struct sbuf *out, struct str text)
{
	uint32_t cp;

	while (!str_is_empty(text) && utf8_next(&text, &cp))
		utf8_add(out, is_control(cp) ? '?' : cp);
}

static int add_json(const char *bytes, size_t len, void *out)
{
	return sbuf_add(out, str_make(bytes, len)) ? -1 : 0;
}

static void add_value(struct sbuf *out, const json_t *value)
{
	struct sbuf text scoped(sbuf_done) = SBUF(CELL_MAX);

	switch (json_typeof(value)) {
	case JSON_STRING:
		add_clean(out, str_make(json_string_value(value), json_string_length(value)));
		return;
	case JSON_TRUE:
		sbuf_lit(out, "yes");
		return;
	case JSON_FALSE:
		sbuf_lit(out, "no");
		return;
	case JSON_NULL:
		return;
	default:
		(void)json_dump_callback(value, add_json, &text, JSON_COMPACT | JSON_ENCODE_ANY);
		add_clean(out, sbuf_str(&text)); /* cut to CELL_MAX */
		return;
	}
}

/* Characters of the cell as the terminal counts them, near enough. */
static size_t width_of(const json_t *value)
{
	struct sbuf cell scoped(sbuf_done) = SBUF(CELL_MAX);
	struct str text;
	size_t width = 0;
	uint32_t cp;

	add_value(&cell, value);
	text = sbuf_str(&cell);
	while (!str_is_empty(text) && utf8_next(&text, &cp))
		width++;
	return width;
}

static void add_padded(struct sbuf *out, const json_t *value, size_t width, bool is_last)
{
	size_t have = width_of(value);

	add_value(out, value);
	if (is_last) {
		sbuf_add_char(out, '\n');
		return;
	}
	for (size_t i = have; i < width + 2; i++)
		sbuf_add_char(out, ' ');
}

struct table {
	const json_t *rows;
	const char *keys[COLUMNS_MAX];
	size_t widths[COLUMNS_MAX];
	size_t columns;
};

static void measure(struct table *t)
{
	for (size_t i = 0; i < t->columns; i++) {
		t->widths[i] = strlen(t->keys[i]);
		for (size_t row = 0; row < json_array_size(t->rows); row++) {
			const json_t *cell =
				json_object_get(json_array_get(t->rows, row), t->keys[i]);
			size_t width = cell ? width_of(cell) : 0;

			if (width > t->widths[i])
				t->widths[i] = width;
		}
	}
}

static void print_table(struct sbuf *out, const json_t *rows)
{
	struct table t = { .rows = rows };
	json_t *none = json_null();
	json_t *first = json_array_get(rows, 0);
	const char *key;
	json_t *value;

	json_object_foreach(first, key, value)
	{
		if (t.columns < COLUMNS_MAX)
			t.keys[t.columns++] = key;
	}
	measure(&t);
	for (size_t i = 0; i < t.columns; i++) {
		json_t *head = json_string(t.keys[i]);

		add_padded(out, head, t.widths[i], i + 1 == t.columns);
		json_decref(head);
	}
	for (size_t row = 0; row < json_array_size(rows) && !out->err; row++) {
		for (size_t i = 0; i < t.columns; i++) {
			const json_t *cell = json_object_get(json_array_get(rows, row), t.keys[i]);

			add_padded(out, cell ? cell : none, t.widths[i], i + 1 == t.columns);
		}
	}
}

static bool is_table(const json_t *value)
{
	return json_is_array(value) && json_is_object(json_array_get(value, 0));
}

/* "key: value", or the table of the key below it. */
static void print_field(struct sbuf *out, const char *key, const json_t *value)
{
	add_clean(out, str_from(key));
	if (is_table(value)) {
		sbuf_lit(out, ":\n");
		print_table(out, value);
		return;
	}
	sbuf_lit(out, ": ");
	add_value(out, value);
	sbuf_add_char(out, '\n');
}

/* Texts: one a line. */
static void print_lines(struct sbuf *out, const json_t *lines)
{
	for (size_t i = 0; i < json_array_size(lines) && !out->err; i++) {
		add_value(out, json_array_get(lines, i));
		sbuf_add_char(out, '\n');
	}
}

enum err print_result(struct sbuf *out, const json_t *result)
{
	if (is_table(result)) {
		print_table(out, result);
	} else if (json_is_string(json_array_get(result, 0))) {
		print_lines(out, result);
	} else if (json_is_array(result) && json_array_size(result) == 0) {
		sbuf_lit(out, "(none)\n");
	} else if (json_is_object(result)) {
		for (void *at = json_object_iter((json_t *)(uintptr_t)result); at;
		     at = json_object_iter_next((json_t *)(uintptr_t)result, at)) {
			if (!str_eq(str_from(json_object_iter_key(at)), STR("qr"))) /* print_qr */
				print_field(out, json_object_iter_key(at),
					    json_object_iter_value(at));
		}
	} else if (result && !json_is_null(result)) {
		add_value(out, result);
		sbuf_add_char(out, '\n');
	}
	return out->err;
}

enum err print_qr(struct sbuf *out, const json_t *result)
{
	const json_t *text = json_object_get(result, "qr");

	if (!json_is_string(text))
		return out->err;
	return qr_write_terminal(out, str_make(json_string_value(text), json_string_length(text)));
}

/* ---- help ---- */

static void add_text(struct sbuf *out, const json_t *row, const char *key)
{
	add_clean(out, str_from(json_string_value(json_object_get(row, key))));
}

static bool is_type(const json_t *arg, const char *type)
{
	return str_eq(str_from(json_string_value(json_object_get(arg, "type"))), str_from(type));
}

static void add_head(struct sbuf *out, const json_t *row)
{
	const json_t *args = json_object_get(row, "args");

	add_text(out, row, "command");
	for (size_t i = 0; i < json_array_size(args); i++) {
		const json_t *arg = json_array_get(args, i);
		bool is_required = json_is_true(json_object_get(arg, "required"));
		bool is_positional = json_is_true(json_object_get(arg, "positional"));

		if (is_type(arg, "secret"))
			continue;
		sbuf_lit(out, " ");
		if (!is_required)
			sbuf_lit(out, "[");
		if (!is_positional)
			sbuf_lit(out, "--");
		add_text(out, arg, "name");
		if (!is_positional && !is_type(arg, "switch"))
			sbuf_lit(out, " VALUE");
		if (!is_required)
			sbuf_lit(out, "]");
	}
}

enum err print_commands(struct sbuf *out, const json_t *table)
{
	sbuf_lit(out, "parleyctl [--config FILE] [--json] COMMAND...\n\n");
	for (size_t i = 0; i < json_array_size(table); i++) {
		const json_t *row = json_array_get(table, i);

		sbuf_lit(out, "  ");
		add_head(out, row);
		sbuf_lit(out, "\n      ");
		add_text(out, row, "help");
		sbuf_lit(out, "\n");
	}
	sbuf_lit(out, "\nparleyctl help COMMAND tells more. Passwords are read from stdin.\n");
	return out->err;
}

enum err print_usage(struct sbuf *out, const json_t *row)
{
	const json_t *args = json_object_get(row, "args");

	sbuf_lit(out, "parleyctl ");
	add_head(out, row);
	sbuf_lit(out, "\n");
	add_text(out, row, "help");
	sbuf_lit(out, "\n");
	for (size_t i = 0; i < json_array_size(args); i++) {
		sbuf_lit(out, "  ");
		add_text(out, json_array_get(args, i), "name");
		sbuf_lit(out, ": ");
		add_text(out, json_array_get(args, i), "help");
		sbuf_lit(out, "\n");
	}
	return out->err;
}
