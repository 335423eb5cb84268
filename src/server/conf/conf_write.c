/* SPDX-License-Identifier: Apache-2.0 */
/* Sample file and documentation page, made from the configuration tables. Any thread. */
#include "server/conf/conf_write.h"

#include "server/conf/schema.h"

/* A walk over all keys below prefix ("" or "listen."), in the order of the tables. */
struct sample {
	struct sbuf *out;
	const struct conf_table *const *tables;
	size_t count;
};

static void indent(struct sbuf *out, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		sbuf_lit(out, "  ");
}

/* Whether a row before key stands in the same group, so that the group has been written. */
static bool is_written(const struct sample *s, const struct conf_key *key, struct str group)
{
	for (size_t i = 0; i < s->count; i++) {
		for (const struct conf_key *k = s->tables[i]->keys; k->path; k++) {
			if (k == key)
				return false;
			if (str_starts(str_from(k->path), group))
				return true;
		}
	}
	return false;
}

static void write_key(const struct sample *s, const struct conf_key *key, struct str name,
		      unsigned depth)
{
	indent(s->out, depth);
	sbuf_printf(s->out, "# %s\n", key->help);
	indent(s->out, depth);
	sbuf_printf(s->out, "%.*s = %s;\n", STR_ARG(name), key->def);
}

/* What a group of the list key may have: as comments, the list is empty. */
static void write_members(const struct sample *s, const struct conf_key *key, unsigned depth)
{
	struct str path = str_from(key->path);

	for (size_t i = 0; i < s->count; i++) {
		for (const struct conf_key *k = s->tables[i]->keys; k->path; k++) {
			struct str row = str_from(k->path);

			if (!str_starts(row, path) ||
			    !str_starts(str_from_at(row, path.len), STR(".*.")))
				continue;
			indent(s->out, depth);
			sbuf_printf(s->out, "#   %.*s = %s;  %s\n",
				    STR_ARG(str_from_at(row, path.len + 3)), k->def, k->help);
		}
	}
}

static void write_group(const struct sample *s, struct str prefix, unsigned depth)
{
	must(depth <= SCHEMA_DEPTH_MAX);
	for (size_t i = 0; i < s->count; i++) {
		for (const struct conf_key *key = s->tables[i]->keys; key->path; key++) {
			struct str path = str_from(key->path);
			struct str name = str_from_at(path, prefix.len);
			ptrdiff_t dot = str_index(name, '.');
			struct str group;

			if (!str_starts(path, prefix) || str_index(name, '*') >= 0)
				continue;
			if (dot < 0) {
				if (key->type == CONF_GROUPS)
					write_members(s, key, depth);
				write_key(s, key, name, depth);
			} else {
				group = str_sub(path, 0, prefix.len + (size_t)dot + 1);
				if (is_written(s, key, group))
					continue;
				indent(s->out, depth);
				sbuf_printf(s->out, "%.*s = {\n",
					    STR_ARG(str_sub(name, 0, (size_t)dot)));
				write_group(s, group, depth + 1);
				indent(s->out, depth);
				sbuf_lit(s->out, "};\n");
			}
			if (depth == 0)
				sbuf_add_char(s->out, '\n');
		}
	}
}

enum err conf_write_sample(struct sbuf *out, const struct conf_table *const *tables, size_t count)
{
	struct sample s = { .out = out, .tables = tables, .count = count };

	sbuf_lit(out,
		 "# Configuration of Parley. Every key stands here with its default;\n"
		 "# leave out what should stay so. Check a change with: parleyd --check --config "
		 "FILE\n\n");
	write_group(&s, STR(""), 0);
	if (out->len && !out->err)
		out->len--; /* the empty line behind the last key */
	return out->err;
}

/* A cell of a table: '|' would end it. */
static void add_cell(struct sbuf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '|')
			sbuf_add_char(out, '\\');
		sbuf_add_char(out, text.ptr[i]);
	}
}

static void write_row(struct sbuf *out, const struct conf_key *key)
{
	static const char *const names[] = {
		[CONF_STR] = "text",          [CONF_INT] = "number",
		[CONF_BOOL] = "switch",       [CONF_SIZE] = "size",
		[CONF_DURATION] = "duration", [CONF_ADDR] = "address",
		[CONF_LIST] = "list",         [CONF_GROUPS] = "list of groups",
	};

	sbuf_printf(out, "| `%s` | %s | `", key->path, names[key->type]);
	add_cell(out, str_from(key->def));
	sbuf_lit(out, "` | ");
	if (key->type == CONF_GROUPS) {
		sbuf_printf(out, "at most %lld", (long long)key->max);
	} else if (key->min || key->max) {
		schema_write_number(out, key->type, key->min);
		sbuf_lit(out, " to ");
		schema_write_number(out, key->type, key->max);
	}
	sbuf_lit(out, " | ");
	add_cell(out, str_from(key->help));
	sbuf_lit(out, " |\n");
}

enum err conf_write_markdown(struct sbuf *out, const struct conf_table *const *tables, size_t count)
{
	sbuf_lit(
		out,
		"# Configuration\n\n"
		"Made from the tables of the sources by `./dev docs`. The file is in libconfig "
		"syntax: `key = value;`, a dot in a key\n"
		"stands for a group (`listen = { xmpp = \"...\"; };`), comments begin with `#`. A "
		"key that is left out has its default;\n"
		"an unknown key is an error. Sizes are texts with a unit (`KiB`, `MiB`, `GiB`) or "
		"plain bytes, durations texts with\n"
		"`ms`, `s`, `m`, `h` or `d`, addresses `host:port` or `[v6]:port`, and \"\" for "
		"off. `list.*.key` is a key of every\n"
		"group in a list of groups: `list = ( { key = \"...\"; }, { key = \"...\"; } );`.\n");
	for (size_t i = 0; i < count; i++) {
		sbuf_printf(out, "\n## %s\n\n", tables[i]->module);
		sbuf_lit(out, "| key | type | default | bounds | meaning |\n"
			      "| --- | --- | --- | --- | --- |\n");
		for (const struct conf_key *key = tables[i]->keys; key->path; key++)
			write_row(out, key);
	}
	return out->err;
}
