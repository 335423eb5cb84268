/* SPDX-License-Identifier: Apache-2.0 */
/* What a room tells its occupants of one of them: presence with <x/> of muc#user (XEP-0045 7.1 to
 * 7.15, 8 to 10). On the room's loop. */
#pragma once

#include "server/room/room.h"

enum { TELL_STATUS_MAX = 6 };

struct telling {
	bool is_gone;                  /* type unavailable */
	int status[TELL_STATUS_MAX];   /* for everybody (XEP-0045 15.6.2); 0 ends them */
	int for_self[TELL_STATUS_MAX]; /* for the occupant himself, 110 apart */
	struct str nick;               /* the new one, with status 303; unset: none */
	struct str actor;              /* nickname of who did it; unset: nobody */
	struct str reason;             /* unset: none */
	struct str said;               /* <status/> of who leaves (7.14); unset: none */
	struct str affiliation;        /* where it is another than the room says now; unset */
	const struct xml *destroy;     /* <destroy/> to go along, or NULL */
	enum {
		TELL_NO_VERSION,
		TELL_VERSION, /* XEP-0463: to himself, which version of affiliations there is */
		TELL_CHANGE,  /* to all: they have just changed */
	} version;
	bool is_for_others; /* he himself is not told */
	struct str id;      /* of the stanza that led to it, for the occupant himself */
};

/* To everybody who may see it, and last to o's own clients. What is told of one who is not shown
 * (room_is_large) is told to himself only. */
void tell_all(struct dispatch *d, struct room *r, struct occupant *o, const struct telling *t);

/* To one client only; is_self: it is o's own. */
void tell_one(struct dispatch *d, struct room *r, const struct occupant *o, const struct telling *t,
	      struct jid to, bool is_self);

/* What o is now, to those in a: with his address, if they see it. */
void tell_present(struct dispatch *d, struct room *r, struct occupant *o, struct audience *a,
		  bool sees);

/* Adds <mav/> (XEP-0463) to <x/> of muc#user: the version that is, with is_change also the one
 * before it. */
void tell_version(struct dispatch *d, const struct room *r, struct xml *x, bool is_change);

/* One stanza (without to) to one client, in the room's order. */
void tell_stanza(struct dispatch *d, struct jid to, const struct xml *el);
