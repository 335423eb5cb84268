/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of the configuration tables: names, types, units, bounds. Any thread. */
#include "server/conf/schema.h"

#include "codec/utf8.h"
#include "net/addr.h"

#include <libconfig.h>
#include <stdarg.h>
#include <stdio.h>

struct unit {
	struct str name;
	int64_t factor;
};

/* Largest first: numbers are written with the first that divides them. */
static const struct unit size_units[] = {
	{ STR_INIT("GiB"), (int64_t)1 << 30 },
	{ STR_INIT("MiB"), (int64_t)1 << 20 },
	{ STR_INIT("KiB"), (int64_t)1 << 10 },
};

static const struct unit duration_units[] = {
	{ STR_INIT("d"), USEC_PER_DAY },   { STR_INIT("h"), USEC_PER_HOUR },
	{ STR_INIT("m"), USEC_PER_MIN },   { STR_INIT("s"), USEC_PER_SEC },
	{ STR_INIT("ms"), USEC_PER_MSEC },
};

void blame_set(struct blame *blame, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(blame->text, sizeof(blame->text), fmt, args);
	va_end(args);
}

enum schema_kind schema_find(const struct conf_table *const *tables, size_t count, struct str path,
			     const struct conf_key **ret_key)
{
	bool is_group = false;

	for (size_t i = 0; i < count; i++) {
		for (const struct conf_key *key = tables[i]->keys; key->path; key++) {
			struct str known = str_from(key->path);

			if (str_eq(known, path)) {
				*ret_key = key;
				return SCHEMA_KEY;
			}
			if (str_starts(known, path) && known.ptr[path.len] == '.')
				is_group = true;
		}
	}
	return is_group ? SCHEMA_GROUP : SCHEMA_UNKNOWN;
}

/* ---- the nearest name ---- */

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/* Edits (insert, delete, replace, swap of neighbours) that make b of a. Both at most
 * SCHEMA_PATH_MAX bytes. */
static unsigned edit_distance(struct str a, struct str b)
{
	unsigned rows[3][SCHEMA_PATH_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2];

	for (unsigned j = 0; j <= b.len; j++)
		last[j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		unsigned *spare = before;

		row[0] = i;
		for (unsigned j = 1; j <= b.len; j++) {
			bool is_same = a.ptr[i - 1] == b.ptr[j - 1];

			row[j] = min3(last[j] + 1, row[j - 1] + 1, last[j - 1] + !is_same);
			if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] &&
			    a.ptr[i - 2] == b.ptr[j - 1] && before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		before = last;
		last = row;
		row = spare;
	}
	return last[b.len];
}

static struct str last_part(struct str path)
{
	for (size_t i = path.len; i > 0; i--) {
		if (path.ptr[i - 1] == '.')
			return str_from_at(path, i);
	}
	return path;
}

/* How far known is from what was written; the right name in the wrong group counts as one edit. */
static unsigned distance(struct str path, struct str known)
{
	unsigned whole = edit_distance(path, known);

	return whole > 1 && str_eq(last_part(path), last_part(known)) ? 1 : whole;
}

struct search {
	struct str path; /* as it was written */
	struct str nearest;
	unsigned least; /* edits; what is nearer than that is the new nearest */
};

/* The key itself, then each group that it stands in. */
static void look_at(struct search *s, struct str known)
{
	must(known.len <= SCHEMA_PATH_MAX);
	for (size_t len = known.len; len > 0; len--) {
		struct str part = str_make(known.ptr, len);
		unsigned d;

		if (len < known.len && known.ptr[len] != '.')
			continue;
		d = distance(s->path, part);
		if (d < s->least) {
			s->least = d;
			s->nearest = part;
		}
	}
}

struct str schema_nearest(const struct conf_table *const *tables, size_t count, struct str path)
{
	struct search s = { .path = path, .nearest = STR_NONE };

	s.least = path.len < 6 ? 3 : (unsigned)(path.len / 3) + 1;
	if (path.len > SCHEMA_PATH_MAX)
		return s.nearest;
	for (size_t i = 0; i < count; i++) {
		for (const struct conf_key *key = tables[i]->keys; key->path; key++)
			look_at(&s, str_from(key->path));
	}
	return s.nearest;
}

/* ---- numbers with units ---- */

static enum err parse_unit(struct str text, const struct unit *units, size_t count,
			   int64_t *ret_number)
{
	size_t digits = 0;
	int64_t number;
	enum err err;

	while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
		digits++;
	err = str_to_i64(str_sub(text, 0, digits), &number);
	if (err)
		return err;
	for (size_t i = 0; i < count; i++) {
		if (!str_eq(units[i].name, str_from_at(text, digits)))
			continue;
		if (__builtin_mul_overflow(number, units[i].factor, ret_number))
			return ERR_TOO_BIG;
		return OK;
	}
	return ERR_INVALID;
}

