/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration: libconfig text, checked against the tables, as an immutable counted snapshot. Any
 * thread. */
#include "server/conf/conf.h"

#include "base/map.h"
#include "base/mem.h"
#include "server/conf/conf_text.h"
#include "server/conf/schema.h"

#include <libconfig.h>
#include <limits.h>

enum {
	CONF_ARENA_MAX = 8 * 1024 * 1024, /* bytes of all values */
	MEMBER_ARENA_MAX = 4096,          /* bytes of a path */
};

struct conf {
	unsigned refs; /* atomic */
	struct arena arena;
	struct map values; /* path -> struct schema_value */
	struct str folder;
};

/* What one reading needs at hand. */
struct reader {
	struct conf *conf;
	const char *name;
	const struct conf_table *const *tables;
	size_t count;
	struct blame *blame;
};

struct conf *conf_ref(struct conf *c)
{
	(void)__atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
	return c;
}

struct conf *conf_unref(struct conf *c)
{
	if (c && __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL) == 0) {
		map_done(&c->values);
		arena_done(&c->arena);
		mem_free(c);
	}
	return NULL;
}

static struct conf *conf_new(void)
{
	struct conf *c = mem_zalloc(1, sizeof(*c));

	c->refs = 1;
	arena_init(&c->arena, CONF_ARENA_MAX);
	map_init(&c->values);
	c->folder = STR(".");
	return c;
}

/* Puts the place in front of the sentence that blame has. */
static void blame_place(const struct reader *r, int line)
{
	struct blame sentence = *r->blame;

	blame_set(r->blame, "%.200s:%d: %s", r->name, line, sentence.text);
}

static void blame_unknown(const struct reader *r, struct str path)
{
	struct str nearest = schema_nearest(r->tables, r->count, path);

	if (str_is_set(nearest))
		blame_set(r->blame, "unknown key '%.*s', did you mean '%.*s'?",
			  STR_ARG(str_sub(path, 0, SCHEMA_PATH_MAX)), STR_ARG(nearest));
	else
		blame_set(r->blame, "unknown key '%.*s'",
			  STR_ARG(str_sub(path, 0, SCHEMA_PATH_MAX)));
}

static void keep(struct conf *c, struct str path, const struct schema_value *value)
{
	struct schema_value *kept = arena_new(&c->arena, struct schema_value);

	*kept = *value;
	(void)map_set(&c->values, path, kept);
}

static enum err read_group(struct reader *r, const config_setting_t *group, struct sbuf *path,
			   unsigned depth);

/* ---- lists of groups ---- */

/* "rows.*.name" of group i as it stands in values: "rows.3.name". */
static struct str member_path(struct arena *arena, struct str row, size_t i)
{
	ptrdiff_t star = str_index(row, '*');

	must(star > 0);
	return arena_printf(arena, "%.*s%zu%.*s", STR_ARG(str_sub(row, 0, (size_t)star)), i,
			    STR_ARG(str_from_at(row, (size_t)star + 1)));
}

static enum err read_member(struct reader *r, const struct conf_key *groups, size_t i,
			    const config_setting_t *setting)
{
	const struct conf_key *key = NULL;
	struct schema_value value;
	struct str row = arena_printf(&r->conf->arena, "%s.*.%s", groups->path, setting->name);

	if (schema_find(r->tables, r->count, row, &key) != SCHEMA_KEY) {
		blame_unknown(r, row);
		return ERR_INVALID;
	}
	if (schema_read(key, setting, &r->conf->arena, &value, r->blame))
		return ERR_INVALID;
	value.line = (int)setting->line;
	keep(r->conf, member_path(&r->conf->arena, row, i), &value);
	return OK;
}

static enum err read_groups(struct reader *r, const struct conf_key *key,
			    const config_setting_t *list)
{
	unsigned count = list->value.list ? list->value.list->length : 0;

	for (unsigned i = 0; i < count; i++) {
		const config_setting_t *group = list->value.list->elements[i];
		unsigned members = group->value.list ? group->value.list->length : 0;

		for (unsigned k = 0; k < members; k++) {
			const config_setting_t *setting = group->value.list->elements[k];
			enum err err = read_member(r, key, i, setting);

			if (err) {
				blame_place(r, (int)setting->line);
				return err;
			}
		}
	}
	return OK;
}

