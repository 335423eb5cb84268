/* SPDX-License-Identifier: Apache-2.0 */
/* Files that a configuration leads to, see settings.h. */
#include "server/backup/settings.h"

static struct str base_of(struct str path)
{
	for (size_t i = path.len; i > 0; i--) {
		if (path.ptr[i - 1] == '/')
			return str_from_at(path, i);
	}
	return path;
}

/* Only what a manifest allows (see manifest.c); not hidden. */
static struct str clean(struct arena *a, struct str name)
{
	char *p;

	name = arena_dup(a, str_sub(name, 0, 100));
	p = (char *)(uintptr_t)name.ptr;
	for (size_t i = 0; i < name.len; i++) {
		bool is_fine = (p[i] >= 'a' && p[i] <= 'z') || (p[i] >= 'A' && p[i] <= 'Z') ||
			       (p[i] >= '0' && p[i] <= '9') || p[i] == '-' || p[i] == '_' ||
			       (p[i] == '.' && i > 0);

		if (!is_fine)
			p[i] = '_';
	}
	return name;
}

static bool has_name(const struct settings *s, struct str name)
{
	for (size_t i = 0; i < s->count; i++) {
		if (str_eq(s->items[i].name, name))
			return true;
	}
	return false;
}

static bool add(struct settings *s, struct arena *a, struct str path)
{
	struct str name = clean(a, base_of(path)), unique = name;

	for (size_t i = 0; i < s->count; i++) {
		if (str_eq(s->items[i].path, path))
			return true;
	}
	if (s->count == SETTINGS_MAX)
		return false;
	for (unsigned n = 2; has_name(s, unique) || !unique.len; n++)
		unique = arena_printf(a, "%u-%.*s", n, STR_ARG(name));
	s->items[s->count].path = arena_dup(a, path);
	s->items[s->count++].name = arena_dup(a, unique);
	return true;
}

/* Relative ones are meant from the configuration's folder. */
static bool add_named(struct settings *s, struct arena *a, const struct conf *conf, struct str path)
{
	if (!path.len)
		return true;
	if (!str_starts(path, STR("/")))
		path = ARENA_JOIN(a, conf_folder(conf), STR("/"), path);
	return add(s, a, path);
}

bool settings_read(const struct conf *conf, const char *config_path, struct arena *a,
		   struct settings *ret_settings)
{
	/* Not files.key_file: whoever finds a backup should not be able to read the files. */
	static const char *const named[] = { "tls.certificate", "tls.key",      "tls.client_ca",
					     "s2s.ca",          "acme.ca_file", "fetch.ca_file" };
	struct settings *s = ret_settings;
	bool is_whole = true;

	s->count = 0;
	if (config_path)
		is_whole &= add(s, a, str_from(config_path));
	for (size_t i = 0; i < array_len(named); i++)
		is_whole &= add_named(s, a, conf, conf_str(conf, named[i]));
	for (size_t i = 0; i < conf_list_count(conf, "block.lists"); i++)
		is_whole &= add_named(s, a, conf, conf_list_at(conf, "block.lists", i));
	for (size_t i = 0; i < conf_groups_count(conf, "components"); i++)
		is_whole &=
			add_named(s, a, conf, conf_group_str(conf, "components.*.secret_file", i));
	return is_whole;
}
