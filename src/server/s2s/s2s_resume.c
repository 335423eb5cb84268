/* SPDX-License-Identifier: Apache-2.0 */
/* What was acknowledged, see s2s_resume.h. */
#include "server/s2s/s2s_resume.h"

#include "base/mem.h"

void s2s_resume_done(struct s2s_resume *r)
{
	mem_free((void *)(uintptr_t)r->id.ptr);
	*r = (struct s2s_resume){ .acked = 0 };
}

void s2s_resume_begin(struct s2s_resume *r)
{
	s2s_resume_done(r);
}

void s2s_resume_name(struct s2s_resume *r, struct str id)
{
	mem_free((void *)(uintptr_t)r->id.ptr);
	r->id = STR_NONE;
	if (id.len && id.len <= S2S_RESUME_ID_MAX)
		r->id = str_make(str_dup(id), id.len);
}

enum err s2s_resume_ack(struct s2s_resume *r, struct s2s_queue *q, uint32_t h)
{
	size_t count = (uint32_t)(h - r->acked); /* modulo 2^32 */
	size_t gone = count < r->given_up ? count : r->given_up;

	if (s2s_queue_ack(q, count - gone))
		return ERR_INVALID;
	r->given_up -= gone;
	r->acked = h;
	return OK;
}

enum err s2s_resume_go_on(struct s2s_resume *r, struct s2s_queue *q, uint32_t h)
{
	if (s2s_resume_ack(r, q, h))
		return ERR_INVALID;
	r->given_up = 0; /* they have not come, and do not come any more */
	s2s_queue_rewind(q);
	return OK;
}
