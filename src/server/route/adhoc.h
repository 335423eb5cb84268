/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that people run from their clients (XEP-0050), as features offer them: rows of tables.
 * feature/adhoc speaks the protocol and keeps the sessions; a row says who may, what is asked, and
 * what is done. Everything here runs on the loop of the user's entity, which goes on with other
 * stanzas while a command works. */
#pragma once

#include "server/route/entity.h"
#include "xep/form.h"

struct adhoc;

enum adhoc_who {
	ADHOC_USER,  /* every account */
	ADHOC_ADMIN, /* administrators: looked up at every step */
};

/* One form that is filled in. */
struct adhoc_stage {
	/* Makes the form with adhoc_form and its fields; then adhoc_ask, or adhoc_done and its
	 * like, now or later. */
	void (*ask)(struct adhoc *x);
	/* What was filled in: a sentence when it cannot be used (bad-payload), or STR_NONE. */
	struct str (*check)(struct adhoc *x);
};

struct adhoc_command {
	struct str node, name; /* node without pointer ends a list */
	enum adhoc_who who;
	struct str form_type; /* FORM_TYPE of its forms */
	/* Whether it is offered at all to a user who is (or is not) an administrator; NULL: it is.
	 */
	bool (*is_offered)(const struct home *h, bool is_admin);
	const struct adhoc_stage *stages;
	unsigned stage_count; /* at most ADHOC_STAGES_MAX; 0: nothing is asked */
	/* Carries it out, when all stages are filled in; ends with adhoc_done and its like, now or
	 * later, once. */
	void (*run)(struct adhoc *x);
};

/* The row of a command of XEP-0133: its node's last word, its name, its stages, what carries it
 * out.
 */
#define ADHOC_ADMIN_FORMS "http://jabber.org/protocol/admin"
#define ADHOC_ADMIN_ROW(word, words, asked, do)                                                    \
	{                                                                                          \
		.node = STR_INIT(ADHOC_ADMIN_FORMS "#" word), .name = STR_INIT(words),             \
		.who = ADHOC_ADMIN, .form_type = STR_INIT(ADHOC_ADMIN_FORMS), .stages = asked,     \
		.stage_count = array_len(asked), .run = do,                                        \
	}

enum {
	ADHOC_STAGES_MAX = 3,
	ADHOC_SESSIONS_MAX = 8,             /* of an account, under way at a time */
	ADHOC_VALUES_MAX = 256 * 1024,      /* bytes of what is filled in on one stage */
	ADHOC_ANSWER_MAX = 8 * 1024 * 1024, /* bytes of a request and its answer while it is made */
};
#define ADHOC_LIFETIME (10 * USEC_PER_MIN) /* of a session that nobody touches */

/* What was filled in on a stage. */
struct adhoc_field {
	struct adhoc_field *next;
	struct str var;
	const struct str *values;
	size_t count;
};
struct adhoc_values {
	struct arena arena; /* wiped: there may be passwords */
	struct adhoc_field *first;
};

/* A command that somebody runs, from its first request to its last answer. */
struct adhoc {
	/* for commands */
	struct home *home;
	struct entity *entity; /* the user; pinned */
	const struct adhoc_command *command;
	struct arena *arena; /* of this request and its answer */
	struct xml *form;    /* made by adhoc_form or adhoc_result */
	bool is_admin;       /* known from the first request on */
	void *state;         /* the command's own, for one request */

	/* of feature/adhoc */
	struct list link; /* in the entity's list */
	struct str id;    /* sessionid, owned */
	struct str from;  /* full JID that began it, owned */
	uint64_t resource;
	usec_t touched; /* monotonic */
	unsigned stage; /* that is asked now; stage_count: it runs */
	struct adhoc_values values[ADHOC_STAGES_MAX];
	struct arena request_arena; /* wiped with every answer */
	struct stanza request; /* its own copy: kind, type, id, from, to, el without children */
	bool is_busy;          /* a request is being worked on */
	bool is_dropped;       /* freed when that has ended */
	bool is_over;          /* the answer ends the session */
	struct xml *answer;
	void (*deliver)(struct adhoc *x); /* sends answer; frees x if it is over */
};

/* ---- for commands: forms ---- */

/* Begins x->form, of type "form", with these words. */
void adhoc_form(struct adhoc *x, struct str title, struct str instructions);

/* Adds a field (label may be STR_NONE) and says that it must be filled. */
struct xml *adhoc_field(struct adhoc *x, struct str var, struct str type, struct str label);
struct xml *adhoc_required(struct adhoc *x, struct str var, struct str type, struct str label);

/* What was filled in, on any stage so far: the first value, trimmed of white space; without pointer
 * if there is none. And all of them, as they came: count. */
struct str adhoc_value(const struct adhoc *x, struct str var);
size_t adhoc_values_of(const struct adhoc *x, struct str var, const struct str **ret_values);

/* xs:boolean; otherwise where it was not filled in, or with something else. */
bool adhoc_bool(const struct adhoc *x, struct str var, bool otherwise);

/* ---- for commands: ends of ask and run ---- */

/* Sends x->form to be filled in. */
void adhoc_ask(struct adhoc *x);

/* Begins x->form, of type "result". */
void adhoc_result(struct adhoc *x);

/* It has been carried out: x->form (if it is a result) and a note (may be STR_NONE) tell. */
void adhoc_done(struct adhoc *x, struct str note);

/* It was not, or not wholly: the same with a note that says so (XEP-0050 3.6). */
void adhoc_failed(struct adhoc *x, struct str note);

/* The same with the text of err. */
void adhoc_failed_err(struct adhoc *x, enum err err);
