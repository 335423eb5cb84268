/* SPDX-License-Identifier: Apache-2.0 */
/* Looks up what clients have said of messages, and carries it out: marks move, never back; what was
 * taken back counts no longer; mentions that were read go. On the entity's loop. */
#pragma once

#include "server/inbox/inbox.h"

enum {
	FOLD_PAGE = 100,     /* messages read at once to find one by its sender's id */
	FOLD_LOOKS_MAX = 20, /* such pages: an id further back is not known */
};

/* Begins, unless it is under way or there is nothing to do. The entity handles nothing else until
 * it is done: whoever asks behind it sees what it led to. */
void inbox_fold(struct entity *e);
