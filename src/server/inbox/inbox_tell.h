/* SPDX-License-Identifier: Apache-2.0 */
/* Tells clients that want to know what has changed in conversations (urn:parley:inbox:0). On the
 * entity's loop. */
#pragma once

#include "server/inbox/inbox.h"

/* Begins, unless it is under way; what changes meanwhile is told next. */
void inbox_tell(struct entity *e);
