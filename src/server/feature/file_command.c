/* SPDX-License-Identifier: Apache-2.0 */
/* Files for their owner to see and delete, see file_command.h. One form a page: what is chosen
 * goes, and if more is asked for the same form comes with the next page. On the loop of the user's
 * entity. */
#include "server/feature/file_command.h"

#include "server/model/uploads.h"
#include "server/route/adhoc.h"
#include "xmpp/datetime.h"

enum { PAGE = 50 /* files of a form */ };

/* Files that are being deleted, and the page behind them; in the arena of the request. */
struct files {
	struct adhoc *x;
	const struct str *ids; /* to be deleted */
	size_t id_count, at;
	unsigned deleted, failed;
	uint64_t count, bytes; /* of the account */
};

static bool is_offered(const struct home *h, unused_arg bool is_admin)
{
	return h->uploads != NULL;
}

static struct str owner_of(const struct adhoc *x)
{
	return x->entity->jid.full;
}

static struct files *files_new(struct adhoc *x)
{
	struct files *f = arena_new(x->arena, struct files);

	f->x = x;
	return f;
}

/* What became of those that were chosen; empty: none were. */
static struct str outcome(const struct files *f)
{
	struct arena *a = f->x->arena;

	if (!f->id_count)
		return STR("");
	if (!f->failed)
		return arena_printf(a, "Deleted: %u. ", f->deleted);
	return arena_printf(a, "Deleted: %u. Gone before, or in use: %u. ", f->deleted, f->failed);
}

static void finish(struct files *f, struct str note)
{
	struct str text = str_trim(ARENA_JOIN(f->x->arena, outcome(f), note));

	if (f->failed)
		adhoc_failed(f->x, text);
	else
		adhoc_done(f->x, text);
}

/* ---- a page ---- */

static struct str label_of(struct arena *a, const struct upload *u)
{
	struct str size = arena_printf(a, ", %llu bytes, ", (unsigned long long)u->size);

	return ARENA_JOIN(a, u->name, size, str_sub(datetime_format(a, u->wall_made), 0, 10),
			  u->hash.len ? STR("") : STR(", not whole yet"));
}

static void begin_form(struct files *f)
{
	struct arena *a = f->x->arena;
	unsigned long long count = f->count, bytes = f->bytes;
	struct str text =
		arena_printf(a, "You have %llu files of %llu bytes. Which are to be deleted?",
			     count, bytes);

	adhoc_form(f->x, f->x->command->name, ARENA_JOIN(a, outcome(f), text));
}

static void show_page(struct files *f, const struct upload *list, size_t count, struct str last)
{
	struct adhoc *x = f->x;
	struct xml *field;

	begin_form(f);
	field = adhoc_field(x, STR("files"), STR("list-multi"), STR("Delete"));
	for (size_t i = 0; i < count; i++)
		form_add_option(x->arena, field, arena_dup(x->arena, list[i].id),
				label_of(x->arena, &list[i]));
	if (last.ptr) {
		field = adhoc_field(x, STR("more"), STR("boolean"), STR("Go on to more files"));
		form_add_value(x->arena, field, STR("true"));
		form_add_field(x->arena, x->form, STR("after"), STR("hidden"),
			       arena_dup(x->arena, last));
	}
	adhoc_ask(x);
}

static void list_page(struct files *f, struct str after);

static void on_page(void *arg, enum err err, const struct upload *list, size_t count,
		    struct str last)
{
	struct files *f = arg;

	if (err)
		adhoc_failed_err(f->x, err);
	else if (!count && last.ptr) /* the time of all of these is over */
		list_page(f, arena_dup(f->x->arena, last));
	else if (!count)
		finish(f, f->count ? STR("There are no more.") : STR("You have no files here."));
	else
		show_page(f, list, count, last);
}

static void list_page(struct files *f, struct str after)
{
	uploads_list(f->x->home->uploads, owner_of(f->x), after, PAGE, on_page, f);
}

static void on_usage(void *arg, enum err err, uint64_t count, uint64_t bytes)
{
	struct files *f = arg;
	struct str after = adhoc_value(f->x, STR("after")); /* of the page before this one */

	f->count = count;
	f->bytes = bytes;
	if (err)
		adhoc_failed_err(f->x, err);
	else
		list_page(f, str_sub(after, 0, UPLOAD_ID_LEN));
}

static void ask_page(struct files *f)
{
	uploads_usage(f->x->home->uploads, owner_of(f->x), on_usage, f);
}

static void ask_files(struct adhoc *x)
{
	ask_page(files_new(x));
}

/* ---- deleting ---- */

static struct str check_files(struct adhoc *x)
{
	const struct str *ids = NULL;
	size_t count = adhoc_values_of(x, STR("files"), &ids);

	if (count > PAGE)
		return STR("There are not so many files on a page.");
	for (size_t i = 0; i < count; i++) {
		if (ids[i].len != UPLOAD_ID_LEN)
			return STR("This is no file of yours.");
	}
	return STR_NONE;
}

static void go_on(struct files *f);

static void on_deleted(void *arg, enum err err, unused_arg const struct upload *u)
{
	struct files *f = arg;

	if (err)
		f->failed++;
	else
		f->deleted++;
	go_on(f);
}

static void go_on(struct files *f)
{
	struct adhoc *x = f->x;

	if (f->at < f->id_count) {
		struct str id = f->ids[f->at++];

		uploads_delete(x->home->uploads, id, owner_of(x), on_deleted, f);
	} else if (adhoc_bool(x, STR("more"), false)) {
		x->stage = 0;
		ask_page(f);
	} else {
		finish(f, f->id_count ? STR("") : STR("Nothing was deleted."));
	}
}

static void run(struct adhoc *x)
{
	struct files *f = files_new(x);

	/* They stay while the form comes again: only a new request drops them. */
	f->id_count = adhoc_values_of(x, STR("files"), &f->ids);
	go_on(f);
}

static const struct adhoc_stage stages[] = { { .ask = ask_files, .check = check_files } };

static const struct adhoc_command commands[] = {
	{ .node = STR_INIT("urn:parley:upload:0#files"),
	  .name = STR_INIT("My files"),
	  .form_type = STR_INIT("urn:parley:upload:0"),
	  .is_offered = is_offered,
	  .stages = stages,
	  .stage_count = array_len(stages),
	  .run = run },
	{ .node = { .ptr = NULL } },
};

const struct feature feature_file_command = {
	.name = "file_command",
	.spec = "XEP-0050 1.3.0",
	.test = "upload/files.talk",
	.commands = commands,
};
