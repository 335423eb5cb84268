/* SPDX-License-Identifier: Apache-2.0 */
/* The insides that the files of the intake share. */
#pragma once

#include "base/sbuf.h"
#include "server/model/avatar.h"
#include "server/model/blocklist.h"
#include "server/model/pep.h"
#include "server/model/private_index.h"
#include "server/model/roster.h"
#include "server/transfer/intake.h"

enum { INTAKE_SEEN = 8192 /* messages remembered of each kind, to find the same one again */ };

/* A message that came with the archive, or waits to be delivered. */
struct intake_seen {
	uint64_t hash;
	size_t account; /* number, from 1; 0: nothing */
	int64_t seq;
	usec_t wall;
};

struct intake {
	struct piece_sink sink;
	struct intake_config config;
	struct report *report;
	bool is_writing;
	usec_t wall_begun;
	struct siphash_key hash_key;
	struct map by_owner; /* -> struct intake_account */
	struct intake_account **accounts;
	size_t count, room;
	struct txn *txn;    /* not yet committed */
	unsigned ops;       /* in it */
	struct arena arena; /* of the piece */
	struct sbuf scratch;

	/* of the account that comes now */
	struct intake_account *now; /* NULL: it is left alone */
	size_t number;              /* from 1 */
	struct str owner;
	struct roster *roster;
	struct private_index *private;
	struct blocklist *blocked;
	struct pep *pep;
	struct avatar avatar;
	char *photo;      /* of the card, to be published; NULL: none */
	size_t photo_len; /* bytes */
	char *photo_type; /* its content type */
	size_t requests;
	bool has_password, has_vcard, has_settings, has_hidden;
	int64_t last_archived, last_offline; /* seqs */
	struct intake_seen archived[INTAKE_SEEN], offline[INTAKE_SEEN];
};

/* The txn for what comes next, with room for a few rows. */
struct txn *intake_txn(struct intake *x);

/* Hands over what has gathered, if it is much. */
must_check enum err intake_flush(struct intake *x, bool is_end);

/* The JID that text stands for, an address of the source's domain as one of ours; bare when
 * is_bare. In the arena of the piece. */
must_check enum err intake_jid(struct intake *x, struct str text, bool is_bare,
			       struct jid *ret_jid);

/* One kind of piece each. They count what they take, and leave out what cannot be used. */
void intake_scram(struct intake *x, const struct xml *el);
void intake_password(struct intake *x, struct str password);
void intake_settings(struct intake *x, const struct xml *el);
void intake_contact(struct intake *x, const struct xml *el);
void intake_request(struct intake *x, struct xml *el);
void intake_vcard(struct intake *x, const struct xml *el);
void intake_private(struct intake *x, const struct xml *el);
void intake_blocked(struct intake *x, const struct xml *el);
void intake_privacy(struct intake *x, const struct xml *query);
void intake_node(struct intake *x, const struct xml *el);
void intake_item(struct intake *x, struct str node, const struct xml *el);
void intake_prefs(struct intake *x, const struct xml *el);
void intake_archived(struct intake *x, const struct xml *el);
void intake_offline(struct intake *x, struct xml *el);

/* Puts an item into its node, which is made with this model of access where it is missing. NULL, or
 * why it was not. */
const char *intake_add_item(struct intake *x, struct str node, const struct xml *el,
			    enum access_model made_with);

/* Follows what is shown: an item was put in (payload NULL: taken out); a card has come, whose
 * picture is taken out of it to be published at the end. */
void intake_avatar_item(struct intake *x, struct str node, struct str id,
			const struct xml *payload);
void intake_avatar_card(struct intake *x, const struct xml *card);
void intake_avatar_end(struct intake *x); /* in front of intake_put_pep */
void intake_avatar_forget(struct intake *x);

/* Writes what was gathered. */
void intake_put_roster(struct intake *x);
void intake_put_pep(struct intake *x);
