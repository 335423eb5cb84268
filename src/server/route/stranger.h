/* SPDX-License-Identifier: Apache-2.0 */
/* Who is near to an account and who comes from elsewhere, and what those may do in an hour
 * (model/pace.h). On the entity's loop. */
#pragma once

#include "server/model/pace.h"
#include "server/route/dispatch.h"

/* Whether e has to do with who already, as far as memory tells: himself, a contact, a request of
 * its own, people of a gateway that is a contact, whoever has its presence; rooms that it has
 * bookmarked; a service of ours. */
bool stranger_is_near(const struct entity *e, struct jid who);

/* Whether who is of another domain: none of ours, nor (but for strangers.components) that of a
 * component. */
bool stranger_is_remote(const struct home *h, struct jid who);

/* Whether s is what a node of publish-subscribe tells its subscribers, who have asked for it
 * (XEP-0060 7.1.2). With a body only a service may say so. */
bool stranger_is_told(const struct stanza *s);

/* What strangers.* allows. */
struct pace_limits stranger_limits(const struct conf *conf);

/* The sender of d as what is counted; views of the stanza. */
struct pace_stranger stranger_of(const struct dispatch *d);