/* One setting whose full path stands in path. */
static enum err read_setting(struct reader *r, const config_setting_t *setting, struct sbuf *path,
			     unsigned depth)
{
	const struct conf_key *key = NULL;
	struct schema_value value;
	enum schema_kind kind = schema_find(r->tables, r->count, sbuf_str(path), &key);
	enum err err = ERR_INVALID;

	if (kind == SCHEMA_GROUP && setting->type == CONFIG_TYPE_GROUP)
		return read_group(r, setting, path, depth + 1);
	if (kind == SCHEMA_UNKNOWN) {
		blame_unknown(r, sbuf_str(path));
	} else if (kind == SCHEMA_GROUP) {
		blame_set(r->blame, "'%.*s' is a group of keys: %.*s = { ... };",
			  STR_ARG(sbuf_str(path)), STR_ARG(str_from(setting->name)));
	} else {
		err = schema_read(key, setting, &r->conf->arena, &value, r->blame);
	}
	if (err) {
		blame_place(r, (int)setting->line);
		return err;
	}
	value.line = (int)setting->line;
	keep(r->conf, str_from(key->path), &value);
	return key->type == CONF_GROUPS ? read_groups(r, key, setting) : OK;
}

static enum err read_group(struct reader *r, const config_setting_t *group, struct sbuf *path,
			   unsigned depth)
{
	unsigned count = group->value.list ? group->value.list->length : 0;
	size_t len = path->len;

	must(depth <= SCHEMA_DEPTH_MAX);
	for (unsigned i = 0; i < count; i++) {
		const config_setting_t *setting = group->value.list->elements[i];
		enum err err;

		if (len)
			sbuf_add_char(path, '.');
		sbuf_add(path, str_from(setting->name));
		if (path->err) {
			blame_set(r->blame, "the name of a key is too long");
			blame_place(r, (int)setting->line);
			return ERR_INVALID;
		}
		err = read_setting(r, setting, path, depth);
		if (err)
			return err;
		path->len = len;
	}
	return OK;
}

/* What the file does not say; a default that its own row refuses is a bug. */
static void read_default(struct reader *r, const struct conf_key *key, struct str path)
{
	struct sbuf text scoped(sbuf_done) = SBUF(CONF_TEXT_MAX);
	struct schema_value value;
	config_t config;

	if (map_get(&r->conf->values, path))
		return;
	sbuf_printf(&text, "v = %s;", key->def);
	sbuf_add_char(&text, '\0');
	config_init(&config);
	must(!text.err && config_read_string(&config, text.ptr));
	must(schema_read(key, config_lookup(&config, "v"), &r->conf->arena, &value, r->blame) ==
	     OK);
	config_destroy(&config);
	keep(r->conf, path, &value);
}

/* The same for every group of a list; the row of the list stands in front of its members. */
static void read_member_defaults(struct reader *r, const struct conf_key *key)
{
	struct str row = str_from(key->path);
	const struct schema_value *groups;
	ptrdiff_t star = str_index(row, '*');

	must(star > 1);
	groups = map_get(&r->conf->values, str_sub(row, 0, (size_t)star - 1));
	must(groups && groups->key->type == CONF_GROUPS);
	for (size_t i = 0; i < groups->item_count; i++)
		read_default(r, key, member_path(&r->conf->arena, row, i));
}

static void read_defaults(struct reader *r)
{
	for (size_t i = 0; i < r->count; i++) {
		for (const struct conf_key *key = r->tables[i]->keys; key->path; key++) {
			if (str_index(str_from(key->path), '*') >= 0)
				read_member_defaults(r, key);
			else
				read_default(r, key, str_from(key->path));
		}
	}
}

static enum err read_text(struct reader *r, struct str text)
{
	struct sbuf prepared scoped(sbuf_done) = SBUF((size_t)2 * CONF_TEXT_MAX);
	struct sbuf path scoped(sbuf_done) = SBUF(SCHEMA_PATH_MAX);
	config_t config;
	int line = 1;
	enum err err = conf_text_prepare(text, &prepared, &line, r->blame);

	if (err) {
		blame_place(r, line);
		return err;
	}
	config_init(&config);
	if (config_read_string(&config, prepared.ptr)) {
		err = read_group(r, config_root_setting(&config), &path, 0);
	} else {
		blame_set(r->blame, "%s", config_error_text(&config));
		blame_place(r, config_error_line(&config));
		err = ERR_INVALID;
	}
	config_destroy(&config);
	return err;
}

enum err conf_parse(struct str text, const char *name, const struct conf_table *const *tables,
		    size_t count, struct conf **ret_conf, struct blame *blame)
{
	struct reader r = { .name = name, .tables = tables, .count = count, .blame = blame };
	enum err err;

	if (text.len > CONF_TEXT_MAX) {
		blame_set(blame, "%.200s: larger than %d bytes", name, CONF_TEXT_MAX);
		return ERR_TOO_BIG;
	}
	r.conf = conf_new();
	err = read_text(&r, text);
	if (err) {
		(void)conf_unref(r.conf);
		return err;
	}
	read_defaults(&r);
	*ret_conf = r.conf;
	return OK;
}

