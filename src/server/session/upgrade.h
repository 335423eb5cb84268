/* SPDX-License-Identifier: Apache-2.0 */
/* Verifiers that an account lacks, because it came from another server: a client that has just
 * proved its password helps to make them (XEP-0480), and PLAIN brings all that is needed. On the
 * connection's loop. */
#pragma once

#include "server/session/conn.h"
#include "xmpp/sasl.h"

enum upgrade_step { UPGRADE_IDLE, UPGRADE_ANNOUNCED, UPGRADE_SALTED };

struct upgrade {
	unsigned missing;            /* UPGRADE_BIT of each hash without verifier */
	unsigned wanted;             /* of each that the client has asked for */
	struct scram_verifier known; /* one that the account has */
	struct scram_verifier made[DIGEST_KINDS];
	size_t made_count;

	enum upgrade_step step;
	enum digest_kind hash; /* of the task under way */
	struct str task;       /* its name, constant */
	char salt[SCRAM_SALT_LEN];
};

#define UPGRADE_BIT(hash) (1u << (hash))

/* Adds the tasks that the server knows to <authentication/>. */
void upgrade_add_offer(struct arena *a, struct xml *authentication);

/* Reads the tasks that <authenticate/> asks for. */
void upgrade_read(struct upgrade *u, const struct xml *authenticate);

/* What the account has. */
void upgrade_note(struct upgrade *u, const struct scram_verifier *verifiers, size_t count);

/* On a pool thread: makes what is missing out of a password that was right. */
void upgrade_from_password(struct upgrade *u, const struct sasl_check *check);

/* Takes the next task that is wanted and needed, and gives its name. False: there is none. */
bool upgrade_pick(struct upgrade *u, struct str *ret_task);

void upgrade_wipe(struct upgrade *u);