enum err schema_parse_size(struct str text, int64_t *ret_bytes)
{
	int64_t bytes;
	enum err err = parse_unit(text, size_units, array_len(size_units), &bytes);

	if (err == ERR_INVALID && text.len > 0 && text.ptr[0] != '-')
		err = str_to_i64(text, &bytes);
	if (!err)
		*ret_bytes = bytes;
	return err;
}

enum err schema_parse_duration(struct str text, int64_t *ret_usec)
{
	int64_t usec;
	enum err err = parse_unit(text, duration_units, array_len(duration_units), &usec);

	if (!err)
		*ret_usec = usec;
	return err;
}

static void write_unit(struct sbuf *out, const struct unit *units, size_t count, int64_t number)
{
	for (size_t i = 0; i < count; i++) {
		if (number && number % units[i].factor == 0) {
			sbuf_printf(out, "\"%lld%.*s\"", (long long)(number / units[i].factor),
				    STR_ARG(units[i].name));
			return;
		}
	}
	if (units == duration_units)
		sbuf_printf(out, "\"%lldms\"", (long long)(number / USEC_PER_MSEC));
	else
		sbuf_printf(out, "%lld", (long long)number);
}

void schema_write_number(struct sbuf *out, enum conf_type type, int64_t number)
{
	if (type == CONF_SIZE)
		write_unit(out, size_units, array_len(size_units), number);
	else if (type == CONF_DURATION)
		write_unit(out, duration_units, array_len(duration_units), number);
	else
		sbuf_printf(out, "%lld", (long long)number);
}

/* ---- values ---- */

const char *schema_type_words(enum conf_type type)
{
	static const char *const words[] = {
		[CONF_STR] = "a text in quotes",
		[CONF_INT] = "a whole number",
		[CONF_BOOL] = "true or false",
		[CONF_SIZE] = "a size like \"64KiB\", \"2MiB\" or a number of bytes",
		[CONF_DURATION] = "a duration like \"250ms\", \"30s\", \"5m\", \"2h\" or \"7d\"",
		[CONF_ADDR] =
			"an address like \"127.0.0.1:5222\" or \"[::1]:5222\", or \"\" for off",
		[CONF_LIST] = "a list of texts like [ \"a\", \"b\" ]",
		[CONF_GROUPS] = "a list of groups like ( { ... }, { ... } )",
	};

	return words[type];
}

static const char *setting_words(const struct config_setting_t *setting)
{
	switch (setting->type) {
	case CONFIG_TYPE_GROUP:
		return "a group of keys";
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return "a whole number";
	case CONFIG_TYPE_FLOAT:
		return "a number with a fraction";
	case CONFIG_TYPE_STRING:
		return "a text";
	case CONFIG_TYPE_BOOL:
		return "true or false";
	default:
		return "a list";
	}
}

static enum err wrong_type(const struct conf_key *key, const struct config_setting_t *setting,
			   struct blame *blame)
{
	blame_set(blame, "'%s' must be %s, not %s", key->path, schema_type_words(key->type),
		  setting_words(setting));
	return ERR_INVALID;
}

/* Texts go into XML, HTML and file names: UTF-8 without control characters. */
static enum err read_text(const struct conf_key *key, const struct config_setting_t *setting,
			  struct arena *arena, struct str *ret_text, struct blame *blame)
{
	struct str text = str_from(setting->value.sval ? setting->value.sval : "");

	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f) {
			blame_set(blame, "'%s' has a control character in its text", key->path);
			return ERR_INVALID;
		}
	}
	if (!utf8_is_valid(text)) {
		blame_set(blame, "'%s' is not UTF-8", key->path);
		return ERR_INVALID;
	}
	*ret_text = arena_dup(arena, text);
	return OK;
}

static enum err read_string(const struct conf_key *key, const struct config_setting_t *setting,
			    struct arena *arena, struct schema_value *value, struct blame *blame)
{
	struct addr addr;
	enum err err;

	if (setting->type != CONFIG_TYPE_STRING)
		return wrong_type(key, setting, blame);
	err = read_text(key, setting, arena, &value->text, blame);
	if (err)
		return err;
	if (key->type == CONF_ADDR && addr_parse(value->text, &addr)) {
		blame_set(blame, "'%s' is \"%.*s\", but must be %s", key->path,
			  STR_ARG(str_sub(value->text, 0, SCHEMA_PATH_MAX)),
			  schema_type_words(key->type));
		return ERR_INVALID;
	}
	return OK;
}

static enum err check_bounds(const struct conf_key *key, int64_t number, struct blame *blame)
{
	struct sbuf words scoped(sbuf_done) = SBUF(sizeof(blame->text));

