/* SPDX-License-Identifier: Apache-2.0 */
/* What accounts that do not exist say (RFC 6121 8.5.1). Those that exist and do not want to be
 * noticed, by strangers or by whom they block, say the same. Any thread that has the home. */
#pragma once

#include "server/route/home.h"
#include "xmpp/stanza.h"

/* Whether the sender of s gets an error when there is no account of that name. */
bool nobody_answers(const struct home *h, const struct stanza *s);

/* Whether messages do not tell, either (hide_accounts). */
bool nobody_is_hidden(const struct home *h);
