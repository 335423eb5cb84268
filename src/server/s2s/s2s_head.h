/* SPDX-License-Identifier: Apache-2.0 */
/* What the way to another server must know of a stanza that is serialised: its first tag. Any
 * thread. */
#pragma once

#include "base/arena.h"

struct s2s_head {
	struct str from; /* domain, prepared */
	bool is_quiet;   /* nobody need hear if it cannot be sent: presence that is told to many,
			    errors, answers */
};

/* Views live as long as the arena. ERR_INVALID: not a stanza with a from. */
must_check enum err s2s_head_read(struct arena *a, struct str stanza, struct s2s_head *ret_head);