	if ((key->min == 0 && key->max == 0) || (number >= key->min && number <= key->max))
		return OK;
	schema_write_number(&words, key->type, number);
	sbuf_lit(&words, ", but must be from ");
	schema_write_number(&words, key->type, key->min);
	sbuf_lit(&words, " to ");
	schema_write_number(&words, key->type, key->max);
	blame_set(blame, "'%s' is %.*s", key->path, STR_ARG(sbuf_str(&words)));
	return ERR_INVALID;
}

static enum err read_number(const struct conf_key *key, const struct config_setting_t *setting,
			    struct schema_value *value, struct blame *blame)
{
	struct str text;
	enum err err;

	if (setting->type == CONFIG_TYPE_INT && key->type != CONF_DURATION) {
		value->number = setting->value.ival;
	} else if (setting->type == CONFIG_TYPE_INT64 && key->type != CONF_DURATION) {
		value->number = setting->value.llval;
	} else if (setting->type == CONFIG_TYPE_STRING && key->type != CONF_INT) {
		text = str_from(setting->value.sval);
		err = key->type == CONF_SIZE ? schema_parse_size(text, &value->number)
					     : schema_parse_duration(text, &value->number);
		if (err) {
			blame_set(blame, "'%s' is \"%.*s\", but must be %s", key->path,
				  STR_ARG(str_sub(text, 0, SCHEMA_PATH_MAX)),
				  schema_type_words(key->type));
			return ERR_INVALID;
		}
	} else {
		return wrong_type(key, setting, blame);
	}
	if (key->type == CONF_SIZE && value->number < 0) {
		blame_set(blame, "'%s' is a size and cannot be negative", key->path);
		return ERR_INVALID;
	}
	return check_bounds(key, value->number, blame);
}

static enum err read_list(const struct conf_key *key, const struct config_setting_t *setting,
			  struct arena *arena, struct schema_value *value, struct blame *blame)
{
	unsigned count;

	if (setting->type != CONFIG_TYPE_ARRAY && setting->type != CONFIG_TYPE_LIST)
		return wrong_type(key, setting, blame);
	count = setting->value.list ? setting->value.list->length : 0;
	if (count > SCHEMA_ITEMS_MAX) {
		blame_set(blame, "'%s' has %u texts, at most %d are allowed", key->path, count,
			  SCHEMA_ITEMS_MAX);
		return ERR_INVALID;
	}
	value->items = arena_zalloc(arena, (count + 1) * sizeof(*value->items));
	for (unsigned i = 0; i < count; i++) {
		const struct config_setting_t *item = setting->value.list->elements[i];
		enum err err;

		if (item->type != CONFIG_TYPE_STRING)
			return wrong_type(key, item, blame);
		err = read_text(key, item, arena, &value->items[i], blame);
		if (err)
			return err;
	}
	value->item_count = count;
	return OK;
}

static enum err read_groups(const struct conf_key *key, const struct config_setting_t *setting,
			    struct schema_value *value, struct blame *blame)
{
	/* libconfig takes "( )" for an empty list and "[ ]" for an empty array. */
	unsigned count = setting->type == CONFIG_TYPE_LIST && setting->value.list
				 ? setting->value.list->length
				 : 0;

	if (setting->type != CONFIG_TYPE_LIST && setting->type != CONFIG_TYPE_ARRAY)
		return wrong_type(key, setting, blame);
	if (setting->type == CONFIG_TYPE_ARRAY && setting->value.list &&
	    setting->value.list->length)
		return wrong_type(key, setting, blame);
	for (unsigned i = 0; i < count; i++) {
		if (setting->value.list->elements[i]->type != CONFIG_TYPE_GROUP)
			return wrong_type(key, setting->value.list->elements[i], blame);
	}
	if (key->max && count > key->max) {
		blame_set(blame, "'%s' has %u groups, at most %lld are allowed", key->path, count,
			  (long long)key->max);
		return ERR_INVALID;
	}
	value->item_count = count;
	return OK;
}

enum err schema_read(const struct conf_key *key, const struct config_setting_t *setting,
		     struct arena *arena, struct schema_value *ret_value, struct blame *blame)
{
	struct schema_value value = { .key = key };
	enum err err = OK;

	switch (key->type) {
	case CONF_STR:
	case CONF_ADDR:
		err = read_string(key, setting, arena, &value, blame);
		break;
	case CONF_BOOL:
		if (setting->type != CONFIG_TYPE_BOOL)
			err = wrong_type(key, setting, blame);
		value.number = setting->value.ival != 0;
		break;
	case CONF_INT:
	case CONF_SIZE:
	case CONF_DURATION:
		err = read_number(key, setting, &value, blame);
		break;
	case CONF_LIST:
		err = read_list(key, setting, arena, &value, blame);
		break;
	case CONF_GROUPS:
		err = read_groups(key, setting, &value, blame);
		break;
	}
	if (!err)
		*ret_value = value;
	return err;
}
