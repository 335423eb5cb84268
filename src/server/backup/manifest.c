/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest of a backup, see manifest.h. */
#include "server/backup/manifest.h"

#include "server/conf/schema.h"

#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>

void manifest_init(struct manifest *m)
{
	*m = (struct manifest){ .format = MANIFEST_FORMAT };
	arena_init(&m->arena, SIZE_MAX);
	m->last = &m->files;
}

void manifest_done(struct manifest *m)
{
	arena_done(&m->arena);
}

void manifest_add(struct manifest *m, struct str name, struct str from, const struct file_sum *sum)
{
	struct manifest_file *f = arena_new(&m->arena, struct manifest_file);

	f->name = arena_dup(&m->arena, name);
	f->from = from.ptr ? arena_dup(&m->arena, from) : STR_NONE;
	f->sum = *sum;
	*m->last = f;
	m->last = &f->next;
	m->count++;
	m->bytes += sum->size;
}

/* ---- writing ---- */

static json_t *text(struct str s)
{
	return json_stringn(s.ptr ? s.ptr : "", s.len);
}

static json_t *file_row(const struct manifest_file *f)
{
	json_t *row = json_pack("{s:o, s:I, s:s}", "name", text(f->name), "size",
				(json_int_t)f->sum.size, "sha256", f->sum.sha256);

	must(row != NULL);
	if (f->from.ptr)
		json_object_set_new(row, "from", text(f->from));
	return row;
}

static json_t *to_json(const struct manifest *m)
{
	json_t *files = json_array(), *root;

	for (const struct manifest_file *f = m->files; f; f = f->next)
		json_array_append_new(files, file_row(f));
	root = json_pack("{s:i, s:o, s:o, s:I, s:i, s:I, s:I, s:I, s:I, s:o}", "format", m->format,
			 "program", text(m->program), "domain", text(m->domain), "begun",
			 (json_int_t)m->wall_begun, "tables", m->tables, "accounts",
			 (json_int_t)m->accounts, "messages", (json_int_t)m->messages, "entries",
			 (json_int_t)m->entries, "documents", (json_int_t)m->documents, "files",
			 files);
	must(root != NULL);
	return root;
}

static int add(const char *bytes, size_t len, void *out)
{
	return sbuf_add(out, str_make(bytes, len)) ? -1 : 0;
}

/* Paths of a folder's files. */
static enum err path_in(char ret[PATH_MAX], const char *folder, const char *name)
{
	int n = snprintf(ret, PATH_MAX, "%s/%s", folder, name);

	return n < 0 || n >= PATH_MAX ? ERR_TOO_BIG : OK;
}

enum err manifest_write(const struct manifest *m, const char *folder)
{
	struct sbuf out scoped(sbuf_done) = SBUF(MANIFEST_BYTES_MAX);
	struct sbuf line scoped(sbuf_done) = SBUF(KIB);
	char path[PATH_MAX];
	struct file_sum sum;
	json_t *root;
	enum err e = m->count > MANIFEST_FILES_MAX ? ERR_TOO_BIG : OK;

	if (e)
		return e;
	root = to_json(m);
	(void)json_dump_callback(root, add, &out, JSON_INDENT(1)); /* out.err tells */
	json_decref(root);
	(void)sbuf_add_char(&out, '\n');
	e = out.err ? out.err : path_in(path, folder, MANIFEST_FILE);
	if (!e)
		e = file_make(path, sbuf_str(&out));
	if (!e)
		e = file_sum(path, NULL, &sum);
	if (e)
		return e;
	(void)sbuf_printf(&line, "%s  %s\n", sum.sha256, MANIFEST_FILE);
	e = path_in(path, folder, MANIFEST_SUM_FILE);
	return e ? e : file_make(path, sbuf_str(&line));
}

/* ---- reading ---- */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

/* Below one of the two folders, and never out of it again. */
static bool is_safe(struct str name)
{
	unsigned parts = 1;

	if (!str_starts(name, STR(MANIFEST_DATA)) && !str_starts(name, STR(MANIFEST_SETTINGS)))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		bool is_first = i == 0 || name.ptr[i - 1] == '/';

		parts += name.ptr[i] == '/';
		if (!is_letter(name.ptr[i]) &&
		    (is_first || (name.ptr[i] != '.' && name.ptr[i] != '/')))
			return false;
	}
	return name.len < PATH_MAX / 2 && !str_ends(name, STR("/")) && parts <= MANIFEST_DEPTH_MAX;
}

