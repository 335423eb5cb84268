/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of a room: one table of fields says how each is called in XEP-0045 (15.5.3), kept
 * and shown. State without XML or store. Any thread for the table, one at a time for a config. */
#pragma once

#include "base/arena.h"

enum room_whois { WHOIS_MODERATORS, WHOIS_ANYONE };
enum room_registration {
	REGISTER_AUTO,    /* at once where everybody may enter and speak, else an admin decides */
	REGISTER_APPROVE, /* an admin decides */
	REGISTER_CLOSED,
};
enum room_mention { MENTION_PARTICIPANTS, MENTION_MODERATORS, MENTION_NOBODY }; /* XEP-0513 */
enum room_allow_pm { PM_ANYONE, PM_PARTICIPANTS, PM_MODERATORS, PM_NOBODY };

struct room_config {
	struct str name, description, lang, secret, pubsub, parent; /* owned; the next, too */
	struct str contact, reactions;                              /* lines, a '\n' between them */
	bool is_persistent, is_public, is_moderated, is_members_only, has_password, allow_invites,
		change_subject, has_public_log, visitors_react;
	int mention_one, mention_all, mention_groups, mention_hats; /* enum room_mention */
	int64_t mention_count;                                      /* of one message */
	int whois, allow_pm, registration;                          /* enums above */
	int pins;                                                   /* enum room_pin_right */
	int broadcast, get_members;                                 /* bits: 1 << enum room_role */
	int64_t max_users;                                          /* 0: none */
	int64_t max_history;   /* messages for one who enters */
	int64_t slow_mode;     /* XEP-0500: seconds between two messages of one user; 0: none */
	int64_t max_reactions; /* XEP-0444: of one user to a message; 0: any */
};

enum room_field_kind {
	ROOM_FIELD_BOOL,
	ROOM_FIELD_TEXT,
	ROOM_FIELD_LINES, /* several texts */
	ROOM_FIELD_JIDS,  /* the same, that are addresses */
	ROOM_FIELD_SECRET,
	ROOM_FIELD_COUNT,  /* any number up to max, never a word */
	ROOM_FIELD_NUMBER, /* one of the options' numbers, or any up to max where there are none */
	ROOM_FIELD_CHOICE,
	ROOM_FIELD_CHOICES, /* bits */
};

struct room_option {
	struct str value, label; /* label without pointer: the end of the list */
	int number;              /* of a choice; a bit of choices */
};

struct room_field {
	struct str var, label;
	enum room_field_kind kind;
	size_t offset; /* in struct room_config */
	int64_t max;   /* of a number; bytes of a text, or of all lines with what is between them */
	const struct room_option *options;
};

/* Ended by one without var. */
extern const struct room_field room_fields[];

/* What a new room begins with. */
void room_config_init(struct room_config *c);
void room_config_done(struct room_config *c);

/* A deep copy; to must be empty. */
void room_config_copy(struct room_config *to, const struct room_config *from);

const struct room_field *room_field_find(struct str var);

/* Sets a field from the values of a form (count of them). False: they are none for this field; c is
 * as before. */
must_check bool room_field_set(struct room_config *c, const struct room_field *f,
			       const struct str *values, size_t count);

enum { ROOM_LINES_MAX = 64 /* of one field */ };

/* Its values as a form shows them, in the arena; how many. */
size_t room_field_values(const struct room_config *c, const struct room_field *f, struct arena *a,
			 const struct str **ret_values);

/* XEP-0444: whether the room lets its occupants react with this; emoji count as the same with and
 * without the sign that asks for their coloured form (U+FE0F). */
bool room_config_allows_reaction(const struct room_config *c, struct str reaction);

/* ---- in the store: space ROOM_SPACE, key "config" ---- */

struct str room_config_encode(const struct room_config *c, struct arena *a);

/* Onto a config that was initialised. Fields that are not known (any more) are passed over. */
void room_config_decode(struct room_config *c, struct str value);
