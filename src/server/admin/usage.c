/* SPDX-License-Identifier: Apache-2.0 */
/* What accounts keep, see usage.h. */
#include "server/admin/usage.h"

#include "base/mem.h"
#include "server/model/pep.h"
#include "server/model/private_index.h"
#include "server/model/roster.h"
#include "server/model/upload.h"
#include "server/model/vcard.h"
#include "server/store/store.h"

#include <stdio.h>

enum { FILES_PAGE = 500 /* rows read at a time */ };

struct reading {
	struct store *store;
	char *owner; /* with NUL */
	struct usage usage;
	void (*fn)(void *arg, enum err err, const struct usage *usage);
	void *arg;
};

static const char *const names[USAGE_KINDS] = {
	[USAGE_ARCHIVE] = "archive", [USAGE_ROSTER] = "roster",   [USAGE_PEP] = "pep",
	[USAGE_VCARD] = "vcard",     [USAGE_PRIVATE] = "private", [USAGE_FILES] = "files",
	[USAGE_OTHER] = "other",
};

/* is_counted: its rows are the things, not what belongs to them. */
static enum usage_kind kind_of(struct str space, bool *ret_is_counted)
{
	const struct {
		struct str space;
		enum usage_kind kind;
		bool is_counted;
	} kinds[] = {
		{ ROSTER_SPACE, USAGE_ROSTER, true }, { PEP_ITEM_SPACE, USAGE_PEP, true },
		{ PEP_NODE_SPACE, USAGE_PEP, false }, { PEP_PERSON_SPACE, USAGE_PEP, false },
		{ PEP_DATA_SPACE, USAGE_PEP, false }, { UPLOAD_OF_SPACE, USAGE_FILES, true },
		{ VCARD_SPACE, USAGE_VCARD, true },   { PRIVATE_SPACE, USAGE_PRIVATE, true },
	};

	for (size_t i = 0; i < array_len(kinds); i++) {
		if (str_eq(space, kinds[i].space)) {
			*ret_is_counted = kinds[i].is_counted;
			return kinds[i].kind;
		}
	}
	*ret_is_counted = true;
	return USAGE_OTHER;
}

static void end(struct reading *r, enum err err)
{
	r->fn(r->arg, err, &r->usage);
	mem_free(r->owner);
	mem_free(r);
}

static void read_files(struct reading *r, struct str after);

static void on_files(void *arg, struct store_answer *answer)
{
	struct reading *r = arg;
	struct str last = STR_NONE;

	for (const struct keyval_row *row = answer->rows; row && !answer->err; row = row->next) {
		struct upload u;

		last = row->key;
		if (upload_decode(row->key, row->value, &u) == OK)
			r->usage.bytes[USAGE_FILES] += u.size;
	}
	if (answer->err || !answer->has_more || !str_is_set(last))
		end(r, answer->err);
	else
		read_files(r, last);
}

static void read_files(struct reading *r, struct str after)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = str_from(r->owner),
					 .space = UPLOAD_OF_SPACE,
					 .after_key = after,
					 .max = FILES_PAGE };

	store_read(r->store, &request, on_files, r);
}

static void step(struct reading *r, int64_t after);

static void on_step(void *arg, struct store_answer *answer)
{
	struct reading *r = arg;
	struct usage *u = &r->usage;

	if (answer->err) {
		end(r, answer->err);
		return;
	}
	u->count[USAGE_ARCHIVE] += answer->usage.messages;
	u->bytes[USAGE_ARCHIVE] += answer->usage.bytes;
	for (const struct usage_row *row = answer->usage.spaces; row; row = row->next) {
		bool is_counted;
		enum usage_kind kind = kind_of(row->space, &is_counted);

		u->count[kind] += is_counted ? row->count : 0;
		u->bytes[kind] += kind == USAGE_FILES ? 0 : row->bytes;
	}
	if (answer->is_complete && u->count[USAGE_FILES])
		read_files(r, STR(""));
	else if (answer->is_complete)
		end(r, OK);
	else
		step(r, answer->examined_seq);
}

static void step(struct reading *r, int64_t after)
{
	struct store_request request = { .kind = READ_USAGE, .owner = str_from(r->owner) };

	request.archive.after = after;
	store_read(r->store, &request, on_step, r);
}

void usage_read(struct store *store, struct str owner,
		void (*fn)(void *arg, enum err err, const struct usage *usage), void *arg)
{
	struct reading *r = mem_zalloc(1, sizeof(*r));

	r->store = store;
	r->owner = str_dup(owner);
	r->fn = fn;
	r->arg = arg;
	step(r, 0);
}

static void put(json_t *object, const char *name, const char *what, uint64_t n)
{
	char key[32];

	(void)snprintf(key, sizeof(key), "%s_%s", name, what);
	json_object_set_new(object, key, json_integer((json_int_t)n));
}

void usage_describe(const struct usage *usage, json_t *object)
{
	uint64_t total = 0;

	for (enum usage_kind kind = 0; kind < USAGE_KINDS; kind++) {
		put(object, names[kind], "count", usage->count[kind]);
		put(object, names[kind], "bytes", usage->bytes[kind]);
		total += usage->bytes[kind];
	}
	put(object, "total", "bytes", total);
}