static struct str text_of(const json_t *root, const char *key)
{
	const json_t *value = json_object_get(root, key);

	return json_is_string(value) ? str_make(json_string_value(value), json_string_length(value))
				     : STR_NONE;
}

static bool number_of(const json_t *root, const char *key, uint64_t *ret)
{
	const json_t *value = json_object_get(root, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return false;
	*ret = (uint64_t)json_integer_value(value);
	return true;
}

static bool is_hex(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!(s.ptr[i] >= '0' && s.ptr[i] <= '9') && !(s.ptr[i] >= 'a' && s.ptr[i] <= 'f'))
			return false;
	}
	return s.len == FILE_SUM_HEX;
}

static bool read_row(struct manifest *m, const json_t *row)
{
	struct str name = text_of(row, "name"), sha256 = text_of(row, "sha256");
	struct file_sum sum;

	if (!is_safe(name) || !is_hex(sha256) || !number_of(row, "size", &sum.size))
		return false;
	memcpy(sum.sha256, sha256.ptr, FILE_SUM_HEX);
	sum.sha256[FILE_SUM_HEX] = '\0';
	manifest_add(m, name, text_of(row, "from"), &sum);
	return true;
}

static bool read_root(struct manifest *m, const json_t *root)
{
	const json_t *files = json_object_get(root, "files");
	uint64_t begun, tables;

	if (!number_of(root, "begun", &begun) || !number_of(root, "tables", &tables) ||
	    !number_of(root, "accounts", &m->accounts) ||
	    !number_of(root, "messages", &m->messages) ||
	    !number_of(root, "entries", &m->entries) ||
	    !number_of(root, "documents", &m->documents) || !json_is_array(files) ||
	    json_array_size(files) > MANIFEST_FILES_MAX || tables > INT_MAX || begun > INT64_MAX)
		return false;
	m->wall_begun = (usec_t)begun;
	m->tables = (int)tables;
	m->program = arena_dup(&m->arena, text_of(root, "program"));
	m->domain = arena_dup(&m->arena, text_of(root, "domain"));
	for (size_t i = 0; i < json_array_size(files); i++) {
		if (!read_row(m, json_array_get(files, i)))
			return false;
	}
	return true;
}

static enum err judge(struct manifest *m, struct str all, const char *folder, struct blame *blame)
{
	json_t *root = json_loadb(all.ptr, all.len, JSON_REJECT_DUPLICATES, NULL);
	uint64_t format = 0;
	enum err e = ERR_INVALID;

	if (root && number_of(root, "format", &format)) {
		if (format > MANIFEST_FORMAT)
			e = ERR_VERSION;
		else if (format == MANIFEST_FORMAT && read_root(m, root))
			e = OK;
	}
	json_decref(root);
	if (e == ERR_VERSION)
		blame_set(blame, "%s was made by a newer version of Parley", folder);
	else if (e)
		blame_set(blame, "%s/%s is damaged", folder, MANIFEST_FILE);
	return e;
}

enum err manifest_read(struct manifest *m, const char *folder, struct blame *blame)
{
	struct sbuf all scoped(sbuf_done) = SBUF(MANIFEST_BYTES_MAX);
	struct sbuf line scoped(sbuf_done) = SBUF(KIB);
	char path[PATH_MAX], sum_path[PATH_MAX];
	struct file_sum sum;
	enum err e = path_in(path, folder, MANIFEST_FILE);

	if (!e)
		e = path_in(sum_path, folder, MANIFEST_SUM_FILE);
	if (!e)
		e = file_read(sum_path, &line);
	if (!e)
		e = file_sum(path, NULL, &sum);
	if (!e)
		e = file_read(path, &all);
	if (e) {
		blame_set(blame, "%s is no whole backup: its manifest cannot be read (%s)", folder,
			  err_text(e));
		return e;
	}
	if (!str_starts(sbuf_str(&line), str_from(sum.sha256))) {
		blame_set(blame, "%s/%s is damaged: it does not have the sum in %s", folder,
			  MANIFEST_FILE, MANIFEST_SUM_FILE);
		return ERR_INVALID;
	}
	return judge(m, sbuf_str(&all), folder, blame);
}
