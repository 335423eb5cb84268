/* SPDX-License-Identifier: Apache-2.0 */
/* How far another server has acknowledged what is sent to it (XEP-0198 4), over several streams if
 * it lets us resume (5). Beside the queue of what was sent; on the loop of its owner. */
#pragma once

#include "server/s2s/s2s_queue.h"

enum { S2S_RESUME_ID_MAX = 4000 /* bytes of an id (XEP-0198 5); a longer one is none */ };

struct s2s_resume {
	struct str id;   /* owned: of the stream; empty: it cannot be resumed */
	uint32_t acked;  /* h, as it was said last */
	size_t given_up; /* in front of what is in the queue: sent, not acknowledged, and come back
			  */
};

/* A stream on which nothing was sent. */
void s2s_resume_begin(struct s2s_resume *r);
void s2s_resume_done(struct s2s_resume *r);

/* The id that they have given the stream. */
void s2s_resume_name(struct s2s_resume *r, struct str id);

/* Takes what they have handled from q. ERR_INVALID: so much was not sent. */
must_check enum err s2s_resume_ack(struct s2s_resume *r, struct s2s_queue *q, uint32_t h);

/* The same of a stream that goes on: the rest is sent again. */
must_check enum err s2s_resume_go_on(struct s2s_resume *r, struct s2s_queue *q, uint32_t h);