enum err conf_load(const char *path, const struct conf_table *const *tables, size_t count,
		   struct conf **ret_conf, struct blame *blame)
{
	struct sbuf text scoped(sbuf_done) = SBUF(CONF_TEXT_MAX + 1);
	struct conf *conf;
	enum err err = conf_text_load(path, &text, blame);

	if (err)
		return err;
	err = conf_parse(sbuf_str(&text), path, tables, count, &conf, blame);
	if (err)
		return err;
	conf->folder = conf_text_folder(&conf->arena, str_from(path));
	*ret_conf = conf;
	return OK;
}

/* ---- values ---- */

static const struct schema_value *value_at(const struct conf *c, const char *path)
{
	const struct schema_value *value = map_get(&c->values, str_from(path));

	must(value != NULL);
	return value;
}

static const struct schema_value *value_of(const struct conf *c, const char *path,
					   enum conf_type type)
{
	const struct schema_value *value = value_at(c, path);

	must(value->key->type == type);
	return value;
}

struct str conf_str(const struct conf *c, const char *path)
{
	const struct schema_value *value = value_at(c, path);

	must(value->key->type == CONF_STR || value->key->type == CONF_ADDR);
	return value->text;
}

int64_t conf_int(const struct conf *c, const char *path)
{
	return value_of(c, path, CONF_INT)->number;
}

bool conf_bool(const struct conf *c, const char *path)
{
	return value_of(c, path, CONF_BOOL)->number != 0;
}

size_t conf_size(const struct conf *c, const char *path)
{
	return (size_t)value_of(c, path, CONF_SIZE)->number;
}

usec_t conf_duration(const struct conf *c, const char *path)
{
	return value_of(c, path, CONF_DURATION)->number;
}

size_t conf_list_count(const struct conf *c, const char *path)
{
	return value_of(c, path, CONF_LIST)->item_count;
}

struct str conf_list_at(const struct conf *c, const char *path, size_t i)
{
	const struct schema_value *value = value_of(c, path, CONF_LIST);

	must(i < value->item_count);
	return value->items[i];
}

size_t conf_groups_count(const struct conf *c, const char *path)
{
	return value_of(c, path, CONF_GROUPS)->item_count;
}

static const struct schema_value *member_at(const struct conf *c, const char *path, size_t i)
{
	struct arena a scoped(arena_done) = { 0 };
	const struct schema_value *value;

	arena_init(&a, MEMBER_ARENA_MAX);
	value = map_get(&c->values, member_path(&a, str_from(path), i));
	must(value != NULL);
	return value;
}

struct str conf_group_str(const struct conf *c, const char *path, size_t i)
{
	const struct schema_value *value = member_at(c, path, i);

	must(value->key->type == CONF_STR || value->key->type == CONF_ADDR);
	return value->text;
}

bool conf_group_bool(const struct conf *c, const char *path, size_t i)
{
	const struct schema_value *value = member_at(c, path, i);

	must(value->key->type == CONF_BOOL);
	return value->number != 0;
}

size_t conf_group_list_count(const struct conf *c, const char *path, size_t i)
{
	const struct schema_value *value = member_at(c, path, i);

	must(value->key->type == CONF_LIST);
	return value->item_count;
}

struct str conf_group_list_at(const struct conf *c, const char *path, size_t i, size_t item)
{
	const struct schema_value *value = member_at(c, path, i);

	must(value->key->type == CONF_LIST && item < value->item_count);
	return value->items[item];
}

int conf_group_line(const struct conf *c, const char *path, size_t i)
{
	return member_at(c, path, i)->line;
}

bool conf_is_set(const struct conf *c, const char *path)
{
	return value_at(c, path)->line != 0;
}

int conf_line(const struct conf *c, const char *path)
{
	return value_at(c, path)->line;
}

struct str conf_folder(const struct conf *c)
{
	return c->folder;
}

char *conf_resolve(const struct conf *c, struct str path)
{
	struct sbuf out = SBUF(PATH_MAX);
	size_t len;

	if (!str_starts(path, STR("/"))) {
		(void)sbuf_add(&out, c->folder);
		(void)sbuf_lit(&out, "/");
	}
	(void)sbuf_add(&out, path);
	(void)sbuf_add_char(&out, '\0');
	return sbuf_detach(&out, &len);
}
