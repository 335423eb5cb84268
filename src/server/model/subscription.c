/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of presence subscriptions (RFC 6121 Appendix A), as functions of the state alone. */
#include "server/model/roster.h"

struct subscription_change subscription_out(unsigned flags, enum subscription_verb verb)
{
	struct subscription_change c = { .flags = flags };

	switch (verb) {
	case SUBSCRIBE: /* A.2.1 */
		c.is_passed_on = true;
		if (!(flags & ROSTER_TO))
			c.flags |= ROSTER_PENDING_OUT | ROSTER_LISTED;
		break;
	case UNSUBSCRIBE: /* A.2.2 */
		c.is_passed_on = true;
		c.flags &= ~(unsigned)(ROSTER_TO | ROSTER_PENDING_OUT);
		break;
	case SUBSCRIBED: /* A.2.3; without a request it is a pre-approval (3.4.2) */
		if (flags & ROSTER_PENDING_IN) {
			c.is_passed_on = c.is_shown = true;
			c.flags = (flags & ~(unsigned)ROSTER_PENDING_IN) | ROSTER_FROM |
				  ROSTER_LISTED;
		} else if (!(flags & ROSTER_FROM)) {
			c.flags |= ROSTER_APPROVED | ROSTER_LISTED;
		}
		break;
	case UNSUBSCRIBED: /* A.2.4 */
		c.is_passed_on = (flags & (ROSTER_PENDING_IN | ROSTER_FROM)) != 0;
		c.is_hidden = (flags & ROSTER_FROM) != 0;
		c.flags &= ~(unsigned)(ROSTER_PENDING_IN | ROSTER_FROM | ROSTER_APPROVED);
		break;
	}
	c.is_push = (c.flags & ROSTER_LISTED) && ((c.flags ^ flags) & ~(unsigned)ROSTER_PENDING_IN);
	return c;
}

struct subscription_change subscription_in(unsigned flags, enum subscription_verb verb)
{
	struct subscription_change c = { .flags = flags };

	switch (verb) {
	case SUBSCRIBE: /* A.3.1 */
		if (flags & ROSTER_FROM) {
			c.is_answered = true;
		} else if (flags & ROSTER_APPROVED) {
			c.is_answered = c.is_shown = true;
			c.flags = (flags & ~(unsigned)(ROSTER_PENDING_IN | ROSTER_APPROVED)) |
				  ROSTER_FROM | ROSTER_LISTED;
		} else {
			c.is_passed_on = !(flags & ROSTER_PENDING_IN);
			c.flags |= ROSTER_PENDING_IN;
		}
		break;
	case UNSUBSCRIBE: /* A.3.2 */
		c.is_passed_on = (flags & (ROSTER_PENDING_IN | ROSTER_FROM)) != 0;
		/* Who was never let in learns nothing by asking and taking it back: an account that
		 * does not exist is silent, too. */
		c.is_answered = c.is_hidden = (flags & ROSTER_FROM) != 0;
		c.flags &= ~(unsigned)(ROSTER_PENDING_IN | ROSTER_FROM);
		break;
	case SUBSCRIBED: /* A.3.3 */
		if (flags & ROSTER_PENDING_OUT) {
			c.is_passed_on = true;
			c.flags = (flags & ~(unsigned)ROSTER_PENDING_OUT) | ROSTER_TO;
		}
		break;
	case UNSUBSCRIBED: /* A.3.4 */
		c.is_passed_on = (flags & (ROSTER_PENDING_OUT | ROSTER_TO)) != 0;
		c.flags &= ~(unsigned)(ROSTER_PENDING_OUT | ROSTER_TO);
		break;
	}
	c.is_push = (c.flags & ROSTER_LISTED) && ((c.flags ^ flags) & ~(unsigned)ROSTER_PENDING_IN);
	return c;
}
